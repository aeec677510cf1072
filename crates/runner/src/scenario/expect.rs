//! What a step must lead to.

use control_api::catalogue::{CaseOutcome, Fault};
use control_api::file::{Mark, Table, Value};

/// `expect = { outcome = "signed-in", … }`. Absent keys are not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expect {
    /// How the sign-on ends.
    pub outcome: ExpectedOutcome,
    /// With stopped-at-idp: the AADSTS code.
    pub code: Option<String>,
    /// With refused, safe, either and signed-out: the SP's reason, where it refuses.
    pub rejection: Option<String>,
    /// Where the file says that reason; `None`: it does not.
    pub rejection_mark: Option<Mark>,
    /// With signed-in: what became of the account.
    pub account: Option<String>,
    /// With signed-in: the step whose account it must be.
    pub same_account_as: Option<usize>,
    /// With signed-in: the step whose account it must not be.
    pub other_account_than: Option<usize>,
    /// With signed-in: the NameID that the SP saw.
    pub name_id: Option<String>,
    /// With signed-in: the NameID's format that the SP saw.
    pub name_id_format: Option<String>,
    /// With signed-in: attributes that the SP saw, with exactly these values.
    pub attributes: Vec<ExpectedAttribute>,
    /// With signed-in: names of attributes that the SP must not have seen.
    pub absent: Vec<String>,
    /// With signed-in: the roles, in any order.
    pub roles: Option<Vec<String>>,
    /// Text that the last page holds, white space normalised.
    pub page: Option<String>,
    /// Texts that the last page does not hold, in whatever case.
    pub not_on_page: Vec<String>,
    /// With refused, safe and either: whether the SP is expected to fall over (5xx).
    pub crash: bool,
    /// Header fields of the SP's answers that carry or take a message, each with a word that it holds.
    pub answer_headers: Vec<(String, String)>,
    /// Names of header fields that those answers do not have.
    pub no_answer_headers: Vec<String>,
    /// With signed-in: whether the cookies that carry the session must be kept from scripts, and over https from http.
    pub cookie_flags: bool,
}

/// An attribute with the values that are expected, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedAttribute {
    /// The `Name` in the assertion.
    pub name: String,
    /// The values.
    pub values: Vec<String>,
}

/// How a sign-on is expected to end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExpectedOutcome {
    /// The probe shows the user that signed in.
    #[default]
    SignedIn,
    /// The SP refuses the response.
    Refused,
    /// The identity provider sends no response.
    StoppedAtIdp,
    /// After a sign-out neither an SP nor the identity provider has a session. After a LogoutRequest with faults, or one that is
    /// sent again: no SP where the browser signed in has.
    SignedOut,
    /// The SP refuses the response, or signs in exactly the user that signed in at the identity provider.
    Safe,
    /// The SP refuses the response, or signs the user in: which of both is a matter of policy, and told as a finding.
    Either,
    /// The SP takes metadata over.
    Accepted,
}

/// The words for [`ExpectedOutcome`].
const OUTCOMES: &[(&str, ExpectedOutcome)] = &[
    ("signed-in", ExpectedOutcome::SignedIn),
    ("refused", ExpectedOutcome::Refused),
    ("stopped-at-idp", ExpectedOutcome::StoppedAtIdp),
    ("signed-out", ExpectedOutcome::SignedOut),
    ("safe", ExpectedOutcome::Safe),
    ("either", ExpectedOutcome::Either),
    ("accepted", ExpectedOutcome::Accepted),
];

/// The words of `account`: see [`control_api::sp::AccountChange`].
const ACCOUNT_WORDS: &[(&str, &str)] = &[
    ("created", "created"),
    ("linked", "linked"),
    ("updated", "updated"),
    ("unchanged", "unchanged"),
];

/// The key of the step whose account it must be.
pub(crate) const SAME_ACCOUNT: &str = "same_account_as";

/// The key of the step whose account it must not be.
const OTHER_ACCOUNT: &str = "other_account_than";

