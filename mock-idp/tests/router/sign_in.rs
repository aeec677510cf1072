//! The steps of the sign-in: what each asks, what it refuses, and that none is left out (entra-behaviour.md 7.2, 7.3).

use axum::http::header;
use control_api::flow::IdpEvent;
use control_api::tenant::Authentication;
use proptest::prelude::*;
use saml_accept::response::SignedAssertion;
use saml_model::names;
use serde_json::{Value, json};

use crate::agent::{Agent, Mock, Page, redirect, request, upn};

/// Puts keys over one of Contoso's users.
async fn set(mock: &Mock, user: &str, values: Value) {
    let action = json!({"user": user, "action": "set", "values": values});
    mock.control("POST", "/users", action).await;
}

async fn policies(mock: &Mock, policies: Value) {
    mock.control("PATCH", "", json!({ "conditional_access": policies }))
        .await;
}

/// Opens Upsales's tile and names the user.
async fn first_page(mock: &Mock, agent: &mut Agent, user: &str) -> Page {
    let page = agent.get(&mock.path_of_launch("Upsales")).await;
    agent.submit(&page, &[("loginfmt", &upn(user))]).await
}

async fn verified(mock: &Mock, page: &Page) -> SignedAssertion {
    mock.verify("Upsales", &page.delivered().xml).await.unwrap()
}

/// The class reference, and the values of authnmethodsreferences.
pub(crate) fn stated(signed: &SignedAssertion) -> (String, Vec<String>) {
    let assertion = signed.assertion();
    let methods = (assertion.attributes.iter())
        .find(|attribute| attribute.name == "http://schemas.microsoft.com/claims/authnmethodsreferences");
    let class_ref = assertion.authn_statements[0]
        .class_ref
        .clone()
        .unwrap_or_default();
    let methods = methods.map_or_else(Vec::new, |methods| methods.values.clone());
    (class_ref, methods)
}

/// 7.2: what a user is, and what the password page then says; the wrong password first, since whoever does not know it
/// learns nothing but that the account is locked.
#[tokio::test]
async fn an_account_that_may_not_sign_in_is_told_so() {
    for (values, wrong, right) in [
        (json!({}), "AADSTS50126", None),
        (
            json!({"account_enabled": false}),
            "AADSTS50126",
            Some("AADSTS50057"),
        ),
        (json!({"locked": true}), "AADSTS50053", Some("AADSTS50053")),
        (
            json!({"locked": true, "account_enabled": false}),
            "AADSTS50053",
            Some("AADSTS50053"),
        ),
        (
            json!({"password_expired": true}),
            "AADSTS50126",
            Some("AADSTS50055"),
        ),
    ] {
        let mock = Mock::contoso();
        set(&mock, "B.Simon", values.clone()).await;
        let mut agent = mock.agent();
        let page = first_page(&mock, &mut agent, "B.Simon").await;
        let page = agent.submit(&page, &[("passwd", "wrong")]).await;
        assert_eq!(page.aadsts().as_deref(), Some(wrong), "{values}");
        assert!(page.asks("passwd"), "it can be tried again");
        let page = agent.submit(&page, &[("passwd", "entrant-demo")]).await;
        assert_eq!(page.aadsts().as_deref(), right, "{values}");
    }
}

/// Entra's sentences for a field that was left empty have no code.
#[tokio::test]
async fn empty_fields_are_told_inline() {
    let mock = Mock::contoso();
    set(&mock, "A.Nowak", json!({"mfa": true})).await;
    let mut agent = mock.agent();
    let check = |page: &Page, id: &str, sentence: &str| {
        assert_eq!(page.aadsts(), None);
        assert_eq!(page.select(id), [sentence]);
    };
    let page = agent.get(&mock.path_of_launch("Upsales")).await;
    let page = agent.submit(&page, &[("loginfmt", " ")]).await;
    check(
        &page,
        "#usernameError",
        "Enter a valid email address, phone number, or Skype name.",
    );
    let page = agent.submit(&page, &[("loginfmt", &upn("A.Nowak"))]).await;
    let page = agent.submit(&page, &[("passwd", "")]).await;
    check(&page, "#passwordError", "Please enter your password.");
    let page = agent.submit(&page, &[("passwd", "entrant-demo")]).await;
    let page = agent.submit(&page, &[("otc", " ")]).await;
    check(
        &page,
        "#idSpan_SAOTCC_Error_OTC",
        "Please enter your verification code.",
    );
}

