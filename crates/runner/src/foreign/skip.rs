//! Which scenarios cannot be run against a foreign SP, and why (contracts.md sections 2 and 3).

use crate::scenario::{
    Control, ExpectedOutcome, MetadataOf, REFRESH_TRUST, Scenario, SignOutStart, Step, StepAction,
};
use crate::sp_file::{Hook, SpFile};

/// Rejections that come from a personality's rules about accounts, not from the message.
const ACCOUNT_REJECTIONS: &[&str] = &[
    "account-deactivated",
    "account-unknown",
    "attribute-missing",
    "link-broken",
];

/// The rejection of responses that nobody asked for.
const UNSOLICITED: &str = "unsolicited-not-allowed";

/// The fault by which the metadata is said to be elsewhere.
const REDIRECTING: &str = "meta-ssrf";

/// The Signing Option that leaves the response unsigned.
const ASSERTION: &str = "assertion";

/// Why `scenario` is left out; `None`: it runs.
pub(super) fn reason(scenario: &Scenario, file: &SpFile) -> Option<String> {
    missing_hook(scenario, file)
        .or_else(|| fetches_nothing(scenario, file))
        .or_else(|| missing_setting(scenario, file))
        .or_else(|| unpublished(scenario, file))
        .or_else(|| personality(scenario))
        .or_else(|| single_logout(scenario, file))
        .or_else(|| unsupported(scenario, file))
        .or_else(|| one_at_a_time(scenario, file))
        .or_else(|| unwanted_signing(scenario, file))
        .or_else(|| encryption(scenario, file))
}

fn missing_hook(scenario: &Scenario, file: &SpFile) -> Option<String> {
    let needed = scenario.steps.iter().filter_map(|step| match &step.action {
        StepAction::Sp(step) => Some(step.action),
        StepAction::Clock(clock) if clock.sp.is_some() => Some("clock"),
        _ => None,
    });
    let mut missing = needed.filter(|hook| !file.hooks.contains_key(*hook));
    missing.next().map(|hook| format!("the SP has no `{hook}` hook"))
}

/// What is about an address that the SP fetches says nothing of an SP that is given a file.
fn fetches_nothing(scenario: &Scenario, file: &SpFile) -> Option<String> {
    let Some(Hook::Command(words)) = file.hooks.get(REFRESH_TRUST) else {
        return None;
    };
    if words.iter().any(|word| word.contains("{metadata_url}")) {
        return None;
    }
    let is_address = |step: &Step| match &step.action {
        StepAction::Sp(step) => {
            let redirects = step.faults.iter().any(|fault| fault.id == REDIRECTING);
            redirects || matches!(step.metadata, MetadataOf::Address(_))
        }
        _ => false,
    };
    let reason = "the SP's `refresh_trust` hook takes no `{metadata_url}`: it fetches nothing";
    scenario.steps.iter().any(is_address).then(|| reason.to_owned())
}

/// A setting that the SP's hook `set` does not take.
fn missing_setting(scenario: &Scenario, file: &SpFile) -> Option<String> {
    let taken = file.supports.settings.as_ref()?;
    let needed = scenario.steps.iter().filter_map(|step| match &step.action {
        StepAction::Sp(step) => step.set.as_ref()?.as_object(),
        _ => None,
    });
    let mut missing = needed
        .flat_map(|set| set.keys())
        .filter(|key| !taken.contains(key));
    missing
        .next()
        .map(|key| format!("the SP's `set` hook does not take `{key}`"))
}

/// A certificate that is registered for the SP's requests, or that assertions are encrypted to, is the SP's own, and so is the
/// address that takes log-out messages.
fn unpublished(scenario: &Scenario, file: &SpFile) -> Option<String> {
    let published = &file.published;
    let missing = [
        (
            "sp_certificate",
            &published.signing_certificate,
            "signing certificate",
        ),
        (
            "sp_encryption_certificate",
            &published.encryption_certificate,
            "encryption certificate",
        ),
        (
            "sp_logout_post",
            &published.single_logout_post,
            "SingleLogoutService for HTTP-POST",
        ),
    ];
    let mut missing = missing
        .iter()
        .filter(|(placeholder, found, _)| found.is_none() && scenario.mentions(placeholder));
    let (_, _, what) = missing.next()?;
    Some(format!("the SP's metadata has no {what}"))
}

