//! The sign-in form: user name, then password (design.md section 5: Entra's field names and element ids).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use control_api::flow::IdpEvent;
use control_api::tenant::Authentication;
use saml_accept::binding::Form;

use super::ending::stopped;
use super::{Caller, blocking, end, redirect};
use crate::errors::{self, Place, Stop};
use crate::factors::Factors;
use crate::limits::FIELD_CHARACTERS_MAX;
use crate::pages;
use crate::pages::sign_in::{self as form_pages, Asked, InlineError, SignInForm};
use crate::pending::{Pending, Target};
use crate::sessions::Session;
use crate::tenant::User;
use crate::tenant::slot::{Slot, View};
use crate::{MockIdp, world};

/// The form was posted. Without the button that was pressed it is the default answer: on.
pub(crate) async fn submit(
    State(idp): State<MockIdp>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (fields, caller) = (Fields::read(&body), Caller::new(&headers));
    blocking(move || answer(&idp, &tenant, &fields, &caller)).await
}

/// The browser's Back, or a bookmark (entra-behaviour.md 7.2, 900561).
pub(crate) async fn wrong_verb() -> Response {
    let stop = Stop::new(errors::WRONG_VERB, &[("valid", "POST"), ("invalid", "GET")]);
    pages::error(&stop, None, world::now(), world::request_id(), world::guid())
}

/// The fields of the form; absent ones are empty.
struct Fields {
    context: String,
    flow_token: String,
    user: String,
    /// `None` on the user name page.
    password: Option<String>,
    back: bool,
}

impl Fields {
    fn read(body: &[u8]) -> Self {
        let form = Form::parse(body).ok();
        let field = |name: &str| {
            let value = form.as_ref()?.parameter(name).ok()??;
            (value.chars().count() <= FIELD_CHARACTERS_MAX).then_some(value)
        };
        Self {
            context: field("ctx").unwrap_or_default(),
            flow_token: field("flowToken").unwrap_or_default(),
            user: field("loginfmt").unwrap_or_default().trim().to_owned(),
            password: field("passwd"),
            back: field("back").is_some(),
        }
    }
}

fn answer(idp: &MockIdp, segment: &str, fields: &Fields, caller: &Caller) -> Response {
    let slot = idp.state.tenants.find(segment);
    let found = slot.as_ref().and_then(|slot| {
        let browser = caller.browser_secret(idp);
        let pending = idp
            .state
            .pending
            .find(&fields.context, &fields.flow_token, browser, world::now())?;
        (pending.tenant == slot.id).then_some((slot, pending))
    });
    let Some((slot, pending)) = found else {
        let now = slot.as_ref().map_or_else(world::now, |slot| slot.view().now);
        let stop = Stop::new(errors::FLOW_EXPIRED, &[]);
        return stopped(idp, slot.as_ref(), now, caller, stop.into());
    };
    let view = slot.view();
    let form = SignInForm::new(&view.tenant, &fields.context, &fields.flow_token);
    if fields.back {
        return user_name(&form, &fields.user, None);
    }
    match sign_in(&view, fields) {
        Ok(Some(user)) => begin(idp, slot, &view, user, pending, fields, caller),
        Ok(None) => password(&form, &fields.user, None),
        Err(Refused::Empty) => user_name(
            &form,
            "",
            Some(&InlineError::plain(
                "Enter a valid email address, phone number, or Skype name.",
            )),
        ),
        Err(Refused::Stop(stop)) => {
            idp.record_stop(slot, caller, &stop);
            let error = InlineError::new(&stop);
            match stop.row() {
                row if row == errors::USER_NOT_FOUND => user_name(&form, &fields.user, Some(&error)),
                _ => password(&form, &fields.user, Some(&error)),
            }
        }
    }
}

/// Why the form is shown again.
enum Refused {
    Empty,
    Stop(Stop),
}

/// The user, once the password is right; `None` while it has not been asked for.
fn sign_in<'v>(view: &'v View, fields: &Fields) -> Result<Option<&'v User>, Refused> {
    let stop = |row, values: &[(&str, &str)]| {
        let stop = Stop::new(row, values);
        debug_assert_eq!(stop.row().place, Place::Inline);
        Refused::Stop(stop)
    };
    if fields.user.is_empty() {
        return Err(Refused::Empty);
    }
    let directory = view.tenant.file.tenant.display_name.as_str();
    let user = view.tenant.user_by_sign_in_name(&fields.user).ok_or_else(|| {
        let values = [("user", fields.user.as_str()), ("tenant", directory)];
        stop(errors::USER_NOT_FOUND, &values)
    })?;
    let Some(password) = &fields.password else {
        return Ok(None);
    };
    // Nobody without a password signs in with an empty one.
    if user.password.is_empty() || *password != user.password {
        return Err(stop(errors::PASSWORD, &[]));
    }
    if !user.entry.account_enabled {
        return Err(stop(errors::USER_DISABLED, &[]));
    }
    Ok(Some(user))
}

/// Begins a session and goes on with what the user signed in for.
fn begin(
    idp: &MockIdp,
    slot: &Arc<Slot>,
    view: &View,
    user: &User,
    pending: Pending,
    fields: &Fields,
    caller: &Caller,
) -> Response {
    idp.state.pending.remove(&fields.context);
    let session = Session {
        tenant: slot.id,
        user: user.id,
        authn_instant: view.now,
        id: world::guid(),
        factors: Factors {
            first: Authentication::Password,
            second: false,
        },
        persistent: false,
        participants: Vec::new(),
    };
    let upn = user.entry.user_principal_name.clone();
    idp.record(
        slot,
        caller,
        IdpEvent::Authenticated {
            upn,
            by_session: false,
        },
    );
    let (old, secret) = (caller.session_secret(idp, slot.id), world::secret());
    idp.state.sessions.begin(old, secret.clone(), session.clone());
    let mut response = match pending.target {
        Target::Response(request) => end(idp, slot, request, &session, caller),
        Target::MyApps => redirect(StatusCode::SEE_OTHER, &idp.state.addresses.my_apps(slot.id)),
    };
    idp.set_cookie(&mut response, &idp.session_cookie(slot.id), &secret);
    response
}

fn user_name(form: &SignInForm, user: &str, error: Option<&InlineError>) -> Response {
    form_pages::user_name(Asked { form, user, error }, false)
}

fn password(form: &SignInForm, user: &str, error: Option<&InlineError>) -> Response {
    form_pages::password(Asked { form, user, error })
}