/// 7.2, 50020: a name by a domain of another tenant; one of a domain that is here too is just not found.
#[tokio::test]
async fn a_user_of_another_tenant_is_told_so() {
    let mock = Mock::contoso();
    let fabrikam = mock_idp::embedded("fabrikam").unwrap();
    let fabrikam = mock.idp.put_tenant(fabrikam, None).unwrap();
    let app = mock.app("Upsales");
    for (name, code) in [
        ("m.rossi@Fabrikam.onmicrosoft.com", "AADSTS50020"),
        ("nobody@fabrikam.onmicrosoft.com", "AADSTS50034"),
        ("m.rossi@contoso.com", "AADSTS50034"),
        ("m.rossi@nowhere.example", "AADSTS50034"),
        ("m.rossi", "AADSTS50034"),
    ] {
        let page = first_page(&mock, &mut mock.agent(), name).await;
        let page = match name.contains('@') {
            true => page,
            false => {
                let mut agent = mock.agent();
                let page = agent.get(&mock.path_of_launch("Upsales")).await;
                agent.submit(&page, &[("loginfmt", name)]).await
            }
        };
        assert_eq!(page.aadsts().as_deref(), Some(code), "{name}");
        if code == "AADSTS50020" {
            assert_eq!(
                page.error_text(),
                format!(
                    "AADSTS50020: User account 'M.Rossi@fabrikam.onmicrosoft.com' from identity provider 'https://sts.windows.net/{}/' does not exist in tenant 'Contoso' and cannot access the application '{}'(Upsales) in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Microsoft Entra user account.",
                    fabrikam.id, app.app_id
                )
            );
        }
    }
}

/// A guest signs in by the mail address that was invited.
#[tokio::test]
async fn a_guest_signs_in_by_mail() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    let page = agent.get(&mock.path_of_launch("Upsales")).await;
    let page = agent.sign_in(page, "Jo@Fabrikam.com").await;
    assert_eq!(
        verified(&mock, &page).await.assertion().name_id().unwrap().value,
        "jo@fabrikam.com"
    );
}

/// 7.2, 50055: the new password is the user's from then on.
#[tokio::test]
async fn an_expired_password_is_changed() {
    let mock = Mock::contoso();
    set(&mock, "B.Simon", json!({"password_expired": true})).await;
    let mut agent = mock.agent();
    let page = first_page(&mock, &mut agent, "B.Simon").await;
    let mut page = agent.submit(&page, &[("passwd", "entrant-demo")]).await;
    assert_eq!(page.heading(), "Update your password");
    let old = "entrant-demo";
    for (fields, sentence) in [
        (
            ["wrong", "new", "new"],
            "The current password you entered is incorrect. Please try again.",
        ),
        ([old, "", ""], "Please enter a new password."),
        (
            [old, "new", "mew"],
            "The passwords you entered do not match. Please try again.",
        ),
        (
            [old, old, old],
            "Choose a password that's different from your current one.",
        ),
    ] {
        let [old, new, confirmed] = fields;
        let fields = [("oldpwd", old), ("newpwd", new), ("confirmpwd", confirmed)];
        page = agent.submit(&page, &fields).await;
        assert_eq!(page.select("#passwordError"), [sentence]);
        assert!(agent.cookies.keys().all(|name| !name.starts_with("ESTSAUTH")));
    }
    let fields = [("oldpwd", old), ("newpwd", "new"), ("confirmpwd", "new")];
    let page = agent.submit(&page, &fields).await;
    assert_eq!(page.heading(), "Stay signed in?");
    agent.submit(&page, &[]).await.delivered();
    let mut agent = mock.agent();
    let page = first_page(&mock, &mut agent, "B.Simon").await;
    let page = agent.submit(&page, &[("passwd", old)]).await;
    assert_eq!(page.aadsts().as_deref(), Some("AADSTS50126"));
    let page = agent.submit(&page, &[("passwd", "new")]).await;
    assert_eq!(page.heading(), "Stay signed in?");
}

