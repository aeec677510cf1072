//! The sign-in form: its answers to `sign_in`, and what comes of them back to pages (design.md section 5: Entra's field
//! names and element ids).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{Method, Uri};
use axum::response::Response;
use control_api::idp::{UserAction, UserVerb};
use serde_json::json;
use uuid::Uuid;

use super::asking::{asked, by_session, go_on, show};
use super::ending::stopped;
use super::{Caller, Sender, allowing, my_apps, with_form};
use crate::errors::{self, Aadsts, Place, Stop};
use crate::limits::SIGN_IN_FORM_BYTES_MAX;
use crate::pages;
use crate::pages::sign_in::SignInForm;
use crate::pending::{Key, Pending, Target};
use crate::sessions::Session;
use crate::sign_in::{Answers, Outcome, Passed, Problem, Situation, Step};
use crate::tenant::slot::{Slot, View};
use crate::tenant::{App, User, issuer_of};
use crate::{MockIdp, actions, world};

/// The form was posted. Without the button that was pressed it is the default answer: on.
pub(crate) async fn submit(
    State(idp): State<MockIdp>,
    Path(tenant): Path<String>,
    sender: Sender,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let mut caller = sender.caller();
    with_form(body, SIGN_IN_FORM_BYTES_MAX, move |body| {
        let answers = Answers::read(body);
        caller.join(idp.state.pending.flow(&answers.context));
        answer(&idp, &tenant, &answers, &caller)
    })
    .await
}

/// The browser's Back, or a bookmark (entra-behaviour.md 7.2, 900561).
pub(crate) async fn wrong_verb() -> Response {
    let stop = Stop::new(errors::WRONG_VERB, &[("valid", "POST"), ("invalid", "GET")]);
    allowing(
        pages::error(&stop, &Caller::nobody().details(world::now())),
        VERBS,
    )
}

/// Any other verb.
pub(crate) async fn method_not_allowed(method: Method, uri: Uri) -> Response {
    allowing(pages::method_not_allowed(method.as_str(), uri.path()), VERBS)
}

/// GET is answered with an error alone.
const VERBS: &str = "POST";

fn answer(idp: &MockIdp, segment: &str, answers: &Answers, caller: &Caller) -> Response {
    let slot = idp.state.tenants.find(segment);
    let judged = slot
        .as_ref()
        .and_then(|slot| Some((slot, judge(idp, slot, answers, caller)?)));
    match judged {
        Some((slot, (view, pending, judged))) => follow(idp, slot, &view, pending, judged, answers, caller),
        None => {
            let now = slot.as_ref().map_or_else(world::now, |slot| slot.view().now);
            let stop = Stop::new(errors::FLOW_EXPIRED, &[]);
            stopped(idp, slot.as_ref(), now, caller, stop.into())
        }
    }
}

/// What comes of the answers, once the next step is kept.
enum Judged {
    Ask(Option<Problem>),
    Session(Session),
    SteppedUp(Session),
    SignedIn {
        passed: Passed,
        persistent: bool,
        remember: bool,
    },
    Stop(Stop),
}

/// Lets the waiting sign-on judge the answers; `None` where none waits for them.
fn judge(
    idp: &MockIdp,
    slot: &Arc<Slot>,
    answers: &Answers,
    caller: &Caller,
) -> Option<(View, Pending, Judged)> {
    let view = slot.view();
    let accounts = idp.accounts(&view, caller);
    let key = Key {
        tenant: slot.id,
        context: &answers.context,
        flow_token: &answers.flow_token,
        browser: caller.browser_secret(idp),
    };
    let session = |id| accounts.iter().find(|session| session.id == id).cloned();
    let judge = |pending: &Pending| {
        let (app, wishes) = (pending.target.app(), pending.target.wishes());
        let situation = Situation {
            view: &view,
            app,
            wishes: &wishes,
            sessions: &accounts,
            stay: caller.stay(idp),
            armed: &|user| armed(idp, slot, &view, pending, user, caller),
            elsewhere: &|name| elsewhere(idp, &view, app.and_then(|app| view.tenant.app(app)), name),
            change_password: &|user, new| change_password(slot, user, new),
        };
        match pending.step.clone().advance(answers, &situation) {
            Outcome::Ask(step, problem) => (Some(step), Judged::Ask(problem)),
            Outcome::Session(id) => picked(session(id), Judged::Session),
            Outcome::SteppedUp(id) => picked(session(id), Judged::SteppedUp),
            Outcome::SignedIn {
                passed,
                persistent,
                remember,
            } => {
                let signed_in = Judged::SignedIn {
                    passed,
                    persistent,
                    remember,
                };
                (None, signed_in)
            }
            Outcome::Stop(stop) => (None, Judged::Stop(stop)),
        }
    };
    let (pending, judged) = idp.state.pending.answer(&key, world::now(), judge)?;
    Some((view.clone(), pending, judged))
}

