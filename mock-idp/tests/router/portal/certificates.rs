//! Card 3 and "SAML Signing Certificate" (entra-behaviour.md 5, 8).

use axum::http::header;
use serde_json::{Value, json};

use super::Admin;
use crate::section_5::imports::{pfx, rsa};

const OTHER: &str = "Upsales";

/// At "SAML Signing Certificate", from the directory's first page.
async fn at_certificates() -> Admin {
    let mut admin = Admin::contoso().await;
    let way = [
        "Enterprise apps",
        "Upsales",
        "Single sign-on",
        "Edit SAML Certificates",
    ];
    admin.walk(&way).await;
    assert_eq!(admin.page.heading(), "SAML Signing Certificate", "{}", admin.url);
    admin
}

async fn app(admin: &Admin) -> Value {
    let file = admin.file().await;
    let apps = file["app"].as_array().unwrap().clone();
    apps.into_iter().find(|app| app["name"] == OTHER).unwrap()
}

/// Status, expiration date and thumbprint of each row.
fn rows(admin: &Admin) -> Vec<[String; 3]> {
    let row = |row: Vec<String>| [row[0].clone(), row[1].clone(), row[2].clone()];
    admin.table().into_iter().map(row).collect()
}

#[tokio::test]
async fn the_card_has_the_active_certificate_and_its_downloads() {
    let mut admin = Admin::contoso().await;
    admin
        .walk(&["Enterprise apps", "Upsales", "Single sign-on"])
        .await;
    let numbered = admin.page.select("ol.cards > li h2");
    assert!(numbered[2].starts_with("SAML Certificates"), "{numbered:?}");
    assert_eq!(numbered.len(), 5);
    let told = admin.mock.control("GET", "", Value::Null).await;
    let told = &told["apps"][0]["certificates"][0]["thumbprint"];
    assert_eq!(admin.row("Thumbprint"), told.as_str().unwrap());
    assert_eq!(admin.row("Status"), "Active");
    assert_eq!(
        admin.row("App Federation Metadata Url"),
        admin.mock.app(OTHER).metadata
    );
    for (label, value) in [("Required", "No"), ("Active", "0"), ("Expired", "0")] {
        assert_eq!(admin.row(label), value, "{label}");
    }
    let published = admin.mock.certificates(OTHER).await.remove(0);
    for (label, name) in [
        ("Certificate (Base64)", "Upsales.cer"),
        ("Certificate (Raw)", "Upsales.cer"),
        ("Federation Metadata XML", "Upsales.xml"),
    ] {
        let page = admin.agent.get(&admin.link(&format!("Download {label}"))).await;
        assert_eq!(page.status, 200, "{label}");
        let disposition = page.header(header::CONTENT_DISPOSITION);
        assert!(
            disposition.contains(&format!("filename=\"{name}\"")),
            "{disposition}"
        );
        match label {
            "Certificate (Raw)" => assert_eq!(page.bytes, published),
            "Certificate (Base64)" => {
                let read = openssl::x509::X509::from_pem(&page.bytes).unwrap();
                assert_eq!(read.to_der().unwrap(), published);
            }
            _ => assert!(page.body.contains("<EntityDescriptor")),
        }
    }
}

