//! An assertion in another response: what only the ID of the response would recognise as used.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use saml_accept::binding::decode_post;
use saml_accept::xml::{self, Limits};

use crate::agent::forms::Submission;

/// The parameter that carries a response.
const RESPONSE: &str = "SAMLResponse";

/// The same form with a response of another ID and another IssueInstant.
///
/// # Errors
/// That there is no response, or one whose signature covers them.
pub(super) fn rewrapped(submission: &Submission) -> Result<Submission, String> {
    let value = submission.field(RESPONSE).ok_or("no response was delivered")?;
    let response = other_response(value)?;
    let mut fields = submission.fields.clone();
    for (name, value) in &mut fields {
        if name == RESPONSE {
            value.clone_from(&response);
        }
    }
    Ok(Submission::post(submission.url.clone(), fields))
}

fn other_response(value: &str) -> Result<String, String> {
    let limits = Limits::default();
    let bytes = decode_post(value, &limits).map_err(|error| error.to_string())?;
    let document = xml::parse(&bytes, &limits).map_err(|error| error.to_string())?;
    let root = document.root();
    if root.children().any(|child| child.name() == "Signature") {
        return Err(
            "`rewrap`: the response is signed, so that another ID would be told by its signature".to_owned(),
        );
    }
    let mut text = String::from_utf8(bytes.clone()).map_err(|error| error.to_string())?;
    let new = [
        ("ID", format!("_{}", uuid::Uuid::new_v4())),
        ("IssueInstant", format!("{:.3}", Timestamp::now())),
    ];
    for (name, new) in new {
        let old = root
            .attribute(name)
            .ok_or_else(|| format!("the response has no {name}"))?;
        // The first is the root's: nothing stands before it.
        text = text.replacen(&format!("{name}=\"{old}\""), &format!("{name}=\"{new}\""), 1);
    }
    Ok(STANDARD.encode(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posted(xml: &str) -> Submission {
        let fields = vec![
            (RESPONSE.to_owned(), STANDARD.encode(xml)),
            ("RelayState".to_owned(), "r".to_owned()),
        ];
        Submission::post("http://sp.test/acs".parse().unwrap(), fields)
    }

    #[test]
    fn the_response_is_another_and_the_assertion_the_same() {
        let assertion = "<a:Assertion xmlns:a=\"u\" ID=\"_a\" IssueInstant=\"2026-01-01T00:00:00Z\"/>";
        let xml = format!(
            "<p:Response xmlns:p=\"v\" ID=\"_r\" IssueInstant=\"2026-01-01T00:00:00Z\">{assertion}</p:Response>"
        );
        let other = rewrapped(&posted(&xml)).unwrap();
        assert_eq!(other.field("RelayState"), Some("r"));
        let bytes = decode_post(other.field(RESPONSE).unwrap(), &Limits::default()).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.ends_with(&format!(">{assertion}</p:Response>")), "{text}");
        assert!(
            !text.contains("\"_r\"") && !text.starts_with(&xml[..50]),
            "{text}"
        );
    }

    #[test]
    fn a_signed_response_is_left() {
        let xml = "<p:Response xmlns:p=\"v\" ID=\"_r\" IssueInstant=\"x\"><Signature/></p:Response>";
        assert!(rewrapped(&posted(xml)).unwrap_err().contains("signed"));
        assert!(rewrapped(&posted("<p/>")).is_err());
    }
}
