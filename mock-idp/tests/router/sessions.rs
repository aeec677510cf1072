//! Who answers for a request: one session, one of several, a person, or nobody (entra-behaviour.md 2.1 to 2.3, 3.6).

use jiff::Timestamp;
use saml_accept::response::SignedAssertion;
use saml_model::{RequestedAuthnContext, names};
use serde_json::json;

use crate::agent::{Agent, Mock, Page, redirect, request, upn};
use crate::sign_in::stated;

async fn verified(mock: &Mock, page: &Page) -> SignedAssertion {
    mock.verify("Upsales", &page.delivered().xml).await.unwrap()
}

/// The user of a response.
async fn who(mock: &Mock, page: &Page) -> String {
    let signed = verified(mock, page).await;
    let claim = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name";
    let attributes = &signed.assertion().attributes;
    let name = attributes
        .iter()
        .find(|attribute| attribute.name == claim)
        .unwrap();
    name.values[0].clone()
}

fn instant(signed: &SignedAssertion) -> Timestamp {
    signed.assertion().authn_statements[0].authn_instant
}

/// An agent who is signed in as each of the users.
async fn signed_in(mock: &Mock, users: &[&str]) -> Agent {
    let mut agent = mock.agent();
    for user in users {
        let hint = upn(user);
        let page = agent
            .get(&format!("{}&login_hint={hint}", mock.path_of_launch("Upsales")))
            .await;
        let page = agent.submit(&page, &[("passwd", "entrant-demo")]).await;
        agent.submit(&page, &[]).await.delivered();
    }
    agent
}

/// What a page is, in a word.
fn kind(page: &Page) -> String {
    if page.asks("SAMLResponse") {
        let xml = page.delivered().xml;
        return match xml.contains(names::STATUS_NO_PASSIVE) {
            true => "no passive".to_owned(),
            false => "response".to_owned(),
        };
    }
    page.aadsts().unwrap_or_else(|| page.heading())
}

/// 2.1, 2.3: how many are signed in, what the request says, and who then answers.
#[tokio::test]
async fn who_answers() {
    let mock = Mock::contoso_of_two().await;
    let app = mock.app("Upsales");
    let (one, two): (&[&str], &[&str]) = (&["B.Simon"], &["B.Simon", "A.Nowak"]);
    let (simon, nowak) = (upn("B.Simon"), upn("A.Nowak"));
    let nobody = "nobody@contoso.com";
    // users, ForceAuthn, IsPassive, login_hint, page, name on it
    for (users, force, passive, hint, expected, shown) in [
        (&[][..], false, false, "", "Sign in", ""),
        (&[], true, false, "", "Sign in", ""),
        (&[], false, true, "", "no passive", ""),
        (
            &[],
            false,
            false,
            simon.as_str(),
            "Enter password",
            simon.as_str(),
        ),
        (&[], false, true, &simon, "no passive", ""),
        (&[], false, false, nobody, "Sign in", nobody),
        (one, false, false, "", "response", &simon),
        (one, true, false, "", "Enter password", &simon),
        (one, false, true, "", "response", &simon),
        (one, true, true, "", "no passive", ""),
        (one, false, false, &simon, "response", &simon),
        (one, false, false, &nowak, "Enter password", &nowak),
        (one, false, true, &nowak, "no passive", ""),
        (one, false, false, nobody, "Sign in", nobody),
        (two, false, false, "", "Pick an account", ""),
        (two, true, false, "", "Pick an account", ""),
        (two, false, true, "", "no passive", ""),
        (two, false, false, &simon, "response", &simon),
        (two, false, true, &nowak, "response", &nowak),
        (two, true, false, &nowak, "Enter password", &nowak),
    ] {
        let mut agent = signed_in(&mock, users).await;
        let mut asked = request(&app);
        (asked.force_authn, asked.is_passive) = (force, passive);
        let mut url = redirect(&app, &asked);
        if !hint.is_empty() {
            url = format!("{url}&login_hint={hint}");
        }
        let page = agent.get(&url).await;
        let case = format!("{users:?} force={force} passive={passive} {hint}");
        assert_eq!(kind(&page), expected, "{case}");
        match expected {
            "response" => assert_eq!(who(&mock, &page).await, shown, "{case}"),
            "Enter password" => assert_eq!(page.select("#displayName"), [shown], "{case}"),
            "Sign in" => assert_eq!(
                page.attribute("#i0116", "value").as_deref(),
                Some(shown),
                "{case}"
            ),
            _ => {}
        }
    }
}

