//! We believe what `xmlsec1` signs and what our own emitter writes, and read out of it what was put in.

use entrant_tests::xmlsec1::Xmlsec1;
use openssl::{
    asn1::Asn1Time,
    ec::{EcGroup, EcKey},
    hash::MessageDigest,
    nid::Nid,
    pkey::{PKey, Private},
    rsa::Rsa,
    x509::X509,
};
use saml_accept::{
    metadata,
    request::{self, EnvelopedSignature, Message, SignedRequestError},
    response::{SignedAssertion, UnverifiedResponse},
    signature::{self, Sha1, SignatureError, TrustedKeys},
    xml::{self, Limits},
};
use saml_model::{SignatureAlgorithm, SigningOption, names};

use crate::{
    identity::STRANGER,
    message::{
        self, LOGOUT_REQUEST_OPTIONS, LOGOUT_RESPONSE_OPTIONS, REQUEST_OPTIONS, SIGNED, XML_1_1_LINE_ENDS,
    },
};

/// How a message is signed, spelt out here once more: `xmlsec1` knows no other spelling.
pub(crate) const METHODS: &[Method] = &[
    Method {
        key: Key::Rsa,
        signature: "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        digest: "http://www.w3.org/2000/09/xmldsig#sha1",
        canonicalization: "http://www.w3.org/2001/10/xml-exc-c14n#",
    },
    Method {
        key: Key::Rsa,
        signature: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        digest: "http://www.w3.org/2001/04/xmlenc#sha256",
        canonicalization: "http://www.w3.org/2001/10/xml-exc-c14n#",
    },
    Method {
        key: Key::Rsa,
        signature: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
        digest: "http://www.w3.org/2001/04/xmldsig-more#sha384",
        canonicalization: "http://www.w3.org/2001/10/xml-exc-c14n#",
    },
    Method {
        key: Key::Rsa,
        signature: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
        digest: "http://www.w3.org/2001/04/xmlenc#sha512",
        canonicalization: "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
    },
    Method {
        key: Key::P256,
        signature: "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
        digest: "http://www.w3.org/2000/09/xmldsig#sha1",
        canonicalization: "http://www.w3.org/2001/10/xml-exc-c14n#",
    },
    Method {
        key: Key::P256,
        signature: "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        digest: "http://www.w3.org/2001/04/xmlenc#sha256",
        canonicalization: "http://www.w3.org/2001/10/xml-exc-c14n#",
    },
    Method {
        key: Key::P384,
        signature: "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
        digest: "http://www.w3.org/2001/04/xmldsig-more#sha384",
        canonicalization: "http://www.w3.org/2001/10/xml-exc-c14n#",
    },
    Method {
        key: Key::P521,
        signature: "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
        digest: "http://www.w3.org/2001/04/xmlenc#sha512",
        canonicalization: "http://www.w3.org/2001/10/xml-exc-c14n#",
    },
];

/// One way of signing.
pub(crate) struct Method {
    key: Key,
    pub(crate) signature: &'static str,
    pub(crate) digest: &'static str,
    pub(crate) canonicalization: &'static str,
}

/// A response as other software writes it: other prefixes, white space, a comment, a CDATA section, character
/// references, an inclusive prefix. `[…]` is where each signature may go.
const FOREIGN: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<saml2p:Response xmlns:saml2p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:xs="http://www.w3.org/2001/XMLSchema"
    ID="_response" Version="2.0" IssueInstant="2026-03-04T05:06:07Z" Destination="https://sp.example/acs?a=1&amp;b=2">
  <saml2:Issuer xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion">https://foreign.example</saml2:Issuer>[_response]
  <saml2p:Status><saml2p:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></saml2p:Status>
  <saml2:Assertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion" Version="2.0" ID='_assertion'
      IssueInstant="2026-03-04T05:06:07.5+01:00">
    <saml2:Issuer>https://foreign.example</saml2:Issuer>[_assertion]
    <saml2:Subject><saml2:NameID>b.<!-- not a cut -->simon&#x40;contoso.example</saml2:NameID></saml2:Subject>
    <saml2:AttributeStatement><saml2:Attribute Name="a&#9;b"><saml2:AttributeValue
      xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string"><![CDATA[<&>]]>&#13;</saml2:AttributeValue></saml2:Attribute></saml2:AttributeStatement>
  </saml2:Assertion>
</saml2p:Response>
"#;

#[derive(Clone, Copy, Debug)]
enum Key {
    Rsa,
    P256,
    P384,
    P521,
}

