//! Which routes there are, who may use them, and what is told of requests that are none.

use std::collections::BTreeSet;

use control_api::idp::ROUTES;
use serde_json::json;

use super::error;
use crate::agent::{Agent, HOST, Mock};

/// The table and the router are one: each row is served, and no other method of its path.
#[tokio::test]
async fn the_table_of_routes_is_what_is_served() {
    let mock = Mock::contoso();
    let filled = |path: &str| {
        let path = path.replace("{tenant}", &mock.tenant.id);
        let path = path.replace("{app}", &mock.app("Upsales").app_id);
        let path = path.replace("{certificate}", "current").replace("{form}", "pem");
        let path = path.replace("{flow}", "one").replace("{number}", "1");
        format!("/_entrant/v1{path}")
    };
    // What the paths name is there.
    let mut agent = mock.agent();
    agent.headers.push((control_api::FLOW_HEADER, "one".to_owned()));
    agent.get(&mock.path_of_launch("Upsales")).await;
    mock.control("POST", "/faults", json!({"faults": [{"id": "sig-none"}]}))
        .await;
    let paths: BTreeSet<_> = ROUTES.iter().map(|route| route.path).collect();
    // The tenant is deleted last: that leaves nothing to ask for.
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        for path in paths.iter().rev() {
            let page = mock
                .agent()
                .send(method, &filled(path), "{}".to_owned(), "")
                .await;
            let is_listed = ROUTES
                .iter()
                .any(|route| (route.method, route.path) == (method, *path));
            let told = page.status.as_u16();
            if is_listed {
                assert!(
                    ![404, 405].contains(&told),
                    "{method} {path}: {told} {}",
                    page.body
                );
            } else {
                assert_eq!(told, 405, "{method} {path}: {}", page.body);
            }
        }
    }
    // A router cannot be asked for its paths, its source can.
    let source = include_str!("../../../src/control.rs");
    let pieces = source.split(".route(").skip(1);
    let served: BTreeSet<_> = pieces.filter_map(|piece| piece.split('"').nth(1)).collect();
    assert_eq!(served, paths);
}

#[tokio::test]
async fn what_is_no_control_request_is_told_in_json() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    for (method, path, body, status, part) in [
        (
            "GET",
            "nothing",
            "",
            404,
            "there is no control route GET /_entrant/v1/nothing",
        ),
        (
            "GET",
            "tenants/nobody/x/y/z",
            "",
            404,
            "there is no control route",
        ),
        (
            "PUT",
            "tenants",
            "",
            405,
            "there is no control route PUT /_entrant/v1/tenants",
        ),
        (
            "GET",
            "tenants/nobody.test",
            "",
            404,
            "there is no tenant `nobody.test`",
        ),
        ("PUT", "tenants/contoso.com", "{}", 400, "expected a GUID"),
        (
            "PUT",
            "tenants/aaaaaaaa-0000-4000-8000-000000000001",
            "{}",
            400,
            "a tenant file as JSON, but neither is there",
        ),
        (
            "PUT",
            "tenants/aaaaaaaa-0000-4000-8000-000000000001",
            r#"{"base": "contoso", "file": {}}"#,
            400,
            "exactly one of `base`, the name of an embedded tenant, and `file`, a tenant file as JSON, but each is there",
        ),
        (
            "PUT",
            "tenants/aaaaaaaa-0000-4000-8000-000000000001",
            "{\"base\": \"x\"}",
            400,
            "not one of `contoso`, `fabrikam`",
        ),
        (
            "POST",
            "tenants/contoso.com/users",
            "{",
            400,
            "the body is not what was expected",
        ),
        (
            "POST",
            "tenants/contoso.com/faults",
            r#"[null, "Upsales", null, 1, [{"id": "xsw-3"}]]"#,
            400,
            "expected a JSON object, {…}, found an array",
        ),
        (
            "PATCH",
            "tenants/contoso.com",
            "\"x\"",
            400,
            "expected a JSON object, {…}, found a text",
        ),
        (
            "POST",
            "tenants/contoso.com/certificates",
            "{\"name\": \"x\", \"action\": \"ad\"}",
            400,
            "unknown variant `ad`",
        ),
        (
            "POST",
            "tenants/contoso.com/faults",
            "{\"flow\": \"a b\", \"faults\": []}",
            400,
            "`a b` is not a flow id",
        ),
    ] {
        let page = agent
            .send(
                method,
                &format!("/_entrant/v1/{path}"),
                body.to_owned(),
                "application/json",
            )
            .await;
        assert_eq!(page.status, status, "{method} {path}: {}", page.body);
        assert!(error(&page).contains(part), "{}", page.body);
    }
    // A whole tenant may be larger than what is done to one.
    for (method, path, status, part) in [
        (
            "PATCH",
            "contoso.com",
            413,
            "the body is larger than 1048576 bytes",
        ),
        (
            "PUT",
            "aaaaaaaa-0000-4000-8000-000000000001",
            400,
            "the body is not what was expected: expected a JSON object, {…}, found nothing",
        ),
    ] {
        let path = format!("/_entrant/v1/tenants/{path}");
        let huge = agent.send(method, &path, " ".repeat(2 << 20), "").await;
        assert_eq!(huge.status, status, "{method}: {}", huge.body);
        assert!(error(&huge).starts_with(part), "{method}: {}", huge.body);
    }
}

/// The example in the message of a seed that says nothing makes a tenant.
#[tokio::test]
async fn a_seed_without_a_tenant_is_told_what_one_looks_like() {
    let mock = Mock::contoso();
    let path = "/_entrant/v1/tenants/aaaaaaaa-0000-4000-8000-000000000001";
    let mut agent = mock.agent();
    let empty = agent.send("PUT", path, "{}".to_owned(), "").await;
    let message = error(&empty);
    let (_, example) = message.split_once("for example ").unwrap();
    let made = agent.send("PUT", path, example.to_owned(), "").await;
    assert_eq!(made.status, 200, "{}", made.body);
}

/// contracts.md 6.
#[tokio::test]
async fn the_guard_stands_before_every_control_route() {
    for token_required in [false, true] {
        let idp = Mock::empty(token_required);
        for (host, origin, token, status) in [
            (HOST, None, Some("Bearer secret"), 200),
            (HOST, None, None, if token_required { 401 } else { 200 }),
            (HOST, None, Some("Bearer guess"), 401),
            ("evil.example", None, Some("Bearer secret"), 403),
            (HOST, Some("https://evil.example"), Some("Bearer secret"), 403),
            (HOST, Some("h\u{e9}"), Some("Bearer secret"), 403),
            (HOST, Some("http://127.0.0.1:8080"), Some("Bearer secret"), 200),
        ] {
            let mut agent = Agent::of(&idp);
            agent.host = Some(host.to_owned());
            agent
                .headers
                .extend(origin.map(|origin| ("origin", origin.to_owned())));
            agent
                .headers
                .extend(token.map(|token| ("authorization", token.to_owned())));
            let page = agent.get("/_entrant/v1/tenants").await;
            assert_eq!(page.status, status, "{host} {origin:?} {token:?}: {}", page.body);
        }
    }
}
