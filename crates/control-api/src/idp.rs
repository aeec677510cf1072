//! The bodies of the mock's control routes, below `/_entrant/v1` (contracts.md section 6).
//!
//! [`ROUTES`] says which route takes and answers what. An error is a JSON object [`ErrorBody`] with a 4xx status.

mod arming;
mod claims_test;
mod routes;

pub use arming::{ArmFaults, ArmedFaults, FaultSpec, Times};
pub use claims_test::{
    ClaimBy, ClaimsTest, ClaimsTested, LeftOut, StepResult, TestedClaim, TestedClaims, TestedNameId,
    TestedStop, TestedTransform, TransformRun, TransformStep, Why,
};
pub use routes::{ROUTES, Route, routes_sentence};

use serde::{Deserialize, Serialize};

use crate::file::quoted_list;

/// The answer to a control request that cannot be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// What was wrong, where, what was expected, and the way out.
    pub error: String,
}

/// How a tenant is made.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantSeed {
    /// Start from an embedded tenant, `contoso` or `fabrikam`; exactly one of `base` and `file`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// A tenant file as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<serde_json::Value>,
    /// What `{sp}` stands for: the base URL of the reference SP's instance, without a trailing slash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sp: Option<String>,
}

/// A tenant as the control API shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantInfo {
    /// Tenant id.
    pub id: String,
    /// Display name.
    pub display_name: String,
    /// Initial domain.
    pub domain: String,
    /// Microsoft Entra Identifier: the issuer of assertions.
    pub issuer: String,
    /// Tenant-wide federation metadata.
    pub metadata: String,
    /// Users.
    pub users: Vec<UserInfo>,
    /// Enterprise applications.
    pub apps: Vec<AppInfo>,
}

/// A user as the control API shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserInfo {
    /// User principal name.
    pub upn: String,
    /// Object id.
    pub object_id: String,
    /// Display name.
    pub display_name: String,
    /// Given name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Surname.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surname: Option<String>,
    /// Mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// Country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Password, which opens nothing but the mock.
    pub password: String,
    /// What passes the second factor.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mfa_code: String,
    /// Account enabled.
    pub account_enabled: bool,
}

impl UserInfo {
    /// Whether `name` (a UPN, or its local part) means this user; case does not matter.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        let local = self
            .upn
            .rsplit_once('@')
            .map_or(self.upn.as_str(), |(local, _)| local);
        name.eq_ignore_ascii_case(&self.upn) || name.eq_ignore_ascii_case(local)
    }
}

/// An enterprise application as the control API shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppInfo {
    /// Display name.
    pub name: String,
    /// Application (client) id.
    pub app_id: String,
    /// Object id of the service principal.
    pub object_id: String,
    /// Identifiers; the first is the default.
    pub identifiers: Vec<String>,
    /// Reply URLs; the first is the default.
    pub reply_urls: Vec<String>,
    /// Sign on URL, may be empty.
    pub sign_on_url: String,
    /// Logout Url, may be empty.
    #[serde(default)]
    pub logout_url: String,
    /// App Federation Metadata Url.
    pub metadata: String,
    /// Login URL (and Logout URL).
    pub login_url: String,
    /// User access URL: a GET does what the tile does.
    pub launch: String,
    /// Token signing certificates.
    pub certificates: Vec<CertificateInfo>,
    /// Certificates for token encryption.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub encryption_certificates: Vec<EncryptionCertificateInfo>,
}

/// A certificate for token encryption as the control API shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncryptionCertificateInfo {
    /// Its name in the tenant file.
    pub name: String,
    /// `active` or `inactive`.
    pub status: String,
    /// SHA-1 thumbprint, upper-case hex.
    pub thumbprint: String,
    /// Expiry, RFC 3339.
    pub expires: String,
}

