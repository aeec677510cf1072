//! Sign-in form, start page, My Apps, and the pages of what is not there.

use control_api::flow::IdpEvent;
use mock_idp::SpLink;
use serde_json::json;

use crate::agent::{Mock, upn};

/// design.md 5: names and ids of the real page; user name first, then password, no script needed.
#[tokio::test]
async fn the_sign_in_form_has_entras_names() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    let page = agent.get(&mock.app("Upsales").launch).await;
    assert_eq!(page.attribute("#i0116", "name").as_deref(), Some("loginfmt"));
    assert_eq!(page.attribute("#idSIButton9", "value").as_deref(), Some("Next"));
    assert!(
        page.attribute("input[name=ctx]", "value").is_some()
            && page.attribute("input[name=flowToken]", "value").is_some()
    );
    assert!(!page.body.contains("<script"), "works without script");
    let page = agent.submit(&page, &[("loginfmt", &upn("b.simon"))]).await;
    assert_eq!(page.select("h1"), ["Enter password"]);
    assert_eq!(page.attribute("#i0118", "name").as_deref(), Some("passwd"));
    assert_eq!(
        page.attribute("#idSIButton9", "value").as_deref(),
        Some("Sign in")
    );
    assert_eq!(page.attribute("#idBtn_Back", "type").as_deref(), Some("submit"));
    let back = agent.submit(&page, &[("back", "Back"), ("passwd", "")]).await;
    assert_eq!(back.attribute("#i0116", "value"), Some(upn("b.simon")));
    // Both fields at once, as the real page's script posts them.
    let page = agent
        .submit(
            &back,
            &[("loginfmt", &upn("B.SIMON")), ("passwd", "entrant-demo")],
        )
        .await;
    assert_eq!(page.heading(), "Stay signed in?");
    assert_eq!(page.attribute("#idSIButton9", "value").as_deref(), Some("Yes"));
    assert_eq!(page.attribute("#idBtn_Back", "value").as_deref(), Some("No"));
    assert_eq!(
        page.attribute("#KmsiCheckboxField", "name").as_deref(),
        Some("DontShowAgain")
    );
    agent.submit(&page, &[]).await.delivered();
}