/// 2.2, 3.2: each first factor with its page, and what the assertion says of it, alone and with a second factor.
#[tokio::test]
async fn every_method_states_itself() {
    let password = names::AUTHN_METHOD_PASSWORD;
    let (x509, windows) = (names::AUTHN_METHOD_X509, names::AUTHN_METHOD_WINDOWS);
    let multiple = names::AUTHN_METHOD_MULTIPLE;
    for (method, field, class_ref, alone, doubled) in [
        (
            "password",
            "passwd",
            names::AC_PASSWORD,
            vec![password],
            vec![password, multiple],
        ),
        (
            "certificate",
            "authMethodId",
            names::AC_X509,
            vec![x509],
            vec![x509, multiple],
        ),
        // These two count as two factors, so nothing more is asked.
        (
            "windows-hello",
            "authMethodId",
            names::AC_X509,
            vec![x509, multiple],
            vec![x509, multiple],
        ),
        (
            "passcode",
            "otc",
            names::AC_PASSWORD,
            vec![multiple],
            vec![multiple],
        ),
        (
            "windows",
            "authMethodId",
            names::AC_WINDOWS,
            vec![windows],
            vec![windows, multiple],
        ),
    ] {
        for (mfa, expected) in [(false, &alone), (true, &doubled)] {
            let mock = Mock::contoso();
            set(&mock, "B.Simon", json!({"authentication": method, "mfa": mfa})).await;
            let mut agent = mock.agent();
            let page = first_page(&mock, &mut agent, "B.Simon").await;
            assert!(page.asks(field), "{method}: {}", page.body);
            let page = agent.get(&mock.path_of_launch("Upsales")).await;
            let page = agent.sign_in(page, "B.Simon").await;
            let (stated_class, stated_methods) = stated(&verified(&mock, &page).await);
            assert_eq!(stated_class, class_ref, "{method}");
            assert_eq!(&stated_methods, expected, "{method} mfa={mfa}");
        }
    }
}

/// 7.2, 500121 and 50076: a user or a policy wants a second factor; a wrong code may be tried again.
#[tokio::test]
async fn a_second_factor_is_asked_for_where_it_is_demanded() {
    let mfa = |users: &[&str], apps: &[&str], enabled| json!([{"name": "MFA", "enabled": enabled, "users": users, "apps": apps, "grant": "mfa"}]);
    for (user, policy, asked) in [
        (json!({}), json!([]), false),
        (json!({"mfa": true}), json!([]), true),
        (json!({}), mfa(&[], &[], true), true),
        (json!({}), mfa(&[], &[], false), false),
        (json!({}), mfa(&["b.simon"], &["upsales"], true), true),
        (json!({}), mfa(&["A.Nowak"], &[], true), false),
        (json!({}), mfa(&[], &["sipgate"], true), false),
    ] {
        let mock = Mock::contoso();
        set(&mock, "B.Simon", user.clone()).await;
        policies(&mock, policy.clone()).await;
        let mut agent = mock.agent();
        let page = first_page(&mock, &mut agent, "B.Simon").await;
        let page = agent.submit(&page, &[("passwd", "entrant-demo")]).await;
        assert_eq!(page.heading() == "Enter code", asked, "{user} {policy}");
        if !asked {
            continue;
        }
        assert_eq!(
            page.attribute("#idTxtBx_SAOTCC_OTC", "name").as_deref(),
            Some("otc")
        );
        let page = agent.submit(&page, &[("otc", "000000")]).await;
        assert_eq!(page.aadsts().as_deref(), Some("AADSTS500121"));
        let told = page.select("#idSpan_SAOTCC_Error_OTC").concat();
        assert!(told.starts_with("You didn't enter the expected verification code. Please try again."));
        let page = agent.submit(&page, &[("otc", " 123456 ")]).await;
        assert_eq!(page.heading(), "Stay signed in?");
        let (_, methods) = stated(&verified(&mock, &agent.submit(&page, &[]).await).await);
        assert_eq!(methods.last().unwrap(), names::AUTHN_METHOD_MULTIPLE);
    }
}

