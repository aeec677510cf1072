//! The tables of docs/ come from the code: this test fails when a page is not what the code says, and
//! `just regen` writes the pages anew.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "name_ids.rs"]
mod name_ids;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use control_api::catalogue::{Case, cases};
use control_api::idp::{CertificateForm, ROUTES};
use control_api::tenant::{CONFLICTS, Other};
use mock_idp::{Appears, BEHAVIOURS, CaseOutcome, FAULTS, LABELS, Place, REGISTRY, Witness, Wording};
use runner::scenario::{self, KEYS, select};
use sp_under_test::rejection::Rejection;

const GENERATED: &str = "<!-- Generated from the code by `just regen`; a test keeps it true. -->\n\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn check(page: &str, text: &str) {
    let path = root().join("docs").join(page);
    if std::env::var_os("ENTRANT_REGENERATE").is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == text,
        "docs/{page} is not what the code says: run `just regen` and look at the difference"
    );
}

/// Text inside a table cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// The same for text with markup in it, which would be taken for the page's own.
fn verbatim(text: &str) -> String {
    cell(text).replace('&', "&amp;").replace('<', "&lt;")
}

#[test]
fn errors() {
    let mut text = format!(
        "# Errors of the identity provider\n\n{GENERATED}Every code of entra-behaviour.md 7.2. What stands in braces is filled in.\n\n\
         *Where*: *page* is the error page, and the sign-on is over; *form*: inline on the sign-in form, and the user may try \
         again; *interrupt*: a page of its own within the sign-in; *response to the SP*: a failure response. A test reads all but the \
         last as `stopped-at-idp`. The places are (uncertain) but where entra-behaviour.md cites a report.\n\n\
         An armed error is told once the user is known: a *form* code stands below the password once that is right, and on the \
         error page where a session answers; an *interrupt* code is told on the error page, since the page of its own is only there \
         for what the mock itself asks.\n\n\
         *Message*: Entra's words as they were reported or quoted; after (listed) as Microsoft's list of error codes describes \
         the error, the message itself not being known; after (our words) the meaning alone is Microsoft's.\n\n\
         *How it appears*: a scenario runs into it; or it is *armed* by the fault `aadsts`, as in \
         `faults = [{{ id = \"aadsts\", code = \"50131\" }}]`, which any row but an absent one can be. Beside *armed*, \
         *on the way* is a page that a scenario passes, and *by itself* what a test of the mock runs into and no service provider can. The four of \
         sign-out (50061, 50068, 50070, 50071) stop a sign-out too, armed by the control route.\n"
    );
    for group in REGISTRY {
        let _ = writeln!(
            text,
            "\n## {}\n\n| code | symbol | where | how it appears | what brings it about | message |\n| --- | --- | --- | --- | --- | --- |",
            group.title
        );
        for row in group.rows {
            let _ = writeln!(
                text,
                "| AADSTS{} | {} | {} | {} | {} | {}{} |",
                row.code,
                row.symbol.unwrap_or(""),
                match row.place {
                    Place::Page => "page",
                    Place::Inline => "form",
                    Place::Interrupt => "interrupt",
                    Place::Sp => "response to the SP",
                    Place::Log => "log",
                },
                match row.appears {
                    Appears::Scenario(path) => format!("scenario {path}"),
                    Appears::OnTheWay(path) => format!("armed; on the way, scenario {path}"),
                    Appears::Test(name) => format!("armed; by itself, test `{name}`"),
                    Appears::Armed => "armed".to_owned(),
                    Appears::Absent(reason) => format!("absent: {reason}"),
                },
                cell(row.trigger),
                match row.wording {
                    Wording::Entra => "",
                    Wording::Listed => "(listed) ",
                    Wording::Ours => "(our words) ",
                },
                cell(row.template)
            );
        }
    }
    check("errors.md", &text);
}

