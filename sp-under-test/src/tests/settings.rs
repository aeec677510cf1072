//! The settings and accounts pages: each guide's steps at the product, and what is said about wrong input.

use std::sync::{Arc, Mutex};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    browser::form_token,
    control::{metadata, serve},
    *,
};

/// Loads the page and sends its form: texts, then uploads.
pub(super) async fn send(
    world: &World,
    personality: &str,
    action: &str,
    texts: &[(&str, &str)],
    files: &[(&str, &[u8])],
) -> (Answer, Answer) {
    let path = format!("/i/{personality}/settings");
    let mut browser = Browser::default();
    let token = form_token(&browser.get(world, &path).await);
    let mut body = Vec::new();
    let texts = [("form_token", token.as_str()), ("action", action)]
        .into_iter()
        .chain(texts.iter().copied());
    for (name, value) in texts {
        body.extend(
            format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
        );
    }
    for (name, content) in files {
        let head =
            format!("--X\r\nContent-Disposition: form-data; name=\"{name}_file\"; filename=\"f\"\r\n\r\n");
        body.extend(head.bytes().chain(content.iter().copied()).chain(*b"\r\n"));
    }
    body.extend(b"--X--\r\n");
    let request = Request::post(&path).header(header::CONTENT_TYPE, "multipart/form-data; boundary=X");
    let request = request
        .header(header::ORIGIN, BASE)
        .header("sec-fetch-site", "same-origin");
    let answer = browser
        .request(world, request.body(Body::from(body)).unwrap())
        .await;
    let page = browser.get(world, &path).await;
    (answer, page)
}

pub(super) fn untrusted(world: &World, personality: &str) {
    world.provider(personality, |provider| {
        provider.state().trust = None;
        provider.state().enabled = false;
    });
}

pub(super) async fn outcome(world: &World, personality: &str, signer: &Signer) -> String {
    let mut browser = Browser::default();
    let request = browser.login(world, personality).await;
    let response = good(world, personality, Some(&request));
    let xml = sign_with(
        &response,
        SigningOption::Assertion,
        SignatureAlgorithm::RsaSha256,
        signer,
    );
    browser.outcome(world, personality, &xml).await
}

/// Guide Upsales, steps 18 to 22.
#[tokio::test]
async fn upsales_takes_the_metadata_address_as_its_log_in_url() {
    let world = World::new().await;
    untrusted(&world, "upsales");
    let url = serve(Arc::new(Mutex::new(metadata(
        ISSUER,
        &[&K0.certificate, &K1.certificate],
    ))))
    .await;
    let texts = [
        ("log_in_url", url.as_str()),
        ("certificate", &K0.certificate.pem()),
    ];
    let (saved, page) = send(&world, "upsales", "save", &texts, &[]).await;
    assert_eq!(
        (saved.status, saved.location()),
        (StatusCode::SEE_OTHER, "/i/upsales/settings"),
        "{}",
        saved.page()
    );
    assert!(
        page.page().contains("“Activate single sign-on” switches it on"),
        "{}",
        page.page()
    );
    assert_eq!(
        Browser::default().get(&world, "/i/upsales/login").await.status,
        StatusCode::CONFLICT
    );
    // The toggle, on the page as it is shown now: the certificate's field is empty.
    let (_, page) = send(&world, "upsales", "enable", &[("log_in_url", &url)], &[]).await;
    assert!(page.page().contains("Single sign-on is on."), "{}", page.page());
    assert_eq!(outcome(&world, "upsales", &K0).await, "signed-in");
    assert_eq!(
        outcome(&world, "upsales", &K1).await,
        "signature-invalid",
        "only the certificate that was pasted"
    );
    let (_, page) = send(&world, "upsales", "refresh", &[], &[]).await;
    assert!(
        page.page().contains("The metadata was fetched again"),
        "{}",
        page.page()
    );
    assert_eq!(outcome(&world, "upsales", &K1).await, "signed-in");
    // A log-in URL of Entra's shape says who the issuer is.
    untrusted(&world, "upsales");
    let texts = [("log_in_url", SSO_URL), ("certificate", &K0.certificate.pem())];
    send(&world, "upsales", "enable", &texts, &[]).await;
    assert_eq!(outcome(&world, "upsales", &K0).await, "signed-in");
    let (_, page) = send(&world, "upsales", "disable", &[], &[]).await;
    assert!(page.page().contains("Single sign-on is off."));
}

