//! Decoding `[[app]]`.

use super::certificates::{certificates, notification_emails};
use super::claims::{check_condition_groups, claim, name_id, optional_claim};
use super::group_claim::group_claim;
use super::token_encryption::token_encryption;
use super::{Whole, all, decoded, guid, one_of};
use crate::file::{Table, parse_duration};
use crate::tenant::names::{Names, unique};
use crate::tenant::{
    AppEntry, AppRoleEntry, AssignmentEntry, ClaimsMappingPolicy, ReplyUrlPolicy, SigningAlgorithmWord,
    SigningEntry, SigningOptionWord, SingleSignOn, Switch, VerificationEntry, hint, reply_url_problem,
    switches as conflicts,
};

/// The words for [`SingleSignOn`].
const SINGLE_SIGN_ON: &[(&str, SingleSignOn)] =
    &[("saml", SingleSignOn::Saml), ("disabled", SingleSignOn::Disabled)];

/// Reply URLs and identifiers per application (entra-behaviour.md 2.4).
const URLS_MAX: usize = 256;

/// `names`: whom assignments may name, where that is known.
pub(super) fn app<'p>(table: &Table<'p>, whole: Whole, names: Option<&Names<'p>>) -> Option<AppEntry> {
    let name = table.required_string("name", "the application's name");
    let app_id = guid(table, "app_id");
    let object_id = guid(table, "object_id");
    let reply_urls = urls(table, "reply_urls");
    let sign_on_url = url_or_nothing(table, "sign_on_url");
    let logout_url = url_or_nothing(table, "logout_url");
    let claims = decoded(&table.tables("claims"), |entry| claim(entry, whole, names));
    let optional_claims = table.tables("optional_claims");
    unique(&optional_claims, "optional_claims", "name");
    let app_roles = decoded(&table.tables("app_roles"), app_role);
    let assignments = decoded(&table.tables("assignments"), |entry| {
        let assignment = assignment(entry)?;
        if let Some(names) = names {
            names.check_assignee(entry);
            check_role(entry, &assignment, &app_roles);
        }
        Some(assignment)
    });
    let app = AppEntry {
        app_id,
        object_id,
        template: table.string("template"),
        identifiers: table.strings("identifiers"),
        reply_urls,
        sign_on_url,
        relay_state: table.string("relay_state").unwrap_or_default(),
        logout_url,
        enabled: table.boolean("enabled").unwrap_or(true),
        visible: table.boolean("visible").unwrap_or(true),
        homepage_url: url_or_nothing(table, "homepage_url"),
        notes: table.string("notes").unwrap_or_default(),
        single_sign_on: table.word("single_sign_on", SINGLE_SIGN_ON).unwrap_or_default(),
        assignment_required: table.boolean("assignment_required").unwrap_or(true),
        signing: table
            .table("signing")
            .and_then(|signing_table| all(&signing_table, Some(signing(&signing_table))))
            .unwrap_or_default(),
        token_lifetime: table.parsed("token_lifetime", |text| {
            token_lifetime(text).map(|()| text.to_owned())
        }),
        verification_certificates: table
            .table("verification_certificates")
            .and_then(|table| all(&table, Some(verification(&table))))
            .unwrap_or_default(),
        token_encryption: table
            .table("token_encryption")
            .and_then(|inner| all(&inner, Some(token_encryption(&inner))))
            .unwrap_or_default(),
        switches: exclusive(table, switches(table)),
        name_id: table
            .table("name_id")
            .and_then(|inner| all(&inner, Some(name_id(&inner, names))))
            .unwrap_or_default(),
        default_claims: table.boolean("default_claims").unwrap_or(true),
        claims,
        include_attribute_name_format: table.boolean("include_attribute_name_format").unwrap_or(false),
        group_claim: table
            .table("group_claim")
            .and_then(|inner| all(&inner, group_claim(&inner))),
        optional_claims: decoded(&optional_claims, optional_claim),
        claims_mapping_policy: claims_mapping_policy(table),
        tags: table.strings("tags"),
        app_roles,
        certificates: certificates(table),
        notification_emails: notification_emails(table),
        assignments,
        name: name?,
    };
    check_condition_groups(table, &app);
    Some(app)
}

