//! "Pick an account": for the sign-in and for the sign-out of one of several sessions (entra-behaviour.md 6).

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use uuid::Uuid;

use super::page;
use crate::sessions::Session;
use crate::tenant::Tenant;

/// A page of accounts. The chosen one is posted as the field `session`: [`Session::id`].
#[derive(Template)]
#[template(path = "picker.html")]
pub(crate) struct Picker<'p> {
    /// The tenant's display name.
    pub(crate) tenant: &'p str,
    /// What is asked: "Pick an account".
    pub(crate) heading: &'static str,
    /// Where the form is posted.
    pub(crate) action: &'p str,
    /// Hidden fields.
    pub(crate) hidden: &'p [(&'static str, &'p str)],
    /// The tiles: see [`accounts`].
    pub(crate) accounts: Vec<Account>,
    /// Whether there is "Use another account", which posts the field `another`.
    pub(crate) may_add: bool,
}

/// One tile.
pub(crate) struct Account {
    session: Uuid,
    name: String,
    upn: String,
    initials: String,
}

/// The tiles of sessions, in their order; those whose user is gone have none.
pub(crate) fn accounts(tenant: &Tenant, sessions: &[Session]) -> Vec<Account> {
    let account = |session: &Session| {
        let entry = &tenant.user(session.user)?.entry;
        Some(Account {
            session: session.id,
            name: entry.display_name.clone(),
            upn: entry.user_principal_name.clone(),
            initials: entry.display_name.chars().take(2).collect(),
        })
    };
    sessions.iter().filter_map(account).collect()
}

/// The page.
pub(crate) fn pick(picker: &Picker<'_>) -> Response {
    page(StatusCode::OK, picker)
}
