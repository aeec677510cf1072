//! Claims as an administrator configures them: "Attributes & Claims", "Manage claim", the
//! group claim and the optional claims (entra-behaviour.md 4).

use serde::Serialize;

use super::pattern::{Pattern, Template};
use super::sources::Source;
use super::transform::Transform;
use super::{NameIdFormatWord, is_default};

/// One of `claims`: exactly one of `source`, `value` and `transform`, or conditions that say it for some users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClaimEntry {
    /// Name.
    pub name: String,
    /// Namespace; on the wire `{namespace}/{name}`, or the bare name where it is empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// "Choose name format": NameFormat of the attribute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_format: Option<NameFormat>,
    /// What is sent where no condition gives a value.
    #[serde(flatten)]
    pub origin: Option<Origin>,
    /// "Claim conditions", in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<ConditionEntry>,
}

/// `name_id`: Unique User Identifier (Name ID).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NameIdEntry {
    /// A source or a transformation; absent: Default, which is `user.userprincipalname`, or the pairwise value where the
    /// format is `persistent`.
    #[serde(flatten)]
    pub origin: Option<Origin>,
    /// Name identifier format.
    pub format: NameIdFormatWord,
    /// "Claim conditions", in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<ConditionEntry>,
}

/// NameFormat of an attribute (entra-behaviour.md 4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NameFormat {
    /// `urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified`.
    Unspecified,
    /// `urn:oasis:names:tc:SAML:2.0:attrname-format:uri`.
    Uri,
    /// `urn:oasis:names:tc:SAML:2.0:attrname-format:basic`.
    Basic,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Source: Attribute, or Directory schema extension.
    Source(Source),
    /// A constant.
    Value(String),
    /// Source: Transformation.
    Transform(Box<Transform>),
}

/// One of `conditions` (entra-behaviour.md 4.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConditionEntry {
    /// User type.
    pub user_type: ConditionUserType,
    /// Scoped groups, by display name: the user is a member of one of them; empty: any user.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// What such a user is sent.
    #[serde(flatten)]
    pub origin: Origin,
}

/// User type of a condition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConditionUserType {
    /// Any.
    #[default]
    Any,
    /// Members.
    Members,
    /// All guests.
    AllGuests,
    /// Microsoft Entra guests: of another tenant.
    EntraGuests,
    /// External guests: from elsewhere.
    ExternalGuests,
}

/// Groups that the conditions of one application may name (entra-behaviour.md 4.3).
pub const CONDITION_GROUPS_MAX: usize = 50;

/// `group_claim`: "Add a group claim" (entra-behaviour.md 4.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupClaimEntry {
    /// Which groups.
    pub groups: GroupChoice,
    /// Source attribute.
    #[serde(skip_serializing_if = "is_default")]
    pub source: GroupSource,
    /// "Emit group name for cloud-only groups".
    #[serde(skip_serializing_if = "is_default")]
    pub cloud_display_names: bool,
    /// "Filter groups".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<GroupFilter>,
    /// "Customize the name of the group claim": name; empty: the groups claim.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// "Customize the name of the group claim": namespace.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// "Emit groups as role claims".
    #[serde(skip_serializing_if = "is_default")]
    pub as_roles: bool,
    /// "Apply regex replace to groups claim content".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regex: Option<GroupRegex>,
}

/// Which groups are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroupChoice {
    /// All groups: security groups, distribution lists, and directory roles.
    All,
    /// Security groups, and directory roles as object ids.
    Security,
    /// Directory roles, as wids.
    DirectoryRoles,
    /// Groups assigned to the application, direct members only.
    Assigned,
}

/// What stands for a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroupSource {
    /// Group ID.
    #[default]
    Id,
    /// sAMAccountName.
    SamAccountName,
    /// NetbiosDomain\sAMAccountName.
    NetbiosDomainSamAccountName,
    /// DNSDomain\sAMAccountName.
    DnsDomainSamAccountName,
    /// On-premises group security identifier.
    OnPremisesSid,
    /// Cloud-only group display names.
    CloudDisplayName,
}

/// "Filter groups".
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupFilter {
    /// "Attribute to match".
    pub attribute: GroupFilterAttribute,
    /// "Match with".
    #[serde(rename = "match")]
    pub matching: GroupFilterMatch,
    /// "String".
    pub value: String,
}

/// "Attribute to match".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroupFilterAttribute {
    /// Display name.
    DisplayName,
    /// SAMAccountName.
    SamAccountName,
}

/// "Match with".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GroupFilterMatch {
    /// Prefix.
    Prefix,
    /// Suffix.
    Suffix,
    /// Contains.
    Contains,
}

/// "Apply regex replace to groups claim content".
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupRegex {
    /// Regex pattern.
    pub pattern: Pattern,
    /// Regex replacement pattern.
    pub replacement: Template,
}

/// One of `optional_claims`, which are set at App registrations, Token configuration (entra-behaviour.md 4.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OptionalClaimEntry {
    /// Which.
    pub name: OptionalClaim,
    /// What changes it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub additional_properties: Vec<UpnProperty>,
}

/// An optional claim of a SAML token; `groups` is set by `group_claim`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OptionalClaim {
    /// 0 for a member, 1 for a guest.
    Acct,
    /// The mail address.
    Email,
    /// The UPN.
    Upn,
}

/// An additional property of the optional claim `upn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UpnProperty {
    /// A guest's UPN as this tenant stores it.
    IncludeExternallyAuthenticatedUpn,
    /// The same with `_` for `#`.
    IncludeExternallyAuthenticatedUpnWithoutHash,
}

impl NameIdEntry {
    /// Whether the source is written down.
    #[must_use]
    pub fn source(&self) -> Option<&Source> {
        match &self.origin {
            Some(Origin::Source(source)) => Some(source),
            _ => None,
        }
    }
}

impl Origin {
    /// Whether it is a transformation, which is judged after every attribute (entra-behaviour.md 4.3).
    #[must_use]
    pub fn is_transformation(&self) -> bool {
        matches!(self, Self::Transform(_))
    }
}
