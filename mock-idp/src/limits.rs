//! Every limit of the mock, by name.

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

/// How long a sign-in page stays good, in minutes.
pub(crate) const PENDING_MINUTES: i64 = 60;

/// Recorded flows of all tenants; beyond it the oldest is forgotten.
pub(crate) const FLOWS_MAX: usize = 10_000;

/// Events of one flow; what comes after is not recorded.
pub(crate) const FLOW_EVENTS_MAX: usize = 100;

/// Armed sets of faults of one tenant.
pub(crate) const ARMED_MAX: usize = 256;

/// Faults of one armed set.
pub(crate) const FAULTS_MAX: usize = 32;

/// Certificates that a tenant ever had, withdrawn ones included.
pub(crate) const CERTIFICATES_MAX: usize = 1024;

/// Deleted users of one tenant that can be restored.
pub(crate) const DELETED_USERS_MAX: usize = 1024;

/// Bytes of a posted form: a message of saml-accept's limit, in base64, percent-encoded.
pub(crate) const FORM_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Characters of a user name or password that are looked at.
pub(crate) const FIELD_CHARACTERS_MAX: usize = 1024;

/// Users whose names the sign-in page offers.
pub(crate) const HINTED_USERS_MAX: usize = 12;

/// How long a browser waits for the applications that are told of a sign-out, in seconds.
pub(crate) const BROADCAST_SECONDS_MAX: u32 = 5;
