//! Where a request of the admin center is: which tenant, which application, user or group.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use control_api::tenant::GroupEntry;
use uuid::Uuid;

use super::form::Form;
use super::labels::in_labels;
use crate::tenant::slot::{Slot, State, View};
use crate::tenant::{App, Tenant, TenantError, User};
use crate::{MockIdp, pages};

/// A page of a tenant.
pub(crate) struct AtTenant {
    /// The mock.
    pub(crate) idp: MockIdp,
    /// The running tenant, to be edited.
    pub(crate) slot: Arc<Slot>,
    /// The tenant and its time as the request found them.
    pub(crate) view: View,
    /// The query of the address.
    pub(crate) query: Form,
}

/// A page of an application.
pub(crate) struct AtApp {
    /// Its tenant.
    pub(crate) at: AtTenant,
    place: usize,
}

/// A page of a user.
pub(crate) struct AtUser {
    /// The user's tenant.
    pub(crate) at: AtTenant,
    /// The user's place among the tenant's.
    pub(crate) place: usize,
}

/// A page of a group.
pub(crate) struct AtGroup {
    /// Its tenant.
    pub(crate) at: AtTenant,
    /// Its place among the tenant's.
    pub(crate) place: usize,
}

/// What an address names is not there.
pub(crate) enum Missing {
    /// No tenant has this id or domain.
    Tenant(String),
    /// The tenant has nothing of this kind with this id.
    Entry {
        tenant: String,
        kind: &'static str,
        /// The page that lists all of this kind.
        list: &'static str,
        id: String,
    },
}

impl AtTenant {
    /// The tenant as the request found it.
    pub(crate) fn tenant(&self) -> &Tenant {
        &self.view.tenant
    }

    /// Edits the tenant's file. What does not fit is told, and the tenant stays as it was.
    pub(crate) fn edit(
        &self,
        change: impl FnOnce(&mut control_api::tenant::TenantFile) -> Result<(), TenantError>,
    ) -> Result<(), TenantError> {
        let mut state = self.slot.lock();
        let mut file = state.tenant.file.clone();
        change(&mut file)?;
        state.replace(crate::actions::checked(&file).map_err(in_labels)?)
    }

    /// Does several things to the tenant, or none: where one does not fit the tenant stays as it was.
    pub(crate) fn act(
        &self,
        actions: impl FnOnce(&mut State) -> Result<(), TenantError>,
    ) -> Result<(), TenantError> {
        let mut state = self.slot.lock();
        let before = Arc::clone(&state.tenant);
        let done = actions(&mut state);
        if done.is_err() {
            state.tenant = before;
        }
        done
    }

    /// That the tenant has nothing of this `kind` with this id.
    fn missing(&self, kind: &'static str, list: &'static str, id: String) -> Missing {
        let tenant = self.tenant().file.tenant.display_name.clone();
        Missing::Entry {
            tenant,
            kind,
            list,
            id,
        }
    }
}

impl AtApp {
    /// The tenant as the request found it.
    pub(crate) fn tenant(&self) -> &Tenant {
        self.at.tenant()
    }

    /// The application as the request found it.
    pub(crate) fn app(&self) -> &App {
        &self.at.view.tenant.apps[self.place]
    }

    /// Edits the application.
    pub(crate) fn edit(
        &self,
        change: impl FnOnce(&mut control_api::tenant::AppEntry) -> Result<(), TenantError>,
    ) -> Result<(), TenantError> {
        let name = &self.app().entry.name;
        self.at.edit(|file| {
            let found = file.apps.iter_mut().find(|app| app.name == *name);
            change(found.ok_or_else(|| TenantError::one("The application was deleted meanwhile."))?)
        })
    }
}

impl FromRequestParts<MockIdp> for AtTenant {
    type Rejection = Missing;

    async fn from_request_parts(parts: &mut Parts, idp: &MockIdp) -> Result<Self, Missing> {
        let segment = segment(parts, idp, "tenant").await;
        let found = idp.state.tenants.find(&segment);
        let slot = found.ok_or(Missing::Tenant(segment))?;
        Ok(Self {
            idp: idp.clone(),
            view: slot.view(),
            slot,
            query: Form::query(parts.uri.query()),
        })
    }
}

impl FromRequestParts<MockIdp> for AtApp {
    type Rejection = Missing;

    async fn from_request_parts(parts: &mut Parts, idp: &MockIdp) -> Result<Self, Missing> {
        let at = AtTenant::from_request_parts(parts, idp).await?;
        let id = segment(parts, idp, "app").await;
        let apps = &at.view.tenant.apps;
        let place = id
            .parse()
            .ok()
            .and_then(|id: Uuid| apps.iter().position(|app| app.id == id));
        match place {
            Some(place) => Ok(Self { at, place }),
            None => Err(at.missing("application", "Enterprise apps", id)),
        }
    }
}

impl AtUser {
    /// The user as the request found it.
    pub(crate) fn user(&self) -> &User {
        &self.at.tenant().users[self.place]
    }
}

impl FromRequestParts<MockIdp> for AtUser {
    type Rejection = Missing;

    async fn from_request_parts(parts: &mut Parts, idp: &MockIdp) -> Result<Self, Missing> {
        let at = AtTenant::from_request_parts(parts, idp).await?;
        let id = segment(parts, idp, "user").await;
        let directory = &at.tenant().directory;
        let place = id.parse().ok().and_then(|id| directory.user(id));
        match place {
            Some(place) => Ok(Self { at, place }),
            None => Err(at.missing("user", "Users", id)),
        }
    }
}

impl AtGroup {
    /// The group as the request found it.
    pub(crate) fn group(&self) -> &GroupEntry {
        &self.at.tenant().file.groups[self.place]
    }

    /// Its object id.
    pub(crate) fn id(&self) -> Uuid {
        self.at.tenant().directory.group_ids()[self.place]
    }
}

impl FromRequestParts<MockIdp> for AtGroup {
    type Rejection = Missing;

    async fn from_request_parts(parts: &mut Parts, idp: &MockIdp) -> Result<Self, Missing> {
        let at = AtTenant::from_request_parts(parts, idp).await?;
        let id = segment(parts, idp, "group").await;
        let ids = at.tenant().directory.group_ids();
        let place = id
            .parse()
            .ok()
            .and_then(|id: Uuid| ids.iter().position(|known| *known == id));
        match place {
            Some(place) => Ok(Self { at, place }),
            None => Err(at.missing("group", "Groups", id)),
        }
    }
}

/// A segment of the path by its name in the route; empty where it is no text.
async fn segment(parts: &mut Parts, idp: &MockIdp, name: &str) -> String {
    let Ok(segments) = RawPathParams::from_request_parts(parts, idp).await else {
        return String::new();
    };
    let named = segments.iter().find(|(known, _)| *known == name);
    named.map_or_else(String::new, |(_, value)| value.to_owned())
}

impl IntoResponse for Missing {
    fn into_response(self) -> Response {
        let (title, text) = match self {
            Self::Tenant(segment) => (
                "There is no such tenant".to_owned(),
                format!(
                    "No tenant has the id or the domain \u{201c}{segment}\u{201d}. The start page lists them all."
                ),
            ),
            Self::Entry {
                tenant,
                kind,
                list,
                id,
            } => (
                format!("There is no such {kind}"),
                format!(
                    "{tenant} has no {kind} with the id \u{201c}{id}\u{201d}. It may have been deleted; {list} lists all."
                ),
            ),
        };
        pages::mishap(StatusCode::NOT_FOUND, &title, &text)
    }
}
