//! From when until when (saml-core 1.3.3, 2.5.1.2, 2.7.2).

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use saml_model::Response;

use super::super::tree::Tree;
use super::super::value::{HOUR, assertion, before, conditions};
use super::super::{Action, FaultError, Inputs, Parameters, variant};

pub(in super::super) const ACTIONS: &[(&str, Action)] = &[
    ("cond-boundary-nb", Action::Value(begins_now)),
    ("cond-boundary-noa", Action::Value(ends_now)),
    ("cond-expired", Action::Value(expired)),
    ("cond-issueinstant-future", Action::Value(issued_in_future)),
    ("cond-issueinstant-old", Action::Value(issued_long_ago)),
    ("cond-no-notbefore", Action::Value(no_beginning)),
    ("cond-no-notonorafter", Action::Value(no_end)),
    ("cond-not-yet", Action::Value(not_yet)),
    ("cond-session-end", Action::Value(session_ends)),
    ("cond-session-expired", Action::Value(session_expired)),
    (SKEW_INSIDE, Action::Value(a_little_off)),
    (SKEW_OUTSIDE, Action::Value(far_off)),
    (TIME_FRACTION, Action::Draft(fractions)),
    (TIME_GARBAGE, Action::Draft(garbage)),
    (TIME_NO_Z, Action::Draft(other_zone)),
];

const SKEW_INSIDE: &str = "cond-skew-inside";
const SKEW_OUTSIDE: &str = "cond-skew-outside";
const TIME_FRACTION: &str = "cond-time-fraction";
const TIME_GARBAGE: &str = "cond-time-garbage";
const TIME_NO_Z: &str = "cond-time-no-z";

/// What two clocks may be apart.
const SMALL_SKEW: SignedDuration = SignedDuration::from_secs(60);
/// What they may not.
const LARGE_SKEW: SignedDuration = SignedDuration::from_mins(15);
/// How long a session lasts that ends early.
const SHORT_SESSION: SignedDuration = SignedDuration::from_mins(10);
/// A day.
const DAY: SignedDuration = SignedDuration::from_hours(24);

fn expired(response: &mut Response, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let conditions = conditions(response)?;
    conditions.not_before = Some(before(inputs.now, HOUR * 2));
    conditions.not_on_or_after = Some(before(inputs.now, HOUR));
    Ok(())
}

fn not_yet(response: &mut Response, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let conditions = conditions(response)?;
    conditions.not_before = Some(before(inputs.now, -HOUR));
    conditions.not_on_or_after = Some(before(inputs.now, HOUR * -2));
    Ok(())
}

fn begins_now(response: &mut Response, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    conditions(response)?.not_before = Some(inputs.now);
    Ok(())
}

/// "On or after": this moment is too late where the clocks agree.
fn ends_now(response: &mut Response, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    conditions(response)?.not_on_or_after = Some(inputs.now);
    Ok(())
}

fn a_little_off(
    response: &mut Response,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    off_by(SMALL_SKEW, response, variant(parameters, SKEW_INSIDE), inputs)
}

fn far_off(response: &mut Response, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    off_by(LARGE_SKEW, response, variant(parameters, SKEW_OUTSIDE), inputs)
}

fn off_by(
    skew: SignedDuration,
    response: &mut Response,
    bound: &str,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    let conditions = conditions(response)?;
    match bound {
        "not-on-or-after" => conditions.not_on_or_after = Some(before(inputs.now, skew)),
        _ => conditions.not_before = Some(before(inputs.now, -skew)),
    }
    Ok(())
}

fn no_beginning(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    conditions(response)?.not_before = None;
    Ok(())
}

/// saml-profiles 4.1.4.2 wants it of the confirmation alone.
fn no_end(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    conditions(response)?.not_on_or_after = None;
    Ok(())
}

fn issued_long_ago(response: &mut Response, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    issued(response, before(inputs.now, DAY))
}

fn issued_in_future(response: &mut Response, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    issued(response, before(inputs.now, -HOUR))
}

fn issued(response: &mut Response, instant: Timestamp) -> Result<(), FaultError> {
    assertion(response)?.issue_instant = instant;
    response.issue_instant = instant;
    Ok(())
}

fn session_expired(response: &mut Response, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    sessions_end(response, before(inputs.now, HOUR))
}

fn session_ends(response: &mut Response, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    sessions_end(response, before(inputs.now, -SHORT_SESSION))
}

fn sessions_end(response: &mut Response, instant: Timestamp) -> Result<(), FaultError> {
    for statement in &mut assertion(response)?.authn_statements {
        statement.session_not_on_or_after = Some(instant);
    }
    Ok(())
}

/// Both bounds of the conditions without a zone, in another one, or in another one and over: whoever overlooks the offset
/// would think it still valid.
fn other_zone(message: &mut Tree, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let chosen = variant(parameters, TIME_NO_Z);
    let conditions = message.at_mut(&["Assertion", "Conditions"])?;
    if chosen == "offset-expired" {
        conditions.set("NotOnOrAfter", &east(before(inputs.now, HOUR)));
        return Ok(());
    }
    for (name, value) in &mut conditions.attributes {
        if !matches!(name.as_str(), "NotBefore" | "NotOnOrAfter") {
            continue;
        }
        *value = match (chosen, value.parse::<Timestamp>()) {
            ("offset", Ok(instant)) => east(instant),
            _ => value.trim_end_matches('Z').to_owned(),
        };
    }
    Ok(())
}

/// As a clock two hours east of Greenwich shows it.
fn east(instant: Timestamp) -> String {
    let local = Offset::constant(2).to_datetime(instant);
    format!("{}+02:00", local.strftime("%Y-%m-%dT%H:%M:%S"))
}

/// Every instant of the message, as other issuers write it. The digits below the millisecond count for nothing.
fn fractions(message: &mut Tree, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let digits = match variant(parameters, TIME_FRACTION) {
        "none" => "",
        "twelve" => ".000000000001",
        _ => ".0000001",
    };
    rewrite(message, digits);
    Ok(())
}

fn rewrite(element: &mut Tree, digits: &str) {
    for (name, value) in &mut element.attributes {
        if INSTANTS.contains(&name.as_str()) {
            let seconds = value.get(..SECONDS_END).unwrap_or(value);
            *value = format!("{seconds}{digits}Z");
        }
    }
    for child in element.elements_mut() {
        rewrite(child, digits);
    }
}

/// The attributes that hold an instant.
const INSTANTS: &[&str] = &["AuthnInstant", "IssueInstant", "NotBefore", "NotOnOrAfter"];
/// Where the whole seconds of `2026-11-23T10:00:00Z` end.
const SECONDS_END: usize = 19;

fn garbage(message: &mut Tree, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let tomorrow = before(inputs.now, -DAY).strftime("%Y-%m-%d");
    let text = match variant(parameters, TIME_GARBAGE) {
        "empty" => String::new(),
        "impossible" => "9999-99-99T99:99:99Z".to_owned(),
        "leap-second" => format!("{tomorrow}T23:59:60Z"),
        "year-10000" => "10000-01-01T00:00:00Z".to_owned(),
        _ => "tomorrow".to_owned(),
    };
    message
        .at_mut(&["Assertion", "Conditions"])?
        .set("NotOnOrAfter", &text);
    Ok(())
}
