//! Decoding a tenant file, every error at once.

use uuid::Uuid;

use super::names::{Names, unique, unique_identifiers};
use super::{
    AppEntry, AppRoleEntry, AssignmentEntry, CertificateEntry, CertificateStatus, ClaimEntry, GroupEntry,
    Home, Keys, NAME_ID_SOURCES, NameIdEntry, NameIdFormatWord, SigningAlgorithmWord, SigningEntry,
    SigningOptionWord, TenantEntry, TenantFile, USER_SOURCES, UserEntry, UserType,
};
use super::{hint, local_part};
use crate::file::{Table, parse_duration};

/// The name of the certificate that an application without any gets.
const FIRST_CERTIFICATE: &str = "current";

/// Reply URLs and identifiers per application (entra-behaviour.md 2.4).
const URLS_MAX: usize = 256;

/// How much must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whole {
    /// Everything that a tenant needs.
    Yes,
    /// What a patch changes; the rest, and what it refers to, is the tenant's.
    No,
}

/// Reads a patch in the tenant file's own keys, as far as it can be judged without the tenant.
pub(super) fn patch(root: &Table<'_>) {
    if let Some(table) = root.table("tenant") {
        tenant(&table, Whole::No);
    }
    entries(root, Whole::No);
    root.done();
}

/// `[[user]]`, `[[group]]` and `[[app]]`.
fn entries(root: &Table<'_>, whole: Whole) -> (Vec<UserEntry>, Vec<GroupEntry>, Vec<AppEntry>) {
    let users = root.tables("user");
    let groups = root.tables("group");
    let apps = root.tables("app");
    let names = (whole == Whole::Yes).then(|| Names::new(&users, &groups));
    if let Some(names) = &names {
        groups.iter().for_each(|table| names.check_members(table));
        unique(&users, "user", "user_principal_name");
        unique(&groups, "group", "display_name");
        unique(&apps, "app", "name");
        unique_identifiers(&apps);
    }
    (
        decoded(&users, user),
        decoded(&groups, group),
        decoded(&apps, |table| app(table, whole, names.as_ref())),
    )
}

pub(super) fn tenant_file(root: &Table<'_>) -> Option<TenantFile> {
    let tenant = match root.table("tenant") {
        Some(table) => tenant(&table, Whole::Yes),
        None => {
            if !root.has("tenant") {
                root.problem("`[tenant]` is missing: expected a table with `display_name` and `domains`");
            }
            None
        }
    };
    let (users, groups, apps) = entries(root, Whole::Yes);
    Some(TenantFile {
        tenant: tenant?,
        users,
        groups,
        apps,
    })
}

/// What `decode` makes of each table.
fn decoded<'p, T>(tables: &[Table<'p>], decode: impl Fn(&Table<'p>) -> Option<T>) -> Vec<T> {
    let entries = tables.iter().filter_map(|table| all(table, decode(table)));
    entries.collect()
}

/// Reports the keys that `value`'s decoder did not ask for.
fn all<T>(table: &Table<'_>, value: Option<T>) -> Option<T> {
    table.done();
    value
}

fn guid(table: &Table<'_>, key: &'static str) -> Option<Uuid> {
    table.parsed(key, |text| {
        text.parse()
            .map_err(|_| "a GUID such as 7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10".to_owned())
    })
}

fn tenant(table: &Table<'_>, whole: Whole) -> Option<TenantEntry> {
    let id = guid(table, "id");
    let must_be_there = |key: &'static str| whole == Whole::Yes || table.has(key);
    let display_name = must_be_there("display_name")
        .then(|| table.required_string("display_name", "the organisation's name"))
        .flatten();
    let domains: Vec<_> = table
        .strings("domains")
        .iter()
        .map(|domain| domain.to_lowercase())
        .collect();
    for domain in domains.iter().filter(|domain| !is_domain(domain)) {
        table.problem_at(
            "domains",
            format!("`{domain}` is not a domain such as contoso.onmicrosoft.com"),
        );
    }
    if domains.is_empty() && must_be_there("domains") {
        table.problem(
            "`domains` is missing: expected at least the initial domain, such as contoso.onmicrosoft.com",
        );
    }
    let password = table.string("password");
    let keys = table
        .word("keys", &[("pool", Keys::Pool), ("unique", Keys::Unique)])
        .unwrap_or_default();
    table.done();
    Some(TenantEntry {
        id,
        display_name: display_name?,
        domains,
        password,
        keys,
    })
}

fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.contains('.') && text.len() <= 253 && text.split('.').all(label)
}

fn user(table: &Table<'_>) -> Option<UserEntry> {
    let id = guid(table, "id");
    let upn = table.required_string(
        "user_principal_name",
        "a name such as B.Simon@contoso.onmicrosoft.com",
    );
    let is_upn = |upn: &str| {
        upn.rsplit_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && is_domain(domain))
    };
    if let Some(upn) = upn.as_ref().filter(|upn| !is_upn(upn)) {
        let message = format!("`{upn}` is not a user principal name such as B.Simon@contoso.onmicrosoft.com");
        table.problem_at("user_principal_name", message);
    }
    let display_name = table
        .string("display_name")
        .or_else(|| upn.as_ref().map(|upn| local_part(upn).to_owned()));
    Some(UserEntry {
        id,
        given_name: table.string("given_name"),
        surname: table.string("surname"),
        mail: table.string("mail"),
        country: table.string("country"),
        department: table.string("department"),
        job_title: table.string("job_title"),
        employee_id: table.string("employee_id"),
        user_type: table
            .word(
                "user_type",
                &[("Member", UserType::Member), ("Guest", UserType::Guest)],
            )
            .unwrap_or_default(),
        home: table.parsed("home", home),
        account_enabled: table.boolean("account_enabled").unwrap_or(true),
        password: table.string("password"),
        user_principal_name: upn?,
        display_name: display_name?,
    })
}

fn home(text: &str) -> Result<Home, String> {
    match text {
        "microsoft" => Ok(Home::Microsoft),
        "google" => Ok(Home::Google),
        "otp" => Ok(Home::Otp),
        _ => text
            .strip_prefix("entra:")
            .and_then(|tenant| tenant.parse().ok())
            .map(Home::Entra)
            .ok_or_else(|| "a home: `entra:TENANT-ID`, `microsoft`, `google` or `otp`".to_owned()),
    }
}

fn group(table: &Table<'_>) -> Option<GroupEntry> {
    let id = guid(table, "id");
    let display_name = table.required_string("display_name", "the group's name");
    Some(GroupEntry {
        id,
        members: table.strings("members"),
        display_name: display_name?,
    })
}

/// `names`: whom assignments may name, where that is known.
fn app<'p>(table: &Table<'p>, whole: Whole, names: Option<&Names<'p>>) -> Option<AppEntry> {
    let name = table.required_string("name", "the application's name");
    let app_id = guid(table, "app_id");
    let object_id = guid(table, "object_id");
    let reply_urls = urls(table, "reply_urls");
    let sign_on_url = table.string("sign_on_url").unwrap_or_default();
    if !sign_on_url.is_empty() && !sign_on_url.starts_with("{sp}") && !is_web_address(&sign_on_url) {
        table.problem_at(
            "sign_on_url",
            format!("`sign_on_url`: `{sign_on_url}` is not an http or https address"),
        );
    }
    let claims = decoded(&table.tables("claims"), |entry| claim(entry, whole));
    let app_roles = decoded(&table.tables("app_roles"), app_role);
    let assignments = decoded(&table.tables("assignments"), |entry| {
        let assignment = assignment(entry)?;
        if let Some(names) = names {
            names.check_assignee(entry);
            check_role(entry, &assignment, &app_roles);
        }
        Some(assignment)
    });
    Some(AppEntry {
        app_id,
        object_id,
        template: table.string("template"),
        identifiers: table.strings("identifiers"),
        reply_urls,
        sign_on_url,
        relay_state: table.string("relay_state").unwrap_or_default(),
        enabled: table.boolean("enabled").unwrap_or(true),
        assignment_required: table.boolean("assignment_required").unwrap_or(true),
        signing: table
            .table("signing")
            .and_then(|signing_table| all(&signing_table, Some(signing(&signing_table))))
            .unwrap_or_default(),
        name_id: table
            .table("name_id")
            .and_then(|name_id_table| all(&name_id_table, Some(name_id(&name_id_table))))
            .unwrap_or_else(default_name_id),
        default_claims: table.boolean("default_claims").unwrap_or(true),
        claims,
        app_roles,
        certificates: certificates(table),
        assignments,
        name: name?,
    })
}