/// An empty certificate field keeps what is in force for the same issuer alone: the key of the identity provider before
/// must not sign for the next one.
#[tokio::test]
async fn a_new_issuer_does_not_inherit_the_old_ones_key() {
    let world = World::new().await;
    let other = "https://sts.windows.net/3d9a6c1e-8f42-4b7a-9c05-6e2b1d7f4a90/";
    let url = serve(Arc::new(Mutex::new(metadata(other, &[&K1.certificate])))).await;
    let (saved, _) = send(&world, "upsales", "save", &[("log_in_url", &url)], &[]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.page());
    let trust_of = |personality| world.provider(personality, |provider| provider.state().trust.clone());
    let now_trusted = trust_of("upsales").unwrap();
    assert_eq!(
        (now_trusted.issuer.as_str(), now_trusted.certificates.as_slice()),
        (other, [K1.certificate.clone()].as_slice())
    );
    for (personality, texts) in [
        ("sipgate", [("entity_id", other), ("sso_url", SSO_URL)]),
        ("iomete", [("entity_id", other), ("sso_url", SSO_URL)]),
        (
            "upsales",
            [
                ("log_in_url", SSO_URL),
                ("form", "of the first identity provider again"),
            ],
        ),
    ] {
        let before = trust_of(personality);
        let (saved, _) = send(&world, personality, "save", &texts, &[]).await;
        assert_eq!(saved.status, StatusCode::UNPROCESSABLE_ENTITY, "{personality}");
        assert!(saved.page().contains("add its certificate"), "{}", saved.page());
        assert_eq!(trust_of(personality), before, "{personality}");
    }
    let texts = [("entity_id", ISSUER), ("sso_url", SSO_URL)];
    let (saved, _) = send(&world, "sipgate", "save", &texts, &[]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "the same issuer keeps them");
    assert_eq!(outcome(&world, "sipgate", &K0).await, "signed-in");
}

/// A thousand unread notices are not kept.
#[tokio::test]
async fn notices_that_nobody_reads_do_not_pile_up() {
    let world = World::new().await;
    let mut browser = Browser::default();
    let token = form_token(&browser.get(&world, "/i/upsales/accounts").await);
    for _ in 0..40 {
        let fields = [("form_token", token.as_str()), ("action", "create"), ("upn", UPN)];
        let answer = browser.form(&world, "/i/upsales/accounts", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
    let page = browser.get(&world, "/i/upsales/accounts").await.page();
    assert_eq!(page.matches("The account is there.").count(), 16);
    let page = browser.get(&world, "/i/upsales/accounts").await.page();
    assert!(!page.contains("The account is there."));
}

/// Guide Upwork Enterprise, Configure Upwork Enterprise SSO.
#[tokio::test]
async fn upwork_takes_the_federation_metadata() {
    let world = World::new().await;
    let xml = metadata(ISSUER, &[&K0.certificate]);
    for (texts, files) in [
        (vec![("metadata", xml.as_str())], vec![]),
        (vec![("metadata", "")], vec![("metadata", xml.as_bytes())]),
    ] {
        untrusted(&world, "upwork");
        let (saved, _) = send(&world, "upwork", "save", &texts, &files).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.page());
        assert_eq!(outcome(&world, "upwork", &K0).await, "signed-in");
    }
}

/// Guide IOMETE, step 5: its wording leads to the application's own Entity ID.
#[tokio::test]
async fn iomete_takes_the_issuer_from_the_metadata() {
    let world = World::new().await;
    let own = format!("{BASE}/i/iomete/acs");
    let page = Browser::default().get(&world, "/i/iomete/settings").await;
    assert!(page.page().contains(&format!("IOMETE Redirect URL{own}")) || page.page().contains(&own));
    let xml = metadata(ISSUER, &[&K0.certificate]);
    let der = K0.certificate.der();
    let base64 = K0.certificate.base64();
    for (entity_id, pasted, upload) in [
        (own.as_str(), "", xml.as_bytes()),
        (own.as_str(), xml.as_str(), b"".as_slice()),
        (ISSUER, "", xml.as_bytes()),
        (ISSUER, "", der),
        (ISSUER, "", K0.certificate.pem().as_bytes()),
        (ISSUER, base64.as_str(), b""),
    ] {
        untrusted(&world, "iomete");
        let texts = [
            ("entity_id", entity_id),
            ("sso_url", SSO_URL),
            ("certificate", pasted),
        ];
        let files = [("certificate", upload)];
        let (saved, page) = send(&world, "iomete", "save", &texts, &files).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.page());
        let told = page
            .page()
            .contains("this application's own. The issuer was taken from the metadata XML: https://sts");
        assert_eq!(told, entity_id == own, "{}", page.page());
        let texts = [("entity_id", ISSUER), ("sso_url", SSO_URL), ("certificate", "")];
        send(&world, "iomete", "enable", &texts, &[]).await;
        assert_eq!(outcome(&world, "iomete", &K0).await, "signed-in");
    }
}

