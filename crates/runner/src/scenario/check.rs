//! What is wrong with scenarios for the SP that they are to be run against.

use control_api::file::{Diagnostic, Diagnostics, Mark, nearest};
use control_api::sp::PERSONALITIES;

use super::{Scenario, StepAction};
use crate::Subject;

/// The rejections of the reference SP, in its order (docs/rejections.md). A foreign SP has words of its own.
pub const REFERENCE_REJECTIONS: &[&str] = &[
    "status-not-success",
    "signature-invalid",
    "issuer-unknown",
    "destination-mismatch",
    "recipient-mismatch",
    "audience-mismatch",
    "outside-validity",
    "in-response-to-unknown",
    "unsolicited-not-allowed",
    "authn-context-unmet",
    "replayed",
    "malformed",
    "account-unknown",
    "attribute-missing",
    "account-deactivated",
    "link-broken",
    "certificate-expired",
    "certificate-not-yet-valid",
    "not-encrypted",
];

/// Checks what the files alone do not tell: the reference SP has a personality for each application and says each rejection, and
/// every PFX file is there. To be asked before anything runs.
///
/// # Errors
/// Every application and rejection that is unknown, and every file that is missing, with its place and the nearest name.
pub fn check(scenarios: &[Scenario], subject: &Subject) -> Result<(), Diagnostics> {
    let mut problems: Vec<_> = scenarios.iter().flat_map(missing_pfx_files).collect();
    // A foreign SP's application stands for the SP, whatever it is called, and its reasons are read as it gives them.
    if matches!(subject, Subject::Reference) {
        problems.extend(unknown_apps(scenarios));
        problems.extend(scenarios.iter().flat_map(unknown_rejections));
    }
    // A file that is several scenarios is wrong once.
    let mut told: Vec<Diagnostic> = Vec::new();
    for problem in problems {
        if !told.contains(&problem) {
            told.push(problem);
        }
    }
    if told.is_empty() {
        Ok(())
    } else {
        Err(Diagnostics(told))
    }
}

/// What the reference SP will never say.
fn unknown_rejections(scenario: &Scenario) -> impl Iterator<Item = Diagnostic> {
    scenario.expectations().filter_map(|expect| {
        let (word, mark) = (expect.rejection.as_deref()?, expect.rejection_mark.as_ref()?);
        let words = || REFERENCE_REJECTIONS.iter().copied();
        if words().any(|known| known == word) {
            return None;
        }
        let hint = nearest(word, words()).map_or_else(
            || {
                let known: Vec<_> = words().map(|known| format!("`{known}`")).collect();
                format!("expected one of {}", known.join(", "))
            },
            |near| format!("did you mean `{near}`?"),
        );
        Some(mark.problem(format!(
            "`rejection`: the reference SP never says `{word}`: {hint}"
        )))
    })
}

/// The PFX files that are named and not there.
fn missing_pfx_files(scenario: &Scenario) -> impl Iterator<Item = Diagnostic> {
    scenario.steps.iter().filter_map(|step| {
        let StepAction::Certificate(certificate) = &step.action else {
            return None;
        };
        let path = scenario.beside(certificate.pfx.as_deref()?);
        let problem = || {
            step.mark.problem(format!(
                "there is no PFX file {}: its path counts from the scenario's folder",
                path.display()
            ))
        };
        (!path.is_file()).then(problem)
    })
}

fn unknown_apps(scenarios: &[Scenario]) -> Vec<Diagnostic> {
    let names = || PERSONALITIES.iter().map(|(_, name)| *name);
    let marked = scenarios.iter().flat_map(marked_apps);
    let unknown = marked.filter(|(app, _)| !names().any(|name| name.eq_ignore_ascii_case(app)));
    let problem = |(app, mark): (&str, &Mark)| {
        let hint = nearest(app, names())
            .map(|name| format!("; did you mean `{name}`?"))
            .unwrap_or_default();
        let known: Vec<_> = names().map(|name| format!("`{name}`")).collect();
        mark.problem(format!(
            "the reference SP has no application `{app}`: expected one of {}{hint}",
            known.join(", ")
        ))
    };
    unknown.map(problem).collect()
}

