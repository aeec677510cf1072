//! One sign-on, driven as a person with a browser would: from the first address to the page where it ends.

use std::sync::OnceLock;

use url::{Origin, Url};

use crate::agent::forms::{Document, Form, Submission};
use crate::agent::{Agent, AgentError, Page, regex};
use crate::text::shortened;

/// How many pages with something to do a sign-on may show.
const PAGES_MAX: usize = 30;
/// The longest message of the identity provider that is kept, in characters.
const MESSAGE_CHARACTERS_MAX: usize = 600;

/// What is driven.
pub(crate) struct SignOn<'a> {
    /// How it begins.
    pub(crate) begin: Begin,
    /// What is typed as user name; `None`: nobody is there to type.
    pub(crate) user: Option<&'a str>,
    /// What is typed as password.
    pub(crate) password: &'a str,
    /// The identity provider's origins.
    pub(crate) idp: &'a [Origin],
}

/// How a sign-on begins.
pub(crate) enum Begin {
    /// The person opens an address.
    Open(Url),
    /// A form is submitted by a page at `from`.
    Submit {
        /// The form.
        submission: Submission,
        /// The page.
        from: Option<Url>,
    },
}

/// What came of it; it is filled as the sign-on goes, so that a timeout loses nothing.
#[derive(Debug, Default)]
pub(crate) struct Driven {
    /// How it ended; `None`: it did not.
    pub(crate) end: Option<End>,
    /// The response that was delivered to the SP; the last one, where there were several.
    pub(crate) delivery: Option<Delivery>,
    /// Where a form took a request that was not for the identity provider; the last one.
    pub(crate) asked_elsewhere: Option<Url>,
}

/// How a sign-on ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// On a page of the SP.
    Page(Page),
    /// At the identity provider, with an error.
    Stopped {
        /// `AADSTS50105`.
        code: String,
        /// As on the page.
        message: String,
        /// The text of the page.
        page: String,
    },
    /// After the delivery the SP broke off the exchange.
    BrokeOff(String),
    /// Nowhere.
    Stuck(String),
}

/// A delivered response.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    /// The form, as it was posted.
    pub(crate) submission: Submission,
    /// The identity provider's page that posted it.
    pub(crate) from: Url,
    /// How many hops had been made before.
    pub(crate) hops_before: usize,
}

/// Drives `sign_on` with `agent`.
pub(crate) async fn drive(agent: &mut Agent, sign_on: &SignOn<'_>, driven: &mut Driven) {
    let first = match &sign_on.begin {
        Begin::Open(url) => agent.open(url).await,
        Begin::Submit { submission, from } => {
            note_delivery(agent, sign_on, submission, from.as_ref(), driven);
            agent.submit(submission, from.as_ref()).await
        }
    };
    let mut answer = first;
    for _ in 0..PAGES_MAX {
        let page = match answer {
            Ok(page) => page,
            Err(error) => return driven.end = Some(failed(&error, driven, sign_on)),
        };
        let document = Document::parse(&page.body, &page.url);
        let next = if sign_on.idp.contains(&page.url.origin()) {
            at_idp(&document, &page, sign_on)
        } else {
            at_sp(&document, &page)
        };
        match next {
            Next::End(end) => return driven.end = Some(end),
            Next::Submit(submission) => {
                note_delivery(agent, sign_on, &submission, Some(&page.url), driven);
                if submission.field("SAMLRequest").is_some()
                    && !sign_on.idp.contains(&submission.url.origin())
                {
                    driven.asked_elsewhere = Some(submission.url.clone());
                }
                answer = agent.submit(&submission, Some(&page.url)).await;
            }
        }
    }
    driven.end = Some(End::Stuck(format!("still not at an end after {PAGES_MAX} pages")));
}

/// An SP that has taken a response and breaks off is not one that cannot be reached.
fn failed(error: &AgentError, driven: &Driven, sign_on: &SignOn<'_>) -> End {
    match error {
        AgentError::BrokeOff { url, .. }
            if driven.delivery.is_some() && !sign_on.idp.contains(&url.origin()) =>
        {
            End::BrokeOff(error.to_string())
        }
        _ => End::Stuck(error.to_string()),
    }
}

