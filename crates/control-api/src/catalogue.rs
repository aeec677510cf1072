//! The catalogue of failures and attacks: every case with the outcome that a correct service provider shows, and why.
//!
//! It is data, `catalogue.toml`, which the mock, the runner, the reports and the docs read. A case is told by a fault, which
//! the mock can send at any sign-on, by a scenario, or by neither, with the reason.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::file::nearest;

/// One case.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Its stable id, such as `sig-none`.
    pub id: String,
    /// Its group, which begins the id: `sig`, `xsw`, `pd`, `xml`, `cond`, `subj`, `env`, `nid`, `enc`, `bind`, `slo`, `meta`,
    /// `sess`, `actx`, `prov`.
    pub group: String,
    /// Whether it is of the set that runs first.
    #[serde(default)]
    pub core: bool,
    /// Whether it stands beside the published catalogue.
    #[serde(default)]
    pub own: bool,
    /// What is done to a correct response.
    pub mutation: String,
    /// What a correct service provider does.
    pub expected: String,
    /// The clause, RFC or advice that says so.
    pub reason: String,
    /// Who was affected, and who tests it.
    #[serde(default)]
    pub seen: String,
    /// How the mock sends it.
    #[serde(default)]
    pub fault: Option<Fault>,
    /// Whether scenarios tell it, which name it in `covers`.
    #[serde(default)]
    pub scenario: bool,
    /// Why nothing tells it.
    #[serde(default)]
    pub not_applicable: Option<String>,
}

/// A fault: a named deviation from the correct response that any sign-on can be armed with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// When it acts.
    pub stage: Stage,
    /// What a correct service provider does; `None`: no response reaches it.
    #[serde(default)]
    pub outcome: Option<CaseOutcome>,
    /// The rejection that the reference SP gives, where it refuses a response.
    #[serde(default)]
    pub rejection: Option<String>,
    /// The parameters it takes.
    #[serde(default, rename = "parameter")]
    pub parameters: Vec<Parameter>,
    /// Whether it costs the service provider much, or makes it fetch something: it is run when asked for alone.
    #[serde(default)]
    pub heavy: bool,
}

/// A parameter of a fault. Its value is a text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Its key.
    pub name: String,
    /// Whether the fault means nothing without it.
    #[serde(default)]
    pub required: bool,
    /// What it is.
    pub meaning: String,
    /// The words that it can be, the one that counts where it is absent first; none: any text.
    #[serde(default)]
    pub values: Vec<String>,
    /// The least and the greatest number that it can be; `None`: it is no number.
    #[serde(default)]
    pub range: Option<[u64; 2]>,
}

impl Parameter {
    /// What is expected instead, where it is a number and `value` is none of its range; `None`: nothing is wrong.
    #[must_use]
    pub fn out_of_range(&self, value: &str) -> Option<String> {
        let [least, greatest] = self.range?;
        let number = value.parse::<u64>();
        let fits = number.is_ok_and(|number| (least..=greatest).contains(&number));
        (!fits).then(|| format!("a number from {least} to {greatest}"))
    }
}

/// When a fault acts. Whatever the order in which faults are armed, the stages come in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// On the sign-on, which stops once the user is known.
    SignOn,
    /// On what is said, which is then signed as it should be.
    Value,
    /// On who signs, what, and how.
    Signing,
    /// On the signed message, before its assertion is encrypted.
    Bytes,
    /// On for whom and how the assertion is encrypted.
    Encryption,
    /// On the way to the service provider.
    Transport,
    /// On a message of single sign-out, which is no response: it acts at a sign-out and at no sign-on.
    SignOut,
    /// On the application's federation metadata, and on the answer that carries it; on no sign-on.
    Metadata,
}

/// What a correct service provider does with a response, or with metadata, that a fault changed; or with a message of single
/// sign-out: then the session that it is about is what counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaseOutcome {
    /// Nobody is signed in; metadata is not taken over, and whom it trusted before it trusts still, and nobody else. Of a message
    /// of single sign-out: the session goes on.
    Refused,
    /// Exactly the user that the response names is signed in. Of a message of single sign-out: it is taken, and the session goes on, since it is
    /// about another.
    SignedIn,
    /// The session has ended, whatever is said of the message.
    SignedOut,
    /// Refused, or signed in as exactly the user that was signed. Of a message of single sign-out: no session but that of the
    /// user whom it names has ended.
    Safe,
    /// A matter of policy: what it does is a finding.
    Either,
    /// Of metadata: it is taken over.
    Accepted,
}

impl Stage {
    /// The word in the catalogue and the docs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::SignOn => "sign-on",
            Self::Value => "value",
            Self::Signing => "signing",
            Self::Bytes => "bytes",
            Self::Encryption => "encryption",
            Self::Transport => "transport",
            Self::SignOut => "sign-out",
            Self::Metadata => "metadata",
        }
    }
}

impl CaseOutcome {
    /// The word of `outcome` in a scenario's `expect`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::SignedIn => "signed-in",
            Self::SignedOut => "signed-out",
            Self::Safe => "safe",
            Self::Either => "either",
            Self::Accepted => "accepted",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let file: File =
        toml::from_str(include_str!("catalogue.toml")).expect("the catalogue is part of the program");
    file.case
});

