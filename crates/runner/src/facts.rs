//! What a delivered SAMLResponse says, decoded for evidence. Nothing here is verified, and no verdict is taken
//! from it: that is the SP's job.

use saml_accept::binding::decode_post;
use saml_accept::xml::{self, Element, Limits};
use saml_model::names::{NS_ASSERTION, NS_DSIG, NS_PROTOCOL, NS_XENC};
use serde::Serialize;

use crate::text::shortened;

/// The longest value that is kept, in characters.
const VALUE_CHARACTERS_MAX: usize = 500;

/// What a response says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ResponseFacts {
    /// Why it could not be read, where it could not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    /// `ID` of the response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `InResponseTo`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_response_to: Option<String>,
    /// Everything else that a reader looks for first, name and value, in document order.
    pub facts: Vec<(String, String)>,
}

impl ResponseFacts {
    /// Reads the value of the form field `SAMLResponse`.
    #[must_use]
    pub fn read(value: &str) -> Self {
        let limits = Limits::default();
        let unreadable = |reason: String| Self {
            unreadable: Some(reason),
            ..Self::default()
        };
        let bytes = match decode_post(value, &limits) {
            Ok(bytes) => bytes,
            Err(error) => return unreadable(error.to_string()),
        };
        match xml::parse(&bytes, &limits) {
            Ok(document) => Self::of(document.root()),
            Err(error) => unreadable(error.to_string()),
        }
    }

    fn of(response: Element<'_>) -> Self {
        let mut facts = Facts(Vec::new());
        facts.attribute("Destination", response, "Destination");
        facts.text("Issuer", response.child(NS_ASSERTION, "Issuer"));
        let code = response
            .child(NS_PROTOCOL, "Status")
            .and_then(|status| status.child(NS_PROTOCOL, "StatusCode"));
        if let Some(code) = code {
            facts.attribute("StatusCode", code, "Value");
            if let Some(nested) = code.child(NS_PROTOCOL, "StatusCode") {
                facts.attribute("StatusCode", nested, "Value");
            }
        }
        let message = response
            .child(NS_PROTOCOL, "Status")
            .and_then(|status| status.child(NS_PROTOCOL, "StatusMessage"));
        facts.text("StatusMessage", message);
        for assertion in response.children_named(NS_ASSERTION, "Assertion") {
            facts.assertion(assertion);
        }
        for encrypted in response.children_named(NS_ASSERTION, "EncryptedAssertion") {
            facts.encrypted(encrypted);
        }
        let owned = |name: &str| response.attribute(name).map(ToOwned::to_owned);
        Self {
            unreadable: None,
            id: owned("ID"),
            in_response_to: owned("InResponseTo"),
            facts: facts.0,
        }
    }
}

struct Facts(Vec<(String, String)>);

impl Facts {
    fn push(&mut self, name: &str, value: &str) {
        self.0
            .push((name.to_owned(), shortened(value, VALUE_CHARACTERS_MAX)));
    }

    fn attribute(&mut self, name: &str, element: Element<'_>, attribute: &str) {
        if let Some(value) = element.attribute(attribute) {
            self.push(name, value);
        }
    }

    fn text(&mut self, name: &str, element: Option<Element<'_>>) {
        if let Some(text) = element.and_then(|element| element.text().ok()) {
            self.push(name, text.trim());
        }
    }

    /// What can be seen without the key: the algorithms, and for whom it is.
    fn encrypted(&mut self, encrypted: Element<'_>) {
        let Some(data) = encrypted.child(NS_XENC, "EncryptedData") else {
            self.push("EncryptedAssertion", "no EncryptedData");
            return;
        };
        self.algorithm("EncryptedAssertion", data);
        // The key stands in the data's KeyInfo or beside the data (xmlenc-core1 3.5).
        let inside = data.child(NS_DSIG, "KeyInfo");
        let keys = [inside, Some(encrypted)];
        for key in keys
            .into_iter()
            .flatten()
            .flat_map(|around| around.children_named(NS_XENC, "EncryptedKey"))
        {
            self.algorithm("EncryptedKey", key);
            self.attribute("Recipient", key, "Recipient");
            let serial = key
                .child(NS_DSIG, "KeyInfo")
                .and_then(|info| info.child(NS_DSIG, "X509Data"))
                .and_then(|data| data.child(NS_DSIG, "X509IssuerSerial"));
            if let Some(serial) = serial {
                self.text("X509IssuerName", serial.child(NS_DSIG, "X509IssuerName"));
                self.text("X509SerialNumber", serial.child(NS_DSIG, "X509SerialNumber"));
            }
        }
    }

