//! Making the messages of `request` steps: the runner encodes them itself, honestly or not.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use url::Url;

use crate::agent::forms::Submission;
use crate::drive::Begin;
use crate::scenario::{Binding, Encoding, Payload, RequestStep};
use crate::text::expand;

/// How the browser sends the request of `step` to `login_url`.
///
/// # Errors
/// The Login URL is no address.
pub(crate) fn begin(
    step: &RequestStep,
    login_url: &str,
    variables: &[(&str, String)],
) -> Result<Begin, String> {
    let url = || Url::parse(login_url).map_err(|error| format!("the Login URL {login_url}: {error}"));
    let raw = match &step.payload {
        Payload::Raw(raw) => Some(expand(raw, variables)),
        Payload::Xml { .. } => None,
    };
    let (parameter, message) = match &step.payload {
        Payload::Xml {
            parameter,
            xml,
            encoding,
        } => (
            *parameter,
            encode(&expand(xml, variables), *encoding, step.binding),
        ),
        Payload::Raw(_) => ("", String::new()),
    };
    let mut url = url()?;
    match step.binding {
        Binding::Redirect => {
            match raw {
                Some(raw) => url.set_query(Some(&raw)),
                None => drop(url.query_pairs_mut().append_pair(parameter, &message)),
            }
            Ok(Begin::Open(url))
        }
        Binding::Post => {
            let mut submission = Submission::post(url, vec![(parameter.to_owned(), message)]);
            if let Some(raw) = raw {
                submission.fields.clear();
                submission.body = Some(raw);
            }
            Ok(Begin::Submit {
                submission,
                from: None,
            })
        }
    }
}

/// The value of the parameter that carries `xml`, before it is percent-encoded.
pub(crate) fn encode(xml: &str, encoding: Encoding, binding: Binding) -> String {
    let bytes = xml.as_bytes();
    match (encoding, binding) {
        (Encoding::Plain, _) => xml.to_owned(),
        (Encoding::Base64, _) => STANDARD.encode(bytes),
        (Encoding::Deflate, _) => STANDARD.encode(deflated(bytes)),
        (Encoding::Base64Url, Binding::Redirect) => URL_SAFE_NO_PAD.encode(deflated(bytes)),
        (Encoding::Base64Url, Binding::Post) => URL_SAFE_NO_PAD.encode(bytes),
        (Encoding::Zlib, _) => {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
            STANDARD.encode(in_memory(
                encoder.write_all(bytes).and_then(|()| encoder.finish()),
            ))
        }
        (Encoding::Gzip, _) => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            STANDARD.encode(in_memory(
                encoder.write_all(bytes).and_then(|()| encoder.finish()),
            ))
        }
    }
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    in_memory(encoder.write_all(bytes).and_then(|()| encoder.finish()))
}

fn in_memory(written: std::io::Result<Vec<u8>>) -> Vec<u8> {
    written.expect("writing to a vector cannot fail")
}

#[cfg(test)]
mod tests {
    use saml_accept::binding::{decode_post, decode_redirect};
    use saml_accept::xml::Limits;

    use super::*;

    const XML: &str = "<a id=\"{id}\"/>";

    fn sent(binding: Binding, payload: Payload) -> (Url, Option<String>) {
        let step = RequestStep {
            binding,
            payload,
            user: None,
        };
        let variables = [("id", "_1".to_owned())];
        match begin(&step, "http://idp.test/t/saml2", &variables).unwrap() {
            Begin::Open(url) => (url, None),
            Begin::Submit { submission, .. } => (submission.url, submission.body),
        }
    }

    fn value(encoding: Encoding, binding: Binding) -> String {
        named("SAMLRequest", encoding, binding)
    }

    fn named(parameter: &'static str, encoding: Encoding, binding: Binding) -> String {
        let payload = Payload::Xml {
            parameter,
            xml: XML.to_owned(),
            encoding,
        };
        let (url, body) = sent(binding, payload);
        let pairs = body.unwrap_or_else(|| url.query().unwrap().to_owned());
        let (name, value) = url::form_urlencoded::parse(pairs.as_bytes()).next().unwrap();
        assert_eq!(name, parameter);
        value.into_owned()
    }

    #[test]
    fn each_encoding_is_what_its_name_says() {
        let limits = Limits::default();
        let expected = b"<a id=\"_1\"/>".to_vec();
        let redirect = value(Encoding::Deflate, Binding::Redirect);
        assert_eq!(decode_redirect(&redirect, &limits), Ok(expected.clone()));
        assert_eq!(
            decode_post(&value(Encoding::Base64, Binding::Post), &limits),
            Ok(expected.clone())
        );
        assert_eq!(value(Encoding::Plain, Binding::Post).into_bytes(), expected);
        let url_safe = value(Encoding::Base64Url, Binding::Redirect);
        assert_eq!(URL_SAFE_NO_PAD.decode(url_safe), STANDARD.decode(redirect));
        let start = |encoding| STANDARD.decode(value(encoding, Binding::Redirect)).unwrap()[..2].to_vec();
        assert_eq!(start(Encoding::Zlib), [0x78, 0x9c]);
        assert_eq!(start(Encoding::Gzip), [0x1f, 0x8b]);
        for binding in [Binding::Redirect, Binding::Post] {
            assert_eq!(
                named("SAMLResponse", Encoding::Plain, binding).into_bytes(),
                expected
            );
        }
    }

    #[test]
    fn raw_queries_and_forms_go_as_they_are() {
        let raw = |text: &str| Payload::Raw(text.to_owned());
        let (url, body) = sent(Binding::Redirect, raw("SAMLRequest=a-b_c&x={id}"));
        assert_eq!((url.query(), body), (Some("SAMLRequest=a-b_c&x=_1"), None));
        let (url, body) = sent(Binding::Post, raw("%zz=1&SAMLRequest="));
        assert_eq!((url.query(), body.as_deref()), (None, Some("%zz=1&SAMLRequest=")));
    }
}
