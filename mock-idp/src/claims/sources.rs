//! What a source attribute gives for a user (entra-behaviour.md 4.1, 4.6).

use std::cell::OnceCell;

use control_api::tenant::{Reads, Source, SourceAttribute, UserType};

use crate::name_id::pairwise;
use crate::tenant::{App, Tenant, User};

/// The user whose claims are made, and for whom.
#[derive(Debug)]
pub(crate) struct Subject<'t> {
    pub(crate) tenant: &'t Tenant,
    pub(crate) user: &'t User,
    pub(crate) app: &'t App,
    /// The values of the user's app roles.
    pub(crate) roles: &'t [String],
    groups: OnceCell<Vec<usize>>,
}

impl<'t> Subject<'t> {
    /// `roles` are the values of the user's app roles.
    pub(crate) fn new(tenant: &'t Tenant, user: &'t User, app: &'t App, roles: &'t [String]) -> Self {
        Self {
            tenant,
            user,
            app,
            roles,
            groups: OnceCell::new(),
        }
    }

    /// The groups of which the user is a member, nested ones counted, by place in the file. Looked up once, and only
    /// where somebody asks.
    pub(crate) fn groups(&self) -> &[usize] {
        self.groups.get_or_init(|| {
            let directory = &self.tenant.directory;
            directory
                .user(self.user.id)
                .map(|user| directory.groups_of(user))
                .unwrap_or_default()
        })
    }

    /// Every value of a source; empty ones are none.
    pub(crate) fn values(&self, source: &Source) -> Vec<String> {
        let mut values = match source {
            Source::Attribute(attribute) => self.attribute(attribute),
            Source::Extension(key) => self.user.entry.extensions.get(key).cloned().unwrap_or_default(),
        };
        values.retain(|value| !value.is_empty());
        values
    }

    /// What a claim with this source carries: multi-valued extensions, roles and groups give all their values, any other
    /// list one.
    pub(crate) fn emitted(&self, source: &Source) -> Vec<String> {
        let mut values = self.values(source);
        if let Source::Attribute(SourceAttribute {
            reads: Reads::List(_) | Reads::ApplicationTags,
            ..
        }) = source
        {
            values.truncate(1);
        }
        values
    }

    fn attribute(&self, attribute: &SourceAttribute) -> Vec<String> {
        let (tenant, user, app) = (self.tenant, self.user, self.app);
        let one = |text: Option<&str>| text.map(str::to_owned).into_iter().collect();
        match attribute.reads {
            Reads::Text(read) => one(read(&user.entry)),
            Reads::Profile(key) => one(user.entry.profile.get(key)),
            Reads::List(read) => read(&user.entry).to_vec(),
            Reads::ExtensionAttribute(key) => {
                one(user.entry.extension_attributes.get(key).map(String::as_str))
            }
            Reads::Flag(read) => one(read(&user.entry).map(flag)),
            Reads::ObjectId => vec![user.id.to_string()],
            Reads::UserPrincipalName => one(user.claimed_upn()),
            Reads::PairwiseId => vec![pairwise(tenant.id, user.id, app.id)],
            Reads::UserType => one(Some(match user.entry.user_type {
                UserType::Member => "Member",
                UserType::Guest => "Guest",
            })),
            Reads::AssignedRoles => self.roles.to_vec(),
            Reads::Groups => {
                let ids = tenant.directory.group_ids();
                self.groups()
                    .iter()
                    .map(|group| ids[*group].to_string())
                    .collect()
            }
            Reads::ApplicationDisplayName => one(Some(&app.entry.name)),
            Reads::ApplicationObjectId => vec![app.object_id.to_string()],
            Reads::ApplicationTags => app.entry.tags.clone(),
            Reads::TenantCountry => one(tenant.file.tenant.country.as_deref()),
        }
    }
}

/// As .NET writes it (uncertain: no document shows such a claim).
fn flag(flag: bool) -> &'static str {
    if flag { "True" } else { "False" }
}
