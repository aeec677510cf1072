//! From the value of a response to the message: signed, its assertion encrypted where the application says so, and changed
//! by the faults that act then (entra-behaviour.md 3.4, 3.7).

use std::cell::RefCell;

use certs::{Certificate, KeyedCertificate};
use control_api::tenant::{DataEncryptionWord, KeyTransportWord, TokenEncryptionEntry};
use saml_emit::{Encryption, Randomness, Signing};
use saml_model::{DataEncryption, KeyTransport, Response};

use super::signed::ResponseError;
use crate::faults::{Chosen, FaultError, Inputs, Recipient, Signer, SigningPlan, cut_element};

/// What it takes to write one response.
pub(super) struct Writer<'w> {
    /// What faults draw on, and what is signed.
    pub(super) inputs: &'w Inputs<'w>,
    /// By whom.
    pub(super) signing: &'w SigningPlan,
    /// For whom the assertion is encrypted; `None`: for nobody.
    pub(super) recipient: Option<&'w Recipient>,
    /// By which algorithms.
    pub(super) algorithms: &'w TokenEncryptionEntry,
    /// Session key and initialisation vector.
    pub(super) randomness: &'w Randomness,
    /// What is changed.
    pub(super) faults: &'w Chosen<'w>,
}

/// A message, and whose keys it took.
pub(super) struct Written {
    /// The message.
    pub(super) xml: String,
    /// The message with its assertion open, where that is encrypted.
    pub(super) open: Option<String>,
    /// Thumbprint of the certificate that signed; empty where nobody signed.
    pub(super) signed_by: String,
    /// Thumbprint of the certificate that the assertion was encrypted to.
    pub(super) encrypted_to: Option<String>,
}

