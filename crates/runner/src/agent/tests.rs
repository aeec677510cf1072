//! The user agent against a small server in this process.

use axum::Router;
use axum::body::Bytes;
use axum::extract::Query;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{any, get};
use futures_util::FutureExt as _;
use std::collections::HashMap;
use tokio::net::TcpListener;

use super::forms::{Document, Submission};
use super::*;
use crate::scenario::{Binding, Encoding, RequestChanges};

/// The same server as two sites: `localhost` and `127.0.0.1`.
struct Server {
    localhost: String,
    loopback: String,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let app = Router::new()
            .route("/echo", any(echo))
            .route("/to", any(redirect))
            .route("/set", get(set))
            .route("/loop", get(|| async { (StatusCode::FOUND, [(header::LOCATION, "/loop")]) }))
            .route("/endless", get(endless))
            .route("/big", get(|| async { vec![b'a'; BODY_BYTES_MAX + 1] }))
            .route("/mail", get(|| async { (StatusCode::FOUND, [(header::LOCATION, "mailto:x@y")]) }))
            .route("/page", get(|| async { Html("<form name=hiddenform method=post action=/echo><input type=hidden name=SAMLResponse value='a+b='></form>") }));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            localhost: format!("http://localhost:{port}"),
            loopback: format!("http://127.0.0.1:{port}"),
        }
    }
}

/// Answers with what came in: method, cookies, origin, flow, body.
async fn echo(method: Method, headers: HeaderMap, body: Bytes) -> String {
    let field = |name: &str| {
        let value = headers.get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or("-").to_owned()
    };
    format!(
        "{method} cookie={} origin={} flow={} body={}",
        field("cookie"),
        field("origin"),
        field(control_api::FLOW_HEADER),
        String::from_utf8_lossy(&body)
    )
}

/// `/to?status=…&url=…`.
async fn redirect(Query(query): Query<HashMap<String, String>>) -> Response {
    let status = StatusCode::from_u16(query["status"].parse().unwrap()).unwrap();
    (status, [(header::LOCATION, query["url"].clone())]).into_response()
}

/// `/set?…`: sets the percent-decoded query as a cookie.
async fn set(uri: Uri) -> Response {
    let cookie = url::form_urlencoded::parse(uri.query().unwrap().as_bytes())
        .map(|(name, value)| {
            if value.is_empty() {
                name.into_owned()
            } else {
                format!("{name}={value}")
            }
        })
        .collect::<String>();
    ([(header::SET_COOKIE, cookie)], "set").into_response()
}