    /// The EncryptionMethod of data or of a key.
    fn algorithm(&mut self, name: &str, encrypted: Element<'_>) {
        let method = encrypted.child(NS_XENC, "EncryptionMethod");
        let algorithm = method.and_then(|method| method.attribute("Algorithm"));
        self.push(name, algorithm.unwrap_or("no EncryptionMethod"));
    }

    fn assertion(&mut self, assertion: Element<'_>) {
        self.text("Assertion Issuer", assertion.child(NS_ASSERTION, "Issuer"));
        if let Some(subject) = assertion.child(NS_ASSERTION, "Subject") {
            self.text("NameID", subject.child(NS_ASSERTION, "NameID"));
            for confirmation in subject.children_named(NS_ASSERTION, "SubjectConfirmation") {
                if let Some(data) = confirmation.child(NS_ASSERTION, "SubjectConfirmationData") {
                    self.attribute("Recipient", data, "Recipient");
                    self.attribute("SubjectConfirmationData NotOnOrAfter", data, "NotOnOrAfter");
                }
            }
        }
        if let Some(conditions) = assertion.child(NS_ASSERTION, "Conditions") {
            self.attribute("NotBefore", conditions, "NotBefore");
            self.attribute("NotOnOrAfter", conditions, "NotOnOrAfter");
            for restriction in conditions.children_named(NS_ASSERTION, "AudienceRestriction") {
                for audience in restriction.children_named(NS_ASSERTION, "Audience") {
                    self.text("Audience", Some(audience));
                }
            }
        }
        for statement in assertion.children_named(NS_ASSERTION, "AttributeStatement") {
            for attribute in statement.children_named(NS_ASSERTION, "Attribute") {
                let name = attribute.attribute("Name").unwrap_or_default();
                for value in attribute.children_named(NS_ASSERTION, "AttributeValue") {
                    self.text(name, Some(value));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn the_facts_of_a_response_are_read_and_what_is_no_response_is_said() {
        let xml = r#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r" InResponseTo="_q" Destination="http://sp/acs">
<Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">https://sts/</Issuer>
<samlp:Status><samlp:StatusCode Value="urn:ok"><samlp:StatusCode Value="urn:nested"/></samlp:StatusCode><samlp:StatusMessage>Why</samlp:StatusMessage></samlp:Status>
<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"><Subject><NameID>b.simon</NameID></Subject>
<AttributeStatement><Attribute Name="Country"><AttributeValue>Germany</AttributeValue></Attribute></AttributeStatement></Assertion>
</samlp:Response>"#;
        let facts = ResponseFacts::read(&STANDARD.encode(xml));
        assert_eq!(facts.id.as_deref(), Some("_r"));
        assert_eq!(facts.in_response_to.as_deref(), Some("_q"));
        let expected = [
            ("Destination", "http://sp/acs"),
            ("Issuer", "https://sts/"),
            ("StatusCode", "urn:ok"),
            ("StatusCode", "urn:nested"),
            ("StatusMessage", "Why"),
            ("NameID", "b.simon"),
            ("Country", "Germany"),
        ];
        assert_eq!(
            facts.facts,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        for bad in ["%%%", "PGE+"] {
            assert!(ResponseFacts::read(bad).unreadable.is_some(), "{bad}");
        }
    }

    /// What is encrypted is not read; for whom it is, is.
    #[test]
    fn the_recipient_and_the_algorithms_of_an_encrypted_assertion_are_told() {
        let key = r#"<e:EncryptedKey xmlns:e="http://www.w3.org/2001/04/xmlenc#" Recipient="urn:sp"><e:EncryptionMethod Algorithm="urn:transport"/><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509IssuerSerial><X509IssuerName>CN=sp</X509IssuerName><X509SerialNumber>7</X509SerialNumber></X509IssuerSerial></X509Data></KeyInfo></e:EncryptedKey>"#;
        let expected = [
            ("EncryptedAssertion", "urn:data"),
            ("EncryptedKey", "urn:transport"),
            ("Recipient", "urn:sp"),
            ("X509IssuerName", "CN=sp"),
            ("X509SerialNumber", "7"),
        ];
        let inside = format!("<KeyInfo xmlns=\"{NS_DSIG}\">{key}</KeyInfo>");
        for (inside, beside) in [(inside.as_str(), ""), ("", key)] {
            let xml = format!(
                r#"<samlp:Response xmlns:samlp="{NS_PROTOCOL}"><EncryptedAssertion xmlns="{NS_ASSERTION}"><x:EncryptedData xmlns:x="{NS_XENC}"><x:EncryptionMethod Algorithm="urn:data"/>{inside}</x:EncryptedData>{beside}</EncryptedAssertion></samlp:Response>"#
            );
            let facts = ResponseFacts::read(&STANDARD.encode(xml)).facts;
            assert_eq!(
                facts,
                expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
            );
        }
    }
}
