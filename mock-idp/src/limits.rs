//! Every limit of the mock, by name.

use std::borrow::Cow;
use std::time::Duration;

/// Tenants; a run makes one per scenario and takes it away again.
pub(crate) const TENANTS_MAX: usize = 4096;

/// Browsers with a session, of all tenants; beyond it the oldest is forgotten.
pub(crate) const SESSIONS_MAX: usize = 20_000;

/// Accounts of one browser in one tenant; beyond it the oldest is signed out.
pub(crate) const ACCOUNTS_MAX: usize = 10;

/// Applications of one session; beyond it the oldest is forgotten.
pub(crate) const PARTICIPANTS_MAX: usize = 64;

/// Sign-ons that wait for a user; beyond it the oldest is forgotten.
pub(crate) const PENDING_MAX: usize = 10_000;

/// Bytes that the requests of waiting sign-ons take; beyond it the oldest is forgotten.
pub(crate) const PENDING_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How long a sign-in page stays good, in minutes.
pub(crate) const PENDING_MINUTES: i64 = 60;

/// Recorded flows of all tenants; beyond it the oldest is forgotten.
pub(crate) const FLOWS_MAX: usize = 10_000;

/// Events of one flow; what comes after is not recorded.
pub(crate) const FLOW_EVENTS_MAX: usize = 100;

/// Whatever happened in one flow: events, hops, pages, messages; what comes after is not recorded.
pub(crate) const FLOW_ITEMS_MAX: usize = 400;

/// Characters of a text in an event; the rest is left out.
pub(crate) const EVENT_TEXT_MAX: usize = 1024;

/// Bytes of a recorded message: more than twice the largest honest response known. Of a longer one the beginning is kept.
pub(crate) const FLOW_MESSAGE_BYTES_MAX: usize = 512 * 1024;

/// Flows that the flow trace lists on one page.
pub(crate) const FLOWS_LISTED_MAX: usize = 100;

/// Bytes of all recorded flows; beyond it the oldest flow is forgotten.
pub(crate) const FLOWS_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Armed sets of faults of one tenant.
pub(crate) const ARMED_MAX: usize = 256;

/// Faults of one armed set.
pub(crate) const FAULTS_MAX: usize = 32;

/// Certificates that a tenant ever had, withdrawn ones included.
pub(crate) const CERTIFICATES_MAX: usize = 1024;

/// Changes of one application's certificates that wait for the metadata; beyond it the oldest is passed over.
pub(crate) const UNPUBLISHED_MAX: usize = 64;

/// Mails of one tenant; beyond it the oldest is forgotten.
pub(crate) const MAILS_MAX: usize = 1024;

/// PFX files that are read for one request: each may have its password hashed for seconds.
pub(crate) const PFX_FILES_MAX: usize = 32;

/// Deleted users of one tenant that can be restored.
pub(crate) const DELETED_USERS_MAX: usize = 1024;

/// Bytes of a posted form: a message of saml-accept's limit, in base64, percent-encoded.
pub(crate) const FORM_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Bytes of a posted form of the admin center: a metadata file or a certificate, and small fields.
pub(crate) const PORTAL_FORM_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Rows that a list of the admin center shows; a search finds the others.
pub(crate) const PORTAL_ROWS_MAX: usize = 50;

/// Conditions of one claim that "Manage claim" shows; what a tenant file may have is not limited.
pub(crate) const CONDITIONS_SHOWN_MAX: usize = 50;

/// Users and groups that one selection of the admin center takes.
pub(crate) const SELECTED_MAX: usize = 100;

/// Bytes of a posted sign-in form: two fields of [`FIELD_CHARACTERS_MAX`], percent-encoded, and small ones.
pub(crate) const SIGN_IN_FORM_BYTES_MAX: usize = 64 * 1024;

/// Bytes of the posted form that picks an account to sign out: a RelayState, percent-encoded, and small fields.
pub(crate) const SIGN_OUT_FORM_BYTES_MAX: usize = 256 * 1024;

/// Bytes of a request's `RelayState`. The binding allows 80 (saml-bindings 3.4.3); many SPs put a whole address there,
/// and what Entra takes is not known (entra-behaviour.md 2.3, uncertain).
pub(crate) const RELAY_STATE_BYTES_MAX: usize = 64 * 1024;

/// Characters of a message's `ID` (the number is the mock's).
pub(crate) const MESSAGE_ID_CHARACTERS_MAX: usize = 4096;

/// Characters of an Issuer that is looked for; a longer one is no application's (the number is the mock's).
pub(crate) const ISSUER_CHARACTERS_MAX: usize = 4096;

/// Characters of a value that a message or a page repeats; the rest is left out.
pub(crate) const REPEATED_CHARACTERS_MAX: usize = 4096;

/// Characters of a user name or password that are looked at.
pub(crate) const FIELD_CHARACTERS_MAX: usize = 1024;

/// Users whose names the sign-in page offers.
pub(crate) const HINTED_USERS_MAX: usize = 12;

/// Users that the start page lists, and that an admin page offers to choose from.
pub(crate) const LISTED_USERS_MAX: usize = 50;

/// How long a browser waits for the applications that are told of a sign-out, in seconds.
pub(crate) const BROADCAST_SECONDS_MAX: u32 = 5;

/// A text of at most `max` characters; where something is left out an ellipsis says so.
pub(crate) fn shortened(text: &str, max: usize) -> Cow<'_, str> {
    match text.char_indices().nth(max) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Whether a text has more than `max` characters.
pub(crate) fn is_longer(text: &str, max: usize) -> bool {
    text.char_indices().nth(max).is_some()
}

/// Bytes of what one step of a transformation gives: a claim's value. What would be longer is nothing.
pub(crate) const TRANSFORMED_BYTES_MAX: usize = 64 * 1024;

/// Bytes of what a transformation gives for all values of its input.
pub(crate) const TRANSFORMED_SUM_BYTES_MAX: usize = 1024 * 1024;

/// How long metadata lets whoever fetches it wait, where a fault says so: longer than any service provider does.
pub(crate) const METADATA_LATE: Duration = Duration::from_secs(60);
