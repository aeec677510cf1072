//! The faults of federation metadata are sound: what an attack lives on still verifies, says `xmlsec1`. One whose signature
//! is merely broken would be refused by everybody, and prove nothing.

use certs::Certificate;
use entrant_tests::xmlsec1::Xmlsec1;
use serde_json::json;

use crate::issuing::Issuer;

const ENTITY: &str = "EntityDescriptor";

struct Rig {
    issuer: Issuer,
    xmlsec1: Xmlsec1,
}

impl Rig {
    fn find() -> Option<Self> {
        let xmlsec1 = Xmlsec1::find()?;
        let issuer = Issuer::new();
        Some(Self { issuer, xmlsec1 })
    }

    fn faulty(&self, id: &str, variant: Option<&str>) -> String {
        let mut fault = json!({"id": id});
        if let Some(variant) = variant {
            fault["variant"] = json!(variant);
        }
        let xml = self.issuer.faulty_metadata(&fault);
        xml.trim_start_matches('\u{feff}').to_owned()
    }

    /// What is digested where the signature of the one entity in the document is good.
    fn digested(&self, xml: &str, certificate: &Certificate) -> Result<String, String> {
        let digested = self.xmlsec1.verify(xml, ENTITY, &certificate.pem())?;
        Ok(String::from_utf8(digested).unwrap())
    }

    /// The attackers' certificate, which a good document lists first.
    fn attackers(&self) -> Certificate {
        let xml = self.faulty("meta-key-added", None);
        let (_, role) = xml.split_once("<IDPSSODescriptor").unwrap();
        let (_, first) = role.split_once("<X509Certificate>").unwrap();
        Certificate::from_text(first.split('<').next().unwrap().as_bytes()).unwrap()
    }
}

#[test]
fn what_the_application_signed_verifies() {
    let Some(rig) = Rig::find() else { return };
    let attackers = rig.attackers().base64();
    for (id, variant, lists_attackers) in [
        ("meta-bindings-js", None, true),
        ("meta-bindings-js", Some("data"), true),
        ("meta-cacheduration", None, false),
        ("meta-cacheduration", Some("malformed"), false),
        ("meta-entityid-mismatch", None, true),
        ("meta-key-added", None, true),
        ("meta-no-signing-key", None, true),
        ("meta-sso-location-http", None, false),
        ("meta-use-encryption-key", None, true),
        ("meta-validuntil-missing-far", None, false),
        ("meta-validuntil-past", None, true),
    ] {
        let xml = rig.faulty(id, variant);
        let digested = rig.digested(&xml, &rig.issuer.certificate);
        let digested = digested.unwrap_or_else(|error| panic!("{id}: {error}\n{xml}"));
        assert_eq!(digested.contains(&attackers), lists_attackers, "{id}");
    }
    // Where the document type is cut away, which nobody has to do, the rest is as it was signed.
    let xml = rig.faulty("meta-xxe", None);
    let (before, typed) = xml.split_once("<!DOCTYPE ").unwrap();
    let (_, rest) = typed.split_once("]>").unwrap();
    let digested = rig.digested(&[before, rest].concat(), &rig.issuer.certificate);
    assert!(digested.unwrap().contains(&attackers));
}

#[test]
fn what_the_attackers_signed_verifies_by_their_key_alone() {
    let Some(rig) = Rig::find() else { return };
    let attackers = rig.attackers();
    for (id, lists_own) in [
        ("meta-signed-wrong-key", true),
        ("meta-signed-by-embedded-cert", false),
    ] {
        let xml = rig.faulty(id, None);
        let digested = rig.digested(&xml, &attackers);
        let digested = digested.unwrap_or_else(|error| panic!("{id}: {error}\n{xml}"));
        assert!(digested.contains(&attackers.base64()), "{id}");
        assert_eq!(
            digested.contains(&rig.issuer.certificate.base64()),
            lists_own,
            "{id}"
        );
        assert!(rig.digested(&xml, &rig.issuer.certificate).is_err(), "{id}");
    }
}

/// The genuine document is whole, and verifies where it is taken out.
#[test]
fn what_is_wrapped_verifies() {
    let Some(rig) = Rig::find() else { return };
    let attackers = rig.attackers().base64();
    for (variant, before, after) in [
        (
            "beside",
            "</EntityDescriptor><EntityDescriptor",
            "</EntitiesDescriptor>",
        ),
        ("extensions", "<Extensions><EntityDescriptor", "</Extensions>"),
    ] {
        let xml = rig.faulty("meta-xsw", Some(variant));
        assert_eq!(
            xml.matches(&attackers).count(),
            3,
            "{variant}: the forged one lists them"
        );
        let (_, inner) = xml.split_once(before).unwrap();
        let (inner, _) = inner.split_once(after).unwrap();
        let genuine = format!("<EntityDescriptor{inner}");
        let digested = rig.digested(&genuine, &rig.issuer.certificate);
        let digested = digested.unwrap_or_else(|error| panic!("{variant}: {error}\n{genuine}"));
        assert!(!digested.contains(&attackers), "{variant}");
        // It is the same where it stands: what finds a signature by the ID alone finds a good one.
        let (_, id) = genuine.split_once(" ID=\"").unwrap();
        let id = id.split('"').next().unwrap();
        let found = rig.xmlsec1.verify_id(&xml, id, &rig.issuer.certificate.pem());
        assert!(found.is_ok(), "{variant}: {found:?}");
    }
}
