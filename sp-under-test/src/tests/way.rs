//! The product's pages as its guide has a person use them: links by their text, fields by their labels, buttons by their
//! names. A label that goes missing fails.

use scraper::{ElementRef, Html, Selector};

use super::{
    settings::{outcome, send, untrusted},
    *,
};

fn all<'h>(html: &'h Html, css: &str) -> Vec<ElementRef<'h>> {
    let selector = Selector::parse(css).unwrap();
    html.select(&selector).collect()
}

fn words(element: ElementRef<'_>) -> String {
    let text: String = element.text().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Follows links by their text, from the product's first page on; gives the last page's address and content.
async fn walk(world: &World, personality: &str, labels: &[&str]) -> (String, Html) {
    let mut browser = Browser::default();
    let mut path = format!("/i/{personality}");
    for label in labels {
        let html = Html::parse_document(&browser.get(world, &path).await.text);
        let links = all(&html, "a[href]");
        let link = links.into_iter().find(|link| words(*link) == *label);
        let link = link.unwrap_or_else(|| panic!("no link {label:?} on {path}"));
        path = link.attr("href").unwrap().to_owned();
    }
    let answer = browser.get(world, &path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}");
    (path, Html::parse_document(&answer.text))
}

/// The form's name for the field with this label; of an upload with `file`.
fn field(html: &Html, label: &str) -> String {
    let labels = all(html, "label[for]");
    let found = labels.into_iter().find(|one| words(*one) == label);
    let found = found.unwrap_or_else(|| panic!("no field {label:?}"));
    let field = all(html, &format!("#{}", found.attr("for").unwrap()));
    field[0].attr("name").unwrap().to_owned()
}

/// The value beside a label of the list that is copied to Microsoft Entra.
fn shown(html: &Html, label: &str) -> String {
    let rows = all(html, "table.facts tr");
    let is_wanted = |row: &&ElementRef<'_>| {
        row.select(&Selector::parse("th").unwrap())
            .any(|cell| words(cell) == label)
    };
    let row = rows
        .iter()
        .find(is_wanted)
        .unwrap_or_else(|| panic!("no value {label:?}"));
    let cells = Selector::parse("td code, td a").unwrap();
    let value = words(row.select(&cells).next().unwrap());
    // With a button that copies just that.
    let buttons = Selector::parse("button[data-copy]").unwrap();
    let button = row.select(&buttons).next().unwrap();
    assert_eq!(button.attr("data-copy"), Some(value.as_str()));
    assert_eq!(button.attr("aria-label"), Some(format!("Copy {label}").as_str()));
    value
}

fn button(html: &Html, name: &str) -> String {
    let buttons = all(html, "button[name=action]");
    let found = buttons.into_iter().find(|one| words(*one) == name);
    let found = found.unwrap_or_else(|| panic!("no button {name:?}"));
    found.attr("value").unwrap().to_owned()
}

