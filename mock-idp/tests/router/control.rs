//! The control routes (control_api::idp): each verb, and everything that is wrong told at once.

mod routes;

use control_api::idp::TenantInfo;
use serde_json::{Value, json};

use crate::agent::{Mock, Page, SP, upn};

fn error(page: &Page) -> String {
    serde_json::from_str::<Value>(&page.body).unwrap()["error"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Where B.Simon ends up at Upsales: the NameID, or the code.
async fn outcome(mock: &Mock, user: &str) -> String {
    let mut agent = mock.agent();
    let page = agent.get(&mock.app("Upsales").launch).await;
    let page = agent.sign_in(page, user).await;
    match page.aadsts() {
        Some(code) => code,
        None => {
            let signed = mock.verify("Upsales", &page.delivered().xml).await.unwrap();
            signed.assertion().name_id().unwrap().value.clone()
        }
    }
}

async fn user(mock: &Mock, body: Value) {
    mock.control("POST", "/users", body).await;
}

async fn object_id(mock: &Mock, name: &str) -> Option<String> {
    let info: TenantInfo = serde_json::from_value(mock.control("GET", "", Value::Null).await).unwrap();
    let found = info.users.iter().find(|user| user.is_called(name));
    found.map(|user| user.object_id.clone())
}

#[tokio::test]
async fn tenants_are_made_shown_and_deleted() {
    let mock = Mock::contoso();
    let id = "aaaaaaaa-0000-4000-8000-000000000001";
    let path = format!("/_entrant/v1/tenants/{id}");
    let mut agent = mock.agent();
    let seed = json!({"base": "contoso", "sp": "http://127.0.0.1:9/two/"}).to_string();
    let made = agent.send("PUT", &path, seed, "application/json").await;
    assert_eq!(made.status, 200, "{}", made.body);
    let made: TenantInfo = serde_json::from_str(&made.body).unwrap();
    assert_eq!(made.id, id);
    assert_eq!(made.apps[0].reply_urls, ["http://127.0.0.1:9/two/upsales/acs"]);
    assert_ne!(
        made.apps[0].app_id,
        mock.app("Upsales").app_id,
        "ids are derived from the tenant's"
    );
    assert_eq!(
        made.apps[0].certificates[0].thumbprint, "",
        "no key is made before it is needed"
    );
    let shown = agent.get(&path).await;
    let shown: TenantInfo = serde_json::from_str(&shown.body).unwrap();
    assert_eq!(shown.apps[0].certificates[0].thumbprint.len(), 40);
    let all: Vec<TenantInfo> = serde_json::from_str(&agent.get("/_entrant/v1/tenants").await.body).unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(agent.send("DELETE", &path, String::new(), "").await.status, 204);
    assert_eq!(agent.get(&path).await.status, 404);
    let again = mock
        .idp
        .put_tenant(mock_idp::embedded("contoso").unwrap(), Some(SP))
        .unwrap();
    assert_eq!(
        again.apps[0].app_id,
        mock.app("Upsales").app_id,
        "a tenant made anew has the same ids"
    );
}

/// A tenant that is put back has the certificates it had, so that a trust outlives a scenario.
#[tokio::test]
async fn an_exported_tenant_makes_the_same_tenant_elsewhere() {
    let mock = Mock::contoso();
    user(
        &mock,
        json!({"user": "B.Simon", "action": "rename", "to": "Britta.Simon"}),
    )
    .await;
    let exported = mock.control("GET", "/export", Value::Null).await;
    let other = Mock::contoso();
    let id = exported["tenant"]["id"].as_str().unwrap();
    let seed = json!({"file": exported, "sp": SP}).to_string();
    let path = format!("/_entrant/v1/tenants/{id}");
    let made = other.agent().send("PUT", &path, seed, "application/json").await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert_eq!(
        object_id(&other, "Britta.Simon").await,
        object_id(&mock, "Britta.Simon").await
    );
    let (there, here) = (other.app("sipgate"), mock.app("sipgate"));
    assert_eq!((there.app_id, there.reply_urls), (here.app_id, here.reply_urls));
}

#[tokio::test]
async fn certificates_survive_actions_and_a_tenant_made_anew() {
    let mock = Mock::contoso();
    let before = mock.certificates("Upsales").await;
    user(&mock, json!({"user": "B.Simon", "action": "disable"})).await;
    mock.control(
        "POST",
        "/certificates",
        json!({"app": "Upsales", "action": "expire", "name": "current"}),
    )
    .await;
    assert_ne!(mock.certificates("Upsales").await, before);
    mock.control("PUT", "", json!({"base": "contoso", "sp": SP}))
        .await;
    assert_eq!(mock.certificates("Upsales").await, before);
    let bad = json!({"file": {"tenant": {"display_name": "x", "domains": ["contoso.com"]}, "app": [{"name": "a", "assignments": [{"user": "nobody"}]}]}});
    assert_eq!(mock.try_control("PUT", "", bad).await.status, 400);
    mock.control("PUT", "", json!({"base": "contoso", "sp": SP}))
        .await;
    assert_eq!(
        mock.certificates("Upsales").await,
        before,
        "a bad file changes nothing"
    );
}

#[tokio::test]
async fn every_user_verb() {
    let mock = Mock::contoso();
    let mail = "b.simon@contoso.com";
    let original = object_id(&mock, "B.Simon").await;
    assert_eq!(outcome(&mock, "B.Simon").await, mail);
    user(&mock, json!({"user": "B.Simon", "action": "disable"})).await;
    assert_eq!(outcome(&mock, "B.Simon").await, "AADSTS50057");
    user(&mock, json!({"user": "B.Simon", "action": "enable"})).await;
    user(
        &mock,
        json!({"user": "B.Simon", "action": "set", "values": {"mail": "new@contoso.com", "country": null}}),
    )
    .await;
    assert_eq!(outcome(&mock, "B.Simon").await, "new@contoso.com");
    user(
        &mock,
        json!({"user": "B.Simon", "action": "rename", "to": "Britta"}),
    )
    .await;
    assert_eq!(outcome(&mock, "B.Simon").await, "AADSTS50034");
    assert_eq!(
        outcome(&mock, "Britta").await,
        "new@contoso.com",
        "assignments follow"
    );
    assert_eq!(object_id(&mock, "Britta").await, original);
    user(
        &mock,
        json!({"user": "Britta", "action": "rename", "to": upn("B.Simon")}),
    )
    .await;
    user(
        &mock,
        json!({"user": "B.Simon", "action": "unassign", "app": "Upsales"}),
    )
    .await;
    assert_eq!(outcome(&mock, "B.Simon").await, "AADSTS50105");
    user(
        &mock,
        json!({"user": "B.Simon", "action": "assign", "app": "upsales"}),
    )
    .await;
    assert_eq!(outcome(&mock, "B.Simon").await, "new@contoso.com");
    user(&mock, json!({"user": "B.Simon", "action": "delete"})).await;
    assert_eq!(outcome(&mock, "B.Simon").await, "AADSTS50034");
    user(&mock, json!({"user": "B.Simon", "action": "restore"})).await;
    assert_eq!(outcome(&mock, "B.Simon").await, "new@contoso.com");
    assert_eq!(object_id(&mock, "B.Simon").await, original, "restored");
    user(&mock, json!({"user": "B.Simon", "action": "recreate"})).await;
    assert_eq!(outcome(&mock, "B.Simon").await, "new@contoso.com");
    assert_ne!(object_id(&mock, "B.Simon").await, original, "recreated");
    user(&mock, json!({"user": "B.Simon", "action": "delete"})).await;
    user(&mock, json!({"user": "B.Simon", "action": "recreate"})).await;
    assert_eq!(outcome(&mock, "B.Simon").await, "new@contoso.com");
    let upwork = mock.sign_on("Upwork Enterprise", "B.Simon").await;
    assert!(
        mock.verify("Upwork Enterprise", &upwork.xml).await.is_ok(),
        "groups follow"
    );
}

#[tokio::test]
async fn sessions_outlive_an_edit_and_end_with_their_user() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    let launch = mock.app("Upsales").launch;
    let page = agent.get(&launch).await;
    agent.sign_in(page, "B.Simon").await.delivered();
    user(
        &mock,
        json!({"user": "B.Simon", "action": "rename", "to": "Britta"}),
    )
    .await;
    agent.get(&launch).await.delivered();
    user(&mock, json!({"user": "Britta", "action": "disable"})).await;
    assert_eq!(
        agent.get(&launch).await.error_text(),
        "AADSTS50057: The user account is disabled."
    );
    user(&mock, json!({"user": "Britta", "action": "delete"})).await;
    assert_eq!(agent.get(&launch).await.select("h1"), ["Sign in"]);
}

#[tokio::test]
async fn every_certificate_verb() {
    let mock = Mock::contoso();
    let act = async |action: &str, name: &str| {
        mock.control(
            "POST",
            "/certificates",
            json!({"app": "Upsales", "action": action, "name": name}),
        )
        .await;
        let der = mock.certificates("Upsales").await;
        let delivered = mock.sign_on("Upsales", "B.Simon").await;
        let signs = der
            .iter()
            .position(|der| crate::agent::verify(std::slice::from_ref(der), &delivered.xml).is_ok());
        (der.len(), signs)
    };
    assert_eq!(act("add", "next").await, (2, Some(0)));
    assert_eq!(act("activate", "next").await, (2, Some(1)));
    assert_eq!(act("withdraw", "current").await, (1, Some(0)));
    assert_eq!(act("expire", "next").await, (1, Some(0)));
    for (action, name, message) in [
        (
            "withdraw",
            "next",
            "`next` is the active certificate of app `Upsales`: make another active first",
        ),
        ("add", "next", "app `Upsales` has a certificate `next` already"),
        (
            "activate",
            "nex",
            "app `Upsales`: there is no certificate `nex` in this tenant; did you mean `next`?",
        ),
    ] {
        let page = mock
            .try_control(
                "POST",
                "/certificates",
                json!({"app": "Upsales", "action": action, "name": name}),
            )
            .await;
        assert_eq!((page.status.as_u16(), error(&page).as_str()), (400, message));
    }
    let page = mock
        .try_control("POST", "/certificates", json!({"action": "add", "name": "x"}))
        .await;
    assert_eq!(
        error(&page),
        "`app` is missing: the tenant has `Upsales`, `Upwork Enterprise`, `IOMETE`, `sipgate`"
    );
}

/// A certificate's dates end where its format does: what does not fit changes nothing.
#[tokio::test]
async fn a_clock_outside_a_certificates_calendar_is_told() {
    let mock = Mock::contoso();
    mock.control("PUT", "/clock", json!({"offset": "-4000y", "freeze": true}))
        .await;
    let patch = json!({"app": [{"name": "Upsales", "certificates": [{"name": "w"}]}]});
    let page = mock.try_control("PATCH", "", patch).await;
    assert_eq!(page.status, 400, "{}", page.body);
    assert!(
        error(&page).contains("a certificate cannot say -001974"),
        "{}",
        page.body
    );
    mock.control("PUT", "/clock", json!({"offset": "+4000y"})).await;
    let shown = mock.control("GET", "", json!(null)).await;
    assert_eq!(shown["apps"][0]["certificates"].as_array().unwrap().len(), 1);
}

/// Wherever an application is named, its application id will do.
#[tokio::test]
async fn an_application_is_named_by_its_id_too() {
    let mock = Mock::contoso();
    let id = mock.app("Upsales").app_id.to_uppercase();
    for (path, body) in [
        ("/certificates", json!({"app": id, "action": "add", "name": "x"})),
        (
            "/users",
            json!({"user": "U.Keller", "action": "assign", "app": id}),
        ),
        ("/sign-in", json!({"user": "B.Simon", "app": id})),
        ("/claims-test", json!({"user": "B.Simon", "app": id})),
    ] {
        mock.control("POST", path, body).await;
    }
    let path = format!("/apps/{id}/certificates/x/pem");
    assert_eq!(mock.try_control("GET", &path, json!(null)).await.status, 200);
}

/// More certificates than places in the pool get keys of their own.
#[tokio::test]
async fn keys_are_never_shared_within_a_tenant() {
    let mock = Mock::contoso();
    for name in ["a", "b", "c"] {
        mock.control(
            "POST",
            "/certificates",
            json!({"app": "Upsales", "action": "add", "name": name}),
        )
        .await;
    }
    let mut keys = Vec::new();
    for app in &mock.tenant.apps {
        for der in mock.certificates(&app.name).await {
            let certificate = openssl::x509::X509::from_der(&der).unwrap();
            keys.push(certificate.public_key().unwrap().public_key_to_der().unwrap());
        }
    }
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 7);
    mock.control("PATCH", "", json!({"tenant": {"keys": "unique"}}))
        .await;
    assert_eq!(mock.certificates("Upsales").await.len(), 4);
}

