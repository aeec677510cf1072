//! Good and bad scenario files, with the exact messages.

mod rules;
mod variants;

use super::*;
use crate::scenario::{
    Binding, Control, Encoding, ExpectedOutcome, KEYS, Payload, Place, SelectError, SignOutStart, Start,
    parse_one, select,
};

/// A file with `rest` below its head.
fn file(rest: &str) -> String {
    format!("title = \"t\"\napp = \"sipgate\"\nuser = \"B.Simon\"\n{rest}")
}

/// Line, column and message of everything that is wrong.
fn wrong(text: &str) -> Vec<String> {
    let diagnostics = parse("s.toml", text, false).unwrap_err();
    let line = |one: &file::Diagnostic| {
        let (line, column) = one.place.unwrap();
        format!("{line}:{column}: {}", one.message)
    };
    diagnostics.0.iter().map(line).collect()
}

const SIGNED_IN: &str = "[[step]]\nsign_in = {}\nexpect = { outcome = \"signed-in\" }\n";

#[test]
fn the_example_of_the_contract_is_read() {
    let text = r#"
title  = "Web user deleted and recreated while the old link remains"
origin = "sipgate guide, Errors and solutions"
app    = "sipgate"
tags   = ["links", "sipgate"]

[[step]]
sp = { create_account = "B.Simon" }

[[step]]
sign_in = { user = "B.Simon", start = "sp" }
expect  = { outcome = "signed-in", account = "linked" }

[[step]]
sign_in = { user = "B.Simon", start = "idp", control = 2 }
expect  = { outcome = "refused", rejection = "link-broken", page = "Back to login." }
"#;
    let scenario = parse_one("links/broken.toml", text, true).unwrap();
    assert_eq!(scenario.tags, ["links", "sipgate"]);
    assert_eq!(scenario.selectors(), ["links/broken"]);
    assert!(scenario.expects_refusal() && scenario.changes_sp() && !scenario.changes_tenant());
    let titles: Vec<_> = scenario.steps.iter().map(|step| step.action.title()).collect();
    assert_eq!(
        titles,
        [
            "sp create_account B.Simon",
            "sign_in B.Simon from sp",
            "sign_in B.Simon from idp"
        ]
    );
    let StepAction::SignIn(last) = &scenario.steps[2].action else {
        panic!()
    };
    assert_eq!((last.start, last.control), (Start::Idp, Some(Control::Step(2))));
    let expect = scenario.steps[2].expect.as_ref().unwrap();
    assert_eq!(expect.rejection.as_deref(), Some("link-broken"));
}

#[test]
fn every_kind_of_step_is_read() {
    for (step, title) in [
        (
            "sign_in = { fault = \"sig-none\" }\nexpect = { outcome = \"refused\" }",
            "sign_in B.Simon from sp with sig-none",
        ),
        (
            "request = { xml = \"<a/>\", binding = \"post\" }\nexpect = { outcome = \"stopped-at-idp\", code = \"AADSTS75005\" }",
            "request by post",
        ),
        (
            "tenant = { app = [{ name = \"sipgate\", sign_on_url = \"{login_url}\" }] }",
            "tenant",
        ),
        (
            "certificate = { withdraw = \"current\" }",
            "certificate withdraw current",
        ),
        ("user = { disable = \"B.Simon\" }", "user disable B.Simon"),
        (
            "user = { rename = \"B.Simon\", to = \"Britta.Simon\" }",
            "user rename B.Simon",
        ),
        (
            "user = { set = \"B.Simon\", values = { country = \"France\" } }",
            "user set B.Simon",
        ),
        (
            "user = { assign = \"U.Keller\", role = \"admin\" }",
            "user assign U.Keller",
        ),
        (
            "clock = { idp = \"+6m\", sp = \"-1h\", freeze = true }",
            "clock idp +6m sp -1h",
        ),
        (
            "certificate = { add = \"next\", valid_for = \"30d\", valid_from = \"1d\", key_bits = 1024 }",
            "certificate add next",
        ),
        (
            "certificate = { import = \"own\", pfx = \"own.pfx\", password = \"p\" }",
            "certificate import own",
        ),
        ("flood = { sign_ons = 7 }", "flood of 7 sign-ons"),
        (
            "sign_in = { browser = \"one\", hold = true }",
            "sign_in B.Simon from sp, held",
        ),
        (
            "sign_in = { parallel = 3 }\nexpect = { outcome = \"signed-in\" }",
            "sign_in B.Simon from sp in 3 browsers at once",
        ),
        (
            "sign_in = { fault = \"sig-none\", times = 3 }\nexpect = { outcome = \"refused\" }",
            "sign_in B.Simon from sp with sig-none in 3 responses",
        ),
        (
            "sign_in = { fault = \"sig-none\", times = \"until-disarmed\" }\nexpect = { outcome = \"refused\" }",
            "sign_in B.Simon from sp with sig-none in every response",
        ),
        ("certificate = { import = \"own\" }", "certificate import own"),
        ("sp = { refresh_trust = true }", "sp refresh_trust"),
        ("sp = { refresh_trust = \"tenant\" }", "sp refresh_trust tenant"),
        ("sp = { set = { jit = false } }", "sp set"),
    ] {
        let scenario = parse_one("s.toml", &file(&format!("[[step]]\n{step}\n{SIGNED_IN}")), false);
        let scenario = scenario.unwrap_or_else(|wrong| panic!("{step}: {wrong}"));
        assert_eq!(scenario.steps[0].action.title(), title, "{step}");
    }
}

