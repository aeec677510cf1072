//! Decoding claims, the NameID, conditions and optional claims.

use std::collections::HashSet;

use super::transform::{NameIdOr, source, transform};
use super::{Whole, all, decoded, one_of};
use crate::file::Table;
use crate::tenant::claims::{
    CONDITION_GROUPS_MAX, ClaimEntry, ConditionEntry, ConditionUserType, NameFormat, NameIdEntry,
    OptionalClaim, OptionalClaimEntry, Origin, UpnProperty,
};
use crate::tenant::names::Names;
use crate::tenant::{AppEntry, NameIdFormatWord};

const USER_TYPES: &[(&str, ConditionUserType)] = &[
    ("any", ConditionUserType::Any),
    ("members", ConditionUserType::Members),
    ("all-guests", ConditionUserType::AllGuests),
    ("entra-guests", ConditionUserType::EntraGuests),
    ("external-guests", ConditionUserType::ExternalGuests),
];

const NAME_FORMATS: &[(&str, NameFormat)] = &[
    ("unspecified", NameFormat::Unspecified),
    ("uri", NameFormat::Uri),
    ("basic", NameFormat::Basic),
];

const UPN_PROPERTIES: &[(&str, UpnProperty)] = &[
    (
        "include_externally_authenticated_upn",
        UpnProperty::IncludeExternallyAuthenticatedUpn,
    ),
    (
        "include_externally_authenticated_upn_without_hash",
        UpnProperty::IncludeExternallyAuthenticatedUpnWithoutHash,
    ),
];

/// One of `claims`.
pub(super) fn claim(table: &Table<'_>, whole: Whole, names: Option<&Names<'_>>) -> Option<ClaimEntry> {
    let name = table.required_string("name", "the claim's name");
    let conditions = conditions(table, names, NameIdOr::Claim);
    let origin = origin(table, NameIdOr::Claim);
    // A patch may rename the namespace of a claim that the tenant has.
    if origin.given == 0 && conditions.is_empty() && whole == Whole::Yes && !table.has("conditions") {
        table.problem("a claim has exactly one of `source`, `value` and `transform`");
    }
    Some(ClaimEntry {
        namespace: table.string("namespace").unwrap_or_default(),
        name_format: table.word("name_format", NAME_FORMATS),
        origin: origin.value,
        conditions,
        name: name?,
    })
}

/// `name_id`.
pub(super) fn name_id(table: &Table<'_>, names: Option<&Names<'_>>) -> NameIdEntry {
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
    NameIdEntry {
        origin: origin(table, NameIdOr::NameId).value,
        format: table.word("format", &formats).unwrap_or_default(),
        conditions: conditions(table, names, NameIdOr::NameId),
    }
}

/// What a table says of a value's origin, and how many of the keys it has.
struct Found {
    value: Option<Origin>,
    given: usize,
}

fn origin(table: &Table<'_>, of: NameIdOr) -> Found {
    // A constant as NameID would make every user the same one.
    let takes_value = of == NameIdOr::Claim;
    let from_source = source(table, "source", of).map(Origin::Source);
    let from_value = takes_value
        .then(|| table.string("value").map(Origin::Value))
        .flatten();
    let from_transform = table
        .table("transform")
        .and_then(|inner| all(&inner, transform(&inner, of)))
        .map(|transform| Origin::Transform(Box::new(transform)));
    let given = [
        table.has("source"),
        takes_value && table.has("value"),
        table.has("transform"),
    ];
    let given = given.into_iter().filter(|given| *given).count();
    if given > 1 {
        table.problem(match of {
            NameIdOr::Claim => "there is exactly one of `source`, `value` and `transform`",
            NameIdOr::NameId => "there is exactly one of `source` and `transform`",
        });
    }
    Found {
        value: from_source.or(from_value).or(from_transform),
        given,
    }
}

fn conditions(table: &Table<'_>, names: Option<&Names<'_>>, of: NameIdOr) -> Vec<ConditionEntry> {
    decoded(&table.tables("conditions"), |row| {
        let user_type = row.word("user_type", USER_TYPES).unwrap_or_default();
        if let Some(names) = names {
            names.check_groups(row);
        }
        let groups = row.strings("groups");
        let origin = origin(row, of);
        if origin.given == 0 {
            row.problem(match of {
                NameIdOr::Claim => "a condition has exactly one of `source`, `value` and `transform`",
                NameIdOr::NameId => "a condition of the NameID has exactly one of `source` and `transform`",
            });
        }
        Some(ConditionEntry {
            user_type,
            groups,
            origin: origin.value?,
        })
    })
}

/// Reports more groups than the conditions of an application may name (entra-behaviour.md 4.3).
pub(super) fn check_condition_groups(table: &Table<'_>, app: &AppEntry) {
    let claims = app.claims.iter().flat_map(|claim| &claim.conditions);
    let groups: HashSet<_> = claims
        .chain(&app.name_id.conditions)
        .flat_map(|condition| &condition.groups)
        .map(|group| group.to_lowercase())
        .collect();
    if groups.len() > CONDITION_GROUPS_MAX {
        table.problem_at(
            "claims",
            format!(
                "the conditions of an application name at most {CONDITION_GROUPS_MAX} groups, not {}",
                groups.len()
            ),
        );
    }
}

/// One of `optional_claims`.
pub(super) fn optional_claim(table: &Table<'_>) -> Option<OptionalClaimEntry> {
    let words = [
        ("acct", OptionalClaim::Acct),
        ("email", OptionalClaim::Email),
        ("upn", OptionalClaim::Upn),
    ];
    if !table.has("name") {
        table.problem("`name` is missing: expected one of `acct`, `email`, `upn`");
    }
    let name = table.word("name", &words);
    let known: Vec<_> = UPN_PROPERTIES.iter().map(|(word, _)| *word).collect();
    let mut properties = Vec::new();
    for given in table.strings("additional_properties") {
        match UPN_PROPERTIES.iter().find(|(word, _)| *word == given) {
            Some((_, property)) if name == Some(OptionalClaim::Upn) => properties.push(*property),
            Some(_) => table.problem_at(
                "additional_properties",
                format!("`additional_properties`: `{given}` belongs to `upn` alone"),
            ),
            None => {
                let expected = one_of(&given, &known, "").unwrap_or_else(|error| error);
                table.problem_at(
                    "additional_properties",
                    format!("`additional_properties`: unknown word `{given}`{expected}"),
                );
            }
        }
    }
    Some(OptionalClaimEntry {
        name: name?,
        additional_properties: properties,
    })
}

#[cfg(test)]
mod tests;