/// 3.6: the failure has neither Destination nor Assertion nor Signature.
#[tokio::test]
async fn a_passive_failure_goes_to_the_sp() {
    let mock = Mock::contoso();
    let app = mock.app("Upsales");
    let mut passive = request(&app);
    passive.is_passive = true;
    let delivered = mock.agent().get(&redirect(&app, &passive)).await.delivered();
    assert_eq!(delivered.acs, app.reply_urls[0]);
    assert_eq!(delivered.relay_state.as_deref(), Some("back"));
    for (part, there) in [
        ("InResponseTo=\"_request\"", true),
        (names::STATUS_RESPONDER, true),
        (
            "AADSTS50058: A silent sign-in request was sent but no user is signed in.",
            true,
        ),
        ("\nTrace ID: ", true),
        ("\nTimestamp: ", true),
        ("Correlation", false),
        ("&#xD;", false),
        ("Destination=", false),
        ("<Assertion", false),
        ("Signature", false),
    ] {
        assert_eq!(delivered.xml.contains(part), there, "{part} in {}", delivered.xml);
    }
}

/// The picker: its tiles, the other account, and back to it.
#[tokio::test]
async fn an_account_is_picked() {
    let mock = Mock::contoso_of_two().await;
    let mut agent = signed_in(&mock, &["B.Simon", "A.Nowak"]).await;
    let tile = mock.path_of_launch("Upsales");
    let page = agent.get(&tile).await;
    assert_eq!(page.heading(), "Pick an account");
    let simon = format!("[data-test-id='{}']", upn("B.Simon"));
    let session = page.attribute(&simon, "value").unwrap();
    assert_eq!(page.attribute(&simon, "name").as_deref(), Some("session"));
    assert!(page.attribute("#tilesHolder #otherTile", "name").is_some());
    let stranger = agent
        .submit(&page, &[("session", "7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10")])
        .await;
    assert_eq!(stranger.heading(), "Pick an account");
    let picked = agent.submit(&page, &[("session", &session)]).await;
    assert_eq!(who(&mock, &picked).await, upn("B.Simon"));
    let page = agent.get(&tile).await;
    let other = agent.submit(&page, &[("another", "1")]).await;
    assert_eq!(other.heading(), "Sign in");
    let back = agent.submit(&other, &[("back", "Back")]).await;
    assert_eq!(back.heading(), "Pick an account");
    let other = agent.submit(&back, &[("another", "1")]).await;
    let guest = agent.sign_in(other, "jo@fabrikam.com").await;
    guest.delivered();
    assert_eq!(agent.get(&tile).await.select(".account").len(), 4);
    // Another browser's session opens nothing here.
    let mut stranger = signed_in(&mock, &["B.Simon", "A.Nowak"]).await;
    let page = stranger.get(&tile).await;
    let page = stranger.submit(&page, &[("session", &session)]).await;
    assert_eq!(page.heading(), "Pick an account");
}

/// 2.1: `ForceAuthn` makes a new AuthnInstant, also of the account that was picked.
#[tokio::test]
async fn force_authn_asks_again() {
    let mock = Mock::contoso_of_two().await;
    let app = mock.app("Upsales");
    mock.control("PUT", "/clock", json!({"freeze": true})).await;
    let mut agent = signed_in(&mock, &["B.Simon", "A.Nowak"]).await;
    let hinted = format!("{}&login_hint={}", mock.path_of_launch("Upsales"), upn("B.Simon"));
    let first = instant(&verified(&mock, &agent.get(&hinted).await).await);
    let clock = mock.control("PUT", "/clock", json!({"offset": "+10m"})).await;
    let again = instant(&verified(&mock, &agent.get(&hinted).await).await);
    assert_eq!(again, first, "a session keeps it");
    let mut forced = request(&app);
    forced.force_authn = true;
    let page = agent.get(&redirect(&app, &forced)).await;
    let simon = format!("[data-test-id='{}']", upn("B.Simon"));
    let session = page.attribute(&simon, "value").unwrap();
    let page = agent.submit(&page, &[("session", &session)]).await;
    assert_eq!(page.select("#displayName"), [upn("B.Simon")]);
    let page = agent.submit(&page, &[("passwd", "entrant-demo")]).await;
    let forced = instant(&verified(&mock, &agent.submit(&page, &[]).await).await);
    let now: Timestamp = clock["now"].as_str().unwrap().parse().unwrap();
    assert_eq!(forced.as_second(), now.as_second());
}

