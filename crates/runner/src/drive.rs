//! One sign-on, driven as a person with a browser would: from the first address to the page where it ends.

mod pages;
mod sign_out;

use std::time::Duration;

use control_api::idp::Times;
use url::{Origin, Url};

use crate::agent::delivery::with_relay_state;
use crate::agent::fence::Fence;
use crate::agent::forms::{Document, Submission};
use crate::agent::{Agent, AgentError, Page};
use crate::scenario::DeliveryChanges;

pub(crate) use pages::asks_to_sign_in;
pub(crate) use sign_out::{SignOut, SignOutDriven, Told, sign_out};

/// How many pages with something to do a sign-on or sign-out may show.
const PAGES_MAX: usize = 30;

/// How many responses an SP gets, at the least, before a loop is one of asking for them: it may lead by one place twice for each.
const DELIVERIES_OF_A_CIRCLE: u32 = 4;

/// What is driven.
pub(crate) struct SignOn<'a> {
    /// How it begins.
    pub(crate) begin: Begin,
    /// Who sits at the browser.
    pub(crate) person: Person<'a>,
    /// The identity provider's origins.
    pub(crate) idp: &'a [Origin],
    /// What changes of the request by which the response reaches the SP.
    pub(crate) delivery: Option<&'a DeliveryChanges>,
    /// Whether it ends where the response would be posted.
    pub(crate) hold: bool,
    /// Of a response under test: how many responses reach the SP. Where it asks for more the sign-on ends, since another response
    /// says nothing of this one. `None`: it may ask as often as it likes.
    pub(crate) responses: Option<Times>,
    /// Of an attack: what keeps the browser from being led away once the response is on its way.
    pub(crate) fence: Option<&'a Fence>,
}

/// Who sits at the browser.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Person<'a> {
    /// What is typed as user name; `None`: nobody is there to type.
    pub(crate) user: Option<&'a str>,
    /// What is typed as password.
    pub(crate) password: &'a str,
    /// What is typed as second factor, or as passcode.
    pub(crate) code: &'a str,
    /// Whether "Stay signed in?" is answered with Yes.
    pub(crate) keep_signed_in: bool,
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
    /// How many there were.
    pub(crate) deliveries: u32,
    /// Where a form took a request that was not for the identity provider; the last one.
    pub(crate) asked_elsewhere: Option<Url>,
    /// Which hop, from 0, answered with a form that carries the SP's request.
    pub(crate) asked_by_form: Option<usize>,
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
    /// The response is there, and was not posted.
    Held,
    /// The SP has had every response that it was to get, and asked for another one; or it asks in a circle, without end.
    AskedAgain {
        /// Whether it went on asking, however many it got.
        in_a_circle: bool,
    },
    /// The SP led the browser to where an attack wanted it.
    LedAstray(String),
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

/// Drives `sign_on` with `agent` for as long as it may take; gives how it ended, and what came of it.
pub(crate) async fn drive_within(limit: Duration, agent: &mut Agent, sign_on: &SignOn<'_>) -> (End, Driven) {
    let mut driven = Driven::default();
    let in_time = tokio::time::timeout(limit, drive(agent, sign_on, &mut driven)).await;
    let end = match (in_time, driven.end.take()) {
        (Ok(()), Some(end)) => end,
        (Ok(()), None) => End::Stuck("the sign-on did not end".to_owned()),
        (Err(_), _) => End::Stuck(format!("the sign-on did not end within {} s", limit.as_secs())),
    };
    (end, driven)
}

