//! The tenant file (contracts.md section 4) as values: what was written, not yet what is meant.
//!
//! The file, the control API, scenarios and the state of a running tenant are this one model: an action such
//! as "make this certificate active" is an edit of a [`TenantFile`], after which the mock resolves it anew.

mod certificates;
mod claims;
mod decode;
mod names;
mod patch;
mod pattern;
mod policy;
mod reply_url;
mod roles;
mod sign_in;
mod sources;
mod switches;
mod token_encryption;
mod transform;

pub use certificates::{
    CERTIFICATE_LIFE, CertificateEntry, CertificateStatus, check_dates, check_key_bits, check_life_time,
    check_valid_from,
};
pub use claims::{
    CONDITION_GROUPS_MAX, ClaimEntry, ConditionEntry, ConditionUserType, GroupChoice, GroupClaimEntry,
    GroupFilter, GroupFilterAttribute, GroupFilterMatch, GroupRegex, GroupSource, NameFormat, NameIdEntry,
    OptionalClaim, OptionalClaimEntry, Origin, UpnProperty,
};
pub use names::UserNames;
pub use patch::merge;
pub use pattern::{Pattern, Piece, Template};
pub use policy::ClaimsMappingPolicy;
pub use reply_url::{ReplyUrlPolicy, reply_url_problem};
pub use roles::{DIRECTORY_ROLES, directory_role};
pub use sign_in::{AUTHENTICATIONS, Authentication, ConditionalAccessEntry, DEFAULT_MFA_CODE, Grant};
pub use sources::{PROFILE, Profile, ProfileKey, Reads, SOURCES, Source, SourceAttribute};
pub use switches::{CONFLICTS, Conflict, Other, Switch};
pub use token_encryption::{
    DataEncryptionWord, EncryptionCertificateEntry, KeyTransportWord, TokenEncryptionEntry,
};
pub use transform::{FUNCTIONS, Function, FunctionKeys, Match, Outputs, Parameter, Part, Transform};

use std::collections::BTreeMap;

use serde::Serialize;

use crate::file::{self, Diagnostics};

/// One tenant, as its file says it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TenantFile {
    /// `[tenant]`.
    pub tenant: TenantEntry,
    /// `[[user]]`.
    #[serde(rename = "user", skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<UserEntry>,
    /// `[[group]]`.
    #[serde(rename = "group", skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupEntry>,
    /// `[[conditional_access]]`.
    #[serde(rename = "conditional_access", skip_serializing_if = "Vec::is_empty")]
    pub conditional_access: Vec<ConditionalAccessEntry>,
    /// `[[app]]`.
    #[serde(rename = "app", skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<AppEntry>,
}

impl TenantFile {
    /// Reads a tenant file; `name` is the file's name for messages.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn from_toml(name: &str, text: &str) -> Result<Self, Diagnostics> {
        file::from_toml_up_to(file::TENANT_BYTES_MAX, name, text, decode::tenant_file)
    }

    /// Reads the same keys from JSON.
    ///
    /// # Errors
    /// All that is wrong with it; places are paths.
    pub fn from_json(name: &str, json: &serde_json::Value) -> Result<Self, Diagnostics> {
        file::from_json(name, json, decode::tenant_file)
    }

    /// Lets the relative paths of PFX files count from `folder`, which is the tenant file's own.
    pub fn count_paths_from(&mut self, folder: &std::path::Path) {
        let certificates = self.apps.iter_mut().flat_map(|app| &mut app.certificates);
        for path in certificates.filter_map(|entry| entry.pfx.as_mut()) {
            // Text in, text out: what is joined to a path that is no text stays relative, and is refused with its name.
            if let Some(joined) = folder.join(&*path).to_str() {
                joined.clone_into(path);
            }
        }
    }

    /// The file as JSON, in its own keys.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("a tenant file has text keys and finite numbers only")
    }

    /// This file with a patch in its own keys laid over it: see [`merge`].
    ///
    /// # Errors
    /// All that is wrong with the result.
    pub fn patched(&self, patch: &serde_json::Value) -> Result<Self, Diagnostics> {
        let mut json = self.to_json();
        merge(&mut json, patch);
        Self::from_json("tenant patch", &json)
    }
}

/// Reports what is wrong with a patch in the tenant file's own keys, as far as it can be judged without the tenant:
/// unknown keys and wrong values, but no reference to what only the tenant has.
pub fn check_patch(table: &file::Table<'_>) {
    decode::patch(table);
}

/// The password of users for whom neither they nor their tenant have one, so that everybody can sign in. It is on the
/// sign-in page, as every password is.
pub const DEFAULT_PASSWORD: &str = "entrant-demo";

