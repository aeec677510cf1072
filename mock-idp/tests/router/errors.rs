//! The pages of errors, their lookup, and the endpoint without a tenant (entra-behaviour.md 1, 7).

use std::collections::BTreeSet;

use axum::http::header;
use control_api::flow::IdpEvent;
use mock_idp::{Aadsts, Appears, REGISTRY};
use saml_accept::metadata::idp;
use saml_accept::xml::Limits;
use serde_json::json;

use crate::agent::{Mock, Page, redirect, redirect_xml, request};

fn rows() -> impl Iterator<Item = &'static Aadsts> {
    REGISTRY.iter().flat_map(|group| group.rows).copied()
}

fn texts(page: &Page) -> String {
    page.select("main").concat()
}

/// 7.1: the words of both cards, in their order.
#[tokio::test]
async fn the_error_page_has_every_word() {
    let mock = Mock::contoso();
    let page = mock.agent().get(&mock.path("saml2")).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.aadsts().as_deref(), Some("AADSTS750054"));
    let text = texts(&page);
    let words = [
        "Sign in",
        "Sorry, but we’re having trouble signing you in.",
        "AADSTS750054: SAMLRequest or SAMLResponse must be present as query string parameters",
        "Troubleshooting details",
        "If you contact your administrator, send this info to them.",
        "Copy info to clipboard",
        "Request Id: ",
        "Correlation Id: ",
        "Timestamp: ",
        "Message: AADSTS750054: ",
        "Flag sign-in errors for review:",
        "Enable flagging",
        "If you plan on getting help for this problem, enable flagging and try to reproduce the error within 20 minutes. Flagged events make diagnostics available and are raised to admin attention.",
        "Terms of use",
        "Privacy & cookies",
    ];
    in_order(&text, &words);
    assert_eq!(page.select("main h1"), ["Sign in"]);
    assert_eq!(page.select("main h2"), ["Troubleshooting details"]);
}

fn in_order(text: &str, words: &[&str]) {
    let mut rest = text;
    for word in words {
        let (_, after) = rest
            .split_once(word)
            .unwrap_or_else(|| panic!("{word:?} is not in {rest:?}"));
        rest = after;
    }
}

/// 7.1: the page of Conditional Access, and it alone, has the rows of "More details".
#[tokio::test]
async fn conditional_access_has_a_page_of_its_own() {
    let mock = Mock::contoso();
    let app = mock.app("sipgate");
    let address = redirect(&app, &request(&app));
    for (grant, code) in [
        ("block", "53003"),
        ("compliant-device", "53000"),
        ("hybrid-joined-device", "53001"),
        ("approved-app", "53002"),
    ] {
        let policy = json!({"conditional_access": [{"name": "a policy", "grant": grant}]});
        mock.control("PATCH", "", policy).await;
        let mut agent = mock.agent();
        agent
            .headers
            .push(("user-agent", "Mozilla/5.0 (X11; Linux x86_64)".to_owned()));
        let page = agent.get(&address).await;
        let page = agent.sign_in(page, "B.Simon").await;
        assert_eq!(page.aadsts(), Some(format!("AADSTS{code}")));
        assert_eq!(page.select("main h1"), ["You don't have access to this"]);
        in_order(
            &texts(&page),
            &[
                "Your sign-in was successful but does not meet the criteria to access this resource.",
                "More details",
                "Flag sign-in errors for review:",
                "Enable flagging",
            ],
        );
        let details = page.select("#info p");
        let labels: Vec<_> = details.iter().filter_map(|row| row.split(": ").next()).collect();
        assert_eq!(
            labels,
            [
                "Error Code",
                "Request Id",
                "Correlation Id",
                "Timestamp",
                "App name",
                "App id",
                "IP address",
                "Device identifier",
                "Device platform",
                "Device state"
            ]
        );
        assert_eq!(details[0], format!("Error Code: {code}"));
        assert!(details[1].ends_with("00"), "{}", details[1]);
        assert_eq!(details[3].len(), "Timestamp: 2026-09-01T09:26:36.123Z".len());
        assert_eq!(details[4], "App name: sipgate");
        assert_eq!(details[5], format!("App id: {}", app.app_id));
        assert_eq!(details[8], "Device platform: Linux");
    }
}

/// 7.1, 2.3 (uncertain): `client-request-id` is the Correlation Id where it is a GUID.
#[tokio::test]
async fn the_correlation_id_may_be_the_clients() {
    let mock = Mock::contoso();
    let own = "7b1f6a52-3d0e-4f7e-9a54-0c6f2f1e8b11";
    for (given, is_kept) in [(own, true), ("not-a-guid", false), ("", false)] {
        let address = mock.path(&format!("saml2?client-request-id={given}"));
        let page = mock.agent().get(&address).await;
        let row = page.select("#info p")[1].clone();
        assert_eq!(row == format!("Correlation Id: {own}"), is_kept, "{row}");
        assert_eq!(row.len(), "Correlation Id: ".len() + own.len());
    }
}