/// What is wrong inside is told at the key, with its path in the JSON.
fn claims_mapping_policy(table: &Table<'_>) -> Option<ClaimsMappingPolicy> {
    const KEY: &str = "claims_mapping_policy";
    let read = ClaimsMappingPolicy::parse(&table.string(KEY)?);
    read.map_err(|wrong| {
        for one in wrong.0 {
            let path = match one.path.as_str() {
                "" => String::new(),
                path => format!("{path}: "),
            };
            table.problem_at(KEY, format!("`{KEY}`: {path}{}", one.message));
        }
    })
    .ok()
}

fn is_web_address(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// An address, or nothing; a text that still holds `{sp}` is judged after it is filled in.
fn url_or_nothing(table: &Table<'_>, key: &'static str) -> String {
    let url = table.string(key).unwrap_or_default();
    if !url.is_empty() && !url.starts_with("{sp}") && !is_web_address(&url) {
        table.problem_at(key, format!("`{key}`: `{url}` is not an http or https address"));
    }
    url
}

/// Reply URLs; a text that still holds `{sp}` is judged after it is filled in.
fn urls(table: &Table<'_>, key: &'static str) -> Vec<String> {
    let urls = table.strings(key);
    for url in urls
        .iter()
        .filter(|url| !url.starts_with("{sp}") && !is_web_address(url))
    {
        table.problem_at(key, format!("`{key}`: `{url}` is not an http or https address"));
    }
    let absolute = urls
        .iter()
        .filter(|url| !url.starts_with("{sp}") && is_web_address(url));
    for problem in absolute.filter_map(|url| reply_url_problem(url, ReplyUrlPolicy::Manifest)) {
        table.problem_at(key, format!("`{key}`: {problem}"));
    }
    if urls.len() > URLS_MAX {
        table.problem_at(key, format!("`{key}`: more than {URLS_MAX} addresses"));
    }
    urls
}

/// What the certificates are is judged when the tenant is made.
fn verification(table: &Table<'_>) -> VerificationEntry {
    VerificationEntry {
        required: table.boolean("required").unwrap_or(false),
        allow_rsa_sha1: table.boolean("allow_rsa_sha1").unwrap_or(false),
        certificates: table.strings("certificates"),
    }
}

fn switches(table: &Table<'_>) -> Vec<Switch> {
    let words: Vec<_> = conflicts::words().collect();
    let names: Vec<_> = words.iter().map(|(word, _)| *word).collect();
    let mut switches = Vec::new();
    for given in table.strings("switches") {
        match words.iter().find(|(word, _)| *word == given) {
            Some((_, switch)) if switches.contains(switch) => {
                table.problem_at("switches", format!("`switches`: `{given}` stands there twice"));
            }
            Some((_, switch)) => switches.push(*switch),
            None => {
                let expected = one_of(&given, &names, "").unwrap_or_else(|error| error);
                table.problem_at(
                    "switches",
                    format!("`switches`: unknown word `{given}`{expected}"),
                );
            }
        }
    }
    switches
}

/// Two values for one thing are a mistake.
fn exclusive(table: &Table<'_>, switches: Vec<Switch>) -> Vec<Switch> {
    let has = |switch| switches.contains(&switch);
    if has(Switch::NearIssuer650056) && has(Switch::NearIssuer70001) {
        table.problem_at(
            "switches",
            "`switches`: `near-issuer-650056` and `near-issuer-70001` exclude each other",
        );
    }
    if has(Switch::Window70Minutes) && table.has("token_lifetime") {
        table.problem_at(
            "switches",
            "`switches`: `window-70-minutes` and `token_lifetime` exclude each other",
        );
    }
    switches
}

/// 10 minutes to 1 day (entra-behaviour.md 3.1, lifetime policy).
fn token_lifetime(text: &str) -> Result<(), String> {
    let minutes = parse_duration(text)?
        .total((jiff::Unit::Minute, jiff::SpanRelativeTo::days_are_24_hours()))
        .ok();
    match minutes {
        Some(minutes) if (10.0..=1440.0).contains(&minutes) => Ok(()),
        _ => Err("a token lifetime from 10m to 1d".to_owned()),
    }
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