/// `[tenant]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TenantEntry {
    /// Tenant id, a GUID; absent: UUIDv5 of the initial domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<uuid::Uuid>,
    /// The organisation's name.
    pub display_name: String,
    /// Verified domains; the first is the initial domain. Lower case.
    pub domains: Vec<String>,
    /// Country or region, which `company.tenantcountry` gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The password of every user without one; absent: [`DEFAULT_PASSWORD`]. Opens nothing but the mock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// "Show option to remain signed in": whether "Stay signed in?" is asked.
    #[serde(skip_serializing_if = "is_true")]
    pub stay_signed_in: bool,
    /// Whose rule holds for reply URLs.
    #[serde(skip_serializing_if = "is_default")]
    pub reply_url_policy: ReplyUrlPolicy,
    /// `pool`: keys are shared between tenants, never within one. `unique`: every certificate has its own.
    #[serde(skip_serializing_if = "is_default")]
    pub keys: Keys,
    /// How long a change of certificates takes to reach the federation metadata, at most a day; absent: it is there at
    /// once. Signing changes at once (entra-behaviour.md 5: allow 5 to 10 minutes).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_lag: Option<String>,
}

/// Where a tenant's signing keys come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Keys {
    /// The pool in the state directory, so that a tenant costs no key.
    #[default]
    Pool,
    /// A new key for every certificate.
    Unique,
}

/// `[[user]]`. Names follow Microsoft Graph's user resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UserEntry {
    /// Object id; absent: UUIDv5 of tenant, kind and name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<uuid::Uuid>,
    /// User principal name; for a guest the `…#EXT#@…` form.
    pub user_principal_name: String,
    /// Display name.
    pub display_name: String,
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Surname.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surname: Option<String>,
    /// Mail address; need not be the user principal name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// Country or region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Department.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// Job title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_title: Option<String>,
    /// Employee id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employee_id: Option<String>,
    /// The attributes of [`PROFILE`].
    #[serde(flatten)]
    pub profile: Profile,
    /// Other mail addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_mails: Vec<String>,
    /// Proxy addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub proxy_addresses: Vec<String>,
    /// Whether the user is synced from on-premises.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_premises_sync_enabled: Option<bool>,
    /// `extensionattribute1` to `extensionattribute15`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub extension_attributes: BTreeMap<String, String>,
    /// Directory schema extensions, `extension_{appid}_{name}`, with their values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub extensions: BTreeMap<String, Vec<String>>,
    /// Directory roles: names of [`DIRECTORY_ROLES`], or template ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub directory_roles: Vec<String>,
    /// Member or Guest.
    #[serde(skip_serializing_if = "is_default")]
    pub user_type: UserType,
    /// Where a guest authenticates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<Home>,
    /// "Account enabled"; a disabled user is stopped with AADSTS50057.
    #[serde(skip_serializing_if = "is_true")]
    pub account_enabled: bool,
    /// Locked after too many bad attempts (AADSTS50053).
    #[serde(skip_serializing_if = "is_default")]
    pub locked: bool,
    /// Password; absent: the tenant's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// The password has expired (AADSTS50055).
    #[serde(skip_serializing_if = "is_default")]
    pub password_expired: bool,
    /// The first factor; absent: see [`UserEntry::first_factor`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authentication: Option<Authentication>,
    /// Per-user multifactor authentication is enforced.
    #[serde(skip_serializing_if = "is_default")]
    pub mfa: bool,
    /// What passes the second factor; absent: [`DEFAULT_MFA_CODE`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mfa_code: Option<String>,
}

/// Member or guest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum UserType {
    /// Of this tenant.
    #[default]
    Member,
    /// Invited from elsewhere.
    Guest,
}

/// A guest's home identity provider (entra-behaviour.md 3.2 row 4, 4.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Home {
    /// `entra:{tenant id}`: another Entra tenant.
    Entra(uuid::Uuid),
    /// A personal Microsoft account.
    Microsoft,
    /// Google.
    Google,
    /// Email one-time passcode.
    Otp,
}

impl std::fmt::Display for Home {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Entra(tenant) => write!(out, "entra:{tenant}"),
            Self::Microsoft => out.write_str("microsoft"),
            Self::Google => out.write_str("google"),
            Self::Otp => out.write_str("otp"),
        }
    }
}

impl Serialize for Home {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// `[[group]]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupEntry {
    /// Object id; absent: UUIDv5 of tenant, kind and name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<uuid::Uuid>,
    /// Display name.
    pub display_name: String,
    /// Users by the local part of their UPN or the whole of it; `group:NAME` nests a group.
    pub members: Vec<String>,
    /// What kind of group it is.
    #[serde(skip_serializing_if = "is_default")]
    pub kind: GroupKind,
    /// sAMAccountName of a group that is synced from on-premises.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_premises_sam_account_name: Option<String>,
    /// NetBIOS name of its domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_premises_netbios_name: Option<String>,
    /// DNS name of its domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_premises_domain_name: Option<String>,
    /// Its security identifier on-premises.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_premises_security_identifier: Option<String>,
}

