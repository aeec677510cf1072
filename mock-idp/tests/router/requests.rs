//! What is wrong with a request is told on the first answer, before anybody signs in (entra-behaviour.md 2, 7).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use saml_emit::binding::post_value;
use serde_json::json;

use crate::agent::{Mock, Page, redirect, redirect_xml, request};

fn check(page: &Page, code: &str, text: &str) {
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(page.aadsts().as_deref(), Some(code), "{}", page.body);
    assert_eq!(page.error_text(), format!("{code}: {text}"));
}

/// 2.3, 7.2.
#[tokio::test]
async fn faults_of_the_binding() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    let none = "SAMLRequest or SAMLResponse must be present as query string parameters in HTTP request for SAML Redirect binding.";
    let base64 = "SAML message was not properly base64-encoded.";
    let deflate = "SAML message was not properly DEFLATE-encoded.";
    let xml = saml_emit::authn_request(&request(&mock.app("Upsales"))).unwrap();
    let plain: String = url::form_urlencoded::byte_serialize(STANDARD.encode(&xml).as_bytes()).collect();
    for (query, code, text) in [
        ("", "AADSTS750054", none),
        ("?RelayState=x", "AADSTS750054", none),
        ("?SAMLRequest=", "AADSTS750054", none),
        ("?SAMLRequest=-_-_", "AADSTS750056", base64),
        ("?SAMLRequest=fZ+a", "AADSTS750056", base64),
        (&format!("?SAMLRequest={plain}"), "AADSTS750055", deflate),
        (
            "?SAMLRequest=a&SAMLRequest=b",
            "AADSTS75005",
            "The request is not a valid Saml2 protocol message.",
        ),
    ] {
        let page = agent.get(&mock.path(&format!("saml2{query}"))).await;
        check(&page, code, text);
    }
    // A form without a message: 750054 speaks of a query string.
    let page = agent.post(&mock.path("saml2"), &[("RelayState", "x")]).await;
    check(
        &page,
        "AADSTS75005",
        "The request is not a valid Saml2 protocol message.",
    );
    let page = agent.post(&mock.path("saml2"), &[("SAMLRequest", "****")]).await;
    check(&page, "AADSTS750056", base64);
}

/// 2.1, 2.3, 7.2, in the order of 7.3.
#[tokio::test]
async fn faults_of_the_message() {
    let mock = Mock::contoso();
    let upsales = mock.app("Upsales");
    let sound = saml_emit::authn_request(&request(&upsales)).unwrap();
    let message = "The request is not a valid Saml2 protocol message.";
    let id =
        |id: &str| format!("The value '{id}' is not a valid SAML ID. The ID must not begin with a number.");
    let xml_error = |line: u32, position: u32| {
        format!(
            "There was an XML error in the SAML message at line {line}, position {position}. Verify that the XML content of the SAML messages conforms to the SAML protocol specifications."
        )
    };
    let acs = "XML attribute 'AssertionConsumerServiceURL' in the SAML message must be a URI.";
    for (from, to, code, text) in [
        ("_request", "8request", "AADSTS7500529", id("8request")),
        ("_request", "a=", "AADSTS7500529", id("a=")),
        (&upsales.reply_urls[0], "/acs", "AADSTS7500511", acs.to_owned()),
        ("AuthnRequest", "Response", "AADSTS75005", message.to_owned()),
        (
            "Version=\"2.0\"",
            "Version=\"1.1\"",
            "AADSTS75005",
            message.to_owned(),
        ),
        (
            "Version=\"2.0\"",
            "Version=\"2.0\" ForceAuthn=\"si\"",
            "AADSTS7500525",
            xml_error(1, 1),
        ),
        (
            "<samlp:AuthnRequest",
            "\n<samlp:AuthnRequest <",
            "AADSTS7500525",
            xml_error(2, 21),
        ),
    ] {
        assert!(sound.contains(from), "{from} in {sound}");
        let page = mock
            .agent()
            .get(&redirect_xml(&upsales, &sound.replace(from, to)))
            .await;
        check(&page, code, &text);
    }
    let mut nobody = request(&upsales);
    nobody.issuer = None;
    check(
        &mock.agent().get(&redirect(&upsales, &nobody)).await,
        "AADSTS75005",
        message,
    );
    let mut policy = request(&upsales);
    policy.name_id_policy = Some(saml_model::NameIdPolicy {
        format: Some("urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos".to_owned()),
        ..Default::default()
    });
    check(
        &mock.agent().get(&redirect(&upsales, &policy)).await,
        "AADSTS75016",
        "SAML2 Authentication Request has invalid NameIdPolicy.",
    );
    let mut context = request(&upsales);
    context.requested_authn_context = Some(saml_model::RequestedAuthnContext {
        comparison: None,
        class_refs: vec!["Password".to_owned()],
    });
    check(
        &mock.agent().get(&redirect(&upsales, &context)).await,
        "AADSTS7500522",
        "XML element 'AuthnContextClassRef' in XML Namespace 'urn:oasis:names:tc:SAML:2.0:assertion' in the SAML message must be a URI.",
    );
}