/// Every case, in the catalogue's order.
#[must_use]
pub fn cases() -> &'static [Case] {
    &CASES
}

/// The case with this id.
#[must_use]
pub fn case(id: &str) -> Option<&'static Case> {
    cases().iter().find(|case| case.id == id)
}

/// Every fault with its case.
pub fn faults() -> impl Iterator<Item = (&'static Case, &'static Fault)> {
    cases()
        .iter()
        .filter_map(|case| Some((case, case.fault.as_ref()?)))
}

/// The fault with this id, with its case.
#[must_use]
pub fn fault(id: &str) -> Option<(&'static Case, &'static Fault)> {
    faults().find(|(case, _)| case.id == id)
}

/// What is told of an id that no fault has: what it is, the nearest one, or where they are listed.
#[must_use]
pub fn unknown_fault(id: &str) -> String {
    if let Some(case) = case(id) {
        let why = match &case.not_applicable {
            Some(reason) => format!("nothing tells it: {reason}"),
            None if case.scenario => "it is told by scenarios (`covers`)".to_owned(),
            None => "nothing tells it yet".to_owned(),
        };
        return format!("`{id}` is a case of the catalogue and no fault: {why}");
    }
    let hint = match nearest(id, faults().map(|(case, _)| case.id.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "docs/faults.md and the page Faults list them".to_owned(),
    };
    format!("unknown fault `{id}`: {hint}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_case_is_told_in_one_way() {
        let mut ids = BTreeSet::new();
        for case in cases() {
            let id = &case.id;
            assert!(ids.insert(id), "{id} stands there twice");
            assert!(
                case.own || id.starts_with(&format!("{}-", case.group)),
                "{id} is not of the group {}",
                case.group
            );
            let ways = [case.fault.is_some(), case.scenario, case.not_applicable.is_some()];
            let told = ways.iter().filter(|way| **way).count();
            assert!(told <= 1, "{id} is told in {told} ways");
            let said = [&case.mutation, &case.expected, &case.reason];
            assert!(said.iter().all(|text| !text.is_empty()), "{id}");
        }
    }

    #[test]
    fn a_word_stands_once_among_the_values() {
        for (case, fault) in faults() {
            for parameter in &fault.parameters {
                let words: BTreeSet<_> = parameter.values.iter().collect();
                assert_eq!(words.len(), parameter.values.len(), "{}", case.id);
                assert!(
                    words.is_empty() || !parameter.required,
                    "{}: the first is the default",
                    case.id
                );
            }
        }
    }

    #[test]
    fn a_number_is_one_of_its_range() {
        let parameters = || faults().flat_map(|(_, fault)| &fault.parameters);
        for parameter in parameters() {
            let ordered = parameter.range.is_none_or(|[least, greatest]| least < greatest);
            assert!(ordered && (parameter.range.is_none() || parameter.values.is_empty()));
        }
        let bits = parameters().find(|parameter| parameter.name == "bits").unwrap();
        for (value, expected) in [
            ("1", None),
            ("40", None),
            ("0", Some("a number from 1 to 40")),
            ("41", Some("a number from 1 to 40")),
            ("-1", Some("a number from 1 to 40")),
            ("many", Some("a number from 1 to 40")),
        ] {
            assert_eq!(bits.out_of_range(value).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn what_is_no_fault_is_told_in_one_sentence() {
        for (id, expected) in [
            ("sig-non", "unknown fault `sig-non`: did you mean `sig-none`?"),
            (
                "something-quite-different",
                "unknown fault `something-quite-different`: docs/faults.md and the page Faults list them",
            ),
            (
                "prov-jit-off",
                "`prov-jit-off` is a case of the catalogue and no fault: it is told by scenarios (`covers`)",
            ),
        ] {
            assert_eq!(unknown_fault(id), expected);
        }
        let absent = cases().iter().find(|case| case.not_applicable.is_some()).unwrap();
        let told = unknown_fault(&absent.id);
        assert!(
            told.ends_with(absent.not_applicable.as_deref().unwrap()),
            "{told}"
        );
    }

    #[test]
    fn a_session_ends_by_a_message_of_single_sign_out_alone() {
        for (case, fault) in faults() {
            let ends = fault.outcome == Some(CaseOutcome::SignedOut);
            assert!(!ends || fault.stage == Stage::SignOut, "{}", case.id);
        }
    }

    #[test]
    fn a_fault_that_is_refused_names_the_rejection() {
        for (case, fault) in faults() {
            let is_refused = fault.outcome == Some(CaseOutcome::Refused);
            // Metadata is refused by whoever fetched it, in no sign-on.
            if fault.stage == Stage::Metadata {
                assert_eq!(fault.rejection, None, "{}", case.id);
            } else {
                assert!(!is_refused || fault.rejection.is_some(), "{}", case.id);
            }
        }
    }

    #[test]
    fn metadata_alone_is_taken_over() {
        for (case, fault) in faults() {
            let is_metadata = fault.stage == Stage::Metadata;
            let words = [CaseOutcome::SignedIn, CaseOutcome::Safe].map(Some);
            assert!(!is_metadata || !words.contains(&fault.outcome), "{}", case.id);
            assert!(
                is_metadata || fault.outcome != Some(CaseOutcome::Accepted),
                "{}",
                case.id
            );
        }
    }
}