/// The kind of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum GroupKind {
    /// A security group.
    #[default]
    #[serde(rename = "security")]
    Security,
    /// A security group with a mail address.
    #[serde(rename = "mail-enabled-security")]
    MailEnabledSecurity,
    /// A distribution list.
    #[serde(rename = "distribution-list")]
    DistributionList,
    /// A Microsoft 365 group.
    #[serde(rename = "microsoft-365")]
    Microsoft365,
}

impl GroupEntry {
    /// Whether it was made in the cloud: nothing of it is from on-premises.
    #[must_use]
    pub fn is_cloud_only(&self) -> bool {
        self.on_premises_sam_account_name.is_none() && self.on_premises_security_identifier.is_none()
    }
}

/// `[[app]]`: an enterprise application.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AppEntry {
    /// Display name.
    pub name: String,
    /// Application (client) id; absent: UUIDv5 of tenant, kind and name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_id: Option<uuid::Uuid>,
    /// Object id of the service principal; absent: UUIDv5 of tenant, kind and name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_id: Option<uuid::Uuid>,
    /// The gallery entry it was made from, or `non-gallery`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Identifiers (Entity ID); the first is the default. May be empty while SSO is not configured.
    pub identifiers: Vec<String>,
    /// Reply URLs (Assertion Consumer Service URL); the first is the default.
    pub reply_urls: Vec<String>,
    /// Sign on URL; empty: the tile starts at the identity provider.
    pub sign_on_url: String,
    /// Relay State sent when the tile starts sign-on.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub relay_state: String,
    /// Logout Url: where LogoutRequest and LogoutResponse go; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub logout_url: String,
    /// "Enabled for users to sign in?"
    #[serde(skip_serializing_if = "is_true")]
    pub enabled: bool,
    /// "Visible to users?": whether assigned users see its tile in My Apps.
    #[serde(skip_serializing_if = "is_true")]
    pub visible: bool,
    /// "Homepage URL".
    #[serde(skip_serializing_if = "String::is_empty")]
    pub homepage_url: String,
    /// "Notes".
    #[serde(skip_serializing_if = "String::is_empty")]
    pub notes: String,
    /// The single sign-on method that was selected.
    #[serde(skip_serializing_if = "is_default")]
    pub single_sign_on: SingleSignOn,
    /// "Assignment required?"
    pub assignment_required: bool,
    /// Signing Option and Signing Algorithm.
    pub signing: SigningEntry,
    /// Lifetime of a token lifetime policy, 10 minutes to 1 day; absent: 1 hour (entra-behaviour.md 3.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_lifetime: Option<String>,
    /// Verification certificates, with which the SP signs its requests.
    #[serde(skip_serializing_if = "is_default")]
    pub verification_certificates: VerificationEntry,
    /// Token encryption.
    #[serde(skip_serializing_if = "is_default")]
    pub token_encryption: TokenEncryptionEntry,
    /// Where the mock takes the other value of a conflict: see [`CONFLICTS`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub switches: Vec<Switch>,
    /// Unique User Identifier (Name ID).
    pub name_id: NameIdEntry,
    /// Whether givenname, surname, emailaddress and name are sent.
    pub default_claims: bool,
    /// Additional claims, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<ClaimEntry>,
    /// "Include attribute name format".
    #[serde(skip_serializing_if = "is_default")]
    pub include_attribute_name_format: bool,
    /// The group claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_claim: Option<GroupClaimEntry>,
    /// Optional claims of App registrations, Token configuration.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub optional_claims: Vec<OptionalClaimEntry>,
    /// The claims mapping policy, which decides instead of `name_id`, `default_claims` and `claims`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims_mapping_policy: Option<ClaimsMappingPolicy>,
    /// Tags of the service principal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// App roles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub app_roles: Vec<AppRoleEntry>,
    /// Token signing certificates; one is active.
    pub certificates: Vec<CertificateEntry>,
    /// Notification Email Addresses, at most five: who is told before the active certificate expires. Entra's default, the
    /// administrator who added the application, is nobody here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notification_emails: Vec<String>,
    /// Users and groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assignments: Vec<AssignmentEntry>,
}

