//! What whoever writes an EncryptedAssertion can do to it: its ciphertext, its algorithms, its keys (xmlenc-core1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::symm::{Cipher, Crypter, Mode, encrypt};
use saml_model::{KeyTransport, names};

use super::super::envelope::{Envelope, KEY};
use super::super::sig::{canary, choice, number};
use super::super::tree::{Node, Tree};
use super::super::{Action, FaultError, Inputs, Parameters};

pub(in super::super) const ACTIONS: &[(&str, Action)] = &[
    ("enc-3des", Action::Envelope(triple_des)),
    ("enc-cbc-bad-padding", Action::Envelope(bad_padding)),
    ("enc-cipherreference", Action::Envelope(cipher_reference)),
    ("enc-control-key-sibling", Action::Envelope(key_sibling)),
    ("enc-gcm-tag-flip", Action::Envelope(flipped_tag)),
    ("enc-gcm-tag-short", Action::Envelope(short_tag)),
    ("enc-oaep-params", Action::Envelope(oaep_params)),
    ("enc-recipient-many-keys", Action::Envelope(many_keys)),
];

/// The block of AES, and the length of its initialisation vector, in bytes.
const BLOCK: usize = 16;
/// The tag of GCM, in bytes (xmlenc-core1 5.2.4).
const TAG: usize = 16;
/// The key and the initialisation vector of Triple DES, in bytes.
const TRIPLE_DES: (usize, usize) = (24, 8);
/// XML Encryption's name of Triple DES.
const ENC_3DES: &str = "http://www.w3.org/2001/04/xmlenc#tripledes-cbc";
/// What OAEP's label is.
const LABEL: &[u8] = b"entrant";
/// How many keys there are by default: few enough for a form of 2 MiB.
const KEYS: usize = 1000;

fn require_cbc(envelope: &Envelope<'_>) -> Result<(), FaultError> {
    match envelope.is_gcm() {
        true => Err(FaultError::OtherEncryption { needed: "AES-CBC" }),
        false => Ok(()),
    }
}

fn require_gcm(envelope: &Envelope<'_>) -> Result<(), FaultError> {
    match envelope.is_gcm() {
        true => Ok(()),
        false => Err(FaultError::OtherEncryption { needed: "AES-GCM" }),
    }
}

/// What is wrong with the end of the ciphertext (xmlenc-core1 5.2.2).
#[derive(Clone, Copy)]
enum Ending {
    /// A last byte of no padding, which whoever counts back by it does not survive.
    Zero,
    /// A whole block too much, and a last byte that says so: whoever believes it finds the assertion.
    Long,
    /// Not a multiple of the block.
    CutOff,
    /// Only the initialisation vector.
    VectorOnly,
    /// Nothing at all.
    Nothing,
}

fn bad_padding(
    envelope: &mut Envelope<'_>,
    parameters: &Parameters,
    _: &Inputs<'_>,
) -> Result<(), FaultError> {
    require_cbc(envelope)?;
    let ending = choice(
        parameters,
        "form",
        &[
            ("zero", Ending::Zero),
            ("long", Ending::Long),
            ("cut-off", Ending::CutOff),
            ("iv-only", Ending::VectorOnly),
            ("empty", Ending::Nothing),
        ],
    )?;
    let octets = envelope.octets()?;
    let octets = match ending {
        Ending::Zero => padded(envelope, 0, |_| 0)?,
        Ending::Long => padded(envelope, BLOCK, |count| count)?,
        Ending::CutOff => octets[..octets.len().saturating_sub(5)].to_vec(),
        Ending::VectorOnly => octets[..BLOCK.min(octets.len())].to_vec(),
        Ending::Nothing => Vec::new(),
    };
    envelope.set_octets(&octets)
}

/// The same plaintext, with `more` octets of padding than it needs; the last one is what `says` makes of their number.
fn padded(
    envelope: &Envelope<'_>,
    more: usize,
    says: impl Fn(usize) -> usize,
) -> Result<Vec<u8>, FaultError> {
    let mut plaintext = envelope.plaintext.as_bytes().to_vec();
    let count = BLOCK - plaintext.len() % BLOCK + more;
    plaintext.resize(plaintext.len() + count, 0);
    if let Some(end) = plaintext.last_mut() {
        *end = u8::try_from(says(count)).map_err(|_| FaultError::NotSealed)?;
    }
    let (key, iv) = (envelope.session_key(), &envelope.encryption.randomness.iv);
    let cipher = match key.len() {
        BLOCK => Cipher::aes_128_cbc(),
        _ => Cipher::aes_256_cbc(),
    };
    let encrypted = || {
        let mut crypter = Crypter::new(cipher, Mode::Encrypt, key, Some(iv))?;
        crypter.pad(false);
        let mut ciphertext = vec![0; plaintext.len() + BLOCK];
        let mut length = crypter.update(&plaintext, &mut ciphertext)?;
        length += crypter.finalize(&mut ciphertext[length..])?;
        ciphertext.truncate(length);
        Ok::<_, openssl::error::ErrorStack>(ciphertext)
    };
    let ciphertext = encrypted().map_err(|_| FaultError::NotSealed)?;
    Ok([&iv[..], &ciphertext].concat())
}