/// A token signing certificate as the control API shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateInfo {
    /// Its name in the tenant file.
    pub name: String,
    /// `active` or `inactive`.
    pub status: String,
    /// SHA-1 thumbprint, upper-case hex; empty while nobody has needed the certificate, since its key is then not
    /// made yet. `GET /tenants/{tenant}` and a [`CertificateAction`] make it.
    pub thumbprint: String,
    /// Expiry, RFC 3339.
    pub expires: String,
}

/// What can be done to an application's certificates. A saved certificate's dates cannot change (entra-behaviour.md 5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateAction {
    /// The application, by name or application id; absent where the tenant has one application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// What to do.
    pub action: CertificateVerb,
    /// The certificate's name.
    pub name: String,
    /// With `add`: how long it lives, at most 3 years, such as `90d`; absent: 3 years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_for: Option<String>,
    /// With `add`: from when it is valid, counted from the tenant's now, such as `1d`; absent: now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<String>,
    /// With `add`: 1024, 2048 or 4096; absent: 2048.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_bits: Option<u32>,
    /// With `import`: the PFX file, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pfx: Option<String>,
    /// With `import`: the PFX file's password; absent: empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

impl CertificateAction {
    /// Does this to the certificate of this name, with nothing else said; without `app` to that of the only application.
    #[must_use]
    pub fn new(app: Option<String>, action: CertificateVerb, name: impl Into<String>) -> Self {
        Self {
            app,
            action,
            name: name.into(),
            valid_for: None,
            valid_from: None,
            key_bits: None,
            pfx: None,
            password: None,
        }
    }
}

/// A verb of [`CertificateAction`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CertificateVerb {
    /// A new certificate, inactive, valid for three years where nothing else is said.
    Add,
    /// An administrator's own key and certificate out of a PFX file, inactive.
    Import,
    /// Make it active; the one that was becomes inactive.
    Activate,
    /// Delete it, from the metadata too. The active one cannot be deleted.
    Withdraw,
    /// Let it be expired: the same key and name, valid until yesterday. Not of an imported one: its dates are the file's.
    Expire,
}

/// A form in which a certificate is downloaded (entra-behaviour.md 5), as the last segment of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateForm {
    /// Certificate (Base64): PEM, `.cer`.
    Base64,
    /// Certificate (Raw): DER, `.cer`.
    Raw,
    /// PEM: the same as Base64, `.pem`.
    Pem,
    /// Federation Metadata XML of the application.
    Metadata,
}

impl CertificateForm {
    /// Every form, in the portal's order.
    pub const ALL: [Self; 4] = [Self::Base64, Self::Raw, Self::Pem, Self::Metadata];

    /// The form that a word means.
    ///
    /// # Errors
    /// A sentence that names every form.
    pub fn parse(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|form| form.word() == word);
        found.ok_or_else(|| {
            format!(
                "a certificate is downloaded as one of {}, not as `{word}`",
                quoted_list(Self::ALL.map(Self::word))
            )
        })
    }

    /// The segment of the address.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Raw => "raw",
            Self::Pem => "pem",
            Self::Metadata => "metadata",
        }
    }

    /// As the portal calls it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Base64 => "Certificate (Base64)",
            Self::Raw => "Certificate (Raw)",
            Self::Pem => "PEM certificate",
            Self::Metadata => "Federation Metadata XML",
        }
    }

    /// How the file's name ends.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Base64 | Self::Raw => "cer",
            Self::Pem => "pem",
            Self::Metadata => "xml",
        }
    }
}

/// A mail that Entra would have sent: the active certificate of an application is about to expire. Entra's text cannot be
/// changed, and by whom it is sent is told in two ways (entra-behaviour.md 5, C13), so that neither stands here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailInfo {
    /// When it would have been sent, RFC 3339.
    pub sent: String,
    /// To whom: one of the application's Notification Email Addresses.
    pub to: String,
    /// The application's name at that time.
    pub app: String,
    /// The certificate's name in the tenant file.
    pub certificate: String,
    /// Its SHA-1 thumbprint, upper-case hex.
    pub thumbprint: String,
    /// Until when it is valid, RFC 3339.
    pub expires: String,
    /// 60, 30 or 7.
    pub days_left: u32,
}