/// The error that is armed for the form.
fn armed(
    idp: &MockIdp,
    slot: &Slot,
    view: &View,
    pending: &Pending,
    user: Uuid,
    caller: &Caller,
) -> Option<Stop> {
    match &pending.target {
        Target::Response(request) => {
            let is_inline = |row: &Aadsts| row.place == Place::Inline;
            idp.armed_stop(slot, view, request, user, caller, is_inline)
        }
        Target::MyApps { .. } => None,
    }
}

/// A session of this browser; where it has ended meanwhile, the picker again.
fn picked(session: Option<Session>, judged: fn(Session) -> Judged) -> (Option<Step>, Judged) {
    match session {
        Some(session) => (None, judged(session)),
        None => (Some(Step::PickAccount), Judged::Ask(None)),
    }
}

fn follow(
    idp: &MockIdp,
    slot: &Arc<Slot>,
    view: &View,
    pending: Pending,
    judged: Judged,
    answers: &Answers,
    caller: &Caller,
) -> Response {
    match judged {
        Judged::Ask(problem) => {
            if let Some(Problem::Stop(stop)) = &problem {
                idp.record_stop(slot, caller, stop);
            }
            // The tenant may have changed: a new password is one of the hints.
            let tenant = slot.view().tenant;
            idp.note(slot, caller, asked(&tenant, &pending.step));
            let form = SignInForm::new(&tenant, &answers.context, &answers.flow_token);
            let accounts = idp.accounts(view, caller);
            show(&tenant, &form, &accounts, &pending.step, problem.as_ref())
        }
        Judged::Session(session) => after_form(idp, slot, view, pending.target, session, caller),
        Judged::SteppedUp(session) => {
            let secret = caller.session_secret(idp, slot.id).unwrap_or_default();
            let stepped = idp.state.sessions.step_up(secret, session.id);
            after_form(
                idp,
                slot,
                view,
                pending.target,
                stepped.unwrap_or(session),
                caller,
            )
        }
        Judged::SignedIn {
            passed,
            persistent,
            remember,
        } => {
            let present = idp.begin_session(slot, view, &passed, persistent, caller);
            let accounts = idp.state.sessions.accounts(&present.secret, slot.id).len();
            let mut response = match pending.target {
                Target::MyApps { .. } => my_apps::back(idp, slot, &present.session, accounts),
                target => go_on(idp, slot, target, &present, caller),
            };
            idp.set_session_cookie(&mut response, slot.id, &present.secret);
            if remember {
                idp.remember_stay(&mut response, persistent);
            }
            response
        }
        Judged::Stop(stop) => stopped(idp, Some(slot), view.now, caller, stop.into()),
    }
}

/// By a session that was chosen or stepped up at the form.
fn after_form(
    idp: &MockIdp,
    slot: &Arc<Slot>,
    view: &View,
    target: Target,
    session: Session,
    caller: &Caller,
) -> Response {
    match target {
        Target::MyApps { .. } => {
            let accounts = idp.accounts(view, caller).len();
            my_apps::back(idp, slot, &session, accounts)
        }
        target => by_session(idp, slot, view, target, session, caller),
    }
}

/// AADSTS50020: the name is a user's of another tenant of this mock, by a domain that this tenant lacks.
///
/// At Entra ID the user would first sign in at home; the mock tells it at once.
pub(super) fn elsewhere(idp: &MockIdp, view: &View, app: Option<&App>, name: &str) -> Option<Stop> {
    let (_, domain) = name.rsplit_once('@')?;
    let domain = domain.to_lowercase();
    let here = &view.tenant;
    if here.file.tenant.domains.contains(&domain) {
        return None;
    }
    let home = idp.state.tenants.find(&domain)?.view().tenant;
    let user = home.user_by_sign_in_name(name).filter(|user| !user.is_guest())?;
    let (app_id, app_name) = match app {
        Some(app) => (app.id.to_string(), app.entry.name.as_str()),
        None => (MY_APPS_ID.to_owned(), "My Apps"),
    };
    let values = [
        ("upn", user.entry.user_principal_name.as_str()),
        ("idp", &issuer_of(home.id)),
        ("tenant", &here.file.tenant.display_name),
        ("appid", &app_id),
        ("app", app_name),
    ];
    Some(Stop::new(errors::FOREIGN_USER, &values))
}

/// The application id of Microsoft's My Apps (uncertain: from memory).
const MY_APPS_ID: &str = "2793995e-0a7d-40d7-bd35-6968ba142197";

/// As an administrator would: an edit of the tenant's file. Whether it was taken.
fn change_password(slot: &Slot, user: &User, new: &str) -> bool {
    let action = UserAction {
        user: user.entry.user_principal_name.clone(),
        action: UserVerb::Set,
        to: None,
        values: Some(json!({ "password": new, "password_expired": null })),
        app: None,
        role: None,
    };
    actions::user(&mut slot.lock(), &action, world::guid()).is_ok()
}
