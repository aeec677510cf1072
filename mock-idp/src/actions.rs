//! An administrator's actions: each edits the tenant's file, which is then resolved anew. Sessions and certificates
//! survive; an action that does not fit leaves the tenant as it was.

mod certificates;
mod token_encryption;

use std::sync::Arc;

use control_api::clock::moved;
use control_api::idp::{ClockAction, ClockInfo, UserAction, UserVerb};
use control_api::tenant::{AppEntry, AssignmentEntry, TenantFile, local_part, merge, no_such};
use jiff::Timestamp;
use uuid::Uuid;

pub(crate) use certificates::{certificate, check_certificate_keys};
pub(crate) use token_encryption::token_encryption;

use crate::limits::DELETED_USERS_MAX;
use crate::tenant::imports::Imports;
use crate::tenant::slot::{DeletedUser, Slot, State};
use crate::tenant::{Tenant, TenantError};
use crate::tenant::{local_names, user_called, user_names};

type Done = Result<(), TenantError>;

/// How often a patch is tried whose PFX files were read while somebody else changed the tenant.
const PATCH_TRIES: usize = 3;

/// Lays a patch in the tenant file's own keys over the tenant. It is read, and PFX files are, while the tenant is not locked.
///
/// # Errors
/// Everything that is wrong with the result; the tenant changed again and again in the meantime.
pub(crate) fn patch(slot: &Slot, patch: &serde_json::Value) -> Done {
    for _ in 0..PATCH_TRIES {
        let before = slot.view().tenant;
        let file = before.file.patched(patch);
        let mut file = file.map_err(|errors| TenantError::one(errors.to_string()))?;
        let imports = Imports::read(&mut file, before.id)?;
        let mut state = slot.lock();
        if Arc::ptr_eq(&state.tenant, &before) {
            return state.replace_with(file, imports);
        }
    }
    Err(TenantError::one(
        "the tenant was changed again and again while the patch was read: send the patch again",
    ))
}

/// Does something to a user; `new_id` is the object id of a recreated one.
///
/// # Errors
/// Why it cannot be done, with the nearest name.
pub(crate) fn user(state: &mut State, action: &UserAction, new_id: Uuid) -> Done {
    check_keys(action)?;
    match action.action {
        UserVerb::Disable => edit(state, action, |entry| entry.account_enabled = false),
        UserVerb::Enable => edit(state, action, |entry| entry.account_enabled = true),
        UserVerb::Rename => rename(state, action),
        UserVerb::Set => set(state, action),
        UserVerb::Delete => delete(state, &action.user),
        UserVerb::Restore => restore(state, &action.user, None),
        UserVerb::Recreate => {
            if user_called(&state.tenant.file, &action.user).is_some() {
                delete(state, &action.user)?;
            }
            restore(state, &action.user, Some(new_id))
        }
        UserVerb::Assign => assign(state, action),
        UserVerb::Unassign => unassign(state, action),
    }
}

/// Moves the tenant's clock; `real` is the real time.
///
/// # Errors
/// Where the offset is no duration.
pub(crate) fn clock(
    state: &mut State,
    action: &ClockAction,
    real: Timestamp,
) -> Result<ClockInfo, TenantError> {
    // As the tenant was until now, and then as it is at the clock's new time.
    state.mails_until(real);
    if let Some(offset) = &action.offset {
        let moved = moved(state.clock.now(real), offset)
            .map_err(|expected| TenantError::one(format!("`offset`: `{offset}` is not {expected}")))?;
        state.clock.set(moved, real, state.clock.is_frozen());
    }
    match action.freeze {
        Some(true) => state.clock.freeze(real),
        Some(false) => state.clock.resume(real),
        None => {}
    }
    state.mails_until(real);
    Ok(ClockInfo {
        now: state.clock.now(real).to_string(),
        frozen: state.clock.is_frozen(),
    })
}

/// Each verb has its own keys; another one's would be silently lost.
fn check_keys(action: &UserAction) -> Done {
    let verb = action.action;
    let assigning = matches!(verb, UserVerb::Assign | UserVerb::Unassign);
    let keys = [
        ("to", action.to.is_some(), verb == UserVerb::Rename, true),
        ("values", action.values.is_some(), verb == UserVerb::Set, true),
        ("app", action.app.is_some(), assigning, true),
        ("role", action.role.is_some(), verb == UserVerb::Assign, false),
    ];
    for (key, given, belongs, required) in keys {
        if given && !belongs {
            return Err(TenantError::one(format!(
                "`{key}` does not belong to this action"
            )));
        }
        // `app` may be left out where the tenant has one application.
        if belongs && required && !given && key != "app" {
            return Err(TenantError::one(format!("`{key}` is missing")));
        }
    }
    Ok(())
}

