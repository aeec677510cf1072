//! Decoding `[[user]]` and `[[group]]`.

use std::collections::BTreeMap;

use super::{guid, is_domain};
use crate::file::{Node, Table, Value};
use crate::tenant::roles::directory_role;
use crate::tenant::sign_in::AUTHENTICATIONS;
use crate::tenant::sources::{PROFILE, Profile, extension_key};
use crate::tenant::{GroupEntry, GroupKind, Home, UserEntry, UserType, local_part};

const KINDS: &[(&str, GroupKind)] = &[
    ("security", GroupKind::Security),
    ("mail-enabled-security", GroupKind::MailEnabledSecurity),
    ("distribution-list", GroupKind::DistributionList),
    ("microsoft-365", GroupKind::Microsoft365),
];

/// Extension attributes 1 to 15.
const EXTENSION_ATTRIBUTES: u32 = 15;

/// One of `[[user]]`.
pub(super) fn user(table: &Table<'_>) -> Option<UserEntry> {
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
        profile: profile(table),
        other_mails: table.strings("other_mails"),
        proxy_addresses: table.strings("proxy_addresses"),
        on_premises_sync_enabled: table.boolean("on_premises_sync_enabled"),
        extension_attributes: extension_attributes(table),
        extensions: extensions(table),
        directory_roles: directory_roles(table),
        user_type: table
            .word(
                "user_type",
                &[("Member", UserType::Member), ("Guest", UserType::Guest)],
            )
            .unwrap_or_default(),
        home: table.parsed("home", home),
        account_enabled: table.boolean("account_enabled").unwrap_or(true),
        locked: table.boolean("locked").unwrap_or(false),
        password: table.string("password"),
        password_expired: table.boolean("password_expired").unwrap_or(false),
        authentication: table.word("authentication", AUTHENTICATIONS),
        mfa: table.boolean("mfa").unwrap_or(false),
        mfa_code: table.string("mfa_code"),
        user_principal_name: upn?,
        display_name: display_name?,
    })
}

fn profile(table: &Table<'_>) -> Profile {
    let value = |row: &crate::tenant::sources::ProfileKey| Some((row.key, table.string(row.key)?));
    Profile(PROFILE.iter().filter_map(value).collect())
}

fn extension_attributes(table: &Table<'_>) -> BTreeMap<String, String> {
    let Some(inner) = table.table("extension_attributes") else {
        return BTreeMap::new();
    };
    let is_known = |key: &str| {
        let number = key
            .strip_prefix("extensionattribute")
            .and_then(|number| number.parse().ok());
        number.is_some_and(|number: u32| {
            (1..=EXTENSION_ATTRIBUTES).contains(&number) && key == format!("extensionattribute{number}")
        })
    };
    let mut attributes = BTreeMap::new();
    for (key, node) in inner.entries() {
        match &node.value {
            _ if !is_known(key) => inner.problem_in(
                node,
                format!("unknown key `{key}`: expected extensionattribute1 to extensionattribute{EXTENSION_ATTRIBUTES}"),
            ),
            Value::String(text) => drop(attributes.insert(key.to_owned(), text.clone())),
            other => inner.problem_in(node, format!("`{key}`: expected a text, found {}", other.kind())),
        }
    }
    attributes
}

/// A directory schema extension has one value or, where it is synced, several.
fn extensions(table: &Table<'_>) -> BTreeMap<String, Vec<String>> {
    let Some(inner) = table.table("extensions") else {
        return BTreeMap::new();
    };
    let mut extensions = BTreeMap::new();
    for (key, node) in inner.entries() {
        match (extension_key(key), texts(node)) {
            (Err(expected), _) => inner.problem_in(node, format!("`{key}` is not {expected}")),
            (Ok(_), None) => inner.problem_in(node, format!("`{key}`: expected a text or a list of texts")),
            (Ok(key), Some(values)) => drop(extensions.insert(key, values)),
        }
    }
    extensions
}

fn texts(node: &Node) -> Option<Vec<String>> {
    let text = |node: &Node| match &node.value {
        Value::String(text) => Some(text.clone()),
        _ => None,
    };
    match &node.value {
        Value::Array(items) => items.iter().map(text).collect(),
        _ => text(node).map(|text| vec![text]),
    }
}

fn directory_roles(table: &Table<'_>) -> Vec<String> {
    let roles = table.strings("directory_roles");
    for role in &roles {
        if let Err(expected) = directory_role(role) {
            let message = format!("`directory_roles`: `{role}` is not {expected}");
            table.problem_at("directory_roles", message);
        }
    }
    roles
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

/// One of `[[group]]`.
pub(super) fn group(table: &Table<'_>) -> Option<GroupEntry> {
    let id = guid(table, "id");
    let display_name = table.required_string("display_name", "the group's name");
    Some(GroupEntry {
        id,
        members: table.strings("members"),
        kind: table.word("kind", KINDS).unwrap_or_default(),
        on_premises_sam_account_name: table.string("on_premises_sam_account_name"),
        on_premises_netbios_name: table.string("on_premises_netbios_name"),
        on_premises_domain_name: table.string("on_premises_domain_name"),
        on_premises_security_identifier: table.string("on_premises_security_identifier"),
        display_name: display_name?,
    })
}
