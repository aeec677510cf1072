//! What is told of an armed fault that cannot act.

use control_api::catalogue::unknown_fault;

/// Why an armed fault cannot act.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FaultError {
    /// No such fault.
    #[error("{}", unknown_fault(.id))]
    UnknownFault { id: String },
    /// No such parameter.
    #[error("the fault `{id}` has no parameter `{name}`: {}", expected(.known))]
    UnknownParameter {
        id: &'static str,
        name: String,
        known: Vec<&'static str>,
    },
    /// A required parameter is absent.
    #[error("the fault `{id}` needs the parameter `{name}`: {meaning}")]
    MissingParameter {
        id: &'static str,
        name: &'static str,
        meaning: &'static str,
    },
    /// A parameter's value that is none of its words.
    #[error("the fault `{id}` has no {parameter} `{value}`: expected {}", quoted(.known))]
    UnknownValue {
        id: &'static str,
        parameter: &'static str,
        value: String,
        known: &'static [String],
    },
    /// No such error.
    #[error("unknown code `{code}`{}", codes_hint(.nearest))]
    UnknownCode { code: String, nearest: Vec<u32> },
    /// An error that the mock never shows.
    #[error("AADSTS{code} never appears: {reason}")]
    AbsentCode { code: u32, reason: &'static str },
    /// Where the sign-on stops, no other fault can act.
    #[error("the fault `{id}` stops the sign-on, so it goes with no other")]
    NotAlone { id: &'static str },
    /// Metadata is fetched in no sign-on.
    #[error("the fault `{id}` acts on the metadata, so it goes with faults of the metadata alone")]
    OfMetadata { id: &'static str },
    /// What it would change is not in the message.
    #[error("the response has no {what}")]
    NothingThere { what: String },
    /// It would change nothing.
    #[error("the response already has {what}")]
    NoEffect { what: String },
    /// It would act on the encryption, and there is none.
    #[error(
        "the assertion is not encrypted: give the application an active certificate for token encryption, then the fault `{id}` can act"
    )]
    NotEncrypted { id: &'static str },
    /// It is not the message that the mock writes.
    #[error("another fault left a message that this one cannot work on")]
    Unreadable,
    /// What it is about is signed by the response, or by the assertion alone.
    #[error("the application's signing option does not fit: set it to {needed}")]
    SigningOption { needed: &'static str },
    /// No key, or one that does not sign so.
    #[error("the forged signature could not be made")]
    NotSigned,
    /// It changes how data are encrypted that are encrypted otherwise.
    #[error(
        "the assertion is not encrypted with {needed}: give the application's token encryption another `data`"
    )]
    OtherEncryption { needed: &'static str },
    /// No recipient, or one that cannot be encrypted for.
    #[error("what the fault encrypts could not be encrypted")]
    NotSealed,
    /// The tenant has nobody else of whom something could be said.
    #[error("{0}")]
    NoVictim(String),
    /// A parameter says what the fault does not know.
    #[error("the parameter `{name}` is `{value}`: expected {expected}")]
    BadParameter {
        name: &'static str,
        value: String,
        expected: String,
    },
    /// It acts on a signature that the application does not make.
    #[error("the {unsigned} has no signature of its own: choose another Signing Option for the application")]
    NotSignedThere { unsigned: &'static str },
    /// Nobody can forge for this key.
    #[error(
        "nobody forges for the exponent of the key that signs: import a certificate whose key has the exponent 3, and make it active"
    )]
    LargeExponent,
    /// It wraps what can be read.
    #[error(
        "the assertion is encrypted: deactivate the application's token encryption, then the fault can act"
    )]
    Encrypted,
    /// No other application whose key could sign.
    #[error("{0}")]
    NoOtherApp(String),
    /// Nowhere else to go.
    #[error(
        "the application has no Logout URL: give it one, or say in the parameter `to` where the message goes"
    )]
    NoLogoutUrl,
    /// It is about the query, and there is none.
    #[error(
        "the message goes by HTTP-POST, and the fault acts on the query of HTTP-Redirect: leave `slo-post` out"
    )]
    NotByRedirect,
    /// There is nothing to name beside it.
    #[error("the user has no other session with the application: sign in with another browser first")]
    OneSession,
    /// They would act on different messages.
    #[error("the faults `{other}` and `{id}` are about different messages: arm them apart")]
    OtherMessage { id: &'static str, other: &'static str },
    /// No certificate of this name.
    #[error("the application has and had no certificate `{name}`")]
    NoCertificate { name: String },
}

fn codes_hint(nearest: &[u32]) -> String {
    if nearest.is_empty() {
        return ": expected one of docs/errors.md, such as AADSTS50131".to_owned();
    }
    let nearest: Vec<_> = nearest.iter().map(|code| format!("AADSTS{code}")).collect();
    format!(": the nearest are {}", nearest.join(", "))
}

fn quoted(known: &[String]) -> String {
    let known: Vec<_> = known.iter().map(|word| format!("`{word}`")).collect();
    known.join(", ")
}

fn expected(known: &[&'static str]) -> String {
    if known.is_empty() {
        return "it takes none".to_owned();
    }
    let known: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
    format!("expected {}", known.join(", "))
}
