//! A flow as a scenario (contracts.md section 5): what `entrant test FILE` runs to see the same again.

use std::fmt::Write as _;

use control_api::idp::FaultSpec;
use control_api::tenant::local_part;
use saml_accept::request::{Message, message};
use saml_accept::xml::Limits;
use saml_model::AuthnRequest;

use super::messages::Incoming;
use super::sp::Said;
use crate::faults::{CaseOutcome, FAULTS, Fault};
use crate::flows::{Decision, Start, Summary};
use crate::tenant::{App, Tenant};

/// What a scenario is made from.
pub(crate) struct Source<'s> {
    pub(crate) tenant: &'s Tenant,
    pub(crate) summary: &'s Summary,
    pub(crate) incoming: &'s [Incoming],
    pub(crate) said: &'s [Said],
    /// Another user whom the service provider let in to the application: asked where a control is needed.
    pub(crate) let_in: &'s dyn Fn() -> Option<String>,
}

/// A refusal whose cause is neither a fault nor a replay, so that the same user is no control.
const NO_CONTROL: &str = "The service provider refused what nothing was wrong with, and a scenario of that needs a user whom it lets in: sign in to the application as another user, then come back.";

/// Rejections of what the reference SP did not ask for, and of what it had already.
const NOT_ASKED_FOR: &str = "in-response-to-unknown";
const REPLAYED: &str = "replayed";

/// The reply URL of the request is none of the application's.
const REPLY_URL_MISMATCH: &str = "AADSTS50011";

/// The file.
///
/// # Errors
/// Why there is none: nobody is known, or the application is gone.
pub(crate) fn scenario(source: &Source<'_>) -> Result<String, &'static str> {
    let summary = source.summary;
    let named = summary.app.as_deref();
    let app = match named {
        Some(_) => summary.app_id.and_then(|id| source.tenant.app(id)),
        // A sign-out at the identity provider, or a request that led to no application: any will do.
        None => source.tenant.apps.first(),
    };
    let app = app.ok_or("The application is gone, and a scenario needs one.")?;
    let steps = match summary.start {
        Some(Start::SignOutSp | Start::SignOutIdp) => sign_out(source)?,
        Some(Start::MyApps) => return Err("Nobody signed in to an application, and a scenario needs one."),
        _ if named.is_none() => raw_request(source)?,
        _ => match summary.decision {
            Decision::Waiting => {
                return Err("Nobody signed in yet, and a scenario needs something to expect.");
            }
            Decision::Served => {
                return Err("Metadata was fetched, and a scenario needs a sign-on.");
            }
            Decision::Mishap => {
                return Err("No response was made, and a scenario needs something to expect.");
            }
            _ => sign_in(source, app)?,
        },
    };
    let display_name = &source.tenant.file.tenant.display_name;
    let title = format!(
        "Recorded {}: {}",
        summary.began.strftime("%Y-%m-%d %H:%M:%S"),
        app.entry.name
    );
    let mut text = format!(
        "# Made from a recorded flow of the tenant {}. {}\n",
        one_line(display_name),
        basis(source)
    );
    for fault in &summary.faults {
        if let Some(name) = fault.parameters.get("certificate") {
            let _ = writeln!(
                text,
                "# The application needs a certificate called {}.",
                one_line(name)
            );
        }
    }
    let _ = write!(
        text,
        "title  = {}\norigin = \"a recorded flow\"\napp    = {}\n{steps}",
        quoted(&title),
        quoted(&app.entry.name)
    );
    Ok(text)
}

/// Where the expectation comes from.
fn basis(source: &Source<'_>) -> &'static str {
    let is_stopped = matches!(source.summary.decision, Decision::Stopped(_));
    if is_stopped || decided(source).is_some() {
        "The expectation is what happened there."
    } else if source.summary.faults.is_empty() {
        "What the service provider decided is not known: the expectation is what a correct one does."
    } else {
        "What the service provider decided is not known: the expectation is what the catalogue says of the faults."
    }
}

/// The service provider's last word.
fn decided<'s>(source: &Source<'s>) -> Option<&'s Said> {
    source.said.iter().rev().find(|said| said.is_decision)
}

/// A comment ends with its line.
fn one_line(text: &str) -> String {
    text.replace(|character: char| character.is_control(), " ")
}

/// A TOML basic string. JSON escapes all that TOML does, but for DEL.
fn quoted(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    json.replace('\u{7f}', "\\u007F")
}