/// Every application that a scenario names, with its place.
fn marked_apps(scenario: &Scenario) -> impl Iterator<Item = (&str, &Mark)> {
    let steps = scenario.steps.iter().filter_map(|step| match &step.action {
        StepAction::SignIn(sign_in) => Some((sign_in.app.as_deref()?, &step.mark)),
        _ => None,
    });
    std::iter::once((scenario.app.as_str(), &scenario.app_mark)).chain(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unknown_application_is_told_with_its_place() {
        let scenario = |path: &str, app: &str| {
            let text = format!(
                "title = \"t\"\napp = \"{app}\"\nuser = \"B\"\n[[step]]\nsign_in = {{}}\nexpect = {{ outcome = \"signed-in\" }}\n"
            );
            super::super::parse_one(path, &text, false).unwrap()
        };
        let scenarios = [
            scenario("a.toml", "upsales"),
            scenario("b.toml", "Sipgat"),
            scenario("c.toml", "orders"),
        ];
        assert_eq!(check(&scenarios[..1], &Subject::Reference), Ok(()));
        let wrong = check(&scenarios, &Subject::Reference).unwrap_err().to_string();
        assert_eq!(
            wrong,
            "b.toml:2:7: the reference SP has no application `Sipgat`: expected one of `Upsales`, `Upwork Enterprise`, `IOMETE`, `sipgate`; did you mean `sipgate`?\n    \
             2 | app = \"Sipgat\"\n      |       ^^^^^^^^\n\
             c.toml:2:7: the reference SP has no application `orders`: expected one of `Upsales`, `Upwork Enterprise`, `IOMETE`, `sipgate`\n    \
             2 | app = \"orders\"\n      |       ^^^^^^^^"
        );
    }

    #[test]
    fn a_pfx_file_lies_beside_the_scenario() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("own.toml");
        let text = "title = \"t\"\napp = \"sipgate\"\nuser = \"B\"\n[[step]]\ncertificate = { import = \"own\", pfx = \"own.pfx\" }\n\
                    [[step]]\nsign_in = {}\nexpect = { outcome = \"signed-in\" }\n";
        let scenario = super::super::parse_one(path.to_str().unwrap(), text, false).unwrap();
        let scenarios = [scenario];
        let wrong = check(&scenarios, &Subject::Reference).unwrap_err().to_string();
        let expected = format!(
            ":5:15: there is no PFX file {}: its path",
            folder.path().join("own.pfx").display()
        );
        assert!(wrong.contains(&expected), "{wrong}");
        std::fs::write(folder.path().join("own.pfx"), "").unwrap();
        assert_eq!(check(&scenarios, &Subject::Reference), Ok(()));
    }

    #[test]
    fn an_unknown_application_of_a_step_is_told_at_the_step() {
        let text = "title = \"t\"\napp = \"sipgate\"\nuser = \"B\"\n[[step]]\nsign_in = { app = \"IOMET\" }\nexpect = { outcome = \"signed-in\" }\n";
        let scenario = super::super::parse_one("a.toml", text, false).unwrap();
        let wrong = check(&[scenario], &Subject::Reference).unwrap_err().to_string();
        assert!(
            wrong.starts_with("a.toml:5:11: the reference SP has no application `IOMET`"),
            "{wrong}"
        );
    }

    #[test]
    fn a_rejection_that_the_reference_sp_never_says_is_told_once_at_its_place() {
        let text = |word: &str| {
            format!(
                "title = \"t\"\napp = \"sipgate\"\nuser = \"B\"\nsigning = [\"response\", \"assertion\"]\n[[step]]\nsign_in = {{ fault = \"sig-none\" }}\nexpect = {{ outcome = \"refused\", rejection = \"{word}\" }}\n"
            )
        };
        let check = |word: &str, subject: &Subject| {
            let scenarios = super::super::parse("a.toml", &text(word), false).unwrap();
            assert_eq!(scenarios.len(), 2);
            super::check(&scenarios, subject).map_err(|wrong| wrong.to_string())
        };
        let wrong = check("malfromed", &Subject::Reference).unwrap_err();
        assert!(
            wrong.starts_with("a.toml:7:45: `rejection`: the reference SP never says `malfromed`: did you mean `malformed`?\n"),
            "{wrong}"
        );
        assert_eq!(wrong.matches("never says").count(), 1, "{wrong}");
        let wrong = check("zzzzzzzz", &Subject::Reference).unwrap_err();
        assert!(
            wrong.contains("`zzzzzzzz`: expected one of `status-not-success`, "),
            "{wrong}"
        );
        assert_eq!(check("malformed", &Subject::Reference), Ok(()));
        // Another SP calls things as it likes.
        let file = "name = \"sp\"\nentity_id = \"urn:sp\"\nreply_url = \"http://h/acs\"\nsign_on_url = \"http://h/login\"\n\
                    [whoami]\nurl = \"http://h/me\"\nidentity = \"json:/mail\"\nmatch = \"mail\"\n";
        let foreign = Subject::Foreign(Box::new(crate::sp_file::parse("sp.toml", file).unwrap()));
        assert_eq!(check("malfromed", &foreign), Ok(()));
    }
}