/// 7.2, 7.3: a refusal of Conditional Access comes after the first factor and before the assignment, for sessions too,
/// and a block outweighs the rest.
#[tokio::test]
async fn conditional_access_refuses() {
    for (grants, code) in [
        (vec!["block"], "AADSTS53003"),
        (vec!["compliant-device"], "AADSTS53000"),
        (vec!["hybrid-joined-device"], "AADSTS53001"),
        (vec!["approved-app"], "AADSTS53002"),
        (vec!["mfa", "approved-app", "block"], "AADSTS53003"),
    ] {
        let mock = Mock::contoso();
        let mut agent = mock.agent();
        // Not assigned, which is not told.
        let page = agent.get(&mock.path_of_launch("Upsales")).await;
        let page = agent.sign_in(page, "U.Keller").await;
        assert_eq!(page.aadsts().as_deref(), Some("AADSTS50105"));
        let rows = grants.iter().enumerate();
        let rows: Vec<_> = rows
            .map(|(index, grant)| json!({"name": index.to_string(), "apps": ["Upsales"], "grant": grant}))
            .collect();
        policies(&mock, json!(rows)).await;
        let page = agent.get(&mock.path_of_launch("Upsales")).await;
        assert_eq!(page.aadsts().as_deref(), Some(code), "the session: {grants:?}");
        let mut agent = mock.agent();
        let page = first_page(&mock, &mut agent, "U.Keller").await;
        let wrong = agent.submit(&page, &[("passwd", "wrong")]).await;
        assert_eq!(wrong.aadsts().as_deref(), Some("AADSTS50126"));
        let page = agent.submit(&wrong, &[("passwd", "entrant-demo")]).await;
        assert_eq!(page.aadsts().as_deref(), Some(code), "{grants:?}");
        // Elsewhere nothing is refused.
        let page = agent.get(&mock.path_of_launch("sipgate")).await;
        assert_eq!(page.aadsts().as_deref(), Some("AADSTS50105"));
    }
}

/// A session that begins where a policy refuses is good elsewhere, so the password is changed first.
#[tokio::test]
async fn a_refusal_does_not_skip_an_expired_password() {
    let mock = Mock::contoso();
    set(&mock, "B.Simon", json!({"password_expired": true})).await;
    policies(
        &mock,
        json!([{"name": "p", "apps": ["Upsales"], "grant": "block"}]),
    )
    .await;
    let mut agent = mock.agent();
    let page = first_page(&mock, &mut agent, "B.Simon").await;
    let page = agent.submit(&page, &[("passwd", "entrant-demo")]).await;
    assert_eq!(page.aadsts().as_deref(), Some("AADSTS50055"));
    // Nothing typed is told too.
    let page = agent.submit(&page, &[("oldpwd", "")]).await;
    assert!(
        page.body
            .contains("The current password you entered is incorrect.")
    );
    let elsewhere = agent.get(&mock.path_of_launch("sipgate")).await;
    assert!(elsewhere.asks("loginfmt"), "nobody is signed in");
}

/// A session that lacks the second factor gets the code page alone, and has it from then on.
#[tokio::test]
async fn a_session_is_stepped_up() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    let page = agent.get(&mock.path_of_launch("Upsales")).await;
    let first = verified(&mock, &agent.sign_in(page, "B.Simon").await).await;
    mock.control("PUT", "/clock", json!({"offset": "+5m"})).await;
    policies(&mock, json!([{"name": "MFA", "grant": "mfa"}])).await;
    let page = agent.get(&mock.path_of_launch("Upsales")).await;
    assert_eq!(page.heading(), "Enter code");
    let wrong = agent.submit(&page, &[("otc", "1")]).await;
    assert_eq!(wrong.aadsts().as_deref(), Some("AADSTS500121"));
    let stepped = verified(&mock, &agent.submit(&wrong, &[("otc", "123456")]).await).await;
    assert_eq!(
        stepped.assertion().authn_statements[0].authn_instant,
        first.assertion().authn_statements[0].authn_instant,
        "AuthnInstant stays (uncertain)"
    );
    assert_eq!(
        stated(&stepped).1,
        [names::AUTHN_METHOD_PASSWORD, names::AUTHN_METHOD_MULTIPLE]
    );
    agent.get(&mock.path_of_launch("sipgate")).await.delivered();
    // Nobody can be asked: the SP is told.
    let mut agent = mock.agent();
    policies(&mock, json!([])).await;
    let page = agent.get(&mock.path_of_launch("Upsales")).await;
    agent.sign_in(page, "B.Simon").await.delivered();
    policies(&mock, json!([{"name": "MFA", "grant": "mfa"}])).await;
    let app = mock.app("Upsales");
    let mut passive = request(&app);
    passive.is_passive = true;
    let xml = agent.get(&redirect(&app, &passive)).await.delivered().xml;
    assert!(
        xml.contains("AADSTS50058") && xml.contains(names::STATUS_NO_PASSIVE),
        "{xml}"
    );
}