fn user(source: &Source<'_>) -> Result<String, &'static str> {
    let upn = source.summary.user.as_str();
    if upn.is_empty() {
        return Err("Nobody signed in, and a scenario needs to know who shall.");
    }
    Ok(called(source, upn))
}

/// Who shall sign in where the request was refused before anybody could: whoever, since it is asked for a reply URL that the
/// application does not have.
fn anybody(source: &Source<'_>, app: &App) -> Option<String> {
    let is_told = matches!(&source.summary.decision, Decision::Stopped(code) if code == REPLY_URL_MISMATCH);
    let first = source.tenant.users.first()?;
    (is_told && request(source, app, "sp").contains("acs_url = "))
        .then(|| called(source, &first.entry.user_principal_name))
}

/// How a scenario names a user: a local part that two users have means neither.
fn called(source: &Source<'_>, upn: &str) -> String {
    let local = local_part(upn);
    let means = |name: &str| source.tenant.directory.user_called(name);
    let is_theirs = means(local).is_some() && means(local) == means(upn);
    if is_theirs { local } else { upn }.to_owned()
}

/// A response that was taken once, and posted again.
fn replayed(user: &str, start: &str) -> String {
    format!(
        "\n[[step]]\nsign_in = {{ user = {user}, start = \"{start}\" }}\nexpect  = {{ outcome = \"signed-in\" }}\n\n[[step]]\nreplay = {{ step = 1 }}\nexpect = {{ outcome = \"refused\", rejection = \"{REPLAYED}\" }}\n"
    )
}

fn sign_in(source: &Source<'_>, app: &App) -> Result<String, &'static str> {
    let summary = source.summary;
    let user = user(source).or_else(|reason| anybody(source, app).ok_or(reason))?;
    let user = quoted(&user);
    let start = match summary.start {
        Some(Start::Idp | Start::Control) if summary.request_ids.is_empty() => "idp",
        Some(Start::Test) => "test",
        _ => "sp",
    };
    let expected = expected(source);
    if summary.faults.is_empty() {
        match expected.rejection.as_deref() {
            Some(NOT_ASKED_FOR) => {
                return Err(
                    "The service provider did not send this request, and a scenario's requests are its own.",
                );
            }
            Some(REPLAYED) => return Ok(replayed(&user, start)),
            _ => {}
        }
    }
    let mut step = String::new();
    let mut keys = format!("user = {user}, start = \"{start}\"");
    if expected.outcome == "refused" && summary.faults.is_empty() {
        let other = (source.let_in)().ok_or(NO_CONTROL)?;
        let other = quoted(&called(source, &other));
        let _ = write!(
            step,
            "\n[[step]]\nsign_in = {{ user = {other}, start = \"{start}\" }}\nexpect  = {{ outcome = \"signed-in\" }}\n"
        );
        keys.push_str(", control = 1");
    } else if summary.by_session {
        // The session comes of a sign-in in the same browser.
        let _ = write!(
            step,
            "\n[[step]]\nsign_in = {{ user = {user}, start = \"{start}\", browser = \"one\" }}\nexpect  = {{ outcome = \"signed-in\" }}\n"
        );
        keys.push_str(", browser = \"one\"");
    }
    let request = request(source, app, start);
    if !request.is_empty() {
        let _ = write!(keys, ", request = {{ {request} }}");
    }
    if !summary.faults.is_empty() {
        let faults: Vec<_> = summary.faults.iter().map(fault).collect();
        let _ = write!(keys, ", faults = [{}]", faults.join(", "));
        if summary.faults_times > 1 {
            let _ = write!(keys, ", times = {}", summary.faults_times);
        }
    }
    match expected.code.as_deref() {
        Some("AADSTS50126") => keys.push_str(", password = \"not the password\""),
        Some("AADSTS500121") => keys.push_str(", mfa = \"000000\""),
        _ => {}
    }
    let _ = write!(
        step,
        "\n[[step]]\nsign_in = {{ {keys} }}\nexpect  = {{ {} }}\n",
        expected.keys()
    );
    Ok(step)
}

/// What the sign-on led to.
struct Expected {
    outcome: &'static str,
    code: Option<String>,
    rejection: Option<String>,
}

impl Expected {
    fn keys(&self) -> String {
        let mut keys = format!("outcome = \"{}\"", self.outcome);
        for (key, value) in [("code", &self.code), ("rejection", &self.rejection)] {
            if let Some(value) = value {
                let _ = write!(keys, ", {key} = {}", quoted(value));
            }
        }
        keys
    }
}

fn expected(source: &Source<'_>) -> Expected {
    let summary = source.summary;
    let none = Expected {
        outcome: "signed-in",
        code: None,
        rejection: None,
    };
    match &summary.decision {
        Decision::Stopped(code) if !code.is_empty() => Expected {
            outcome: "stopped-at-idp",
            code: Some(code.clone()),
            ..none
        },
        Decision::Failed(_) => Expected {
            outcome: "refused",
            ..none
        },
        // What the service provider said counts; where it said nothing, what must come of the faults.
        _ => match decided(source) {
            Some(Said {
                rejection: Some(rejection),
                ..
            }) => Expected {
                outcome: CaseOutcome::Refused.word(),
                rejection: Some(rejection.clone()),
                ..none
            },
            Some(_) => none,
            None => of_catalogue(&summary.faults),
        },
    }
}

/// What a correct service provider does with these faults: it refuses what has one that it must refuse; where it may choose, it
/// may with others too.
fn of_catalogue(faults: &[FaultSpec]) -> Expected {
    let known = faults
        .iter()
        .filter_map(|spec| FAULTS.iter().find(|fault| fault.id == spec.id));
    let outcomes: Vec<_> = known.clone().filter_map(|fault| fault.spec.outcome).collect();
    let by_weight = [CaseOutcome::Refused, CaseOutcome::Either, CaseOutcome::Safe];
    let outcome = by_weight.into_iter().find(|outcome| outcomes.contains(outcome));
    let outcome = outcome.unwrap_or(CaseOutcome::SignedIn);
    let mut refused = known.filter(|fault| fault.spec.outcome == Some(CaseOutcome::Refused));
    Expected {
        outcome: outcome.word(),
        code: None,
        rejection: refused.find_map(Fault::rejection).map(str::to_owned),
    }
}

fn fault(spec: &FaultSpec) -> String {
    let parameters = spec.parameters.iter();
    let parameters = parameters.map(|(name, value)| format!(", {name} = {}", quoted(value)));
    format!(
        "{{ id = {}{} }}",
        quoted(&spec.id),
        parameters.collect::<String>()
    )
}

/// What the request asked for that an SP does not ask for by itself.
fn request(source: &Source<'_>, app: &App, start: &str) -> String {
    let asked = source
        .incoming
        .iter()
        .find(|message| message.parameter == "SAMLRequest");
    let Some(asked) = asked else {
        return String::new();
    };
    let mut keys: Vec<(&str, String)> = Vec::new();
    let authn = asked.xml.as_ref().ok().and_then(|xml| authn_request(xml));
    if let Some(request) = authn.filter(|_| start == "sp") {
        keys.extend(of_request(&request, app));
    }
    keys.extend(asked.login_hint.as_ref().map(|hint| ("login_hint", quoted(hint))));
    let keys: Vec<_> = keys
        .iter()
        .map(|(key, value)| format!("{key} = {value}"))
        .collect();
    keys.join(", ")
}

fn authn_request(xml: &str) -> Option<AuthnRequest> {
    match message(xml.as_bytes(), &Limits::default()) {
        Ok(Message::AuthnRequest(request)) => Some(request),
        _ => None,
    }
}

fn of_request(request: &AuthnRequest, app: &App) -> Vec<(&'static str, String)> {
    let mut keys = Vec::new();
    let mut add = |key, value: Option<String>| keys.extend(value.map(|value| (key, value)));
    let text = |value: &Option<String>| value.as_deref().map(quoted);
    let policy = request.name_id_policy.clone().unwrap_or_default();
    let context = request.requested_authn_context.clone();
    // The addresses are the SP's own: only one that the application does not have tells something.
    let strange = |url: &&String| !app.entry.reply_urls.contains(*url);
    add(
        "acs_url",
        request.acs_url.as_ref().filter(strange).map(|url| quoted(url)),
    );
    add("acs_index", request.acs_index.map(|index| index.to_string()));
    add("protocol_binding", text(&request.protocol_binding));
    add("force_authn", request.force_authn.then(|| "true".to_owned()));
    add("is_passive", request.is_passive.then(|| "true".to_owned()));
    add("name_id_format", text(&policy.format));
    add("sp_name_qualifier", text(&policy.sp_name_qualifier));
    if let Some(context) = context {
        let classes: Vec<_> = context.class_refs.iter().map(|class| quoted(class)).collect();
        add("authn_context", Some(format!("[{}]", classes.join(", "))));
        add("comparison", text(&context.comparison));
    }
    add("subject", request.has_subject.then(|| quoted("somebody")));
    add("scoping", request.scoping.map(|_| "true".to_owned()));
    keys
}

/// A request that led to no application, as it came.
fn raw_request(source: &Source<'_>) -> Result<String, &'static str> {
    let asked = source
        .incoming
        .iter()
        .find(|message| message.parameter == "SAMLRequest");
    let asked = asked.ok_or("No request came, and a scenario of this flow needs one.")?;
    let Decision::Stopped(code) = &source.summary.decision else {
        return Err("The flow led nowhere, and a scenario needs something to expect.");
    };
    let carried = match (asked.binding, &asked.relay_state) {
        ("HTTP-POST", relay_state) => {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            form.append_pair(asked.parameter, &asked.raw);
            form.extend_pairs(relay_state.iter().map(|value| ("RelayState", value)));
            format!("binding = \"post\", form = {}", quoted(&form.finish()))
        }
        _ => format!(
            "query = {}",
            quoted(&format!("{}={}", asked.parameter, asked.raw))
        ),
    };
    let code = quoted(code);
    Ok(format!(
        "\n[[step]]\nrequest = {{ {carried} }}\nexpect  = {{ outcome = \"stopped-at-idp\", code = {code} }}\n"
    ))
}

fn sign_out(source: &Source<'_>) -> Result<String, &'static str> {
    let user = quoted(&user(source)?);
    let start = match source.summary.start {
        Some(Start::SignOutIdp) => "idp",
        _ => "sp",
    };
    Ok(format!(
        "\n[[step]]\nsign_in = {{ user = {user}, start = \"sp\", browser = \"one\" }}\nexpect  = {{ outcome = \"signed-in\" }}\n\n[[step]]\nsign_out = {{ start = \"{start}\", browser = \"one\" }}\nexpect   = {{ outcome = \"signed-out\" }}\n"
    ))
}