/// The ways that the guides name, what stands at their ends, and that nothing but these labels is needed.
#[tokio::test]
async fn the_settings_are_found_by_the_guides_words() {
    let world = World::new().await;
    let base = |path: &str| format!("{BASE}/i/{path}");
    for (personality, way, values, fields, buttons) in [
        (
            "upsales",
            &["Settings", "Account", "Security", "Single sign-on"][..],
            &[("Metadata file", base("upsales/metadata"))][..],
            &["Log in URL", "Add certificate"][..],
            &["Save", "Activate single sign-on"][..],
        ),
        (
            "iomete",
            &["Settings", "Single Sign-On", "SAML 2.0"],
            &[("IOMETE Redirect URL", base("iomete/acs"))],
            &["Entity ID", "Single Sign-On URL", "X.509 Certificate"],
            &["Save", "Enable SAML SSO"],
        ),
        (
            "sipgate",
            &["Account settings", "SSO"],
            &[
                ("Entity-Id", base("sipgate/metadata")),
                ("ACS URL", base("sipgate/sipgate-sso-1234567/acs")),
            ],
            &["SSO URL", "Entity ID", "Certificate"],
            &["Save", "Activate SSO login"],
        ),
        (
            "upwork",
            &["Upwork Enterprise support team"],
            &[("Identifier (Entity ID)", "https://www.upwork.com/saml".to_owned())],
            &["Federation Metadata XML"],
            &["Send"],
        ),
    ] {
        let (path, html) = walk(&world, personality, way).await;
        assert_eq!(path, format!("/i/{personality}/settings"));
        assert_eq!(words(all(&html, "h1")[0]), *way.last().unwrap());
        let crumbs: Vec<_> = all(&html, ".crumbs a").into_iter().map(words).collect();
        assert_eq!(crumbs, way[..way.len() - 1], "{personality}");
        for (label, value) in values {
            assert_eq!(&shown(&html, label), value, "{personality}");
        }
        for label in fields {
            field(&html, label);
        }
        for name in buttons {
            button(&html, name);
        }
    }
    // IOMETE's menu has the group that its guide names.
    let (_, html) = walk(&world, "iomete", &["Settings"]).await;
    assert_eq!(words(all(&html, "h2")[0]), "IAM");
    for path in [
        "/i/upsales/menu/0",
        "/i/upsales/menu/4",
        "/i/upwork/menu/1",
        "/i/sipgate/menu/x",
        "/i/sipgate/menu/",
    ] {
        assert_eq!(
            Browser::default().get(&world, path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

/// Guides Upsales, step 22, and sipgate, "via the toggle": a switch that says whether it is on.
#[tokio::test]
async fn the_toggle_says_whether_it_is_on() {
    let world = World::new().await;
    let switch = |html: &Html| {
        let found = all(html, "button[role=switch]")[0];
        (words(found), found.attr("aria-checked").unwrap().to_owned())
    };
    untrusted(&world, "sipgate");
    let way = ["Account settings", "SSO"];
    let (_, html) = walk(&world, "sipgate", &way).await;
    assert_eq!(switch(&html), ("Activate SSO login".into(), "false".into()));
    let pem = K0.certificate.pem();
    let texts = [
        (field(&html, "SSO URL"), SSO_URL),
        (field(&html, "Entity ID"), ISSUER),
        (field(&html, "Certificate"), pem.as_str()),
    ];
    let texts: Vec<_> = texts.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    send(&world, "sipgate", &button(&html, "Save"), &texts, &[]).await;
    let (_, html) = walk(&world, "sipgate", &way).await;
    assert_eq!(switch(&html).1, "false", "saved, and off");
    send(
        &world,
        "sipgate",
        &button(&html, "Activate SSO login"),
        &texts[..2],
        &[],
    )
    .await;
    let (_, html) = walk(&world, "sipgate", &way).await;
    assert_eq!(switch(&html), ("Activate SSO login".into(), "true".into()));
    assert_eq!(outcome(&world, "sipgate", &K0).await, "signed-in");
    send(&world, "sipgate", &button(&html, "Activate SSO login"), &[], &[]).await;
    let (_, html) = walk(&world, "sipgate", &way).await;
    assert_eq!(switch(&html).1, "false");
}

/// Whatever goes wrong with a pasted certificate, a metadata address or an Entity ID: a sentence that tells what to do.
#[tokio::test]
async fn wrong_input_is_told_what_to_do() {
    let world = World::new().await;
    let pem = K0.certificate.pem();
    let without_begin = pem.trim_start_matches("-----BEGIN CERTIFICATE-----").to_owned();
    let bare = K0.certificate.base64();
    let no_begin =
        "The line -----BEGIN CERTIFICATE----- is missing. Open the downloaded file in a text editor";
    let nobody = "http://127.0.0.1:9/federationmetadata/2007-06/federationmetadata.xml";
    let xml = super::control::metadata(ISSUER, &[&K0.certificate]);
    for (personality, texts, name, sentence) in [
        (
            "upsales",
            vec![("log_in_url", SSO_URL), ("certificate", &without_begin)],
            "certificate",
            no_begin,
        ),
        (
            "upsales",
            vec![("log_in_url", SSO_URL), ("certificate", &bare)],
            "certificate",
            no_begin,
        ),
        (
            "sipgate",
            vec![
                ("sso_url", SSO_URL),
                ("entity_id", ISSUER),
                ("certificate", &without_begin),
            ],
            "certificate",
            no_begin,
        ),
        (
            "iomete",
            vec![
                ("sso_url", SSO_URL),
                ("entity_id", ISSUER),
                ("certificate", &without_begin),
            ],
            "certificate",
            no_begin,
        ),
        (
            "upsales",
            vec![("log_in_url", SSO_URL), ("certificate", "MIIx")],
            "certificate",
            no_begin,
        ),
        (
            "upsales",
            vec![
                ("log_in_url", SSO_URL),
                ("certificate", "-----BEGIN CERTIFICATE-----\nMIIx"),
            ],
            "certificate",
            "Take the Certificate (Base64) or PEM download, and all of its text.",
        ),
        (
            "upsales",
            vec![("log_in_url", nobody), ("certificate", &pem)],
            "log_in_url",
            "Copy the App Federation Metadata Url from the application's SAML Certificates card",
        ),
        (
            "iomete",
            vec![
                ("sso_url", SSO_URL),
                ("entity_id", "https://other/"),
                ("certificate", &xml),
            ],
            "entity_id",
            "Paste that one, the Microsoft Entra Identifier.",
        ),
    ] {
        untrusted(&world, personality);
        let (answer, _) = send(&world, personality, "save", &texts, &[]).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{personality} {sentence}"
        );
        let html = Html::parse_document(&answer.text);
        let error = words(all(&html, &format!("#{name}-error"))[0]);
        assert!(error.contains(sentence), "{personality}: {error}");
    }
    // The Entity ID of another tenant is saved, since it may be meant; that nothing will be accepted so is told.
    untrusted(&world, "sipgate");
    let texts = [
        ("sso_url", SSO_URL),
        ("entity_id", "https://sts.windows.net/other/"),
        ("certificate", pem.as_str()),
    ];
    let (saved, page) = send(&world, "sipgate", "save", &texts, &[]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let told = format!("is not the issuer that belongs to the Login URL: {ISSUER}");
    assert!(page.page().contains(&told), "{}", page.page());
    let texts = [
        ("sso_url", SSO_URL),
        ("entity_id", ISSUER),
        ("certificate", pem.as_str()),
    ];
    let (_, page) = send(&world, "sipgate", "save", &texts, &[]).await;
    assert!(
        !page.page().contains("belongs to the Login URL"),
        "{}",
        page.page()
    );
}

/// A fresh instance has the account that whoever makes it names.
#[tokio::test]
async fn the_account_of_a_fresh_instance_is_the_tenants() {
    let world = World::new().await;
    let account = control_api::sp::SeedAccount {
        user_name: "B.Simon@fabrikam.onmicrosoft.com".into(),
        mail: "b.simon@fabrikam.onmicrosoft.com".into(),
    };
    let seed = InstanceSeed {
        account: Some(account),
        ..InstanceSeed::default()
    };
    world.sp.put_instance("fabrikam", seed).await.unwrap();
    let accounts = async |path: &str| {
        let html = Html::parse_document(&Browser::default().get(&world, path).await.text);
        let rows = all(&html, "section:first-of-type tbody th[scope=row]");
        rows.into_iter().map(words).collect::<Vec<_>>()
    };
    let expected = ["B.Simon@fabrikam.onmicrosoft.com"];
    for personality in ["upsales", "iomete", "sipgate"] {
        assert_eq!(
            accounts(&format!("/fabrikam/{personality}/accounts")).await,
            expected
        );
    }
    assert_eq!(
        accounts("/fabrikam/upwork/accounts").await,
        [""; 0],
        "made at the first sign-on"
    );
    assert_eq!(accounts("/i/sipgate/accounts").await, [UPN]);
}
