//! How a message travels: HTTP-Redirect and HTTP-POST (saml-bindings 3.4, 3.5).

use std::io::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::DeflateEncoder};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

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
    let (address, fragment) = match location.split_once('#') {
        Some((address, fragment)) => (address, Some(fragment)),
        None => (location, None),
    };
    let separator = match address.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    let message = STANDARD.encode(deflate(xml.as_bytes()));
    let mut url = format!("{address}{separator}{}=", parameter.name());
    url.extend(utf8_percent_encode(&message, QUERY_VALUE));
    if let Some(relay_state) = relay_state {
        url.push_str("&RelayState=");
        url.extend(utf8_percent_encode(relay_state, QUERY_VALUE));
    }
    if let Some(fragment) = fragment {
        url.push('#');
        url.push_str(fragment);
    }
    url
}

/// The value of the form field that takes a message by HTTP-POST: base64 on one line (saml-bindings 3.5.4).
#[must_use]
pub fn post_value(xml: &str) -> String {
    STANDARD.encode(xml)
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
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

    use super::{Parameter, post_value, redirect_url};

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