/// 7.2: the user's own errors are shown on the form, which can then be used again.
#[tokio::test]
async fn inline_errors() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    agent.flow = Some("inline".to_owned());
    let page = agent.get(&mock.app("Upsales").launch).await;
    let check = |page: &crate::agent::Page, id: &str, code: &str, words: &str, text: &str| {
        assert_eq!(page.status, 200);
        assert_eq!(page.aadsts().as_deref(), Some(code));
        let shown = page.select(id).concat();
        assert!(
            shown.contains(words) && shown.ends_with(&format!("{code}: {text}")),
            "{shown}"
        );
    };
    let nobody = agent.submit(&page, &[("loginfmt", "nobody@contoso.com")]).await;
    check(
        &nobody,
        "#usernameError",
        "AADSTS50034",
        "This username may be incorrect.",
        "The user account nobody@contoso.com does not exist in the Contoso directory. To sign into this application, the account must be added to the directory.",
    );
    let password = agent.submit(&nobody, &[("loginfmt", &upn("D.Weber"))]).await;
    assert_eq!(password.aadsts(), None);
    let wrong = agent.submit(&password, &[("passwd", "wrong")]).await;
    check(
        &wrong,
        "#passwordError",
        "AADSTS50126",
        "Your account or password is incorrect.",
        "Error validating credentials due to invalid username or password.",
    );
    let disabled = agent.submit(&wrong, &[("passwd", "entrant-demo")]).await;
    check(
        &disabled,
        "#passwordError",
        "AADSTS50057",
        "Your account has been disabled.",
        "The user account is disabled.",
    );
    let back = agent.submit(&disabled, &[("back", "Back")]).await;
    let empty = agent.submit(&back, &[("loginfmt", " ")]).await;
    assert_eq!(empty.aadsts(), None);
    assert!(
        empty
            .select("#usernameError")
            .concat()
            .contains("Enter a valid email address")
    );
    agent.sign_in(empty, "B.Simon").await.delivered();
    let codes: Vec<_> = mock
        .flow("inline")
        .await
        .events
        .iter()
        .filter_map(|event| match event {
            IdpEvent::Stopped { code, .. } => Some(code.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(codes, ["AADSTS50034", "AADSTS50126", "AADSTS50057"]);
}

/// A form is one browser's and is used once.
#[tokio::test]
async fn a_form_cannot_be_posted_from_elsewhere() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    let page = agent.get(&mock.app("Upsales").launch).await;
    let password = agent.submit(&page, &[("loginfmt", &upn("B.Simon"))]).await;
    let mut stranger = mock.agent();
    let refused = stranger.submit(&password, &[("passwd", "entrant-demo")]).await;
    assert_eq!(
        refused.error_text(),
        "AADSTS50089: Authentication failed due to flow token expired."
    );
    assert!(stranger.cookies.is_empty());
    let advice = refused.select("#advice").concat();
    assert!(
        advice.starts_with("The browser sent no cookie with this form."),
        "{advice}"
    );
    let stay = agent.submit(&password, &[("passwd", "entrant-demo")]).await;
    agent.submit(&stay, &[]).await.delivered();
    let again = agent.submit(&password, &[("passwd", "entrant-demo")]).await;
    assert_eq!(again.aadsts().as_deref(), Some("AADSTS50089"));
    assert!(again.select("#advice").is_empty(), "cookies were sent");
    let other = agent.post("/contoso.com/login", &[]).await;
    assert_eq!(other.aadsts().as_deref(), Some("AADSTS50089"));
    // 7.2, 900561: the browser's Back.
    let get = agent.get(&mock.path("login")).await;
    assert_eq!(
        get.error_text(),
        "AADSTS900561: The endpoint only accepts POST requests. Received a GET request."
    );
}

/// Two tabs wait side by side.
#[tokio::test]
async fn two_sign_ons_wait_in_one_browser() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    let first = agent.get(&mock.app("Upsales").launch).await;
    let second = agent.get(&mock.app("sipgate").launch).await;
    assert_eq!(
        agent.sign_in(first, "B.Simon").await.delivered().acs,
        mock.app("Upsales").reply_urls[0]
    );
    assert_eq!(
        agent.sign_in(second, "B.Simon").await.delivered().acs,
        mock.app("sipgate").reply_urls[0]
    );
}

/// 1, My Apps: a tile for each assigned application; signing out ends the session.
#[tokio::test]
async fn my_apps_shows_the_assigned_applications() {
    let mock = Mock::contoso();
    mock.patch_app(
        "sipgate",
        json!({"assignment_required": false, "assignments": [{"user": "A.Nowak"}]}),
    )
    .await;
    let mut agent = mock.agent();
    let page = agent.get("/myapps/contoso.com").await;
    let done = agent.sign_in(page, "B.Simon").await;
    assert_eq!(done.status, 303);
    let page = agent.get(done.header(axum::http::header::LOCATION)).await;
    assert_eq!(
        page.select(".tile .name"),
        ["Upsales", "Upwork Enterprise", "IOMETE"]
    );
    assert_eq!(page.attribute(".tile", "href"), Some(mock.app("Upsales").launch));
    let out = agent.get(&page.attribute("#signout", "href").unwrap()).await;
    assert_eq!(out.select("h1"), ["You signed out of your account"]);
    assert_eq!(agent.get("/myapps/contoso.com").await.select("h1"), ["Sign in"]);
    let page = agent.get(&mock.app("Upsales").launch).await;
    assert_eq!(page.select("h1"), ["Sign in"]);
    let mut keller = mock.agent();
    let page = keller.get("/myapps/contoso.com").await;
    let done = keller.sign_in(page, "U.Keller").await;
    let page = keller.get(done.header(axum::http::header::LOCATION)).await;
    assert!(page.body.contains("No application is assigned to you."));
}

