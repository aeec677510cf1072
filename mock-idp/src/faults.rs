//! Faults: named, parameterised deviations from the correct response (ids of the catalogue, [`control_api::catalogue`]).
//!
//! What each does is here, by group; all else about it is data of the catalogue. It acts at one stage: on the value before
//! signing, on the signing, on the signed bytes, on the encryption, or on the way; whatever the order in which faults are
//! armed, the stages come in this order. So the signed bytes are those that are then encrypted. Each names the rejection
//! that a good service provider answers with (contracts.md section 8). One acts before all of them: it stops the
//! sign-on with an error of the registry, so that there is no response. Those of the stage sign-out act on messages of single
//! sign-out and on no response ([`logout`] has their stages), those of metadata on no sign-on at all.

mod actx;
mod arming;
mod bind;
mod bytes;
mod chosen;
mod cond;
mod enc;
mod env;
mod envelope;
mod error;
mod forge;
mod impostor;
mod logout;
mod meta;
mod nid;
mod pd;
mod person;
mod prov;
mod sig;
mod sign_on;
mod slo;
mod subj;
mod transport;
mod tree;
mod value;
mod xml;
mod xsw;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use certs::{Certificate, KeyedCertificate};
use control_api::catalogue::{self, Case};
pub use control_api::catalogue::{CaseOutcome, Parameter, Stage};
use jiff::Timestamp;
use saml_emit::Encryption;
use saml_model::{Response, SignatureAlgorithm, SigningOption};
use uuid::Uuid;

pub(crate) use arming::arm;
pub(crate) use bytes::cut_element;
pub(crate) use chosen::{Chosen, find_all};
use envelope::Envelope;
pub(crate) use error::FaultError;
use forge::Forge;
pub(crate) use logout::{About, Carried, Carrier, Inputs as LogoutInputs, Message as LogoutMessage};
use meta::Document;
pub(crate) use meta::{DocumentInputs, Publication};
pub(crate) use sign_on::{AADSTS, armed_error};
pub(crate) use transport::Form;
use tree::Tree;

use crate::tenant::certificates::{AppCertificate, Vault};

/// A fault: what the catalogue says of it, and what it does.
#[derive(Debug)]
pub struct Fault {
    /// Its id.
    pub id: &'static str,
    /// Its case.
    pub case: &'static Case,
    /// When it acts, with what, and what must come of it.
    pub spec: &'static catalogue::Fault,
    actions: Vec<Action>,
}

impl Fault {
    /// When it acts.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.spec.stage
    }

    /// The rejection it must provoke; `None`: the sign-on stops at the identity provider, or it need not be refused.
    #[must_use]
    pub fn rejection(&self) -> Option<&'static str> {
        self.spec.rejection.as_deref()
    }

    /// The parameters it takes.
    #[must_use]
    pub fn parameters(&self) -> &'static [Parameter] {
        &self.spec.parameters
    }
}

type Parameters = BTreeMap<String, String>;