/// A chain of redirects that never visits an address twice.
async fn endless(uri: Uri) -> Response {
    let number: u32 = uri
        .query()
        .and_then(|query| query.parse().ok())
        .unwrap_or_default();
    let next = format!("/to?status=302&url=/endless?{}", number + 1);
    (StatusCode::FOUND, [(header::LOCATION, next)]).into_response()
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn agent() -> Agent {
    Agent::new(&client().unwrap())
}

fn post(target: &str) -> Submission {
    Submission::post(url(target), vec![("a".to_owned(), "1 2".to_owned())])
}

#[tokio::test]
async fn redirects_keep_or_drop_the_method_as_browsers_do() {
    let server = Server::start().await;
    let (here, there) = (&server.localhost, &server.loopback);
    for (status, target, expected) in [
        (301, here, "GET cookie=- origin=- flow=- body="),
        (302, here, "GET cookie=- origin=- flow=- body="),
        (303, here, "GET cookie=- origin=- flow=- body="),
        (
            307,
            here,
            &format!("POST cookie=- origin={here} flow=- body=a=1+2"),
        ),
        (
            308,
            here,
            &format!("POST cookie=- origin={here} flow=- body=a=1+2"),
        ),
        (307, there, "POST cookie=- origin=null flow=- body=a=1+2"),
        (302, there, "GET cookie=- origin=- flow=- body="),
    ] {
        let through = format!("{here}/to?status={status}&url={target}/echo");
        let page = agent().submit(&post(&through), Some(&url(here))).await.unwrap();
        assert_eq!(page.body, expected, "{status} {target}");
        assert_eq!(page.url.as_str(), format!("{target}/echo"));
    }
}

#[tokio::test]
async fn a_post_from_another_site_carries_only_cookies_that_say_so() {
    let server = Server::start().await;
    let mut agent = agent();
    for cookie in [
        "n=1; Path=/; Secure; SameSite=None",
        "d=1; Path=/; SameSite=Lax",
        "s=1; Path=/; SameSite=Strict",
    ] {
        let query: String = url::form_urlencoded::byte_serialize(cookie.as_bytes()).collect();
        agent
            .open(&url(&format!("{}/set?{query}", server.loopback)))
            .await
            .unwrap();
    }
    agent.follow("flow-1", &[url(&server.localhost).origin()]);
    let target = format!("{}/echo", server.loopback);
    let here = url(&server.localhost);
    let crossed = agent.submit(&post(&target), Some(&here)).await.unwrap();
    assert_eq!(
        crossed.body,
        format!("POST cookie=n=1 origin={} flow=- body=a=1+2", server.localhost)
    );
    let same = agent
        .submit(&post(&target), Some(&url(&server.loopback)))
        .await
        .unwrap();
    assert!(
        same.body.starts_with("POST cookie=n=1; d=1; s=1 "),
        "{}",
        same.body
    );
    let opened = agent.open(&url(&target)).await.unwrap();
    assert_eq!(opened.body, "GET cookie=n=1; d=1; s=1 origin=- flow=- body=");
    let other = agent
        .open(&url(&format!("{}/echo", server.localhost)))
        .await
        .unwrap();
    assert_eq!(other.body, "GET cookie=- origin=- flow=flow-1 body=");
    let hops = agent.take_hops();
    assert_eq!(hops[0].cookies_set, ["n"]);
    assert!(agent.take_hops().is_empty());
}

#[tokio::test]
async fn a_delivery_form_is_found_and_posted() {
    let server = Server::start().await;
    let mut agent = agent();
    let page = agent
        .open(&url(&format!("{}/page", server.localhost)))
        .await
        .unwrap();
    let document = Document::read(&page).await.unwrap();
    let submission = document.automatic().unwrap().submission(None).unwrap();
    let posted = agent.submit(&submission, Some(&page.url)).await.unwrap();
    assert!(
        posted.body.ends_with("body=SAMLResponse=a%2Bb%3D"),
        "{}",
        posted.body
    );
}

/// Time limits and signals work in the task that waits for a page, so that it must not read the page itself.
#[tokio::test]
async fn a_page_is_read_beside_the_task_that_waits_for_it() {
    let large = Page::for_test(200, &[], &"<p>x".repeat(html::NODES_MAX / 3));
    assert!(Document::read(&large).now_or_never().is_none());
    let task = std::thread::current().id();
    assert_ne!(html::off_thread(|| std::thread::current().id()).await, task);
    let deep = Page::for_test(200, &[], &"<div>x".repeat(80_000));
    assert_eq!(
        Document::read(&deep).await.unwrap_err().to_string(),
        "the page at http://sp.test/page cannot be read: its elements nest deeper than 512 levels"
    );
}

#[tokio::test]
async fn loops_big_bodies_and_strange_addresses_end_the_navigation() {
    let server = Server::start().await;
    let base = &server.localhost;
    let error = |path: &str| {
        let address = url(&format!("{base}{path}"));
        async move { agent().open(&address).await.unwrap_err() }
    };
    assert_eq!(error("/loop").await, AgentError::Loop(format!("GET {base}/loop")));
    assert_eq!(
        error("/big").await,
        AgentError::BodyTooLarge(format!("{base}/big"))
    );
    assert_eq!(error("/mail").await, AgentError::Address("mailto:x@y".to_owned()));
    assert_eq!(
        error("/endless").await,
        AgentError::Loop(format!("GET {base}/endless"))
    );
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let unreachable = agent()
        .open(&url(&format!("http://{closed}/x?secret=1")))
        .await
        .unwrap_err();
    let AgentError::Unreachable { url, reason } = unreachable else {
        panic!("{unreachable}")
    };
    assert_eq!(url, format!("http://{closed}/x"));
    assert!(
        reason.contains("refused") && !reason.contains("secret"),
        "{reason}"
    );
}

#[tokio::test]
async fn redirects_are_limited_even_where_no_address_is_visited_twice() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let deeper = |uri: Uri| async move {
        (
            StatusCode::FOUND,
            [(header::LOCATION, format!("{}x", uri.path()))],
        )
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(deeper)).await });
    let mut agent = agent();
    let error = agent.open(&url(&format!("{base}/"))).await.unwrap_err();
    let last = format!("{base}/{}", "x".repeat(REDIRECTS_MAX + 1));
    assert_eq!(error, AgentError::TooManyRedirects(last));
    assert_eq!(agent.hop_count(), REDIRECTS_MAX + 1);
}