#[test]
fn defaults_follow_the_contract() {
    let read = |step: &str| {
        parse_one("s.toml", &file(&format!("[[step]]\n{step}\n")), false)
            .unwrap()
            .steps
            .remove(0)
    };
    let StepAction::SignIn(faulty) = read("sign_in = { faults = [{ id = \"sig-tamper-nameid\", value = \"x\" }] }\nexpect = { outcome = \"refused\" }").action else { panic!() };
    assert_eq!(faulty.control, Some(Control::Auto));
    assert_eq!(faulty.faults[0].parameters["value"], "x");
    assert_eq!((faulty.user.as_str(), faulty.start), ("B.Simon", Start::Sp));
    for (step, binding, payload) in [
        ("xml = \"<a/>\"", Binding::Redirect, Some(Encoding::Deflate)),
        (
            "binding = \"post\", xml = \"<a/>\"",
            Binding::Post,
            Some(Encoding::Base64),
        ),
        (
            "xml = \"<a/>\", encoding = \"zlib\"",
            Binding::Redirect,
            Some(Encoding::Zlib),
        ),
        ("query = \"\"", Binding::Redirect, None),
        ("form = \"a=b\"", Binding::Post, None),
    ] {
        let StepAction::Request(request) = read(&format!(
            "request = {{ {step} }}\nexpect = {{ outcome = \"signed-in\" }}"
        ))
        .action
        else {
            panic!()
        };
        let encoding = match request.payload {
            Payload::Xml { encoding, .. } => Some(encoding),
            Payload::Raw(_) => None,
        };
        assert_eq!((request.binding, encoding), (binding, payload), "{step}");
    }
}

#[test]
fn sign_out_takes_faults_and_is_sent_again() {
    let text = "app = \"sipgate\"\nuser = \"B.Simon\"\ncases = [\"slo-unsigned\", \"slo-no-sessionindex\", \"slo-response-partial\"]\n\
        [[step]]\nsign_in = { browser = \"one\" }\nexpect = { outcome = \"signed-in\" }\n\
        [[step]]\nsign_out = { start = \"idp\", faults = [{ id = \"slo-post\", to = \"{sp_logout_post}\" }, { id = \"{case}\" }] }\n\
        [[step]]\nsign_out = { start = \"idp\", fault = \"slo-named\" }\nexpect = { outcome = \"signed-out\" }\n\
        [[step]]\nreplay = { step = 3 }\nexpect = { outcome = \"signed-out\" }\n";
    let scenarios = parse("s.toml", text, true).unwrap();
    let told: Vec<_> = scenarios
        .iter()
        .map(|scenario| {
            let expect = scenario.steps[1].expect.as_ref().unwrap();
            (expect.outcome, expect.rejection.as_deref())
        })
        .collect();
    assert_eq!(
        told,
        [
            (ExpectedOutcome::Refused, Some("signature-invalid")),
            (ExpectedOutcome::SignedOut, None),
            (ExpectedOutcome::SignedOut, Some("status-not-success")),
        ]
    );
    let first = &scenarios[0];
    assert_eq!(
        first.steps[1].action.title(),
        "sign_out from idp with slo-post, slo-unsigned"
    );
    assert!(first.mentions("sp_logout_post") && first.attacks());
    let faults: Vec<_> = first.faults().iter().map(|(case, _)| case.id.as_str()).collect();
    assert_eq!(faults, ["slo-post", "slo-unsigned", "slo-named"]);
}

