//! What happened in each sign-on and sign-out, for the control route and for the flow trace.
//!
//! A flow has the id that the user agent chose (control_api::FLOW_HEADER), else one that the mock made. It is a list of
//! [`Item`]s with the tenant's time, each with the number of the HTTP request in which it happened. Passwords, codes,
//! cookies and the tokens of forms are in none of them.

mod carried;
mod items;
mod summary;

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use control_api::flow::{IdpEvent, IdpFlow};
use jiff::Timestamp;
use uuid::Uuid;

pub(crate) use carried::Carried;
pub(crate) use items::{Hop, Item, Kept, Message, Posted, Received, Sent, Start, without_secrets};
pub(crate) use summary::{Decision, Summary};

use crate::aged::Aged;
use crate::limits::{FLOW_EVENTS_MAX, FLOW_ITEMS_MAX, FLOWS_BYTES_MAX, FLOWS_MAX};

/// Recorded flows; beyond [`FLOWS_MAX`] of them or [`FLOWS_BYTES_MAX`] the oldest is forgotten.
#[derive(Default)]
pub(crate) struct Flows {
    store: Mutex<Store>,
    requests: AtomicU64,
}

#[derive(Default)]
struct Store {
    flows: Aged<(Uuid, String), Recorded>,
    /// Of all flows.
    bytes: usize,
}

/// One flow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorded {
    /// What happened, oldest first. A hop comes after what happened in it.
    pub(crate) entries: Vec<Entry>,
    /// How many of them are events.
    events: usize,
    bytes: usize,
}

/// What happened, when, and in which request.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The tenant's time.
    pub(crate) at: Timestamp,
    /// The number of the HTTP request.
    pub(crate) request: u64,
    /// What happened.
    pub(crate) item: Item,
}

/// The flow of one HTTP request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace {
    flow: Option<String>,
    /// Whether the user agent chose it.
    is_given: bool,
    request: u64,
    /// Tenant and flow under which something of this request was recorded.
    place: Arc<OnceLock<(Uuid, String)>>,
}

impl Trace {
    /// Of a flow that the user agent chose; `None` leaves no trace.
    pub(crate) fn given(flow: Option<String>) -> Self {
        Self {
            is_given: flow.is_some(),
            flow,
            ..Self::default()
        }
    }

    /// Gives a request its number and, where the user agent chose no flow, the flow `made`.
    pub(crate) fn numbered(mut self, request: u64, made: impl FnOnce() -> String) -> Self {
        self.request = request;
        self.flow.get_or_insert_with(made);
        self
    }

    /// The flow's id.
    pub(crate) fn flow(&self) -> Option<&str> {
        self.flow.as_deref()
    }

    /// Takes this request for a part of a flow that began before, unless the user agent chose another.
    pub(crate) fn join(&mut self, flow: Option<String>) {
        if !self.is_given && flow.is_some() {
            self.flow = flow;
        }
    }
}

impl Flows {
    /// A number that no other request has.
    pub(crate) fn next_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Appends what happened, its texts shortened. Of a flow at most [`FLOW_EVENTS_MAX`] events and as many as
    /// [`FLOW_ITEMS_MAX`] items are kept; without a flow id nothing is.
    pub(crate) fn record(&self, tenant: Uuid, trace: &Trace, at: Timestamp, item: Item) {
        let Some(flow) = trace.flow() else { return };
        let place = trace.place.get_or_init(|| (tenant, flow.to_owned()));
        self.append(place, trace.request, at, item);
    }

    /// Appends the request itself, where something that happened in it was recorded; `at` is when it came.
    pub(crate) fn record_hop(&self, trace: &Trace, at: impl FnOnce(Uuid) -> Option<Timestamp>, hop: Hop) {
        if let Some(place) = trace.place.get()
            && let Some(at) = at(place.0)
        {
            self.append(place, trace.request, at, Item::Hop(hop));
        }
    }

    fn append(&self, id: &(Uuid, String), request: u64, at: Timestamp, item: Item) {
        let mut item = item.bounded();
        let bytes = item.bytes() + size_of::<Entry>();
        let mut store = self.store();
        if store.flows.get(id).is_none() {
            store.flows.insert(id.clone(), Recorded::default());
            store.bytes += size_of::<Recorded>();
        }
        let Some(recorded) = store.flows.get_mut(id) else {
            return;
        };
        let is_event = matches!(item, Item::Event(_));
        if recorded.entries.len() >= FLOW_ITEMS_MAX || (is_event && recorded.events >= FLOW_EVENTS_MAX) {
            return;
        }
        recorded.events += usize::from(is_event);
        recorded.bytes += bytes;
        recorded.entries.push(Entry { at, request, item });
        store.bytes += bytes;
        while store.flows.len() > FLOWS_MAX || store.bytes > FLOWS_BYTES_MAX {
            let Some(oldest) = store.flows.pop_oldest() else {
                break;
            };
            store.bytes -= oldest.bytes + size_of::<Recorded>();
        }
    }

    /// The events of a flow; empty where nothing was recorded.
    pub(crate) fn get(&self, tenant: Uuid, flow: &str) -> IdpFlow {
        let store = self.store();
        let recorded = store.flows.get(&(tenant, flow.to_owned()));
        IdpFlow {
            events: recorded.into_iter().flat_map(Recorded::events).cloned().collect(),
        }
    }

    /// All of a flow.
    pub(crate) fn recorded(&self, tenant: Uuid, flow: &str) -> Option<Recorded> {
        self.store().flows.get(&(tenant, flow.to_owned())).cloned()
    }

