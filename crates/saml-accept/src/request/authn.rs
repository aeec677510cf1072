//! `samlp:AuthnRequest` from a tree to its value (saml-core 3.4.1; entra-behaviour.md 2.1).

use saml_model::names::{NS_ASSERTION, NS_DSIG, NS_PROTOCOL};
use saml_model::{AuthnRequest, NameIdPolicy, RequestedAuthnContext, Scoping};

use super::{Head, RequestError};
use crate::assertion;
use crate::malformed::{Malformed, MalformedKind};
use crate::scalar::is_absolute_uri;
use crate::sequence::{
    Foreign, Sequence, only_attributes, optional_boolean, optional_index, optional_string,
};
use crate::xml::Element;

/// Reads the root of an AuthnRequest.
pub(super) fn read(root: Element<'_>) -> Result<AuthnRequest, RequestError> {
    let head = Head::read(root)?;
    let children = Children::read(root)?;
    for element in [Some(root), children.issuer].into_iter().flatten() {
        no_name_qualifier(element)?;
    }
    Ok(AuthnRequest {
        issue_instant: head.issue_instant()?,
        id: head.id,
        version: head.version,
        destination: optional_string(root, "Destination"),
        force_authn: optional_boolean(root, "ForceAuthn")?.unwrap_or(false),
        is_passive: optional_boolean(root, "IsPassive")?.unwrap_or(false),
        protocol_binding: optional_string(root, "ProtocolBinding"),
        acs_index: optional_index(root, "AssertionConsumerServiceIndex")?,
        acs_url: acs_url(root)?,
        issuer: children.issuer.map(assertion::issuer).transpose()?,
        has_subject: children.has_subject,
        scoping: children.scoping.map(scoping).transpose()?,
        name_id_policy: children.name_id_policy.map(name_id_policy).transpose()?,
        requested_authn_context: children
            .requested_authn_context
            .map(requested_authn_context)
            .transpose()?,
    })
}

/// The children of the request that are read.
struct Children<'d> {
    issuer: Option<Element<'d>>,
    has_subject: bool,
    name_id_policy: Option<Element<'d>>,
    requested_authn_context: Option<Element<'d>>,
    scoping: Option<Element<'d>>,
}

impl<'d> Children<'d> {
    fn read(root: Element<'d>) -> Result<Self, Malformed> {
        let mut children = Sequence::of(root)?;
        let issuer = children.optional(NS_ASSERTION, "Issuer");
        let _ = children.optional(NS_DSIG, "Signature");
        let _ = children.optional(NS_PROTOCOL, "Extensions");
        let has_subject = children.optional(NS_ASSERTION, "Subject").is_some();
        let name_id_policy = children.optional(NS_PROTOCOL, "NameIDPolicy");
        let _ = children.optional(NS_ASSERTION, "Conditions");
        let requested_authn_context = children.optional(NS_PROTOCOL, "RequestedAuthnContext");
        let scoping = children.optional(NS_PROTOCOL, "Scoping");
        children.end()?;
        Ok(Self {
            issuer,
            has_subject,
            name_id_policy,
            requested_authn_context,
            scoping,
        })
    }
}

/// An attribute `NameQualifier` anywhere in the request is an XML error at Entra, although the schema lets it stand at
/// Issuer, and other unknown attributes of the root are ignored (entra-behaviour.md 2.1, C7).
fn no_name_qualifier(element: Element<'_>) -> Result<(), Malformed> {
    let attribute = "NameQualifier";
    if element.attribute(attribute).is_none() {
        return Ok(());
    }
    Err(Malformed::at(
        element,
        MalformedKind::AttributeUnexpected {
            element: element.name().to_owned(),
            attribute: attribute.to_owned(),
        },
    ))
}

fn acs_url(root: Element<'_>) -> Result<Option<String>, RequestError> {
    let attribute = "AssertionConsumerServiceURL";
    let value = optional_string(root, attribute);
    match value {
        Some(value) if !is_absolute_uri(&value) => Err(RequestError::AttributeNotUri { attribute, value }),
        value => Ok(value),
    }
}