fn edit(
    state: &mut State,
    action: &UserAction,
    change: impl FnOnce(&mut control_api::tenant::UserEntry),
) -> Done {
    let mut file = state.tenant.file.clone();
    let index = user_index(&file, &action.user)?;
    change(&mut file.users[index]);
    state.replace(file)
}

/// Another name, the same object id; groups and assignments follow.
fn rename(state: &mut State, action: &UserAction) -> Done {
    let mut file = state.tenant.file.clone();
    let index = user_index(&file, &action.user)?;
    let to = action.to.as_deref().unwrap_or_default();
    let domain = file.users[index]
        .user_principal_name
        .rsplit_once('@')
        .map_or("", |(_, domain)| domain);
    let new = if to.contains('@') {
        to.to_owned()
    } else {
        format!("{to}@{domain}")
    };
    if user_called(&file, &new).is_some_and(|other| other != index) {
        return Err(TenantError::one(format!("there is a user `{new}` already")));
    }
    let names = user_names(&file);
    let upns: Vec<_> = file
        .users
        .iter()
        .map(|user| user.user_principal_name.clone())
        .collect();
    for reference in references(&mut file) {
        match names.called(reference) {
            Some(place) if place == index => reference.clone_from(&new),
            // A local part that would mean the renamed user from now on.
            Some(place) if is_local_part_of(reference, &new) => reference.clone_from(&upns[place]),
            _ => {}
        }
    }
    file.users[index].id = Some(state.tenant.users[index].id);
    file.users[index].user_principal_name = new;
    state.replace(checked(&file)?)
}

/// Other values, in the keys of `[[user]]`.
fn set(state: &mut State, action: &UserAction) -> Done {
    let file = &state.tenant.file;
    let index = user_index(file, &action.user)?;
    let values = action.values.clone().unwrap_or_default();
    if !values.is_object() {
        return Err(TenantError::one(
            "`values`: expected keys of `[[user]]` with their new values",
        ));
    }
    if values.get("user_principal_name").is_some() {
        return Err(TenantError::one("`values`: a user gets another name by `rename`"));
    }
    let mut json = file.to_json();
    merge(&mut json["user"][index], &values);
    let file = TenantFile::from_json("user values", &json);
    state.replace(file.map_err(|errors| TenantError::one(errors.to_string()))?)
}

fn delete(state: &mut State, name: &str) -> Done {
    let mut file = state.tenant.file.clone();
    let index = user_index(&file, name)?;
    let mut deleted = DeletedUser {
        entry: file.users[index].clone(),
        groups: Vec::new(),
        assignments: Vec::new(),
    };
    deleted.entry.id = Some(state.tenant.users[index].id);
    let names = user_names(&file);
    let means = |name: &str| names.called(name) == Some(index);
    // Without the user a policy might speak of everybody.
    let mut policies = file.conditional_access.iter();
    if let Some(policy) = policies.find(|policy| policy.users.iter().any(|name| means(name))) {
        return Err(TenantError::one(format!(
            "the conditional access policy `{}` names the user: change that first",
            policy.name
        )));
    }
    for group in &mut file.groups {
        let count = group.members.len();
        group.members.retain(|member| !means(member));
        if group.members.len() < count {
            deleted.groups.push(group.display_name.clone());
        }
    }
    for app in &mut file.apps {
        let gone = |entry: &AssignmentEntry| entry.user.as_deref().is_some_and(means);
        let assignments = app.assignments.iter().filter(|entry| gone(entry)).cloned();
        deleted.assignments.extend(assignments.map(|mut entry| {
            // A local part may mean somebody else by the time the user is restored.
            entry.user = Some(deleted.entry.user_principal_name.clone());
            (app.name.clone(), entry)
        }));
        app.assignments.retain(|entry| !gone(entry));
    }
    file.users.remove(index);
    state.replace(file)?;
    if state.deleted.len() >= DELETED_USERS_MAX {
        state.deleted.pop_front();
    }
    state.deleted.push_back(deleted);
    Ok(())
}

/// Undoes the deletion of the user with this object id, which several deleted users of one name tells apart.
///
/// # Errors
/// Why it cannot be done.
pub(crate) fn restore_user(state: &mut State, id: Uuid) -> Done {
    let is_wanted = |deleted: &DeletedUser| deleted.entry.id == Some(id);
    let index = state.deleted.iter().rposition(is_wanted);
    let index = index.ok_or_else(|| TenantError::one(format!("no deleted user has the object id {id}")))?;
    restore_at(state, index, None)
}

