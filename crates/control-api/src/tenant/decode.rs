//! Decoding a tenant file, every error at once.

mod app;
mod certificates;
mod claims;
mod group_claim;
pub(super) mod policy;
mod token_encryption;
mod transform;
mod user;

use uuid::Uuid;

use app::app;
use certificates::metadata_lag;
use transform::NameIdOr;
use user::{group, user};

use super::hint;
use super::names::{Names, unique, unique_identifiers};
use super::sign_in::conditional_access;
use super::{
    AppEntry, ConditionalAccessEntry, GroupEntry, Keys, ReplyUrlPolicy, TenantEntry, TenantFile, Transform,
    UserEntry,
};
use crate::file::Table;

/// How much must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whole {
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

/// The lists of a tenant file.
struct Entries {
    users: Vec<UserEntry>,
    groups: Vec<GroupEntry>,
    policies: Vec<ConditionalAccessEntry>,
    apps: Vec<AppEntry>,
}

/// `[[user]]`, `[[group]]`, `[[conditional_access]]` and `[[app]]`.
fn entries(root: &Table<'_>, whole: Whole) -> Entries {
    let users = root.tables("user");
    let groups = root.tables("group");
    let policies = root.tables("conditional_access");
    let apps = root.tables("app");
    let names = (whole == Whole::Yes).then(|| Names::new(&users, &groups));
    if let Some(names) = &names {
        groups.iter().for_each(|table| names.check_members(table));
        policies.iter().for_each(|table| names.check_policy(table, &apps));
        unique(&users, "user", "user_principal_name");
        unique(&groups, "group", "display_name");
        unique(&policies, "conditional_access", "name");
        unique(&apps, "app", "name");
        unique_identifiers(&apps);
    }
    Entries {
        users: decoded(&users, user),
        groups: decoded(&groups, group),
        policies: decoded(&policies, |table| conditional_access(table, whole)),
        apps: decoded(&apps, |table| app(table, whole, names.as_ref())),
    }
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
    let entries = entries(root, Whole::Yes);
    Some(TenantFile {
        tenant: tenant?,
        users: entries.users,
        groups: entries.groups,
        conditional_access: entries.policies,
        apps: entries.apps,
    })
}

/// A transformation that stands alone, to be tested.
pub(super) fn lone_transform(table: &Table<'_>, for_name_id: bool) -> Option<Transform> {
    let of = if for_name_id {
        NameIdOr::NameId
    } else {
        NameIdOr::Claim
    };
    transform::transform(table, of)
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
    let country = table.string("country");
    let password = table.string("password");
    let stay_signed_in = table.boolean("stay_signed_in").unwrap_or(true);
    let reply_url_policy = table
        .word(
            "reply_url_policy",
            &[
                ("manifest", ReplyUrlPolicy::Manifest),
                ("entra", ReplyUrlPolicy::Entra),
            ],
        )
        .unwrap_or_default();
    let keys = table
        .word("keys", &[("pool", Keys::Pool), ("unique", Keys::Unique)])
        .unwrap_or_default();
    let metadata_lag = metadata_lag(table);
    table.done();
    Some(TenantEntry {
        id,
        display_name: display_name?,
        domains,
        country,
        password,
        stay_signed_in,
        reply_url_policy,
        keys,
        metadata_lag,
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

/// `text`, if it is one of `words`.
pub(super) fn one_of(text: &str, words: &[&str], what: &str) -> Result<String, String> {
    if words.contains(&text) {
        return Ok(text.to_owned());
    }
    let hint = hint(text, words.iter().copied());
    Err(format!(
        "{what}: expected one of {}{hint}",
        crate::file::quoted_list(words.iter().copied())
    ))
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
    fn what_decides_a_sign_in_is_read_and_written_and_its_mistakes_are_told() {
        let more = r#"
            [[conditional_access]]
            name = "Nobody"
            users = ["b.simon"]
            apps = ["upwork enterprise"]
            grant = "block"
        "#;
        let keys = r#"name = "Upwork Enterprise"
            logout_url = "{sp}/upwork/slo"
            token_lifetime = "10m"
            switches = ["not-before-at-issue", "near-issuer-650056"]
            verification_certificates = { required = true, certificates = ["MIIC"] }"#;
        let text = GOOD.replace("name = \"Upwork Enterprise\"", keys)
            + more
            + "[[user]]\nuser_principal_name = \"o@contoso.onmicrosoft.com\"\nhome = \"otp\"\nauthentication = \"password\"\nmfa = true\nlocked = true";
        let file = TenantFile::from_toml("good.toml", &text).unwrap();
        assert_eq!(TenantFile::from_json("copy", &file.to_json()).unwrap(), file);
        assert_eq!(
            file.users[0].first_factor(),
            crate::tenant::Authentication::Password
        );
        assert_eq!(
            file.users[1].first_factor(),
            crate::tenant::Authentication::Password
        );
        let wrong = text
            .replace("b.simon", "b.simn")
            .replace("upwork enterprise", "Upwork")
            .replace("\"block\"", "\"blok\"")
            .replace("10m", "9m")
            .replace(
                "not-before-at-issue\"",
                "not-before-at-isue\", \"window-70-minutes\", \"near-issuer-70001\"",
            )
            .replace(
                "\"{sp}/upwork/acs\"",
                "\"{sp}/upwork/acs\", \"http://www.upwork.com/acs\"",
            );
        let errors = TenantFile::from_toml("bad.toml", &wrong).unwrap_err().to_string();
        for expected in [
            "`users`: there is no user `b.simn` in this tenant; did you mean `B.Simon`?",
            "`apps`: there is no app `Upwork` in this tenant",
            "`grant`: unknown word `blok`",
            "`token_lifetime`: `9m` is not a token lifetime from 10m to 1d",
            "`switches`: unknown word `not-before-at-isue`: expected one of `not-before-at-issue`,",
            "did you mean `not-before-at-issue`?",
            "`switches`: `near-issuer-650056` and `near-issuer-70001` exclude each other",
            "`switches`: `window-70-minutes` and `token_lifetime` exclude each other",
            "`reply_urls`: `http://www.upwork.com/acs`: http is for loopback and private hosts, this one takes https",
        ] {
            assert!(errors.contains(expected), "{expected}\nnot in\n{errors}");
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