#[test]
fn sign_in_takes_factors_and_another_request() {
    let text = file(
        "[[step]]\nsign_in = { mfa = \"1\", keep_signed_in = true, app = \"IOMETE\", browser = \"one\", old_cookies = true, request = { force_authn = true } }\n\
         expect = { outcome = \"signed-in\" }\n\
         [[step]]\nsign_in = { start = \"test\", request = { login_hint = \"{identifier}\" } }\nexpect = { outcome = \"signed-in\" }\n\
         [[step]]\nsign_out = { start = \"idp\", browser = \"one\" }\nexpect = { outcome = \"signed-out\", page = \"Bye\" }\n\
         [[step]]\nsign_out = {}\nexpect = { outcome = \"refused\", rejection = \"signature-invalid\" }\n",
    );
    let scenario = parse_one("s.toml", &text, true).unwrap();
    let titles: Vec<_> = scenario.steps.iter().map(|step| step.action.title()).collect();
    assert_eq!(
        titles,
        [
            "sign_in B.Simon from sp to IOMETE with another request",
            "sign_in B.Simon from test with login_hint",
            "sign_out from idp",
            "sign_out from sp"
        ]
    );
    let StepAction::SignIn(first) = &scenario.steps[0].action else {
        panic!()
    };
    assert_eq!((first.mfa.as_deref(), first.keep_signed_in), (Some("1"), true));
    assert!(first.old_cookies);
    assert_eq!(scenario.apps(), ["sipgate", "IOMETE"]);
    assert_eq!(
        scenario.sign_outs().collect::<Vec<_>>(),
        [SignOutStart::Idp, SignOutStart::Sp]
    );
    let expected = scenario.steps[2].expect.as_ref().unwrap().outcome;
    assert_eq!(expected, ExpectedOutcome::SignedOut);
    assert!(scenario.mentions("identifier") && !scenario.mentions("acs"));
}

#[test]
fn placeholders_are_found_in_every_step_that_expands_them() {
    for step in [
        "tenant = { app = [{ name = \"sipgate\", sign_on_url = \"{acs}\" }] }",
        "user = { set = \"B.Simon\", values = { mail = \"{acs}\" } }",
        "token_encryption = { import = \"sp\", certificate = \"{acs}\" }",
        "sign_in = { request = { acs_url = \"{acs}\" } }\nexpect = { outcome = \"signed-in\" }",
        "sign_in = { delivery = { relay_state = \"{acs}\" } }\nexpect = { outcome = \"refused\" }",
        "sign_in = { delivery = { headers = { Host = \"{acs}\" } } }\nexpect = { outcome = \"refused\" }",
        "sign_in = { faults = [{ id = \"sig-tamper-nameid\", value = \"{acs}\" }] }\nexpect = { outcome = \"refused\" }",
        "request = { xml = \"{acs}\" }\nexpect = { outcome = \"signed-in\" }",
        "request = { query = \"{acs}\" }\nexpect = { outcome = \"signed-in\" }",
    ] {
        let scenario = parse_one("s.toml", &file(&format!("[[step]]\n{step}\n{SIGNED_IN}")), false).unwrap();
        assert!(scenario.mentions("acs") && !scenario.mentions("id"), "{step}");
    }
}

/// The keys of a place that the loader knows: it lists them when it meets one that is nothing like any.
fn known_to_the_loader(place: Place) -> Vec<String> {
    let odd = "zzzzzzzzzzzzzzzz = \"x\"";
    let text = match place {
        Place::File => format!("{odd}\n{SIGNED_IN}"),
        Place::Step => format!("{SIGNED_IN}{odd}\n"),
        Place::Expect => format!("[[step]]\nsign_in = {{}}\nexpect = {{ {odd} }}\n"),
        other => format!("[[step]]\n{} = {{ {odd} }}\n", other.name()),
    };
    let all = wrong(&file(&text));
    let list = all
        .iter()
        .find_map(|one| one.split_once("unknown key `zzzzzzzzzzzzzzzz`: expected one of "));
    let (_, list) = list.unwrap_or_else(|| panic!("{place:?}: {all:?}"));
    list.split(", ")
        .map(|word| word.trim_matches('`').to_owned())
        .collect()
}

#[test]
fn the_table_of_keys_is_what_the_loader_knows() {
    for place in [
        Place::File,
        Place::Step,
        Place::SignIn,
        Place::SignInRequest,
        Place::Delivery,
        Place::SignOut,
        Place::Replay,
        Place::Probe,
        Place::Flood,
        Place::Request,
        Place::Certificate,
        Place::TokenEncryption,
        Place::User,
        Place::Clock,
        Place::Sp,
        Place::Expect,
    ] {
        let mut table: Vec<_> = KEYS
            .iter()
            .filter(|key| key.place == place)
            .map(|key| key.name)
            .collect();
        table.sort_unstable();
        assert_eq!(known_to_the_loader(place), table, "{place:?}");
    }
}

#[test]
fn the_scenarios_of_this_repository_are_read() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios").to_owned();
    match select(&[folder], &[]) {
        Ok(scenarios) => assert!(scenarios.len() >= 40, "{} scenarios", scenarios.len()),
        Err(
            error
            @ (SelectError::Files(_) | SelectError::Missing { .. } | SelectError::NothingMatches { .. }),
        ) => {
            panic!("{error}")
        }
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_loader_panic(text in "(title|app|step|\\[\\[step\\]\\]|sign_in|expect|=|\\{|\\}|\\[|\\]|\"|\n| |[a-z0-9])*") {
        let _ = parse_one("s.toml", &text, false);
    }
}
