//! The downloads of the card and of a certificate's row menu.

use axum::http::header;
use serde_json::{Value, json};

use super::{APP, sha1};
use crate::agent::Mock;

/// 5: Base64 and PEM are the same text, Raw is its DER, and the XML is the application's metadata.
#[tokio::test]
async fn each_form_of_a_certificate() {
    let mock = Mock::contoso();
    mock.certificate("add", "a/b \"ü\"", json!({})).await;
    let published = mock.certificates(APP).await;
    let app_id = mock.app(APP).app_id;
    let thumbprint = sha1(&published[1]).to_lowercase();
    for (app, certificate, der) in [
        ("Upsales", "current", &published[0]),
        ("upsales", "a%2Fb%20%22%C3%BC%22", &published[1]),
        (&app_id, &thumbprint, &published[1]),
    ] {
        let base = format!(
            "/_entrant/v1/tenants/{}/apps/{app}/certificates/{certificate}",
            mock.tenant.id
        );
        let get = async |form: &str| mock.agent().get(&format!("{base}/{form}")).await;
        let base64 = get("base64").await;
        assert_eq!(base64.status, 200, "{}", base64.body);
        assert_eq!(base64.header(header::CONTENT_TYPE), "application/x-x509-ca-cert");
        assert_eq!(
            base64.header(header::CONTENT_DISPOSITION),
            "attachment; filename=\"Upsales.cer\"; filename*=UTF-8''Upsales.cer"
        );
        let parsed = openssl::x509::X509::from_pem(base64.body.as_bytes()).unwrap();
        assert_eq!(parsed.to_der().unwrap(), *der);
        let pem = get("pem").await;
        assert_eq!(pem.body, base64.body);
        assert_eq!(pem.header(header::CONTENT_TYPE), "application/x-pem-file");
        assert!(
            pem.header(header::CONTENT_DISPOSITION)
                .contains("\"Upsales.pem\"")
        );
        let raw = get("raw").await;
        assert_eq!(raw.bytes, *der);
        openssl::x509::X509::from_der(&raw.bytes).unwrap();
        assert_eq!(raw.header(header::CONTENT_TYPE), "application/x-x509-ca-cert");
        let xml = get("metadata").await;
        assert_eq!(xml.header(header::CONTENT_TYPE), "application/xml");
        assert!(
            xml.header(header::CONTENT_DISPOSITION)
                .contains("\"Upsales.xml\"")
        );
        let address = mock.agent().get(&mock.app(APP).metadata).await;
        // Each document has an id and so a signature of its own.
        let content = |body: &str| {
            let (before, signed) = body.split_once("<Signature ").unwrap();
            let (_, after) = signed.split_once("</Signature>").unwrap();
            let (head, id) = before.split_once(" ID=\"").unwrap();
            format!("{head}{}{after}", &id[37..])
        };
        assert_eq!(content(&xml.body), content(&address.body));
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_with_the_nearest_word() {
    let mock = Mock::contoso();
    for (path, expected) in [
        (
            "/apps/Upsale/certificates/current/raw",
            "there is no application `Upsale` in this tenant; did you mean `Upsales`?",
        ),
        (
            "/apps/Upsales/certificates/curent/raw",
            "app `Upsales`: there is no certificate `curent` in this tenant; did you mean `current`?",
        ),
        (
            "/apps/Upsales/certificates/current/der",
            "downloaded as one of `base64`, `raw`, `pem`, `metadata`, not as `der`",
        ),
        ("/apps/Upsales/certificates/%FF/raw", "there is no control route"),
    ] {
        let page = mock.try_control("GET", path, Value::Null).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.body.contains(expected), "{expected}\nnot in\n{}", page.body);
    }
}

/// The start page leads to each download; whoever may not use the control API sees no link that leads nowhere.
#[tokio::test]
async fn the_start_page_links_what_can_be_had() {
    let mock = Mock::contoso();
    mock.certificate("add", "<b>\n\"x\"", json!({})).await;
    let page = mock.agent().get("/").await;
    let links = page.select(".downloads a");
    assert_eq!(links.len(), 5 * 4, "five certificates, four forms");
    assert_eq!(
        links[..4],
        [
            "Certificate (Base64)",
            "Certificate (Raw)",
            "PEM certificate",
            "Federation Metadata XML"
        ]
    );
    assert!(
        page.body
            .contains("aria-label=\"Certificate (Raw) of Upsales, current\"")
    );
    let hrefs: Vec<_> = page
        .body
        .split("<li><a href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|href| href.contains("/certificates/"))
        .collect();
    for href in &hrefs {
        assert_eq!(mock.agent().get(href).await.status, 200, "{href}");
    }
    assert_eq!(hrefs.len(), 20);
    assert!(page.body.contains(&format!("/portal/{}/mails\"", mock.tenant.id)));

    let behind_a_token = Mock::empty(true);
    behind_a_token
        .put_tenant(mock_idp::embedded("contoso").unwrap(), None)
        .unwrap();
    let page = crate::agent::Agent::of(&behind_a_token).get("/").await;
    assert!(
        page.body.contains("Certificate <code>current</code>"),
        "{}",
        page.body
    );
    assert!(!page.body.contains("/certificates/") && !page.body.contains("/mails"));
}