/// Remembers a response on its way from the identity provider to somewhere else.
fn note_delivery(
    agent: &Agent,
    sign_on: &SignOn<'_>,
    submission: &Submission,
    from: Option<&Url>,
    driven: &mut Driven,
) {
    let Some(from) = from else { return };
    let carries = submission.field("SAMLResponse").is_some();
    if carries && !sign_on.idp.contains(&submission.url.origin()) {
        driven.delivery = Some(Delivery {
            submission: submission.clone(),
            from: from.clone(),
            hops_before: agent.hop_count(),
        });
    }
}

/// What a page asks for.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    End(End),
    Submit(Submission),
}

fn at_sp(document: &Document, page: &Page) -> Next {
    // A browser shows the body of an error too, so its script would run.
    match document.automatic().and_then(|form| form.submission(None)) {
        Some(submission) => Next::Submit(submission),
        None => Next::End(End::Page(page.clone())),
    }
}

fn at_idp(document: &Document, page: &Page, sign_on: &SignOn<'_>) -> Next {
    if let Some((code, message)) = aadsts(document) {
        return Next::End(End::Stopped {
            code,
            message,
            page: document.text.clone(),
        });
    }
    let form = [
        document.automatic().cloned().map(|form| (form, false)),
        sign_in_form(document, sign_on).map(|form| (form, true)),
        stay_signed_in(document).map(|form| (form, false)),
    ];
    let Some((form, press)) = form.into_iter().flatten().next() else {
        let title = &document.title;
        let status = page.status;
        return stuck(format!(
            "the identity provider shows a page that the user agent does not know: {title:?} (status {status})"
        ));
    };
    if sign_on.user.is_none() && (form.asks("loginfmt") || form.asks("passwd")) {
        return stuck("the identity provider asks who signs in, and the step names no user".to_owned());
    }
    let button = form
        .buttons
        .iter()
        .find(|button| button.id == "idSIButton9")
        .or(form.buttons.first());
    match form.submission(button.filter(|_| press)) {
        Some(submission) => Next::Submit(submission),
        None => stuck("a form of the identity provider leads to no address".to_owned()),
    }
}

fn stuck(reason: String) -> Next {
    Next::End(End::Stuck(reason))
}

/// The sign-in form, filled.
fn sign_in_form(document: &Document, sign_on: &SignOn<'_>) -> Option<Form> {
    let asking = |name: &str| document.forms.iter().find(|form| form.asks(name));
    let mut form = asking("passwd").or_else(|| asking("loginfmt"))?.clone();
    if form.asks("loginfmt") {
        form.fill("loginfmt", sign_on.user.unwrap_or_default());
    }
    form.fill("passwd", sign_on.password);
    Some(form)
}

/// "Stay signed in?": posted without a button it means no (contracts.md section 1).
fn stay_signed_in(document: &Document) -> Option<Form> {
    let form = document
        .forms
        .iter()
        .find(|form| form.buttons.iter().any(|button| button.id == "idBtn_Back"))?;
    Some(form.clone())
}