/// The tests of `saml-accept` take this further, with names that could be wrong on both sides.
#[test]
fn what_xmlsec1_signs_is_accepted() {
    let Some(xmlsec1) = Xmlsec1::find() else { return };
    for way in METHODS {
        let (method, digest) = (way.signature, way.digest);
        let key = way.key.generate();
        let private = key.private_key_to_pem_pkcs8().unwrap();
        let der = certificate_of(&key);
        let keys = TrustedKeys::from_certificates([der.as_slice()], Sha1::Allowed).unwrap();
        for id in ["_assertion", "_response"] {
            let xml = xmlsec1.sign(&template(id, way), &private).unwrap();
            let accepted =
                verify(&xml, &keys).unwrap_or_else(|error| panic!("{method}, {id}: {error}\n{xml}"));
            let signer = accepted.signed_by().unwrap();
            assert_eq!(
                (signer.algorithm, signer.digest, signer.key_index),
                (method, digest, 0)
            );
            assert_eq!(accepted.response_is_signed(), id == "_response");
            assert_eq!(accepted.assertion_is_signed(), id == "_assertion");
            let assertion = accepted.assertion();
            assert_eq!(assertion.name_id().unwrap().value, "b.simon@contoso.example");
            assert_eq!(assertion.attribute("a\tb").unwrap(), ["<&>\r"]);
            assert_eq!(
                assertion.issue_instant,
                message::instant("2026-03-04T04:06:07.5Z")
            );
        }
    }
}

#[test]
fn what_we_emit_is_accepted_and_says_what_was_put_in() {
    for signed in SIGNED
        .iter()
        .filter(|signed| signed.elements.contains(&"Assertion"))
    {
        let keys =
            TrustedKeys::from_certificates([signed.identity.certificate.der()], Sha1::Allowed).unwrap();
        let accepted = verify(&signed.xml, &keys).unwrap_or_else(|error| panic!("{}: {error}", signed.name));
        let expected = match signed.name.as_str() {
            "an unsolicited response" => message::unsolicited(),
            "a response full of text" => message::awkward(),
            XML_1_1_LINE_ENDS => message::xml_1_1_line_ends(),
            _ => message::success(),
        };
        assert_eq!(
            accepted.assertion_is_signed(),
            signed.elements.contains(&"Assertion")
        );
        assert_eq!(
            accepted.response_is_signed(),
            signed.elements.contains(&"Response")
        );
        assert_eq!(
            accepted.envelope().destination.as_deref(),
            expected.destination.as_deref()
        );
        assert_eq!(
            accepted.envelope().in_response_to.as_deref(),
            expected.in_response_to.as_deref()
        );
        assert_eq!(accepted.envelope().status, expected.status);
        assert_eq!(
            Some(accepted.into_assertion()),
            expected.assertion,
            "{}",
            signed.name
        );

        let stranger = TrustedKeys::from_certificates([STRANGER.certificate.der()], Sha1::Allowed).unwrap();
        assert!(matches!(
            verify(&signed.xml, &stranger),
            Err(SignatureError::SignatureMismatch)
        ));
    }
}

