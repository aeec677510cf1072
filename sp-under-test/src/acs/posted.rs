//! From an HTTP request to the bytes of a response (saml-bindings 3.5.4).

use control_api::message::{carried_sha256, scattered_sha256};
use saml_accept::{
    binding::{self, DecodeError, Form, RawQuery},
    response::UnverifiedResponse,
    xml::Limits,
};

use crate::rejection::{Refused, Rejection};

/// The largest form that is read, in octets: the largest message in base64, percent-encoded here and there.
pub(crate) const FORM_BYTES_MAX: usize = 2 * 1024 * 1024;

/// A response that was posted to the AssertionConsumerService and not looked into yet.
#[derive(Debug)]
pub(crate) struct PostedResponse {
    xml: Vec<u8>,
    relay_state: Option<String>,
}

impl PostedResponse {
    /// Reads `SAMLResponse` and `RelayState` out of a form.
    ///
    /// # Errors
    /// [`Rejection::Malformed`]: another content type, a field missing or there twice, a message in the query too,
    /// or no base64.
    pub(crate) fn read(
        content_type: Option<&str>,
        query: Option<&str>,
        body: &[u8],
    ) -> Result<Self, Refused> {
        let form = form(content_type, query, body)?;
        let message = form.parameter("SAMLResponse").map_err(malformed)?;
        let message = message.ok_or(DecodeError::Missing).map_err(malformed)?;
        if form.parameter("SAMLRequest").map_err(malformed)?.is_some() {
            return Err(malformed("the form has a SAMLRequest too"));
        }
        Ok(Self {
            xml: binding::decode_post(&message, &Limits::default()).map_err(malformed)?,
            relay_state: form.parameter("RelayState").map_err(malformed)?,
        })
    }

    /// Parses the message; gives the RelayState back, which nobody vouches for.
    ///
    /// # Errors
    /// [`Rejection::Malformed`]; of a message that can be read, and in which something signed is wrapped,
    /// [`Rejection::SignatureInvalid`].
    pub(crate) fn parse(self) -> Result<(UnverifiedResponse, Option<String>), Refused> {
        let response = UnverifiedResponse::parse(&self.xml, &Limits::default());
        let response = response.map_err(|error| match error.kind.is_about_signing() {
            true => Refused::new(Rejection::SignatureInvalid, error.to_string()),
            false => malformed(error),
        })?;
        Ok((response, self.relay_state))
    }
}

/// A form that carries a message.
///
/// # Errors
/// [`Rejection::Malformed`]: another content type, or a message in the query too.
pub(crate) fn form<'b>(
    content_type: Option<&str>,
    query: Option<&str>,
    body: &'b [u8],
) -> Result<Form<'b>, Refused> {
    require_form(content_type)?;
    let query = RawQuery::parse(query.unwrap_or_default()).map_err(malformed)?;
    for name in ["SAMLResponse", "SAMLRequest", "RelayState"] {
        if query.raw(name).map_err(malformed)?.is_some() {
            return Err(malformed(format!("{name} is in the query of a post")));
        }
    }
    Form::parse(body).map_err(malformed)
}

/// The digest of the message that came, whatever carries it and whether it can be read or not: to record.
pub(crate) fn digest(content_type: Option<&str>, query: Option<&str>, body: &[u8]) -> Option<String> {
    let in_body = match require_form(content_type) {
        Ok(()) => carried_sha256(body),
        Err(_) => scattered_sha256(body),
    };
    in_body.or_else(|| carried_sha256(query.unwrap_or_default().as_bytes()))
}

/// `application/x-www-form-urlencoded`, in UTF-8 where a charset is named.
fn require_form(content_type: Option<&str>) -> Result<(), Refused> {
    let content_type = content_type.unwrap_or_default().to_ascii_lowercase();
    let mut parts = content_type.split(';').map(str::trim);
    let is_form = parts.next() == Some("application/x-www-form-urlencoded");
    let in_utf8 = parts.all(|part| {
        part.strip_prefix("charset=")
            .is_none_or(|charset| charset.trim_matches('"') == "utf-8")
    });
    if is_form && in_utf8 {
        return Ok(());
    }
    let shown: String = content_type.chars().take(100).collect();
    Err(malformed(format!(
        "the Content-Type is `{shown}`, not application/x-www-form-urlencoded in UTF-8"
    )))
}