/// "Stay signed in?": Yes outlives the browser, No does not, and "Don't show this again" is remembered with its answer.
#[tokio::test]
async fn stay_signed_in() {
    let mock = Mock::contoso();
    for (fields, persistent) in [
        (vec![], false),
        (vec![("LoginOptions", "3")], false),
        (vec![("LoginOptions", "No")], false),
        (vec![("LoginOptions", "1")], true),
        (vec![("LoginOptions", "Yes")], true),
        (vec![("LoginOptions", "1"), ("DontShowAgain", "true")], true),
        (vec![("DontShowAgain", "true")], false),
    ] {
        let mut agent = mock.agent();
        let page = agent.get(&mock.path_of_launch("Upsales")).await;
        let page = agent.enter(page, "B.Simon").await;
        let page = agent.submit(&page, &fields).await;
        page.delivered();
        let lives = |page: &Page| {
            let cookies = page.headers.get_all(header::SET_COOKIE).iter();
            let cookies: Vec<_> = cookies
                .map(|value| value.to_str().unwrap())
                .filter(|value| value.starts_with("ESTSAUTH"))
                .collect();
            assert_eq!(cookies.len(), 2, "a cookie and its twin");
            cookies.iter().all(|value| value.contains("Max-Age=7776000"))
        };
        assert_eq!(lives(&page), persistent, "{fields:?}");
        // The next sign-in of the same browser.
        agent.cookies.retain(|name, _| !name.starts_with("ESTSAUTH"));
        let page = agent.get(&mock.path_of_launch("Upsales")).await;
        let page = agent.enter(page, "B.Simon").await;
        match fields.iter().any(|(name, _)| *name == "DontShowAgain") {
            true => {
                page.delivered();
                assert_eq!(lives(&page), persistent, "{fields:?}");
            }
            false => assert_eq!(page.heading(), "Stay signed in?"),
        }
    }
    mock.control("PATCH", "", json!({"tenant": {"stay_signed_in": false}}))
        .await;
    let mut agent = mock.agent();
    let page = agent.get(&mock.path_of_launch("Upsales")).await;
    agent.enter(page, "B.Simon").await.delivered();
}

/// "Back" leads to the page before, and the browser's own Back to the page whose form is then posted.
#[tokio::test]
async fn the_way_back() {
    let mock = Mock::contoso_of_two().await;
    set(&mock, "B.Simon", json!({"mfa": true})).await;
    let mut agent = mock.agent();
    let name = agent.get(&mock.path_of_launch("Upsales")).await;
    let password = agent.submit(&name, &[("loginfmt", &upn("B.Simon"))]).await;
    let code = agent.submit(&password, &[("passwd", "entrant-demo")]).await;
    let back = agent.submit(&code, &[("back", "Back"), ("otc", "123456")]).await;
    assert_eq!(back.heading(), "Enter password");
    let code = agent.submit(&back, &[("passwd", "entrant-demo")]).await;
    let stay = agent.submit(&code, &[("otc", "123456")]).await;
    assert_eq!(stay.heading(), "Stay signed in?");
    // The password once more: the second factor is asked for again.
    let again = agent.submit(&password, &[("passwd", "entrant-demo")]).await;
    assert_eq!(again.heading(), "Enter code");
    // Another name: everything is asked for again.
    let other = agent.submit(&name, &[("loginfmt", &upn("A.Nowak"))]).await;
    assert_eq!(other.select("#displayName"), [upn("A.Nowak")]);
    let stay = agent.submit(&other, &[("passwd", "entrant-demo")]).await;
    let page = agent.submit(&stay, &[]).await;
    let flow = verified(&mock, &page).await;
    let attributes = flow.assertion().attributes.iter();
    let mut values = attributes.flat_map(|attribute| &attribute.values);
    assert!(values.any(|value| *value == upn("A.Nowak")));
}

