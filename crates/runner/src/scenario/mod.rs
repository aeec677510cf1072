//! Scenarios (contracts.md section 5): what a file says, as values.
//!
//! [`parse`] reads one file and reports everything that is wrong with it; [`select`] turns the arguments of
//! `entrant test` into scenarios; [`KEYS`] is the vocabulary, for the docs and for the loader's test.

mod changes;
mod check;
mod delivery;
mod expect;
mod faults;
mod keys;
mod load;
mod patch;
mod rules;
mod select;
mod sign;
mod sp;
mod step;
mod token_encryption;
mod variants;

use std::path::{Path, PathBuf};

use control_api::catalogue::{self, Case, Fault, Stage};
#[cfg(test)]
use control_api::file::Diagnostics;
use control_api::file::Mark;

pub use changes::RequestChanges;
pub use check::{REFERENCE_REJECTIONS, check};
pub use delivery::{Charset, DeliveryChanges, DeliveryMethod};
pub(crate) use expect::SAME_ACCOUNT;
pub use expect::{Expect, ExpectedAttribute, ExpectedOutcome};
pub use keys::{KEYS, Key, Place};
pub use load::parse;
pub use select::{SelectError, select};
pub use sign::{Control, SignInStep, SignOutStart, SignOutStep, Start};
pub(crate) use sp::REFRESH_TRUST;
pub use sp::{MetadataOf, SpStep};
pub use step::{
    Binding, CertificateStep, ClockStep, Encoding, FloodStep, Payload, ProbeStep, ReplayStep, RequestStep,
    Step, StepAction, UserStep,
};
pub use token_encryption::TokenEncryptionStep;

/// The tag of attacks.
const ATTACKS: &str = "attacks";

/// The tag of what costs the SP much, or makes it fetch something: by a fault, or as the file says.
const HEAVY: &str = "heavy";

/// One scenario, as its file says it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// As selectors and reports show it: the path given to [`parse`]; of a file that is several scenarios, without `.toml` and
    /// with what tells this one from the others: `attacks/signature/sig-none/response`.
    pub path: String,
    /// Where it came from: the path given to [`parse`].
    pub file: String,
    /// What it shows, in one line.
    pub title: String,
    /// Where the case comes from: a guide, a document's section, a CVE, an issue.
    pub origin: String,
    /// The enterprise application, by name.
    pub app: String,
    /// Where the application's name stands.
    pub app_mark: Mark,
    /// Tags, selected by `@tag`: those of the file, those that the catalogue gives a case, and `heavy` where a fault is heavy.
    pub tags: Vec<String>,
    /// Who signs in where a step does not say.
    pub user: Option<String>,
    /// The application's Signing Option, set before the first step; `None`: as the tenant has it.
    pub signing: Option<&'static str>,
    /// The cases of the catalogue that it tells besides those of its faults.
    pub covers: Vec<&'static Case>,
    /// The steps; they are counted from 1.
    pub steps: Vec<Step>,
    /// Whether it is embedded in the program, so may lean on the reference SP's personalities.
    pub embedded: bool,
}

impl Scenario {
    /// Whether any step expects that the SP refuses, come what may.
    #[must_use]
    pub fn expects_refusal(&self) -> bool {
        self.expectations()
            .any(|expect| expect.outcome == ExpectedOutcome::Refused)
    }

    /// Whether the step at `index` (from 0) leaves nothing behind that a later one counts on: a sign-on with faults in a
    /// browser of its own, which no later step names. Whatever comes of it, the steps after it still tell something.
    #[must_use]
    pub fn stands_alone(&self, index: usize) -> bool {
        let Some((step, later)) = self.steps.get(index..).and_then(<[Step]>::split_first) else {
            return false;
        };
        let StepAction::SignIn(sign_in) = &step.action else {
            return false;
        };
        let number = index + 1;
        let counts_on = |later: &Step| {
            let by_action = match &later.action {
                StepAction::SignIn(sign_in) => sign_in.control == Some(Control::Step(number)),
                StepAction::Replay(replay) => replay.step == number || replay.relay_state_of == Some(number),
                StepAction::SignOut(sign_out) => sign_out.browser.is_none(),
                _ => false,
            };
            let mut compared = later.expect.iter().flat_map(Expect::compared_accounts);
            by_action || compared.any(|(_, compared)| compared == number)
        };
        !sign_in.faults.is_empty() && sign_in.browser.is_none() && !later.iter().any(counts_on)
    }

