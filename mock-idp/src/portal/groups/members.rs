//! Members of a group: Add members, Remove.

use std::collections::HashSet;

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
    let (chosen, addable) = (selected(tenant, &form), Addable::new(&at));
    let added = edit(&at, |group| {
        if chosen.is_empty() {
            return Err(TenantError::one("Select users or groups first."));
        }
        let new = chosen.iter().filter(|one| addable.has(**one));
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

/// Who may be added to a group: whoever is no direct member yet. A group is no member of itself.
struct Addable<'a> {
    tenant: &'a Tenant,
    group: usize,
    /// The groups that are direct members.
    nested: HashSet<usize>,
}

impl<'a> Addable<'a> {
    fn new(at: &'a AtGroup) -> Self {
        let tenant = at.at.tenant();
        let names = at.group().members.iter();
        let nested = names.filter_map(|name| tenant.directory.group(name.strip_prefix(GROUP_PREFIX)?));
        Self {
            tenant,
            group: at.place,
            nested: nested.collect(),
        }
    }

    fn has(&self, principal: Principal) -> bool {
        let directory = &self.tenant.directory;
        match principal {
            Principal::User(place) => !directory.direct_groups(place).contains(&self.group),
            Principal::Group(place) => place != self.group && !self.nested.contains(&place),
        }
    }
}

fn add_page(at: &AtGroup, typed: &Form, problem: Option<String>) -> Response {
    let (tenant, addable) = (at.at.tenant(), Addable::new(at));
    let here = Principal::Group(at.place).href(tenant);
    let frame = Frame::directory(tenant, "Add members", "/groups")
        .below("Groups", format!("{}/groups", home(tenant)))
        .below(&at.group().display_name, here.clone());
    let page = AddPage {
        frame: frame.with(problem),
        selection: Selection::new(tenant, typed, |one| addable.has(one)),
        search: "",
        here,
    };
    pages::page(page.frame.status(), &page)
}
