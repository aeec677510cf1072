//! What happened in a flow, in words, request by request.

use control_api::flow::IdpEvent;

use super::fault_words;
use crate::flows::{Entry, Hop, Item, Message, Received, Recorded, Start};

/// An HTTP request with what happened in it.
pub(crate) struct Step {
    /// When it began, by the tenant's clock.
    pub(crate) time: String,
    /// `GET /…`; empty where the request is not over.
    pub(crate) hop: String,
    /// `200 in 3 ms`.
    pub(crate) answer: String,
    /// What happened.
    pub(crate) words: Vec<Words>,
}

/// Something that happened.
pub(crate) struct Words {
    /// `bad` where it went wrong, `fault` where it was meant to.
    pub(crate) class: &'static str,
    /// What.
    pub(crate) text: String,
}

/// The steps, oldest first.
pub(crate) fn steps(recorded: &Recorded) -> Vec<Step> {
    let mut steps: Vec<(u64, Step)> = Vec::new();
    for entry in &recorded.entries {
        let known = steps.iter().position(|(request, _)| *request == entry.request);
        let place = known.unwrap_or_else(|| {
            let step = Step {
                time: entry.at.strftime("%H:%M:%S%.3f").to_string(),
                hop: String::new(),
                answer: String::new(),
                words: Vec::new(),
            };
            steps.push((entry.request, step));
            steps.len() - 1
        });
        steps[place].1.take(entry);
    }
    steps.into_iter().map(|(_, step)| step).collect()
}

impl Step {
    fn take(&mut self, entry: &Entry) {
        if let Item::Hop(hop) = &entry.item {
            self.time = entry.at.strftime("%H:%M:%S%.3f").to_string();
            self.hop = format!("{} {}", hop.method, hop.path);
            self.answer = answer(hop);
        } else {
            self.words.extend(words(&entry.item));
        }
    }
}

fn answer(hop: &Hop) -> String {
    let millis = hop.took.as_secs_f64() * 1_000.0;
    let to = hop.answer_headers.iter().find(|(name, _)| *name == "location");
    let to = to.map_or_else(String::new, |(_, address)| format!(" to {address}"));
    format!("{}{to} in {millis:.1} ms", hop.status)
}

fn words(item: &Item) -> Vec<Words> {
    let say = |class, text: String| vec![Words { class, text }];
    match item {
        Item::Began { start, app } => say("", began(*start, app.as_ref().map(|(_, name)| name.as_str()))),
        Item::Received(Received::Form {
            parameter, message, ..
        }) => say(
            "",
            format!(
                "{parameter} came by HTTP-POST, {} characters.",
                message.text().len()
            ),
        ),
        Item::Received(Received::Query(_)) => say("", "A query came to the control route.".to_owned()),
        Item::Asked { what, user } if user.is_empty() => say("", format!("A page asks for {what}.")),
        Item::Asked { what, user } => say("", format!("A page asks {user} for {what}.")),
        Item::Armed(faults) => {
            let faults = faults.iter().map(|fault| Words {
                class: "fault",
                text: format!("The armed fault {} takes effect.", fault_words(fault)),
            });
            faults.collect()
        }
        Item::Event(event) => vec![event_words(event)],
        Item::Sent(sent) => match &sent.message {
            Message::Post(_) => say(
                "",
                format!(
                    "The browser posts it to {}; the mock does not see the answer.",
                    sent.to
                ),
            ),
            Message::Redirect(_) => say("", format!("{} is told at {}.", sent.app, sent.to)),
        },
        Item::Mishap(text) => say("bad", format!("No response was made: {text}.")),
        Item::Hop(_) => Vec::new(),
    }
}

fn began(start: Start, app: Option<&str>) -> String {
    let app = app.unwrap_or("no application of this tenant");
    match start {
        Start::Sp => format!("Sign-on to {app}, asked for by the service provider."),
        Start::Idp => format!("Sign-on to {app}, started at its tile."),
        Start::Test => format!("Sign-on to {app}, started by the Test button."),
        Start::MyApps => "Sign-in to My Apps.".to_owned(),
        Start::Control => format!("Sign-on to {app}, by the control route."),
        Start::SignOutSp => format!("Sign-out, asked for by {app}."),
        Start::SignOutIdp => "Sign-out at the identity provider.".to_owned(),
    }
}

fn event_words(event: &IdpEvent) -> Words {
    let (class, text) = match event {
        IdpEvent::RequestReceived {
            request_id,
            issuer,
            binding,
        } => (
            "",
            format!("The request {request_id} of the issuer {issuer} was understood ({binding})."),
        ),
        IdpEvent::Stopped { code, message, .. } if code.is_empty() => ("bad", message.clone()),
        IdpEvent::Stopped { code, message, .. } => ("bad", format!("{code}: {message}")),
        IdpEvent::Authenticated {
            upn,
            by_session: true,
        } => ("", format!("The browser's session answers for {upn}.")),
        IdpEvent::Authenticated { upn, .. } => ("", format!("{upn} signed in.")),
        IdpEvent::LogoutRequested { request_id, issuer } => (
            "",
            format!("The LogoutRequest {request_id} of the issuer {issuer} was understood."),
        ),
        IdpEvent::SignedOut { upn, told } if told.is_empty() => {
            ("", format!("The session of {upn} ended; nobody is told."))
        }
        IdpEvent::SignedOut { upn, told } => (
            "",
            format!("The session of {upn} ended; told are {}.", told.join(", ")),
        ),
        IdpEvent::LogoutIssued {
            message_id,
            app,
            thumbprint,
            ..
        } => (
            "",
            format!(
                "The sign-out message {message_id} to {app} was made, {}.",
                signed_by(thumbprint)
            ),
        ),
        IdpEvent::MetadataServed { app, faults } => {
            let whose = if app.is_empty() { "the tenant" } else { app };
            let faults = faults.join(", ");
            (
                "",
                format!("The federation metadata of {whose} was fetched, with the faults {faults}."),
            )
        }
        IdpEvent::FailureIssued {
            response_id, code, ..
        } => (
            "bad",
            format!("The failure response {response_id} was made: {code}."),
        ),
        IdpEvent::ResponseIssued {
            response_id,
            assertion_id,
            name_id,
            thumbprint,
            ..
        } => {
            let signed = signed_by(thumbprint);
            (
                "",
                format!(
                    "The response {response_id} with the assertion {assertion_id} for the NameID {name_id} was made, {signed}."
                ),
            )
        }
    };
    Words { class, text }
}

/// Who signed, by the certificate's thumbprint.
fn signed_by(thumbprint: &str) -> String {
    if thumbprint.is_empty() {
        "signed by nobody".to_owned()
    } else {
        format!("signed by the certificate {thumbprint}")
    }
}