impl AppEntry {
    /// An application of which nothing is configured but its name; it has no certificate.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            app_id: None,
            object_id: None,
            template: None,
            identifiers: Vec::new(),
            reply_urls: Vec::new(),
            sign_on_url: String::new(),
            relay_state: String::new(),
            logout_url: String::new(),
            enabled: true,
            visible: true,
            homepage_url: String::new(),
            notes: String::new(),
            single_sign_on: SingleSignOn::default(),
            assignment_required: true,
            signing: SigningEntry::default(),
            token_lifetime: None,
            verification_certificates: VerificationEntry::default(),
            switches: Vec::new(),
            name_id: NameIdEntry::default(),
            default_claims: true,
            claims: Vec::new(),
            include_attribute_name_format: false,
            group_claim: None,
            optional_claims: Vec::new(),
            tags: Vec::new(),
            app_roles: Vec::new(),
            certificates: Vec::new(),
            token_encryption: TokenEncryptionEntry::default(),
            claims_mapping_policy: None,
            notification_emails: Vec::new(),
            assignments: Vec::new(),
        }
    }
}

/// "Select a single sign-on method" (entra-behaviour.md 8). What was configured stays where the method is switched off, and
/// sign-on goes on (uncertain): it is the admin center that shows one page or the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SingleSignOn {
    /// SAML.
    #[default]
    Saml,
    /// Disabled: none was selected yet.
    Disabled,
}

/// `signing`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SigningEntry {
    /// Signing Option.
    pub option: SigningOptionWord,
    /// Signing Algorithm.
    pub algorithm: SigningAlgorithmWord,
}

/// `verification_certificates` (entra-behaviour.md 2.5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VerificationEntry {
    /// "Require verification certificates": a request that is not signed by one of them is refused.
    pub required: bool,
    /// "Allow requests signed with RSA-SHA1".
    pub allow_rsa_sha1: bool,
    /// X.509 certificates as PEM or as base64 of DER, in the order in which they were added.
    pub certificates: Vec<String>,
}

/// Signing Option.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SigningOptionWord {
    /// Sign SAML assertion.
    #[default]
    Assertion,
    /// Sign SAML response.
    Response,
    /// Sign SAML response and assertion.
    ResponseAndAssertion,
}

/// Signing Algorithm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SigningAlgorithmWord {
    /// SHA-256.
    #[default]
    Sha256,
    /// SHA-1.
    Sha1,
}

/// Name identifier format, the portal's choices (entra-behaviour.md 3.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum NameIdFormatWord {
    /// Default.
    #[serde(rename = "default")]
    Default,
    /// Persistent.
    #[serde(rename = "persistent")]
    Persistent,
    /// Email address.
    #[default]
    #[serde(rename = "emailAddress")]
    EmailAddress,
    /// Unspecified.
    #[serde(rename = "unspecified")]
    Unspecified,
    /// Windows domain qualified name.
    #[serde(rename = "windowsDomainQualifiedName")]
    WindowsDomainQualifiedName,
}

/// One of `app_roles`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppRoleEntry {
    /// What the role claim carries.
    pub value: String,
    /// Display name.
    pub display_name: String,
}

/// One of `assignments`: exactly one of `user` and `group`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AssignmentEntry {
    /// A user, by the local part of the UPN or the whole of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// A group, by display name. Only its direct members are granted access.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// `value` of an app role; absent: Default Access.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

impl UserEntry {
    /// How this user proves who it is: as written, else a passcode for a guest whose home is `otp`, else a password.
    #[must_use]
    pub fn first_factor(&self) -> Authentication {
        self.authentication.unwrap_or(match self.home {
            Some(Home::Otp) => Authentication::Passcode,
            _ => Authentication::Password,
        })
    }

    /// What passes this user's second factor.
    #[must_use]
    pub fn mfa_code(&self) -> &str {
        self.mfa_code.as_deref().unwrap_or(DEFAULT_MFA_CODE)
    }

    /// Whether `name` (a UPN, or its local part) means this user; case does not matter.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        is_called(&self.user_principal_name, name)
    }
}

fn is_called(upn: &str, name: &str) -> bool {
    name.eq_ignore_ascii_case(upn) || name.eq_ignore_ascii_case(local_part(upn))
}

/// A user principal name without its domain.
#[must_use]
pub fn local_part(upn: &str) -> &str {
    upn.rsplit_once('@').map_or(upn, |(local, _)| local)
}

/// Says that nothing of this `kind` is called `name`, with the nearest of the `known` names.
pub fn no_such<'n>(kind: &str, name: &str, known: impl Iterator<Item = &'n str>) -> String {
    format!("there is no {kind} `{name}` in this tenant{}", hint(name, known))
}

/// `; did you mean …?` where one of the `known` words is near.
fn hint<'n>(word: &str, known: impl Iterator<Item = &'n str>) -> String {
    file::nearest(word, known)
        .map(|word| format!("; did you mean `{word}`?"))
        .unwrap_or_default()
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_true(value: &bool) -> bool {
    *value
}