/// What a fault does, to what.
#[derive(Clone, Copy, Debug)]
enum Action {
    /// It stops the sign-on.
    SignOn,
    /// Stage value: the typed response.
    Value(fn(&mut Response, &Parameters, &Inputs<'_>) -> Result<(), FaultError>),
    /// Stage value: the message before it is signed, where no typed value says it.
    Draft(fn(&mut Tree, &Parameters, &Inputs<'_>) -> Result<(), FaultError>),
    /// Stage signing: who signs.
    Signing(fn(&mut SigningPlan, &Parameters, &Inputs<'_>) -> Result<(), FaultError>),
    /// Stage signing: how is signed.
    Forge(fn(&mut Forge, &Parameters, &Inputs<'_>) -> Result<(), FaultError>),
    /// Stages signing and bytes: the signed message.
    Message(fn(&str, &Parameters, &Inputs<'_>) -> Result<String, FaultError>),
    /// Stage encryption: for whom.
    Encryption(fn(&mut Recipient)),
    /// Stage encryption: what.
    Plaintext(fn(&str, &Encryption<'_>, &Parameters, &Inputs<'_>) -> Result<String, FaultError>),
    /// Stage encryption: how.
    Envelope(fn(&mut Envelope<'_>, &Parameters, &Inputs<'_>) -> Result<(), FaultError>),
    /// Stage transport: the form that carries the message.
    Transport(fn(&mut Form, &Parameters, &Inputs<'_>) -> Result<(), FaultError>),
    /// Stage transport: the octets that the form carries, instead of the message's own.
    Octets(fn(&str, &Parameters, &Inputs<'_>) -> Result<Vec<u8>, FaultError>),
    /// Stage sign-out: a message of single sign-out.
    Logout(About, logout::Act),
    /// Stage metadata: the document, or the answer that carries it.
    Metadata(fn(&mut Document, &Parameters, &DocumentInputs<'_>) -> Result<(), FaultError>),
}

/// The actions by group; a fault may have several, each at its own stage.
const ACTIONS: &[&[(&str, Action)]] = &[
    bind::ACTIONS,
    actx::ACTIONS,
    cond::ACTIONS,
    cond::instants::ACTIONS,
    enc::ACTIONS,
    enc::identifiers::ACTIONS,
    enc::inside::ACTIONS,
    enc::outside::ACTIONS,
    env::ACTIONS,
    env::several::ACTIONS,
    env::status::ACTIONS,
    nid::ACTIONS,
    nid::attributes::ACTIONS,
    meta::ACTIONS,
    prov::ACTIONS,
    pd::ACTIONS,
    pd::grammar::ACTIONS,
    sig::ACTIONS,
    sig::algorithms::ACTIONS,
    sig::borrowed::ACTIONS,
    sig::edits::ACTIONS,
    sig::ids::ACTIONS,
    sig::keys::ACTIONS,
    sig::references::ACTIONS,
    sig::transforms::ACTIONS,
    slo::ACTIONS,
    slo::query::ACTIONS,
    subj::ACTIONS,
    xml::ACTIONS,
    xml::entities::ACTIONS,
    xml::names::ACTIONS,
    xml::octets::ACTIONS,
    xml::size::ACTIONS,
    xsw::ACTIONS,
];

/// Every fault, in the catalogue's order.
pub static FAULTS: LazyLock<Vec<Fault>> = LazyLock::new(|| {
    let faults = catalogue::faults().map(|(case, spec)| {
        let all = ACTIONS.iter().copied().flatten();
        let own = all.filter(|(id, _)| *id == case.id);
        Fault {
            id: &case.id,
            case,
            spec,
            actions: own.map(|(_, action)| *action).collect(),
        }
    });
    faults.collect()
});

/// Finds the certificate of another application.
pub(crate) type OtherApp<'i> = dyn Fn(Option<&str>) -> Result<Arc<AppCertificate>, FaultError> + 'i;

/// What a fault may draw on.
pub(crate) struct Inputs<'i> {
    /// The tenant's time.
    pub(crate) now: Timestamp,
    /// An id that nobody has.
    pub(crate) stranger: Uuid,
    /// The certificate that the application has or had under a name.
    pub(crate) certificate: &'i dyn Fn(&str) -> Option<Arc<AppCertificate>>,
    /// The application's own: K0 of the catalogue.
    pub(crate) own: &'i AppCertificate,
    /// The attackers' key: K1 of the catalogue.
    pub(crate) vault: &'i Vault,
    /// What the application signs.
    pub(crate) option: SigningOption,
    /// With which algorithm.
    pub(crate) algorithm: SignatureAlgorithm,
    /// Whether the assertion is encrypted afterwards.
    pub(crate) is_encrypted: bool,
    /// How, and for whom, where it is.
    pub(crate) encryption: Option<Encryption<'i>>,
    /// Where the application is logged out; `None`: it has no such address.
    pub(crate) logout_url: Option<&'i str>,
    /// The application's federation metadata, signed.
    pub(crate) metadata: &'i dyn Fn() -> Result<String, FaultError>,
    /// The certificate with which another application of the tenant signs: the one that is named, or the first other.
    pub(crate) other_app: &'i OtherApp<'i>,
    /// The response that would be said of somebody else, V of the catalogue: the user that is named, or the first other that
    /// could be meant.
    pub(crate) victim: &'i dyn Fn(Option<&str>) -> Result<Response, FaultError>,
}

impl Inputs<'_> {
    /// The key that the service provider trusts.
    ///
    /// # Errors
    /// That it could not be made.
    fn own(&self) -> Result<&KeyedCertificate, FaultError> {
        self.own.keyed().map_err(|_| FaultError::NotSigned)
    }

    /// The attackers' key.
    ///
    /// # Errors
    /// That it could not be made.
    fn attacker(&self) -> Result<&KeyedCertificate, FaultError> {
        self.vault.attacker().map_err(|_| FaultError::NotSigned)
    }

    /// That the assertion can be read, and wrapped.
    ///
    /// # Errors
    /// That it is encrypted.
    fn require_plain(&self) -> Result<(), FaultError> {
        if self.is_encrypted {
            Err(FaultError::Encrypted)
        } else {
            Ok(())
        }
    }

    /// The response that would be said of the fault's victim.
    ///
    /// # Errors
    /// That nobody can be meant.
    fn victim(&self, parameters: &Parameters) -> Result<Response, FaultError> {
        (self.victim)(parameters.get(VICTIM).map(String::as_str))
    }
}

/// The parameter that names whom an attack wants to be.
const VICTIM: &str = "victim";

/// The parameter that chooses one of several ways.
const VARIANT: &str = "variant";

/// Which way of the fault `id` is chosen: where nobody says, the first that the catalogue names.
fn variant<'p>(parameters: &'p Parameters, id: &str) -> &'p str {
    let first = || {
        let (_, fault) = catalogue::fault(id)?;
        let parameter = fault
            .parameters
            .iter()
            .find(|parameter| parameter.name == VARIANT)?;
        parameter.values.first().map(String::as_str)
    };
    let chosen = parameters.get(VARIANT).map(String::as_str);
    chosen.or_else(first).unwrap_or_default()
}

/// Who signs, and how.
#[derive(Debug)]
pub(crate) struct SigningPlan {
    /// Whose key.
    pub(crate) signer: Signer,
    /// With which algorithm.
    pub(crate) algorithm: SignatureAlgorithm,
}

/// Whose key signs.
#[derive(Debug)]
pub(crate) enum Signer {
    /// Nobody's.
    Nobody,
    /// A certificate of the application.
    Certificate(Arc<AppCertificate>),
    /// The attackers', which no application has.
    Attacker,
}

/// Whose key the assertion is encrypted to.
#[derive(Debug)]
pub(crate) enum Recipient {
    /// The application's active certificate.
    Certificate(Certificate),
    /// The attackers', which no service provider has.
    Attacker,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_and_the_actions_have_the_same_faults() {
        for fault in FAULTS.iter() {
            assert!(!fault.actions.is_empty(), "{} does nothing", fault.id);
        }
        for (id, _) in ACTIONS.iter().copied().flatten() {
            assert!(
                FAULTS.iter().any(|fault| fault.id == *id),
                "{id} is not in the catalogue"
            );
        }
    }

    #[test]
    fn the_catalogue_names_the_stage_of_what_is_done() {
        for fault in FAULTS.iter() {
            let acts_at = |action: &Action| match action {
                Action::SignOn => fault.stage() == Stage::SignOn,
                Action::Value(_) | Action::Draft(_) => {
                    !matches!(fault.stage(), Stage::SignOn | Stage::Metadata | Stage::SignOut)
                }
                Action::Signing(_) | Action::Forge(_) => {
                    matches!(fault.stage(), Stage::Signing | Stage::Transport)
                }
                Action::Message(_) => matches!(fault.stage(), Stage::Signing | Stage::Bytes),
                Action::Encryption(_) | Action::Plaintext(_) | Action::Envelope(_) => {
                    fault.stage() == Stage::Encryption
                }
                Action::Octets(_) | Action::Transport(_) => fault.stage() == Stage::Transport,
                Action::Logout(..) => fault.stage() == Stage::SignOut,
                Action::Metadata(_) => fault.stage() == Stage::Metadata,
            };
            assert!(fault.actions.iter().all(acts_at), "{}", fault.id);
        }
    }
}
