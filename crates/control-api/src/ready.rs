//! The ready file (contracts.md section 1): where everything is, for scripts.

use serde::Serialize;

/// The whole file; `schema` is 1.
#[derive(Clone, Debug, Serialize)]
pub struct Ready {
    /// Version of this format.
    pub schema: u32,
    /// Version of the program.
    pub version: String,
    /// Process id.
    pub pid: u32,
    /// Base URL of the mock.
    pub idp: String,
    /// Base URL of the reference SP, absent with `--no-sp`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sp: Option<String>,
    /// Base URL of the control API.
    pub control: String,
    /// The control token.
    pub token: String,
    /// Every tenant; the first is Contoso, the second Fabrikam, unless `--tenant` gave others.
    pub tenants: Vec<ReadyTenant>,
}

/// One tenant of the ready file.
#[derive(Clone, Debug, Serialize)]
pub struct ReadyTenant {
    /// Tenant id, a GUID.
    pub id: String,
    /// Initial domain.
    pub domain: String,
    /// Tenant-wide federation metadata.
    pub metadata: String,
    /// Every user, also one whose account is not enabled, with the password, which opens nothing but the mock.
    pub users: Vec<ReadyUser>,
    /// Enterprise applications.
    pub apps: Vec<ReadyApp>,
}

/// A user of the ready file.
#[derive(Clone, Debug, Serialize)]
pub struct ReadyUser {
    /// User principal name.
    pub upn: String,
    /// Password.
    pub password: String,
    /// What passes the second factor and a passcode page.
    pub mfa_code: String,
}

/// An enterprise application of the ready file.
#[derive(Clone, Debug, Serialize)]
pub struct ReadyApp {
    /// Display name.
    pub name: String,
    /// Application (client) id, a GUID.
    pub app_id: String,
    /// The default Identifier (Entity ID).
    pub identifier: String,
    /// The default Reply URL.
    pub reply_url: String,
    /// Sign on URL; empty when the tile starts at the identity provider.
    pub sign_on_url: String,
    /// App Federation Metadata Url.
    pub metadata: String,
    /// A GET starts sign-on at the SP; absent where the application's SP is not the reference SP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    /// A GET starts sign-on at the identity provider, as the tile does.
    pub launch: String,
    /// The SP's identity probe; absent where the application's SP is not the reference SP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whoami: Option<String>,
}