fn name_id_policy(element: Element<'_>) -> Result<NameIdPolicy, Malformed> {
    only_attributes(
        element,
        &["Format", "SPNameQualifier", "AllowCreate"],
        Foreign::Refused,
    )?;
    Sequence::of(element)?.end()?;
    Ok(NameIdPolicy {
        format: optional_string(element, "Format"),
        sp_name_qualifier: optional_string(element, "SPNameQualifier"),
        allow_create: optional_boolean(element, "AllowCreate")?,
    })
}

fn requested_authn_context(element: Element<'_>) -> Result<RequestedAuthnContext, RequestError> {
    only_attributes(element, &["Comparison"], Foreign::Refused)?;
    let mut children = Sequence::of(element)?;
    let class_refs = children
        .many(NS_ASSERTION, "AuthnContextClassRef")
        .into_iter()
        .map(class_ref)
        .collect::<Result<_, _>>()?;
    let _ = children.many(NS_ASSERTION, "AuthnContextDeclRef");
    children.end()?;
    Ok(RequestedAuthnContext {
        comparison: optional_string(element, "Comparison"),
        class_refs,
    })
}

fn class_ref(element: Element<'_>) -> Result<String, RequestError> {
    let value = element.text().map_err(Malformed::from)?;
    if is_absolute_uri(&value) {
        return Ok(value);
    }
    Err(RequestError::ElementNotUri {
        element: "AuthnContextClassRef",
        namespace: NS_ASSERTION,
        value,
    })
}

/// What the parts say is not read: Entra refuses each of them.
fn scoping(element: Element<'_>) -> Result<Scoping, Malformed> {
    only_attributes(element, &["ProxyCount"], Foreign::Refused)?;
    let mut children = Sequence::of(element)?;
    let idp_list = children.optional(NS_PROTOCOL, "IDPList").is_some();
    let requester_id = !children.many(NS_PROTOCOL, "RequesterID").is_empty();
    children.end()?;
    Ok(Scoping {
        proxy_count: element.attribute("ProxyCount").is_some(),
        idp_list,
        requester_id,
    })
}

#[cfg(test)]
mod tests {
    use super::super::authn_request;
    use super::*;
    use crate::xml::Limits;

    /// A request with something replaced.
    fn request(from: &str, to: &str) -> Result<AuthnRequest, RequestError> {
        let sound = r#"<samlp:AuthnRequest xmlns="urn:oasis:names:tc:SAML:2.0:metadata"
 xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1" Version="2.0" IssueInstant="2026-01-02T03:04:05.1234567Z"
 ForceAuthn="1" IsPassive="false" AssertionConsumerServiceURL="https://sp/acs" AssertionConsumerServiceIndex="3">
 <Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">https://sp</Issuer>
 <samlp:NameIDPolicy Format="urn:f" AllowCreate="true"/>
 <samlp:RequestedAuthnContext Comparison="exact">
  <a:AuthnContextClassRef xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion">urn:c</a:AuthnContextClassRef>
 </samlp:RequestedAuthnContext>
</samlp:AuthnRequest>"#;
        assert!(sound.contains(from), "{from}");
        authn_request(sound.replacen(from, to, 1).as_bytes(), &Limits::default())
    }

    #[test]
    fn a_sound_request_is_read_whole() {
        let read = request("", "").unwrap();
        let mut expected = AuthnRequest::new(
            "_1",
            "2026-01-02T03:04:05.1234567Z".parse().unwrap(),
            "https://sp",
        );
        expected.force_authn = true;
        expected.acs_url = Some("https://sp/acs".to_owned());
        expected.acs_index = Some(3);
        expected.name_id_policy = Some(NameIdPolicy {
            format: Some("urn:f".to_owned()),
            sp_name_qualifier: None,
            allow_create: Some(true),
        });
        expected.requested_authn_context = Some(RequestedAuthnContext {
            comparison: Some("exact".to_owned()),
            class_refs: vec!["urn:c".to_owned()],
        });
        assert_eq!(read, expected);
    }

