//! A sign-out between small servers: `localhost` is the identity provider, `127.0.0.1` an SP.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use tokio::net::TcpListener;

use super::*;

/// What the SP was asked for, with the cookies.
type Seen = Arc<Mutex<Vec<String>>>;

struct Site {
    idp: String,
    sp: String,
    seen: Seen,
}

impl Site {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Seen::default();
        let app = Router::new().fallback(answer).with_state((port, seen.clone()));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            idp: format!("http://localhost:{port}"),
            sp: format!("http://127.0.0.1:{port}"),
            seen,
        }
    }

    async fn drive(&self, path: &str) -> (SignOutDriven, Agent) {
        let mut agent = Agent::new(&crate::agent::client().unwrap());
        agent.open(&url(&format!("{}/sp/in", self.sp))).await.unwrap();
        let mut driven = SignOutDriven::default();
        let ordered = SignOut {
            begin: &Told::Address(url(path)),
            person: Person {
                user: Some("b@c"),
                ..Person::default()
            },
            idp: &[url(&self.idp).origin()],
        };
        sign_out(&mut agent, &ordered, &mut driven).await;
        (driven, agent)
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn to(target: &str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, target.to_owned())]).into_response()
}

async fn answer(State((port, seen)): State<(u16, Seen)>, uri: Uri, headers: HeaderMap) -> Response {
    let (idp, sp) = (
        format!("http://localhost:{port}"),
        format!("http://127.0.0.1:{port}"),
    );
    let cookies = headers.get("cookie").map_or("-", |value| value.to_str().unwrap());
    if uri.path().starts_with("/sp/") {
        seen.lock().unwrap().push(format!("{} {cookies}", uri.path()));
    }
    let page = |html: String| Html(html).into_response();
    match uri.path() {
        "/sp/in" => {
            let mut answer = "in".into_response();
            for cookie in ["n=1; Path=/; Secure; SameSite=None", "l=1; Path=/; SameSite=Lax"] {
                answer
                    .headers_mut()
                    .append(header::SET_COOKIE, cookie.parse().unwrap());
            }
            answer
        }
        "/sp/logout" => to(&format!("{idp}/told")),
        // The response of a framed SP, which the identity provider does not like, is nothing to the page around.
        "/sp/slo" => to(&format!("{idp}/75005")),
        "/sp/form" => page(format!(
            "<form name=hiddenform method=post action=\"{sp}/sp/posted\"></form>"
        )),
        "/sp/posted" => (StatusCode::FORBIDDEN, "no").into_response(),
        "/sp/out" => page("Bye".to_owned()),
        "/75005" => page("<meta name=entrant-aadsts content=AADSTS75005>AADSTS75005: no".to_owned()),
        "/told" => page(format!(
            "<meta http-equiv=refresh content=\"2; url={sp}/sp/out\"><iframe src=\"{sp}/sp/slo\"></iframe>\
             <iframe src=\"{sp}/sp/form\"></iframe><iframe src=\"http://127.0.0.1:1/\"></iframe>"
        )),
        "/picker" => page(
            "<form method=post action=/link><button name=s value=1 data-test-id=B@C></button></form>"
                .to_owned(),
        ),
        "/link" => page("<a id=continue href=/signed-out>on</a>".to_owned()),
        "/signed-out" => page("<form></form>You signed out of your account".to_owned()),
        _ => (StatusCode::NOT_FOUND, Html("<title>Gone</title>".to_owned())).into_response(),
    }
}

#[tokio::test]
async fn frames_are_loaded_as_another_sites_and_the_page_goes_on() {
    let site = Site::start().await;
    let (driven, mut agent) = site.drive(&format!("{}/sp/logout", site.sp)).await;
    let Some(End::Page(page)) = driven.end else {
        panic!("{driven:?}")
    };
    assert_eq!(page.url.as_str(), format!("{}/sp/out", site.sp));
    assert_eq!(
        site.seen(),
        [
            "/sp/in -",
            "/sp/logout n=1; l=1",
            "/sp/slo n=1",
            "/sp/form n=1",
            "/sp/posted n=1",
            "/sp/out n=1; l=1",
        ]
    );
    assert_eq!(driven.notes.len(), 2, "{:?}", driven.notes);
    assert_eq!(
        driven.notes[0],
        format!(
            "a frame of the sign-out page ended at {}/sp/posted with status 403",
            site.sp
        )
    );
    assert!(
        driven.notes[1]
            .starts_with("a frame of the sign-out page did not load: http://127.0.0.1:1/ does not answer"),
        "{}",
        driven.notes[1]
    );
    assert!(agent.take_hops().iter().any(|hop| hop.url.ends_with("/75005")));
}

#[tokio::test]
async fn accounts_are_picked_links_followed_and_errors_stop() {
    let site = Site::start().await;
    for (path, expected) in [
        ("/picker", "page /signed-out"),
        ("/link", "page /signed-out"),
        ("/75005", "stopped AADSTS75005"),
        (
            "/gone",
            "stuck the identity provider shows a page that the user agent does not know: \"Gone\" (status 404)",
        ),
    ] {
        let (driven, _) = site.drive(&format!("{}{path}", site.idp)).await;
        let end = match driven.end.unwrap() {
            End::Page(page) => format!("page {}", page.url.path()),
            End::Stopped { code, .. } => format!("stopped {code}"),
            End::Stuck(reason) => format!("stuck {reason}"),
            other => panic!("{other:?}"),
        };
        assert_eq!(end, expected, "{path}");
    }
    let (gone, _) = site.drive("http://127.0.0.1:1/logout").await;
    assert!(matches!(gone.end, Some(End::Stuck(_))), "{gone:?}");
}
