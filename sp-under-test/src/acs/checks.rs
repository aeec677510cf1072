//! The eleven checks, each a row of one table: [`CHECKS`] is the order in which they are made.
//!
//! A check says what is wrong in a sentence for the events. The checks here change nothing: what an accepted message uses
//! up is used up afterwards, in [`super::accept`], where the last row is too.

use control_api::sp::Settings;
use jiff::{SignedDuration, Timestamp};
use saml_accept::response::{SignedAssertion, UnverifiedResponse};
use saml_model::{Assertion, Conditions, SubjectConfirmation, names};

use crate::{acs::accept::Circumstances, pending, rejection::Rejection, skip::Skip};

/// A check and the rejection it leads to; the rejection's id is the check's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// What a message is refused as that does not pass.
    pub(crate) rejection: Rejection,
    /// The check.
    pub(crate) check: Check,
}

/// What a check looks at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Check {
    /// The response before its signature.
    Envelope(fn(&UnverifiedResponse) -> Result<(), String>),
    /// The signature itself, which turns the one into the other.
    Signature,
    /// What was signed.
    Content(fn(&Facts<'_>) -> Result<(), String>),
    /// The memory of used assertions, which notes this one.
    Memory,
}

/// Every check, in order.
pub(crate) const CHECKS: [Row; 11] = [
    Row {
        rejection: Rejection::StatusNotSuccess,
        check: Check::Envelope(status),
    },
    Row {
        rejection: Rejection::SignatureInvalid,
        check: Check::Signature,
    },
    Row {
        rejection: Rejection::IssuerUnknown,
        check: Check::Content(issuer),
    },
    Row {
        rejection: Rejection::DestinationMismatch,
        check: Check::Content(destination),
    },
    Row {
        rejection: Rejection::RecipientMismatch,
        check: Check::Content(recipient),
    },
    Row {
        rejection: Rejection::AudienceMismatch,
        check: Check::Content(audience),
    },
    Row {
        rejection: Rejection::OutsideValidity,
        check: Check::Content(validity),
    },
    Row {
        rejection: Rejection::InResponseToUnknown,
        check: Check::Content(in_response_to),
    },
    Row {
        rejection: Rejection::UnsolicitedNotAllowed,
        check: Check::Content(unsolicited),
    },
    Row {
        rejection: Rejection::AuthnContextUnmet,
        check: Check::Content(authn_context),
    },
    Row {
        rejection: Rejection::Replayed,
        check: Check::Memory,
    },
];

/// How much skew an administrator may allow later without an assertion that was forgotten becoming good again: far more than
/// clocks differ, and little enough that a busy user does not run out of room.
const SKEW_REMEMBERED: SignedDuration = SignedDuration::from_hours(1);

/// A signed assertion and the circumstances in which it came.
pub(crate) struct Facts<'a> {
    signed: &'a SignedAssertion,
    circumstances: &'a Circumstances<'a>,
    /// The bearer confirmation that counts. Any one is enough (saml-profiles 4.1.4.3), but it has to pass all by itself.
    confirmation: Option<&'a SubjectConfirmation>,
}

impl<'a> Facts<'a> {
    /// Picks the first bearer confirmation that passes all its checks; where none does, the first.
    pub(crate) fn new(signed: &'a SignedAssertion, circumstances: &'a Circumstances<'a>, skip: Skip) -> Self {
        let mut facts = Self {
            signed,
            circumstances,
            confirmation: None,
        };
        let subject = signed.assertion().subject.as_ref();
        let confirmations = subject
            .map(|subject| subject.confirmations.as_slice())
            .unwrap_or_default();
        let bearers = || {
            confirmations
                .iter()
                .filter(|confirmation| confirmation.method == names::CM_BEARER)
        };
        let of_confirmation = [
            Rejection::RecipientMismatch,
            Rejection::OutsideValidity,
            Rejection::InResponseToUnknown,
        ];
        for bearer in bearers() {
            facts.confirmation = Some(bearer);
            let passes = CHECKS.iter().all(|row| match row.check {
                Check::Content(check)
                    if of_confirmation.contains(&row.rejection) && !skip.skips(row.rejection) =>
                {
                    check(&facts).is_ok()
                }
                _ => true,
            });
            if passes {
                return facts;
            }
        }
        facts.confirmation = bearers().next();
        facts
    }

