//! A `token_encryption` step, and where a scenario leaves assertions encrypted.

use control_api::file::Table;
use control_api::idp::TokenEncryptionVerb;
use serde_json::Value as Json;

use super::step::{one_verb, word};
use super::{Control, ExpectedOutcome, Scenario, StepAction};

/// `token_encryption = { import = "sp", certificate = "{sp_encryption_certificate}" }`, or `activate`, `deactivate`,
/// `delete`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenEncryptionStep {
    /// What is done.
    pub verb: TokenEncryptionVerb,
    /// The certificate's name.
    pub name: String,
    /// With `import`: the certificate, with placeholders.
    pub certificate: Option<String>,
}

/// The verbs of a `token_encryption` step.
const VERBS: &[(&str, TokenEncryptionVerb)] = &[
    ("import", TokenEncryptionVerb::Import),
    ("activate", TokenEncryptionVerb::Activate),
    ("deactivate", TokenEncryptionVerb::Deactivate),
    ("delete", TokenEncryptionVerb::Delete),
];

impl TokenEncryptionStep {
    /// The step in a few words, for reports.
    pub(super) fn title(&self) -> String {
        format!("token encryption {} {}", word(VERBS, self.verb), self.name)
    }
}

/// Reads the value of `token_encryption`.
pub(super) fn token_encryption(table: &Table<'_>) -> Option<TokenEncryptionStep> {
    let verb = one_verb(table, VERBS);
    let certificate = table.string("certificate");
    table.done();
    let (key, verb) = verb?;
    match (verb == TokenEncryptionVerb::Import, table.has("certificate")) {
        (true, false) => table.problem("`certificate` is missing: `import` needs it"),
        (false, true) => table.problem_at("certificate", "`certificate` goes with `import`"),
        _ => {}
    }
    Some(TokenEncryptionStep {
        verb,
        name: table.required_string(key, "the name of an encryption certificate")?,
        certificate,
    })
}

impl Scenario {
    /// Whether somebody must be signed in, or the control of a sign-on must, while assertions are encrypted.
    #[must_use]
    pub fn needs_encryption(&self) -> bool {
        let mut encrypts = false;
        for step in &self.steps {
            match &step.action {
                StepAction::TokenEncryption(step) => match step.verb {
                    TokenEncryptionVerb::Activate => encrypts = true,
                    TokenEncryptionVerb::Deactivate => encrypts = false,
                    TokenEncryptionVerb::Import | TokenEncryptionVerb::Delete => {}
                },
                StepAction::Tenant(patch) => encrypts = patched(patch).unwrap_or(encrypts),
                action => {
                    let controlled = matches!(action, StepAction::SignIn(sign_in) if sign_in.control == Some(Control::Auto));
                    let signs_in = step
                        .expect
                        .as_ref()
                        .is_some_and(|expect| expect.outcome == ExpectedOutcome::SignedIn);
                    let is_sign_out = matches!(action, StepAction::SignOut(_));
                    if encrypts && (signs_in || controlled) && !is_sign_out {
                        return true;
                    }
                }
            }
        }
        false
    }
}

/// Whether a patch leaves an encryption certificate active; `None`: it does not speak of them.
fn patched(patch: &Json) -> Option<bool> {
    let apps = patch["app"].as_array()?;
    let mut statuses = apps
        .iter()
        .filter_map(|app| app["token_encryption"]["certificates"].as_array())
        .flatten()
        .filter_map(|certificate| certificate["status"].as_str())
        .peekable();
    statuses.peek()?;
    Some(statuses.any(|status| status == "active"))
}

#[cfg(test)]
mod tests {
    use super::super::parse_one;

    const HEAD: &str = "title = \"t\"\napp = \"sipgate\"\nuser = \"B.Simon\"\n";
    const SIGNED_IN: &str = "[[step]]\nsign_in = {}\nexpect = { outcome = \"signed-in\" }\n";
    const REFUSED: &str = "[[step]]\nsign_in = { control = 1 }\nexpect = { outcome = \"refused\", rejection = \"signature-invalid\" }\n";

    fn needs(steps: &str) -> bool {
        let text = format!("{HEAD}{steps}");
        let parsed = parse_one("s.toml", &text, false).unwrap_or_else(|error| panic!("{error}"));
        parsed.needs_encryption()
    }

    #[test]
    fn a_scenario_needs_encryption_where_it_must_succeed_with_it() {
        let step = |verb: &str| format!("[[step]]\ntoken_encryption = {{ {verb} = \"sp\" }}\n");
        let import = "[[step]]\ntoken_encryption = { import = \"sp\", certificate = \"MIIB\" }\n";
        let (activate, deactivate, delete) = (step("activate"), step("deactivate"), step("delete"));
        let fault = "[[step]]\nsign_in = { fault = \"enc-wrong-key\" }\nexpect = { outcome = \"refused\" }\n";
        let patch = |status: &str| {
            format!(
                "[[step]]\ntenant = {{ app = [{{ name = \"sipgate\", token_encryption = {{ certificates = [{{ name = \"sp\", certificate = \"MIIB\"{status} }}] }} }}] }}\n"
            )
        };
        let (on, off, silent) = (
            patch(", status = \"active\""),
            patch(", status = \"inactive\""),
            patch(""),
        );
        for (steps, expected) in [
            (SIGNED_IN.to_owned(), false),
            (format!("{import}{SIGNED_IN}"), false),
            (format!("{import}{activate}{SIGNED_IN}"), true),
            (
                format!("{import}{activate}{deactivate}{delete}{SIGNED_IN}"),
                false,
            ),
            // The control was plain, and the refusal is owed.
            (format!("{SIGNED_IN}{import}{activate}{REFUSED}"), false),
            (format!("{import}{activate}{fault}"), true),
            (format!("{on}{SIGNED_IN}"), true),
            (format!("{on}{off}{SIGNED_IN}"), false),
            (format!("{on}{silent}{SIGNED_IN}"), true),
            (format!("{silent}{SIGNED_IN}"), false),
        ] {
            assert_eq!(needs(&steps), expected, "{steps}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_step_is_told() {
        for (step, expected) in [
            (
                "{ import = \"sp\" }",
                "`certificate` is missing: `import` needs it",
            ),
            (
                "{ activate = \"sp\", certificate = \"MIIB\" }",
                "`certificate` goes with `import`",
            ),
            (
                "{ activate = \"sp\", delete = \"sp\" }",
                "expected exactly one of `import`, `activate`, `deactivate`, `delete`",
            ),
            ("{ activat = \"sp\" }", "did you mean `activate`?"),
        ] {
            let text = format!("{HEAD}[[step]]\ntoken_encryption = {step}\n{SIGNED_IN}");
            let wrong = parse_one("s.toml", &text, false).unwrap_err().to_string();
            assert!(wrong.contains(expected), "{step}: {wrong}");
        }
        let text = format!(
            "{HEAD}[[step]]\ntoken_encryption = {{ import = \"sp\", certificate = \"{{sp_encryption_certificate}}\" }}\n{SIGNED_IN}"
        );
        let scenario = parse_one("s.toml", &text, false).unwrap();
        assert!(scenario.mentions("sp_encryption_certificate") && !scenario.mentions("sp_certificate"));
        assert!(scenario.changes_tenant());
        assert_eq!(scenario.steps[0].action.title(), "token encryption import sp");
    }
}
