//! `saml:EncryptedAssertion` as it stands in a message: read without any key, so that everybody sees the same in it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml_model::names::{NS_DSIG, NS_XENC, NS_XENC11, XENC_TYPE_ELEMENT, XENC_TYPE_ENCRYPTED_KEY};

use super::DecryptionError;
use crate::malformed::{Malformed, MalformedKind};
use crate::sequence::{Foreign, Sequence, bad_value, only_attributes, optional_string, required};
use crate::xml::{Element, is_space};

/// The most `EncryptedKey`s of one assertion: each costs an RSA operation for every private key.
pub const LIMIT_ENCRYPTED_KEYS: usize = 8;
/// The longest `OAEPparams`, in bytes.
const LIMIT_OAEP_PARAMS: usize = 256;

/// What is encrypted, and for whom.
pub(crate) struct EncryptedAssertion {
    /// The `Algorithm` that encrypts the data.
    pub(super) data_method: String,
    /// The encrypted data.
    pub(super) value: Vec<u8>,
    keys: Vec<EncryptedKey>,
}

/// A session key for one recipient.
pub(super) struct EncryptedKey {
    /// The `Algorithm` that encrypts the key.
    pub(super) method: String,
    /// The `DigestMethod`.
    pub(super) digest: Option<String>,
    /// The `MGF`.
    pub(super) mgf: Option<String>,
    /// The `OAEPparams`.
    pub(super) label: Vec<u8>,
    /// The encrypted key.
    pub(super) value: Vec<u8>,
    recipient: Option<String>,
    id: Option<String>,
}

impl EncryptedAssertion {
    /// Reads it strictly: one `EncryptedData` of an element, its ciphertext and its keys at hand, hints left aside.
    pub(crate) fn read(element: Element<'_>) -> Result<Self, Malformed> {
        only_attributes(element, &[], Foreign::Refused)?;
        let mut children = Sequence::of(element)?;
        let data = children.required(NS_XENC, "EncryptedData")?;
        let beside = children.many(NS_XENC, "EncryptedKey");
        children.end()?;

        only_attributes(data, &["Id", "Type", "MimeType"], Foreign::Refused)?;
        if data
            .attribute("Type")
            .is_some_and(|kind| kind != XENC_TYPE_ELEMENT)
        {
            return unsupported(data, "an EncryptedData that is no element");
        }
        let mut children = Sequence::of(data)?;
        let method = children.required(NS_XENC, "EncryptionMethod")?;
        only_attributes(method, &["Algorithm"], Foreign::Refused)?;
        Sequence::of(method)?.end()?;
        let key_info = children
            .optional(NS_DSIG, "KeyInfo")
            .map(KeyInfo::read)
            .transpose()?;
        let value = cipher_value(children.required(NS_XENC, "CipherData")?)?;
        let _ = children.optional(NS_XENC, "EncryptionProperties");
        children.end()?;

        let KeyInfo { inside, elsewhere } = key_info.unwrap_or_default();
        if inside.len() + beside.len() > LIMIT_ENCRYPTED_KEYS {
            return unsupported(element, "an EncryptedAssertion with more than 8 EncryptedKeys");
        }
        let keys: Vec<_> = inside
            .into_iter()
            .chain(beside)
            .map(|key| EncryptedKey::read(key, data.attribute("Id")))
            .collect::<Result<_, _>>()?;
        let is_here = |id: &str| keys.iter().any(|key| key.id.as_deref() == Some(id));
        if !elsewhere.iter().all(|id| is_here(id)) {
            return unsupported(data, "a RetrievalMethod that leaves the EncryptedAssertion");
        }
        Ok(Self {
            data_method: required(method, "Algorithm")?.to_owned(),
            value,
            keys,
        })
    }

    /// The session keys for this recipient; a key that names none is for everybody.
    pub(super) fn keys_for(&self, recipient: Option<&str>) -> Result<Vec<&EncryptedKey>, DecryptionError> {
        let is_ours = |key: &&EncryptedKey| match (&key.recipient, recipient) {
            (Some(named), Some(own)) => named == own,
            _ => true,
        };
        let ours: Vec<_> = self.keys.iter().filter(is_ours).collect();
        if !ours.is_empty() {
            return Ok(ours);
        }
        let found = self.keys.iter().find_map(|key| key.recipient.clone());
        Err(found.map_or(DecryptionError::NoEncryptedKey, |found| {
            DecryptionError::OtherRecipient { found }
        }))
    }
}

/// What `KeyInfo` of the data says about its session key.
#[derive(Default)]
struct KeyInfo<'d> {
    /// Keys in it.
    inside: Vec<Element<'d>>,
    /// The IDs of keys that it points to.
    elsewhere: Vec<&'d str>,
}

