//! What the control routes refuse, and how they say it.

use super::{control::control, *};

#[tokio::test]
async fn what_cannot_be_done_is_said_with_the_way_out() {
    let world = World::new().await;
    for (method, path, body, status, reason) in [
        (
            Method::PUT,
            "a.b",
            r#"{"trust":{}}"#,
            StatusCode::BAD_REQUEST,
            "letters, digits and hyphens",
        ),
        (Method::PUT, "x", "", StatusCode::BAD_REQUEST, "the body"),
        (
            Method::PUT,
            "x",
            r#"{"trust":{},"more":1}"#,
            StatusCode::BAD_REQUEST,
            "unknown field `more`",
        ),
        (
            Method::PUT,
            "x",
            r#"{"trust":{"upsale":{"metadata_url":"http://localhost/"}}}"#,
            StatusCode::BAD_REQUEST,
            "did you mean `upsales`",
        ),
        (
            Method::PUT,
            "x",
            r#"{"trust":{"upsales":{"metadata_url":"file:///etc/passwd"}}}"#,
            StatusCode::UNPROCESSABLE_ENTITY,
            "only http and https",
        ),
        (Method::GET, "x", "", StatusCode::NOT_FOUND, "PUT"),
        (
            Method::POST,
            "i/upsales/create_acount",
            "{}",
            StatusCode::NOT_FOUND,
            "did you mean `create_account`",
        ),
        (
            Method::POST,
            "i/upsales/create_account",
            "{}",
            StatusCode::BAD_REQUEST,
            "user name is empty",
        ),
        (
            Method::POST,
            "i/upsales/create_account",
            r#"{"upn":"other","mail":"B.Simon@contoso.com"}"#,
            StatusCode::CONFLICT,
            "another account has that mail",
        ),
        (
            Method::POST,
            "i/upsales/delete_account",
            r#"{"upn":"nobody"}"#,
            StatusCode::NOT_FOUND,
            "create_account",
        ),
        (
            Method::POST,
            "i/upsales/delete_link",
            r#"{"upn":"nobody"}"#,
            StatusCode::NOT_FOUND,
            "no link",
        ),
        (
            Method::POST,
            "i/upsales/set",
            r#"{"set":{"jitt":true}}"#,
            StatusCode::BAD_REQUEST,
            "did you mean `jit`",
        ),
        (
            Method::POST,
            "i/upsales/set",
            r#"{"set":{"jit":"yes"}}"#,
            StatusCode::BAD_REQUEST,
            "boolean",
        ),
        (
            Method::POST,
            "i/upsales/set",
            r#"{"set":{"skew_seconds":86401}}"#,
            StatusCode::BAD_REQUEST,
            "86400 at most",
        ),
        (
            Method::POST,
            "i/upsales/set",
            "{}",
            StatusCode::BAD_REQUEST,
            "`set`",
        ),
        (
            Method::POST,
            "i/upsales/clock",
            "{}",
            StatusCode::BAD_REQUEST,
            "`now`",
        ),
        (
            Method::POST,
            "i/upsales/clock",
            r#"{"now":"noon"}"#,
            StatusCode::BAD_REQUEST,
            "RFC 3339",
        ),
        (
            Method::POST,
            "i/nobody/reset",
            "",
            StatusCode::NOT_FOUND,
            "no personality `nobody`; there are upsales, upwork, iomete, sipgate",
        ),
        (
            Method::POST,
            "i/sipgat/reset",
            "",
            StatusCode::NOT_FOUND,
            "did you mean `sipgate`?",
        ),
        (
            Method::POST,
            "i/upsales/explode",
            "",
            StatusCode::NOT_FOUND,
            "no action `explode`; there are ",
        ),
        (
            Method::GET,
            "i/more",
            "",
            StatusCode::NOT_FOUND,
            "no such control route",
        ),
        (
            Method::GET,
            "i/upsales/reset/more",
            "",
            StatusCode::NOT_FOUND,
            "no such control route",
        ),
        (
            Method::GET,
            "",
            "",
            StatusCode::NOT_FOUND,
            "no such control route",
        ),
        (Method::POST, "i", "", StatusCode::METHOD_NOT_ALLOWED, "method"),
    ] {
        let answer = control(&world, method, path, body).await;
        assert_eq!(answer.status, status, "{path} {body}: {}", answer.text);
        let error: control_api::idp::ErrorBody = serde_json::from_str(&answer.text).unwrap();
        assert!(error.error.contains(reason), "{path} {body}: {}", error.error);
    }
    let long = format!(r#"{{"upn":"{}"}}"#, "x".repeat(100_000));
    for (method, path) in [(Method::POST, "i/upsales/create_account"), (Method::PUT, "j")] {
        let answer = control(&world, method, path, &long).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(
            answer.text, r#"{"error":"the body is larger than 65536 bytes"}"#,
            "{path}"
        );
    }
}

#[tokio::test]
async fn strangers_do_not_reach_the_control_routes() {
    let world = World::new().await;
    for (name, value, status) in [
        ("origin", "https://evil.example", StatusCode::FORBIDDEN),
        ("origin", "null", StatusCode::FORBIDDEN),
        ("authorization", "Bearer wrong", StatusCode::UNAUTHORIZED),
        ("authorization", "Bearer secret", StatusCode::NO_CONTENT),
        ("origin", "http://127.0.0.1:8081", StatusCode::NO_CONTENT),
    ] {
        let request = Request::post("/_entrant/v1/sp/i/upsales/reset")
            .header(header::HOST, HOST)
            .header(name, value);
        assert_eq!(
            world.send(request.body(Body::empty()).unwrap()).await.status,
            status,
            "{name}: {value}"
        );
    }
}

/// Below `/_entrant/v1` the guard speaks, in JSON, whether there is such a route or not; pages have their own refusal.
#[tokio::test]
async fn a_rebound_name_is_refused_in_json_below_the_control_prefix() {
    let world = World::new().await;
    for (path, status, is_json) in [
        ("/_entrant/v1/sp/i", StatusCode::FORBIDDEN, true),
        ("/_entrant/v1/sp/i/upsales/reset", StatusCode::FORBIDDEN, true),
        (
            "/_entrant/v1/sp/i/upsales/reset/more",
            StatusCode::FORBIDDEN,
            true,
        ),
        ("/_entrant/v1/", StatusCode::FORBIDDEN, true),
        ("/_entrant/v1", StatusCode::FORBIDDEN, true),
        ("/_entrant/v12/sp/i", StatusCode::MISDIRECTED_REQUEST, false),
        ("/i/upsales", StatusCode::MISDIRECTED_REQUEST, false),
    ] {
        let request = Request::get(path).header(header::HOST, "evil.example:8081");
        let answer = world.send(request.body(Body::empty()).unwrap()).await;
        let error = serde_json::from_str::<control_api::idp::ErrorBody>(&answer.text);
        assert_eq!(
            (answer.status, error.is_ok()),
            (status, is_json),
            "{path}: {}",
            answer.text
        );
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store", "{path}");
    }
}

/// Otherwise its accounts and links would wait for whoever takes the name next.
#[tokio::test]
async fn an_instance_that_cannot_be_cleared_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accounts.sqlite");
    let world = World::with(AccountsIn::File(path.clone()), Skip::default()).await;
    let other_program = rusqlite::Connection::open(&path).unwrap();
    let execute = |sql| other_program.execute_batch(sql).unwrap();
    execute("CREATE TRIGGER kept BEFORE DELETE ON account BEGIN SELECT RAISE(ABORT, 'kept'); END");
    let failed = control(&world, Method::DELETE, "i", "").await;
    assert_eq!(
        failed.status,
        StatusCode::INTERNAL_SERVER_ERROR,
        "{}",
        failed.text
    );
    assert_eq!(control(&world, Method::GET, "i", "").await.status, StatusCode::OK);
    execute("DROP TRIGGER kept");
    assert_eq!(
        control(&world, Method::DELETE, "i", "").await.status,
        StatusCode::NO_CONTENT
    );
}
