//! `samlp:AuthnRequest`: from bytes to its value (saml-core 3.4.1; entra-behaviour.md 2.1).
//!
//! A signature on the request is not verified here: Entra ignores it unless told otherwise.

use saml_model::names::{NS_ASSERTION, NS_DSIG, NS_PROTOCOL, VERSION};
use saml_model::{AuthnRequest, NameIdPolicy, RequestedAuthnContext};
use thiserror::Error;

use crate::assertion;
use crate::malformed::Malformed;
use crate::quoted::quoted;
use crate::scalar::is_absolute_uri;
use crate::sequence::{
    Foreign, Sequence, only_attributes, optional_boolean, optional_index, optional_string, required_instant,
};
use crate::xml::{self, Element, Limits, is_ncname};

/// Why bytes are not an AuthnRequest. The identity provider maps each to an AADSTS code.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The `ID` is not an xs:ID (AADSTS7500529).
    #[error("the ID `{}` is not an xs:ID", quoted(.value))]
    InvalidId {
        /// The `ID`.
        value: String,
    },
    /// A required attribute is absent (AADSTS75005).
    #[error("the AuthnRequest lacks the attribute {attribute}")]
    Missing {
        /// The attribute.
        attribute: &'static str,
    },
    /// Another message (AADSTS75005).
    #[error("the root element is {} in {}, not samlp:AuthnRequest", quoted(.root), quoted(.namespace.as_deref().unwrap_or("no namespace")))]
    NotAnAuthnRequest {
        /// The local name of the root.
        root: String,
        /// Its namespace name.
        namespace: Option<String>,
    },
    /// An attribute that should be an absolute URI (AADSTS7500511).
    #[error("the attribute {attribute} is not an absolute URI: `{}`", quoted(.value))]
    AttributeNotUri {
        /// The attribute.
        attribute: &'static str,
        /// Its value.
        value: String,
    },
    /// An element that should hold an absolute URI (AADSTS7500522).
    #[error("the element {element} in {namespace} is not an absolute URI: `{}`", quoted(.value))]
    ElementNotUri {
        /// The local name of the element.
        element: &'static str,
        /// Its namespace name.
        namespace: &'static str,
        /// Its text.
        value: String,
    },
    /// Another version than 2.0 (AADSTS75005).
    #[error("the AuthnRequest has version `{}`, not 2.0", quoted(.found))]
    Version {
        /// The `Version`.
        found: String,
    },
    /// Not well-formed, beyond a limit, or not valid against the schema (AADSTS7500525).
    #[error("line {line}, column {column}: {reason}")]
    Xml {
        /// The line, counted from 1.
        line: usize,
        /// The column in characters, counted from 1.
        column: usize,
        /// What is wrong.
        reason: String,
    },
}

impl From<Malformed> for RequestError {
    fn from(error: Malformed) -> Self {
        Self::Xml {
            line: error.line,
            column: error.column,
            reason: error.kind.to_string(),
        }
    }
}

/// Reads an AuthnRequest. Attributes that the root element does not have are ignored, as Entra does; a wrong
/// child element, or a wrong attribute below the root, is an error of the XML.
///
/// # Errors
///
/// See [`RequestError`].
pub fn authn_request(xml: &[u8], limits: &Limits) -> Result<AuthnRequest, RequestError> {
    let document = xml::parse(xml, limits).map_err(Malformed::from)?;
    let root = document.root();
    if !root.is(NS_PROTOCOL, "AuthnRequest") {
        let namespace = root.namespace().map(str::to_owned);
        return Err(RequestError::NotAnAuthnRequest {
            root: root.name().to_owned(),
            namespace,
        });
    }
    let version = required(root, "Version")?;
    if version != VERSION {
        return Err(RequestError::Version {
            found: version.to_owned(),
        });
    }
    let id = required(root, "ID")?;
    if !is_ncname(id) {
        return Err(RequestError::InvalidId { value: id.to_owned() });
    }
    required(root, "IssueInstant")?;
    let children = Children::read(root)?;
    Ok(AuthnRequest {
        id: id.to_owned(),
        version: version.to_owned(),
        issue_instant: required_instant(root, "IssueInstant")?,
        destination: optional_string(root, "Destination"),
        force_authn: optional_boolean(root, "ForceAuthn")?.unwrap_or(false),
        is_passive: optional_boolean(root, "IsPassive")?.unwrap_or(false),
        protocol_binding: optional_string(root, "ProtocolBinding"),
        acs_index: optional_index(root, "AssertionConsumerServiceIndex")?,
        acs_url: acs_url(root)?,
        issuer: children.issuer.map(assertion::issuer).transpose()?,
        has_subject: children.has_subject,
        name_id_policy: children.name_id_policy.map(name_id_policy).transpose()?,
        requested_authn_context: children
            .requested_authn_context
            .map(requested_authn_context)
            .transpose()?,
    })
}

fn required<'d>(root: Element<'d>, attribute: &'static str) -> Result<&'d str, RequestError> {
    root.attribute(attribute)
        .ok_or(RequestError::Missing { attribute })
}

/// The children of the request that are read.
struct Children<'d> {
    issuer: Option<Element<'d>>,
    has_subject: bool,
    name_id_policy: Option<Element<'d>>,
    requested_authn_context: Option<Element<'d>>,
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
        let _ = children.optional(NS_PROTOCOL, "Scoping");
        children.end()?;
        Ok(Self {
            issuer,
            has_subject,
            name_id_policy,
            requested_authn_context,
        })
    }
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

#[cfg(test)]
mod tests {
    use super::*;

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
            Err(RequestError::NotAnAuthnRequest { root, .. }) if root == "AuthnRequest"
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
}
