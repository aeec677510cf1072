//! What the SP sends: bindings, signatures, and the metadata that announces them.

use saml_accept::{
    binding::{Parameter, RawQuery, decode_post},
    metadata,
    request::{self, EnvelopedSignature},
    signature::{Sha1, TrustedKeys, verify_query},
    xml::Limits,
};
use saml_model::AuthnRequest;

use super::{sign_out::with_sign_out, *};

/// The metadata of a personality, as another program reads it.
async fn metadata_of(world: &World, personality: &str) -> saml_model::metadata::SpMetadata {
    let answer = Browser::default()
        .get(world, &format!("/i/{personality}/metadata"))
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    metadata::sp(answer.text.as_bytes(), &Limits::default()).unwrap()
}

/// The keys that the metadata announces.
pub(super) async fn announced_keys(world: &World) -> TrustedKeys {
    let metadata = metadata_of(world, "upsales").await;
    let certificates = metadata.signing_certificates.iter().map(Vec::as_slice);
    TrustedKeys::from_certificates(certificates, Sha1::Refused).unwrap()
}

pub(super) async fn set(world: &World, personality: &str, settings: &str) {
    let answer = world
        .hook(personality, "set", &format!(r#"{{"set":{settings}}}"#))
        .await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text);
}

/// The query of the address to which an answer sends the browser.
pub(super) fn query_of(answer: &Answer) -> &str {
    answer.location().split_once('?').unwrap().1
}

fn field<'h>(page: &'h scraper::Html, name: &str) -> Option<&'h str> {
    let input = scraper::Selector::parse(&format!("form input[name={name}]")).unwrap();
    page.select(&input).next()?.attr("value")
}