    fn assertion(&self) -> &'a Assertion {
        self.signed.assertion()
    }

    fn skew(&self) -> SignedDuration {
        skew(self.circumstances.settings)
    }

    /// Until when the assertion can be used at all, in whole seconds since 1970: by whichever confirmation, and with a skew that is
    /// set meanwhile, up to [`SKEW_REMEMBERED`].
    pub(crate) fn expires(&self) -> i64 {
        let subject = self.assertion().subject.as_ref();
        let confirmations = subject.into_iter().flat_map(|subject| &subject.confirmations);
        let confirmed = confirmations
            .filter_map(|it| it.data.as_ref())
            .filter_map(|data| data.not_on_or_after)
            .max();
        let conditions = self
            .assertion()
            .conditions
            .as_ref()
            .and_then(|conditions| conditions.not_on_or_after);
        let last = confirmed.max(conditions).unwrap_or(self.circumstances.now);
        let last = last
            .saturating_add(self.skew().max(SKEW_REMEMBERED))
            .unwrap_or(Timestamp::MAX);
        // The second that has begun is not over.
        last.as_second().saturating_add(1)
    }
}

fn skew(settings: &Settings) -> SignedDuration {
    SignedDuration::from_secs(i64::from(settings.skew_seconds))
}

/// How far ahead of this clock the beginning of what has no leeway of its own may be: the skew and Entra's own leeway.
pub(crate) fn ahead(settings: &Settings) -> SignedDuration {
    skew(settings).saturating_add(ISSUED_AHEAD)
}

/// saml-core 3.2.2.2: the top-level code decides. A success that a second code qualifies is none that anybody defined.
fn status(response: &UnverifiedResponse) -> Result<(), String> {
    let status = &response.envelope().status;
    if status.is_success() && status.sub_code.is_none() {
        return Ok(());
    }
    let sub_code = status.sub_code.as_deref().unwrap_or("none");
    let message = status.message.as_deref().unwrap_or("none");
    Err(format!(
        "StatusCode {}, second level {sub_code}, message: {message}",
        status.code
    ))
}

/// saml-profiles 4.1.4.2: both issuers, compared octet by octet; a response that is signed, or whose assertion is encrypted, has one.
fn issuer(facts: &Facts<'_>) -> Result<(), String> {
    let trust = facts
        .circumstances
        .trust
        .ok_or("no identity provider is trusted yet")?;
    let (inner, outer) = (
        facts.assertion().issuer.as_str(),
        facts.signed.envelope().issuer.as_deref(),
    );
    if inner != trust.issuer {
        return Err(format!(
            "the assertion's Issuer is `{inner}`, trusted is `{}`",
            trust.issuer
        ));
    }
    match outer {
        Some(outer) if outer != inner => Err(format!(
            "the response's Issuer is `{outer}`, the assertion's `{inner}`"
        )),
        None if facts.signed.response_is_signed() || facts.signed.was_encrypted() => {
            Err("the response has no Issuer, and is signed or holds an encrypted assertion".to_owned())
        }
        _ => Ok(()),
    }
}

/// saml-bindings 3.5.5.2; demanded of unsigned responses too, which Entra's always satisfy.
fn destination(facts: &Facts<'_>) -> Result<(), String> {
    let ours = &facts.circumstances.addresses.acs;
    match facts.signed.envelope().destination.as_deref() {
        Some(destination) if destination == ours => Ok(()),
        Some(destination) => Err(format!("Destination is `{destination}`, this is `{ours}`")),
        None => Err("the response has no Destination".to_owned()),
    }
}

/// saml-profiles 4.1.4.3.
fn recipient(facts: &Facts<'_>) -> Result<(), String> {
    let ours = &facts.circumstances.addresses.acs;
    let confirmation = facts.confirmation.ok_or("no bearer SubjectConfirmation")?;
    let data = confirmation
        .data
        .as_ref()
        .ok_or("the bearer confirmation has no SubjectConfirmationData")?;
    match data.recipient.as_deref() {
        Some(recipient) if recipient == ours => Ok(()),
        Some(recipient) => Err(format!("Recipient is `{recipient}`, this is `{ours}`")),
        None => Err("SubjectConfirmationData has no Recipient".to_owned()),
    }
}