/// 1: what an error means can be looked up.
#[tokio::test]
async fn every_error_can_be_looked_up() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    for row in rows() {
        for code in [row.code.to_string(), format!("AADSTS{}", row.code)] {
            let page = agent.get(&format!("/error?code={code}")).await;
            assert_eq!(page.status, 200, "{code}");
            let text = texts(&page);
            let squeezed = row.template.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(page.select("#message"), [squeezed]);
            assert!(text.contains(row.symbol.unwrap_or_default()), "{code}");
            // A page that is looked up is no error: nothing says that a sign-on stopped.
            assert_eq!(page.aadsts(), None);
        }
    }
    for code in ["12345", "AADSTS", "%3Cb%3E", "%F0%9F%8D%8B"] {
        let page = agent.get(&format!("/error?code={code}")).await;
        assert_eq!(page.status, 404, "{code}");
        assert_eq!(page.select("#unknown").len(), 1);
    }
    let asking = agent.get("/error").await;
    assert_eq!(
        (asking.status.as_u16(), asking.select("#unknown").len()),
        (200, 0)
    );
}

/// 7.2: 50194 for an application of a tenant, 50059 where nothing tells the tenant; what is wrong with the request comes first.
#[tokio::test]
async fn common_has_no_tenant() {
    let mock = Mock::contoso();
    let mut app = mock.app("sipgate");
    app.login_url = "http://localhost:8080/common/saml2".to_owned();
    let message = |change: fn(&mut saml_model::AuthnRequest)| {
        let mut message = request(&app);
        change(&mut message);
        redirect(&app, &message)
    };
    let id = mock.app("sipgate").app_id;
    for (address, text) in [
        (
            message(|_| ()),
            format!(
                "AADSTS50194: Application '{id}'(sipgate) is not configured as a multi-tenant application. Usage of the /common endpoint is not supported"
            ),
        ),
        (
            message(|request| request.issuer = Some("https://nobody.example".to_owned())),
            "AADSTS50059: No tenant-identifying information found".to_owned(),
        ),
        (
            message(|request| request.id = "1".to_owned()),
            "AADSTS7500529: ".to_owned(),
        ),
        (redirect_xml(&app, "<x"), "AADSTS7500525: ".to_owned()),
        (app.login_url.clone(), "AADSTS750054: ".to_owned()),
    ] {
        let page = mock.agent().get(&address).await;
        assert!(page.error_text().starts_with(&text), "{}", page.error_text());
    }
}

/// 1: the tenant-independent metadata has the literal `{tenant}`, and a key that is neither a tenant's nor an application's.
#[tokio::test]
async fn the_metadata_of_common_names_no_tenant() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    let mut documents = BTreeSet::new();
    for address in [
        "/common/federationmetadata/2007-06/federationmetadata.xml",
        "/COMMON/FederationMetadata/2007-06/FederationMetadata.xml",
    ] {
        let page = agent.get(address).await;
        assert_eq!(page.status, 200);
        assert_eq!(
            page.header(header::CONTENT_TYPE),
            "application/xml; charset=utf-8"
        );
        let xml = page.body.strip_prefix('\u{feff}').expect("a byte order mark");
        let metadata = idp(xml.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(metadata.entity_id, "https://sts.windows.net/{tenant}/");
        assert!(
            xml.contains("<wsa:Address>https://sts.windows.net/{tenant}/</wsa:Address>")
                || xml.contains("https://sts.windows.net/{tenant}/</")
        );
        for service in metadata
            .single_sign_on_services
            .iter()
            .chain(&metadata.single_logout_services)
        {
            assert_eq!(service.location, "http://localhost:8080/common/saml2");
        }
        assert!(xml.contains("<Signature "), "signed");
        documents.extend(metadata.signing_certificates);
    }
    assert_eq!(documents.len(), 1, "one certificate, each time");
    for app in &mock.tenant.apps {
        assert!(documents.is_disjoint(&mock.certificates(&app.name).await.into_iter().collect()));
    }
    let tenant = agent.get(&mock.tenant.metadata).await;
    let tenant = idp(
        tenant.body.trim_start_matches('\u{feff}').as_bytes(),
        &Limits::default(),
    )
    .unwrap();
    assert!(documents.is_disjoint(&tenant.signing_certificates.into_iter().collect()));
}

/// The pages of every error that can be armed say that this is not Microsoft, and hold nothing unfilled.
#[tokio::test]
async fn no_error_page_has_an_open_brace() {
    let mock = Mock::contoso();
    let app = mock.app("Upsales");
    let address = redirect(&app, &request(&app));
    let mut agent = mock.agent();
    let page = agent.get(&address).await;
    agent.sign_in(page, "B.Simon").await.delivered();
    for row in rows().filter(|row| !matches!(row.appears, Appears::Absent(_))) {
        let faults = json!({"faults": [{"id": "aadsts", "code": row.code.to_string()}]});
        mock.control("POST", "/faults", faults).await;
        let page = agent.get(&address).await;
        assert!(!texts(&page).contains(['{', '}']), "{}", texts(&page));
        assert!(page.body.contains("It is not Microsoft") || page.body.contains("SAMLResponse"));
    }
}

/// What stopped is recorded without faults where nothing was armed.
#[tokio::test]
async fn a_stop_without_fault_tells_none() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    agent.flow = Some("honest".to_owned());
    agent.get(&mock.path("saml2")).await;
    let events = mock.flow("honest").await.events;
    assert!(
        matches!(&events[..], [IdpEvent::Stopped { faults, .. }] if faults.is_empty()),
        "{events:?}"
    );
}