/// 2.2: the requested class reference is compared with the session's own method.
#[tokio::test]
async fn requested_authn_context_is_compared_with_the_session() {
    let ppt = names::AC_PASSWORD_PROTECTED_TRANSPORT;
    let listed = "urn:oasis:names:tc:SAML:2.0:ac:classes:Unspecified";
    let smartcard = "urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard";
    let hello = "X509, MultiFactor, X509Device";
    for (method, mfa, wanted, words) in [
        ("password", false, vec![], None),
        ("password", false, vec![names::AC_PASSWORD], None),
        ("password", true, vec![ppt], None),
        ("password", false, vec![names::AC_UNSPECIFIED], None),
        ("password", false, vec![listed], None),
        ("windows", false, vec![listed], None),
        ("password", false, vec![smartcard, names::AC_PASSWORD], None),
        (
            "password",
            false,
            vec![names::AC_X509],
            Some(("Password", "X509")),
        ),
        (
            "password",
            true,
            vec![names::AC_X509],
            Some(("Password, MultiFactor", "X509")),
        ),
        (
            "password",
            false,
            vec![smartcard],
            Some(("Password", "Smartcard")),
        ),
        ("certificate", false, vec![names::AC_X509], None),
        (
            "certificate",
            false,
            vec![ppt],
            Some(("X509", "Password, ProtectedTransport")),
        ),
        (
            "certificate",
            true,
            vec![ppt],
            Some(("X509, MultiFactor", "Password, ProtectedTransport")),
        ),
        ("windows-hello", false, vec![names::AC_X509], None),
        (
            "windows-hello",
            false,
            vec![ppt],
            Some((hello, "Password, ProtectedTransport")),
        ),
        ("windows", false, vec![names::AC_WINDOWS], None),
        ("windows", false, vec![names::AC_KERBEROS], None),
        (
            "windows",
            false,
            vec![names::AC_PASSWORD],
            Some(("WindowsIntegrated", "Password")),
        ),
        (
            "passcode",
            false,
            vec![ppt],
            Some(("MultiFactor, OneTimePasscode", "Password, ProtectedTransport")),
        ),
    ] {
        let mock = Mock::contoso();
        let values = json!({"authentication": method, "mfa": mfa});
        mock.control(
            "POST",
            "/users",
            json!({"user": "B.Simon", "action": "set", "values": values}),
        )
        .await;
        let mut agent = mock.agent();
        let page = agent.get(&mock.path_of_launch("Upsales")).await;
        agent.sign_in(page, "B.Simon").await.delivered();
        let app = mock.app("Upsales");
        let mut asked = request(&app);
        asked.requested_authn_context = (!wanted.is_empty()).then(|| RequestedAuthnContext {
            comparison: None,
            class_refs: wanted.iter().map(|&class_ref| class_ref.to_owned()).collect(),
        });
        let page = agent.get(&redirect(&app, &asked)).await;
        let case = format!("{method} mfa={mfa} {wanted:?}");
        match words {
            None => {
                let (class_ref, methods) = stated(&verified(&mock, &page).await);
                assert_eq!(class_ref == ppt, wanted == [ppt], "{case}: emitted back (S6)");
                assert_eq!(methods[0] == ppt, wanted == [ppt], "{case}");
            }
            Some((actual, requested)) => assert_eq!(
                page.error_text(),
                format!(
                    "AADSTS75011: Authentication method '{actual}' by which the user authenticated with the service doesn't match requested authentication method '{requested}'. Contact the Upsales application owner."
                ),
                "{case}"
            ),
        }
        // ForceAuthn cures it, for what a password satisfies.
        if words.is_some() && wanted == [ppt] {
            asked.force_authn = true;
            let page = agent.get(&redirect(&app, &asked)).await;
            assert_eq!(page.heading(), "Enter password", "{case}");
            let mut page = agent.submit(&page, &[("passwd", "entrant-demo")]).await;
            if page.asks("otc") {
                page = agent.submit(&page, &[("otc", "123456")]).await;
            }
            agent.submit(&page, &[]).await.delivered();
        }
    }
}

/// 2.2: the first login works, whatever the user's own method; section 0, C8: the documented list knows no
/// PasswordProtectedTransport.
#[tokio::test]
async fn the_first_login_by_password() {
    let mock = Mock::contoso();
    let values = json!({"authentication": "certificate"});
    mock.control(
        "POST",
        "/users",
        json!({"user": "B.Simon", "action": "set", "values": values}),
    )
    .await;
    let app = mock.app("Upsales");
    let mut asked = request(&app);
    asked.requested_authn_context = Some(RequestedAuthnContext {
        comparison: None,
        class_refs: vec![names::AC_PASSWORD_PROTECTED_TRANSPORT.to_owned()],
    });
    let mut agent = mock.agent();
    let page = agent.get(&redirect(&app, &asked)).await;
    agent.sign_in(page, "B.Simon").await.delivered();
    mock.patch_app("Upsales", json!({"switches": ["class-refs-as-documented"]}))
        .await;
    let page = agent.get(&redirect(&app, &asked)).await;
    assert_eq!(page.aadsts().as_deref(), Some("AADSTS75011"));
    let mut agent = mock.agent();
    let page = agent.get(&redirect(&app, &asked)).await;
    let page = agent.submit(&page, &[("loginfmt", &upn("B.Simon"))]).await;
    assert!(page.asks("authMethodId"), "nothing wants a password");
}

