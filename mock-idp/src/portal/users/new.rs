//! Create new user.

use askama::Template;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::fields::{self, Fields};
use super::upn;
use crate::portal::at::AtTenant;
use crate::portal::done;
use crate::portal::form::Form;
use crate::portal::frame::{Frame, home};
use crate::tenant::{Tenant, TenantError};
use crate::{pages, world};

/// What the form holds before anything is typed.
const BLANK: &str = "account_enabled=yes&user_type=Member";

#[derive(Template)]
#[template(path = "portal/user_new.html")]
struct NewPage {
    frame: Frame,
    upn: String,
    domains: Vec<(String, bool)>,
    sections: Vec<Fields>,
    password: String,
}

/// The form.
pub(crate) async fn page(at: AtTenant) -> Response {
    let page = NewPage::new(at.tenant(), &Form::query(Some(BLANK)));
    pages::page(StatusCode::OK, &page)
}

/// Creates the user.
pub(crate) async fn create(at: AtTenant, body: Bytes) -> Response {
    let form = Form::read(&body);
    match add(&at, &form) {
        Ok(id) => done(&format!("{}/users/{id}", home(at.tenant())), "user-added"),
        Err(problem) => {
            let mut page = NewPage::new(at.tenant(), &form);
            page.frame = page.frame.refused(problem.to_string());
            pages::page(page.frame.status(), &page)
        }
    }
}

fn add(at: &AtTenant, form: &Form) -> Result<Uuid, TenantError> {
    let mut problems = Vec::new();
    let values = fields::patch(&fields::new(form), None);
    let name = typed_upn(form);
    let file = &at.tenant().file;
    for checked in [upn::check(file, &name, false), values.clone().map(drop)] {
        problems.extend(
            checked
                .err()
                .into_iter()
                .flat_map(|TenantError(problems)| problems),
        );
    }
    if !problems.is_empty() {
        return Err(TenantError(problems));
    }
    save(at, &name, false, values?)
}

/// Adds a user of these values under a new object id: who is created again is somebody else.
pub(super) fn save(
    at: &AtTenant,
    name: &str,
    is_guest: bool,
    mut values: Map<String, Value>,
) -> Result<Uuid, TenantError> {
    let id = world::guid();
    values.insert("id".to_owned(), json!(id));
    values.insert("user_principal_name".to_owned(), json!(name));
    at.act(|state| {
        // Again, under the lock.
        upn::check(&state.tenant.file, name, is_guest)?;
        let file = state.tenant.file.patched(&json!({ "user": [values] }));
        state.replace(file.map_err(|errors| TenantError::one(errors.to_string()))?)
    })?;
    Ok(id)
}

/// The name with the chosen domain; a name that was typed with its domain is whole.
fn typed_upn(form: &Form) -> String {
    let name = form.text("user_principal_name");
    if name.contains('@') {
        name.to_owned()
    } else {
        format!("{name}@{}", form.text("domain"))
    }
}

impl NewPage {
    fn new(tenant: &Tenant, form: &Form) -> Self {
        let frame = Frame::directory(tenant, "Create new user", "/users")
            .below("Users", format!("{}/users", home(tenant)));
        let domains = tenant.file.tenant.domains.iter();
        let chosen = form.text("domain");
        Self {
            frame,
            upn: form.text("user_principal_name").to_owned(),
            domains: domains.map(|domain| (domain.clone(), domain == chosen)).collect(),
            sections: fields::new(form),
            password: tenant.default_password().to_owned(),
        }
    }
}
