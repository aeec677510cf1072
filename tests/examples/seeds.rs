//! Makes the seeds of every fuzz target below `fuzz/corpus`: what the mock sends at a sign-on and publishes, honest and with each
//! fault of the catalogue, the requests of a service provider and of the scenarios, the project's tenant files and its scenarios.
//! The keys are made here and thrown away.

use std::error::Error;
use std::fs;
use std::path::Path;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certs::{Certificate, CertificateStore, KeyPool};
use control_api::catalogue::Stage;
use control_api::guard::Guard;
use control_api::idp::AppInfo;
use control_api::tenant::SigningOptionWord;
use control_api::{catalogue, percent_encoded};
use entrant_tests::checkout;
use mock_idp::{Config, MockIdp, embedded};
use runner::scenario::{self, Payload, StepAction};
use saml_accept::metadata;
use saml_accept::response::UnverifiedResponse;
use saml_accept::signature::{Sha1, TrustedKeys};
use saml_accept::xml::Limits;
use saml_emit::binding::{Parameter, post_value, redirect_url};
use saml_model::metadata::{Endpoint, IndexedEndpoint, SpMetadata};
use saml_model::{AuthnRequest, LogoutRequest, LogoutResponse, NameId, Status, Timestamp, names};
use serde_json::json;
use tower::ServiceExt as _;

/// Where the targets find them.
const CORPUS: &str = "fuzz/corpus";

const HOST: &str = "localhost:8080";
const APP: &str = "Upsales";
const ACS: &str = "https://sp.test/acs";
const SP: &str = "https://sp.test/metadata";

/// Whom every seed of `response` was signed for, as the target knows it too.
const SIGNED: &str = "b.simon@contoso.com";
/// Longer ones slow the fuzzer down more than they tell it.
const SEED_BYTES_MAX: usize = 32 * 1024;

type Failure = Box<dyn Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let project = checkout();
    if project.join(CORPUS).exists() {
        return Err(
            "there is a corpus/ already: move it away, its messages were signed by other keys".into(),
        );
    }
    responses().await?;
    requests()?;
    scripted(&project.join("scenarios"))?;
    copy(&project.join("mock-idp/tenants"), "tenant_file")?;
    copy(&project.join("scenarios"), "scenario_file")
}

/// What one application sends, with each signing option and with each fault that a sign-on without a request can have.
async fn responses() -> Result<(), Failure> {
    let idp = MockIdp::new(Config {
        base_url: format!("http://{HOST}"),
        internal_url: None,
        cookie_suffix: "8080".to_owned(),
        guard: Guard::new(8080, &[], "token".to_owned(), false),
        keys: KeyPool::open(None, 4)?,
        certificates: CertificateStore::memory(),
    });
    let options = [
        ("assertion", SigningOptionWord::Assertion),
        ("response", SigningOptionWord::Response),
        ("both", SigningOptionWord::ResponseAndAssertion),
    ];
    for (word, option) in options {
        let mut file = embedded("contoso").ok_or("no tenant")?;
        let app = file
            .apps
            .iter_mut()
            .find(|app| app.name == APP)
            .ok_or("no application")?;
        app.signing.option = option;
        let tenant = idp.put_tenant(file, Some("http://127.0.0.1:8081/one"))?;
        let app = tenant
            .apps
            .iter()
            .find(|app| app.name == APP)
            .ok_or("no application")?;
        let published = get(&idp, &app.metadata).await?;
        seed("metadata", "idp", published.as_bytes())?;
        let idp_metadata = metadata::idp(published.as_bytes(), &Limits::default())?;
        let der = idp_metadata
            .signing_certificates
            .first()
            .ok_or("no certificate")?;
        seed("", "trusted.der", Certificate::from_der(der)?.der())?;
        let trusted = TrustedKeys::from_certificates([der.as_slice()], Sha1::Refused)?;
        let honest = sent(&idp, app).await?.ok_or("no response")?;
        if verified(&honest, &trusted) != Some(Some(SIGNED.to_owned())) {
            return Err(format!("the honest response is not about {SIGNED}").into());
        }
        response_seeds(word, &honest)?;
        for (case, fault) in catalogue::faults() {
            let arms = json!({"faults": [{"id": case.id}], "app": APP}).to_string();
            let faults = format!("/_entrant/v1/tenants/{}/faults", tenant.id);
            // What could not act waits on, and would stop the next.
            control(&idp, Method::DELETE, &faults, String::new()).await?;
            if fault.heavy || !control(&idp, Method::POST, &faults, arms).await? {
                continue;
            }
            if fault.stage == Stage::Metadata {
                // What is no document of the mock is no seed.
                if let Ok(published) = get(&idp, &app.metadata).await {
                    seed("metadata", &case.id, published.as_bytes())?;
                }
                continue;
            }
            // Some need what this sign-on has not, such as encryption; some have the trusted key sign another name.
            if let Some(message) = sent(&idp, app).await?
                && verified(&message, &trusted).is_none_or(|name| name.as_deref() == Some(SIGNED))
            {
                response_seeds(&format!("{}-{word}", case.id), &message)?;
            }
        }
    }
    Ok(())
}

