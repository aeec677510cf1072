//! What a signed message must say before anybody acts on it: a table for each kind, folded to the first rejection.

use jiff::{SignedDuration, Timestamp};
use saml_model::{LogoutRequest, LogoutResponse, names};

use super::received::Signed;
use crate::{
    pending::Pending,
    rejection::{Refused, Rejection},
    session::Meant,
    skip::Skip,
    store::{Memory, Scope, Store},
    trust::Trust,
};

/// How long a LogoutRequest is good for, whatever its `NotOnOrAfter` says: a browser brings it at once.
pub(crate) const REQUEST_LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// What a message is held against.
pub(crate) struct Circumstances<'a> {
    /// What the SP's clock shows.
    pub(crate) now: Timestamp,
    /// Allowed clock skew, in seconds, both ways.
    pub(crate) skew_seconds: u32,
    /// The address of our SingleLogoutService.
    pub(crate) address: &'a str,
    /// Whom we trust; `None`: nobody, or single sign-on is switched off.
    pub(crate) trust: Option<&'a Trust>,
    /// The keys this browser showed by which requests wait.
    pub(crate) browsers: &'a [String],
    /// The LogoutRequests that wait.
    pub(crate) pending: &'a Pending,
}

impl Circumstances<'_> {
    fn skew(&self) -> SignedDuration {
        SignedDuration::from_secs(i64::from(self.skew_seconds))
    }
}