/// contracts.md 1: every address that somebody needs.
#[tokio::test]
async fn the_start_page_has_every_address() {
    let mock = Mock::contoso();
    mock.idp
        .put_tenant(mock_idp::embedded("fabrikam").unwrap(), None)
        .unwrap();
    mock.idp.set_sp_links(
        mock.tenant.id.parse().unwrap(),
        vec![SpLink {
            app: "Upsales".into(),
            login: "http://127.0.0.1:8081/one/upsales/login".into(),
            whoami: "http://127.0.0.1:8081/one/upsales/whoami".into(),
            home: "http://127.0.0.1:8081/one/upsales".into(),
        }],
    );
    let page = mock.agent().get("/").await;
    let text = page.select("main").concat();
    let mut expected = vec![
        mock.tenant.id.clone(),
        mock.tenant.issuer.clone(),
        mock.tenant.metadata.clone(),
        "Fabrikam".into(),
        "contoso.com".into(),
    ];
    for app in &mock.tenant.apps {
        expected.extend(
            [
                &app.name,
                &app.metadata,
                &app.login_url,
                &app.launch,
                &app.identifiers[0],
                &app.reply_urls[0],
            ]
            .map(String::clone),
        );
    }
    expected.extend(mock.tenant.users.iter().map(|user| user.upn.clone()));
    expected.extend(["entrant-demo", "/one/upsales/login", "/one/upsales/whoami"].map(str::to_owned));
    for part in expected {
        assert!(text.contains(&part), "{part}");
    }
    assert_eq!(
        page.attribute(".tenant-block .button", "href"),
        Some(format!("http://localhost:8080/myapps/{}", mock.tenant.id))
    );
}

/// guides/README.md: the start page says, per guide, what to use instead of its addresses; by heading and row header.
#[tokio::test]
async fn the_start_page_replaces_the_addresses_of_each_guide() {
    let mock = Mock::contoso();
    let fabrikam = "http://127.0.0.1:8081/fabrikam";
    let tenant = mock
        .idp
        .put_tenant(mock_idp::embedded("fabrikam").unwrap(), Some(fabrikam))
        .unwrap();
    let page = mock.agent().get("/").await;
    let portal = format!("http://localhost:8080/portal/{}", tenant.id);
    let my_apps = format!("http://localhost:8080/myapps/{}", tenant.id);
    let at = |path: &str| format!("{fabrikam}/{path}");
    for (product, says, expected) in [
        ("Upsales", "portal.azure.com", portal.clone()),
        (
            "Upsales",
            "Settings → Account → Security → Single sign-on",
            at("upsales/settings"),
        ),
        (
            "Upsales",
            "a user of Upsales",
            "B.Simon@fabrikam.onmicrosoft.com".into(),
        ),
        ("IOMETE", "Microsoft Entra admin center", portal.clone()),
        ("IOMETE", "the IOMETE console", at("iomete")),
        (
            "IOMETE",
            "the user's mail in IOMETE",
            "b.simon@fabrikam.onmicrosoft.com".into(),
        ),
        ("sipgate", "your Microsoft account", portal.clone()),
        ("sipgate", "sipgate.de", at("sipgate")),
        ("sipgate", "sipgate Support", at("sipgate/accounts")),
        ("sipgate", "our ACS URL", at("sipgate/sipgate-sso-1234567/acs")),
        ("Upwork Enterprise", "https://entra.microsoft.com", portal),
        (
            "Upwork Enterprise",
            "https://www.upwork.com/ab/account-security/login",
            at("upwork/login"),
        ),
        (
            "Upwork Enterprise",
            "https://support.upwork.com/hc/",
            at("upwork/settings"),
        ),
        ("Upwork Enterprise", "Microsoft My Apps", my_apps),
        (
            "Upwork Enterprise",
            "at least a Cloud Application Administrator",
            "admin@fabrikam.onmicrosoft.com".into(),
        ),
    ] {
        assert_eq!(
            page.replacement(product, says).as_deref(),
            Some(expected.as_str()),
            "{product}: {says}"
        );
    }
    // Where applications are configured already no guide is followed.
    assert_eq!(page.select(".guides").len(), 1);
}

