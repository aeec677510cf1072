//! Scenarios (contracts.md section 5): what a file says, as values.
//!
//! [`parse`] reads one file and reports everything that is wrong with it; [`select`] turns the arguments of
//! `entrant test` into scenarios; [`KEYS`] is the vocabulary, for the docs and for the loader's test.

mod changes;
mod check;
mod expect;
mod faults;
mod keys;
mod load;
mod patch;
mod select;
mod sign;
mod step;
mod token_encryption;

use std::path::{Path, PathBuf};

use control_api::file::Mark;

pub use changes::RequestChanges;
pub use check::check;
pub(crate) use expect::SAME_ACCOUNT;
pub use expect::{Expect, ExpectedAttribute, ExpectedOutcome};
pub use keys::{KEYS, Key, Place};
pub use load::parse;
pub use select::{SelectError, select};
pub use sign::{Control, SignInStep, SignOutStart, SignOutStep, Start};
pub use step::{
    Binding, CertificateStep, ClockStep, Encoding, Payload, ReplayStep, RequestStep, SpStep, Step,
    StepAction, UserStep,
};
pub use token_encryption::TokenEncryptionStep;

/// One scenario, as its file says it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Where it came from: the path given to [`parse`], as selectors and reports show it.
    pub path: String,
    /// What it shows, in one line.
    pub title: String,
    /// Where the case comes from: a guide, a document's section, a CVE, an issue.
    pub origin: String,
    /// The enterprise application, by name.
    pub app: String,
    /// Where the application's name stands.
    pub app_mark: Mark,
    /// Tags, selected by `@tag`.
    pub tags: Vec<String>,
    /// Who signs in where a step does not say.
    pub user: Option<String>,
    /// The steps; they are counted from 1.
    pub steps: Vec<Step>,
    /// Whether it is embedded in the program, so may lean on the reference SP's personalities.
    pub embedded: bool,
}

impl Scenario {
    /// Whether any step expects that the SP refuses.
    #[must_use]
    pub fn expects_refusal(&self) -> bool {
        self.expectations()
            .any(|expect| expect.outcome == ExpectedOutcome::Refused)
    }

    /// Whether it changes the tenant, so that nothing else may use the tenant meanwhile.
    #[must_use]
    pub fn changes_tenant(&self) -> bool {
        self.steps.iter().any(|step| match &step.action {
            StepAction::Tenant(_)
            | StepAction::Certificate(_)
            | StepAction::TokenEncryption(_)
            | StepAction::User(_) => true,
            StepAction::Clock(clock) => clock.idp.is_some() || clock.freeze.is_some(),
            _ => false,
        })
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
        let folder = Path::new(&self.path).parent();
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
        self.steps.iter().any(|step| match &step.action {
            StepAction::SignIn(step) => {
                let mut parameters = step.faults.iter().flat_map(|fault| fault.parameters.values());
                let mut changes = step.request.iter().flat_map(|changes| changes.texts());
                parameters.any(|text| holds(text)) || changes.any(|text| holds(text))
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

    /// The selector by which `entrant test` runs just this scenario again. An embedded one is selected by a
    /// part of its path without `.toml`, since an argument that ends so names a file.
    #[must_use]
    pub fn selector(&self) -> String {
        let path = self.path.as_str();
        if self.embedded {
            Path::new(path).with_extension("").to_string_lossy().into_owned()
        } else {
            path.to_owned()
        }
    }
}
