//! The request by which a response reaches the SP, where a scenario changes it.

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use url::Url;
use url::form_urlencoded::Serializer;

use super::forms::{Enctype, Submission};
use super::{Agent, AgentError, Page, Request, submitted};
use crate::scenario::{Charset, DeliveryChanges, DeliveryMethod};

/// The field that a scenario may change.
const RELAY_STATE: &str = "RelayState";

/// What a request carries besides what a browser would send.
#[derive(Clone, Debug, Default)]
pub(super) struct Carriage {
    /// They take the place of the agent's own.
    pub(super) headers: HeaderMap,
    /// Whether every cookie is changed.
    pub(super) changed_cookies: bool,
}

/// The submission with the RelayState that the scenario wants.
pub(crate) fn with_relay_state(submission: Submission, changes: &DeliveryChanges) -> Submission {
    let Some(wanted) = &changes.relay_state else {
        return submission;
    };
    let was = submission.field(RELAY_STATE).unwrap_or_default();
    set_relay_state(&submission, Some(wanted.replace("{relay_state}", was)))
}

/// The submission with this RelayState, or without one.
pub(crate) fn set_relay_state(submission: &Submission, value: Option<String>) -> Submission {
    let mut fields = submission.fields.clone();
    fields.retain(|(name, _)| name != RELAY_STATE);
    fields.extend(value.map(|value| (RELAY_STATE.to_owned(), value)));
    Submission {
        is_delivery: submission.is_delivery,
        ..Submission::post(submission.url.clone(), fields)
    }
}

impl Agent {
    /// Brings a response to the SP as `changes` says. Only an answer to a POST is followed.
    ///
    /// # Errors
    /// [`AgentError`].
    pub(crate) async fn deliver(
        &mut self,
        submission: &Submission,
        initiator: Option<&Url>,
        changes: &DeliveryChanges,
    ) -> Result<Page, AgentError> {
        let request = request(submission, initiator, changes);
        match changes.method {
            DeliveryMethod::Post => self.navigate(request).await,
            DeliveryMethod::Head | DeliveryMethod::Options => self.exchange(&request).await,
        }
    }
}

/// The request that brings `submission` to the SP.
fn request(submission: &Submission, initiator: Option<&Url>, changes: &DeliveryChanges) -> Request {
    let mut request = submitted(submission, initiator);
    let mut content_type = changes.content_type.clone();
    if let Some(charset) = changes.charset {
        content_type = Some(format!(
            "{}; charset={}",
            Enctype::Urlencoded.content_type(),
            charset.name()
        ));
        request.body = Some(written_in(charset, &submission.fields));
    }
    match changes.method {
        DeliveryMethod::Post => {}
        DeliveryMethod::Options => request.method = Method::OPTIONS,
        DeliveryMethod::Head => {
            request.method = Method::HEAD;
            let query = Serializer::new(String::new())
                .extend_pairs(&submission.fields)
                .finish();
            request.url.set_query(Some(&query));
            request.body = None;
        }
    }
    let mut headers = HeaderMap::new();
    let given = changes
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let own = content_type
        .iter()
        .map(|value| (CONTENT_TYPE.as_str(), value.as_str()));
    for (name, value) in given.chain(own) {
        // The loader has read them; a placeholder in a value stands for an address or an id.
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_str(value),
        ) {
            headers.insert(name, value);
        }
    }
    request.carriage = Some(Box::new(Carriage {
        headers,
        changed_cookies: changes.changed_cookies,
    }));
    request
}

/// The form in another charset; its octets are percent-encoded, as those of every form.
fn written_in(charset: Charset, fields: &[(String, String)]) -> String {
    let octets = |text: &str| -> Vec<u8> {
        match charset {
            Charset::Utf16 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Charset::Latin1 => text
                .chars()
                .map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?'))
                .collect(),
        }
    };
    let encoded = |text: &str| percent_encode(&octets(text), NON_ALPHANUMERIC).to_string();
    let pairs: Vec<_> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submission() -> Submission {
        let fields = [("SAMLResponse", "PHg+é"), ("RelayState", "/a")];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Submission::post(Url::parse("http://sp.test/acs").unwrap(), fields.to_vec())
    }

    #[test]
    fn a_form_is_written_in_another_charset_and_says_so() {
        for (charset, body, content_type) in [
            (
                Charset::Latin1,
                "SAMLResponse=PHg%2B%E9&RelayState=%2Fa",
                "application/x-www-form-urlencoded; charset=iso-8859-1",
            ),
            (
                Charset::Utf16,
                "S%00A%00M%00L%00R%00e%00s%00p%00o%00n%00s%00e%00=P%00H%00g%00%2B%00%E9%00&\
                 R%00e%00l%00a%00y%00S%00t%00a%00t%00e%00=%2F%00a%00",
                "application/x-www-form-urlencoded; charset=utf-16le",
            ),
        ] {
            let changes = DeliveryChanges {
                charset: Some(charset),
                ..DeliveryChanges::default()
            };
            let request = request(&submission(), None, &changes);
            assert_eq!(request.body.as_deref(), Some(body));
            assert_eq!(request.carriage.unwrap().headers[CONTENT_TYPE], content_type);
        }
    }

    #[test]
    fn another_method_takes_the_fields_along() {
        let with = |method| {
            let changes = DeliveryChanges {
                method,
                ..DeliveryChanges::default()
            };
            request(&submission(), None, &changes)
        };
        let head = with(DeliveryMethod::Head);
        assert_eq!((head.method, head.body), (Method::HEAD, None));
        assert_eq!(
            head.url.query(),
            Some("SAMLResponse=PHg%2B%C3%A9&RelayState=%2Fa")
        );
        let options = with(DeliveryMethod::Options);
        assert_eq!((options.method, options.url.query()), (Method::OPTIONS, None));
        assert!(options.body.unwrap().starts_with("SAMLResponse="));
    }

    #[test]
    fn another_relay_state_takes_the_place_of_the_one_that_was() {
        let changes = |text: &str| DeliveryChanges {
            relay_state: Some(text.to_owned()),
            ..DeliveryChanges::default()
        };
        let changed = with_relay_state(submission(), &changes("{relay_state}?role=admin"));
        assert_eq!(changed.field("RelayState"), Some("/a?role=admin"));
        assert_eq!(
            changed.body.as_deref(),
            Some("SAMLResponse=PHg%2B%C3%A9&RelayState=%2Fa%3Frole%3Dadmin")
        );
        let untouched = with_relay_state(submission(), &DeliveryChanges::default());
        assert_eq!(untouched, submission());
        assert_eq!(set_relay_state(&submission(), None).field("RelayState"), None);
    }
}
