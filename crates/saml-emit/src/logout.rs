//! `samlp:LogoutRequest` and `samlp:LogoutResponse` (saml-core 3.7), both in Entra's spelling
//! (entra-behaviour.md 3.1, 6), whoever sends them: any reader of SAML takes it.

use saml_model::{LogoutRequest, LogoutResponse};

use crate::{
    EmitError, assertion,
    element::{ASSERTION, Element, SAMLP},
    instant, render,
    response::status,
};

/// The request, unsigned, children in schema order. Where it has to be signed, the query that carries it is
/// ([`crate::binding::signed_redirect_url`]).
///
/// # Errors
///
/// [`EmitError::ForbiddenCharacter`].
pub fn logout_request(request: &LogoutRequest) -> Result<String, EmitError> {
    let not_on_or_after = request.not_on_or_after.map(instant::format);
    let session_indexes = request.session_indexes.iter();
    let element = Element::new(SAMLP, "LogoutRequest")
        .attribute("ID", &request.id)
        .attribute("Version", &request.version)
        .attribute("IssueInstant", instant::format(request.issue_instant))
        .optional_attribute("Destination", request.destination.as_deref())
        .optional_attribute("NotOnOrAfter", not_on_or_after)
        .optional_attribute("Reason", request.reason.as_deref())
        .children(request.issuer.as_deref().map(issuer))
        .children(request.name_id.as_ref().map(assertion::name_id))
        .children(session_indexes.map(|index| Element::new(SAMLP, "SessionIndex").text(index)));
    render::wire(&element)
}

/// The response, unsigned like [`logout_request`].
///
/// # Errors
///
/// [`EmitError::ForbiddenCharacter`].
pub fn logout_response(response: &LogoutResponse) -> Result<String, EmitError> {
    let element = Element::new(SAMLP, "LogoutResponse")
        .attribute("ID", &response.id)
        .attribute("Version", &response.version)
        .attribute("IssueInstant", instant::format(response.issue_instant))
        .optional_attribute("Destination", response.destination.as_deref())
        .optional_attribute("InResponseTo", response.in_response_to.as_deref())
        .children(response.issuer.as_deref().map(issuer))
        .child(status(&response.status));
    render::wire(&element)
}

fn issuer(issuer: &str) -> Element<'_> {
    Element::new(ASSERTION, "Issuer").text(issuer)
}

#[cfg(test)]
mod tests {
    use saml_model::{LogoutRequest, LogoutResponse, NameId, Status, names};

    const HEAD: &str = r#"ID="_1" Version="2.0" IssueInstant="2026-01-02T03:04:05.000Z""#;
    const DECLARATION: &str = r#"xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol""#;
    const DEFAULT: &str = r#"xmlns="urn:oasis:names:tc:SAML:2.0:assertion""#;

    #[test]
    fn requests_are_spelt_as_entra_spells() {
        let mut request = LogoutRequest {
            id: "_1".to_owned(),
            version: names::VERSION.to_owned(),
            issue_instant: "2026-01-02T03:04:05Z".parse().unwrap(),
            destination: None,
            not_on_or_after: None,
            reason: None,
            issuer: None,
            name_id: None,
            session_indexes: Vec::new(),
        };
        assert_eq!(
            super::logout_request(&request).unwrap(),
            format!("<samlp:LogoutRequest {HEAD} {DECLARATION}/>")
        );
        request.destination = Some("https://sp/slo?a&b".to_owned());
        request.not_on_or_after = Some("2026-01-02T03:09:05Z".parse().unwrap());
        request.reason = Some("urn:r".to_owned());
        request.issuer = Some("https://sts/".to_owned());
        request.name_id = Some(NameId {
            format: Some("urn:f".to_owned()),
            name_qualifier: Some("n".to_owned()),
            sp_name_qualifier: Some("s".to_owned()),
            value: "a<b".to_owned(),
        });
        request.session_indexes = vec!["_s".to_owned(), "_t".to_owned()];
        assert_eq!(
            super::logout_request(&request).unwrap(),
            format!(
                "<samlp:LogoutRequest {HEAD} Destination=\"https://sp/slo?a&amp;b\" NotOnOrAfter=\"2026-01-02T03:09:05.000Z\" \
                 Reason=\"urn:r\" {DECLARATION}><Issuer {DEFAULT}>https://sts/</Issuer>\
                 <NameID Format=\"urn:f\" NameQualifier=\"n\" SPNameQualifier=\"s\" {DEFAULT}>a&lt;b</NameID>\
                 <samlp:SessionIndex>_s</samlp:SessionIndex><samlp:SessionIndex>_t</samlp:SessionIndex></samlp:LogoutRequest>"
            )
        );
    }

    #[test]
    fn responses_are_spelt_as_entra_spells() {
        let response = LogoutResponse {
            id: "_1".to_owned(),
            version: names::VERSION.to_owned(),
            issue_instant: "2026-01-02T03:04:05Z".parse().unwrap(),
            destination: Some("https://sp/slo".to_owned()),
            in_response_to: Some("_0".to_owned()),
            issuer: Some("https://sts/".to_owned()),
            status: Status::success(),
        };
        assert_eq!(
            super::logout_response(&response).unwrap(),
            format!(
                "<samlp:LogoutResponse {HEAD} Destination=\"https://sp/slo\" InResponseTo=\"_0\" {DECLARATION}>\
                 <Issuer {DEFAULT}>https://sts/</Issuer><samlp:Status><samlp:StatusCode Value=\"{}\"/></samlp:Status>\
                 </samlp:LogoutResponse>",
                names::STATUS_SUCCESS
            )
        );
    }
}
