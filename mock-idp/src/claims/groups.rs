//! Groups, app roles and directory roles (entra-behaviour.md 4.4, 4.5).

use control_api::tenant::{
    GroupChoice, GroupClaimEntry, GroupEntry, GroupFilter, GroupFilterAttribute, GroupFilterMatch, GroupKind,
    GroupSource, directory_role,
};
use saml_model::names;
use uuid::Uuid;

use super::sources::Subject;
use super::transform::{Replaced, replaced};
use super::{By, Claim, Standing, wire_name};
use crate::limits::TRANSFORMED_BYTES_MAX;
use crate::tenant::derived;

/// Groups of an assertion, nested ones counted; with more there is a link instead.
const GROUPS_MAX: usize = 150;

/// Groups of a user with which a filter still works.
const FILTERED_GROUPS_MAX: usize = 1000;

/// What stands between displayname and identityprovider; the place is uncertain (3.2).
pub(crate) fn claims<'t>(subject: &Subject<'t>) -> Vec<Claim<'t>> {
    let claim = subject.app.entry.group_claim.as_ref();
    let mut claims: Vec<_> = claim.map(|claim| of_claim(subject, claim)).into_iter().collect();
    // Groups as roles take the place of app roles, whether the user has groups or not.
    let takes_roles =
        claim.is_some_and(|claim| claim.as_roles && claim.groups != GroupChoice::DirectoryRoles);
    if !takes_roles && !subject.roles.is_empty() {
        claims.push(Claim::new(
            names::CLAIM_ROLE,
            subject.roles.to_vec(),
            By::AppRoles,
        ));
    }
    claims
}

fn of_claim<'t>(subject: &Subject<'t>, claim: &GroupClaimEntry) -> Claim<'t> {
    let of = |name: &str, values| Claim::new(name, values, By::GroupClaim);
    if claim.groups == GroupChoice::DirectoryRoles {
        let roles = directory_roles(subject).map(|role| role.to_string()).collect();
        return of(names::CLAIM_WIDS, roles);
    }
    let filter = subject.app.entry.issued_group_filter();
    let is_filtered_out = filter.is_some() && subject.groups().len() > FILTERED_GROUPS_MAX;
    let values = values(subject, claim);
    if is_filtered_out || values.len() > GROUPS_MAX {
        let link = format!(
            "https://graph.windows.net/{}/users/{}/getMemberObjects",
            subject.tenant.id, subject.user.id
        );
        return Claim::new(names::CLAIM_GROUPS_LINK, vec![link], By::GroupsLink);
    }
    if claim.as_roles {
        return of(names::CLAIM_ROLE, transformed(claim, &values).unwrap_or(values));
    }
    if claim.name.is_empty() {
        return of(names::CLAIM_GROUPS, values);
    }
    let name = wire_name(&claim.namespace, &claim.name);
    match transformed(claim, &values) {
        // The transformation matched nothing: the original claim is sent.
        Some(transformed) if transformed.is_empty() => of(names::CLAIM_GROUPS, values),
        transformed => Claim {
            standing: Standing::of_additional(&name),
            ..of(&name, transformed.unwrap_or(values))
        },
    }
}

/// What the regular expression makes of the groups that it matches; `None` without one.
fn transformed(claim: &GroupClaimEntry, values: &[String]) -> Option<Vec<String>> {
    let regex = claim.regex.as_ref()?;
    let value = |value: &String| {
        let longest = TRANSFORMED_BYTES_MAX;
        match replaced(&regex.pattern, &regex.replacement, value, &|_| None, longest) {
            Replaced::By(value) => Some(value),
            Replaced::NotMatched | Replaced::TooLong => None,
        }
    };
    Some(
        values
            .iter()
            .filter_map(value)
            .filter(|value| !value.is_empty())
            .collect(),
    )
}

/// What stands for each group that is sent; a group without the attribute is dropped.
fn values(subject: &Subject<'_>, claim: &GroupClaimEntry) -> Vec<String> {
    let (file, directory) = (&subject.tenant.file, &subject.tenant.directory);
    let ids = directory.group_ids();
    let chosen = chosen(subject, claim.groups);
    let filter = subject.app.entry.issued_group_filter();
    let mut values: Vec<_> = chosen
        .into_iter()
        .filter(|place| is_of_choice(&file.groups[*place], claim.groups))
        .filter(|place| filter.is_none_or(|filter| passes(&file.groups[*place], filter)))
        .filter_map(|place| value(&file.groups[place], ids[place], claim))
        .filter(|value| !value.is_empty())
        .collect();
    // A directory role has an object id alone, and no filter applies to it.
    if claim.source == GroupSource::Id && claim.groups != GroupChoice::Assigned {
        let object_id =
            |role: Uuid| derived(subject.tenant.id, "directory role", &role.to_string()).to_string();
        values.extend(directory_roles(subject).map(object_id));
    }
    values
}

fn chosen(subject: &Subject<'_>, choice: GroupChoice) -> Vec<usize> {
    if choice != GroupChoice::Assigned {
        return subject.groups().to_vec();
    }
    let directory = &subject.tenant.directory;
    let direct = directory
        .user(subject.user.id)
        .map_or(&[][..], |user| directory.direct_groups(user));
    direct
        .iter()
        .copied()
        .filter(|group| subject.app.assigned.has_group(*group))
        .collect()
}

/// That "All groups" has Microsoft 365 groups too is uncertain.
fn is_of_choice(group: &GroupEntry, choice: GroupChoice) -> bool {
    choice != GroupChoice::Security
        || matches!(group.kind, GroupKind::Security | GroupKind::MailEnabledSecurity)
}

/// Case matters (uncertain).
fn passes(group: &GroupEntry, filter: &GroupFilter) -> bool {
    let text = match filter.attribute {
        GroupFilterAttribute::DisplayName => Some(group.display_name.as_str()),
        GroupFilterAttribute::SamAccountName => group.on_premises_sam_account_name.as_deref(),
    };
    text.is_some_and(|text| match filter.matching {
        GroupFilterMatch::Prefix => text.starts_with(&filter.value),
        GroupFilterMatch::Suffix => text.ends_with(&filter.value),
        GroupFilterMatch::Contains => text.contains(&filter.value),
    })
}

fn value(group: &GroupEntry, id: Uuid, claim: &GroupClaimEntry) -> Option<String> {
    let cloud_name = || group.is_cloud_only().then(|| group.display_name.clone());
    let account = group.on_premises_sam_account_name.as_deref();
    let qualified = |domain: Option<&str>| Some(format!("{}\\{}", domain?, account?));
    let value = match claim.source {
        GroupSource::Id => Some(id.to_string()),
        GroupSource::SamAccountName => account.map(str::to_owned),
        GroupSource::NetbiosDomainSamAccountName => qualified(group.on_premises_netbios_name.as_deref()),
        GroupSource::DnsDomainSamAccountName => qualified(group.on_premises_domain_name.as_deref()),
        GroupSource::OnPremisesSid => group.on_premises_security_identifier.clone(),
        GroupSource::CloudDisplayName => cloud_name(),
    };
    match value {
        Some(_) if claim.cloud_display_names && group.is_cloud_only() => cloud_name(),
        None if claim.cloud_display_names => cloud_name(),
        value => value,
    }
}

/// Template ids of the user's directory roles.
fn directory_roles(subject: &Subject<'_>) -> impl Iterator<Item = Uuid> {
    let roles = &subject.user.entry.directory_roles;
    roles.iter().filter_map(|role| directory_role(role).ok())
}