    /// Whether it sends the SP what no honest identity provider would.
    #[must_use]
    pub fn attacks(&self) -> bool {
        let attacks = |step: &Step| match &step.action {
            StepAction::Replay(_) | StepAction::Flood(_) => true,
            StepAction::SignIn(step) => {
                step.delivery.is_some() || step.forged_session || step.parallel.is_some()
            }
            _ => false,
        };
        self.tags.iter().any(|tag| tag == ATTACKS)
            || self
                .faults()
                .iter()
                .any(|(_, fault)| fault.stage != Stage::SignOn)
            || self.steps.iter().any(attacks)
    }

    /// Why it costs the SP much, or makes it fetch something; `None`: it does neither.
    #[must_use]
    pub fn heavy(&self) -> Option<String> {
        let faults = self.faults();
        let fault = faults.iter().find(|(_, fault)| fault.heavy);
        fault
            .map(|(case, _)| format!("the fault `{}` is heavy", case.id))
            .or_else(|| {
                self.tags
                    .iter()
                    .any(|tag| tag == HEAVY)
                    .then(|| "it is heavy".to_owned())
            })
    }

    /// Whether it changes the tenant, so that nothing else may use the tenant meanwhile.
    #[must_use]
    pub fn changes_tenant(&self) -> bool {
        let changes = |step: &Step| match &step.action {
            StepAction::Tenant(_)
            | StepAction::Certificate(_)
            | StepAction::TokenEncryption(_)
            | StepAction::User(_) => true,
            StepAction::Clock(clock) => clock.idp.is_some() || clock.freeze.is_some(),
            _ => false,
        };
        self.signing.is_some() || self.steps.iter().any(changes)
    }

    /// Whether it changes the SP by a hook.
    #[must_use]
    pub fn changes_sp(&self) -> bool {
        self.steps.iter().any(|step| match &step.action {
            StepAction::Sp(_) => true,
            StepAction::Clock(clock) => clock.sp.is_some(),
            _ => false,
        })
    }

    /// The applications that it signs in to, its own first, each once; case does not matter.
    #[must_use]
    pub fn apps(&self) -> Vec<&str> {
        let mut apps = vec![self.app.as_str()];
        for step in &self.steps {
            if let StepAction::SignIn(SignInStep { app: Some(app), .. }) = &step.action
                && !apps.iter().any(|known| known.eq_ignore_ascii_case(app))
            {
                apps.push(app);
            }
        }
        apps
    }

    /// A path that it names, from the folder of its file.
    #[must_use]
    pub fn beside(&self, path: &str) -> PathBuf {
        let folder = Path::new(&self.file).parent();
        folder.unwrap_or(Path::new("")).join(path)
    }

    /// Where its sign-outs start.
    pub fn sign_outs(&self) -> impl Iterator<Item = SignOutStart> {
        self.steps.iter().filter_map(|step| match &step.action {
            StepAction::SignOut(sign_out) => Some(sign_out.start),
            _ => None,
        })
    }

    /// Whether a text of it holds this placeholder.
    #[must_use]
    pub fn mentions(&self, placeholder: &str) -> bool {
        let placeholder = format!("{{{placeholder}}}");
        let holds = |text: &str| text.contains(&placeholder);
        let parameters = |action: &StepAction| {
            let faults = action.faults().to_vec();
            faults
                .into_iter()
                .flat_map(|fault| fault.parameters.into_values())
        };
        self.steps.iter().any(|step| match &step.action {
            action @ StepAction::SignIn(step) => {
                let mut changes = step.request.iter().flat_map(|changes| changes.texts());
                let mut delivery = step.delivery.iter().flat_map(|changes| changes.texts());
                parameters(action).any(|text| holds(&text))
                    || changes.any(|text| holds(text))
                    || delivery.any(|text| holds(text))
            }
            action @ (StepAction::Sp(_) | StepAction::SignOut(_)) => {
                parameters(action).any(|text| holds(&text))
            }
            StepAction::Request(step) => match &step.payload {
                Payload::Xml { xml, .. } => holds(xml),
                Payload::Raw(raw) => holds(raw),
            },
            StepAction::Tenant(patch) => holds(&patch.to_string()),
            StepAction::TokenEncryption(step) => step.certificate.as_deref().is_some_and(holds),
            StepAction::User(step) => step
                .values
                .as_ref()
                .is_some_and(|values| holds(&values.to_string())),
            _ => false,
        })
    }

    /// Every expectation, in order.
    pub fn expectations(&self) -> impl Iterator<Item = &Expect> {
        self.steps.iter().filter_map(|step| step.expect.as_ref())
    }

    /// The faults that it orders, each once.
    #[must_use]
    pub fn faults(&self) -> Vec<(&'static Case, &'static Fault)> {
        let mut faults: Vec<(&'static Case, &'static Fault)> = Vec::new();
        let specs = self.steps.iter().flat_map(|step| step.action.faults());
        for found in specs.filter_map(|spec| catalogue::fault(&spec.id)) {
            if !faults.iter().any(|(case, _)| case.id == found.0.id) {
                faults.push(found);
            }
        }
        faults
    }

