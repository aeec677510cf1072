//! The step `sp`: what the hooks of an SP are told to do.

use control_api::file::{Node, Table, Value};
use control_api::idp::FaultSpec;
use serde_json::Value as Json;

use super::faults::{Carrier, faults};
use super::step::one_verb;
use super::variants::Variant;

/// `sp = { create_account = "B.Simon" }`, `{ refresh_trust = true }`, `{ refresh_trust = "tenant" }`,
/// `{ refresh_trust = true, fault = "meta-xsw" }`, `{ set = { jit = false } }`.
#[derive(Clone, Debug, PartialEq)]
pub struct SpStep {
    /// The hook's name: one of [`control_api::sp::ACTIONS`].
    pub action: &'static str,
    /// The user whom it is about.
    pub user: Option<String>,
    /// With `set`: the settings.
    pub set: Option<Json>,
    /// With `refresh_trust`: which metadata.
    pub metadata: MetadataOf,
    /// With `refresh_trust`: what is wrong with the metadata.
    pub faults: Vec<FaultSpec>,
}

/// Which metadata `refresh_trust` tells the SP to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MetadataOf {
    /// The application's.
    #[default]
    App,
    /// The tenant's, which all its applications share.
    Tenant,
    /// What is at this address, which is not the mock's.
    Address(String),
}

/// The hook by which the SP reads metadata again.
pub(crate) const REFRESH_TRUST: &str = "refresh_trust";

impl SpStep {
    /// Whether the SP reads metadata again.
    #[must_use]
    pub fn refreshes_trust(&self) -> bool {
        self.action == REFRESH_TRUST
    }

    /// Whether it is the metadata that all applications share.
    #[must_use]
    pub fn is_tenant_wide(&self) -> bool {
        self.metadata == MetadataOf::Tenant
    }

    pub(super) fn title(&self) -> String {
        let mut title = format!("sp {}", self.action);
        let object = match (&self.user, &self.metadata) {
            (Some(user), _) => Some(user.as_str()),
            (None, MetadataOf::App) => None,
            (None, MetadataOf::Tenant) => Some("tenant"),
            (None, MetadataOf::Address(address)) => Some(address.as_str()),
        };
        let ids: Vec<_> = self.faults.iter().map(|fault| fault.id.as_str()).collect();
        if let Some(word) = object {
            title.extend([" ", word]);
        }
        if !ids.is_empty() {
            title.extend([" with ", &ids.join(", ")]);
        }
        title
    }
}

/// The `sp` actions that name a user.
const SP_USER_ACTIONS: &[&str] = &[
    "create_account",
    "delete_account",
    "deactivate_account",
    "delete_link",
];

/// Reads the value of `sp` for `variant`.
pub(super) fn sp(table: &Table<'_>, variant: Variant) -> Option<SpStep> {
    let verbs: Vec<_> = SP_USER_ACTIONS
        .iter()
        .chain(&[REFRESH_TRUST, "set"])
        .map(|word| (*word, *word))
        .collect();
    let verb = one_verb(table, &verbs);
    let faults = faults(table, variant, Carrier::Metadata);
    table.done();
    let (action, _) = verb?;
    for key in ["fault", "faults"] {
        if action != REFRESH_TRUST && table.has(key) {
            table.problem_at(key, format!("`{key}` goes with `{REFRESH_TRUST}`"));
        }
    }
    let mut step = SpStep {
        action,
        user: None,
        set: None,
        metadata: MetadataOf::App,
        faults,
    };
    match action {
        REFRESH_TRUST => step.metadata = metadata_of(table).unwrap_or_default(),
        "set" => {
            if table.table(action)?.entries().count() == 0 {
                table.problem_at(action, "`set` is empty: expected settings with their new values");
            }
            step.set = table.node(action).map(Node::to_json);
        }
        _ => step.user = Some(table.required_string(action, "a user")?),
    }
    Some(step)
}

fn metadata_of(table: &Table<'_>) -> Option<MetadataOf> {
    let found = match table.node(REFRESH_TRUST).map(|node| &node.value) {
        Some(Value::Boolean(true)) => Some(MetadataOf::App),
        Some(Value::String(word)) if word == "tenant" => Some(MetadataOf::Tenant),
        Some(Value::String(address)) if address.contains("://") => Some(MetadataOf::Address(address.clone())),
        _ => None,
    };
    match &found {
        None => table.problem_at(
            REFRESH_TRUST,
            "`refresh_trust`: expected true, \"tenant\" for the tenant-wide metadata, or an address",
        ),
        Some(MetadataOf::Address(_)) if table.has("fault") || table.has("faults") => table.problem_at(
            REFRESH_TRUST,
            "`refresh_trust`: faults are of the mock's metadata: expected true or \"tenant\"",
        ),
        _ => {}
    }
    found
}
