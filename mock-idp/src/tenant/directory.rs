//! The directory's indices: users and groups by id and name, and who is in which group. Nothing here looks at every
//! user or every group for the sake of one, so that a sign-on costs the same in a large tenant.

use std::collections::{BTreeSet, HashMap};

use control_api::tenant::{TenantFile, UserNames, no_such};
use uuid::Uuid;

use super::User;
use super::resolve::{derived, local_names};

/// Marks a group among a group's members.
const GROUP_PREFIX: &str = "group:";

/// Users and groups are named by their places in the file.
#[derive(Debug)]
pub(crate) struct Directory {
    users: HashMap<Uuid, usize>,
    names: UserNames,
    /// Guests by mail, in lower case.
    guests: HashMap<String, usize>,
    /// Object ids of the groups.
    groups: Vec<Uuid>,
    /// Groups by display name, in lower case.
    group_names: HashMap<String, usize>,
    /// The groups of which a user is a direct member.
    memberships: HashMap<usize, Vec<usize>>,
    /// The groups of which a group is a direct member.
    parents: HashMap<usize, Vec<usize>>,
}

impl Directory {
    /// Of a file whose users are these. Members who are nobody are `problems`.
    pub(super) fn new(file: &TenantFile, tenant: Uuid, users: &[User], problems: &mut Vec<String>) -> Self {
        let guests = users.iter().enumerate().filter(|(_, user)| user.is_guest());
        let mut guests_by_mail = HashMap::new();
        for (place, guest) in guests {
            if let Some(mail) = &guest.entry.mail {
                guests_by_mail.entry(mail.to_ascii_lowercase()).or_insert(place);
            }
        }
        let group_id = |group: &control_api::tenant::GroupEntry| {
            group
                .id
                .unwrap_or_else(|| derived(tenant, "group", &group.display_name))
        };
        let mut group_names = HashMap::new();
        for (place, group) in file.groups.iter().enumerate() {
            group_names
                .entry(group.display_name.to_lowercase())
                .or_insert(place);
        }
        let mut directory = Self {
            users: users
                .iter()
                .enumerate()
                .map(|(place, user)| (user.id, place))
                .collect(),
            names: UserNames::new(file.users.iter().map(|user| user.user_principal_name.as_str())),
            guests: guests_by_mail,
            groups: file.groups.iter().map(group_id).collect(),
            group_names,
            memberships: HashMap::new(),
            parents: HashMap::new(),
        };
        for (place, group) in file.groups.iter().enumerate() {
            for member in &group.members {
                if let Err(problem) = directory.add_member(file, place, member) {
                    problems.push(format!("group `{}`: {problem}", group.display_name));
                }
            }
        }
        directory
    }

    fn add_member(&mut self, file: &TenantFile, group: usize, member: &str) -> Result<(), String> {
        let of = match member.strip_prefix(GROUP_PREFIX) {
            Some(nested) => {
                let place = self.group_called(file, nested)?;
                self.parents.entry(place).or_default()
            }
            None => {
                let place = self
                    .user_called(member)
                    .ok_or_else(|| no_such("user", member, local_names(file)))?;
                self.memberships.entry(place).or_default()
            }
        };
        if !of.contains(&group) {
            of.push(group);
        }
        Ok(())
    }

    /// The user with this object id.
    pub(crate) fn user(&self, id: Uuid) -> Option<usize> {
        self.users.get(&id).copied()
    }

    /// The user that this name of the file means: a UPN or its local part.
    pub(crate) fn user_called(&self, name: &str) -> Option<usize> {
        self.names.called(name)
    }

    /// The user who signs in with this name: a UPN, or a guest's mail; case does not matter.
    pub(crate) fn user_signing_in_as(&self, name: &str) -> Option<usize> {
        let by_mail = || self.guests.get(&name.to_ascii_lowercase()).copied();
        self.names.with_upn(name).or_else(by_mail)
    }

    /// The group of this display name.
    ///
    /// # Errors
    /// That there is none, with the nearest name.
    pub(super) fn group_called(&self, file: &TenantFile, name: &str) -> Result<usize, String> {
        let place = self.group_names.get(&name.to_lowercase()).copied();
        let names = || file.groups.iter().map(|group| group.display_name.as_str());
        place.ok_or_else(|| no_such("group", name, names()))
    }

    /// The place of the group of this display name.
    pub(crate) fn group(&self, name: &str) -> Option<usize> {
        self.group_names.get(&name.to_lowercase()).copied()
    }

    /// The object ids of all groups, by place.
    pub(crate) fn group_ids(&self) -> &[Uuid] {
        &self.groups
    }

    /// The groups of which the user is a direct member, in the order of the file.
    pub(crate) fn direct_groups(&self, user: usize) -> &[usize] {
        self.memberships.get(&user).map_or(&[], Vec::as_slice)
    }

    /// The groups of which the user is a member, nested ones counted, in the order of the file.
    pub(crate) fn groups_of(&self, user: usize) -> Vec<usize> {
        closure(self.direct_groups(user), |group| {
            self.parents.get(&group).map_or(&[], Vec::as_slice)
        })
    }
}

/// All that is reached from `start`; each place is asked for its parents once, so that a circle ends.
fn closure<'g>(start: &[usize], mut parents: impl FnMut(usize) -> &'g [usize]) -> Vec<usize> {
    let mut reached: BTreeSet<_> = start.iter().copied().collect();
    let mut open: Vec<_> = reached.iter().copied().collect();
    while let Some(group) = open.pop() {
        let new = parents(group).iter().filter(|parent| reached.insert(**parent));
        open.extend(new);
    }
    reached.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The work of one user's groups is that user's, whatever else the tenant has.
    #[test]
    fn a_closure_asks_each_group_that_is_reached_once() {
        let groups = 10_000;
        let parents: Vec<Vec<usize>> = (0..groups).map(|group| vec![(group + 1) % groups]).collect();
        let shallow: Vec<Vec<usize>> = (0..groups)
            .map(|group| if group % 10 == 9 { vec![] } else { vec![group + 1] })
            .collect();
        for (parents, start, expected) in [(&parents, 17, groups), (&shallow, 5_000, 10)] {
            let mut asked = 0;
            let reached = closure(&[start], |group| {
                asked += 1;
                &parents[group]
            });
            assert_eq!((reached.len(), asked), (expected, expected));
        }
    }

    proptest! {
        /// Against the definition: a group is reached where it is in the start or the parent of one that is.
        #[test]
        fn a_closure_is_the_least_set(edges in prop::collection::vec((0..12_usize, 0..12_usize), 0..40), start in prop::collection::vec(0..12_usize, 0..4)) {
            let mut parents = vec![Vec::new(); 12];
            for (child, parent) in &edges {
                parents[*child].push(*parent);
            }
            let reached = closure(&start, |group| &parents[group]);
            let mut expected: BTreeSet<usize> = start.into_iter().collect();
            for _ in 0..12 {
                let more: Vec<_> = edges.iter().filter(|(child, _)| expected.contains(child)).map(|(_, parent)| *parent).collect();
                expected.extend(more);
            }
            prop_assert_eq!(reached, expected.into_iter().collect::<Vec<_>>());
        }
    }
}