#[tokio::test]
async fn the_metadata_announces_the_key_and_the_way_out() {
    let world = World::new().await;
    world.sp.put_instance("j", InstanceSeed::default()).await.unwrap();
    let upsales = metadata_of(&world, "upsales").await;
    assert_eq!(upsales.signing_certificates.len(), 1);
    assert!(!upsales.authn_requests_signed);
    assert_eq!(
        (
            upsales.single_logout_services[0].binding.as_str(),
            upsales.single_logout_services[0].location.as_str(),
            upsales.single_logout_services.len()
        ),
        (
            names::BINDING_HTTP_REDIRECT,
            "http://127.0.0.1:8081/i/upsales/slo",
            2
        )
    );
    assert_eq!(
        (
            upsales.single_logout_services[1].binding.as_str(),
            &upsales.single_logout_services[1].location
        ),
        (
            names::BINDING_HTTP_POST,
            &upsales.single_logout_services[0].location
        )
    );
    set(&world, "upwork", r#"{"sign_requests":true}"#).await;
    let upwork = metadata_of(&world, "upwork").await;
    assert!(upwork.authn_requests_signed);
    assert_eq!(
        upwork.signing_certificates, upsales.signing_certificates,
        "one key for all"
    );
    let other = Browser::default().get(&world, "/j/sipgate/metadata").await;
    let other = metadata::sp(other.text.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(other.signing_certificates, upsales.signing_certificates);
    let settings = Browser::default().get(&world, "/i/upsales/settings").await.page();
    assert!(
        settings.contains("Logout URLhttp://127.0.0.1:8081/i/upsales/slo"),
        "{settings}"
    );
}

#[tokio::test]
async fn the_settings_are_set_and_shown() {
    let world = World::new().await;
    let settings = |world: &World| world.provider("upsales", |provider| provider.state().settings.clone());
    let fresh = settings(&world);
    assert_eq!(
        (fresh.sign_requests, fresh.request_binding),
        (false, control_api::sp::RequestBinding::Redirect)
    );
    set(
        &world,
        "upsales",
        r#"{"sign_requests":true,"request_binding":"post"}"#,
    )
    .await;
    let changed = settings(&world);
    assert_eq!(
        (changed.sign_requests, changed.request_binding),
        (true, control_api::sp::RequestBinding::Post)
    );
    let wrong = world
        .hook("upsales", "set", r#"{"set":{"request_binding":"artifact"}}"#)
        .await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(wrong.text.contains("redirect"), "{}", wrong.text);
    let info = world.sp.inner.instance("i").unwrap().info();
    assert_eq!(
        info.personalities["upsales"].logout,
        "http://127.0.0.1:8081/i/upsales/logout"
    );
}

#[tokio::test]
async fn requests_by_redirect_are_signed_in_the_query() {
    let world = World::new().await;
    let keys = announced_keys(&world).await;
    let unsigned = Browser::default().get(&world, "/i/upsales/login").await;
    assert!(!query_of(&unsigned).contains("Signature"));
    set(&world, "upsales", r#"{"sign_requests":true}"#).await;
    let mut browser = Browser::default();
    let login = browser
        .get(&world, "/i/upsales/login?RelayState=%2Fi%2Fupsales%2Faccounts")
        .await;
    assert_eq!(login.status, StatusCode::SEE_OTHER);
    let verify = |query: &str| verify_query(&RawQuery::parse(query).unwrap(), Parameter::SamlRequest, &keys);
    let query = query_of(&login);
    assert_eq!(verify(query).unwrap().algorithm, names::SIG_RSA_SHA256);
    assert!(
        query.contains("RelayState=%2Fi%2Fupsales%2Faccounts"),
        "upper case: {query}"
    );
    assert!(verify(&query.replace("accounts", "settings")).is_err());
    let xml = sign(&good(&world, "upsales", Some(&request_id(&login))));
    assert_eq!(browser.outcome(&world, "upsales", &xml).await, "signed-in");
}

#[tokio::test]
async fn requests_by_post_are_a_form_that_sends_itself() {
    let world = World::new().await;
    let keys = announced_keys(&world).await;
    let limits = Limits::default();
    for signed in [false, true] {
        let settings = format!(r#"{{"sign_requests":{signed},"request_binding":"post"}}"#);
        set(&world, "iomete", &settings).await;
        let mut browser = Browser::default();
        let path = if signed { "login" } else { "acs" };
        let path = format!("/i/iomete/{path}?RelayState=%2Fi%2Fiomete%2Faccounts");
        let answer = browser.get(&world, &path).await;
        assert_eq!(answer.status, StatusCode::OK);
        let page = scraper::Html::parse_document(&answer.text);
        let form = scraper::Selector::parse("form").unwrap();
        let form = page.select(&form).next().unwrap();
        assert_eq!(
            (form.attr("method"), form.attr("action")),
            (Some("post"), Some(SSO_URL))
        );
        assert_eq!(field(&page, "RelayState"), Some("/i/iomete/accounts"));
        assert!(answer.page().contains("Continue"), "works without script");
        // Exactly the page's own script may run, and its form may go to the identity provider.
        let script = scraper::Selector::parse("script").unwrap();
        let script: String = page.select(&script).next().unwrap().text().collect();
        let hash = base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            openssl::sha::sha256(script.as_bytes()),
        );
        let policy = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(
            policy.contains(&format!("script-src 'sha256-{hash}';")),
            "{policy}"
        );
        assert!(
            policy.contains("form-action 'self' http://localhost:8080;"),
            "{policy}"
        );
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        let message = field(&page, "SAMLRequest").unwrap();
        let xml = decode_post(message, &limits).unwrap();
        let request: AuthnRequest = request::authn_request(&xml, &limits).unwrap();
        assert_eq!(request.destination.as_deref(), Some(SSO_URL));
        let signature = EnvelopedSignature::find(&xml, &limits).unwrap();
        assert_eq!(signature.is_some(), signed);
        if let Some(signature) = signature {
            assert_eq!(signature.verify(&keys).unwrap().request, request);
            let foreign = TrustedKeys::from_certificates([K1.certificate.der()], Sha1::Refused).unwrap();
            assert!(signature.verify(&foreign).is_err());
        }
        let xml = sign(&good(&world, "iomete", Some(&request.id)));
        assert_eq!(browser.outcome(&world, "iomete", &xml).await, "signed-in");
    }
    // An identity provider that takes none by POST.
    world.provider("iomete", |provider| {
        provider.state().trust = Some(Trust {
            sso_post_url: None,
            ..trust()
        });
    });
    let answer = Browser::default().get(&world, "/i/iomete/login").await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.page().contains("HTTP-POST"), "{}", answer.page());
}

/// A form leads where its policy lets it: the landing page's sign-out goes on to the identity provider.
#[tokio::test]
async fn a_policy_names_the_identity_provider_and_nothing_else() {
    let world = World::new().await;
    let policy = async || {
        let page = Browser::default().get(&world, "/i/upsales").await;
        page.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap()
            .to_owned()
    };
    assert!(policy().await.contains("form-action 'self';"));
    for (location, source) in [
        ("https://login.example:444/x/saml2", "https://login.example:444"),
        ("http://[::1]:8080/saml2", "http:"),
        ("https://a;script-src/saml2", "https:"),
    ] {
        with_sign_out(&world, location, location);
        let policy = policy().await;
        assert!(
            policy.contains(&format!("form-action 'self' {source};")),
            "{location}: {policy}"
        );
        assert!(!policy.contains("script-src"), "{policy}");
    }
}
