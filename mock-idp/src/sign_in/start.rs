//! Who answers for a request: one of the browser's sessions, a person, or nobody (entra-behaviour.md 2.1, 2.3).

use super::{Step, method};
use crate::sessions::Session;
use crate::sign_on::Wishes;
use crate::tenant::{App, Tenant};

/// How a sign-on begins.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// Silently, by this session.
    Session(Session),
    /// With a page.
    Ask(Step),
    /// Not at all: the request wants no page and no session will do.
    Silent,
}

/// Chooses among `sessions`, of users who exist.
///
/// A login_hint chooses its user's session, or that user's page. Without one, a single session answers and several are
/// picked from. `ForceAuthn` asks the session's user again. `IsPassive` asks nobody: with several sessions nobody
/// can pick, and with `ForceAuthn` nobody can answer (both uncertain).
pub(crate) fn start(tenant: &Tenant, app: Option<&App>, wishes: &Wishes, sessions: &[Session]) -> Start {
    let hint = wishes.login_hint.as_deref();
    let hinted = hint.and_then(|hint| tenant.user_by_sign_in_name(hint));
    let session = match (hint, hinted, sessions) {
        (Some(_), Some(user), _) => sessions.iter().find(|session| session.user == user.id),
        (None, _, [only]) => Some(only),
        _ => None,
    };
    if wishes.is_passive {
        let usable = session.filter(|_| !wishes.force_authn);
        return usable.map_or(Start::Silent, |session| Start::Session(session.clone()));
    }
    let user = session.and_then(|session| tenant.user(session.user)).or(hinted);
    match (session, user) {
        (Some(session), _) if !wishes.force_authn => Start::Session(session.clone()),
        (_, Some(user)) => {
            let typed = hint.unwrap_or(&user.entry.user_principal_name);
            Start::Ask(Step::FirstFactor {
                user: user.id,
                typed: typed.to_owned(),
                method: method(user, app, wishes),
            })
        }
        (_, None) if hint.is_none() && !sessions.is_empty() => Start::Ask(Step::PickAccount),
        (_, None) => Start::Ask(Step::UserName {
            typed: hint.unwrap_or_default().to_owned(),
        }),
    }
}
