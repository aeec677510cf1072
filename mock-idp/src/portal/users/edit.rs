//! Properties of a user. Another user principal name is a rename: the object id stays, and so does every reference.

use askama::Template;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use control_api::idp::UserVerb;
use serde_json::Value;

use super::fields::{self, Fields};
use super::upn;
use super::user::act;
use crate::pages;
use crate::portal::at::AtUser;
use crate::portal::done;
use crate::portal::form::Form;
use crate::portal::frame::{Frame, home};
use crate::portal::principals::Principal;
use crate::tenant::TenantError;

#[derive(Template)]
#[template(path = "portal/user_edit.html")]
struct EditPage {
    frame: Frame,
    upn: String,
    id: String,
    sections: Vec<Fields>,
    cancel: String,
}

/// The form as it was saved.
pub(crate) async fn page(at: AtUser) -> Response {
    let user = at.user();
    let upn = user.entry.user_principal_name.clone();
    let page = EditPage::new(&at, upn, fields::saved(&user.entry));
    pages::page(StatusCode::OK, &page)
}

/// Saves the properties.
pub(crate) async fn save(at: AtUser, body: Bytes) -> Response {
    let form = Form::read(&body);
    match change(&at, &form) {
        Ok(()) => done(&Principal::User(at.place).href(at.at.tenant()), "saved"),
        Err(problem) => {
            let upn = form.text("user_principal_name").to_owned();
            let mut page = EditPage::new(&at, upn, fields::typed(&form));
            page.frame = page.frame.refused(problem.to_string());
            pages::page(page.frame.status(), &page)
        }
    }
}

fn change(at: &AtUser, form: &Form) -> Result<(), TenantError> {
    let user = at.user();
    let old = &user.entry.user_principal_name;
    let new = form.text("user_principal_name");
    let values = fields::patch(&fields::typed(form), Some(&user.entry))?;
    at.at.act(|state| {
        act(state, at, UserVerb::Set, |action| {
            action.values = Some(Value::Object(values));
        })?;
        if new == old {
            return Ok(());
        }
        // The same name in another case is nobody else's.
        if !new.eq_ignore_ascii_case(old) {
            upn::check(&state.tenant.file, new, user.is_guest())?;
        }
        act(state, at, UserVerb::Rename, |action| {
            action.to = Some(new.to_owned());
        })
    })
}

impl EditPage {
    fn new(at: &AtUser, upn: String, sections: Vec<Fields>) -> Self {
        let (tenant, user) = (at.at.tenant(), at.user());
        let here = Principal::User(at.place).href(tenant);
        Self {
            frame: Frame::directory(tenant, "Properties", "/users")
                .below("Users", format!("{}/users", home(tenant)))
                .below(&user.entry.display_name, here.clone()),
            upn,
            id: user.id.to_string(),
            sections,
            cancel: here,
        }
    }
}
