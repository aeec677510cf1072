//! From what was seen to an outcome, and from an outcome to a judgement (contracts.md section 2). Pure functions.

use std::collections::HashMap;

use crate::agent::cookies::Flags;
use crate::drive::End;
use crate::event::{Evidence, Hop, Mismatch};
use crate::note::Note;
use crate::probe::{Answer, Seen};
use crate::scenario::{Expect, ExpectedOutcome, SAME_ACCOUNT};
use crate::sp_file::Match;
use crate::text::{normalised, shortened};

/// The most of a page that is quoted, in characters.
const QUOTE_CHARACTERS_MAX: usize = 300;

/// The longest NameID that is compared as a whole, in characters.
const NAME_ID_CHARACTERS_MAX: usize = 1000;

/// The most of an identity that is shown, in characters.
pub(crate) const IDENTITY_CHARACTERS_MAX: usize = 200;

/// How a sign-on ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The probe shows the user that signed in.
    SignedIn,
    /// The probe shows another one.
    SomebodyElse {
        /// Who should be.
        expected: String,
        /// Who is.
        actual: String,
        /// The tenant's user whom that means, by user principal name.
        user: Option<String>,
    },
    /// A response was delivered and nobody is signed in.
    Refused {
        /// The SP's reason, where it tells.
        rejection: Option<String>,
        /// How the SP fell over, where it did.
        crash: Option<Crash>,
    },
    /// No response was sent.
    Stopped {
        /// `AADSTS50105`.
        code: String,
    },
    /// The SP led the browser to where an attack wanted it.
    LedAstray {
        /// Where.
        to: String,
    },
    /// The response was not posted.
    Held,
    /// After a sign-out no session is left.
    SignedOut {
        /// The SP's reason, where it refuses the message that says so.
        rejection: Option<String>,
    },
    /// After a sign-out a session is left.
    StillSignedIn {
        /// Where: names of SPs, or the identity provider.
        at: Vec<String>,
    },
    /// Nothing can be said.
    Inconclusive(String),
}

/// How an SP falls over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Crash {
    /// With this status.
    Status(u16),
    /// It closes the connection: what the network said.
    BrokeOff(String),
}

impl std::fmt::Display for Crash {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status(status) => write!(out, "the SP fell over with {status}"),
            Self::BrokeOff(reason) => write!(out, "the SP fell over: {reason}"),
        }
    }
}

/// What was seen of a sign-on.
pub(crate) struct Observation<'a> {
    /// How the driving ended.
    pub(crate) end: &'a End,
    /// Whether a response was delivered.
    pub(crate) delivered: bool,
    /// How the SP fell over after the delivery, where it did.
    pub(crate) crash: Option<Crash>,
    /// Whether the same sign-on has succeeded without the deviation, so that the SP was up.
    pub(crate) controlled: bool,
    /// As whom this browser had been signed in at the SP before, so that the probe alone proves nothing.
    pub(crate) was_signed_in: Option<&'a str>,
    /// What the probe says now.
    pub(crate) answer: &'a Answer,
    /// Which fact the probe shows.
    pub(crate) matches: Match,
    /// That fact of the user who signed in, or why it is not known.
    pub(crate) expected: &'a Result<String, String>,
    /// The SP's reason on the last page.
    pub(crate) rejection: Option<String>,
    /// Faults that were armed and never applied.
    pub(crate) unapplied: &'a [String],
}

