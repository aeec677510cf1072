//! The HTTP-Redirect and HTTP-POST bindings: from parameters to the bytes of a message
//! (saml-bindings 3.4, 3.5; entra-behaviour.md 2.3).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::{Decompress, FlushDecompress, Status};
use percent_encoding::percent_decode_str;
use thiserror::Error;

use crate::quoted::quoted;
use crate::xml::Limits;

/// The most parameters of a query or a form.
pub const LIMIT_PARAMETERS: usize = 256;
/// Bytes that are inflated at a time.
const INFLATE_STEP_BYTES: usize = 16 * 1024;

/// Why a parameter does not lead to a message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// A parameter that may stand once stands twice.
    #[error("the parameter {} occurs more than once", quoted(.name))]
    Duplicate {
        /// The name of the parameter.
        name: String,
    },
    /// There is no value.
    #[error("the message is missing or empty")]
    Missing,
    /// The value is not base64 with the standard alphabet and padding (RFC 4648 section 4).
    #[error("the message is not properly base64-encoded")]
    NotBase64,
    /// The bytes are not one whole raw DEFLATE stream (RFC 1951): a zlib or gzip wrapper, plain text, or cut off.
    #[error("the message is not properly DEFLATE-encoded")]
    NotDeflated,
    /// A parameter is not UTF-8 after percent-decoding.
    #[error("a parameter is not UTF-8")]
    NotUtf8,
    /// The message is larger than allowed, before or after inflating.
    #[error("the message is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// More parameters than [`LIMIT_PARAMETERS`].
    #[error("there are more than {limit} parameters")]
    TooManyParameters {
        /// The limit.
        limit: usize,
    },
    /// Bytes after the end of the DEFLATE stream.
    #[error("there are bytes after the DEFLATE-encoded message")]
    TrailingBytes,
}

/// Decodes the percent-decoded value of `SAMLRequest` or `SAMLResponse` in a query: base64, then raw DEFLATE.
/// Inflating stops at `limits.bytes`.
///
/// # Errors
///
/// See [`DecodeError`].
pub fn decode_redirect(value: &str, limits: &Limits) -> Result<Vec<u8>, DecodeError> {
    inflate(&from_base64(value, limits.bytes)?, limits.bytes)
}

/// Decodes the value of `SAMLRequest` or `SAMLResponse` in a form: base64 alone. Line breaks inside are
/// allowed, as MIME writes them.
///
/// # Errors
///
/// See [`DecodeError`].
pub fn decode_post(value: &str, limits: &Limits) -> Result<Vec<u8>, DecodeError> {
    from_base64(value, limits.bytes)
}

/// White space around the value and around its lines is dropped. A space inside a line is not: it is what a
/// `+` becomes that nobody percent-encoded, and dropping it would change the message.
fn from_base64(value: &str, limit: usize) -> Result<Vec<u8>, DecodeError> {
    let too_large = DecodeError::TooLarge { limit };
    // Four characters for three bytes, and as much again for line breaks.
    if value.len() / 8 > limit / 3 + 1 {
        return Err(too_large);
    }
    let packed: String = value
        .split(['\r', '\n'])
        .map(|line| line.trim_matches([' ', '\t']))
        .collect();
    if packed.is_empty() {
        return Err(DecodeError::Missing);
    }
    let bytes = STANDARD.decode(packed).map_err(|_| DecodeError::NotBase64)?;
    if bytes.len() > limit {
        Err(too_large)
    } else {
        Ok(bytes)
    }
}

fn inflate(deflated: &[u8], limit: usize) -> Result<Vec<u8>, DecodeError> {
    let mut stream = Decompress::new(false);
    let mut inflated = Vec::new();
    loop {
        inflated.reserve(INFLATE_STEP_BYTES);
        let (read, written) = (consumed(&stream), inflated.len());
        let status = stream
            .decompress_vec(&deflated[read..], &mut inflated, FlushDecompress::None)
            .map_err(|_| DecodeError::NotDeflated)?;
        if inflated.len() > limit {
            return Err(DecodeError::TooLarge { limit });
        }
        if status == Status::StreamEnd {
            break;
        }
        if consumed(&stream) == read && inflated.len() == written {
            // No progress: the stream is cut off.
            return Err(DecodeError::NotDeflated);
        }
    }
    if consumed(&stream) < deflated.len() {
        return Err(DecodeError::TrailingBytes);
    }
    Ok(inflated)
}

