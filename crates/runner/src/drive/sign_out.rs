//! One sign-out, driven as a browser does it: redirects, forms that submit themselves, and the frames by which the
//! identity provider tells the other applications (entra-behaviour.md section 6).

use url::{Origin, Url};

use super::pages::{asks_to_sign_in, pick_account, stopped, stuck};
use super::{End, Next, PAGES_MAX, Person, at_sp};
use crate::agent::forms::{Document, Submission};
use crate::agent::{Agent, AgentError, Page};
use crate::verdict::without_query;

/// How many frames of one page are loaded.
const FRAMES_MAX: usize = 50;
/// The link that leads on from a page that has told the applications.
const CONTINUE: &str = "continue";

/// What is driven.
pub(crate) struct SignOut<'a> {
    /// How it begins.
    pub(crate) begin: &'a Told,
    /// Who signs out.
    pub(crate) person: Person<'a>,
    /// The identity provider's origins.
    pub(crate) idp: &'a [Origin],
}

/// What brings a message, or what a person opens.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    /// An address.
    Address(Url),
    /// A form that a page at an address submits.
    Form(Submission, Url),
}

/// What came of it; it is filled as the sign-out goes, so that a timeout loses nothing.
#[derive(Debug, Default)]
pub(crate) struct SignOutDriven {
    /// How it ended; `None`: it did not. A page may be the identity provider's.
    pub(crate) end: Option<End>,
    /// The last LogoutRequest that an SP was sent.
    pub(crate) told: Option<Told>,
    /// What a reader should know of the frames.
    pub(crate) notes: Vec<String>,
}

/// Drives `sign_out` with `agent`.
pub(crate) async fn sign_out(agent: &mut Agent, sign_out: &SignOut<'_>, driven: &mut SignOutDriven) {
    agent.take_asked();
    driven.end = Some(walk(agent, sign_out, driven).await);
    let to_sp = |url: &Url| !sign_out.idp.contains(&url.origin());
    let asked = agent.take_asked().into_iter().rfind(to_sp);
    if driven.told.is_none() {
        driven.told = asked.map(Told::Address);
    }
}

async fn walk(agent: &mut Agent, sign_out: &SignOut<'_>, driven: &mut SignOutDriven) -> End {
    let mut answer = match sign_out.begin {
        Told::Address(url) => agent.open(url).await,
        Told::Form(submission, from) => agent.submit(submission, Some(from)).await,
    };
    for _ in 0..PAGES_MAX {
        let page = match answer {
            Ok(page) => page,
            Err(error) => return failed(&error, sign_out),
        };
        let document = match Document::read(&page).await {
            Ok(document) => document,
            Err(error) => return failed(&error, sign_out),
        };
        let next = if sign_out.idp.contains(&page.url.origin()) {
            load_frames(agent, &document, &page, sign_out, &mut driven.notes).await;
            at_idp(&document, &page, &sign_out.person)
        } else {
            at_sp(&document, &page)
        };
        match next {
            Next::End(end) => return end,
            Next::Submit(submission) => {
                let asks = submission.field("SAMLRequest").is_some();
                if asks && !sign_out.idp.contains(&submission.url.origin()) {
                    driven.told = Some(Told::Form(submission.clone(), page.url.clone()));
                }
                answer = agent.submit(&submission, Some(&page.url)).await;
            }
            Next::Open(url) => answer = agent.follow_link(&url, &page.url).await,
        }
    }
    End::Stuck(format!("still not at an end after {PAGES_MAX} pages"))
}

/// An SP was up when somebody signed in, so one that breaks off is not one that cannot be reached.
fn failed(error: &AgentError, sign_out: &SignOut<'_>) -> End {
    match error {
        AgentError::BrokeOff { url, .. } if !sign_out.idp.contains(&url.origin()) => {
            End::BrokeOff(error.to_string())
        }
        _ => End::Stuck(error.to_string()),
    }
}

/// What happens in a frame does not keep the page from going on; that it went wrong is noted.
async fn load_frames(
    agent: &mut Agent,
    document: &Document,
    page: &Page,
    sign_out: &SignOut<'_>,
    notes: &mut Vec<String>,
) {
    for frame in document.frames.iter().take(FRAMES_MAX) {
        match agent.load_frame(frame, &page.url).await {
            Err(error) => notes.push(format!("a frame of the sign-out page did not load: {error}")),
            // What the identity provider answers to a LogoutResponse is its own affair.
            Ok(end) if end.status >= 400 && !sign_out.idp.contains(&end.url.origin()) => notes.push(format!(
                "a frame of the sign-out page ended at {} with status {}",
                without_query(&end.url),
                end.status
            )),
            Ok(_) => {}
        }
    }
}

fn at_idp(document: &Document, page: &Page, person: &Person<'_>) -> Next {
    if let Some(end) = stopped(document) {
        return Next::End(end);
    }
    if let Some(submission) = document.automatic().and_then(|form| form.submission(None)) {
        return Next::Submit(submission);
    }
    if let Some(next) = pick_account(document, person.user.unwrap_or_default()) {
        return next;
    }
    if let Some(url) = document.refresh.as_ref().or_else(|| document.link(CONTINUE)) {
        return Next::Open(url.clone());
    }
    // An SP may have sent a browser that is signed out to sign in again.
    if page.status < 400 || asks_to_sign_in(document) {
        return Next::End(End::Page(page.clone()));
    }
    stuck(format!(
        "the identity provider shows a page that the user agent does not know: {:?} (status {})",
        document.title, page.status
    ))
}

#[cfg(test)]
mod tests;