/// 2.2: a password is asked for only where the request wants one and the user's own method will not do.
#[tokio::test]
async fn the_users_own_method_comes_first() {
    let listed = "urn:oasis:names:tc:SAML:2.0:ac:classes:Unspecified";
    let ppt = names::AC_PASSWORD_PROTECTED_TRANSPORT;
    for (values, wanted, field) in [
        (
            json!({"authentication": "certificate"}),
            vec![names::AC_UNSPECIFIED],
            "authMethodId",
        ),
        (
            json!({"authentication": "certificate"}),
            vec![listed],
            "authMethodId",
        ),
        (
            json!({"authentication": "certificate"}),
            vec![names::AC_X509, ppt],
            "authMethodId",
        ),
        (json!({"authentication": "certificate"}), vec![ppt], "passwd"),
        (json!({"authentication": "passcode"}), vec![ppt], "passwd"),
        // Whoever gets passcodes by mail has no password.
        (json!({"user_type": "Guest", "home": "otp"}), vec![ppt], "otc"),
    ] {
        let mock = Mock::contoso();
        let set = json!({"user": "B.Simon", "action": "set", "values": values});
        mock.control("POST", "/users", set).await;
        let app = mock.app("Upsales");
        let mut asked = request(&app);
        asked.requested_authn_context = Some(RequestedAuthnContext {
            comparison: None,
            class_refs: wanted.iter().map(|&class_ref| class_ref.to_owned()).collect(),
        });
        let mut agent = mock.agent();
        let page = agent.get(&redirect(&app, &asked)).await;
        let page = agent.submit(&page, &[("loginfmt", &upn("B.Simon"))]).await;
        assert!(page.asks(field), "{values} {wanted:?}: {}", page.heading());
    }
}

/// A session ends with its user: deleted, even where the user comes back, and disabled.
#[tokio::test]
async fn a_session_ends_with_its_user() {
    let mock = Mock::contoso_of_two().await;
    let tile = mock.path_of_launch("Upsales");
    for (away, back, told) in [
        ("delete", "restore", "Sign in"),
        ("disable", "enable", "AADSTS50057"),
    ] {
        let mut agent = signed_in(&mock, &["A.Nowak"]).await;
        let action = |action: &str| json!({"user": "A.Nowak", "action": action});
        mock.control("POST", "/users", action(away)).await;
        assert_eq!(kind(&agent.get(&tile).await), told, "{away}");
        mock.control("POST", "/users", action(back)).await;
        assert_eq!(agent.get(&tile).await.heading(), "Sign in", "{away}");
    }
    // Whoever is locked out of signing in stays signed in.
    let mut agent = signed_in(&mock, &["A.Nowak"]).await;
    let locked = json!({"user": "A.Nowak", "action": "set", "values": {"locked": true}});
    mock.control("POST", "/users", locked).await;
    agent.get(&tile).await.delivered();
}

/// My Apps has the same ways in: several accounts are picked from, and the address says which was.
#[tokio::test]
async fn my_apps_of_one_of_several() {
    let mock = Mock::contoso_of_two().await;
    let mut agent = signed_in(&mock, &["B.Simon", "A.Nowak"]).await;
    let page = agent.get("/myapps/contoso.com").await;
    let simon = format!("[data-test-id='{}']", upn("B.Simon"));
    let session = page.attribute(&simon, "value").unwrap();
    let page = agent.submit(&page, &[("session", &session)]).await;
    assert_eq!(page.status, 303);
    let address = page.header(axum::http::header::LOCATION).to_owned();
    let page = agent.get(&address).await;
    assert!(page.body.contains(&upn("B.Simon")), "{}", page.body);
    assert_eq!(page.heading(), "My Apps");
    let block = json!({"conditional_access": [{"name": "all", "grant": "block"}]});
    mock.control("PATCH", "", block).await;
    assert_eq!(agent.get(&address).await.aadsts().as_deref(), Some("AADSTS53003"));
}
