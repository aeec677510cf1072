//! The wall clock and randomness, read here and nowhere else; everything else takes them as values.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use saml_emit::Randomness;
use uuid::Uuid;

/// The real time.
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// A random version 4 GUID.
pub(crate) fn guid() -> Uuid {
    Uuid::new_v4()
}

/// A GUID as Entra's request ids look: the last group ends in `00` (entra-behaviour.md 3.1, 7.1).
pub(crate) fn request_id() -> Uuid {
    let mut bytes = guid().into_bytes();
    bytes[15] = 0;
    Uuid::from_bytes(bytes)
}

/// A secret that nobody guesses: 256 bits, safe in a cookie, a form and an address.
pub(crate) fn secret() -> String {
    let mut bytes = guid().into_bytes().to_vec();
    bytes.extend(guid().into_bytes());
    let digest = openssl::sha::sha256(&bytes);
    URL_SAFE_NO_PAD.encode(digest)
}

/// Session key and initialisation vector for one message.
pub(crate) fn encryption() -> Randomness {
    let mut randomness = Randomness {
        session_key: [0; 32],
        iv: [0; 16],
    };
    for bytes in [&mut randomness.session_key[..], &mut randomness.iv[..]] {
        openssl::rand::rand_bytes(bytes)
            .expect("the system has random bytes, without which no key was made either");
    }
    randomness
}