fn restore(state: &mut State, name: &str, new_id: Option<Uuid>) -> Done {
    let called = |deleted: &DeletedUser| deleted.entry.is_called(name);
    let index = state
        .deleted
        .iter()
        .rposition(called)
        .ok_or_else(|| TenantError::one(format!("no deleted user is called `{name}`")))?;
    restore_at(state, index, new_id)
}

/// Puts a deleted user back into the groups and assignments it had, under its old object id or a new one. An app role
/// that is gone took its assignments with it.
fn restore_at(state: &mut State, index: usize, new_id: Option<Uuid>) -> Done {
    let deleted = &state.deleted[index];
    let mut file = state.tenant.file.clone();
    let upn = deleted.entry.user_principal_name.clone();
    if user_called(&file, &upn).is_some() {
        return Err(TenantError::one(format!("there is a user `{upn}` again already")));
    }
    let mut entry = deleted.entry.clone();
    entry.id = new_id.or(entry.id);
    file.users.push(entry);
    for group in &mut file.groups {
        if deleted.groups.contains(&group.display_name) {
            group.members.push(upn.clone());
        }
    }
    for app in &mut file.apps {
        let roles: Vec<_> = app.app_roles.iter().map(|role| role.value.clone()).collect();
        let has_role = |entry: &AssignmentEntry| entry.role.as_ref().is_none_or(|role| roles.contains(role));
        let own = deleted.assignments.iter();
        let own = own.filter(|(name, entry)| *name == app.name && has_role(entry));
        app.assignments.extend(own.map(|(_, entry)| entry.clone()));
    }
    state.replace(file)?;
    state.deleted.remove(index);
    Ok(())
}

fn assign(state: &mut State, action: &UserAction) -> Done {
    let mut file = state.tenant.file.clone();
    let user = user_index(&file, &action.user)?;
    let upn = file.users[user].user_principal_name.clone();
    let app = app_called(&state.tenant, &mut file, action.app.as_deref())?;
    app.assignments.push(AssignmentEntry {
        user: Some(upn),
        group: None,
        role: action.role.clone(),
    });
    state.replace(checked(&file)?)
}

/// Removes the user's own assignments; one through a group is not the user's.
fn unassign(state: &mut State, action: &UserAction) -> Done {
    let mut file = state.tenant.file.clone();
    let names = user_names(&file);
    let user = user_index(&file, &action.user)?;
    let app = app_called(&state.tenant, &mut file, action.app.as_deref())?;
    let count = app.assignments.len();
    let own = |entry: &AssignmentEntry| {
        let name = entry.user.as_deref();
        name.is_some_and(|name| names.called(name) == Some(user))
    };
    app.assignments.retain(|entry| !own(entry));
    if app.assignments.len() == count {
        return Err(TenantError::one(format!(
            "`{}` is not directly assigned to app `{}`; through a group it is the group that is",
            action.user, app.name
        )));
    }
    state.replace(file)
}

/// Every place that names a user: members, which may be groups too, assignees and whom a policy speaks of.
fn references(file: &mut TenantFile) -> impl Iterator<Item = &mut String> {
    let members = file.groups.iter_mut().flat_map(|group| &mut group.members);
    let assignments = file.apps.iter_mut().flat_map(|app| &mut app.assignments);
    let assignees = assignments.filter_map(|entry| entry.user.as_mut());
    let policies = file.conditional_access.iter_mut();
    let included = policies.flat_map(|policy| &mut policy.users);
    members.chain(assignees).chain(included)
}

fn is_local_part_of(name: &str, upn: &str) -> bool {
    name.eq_ignore_ascii_case(local_part(upn))
}

/// Reads an edited file back, so that the decoder's own rules hold.
pub(crate) fn checked(file: &TenantFile) -> Result<TenantFile, TenantError> {
    TenantFile::from_json("tenant", &file.to_json()).map_err(|errors| TenantError::one(errors.to_string()))
}

fn user_index(file: &TenantFile, name: &str) -> Result<usize, TenantError> {
    user_called(file, name).ok_or_else(|| TenantError::one(no_such("user", name, local_names(file))))
}

/// The entry of the application that an action names: see [`Tenant::app_called`].
fn app_called<'f>(
    tenant: &Tenant,
    file: &'f mut TenantFile,
    name: Option<&str>,
) -> Result<&'f mut AppEntry, TenantError> {
    let meant = &tenant.app_called(name).map_err(TenantError::one)?.entry.name;
    let found = file.apps.iter_mut().find(|app| app.name == *meant);
    found.ok_or_else(|| TenantError::one(no_such("application", meant, std::iter::empty())))
}