#[test]
fn an_emitted_failure_is_read() {
    for expected in [message::failure(), message::bare_failure()] {
        let xml = saml_emit::response(&expected, SigningOption::Assertion, None).unwrap();
        let response = UnverifiedResponse::parse(xml.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(response.envelope().status, expected.status);
        assert_eq!(response.envelope().issuer.as_deref(), expected.issuer.as_deref());
        assert!(!response.has_assertion());
    }
}

#[test]
fn every_emitted_request_is_read_as_it_was() {
    for bits in 0..1 << REQUEST_OPTIONS {
        let expected = message::authn_request(bits);
        let xml = saml_emit::authn_request(&expected).unwrap();
        let read = request::authn_request(xml.as_bytes(), &Limits::default());
        assert_eq!(read.unwrap_or_else(|error| panic!("{error}\n{xml}")), expected);
    }
}

#[test]
fn every_emitted_logout_message_is_read_as_it_was() {
    let limits = Limits::default();
    for bits in 0..1 << LOGOUT_REQUEST_OPTIONS {
        let mut expected = message::logout_request(bits);
        let xml = saml_emit::logout_request(&expected).unwrap();
        let read = request::message(xml.as_bytes(), &limits);
        assert_eq!(read, Ok(Message::LogoutRequest(expected.clone())), "{xml}");
        expected.name_id = None;
        let xml = saml_emit::logout_request(&expected).unwrap();
        assert_eq!(
            request::logout_request(xml.as_bytes(), &limits),
            Ok(expected),
            "{xml}"
        );
    }
    for bits in 0..1 << LOGOUT_RESPONSE_OPTIONS {
        let expected = message::logout_response(bits);
        let xml = saml_emit::logout_response(&expected).unwrap();
        let read = request::message(xml.as_bytes(), &limits);
        assert_eq!(read, Ok(Message::LogoutResponse(expected)), "{xml}");
    }
}

#[test]
fn every_signed_request_is_accepted_and_says_what_was_put_in() {
    for signed in SIGNED.iter().filter(|signed| signed.elements == ["AuthnRequest"]) {
        let signature = EnvelopedSignature::find(signed.xml.as_bytes(), &Limits::default());
        let signature = signature.unwrap().unwrap();
        let der = signed.identity.certificate.der();
        assert_eq!(signature.certificates().unwrap(), [der]);
        let trust = |der, sha1| TrustedKeys::from_certificates([der], sha1).unwrap();
        let accepted = signature.verify(&trust(der, Sha1::Allowed)).unwrap();
        let bits = if signed.name.ends_with("without an issuer") {
            0
        } else {
            u32::MAX
        };
        assert_eq!(accepted.request, message::authn_request(bits), "{}", signed.name);
        let is_sha_1 = signed.algorithm == SignatureAlgorithm::RsaSha1;
        assert_eq!(signature.verify(&trust(der, Sha1::Refused)).is_err(), is_sha_1);
        let stranger = trust(STRANGER.certificate.der(), Sha1::Allowed);
        assert!(matches!(
            signature.verify(&stranger),
            Err(SignedRequestError::Signature(SignatureError::SignatureMismatch))
        ));
    }
}

#[test]
fn all_emitted_metadata_is_read_as_it_was() {
    let limits = Limits::default();
    for signed in SIGNED
        .iter()
        .filter(|signed| signed.elements == ["EntityDescriptor"])
    {
        let expected = match signed.name.as_str() {
            "metadata of a tenant" => message::tenant_metadata(),
            _ => message::application_metadata(),
        };
        assert_eq!(
            metadata::idp(signed.xml.as_bytes(), &limits).unwrap(),
            expected.idp
        );
        let document = xml::parse(signed.xml.as_bytes(), &limits).unwrap();
        let keys =
            TrustedKeys::from_certificates([signed.identity.certificate.der()], Sha1::Refused).unwrap();
        let verified = signature::verify_enveloped(document.root(), &keys).unwrap();
        assert!(
            verified
                .document
                .root()
                .child(names::NS_DSIG, "Signature")
                .is_none()
        );
    }
    for expected in [message::bare_sp_metadata(), message::full_sp_metadata()] {
        let xml = saml_emit::sp_metadata(&expected).unwrap();
        assert_eq!(metadata::sp(xml.as_bytes(), &limits).unwrap(), expected);
    }
}

impl Key {
    fn generate(self) -> PKey<Private> {
        let on = |curve| {
            let group = EcGroup::from_curve_name(curve).unwrap();
            PKey::from_ec_key(EcKey::generate(&group).unwrap())
        };
        match self {
            Self::Rsa => PKey::from_rsa(Rsa::generate(2048).unwrap()),
            Self::P256 => on(Nid::X9_62_PRIME256V1),
            Self::P384 => on(Nid::SECP384R1),
            Self::P521 => on(Nid::SECP521R1),
        }
        .unwrap()
    }
}

/// `certs` makes RSA certificates only, as Entra does; these come from other parties.
fn certificate_of(key: &PKey<Private>) -> Vec<u8> {
    let mut builder = X509::builder().unwrap();
    builder.set_pubkey(key).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(1).unwrap()).unwrap();
    builder.sign(key, MessageDigest::sha256()).unwrap();
    builder.build().to_der().unwrap()
}

fn verify(xml: &str, keys: &TrustedKeys) -> Result<SignedAssertion, SignatureError> {
    let response = UnverifiedResponse::parse(xml.as_bytes(), &Limits::default());
    response.map_err(SignatureError::Malformed)?.verify(keys)
}

/// [`FOREIGN`] with an empty signature for the element of this ID.
fn template(id: &str, way: &Method) -> String {
    let Method {
        signature,
        digest,
        canonicalization,
        ..
    } = way;
    let signature = format!(
        r##"<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
  <ds:SignedInfo>
    <ds:CanonicalizationMethod Algorithm="{canonicalization}"/>
    <ds:SignatureMethod Algorithm="{signature}"/>
    <ds:Reference URI="#{id}">
      <ds:Transforms>
        <ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
        <ds:Transform Algorithm="{canonicalization}"><ec:InclusiveNamespaces
          xmlns:ec="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="xs"/></ds:Transform>
      </ds:Transforms>
      <ds:DigestMethod Algorithm="{digest}"/>
      <ds:DigestValue/>
    </ds:Reference>
  </ds:SignedInfo>
  <ds:SignatureValue/>
</ds:Signature>"##
    );
    let mut xml = FOREIGN.replace(&format!("[{id}]"), &signature);
    for other in ["[_response]", "[_assertion]"] {
        xml = xml.replace(other, "");
    }
    xml
}
