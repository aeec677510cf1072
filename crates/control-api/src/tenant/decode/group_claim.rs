//! Decoding the group claim.

use super::all;
use super::transform::check_names;
use crate::file::Table;
use crate::tenant::claims::{
    GroupChoice, GroupClaimEntry, GroupFilter, GroupFilterAttribute, GroupFilterMatch, GroupRegex,
    GroupSource,
};
use crate::tenant::pattern::{Pattern, Spelling, Template};

const CHOICES: &[(&str, GroupChoice)] = &[
    ("all", GroupChoice::All),
    ("security", GroupChoice::Security),
    ("directory-roles", GroupChoice::DirectoryRoles),
    ("assigned", GroupChoice::Assigned),
];

const SOURCES: &[(&str, GroupSource)] = &[
    ("id", GroupSource::Id),
    ("sam-account-name", GroupSource::SamAccountName),
    (
        "netbios-domain-sam-account-name",
        GroupSource::NetbiosDomainSamAccountName,
    ),
    (
        "dns-domain-sam-account-name",
        GroupSource::DnsDomainSamAccountName,
    ),
    ("on-premises-sid", GroupSource::OnPremisesSid),
    ("cloud-display-name", GroupSource::CloudDisplayName),
];

const ATTRIBUTES: &[(&str, GroupFilterAttribute)] = &[
    ("display-name", GroupFilterAttribute::DisplayName),
    ("sam-account-name", GroupFilterAttribute::SamAccountName),
];

const MATCHES: &[(&str, GroupFilterMatch)] = &[
    ("prefix", GroupFilterMatch::Prefix),
    ("suffix", GroupFilterMatch::Suffix),
    ("contains", GroupFilterMatch::Contains),
];

/// `group_claim`.
pub(super) fn group_claim(table: &Table<'_>) -> Option<GroupClaimEntry> {
    let groups = required_word(table, "groups", CHOICES);
    let source = table.word("source", SOURCES).unwrap_or_default();
    let cloud_display_names = table.boolean("cloud_display_names").unwrap_or(false);
    let names = cloud_display_names || source == GroupSource::CloudDisplayName;
    if names && groups.is_some_and(|groups| groups != GroupChoice::Assigned) {
        let key = if cloud_display_names {
            "cloud_display_names"
        } else {
            "source"
        };
        table.problem_at(
            key,
            format!("`{key}`: names of cloud-only groups are sent with `groups = \"assigned\"` alone"),
        );
    }
    let name = table.string("name").unwrap_or_default();
    let namespace = table.string("namespace").unwrap_or_default();
    if name.is_empty() && !namespace.is_empty() {
        table.problem_at("namespace", "`namespace`: a namespace needs a `name`");
    }
    let filter = table
        .table("filter")
        .and_then(|inner| all(&inner, filter(&inner)));
    let regex = table.table("regex").and_then(|inner| all(&inner, regex(&inner)));
    if table.has("regex") && name.is_empty() {
        table.problem_at(
            "regex",
            "`regex`: the groups claim is restricted, so a transformed one needs a `name` of its own",
        );
    }
    Some(GroupClaimEntry {
        source,
        cloud_display_names,
        filter,
        name,
        namespace,
        as_roles: table.boolean("as_roles").unwrap_or(false),
        regex,
        groups: groups?,
    })
}

fn filter(table: &Table<'_>) -> Option<GroupFilter> {
    let attribute = required_word(table, "attribute", ATTRIBUTES);
    let matching = required_word(table, "match", MATCHES);
    let value = table.required_string("value", "the text to match");
    Some(GroupFilter {
        attribute: attribute?,
        matching: matching?,
        value: value?,
    })
}

fn regex(table: &Table<'_>) -> Option<GroupRegex> {
    for key in ["pattern", "replacement"] {
        if !table.has(key) {
            table.problem(format!(
                "`{key}` is missing: expected a regex pattern and its replacement"
            ));
        }
    }
    let pattern = table.parsed("pattern", Pattern::parse);
    let replacement = table.parsed("replacement", |text| {
        Template::parse(text, Spelling::BracesAndDollars)
    });
    let (pattern, replacement) = (pattern?, replacement?);
    check_names(table, &pattern, &replacement, &[]);
    Some(GroupRegex { pattern, replacement })
}

fn required_word<T: Copy>(table: &Table<'_>, key: &'static str, words: &[(&str, T)]) -> Option<T> {
    if !table.has(key) {
        let words = crate::file::quoted_list(words.iter().map(|(word, _)| *word));
        table.problem(format!("`{key}` is missing: expected one of {words}"));
    }
    table.word(key, words)
}
