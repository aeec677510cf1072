//! What the messages, the pages and the recorded events of a sign-on say about how it ended.

use control_api::flow::IdpEvent;
use control_api::idp::{FaultSpec, UserInfo};
use url::{Origin, Url};

use super::applied;
use super::attempt::PAGE_CHARACTERS_MAX;
use crate::agent::forms::Document;
use crate::agent::html::off_thread;
use crate::drive::{Delivery, Driven, End};
use crate::event::Hop;
use crate::facts::ResponseFacts;
use crate::probe::Answer;
use crate::sp_file::{Match, SpFile};
use crate::text::shortened;
use crate::verdict::{Crash, Outcome, without_query};

/// Whom the probe must show.
pub(super) fn identity(
    matches: Match,
    name: Option<&str>,
    user: Option<&UserInfo>,
    events: &[IdpEvent],
) -> Result<String, String> {
    if matches == Match::NameId {
        return name_id(events).ok_or_else(|| "the identity provider recorded no response".to_owned());
    }
    let user = user.ok_or_else(|| match name {
        Some(name) => format!("the tenant has no user {name}"),
        None => "the step names no user".to_owned(),
    })?;
    match matches {
        Match::Upn => Ok(user.upn.clone()),
        Match::ObjectId => Ok(user.object_id.clone()),
        Match::Mail | Match::NameId => user
            .mail
            .clone()
            .ok_or_else(|| format!("{} has no mail", user.upn)),
    }
}

/// A sign-on that went well, by what the probe says to the cookies from before it: whoever planted them must not be in.
pub(super) fn fixed(old: Answer) -> Outcome {
    match old {
        Answer::SignedOut => Outcome::SignedIn,
        Answer::SignedIn(who) => Outcome::SomebodyElse {
            expected: "nobody with the cookies from before".to_owned(),
            actual: who.identity,
            user: None,
        },
        Answer::Unreadable(reason) => Outcome::Inconclusive(reason),
    }
}

/// A NameID proves who signed in only together with who authenticated.
pub(super) fn somebody_else(
    outcome: Outcome,
    matches: Match,
    user: Option<&UserInfo>,
    events: &[IdpEvent],
) -> Outcome {
    let (Outcome::SignedIn, Some(user), Match::NameId) = (&outcome, user, matches) else {
        return outcome;
    };
    let authenticated = events.iter().rev().find_map(|event| match event {
        IdpEvent::Authenticated { upn, .. } => Some(upn),
        _ => None,
    });
    match authenticated {
        Some(upn) if !upn.eq_ignore_ascii_case(&user.upn) => Outcome::SomebodyElse {
            expected: user.upn.clone(),
            actual: upn.clone(),
            user: None,
        },
        _ => outcome,
    }
}

/// The events without the response that the SP asked for and did not get.
pub(super) fn delivered(mut events: Vec<IdpEvent>, end: &End) -> Vec<IdpEvent> {
    if *end == (End::AskedAgain { in_a_circle: false }) {
        let is_response = |event: &IdpEvent| matches!(event, IdpEvent::ResponseIssued { .. });
        if let Some(last) = events.iter().rposition(is_response) {
            events.remove(last);
        }
    }
    events
}

/// What is to be said of an SP that asked for another response.
pub(super) fn asked_again(end: &End) -> Option<&'static str> {
    match end {
        End::AskedAgain { in_a_circle: false } => Some("the SP asked for another sign-on instead"),
        End::AskedAgain { in_a_circle: true } => Some(
            "the SP asks for one sign-on after another and never says what is wrong: its users go round in a circle",
        ),
        _ => None,
    }
}

/// The SP's reason on the last page.
pub(super) async fn rejection(sp: &SpFile, end: &End) -> Option<String> {
    let End::Page(page) = end else { return None };
    let (selector, page) = (sp.whoami.rejection.clone()?, page.clone());
    off_thread(move || selector.read(&page)).await
}