/// saml-core 2.5.1.4: one audience of each restriction. A bearer assertion must have a restriction
/// (saml-profiles 4.1.4.2). A name that is qualified for somebody else is meant for somebody else too (saml-core 2.2.2).
fn audience(facts: &Facts<'_>) -> Result<(), String> {
    let ours = &facts.circumstances.addresses.entity_id;
    let conditions = facts
        .assertion()
        .conditions
        .as_ref()
        .ok_or("the assertion has no Conditions")?;
    if conditions.audience_restrictions.is_empty() {
        return Err("the Conditions have no AudienceRestriction".to_owned());
    }
    if let Some(others) = conditions
        .audience_restrictions
        .iter()
        .find(|audiences| !audiences.contains(ours))
    {
        return Err(format!("the audience is {others:?}, this is `{ours}`"));
    }
    let qualifier = facts
        .assertion()
        .name_id()
        .and_then(|name_id| name_id.sp_name_qualifier.as_ref());
    match qualifier {
        Some(qualifier) if qualifier != ours => {
            Err(format!("SPNameQualifier is `{qualifier}`, this is `{ours}`"))
        }
        _ => Ok(()),
    }
}

/// How far ahead of this clock, beyond the skew, an IssueInstant may be: Entra's own leeway (entra-behaviour.md C1).
const ISSUED_AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// saml-core 2.5.1.2, 2.7.2; saml-profiles 4.1.4.2 and 4.1.4.3.
fn validity(facts: &Facts<'_>) -> Result<(), String> {
    let now = facts.circumstances.now;
    let assertion = facts.assertion();
    for (what, instant) in [
        (
            "the response's IssueInstant",
            facts.signed.envelope().issue_instant,
        ),
        ("the assertion's IssueInstant", assertion.issue_instant),
    ] {
        // What says from when is NotBefore, which Entra puts before the IssueInstant.
        begun(facts, what, instant.checked_sub(ISSUED_AHEAD).ok(), now)?;
    }
    if let Some(Conditions {
        not_before,
        not_on_or_after,
        ..
    }) = &assertion.conditions
    {
        begun(facts, "Conditions NotBefore", *not_before, now)?;
        not_over(facts, "Conditions NotOnOrAfter", *not_on_or_after, now)?;
    }
    let data = facts
        .confirmation
        .and_then(|confirmation| confirmation.data.as_ref());
    let data = data.ok_or("no bearer SubjectConfirmationData says until when")?;
    if let Some(not_before) = data.not_before {
        return Err(format!(
            "a bearer confirmation must not have NotBefore, this one has {not_before}"
        ));
    }
    if data.not_on_or_after.is_none() {
        return Err("SubjectConfirmationData has no NotOnOrAfter".to_owned());
    }
    not_over(
        facts,
        "SubjectConfirmationData NotOnOrAfter",
        data.not_on_or_after,
        now,
    )?;
    let sessions = assertion
        .authn_statements
        .iter()
        .map(|statement| statement.session_not_on_or_after);
    sessions
        .into_iter()
        .try_for_each(|end| not_over(facts, "SessionNotOnOrAfter", end, now))?;
    authenticated_anew(facts)
}

/// saml-core 2.7.2 and 3.4.1: nobody has authenticated in times to come, and whom a request with ForceAuthn asked to
/// authenticate did so after it went out. Where such requests are made, who comes without one has authenticated just now.
fn authenticated_anew(facts: &Facts<'_>) -> Result<(), String> {
    let Circumstances { settings, now, .. } = facts.circumstances;
    let statements = &facts.assertion().authn_statements;
    let instants = || statements.iter().map(|it| it.authn_instant);
    let ahead = instants()
        .max()
        .and_then(|instant| instant.checked_sub(ISSUED_AHEAD).ok());
    begun(facts, "AuthnInstant, less the leeway,", ahead, *now)?;
    if !settings.force_authn {
        return Ok(());
    }
    let (since, what) = match facts.signed.envelope().in_response_to.as_deref() {
        // That no such request waits is another check's to say.
        Some(id) => match pending::sent(id) {
            Some(sent) => (sent, "the request with ForceAuthn went out at"),
            None => return Ok(()),
        },
        None => (
            *now,
            "nobody was asked, authentication is demanded anew, and now is",
        ),
    };
    let earliest = since.saturating_sub(facts.skew()).unwrap_or(Timestamp::MIN);
    match instants().min() {
        Some(instant) if instant < earliest => Err(format!(
            "AuthnInstant is {instant}, {what} {since}, the skew {} s",
            settings.skew_seconds
        )),
        _ => Ok(()),
    }
}

