//! The settings that keep people out who would have an account, and what a response that nobody asked for may not do.

use super::{requests::set, *};

/// Signs in at Upwork with a response that `change` changed: `signed-in` or the rejection.
async fn outcome(world: &World, change: impl FnOnce(&mut Response)) -> String {
    let mut response = good(world, "upwork", None);
    change(&mut response);
    let mut browser = Browser::default();
    browser.outcome(world, "upwork", &sign(&response)).await
}

fn called(name: &str) -> impl Fn(&mut Response) {
    move |response| {
        name_id(response).value = name.to_owned();
        set_attribute(response, names::CLAIM_NAME, &[name]);
        set_attribute(response, "Email", &[name]);
        set_attribute(response, names::CLAIM_EMAIL_ADDRESS, &[name]);
    }
}

fn from(provider: &str) -> impl Fn(&mut Response) {
    move |response| set_attribute(response, names::CLAIM_IDENTITY_PROVIDER, &[provider])
}

/// Catalogue prov-guest-blocked, prov-b2b-identityprovider.
#[tokio::test]
async fn members_only_lets_in_whose_identity_provider_is_the_issuer() {
    let world = World::new().await;
    let other = "https://sts.windows.net/00000000-0000-4000-8000-000000000000/";
    assert_eq!(outcome(&world, from(other)).await, "signed-in");
    set(&world, "upwork", r#"{"members_only":true}"#).await;
    assert_eq!(outcome(&world, from(ISSUER)).await, "signed-in");
    for guest in [
        other,
        "live.com",
        "google.com",
        "mail",
        ISSUER.trim_end_matches('/'),
    ] {
        assert_eq!(outcome(&world, from(guest)).await, "account-unknown", "{guest}");
    }
    assert_eq!(outcome(&world, |_| ()).await, "attribute-missing");
}

/// Catalogue prov-email-domain-unverified.
#[tokio::test]
async fn domains_keep_others_out_whatever_account_they_have() {
    let world = World::new().await;
    assert_eq!(outcome(&world, called("b@other.example")).await, "signed-in");
    set(
        &world,
        "upwork",
        r#"{"domains":["contoso.onmicrosoft.com","CONTOSO.com"]}"#,
    )
    .await;
    assert_eq!(outcome(&world, called("b@contoso.com")).await, "signed-in");
    assert_eq!(
        outcome(&world, called("b@other.example")).await,
        "account-unknown"
    );
    for place in ["Email", names::CLAIM_NAME] {
        let foreign = |response: &mut Response| set_attribute(response, place, &["b@other.example"]);
        assert_eq!(outcome(&world, foreign).await, "account-unknown", "{place}");
    }
    let foreign = |response: &mut Response| name_id(response).value = "b@other.example".to_owned();
    assert_eq!(outcome(&world, foreign).await, "account-unknown");
    let many = vec!["a"; 65];
    let body = serde_json::json!({"set": {"domains": many}}).to_string();
    let wrong = world.hook("upwork", "set", &body).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

/// Catalogue prov-seat-limit-rollback.
#[tokio::test]
async fn whoever_finds_no_seat_leaves_neither_account_nor_link() {
    let world = World::new().await;
    set(&world, "upwork", r#"{"accounts_max":1}"#).await;
    assert_eq!(outcome(&world, called("a@contoso.com")).await, "signed-in");
    assert_eq!(outcome(&world, called("b@contoso.com")).await, "account-unknown");
    let left = |world: &World| {
        let store = crate::instance::lock(&world.sp.inner.store);
        world.provider("upwork", |provider| {
            let accounts = store.accounts(&provider.scope).unwrap().len();
            (accounts, store.links(&provider.scope).unwrap().len())
        })
    };
    assert_eq!(left(&world), (1, 1));
    assert_eq!(outcome(&world, called("a@contoso.com")).await, "signed-in");
    set(&world, "upwork", r#"{"accounts_max":2}"#).await;
    assert_eq!(outcome(&world, called("b@contoso.com")).await, "signed-in");
    assert_eq!(left(&world), (2, 2));
    let wrong = world
        .hook("upwork", "set", r#"{"set":{"accounts_max":10001}}"#)
        .await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

/// Catalogue sess-forceauthn.
#[tokio::test]
async fn with_force_authn_an_older_authentication_does_not_count() {
    let by_age = async |world: &World, force: bool, age: i64| {
        let settings = format!(r#"{{"force_authn":{force}}}"#);
        set(world, "upsales", &settings).await;
        let mut browser = Browser::default();
        let request = browser.login(world, "upsales").await;
        let mut response = good(world, "upsales", Some(&request));
        assertion(&mut response).authn_statements[0].authn_instant = seconds(-age);
        browser.outcome(world, "upsales", &sign(&response)).await
    };
    let world = World::new().await;
    // The skew is 180 s.
    for (force, age, expected) in [
        (true, 0, "signed-in"),
        (true, 180, "signed-in"),
        (true, 181, "outside-validity"),
        (false, 181, "signed-in"),
    ] {
        assert_eq!(by_age(&world, force, age).await, expected, "{force} {age}");
    }
    let lenient = World::without("outside-validity").await;
    assert_eq!(by_age(&lenient, true, 181).await, "signed-in");
}

/// A response that nobody asked for is not what goes around it, and no clock makes an authentication of times to come.
#[tokio::test]
async fn an_authentication_is_neither_old_nor_to_come() {
    let world = World::new().await;
    let outcome = async |force: bool, asked: bool, age: i64| {
        set(&world, "upsales", &format!(r#"{{"force_authn":{force}}}"#)).await;
        let mut browser = Browser::default();
        let request = browser.login(&world, "upsales").await;
        let mut response = good(&world, "upsales", asked.then_some(request.as_str()));
        assertion(&mut response).authn_statements[0].authn_instant = seconds(-age);
        browser.outcome(&world, "upsales", &sign(&response)).await
    };
    // The skew is 180 s, and the leeway for Entra's own clock 300 s more.
    for (force, asked, age, expected) in [
        (true, false, 180, "signed-in"),
        (true, false, 181, "outside-validity"),
        (false, false, 80 * 24 * 60 * 60, "signed-in"),
        (false, false, -480, "signed-in"),
        (false, false, -481, "outside-validity"),
        (true, true, -481, "outside-validity"),
    ] {
        assert_eq!(
            outcome(force, asked, age).await,
            expected,
            "{force} {asked} {age}"
        );
    }
}

/// Catalogue sess-login-csrf-logged-in.
#[tokio::test]
async fn an_unsolicited_response_takes_nobodys_place() {
    for (skipped, expected) in [
        (None, Some("unsolicited-not-allowed")),
        (Some("unsolicited-not-allowed"), None),
    ] {
        let world = match skipped {
            Some(check) => World::without(check).await,
            None => World::new().await,
        };
        let mut browser = Browser::default();
        let mine = sign(&good(&world, "upwork", None));
        assert_eq!(browser.outcome(&world, "upwork", &mine).await, "signed-in");
        let other = |response: &mut Response| {
            called("m@contoso.com")(response);
            set_attribute(response, names::CLAIM_OBJECT_ID, &["m"]);
        };
        let mut theirs = good(&world, "upwork", None);
        other(&mut theirs);
        let answer = browser.post(&world, "upwork", &sign(&theirs), None).await;
        assert_eq!(answer.rejection(), expected);
        let who = browser.who_am_i(&world, "upwork").await.unwrap();
        let is_kept = who.name_id == UPN;
        assert_eq!(is_kept, expected.is_some(), "{}", who.name_id);
        if !is_kept {
            continue;
        }
        // Oneself again, under a new name too; and anybody whom one asked for.
        let mut renamed = good(&world, "upwork", None);
        called("b@contoso.com")(&mut renamed);
        for own in [good(&world, "upwork", None), renamed] {
            assert_eq!(browser.outcome(&world, "upwork", &sign(&own)).await, "signed-in");
        }
        let request = browser.login(&world, "upwork").await;
        let mut asked = good(&world, "upwork", Some(&request));
        other(&mut asked);
        assert_eq!(
            browser.outcome(&world, "upwork", &sign(&asked)).await,
            "signed-in"
        );
        assert_eq!(
            browser.who_am_i(&world, "upwork").await.unwrap().name_id,
            "m@contoso.com"
        );
    }
}