/// The text of the page where it ended, which has been read before.
pub(super) async fn page_text(end: &End) -> String {
    match end {
        End::Page(page) => Document::read(page).await.unwrap_or_default().text,
        End::Stopped { page, .. } => page.clone(),
        End::BrokeOff(_) | End::Stuck(_) | End::Held | End::AskedAgain { .. } | End::LedAstray(_) => {
            String::new()
        }
    }
}

/// The RelayState that was delivered, where it has markup and the page of the SP has it as it came.
pub(super) fn markup(end: &End, delivery: Option<&Delivery>) -> Option<String> {
    let End::Page(page) = end else { return None };
    let is_html = page
        .header("content-type")
        .is_none_or(|kind| kind.contains("html"));
    let relay_state = delivery?.submission.field("RelayState")?;
    let stands_there = is_html && relay_state.contains('<') && page.body.contains(relay_state);
    stands_there.then(|| shortened(relay_state, PAGE_CHARACTERS_MAX))
}

/// How the SP fell over: it broke off, or the first 5xx after the delivery.
pub(super) fn crash(end: &End, hops: &[Hop], delivery: Option<&Delivery>) -> Option<Crash> {
    if let End::BrokeOff(reason) = end {
        return Some(Crash::BrokeOff(reason.clone()));
    }
    let after = hops.get(delivery?.hops_before..)?;
    let mut statuses = after.iter().map(|hop| hop.status);
    statuses.find(|status| *status >= 500).map(Crash::Status)
}

/// An SP that trusts another identity provider, such as that of an earlier run, sends its request there: then the
/// reason is that, and not where the browser ended. An address that is a script is the end itself.
pub(super) fn asked_elsewhere(
    outcome: Outcome,
    driven: &Driven,
    hops: &[Hop],
    events: &[IdpEvent],
    metadata: &str,
    idp: &[Origin],
) -> Outcome {
    let asked_here = events
        .iter()
        .any(|event| matches!(event, IdpEvent::RequestReceived { .. }));
    if !matches!(outcome, Outcome::Inconclusive(_)) || driven.delivery.is_some() || asked_here {
        return outcome;
    }
    let redirected = hops.iter().rev().find_map(|hop| {
        let target = Url::parse(&hop.url).ok()?.join(hop.location.as_deref()?).ok()?;
        let asks = target.query_pairs().any(|(name, _)| name == "SAMLRequest");
        (asks && !idp.contains(&target.origin())).then_some(target)
    });
    let Some(target) = driven.asked_elsewhere.clone().or(redirected) else {
        return outcome;
    };
    if !matches!(target.scheme(), "http" | "https") {
        let to = without_query(&target);
        return Outcome::LedAstray { to };
    }
    Outcome::Inconclusive(format!(
        "the SP sent its request to {}, which is not this mock: it trusts another identity provider, perhaps the mock of \
         an earlier run. Let it trust {}; or start the mock where the SP looks for it (`--listen`), let the run start \
         the SP (`[run]`), or give the SP file a `refresh_trust` hook",
        without_query(&target),
        metadata
    ))
}

/// The outcome of a sign-on whose request was to be changed, and was not.
pub(super) fn unchanged(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Inconclusive(_) => outcome,
        _ => Outcome::Inconclusive(
            "the SP sent no AuthnRequest that could be changed as `request` says".to_owned(),
        ),
    }
}

pub(super) fn facts(delivery: &Delivery) -> Option<ResponseFacts> {
    delivery.submission.field("SAMLResponse").map(ResponseFacts::read)
}

pub(super) fn request_id(events: &[IdpEvent]) -> Option<String> {
    events.iter().rev().find_map(|event| match event {
        IdpEvent::RequestReceived { request_id, .. } => Some(request_id.clone()),
        _ => None,
    })
}

pub(super) fn name_id(events: &[IdpEvent]) -> Option<String> {
    events.iter().rev().find_map(|event| match event {
        IdpEvent::ResponseIssued { name_id, .. } => Some(name_id.clone()),
        _ => None,
    })
}