/// A flow's events tell the refusals in the order in which the user ran into them.
#[tokio::test]
async fn refusals_are_recorded() {
    let mock = Mock::contoso();
    set(&mock, "B.Simon", json!({"mfa": true})).await;
    let mut agent = mock.agent();
    agent.flow = Some("steps".to_owned());
    let page = first_page(&mock, &mut agent, "B.Simon").await;
    let page = agent.submit(&page, &[("passwd", "wrong")]).await;
    let page = agent.submit(&page, &[("passwd", "entrant-demo")]).await;
    let page = agent.submit(&page, &[("otc", "1")]).await;
    let page = agent.submit(&page, &[("otc", "123456")]).await;
    agent.submit(&page, &[]).await.delivered();
    let events = mock.flow("steps").await.events.into_iter();
    let words = events.map(|event| match event {
        IdpEvent::Stopped { code, .. } => code,
        IdpEvent::Authenticated { by_session, .. } => format!("authenticated {by_session}"),
        IdpEvent::ResponseIssued { .. } => "issued".to_owned(),
        other => format!("{other:?}"),
    });
    assert_eq!(
        words.collect::<Vec<_>>(),
        ["AADSTS50126", "AADSTS500121", "authenticated false", "issued"]
    );
}

/// One field of a random form, right or wrong.
fn field() -> impl Strategy<Value = (&'static str, String)> {
    let value = |name: &'static str, values: &'static [&'static str]| {
        proptest::sample::select(values).prop_map(move |value| (name, value.to_owned()))
    };
    prop_oneof![
        value(
            "loginfmt",
            &["B.Simon@contoso.onmicrosoft.com", "nobody@contoso.com", ""]
        ),
        value("passwd", &["entrant-demo", "wrong", "new", ""]),
        value("otc", &["123456", "1", ""]),
        value("authMethodId", &["certificate", "windows", "password", "x"]),
        value("oldpwd", &["entrant-demo", "new", "wrong"]),
        value("newpwd", &["new", "newer"]),
        value("confirmpwd", &["new", "newer"]),
        value("LoginOptions", &["1", "3"]),
        value("type", &["28"]),
        value("DontShowAgain", &["true"]),
        value("session", &["00000000-0000-0000-0000-000000000000", "x"]),
        value("another", &["1"]),
        value("back", &["Back"]),
    ]
}

/// What must have been posted before a session may begin, in any order of wrong answers between.
fn demanded(method: Authentication, mfa: bool) -> Vec<(&'static str, &'static [&'static str])> {
    let first: (_, &[_]) = match method {
        Authentication::Certificate => ("authMethodId", &["certificate"]),
        _ => ("passwd", &["entrant-demo", "new", "newer"]),
    };
    let code: (_, &[_]) = ("otc", &["123456"]);
    std::iter::once(first).chain(mfa.then_some(code)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever is posted in whatever order: no session without every demanded factor, in the order of the pages, and
    /// never an error of the mock's own.
    #[test]
    fn no_factor_is_left_out(
        certificate in any::<bool>(),
        mfa in any::<bool>(),
        expired in any::<bool>(),
        posts in proptest::collection::vec(proptest::collection::vec(field(), 0..3), 1..14),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mock = Mock::contoso();
            let word = if certificate { "certificate" } else { "password" };
            let values = json!({"authentication": word, "mfa": mfa, "password_expired": expired});
            set(&mock, "B.Simon", values).await;
            let mut agent = mock.agent();
            let form = agent.get(&mock.path_of_launch("Upsales")).await.form();
            let method = if certificate { Authentication::Certificate } else { Authentication::Password };
            let mut left = demanded(method, mfa).into_iter().peekable();
            for fields in &posts {
                let mut posted: Vec<_> = form.fields.iter()
                    .filter(|(name, _)| name != "loginfmt")
                    .map(|(name, value)| (name.as_str(), value.as_str()))
                    .collect();
                posted.extend(fields.iter().map(|(name, value)| (*name, value.as_str())));
                let page = agent.post(&form.action, &posted).await;
                assert!(page.status.as_u16() < 500, "{posts:?}");
                // One post passes one factor at most.
                if let Some((name, values)) = left.peek()
                    && fields.iter().any(|(posted, value)| posted == name && values.contains(&value.as_str()))
                {
                    left.next();
                }
                let signed_in = agent.cookies.keys().any(|name| name.starts_with("ESTSAUTH"));
                assert!(!signed_in || left.peek().is_none(), "{posts:?}");
            }
        });
    }
}