/// Guide sipgate, Transfer IdP data to Enable SSO.
#[tokio::test]
async fn sipgate_takes_three_values() {
    let world = World::new().await;
    untrusted(&world, "sipgate");
    let page = Browser::default().get(&world, "/i/sipgate/settings").await.page();
    for shown in [
        "Entity-Id",
        "ACS URL",
        &format!("{BASE}/i/sipgate/metadata"),
        &format!("{BASE}/i/sipgate/sipgate-sso-1234567/acs"),
    ] {
        assert!(page.contains(shown), "{page}");
    }
    let texts = [
        ("sso_url", SSO_URL),
        ("entity_id", ISSUER),
        ("certificate", &K0.certificate.pem()),
    ];
    send(&world, "sipgate", "save", &texts, &[]).await;
    send(
        &world,
        "sipgate",
        "enable",
        &[("sso_url", SSO_URL), ("entity_id", ISSUER)],
        &[],
    )
    .await;
    assert_eq!(outcome(&world, "sipgate", &K0).await, "signed-in");
}

#[tokio::test]
async fn wrong_input_gets_a_sentence_and_nothing_is_lost() {
    let world = World::new().await;
    let pem = K0.certificate.pem();
    let xml = metadata(ISSUER, &[&K0.certificate]);
    let own = format!("{BASE}/i/iomete/acs");
    for (personality, texts, sentence) in [
        (
            "upsales",
            vec![("log_in_url", ""), ("certificate", &pem)],
            "Paste the Login URL",
        ),
        (
            "upsales",
            vec![("log_in_url", "javascript:alert(1)"), ("certificate", &pem)],
            "not an http or https address",
        ),
        (
            "upsales",
            vec![("log_in_url", "https://login.example/sso"), ("certificate", &pem)],
            "Paste the App Federation Metadata URL",
        ),
        (
            "upsales",
            vec![
                ("log_in_url", "http://169.254.169.254/federationmetadata.xml"),
                ("certificate", &pem),
            ],
            "link-local",
        ),
        (
            "upsales",
            vec![("log_in_url", SSO_URL), ("certificate", "hello")],
            "This is not a certificate",
        ),
        (
            "upsales",
            vec![("log_in_url", SSO_URL), ("certificate", &xml)],
            "This is the metadata XML",
        ),
        (
            "upwork",
            vec![("metadata", &pem)],
            "not the metadata of an identity provider",
        ),
        ("upwork", vec![("metadata", "")], "Upload or paste"),
        (
            "iomete",
            vec![("entity_id", &own), ("sso_url", SSO_URL), ("certificate", &pem)],
            "this application's own Entity ID",
        ),
        (
            "iomete",
            vec![
                ("entity_id", "https://other/"),
                ("sso_url", SSO_URL),
                ("certificate", &xml),
            ],
            "names another issuer",
        ),
        (
            "iomete",
            vec![("entity_id", ""), ("sso_url", SSO_URL), ("certificate", &pem)],
            "Paste the Microsoft Entra Identifier",
        ),
        (
            "sipgate",
            vec![
                ("sso_url", "http://localhost/federationmetadata/x"),
                ("entity_id", ISSUER),
                ("certificate", &pem),
            ],
            "the address of the metadata",
        ),
    ] {
        untrusted(&world, personality);
        let (answer, _) = send(&world, personality, "enable", &texts, &[]).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{personality} {sentence}"
        );
        assert!(answer.page().contains(sentence), "{sentence}: {}", answer.page());
        assert!(world.provider(personality, |provider| provider.state().trust.is_none()));
        let html = scraper::Html::parse_document(&answer.text);
        for (name, typed) in texts {
            let selector = scraper::Selector::parse(&format!("[name={name}]")).unwrap();
            let field = html.select(&selector).next().unwrap();
            let shown = field
                .attr("value")
                .map_or_else(|| field.text().collect::<String>(), str::to_owned);
            assert_eq!(shown.trim(), typed.trim(), "{name} of {personality}");
        }
    }
    // An upload cannot be shown again as such, so it becomes text.
    untrusted(&world, "iomete");
    let texts = [("entity_id", ISSUER), ("sso_url", "")];
    let (answer, _) = send(
        &world,
        "iomete",
        "save",
        &texts,
        &[("certificate", K0.certificate.der())],
    )
    .await;
    assert!(
        answer.text.contains("-----BEGIN CERTIFICATE-----"),
        "{}",
        answer.text
    );
}

