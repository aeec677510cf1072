//! `samlp:AuthnRequest` as SP libraries send it: prefixes `samlp` and `saml`, both declared on the root.

use saml_model::{AuthnRequest, NameIdPolicy, RequestedAuthnContext};

use crate::{
    EmitError,
    element::{Element, SAML, SAMLP},
    instant, render,
    signature::{KeyInfoPrefix, Signing, sign_element},
};

/// The request, unsigned, children in schema order (saml-core 3.4.1).
///
/// `ForceAuthn` and `IsPassive` are written only where they are true; `Subject` and `Scoping` are never written,
/// whatever [`AuthnRequest::has_subject`] and [`AuthnRequest::scoping`] say: what is in them nobody here knows.
///
/// # Errors
///
/// [`EmitError::ForbiddenCharacter`].
pub fn authn_request(request: &AuthnRequest) -> Result<String, EmitError> {
    render::wire(&element(request))
}

/// The request with an enveloped signature after its `Issuer`, for HTTP-POST; one that goes by HTTP-Redirect is signed
/// by [`crate::binding::signed_redirect_url`] instead (saml-bindings 3.4.4.1).
///
/// # Errors
///
/// Any [`EmitError`].
pub fn signed_authn_request(request: &AuthnRequest, signing: &Signing<'_>) -> Result<String, EmitError> {
    let mut element = element(request);
    let after_issuer = usize::from(request.issuer.is_some());
    sign_element(
        &mut element,
        &request.id,
        after_issuer,
        KeyInfoPrefix::Default,
        signing,
    )?;
    render::wire(&element)
}

fn element(request: &AuthnRequest) -> Element<'_> {
    let issuer = request
        .issuer
        .as_deref()
        .map(|issuer| Element::new(SAML, "Issuer").text(issuer));
    Element::new(SAMLP, "AuthnRequest")
        .declare(&[SAML])
        .attribute("ID", &request.id)
        .attribute("Version", &request.version)
        .attribute("IssueInstant", instant::format(request.issue_instant))
        .optional_attribute("Destination", request.destination.as_deref())
        .optional_attribute("ForceAuthn", request.force_authn.then_some("true"))
        .optional_attribute("IsPassive", request.is_passive.then_some("true"))
        .optional_attribute("ProtocolBinding", request.protocol_binding.as_deref())
        .optional_attribute(
            "AssertionConsumerServiceIndex",
            request.acs_index.map(|index| index.to_string()),
        )
        .optional_attribute("AssertionConsumerServiceURL", request.acs_url.as_deref())
        .children(issuer)
        .children(request.name_id_policy.as_ref().map(name_id_policy))
        .children(
            request
                .requested_authn_context
                .as_ref()
                .map(requested_authn_context),
        )
}

fn name_id_policy(policy: &NameIdPolicy) -> Element<'_> {
    Element::new(SAMLP, "NameIDPolicy")
        .optional_attribute("Format", policy.format.as_deref())
        .optional_attribute("SPNameQualifier", policy.sp_name_qualifier.as_deref())
        .optional_attribute(
            "AllowCreate",
            policy
                .allow_create
                .map(|allow| if allow { "true" } else { "false" }),
        )
}

fn requested_authn_context(context: &RequestedAuthnContext) -> Element<'_> {
    let class_refs = context.class_refs.iter();
    Element::new(SAMLP, "RequestedAuthnContext")
        .optional_attribute("Comparison", context.comparison.as_deref())
        .children(class_refs.map(|class_ref| Element::new(SAML, "AuthnContextClassRef").text(class_ref)))
}

#[cfg(test)]
mod tests {
    use saml_model::{AuthnRequest, NameIdPolicy, RequestedAuthnContext, Scoping, names};

    #[test]
    fn the_smallest_and_the_fullest() {
        let mut request = AuthnRequest::new("_1", "2026-01-02T03:04:05Z".parse().unwrap(), "https://sp/?a&b");
        let head = r#"<samlp:AuthnRequest ID="_1" Version="2.0" IssueInstant="2026-01-02T03:04:05.000Z""#;
        let declarations = r#"xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion""#;
        let issuer = "<saml:Issuer>https://sp/?a&amp;b</saml:Issuer>";
        assert_eq!(
            super::authn_request(&request).unwrap(),
            format!("{head} {declarations}>{issuer}</samlp:AuthnRequest>")
        );

        request.destination = Some("https://idp/saml2".to_owned());
        request.force_authn = true;
        request.is_passive = true;
        request.has_subject = true;
        request.scoping = Some(Scoping::default());
        request.protocol_binding = Some("p".to_owned());
        request.acs_index = Some(7);
        request.acs_url = Some("https://sp/acs".to_owned());
        request.name_id_policy = Some(NameIdPolicy {
            format: Some(names::NAME_ID_EMAIL.to_owned()),
            sp_name_qualifier: Some("q".to_owned()),
            allow_create: Some(false),
        });
        request.requested_authn_context = Some(RequestedAuthnContext {
            comparison: Some("exact".to_owned()),
            class_refs: vec!["c1".to_owned(), "c2".to_owned()],
        });
        assert_eq!(
            super::authn_request(&request).unwrap(),
            format!(
                "{head} Destination=\"https://idp/saml2\" ForceAuthn=\"true\" IsPassive=\"true\" ProtocolBinding=\"p\" \
                 AssertionConsumerServiceIndex=\"7\" AssertionConsumerServiceURL=\"https://sp/acs\" {declarations}>{issuer}\
                 <samlp:NameIDPolicy Format=\"{}\" SPNameQualifier=\"q\" AllowCreate=\"false\"/>\
                 <samlp:RequestedAuthnContext Comparison=\"exact\"><saml:AuthnContextClassRef>c1</saml:AuthnContextClassRef>\
                 <saml:AuthnContextClassRef>c2</saml:AuthnContextClassRef></samlp:RequestedAuthnContext></samlp:AuthnRequest>",
                names::NAME_ID_EMAIL
            )
        );
    }
}
