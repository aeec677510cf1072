//! The only place that reads the wall clock and the entropy source. Everything else gets time and chance as
//! values.

use jiff::Timestamp;
use openssl::{error::ErrorStack, rand::rand_bytes};
use uuid::Uuid;

/// Octets of randomness in a token.
const TOKEN_BYTES: usize = 32;

/// The real time.
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// An unguessable token of 64 hexadecimal digits: sessions, browsers, forms.
///
/// # Errors
/// OpenSSL has no randomness to give.
pub(crate) fn token() -> Result<String, ErrorStack> {
    let mut bytes = [0_u8; TOKEN_BYTES];
    rand_bytes(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// An xs:ID that nobody has used: Entra wants one that does not begin with a digit.
///
/// # Errors
/// OpenSSL has no randomness to give.
pub(crate) fn message_id() -> Result<String, ErrorStack> {
    token().map(|token| format!("_{}", &token[..TOKEN_BYTES]))
}

/// The id of a new account.
pub(crate) fn account_id() -> String {
    Uuid::new_v4().to_string()
}

/// The serial number of a new certificate.
pub(crate) fn serial() -> [u8; 16] {
    *Uuid::new_v4().as_bytes()
}