/// The error that a page of the identity provider shows, on an error page or in a form.
fn aadsts(document: &Document) -> Option<(String, String)> {
    static CODE: OnceLock<regex::Regex> = OnceLock::new();
    let found = regex(&CODE, r"AADSTS\d{4,7}").find(&document.text);
    let code = match (document.meta("entrant-aadsts"), found) {
        (Some(code), _) => code.trim().to_owned(),
        (None, Some(found)) => found.as_str().to_owned(),
        (None, None) => return None,
    };
    let start = document.text.find(&code).unwrap_or_default();
    let message = shortened(&document.text[start..], MESSAGE_CHARACTERS_MAX);
    Some((code, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(html: &str, user: Option<&str>) -> Next {
        let mut page = Page::for_test(200, &[], html);
        page.url = Url::parse("http://localhost:1/t/login").unwrap();
        let idp = [page.url.origin()];
        let sign_on = SignOn {
            begin: Begin::Open(page.url.clone()),
            user,
            password: "pw",
            idp: &idp,
        };
        at_idp(&Document::parse(html, &page.url), &page, &sign_on)
    }

    fn body(html: &str) -> String {
        match next(html, Some("B.Simon@c")) {
            Next::Submit(submission) => submission.body.unwrap(),
            Next::End(end) => panic!("{end:?}"),
        }
    }

    #[test]
    fn each_page_of_the_identity_provider_gets_its_answer() {
        let button = "<input type=submit id=idSIButton9 name=go value=Next>";
        for (html, expected) in [
            (
                format!("<form method=post><input name=ctx type=hidden value=1><input name=loginfmt>{button}</form>"),
                "ctx=1&loginfmt=B.Simon%40c&go=Next",
            ),
            (
                format!("<form method=post><input type=hidden name=loginfmt value=known><input type=password name=passwd><button type=submit id=idBtn_Back name=back value=1></button>{button}</form>"),
                "loginfmt=known&passwd=pw&go=Next",
            ),
            (
                "<form method=post><input type=hidden name=ctx value=2><input type=submit id=idBtn_Back value=No name=no></form>".to_owned(),
                "ctx=2",
            ),
            (
                "<form method=post name=hiddenform action=http://sp/acs><input type=hidden name=SAMLResponse value=x></form>".to_owned(),
                "SAMLResponse=x",
            ),
        ] {
            assert_eq!(body(&html), expected, "{html}");
        }
    }

    #[test]
    fn errors_stop_the_sign_on_and_unknown_pages_leave_it_stuck() {
        let stopped = |code: &str, message: &str, page: &str| {
            Next::End(End::Stopped {
                code: code.to_owned(),
                message: message.to_owned(),
                page: page.to_owned(),
            })
        };
        for (html, expected) in [
            (
                "<meta name=entrant-aadsts content=AADSTS50126><body><form><input name=passwd></form>Your account or password is incorrect.",
                stopped("AADSTS50126", "Your account or password is incorrect.", "Your account or password is incorrect."),
            ),
            (
                "<body>Sorry. AADSTS50105: no access.",
                stopped("AADSTS50105", "AADSTS50105: no access.", "Sorry. AADSTS50105: no access."),
            ),
            (
                "<title>Pick an account</title><form><input name=other></form>",
                stuck("the identity provider shows a page that the user agent does not know: \"Pick an account\" (status 200)".to_owned()),
            ),
        ] {
            assert_eq!(next(html, Some("B")), expected, "{html}");
        }
        assert_eq!(
            next("<form method=post><input name=loginfmt></form>", None),
            stuck("the identity provider asks who signs in, and the step names no user".to_owned())
        );
    }

    /// A server that closes every connection once a request has come.
    async fn closing() -> Url {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/acs", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 4096]).await;
            }
        });
        url.parse().unwrap()
    }

    #[tokio::test]
    async fn an_sp_that_breaks_off_after_the_delivery_is_told_apart_from_one_that_is_not_there() {
        let from: Url = "http://localhost:1/t/saml2".parse().unwrap();
        let gone = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap();
        let gone: Url = format!("http://{gone}/acs").parse().unwrap();
        for (url, field, breaks_off) in [
            (closing().await, "SAMLResponse", true),
            (closing().await, "RelayState", false),
            (gone, "SAMLResponse", false),
        ] {
            let sign_on = SignOn {
                begin: Begin::Submit {
                    submission: Submission::post(url, vec![(field.to_owned(), "x".to_owned())]),
                    from: Some(from.clone()),
                },
                user: None,
                password: "",
                idp: &[from.origin()],
            };
            let mut driven = Driven::default();
            drive(
                &mut Agent::new(&crate::agent::client().unwrap()),
                &sign_on,
                &mut driven,
            )
            .await;
            let end = driven.end.unwrap();
            assert_eq!(matches!(end, End::BrokeOff(_)), breaks_off, "{end:?}");
            assert_eq!(matches!(end, End::Stuck(_)), !breaks_off, "{end:?}");
        }
    }
}