fn response_seeds(name: &str, message: &[u8]) -> Result<(), Failure> {
    if message.len() > SEED_BYTES_MAX {
        return Ok(());
    }
    seed("response", name, message)?;
    let form = format!(
        "SAMLResponse={}&RelayState=%2Fhome",
        percent_encoded(&post_value(message))
    );
    seed("post", name, form.as_bytes())
}

/// Whom a service provider would take from it, where it verifies; some name nobody.
fn verified(message: &[u8], trusted: &TrustedKeys) -> Option<Option<String>> {
    let response = UnverifiedResponse::parse(message, &Limits::default()).ok()?;
    let signed = response.verify(trusted).ok()?;
    let subject = signed.assertion().subject.as_ref();
    Some(subject.and_then(|subject| Some(subject.name_id.as_ref()?.value.clone())))
}

/// The response of the next sign-on, where there is one.
async fn sent(idp: &MockIdp, app: &AppInfo) -> Result<Option<Vec<u8>>, Failure> {
    let page = get(idp, &app.launch).await?;
    let field = page
        .split_once("name=\"SAMLResponse\" value=\"")
        .map(|(_, field)| field);
    let value = field
        .and_then(|field| field.split('"').next())
        .unwrap_or_default();
    Ok(STANDARD
        .decode(value.replace("&#43;", "+"))
        .ok()
        .filter(|message| !message.is_empty()))
}

/// A page, for B.Simon, who signs in without one.
async fn get(idp: &MockIdp, url: &str) -> Result<String, Failure> {
    let request = Request::get(url)
        .header(header::HOST, HOST)
        .header(control_api::USER_HEADER, "B.Simon")
        .body(Body::empty())?;
    let answer = idp.router().oneshot(request).await?;
    Ok(String::from_utf8(
        to_bytes(answer.into_body(), usize::MAX).await?.to_vec(),
    )?)
}

async fn control(idp: &MockIdp, method: Method, path: &str, body: String) -> Result<bool, Failure> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, HOST)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body))?;
    Ok(idp.router().oneshot(request).await?.status().is_success())
}