fn is_web_address(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Addresses; a text that still holds `{sp}` is judged after it is filled in.
fn urls(table: &Table<'_>, key: &'static str) -> Vec<String> {
    let urls = table.strings(key);
    for url in urls
        .iter()
        .filter(|url| !url.starts_with("{sp}") && !is_web_address(url))
    {
        table.problem_at(key, format!("`{key}`: `{url}` is not an http or https address"));
    }
    if urls.len() > URLS_MAX {
        table.problem_at(key, format!("`{key}`: more than {URLS_MAX} addresses"));
    }
    urls
}

fn signing(table: &Table<'_>) -> SigningEntry {
    let options = [
        ("assertion", SigningOptionWord::Assertion),
        ("response", SigningOptionWord::Response),
        ("response-and-assertion", SigningOptionWord::ResponseAndAssertion),
    ];
    let algorithms = [
        ("sha256", SigningAlgorithmWord::Sha256),
        ("sha1", SigningAlgorithmWord::Sha1),
    ];
    SigningEntry {
        option: table.word("option", &options).unwrap_or_default(),
        algorithm: table.word("algorithm", &algorithms).unwrap_or_default(),
    }
}

/// Entra's default "Unique User Identifier" (entra-behaviour.md 3.3).
fn default_name_id() -> NameIdEntry {
    NameIdEntry {
        source: "user.userprincipalname".to_owned(),
        format: NameIdFormatWord::EmailAddress,
    }
}

fn name_id(table: &Table<'_>) -> NameIdEntry {
    let formats = [
        ("default", NameIdFormatWord::Default),
        ("persistent", NameIdFormatWord::Persistent),
        ("emailAddress", NameIdFormatWord::EmailAddress),
        ("unspecified", NameIdFormatWord::Unspecified),
        (
            "windowsDomainQualifiedName",
            NameIdFormatWord::WindowsDomainQualifiedName,
        ),
    ];
    let source = table.parsed("source", |text| {
        one_of(text, NAME_ID_SOURCES, "a source of the NameID")
    });
    NameIdEntry {
        source: source.unwrap_or_else(|| default_name_id().source),
        format: table.word("format", &formats).unwrap_or_default(),
    }
}

fn one_of(text: &str, words: &[&str], what: &str) -> Result<String, String> {
    if words.contains(&text) {
        return Ok(text.to_owned());
    }
    let hint = hint(text, words.iter().copied());
    Err(format!(
        "{what}: expected one of {}{hint}",
        crate::file::quoted_list(words.iter().copied())
    ))
}

fn claim(table: &Table<'_>, whole: Whole) -> Option<ClaimEntry> {
    let name = table.required_string("name", "the claim's name");
    let sources: Vec<_> = USER_SOURCES.iter().map(|(source, _)| *source).collect();
    let source = table.parsed("source", |text| one_of(text, &sources, "a source attribute"));
    let value = table.string("value");
    // A patch may rename the namespace of a claim that the tenant has.
    let neither = !table.has("source") && !table.has("value");
    if table.has("source") == table.has("value") && !(neither && whole == Whole::No) {
        table.problem("a claim has exactly one of `source` and `value`");
    }
    Some(ClaimEntry {
        namespace: table.string("namespace").unwrap_or_default(),
        source,
        value,
        name: name?,
    })
}

fn app_role(table: &Table<'_>) -> Option<AppRoleEntry> {
    let value = table.required_string("value", "what the role claim carries")?;
    let display_name = table.string("display_name").unwrap_or_else(|| value.clone());
    Some(AppRoleEntry { value, display_name })
}

fn assignment(table: &Table<'_>) -> Option<AssignmentEntry> {
    let entry = AssignmentEntry {
        user: table.string("user"),
        group: table.string("group"),
        role: table.string("role"),
    };
    if entry.user.is_some() == entry.group.is_some() {
        table.problem("an assignment has exactly one of `user` and `group`");
    }
    Some(entry)
}

fn check_role(table: &Table<'_>, assignment: &AssignmentEntry, roles: &[AppRoleEntry]) {
    let known = |value: &str| roles.iter().any(|role| role.value == value);
    if let Some(role) = assignment.role.as_deref().filter(|role| !known(role)) {
        let hint = hint(role, roles.iter().map(|role| role.value.as_str()));
        table.problem_at(
            "role",
            format!("`role`: the application has no app role with the value `{role}`{hint}"),
        );
    }
}

fn certificates(table: &Table<'_>) -> Vec<CertificateEntry> {
    if !table.has("certificates") {
        let status = CertificateStatus::Active;
        return vec![CertificateEntry {
            name: FIRST_CERTIFICATE.into(),
            status,
            valid_for: "3y".into(),
            key_bits: 2048,
        }];
    }
    let tables = table.tables("certificates");
    let entries = decoded(&tables, certificate);
    if entries
        .iter()
        .filter(|entry| entry.status == CertificateStatus::Active)
        .count()
        > 1
    {
        table.problem_at("certificates", "two certificates are active: exactly one signs");
    }
    unique(&tables, "certificates", "name");
    entries
}

fn certificate(table: &Table<'_>) -> Option<CertificateEntry> {
    let name = table.required_string("name", "a name to call the certificate by");
    let words = [
        ("active", CertificateStatus::Active),
        ("inactive", CertificateStatus::Inactive),
    ];
    let status = table.word("status", &words).unwrap_or_default();
    let valid_for = table.parsed("valid_for", |text| life_time(text).map(|()| text.to_owned()));
    let key_bits = match table.integer("key_bits") {
        None => 2048,
        Some(2048) => 2048,
        Some(4096) => 4096,
        Some(bits) => {
            table.problem_at("key_bits", format!("`key_bits`: {bits} is neither 2048 nor 4096"));
            2048
        }
    };
    Some(CertificateEntry {
        status,
        valid_for: valid_for.unwrap_or_else(|| "3y".to_owned()),
        key_bits,
        name: name?,
    })
}

/// At most three years (entra-behaviour.md 5), on whatever date they begin.
fn life_time(text: &str) -> Result<(), String> {
    let span = parse_duration(text)?;
    let days = span
        .total((jiff::Unit::Day, jiff::SpanRelativeTo::days_are_24_hours()))
        .or_else(|_| {
            let start = jiff::civil::date(2025, 1, 1);
            span.total((jiff::Unit::Day, start))
        });
    match days {
        Ok(days) if (-36525.0..=1096.0).contains(&days) && days != 0.0 => Ok(()),
        _ => Err("a life time of at most 3 years, such as 3y or 90d (or -1d, expired)".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use crate::tenant::TenantFile;

    const GOOD: &str = r#"
        [tenant]
        display_name = "Contoso"
        domains = ["contoso.onmicrosoft.com"]

        [[user]]
        user_principal_name = "B.Simon@contoso.onmicrosoft.com"

        [[app]]
        name = "Upwork Enterprise"
        identifiers = ["https://www.upwork.com/saml"]
        reply_urls = ["{sp}/upwork/acs"]
        claims = [{ name = "FirstName", source = "user.givenname" }]
        assignments = [{ user = "B.Simon" }]
    "#;

    #[test]
    fn a_file_survives_the_way_through_json() {
        let file = TenantFile::from_toml("good.toml", GOOD).unwrap();
        assert_eq!(file.users[0].display_name, "B.Simon");
        assert_eq!(file.apps[0].certificates[0].valid_for, "3y");
        assert_eq!(TenantFile::from_json("copy", &file.to_json()).unwrap(), file);
    }

    #[test]
    fn every_error_is_told_at_once_with_its_place_and_the_nearest_word() {
        let text = GOOD
            .replace("display_name = \"Contoso\"", "display_nam = \"Contoso\"")
            .replace("user.givenname", "user.givename")
            .replace("name = \"Upwork Enterprise\"", "name = \"Upwork\"\nsigning = { option = \"respons\" }\ncertificates = [{ name = \"c\", valid_for = \"4y\" }]");
        let errors = TenantFile::from_toml("bad.toml", &text).unwrap_err().to_string();
        for expected in [
            "bad.toml:2:9: `display_name` is missing",
            "bad.toml:3:9: unknown key `display_nam`: did you mean `display_name`?",
            "bad.toml:11:22: `option`: unknown word `respons`: expected one of `assertion`, `response`, `response-and-assertion`; did you mean `response`?",
            "`valid_for`: `4y` is not a life time of at most 3 years",
            "did you mean `user.givenname`?",
        ] {
            assert!(errors.contains(expected), "{expected}\nnot in\n{errors}");
        }
    }

    #[test]
    fn a_patch_is_judged_as_far_as_it_goes() {
        let judged = |text: &str| {
            let read = crate::file::from_toml("p.toml", text, |root| {
                crate::tenant::check_patch(root);
                // What is unknown has been told.
                drop(root.entries());
                Some(())
            });
            read.err().map(|wrong| {
                let told = wrong
                    .0
                    .iter()
                    .map(|one| format!("{:?} {}", one.place.unwrap(), one.message));
                told.collect::<Vec<_>>().join("\n")
            })
        };
        for (text, expected) in [
            ("tenant = { password = \"x\" }", None),
            (
                "app = [{ name = \"a\", assignments = [{ user = \"u\", role = \"elsewhere\" }], claims = [{ name = \"n\", namespace = \"urn:x\" }] }]",
                None,
            ),
            (
                "app = [{ name = \"a\", signing = { option = \"respons\" } }]",
                Some(
                    "(1, 43) `option`: unknown word `respons`: expected one of `assertion`, `response`, `response-and-assertion`; did you mean `response`?",
                ),
            ),
            (
                "app = [{ name = \"a\", sign_on = \"\" }]",
                Some("(1, 22) unknown key `sign_on`: did you mean `sign_on_url`?"),
            ),
            (
                "app = [{ sign_on_url = \"\" }]",
                Some("(1, 8) `name` is missing: expected the application's name"),
            ),
            (
                "tenant = { domains = [] }",
                Some(
                    "(1, 10) `domains` is missing: expected at least the initial domain, such as contoso.onmicrosoft.com",
                ),
            ),
            (
                "apps = []",
                Some("(1, 1) unknown key `apps`: did you mean `app`?"),
            ),
        ] {
            assert_eq!(judged(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_patch_edits_one_application() {
        let file = TenantFile::from_toml("good.toml", GOOD).unwrap();
        let patched = file.patched(&serde_json::json!({"app": [{"name": "Upwork Enterprise", "sign_on_url": "http://127.0.0.1:1/x"}]})).unwrap();
        assert_eq!(patched.apps[0].sign_on_url, "http://127.0.0.1:1/x");
        assert_eq!(patched.apps[0].claims, file.apps[0].claims);
        let wrong = file
            .patched(&serde_json::json!({"app": [{"name": "Upwork Enterprise", "sign_on": ""}]}))
            .unwrap_err();
        assert_eq!(
            wrong.to_string(),
            "tenant patch: app[0].sign_on: unknown key `sign_on`: did you mean `sign_on_url`?"
        );
    }
}