/// Catalogue sess-acs-csrf-token.
#[tokio::test]
async fn settings_and_accounts_take_posts_from_their_own_page_on_this_machine() {
    let world = World::new().await;
    let mut browser = Browser::default();
    let token = form_token(&browser.get(&world, "/i/upsales/accounts").await);
    let body = |token: &str| format!("form_token={token}&action=create&upn=new%40contoso.com");
    let own = (header::ORIGIN, BASE);
    for (token, (name, value), host, status) in [
        (
            token.as_str(),
            (header::ORIGIN, "https://evil.example"),
            HOST,
            StatusCode::FORBIDDEN,
        ),
        (&token, (header::ORIGIN, "null"), HOST, StatusCode::FORBIDDEN),
        (
            &token,
            (header::ORIGIN, "http://localhost:8080"),
            HOST,
            StatusCode::FORBIDDEN,
        ),
        (
            &token,
            (header::HeaderName::from_static("sec-fetch-site"), "cross-site"),
            HOST,
            StatusCode::FORBIDDEN,
        ),
        (
            &token,
            (header::HeaderName::from_static("sec-fetch-site"), "same-site"),
            HOST,
            StatusCode::FORBIDDEN,
        ),
        ("", own.clone(), HOST, StatusCode::FORBIDDEN),
        (&"c".repeat(64), own.clone(), HOST, StatusCode::FORBIDDEN),
        (&token, own.clone(), "sp.test:443", StatusCode::FORBIDDEN),
        (&token, own, HOST, StatusCode::SEE_OTHER),
    ] {
        let request = Request::post("/i/upsales/accounts")
            .header(header::HOST, host)
            .header(name.clone(), value);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = browser
            .request(&world, request.body(Body::from(body(token))).unwrap())
            .await;
        assert_eq!(answer.status, status, "{token} {name}: {value} {host}");
    }
    let accounts = browser.get(&world, "/i/upsales/accounts").await;
    assert_eq!(
        accounts.page().matches("new@contoso.com").count(),
        1,
        "{}",
        accounts.page()
    );
    let plain = Request::post("/i/upsales/settings")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = browser
        .request(&world, plain.body(Body::from(body(&token))).unwrap())
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let evil = Request::post("/i/upsales/settings").header(header::ORIGIN, "https://evil.example");
    assert_eq!(
        browser
            .request(&world, evil.body(Body::empty()).unwrap())
            .await
            .status,
        StatusCode::FORBIDDEN
    );
}