/// 2.1, 2.4, 7.2, in the order of 7.3.
#[tokio::test]
async fn faults_of_the_application() {
    let mock = Mock::contoso();
    let upsales = mock.app("Upsales");
    let sign_on = async |change: &dyn Fn(&mut saml_model::AuthnRequest)| {
        let mut request = request(&upsales);
        change(&mut request);
        mock.agent().get(&redirect(&upsales, &request)).await
    };
    let unknown = |issuer: &str| {
        format!(
            "Application with identifier '{issuer}' was not found in the directory 'Contoso'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."
        )
    };
    let slash = format!("{}/", upsales.identifiers[0]);
    for issuer in ["https://nobody.test", &slash, &mock.tenant.issuer] {
        let page = sign_on(&|request| request.issuer = Some(issuer.to_owned())).await;
        check(&page, "AADSTS700016", &unknown(issuer));
    }
    let page = sign_on(&|request| request.destination = Some("https://login.example/saml2".to_owned())).await;
    let expected = format!("{}, http://mock:9000/{}/saml2", upsales.login_url, mock.tenant.id);
    check(
        &page,
        "AADSTS75008",
        &format!(
            "Received SAML request with an unexpected destination 'https://login.example/saml2'. Expected one of '[{expected}]'."
        ),
    );
    let acs = format!("{}/", upsales.reply_urls[0]);
    let page = sign_on(&|request| request.acs_url = Some(acs.clone())).await;
    let issuer = &upsales.identifiers[0];
    check(
        &page,
        "AADSTS50011",
        &format!(
            "The reply URL '{acs}' specified in the request does not match the reply URLs configured for the application '{issuer}'. Make sure the reply URL sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/urlMismatchError to learn more about how to fix this."
        ),
    );
    mock.patch_app("Upsales", json!({"enabled": false})).await;
    check(
        &sign_on(&|_| {}).await,
        "AADSTS7000112",
        &format!("Application '{}'(Upsales) is disabled.", upsales.app_id),
    );
    mock.patch_app("Upsales", json!({"enabled": true, "reply_urls": []}))
        .await;
    check(
        &sign_on(&|request| request.acs_url = None).await,
        "AADSTS500113",
        "No reply address is registered for the application.",
    );
}

/// 7.2, 7.3: the tenant is looked at after the message.
#[tokio::test]
async fn faults_of_the_tenant() {
    let mock = Mock::contoso();
    let xml = saml_emit::authn_request(&request(&mock.app("Upsales"))).unwrap();
    let missing = "11111111-2222-4333-8444-555555555555";
    for segment in [missing, "adventure-works.com"] {
        let page = mock
            .agent()
            .post(
                &format!("/{segment}/saml2"),
                &[("SAMLRequest", &post_value(&xml))],
            )
            .await;
        check(
            &page,
            "AADSTS90002",
            &format!(
                "Tenant '{segment}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."
            ),
        );
    }
    let page = mock
        .agent()
        .post("/junk!/saml2", &[("SAMLRequest", &post_value(&xml))])
        .await;
    check(
        &page,
        "AADSTS900023",
        "Specified tenant identifier 'junk!' is neither a valid DNS name, nor a valid external domain.",
    );
    assert_eq!(
        mock.agent().get("/junk!/saml2").await.aadsts().as_deref(),
        Some("AADSTS750054")
    );
}