/// 5: the date is chosen before Save alone; the new one is inactive; making it active demotes the other.
#[tokio::test]
async fn a_new_certificate_is_saved_and_made_active() {
    let mut admin = at_certificates().await;
    let first = rows(&admin);
    assert_eq!(first.len(), 1);
    let before = admin.file().await;
    admin
        .press(
            "New Certificate",
            &[("Notification Email Addresses", "a@contoso.com")],
        )
        .await;
    assert_eq!(admin.value("Notification Email Addresses"), "a@contoso.com");
    assert_eq!(rows(&admin)[1][2], "Will be displayed on save");
    let longest = admin.value("Expiration Date");
    assert_eq!(admin.file().await, before, "nothing is saved yet");
    for wrong in ["2000-01-01", "2999-01-01", "", "tomorrow"] {
        admin.press("Save", &[("Expiration Date", wrong)]).await;
        assert!(
            admin.problem().starts_with("Expiration Date: a day after"),
            "{wrong}"
        );
        assert_eq!(admin.value("Expiration Date"), wrong);
        assert_eq!(admin.value("Notification Email Addresses"), "a@contoso.com");
    }
    admin.press("Save", &[("Expiration Date", &longest)]).await;
    assert_eq!(admin.notice(), "Saved.");
    let both = rows(&admin);
    assert_eq!(both[0], first[0]);
    assert_eq!((both.len(), both[1][0].as_str()), (2, "Inactive"));
    assert!(
        both[1][1].starts_with(&longest) && both[1][2].len() == 40,
        "{both:?}"
    );
    let app_now = app(&admin).await;
    assert_eq!(app_now["notification_emails"], json!(["a@contoso.com"]));
    assert_eq!(app_now["certificates"][1]["name"], "certificate-1");
    assert_eq!(admin.link("PEM certificate download"), {
        let page = admin
            .page
            .attribute(".more a[download]:nth-of-type(1)", "href")
            .unwrap();
        page.replace("/base64", "/pem")
    });

    admin.click("Make certificate active").await;
    assert_eq!(admin.page.select("#confirm"), ["Make certificate active"]);
    admin.click("No").await;
    assert_eq!(rows(&admin), both);
    admin.walk(&["Make certificate active"]).await;
    admin.press("Yes", &[]).await;
    assert_eq!(admin.notice(), "The certificate is active: it signs from now on.");
    let now = rows(&admin);
    assert_eq!((now[0][0].as_str(), now[1][0].as_str()), ("Inactive", "Active"));
    let sent = admin.mock.sign_on(OTHER, "B.Simon").await;
    let trusted = [admin.mock.certificates(OTHER).await.remove(1)];
    assert!(
        crate::agent::verify(&trusted, &sent.xml).is_ok(),
        "the new one signs"
    );

    // The active one stays; the other goes, and its name is not used again for another.
    let active = format!(
        "/apps/{}/sso/certificates?delete={}",
        admin.mock.app(OTHER).app_id,
        now[1][2]
    );
    admin.open(&active).await;
    admin.press("Yes", &[]).await;
    assert_eq!(
        admin.problem(),
        "This certificate is active: make another one active first."
    );
    let url = format!(
        "/apps/{}/sso/certificates?delete={}",
        admin.mock.app(OTHER).app_id,
        now[0][2]
    );
    admin.open(&url).await;
    admin.press("Yes", &[]).await;
    assert_eq!(admin.notice(), "The certificate was deleted.");
    assert_eq!(rows(&admin), [now[1].clone()]);
    admin.open(&url).await;
    admin.press("Yes", &[]).await;
    assert_eq!(admin.problem(), "This certificate is not there any more.");
    admin.press("New Certificate", &[]).await;
    admin.press("Save", &[]).await;
    assert_eq!(app(&admin).await["certificates"][1]["name"], "certificate-2");
}

#[tokio::test]
async fn signing_and_notification_are_saved() {
    let mut admin = at_certificates().await;
    assert_eq!(admin.value("Signing Option"), "Sign SAML assertion");
    assert_eq!(admin.value("Signing Algorithm"), "SHA-256");
    let typed = [
        ("Signing Option", "Sign SAML response and assertion"),
        ("Signing Algorithm", "SHA-1"),
        ("Notification Email Addresses", "not an address"),
    ];
    let before = admin.file().await;
    admin.press("Save", &typed).await;
    assert!(admin.problem().contains("not an address"), "{}", admin.problem());
    assert_eq!(admin.value("Signing Algorithm"), "SHA-1");
    assert_eq!(admin.file().await, before);
    for number in 1..=5 {
        let label = match number {
            1 => "Notification Email Addresses".to_owned(),
            _ => format!("Notification Email Addresses, {number}"),
        };
        admin
            .press("Save", &[(&label, &format!("a{number}@contoso.com"))])
            .await;
        assert_eq!(admin.notice(), "Saved.");
    }
    assert_eq!(admin.page.select("input[name=email]").len(), 5, "and no sixth");
    let app = app(&admin).await;
    assert_eq!(app["notification_emails"].as_array().unwrap().len(), 5);
    assert_eq!(
        app["signing"],
        json!({"option": "response-and-assertion", "algorithm": "sha1"})
    );
    assert_eq!(admin.value("Signing Option"), "Sign SAML response and assertion");
}

