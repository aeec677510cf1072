//! The bodies of the reference SP's control routes and of its identity probe (contracts.md section 6).
//!
//! | route | body | answer |
//! | --- | --- | --- |
//! | `PUT /_entrant/v1/sp/{instance}` | [`InstanceSeed`] | [`InstanceInfo`] |
//! | `GET /_entrant/v1/sp/{instance}` | | [`InstanceInfo`] |
//! | `DELETE /_entrant/v1/sp/{instance}` | | 204 |
//! | `GET /_entrant/v1/sp/{instance}/events` | | [`crate::flow::SpFlow`] |
//! | `POST /_entrant/v1/sp/{instance}/{personality}/{action}` | [`HookCall`] | 204, or [`Refreshed`] |
//! | `GET /{instance}/{personality}/whoami` | | [`WhoAmI`], or 401 |
//!
//! `{action}` is one of [`ACTIONS`]. An error is a JSON object [`crate::idp::ErrorBody`] with a 4xx status.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The actions of an instance: the `sp` steps of a scenario (contracts.md section 5), `reset` and `clock`.
pub const ACTIONS: &[&str] = &[
    "clock",
    "create_account",
    "deactivate_account",
    "delete_account",
    "delete_link",
    "refresh_trust",
    "reset",
    "set",
];

/// The personalities (contracts.md section 7), with the name of the application each belongs to.
pub const PERSONALITIES: &[(&str, &str)] = &[
    ("upsales", "Upsales"),
    ("upwork", "Upwork Enterprise"),
    ("iomete", "IOMETE"),
    ("sipgate", "sipgate"),
];

/// How an instance is made or made anew. Accounts, links and sessions of an existing instance are kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceSeed {
    /// The identity provider's metadata per personality; a personality without one trusts nobody yet.
    pub trust: BTreeMap<String, TrustSeed>,
    /// The account that a fresh personality without just-in-time provisioning has; absent: B.Simon of Contoso.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<SeedAccount>,
}

/// An account that is there from the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedAccount {
    /// User name.
    pub user_name: String,
    /// Mail.
    pub mail: String,
}

/// Where a personality's trust comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustSeed {
    /// App Federation Metadata Url.
    pub metadata_url: String,
}

/// An instance, as its control route shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceInfo {
    /// The instance's name.
    pub instance: String,
    /// Its personalities.
    pub personalities: BTreeMap<String, PersonalityInfo>,
}

/// The addresses and settings of a personality.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalityInfo {
    /// Identifier (Entity ID).
    pub entity_id: String,
    /// AssertionConsumerService URL.
    pub acs: String,
    /// A GET starts sign-on.
    pub login: String,
    /// A GET starts single sign-out.
    pub logout: String,
    /// Identity probe.
    pub whoami: String,
    /// Own metadata.
    pub metadata: String,
    /// Settings in force.
    pub settings: Settings,
}

/// What can be `set` at a personality. Absent keys of a [`HookCall`] stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Just-in-time provisioning: an unknown user gets an account.
    pub jit: bool,
    /// Whether a known user's account takes the attributes of each sign-on.
    pub update: bool,
    /// Attributes (by name) without which nobody is signed in.
    pub required_attributes: Vec<String>,
    /// What ties an identity to an account.
    pub link_by: LinkBy,
    /// Whether responses that nobody asked for are accepted.
    pub unsolicited: bool,
    /// Allowed clock skew, in seconds, both ways.
    pub skew_seconds: u32,
    /// Whether SHA-1 signatures are accepted.
    pub sha1: bool,
    /// Whether deleting an account deletes its links too.
    pub delete_links_with_account: bool,
    /// Whether AuthnRequests and LogoutRequests are signed, with RSA-SHA256.
    pub sign_requests: bool,
    /// How AuthnRequests travel.
    pub request_binding: RequestBinding,
    /// Whether an assertion has to be encrypted.
    pub require_encryption: bool,
    /// Whether AuthnRequests say `ForceAuthn`. An answer to a request of this SP must then tell of an authentication that is
    /// no older than the request (saml-core 3.4.1).
    pub force_authn: bool,
    /// Whether only members of the identity provider's own directory are signed in: its `identityprovider` claim names the
    /// issuer itself (entra-behaviour.md 4.6).
    pub members_only: bool,
    /// The mail domains whose users are signed in; empty: all. Whatever of NameID, user name and mail is an address has to
    /// be of one of them, and one of the three has to be an address.
    pub domains: Vec<String>,
    /// The most accounts that sign-on may fill the SP up to: whoever would need one more is refused, and nothing is left of
    /// the attempt.
    pub accounts_max: u32,
    /// Whether the identity provider's certificate is there; where the field is blank nobody is trusted.
    pub certificate: bool,
    /// Whether metadata is taken over again only where a key signed it that is trusted already. Without it the address from
    /// which it is fetched is what is trusted.
    pub metadata_signed: bool,
    /// The classes of authentication that are asked for, one of which the answer has to name; none: any will do.
    pub authn_context: Vec<String>,
}

/// The binding of AuthnRequests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestBinding {
    /// HTTP-Redirect.
    #[default]
    Redirect,
    /// HTTP-POST.
    Post,
}

/// What a link is keyed by, besides the issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkBy {
    /// The NameID's value.
    NameId,
    /// The object id claim.
    ObjectId,
    /// The mail claim.
    Mail,
}

/// The body of a hook: the scenario's variables (contracts.md section 3).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HookCall {
    /// User principal name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upn: Option<String>,
    /// Mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// Object id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_id: Option<String>,
    /// NameID that the identity provider would send, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_id: Option<String>,
    /// App Federation Metadata Url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata_url: Option<String>,
    /// A file with the application's metadata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata_file: Option<String>,
    /// With `clock`: what the SP's clock shall show, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
    /// With `clock`: whether it shall stand still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen: Option<bool>,
    /// With `set`: keys of [`Settings`] with their new values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<serde_json::Value>,
}

/// The answer to `refresh_trust` where there is something to be said of the metadata that is in force now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refreshed {
    /// Sentences for the administrator, such as that a certificate's key is too weak to be trusted, or that the metadata says
    /// that it is valid for centuries.
    pub notices: Vec<String>,
}

/// What became of an account at a sign-on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountChange {
    /// Provisioned just in time, and linked.
    Created,
    /// An existing account was tied to this identity.
    Linked,
    /// The account was known; its attributes were changed.
    Updated,
    /// The account was known; nothing changed.
    Unchanged,
}

/// The identity probe's answer for a signed-in browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhoAmI {
    /// Issuer of the assertion.
    pub issuer: String,
    /// NameID value.
    pub name_id: String,
    /// NameID format.
    pub name_id_format: Option<String>,
    /// `SessionIndex`.
    pub session_index: Option<String>,
    /// Every attribute with its values.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// Values of the role claim.
    pub roles: Vec<String>,
    /// The SP's own user record.
    pub account: AccountInfo,
}

/// An account of the reference SP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountInfo {
    /// The SP's own id of it; a recreated account has another.
    pub id: String,
    /// User name: the user principal name where it is known.
    pub user_name: String,
    /// Mail.
    pub mail: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Whether it may sign in.
    pub active: bool,
    /// What this session's sign-on did to it.
    pub change: AccountChange,
    /// The key of the link that led here, and what kind of key it is.
    pub link: LinkInfo,
}

/// A link of the reference SP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkInfo {
    /// What the key is.
    pub by: LinkBy,
    /// The key's value.
    pub key: String,
}