/// The identity provider's message: the recorded one is whole.
pub(super) fn idp_message(end: &End, events: &[IdpEvent]) -> Option<String> {
    let End::Stopped { message, .. } = end else {
        return None;
    };
    let recorded = events.iter().rev().find_map(|event| match event {
        IdpEvent::Stopped { message, .. } => Some(message.clone()),
        _ => None,
    });
    recorded.or_else(|| Some(message.clone()))
}

/// The faults that were armed and that no response carried.
pub(super) fn unapplied(faults: &[FaultSpec], events: &[IdpEvent]) -> Vec<String> {
    let applied = applied(events);
    faults
        .iter()
        .map(|fault| fault.id.clone())
        .filter(|id| !applied.contains(&id.as_str()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_was_not_changed_proves_nothing() {
        let expected = "inconclusive: the SP sent no AuthnRequest that could be changed as `request` says";
        assert_eq!(unchanged(Outcome::SignedIn).words(), expected);
        let reason = Outcome::Inconclusive("no connection".to_owned());
        assert_eq!(unchanged(reason).words(), "inconclusive: no connection");
    }

    #[test]
    fn a_failure_response_carries_faults_too() {
        let armed = ["aadsts", "sig-none"].map(|id| FaultSpec {
            id: id.to_owned(),
            parameters: Default::default(),
        });
        let failed = IdpEvent::FailureIssued {
            response_id: "_r".to_owned(),
            app: "sipgate".to_owned(),
            code: "AADSTS50131".to_owned(),
            faults: vec!["aadsts".to_owned()],
        };
        assert_eq!(unapplied(&armed, &[failed]), ["sig-none"]);
        assert_eq!(unapplied(&armed, &[]), ["aadsts", "sig-none"]);
    }

    #[test]
    fn a_request_to_another_identity_provider_is_the_reason() {
        let idp = [Url::parse("http://localhost:8080").unwrap().origin()];
        let hop = |location: &str| Hop {
            method: "GET".to_owned(),
            url: "http://127.0.0.1:3000/login".to_owned(),
            status: 302,
            location: Some(location.to_owned()),
            cookies_set: Vec::new(),
            headers: Vec::new(),
        };
        let unknown = || Outcome::Inconclusive("no connection".to_owned());
        let told = |hops: &[Hop], driven: &Driven, events: &[IdpEvent]| {
            asked_elsewhere(
                unknown(),
                driven,
                hops,
                events,
                "http://localhost:8080/metadata",
                &idp,
            )
            .words()
        };
        let quiet = Driven::default;
        let elsewhere = hop("http://localhost:41234/t/saml2?SAMLRequest=abc");
        let reason = told(std::slice::from_ref(&elsewhere), &quiet(), &[]);
        for part in [
            "to http://localhost:41234/t/saml2, which is not this mock",
            "Let it trust http://localhost:8080/metadata;",
            "`--listen`",
            "`[run]`",
            "`refresh_trust`",
        ] {
            assert!(reason.contains(part), "{part} not in {reason}");
        }
        for script in ["javascript:alert(1)", "data:text/html,x"] {
            let redirected = [hop(&format!("{script}?SAMLRequest=abc"))];
            assert_eq!(
                told(&redirected, &quiet(), &[]),
                Outcome::LedAstray {
                    to: script.to_owned()
                }
                .words()
            );
        }
        let posted = Driven {
            asked_elsewhere: Url::parse("http://localhost:41234/form").ok(),
            ..quiet()
        };
        assert!(told(&[], &posted, &[]).contains("to http://localhost:41234/form, which"));
        let received = IdpEvent::RequestReceived {
            request_id: "_q".to_owned(),
            issuer: "urn:sp".to_owned(),
            binding: "redirect".to_owned(),
        };
        for (hops, events) in [
            (vec![elsewhere], vec![received]),
            (vec![hop("http://localhost:8080/t/saml2?SAMLRequest=abc")], vec![]),
            (vec![hop("http://localhost:41234/home")], vec![]),
        ] {
            assert_eq!(told(&hops, &quiet(), &events), "inconclusive: no connection");
        }
    }
}