fn begun(facts: &Facts<'_>, what: &str, instant: Option<Timestamp>, now: Timestamp) -> Result<(), String> {
    let earliest = |instant: Timestamp| instant.saturating_sub(facts.skew()).unwrap_or(Timestamp::MIN);
    match instant {
        Some(instant) if now < earliest(instant) => Err(format!(
            "{what} is {instant}, now is {now}, the skew {} s",
            facts.circumstances.settings.skew_seconds
        )),
        _ => Ok(()),
    }
}

/// "On or after" is over.
fn not_over(facts: &Facts<'_>, what: &str, instant: Option<Timestamp>, now: Timestamp) -> Result<(), String> {
    let latest = |instant: Timestamp| instant.saturating_add(facts.skew()).unwrap_or(Timestamp::MAX);
    match instant {
        Some(instant) if now >= latest(instant) => Err(format!(
            "{what} is {instant}, now is {now}, the skew {} s",
            facts.circumstances.settings.skew_seconds
        )),
        _ => Ok(()),
    }
}

/// saml-profiles 4.1.4.3 and 4.1.5: response and confirmation name the same request, which waits in this browser;
/// an unsolicited response names none in either place.
fn in_response_to(facts: &Facts<'_>) -> Result<(), String> {
    let data = facts
        .confirmation
        .and_then(|confirmation| confirmation.data.as_ref());
    let confirmed = data.and_then(|data| data.in_response_to.as_deref());
    match (facts.signed.envelope().in_response_to.as_deref(), confirmed) {
        (None, None) => Ok(()),
        (Some(outer), Some(inner)) if outer != inner => Err(format!(
            "the response answers `{outer}`, its confirmation `{inner}`"
        )),
        (Some(outer), None) => Err(format!(
            "the response answers `{outer}`, its confirmation nothing"
        )),
        (None, Some(inner)) => Err(format!(
            "the response answers nothing, its confirmation `{inner}`"
        )),
        (Some(id), Some(_)) => {
            let Circumstances {
                pending,
                browsers,
                now,
                ..
            } = facts.circumstances;
            if pending.waits(id, browsers, *now) {
                return Ok(());
            }
            Err(format!(
                "no request `{id}` waits in this browser ({} known)",
                browsers.len()
            ))
        }
    }
}

/// saml-profiles 4.1.5. A response that nobody asked for takes nobody's place: another site may have sent it, with an
/// account of its own in which the user shall go on working (catalogue `sess-login-csrf-logged-in`).
fn unsolicited(facts: &Facts<'_>) -> Result<(), String> {
    if facts.signed.envelope().in_response_to.is_some() {
        return Ok(());
    }
    if !facts.circumstances.settings.unsolicited {
        return Err(
            "the response has no InResponseTo, and unsolicited responses are switched off".to_owned(),
        );
    }
    match facts.circumstances.signed_in {
        Some(session) if !session.is_of(facts.assertion()) => {
            Err("the response has no InResponseTo, and somebody else is signed in in this browser".to_owned())
        }
        _ => Ok(()),
    }
}

/// saml-core 3.3.2.2.1: what was asked for has to be what happened, whether the request asked or lost it on its way. The
/// class alone tells; what an attribute says of the methods is Entra's own (entra-behaviour.md 3.2).
fn authn_context(facts: &Facts<'_>) -> Result<(), String> {
    let wanted = &facts.circumstances.settings.authn_context;
    let statements = &facts.assertion().authn_statements;
    let classes = || {
        statements
            .iter()
            .filter_map(|statement| statement.class_ref.as_ref())
    };
    if wanted.is_empty() || classes().any(|class| wanted.contains(class)) {
        return Ok(());
    }
    let found: Vec<_> = classes().collect();
    Err(format!(
        "AuthnContextClassRef is {found:?}, wanted is one of {wanted:?}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first eleven of the registry, in its order; what needs no signature comes first, what needs the store last.
    #[test]
    fn the_table_is_the_registrys_first_eleven() {
        let rows: Vec<_> = CHECKS.iter().map(|row| row.rejection).collect();
        assert_eq!(rows, Rejection::ALL[..11]);
        let stage = |row: &Row| match row.check {
            Check::Envelope(_) => 0,
            Check::Signature => 1,
            Check::Content(_) => 2,
            Check::Memory => 3,
        };
        assert!(CHECKS.is_sorted_by_key(stage));
    }
}
