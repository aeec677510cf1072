//! One file, several scenarios.

use super::wrong;
use crate::scenario::{Scenario, StepAction, parse};

/// A step that orders the case.
const CASE_STEP: &str = "[[step]]\nsign_in = { fault = \"{case}\" }\n";

fn head(rest: &str) -> String {
    format!("app = \"sipgate\"\nuser = \"B.Simon\"\n{rest}\n")
}

fn told(scenario: &Scenario) -> (&str, &str, &str) {
    (&scenario.path, &scenario.title, &scenario.origin)
}

#[test]
fn a_file_is_one_scenario_for_each_case_and_signing_option() {
    let text = head(
        "tags = [\"attacks\", \"core\"]\ncases = [\"sig-none\", \"sig-keyinfo-absent\"]\nsigning = [\"assertion\", \"response\"]",
    ) + CASE_STEP;
    let all = parse("attacks/signature.toml", &text, true).unwrap();
    let paths: Vec<_> = all.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "attacks/signature/sig-none/assertion",
            "attacks/signature/sig-none/response",
            "attacks/signature/sig-keyinfo-absent/assertion",
            "attacks/signature/sig-keyinfo-absent/response",
        ]
    );
    let first = &all[0];
    assert_eq!(first.file, "attacks/signature.toml");
    assert_eq!(
        first.title,
        "[none] every ds:Signature removed from a good Response"
    );
    assert!(first.origin.starts_with("Prof 4.1.4.5"), "{}", first.origin);
    assert_eq!(
        (first.signing, all[1].signing),
        (Some("assertion"), Some("response"))
    );
    assert!(first.changes_tenant());
    assert_eq!(first.tags, ["attacks", "core", "sig"]);
    assert_eq!(all[2].tags, ["attacks", "sig"]);
    assert_eq!(first.cases()[0].id, "sig-none");
    let expect = first.steps[0].expect.as_ref().unwrap();
    assert_eq!(
        (expect.outcome.word(), expect.rejection.as_deref()),
        ("refused", Some("signature-invalid"))
    );
    let accepted = all[2].steps[0].expect.as_ref().unwrap();
    assert_eq!(
        (accepted.outcome.word(), &accepted.rejection),
        ("signed-in", &None)
    );
    assert_eq!(first.selectors(), ["attacks/signature/sig-none/assertion"]);
    let own = parse("/tmp/a.toml", &text, false).unwrap();
    assert_eq!(own[1].selectors(), ["/tmp/a.toml", "/tmp/a/sig-none/response"]);
}

#[test]
fn the_file_speaks_first_and_the_catalogue_where_it_is_silent() {
    let said = head("title = \"{case} again\"\norigin = \"issue 7, {case}\"\ncases = \"sig-none\"")
        + "[[step]]\nsign_in = { faults = [{ id = \"{case}\" }] }\nexpect = { outcome = \"safe\", rejection = \"malformed\" }\n";
    let all = parse("a.toml", &said, true).unwrap();
    assert_eq!(
        told(&all[0]),
        ("a/sig-none", "sig-none again", "issue 7, sig-none")
    );
    let expect = all[0].steps[0].expect.as_ref().unwrap();
    assert_eq!(
        (expect.outcome.word(), expect.rejection.as_deref()),
        ("safe", Some("malformed"))
    );
    let StepAction::SignIn(step) = &all[0].steps[0].action else {
        panic!()
    };
    assert_eq!(step.faults[0].id, "sig-none");
    let signed = head("title = \"t\"\nsigning = [\"response-and-assertion\"]")
        + "[[step]]\nsign_in = {}\nexpect = { outcome = \"signed-in\" }\n";
    let all = parse("a.toml", &signed, true).unwrap();
    assert_eq!(told(&all[0]), ("a/response-and-assertion", "t", ""));
}

#[test]
fn a_file_of_many_cases_has_few_steps() {
    let ids: Vec<_> = control_api::catalogue::faults()
        .map(|(case, _)| format!("\"{}\"", case.id))
        .collect();
    let options = "[\"assertion\", \"response\", \"response-and-assertion\"]";
    let cases = format!("cases = [{}]\nsigning = {options}", ids.join(", "));
    let steps = 5_000 / (ids.len() * 3) + 1;
    let text = head(&cases) + &CASE_STEP.repeat(steps);
    let expected = format!(
        "5:1: there are {} steps in {} scenarios: at most 5000",
        ids.len() * 3 * steps,
        ids.len() * 3
    );
    assert_eq!(wrong(&text), [expected]);
}

#[test]
fn what_is_wrong_with_the_head_is_told_once_with_its_place() {
    let plain = "[[step]]\nsign_in = {}\nexpect = { outcome = \"signed-in\" }\n";
    let refused = "[[step]]\nsign_in = { faults = [{ id = \"{case}\", vaule = \"x\" }] }\nexpect = { outcome = \"refused\" }\n";
    for (rest, steps, expected) in [
        (
            "cases = []",
            plain,
            vec!["3:9: `cases` is empty: expected ids of faults"],
        ),
        (
            "cases = [\"sig-none\", \"sig-non\", 1, \"sig-none\"]",
            CASE_STEP,
            vec![
                "3:22: unknown fault `sig-non`: did you mean `sig-none`?",
                "3:33: `cases`: expected a text, found a number",
                "3:36: `cases`: `sig-none` stands there twice",
            ],
        ),
        (
            "cases = [\"sig-none\"]",
            plain,
            vec![
                "3:9: no step orders the case: expected `fault = \"{case}\"` in a `sign_in` or `sign_out`, or beside `refresh_trust`",
            ],
        ),
        (
            "title = \"t\"",
            CASE_STEP,
            vec![
                "4:1: `expect` is missing: expected what this step must lead to",
                "5:21: `{case}` stands for each of `cases`, which this file does not say",
            ],
        ),
        (
            "cases = [\"aadsts\"]",
            "[[step]]\nsign_in = { faults = [{ id = \"{case}\", code = \"50000\" }] }\n",
            vec!["4:1: `expect` is missing: the catalogue does not say what `aadsts` leads to"],
        ),
        (
            "cases = [\"sig-none\", \"sig-rsa-sha1\"]",
            refused,
            vec!["5:40: unknown key `vaule`: expected one of `id`"],
        ),
        (
            "title = \"t\"\nsigning = [\"respons\"]",
            plain,
            vec![
                "4:12: `signing`: unknown word `respons`: expected one of `assertion`, `response`, `response-and-assertion`",
            ],
        ),
        (
            "covers = [\"sig-nonsense-here\", \"sig-none\"]",
            plain,
            vec![
                "3:11: unknown case `sig-nonsense-here`: expected one of the catalogue's",
                "3:32: `sig-none` is a fault: expected it in `cases`, or as a step's `fault`",
            ],
        ),
    ] {
        assert_eq!(wrong(&(head(rest) + steps)), expected, "{rest}");
    }
}