/// How the sign-on ended.
pub(crate) fn outcome(seen: &Observation<'_>) -> Outcome {
    let last = match seen.end {
        End::Stopped { code, .. } => return Outcome::Stopped { code: code.clone() },
        End::Stuck(reason) => return Outcome::Inconclusive(reason.clone()),
        End::LedAstray(to) => return Outcome::LedAstray { to: to.clone() },
        End::BrokeOff(reason) if !seen.controlled => return Outcome::Inconclusive(reason.clone()),
        End::BrokeOff(_) | End::Held | End::AskedAgain { .. } => None,
        End::Page(page) => Some(page),
    };
    if let (false, Some(last)) = (seen.delivered, last) {
        let unused = if seen.unapplied.is_empty() {
            String::new()
        } else {
            format!("; armed but never applied: {}", seen.unapplied.join(", "))
        };
        return Outcome::Inconclusive(format!(
            "no response was delivered: the browser ended at {} with status {}{unused}",
            without_query(&last.url),
            last.status
        ));
    }
    if !seen.unapplied.is_empty() {
        return Outcome::Inconclusive(format!("armed but never applied: {}", seen.unapplied.join(", ")));
    }
    if *seen.end == End::Held {
        return Outcome::Held;
    }
    let refused = || Outcome::Refused {
        rejection: seen.rejection.clone(),
        crash: seen.crash.clone(),
    };
    let refuses = seen.rejection.is_some() || last.is_none_or(|last| last.status >= 400);
    match seen.answer {
        Answer::SignedOut => refused(),
        // An SP that fell over may be gone.
        Answer::Unreadable(_) if matches!(seen.end, End::BrokeOff(_)) => refused(),
        Answer::Unreadable(reason) => Outcome::Inconclusive(reason.clone()),
        // Whoever was signed in must still be: a page of refusal does not undo a switch.
        Answer::SignedIn(who) if refuses && seen.was_signed_in.is_some() => match seen.was_signed_in {
            Some(before) if before != who.identity => Outcome::SomebodyElse {
                expected: before.to_owned(),
                actual: who.identity.clone(),
                user: None,
            },
            _ => refused(),
        },
        Answer::SignedIn(who) => match seen.expected {
            Err(reason) => Outcome::Inconclusive(format!(
                "somebody is signed in as {}, but whom to expect is not known: {reason}",
                who.identity
            )),
            Ok(expected) if is_same(seen.matches, expected, &who.identity) => Outcome::SignedIn,
            Ok(expected) => Outcome::SomebodyElse {
                expected: expected.clone(),
                actual: who.identity.clone(),
                user: None,
            },
        },
    }
}

/// What was seen of a sign-out.
pub(crate) struct SignOutObservation<'a> {
    /// How the driving ended.
    pub(crate) end: &'a End,
    /// Whether that page is the identity provider's.
    pub(crate) at_idp: bool,
    /// The SP's reason on the last page.
    pub(crate) rejection: Option<String>,
    /// Where a session is left, or why that cannot be read.
    pub(crate) left: Result<Vec<String>, String>,
}

/// How the sign-out ended.
pub(crate) fn sign_out_outcome(seen: SignOutObservation<'_>) -> Outcome {
    let refused = |crash| Outcome::Refused {
        rejection: seen.rejection.clone(),
        crash,
    };
    match seen.end {
        End::Stopped { code, .. } => return Outcome::Stopped { code: code.clone() },
        End::Stuck(reason) => return Outcome::Inconclusive(reason.clone()),
        // Nothing of a sign-out is held, and no attack leads it anywhere.
        End::LedAstray(to) => return Outcome::LedAstray { to: to.clone() },
        End::Held | End::AskedAgain { .. } => return Outcome::Held,
        End::BrokeOff(reason) => return refused(Some(Crash::BrokeOff(reason.clone()))),
        End::Page(page) => {
            let status = (!seen.at_idp && page.status >= 400).then_some(page.status);
            match status {
                Some(status) if status >= 500 => return refused(Some(Crash::Status(status))),
                // An SP that sends a browser to where one must be signed in has signed it out.
                Some(401) | None if seen.rejection.is_none() => {}
                _ => return refused(None),
            }
        }
    }
    match seen.left {
        Err(reason) => Outcome::Inconclusive(reason),
        Ok(at) if at.is_empty() => Outcome::SignedOut { rejection: None },
        Ok(at) => Outcome::StillSignedIn { at },
    }
}

/// How a sign-out ended whose message to the SP is the one under test: by the sessions alone, since a page says what it likes.
/// What the identity provider then says to the SP's answer is no part of it (entra-behaviour.md 6). `wanted` says what a
/// session that goes on is called: an SP may refuse what is about nobody, and may ignore what it should refuse.
pub(crate) fn logout_outcome(seen: SignOutObservation<'_>, wanted: ExpectedOutcome) -> Outcome {
    let crash = match seen.end {
        End::Stuck(reason) => return Outcome::Inconclusive(reason.clone()),
        // Nothing of a sign-out is held, and no attack leads it anywhere.
        End::LedAstray(to) => return Outcome::LedAstray { to: to.clone() },
        End::Held | End::AskedAgain { .. } => return Outcome::Held,
        End::BrokeOff(reason) => Some(Crash::BrokeOff(reason.clone())),
        End::Page(page) if !seen.at_idp && page.status >= 500 => Some(Crash::Status(page.status)),
        End::Page(_) | End::Stopped { .. } => None,
    };
    let at = match seen.left {
        Err(reason) => return Outcome::Inconclusive(reason),
        Ok(at) => at,
    };
    if crash.is_some() {
        return Outcome::Refused {
            rejection: seen.rejection,
            crash,
        };
    }
    if at.is_empty() {
        return Outcome::SignedOut {
            rejection: seen.rejection,
        };
    }
    match wanted {
        ExpectedOutcome::Refused | ExpectedOutcome::Safe | ExpectedOutcome::Either => Outcome::Refused {
            rejection: seen.rejection,
            crash: None,
        },
        _ => Outcome::StillSignedIn { at },
    }
}