/// A row that names a scenario runs into it there.
#[test]
fn the_scenarios_of_the_errors_expect_them() {
    let mut problems = Vec::new();
    for row in REGISTRY.iter().flat_map(|group| group.rows) {
        let code = format!("AADSTS{}", row.code);
        let problem = match row.appears {
            Appears::Scenario(path) => match embedded(path) {
                None => Some(format!("{code}: there is no scenario {path}")),
                // The SP refuses a failure response, and says nothing of the code.
                Some((text, _)) if row.place == Place::Sp => {
                    (!text.contains(&code)).then(|| format!("{code}: {path} does not speak of it"))
                }
                Some((_, scenario)) => {
                    let expected =
                        (scenario.expectations()).any(|expect| expect.code.as_deref() == Some(&code));
                    (!expected).then(|| format!("{code}: {path} does not expect it"))
                }
            },
            Appears::OnTheWay(path) => {
                (embedded(path).is_none()).then(|| format!("{code}: there is no scenario {path}"))
            }
            Appears::Test(name) => (!is_a_test(name)).then(|| format!("{code}: there is no test `{name}`")),
            Appears::Armed | Appears::Absent(_) => None,
        };
        problems.extend(problem);
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The embedded scenario at `path`: its text and what it says.
fn embedded(path: &str) -> Option<(String, scenario::Scenario)> {
    let text = std::fs::read_to_string(root().join("scenarios").join(path)).ok()?;
    let mut scenarios = scenario::parse(path, &text, true).unwrap_or_else(|errors| panic!("{errors}"));
    Some((text, scenarios.remove(0)))
}

/// Whether a test of the mock's router has this name.
fn is_a_test(name: &str) -> bool {
    let function = format!("fn {name}()");
    files(&root().join("mock-idp/tests"))
        .iter()
        .any(|path| std::fs::read_to_string(path).is_ok_and(|text| text.contains(&function)))
}

/// The walk-throughs themselves are written by `tests/browser`.
#[test]
fn guides() {
    let mut text = format!(
        "# The guides, step by step\n\n{GENERATED}Four published set-up guides, each followed word by word in the tenant Fabrikam of \
         `entrant serve`: [Upsales](upsales.md), [Upwork Enterprise](upwork-enterprise.md), [IOMETE](iomete.md), [sipgate](sipgate.md). The start \
         page tells which addresses to use instead of theirs.\n\n## Labels\n\nThe guides differ in age and so in labels. The pages show today's, with the \
         earlier ones beside them, and the search finds either.\n\n| today | earlier |\n| --- | --- |\n"
    );
    for label in LABELS {
        let _ = writeln!(
            text,
            "| {} | {} |",
            cell(label.now),
            cell(&label.earlier.join(", "))
        );
    }
    check("guides/README.md", &text);
}

#[test]
fn behaviours() {
    let mut text = format!(
        "# What the mock does of entra-behaviour.md\n\n{GENERATED}Fact by fact, with the test or the scenario that shows it; \
         (uncertain) as there, or because the mock had to choose. The codes of section 7 are in [errors.md](errors.md).\n\n\
         | section | what | shown by |\n| --- | --- | --- |\n"
    );
    for row in BEHAVIOURS {
        let mark = if row.is_uncertain { " (uncertain)" } else { "" };
        let shown = match row.witness {
            Witness::Test(file, name) => format!("`{file}`: `{name}`"),
            Witness::Scenario(path) => format!("scenario {path}"),
            Witness::Absent(reason) => format!("absent: {reason}"),
        };
        let _ = writeln!(
            text,
            "| {} | {}{mark} | {} |",
            row.section,
            cell(row.text),
            cell(&shown)
        );
    }
    text.push_str(
        "\n## Conflicts between Microsoft's documents and the service\n\nThe mock does what was recommended in section 0; a word in \
         an application's `switches` takes the other value.\n\n| | about | the mock | another value |\n| --- | --- | --- | --- |\n",
    );
    for row in CONFLICTS {
        let other = match row.other {
            Other::Switches(switches) => {
                let switches = switches.iter().map(|(word, _, does)| format!("`{word}`: {does}"));
                switches.collect::<Vec<_>>().join("; ")
            }
            Other::Key(key, does) => format!("key `{key}`: {does}"),
            Other::Absent(reason) => format!("none: {reason}"),
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            row.id,
            cell(row.topic),
            cell(row.default),
            cell(&other)
        );
    }
    let _ = write!(
        text,
        "\n## NameID\n\nWhat the mock sends for each Format of NameIDPolicy (section 3.3), asked of the mock when this page was made: \
         Format, and what the value is. A pairwise value is opaque and the same at every sign-on of the user to the application.\n\n{}",
        name_ids::tables()
    );
    check("behaviours.md", &text);
}

#[test]
fn what_shows_a_behaviour_is_there() {
    let mut problems = Vec::new();
    for row in BEHAVIOURS {
        match row.witness {
            Witness::Test(file, name) => {
                let source = std::fs::read_to_string(root().join(file)).unwrap_or_default();
                if !source.contains(&format!("fn {name}()")) {
                    problems.push(format!("{}: there is no test `{name}` in {file}", row.text));
                }
            }
            Witness::Scenario(path) if embedded(path).is_none() => {
                problems.push(format!("{}: there is no scenario {path}", row.text));
            }
            Witness::Scenario(_) | Witness::Absent(_) => {}
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn faults() {
    let mut text = format!(
        "# Faults\n\n{GENERATED}A fault is a named deviation from the correct response; its id is that of the attack catalogue where \
         there is one. It acts on the value before signing, on the signing, on the signed bytes (before they are encrypted), on the encryption, or on the way; `aadsts` stops the sign-on \
         before there is a response. One of stage `metadata` is in the federation metadata, or in the answer that carries it. A scenario names it with \
         `fault = \"id\"`, or with parameters `faults = [{{ id = \"…\", value = \"…\" }}]`, in `sign_in` or, of the metadata, beside `refresh_trust`; the control API and the page Faults arm it for the next sign-on or fetch, \
         or for as many as you say. What service providers that other people wrote do with them is told in \
         [real-service-providers.md](real-service-providers.md).\n\n\
         Those of the stage `sign-out` act on a message of single sign-out: on the LogoutRequest where the user signs out at the identity provider, on the LogoutResponse where at \
         the SP. A `sign_out` step names them. The browser goes to the SP's Logout URL with the message, not in a frame, and a LogoutRequest names the user as the newest assertion did.\n\n\
         `[pre,K0]`: changed, then signed with the trusted key; `[K0]`: signed with it in a way of its own; `[post]`: changed after signing; `[K1]`: changed and signed by the attackers' key; \
         `[none]`: unsigned. M is the user who really signed in, V whom the attack wants to be, K0 the key that the service provider trusts, K1 the attackers', K2 the next one, \
         K3 that of another identity provider which it trusts, CANARY a listener that must hear nothing. \
         A CVE with \u{2020} was told from memory: look it up before you quote it.\n\n\
         `safe`: refused, or signed in as exactly the user who was signed. `either`: a matter of policy, told as a finding. \
         Of the stage `sign-out`: `refused` and `signed-in`: the session goes on; `signed-out`: it has ended; `safe`: refused, or exactly the session of the user whom it names has ended. \
         `accepted`, `refused` of metadata: taken over or not, which a later sign-on shows.\n\n\
         `heavy` beside the stage: it costs the service provider much, or makes it fetch something. The scenarios that order it are tagged `@heavy` and run with \
         `--allow-heavy` alone.\n\n\
         | id | stage | what it does | parameters | what must come of it | why |\n| --- | --- | --- | --- | --- | --- |\n"
    );
    for fault in FAULTS.iter() {
        let heavy = if fault.spec.heavy { ", heavy" } else { "" };
        let stage = format!("{}{heavy}", fault.stage().word());
        let parameters: Vec<_> = (fault.parameters().iter())
            .map(|parameter| {
                let required = if parameter.required { " (required)" } else { "" };
                format!("`{}`{required}: {}", parameter.name, parameter.meaning)
            })
            .collect();
        let with = |word: &str, rejection| format!("{word}: `{rejection}`");
        let provoked = match (fault.spec.outcome, fault.rejection()) {
            (None, _) => "`stopped-at-idp` with the code".to_owned(),
            (Some(outcome @ (CaseOutcome::Refused | CaseOutcome::SignedOut)), Some(rejection)) => {
                with(outcome.word(), rejection)
            }
            (Some(outcome), _) => outcome.word().to_owned(),
        };
        let _ = writeln!(
            text,
            "| `{}` | {stage} | {} | {} | {provoked} | {} |",
            fault.id,
            verbatim(&fault.case.mutation),
            cell(&parameters.join("; ")),
            verbatim(&why(fault.case))
        );
    }
    text.push_str(
        "\n## Told by scenarios\n\nWhat takes several steps, settings or more of HTTP than a form.\n\n\
         | id | what is done | what must come of it | scenarios | why |\n| --- | --- | --- | --- | --- |\n",
    );
    let folder = root().join("scenarios");
    let scenarios = select(&[folder.to_str().unwrap().to_owned()], &[]).unwrap();
    for case in cases().iter().filter(|case| case.scenario) {
        let told = scenarios
            .iter()
            .filter(|scenario| scenario.covers.iter().any(|covered| covered.id == case.id))
            .map(|scenario| Path::new(&scenario.file).strip_prefix(&folder).unwrap().display());
        let told: BTreeSet<_> = told.map(|file| format!("`{file}`")).collect();
        let told: Vec<_> = told.into_iter().collect();
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | {} |",
            case.id,
            verbatim(&case.mutation),
            verbatim(&case.expected),
            told.join(", "),
            verbatim(&why(case))
        );
    }
    text.push_str(
        "\n## Not told\n\n| id | what would be done | why nothing tells it |\n| --- | --- | --- |\n",
    );
    for case in cases() {
        let Some(reason) = &case.not_applicable else {
            continue;
        };
        let _ = writeln!(
            text,
            "| `{}` | {} | {} |",
            case.id,
            verbatim(&case.mutation),
            cell(reason)
        );
    }
    check("faults.md", &text);
}

/// The clause behind a case, and who was affected.
fn why(case: &Case) -> String {
    let seen = case.seen.trim_end_matches('.');
    match seen {
        "" => case.reason.clone(),
        seen => format!("{}. Seen: {seen}", case.reason.trim_end_matches('.')),
    }
}

#[test]
fn control() {
    let mut text = format!(
        "# Control routes\n\n{GENERATED}Below `/_entrant/v1`. `{{tenant}}` is an id or a domain, of a tenant that is made an id; `{{app}}` a name or an \
         application id, `{{certificate}}` a name or a thumbprint, `{{form}}` one of {}. Bodies are JSON objects: the types are those of `control_api::idp`. \
         What is wrong is told as `{{\"error\": \"…\"}}` with a 4xx status.\n\n\
         `ArmFaults` is `{{\"faults\": [{{\"id\": \"xsw-3\"}}]}}`, with `app`, `user` and `flow` where it is not for anybody, and `times`: a number from 1 to 10000, or `\"until-disarmed\"`; without it, once. \
         The answer is what waits now: the same with its `number`, and how often it was `used`; what could not be applied was not. A parameter of a fault is a text, a number, `true` or `false`.\n\n\
         | route | takes | answers |\n| --- | --- | --- |\n",
        CertificateForm::ALL
            .map(|form| format!("`{}`", form.word()))
            .join(", ")
    );
    for route in ROUTES {
        let (method, path) = (route.method, route.path);
        let _ = writeln!(
            text,
            "| `{method} {path}` | {} | {} |",
            cell(route.takes),
            cell(route.answers)
        );
    }
    check("control.md", &text);
}

#[test]
fn rejections() {
    let mut text = format!(
        "# Rejections of the reference service provider\n\n{GENERATED}The page of a refusal carries the id as \
         `<meta name=\"entrant-rejection\" content=\"…\">` and the public sentence; the private cause is in the instance's events. The \
         first eleven are the checks of every response, in their order; `ENTRANT_SP_WITHOUT_CHECK=id` switches one of them off, or \
         one of the last three, in a build with debug assertions.\n\n| id | status | what the page says |\n| --- | --- | --- |\n"
    );
    for rejection in Rejection::ALL {
        let _ = writeln!(
            text,
            "| `{}` | {} | {} |",
            rejection.id(),
            rejection.status().as_u16(),
            cell(rejection.sentence())
        );
    }
    check("rejections.md", &text);
    // What a scenario may expect without an SP file.
    let ids: Vec<_> = Rejection::ALL.iter().map(|rejection| rejection.id()).collect();
    assert_eq!(scenario::REFERENCE_REJECTIONS, ids);
}

#[test]
fn scenarios() {
    let mut text = format!(
        "# Scenarios\n\n{GENERATED}A scenario is a TOML file: a head, then steps. `entrant test PATH` runs your own instead of the \
         embedded ones; any other word filters by path, `@word` by tag. A path of the table below selects that scenario, one that ends in `/*` all below it. \
         What is tagged `@heavy` runs with `--allow-heavy` alone.\n\n```toml\n{}```\n\n## Keys\n\n\
         | in | key | meaning |\n| --- | --- | --- |\n",
        std::fs::read_to_string(root().join("scenarios/links/sipgate-recreated-after-the-workaround.toml"))
            .unwrap()
    );
    for key in KEYS {
        let _ = writeln!(
            text,
            "| `{}` | `{}` | {} |",
            key.place.name(),
            key.name,
            cell(key.meaning)
        );
    }
    text.push_str(
        "\n`tenant = { … }` takes the tenant file's own keys: tables are merged, named lists (`app`, `user`, `group`, `certificates`, \
         `claims`) by name, every other list is replaced.\n\nIn the texts of `tenant`, `token_encryption.certificate`, `request` (of a step and of `sign_in`), \
         fault parameters, `name_id` and `attributes` these are filled in: `{login_url}` (the mock's), `{sign_on_url}` (the SP's), \
         `{identifier}`, `{acs}`, `{tenant}`, `{issuer}`, `{id}` (a new one), `{now}`, `{request_id}` (of the AuthnRequest that reached the mock last), \
         `{sp_certificate}` (the SP's signing certificate, base64, from its metadata) and `{sp_encryption_certificate}` (the one to which \
         assertions may be encrypted), `{sp_logout_post}` (where the SP takes messages of single sign-out by HTTP-POST, from its metadata; in fault parameters).\n\nA file that says `cases` or `signing` is several scenarios: their paths end in the case and the Signing Option instead of \
         `.toml`, as in `attacks/signature/sig-none/response`, and select them one by one or together.\n\n## The embedded scenarios\n\n| path | title | origin | tags |\n\
         | --- | --- | --- | --- |\n",
    );
    let (mut sources, mut rows) = (Vec::new(), Vec::new());
    for path in files(&root().join("scenarios")) {
        let name = path
            .strip_prefix(root().join("scenarios"))
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        let source = std::fs::read_to_string(&path).unwrap();
        let scenarios = scenario::parse(&name, &source, true).unwrap_or_else(|errors| panic!("{errors}"));
        let mut told = Vec::new();
        for scenario in &scenarios {
            let path = match scenario.signing {
                // What differs in nothing but the Signing Option is one row.
                Some(option) => format!("{}/*", scenario.path.trim_end_matches(&format!("/{option}"))),
                None => scenario.path.clone(),
            };
            if told.contains(&path) {
                continue;
            }
            let tags: Vec<_> = scenario.tags.iter().map(|tag| format!("@{tag}")).collect();
            let _ = writeln!(
                text,
                "| {path} | {} | {} | {} |",
                cell(&scenario.title),
                cell(&scenario.origin),
                tags.join(" ")
            );
            told.push(path);
        }
        sources.push((name, source));
        rows.extend(told);
    }
    check("scenarios.md", &text);
    // What is written there can be given to `entrant test`.
    let embedded: Vec<_> = sources
        .iter()
        .map(|(name, source)| (&**name, &**source))
        .collect();
    select(&rows, &embedded).unwrap_or_else(|error| panic!("{error}"));
}

/// The samples of docs/files.md are read by the program's own readers.
#[test]
fn samples_of_files() {
    let page = std::fs::read_to_string(root().join("docs/files.md")).unwrap();
    let samples: Vec<_> = page
        .split("```toml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    let [sp, run, tenant, claims, policy] = samples[..] else {
        panic!("five samples")
    };
    for sample in [sp, run] {
        runner::sp_file::parse("sp.toml", sample).unwrap_or_else(|errors| panic!("{errors}"));
    }
    let tenant = control_api::tenant::TenantFile::from_toml("tenant.toml", tenant)
        .unwrap_or_else(|errors| panic!("{errors}"));
    // Claims and the policy stand below an application.
    let application = "[tenant]\ndisplay_name = \"x\"\ndomains = [\"x.example\"]\n[[group]]\ndisplay_name = \"Upwork users\"\n[[app]]\nname = \"x\"\n";
    for below in [claims, policy] {
        control_api::tenant::TenantFile::from_toml("claims.toml", &format!("{application}{below}"))
            .unwrap_or_else(|errors| panic!("{errors}"));
    }
    let sources = control_api::tenant::SOURCES.iter().map(|source| source.name);
    let keys = control_api::tenant::PROFILE.iter().map(|row| row.key);
    let roles = control_api::tenant::DIRECTORY_ROLES.iter().map(|(name, _)| *name);
    let numbered = |name: &&str| !name.starts_with("user.extensionattribute");
    for name in sources.chain(keys).chain(roles).filter(numbered) {
        let short = name.split_once('.').map_or(name, |(_, short)| short);
        assert!(page.contains(short), "{name} is not in docs/files.md");
    }
    assert_eq!(tenant.apps[0].certificates[1].key_bits, 4096);
}

/// Every fault's rejection is one that the reference SP knows, and every rejection of a check has a fault, or a
/// reason why none is needed.
#[test]
fn every_fault_names_a_rejection_and_every_check_can_be_provoked() {
    const WITHOUT_A_FAULT: &[(&str, &str)] = &[
        ("replayed", "a `replay` step posts the same response twice"),
        ("account-deactivated", "a state of the SP's accounts"),
        ("link-broken", "a state of the SP's links"),
        ("certificate-expired", "a state of the application's certificates"),
        (
            "certificate-not-yet-valid",
            "a state of the application's certificates",
        ),
        ("not-encrypted", "a state of the application's token encryption"),
    ];
    for fault in FAULTS.iter() {
        let known = |rejection| Rejection::ALL.iter().any(|known| known.id() == rejection);
        // The catalogue's own test holds that what must be refused names one.
        if let Some(rejection) = fault.rejection() {
            assert!(known(rejection), "{rejection} of {}", fault.id);
        }
    }
    for rejection in Rejection::ALL {
        let provoked = FAULTS
            .iter()
            .any(|fault| fault.rejection() == Some(rejection.id()));
        let excused = WITHOUT_A_FAULT.iter().any(|(id, _)| *id == rejection.id());
        assert!(
            provoked != excused,
            "{}: either a fault provokes it or a reason is written down",
            rejection.id()
        );
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