/// A scenario that signs out needs an SP that can.
fn single_logout(scenario: &Scenario, file: &SpFile) -> Option<String> {
    scenario.sign_outs().next()?;
    if !file.supports.single_logout {
        return Some("the SP does not support it: single_logout is false".to_owned());
    }
    let starts_at_sp = scenario.sign_outs().any(|start| start == SignOutStart::Sp);
    if starts_at_sp && file.logout_url.is_none() {
        return Some("the SP has no log-out address: give `logout_url`".to_owned());
    }
    let tells =
        |step: &Step| matches!(&step.action, StepAction::SignOut(sign_out) if !sign_out.faults.is_empty());
    (scenario.steps.iter().any(tells) && file.published.single_logout_service.is_none())
        .then(|| "the SP's metadata has no SingleLogoutService for HTTP-Redirect".to_owned())
}

/// An embedded scenario may lean on words and rules that only the reference SP has.
fn personality(scenario: &Scenario) -> Option<String> {
    if let Some(other) = scenario.apps().get(1) {
        return Some(format!(
            "it also signs in to {other}, another application of the reference SP"
        ));
    }
    if !scenario.embedded {
        return None;
    }
    let words = scenario
        .expectations()
        .any(|expect| expect.page.is_some() && expect.outcome != ExpectedOutcome::StoppedAtIdp);
    if words {
        return Some("it expects the words of a personality of the reference SP".to_owned());
    }
    let rule = scenario
        .expectations()
        .filter_map(|expect| expect.rejection.as_deref())
        .find(|rejection| ACCOUNT_REJECTIONS.contains(rejection))?;
    Some(format!("it expects a personality's rule about accounts: {rule}"))
}

/// A refusal of what the SP file denies is expected of the SP, so it is not left out; a sign-on that needs it is.
fn unsupported(scenario: &Scenario, file: &SpFile) -> Option<String> {
    let unsolicited_is_refused = scenario
        .expectations()
        .any(|expect| expect.rejection.as_deref() == Some(UNSOLICITED));
    if scenario.embedded && unsolicited_is_refused && file.supports.idp_initiated {
        return Some("the SP accepts responses that nobody asked for: idp_initiated is true".to_owned());
    }
    if file.supports.idp_initiated {
        return None;
    }
    let starts_at_idp = scenario.steps.iter().any(needs_unsolicited);
    starts_at_idp.then(|| "the SP does not support it: idp_initiated is false".to_owned())
}

/// Several sign-ons at once need an SP that takes them.
fn one_at_a_time(scenario: &Scenario, file: &SpFile) -> Option<String> {
    let at_once =
        |step: &Step| matches!(&step.action, StepAction::SignIn(sign_in) if sign_in.parallel.is_some());
    let needed = scenario.steps.iter().any(at_once) && !file.supports.parallel;
    needed.then(|| "the SP does not support it: parallel is false".to_owned())
}

/// A sign-on that must succeed with a Signing Option that the SP does not want. Where a refusal is expected it runs, unless
/// its control must succeed so.
fn unwanted_signing(scenario: &Scenario, file: &SpFile) -> Option<String> {
    let deny = |option: &str| {
        format!(
            "the SP does not support the Signing Option {option}: signed is {}",
            file.supports.signed.word()
        )
    };
    // What is refused then is refused for the Signing Option, and no control signs in.
    if let Some(option) = scenario.signing
        && !file.supports.signed.accepts(option)
    {
        return Some(deny(option));
    }
    // Of a signed response no other ID can be made.
    let rewraps = |step: &Step| matches!(&step.action, StepAction::Replay(replay) if replay.rewrap);
    if scenario.steps.iter().any(rewraps) && !file.supports.signed.accepts(ASSERTION) {
        return Some(deny(ASSERTION));
    }
    let has_control = |step: &Step| matches!(&step.action, StepAction::SignIn(sign_in) if sign_in.control == Some(Control::Auto));
    if scenario.expects_refusal() && !scenario.steps.iter().any(has_control) {
        return None;
    }
    let is_under_test = |name: &str| {
        [&scenario.app, &file.name]
            .iter()
            .any(|app| app.eq_ignore_ascii_case(name))
    };
    let patches = scenario.steps.iter().filter_map(|step| match &step.action {
        StepAction::Tenant(patch) => patch["app"].as_array(),
        _ => None,
    });
    let unwanted = patches
        .flatten()
        .filter(|app| app["name"].as_str().is_some_and(is_under_test))
        .filter_map(|app| app["signing"]["option"].as_str())
        .find(|option| !file.supports.signed.accepts(option))?;
    Some(deny(unwanted))
}

/// A sign-on that must succeed with an encrypted assertion. A refusal is what an SP owes that cannot decrypt.
fn encryption(scenario: &Scenario, file: &SpFile) -> Option<String> {
    let needed = scenario.needs_encryption() && !file.supports.encryption;
    needed.then(|| "the SP does not support it: encryption is false".to_owned())
}