    /// The cases of the catalogue that it tells: those that it says, and those of its faults.
    #[must_use]
    pub fn cases(&self) -> Vec<&'static Case> {
        let faults = self.faults().into_iter().map(|(case, _)| case);
        self.covers.iter().copied().chain(faults).collect()
    }

    /// The cases that one of its steps tells: those of its faults, else those that the scenario covers.
    #[must_use]
    pub fn cases_of(&self, step: &Step) -> Vec<&'static Case> {
        let faults = step.action.faults().iter();
        let cases: Vec<_> = faults
            .filter_map(|fault| catalogue::fault(&fault.id))
            .map(|(case, _)| case)
            .collect();
        match (cases.is_empty(), &step.expect) {
            (true, Some(_)) => self.covers.clone(),
            _ => cases,
        }
    }

    /// What [`select`] names it by, whatever files there are: its path without `.toml`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.strip_suffix(".toml").unwrap_or(&self.path)
    }

    /// The selectors by which `entrant test` runs just this scenario again.
    #[must_use]
    pub fn selectors(&self) -> Vec<&str> {
        if self.embedded {
            vec![self.name()]
        } else if self.path == self.file {
            vec![&self.file]
        } else {
            vec![&self.file, &self.path]
        }
    }
}

/// The one scenario of a file.
#[cfg(test)]
pub(crate) fn parse_one(path: &str, text: &str, embedded: bool) -> Result<Scenario, Diagnostics> {
    parse(path, text, embedded).map(|mut all| {
        assert_eq!(all.len(), 1, "{path} is several scenarios");
        all.remove(0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_heavy_is_tagged_so_once() {
        for (tags, fault, expected) in [
            ("[\"a\"]", "xml-entity-bomb", &["a", "heavy"][..]),
            ("[\"heavy\", \"a\"]", "xml-entity-bomb", &["heavy", "a"]),
            ("[\"a\"]", "sig-none", &["a"]),
        ] {
            let text = format!(
                "title = \"t\"\napp = \"a\"\nuser = \"B\"\ntags = {tags}\n[[step]]\nsign_in = {{ fault = \"{fault}\" }}\nexpect = {{ outcome = \"refused\" }}\n"
            );
            let scenario = parse_one("s.toml", &text, false).unwrap();
            assert_eq!(scenario.tags, expected);
            assert_eq!(scenario.heavy().is_some(), expected.contains(&HEAVY), "{fault}");
        }
    }

    #[test]
    fn a_sign_on_with_faults_stands_alone_unless_a_later_step_counts_on_it() {
        let fault = "[[step]]\nsign_in = { start = \"sp\", fault = \"cond-expired\" }\nexpect = { outcome = \"refused\" }\n";
        let plain = "[[step]]\nsign_in = { start = \"sp\" }\nexpect = { outcome = \"signed-in\" }\n";
        let named = "[[step]]\nsign_in = { start = \"sp\", browser = \"one\", fault = \"cond-expired\" }\nexpect = { outcome = \"refused\" }\n";
        let good = "[[step]]\nsign_in = { start = \"sp\", fault = \"cond-skew-inside\" }\nexpect = { outcome = \"signed-in\" }\n";
        let controlled = "[[step]]\nsign_in = { start = \"sp\", fault = \"cond-expired\", control = 1 }\nexpect = { outcome = \"refused\" }\n";
        let replayed = "[[step]]\nreplay = { step = 1 }\nexpect = { outcome = \"refused\" }\n";
        let same = "[[step]]\nsign_in = { start = \"sp\" }\nexpect = { outcome = \"signed-in\", same_account_as = 1 }\n";
        let out = "[[step]]\nsign_out = { start = \"idp\" }\nexpect = { outcome = \"signed-out\" }\n";
        for (steps, expected) in [
            ([fault, fault], true),
            ([fault, plain], true),
            ([plain, fault], false),
            ([named, fault], false),
            ([good, fault], true),
            ([good, controlled], false),
            ([good, replayed], false),
            ([good, same], false),
            ([good, out], false),
        ] {
            let text = format!(
                "title = \"t\"\napp = \"sipgate\"\nuser = \"B.Simon\"\n{}",
                steps.concat()
            );
            let scenario = parse_one("s.toml", &text, false).unwrap();
            assert_eq!(scenario.stands_alone(0), expected, "{steps:?}");
        }
        let last = format!("title = \"t\"\napp = \"sipgate\"\nuser = \"B.Simon\"\n{plain}{fault}");
        let last = parse_one("s.toml", &last, false).unwrap();
        assert!(last.stands_alone(1));
        assert!(!last.stands_alone(2));
    }
}