/// 1: a verified domain names the tenant as its id does; the internal address is a Destination too (contracts.md 4).
#[tokio::test]
async fn domains_and_internal_addresses_are_understood() {
    let mock = Mock::contoso();
    let mut request = request(&mock.app("Upsales"));
    for destination in [
        format!("http://localhost:8080/{}/saml2", mock.tenant.id),
        "http://LOCALHOST:8080/contoso.com/saml2".to_owned(),
        format!("http://mock:9000/{}/saml2", mock.tenant.id),
    ] {
        request.destination = Some(destination);
        let xml = saml_emit::authn_request(&request).unwrap();
        let fields = [("SAMLRequest", post_value(&xml))];
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        let page = mock.agent().post("/CONTOSO.com/saml2", &fields).await;
        assert_eq!(page.select("h1"), ["Sign in"]);
        assert_eq!(page.aadsts(), None, "{}", page.body);
    }
}

/// 1, per-instance endpoint: the service principal's id overrides the Issuer.
#[tokio::test]
async fn the_instance_endpoint_finds_the_application_by_its_service_principal() {
    let mock = Mock::contoso();
    let (upsales, sipgate) = (mock.app("Upsales"), mock.app("sipgate"));
    let mut asked = request(&upsales);
    asked.issuer = Some("https://shared.test".to_owned());
    asked.acs_url = Some(sipgate.reply_urls[0].clone());
    asked.destination = None;
    let url = redirect(&upsales, &asked).replace("/saml2?", &format!("/saml2/{}?", sipgate.object_id));
    let mut agent = mock.agent();
    let page = agent.get(&url).await;
    let delivered = agent.sign_in(page, "B.Simon").await.delivered();
    assert_eq!(delivered.acs, sipgate.reply_urls[0]);
    assert!(delivered.xml.contains("<Audience>https://shared.test</Audience>"));
    let wrong = url.replace(&sipgate.object_id, &upsales.app_id);
    assert_eq!(agent.get(&wrong).await.aadsts().as_deref(), Some("AADSTS700016"));
}

/// 7.1.
#[tokio::test]
async fn the_error_page_has_entras_words() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    agent.flow = Some("errors".to_owned());
    let page = agent.get(&mock.path("saml2")).await;
    assert_eq!(page.select("h1"), ["Sign in"]);
    assert_eq!(page.select("h2"), ["Troubleshooting details"]);
    assert!(
        page.body
            .contains("Sorry, but we’re having trouble signing you in.")
    );
    assert!(
        page.body
            .contains("If you contact your administrator, send this info to them.")
    );
    let rows = page.select("#info p");
    let label = |row: &String| row.split(": ").next().unwrap().to_owned();
    assert_eq!(
        rows.iter().map(label).collect::<Vec<_>>(),
        ["Request Id", "Correlation Id", "Timestamp", "Message"]
    );
    assert!(rows[0].ends_with("00"), "{}", rows[0]);
    assert_eq!(
        rows[2].len(),
        "Timestamp: 2026-06-16T09:26:36Z".len(),
        "{}",
        rows[2]
    );
    assert!(rows[3].starts_with("Message: AADSTS750054: SAMLRequest or SAMLResponse"));
    let events = mock.flow("errors").await.events;
    assert!(
        matches!(&events[..], [control_api::flow::IdpEvent::Stopped { code, .. }] if code == "AADSTS750054"),
        "{events:?}"
    );
}