/// A check of a message of kind `M`, and what the message is refused as that does not pass.
type Row<M> = (Rejection, fn(&M, &Circumstances<'_>) -> Result<(), String>);

/// The checks of a LogoutRequest, in order; the memory of used messages comes last ([`AcceptedRequest::accept`]).
const OF_REQUESTS: [Row<LogoutRequest>; 3] = [
    (Rejection::IssuerUnknown, |request, at| {
        issuer(request.issuer.as_deref(), at)
    }),
    (Rejection::DestinationMismatch, |request, at| {
        destination(request.destination.as_deref(), at)
    }),
    (Rejection::OutsideValidity, validity),
];

/// The checks of a LogoutResponse, in order. The status comes last: only what answers our own request is told of.
const OF_RESPONSES: [Row<LogoutResponse>; 4] = [
    (Rejection::IssuerUnknown, |response, at| {
        issuer(response.issuer.as_deref(), at)
    }),
    (Rejection::DestinationMismatch, |response, at| {
        destination(response.destination.as_deref(), at)
    }),
    (Rejection::InResponseToUnknown, in_response_to),
    (Rejection::StatusNotSuccess, status),
];

/// A LogoutRequest that passed every check but the last: it may have been used before.
#[derive(Debug)]
pub(crate) struct CheckedRequest {
    request: LogoutRequest,
    issuer: String,
    relay_state: Option<String>,
    checked: Timestamp,
    expires: Timestamp,
}

impl CheckedRequest {
    /// Makes every check but the last, and but the one that is skipped.
    ///
    /// # Errors
    /// The first rejection.
    pub(crate) fn check(
        signed: Signed<LogoutRequest>,
        circumstances: &Circumstances<'_>,
        skip: Skip,
    ) -> Result<Self, Refused> {
        pass(&OF_REQUESTS, &signed.message, circumstances, skip)?;
        Ok(Self {
            expires: add(end(&signed.message), circumstances.skew()),
            issuer: signed.message.issuer.clone().unwrap_or_default(),
            request: signed.message,
            relay_state: signed.relay_state,
            checked: circumstances.now,
        })
    }
}

/// A LogoutRequest that passed every check and is used up.
#[derive(Debug)]
pub(crate) struct AcceptedRequest(CheckedRequest);

impl AcceptedRequest {
    /// Makes the last check, which is the note that the request is used.
    ///
    /// # Errors
    /// [`Rejection::Replayed`], also where the memory is full or cannot be read or written: what cannot be noted is not
    /// accepted.
    pub(crate) fn accept(
        checked: CheckedRequest,
        store: &Store,
        scope: &Scope,
        skip: Skip,
    ) -> Result<Self, Refused> {
        let id = &checked.request.id;
        let (expires, now) = (checked.expires.as_second(), checked.checked.as_second());
        let cause = match store.remember(scope, &checked.issuer, id, expires, now) {
            Ok(Memory::New) => return Ok(Self(checked)),
            Ok(Memory::Used) => format!("the LogoutRequest `{id}` was accepted before"),
            Ok(Memory::Full) => "the replay memory is full, so nothing is accepted".to_owned(),
            Err(error) => format!("the replay memory fails, so nothing is accepted: {error}"),
        };
        if skip.skips(Rejection::Replayed) {
            return Ok(Self(checked));
        }
        Err(Refused::new(Rejection::Replayed, cause))
    }

    /// `ID`.
    pub(crate) fn id(&self) -> &str {
        &self.0.request.id
    }

    /// Whose sessions are to end.
    pub(crate) fn meant(&self) -> Meant<'_> {
        Meant {
            issuer: &self.0.issuer,
            name_id: self.0.request.name_id.as_ref(),
            session_indexes: &self.0.request.session_indexes,
        }
    }

    /// To be given back as it came (saml-bindings 3.4.3).
    pub(crate) fn relay_state(&self) -> Option<&str> {
        self.0.relay_state.as_deref()
    }
}

/// A LogoutResponse that answers a LogoutRequest of this browser.
#[derive(Debug)]
pub(crate) struct AcceptedResponse {
    id: String,
    request_id: Option<String>,
    relay_state: Option<String>,
}

impl AcceptedResponse {
    /// Makes every check but the one that is skipped. The caller takes the request off the waiting ones, so that nothing
    /// answers it again.
    ///
    /// # Errors
    /// The first rejection.
    pub(crate) fn accept(
        signed: Signed<LogoutResponse>,
        circumstances: &Circumstances<'_>,
        skip: Skip,
    ) -> Result<Self, Refused> {
        pass(&OF_RESPONSES, &signed.message, circumstances, skip)?;
        Ok(Self {
            id: signed.message.id,
            request_id: signed.message.in_response_to,
            relay_state: signed.relay_state,
        })
    }

    /// `ID`.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The request that it answers.
    pub(crate) fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// What was sent with the request, or what somebody with the key made of it.
    pub(crate) fn relay_state(&self) -> Option<&str> {
        self.relay_state.as_deref()
    }
}

fn pass<M>(
    rows: &[Row<M>],
    message: &M,
    circumstances: &Circumstances<'_>,
    skip: Skip,
) -> Result<(), Refused> {
    for (rejection, check) in rows.iter().filter(|(rejection, _)| !skip.skips(*rejection)) {
        check(message, circumstances).map_err(|cause| Refused::new(*rejection, cause))?;
    }
    Ok(())
}

/// saml-profiles 4.4.4.1, 4.4.4.2: it must be there; compared octet by octet.
fn issuer(issuer: Option<&str>, at: &Circumstances<'_>) -> Result<(), String> {
    let trust = at.trust.ok_or("no identity provider is trusted yet")?;
    match issuer {
        Some(issuer) if issuer == trust.issuer => Ok(()),
        Some(issuer) => Err(format!("the Issuer is `{issuer}`, trusted is `{}`", trust.issuer)),
        None => Err("the message has no Issuer".to_owned()),
    }
}

/// saml-bindings 3.4.5.2: a signed message says where it goes.
fn destination(destination: Option<&str>, at: &Circumstances<'_>) -> Result<(), String> {
    match destination {
        Some(destination) if destination == at.address => Ok(()),
        Some(destination) => Err(format!(
            "Destination is `{destination}`, this is `{}`",
            at.address
        )),
        None => Err("the message has no Destination".to_owned()),
    }
}

/// saml-core 3.7.1: `IssueInstant`, from which it is good for [`REQUEST_LIFETIME`], or until an earlier `NotOnOrAfter`.
fn validity(request: &LogoutRequest, at: &Circumstances<'_>) -> Result<(), String> {
    let (now, end) = (at.now, end(request));
    if add(now, at.skew()) < request.issue_instant {
        return Err(format!("IssueInstant is {}, now is {now}", request.issue_instant));
    }
    if add(end, at.skew()) <= now {
        return Err(format!("the request was good until {end}, now is {now}"));
    }
    Ok(())
}

/// saml-profiles 4.4.4.2: an answer names what it answers, and it comes to the browser that asked.
fn in_response_to(response: &LogoutResponse, at: &Circumstances<'_>) -> Result<(), String> {
    match response.in_response_to.as_deref() {
        Some(id) if at.pending.waits(id, at.browsers, at.now) => Ok(()),
        Some(id) => Err(format!(
            "no LogoutRequest `{id}` waits for an answer in this browser"
        )),
        None => Err("the LogoutResponse has no InResponseTo".to_owned()),
    }
}

/// saml-core 3.7.3.2: the top-level code decides, but whoever is not signed out everywhere is told.
fn status(response: &LogoutResponse, _: &Circumstances<'_>) -> Result<(), String> {
    let status = &response.status;
    if status.is_success() && status.sub_code.as_deref() != Some(names::STATUS_PARTIAL_LOGOUT) {
        return Ok(());
    }
    let sub_code = status.sub_code.as_deref().unwrap_or("none");
    Err(format!("StatusCode {}, second level {sub_code}", status.code))
}

/// The first instant at which a request is not good any more, without skew.
fn end(request: &LogoutRequest) -> Timestamp {
    let last = add(request.issue_instant, REQUEST_LIFETIME);
    request.not_on_or_after.map_or(last, |end| end.min(last))
}

fn add(instant: Timestamp, duration: SignedDuration) -> Timestamp {
    instant.saturating_add(duration).unwrap_or(Timestamp::MAX)
}
