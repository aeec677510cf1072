//! The identity probe: who is signed in, asked with a browser's own cookies (contracts.md section 3).

use std::collections::BTreeMap;

use serde_json::Value as Json;
use url::Url;

use crate::agent::forms::Document;
use crate::agent::html::off_thread;
use crate::agent::{Agent, Page};
use crate::drive::asks_to_sign_in;
use crate::selector::{Selector, scalar};
use crate::sp_file::{SignedOut, Whoami};
use crate::text::{normalised, shortened};

/// The most of a page that is quoted, in characters.
const QUOTE_CHARACTERS_MAX: usize = 160;

/// What the probe says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Nobody is signed in.
    SignedOut,
    /// Somebody is.
    SignedIn(Box<Seen>),
    /// Neither can be read.
    Unreadable(String),
}

/// What the SP says about who is signed in. `None`: the SP file names no place for it, or nothing is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The fact that `match` names.
    pub(crate) identity: String,
    /// NameID.
    pub(crate) name_id: Option<String>,
    /// The NameID's format.
    pub(crate) name_id_format: Option<String>,
    /// Attributes and their values.
    pub(crate) attributes: Option<BTreeMap<String, Vec<String>>>,
    /// What became of the account.
    pub(crate) account: Option<String>,
    /// Which account it is.
    pub(crate) account_id: Option<String>,
    /// Roles.
    pub(crate) roles: Option<Vec<String>>,
}

/// Asks the probe.
pub(crate) async fn ask(agent: &mut Agent, whoami: &Whoami) -> Answer {
    let Some(url) = whoami.url.as_deref().and_then(|url| Url::parse(url).ok()) else {
        return Answer::Unreadable("the identity probe has no address".to_owned());
    };
    let first = match agent.peek(&url).await {
        Ok(page) => page,
        Err(error) => return Answer::Unreadable(error.to_string()),
    };
    if is_signed_out(whoami, &first) {
        return Answer::SignedOut;
    }
    if first.redirect().is_none() {
        return read_off_thread(whoami, first).await;
    }
    match agent.open(&url).await {
        Ok(page) if is_signed_out(whoami, &page) => Answer::SignedOut,
        Ok(page) => read_off_thread(whoami, page).await,
        Err(error) => Answer::Unreadable(error.to_string()),
    }
}

/// Whether the identity provider has a session for this browser: without one, My Apps at `my_apps` asks who signs in.
///
/// # Errors
/// Why that cannot be read.
pub(crate) async fn ask_idp(agent: &mut Agent, my_apps: &Url) -> Result<bool, String> {
    let page = agent.open(my_apps).await.map_err(|error| error.to_string())?;
    let document = Document::read(&page).await.map_err(|error| error.to_string())?;
    if asks_to_sign_in(&document) {
        return Ok(false);
    }
    if (200..300).contains(&page.status) {
        return Ok(true);
    }
    Err(format!("My Apps answers {}", page.status))
}

fn is_signed_out(whoami: &Whoami, page: &Page) -> bool {
    match &whoami.signed_out {
        SignedOut::Status(status) => page.status == *status,
        SignedOut::Redirect(part) => page.redirect().is_some_and(|location| location.contains(part)),
        SignedOut::Body(part) => normalised(&page.body).contains(&normalised(part)),
    }
}

async fn read_off_thread(whoami: &Whoami, page: Page) -> Answer {
    let whoami = whoami.clone();
    off_thread(move || read(&whoami, &page)).await
}

fn read(whoami: &Whoami, page: &Page) -> Answer {
    let status = page.status;
    if !(200..300).contains(&status) {
        return Answer::Unreadable(format!("the identity probe answers {status}"));
    }
    let Some(identity) = whoami.identity.read(page) else {
        let quote = shortened(&normalised(&page.body), QUOTE_CHARACTERS_MAX);
        return Answer::Unreadable(format!(
            "the identity probe answers {status} without an identity: {quote}"
        ));
    };
    let text = |selector: &Option<Selector>| selector.as_ref().and_then(|selector| selector.read(page));
    let json = |selector: &Option<Selector>| selector.as_ref().and_then(|selector| selector.read_json(page));
    Answer::SignedIn(Box::new(Seen {
        identity,
        name_id: text(&whoami.name_id),
        name_id_format: text(&whoami.name_id_format),
        attributes: json(&whoami.attributes).and_then(|json| attributes(&json)),
        account: text(&whoami.account),
        account_id: text(&whoami.account_id),
        roles: json(&whoami.roles).map(|json| values(&json)),
    }))
}