/// What a service provider sends and publishes.
fn requests() -> Result<(), Failure> {
    let now: Timestamp = "2026-01-01T12:00:00Z".parse()?;
    let authn = saml_emit::authn_request(&AuthnRequest::new("_1".to_owned(), now, SP.to_owned()))?;
    let logout = saml_emit::logout_request(&LogoutRequest {
        id: "_2".to_owned(),
        version: names::VERSION.to_owned(),
        issue_instant: now,
        destination: Some(ACS.to_owned()),
        not_on_or_after: Some(now),
        reason: None,
        issuer: Some(SP.to_owned()),
        name_id: Some(NameId {
            value: SIGNED.to_owned(),
            format: Some(names::NAME_ID_EMAIL.to_owned()),
            name_qualifier: None,
            sp_name_qualifier: Some(SP.to_owned()),
        }),
        session_indexes: vec!["_3".to_owned(), "_4".to_owned()],
    })?;
    let logged_out = saml_emit::logout_response(&LogoutResponse {
        id: "_5".to_owned(),
        version: names::VERSION.to_owned(),
        issue_instant: now,
        destination: Some(ACS.to_owned()),
        in_response_to: Some("_2".to_owned()),
        issuer: Some(SP.to_owned()),
        status: Status::success(),
    })?;
    let messages = [
        ("authn", Parameter::SamlRequest, authn),
        ("logout", Parameter::SamlRequest, logout),
        ("logged-out", Parameter::SamlResponse, logged_out),
    ];
    for (name, parameter, xml) in messages {
        message(name, parameter, &xml)?;
    }
    let published = saml_emit::sp_metadata(&SpMetadata {
        entity_id: SP.to_owned(),
        assertion_consumer_services: vec![IndexedEndpoint {
            endpoint: endpoint(names::BINDING_HTTP_POST),
            index: 0,
            is_default: Some(true),
        }],
        single_logout_services: vec![endpoint(names::BINDING_HTTP_REDIRECT)],
        name_id_formats: vec![names::NAME_ID_EMAIL.to_owned()],
        authn_requests_signed: false,
        want_assertions_signed: true,
        signing_certificates: Vec::new(),
        encryption_certificates: Vec::new(),
    })?;
    seed("metadata", "sp", published.as_bytes())
}

fn endpoint(binding: &str) -> Endpoint {
    Endpoint {
        binding: binding.to_owned(),
        location: ACS.to_owned(),
    }
}

/// What the scenarios send the mock instead of a request of an SP, placeholders and all.
fn scripted(folder: &Path) -> Result<(), Failure> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            scripted(&path)?;
            continue;
        }
        let shown = path.display().to_string();
        let within = path.file_stem().unwrap_or_default().to_string_lossy();
        let steps = scenario::parse(&shown, &fs::read_to_string(&path)?, false)?;
        let steps = steps.into_iter().flat_map(|scenario| scenario.steps);
        for (index, step) in steps.enumerate() {
            let StepAction::Request(request) = step.action else {
                continue;
            };
            let name = format!("{within}-{index}");
            match request.payload {
                Payload::Xml { parameter, xml, .. } => {
                    let parameter = match parameter {
                        "SAMLResponse" => Parameter::SamlResponse,
                        _ => Parameter::SamlRequest,
                    };
                    message(&name, parameter, &xml)?;
                }
                Payload::Raw(query) => seed("redirect", &name, query.as_bytes())?,
            }
        }
    }
    Ok(())
}

/// A message by itself, and in the query of a redirect.
fn message(name: &str, parameter: Parameter, xml: &str) -> Result<(), Failure> {
    seed("request", name, xml.as_bytes())?;
    let url = redirect_url("https://idp.test/saml2", parameter, xml, Some("/home"));
    let query = url.split_once('?').map_or("", |(_, query)| query);
    seed("redirect", name, query.as_bytes())
}

/// Every TOML file of a folder, as seeds.
fn copy(folder: &Path, target: &str) -> Result<(), Failure> {
    let within = folder.file_name().unwrap_or_default().to_string_lossy();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            copy(&path, target)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            seed(target, &format!("{within}-{name}"), &fs::read(&path)?)?;
        }
    }
    Ok(())
}

fn seed(target: &str, name: &str, content: &[u8]) -> Result<(), Failure> {
    let folder = checkout().join(CORPUS).join(target);
    fs::create_dir_all(&folder)?;
    Ok(fs::write(folder.join(name), content)?)
}