/// The outcomes that a `signed-in` key needs.
const SIGNED_IN: &[ExpectedOutcome] = &[ExpectedOutcome::SignedIn];

/// The outcomes that a refusal can meet.
const REFUSABLE: &[ExpectedOutcome] = &[
    ExpectedOutcome::Refused,
    ExpectedOutcome::Safe,
    ExpectedOutcome::Either,
];

/// The outcomes beside which an SP can give a reason: a session may have ended, and the message that says so be refused.
const REJECTABLE: &[ExpectedOutcome] = &[
    ExpectedOutcome::Refused,
    ExpectedOutcome::Safe,
    ExpectedOutcome::Either,
    ExpectedOutcome::SignedOut,
];

/// The keys that need one of some outcomes.
const NEEDS: &[(&str, &[ExpectedOutcome])] = &[
    ("code", &[ExpectedOutcome::StoppedAtIdp]),
    ("rejection", REJECTABLE),
    ("crash", REFUSABLE),
    ("account", SIGNED_IN),
    (SAME_ACCOUNT, SIGNED_IN),
    (OTHER_ACCOUNT, SIGNED_IN),
    ("name_id", SIGNED_IN),
    ("name_id_format", SIGNED_IN),
    ("attributes", SIGNED_IN),
    ("absent", SIGNED_IN),
    ("roles", SIGNED_IN),
    ("cookie_flags", SIGNED_IN),
];

/// The keys that tell of a sign-on, whose message was refused.
pub(super) const OF_A_MESSAGE: [&str; 2] = ["rejection", "crash"];

/// The keys that tell of a sign-on that succeeded.
pub(super) fn keys_of_signed_in() -> impl Iterator<Item = &'static str> {
    let needing = NEEDS.iter().filter(|(_, outcomes)| *outcomes == SIGNED_IN);
    needing.map(|(key, _)| *key)
}

impl Expect {
    /// The steps whose accounts this one's is compared with, each with its key.
    pub(crate) fn compared_accounts(&self) -> impl Iterator<Item = (&'static str, usize)> {
        let keys = [
            (SAME_ACCOUNT, self.same_account_as),
            (OTHER_ACCOUNT, self.other_account_than),
        ];
        keys.into_iter().filter_map(|(key, number)| Some((key, number?)))
    }
}

impl ExpectedOutcome {
    /// The word in the file.
    #[must_use]
    pub fn word(self) -> &'static str {
        OUTCOMES
            .iter()
            .find(|(_, outcome)| *outcome == self)
            .map_or("", |(word, _)| word)
    }

    /// Whether a refusal meets it: then it proves nothing without a control.
    pub(super) fn allows_refusal(self) -> bool {
        REFUSABLE.contains(&self)
    }
}

/// What the catalogue says a response with this fault leads to; `None`: no response reaches the SP.
pub(super) fn of_fault(fault: &Fault) -> Option<Expect> {
    let outcome = match fault.outcome? {
        CaseOutcome::Refused => ExpectedOutcome::Refused,
        CaseOutcome::SignedIn => ExpectedOutcome::SignedIn,
        CaseOutcome::SignedOut => ExpectedOutcome::SignedOut,
        CaseOutcome::Safe => ExpectedOutcome::Safe,
        CaseOutcome::Either => ExpectedOutcome::Either,
        CaseOutcome::Accepted => ExpectedOutcome::Accepted,
    };
    let rejection = fault.rejection.clone();
    Some(Expect {
        outcome,
        rejection: rejection.filter(|_| REJECTABLE.contains(&outcome)),
        ..Expect::default()
    })
}

