//! One group: what it is, its direct members, and Delete.

use askama::Template;
use axum::body::Bytes;
use axum::response::Response;
use control_api::tenant::{AppEntry, TenantFile};

use super::GROUP_PREFIX;
use super::members::remove;
use crate::pages;
use crate::portal::at::AtGroup;
use crate::portal::done;
use crate::portal::form::{Form, holds};
use crate::portal::frame::{Frame, home};
use crate::portal::principals::{Principal, Shown, kind_label};
use crate::tenant::{Tenant, TenantError};

#[derive(Template)]
#[template(path = "portal/group.html")]
struct GroupPage {
    frame: Frame,
    here: String,
    id: String,
    kind: &'static str,
    wanted: String,
    members: Shown<Member>,
    apps: Vec<String>,
    has_nested: bool,
}

struct Member {
    key: String,
    name: String,
    href: String,
    note: String,
    object_type: &'static str,
}

/// Overview and members.
pub(crate) async fn overview(at: AtGroup) -> Response {
    group_page(&at, None)
}

/// Removes members, or deletes the group.
pub(crate) async fn change(at: AtGroup, body: Bytes) -> Response {
    let form = Form::read(&body);
    let here = Principal::Group(at.place).href(at.at.tenant());
    let changed = match form.text("action") {
        "delete" => delete(&at).map(|()| done(&format!("{}/groups", home(at.at.tenant())), "group-deleted")),
        "remove" => remove(&at, &form).map(|()| done(&here, "members-removed")),
        _ => Err(TenantError::one("Choose what to do.")),
    };
    changed.unwrap_or_else(|problem| group_page(&at, Some(problem.to_string())))
}

/// Takes the group away with its memberships and assignments.
fn delete(at: &AtGroup) -> Result<(), TenantError> {
    let name = at.group().display_name.as_str();
    at.at.edit(|file| {
        if let Some(app) = file.apps.iter().find(|app| is_in_a_condition_of(app, name)) {
            return Err(TenantError::one(format!(
                "A claim condition of \u{201c}{}\u{201d} names this group: change that first.",
                app.name
            )));
        }
        file.groups.retain(|group| group.display_name != name);
        for group in &mut file.groups {
            group.members.retain(|member| !names_group(member, name));
        }
        for app in &mut file.apps {
            let is_of = |group: &String| is_called(group, name);
            app.assignments
                .retain(|entry| !entry.group.as_ref().is_some_and(is_of));
        }
        Ok(())
    })
}

fn is_in_a_condition_of(app: &AppEntry, name: &str) -> bool {
    let claims = app.claims.iter().flat_map(|claim| &claim.conditions);
    let conditions = claims.chain(&app.name_id.conditions);
    let mut groups = conditions.flat_map(|condition| &condition.groups);
    groups.any(|group| is_called(group, name))
}

/// Every place where a file names the group: memberships, assignments and conditions of claims.
pub(super) fn rename_references(file: &mut TenantFile, old: &str, new: &str) {
    for member in file.groups.iter_mut().flat_map(|group| &mut group.members) {
        if names_group(member, old) {
            *member = format!("{GROUP_PREFIX}{new}");
        }
    }
    for app in &mut file.apps {
        let assigned = app
            .assignments
            .iter_mut()
            .filter_map(|entry| entry.group.as_mut());
        let claims = app.claims.iter_mut().flat_map(|claim| &mut claim.conditions);
        let conditions = claims.chain(&mut app.name_id.conditions);
        let conditional = conditions.flat_map(|condition| &mut condition.groups);
        for group in assigned.chain(conditional) {
            if is_called(group, old) {
                new.clone_into(group);
            }
        }
    }
}

fn names_group(member: &str, name: &str) -> bool {
    member
        .strip_prefix(GROUP_PREFIX)
        .is_some_and(|nested| is_called(nested, name))
}

/// A tenant finds a group by its name in any case.
fn is_called(text: &str, name: &str) -> bool {
    text.to_lowercase() == name.to_lowercase()
}

/// What a member of the file is in the tenant.
pub(super) fn member(tenant: &Tenant, name: &str) -> Option<Principal> {
    match name.strip_prefix(GROUP_PREFIX) {
        Some(nested) => tenant.directory.group(nested).map(Principal::Group),
        None => tenant.directory.user_called(name).map(Principal::User),
    }
}

fn group_page(at: &AtGroup, problem: Option<String>) -> Response {
    let (tenant, group) = (at.at.tenant(), at.group());
    let wanted = at.at.query.text("name");
    let members = group.members.iter().filter_map(|name| member(tenant, name));
    let members: Vec<_> = members.collect();
    let found = members
        .iter()
        .copied()
        .filter(|one| holds(one.name(tenant), wanted) || holds(one.note(tenant), wanted));
    let assigned = tenant.apps.iter().filter(|app| app.assigned.has_group(at.place));
    let frame = Frame::directory(tenant, &group.display_name, "/groups")
        .below("Groups", format!("{}/groups", home(tenant)))
        .after(&at.at.query);
    let page = GroupPage {
        frame: frame.with(problem),
        here: Principal::Group(at.place).href(tenant),
        id: at.id().to_string(),
        kind: kind_label(group.kind),
        wanted: wanted.to_owned(),
        has_nested: members.iter().any(|one| matches!(one, Principal::Group(_))),
        members: Shown::first(found, |one| Member {
            key: one.key(tenant),
            name: one.name(tenant).to_owned(),
            href: one.href(tenant),
            note: one.note(tenant).to_owned(),
            object_type: one.object_type(),
        }),
        apps: assigned.map(|app| app.entry.name.clone()).collect(),
    };
    pages::page(page.frame.status(), &page)
}