impl Writer<'_> {
    pub(super) fn write(&self, response: &Response) -> Result<Written, ResponseError> {
        let keyed = match &self.signing.signer {
            Signer::Nobody => None,
            Signer::Certificate(certificate) => Some(certificate.keyed()?),
            Signer::Attacker => Some(self.inputs.vault.attacker()?),
        };
        let signing = keyed.map(|keyed| Signing {
            algorithm: self.signing.algorithm,
            key: keyed.key.private(),
            certificate_der: keyed.certificate.der(),
        });
        let (xml, open, encrypted_to) = match self.recipient {
            Some(recipient) => {
                let certificate = match recipient {
                    Recipient::Certificate(certificate) => certificate,
                    Recipient::Attacker => &self.inputs.vault.attacker()?.certificate,
                };
                let encryption = encryption(certificate, self.algorithms, self.randomness);
                let (xml, open) = self.encrypted(response, signing.as_ref(), keyed, &encryption)?;
                (xml, open, Some(certificate.thumbprint()))
            }
            None => {
                let signed = if self.faults.forges() {
                    self.forged(response, keyed, &as_it_is)?
                } else {
                    saml_emit::response(response, self.inputs.option, signing.as_ref())?
                };
                let changed = self.faults.change_bytes(signed, self.inputs)?;
                (changed, None, None)
            }
        };
        Ok(Written {
            xml,
            open,
            signed_by: keyed.map_or_else(String::new, |keyed| keyed.certificate.thumbprint()),
            encrypted_to,
        })
    }

    /// The message that saml-emit cannot write, signed as the plan says.
    fn forged(
        &self,
        response: &Response,
        keyed: Option<&KeyedCertificate>,
        enclose: &dyn Fn(&str) -> Result<String, FaultError>,
    ) -> Result<String, ResponseError> {
        let unsigned = saml_emit::response(response, self.inputs.option, None)?;
        let faults = self.faults;
        Ok(faults.forged(&unsigned, self.signing, keyed, self.inputs, enclose)?)
    }

    /// As [`Self::forged`], its assertion encrypted before the response is signed. What changes the signed message could not
    /// read it then, and is done to it before; a signature of the response then no longer fits.
    fn forged_and_encrypted(
        &self,
        response: &Response,
        keyed: Option<&KeyedCertificate>,
        encryption: &Encryption<'_>,
    ) -> Result<(String, Option<String>), ResponseError> {
        if self.faults.changes_bytes() {
            let forged = self.forged(response, keyed, &as_it_is)?;
            let open = self.faults.change_bytes(forged, self.inputs)?;
            let Some((before, assertion, after)) = cut_element(&open, "Assertion") else {
                return Ok((open, None));
            };
            let (enclosed, plaintext) = self.faults.enclosed(assertion, encryption, self.inputs)?;
            let [xml, open] = [&enclosed, &plaintext].map(|inner| [before, inner, after].concat());
            return Ok((xml, Some(open)));
        }
        let plaintext = RefCell::new(None);
        let xml = self.forged(response, keyed, &|signed| {
            let Some((before, assertion, after)) = cut_element(signed, "Assertion") else {
                return Ok(signed.to_owned());
            };
            let (enclosed, opened) = self.faults.enclosed(assertion, encryption, self.inputs)?;
            *plaintext.borrow_mut() = Some(opened);
            Ok([before, &enclosed, after].concat())
        })?;
        let open = match (plaintext.into_inner(), cut_element(&xml, "EncryptedAssertion")) {
            (Some(plaintext), Some((before, _, after))) => Some([before, &plaintext, after].concat()),
            _ => None,
        };
        Ok((xml, open))
    }

    /// What changes the signed message changes it as it is before the encryption: the assertion can be read. One that was
    /// changed is then encrypted in place of the honest one, whose bytes nobody sees, so that its random values are used
    /// once. A signature of the response was made over the honest one and no longer fits, as without encryption.
    /// The second text is the message as whoever can decrypt it reads it.
    fn encrypted(
        &self,
        response: &Response,
        signing: Option<&Signing<'_>>,
        keyed: Option<&KeyedCertificate>,
        encryption: &Encryption<'_>,
    ) -> Result<(String, Option<String>), ResponseError> {
        if self.faults.forges() {
            return self.forged_and_encrypted(response, keyed, encryption);
        }
        let xml = saml_emit::encrypted_response(response, self.inputs.option, signing, encryption)?;
        let plaintext = saml_emit::signed_assertion(response, self.inputs.option, signing)?;
        let (Some(plaintext), Some((before, honest, after))) =
            (plaintext, cut_element(&xml, "EncryptedAssertion"))
        else {
            return Ok((self.faults.change_bytes(xml, self.inputs)?, None));
        };
        let open = [before, &plaintext, after].concat();
        if !self.faults.changes_bytes() {
            return Ok((xml, Some(open)));
        }
        let changed = self.faults.change_bytes(open, self.inputs)?;
        let Some((before, assertion, after)) = cut_element(&changed, "Assertion") else {
            return Ok((changed, None));
        };
        if assertion == plaintext {
            let xml = [before, honest, after].concat();
            return Ok((xml, Some(changed)));
        }
        let encrypted = saml_emit::encrypted_assertion(assertion, encryption)?;
        let xml = [before, &encrypted, after].concat();
        Ok((xml, Some(changed)))
    }
}

fn as_it_is(message: &str) -> Result<String, FaultError> {
    Ok(message.to_owned())
}

/// How an application's assertions are encrypted for a certificate.
pub(super) fn encryption<'e>(
    certificate: &'e Certificate,
    algorithms: &TokenEncryptionEntry,
    randomness: &'e Randomness,
) -> Encryption<'e> {
    Encryption {
        data: data(algorithms.data),
        key_transport: key_transport(algorithms.key_transport),
        certificate_der: certificate.der(),
        randomness,
    }
}

fn data(word: DataEncryptionWord) -> DataEncryption {
    match word {
        DataEncryptionWord::Aes256Cbc => DataEncryption::Aes256Cbc,
        DataEncryptionWord::Aes256Gcm => DataEncryption::Aes256Gcm,
        DataEncryptionWord::Aes128Cbc => DataEncryption::Aes128Cbc,
        DataEncryptionWord::Aes128Gcm => DataEncryption::Aes128Gcm,
    }
}

fn key_transport(word: KeyTransportWord) -> KeyTransport {
    match word {
        KeyTransportWord::RsaOaepMgf1p => KeyTransport::RsaOaepMgf1p,
        KeyTransportWord::Rsa15 => KeyTransport::Rsa15,
        KeyTransportWord::RsaOaepSha256 => KeyTransport::RsaOaepSha256,
    }
}