/// Bytes read so far; never more than there are, so they fit.
fn consumed(stream: &Decompress) -> usize {
    usize::try_from(stream.total_in()).unwrap_or(usize::MAX)
}

/// Which message a query carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// `SAMLRequest`: a request.
    SamlRequest,
    /// `SAMLResponse`: a response of any kind.
    SamlResponse,
}

impl Parameter {
    /// The name of the parameter.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SamlRequest => "SAMLRequest",
            Self::SamlResponse => "SAMLResponse",
        }
    }
}

/// A query string whose octets are kept as they came: the signature of the Redirect binding is over them, not
/// over what they decode to (saml-bindings 3.4.4.1); [`crate::signature::verify_query`] verifies it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawQuery<'a> {
    /// Name and value as they stand in the query.
    pairs: Vec<(&'a str, &'a str)>,
}

impl<'a> RawQuery<'a> {
    /// Splits what follows the `?`.
    ///
    /// # Errors
    ///
    /// [`DecodeError::TooManyParameters`].
    pub fn parse(query: &'a str) -> Result<Self, DecodeError> {
        let pairs: Vec<_> = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .take(LIMIT_PARAMETERS + 1)
            .collect();
        if pairs.len() > LIMIT_PARAMETERS {
            return Err(DecodeError::TooManyParameters {
                limit: LIMIT_PARAMETERS,
            });
        }
        Ok(Self { pairs })
    }

    /// The decoded value of a parameter, `None` where it is absent.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Duplicate`] or [`DecodeError::NotUtf8`].
    pub fn parameter(&self, name: &str) -> Result<Option<String>, DecodeError> {
        self.raw(name)?.map(decode).transpose()
    }

    /// The value of a parameter as it stands in the query, `None` where it is absent.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Duplicate`].
    pub fn raw(&self, name: &str) -> Result<Option<&'a str>, DecodeError> {
        // A name that is not UTF-8 is not the one that is asked for.
        let mut found = self
            .pairs
            .iter()
            .filter(|(raw, _)| decode(raw).is_ok_and(|raw| raw == name));
        let first = found.next().map(|(_, value)| *value);
        if found.next().is_some() {
            return Err(DecodeError::Duplicate {
                name: name.to_owned(),
            });
        }
        Ok(first)
    }
}

/// The body of a form (`application/x-www-form-urlencoded`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form<'a>(RawQuery<'a>);

impl<'a> Form<'a> {
    /// Splits the body.
    ///
    /// # Errors
    ///
    /// [`DecodeError::NotUtf8`] or [`DecodeError::TooManyParameters`].
    pub fn parse(body: &'a [u8]) -> Result<Self, DecodeError> {
        let text = str::from_utf8(body).map_err(|_| DecodeError::NotUtf8)?;
        RawQuery::parse(text).map(Self)
    }

    /// The decoded value of a field, `None` where it is absent.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Duplicate`] or [`DecodeError::NotUtf8`].
    pub fn parameter(&self, name: &str) -> Result<Option<String>, DecodeError> {
        self.0.parameter(name)
    }
}