/// What can be done to an application's token encryption.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenEncryptionAction {
    /// The application, by name or application id; absent where the tenant has one application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// What to do.
    pub action: TokenEncryptionVerb,
    /// The certificate's name.
    pub name: String,
    /// With `import`: an X.509 certificate with an RSA key, as PEM or as base64 of its DER.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

/// A verb of [`TokenEncryptionAction`]: what the portal's blade offers (entra-behaviour.md 3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenEncryptionVerb {
    /// Import Certificate; it is inactive.
    Import,
    /// Activate token encryption with it; the one that was active becomes inactive.
    Activate,
    /// Deactivate token encryption.
    Deactivate,
    /// Delete it. The active one has to be deactivated first (uncertain).
    Delete,
}

/// What can be done to a user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserAction {
    /// The user, by UPN or its local part.
    pub user: String,
    /// What to do.
    pub action: UserVerb,
    /// With `rename`: the new UPN, or its local part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// With `set`: keys of `[[user]]` with their new values; null removes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<serde_json::Value>,
    /// With `assign` and `unassign`: the application, by name or application id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// With `assign`: the value of an app role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

/// A verb of [`UserAction`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserVerb {
    /// Account enabled: no.
    Disable,
    /// Account enabled: yes.
    Enable,
    /// Another UPN, the same object id.
    Rename,
    /// Other attribute values.
    Set,
    /// Delete, to be restored or recreated.
    Delete,
    /// Undo the deletion: the same object id.
    Restore,
    /// Delete where it exists, and make a user with the same name, attributes, groups and assignments but a new
    /// object id.
    Recreate,
    /// Assign to an application.
    Assign,
    /// Remove the assignment.
    Unassign,
}

/// How a clock is moved. All keys may be given together; `offset` is added first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockAction {
    /// Added to the clock: `+6m`, `-90s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<String>,
    /// Stop (true) or let run (false).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freeze: Option<bool>,
}

/// What a clock shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockInfo {
    /// RFC 3339.
    pub now: String,
    /// Whether it stands still.
    pub frozen: bool,
}

/// Signs a user in without a page: the control route of tests that want none.
///
/// Every check applies as at a sign-in page (disabled, locked, Conditional Access, assignment, …), but the factors
/// count as passed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The user, by UPN or its local part.
    pub user: String,
    /// The first factor, a word of the tenant file's `authentication`; absent: the user's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Whether a second factor was passed; absent: where a policy or the user's entry demands it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfa: Option<bool>,
    /// How long ago the user authenticated: `81d`; absent: now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authenticated_ago: Option<String>,
    /// "Stay signed in?": whether the cookie outlives the browser.
    #[serde(default)]
    pub stay_signed_in: bool,
    /// An application, by name or application id: with the session comes the response that its tile would send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// The query of a Login URL, as an SP redirects to it: with the session comes the answer to that request. Excludes
    /// `app`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
}

/// The answer to [`SignIn`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// User principal name.
    pub upn: String,
    /// The session's cookies, for a browser or an HTTP client.
    pub cookies: Vec<SessionCookie>,
    /// With `app` or `query`: the response, to be posted to the SP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<IssuedResponse>,
}

/// A cookie, in the words of WebDriver and Playwright.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionCookie {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
    /// The address it belongs to.
    pub url: String,
    /// Whether it is for secure contexts alone.
    pub secure: bool,
    /// `None` or `Lax`.
    #[serde(rename = "sameSite")]
    pub same_site: String,
    /// Not for scripts.
    #[serde(rename = "httpOnly")]
    pub http_only: bool,
}

/// A response on its way to the SP. It may be a failure response, whose Status says why there is no assertion: what the
/// SP would get by way of a browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedResponse {
    /// Where it is posted.
    pub acs: String,
    /// The field `SAMLResponse`.
    pub saml_response: String,
    /// The field `RelayState`, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relay_state: Option<String>,
}
