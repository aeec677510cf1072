//! Makes the seeds of every target below `corpus/`: messages signed by a key that is made here and thrown away, the
//! project's tenant files and its scenarios.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use certs::{Certificate, CertificateSpec, KeySize, SigningKey};
use saml_emit::{EntraMetadata, Signing};
use saml_emit::binding::{Parameter, post_value, redirect_url};
use saml_model::metadata::{Endpoint, IdpMetadata};
use saml_model::{
    Assertion, Attribute, AuthnRequest, AuthnStatement, Conditions, NameId, Response, SignatureAlgorithm, SigningOption,
    Status, Subject, SubjectConfirmation, SubjectConfirmationData, Timestamp, names,
};

/// Whom every seed is about; the target `response` accepts nobody else.
const SIGNED: &str = "b.simon@contoso.com";
const ACS: &str = "https://sp.test/acs";
const ISSUER: &str = "https://sts.windows.net/7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10/";

fn main() -> Result<(), Box<dyn Error>> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    env::set_current_dir(project)?;
    let now: Timestamp = "2026-01-01T12:00:00Z".parse()?;
    let key = SigningKey::generate(KeySize::Rsa2048)?;
    let certificate = Certificate::self_signed(
        &key,
        &CertificateSpec {
            common_name: certs::ENTRA_COMMON_NAME.to_owned(),
            serial: [1; 16],
            not_before: now,
            not_after: "2036-01-01T12:00:00Z".parse()?,
        },
    )?;
    seed("", "trusted.der", certificate.der())?;
    let signing = Signing {
        algorithm: SignatureAlgorithm::RsaSha256,
        key: key.private(),
        certificate_der: certificate.der(),
    };
    for (name, option) in [
        ("assertion", SigningOption::Assertion),
        ("response", SigningOption::Response),
        ("both", SigningOption::ResponseAndAssertion),
    ] {
        let xml = saml_emit::response(&response(now), option, Some(&signing))?;
        seed("response", name, xml.as_bytes())?;
        let value: String = post_value(&xml);
        let form = format!("SAMLResponse={}&RelayState=%2Fhome", control_api::percent_encoded(&value));
        seed("post", name, form.as_bytes())?;
    }
    let request = AuthnRequest::new("_1".to_owned(), now, "https://sp.test/metadata".to_owned());
    let xml = saml_emit::authn_request(&request)?;
    seed("request", "authn", xml.as_bytes())?;
    let url = redirect_url("https://idp.test/saml2", Parameter::SamlRequest, &xml, Some("/home"));
    seed("redirect", "authn", url.split_once('?').map_or("", |(_, query)| query).as_bytes())?;
    let metadata = saml_emit::idp_metadata(&metadata(certificate.der()), Some(&signing))?;
    seed("metadata", "idp", metadata.as_bytes())?;
    copy(&project.join("../mock-idp/tenants"), "tenant_file")?;
    copy(&project.join("../scenarios"), "scenario_file")?;
    Ok(())
}

/// The honest response of every seed.
fn response(now: Timestamp) -> Response {
    let assertion = Assertion {
        id: "_a".to_owned(),
        version: names::VERSION.to_owned(),
        issue_instant: now,
        issuer: ISSUER.to_owned(),
        subject: Some(Subject {
            name_id: Some(NameId {
                value: SIGNED.to_owned(),
                format: Some(names::NAME_ID_EMAIL.to_owned()),
                name_qualifier: None,
                sp_name_qualifier: None,
            }),
            confirmations: vec![SubjectConfirmation {
                method: names::CM_BEARER.to_owned(),
                data: Some(SubjectConfirmationData {
                    not_before: None,
                    not_on_or_after: Some(now),
                    recipient: Some(ACS.to_owned()),
                    in_response_to: Some("_1".to_owned()),
                }),
            }],
        }),
        conditions: Some(Conditions {
            not_before: Some(now),
            not_on_or_after: Some(now),
            audience_restrictions: vec![vec!["https://sp.test/metadata".to_owned()]],
            one_time_use: false,
        }),
        attributes: vec![Attribute {
            name: names::CLAIM_DISPLAY_NAME.to_owned(),
            name_format: None,
            values: vec!["B.Simon".to_owned()],
        }],
        authn_statements: vec![AuthnStatement {
            authn_instant: now,
            session_index: Some("_a".to_owned()),
            session_not_on_or_after: None,
            class_ref: Some("urn:oasis:names:tc:SAML:2.0:ac:classes:Password".to_owned()),
        }],
    };
    Response {
        id: "_r".to_owned(),
        version: names::VERSION.to_owned(),
        issue_instant: now,
        destination: Some(ACS.to_owned()),
        in_response_to: Some("_1".to_owned()),
        issuer: Some(ISSUER.to_owned()),
        status: Status::success(),
        assertion: Some(assertion),
    }
}

/// The metadata that publishes the seeds' certificate.
fn metadata(der: &[u8]) -> EntraMetadata {
    let endpoint = |binding: &str| Endpoint {
        binding: binding.to_owned(),
        location: "https://idp.test/saml2".to_owned(),
    };
    EntraMetadata {
        id: "_m".to_owned(),
        idp: IdpMetadata {
            entity_id: ISSUER.to_owned(),
            signing_certificates: vec![der.to_vec()],
            single_sign_on_services: vec![endpoint(names::BINDING_HTTP_REDIRECT), endpoint(names::BINDING_HTTP_POST)],
            single_logout_services: vec![endpoint(names::BINDING_HTTP_REDIRECT)],
        },
        passive_endpoint: "https://idp.test/wsfed".to_owned(),
        target_scope: ISSUER.to_owned(),
    }
}

/// Every TOML file of a folder, as seeds.
fn copy(folder: &Path, target: &str) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            copy(&path, target)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            seed(target, &name, &fs::read(&path)?)?;
        }
    }
    Ok(())
}

fn seed(target: &str, name: &str, content: &[u8]) -> Result<(), Box<dyn Error>> {
    let folder = Path::new("corpus").join(target);
    fs::create_dir_all(&folder)?;
    Ok(fs::write(folder.join(name), content)?)
}