/// `+` is a space and `%xx` an octet, as browsers write forms.
fn decode(raw: &str) -> Result<String, DecodeError> {
    let spaced = raw.replace('+', " ");
    let decoded = percent_decode_str(&spaced)
        .decode_utf8()
        .map_err(|_| DecodeError::NotUtf8)?;
    Ok(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    fn raw_deflate(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn redirect(bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
        decode_redirect(&STANDARD.encode(bytes), &Limits::default())
    }

    #[test]
    fn redirect_takes_raw_deflate_alone() {
        let message = b"<samlp:AuthnRequest/>".repeat(50);
        let raw = raw_deflate(&message);
        assert_eq!(redirect(&raw), Ok(message.clone()));
        assert_eq!(
            redirect(&[raw.clone(), vec![0]].concat()),
            Err(DecodeError::TrailingBytes)
        );
        assert_eq!(redirect(&raw[..raw.len() - 3]), Err(DecodeError::NotDeflated));
        assert_eq!(redirect(&message), Err(DecodeError::NotDeflated));
        for level in [Compression::none(), Compression::fast(), Compression::best()] {
            let mut zlib = ZlibEncoder::new(Vec::new(), level);
            zlib.write_all(&message).unwrap();
            assert_eq!(redirect(&zlib.finish().unwrap()), Err(DecodeError::NotDeflated));
        }
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(&message).unwrap();
        assert_eq!(redirect(&gzip.finish().unwrap()), Err(DecodeError::NotDeflated));
    }

    #[test]
    fn inflating_stops_at_the_limit() {
        let limits = Limits {
            bytes: 1000,
            ..Limits::default()
        };
        let exact = STANDARD.encode(raw_deflate(&[b'a'; 1000]));
        assert_eq!(decode_redirect(&exact, &limits), Ok(vec![b'a'; 1000]));
        let bomb = STANDARD.encode(raw_deflate(&vec![0; 500_000]));
        assert_eq!(
            decode_redirect(&bomb, &limits),
            Err(DecodeError::TooLarge { limit: 1000 })
        );
        let long = STANDARD.encode([0; 1001]);
        assert_eq!(
            decode_post(&long, &limits),
            Err(DecodeError::TooLarge { limit: 1000 })
        );
        assert_eq!(
            decode_post(&"A".repeat(4000), &limits),
            Err(DecodeError::TooLarge { limit: 1000 })
        );
    }

    #[test]
    fn base64_is_the_standard_one() {
        let post = |value: &str| decode_post(value, &Limits::default());
        assert_eq!(post("Zm9v\r\nYmFy\n"), Ok(b"foobar".to_vec()));
        assert_eq!(post("  Zm9v\n  YmE="), Ok(b"fooba".to_vec()));
        for missing in ["", " \r\n"] {
            assert_eq!(post(missing), Err(DecodeError::Missing), "{missing:?}");
        }
        for bad in ["-_-_", "Zm9", "Zm9vYg", "Zm 9v", "Zm9v=", "Zm9vYmF%3D", "YmF="] {
            assert_eq!(post(bad), Err(DecodeError::NotBase64), "{bad}");
        }
    }

    #[test]
    fn a_query_keeps_its_octets() {
        let query = RawQuery::parse("SAMLRequest=a%2bb+c&RelayState=%c3%a9&x&&y=%ff").unwrap();
        assert_eq!(query.parameter("SAMLRequest"), Ok(Some("a+b c".to_owned())));
        assert_eq!(query.raw("SAMLRequest"), Ok(Some("a%2bb+c")));
        assert_eq!(query.parameter("RelayState"), Ok(Some("é".to_owned())));
        assert_eq!(query.parameter("x"), Ok(Some(String::new())));
        assert_eq!(query.parameter("z"), Ok(None));
        assert_eq!(query.parameter("y"), Err(DecodeError::NotUtf8));
        let twice = RawQuery::parse("SAMLRequest=a&%53AMLRequest=b").unwrap();
        let duplicate = DecodeError::Duplicate {
            name: "SAMLRequest".to_owned(),
        };
        assert_eq!(twice.parameter("SAMLRequest"), Err(duplicate));
        let limit = DecodeError::TooManyParameters {
            limit: LIMIT_PARAMETERS,
        };
        assert_eq!(RawQuery::parse(&"a&".repeat(LIMIT_PARAMETERS + 1)), Err(limit));
        assert_eq!(
            Form::parse(b"a=1+2").unwrap().parameter("a"),
            Ok(Some("1 2".to_owned()))
        );
        assert_eq!(Form::parse(b"\xff"), Err(DecodeError::NotUtf8));
    }
}