/// An address as it may be shown.
pub(crate) fn without_query(url: &url::Url) -> String {
    without_query_text(url.as_str()).to_owned()
}

fn without_query_text(address: &str) -> &str {
    &address[..address.find(['?', '#']).unwrap_or(address.len())]
}

/// Exact after trimming; case does not matter in names and mails.
fn is_same(matches: Match, expected: &str, actual: &str) -> bool {
    let (expected, actual) = (expected.trim(), actual.trim());
    match matches {
        Match::Upn | Match::Mail => expected.to_lowercase() == actual.to_lowercase(),
        // The identity provider's events cut off what is very long.
        Match::NameId if expected.chars().count() > NAME_ID_CHARACTERS_MAX => {
            let whole = expected.trim_end_matches('…');
            actual.starts_with(whole)
        }
        Match::ObjectId | Match::NameId => expected == actual,
    }
}

impl Outcome {
    /// In words, for reports.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::SignedIn => "signed-in".to_owned(),
            Self::SomebodyElse { expected, actual, .. } => {
                let [actual, expected] =
                    [actual, expected].map(|who| shortened(who, IDENTITY_CHARACTERS_MAX));
                format!("signed in as somebody else: {actual} instead of {expected}")
            }
            Self::Refused { rejection, crash } => {
                let reason = rejection.as_deref().map(|rejection| format!(" ({rejection})"));
                let fell = crash.as_ref().map(|crash| format!(", {crash}"));
                format!(
                    "refused{}{}",
                    reason.unwrap_or_default(),
                    fell.unwrap_or_default()
                )
            }
            Self::Stopped { code } => format!("stopped-at-idp ({code})"),
            Self::LedAstray { to } => {
                format!("led astray: the SP sent the browser to {to}, where the attack wanted it")
            }
            Self::Held => "held".to_owned(),
            Self::SignedOut { rejection: None } => "signed-out".to_owned(),
            Self::SignedOut {
                rejection: Some(rejection),
            } => format!("signed-out, the message refused ({rejection})"),
            Self::StillSignedIn { at } => {
                format!("signed-in: a session is still there at {}", at.join(" and at "))
            }
            Self::Inconclusive(reason) => format!("inconclusive: {reason}"),
        }
    }
}

/// Whether an expectation was met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Judgement {
    /// What was not met.
    pub(crate) mismatches: Vec<Mismatch>,
    /// Which way it went, where the choice is the SP's.
    pub(crate) finding: Option<String>,
    /// What could not be checked.
    pub(crate) notes: Vec<Note>,
    /// Why nothing can be said.
    pub(crate) inconclusive: Option<String>,
}

impl Judgement {
    fn differs(&mut self, what: &str, expected: impl Into<String>, actual: impl Into<String>) {
        self.mismatches.push(Mismatch {
            what: what.to_owned(),
            expected: expected.into(),
            actual: actual.into(),
        });
    }

    /// What came beside the message is no markup of the SP's page, whoever is signed in.
    pub(crate) fn check_markup(&mut self, relay_state: Option<&str>) {
        if let Some(relay_state) = relay_state {
            let actual = format!("it is markup of the page: {relay_state}");
            self.differs("RelayState", "escaped, or not on the page", actual);
        }
    }

    /// The account `seen` is compared with those of earlier steps, `accounts` by their numbers, as `expect` says.
    pub(crate) fn compare_accounts(
        &mut self,
        expect: &Expect,
        seen: Option<&Seen>,
        accounts: &HashMap<usize, String>,
    ) {
        for (key, step) in expect.compared_accounts() {
            let here = seen.and_then(|seen| seen.account_id.as_ref());
            let (Some(here), Some(there)) = (here, accounts.get(&step)) else {
                self.unchecked(key);
                continue;
            };
            let same = key == SAME_ACCOUNT;
            if same != (here == there) {
                let other = if same { "" } else { "another than " };
                self.differs(
                    key,
                    format!("{other}account {there}, that of step {step}"),
                    format!("account {here}"),
                );
            }
        }
    }

