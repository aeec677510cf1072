//! Members of a group: Add members, Remove.

use askama::Template;
use axum::body::Bytes;
use axum::response::Response;
use control_api::tenant::GroupEntry;

use super::GROUP_PREFIX;
use super::group::member;
use crate::pages;
use crate::portal::at::AtGroup;
use crate::portal::done;
use crate::portal::form::Form;
use crate::portal::frame::{Frame, home};
use crate::portal::principals::{Principal, Selection, selected};
use crate::tenant::{Tenant, TenantError};

#[derive(Template)]
#[template(path = "portal/members_add.html")]
struct AddPage {
    frame: Frame,
    selection: Selection,
    /// What the search button opens: the page itself.
    search: &'static str,
    here: String,
}

/// The list to select from.
pub(crate) async fn page(at: AtGroup) -> Response {
    add_page(&at, &at.at.query, None)
}

/// Adds who was selected.
pub(crate) async fn add(at: AtGroup, body: Bytes) -> Response {
    let form = Form::read(&body);
    let tenant = at.at.tenant();
    let chosen = selected(tenant, &form);
    let added = edit(&at, |group| {
        if chosen.is_empty() {
            return Err(TenantError::one("Select users or groups first."));
        }
        let new = chosen.iter().filter(|one| may_be_added(&at, **one));
        group.members.extend(new.map(|one| reference(*one, tenant)));
        Ok(())
    });
    match added {
        Ok(()) => done(&Principal::Group(at.place).href(tenant), "members-added"),
        Err(problem) => add_page(&at, &form, Some(problem.to_string())),
    }
}

/// Removes the members that were ticked.
pub(super) fn remove(at: &AtGroup, form: &Form) -> Result<(), TenantError> {
    let tenant = at.at.tenant();
    let chosen = selected(tenant, form);
    if chosen.is_empty() {
        return Err(TenantError::one("Tick the members to remove."));
    }
    let is_chosen = |name: &String| member(tenant, name).is_some_and(|one| chosen.contains(&one));
    edit(at, |group| {
        group.members.retain(|name| !is_chosen(name));
        Ok(())
    })
}

fn edit(
    at: &AtGroup,
    change: impl FnOnce(&mut GroupEntry) -> Result<(), TenantError>,
) -> Result<(), TenantError> {
    let name = &at.group().display_name;
    at.at.edit(|file| {
        let found = file.groups.iter_mut().find(|group| group.display_name == *name);
        let found = found.ok_or_else(|| TenantError::one("The group was deleted meanwhile."))?;
        change(found)
    })
}

/// As a group's list names its members: users by their whole names.
fn reference(principal: Principal, tenant: &Tenant) -> String {
    match principal {
        Principal::User(_) => principal.note(tenant).to_owned(),
        Principal::Group(_) => format!("{GROUP_PREFIX}{}", principal.name(tenant)),
    }
}

/// Whoever is no direct member yet; a group is no member of itself.
fn may_be_added(at: &AtGroup, principal: Principal) -> bool {
    let tenant = at.at.tenant();
    match principal {
        Principal::User(place) => !tenant.directory.direct_groups(place).contains(&at.place),
        Principal::Group(place) => {
            let is_member = |name: &String| member(tenant, name) == Some(principal);
            place != at.place && !at.group().members.iter().any(is_member)
        }
    }
}

fn add_page(at: &AtGroup, typed: &Form, problem: Option<String>) -> Response {
    let tenant = at.at.tenant();
    let here = Principal::Group(at.place).href(tenant);
    let frame = Frame::directory(tenant, "Add members", "/groups")
        .below("Groups", format!("{}/groups", home(tenant)))
        .below(&at.group().display_name, here.clone());
    let page = AddPage {
        frame: frame.with(problem),
        selection: Selection::new(tenant, typed, |one| may_be_added(at, one)),
        search: "",
        here,
    };
    pages::page(page.frame.status(), &page)
}