/// However many were sent: each would be judged by itself and shown again.
#[tokio::test]
async fn more_addresses_than_may_be_are_told_once() {
    let mut admin = at_certificates().await;
    let mut fields = vec![
        ("action", "save"),
        ("option", "assertion"),
        ("algorithm", "sha256"),
    ];
    let mails: Vec<_> = (0..500).map(|number| format!("a{number}@contoso.com")).collect();
    fields.extend(mails.iter().map(|mail| ("email", mail.as_str())));
    admin.page = admin.agent.post(&admin.url, &fields).await;
    assert_eq!(
        admin.problem(),
        "Notification Email Addresses: at most 5 addresses, there are 6."
    );
    assert_eq!(admin.page.select("input[name=email]").len(), 6);
}

#[tokio::test]
async fn a_pfx_file_is_imported_with_its_password() {
    let mut admin = at_certificates().await;
    let before = admin.file().await;
    let (file, der) = pfx(&rsa(2048), 40);
    for (file, password, problem) in [
        (&file[..], "wrong", "password"),
        (b"no file", "secret", "This is not a PFX file"),
        (b"", "secret", "The file could not be used: no file was chosen."),
    ] {
        admin.upload("Add", file, &[("PFX Password", password)]).await;
        assert!(admin.problem().contains(problem), "{}", admin.problem());
        assert_eq!(admin.value("PFX Password"), "", "a password is not shown again");
        assert_eq!(admin.file().await, before);
    }
    admin.upload("Add", &file, &[("PFX Password", "secret")]).await;
    assert_eq!(admin.notice(), "The certificate was imported. It is inactive.");
    let imported = rows(&admin).remove(1);
    assert_eq!(imported[0], "Inactive");
    let read = openssl::x509::X509::from_der(&der).unwrap();
    let thumbprint = read.digest(openssl::hash::MessageDigest::sha1()).unwrap();
    let hex: String = thumbprint.iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(imported[2], hex);
    admin.upload("Add", &file, &[("PFX Password", "secret")]).await;
    assert_eq!(admin.problem(), "This certificate is there already.");
}

/// 5: an expired active certificate gives way to a valid inactive one, and the page says so.
#[tokio::test]
async fn what_has_expired_is_told() {
    let mut admin = at_certificates().await;
    let current = "current";
    admin
        .mock
        .control(
            "POST",
            "/certificates",
            json!({"app": OTHER, "action": "expire", "name": current}),
        )
        .await;
    admin.press("New Certificate", &[]).await;
    assert_eq!(rows(&admin)[0][0], "Active expired, and signs all the same");
    admin.press("Save", &[]).await;
    let statuses: Vec<_> = rows(&admin).into_iter().map(|[status, ..]| status).collect();
    assert_eq!(
        statuses,
        [
            "Active expired",
            "Inactive signs, since the active one has expired"
        ]
    );
    admin.click("Single sign-on").await;
    assert!(
        admin.row("Expiration").ends_with("UTC (expired)"),
        "{}",
        admin.row("Expiration")
    );
}

#[tokio::test]
async fn what_is_not_there_is_no_download() {
    let mut admin = Admin::contoso().await;
    let app_id = admin.mock.app(OTHER).app_id;
    let thumbprint =
        admin.mock.control("GET", "", Value::Null).await["apps"][0]["certificates"][0]["thumbprint"]
            .as_str()
            .unwrap()
            .to_owned();
    for (path, status) in [
        (format!("/apps/{app_id}/certificates/{thumbprint}/der"), 404),
        (format!("/apps/{app_id}/certificates/00/raw"), 404),
    ] {
        admin.open(&path).await;
        assert_eq!(admin.page.status, status, "{path}");
        assert_eq!(admin.page.heading(), "There is no such download");
    }
}