fn malformed(cause: impl ToString) -> Refused {
    Refused::new(Rejection::Malformed, cause.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "application/x-www-form-urlencoded";

    /// Catalogue group bind: what is refused for how it came is the same message still.
    #[test]
    fn a_message_has_its_digest_whatever_carries_it() {
        let digest = |content_type, query, body: &str| digest(content_type, query, body.as_bytes());
        let of = |value| Some(control_api::message::message_sha256(value));
        for (content_type, query, body, expected) in [
            (Some(FORM), None, "RelayState=a&SAMLResponse=a%2B", of("a+")),
            (Some(FORM), Some("SAMLResponse=b"), "SAMLResponse=a%2B", of("a+")),
            (Some(FORM), Some("SAMLResponse=b"), "", of("b")),
            (
                Some("text/plain"),
                None,
                "SAMLResponse=a+\r\nRelayState=b",
                of("a+"),
            ),
            (None, None, "SAMLResponse=a+\r\n", of("a+")),
            (Some(FORM), None, "SAMLResponse=", None),
        ] {
            assert_eq!(digest(content_type, query, body), expected, "{body}");
        }
    }

    /// Catalogue group bind.
    #[test]
    fn one_form_field_in_base64_and_nothing_else() {
        let read =
            |content_type, query, body: &str| PostedResponse::read(content_type, query, body.as_bytes());
        for (id, content_type, query, body, accepted) in [
            (
                "control",
                FORM,
                None,
                "SAMLResponse=PHg%2BPC94Pg%3D%3D&RelayState=%2Fa",
                true,
            ),
            (
                "bind-charset",
                "Application/x-www-form-urlencoded; charset=UTF-8",
                None,
                "SAMLResponse=eA%3D%3D",
                true,
            ),
            (
                "bind-base64-noise",
                FORM,
                None,
                "SAMLResponse=PHg%2B%0D%0APC94Pg%3D%3D%0D%0A",
                true,
            ),
            ("control", FORM, Some("a=b"), "SAMLResponse=eA%3D%3D", true),
            (
                "bind-charset",
                "application/x-www-form-urlencoded; charset=utf-16",
                None,
                "SAMLResponse=eA%3D%3D",
                false,
            ),
            (
                "bind-content-type",
                "text/xml",
                None,
                "SAMLResponse=eA%3D%3D",
                false,
            ),
            (
                "bind-content-type",
                "application/json",
                None,
                "SAMLResponse=eA%3D%3D",
                false,
            ),
            ("bind-content-type", "", None, "SAMLResponse=eA%3D%3D", false),
            ("bind-missing-field", FORM, None, "", false),
            ("bind-missing-field", FORM, None, "SAMLResponse=", false),
            (
                "bind-duplicate-field",
                FORM,
                None,
                "SAMLResponse=eA%3D%3D&SAMLResponse=eA%3D%3D",
                false,
            ),
            (
                "bind-duplicate-field",
                FORM,
                None,
                "SAMLResponse=eA%3D%3D&RelayState=a&RelayState=b",
                false,
            ),
            (
                "bind-duplicate-field",
                FORM,
                Some("SAMLResponse=eA%3D%3D"),
                "SAMLResponse=eA%3D%3D",
                false,
            ),
            (
                "bind-redirect-both",
                FORM,
                None,
                "SAMLResponse=eA%3D%3D&SAMLRequest=eA%3D%3D",
                false,
            ),
            ("bind-bad-base64", FORM, None, "SAMLResponse=e-_A", false),
            ("bind-bad-base64", FORM, None, "SAMLResponse=eA", false),
            (
                "bind-base64-xml-plain",
                FORM,
                None,
                "SAMLResponse=%3Cx%2F%3E",
                false,
            ),
        ] {
            let read = read(Some(content_type), query, body);
            assert_eq!(read.is_ok(), accepted, "{id}: {content_type} {query:?} {body}");
            assert!(read.is_ok() || read.is_err_and(|refused| refused.rejection == Rejection::Malformed));
        }
        assert!(read(None, None, "SAMLResponse=eA%3D%3D").is_err());
        let double = PostedResponse::read(Some(FORM), None, b"SAMLResponse=UEhnK1BDOTRQZz09").unwrap();
        assert!(double.parse().is_err(), "bind-bad-base64: encoded twice");
    }
}
