//! What happened in each sign-on, by the flow id that the user agent chose (control_api::FLOW_HEADER).

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use control_api::flow::{IdpEvent, IdpFlow};
use uuid::Uuid;

use crate::limits::{FLOW_EVENTS_MAX, FLOWS_MAX};

/// Recorded flows; beyond [`FLOWS_MAX`] the oldest is forgotten.
#[derive(Default)]
pub(crate) struct Flows(Mutex<Store>);

#[derive(Default)]
struct Store {
    flows: HashMap<(Uuid, String), IdpFlow>,
    order: VecDeque<(Uuid, String)>,
}

impl Flows {
    /// Appends an event. A request without a flow id leaves no trace.
    pub(crate) fn record(&self, tenant: Uuid, flow: Option<&str>, event: IdpEvent) {
        let Some(flow) = flow else { return };
        let id = (tenant, flow.to_owned());
        let mut store = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !store.flows.contains_key(&id) {
            if store.order.len() >= FLOWS_MAX
                && let Some(oldest) = store.order.pop_front()
            {
                store.flows.remove(&oldest);
            }
            store.order.push_back(id.clone());
        }
        let events = &mut store.flows.entry(id).or_default().events;
        if events.len() < FLOW_EVENTS_MAX {
            events.push(event);
        }
    }

    /// What was recorded; empty where nothing was.
    pub(crate) fn get(&self, tenant: Uuid, flow: &str) -> IdpFlow {
        let store = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        store
            .flows
            .get(&(tenant, flow.to_owned()))
            .cloned()
            .unwrap_or_default()
    }
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
}