/// What a person needs to sign in as each user, and to sign out again.
#[tokio::test]
async fn the_start_page_tells_how_each_user_signs_in() {
    let mock = Mock::contoso();
    for (user, values) in [
        ("B.Simon", json!({"mfa": true, "mfa_code": "654321"})),
        ("D.Weber", json!({"locked": true, "password_expired": true})),
        (
            "U.Keller",
            json!({"authentication": "passcode", "mfa_code": "777777"}),
        ),
        ("A.Nowak", json!({"authentication": "windows-hello"})),
    ] {
        let action = json!({"user": user, "action": "set", "values": values});
        mock.control("POST", "/users", action).await;
    }
    let page = mock.agent().get("/").await;
    let row = |page: &crate::agent::Page, user: &str| {
        let rows = page.select(".users > div");
        let row = rows.into_iter().find(|row| row.contains(&upn(user))).unwrap();
        row.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    for (user, end) in [
        ("B.Simon", "second factor password entrant-demo code 654321"),
        (
            "D.Weber",
            "account disabled, account locked, password expired password entrant-demo",
        ),
        (
            "U.Keller",
            "signs in with a passcode password entrant-demo code 777777",
        ),
    ] {
        assert!(row(&page, user).ends_with(end), "{}", row(&page, user));
    }
    let nowak = row(&page, "A.Nowak");
    assert!(nowak.contains("signs in with Windows Hello"), "{nowak}");
    assert!(!nowak.contains(" code "), "nobody asks for one: {nowak}");
    let sign_out = format!("http://localhost:8080/{}/oauth2/logout", mock.tenant.id);
    assert_eq!(
        page.attribute(".tenant-block .button + .button", "href"),
        Some(sign_out)
    );
    let text = page.select("main").concat();
    for part in [
        "entrant-user: B.Simon",
        "POST /_entrant/v1/tenants/{tenant}/sign-in",
    ] {
        assert!(text.contains(part), "{part}");
    }
    let policy = json!([{"name": "MFA", "grant": "mfa", "users": ["A.Nowak"], "apps": ["Upsales"]}]);
    mock.control("PATCH", "", json!({ "conditional_access": policy }))
        .await;
    let page = mock.agent().get("/").await;
    assert!(row(&page, "A.Nowak").ends_with("code 123456"));
    assert!(!row(&page, "D.Weber").contains(" code "));
}

/// design.md 5: every page says what it is not.
#[tokio::test]
async fn every_page_says_that_it_is_not_microsoft() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    let mut pages = vec![
        agent.get("/").await,
        agent.get("/nothing/here/at/all").await,
        agent.get(&mock.path("saml2")).await,
    ];
    let name = agent.get("/myapps/contoso.com").await;
    let password = agent.submit(&name, &[("loginfmt", &upn("B.Simon"))]).await;
    pages.push(agent.submit(&password, &[("passwd", "entrant-demo")]).await);
    pages.pop();
    pages.extend([
        name,
        password,
        agent.get("/myapps/contoso.com").await,
        agent.get(&mock.app("sipgate").launch).await,
    ]);
    pages.push(agent.get(&mock.path("oauth2/logout")).await);
    for page in pages {
        assert!(page.body.contains("It is not Microsoft"), "{}", page.body);
        assert!(
            page.header(axum::http::header::CONTENT_SECURITY_POLICY)
                .starts_with("default-src 'none'")
        );
    }
}

/// 404 and 405 say what is there; health needs no name.
#[tokio::test]
async fn what_is_not_there() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    let missing = agent.get("/nothing").await;
    assert_eq!(missing.status, 404);
    assert!(missing.body.contains("/{tenant}/saml2") && missing.body.contains("/nothing"));
    let wrong = agent
        .send("PUT", &mock.path("login"), String::new(), "text/plain")
        .await;
    assert_eq!(wrong.status, 405);
    assert!(wrong.body.contains("does not answer PUT"));
    let huge = agent
        .send("POST", &mock.path("saml2"), "x".repeat(5 << 20), "text/plain")
        .await;
    assert_eq!(huge.status, 413);
    agent.host = Some("evil.example".to_owned());
    let refused = agent.get("/").await;
    assert_eq!(refused.status, 421);
    for path in ["/livez", "/readyz", "/version"] {
        assert_eq!(agent.get(path).await.status, 200, "{path}");
    }
}