/// A loopback name in the Host header is no proof of where a request comes from: off loopback the token is.
#[tokio::test]
async fn off_loopback_settings_and_accounts_take_the_control_token() {
    let world = World::guarded(AccountsIn::Memory, Skip::default(), true).await;
    let basic = |credentials: &str| format!("Basic {}", STANDARD.encode(credentials));
    for (authorization, status) in [
        (None, StatusCode::UNAUTHORIZED),
        (Some(basic("anybody:wrong")), StatusCode::UNAUTHORIZED),
        (Some(basic("secret")), StatusCode::UNAUTHORIZED),
        (Some("Basic secret".to_owned()), StatusCode::UNAUTHORIZED),
        (Some(basic("anybody:secret")), StatusCode::OK),
        (Some("Bearer secret".to_owned()), StatusCode::OK),
    ] {
        let mut browser = Browser::default();
        let mut send = async |method: Method, path: &str, body: String| {
            let request = Request::builder().method(method).uri(path);
            let request = authorization.iter().fold(request, |request, value| {
                request.header(header::AUTHORIZATION, value)
            });
            // Asked about, not done at once.
            let request = if path.ends_with("/logout") {
                request.header("sec-fetch-site", "cross-site")
            } else {
                request
            };
            browser
                .request(&world, request.body(Body::from(body)).unwrap())
                .await
        };
        for page in ["settings", "accounts"] {
            let path = format!("/i/upsales/{page}");
            let answer = send(Method::GET, &path, String::new()).await;
            assert_eq!(answer.status, status, "{authorization:?} {path}");
            let asks = answer.headers.contains_key(header::WWW_AUTHENTICATE);
            assert_eq!(asks, status == StatusCode::UNAUTHORIZED);
            assert!(!answer.text.contains("secret"));
        }
        // The form's token is anybody's: its cookie says so.
        let page = send(Method::GET, "/i/upsales/logout", String::new()).await;
        let body = format!(
            "form_token={}&action=create&upn=new%40contoso.com",
            form_token(&page)
        );
        let expected = if status == StatusCode::OK {
            StatusCode::SEE_OTHER
        } else {
            status
        };
        let answer = send(Method::POST, "/i/upsales/accounts", body).await;
        assert_eq!(answer.status, expected, "{authorization:?}");
        // Signing in is everybody's.
        let page = send(Method::GET, "/i/upsales", String::new()).await;
        assert_eq!(page.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn the_accounts_page_does_what_its_buttons_say() {
    let world = World::new().await;
    let mut browser = Browser::default();
    assert_eq!(
        browser
            .outcome(&world, "sipgate", &sign(&good(&world, "sipgate", None)))
            .await,
        "signed-in"
    );
    let id = browser.who_am_i(&world, "sipgate").await.unwrap().account.id;
    let page = browser.get(&world, "/i/sipgate/accounts").await;
    let token = form_token(&page);
    assert!(page.page().contains(ISSUER) && page.page().contains("Deleting an account leaves its link"));
    // Whoever speaks to a page says what stands on the button (WCAG 2.5.3); every column has a name.
    assert!(page.text.contains("aria-label=\"Delete link of ") && page.text.contains(">Delete link<"));
    assert!(!page.text.contains("<th scope=\"col\"></th>"));
    let mut press = async |fields: &[(&str, &str)]| {
        let fields: Vec<_> = [("form_token", token.as_str())]
            .into_iter()
            .chain(fields.iter().copied())
            .collect();
        let answer = browser.form(&world, "/i/sipgate/accounts", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.page());
        browser.get(&world, "/i/sipgate/accounts").await.page()
    };
    assert!(
        press(&[("action", "deactivate"), ("id", &id)])
            .await
            .contains("deactivated Activate")
    );
    assert!(
        press(&[("action", "activate"), ("id", &id)])
            .await
            .contains("active Deactivate")
    );
    assert!(
        press(&[("action", "delete"), ("id", &id)])
            .await
            .contains("(account deleted)")
    );
    let link = [
        ("action", "delete-link"),
        ("issuer", ISSUER),
        ("kind", "NameID"),
        ("key", UPN),
    ];
    assert!(press(&link).await.contains("There is no link."));
    let page = press(&[("action", "create"), ("upn", UPN), ("mail", MAIL)]).await;
    assert!(
        page.contains("The account is there.") && page.contains(MAIL),
        "{page}"
    );
}

/// No guide has a field for the address of sign-out: it stays with its issuer, and metadata brings it.
#[tokio::test]
async fn the_way_out_stays_with_its_issuer() {
    let world = World::new().await;
    let sign_out = |personality| {
        world.provider(personality, |provider| {
            let trust = provider.state().trust.clone();
            trust.unwrap().sign_out.map(|service| service.location)
        })
    };
    let xml = metadata(ISSUER, &[&K0.certificate]);
    send(&world, "upwork", "save", &[("metadata", &xml)], &[]).await;
    assert_eq!(sign_out("upwork").as_deref(), Some(SSO_URL));
    super::sign_out::with_sign_out(&world, SSO_URL, SSO_URL);
    let other = "https://sts.windows.net/other/";
    for (issuer, expected) in [(ISSUER, Some(SSO_URL)), (other, None)] {
        let pem = K0.certificate.pem();
        let texts = [
            ("entity_id", issuer),
            ("sso_url", SSO_URL),
            ("certificate", pem.as_str()),
        ];
        let (saved, page) = send(&world, "sipgate", "save", &texts, &[]).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.page());
        assert_eq!(sign_out("sipgate").as_deref(), expected, "{issuer}");
        assert_eq!(page.page().contains("Sign-out goes to"), expected.is_some());
        // The Login URL takes both bindings.
        let by_post = world.provider("sipgate", |it| it.state().trust.clone().unwrap().sso_post_url);
        assert_eq!(by_post.as_deref(), Some(SSO_URL));
    }
}