fn short_tag(envelope: &mut Envelope<'_>, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    require_gcm(envelope)?;
    let left = number(parameters, "bytes", 4, 0..=TAG - 1)?;
    let octets = envelope.octets()?;
    envelope.set_octets(&octets[..octets.len().saturating_sub(TAG - left)])
}

fn flipped_tag(envelope: &mut Envelope<'_>, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    require_gcm(envelope)?;
    let mut octets = envelope.octets()?;
    if let Some(last) = octets.last_mut() {
        *last ^= 1;
    }
    envelope.set_octets(&octets)
}

fn triple_des(envelope: &mut Envelope<'_>, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let (key, iv) = TRIPLE_DES;
    let randomness = envelope.encryption.randomness;
    let (key, iv) = (&randomness.session_key[..key], &randomness.iv[..iv]);
    let ciphertext = encrypt(
        Cipher::des_ede3_cbc(),
        key,
        Some(iv),
        envelope.plaintext.as_bytes(),
    );
    let ciphertext = ciphertext.map_err(|_| FaultError::NotSealed)?;
    let method = envelope.element.at_mut(&["EncryptedData", "EncryptionMethod"])?;
    method.set("Algorithm", ENC_3DES);
    envelope.set_octets(&[iv, &ciphertext].concat())?;
    envelope.wrap(key, &[])
}

/// The ciphertext lies elsewhere, where nobody may look (xmlenc-core1 3.3.1).
fn cipher_reference(
    envelope: &mut Envelope<'_>,
    parameters: &Parameters,
    _: &Inputs<'_>,
) -> Result<(), FaultError> {
    let data = envelope.element.at_mut(&["EncryptedData", "CipherData"])?;
    let name = data.name.replace("CipherData", "CipherReference");
    data.children = vec![Tree::new(&name).with("URI", &canary(parameters)).into()];
    Ok(())
}

/// The session key stands beside the data, which point to it or say nothing (xmlenc-core1 3.5; saml-core 2.2.4).
fn key_sibling(
    envelope: &mut Envelope<'_>,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    let points = choice(
        parameters,
        "pointer",
        &[("retrieval-method", true), ("none", false)],
    )?;
    let data = envelope.element.at_mut(&["EncryptedData"])?;
    let mut key = data.at_mut(&["KeyInfo"])?.take("EncryptedKey")?;
    // What in it has no prefix has its namespace from the KeyInfo around it.
    key.set("xmlns", names::NS_DSIG);
    if points {
        let id = format!("_{}", inputs.stranger);
        key.set("Id", &id);
        let pointer = Tree::new("RetrievalMethod")
            .with("Type", names::XENC_TYPE_ENCRYPTED_KEY)
            .with("URI", &format!("#{id}"));
        data.at_mut(&["KeyInfo"])?.insert(0, pointer);
    } else {
        data.take("KeyInfo")?;
    }
    envelope.element.children.push(key.into());
    Ok(())
}

/// OAEP with all of its parameters (xmlenc-core1 5.5.2).
fn oaep_params(envelope: &mut Envelope<'_>, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    envelope.encryption.key_transport = KeyTransport::RsaOaepSha256;
    let key = envelope.session_key().to_vec();
    envelope.wrap(&key, LABEL)?;
    let method = envelope.element.at_mut(KEY)?.at_mut(&["EncryptionMethod"])?;
    let label_name = method.name.replace("EncryptionMethod", "OAEPparams");
    let label = STANDARD.encode(LABEL);
    method.set("Algorithm", names::KEY_RSA_OAEP);
    method.children = vec![
        Tree::new(&label_name).around(label).into(),
        Tree::new("DigestMethod")
            .with("xmlns", names::NS_DSIG)
            .with("Algorithm", names::DIGEST_SHA256)
            .into(),
        Tree::new("MGF")
            .with("xmlns", names::NS_XENC11)
            .with("Algorithm", names::MGF1_SHA256)
            .into(),
    ];
    Ok(())
}

/// Each key costs whoever tries them all an RSA operation; the right one comes last.
fn many_keys(envelope: &mut Envelope<'_>, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let count = number(parameters, "count", KEYS, 2..=10_000)?;
    let key_info = envelope.element.at_mut(&["EncryptedData", "KeyInfo"])?;
    let right = key_info.at(&["EncryptedKey"])?.clone();
    let mut wrong = right.clone();
    wrong.take("KeyInfo").ok();
    let value = wrong.at_mut(&["CipherData", "CipherValue"])?;
    let mut octets = value.content();
    octets.replace_range(..4, "AAAA");
    value.set_content(octets);
    let mut children = vec![Node::Tree(wrong); count - 1];
    children.push(right.into());
    key_info.children = children;
    Ok(())
}