impl<'d> KeyInfo<'d> {
    /// Names of keys and certificates are hints that nobody needs: the private keys are given.
    fn read(element: Element<'d>) -> Result<Self, Malformed> {
        let mut read = Self::default();
        let mut children = Sequence::of(element)?;
        while let Some(child) = children.any() {
            if child.is(NS_XENC, "EncryptedKey") {
                read.inside.push(child);
            } else if child.is(NS_DSIG, "RetrievalMethod") {
                read.elsewhere.push(retrieval(child)?);
            } else if child.is(NS_XENC, "AgreementMethod") {
                return unsupported(child, "an AgreementMethod");
            }
        }
        Ok(read)
    }
}

/// The ID that a `RetrievalMethod` points to (xmlenc-core1 3.5.2).
fn retrieval(element: Element<'_>) -> Result<&str, Malformed> {
    only_attributes(element, &["URI", "Type"], Foreign::Refused)?;
    Sequence::of(element)?.end()?;
    let is_key = element
        .attribute("Type")
        .is_none_or(|kind| kind == XENC_TYPE_ENCRYPTED_KEY);
    match required(element, "URI")?.strip_prefix('#') {
        Some(id) if is_key => Ok(id),
        _ => unsupported(element, "a RetrievalMethod that leaves the EncryptedAssertion"),
    }
}

impl EncryptedKey {
    /// Reads a key for the data of this ID.
    fn read(element: Element<'_>, data: Option<&str>) -> Result<Self, Malformed> {
        only_attributes(
            element,
            &["Id", "Type", "MimeType", "Recipient"],
            Foreign::Refused,
        )?;
        let mut children = Sequence::of(element)?;
        let method = children.required(NS_XENC, "EncryptionMethod")?;
        let _ = children.optional(NS_DSIG, "KeyInfo");
        let value = cipher_value(children.required(NS_XENC, "CipherData")?)?;
        let _ = children.optional(NS_XENC, "EncryptionProperties");
        if let Some(list) = children.optional(NS_XENC, "ReferenceList") {
            check_references(list, data)?;
        }
        let _ = children.optional(NS_XENC, "CarriedKeyName");
        children.end()?;
        Self {
            method: String::new(),
            digest: None,
            mgf: None,
            label: Vec::new(),
            value,
            recipient: optional_string(element, "Recipient"),
            id: optional_string(element, "Id"),
        }
        .with_method(method)
    }

    fn with_method(mut self, element: Element<'_>) -> Result<Self, Malformed> {
        only_attributes(element, &["Algorithm"], Foreign::Refused)?;
        required(element, "Algorithm")?.clone_into(&mut self.method);
        let mut children = Sequence::of(element)?;
        if let Some(label) = children.optional(NS_XENC, "OAEPparams") {
            self.label = octets(label)?;
            if self.label.len() > LIMIT_OAEP_PARAMS {
                return unsupported(label, "an OAEPparams of more than 256 bytes");
            }
        }
        let digest = children.optional(NS_DSIG, "DigestMethod");
        self.digest = digest.map(algorithm).transpose()?;
        let mgf = children.optional(NS_XENC11, "MGF");
        self.mgf = mgf.map(algorithm).transpose()?;
        children.end()?;
        Ok(self)
    }

    /// There is a parameter that only RSA-OAEP has.
    pub(super) fn has_parameters(&self) -> bool {
        self.digest.is_some() || self.mgf.is_some() || !self.label.is_empty()
    }
}

/// A key that says what it decrypts has to say the data that it came with.
fn check_references(list: Element<'_>, data: Option<&str>) -> Result<(), Malformed> {
    let mut references = list.children_named(NS_XENC, "DataReference");
    let is_ours = |reference: Element<'_>| {
        let named = reference.attribute("URI").and_then(|uri| uri.strip_prefix('#'));
        named.is_some() && named == data
    };
    if references.any(is_ours) {
        Ok(())
    } else {
        unsupported(list, "an EncryptedKey for other data")
    }
}

/// A parameter with an `Algorithm` and no content.
fn algorithm(element: Element<'_>) -> Result<String, Malformed> {
    only_attributes(element, &["Algorithm"], Foreign::Refused)?;
    Sequence::of(element)?.end()?;
    required(element, "Algorithm").map(str::to_owned)
}

/// The octets in a `CipherData`; those that stand elsewhere are not fetched.
fn cipher_value(element: Element<'_>) -> Result<Vec<u8>, Malformed> {
    only_attributes(element, &[], Foreign::Refused)?;
    let mut children = Sequence::of(element)?;
    if let Some(reference) = children.optional(NS_XENC, "CipherReference") {
        return unsupported(reference, "a CipherReference");
    }
    let value = children.required(NS_XENC, "CipherValue")?;
    children.end()?;
    octets(value)
}

/// Standard base64 with white space anywhere (xs:base64Binary).
fn octets(element: Element<'_>) -> Result<Vec<u8>, Malformed> {
    let text = element.text()?;
    let packed: String = text.chars().filter(|character| !is_space(*character)).collect();
    STANDARD
        .decode(packed)
        .map_err(|_| bad_value(element, element.name(), &text, "base64"))
}

fn unsupported<T>(element: Element<'_>, what: &'static str) -> Result<T, Malformed> {
    Err(Malformed::at(element, MalformedKind::Unsupported { what }))
}