    /// The delivered response must not be one to the request `id`.
    pub(crate) fn must_not_answer(&mut self, id: &str, evidence: &Evidence) {
        let response = evidence.response.as_ref();
        let answered = response.and_then(|response| response.in_response_to.as_deref());
        if answered == Some(id) {
            self.differs(
                "start",
                "a response without InResponseTo",
                format!("InResponseTo {id}"),
            );
        }
    }

    /// Says whom the SP took the user for, where nobody was to be signed in, or somebody else.
    pub(crate) fn name_the_session(&mut self, whom: &str) {
        let outcome = self.mismatches.iter_mut().find(|one| one.what == "outcome");
        if let Some(outcome) = outcome {
            outcome.actual = format!("{}: the SP took the agent for {whom}", outcome.actual);
        }
    }

    /// All browsers of one user must have come to one account, where the SP tells which.
    pub(crate) fn one_account(&mut self, accounts: &[Option<String>]) {
        let mut known: Vec<_> = accounts.iter().flatten().collect();
        let told = known.len();
        known.sort_unstable();
        known.dedup();
        if known.len() > 1 {
            let all: Vec<_> = known.iter().map(|id| id.as_str()).collect();
            self.differs(
                "account",
                "one account for all browsers",
                format!("{}: {}", known.len(), all.join(", ")),
            );
        } else if told < accounts.len() {
            self.unchecked("account");
        }
    }

    /// The SP's answers must have the header fields that `expect` wants, and none that it does not.
    pub(crate) fn check_answers(&mut self, expect: &Expect, answers: &[Hop]) {
        if expect.answer_headers.is_empty() && expect.no_answer_headers.is_empty() {
            return;
        }
        if answers.is_empty() {
            self.notes
                .push("no answer of the SP took a response or carried a request: its header fields were not checked".into());
        }
        for answer in answers {
            let at = format!("{} {}", answer.method, without_query_text(&answer.url));
            for (name, word) in &expect.answer_headers {
                let values = answer.header(name);
                if !values.to_ascii_lowercase().contains(&word.to_ascii_lowercase()) {
                    let values = if values.is_empty() { "absent" } else { &values };
                    self.differs(
                        &format!("answer_headers.{name}"),
                        word.as_str(),
                        format!("{values}, at {at}"),
                    );
                }
            }
            for name in &expect.no_answer_headers {
                let values = answer.header(name);
                if !values.is_empty() {
                    self.differs(
                        "no_answer_headers",
                        format!("no {name}"),
                        format!("{values}, at {at}"),
                    );
                }
            }
        }
    }

    /// The cookies that carry the session must be kept from scripts, and over https from http. The rest is told: over http
    /// nobody can demand `Secure`, and without `SameSite` a browser does as its maker thinks.
    pub(crate) fn check_cookies(&mut self, cookies: &[Flags], is_over_https: bool) {
        if cookies.is_empty() {
            self.notes
                .push("no cookie that the SP set carries the session".into());
        }
        let mut found = Vec::new();
        for cookie in cookies {
            let name = &cookie.name;
            if !cookie.http_only {
                self.differs("cookie_flags", "HttpOnly", format!("{name} without it"));
            }
            if !cookie.secure && is_over_https {
                self.differs("cookie_flags", "Secure", format!("{name} without it"));
            }
            if !cookie.secure && !is_over_https {
                found.push(format!("{name} without Secure, over http"));
            }
            if !cookie.same_site {
                found.push(format!("{name} without SameSite"));
            }
        }
        if !found.is_empty() && self.mismatches.is_empty() {
            self.finding = Some(format!("cookies of the session: {}", found.join("; ")));
        }
    }

    fn unchecked(&mut self, what: &str) {
        self.notes.push(Note::conditions(format!(
            "`{what}` not checked: the SP does not tell"
        )));
    }

    fn compare(&mut self, what: &str, expected: Option<&str>, actual: Option<&str>) {
        match (expected, actual) {
            (Some(_), None) => self.unchecked(what),
            (Some(expected), Some(actual)) if expected != actual => self.differs(what, expected, actual),
            _ => {}
        }
    }
}

