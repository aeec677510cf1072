//! `POST /tenants/{tenant}/claims-test`: what an assertion would say about a user and why, or what a transformation
//! makes of sample values ("Test transformation" of the admin center; entra-behaviour.md 4).

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;

/// What is tested: without `transform` a user's claims, with it a transformation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimsTest {
    /// The application, by name or application id; absent where the tenant has one application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// The user, by UPN or its local part. With `transform` the user's own values stand where `values` has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// A transformation in the tenant file's own keys: `{"function": "ExtractMailPrefix", "input": "user.mail"}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transform: Option<Json>,
    /// With `transform`: sample values by source attribute, a text or a list of texts each. A source that nobody gives a
    /// value is empty.
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "samples"
    )]
    pub values: BTreeMap<String, Vec<String>>,
    /// With `transform`: it shall make the NameID, which takes fewer functions and sources, and Join verified domains alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub for_name_id: bool,
}

/// The answer to a [`ClaimsTest`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ClaimsTested {
    /// Of a user.
    Claims(Box<TestedClaims>),
    /// Of a transformation.
    Transform(TestedTransform),
}

/// What the assertion would say about a user at the first sign-on without a request's wishes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestedClaims {
    /// The application's name.
    pub app: String,
    /// The user's name.
    pub upn: String,
    /// Whether a claims mapping policy decides, so that the claims of "Attributes & Claims" do not count.
    pub claims_mapping_policy: bool,
    /// The first error that stops the sign-on, where one does: an AADSTS code. What stands below is then what the assertion
    /// would say otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<TestedStop>,
    /// The NameID; absent where the configuration gives none (AADSTS501241).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_id: Option<TestedNameId>,
    /// The attributes, in the assertion's order.
    pub attributes: Vec<TestedClaim>,
    /// What is configured and not sent.
    pub left_out: Vec<TestedClaim>,
}

/// What stops a sign-on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestedStop {
    /// `AADSTS50105`.
    pub code: String,
    /// The code and the message, as the page shows them.
    pub text: String,
}

/// The NameID of a [`TestedClaims`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestedNameId {
    /// Its value.
    pub value: String,
    /// The URI of its format.
    pub format: String,
    /// Where it comes from.
    #[serde(flatten)]
    pub why: Why,
}

/// A claim of a [`TestedClaims`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestedClaim {
    /// Its name on the wire.
    pub name: String,
    /// NameFormat, where it is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_format: Option<String>,
    /// Its values; of one that is ignored those that it would have.
    pub values: Vec<String>,
    /// Where it comes from.
    #[serde(flatten)]
    pub why: Why,
}

/// Why something is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Why {
    /// The same for a person to read.
    #[serde(rename = "why")]
    pub told: String,
    /// What it is of.
    pub by: ClaimBy,
    /// `{"source": …}`, `{"value": …}` or `{"transform": …}`, in the tenant file's own keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Json>,
    /// The number of the condition that gave it, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<usize>,
    /// Why it is not sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<LeftOut>,
}

/// What a claim is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimBy {
    /// Every assertion has it.
    Core,
    /// The default claims: givenname, surname, emailaddress, name.
    DefaultClaim,
    /// An additional claim, or an entry of the claims mapping policy.
    Claim,
    /// The group claim.
    GroupClaim,
    /// The app roles of the user's assignments.
    AppRoles,
    /// An optional claim of Token configuration.
    OptionalClaim,
    /// "Unique User Identifier (Name ID)".
    NameId,
    /// The pairwise value in place of a NameID whose transformation gave nothing that can be sent.
    NameIdFallback,
}

/// Why a claim is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeftOut {
    /// Its name is of the restricted claim set.
    Restricted,
    /// It has no value.
    Empty,
}

/// What a transformation makes of sample values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestedTransform {
    /// What it gives: at most one value, unless it is treated as multivalued. Empty: the claim is omitted, and a NameID
    /// falls back to the pairwise value.
    pub output: Vec<String>,
    /// The way of each value of the input, of one that is empty where there is none.
    pub runs: Vec<TransformRun>,
}

/// A value's way through a transformation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransformRun {
    /// The value; absent where the input is empty.
    pub input: Option<String>,
    /// The transformation, and the second one.
    pub steps: Vec<TransformStep>,
}

/// What a function made of its input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransformStep {
    /// The function.
    pub function: String,
    /// What it gave; absent where that is nothing.
    pub output: Option<String>,
    /// How.
    pub result: StepResult,
}

/// How a function came to its output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepResult {
    /// It did what it does to any text.
    Done,
    /// The input matched.
    Matched,
    /// The input did not match: the output is that for no match; RegexReplace without one is skipped, and its input goes on.
    NotMatched,
    /// The input is empty.
    NoInput,
    /// Join: what is joined is empty.
    NoParameter,
    /// Join for a NameID: what is joined is no verified domain of the tenant.
    NotVerified,
    /// The output would be longer than the mock's limit for a value, or for all values of a claim: it is nothing.
    TooLong,
}

impl StepResult {
    /// The same for a person to read.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Matched => "the input matches",
            Self::NotMatched => "the input does not match",
            Self::NoInput => "the input is empty",
            Self::NoParameter => "what is joined is empty",
            Self::NotVerified => "what is joined is no verified domain of the tenant",
            Self::TooLong => "the output is too long: 64 KiB are the limit of a value, 1 MiB that of a claim",
        }
    }
}

/// A text stands for a list of one.
fn samples<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, Vec<String>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a sample value is a text or a list of texts")]
    enum Sample {
        One(String),
        All(Vec<String>),
    }
    let samples = BTreeMap::<String, Sample>::deserialize(from)?;
    let list = |sample| match sample {
        Sample::One(text) => vec![text],
        Sample::All(texts) => texts,
    };
    Ok(samples
        .into_iter()
        .map(|(source, sample)| (source, list(sample)))
        .collect())
}