fn attributes(json: &Json) -> Option<BTreeMap<String, Vec<String>>> {
    let entries = json.as_object()?.iter();
    Some(
        entries
            .map(|(name, value)| (name.clone(), values(value)))
            .collect(),
    )
}

fn values(json: &Json) -> Vec<String> {
    match json {
        Json::Null => Vec::new(),
        Json::Array(items) => items.iter().filter_map(scalar).collect(),
        other => scalar(other).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sp_file::Match;

    fn whoami(signed_out: SignedOut) -> Whoami {
        let selector = |text: &str| Selector::parse(text).unwrap();
        Whoami {
            url: None,
            identity: selector("json:/mail"),
            matches: Match::Mail,
            name_id: Some(selector("json:/nameId")),
            name_id_format: Some(selector("json:/format")),
            attributes: Some(selector("json:/attributes")),
            account: Some(selector("json:/account")),
            account_id: Some(selector("json:/id")),
            roles: Some(selector("json:/roles")),
            rejection: None,
            signed_out,
        }
    }

    #[test]
    fn signed_out_is_told_by_status_redirect_or_body() {
        let page = |status, headers: &[(&str, &str)], body| Page::for_test(status, headers, body);
        for (signed_out, answer, expected) in [
            (SignedOut::Status(401), page(401, &[], ""), true),
            (SignedOut::Status(401), page(403, &[], ""), false),
            (
                SignedOut::Redirect("/login".into()),
                page(302, &[("location", "/login?next=x")], ""),
                true,
            ),
            (
                SignedOut::Redirect("/login".into()),
                page(200, &[("location", "/login")], ""),
                false,
            ),
            (
                SignedOut::Body("Please sign in".into()),
                page(200, &[], "<p>Please\n sign in</p>"),
                true,
            ),
            (
                SignedOut::Body("Please sign in".into()),
                page(200, &[], "<p>Hello</p>"),
                false,
            ),
        ] {
            assert_eq!(
                is_signed_out(&whoami(signed_out.clone()), &answer),
                expected,
                "{signed_out:?} {answer:?}"
            );
        }
    }

    #[test]
    fn a_signed_in_page_is_read_and_what_cannot_be_read_is_said() {
        let whoami = whoami(SignedOut::Status(401));
        let body = r#"{"mail": "b@c", "id": 7, "nameId": "n", "format": "f", "attributes": {"A": "1", "B": ["2", "3"], "C": null}, "roles": "r"}"#;
        let Answer::SignedIn(seen) = read(&whoami, &Page::for_test(200, &[], body)) else {
            panic!("somebody is signed in");
        };
        assert_eq!(seen.identity, "b@c");
        assert_eq!(seen.name_id.as_deref(), Some("n"));
        assert_eq!(seen.name_id_format.as_deref(), Some("f"));
        assert_eq!(seen.account, None);
        assert_eq!(seen.account_id.as_deref(), Some("7"));
        assert_eq!(seen.roles, Some(vec!["r".to_owned()]));
        let attributes = seen.attributes.unwrap();
        assert_eq!(attributes["B"], ["2", "3"]);
        assert!(attributes["C"].is_empty());
        for (status, body, expected) in [
            (500, "", "the identity probe answers 500"),
            (
                200,
                "<p> Oh </p>",
                "the identity probe answers 200 without an identity: <p> Oh </p>",
            ),
        ] {
            let answer = read(&whoami, &Page::for_test(status, &[], body));
            assert_eq!(answer, Answer::Unreadable(expected.to_owned()));
        }
    }

    #[tokio::test]
    async fn my_apps_asks_who_signs_in_where_there_is_no_session() {
        use axum::http::{StatusCode, Uri};
        use axum::response::Html;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let answer = |uri: Uri| async move {
            let (status, body) = match uri.path() {
                "/tiles" => (200, "<h1>My Apps</h1>"),
                "/name" => (200, "<form><input name=loginfmt></form>"),
                "/password" => (200, "<form><input type=password name=passwd></form>"),
                "/picker" => (200, "<form><button data-test-id=b@c></button></form>"),
                _ => (404, "none"),
            };
            (StatusCode::from_u16(status).unwrap(), Html(body))
        };
        tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(answer)).await });
        for (path, expected) in [
            ("/tiles", Ok(true)),
            ("/picker", Ok(true)),
            ("/name", Ok(false)),
            ("/password", Ok(false)),
            ("/gone", Err("My Apps answers 404".to_owned())),
        ] {
            let mut agent = Agent::new(&crate::agent::client().unwrap());
            let url = Url::parse(&format!("{base}{path}")).unwrap();
            assert_eq!(ask_idp(&mut agent, &url).await, expected, "{path}");
        }
    }
}