/// Judges an outcome. `seen` is what the probe says after it, `page` the text of the last page.
pub(crate) fn judge(expect: &Expect, outcome: &Outcome, seen: Option<&Seen>, page: &str) -> Judgement {
    let mut judgement = Judgement::default();
    match (outcome, expect.outcome) {
        (Outcome::Inconclusive(reason), _) => {
            judgement.inconclusive = Some(reason.clone());
            return judgement;
        }
        (Outcome::SignedIn, ExpectedOutcome::SignedIn) => match seen {
            Some(seen) => signed_in(expect, seen, &mut judgement),
            None => judgement.inconclusive = Some("the identity probe says nothing".to_owned()),
        },
        (
            Outcome::Refused { rejection, crash },
            wanted @ (ExpectedOutcome::Refused | ExpectedOutcome::Safe | ExpectedOutcome::Either),
        ) => {
            refused(expect, rejection.as_deref(), crash.as_ref(), &mut judgement);
            judgement.finding = (wanted == ExpectedOutcome::Either).then(|| outcome.words());
        }
        (Outcome::SignedIn, ExpectedOutcome::Safe) => {}
        // An identity that is nobody else's is another spelling of the user's own.
        (Outcome::SignedIn | Outcome::SomebodyElse { user: None, .. }, ExpectedOutcome::Either) => {
            judgement.finding = Some(outcome.words());
        }
        (Outcome::Stopped { code }, ExpectedOutcome::StoppedAtIdp) => {
            judgement.compare("code", expect.code.as_deref(), Some(code));
        }
        (Outcome::SignedOut { rejection }, ExpectedOutcome::SignedOut) => {
            judgement.compare("rejection", expect.rejection.as_deref(), rejection.as_deref());
        }
        (Outcome::SignedOut { .. }, ExpectedOutcome::Safe)
        | (Outcome::StillSignedIn { .. }, ExpectedOutcome::SignedIn) => {}
        (Outcome::SignedOut { .. }, ExpectedOutcome::Either) => judgement.finding = Some(outcome.words()),
        (actual, expected) => judgement.differs("outcome", expected.word(), actual.words()),
    }
    if !judgement.mismatches.is_empty() {
        judgement.finding = None;
    }
    if let Some(expected) = &expect.page {
        let (expected, actual) = (normalised(expected), normalised(page));
        if !actual.contains(&expected) {
            judgement.differs("page", expected, shortened(&actual, QUOTE_CHARACTERS_MAX));
        }
    }
    let shown = normalised(page).to_lowercase();
    for text in &expect.not_on_page {
        if shown.contains(&normalised(text).to_lowercase()) {
            judgement.differs("not_on_page", "a page without it", text.as_str());
        }
    }
    judgement
}

fn refused(expect: &Expect, rejection: Option<&str>, crash: Option<&Crash>, judgement: &mut Judgement) {
    match (expect.crash, crash) {
        (false, Some(crash)) => judgement.differs("crash", "the SP refuses and stays up", crash.to_string()),
        (true, None) => judgement.differs("crash", "the SP falls over (5xx)", "the SP stays up"),
        _ => {}
    }
    judgement.compare("rejection", expect.rejection.as_deref(), rejection);
}

fn signed_in(expect: &Expect, seen: &Seen, judgement: &mut Judgement) {
    judgement.compare("account", expect.account.as_deref(), seen.account.as_deref());
    judgement.compare("name_id", expect.name_id.as_deref(), seen.name_id.as_deref());
    judgement.compare(
        "name_id_format",
        expect.name_id_format.as_deref(),
        seen.name_id_format.as_deref(),
    );
    match (
        &seen.attributes,
        expect.attributes.is_empty() && expect.absent.is_empty(),
    ) {
        (None, false) => judgement.unchecked("attributes"),
        (Some(attributes), false) => {
            for expected in &expect.attributes {
                let what = format!("attributes.{}", expected.name);
                match attributes.get(&expected.name) {
                    Some(values) if *values == expected.values => {}
                    Some(values) => judgement.differs(&what, list(&expected.values), list(values)),
                    None => judgement.differs(&what, list(&expected.values), "absent"),
                }
            }
            for name in &expect.absent {
                if let Some(values) = attributes.get(name) {
                    judgement.differs(&format!("absent.{name}"), "absent", list(values));
                }
            }
        }
        (_, true) => {}
    }
    match (&expect.roles, &seen.roles) {
        (Some(_), None) => judgement.unchecked("roles"),
        (Some(expected), Some(actual)) => {
            let sorted = |roles: &[String]| {
                let mut roles = roles.to_vec();
                roles.sort();
                roles
            };
            if sorted(expected) != sorted(actual) {
                judgement.differs("roles", list(expected), list(actual));
            }
        }
        (None, _) => {}
    }
}

fn list(values: &[String]) -> String {
    match values {
        [] => "no value".to_owned(),
        [one] => one.clone(),
        many => many.join(", "),
    }
}

#[cfg(test)]
mod tests;
