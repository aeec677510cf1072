//! Faults of the signing: the wrong one signs, or in the wrong way.

use saml_model::SignatureAlgorithm;

use super::{FaultError, Inputs, Parameters, Signer, SigningPlan};

pub(super) fn certificate(
    plan: &mut SigningPlan,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    let name = parameters.get("certificate").map_or("", String::as_str);
    let certificate = (inputs.certificate)(name).ok_or_else(|| FaultError::NoCertificate {
        name: name.to_owned(),
    })?;
    plan.signer = Signer::Certificate(certificate);
    Ok(())
}

pub(super) fn none(plan: &mut SigningPlan, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    plan.signer = Signer::Nobody;
    Ok(())
}

pub(super) fn rsa_sha1(plan: &mut SigningPlan, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    plan.algorithm = SignatureAlgorithm::RsaSha1;
    Ok(())
}

pub(super) fn wrong_key(plan: &mut SigningPlan, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    plan.signer = Signer::Attacker;
    plan.without_key_info = true;
    Ok(())
}

pub(super) fn wrong_key_own_certificate(
    plan: &mut SigningPlan,
    _: &Parameters,
    _: &Inputs<'_>,
) -> Result<(), FaultError> {
    plan.signer = Signer::Attacker;
    Ok(())
}