async fn drive(agent: &mut Agent, sign_on: &SignOn<'_>, driven: &mut Driven) {
    let first = match &sign_on.begin {
        Begin::Open(url) => agent.open(url).await,
        Begin::Submit { submission, from } => {
            submit(agent, sign_on, submission.clone(), from.as_ref(), driven).await
        }
    };
    let mut answer = first;
    for _ in 0..PAGES_MAX {
        let page = match answer {
            Ok(page) => page,
            Err(error) => return driven.end = Some(failed(error, driven, sign_on)),
        };
        let document = match Document::read(&page).await {
            Ok(document) => document,
            Err(error) => return driven.end = Some(failed(error, driven, sign_on)),
        };
        if let (Some(url), true) = (&document.refresh, driven.delivery.is_some())
            && let Err(error @ AgentError::Astray(_)) = agent.must_stay(url).await
        {
            return driven.end = Some(failed(error, driven, sign_on));
        }
        let next = if sign_on.idp.contains(&page.url.origin()) {
            pages::answer(&document, &page, &sign_on.person)
        } else {
            at_sp(&document, &page)
        };
        match next {
            Next::End(end) => return driven.end = Some(end),
            Next::Submit(submission) => {
                if has_had_all(sign_on, driven)
                    && delivers(sign_on, &submission)
                    && sign_on.idp.contains(&page.url.origin())
                {
                    return driven.end = Some(End::AskedAgain { in_a_circle: false });
                }
                if submission.field("SAMLRequest").is_some() {
                    if sign_on.idp.contains(&submission.url.origin()) {
                        driven.asked_by_form = agent.hop_count().checked_sub(1);
                    } else {
                        driven.asked_elsewhere = Some(submission.url.clone());
                    }
                }
                answer = submit(agent, sign_on, submission, Some(&page.url), driven).await;
                if sign_on.hold && driven.delivery.is_some() {
                    return driven.end = Some(End::Held);
                }
            }
            Next::Open(url) => answer = agent.follow_link(&url, &page.url).await,
        }
    }
    driven.end = Some(End::Stuck(format!("still not at an end after {PAGES_MAX} pages")));
}

/// Submits a form; where it delivers the response, as the sign-on says.
async fn submit(
    agent: &mut Agent,
    sign_on: &SignOn<'_>,
    submission: Submission,
    from: Option<&Url>,
    driven: &mut Driven,
) -> Result<Page, AgentError> {
    let Some(from) = from.filter(|_| delivers(sign_on, &submission)) else {
        return agent.submit(&submission, from).await;
    };
    let submission = match sign_on.delivery {
        Some(changes) => with_relay_state(submission, changes),
        None => submission,
    };
    // What an SP passes on to another address of its own is the same response.
    if driven.deliveries == 0 || sign_on.idp.contains(&from.origin()) {
        driven.deliveries += 1;
    }
    driven.delivery = Some(Delivery {
        submission: submission.clone(),
        from: from.clone(),
        hops_before: agent.hop_count(),
    });
    if sign_on.hold {
        // Nobody looks at it.
        return Ok(Page::nothing(submission.url));
    }
    agent.stay_within(sign_on.fence.cloned().map(|fence| lured(fence, &submission)));
    match sign_on.delivery {
        Some(changes) => agent.deliver(&submission, Some(from), changes).await,
        None => agent.submit(&submission, Some(from)).await,
    }
}

/// What the attack wants of the RelayState is told with it.
fn lured(mut fence: Fence, submission: &Submission) -> Fence {
    if fence.relay_state_lures {
        fence
            .lures
            .extend(submission.field("RelayState").map(str::to_owned));
    }
    fence
}

/// An SP that has taken a response and breaks off is not one that cannot be reached.
fn failed(error: AgentError, driven: &Driven, sign_on: &SignOn<'_>) -> End {
    match &error {
        AgentError::Astray(to) => End::LedAstray(to.clone()),
        AgentError::BrokeOff { url, .. }
            if driven.delivery.is_some() && !sign_on.idp.contains(&url.origin()) =>
        {
            End::BrokeOff(error.to_string())
        }
        AgentError::Loop(_) if sign_on.responses.is_some() && driven.deliveries >= DELIVERIES_OF_A_CIRCLE => {
            End::AskedAgain { in_a_circle: true }
        }
        _ => End::Stuck(error.to_string()),
    }
}

/// Whether the SP has been given every response that it is to get.
fn has_had_all(sign_on: &SignOn<'_>, driven: &Driven) -> bool {
    sign_on
        .responses
        .is_some_and(|times| times.is_used_up(driven.deliveries))
}

/// Whether a form takes a response from the identity provider to somewhere else.
fn delivers(sign_on: &SignOn<'_>, submission: &Submission) -> bool {
    // A fault may leave the field out.
    let carries = submission.field("SAMLResponse").is_some()
        || (submission.is_delivery && submission.field("SAMLRequest").is_none());
    carries && !sign_on.idp.contains(&submission.url.origin())
}

/// What a page asks for.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    End(End),
    Submit(Submission),
    Open(Url),
}

fn at_sp(document: &Document, page: &Page) -> Next {
    // A browser shows the body of an error too, so its script would run.
    match document.automatic().and_then(|form| form.submission(None)) {
        Some(submission) => Next::Submit(submission),
        None => Next::End(End::Page(page.clone())),
    }
}

#[cfg(test)]
mod tests;
