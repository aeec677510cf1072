//! `claims_mapping_policy`: the claims mapping policy of an application (entra-behaviour.md 4.5), in the policy's own JSON,
//! which is Microsoft Graph's `definition[0]`. It says the same as "Attributes & Claims" in other words, so it is read into
//! the same values.

use serde::{Serialize, Serializer};
use serde_json::Value as Json;

use super::decode::policy;
use super::{AppEntry, ClaimEntry, GroupFilter, NameIdEntry};
use crate::file::{self, Diagnostics};

/// A claims mapping policy that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimsMappingPolicy {
    /// As it was written; all that follows is in it.
    pub(super) text: String,
    /// `IncludeBasicClaimSet`: whether the default claims are sent. That these are the basic claims of SAML is uncertain.
    pub include_basic_claim_set: bool,
    /// The entry whose SamlClaimType is `…/nameidentifier`; without one the default configuration.
    pub name_id: NameIdEntry,
    /// The other entries with a SamlClaimType, in their order.
    pub claims: Vec<ClaimEntry>,
    /// `GroupFilter`, which takes the place of the group claim's.
    pub group_filter: Option<GroupFilter>,
}

impl ClaimsMappingPolicy {
    /// Reads a policy; keys count in any case, as in Microsoft's own examples.
    ///
    /// # Errors
    /// All that is wrong with it or cannot be expressed, each with its path in the JSON.
    pub fn parse(text: &str) -> Result<Self, Diagnostics> {
        const NAME: &str = "claims_mapping_policy";
        let json = serde_json::from_str(text).or_else(|error| {
            let told = |root: &file::Table<'_>| -> Option<Json> {
                root.problem(format!("not JSON: {error}"));
                None
            };
            file::from_json(NAME, &Json::Object(serde_json::Map::new()), told)
        })?;
        let mut twice = Vec::new();
        let json = policy::canonical(json, "", &mut twice);
        file::from_json(NAME, &json, |root| policy::policy(root, text, &twice)).map_err(once)
    }
}

/// An entry is looked at once for each that refers to it, but told of once.
fn once(wrong: Diagnostics) -> Diagnostics {
    let mut told = Vec::new();
    for one in wrong.0 {
        if !told.contains(&one) {
            told.push(one);
        }
    }
    Diagnostics(told)
}

impl Serialize for ClaimsMappingPolicy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// What counts for the assertion: the policy's word where there is one, else that of "Attributes & Claims".
impl AppEntry {
    /// The additional claims.
    #[must_use]
    pub fn issued_claims(&self) -> &[ClaimEntry] {
        let policy = self.claims_mapping_policy.as_ref();
        policy.map_or(&self.claims, |policy| &policy.claims)
    }

    /// The NameID.
    #[must_use]
    pub fn issued_name_id(&self) -> &NameIdEntry {
        let policy = self.claims_mapping_policy.as_ref();
        policy.map_or(&self.name_id, |policy| &policy.name_id)
    }

    /// Whether givenname, surname, emailaddress and name are sent.
    #[must_use]
    pub fn issues_default_claims(&self) -> bool {
        let policy = self.claims_mapping_policy.as_ref();
        policy.map_or(self.default_claims, |policy| policy.include_basic_claim_set)
    }

    /// The filter of the group claim.
    #[must_use]
    pub fn issued_group_filter(&self) -> Option<&GroupFilter> {
        let policy = self.claims_mapping_policy.as_ref();
        let own = || self.group_claim.as_ref().and_then(|claim| claim.filter.as_ref());
        policy
            .and_then(|policy| policy.group_filter.as_ref())
            .or_else(own)
    }
}
