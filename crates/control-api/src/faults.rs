//! The names of the faults and of their parameters, so that a scenario is checked before anything runs.
//!
//! What each does stands in the mock's own table (docs/faults.md); a test keeps both the same.

/// A fault, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultName {
    /// Its id.
    pub id: &'static str,
    /// The parameters it takes.
    pub parameters: &'static [ParameterName],
}

/// A parameter of a fault, by name. Its value is a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterName {
    /// Its key.
    pub name: &'static str,
    /// Whether the fault means nothing without it.
    pub required: bool,
}

impl FaultName {
    /// The fault with this id.
    #[must_use]
    pub fn find(id: &str) -> Option<&'static Self> {
        FAULTS.iter().find(|fault| fault.id == id)
    }
}

const fn fault(id: &'static str, parameters: &'static [ParameterName]) -> FaultName {
    FaultName { id, parameters }
}

const fn required(name: &'static str) -> ParameterName {
    ParameterName { name, required: true }
}

const fn optional(name: &'static str) -> ParameterName {
    ParameterName {
        name,
        required: false,
    }
}

/// Every fault, by id.
pub const FAULTS: &[FaultName] = &[
    fault("aadsts", &[required("code")]),
    fault("cond-audience-other", &[]),
    fault("cond-expired", &[]),
    fault("cond-not-yet", &[]),
    fault("enc-wrong-key", &[]),
    fault("env-destination-other", &[]),
    fault("env-inresponseto-missing", &[]),
    fault("env-inresponseto-unknown", &[]),
    fault("env-issuer-other", &[optional("value")]),
    fault("env-status-requester", &[]),
    fault("sig-certificate", &[required("certificate")]),
    fault("sig-none", &[]),
    fault("sig-rsa-sha1", &[]),
    fault("sig-tamper-attribute", &[optional("name"), required("value")]),
    fault("sig-tamper-nameid", &[required("value")]),
    fault("sig-value-bitflip", &[]),
    fault("sig-wrong-key", &[]),
    fault("sig-wrong-key-own-cert", &[]),
    fault("subj-noa-past", &[]),
    fault("subj-recipient-other", &[]),
];