/// What an SP sends to `{idp}/echo` by redirect and by a form is rewritten there, and nowhere else.
#[tokio::test]
async fn requests_are_rewritten_where_they_leave_the_sp() {
    let server = Server::start().await;
    let (idp, sp) = (url(&server.localhost), url(&server.loopback));
    let xml = "<p:AuthnRequest xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_1\"/>";
    let encoded = |encoding, binding| crate::request::encode(xml, encoding, binding);
    let deflated = encoded(Encoding::Deflate, Binding::Redirect);
    let changes = || RequestChanges {
        attributes: vec![("ID", "_2".to_owned())],
        login_hint: Some("b".to_owned()),
        ..RequestChanges::default()
    };
    let mut agent = agent();
    agent.rewrite(Rewriter::new(changes(), &[idp.origin()]));
    let mut target = idp.join("/echo").unwrap();
    target.query_pairs_mut().append_pair("SAMLRequest", &deflated);
    let mut start = sp.join("/to").unwrap();
    start
        .query_pairs_mut()
        .append_pair("status", "302")
        .append_pair("url", target.as_str());
    let page = agent.open(&start).await.unwrap();
    let query: HashMap<_, _> = page.url.query_pairs().into_owned().collect();
    assert_eq!(query["login_hint"], "b");
    let limits = saml_accept::xml::Limits::default();
    let sent = saml_accept::binding::decode_redirect(&query["SAMLRequest"], &limits).unwrap();
    assert_eq!(String::from_utf8(sent).unwrap(), xml.replace("_1", "_2"));

    let posted = Submission::post(
        idp.join("/echo").unwrap(),
        vec![("SAMLRequest".to_owned(), encoded(Encoding::Base64, Binding::Post))],
    );
    let page = agent.submit(&posted, Some(&sp)).await.unwrap();
    assert!(
        !page.body.contains(posted.body.as_deref().unwrap()),
        "{}",
        page.body
    );
    // What the person types goes as it is.
    assert_eq!(agent.open(&target).await.unwrap().url, target);
    assert_eq!(agent.stop_rewriting(), 2);
    let page = agent.submit(&posted, Some(&sp)).await.unwrap();
    assert!(
        page.body.contains(posted.body.as_deref().unwrap()),
        "{}",
        page.body
    );

    agent.rewrite(Rewriter::new(changes(), &[idp.origin()]));
    let garbled = Submission::post(target, vec![("SAMLRequest".to_owned(), "%".to_owned())]);
    let error = agent.submit(&garbled, Some(&sp)).await.unwrap_err();
    assert!(matches!(error, AgentError::Rewrite(_)), "{error}");
}