#[tokio::test]
async fn the_clock_is_moved_and_stopped() {
    let mock = Mock::contoso();
    let stopped = mock
        .control("PUT", "/clock", json!({"offset": "+3y", "freeze": true}))
        .await;
    assert_eq!(stopped["frozen"], true);
    let before: jiff::Timestamp = stopped["now"].as_str().unwrap().parse().unwrap();
    let moved = mock.control("PUT", "/clock", json!({"offset": "-90s"})).await;
    let after: jiff::Timestamp = moved["now"].as_str().unwrap().parse().unwrap();
    assert_eq!(before.duration_since(after).as_secs(), 90);
    assert_eq!(
        mock.control("PUT", "/clock", json!({"freeze": false})).await["frozen"],
        false
    );
    let page = mock.try_control("PUT", "/clock", json!({"offset": "soon"})).await;
    assert!(
        error(&page).starts_with("`offset`: `soon` is not a duration such as"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn a_patch_is_checked_whole() {
    let mock = Mock::contoso();
    let page = mock
        .try_control(
            "PATCH",
            "",
            json!({"tenant": {"domain": "x"}, "app": [{"name": "Upsales", "signing": {"option": "respons"}}]}),
        )
        .await;
    assert_eq!(page.status, 400);
    let error = error(&page);
    assert!(
        error.contains("unknown key `domain`: did you mean `domains`?")
            && error.contains("did you mean `response`?"),
        "{error}"
    );
}

#[tokio::test]
async fn references_are_checked_all_at_once() {
    let mock = Mock::contoso();
    let patch = json!({"app": [
        {"name": "Upsales", "assignments": [{"user": "B.Simmon"}, {"group": "Upwork user"}], "reply_urls": ["{sp}x:y"]},
        {"name": "copy", "identifiers": ["https://www.upwork.com/saml"]},
    ], "group": [{"display_name": "g", "members": ["group:h", "Nowak"]}]});
    let error = error(&mock.try_control("PATCH", "", patch).await);
    for line in [
        "app[0].assignments[0].user: `user`: there is no user `B.Simmon` in this tenant; did you mean `B.Simon`?",
        "app[0].assignments[1].group: `group`: there is no group `Upwork user` in this tenant; did you mean `Upwork users`?",
        "app[4]: apps `Upwork Enterprise` and `copy` have the same identifier `https://www.upwork.com/saml`: each identifier belongs to one application",
        "group[2]: `members`: there is no group `h` in this tenant; did you mean `g`?",
        "group[2]: `members`: there is no user `Nowak` in this tenant; did you mean `A.Nowak`?",
    ] {
        assert!(
            error
                .lines()
                .any(|found| found == format!("tenant patch: {line}")),
            "{line}\nnot in\n{error}"
        );
    }
    assert_eq!(
        outcome(&mock, "B.Simon").await,
        "b.simon@contoso.com",
        "nothing has changed"
    );
}

/// What the file's reader cannot judge.
#[tokio::test]
async fn a_tenant_keeps_its_id() {
    let mock = Mock::contoso();
    let patch = json!({"tenant": {"id": "aaaaaaaa-0000-4000-8000-000000000001"}});
    let error = error(&mock.try_control("PATCH", "", patch).await);
    assert!(error.starts_with("`tenant.id`: a tenant keeps its id"), "{error}");
}

#[tokio::test]
async fn user_actions_that_do_not_fit() {
    let mock = Mock::contoso();
    for (body, message) in [
        (
            json!({"user": "B.Simom", "action": "disable"}),
            "there is no user `B.Simom` in this tenant; did you mean `B.Simon`?",
        ),
        (
            json!({"user": "B.Simon", "action": "disable", "to": "x"}),
            "`to` does not belong to this action",
        ),
        (json!({"user": "B.Simon", "action": "rename"}), "`to` is missing"),
        (
            json!({"user": "B.Simon", "action": "rename", "to": "A.Nowak"}),
            "there is a user `A.Nowak@contoso.onmicrosoft.com` already",
        ),
        (
            json!({"user": "B.Simon", "action": "restore"}),
            "no deleted user is called `B.Simon`",
        ),
        (
            json!({"user": "B.Simon", "action": "unassign", "app": "Upwork Enterprise"}),
            "`B.Simon` is not directly assigned to app `Upwork Enterprise`; through a group it is the group that is",
        ),
        (
            json!({"user": "B.Simon", "action": "assign", "app": "Upsale"}),
            "there is no application `Upsale` in this tenant; did you mean `Upsales`?",
        ),
        (
            json!({"user": "B.Simon", "action": "set", "values": {"user_principal_name": "x"}}),
            "`values`: a user gets another name by `rename`",
        ),
    ] {
        let page = mock.try_control("POST", "/users", body).await;
        assert_eq!((page.status.as_u16(), error(&page).as_str()), (400, message));
    }
    let page = mock
        .try_control(
            "POST",
            "/users",
            json!({"user": "B.Simon", "action": "set", "values": {"contry": "x"}}),
        )
        .await;
    assert!(error(&page).contains("did you mean `country`?"), "{}", page.body);
    let page = mock
        .try_control(
            "POST",
            "/users",
            json!({"user": "B.Simon", "action": "assign", "app": "Upsales", "role": "x"}),
        )
        .await;
    assert!(
        error(&page).contains("the application has no app role with the value `x`"),
        "{}",
        page.body
    );
}

/// Without any password in the file everybody signs in with the default one.
#[tokio::test]
async fn a_tenant_without_a_password_has_the_default_one() {
    let mock = Mock::contoso();
    let mut file = mock_idp::embedded("contoso").unwrap();
    assert!(file.users.iter().all(|user| user.password.is_none()));
    for (password, expected) in [(None, "entrant-demo"), (Some("other"), "other"), (Some(""), "")] {
        file.tenant.password = password.map(str::to_owned);
        let info = mock.idp.put_tenant(file.clone(), Some(SP)).unwrap();
        assert!(
            info.users.iter().all(|user| user.password == expected),
            "{password:?}"
        );
    }
    file.tenant.password = None;
    mock.idp.put_tenant(file, Some(SP)).unwrap();
    assert_eq!(outcome(&mock, "B.Simon").await, "b.simon@contoso.com");
}
