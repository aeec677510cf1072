//! One user: Overview, and Delete.

use askama::Template;
use axum::body::Bytes;
use axum::response::Response;
use control_api::idp::{UserAction, UserVerb};

use super::user_type;
use crate::portal::at::AtUser;
use crate::portal::done;
use crate::portal::form::Form;
use crate::portal::frame::{Frame, address, home};
use crate::portal::principals::{Principal, kind_label};
use crate::tenant::TenantError;
use crate::tenant::slot::State;
use crate::{actions, pages, world};

#[derive(Template)]
#[template(path = "portal/user.html")]
struct UserPage {
    frame: Frame,
    here: String,
    rows: Vec<Row>,
    account_enabled: bool,
    groups: Vec<Group>,
    apps: Vec<App>,
}

/// A label with its value.
struct Row {
    label: &'static str,
    value: String,
    is_copied: bool,
}

const USER_TYPE: &str = "User type";

struct Group {
    name: String,
    href: String,
    kind: &'static str,
    /// Whether the user is a member through another group alone.
    is_nested: bool,
}

struct App {
    name: String,
    href: String,
    roles: String,
}

/// Overview.
pub(crate) async fn overview(at: AtUser) -> Response {
    user_page(&at, None)
}

/// Deletes the user.
pub(crate) async fn delete(at: AtUser, body: Bytes) -> Response {
    let form = Form::read(&body);
    if form.text("action") != "delete" {
        return user_page(&at, Some("Choose what to do.".to_owned()));
    }
    let deleted = at.at.act(|state| act(state, &at, UserVerb::Delete, |_| {}));
    match deleted {
        Ok(()) => done(&format!("{}/users", home(at.at.tenant())), "user-deleted"),
        Err(problem) => user_page(&at, Some(problem.to_string())),
    }
}

/// Does something to the user, whatever the name is by now.
pub(super) fn act(
    state: &mut State,
    at: &AtUser,
    verb: UserVerb,
    with: impl FnOnce(&mut UserAction),
) -> Result<(), TenantError> {
    let user = state.tenant.user(at.user().id);
    let user = user.ok_or_else(|| TenantError::one("The user was deleted meanwhile."))?;
    let mut action = UserAction {
        user: user.entry.user_principal_name.clone(),
        action: verb,
        to: None,
        values: None,
        app: None,
        role: None,
    };
    with(&mut action);
    actions::user(state, &action, world::guid())
}

fn user_page(at: &AtUser, problem: Option<String>) -> Response {
    let (tenant, user) = (at.at.tenant(), at.user());
    let entry = &user.entry;
    let row = |label, value: &str| Row {
        label,
        value: value.to_owned(),
        is_copied: label != USER_TYPE,
    };
    let mut rows = vec![
        row("User principal name", &entry.user_principal_name),
        row("Object ID", &user.id.to_string()),
        row(USER_TYPE, user_type(user.is_guest())),
        row("Password", &user.password),
    ];
    if let Some(mail) = &entry.mail {
        rows.insert(1, row("Email", mail));
    }
    if let Some(home) = &entry.home {
        rows.push(row("Identities", &home.to_string()));
    }
    let direct = tenant.directory.direct_groups(at.place);
    let groups = tenant.directory.groups_of(at.place);
    let apps = tenant.apps.iter().filter_map(|app| {
        let roles = tenant.roles(app, user.id)?;
        let labels = app.entry.app_roles.iter();
        let labels = labels.filter(|role| roles.contains(&role.value));
        let labels: Vec<_> = labels.map(|role| role.display_name.as_str()).collect();
        Some(App {
            name: app.entry.name.clone(),
            href: format!("{}/users", address(tenant, app)),
            roles: if labels.is_empty() {
                "Default Access".to_owned()
            } else {
                labels.join(", ")
            },
        })
    });
    let frame = Frame::directory(tenant, &entry.display_name, "/users")
        .below("Users", format!("{}/users", home(tenant)))
        .after(&at.at.query);
    let page = UserPage {
        frame: frame.with(problem),
        here: Principal::User(at.place).href(tenant),
        rows,
        account_enabled: entry.account_enabled,
        groups: groups
            .iter()
            .map(|place| Group {
                name: tenant.file.groups[*place].display_name.clone(),
                href: Principal::Group(*place).href(tenant),
                kind: kind_label(tenant.file.groups[*place].kind),
                is_nested: !direct.contains(place),
            })
            .collect(),
        apps: apps.collect(),
    };
    pages::page(page.frame.status(), &page)
}