    #[test]
    fn each_fault_has_its_error() {
        for id in ["1a", "a=", "a/b", "a+b", ""] {
            let expected = RequestError::InvalidId { value: id.to_owned() };
            assert_eq!(request("\"_1\"", &format!("\"{id}\"")), Err(expected));
        }
        let uri = |value: &str| RequestError::AttributeNotUri {
            attribute: "AssertionConsumerServiceURL",
            value: value.to_owned(),
        };
        assert_eq!(request("https://sp/acs", "/acs"), Err(uri("/acs")));
        assert_eq!(
            request("urn:c", "Password"),
            Err(RequestError::ElementNotUri {
                element: "AuthnContextClassRef",
                namespace: NS_ASSERTION,
                value: "Password".to_owned()
            })
        );
        assert_eq!(
            request("\"2.0\"", "\"1.1\""),
            Err(RequestError::Version {
                found: "1.1".to_owned()
            })
        );
        assert_eq!(
            request(" ID=", " Id="),
            Err(RequestError::Missing { attribute: "ID" })
        );
        assert_eq!(
            request("IssueInstant=", "x="),
            Err(RequestError::Missing {
                attribute: "IssueInstant"
            })
        );
        assert!(matches!(
            request("SAML:2.0:protocol", "SAML:1.0:protocol"),
            Err(RequestError::NotExpected { root, .. }) if root == "AuthnRequest"
        ));
    }

    #[test]
    fn what_the_schema_refuses_is_an_xml_error_with_its_place() {
        let place = |result| match result {
            Err(RequestError::Xml { line, column, .. }) => (line, column),
            other => panic!("{other:?}"),
        };
        assert_eq!(place(request("AllowCreate", "NameQualifier")), (5, 2));
        assert_eq!(place(request("ForceAuthn=\"1\"", "ForceAuthn=\"yes\"")), (1, 1));
        assert_eq!(place(request("2026-01-02", "2026-13-02")), (1, 1));
        assert_eq!(place(request("NameIDPolicy", "Nonsense")), (5, 2));
        assert_eq!(
            place(request("</samlp:AuthnRequest>", "</samlp:AuthnRequest")),
            (9, 1)
        );
        assert_eq!(place(request("https://sp</Issuer>", "&x;</Issuer>")), (4, 56));
        assert_eq!(place(request("", "<!DOCTYPE a>")), (1, 1));
    }

    #[test]
    fn an_unknown_attribute_of_the_root_is_ignored() {
        let read = request("AssertionConsumerServiceURL", "AssertionConsumerServiceUrl").unwrap();
        assert_eq!(read.acs_url, None);
    }

    #[test]
    fn a_name_qualifier_is_refused_anywhere() {
        for (from, to) in [
            (" ForceAuthn", " NameQualifier=\"q\" ForceAuthn"),
            ("<Issuer", "<Issuer NameQualifier=\"q\""),
            ("AllowCreate=\"true\"", "NameQualifier=\"q\""),
        ] {
            let read = request(from, to);
            assert!(matches!(read, Err(RequestError::Xml { .. })), "{to}: {read:?}");
        }
    }

    #[test]
    fn the_parts_of_a_scoping_are_told_apart() {
        let scoping = |inside: &str| {
            let end = "</samlp:AuthnRequest>";
            request(end, &format!("<samlp:Scoping{inside}</samlp:Scoping>{end}")).map(|read| read.scoping)
        };
        let (none, idp_list) = (
            Scoping::default(),
            "<samlp:IDPList><samlp:IDPEntry/></samlp:IDPList>",
        );
        let requester_id = "<samlp:RequesterID>a</samlp:RequesterID>".repeat(2);
        for (inside, expected) in [
            (">".to_owned(), none),
            (
                " ProxyCount=\"0\">".to_owned(),
                Scoping {
                    proxy_count: true,
                    ..none
                },
            ),
            (
                format!(">{idp_list}"),
                Scoping {
                    idp_list: true,
                    ..none
                },
            ),
            (
                format!(">{requester_id}"),
                Scoping {
                    requester_id: true,
                    ..none
                },
            ),
        ] {
            assert_eq!(scoping(&inside), Ok(Some(expected)), "{inside}");
        }
        assert_eq!(request("", "").unwrap().scoping, None);
        for wrong in [
            format!(">{requester_id}{idp_list}"),
            " Count=\"1\">".to_owned(),
            ">x".to_owned(),
        ] {
            assert!(
                matches!(scoping(&wrong), Err(RequestError::Xml { .. })),
                "{wrong}"
            );
        }
    }
}
