//! How a message travels: HTTP-Redirect and HTTP-POST (saml-bindings 3.4, 3.5).

use std::io::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::DeflateEncoder};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{EmitError, Signing, signature};

/// RFC 3986, 2.3: what never needs escaping; everything else is escaped, `+` and `/` of base64 above all.
const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The name of the query parameter or form field that carries the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// `SAMLRequest`: a request.
    SamlRequest,
    /// `SAMLResponse`: a response of any kind.
    SamlResponse,
}

impl Parameter {
    /// The name as it is spelt on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SamlRequest => "SAMLRequest",
            Self::SamlResponse => "SAMLResponse",
        }
    }
}

/// The address that takes a message by HTTP-Redirect: `location` with the message as raw DEFLATE (RFC 1951), base64
/// and percent-encoding in its query, then `RelayState` where there is one (saml-bindings 3.4.4.1).
///
/// A query that `location` already has stays in front; a fragment stays at the end.
#[must_use]
pub fn redirect_url(location: &str, parameter: Parameter, xml: &str, relay_state: Option<&str>) -> String {
    with_query(
        location,
        &message_query(parameter, xml, relay_state, Escapes::Upper),
    )
}

/// The spelling of percent escapes. They mean the same, but a signature covers the spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escapes {
    /// `%3A`, which RFC 3986 section 2.1 recommends: SP libraries.
    Upper,
    /// `%3a`: Entra (entra-behaviour.md 6), which also puts `Signature` before `SigAlg` (IdentityPython/pysaml2#957).
    Lower,
}

/// [`redirect_url`] with `SigAlg` and `Signature` behind: the signature covers the octets of the message, `RelayState`
/// where there is one, and `SigAlg` as they stand in the query, in this order wherever they stand (saml-bindings
/// 3.4.4.1). A query that `location` already has is not covered. The certificate of `signing` is not sent: the binding has
/// no place for it.
///
/// # Errors
///
/// [`EmitError::NotAnRsaKey`] or [`EmitError::Crypto`].
pub fn signed_redirect_url(
    location: &str,
    parameter: Parameter,
    xml: &str,
    relay_state: Option<&str>,
    signing: &Signing<'_>,
    escapes: Escapes,
) -> Result<String, EmitError> {
    let message = message_query(parameter, xml, relay_state, escapes);
    let mut algorithm = "&SigAlg=".to_owned();
    let method = signature::signature_method(signing.algorithm);
    push_escaped(&mut algorithm, method, escapes);
    let value = signature::signature_value(format!("{message}{algorithm}").as_bytes(), signing)?;
    let mut signature = "&Signature=".to_owned();
    push_escaped(&mut signature, &value, escapes);
    let query = match escapes {
        Escapes::Upper => [message, algorithm, signature],
        Escapes::Lower => [message, signature, algorithm],
    };
    Ok(with_query(location, &query.concat()))
}

fn message_query(parameter: Parameter, xml: &str, relay_state: Option<&str>, escapes: Escapes) -> String {
    let mut query = format!("{}=", parameter.name());
    push_escaped(&mut query, &STANDARD.encode(deflate(xml.as_bytes())), escapes);
    if let Some(relay_state) = relay_state {
        query.push_str("&RelayState=");
        push_escaped(&mut query, relay_state, escapes);
    }
    query
}

/// A value as it stands in a query.
#[must_use]
pub fn escaped(value: &str, escapes: Escapes) -> String {
    let mut query = String::new();
    push_escaped(&mut query, value, escapes);
    query
}

fn push_escaped(query: &mut String, value: &str, escapes: Escapes) {
    for piece in utf8_percent_encode(value, QUERY_VALUE) {
        // A piece is one escape, or a run of characters that stand for themselves.
        if escapes == Escapes::Lower && piece.starts_with('%') {
            query.push_str(&piece.to_ascii_lowercase());
        } else {
            query.push_str(piece);
        }
    }
}

/// An address with a query, behind the one that it has, and before its fragment.
#[must_use]
pub fn with_query(location: &str, query: &str) -> String {
    let (address, fragment) = match location.split_once('#') {
        Some((address, fragment)) => (address, Some(fragment)),
        None => (location, None),
    };
    let separator = match address.split_once('?') {
        None => "?",
        Some((_, own)) if own.is_empty() || own.ends_with('&') => "",
        Some(_) => "&",
    };
    let mut url = format!("{address}{separator}{query}");
    if let Some(fragment) = fragment {
        url.push('#');
        url.push_str(fragment);
    }
    url
}

/// The value of the form field that takes a message by HTTP-POST: base64 on one line (saml-bindings 3.5.4).
#[must_use]
pub fn post_value(message: &(impl AsRef<[u8]> + ?Sized)) -> String {
    STANDARD.encode(message)
}

/// Raw DEFLATE (RFC 1951), the encoding of HTTP-Redirect (saml-bindings 3.4.4.1).
#[must_use]
pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::with_capacity(bytes.len()), Compression::default());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .expect("writing to a vector cannot fail")
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use flate2::read::DeflateDecoder;
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::{Escapes, Parameter, post_value, push_escaped, redirect_url};

    #[test]
    fn escapes_have_one_case_and_the_rest_keeps_its_own() {
        for (escapes, expected) in [
            (Escapes::Upper, "A%2Bb%2F%C3%84%25Ff"),
            (Escapes::Lower, "A%2bb%2f%c3%84%25Ff"),
        ] {
            let mut query = String::new();
            push_escaped(&mut query, "A+b/Ä%Ff", escapes);
            assert_eq!(query, expected);
        }
    }

    #[test]
    fn the_location_keeps_its_query_and_fragment() {
        for (location, head, tail) in [
            ("https://a/b", "https://a/b?SAMLRequest=", "&RelayState=r"),
            ("https://a/b?", "https://a/b?SAMLRequest=", "&RelayState=r"),
            ("https://a/b?c=d", "https://a/b?c=d&SAMLRequest=", "&RelayState=r"),
            (
                "https://a/b?c=d&",
                "https://a/b?c=d&SAMLRequest=",
                "&RelayState=r",
            ),
            ("https://a/b#e?f", "https://a/b?SAMLRequest=", "&RelayState=r#e?f"),
        ] {
            let url = redirect_url(location, Parameter::SamlRequest, "<a/>", Some("r"));
            assert!(url.starts_with(head) && url.ends_with(tail), "{url}");
        }
        let url = redirect_url("https://a", Parameter::SamlResponse, "<a/>", None);
        assert!(
            url.starts_with("https://a?SAMLResponse=") && !url.contains("RelayState"),
            "{url}"
        );
    }

    proptest! {
        #[test]
        fn redirect_round_trips(xml in "(?s).{0,400}", relay_state in "(?s).{0,80}") {
            let url = redirect_url("https://a", Parameter::SamlRequest, &xml, Some(&relay_state));
            let query = url.strip_prefix("https://a?SAMLRequest=").unwrap();
            let (message, state) = query.split_once("&RelayState=").unwrap();
            let decode = |value: &str| percent_decode_str(value).decode_utf8().unwrap().into_owned();
            prop_assert_eq!(decode(state), relay_state);
            let deflated = STANDARD.decode(decode(message)).unwrap();
            let mut inflated = String::new();
            DeflateDecoder::new(deflated.as_slice()).read_to_string(&mut inflated).unwrap();
            prop_assert_eq!(inflated, xml);
        }

        #[test]
        fn post_round_trips(xml in "(?s).{0,400}") {
            let value = post_value(&xml);
            prop_assert!(value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)));
            prop_assert_eq!(STANDARD.decode(value).unwrap(), xml.into_bytes());
        }
    }
}
