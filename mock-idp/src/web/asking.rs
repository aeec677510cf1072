//! Who answers for a sign-on: a session, a person at a page, or a header in a person's place.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use control_api::tenant::Authentication;

use super::ending::{Present, failed, stopped};
use super::headless::{Order, sign_in};
use super::{Caller, HeadlessUser, end, my_apps};
use crate::errors::{self, Stop};
use crate::flows::Item;
use crate::pages::sign_in::{self as forms, Asked, InlineError, SignInForm};
use crate::pages::{self, Picker};
use crate::pending::{Pending, Target};
use crate::sessions::Session;
use crate::sign_in::{Problem, Start, Step, start, word};
use crate::tenant::Tenant;
use crate::tenant::slot::{Slot, View};
use crate::{MockIdp, world};

/// Begins what the browser came for.
pub(crate) fn begin(idp: &MockIdp, slot: &Arc<Slot>, target: Target, caller: &Caller) -> Response {
    let view = slot.view();
    match caller.headless() {
        None => {}
        Some(HeadlessUser::Named(name)) => return begin_headless(idp, slot, &view, target, name, caller),
        Some(HeadlessUser::Refused(why)) => {
            let title = "This request may not sign anybody in";
            return pages::mishap(StatusCode::UNAUTHORIZED, title, &super::sentence(why));
        }
    }
    let accounts = idp.accounts(&view, caller);
    let app = target.app().and_then(|app| view.tenant.app(app));
    match start(&view.tenant, app, &target.wishes(), &accounts) {
        Start::Session(session) => by_session(idp, slot, &view, target, session, caller),
        Start::Ask(step) => ask(idp, slot, target, step, caller),
        Start::Silent => silent(idp, slot, &view, &target, caller),
    }
}

/// By the header, which stands for every page.
fn begin_headless(
    idp: &MockIdp,
    slot: &Arc<Slot>,
    view: &View,
    target: Target,
    name: &str,
    caller: &Caller,
) -> Response {
    let app = target.app().and_then(|app| view.tenant.app(app));
    match sign_in(idp, view, app, &target.wishes(), &Order::of(name)) {
        Ok(passed) => {
            let present = idp.begin_session(slot, view, &passed, false, caller);
            let mut response = go_on(idp, slot, target, &present, caller);
            idp.set_session_cookie(&mut response, slot.id, &present.secret);
            response
        }
        Err(stop) => stopped(idp, Some(slot), view.now, caller, stop.into()),
    }
}

/// By one of the browser's sessions.
pub(crate) fn by_session(
    idp: &MockIdp,
    slot: &Arc<Slot>,
    view: &View,
    target: Target,
    session: Session,
    caller: &Caller,
) -> Response {
    idp.record_session(slot, view, &session, caller);
    let secret = caller.session_secret(idp, slot.id).unwrap_or_default().to_owned();
    go_on(idp, slot, target, &Present { secret, session }, caller)
}

/// Nobody may be asked (entra-behaviour.md 3.6).
fn silent(idp: &MockIdp, slot: &Arc<Slot>, view: &View, target: &Target, caller: &Caller) -> Response {
    let stop = Stop::new(errors::SILENT, &[]);
    match target {
        Target::Response(request) => failed(idp, slot, view, request, &stop, caller),
        Target::MyApps { .. } => stopped(idp, Some(slot), view.now, caller, stop.into()),
    }
}

/// What a known user came for.
pub(crate) fn go_on(
    idp: &MockIdp,
    slot: &Arc<Slot>,
    target: Target,
    present: &Present,
    caller: &Caller,
) -> Response {
    match target {
        Target::Response(request) => end(idp, slot, request, present, caller),
        Target::MyApps { .. } => my_apps::show(idp, slot, &present.session, caller),
    }
}

/// Lets a sign-on wait, and asks the user.
pub(crate) fn ask(idp: &MockIdp, slot: &Arc<Slot>, target: Target, step: Step, caller: &Caller) -> Response {
    // Only a secret that was made here, not one that somebody put into the browser.
    let browser = caller
        .browser_secret(idp)
        .filter(|secret| idp.state.pending.knows(secret))
        .map_or_else(world::secret, str::to_owned);
    let (context, flow_token) = (world::secret(), world::secret());
    let pending = Pending {
        tenant: slot.id,
        browser: browser.clone(),
        flow_token: flow_token.clone(),
        flow: caller.flow().map(str::to_owned),
        target,
        step: step.clone(),
        since: world::now(),
    };
    idp.state.pending.add(context.clone(), pending);
    let view = slot.view();
    idp.note(slot, caller, asked(&view.tenant, &step));
    let form = SignInForm::new(&view.tenant, &context, &flow_token);
    let mut response = show(&view.tenant, &form, &idp.accounts(&view, caller), &step, None);
    idp.set_cookie(&mut response, &idp.browser_cookie(), &browser);
    response
}

/// Whom a step is about, as the page shows it.
fn user_of<'s>(tenant: &'s Tenant, step: &'s Step) -> &'s str {
    let upn = |user| {
        let user = tenant.user(user);
        user.map_or("", |user| user.entry.user_principal_name.as_str())
    };
    match step {
        Step::PickAccount => "",
        Step::UserName { typed } | Step::FirstFactor { typed, .. } => typed,
        Step::SessionSecondFactor { user, .. } => upn(*user),
        Step::SecondFactor(passed) | Step::NewPassword(passed) | Step::StaySignedIn(passed) => {
            upn(passed.user())
        }
    }
}

/// What the flow trace says of a step's page.
pub(super) fn asked(tenant: &Tenant, step: &Step) -> Item {
    let what = match step {
        Step::PickAccount => "which account",
        Step::UserName { .. } => "the user name",
        Step::FirstFactor { method, .. } => match method {
            Authentication::Password => "the password",
            Authentication::Passcode => "a passcode",
            Authentication::Certificate => "a certificate",
            Authentication::WindowsHello => "Windows Hello",
            Authentication::Windows => "integrated Windows authentication",
        },
        Step::SecondFactor(_) | Step::SessionSecondFactor { .. } => "the second factor",
        Step::NewPassword(_) => "a new password",
        Step::StaySignedIn(_) => "\u{201c}Stay signed in?\u{201d}",
    };
    Item::Asked {
        what,
        user: user_of(tenant, step).to_owned(),
    }
}

/// The page of a step.
pub(crate) fn show(
    tenant: &Tenant,
    form: &SignInForm,
    accounts: &[Session],
    step: &Step,
    problem: Option<&Problem>,
) -> Response {
    let user = user_of(tenant, step);
    let error = problem.map(|problem| match problem {
        Problem::Stop(stop) => InlineError::new(stop),
        Problem::Sentence(sentence) => InlineError::plain(sentence),
    });
    let error = error.as_ref();
    let asked = Asked { form, user, error };
    match step {
        Step::PickAccount => pages::pick(&Picker {
            tenant: &tenant.file.tenant.display_name,
            heading: "Pick an account",
            action: &form.action,
            hidden: &form.hidden(),
            accounts: pages::accounts(tenant, accounts),
            may_add: true,
        }),
        Step::UserName { .. } => forms::user_name(asked, !accounts.is_empty()),
        Step::FirstFactor { method, .. } => match method {
            Authentication::Password => forms::password(asked),
            Authentication::Passcode => forms::passcode(asked),
            method => forms::method(asked, word(*method), *method),
        },
        Step::SecondFactor(_) | Step::SessionSecondFactor { .. } => forms::second_factor(asked),
        Step::NewPassword(_) => forms::new_password(asked),
        Step::StaySignedIn(_) => forms::stay_signed_in(asked),
    }
}