/// Reads the value of `expect`.
pub(super) fn expect(table: &Table<'_>) -> Option<Expect> {
    let outcome = table.word("outcome", OUTCOMES);
    if !table.has("outcome") {
        table.problem(
            "`outcome` is missing: expected `signed-in`, `refused`, `safe`, `either`, `stopped-at-idp`, `signed-out` or `accepted`",
        );
    }
    if outcome == Some(ExpectedOutcome::StoppedAtIdp) && !table.has("code") {
        table.problem("`code` is missing: `stopped-at-idp` needs the error's code, such as AADSTS50105");
    }
    let expect = Expect {
        outcome: outcome.unwrap_or_default(),
        code: table.parsed("code", code),
        rejection: table.parsed("rejection", rejection),
        rejection_mark: table.has("rejection").then(|| table.mark("rejection")),
        account: table.word("account", ACCOUNT_WORDS).map(ToOwned::to_owned),
        same_account_as: step_number(table, SAME_ACCOUNT),
        other_account_than: step_number(table, OTHER_ACCOUNT),
        name_id: table.string("name_id"),
        name_id_format: table.string("name_id_format"),
        attributes: attributes(table),
        absent: table.strings("absent"),
        roles: table.has("roles").then(|| table.strings("roles")),
        page: table.string("page"),
        not_on_page: table.strings("not_on_page"),
        crash: table.boolean("crash").unwrap_or_default(),
        answer_headers: answer_headers(table),
        no_answer_headers: table.strings("no_answer_headers"),
        cookie_flags: table.boolean("cookie_flags").unwrap_or_default(),
    };
    for name in &expect.no_answer_headers {
        if !is_field_name(name) {
            table.problem_at(
                "no_answer_headers",
                format!("`{name}`: expected the name of a header field"),
            );
        }
    }
    for (key, needed) in NEEDS.iter().filter(|(key, _)| table.has(key)) {
        if outcome.is_some_and(|outcome| !needed.contains(&outcome)) {
            let words: Vec<_> = needed
                .iter()
                .map(|outcome| format!("`{}`", outcome.word()))
                .collect();
            table.problem_at(
                key,
                format!("`{key}` goes with the outcome {}", words.join(" or ")),
            );
        }
    }
    table.done();
    outcome.map(|_| expect)
}

/// Header fields, each with a word that its value holds.
fn answer_headers(table: &Table<'_>) -> Vec<(String, String)> {
    let Some(headers) = table.table("answer_headers") else {
        return Vec::new();
    };
    let mut fields = Vec::new();
    for (name, node) in headers.entries() {
        match &node.value {
            Value::String(word) if is_field_name(name) && !word.trim().is_empty() => {
                fields.push((name.to_owned(), word.trim().to_owned()));
            }
            _ => headers.problem_in(
                node,
                format!("`{name}`: expected the name of a header field, and a word that its value holds"),
            ),
        }
    }
    fields
}

fn is_field_name(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !name.is_empty() && name.bytes().all(known)
}

/// The number of a step, from 1; what is no such number is 0, which names none.
fn step_number(table: &Table<'_>, key: &'static str) -> Option<usize> {
    let number = table.integer(key)?;
    Some(usize::try_from(number).unwrap_or_default())
}

fn code(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix("AADSTS").unwrap_or_default();
    let known = (5..=7).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    known
        .then(|| text.to_owned())
        .ok_or_else(|| "a code such as AADSTS50105".to_owned())
}

fn rejection(text: &str) -> Result<String, String> {
    let kebab = !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    kebab
        .then(|| text.to_owned())
        .ok_or_else(|| "a rejection such as audience-mismatch".to_owned())
}

fn attributes(table: &Table<'_>) -> Vec<ExpectedAttribute> {
    let Some(attributes) = table.table("attributes") else {
        return Vec::new();
    };
    let text = |node: &control_api::file::Node| match &node.value {
        Value::String(text) => Some(text.clone()),
        other => {
            attributes.problem_in(
                node,
                format!("expected a text or a list of texts, found {}", other.kind()),
            );
            None
        }
    };
    attributes
        .entries()
        .map(|(name, node)| ExpectedAttribute {
            name: name.to_owned(),
            values: match &node.value {
                Value::Array(items) => items.iter().filter_map(text).collect(),
                _ => text(node).into_iter().collect(),
            },
        })
        .collect()
}