    /// The flows of a tenant at a glance, newest first, `skipped` of them left out, at most `most`; and whether there are
    /// older ones.
    pub(crate) fn newest(&self, tenant: Uuid, skipped: usize, most: usize) -> (Vec<(String, Summary)>, bool) {
        let store = self.store();
        let mut of_tenant = store
            .flows
            .newest_first()
            .filter(|((owner, _), _)| *owner == tenant)
            .skip(skipped);
        let shown = of_tenant.by_ref().take(most);
        let shown = shown.map(|((_, id), recorded)| (id.clone(), Summary::of(recorded)));
        let shown: Vec<_> = shown.collect();
        let more = of_tenant.next().is_some();
        (shown, more)
    }

    /// Digests of the messages that went out in the flows of a tenant.
    pub(crate) fn digests(&self, tenant: Uuid) -> HashSet<String> {
        let store = self.store();
        let of_tenant = store
            .flows
            .newest_first()
            .filter(|((owner, _), _)| *owner == tenant);
        let entries = of_tenant.flat_map(|(_, recorded)| &recorded.entries);
        let digests = entries.filter_map(|entry| match &entry.item {
            Item::Sent(sent) => sent.sha256.clone(),
            _ => None,
        });
        digests.collect()
    }

    /// Forgets the flows of a tenant.
    pub(crate) fn forget(&self, tenant: Uuid) {
        let mut store = self.store();
        let mut freed = 0;
        store.flows.retain(|(owner, _), recorded| {
            let kept = *owner != tenant;
            freed += if kept {
                0
            } else {
                recorded.bytes + size_of::<Recorded>()
            };
            kept
        });
        store.bytes -= freed;
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorded {
    /// Its events, oldest first.
    pub(crate) fn events(&self) -> impl DoubleEndedIterator<Item = &IdpEvent> {
        self.entries.iter().filter_map(|entry| match &entry.item {
            Item::Event(event) => Some(event),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{EVENT_TEXT_MAX, FLOW_MESSAGE_BYTES_MAX};

    fn record(flows: &Flows, flow: &str, event: IdpEvent) {
        let trace = Trace::given(Some(flow.to_owned()));
        flows.record(Uuid::nil(), &trace, Timestamp::UNIX_EPOCH, Item::Event(event));
    }

    #[test]
    fn flows_and_their_events_are_bounded() {
        let flows = Flows::default();
        let event = || IdpEvent::Stopped {
            code: "AADSTS50105".into(),
            message: String::new(),
            faults: Vec::new(),
        };
        for _ in 0..FLOW_EVENTS_MAX + 5 {
            record(&flows, "first", event());
        }
        assert_eq!(flows.get(Uuid::nil(), "first").events.len(), FLOW_EVENTS_MAX);
        for _ in 0..FLOW_ITEMS_MAX {
            let trace = Trace::given(Some("first".to_owned()));
            let item = Item::Mishap("m".to_owned());
            flows.record(Uuid::nil(), &trace, Timestamp::UNIX_EPOCH, item);
        }
        let first = flows.recorded(Uuid::nil(), "first").unwrap();
        assert_eq!(first.entries.len(), FLOW_ITEMS_MAX);
        for number in 0..FLOWS_MAX {
            record(&flows, &number.to_string(), event());
        }
        assert_eq!(flows.get(Uuid::nil(), "first"), IdpFlow::default());
        let nowhere = Trace::given(None);
        let item = Item::Event(event());
        flows.record(Uuid::nil(), &nowhere, Timestamp::UNIX_EPOCH, item);
        assert_eq!(flows.get(Uuid::nil(), "0").events.len(), 1);
        assert_eq!(
            flows.newest(Uuid::nil(), 1, 2).0[0].0,
            (FLOWS_MAX - 2).to_string()
        );
        flows.forget(Uuid::nil());
        let store = flows.store();
        assert_eq!((store.flows.len(), store.bytes), (0, 0));
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
        record(&flows, "f", event);
        let event = IdpEvent::SignedOut {
            upn: long(),
            told: vec![long()],
        };
        record(&flows, "f", event);
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
        let message = "x".repeat(FLOW_MESSAGE_BYTES_MAX + 1);
        let sent = || Sent {
            app_id: None,
            app: "a".to_owned(),
            to: "http://sp/acs".to_owned(),
            sha256: None,
            message: Posted {
                xml: Kept::new(&message),
                open: None,
                honest: None,
                carried: None,
                relay_state: None,
            }
            .into(),
        };
        assert_eq!(Kept::new(&message).text().len(), FLOW_MESSAGE_BYTES_MAX);
        for number in 0..FLOWS_BYTES_MAX / FLOW_MESSAGE_BYTES_MAX + 1 {
            let trace = Trace::given(Some(number.to_string()));
            flows.record(Uuid::nil(), &trace, Timestamp::UNIX_EPOCH, Item::Sent(sent()));
        }
        assert!(flows.recorded(Uuid::nil(), "0").is_none());
        assert!(flows.recorded(Uuid::nil(), "100").is_some());
        let store = flows.store();
        assert!(store.bytes <= FLOWS_BYTES_MAX && store.bytes > FLOWS_BYTES_MAX / 2);
    }

    /// What the user agent chose stays; what the mock made gives way to the flow that waits.
    #[test]
    fn a_request_joins_the_flow_that_it_goes_on_with() {
        let mut made = Trace::given(None).numbered(1, || "made".to_owned());
        made.join(None);
        assert_eq!(made.flow(), Some("made"));
        made.join(Some("first".to_owned()));
        assert_eq!(made.flow(), Some("first"));
        let mut given = Trace::given(Some("given".to_owned())).numbered(2, || "made".to_owned());
        given.join(Some("first".to_owned()));
        assert_eq!(given.flow(), Some("given"));
    }
}
