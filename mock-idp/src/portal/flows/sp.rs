//! What the service provider made of a flow, in its own words: its events, joined by the digest of the message that they are
//! about, which stays what it is where the message is wrapped or cannot be read; where no flow sent such a message, by the IDs
//! of requests and responses. An ID proves less: a message of one flow may name another's.

use std::collections::HashSet;

use control_api::flow::{SpEvent, SpFlow};
use control_api::sp::AccountChange;

use crate::flows::Summary;

/// All that the service provider of a tenant recorded.
pub(crate) struct Told {
    /// Its events, oldest first.
    pub(crate) events: SpFlow,
    /// Digests of the messages that went out in any flow of the tenant.
    pub(crate) sent: HashSet<String>,
}

/// Something that the service provider said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// What, in words.
    pub(crate) text: String,
    /// Why, where it told.
    pub(crate) cause: String,
    /// The rejection's id, where it refused.
    pub(crate) rejection: Option<String>,
    /// Whether it decided on a response or a sign-out, and did not only send something.
    pub(crate) is_decision: bool,
}

/// The messages of a flow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Messages {
    /// Digests of those that went out.
    pub(crate) digests: Vec<String>,
    /// IDs of the requests that came.
    pub(crate) requests: Vec<String>,
    /// IDs of the responses that went out.
    pub(crate) responses: Vec<String>,
    /// IDs of the messages of a sign-out that went out.
    pub(crate) sign_outs: Vec<String>,
}

impl Messages {
    /// Of a flow; those of a sign-out by their digests alone.
    pub(crate) fn of(summary: &Summary) -> Self {
        Self {
            digests: summary.digests.clone(),
            requests: summary.request_ids.clone(),
            responses: summary.response_ids.clone(),
            sign_outs: Vec::new(),
        }
    }
}

/// What was said about these messages, oldest first.
pub(crate) fn said(told: &Told, messages: &Messages) -> Vec<Said> {
    let about = |event| about(event, messages, &told.sent);
    told.events.events.iter().filter_map(about).collect()
}

fn about(event: &SpEvent, ids: &Messages, sent: &HashSet<String>) -> Option<Said> {
    // A digest that a flow has tells alone; else what the IDs say counts.
    let is_ours = |digest: &Option<String>, by_id: bool| match digest {
        Some(digest) if sent.contains(digest) => ids.digests.contains(digest),
        _ => by_id,
    };
    let asked = |id: &Option<String>| id.as_ref().is_some_and(|id| ids.requests.contains(id));
    let answered = |id: &String| ids.responses.contains(id);
    match event {
        SpEvent::RequestSent { request_id } => ids.requests.contains(request_id).then(|| Said {
            text: format!("sent the request {request_id}"),
            cause: String::new(),
            rejection: None,
            is_decision: false,
        }),
        SpEvent::Rejected {
            message_sha256,
            response_id,
            request_id,
            rejection,
            cause,
        } => {
            let by_id = response_id.as_ref().is_some_and(answered) || asked(request_id);
            is_ours(message_sha256, by_id).then(|| Said {
                text: format!("refused: {rejection}"),
                cause: cause.clone(),
                rejection: Some(rejection.clone()),
                is_decision: true,
            })
        }
        SpEvent::SignedIn {
            message_sha256,
            response_id,
            request_id,
            name_id,
            account,
        } => is_ours(message_sha256, answered(response_id) || asked(request_id)).then(|| Said {
            text: format!("signed in: {}", change(*account)),
            cause: format!("NameID {name_id}"),
            rejection: None,
            is_decision: true,
        }),
        SpEvent::SignedOut {
            message_sha256,
            message_id,
            asked_by_idp,
        } => is_ours(message_sha256, ids.sign_outs.contains(message_id)).then(|| Said {
            text: "ended the session".to_owned(),
            cause: if *asked_by_idp {
                "the identity provider asked for it".to_owned()
            } else {
                "the identity provider answered its request".to_owned()
            },
            rejection: None,
            is_decision: true,
        }),
    }
}

fn change(account: AccountChange) -> &'static str {
    match account {
        AccountChange::Created => "account created",
        AccountChange::Linked => "account linked",
        AccountChange::Updated => "account updated",
        AccountChange::Unchanged => "account unchanged",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_joined_by_message_response_or_request() {
        let of_message = |digest: &str| SpEvent::Rejected {
            message_sha256: Some(digest.to_owned()),
            response_id: None,
            request_id: None,
            rejection: "malformed".to_owned(),
            cause: "no XML".to_owned(),
        };
        let rejected = |response: Option<&str>, request: Option<&str>| SpEvent::Rejected {
            message_sha256: None,
            response_id: response.map(str::to_owned),
            request_id: request.map(str::to_owned),
            rejection: "replayed".to_owned(),
            cause: "seen before".to_owned(),
        };
        let ids = Messages {
            digests: vec!["d".to_owned()],
            requests: vec!["_q".to_owned()],
            responses: vec!["_r".to_owned()],
            sign_outs: vec!["_o".to_owned()],
        };
        for (event, expected) in [
            (of_message("d"), Some("refused: malformed")),
            (of_message("e"), None),
            // Another flow's message, which names our request.
            (
                SpEvent::Rejected {
                    message_sha256: Some("other".to_owned()),
                    response_id: Some("_r".to_owned()),
                    request_id: Some("_q".to_owned()),
                    rejection: "replayed".to_owned(),
                    cause: "seen before".to_owned(),
                },
                None,
            ),
            (rejected(Some("_r"), None), Some("refused: replayed")),
            (rejected(Some("_x"), Some("_q")), Some("refused: replayed")),
            (rejected(Some("_q"), Some("_r")), None),
            (rejected(None, None), None),
            (
                SpEvent::SignedIn {
                    message_sha256: None,
                    response_id: "_r".to_owned(),
                    request_id: None,
                    name_id: "b".to_owned(),
                    account: AccountChange::Linked,
                },
                Some("signed in: account linked"),
            ),
            (
                SpEvent::RequestSent {
                    request_id: "_q".to_owned(),
                },
                Some("sent the request _q"),
            ),
            (
                SpEvent::SignedOut {
                    message_sha256: Some("e".to_owned()),
                    message_id: "_o".to_owned(),
                    asked_by_idp: true,
                },
                Some("ended the session"),
            ),
            (
                SpEvent::SignedOut {
                    message_sha256: Some("d".to_owned()),
                    message_id: "_x".to_owned(),
                    asked_by_idp: false,
                },
                Some("ended the session"),
            ),
            (
                SpEvent::SignedOut {
                    message_sha256: None,
                    message_id: "_r".to_owned(),
                    asked_by_idp: true,
                },
                None,
            ),
        ] {
            let told = Told {
                events: SpFlow {
                    events: vec![event.clone()],
                },
                sent: ["d", "other"].map(str::to_owned).into(),
            };
            let said = said(&told, &ids);
            assert_eq!(said.first().map(|said| said.text.as_str()), expected, "{event:?}");
        }
    }
}