/// Whether an SP that takes no unsolicited response must fail this step, or its control. A refusal is what such an
/// SP owes; and where the identity provider stops the sign-on, the SP sees nothing.
fn needs_unsolicited(step: &Step) -> bool {
    let signs_in = step
        .expect
        .as_ref()
        .is_some_and(|expect| expect.outcome == ExpectedOutcome::SignedIn);
    match &step.action {
        StepAction::SignIn(sign_in) => {
            sign_in.start.is_unsolicited() && (signs_in || sign_in.control == Some(Control::Auto))
        }
        // The SP did not send that request.
        StepAction::Request(_) => signs_in,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario;

    fn scenario(steps: &str, embedded: bool) -> Scenario {
        let text = format!("title = \"t\"\napp = \"sipgate\"\nuser = \"B.Simon\"\n{steps}");
        scenario::parse_one("s.toml", &text, embedded).unwrap()
    }

    fn file(rest: &str) -> SpFile {
        let text = format!(
            "name = \"sp\"\nentity_id = \"urn:sp\"\nreply_url = \"http://h/acs\"\nsign_on_url = \"http://h/login\"\n\
             [whoami]\nurl = \"http://h/me\"\nidentity = \"json:/mail\"\nmatch = \"mail\"\n{rest}"
        );
        crate::sp_file::parse("sp.toml", &text).unwrap()
    }

    #[test]
    fn a_signing_option_of_the_head_must_be_one_that_the_sp_takes() {
        let text = "app = \"sipgate\"\nuser = \"B.Simon\"\ncases = [\"sig-none\"]\n\
                    signing = [\"assertion\", \"response\", \"response-and-assertion\"]\n[[step]]\nsign_in = { fault = \"{case}\" }\n";
        let all = scenario::parse("s.toml", text, true).unwrap();
        for (wanted, runs) in [
            ("assertion", [true, false, true]),
            ("response", [false, true, true]),
            ("both", [false, false, true]),
        ] {
            let file = file(&format!("[supports]\nsigned = \"{wanted}\"\n"));
            for (scenario, runs) in all.iter().zip(runs) {
                let option = scenario.signing.unwrap();
                let denied =
                    format!("the SP does not support the Signing Option {option}: signed is {wanted}");
                assert_eq!(reason(scenario, &file), (!runs).then_some(denied));
            }
        }
    }

    #[test]
    fn each_reason_is_named_and_refusals_run_all_the_same() {
        let sign_in = "[[step]]\nsign_in = { start = \"idp\" }\nexpect = { outcome = \"signed-in\" }\n";
        let refused = |rejection: &str| {
            format!(
                "[[step]]\nsign_in = {{}}\nexpect = {{ outcome = \"signed-in\" }}\n\
                 [[step]]\nsign_in = {{ start = \"idp\", control = 1 }}\nexpect = {{ outcome = \"refused\", rejection = \"{rejection}\" }}\n"
            )
        };
        let page = "[[step]]\nsign_in = {}\nexpect = { outcome = \"signed-in\", page = \"Hello\" }\n";
        let stopped = "[[step]]\nsign_in = {}\nexpect = { outcome = \"stopped-at-idp\", code = \"AADSTS50105\", page = \"Sorry\" }\n";
        let blocked = "[[step]]\nsign_in = { start = \"idp\" }\nexpect = { outcome = \"stopped-at-idp\", code = \"AADSTS50105\" }\n";
        let judged = "[[step]]\nsign_in = {}\nexpect = { outcome = \"signed-in\" }\n";
        let hook = &format!("[[step]]\nsp = {{ delete_account = \"B.Simon\" }}\n{judged}");
        let clock = &format!("[[step]]\nclock = {{ sp = \"+1h\" }}\n{judged}");
        let fault = "[[step]]\nsign_in = { start = \"idp\", fault = \"sig-none\" }\nexpect = { outcome = \"refused\" }\n";
        let replayed =
            format!("{sign_in}[[step]]\nreplay = {{ step = 1 }}\nexpect = {{ outcome = \"refused\" }}\n");
        let rewrapped = format!(
            "{judged}[[step]]\nreplay = {{ step = 1, rewrap = true }}\nexpect = {{ outcome = \"refused\" }}\n"
        );
        let signing = |option: &str, outcome: &str, control: &str| {
            format!(
                "{judged}[[step]]\ntenant = {{ app = [{{ name = \"sipgate\", signing = {{ option = \"{option}\" }} }}] }}\n\
                 [[step]]\nsign_in = {{ control = {control} }}\nexpect = {{ outcome = \"{outcome}\" }}\n"
            )
        };
        let by_response = signing("response", "signed-in", "\"auto\"");
        let by_assertion = signing("assertion", "signed-in", "\"auto\"");
        let by_both = signing("response-and-assertion", "signed-in", "\"auto\"");
        let by_response_refused = signing("response", "refused", "1");
        let by_response_controlled = signing("response", "refused", "\"auto\"");
        let wants_response = "[supports]\nsigned = \"response\"\n";
        let wants_both = "[supports]\nsigned = \"both\"\n";
        let unsupported = "the SP does not support it: idp_initiated is false";
        let unsolicited = refused("unsolicited-not-allowed");
        let link = refused("link-broken");
        let denied = "[supports]\nidp_initiated = false\n";
        let tested = "[[step]]\nsign_in = { start = \"test\" }\nexpect = { outcome = \"signed-in\" }\n";
        let out = |start: &str| {
            format!(
                "{judged}[[step]]\nsign_out = {{ start = \"{start}\" }}\nexpect = {{ outcome = \"signed-out\" }}\n"
            )
        };
        let at_once = "[[step]]\nsign_in = { parallel = 2 }\nexpect = { outcome = \"signed-in\" }\n";
        let logs_out = "[supports]\nsingle_logout = true\n";
        let at = |app: &str| {
            format!(
                "{judged}[[step]]\nsign_in = {{ app = \"{app}\" }}\nexpect = {{ outcome = \"signed-in\" }}\n"
            )
        };
        let (other_app, same_app) = (at("IOMETE"), at("Sipgate"));
        let certificate = format!(
            "[[step]]\ntenant = {{ app = [{{ name = \"sipgate\", verification_certificates = {{ certificates = [\"{{sp_certificate}}\"] }} }}] }}\n{judged}"
        );
        let own = "[[step]]\ntoken_encryption = { import = \"sp\", certificate = \"{sp_encryption_certificate}\" }\n";
        let encrypted = "[[step]]\ntoken_encryption = { import = \"sp\", certificate = \"MIIB\" }\n[[step]]\ntoken_encryption = { activate = \"sp\" }\n";
        let (imported, encrypted, undecipherable) = (
            format!("{own}{judged}"),
            format!("{encrypted}{judged}"),
            format!(
                "{judged}{encrypted}[[step]]\nsign_in = {{ control = 1 }}\nexpect = {{ outcome = \"refused\" }}\n"
            ),
        );
        let decrypts = "[supports]\nencryption = true\n";
        let redirected = "[[step]]\nsp = { refresh_trust = true, fault = \"meta-ssrf\" }\nexpect = { outcome = \"refused\" }\n\
            [[step]]\nsign_in = {}\nexpect = { outcome = \"signed-in\" }\n";
        let addressed = redirected.replace("true, fault = \"meta-ssrf\"", "\"file:///x\"");
        let reads = "[hooks]\nrefresh_trust = { command = [\"./import\", \"{metadata_file}\"] }\n";
        let fetches = reads.replace("metadata_file", "metadata_url");
        let fetches_nothing =
            Some("the SP's `refresh_trust` hook takes no `{metadata_url}`: it fetches nothing");
        let set = &format!("[[step]]\nsp = {{ set = {{ jit = true, skew_seconds = 0 }} }}\n{judged}");
        let sets = "[hooks]\nset = { post = \"http://h/s\" }\n";
        let sets_some = &format!("{sets}[supports]\nsettings = [\"skew_seconds\"]\n");
        let sets_both = &format!("{sets}[supports]\nsettings = [\"jit\", \"skew_seconds\"]\n");
        let with_hook = "[hooks]\ndelete_account = { post = \"http://h/d\" }\n";
        for (steps, embedded, rest, expected) in [
            (sign_in, true, "", None),
            (
                sign_in,
                true,
                denied,
                Some("the SP does not support it: idp_initiated is false"),
            ),
            (blocked, true, denied, None),
            (&replayed, true, denied, Some(unsupported)),
            (fault, true, denied, Some(unsupported)),
            (fault, true, "", None),
            (&unsolicited, true, denied, None),
            (
                &unsolicited,
                true,
                "",
                Some("the SP accepts responses that nobody asked for: idp_initiated is true"),
            ),
            (&unsolicited, false, "", None),
            (
                &link,
                true,
                "",
                Some("it expects a personality's rule about accounts: link-broken"),
            ),
            (&link, false, "", None),
            (
                page,
                true,
                "",
                Some("it expects the words of a personality of the reference SP"),
            ),
            (page, false, "", None),
            (stopped, true, "", None),
            (
                &by_response,
                true,
                "",
                Some("the SP does not support the Signing Option response: signed is assertion"),
            ),
            (&by_response, true, wants_response, None),
            (&rewrapped, true, "", None),
            (
                &rewrapped,
                true,
                wants_response,
                Some("the SP does not support the Signing Option assertion: signed is response"),
            ),
            (&by_response_refused, true, "", None),
            (
                &by_response_controlled,
                true,
                "",
                Some("the SP does not support the Signing Option response: signed is assertion"),
            ),
            (&by_both, true, "", None),
            (&by_both, true, wants_response, None),
            (&by_both, true, wants_both, None),
            (
                &by_assertion,
                true,
                wants_both,
                Some("the SP does not support the Signing Option assertion: signed is both"),
            ),
            (
                &by_assertion,
                false,
                wants_response,
                Some("the SP does not support the Signing Option assertion: signed is response"),
            ),
            (hook, false, "", Some("the SP has no `delete_account` hook")),
            (hook, true, with_hook, None),
            (set, true, sets, None),
            (
                set,
                true,
                sets_some,
                Some("the SP's `set` hook does not take `jit`"),
            ),
            (set, true, sets_both, None),
            (clock, true, with_hook, Some("the SP has no `clock` hook")),
            (tested, true, denied, Some(unsupported)),
            (tested, true, "", None),
            (
                at_once,
                false,
                "[supports]\nparallel = false\n",
                Some("the SP does not support it: parallel is false"),
            ),
            (at_once, true, "[supports]\nparallel = true\n", None),
            (
                &out("sp"),
                true,
                "",
                Some("the SP does not support it: single_logout is false"),
            ),
            (
                &out("sp"),
                false,
                logs_out,
                Some("the SP has no log-out address: give `logout_url`"),
            ),
            (&out("idp"), false, logs_out, None),
            (
                &other_app,
                false,
                logs_out,
                Some("it also signs in to IOMETE, another application of the reference SP"),
            ),
            (&same_app, false, "", None),
            (
                &certificate,
                true,
                "",
                Some("the SP's metadata has no signing certificate"),
            ),
            (
                &imported,
                true,
                decrypts,
                Some("the SP's metadata has no encryption certificate"),
            ),
            (
                &encrypted,
                false,
                "",
                Some("the SP does not support it: encryption is false"),
            ),
            (&encrypted, false, decrypts, None),
            (&undecipherable, true, "", None),
            (redirected, true, reads, fetches_nothing),
            (&addressed, true, reads, fetches_nothing),
            (redirected, true, &fetches, None),
            (
                redirected,
                true,
                "[hooks]\nrefresh_trust = { post = \"http://h/r\" }\n",
                None,
            ),
        ] {
            let actual = reason(&scenario(steps, embedded), &file(rest));
            assert_eq!(actual.as_deref(), expected, "{steps} {embedded} {rest}");
        }
        let told = |faults: &str| {
            scenario(
                &format!(
                    "{judged}[[step]]\nsign_out = {{ start = \"idp\", faults = [{faults}] }}\nexpect = {{ outcome = \"refused\" }}\n"
                ),
                true,
            )
        };
        let redirected = told("{ id = \"slo-unsigned\" }");
        let posted = told("{ id = \"slo-post\", to = \"{sp_logout_post}\" }, { id = \"slo-unsigned\" }");
        let mut told_of = file(logs_out);
        let missing = |binding| {
            Some(format!(
                "the SP's metadata has no SingleLogoutService for {binding}"
            ))
        };
        assert_eq!(reason(&redirected, &told_of), missing("HTTP-Redirect"));
        told_of.published.single_logout_service = Some("http://h/slo".to_owned());
        assert_eq!(reason(&redirected, &told_of), None);
        assert_eq!(reason(&posted, &told_of), missing("HTTP-POST"));
        told_of.published.single_logout_post = Some("http://h/slo".to_owned());
        assert_eq!(reason(&posted, &told_of), None);
        let mut able = file(logs_out);
        able.logout_url = Some("http://h/logout".to_owned());
        able.published.signing_certificate = Some("AQID".to_owned());
        assert_eq!(reason(&scenario(&out("sp"), true), &able), None);
        assert_eq!(reason(&scenario(&certificate, true), &able), None);
        able.published.encryption_certificate = Some("AQID".to_owned());
        assert_eq!(reason(&scenario(&imported, true), &able), None);
    }
}
