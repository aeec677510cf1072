//! When an assertion is good (entra-behaviour.md 3.1; section 0, C1 to C3).

use control_api::file::parse_duration;
use control_api::tenant::Switch;
use jiff::{SignedDuration, SpanRelativeTo, Timestamp};
use uuid::Uuid;

use crate::tenant::App;

/// From the base back to `NotBefore` (C1).
const BEFORE: SignedDuration = SignedDuration::from_mins(5);
/// From the base to every `NotOnOrAfter`, without a lifetime policy (C2, C3).
const AFTER: SignedDuration = SignedDuration::from_mins(60);
/// The whole window in the document's prose (C2).
const DOCUMENTED_WINDOW: SignedDuration = SignedDuration::from_mins(70);
/// From the base to the confirmation's `NotOnOrAfter` in the document's sample (C3).
const DOCUMENTED_CONFIRMATION: SignedDuration = SignedDuration::from_mins(5);

/// How much earlier than the assertion its window has its base, in milliseconds.
const LEAD_MIN: i64 = 90;
const LEAD_MAX: i64 = 160;
/// How much later than the assertion the response is issued at most, in milliseconds.
const RESPONSE_DELAY_MAX: i64 = 6;

/// When an assertion says that it was issued, and the base of its window.
pub(super) struct Instants {
    pub(super) issue: Timestamp,
    base: Timestamp,
}

impl Instants {
    /// Of a response that is issued at `now`. The assertion's random id says how long Entra took; no assertion is
    /// issued before its user has authenticated.
    pub(super) fn new(now: Timestamp, authn_instant: Timestamp, assertion: Uuid) -> Self {
        let bytes = assertion.as_bytes();
        let within = |byte: u8, from: i64, to: i64| {
            SignedDuration::from_millis(from + i64::from(byte) % (to - from + 1))
        };
        let issue = before(now, within(bytes[0], 0, RESPONSE_DELAY_MAX)).max(authn_instant.min(now));
        Self {
            issue,
            base: before(issue, within(bytes[1], LEAD_MIN, LEAD_MAX)),
        }
    }
}

/// The window of an assertion.
pub(super) struct Window {
    /// `Conditions/@NotBefore`.
    pub(super) start: Timestamp,
    /// `Conditions/@NotOnOrAfter`.
    pub(super) end: Timestamp,
    /// `SubjectConfirmationData/@NotOnOrAfter`, which no policy changes.
    pub(super) confirmation_end: Timestamp,
}

impl Window {
    pub(super) fn new(app: &App, instants: &Instants) -> Self {
        let base = instants.base;
        let start = if app.has(Switch::NotBeforeAtIssue) {
            instants.issue
        } else {
            before(base, BEFORE)
        };
        let end = match lifetime(app) {
            // "Policy + 5 minutes" is the whole window, as without a policy: 5 before the base, the policy after it.
            Some(lifetime) => after(base, lifetime),
            None if app.has(Switch::Window70Minutes) => after(start, DOCUMENTED_WINDOW),
            None => after(base, AFTER),
        };
        let confirmation = if app.has(Switch::Confirmation5Minutes) {
            DOCUMENTED_CONFIRMATION
        } else {
            AFTER
        };
        Self {
            start,
            end,
            confirmation_end: after(base, confirmation),
        }
    }
}

/// Of a token lifetime policy; the tenant file takes none that is not a duration.
fn lifetime(app: &App) -> Option<SignedDuration> {
    let span = parse_duration(app.entry.token_lifetime.as_deref()?).ok()?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()
}

fn before(instant: Timestamp, by: SignedDuration) -> Timestamp {
    instant.saturating_sub(by).unwrap_or(instant)
}

fn after(instant: Timestamp, by: SignedDuration) -> Timestamp {
    instant.saturating_add(by).unwrap_or(instant)
}
