//! What is wrong with scenarios for the SP that they are to be run against.

use control_api::file::{Diagnostics, Mark, nearest};
use control_api::sp::PERSONALITIES;

use super::{Scenario, StepAction};
use crate::Subject;

/// Checks what the files alone do not tell: the reference SP has a personality for each application. To be asked
/// before anything runs.
///
/// # Errors
/// Every scenario whose application is unknown, with its place and the nearest name.
pub fn check(scenarios: &[Scenario], subject: &Subject) -> Result<(), Diagnostics> {
    if matches!(subject, Subject::Foreign(_)) {
        // The application stands for the SP, whatever it is called.
        return Ok(());
    }
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
    let problems: Vec<_> = unknown.map(problem).collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Diagnostics(problems))
    }
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
            super::super::parse(path, &text, false).unwrap()
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
    fn an_unknown_application_of_a_step_is_told_at_the_step() {
        let text = "title = \"t\"\napp = \"sipgate\"\nuser = \"B\"\n[[step]]\nsign_in = { app = \"IOMET\" }\nexpect = { outcome = \"signed-in\" }\n";
        let scenario = super::super::parse("a.toml", text, false).unwrap();
        let wrong = check(&[scenario], &Subject::Reference).unwrap_err().to_string();
        assert!(
            wrong.starts_with("a.toml:5:11: the reference SP has no application `IOMET`"),
            "{wrong}"
        );
    }
}
