//! What happened in each sign-on, by the flow id that the user agent chose (control_api::FLOW_HEADER).

use std::sync::{Mutex, PoisonError};

use control_api::flow::{IdpEvent, IdpFlow};
use uuid::Uuid;

use crate::aged::Aged;
use crate::limits::{EVENT_TEXT_MAX, FLOW_EVENTS_MAX, FLOWS_BYTES_MAX, FLOWS_MAX, shortened};

/// Recorded flows; beyond [`FLOWS_MAX`] of them or [`FLOWS_BYTES_MAX`] the oldest is forgotten.
#[derive(Default)]
pub(crate) struct Flows(Mutex<Store>);

#[derive(Default)]
struct Store {
    flows: Aged<(Uuid, String), Recorded>,
    /// Of all flows.
    bytes: usize,
}

#[derive(Default)]
struct Recorded {
    flow: IdpFlow,
    bytes: usize,
}

impl Flows {
    /// Appends an event, its texts shortened to [`EVENT_TEXT_MAX`]. A request without a flow id leaves no trace.
    pub(crate) fn record(&self, tenant: Uuid, flow: Option<&str>, event: IdpEvent) {
        let Some(flow) = flow else { return };
        let id = (tenant, flow.to_owned());
        let mut store = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if store.flows.get(&id).is_none() {
            store.flows.insert(id.clone(), Recorded::default());
        }
        let Some(recorded) = store.flows.get_mut(&id) else {
            return;
        };
        if recorded.flow.events.len() < FLOW_EVENTS_MAX {
            let (event, bytes) = bounded(event);
            recorded.flow.events.push(event);
            recorded.bytes += bytes;
            store.bytes += bytes;
        }
        while store.flows.len() > FLOWS_MAX || store.bytes > FLOWS_BYTES_MAX {
            let Some(oldest) = store.flows.pop_oldest() else {
                break;
            };
            store.bytes -= oldest.bytes;
        }
    }

    /// What was recorded; empty where nothing was.
    pub(crate) fn get(&self, tenant: Uuid, flow: &str) -> IdpFlow {
        let store = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let recorded = store.flows.get(&(tenant, flow.to_owned()));
        recorded.map(|recorded| recorded.flow.clone()).unwrap_or_default()
    }
}

/// An event whose texts are shortened, and how many bytes it takes.
fn bounded(mut event: IdpEvent) -> (IdpEvent, usize) {
    let texts: Vec<&mut String> = match &mut event {
        IdpEvent::RequestReceived {
            request_id,
            issuer,
            binding,
        } => vec![request_id, issuer, binding],
        IdpEvent::Stopped {
            code,
            message,
            faults,
        } => [code, message].into_iter().chain(faults).collect(),
        IdpEvent::Authenticated { upn, .. } => vec![upn],
        IdpEvent::LogoutRequested { request_id, issuer } => vec![request_id, issuer],
        IdpEvent::SignedOut { upn, told } => [upn].into_iter().chain(told).collect(),
        IdpEvent::FailureIssued {
            response_id,
            app,
            code,
            faults,
        } => [response_id, app, code].into_iter().chain(faults).collect(),
        IdpEvent::ResponseIssued {
            response_id,
            assertion_id,
            app,
            name_id,
            thumbprint,
            encrypted_to,
            faults,
        } => [response_id, assertion_id, app, name_id, thumbprint]
            .into_iter()
            .chain(encrypted_to)
            .chain(faults)
            .collect(),
    };
    let mut bytes = size_of::<IdpEvent>();
    for text in texts {
        *text = shortened(text, EVENT_TEXT_MAX).into_owned();
        bytes += size_of::<String>() + text.len();
    }
    (event, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flows_and_their_events_are_bounded() {
        let flows = Flows::default();
        let event = || IdpEvent::Stopped {
            code: "AADSTS50105".into(),
            message: String::new(),
            faults: Vec::new(),
        };
        for _ in 0..FLOW_EVENTS_MAX + 5 {
            flows.record(Uuid::nil(), Some("first"), event());
        }
        assert_eq!(flows.get(Uuid::nil(), "first").events.len(), FLOW_EVENTS_MAX);
        for number in 0..FLOWS_MAX {
            flows.record(Uuid::nil(), Some(&number.to_string()), event());
        }
        assert_eq!(flows.get(Uuid::nil(), "first"), IdpFlow::default());
        flows.record(Uuid::nil(), None, event());
        assert_eq!(flows.get(Uuid::nil(), "0").events.len(), 1);
    }

    #[test]
    fn the_texts_of_an_event_are_shortened() {
        let flows = Flows::default();
        let long = || "ü".repeat(EVENT_TEXT_MAX + 1);
        let short = format!("{}…", "ü".repeat(EVENT_TEXT_MAX));
        let (id, issuer, binding) = (long(), long(), "post".to_owned());
        let event = IdpEvent::RequestReceived {
            request_id: id,
            issuer,
            binding,
        };
        flows.record(Uuid::nil(), Some("f"), event);
        let event = IdpEvent::SignedOut {
            upn: long(),
            told: vec![long()],
        };
        flows.record(Uuid::nil(), Some("f"), event);
        let expected = [
            IdpEvent::RequestReceived {
                request_id: short.clone(),
                issuer: short.clone(),
                binding: "post".to_owned(),
            },
            IdpEvent::SignedOut {
                upn: short.clone(),
                told: vec![short],
            },
        ];
        assert_eq!(flows.get(Uuid::nil(), "f").events, expected);
    }

    #[test]
    fn the_oldest_flow_is_forgotten_where_all_take_too_many_bytes() {
        let flows = Flows::default();
        let text = "x".repeat(EVENT_TEXT_MAX);
        let event = || IdpEvent::SignedOut {
            upn: text.clone(),
            told: vec![text.clone(); 63],
        };
        for number in 0..FLOWS_BYTES_MAX / EVENT_TEXT_MAX / 64 {
            flows.record(Uuid::nil(), Some(&number.to_string()), event());
        }
        assert_eq!(flows.get(Uuid::nil(), "0").events, []);
        assert_eq!(flows.get(Uuid::nil(), "1000").events.len(), 1);
        let store = flows.0.lock().unwrap();
        assert!(store.bytes <= FLOWS_BYTES_MAX && store.bytes > FLOWS_BYTES_MAX / 2);
    }
}
