//! What a CI server reads.

use super::*;
use crate::report::testing::{finding, noted, result};

#[test]
fn the_three_kinds_of_not_passed_are_told_apart() {
    let text = junit(&result());
    let lines: Vec<_> = text.lines().map(str::trim_start).collect();
    assert_eq!(
        lines[1],
        "<testsuites name=\"entrant\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\" time=\"0.060\">"
    );
    assert_eq!(
        lines[3],
        "<testcase classname=\"guides\" name=\"upsales: Upsales signs in\" file=\"guides/upsales.toml\" time=\"0.012\"/>"
    );
    assert_eq!(
        lines[5],
        "<testsuite name=\"checks\" tests=\"2\" failures=\"1\" errors=\"1\" skipped=\"0\" time=\"0.039\" timestamp=\"2026-11-23T10:00:00Z\">"
    );
    assert_eq!(
        lines[6],
        "<testcase classname=\"checks\" name=\"expired: Expired &amp; late\" file=\"checks/expired.toml\" time=\"0.034\">"
    );
    assert!(
        lines[7].starts_with("<failure message=\"outcome: expected refused, actual signed-in; rejection: expected audience-mismatch, actual &lt;none&gt;\" type=\"failed\">step 1: sign_in B.Simon"),
        "{}",
        lines[7]
    );
    assert!(
        lines[7].contains("&#10;control: signed-in, response _c, flow f0&#10;"),
        "{}",
        lines[7]
    );
    assert!(
        lines[7].contains("&#10;again:  entrant test checks/expired</failure>"),
        "{}",
        lines[7]
    );
    assert!(
        lines[10].starts_with("<error message=\"step 1: a loop\u{fffd}\" type=\"inconclusive\">"),
        "{}",
        lines[10]
    );
    assert!(text.contains("<skipped message=\"the SP has no `delete_link` hook\"/>"));
}

#[test]
fn a_finding_is_output_and_a_scenario_of_several_keeps_its_file() {
    let mut result = result();
    let scenario = &mut result.scenarios[0];
    scenario.steps.extend([finding(), noted()]);
    scenario.path = "attacks/signature/sig-position-end/response".to_owned();
    scenario.file = "attacks/signature.toml".to_owned();
    let text = junit(&result);
    let expected = "<testcase classname=\"attacks\" name=\"signature/sig-position-end/response: Upsales signs in\" \
                    file=\"attacks/signature.toml\" time=\"0.012\">\n      \
                    <system-out>finding: refused (malformed)&#10;note: its users go round in a circle&#10;note: armed but never applied: sig-none</system-out>\n    </testcase>\n";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn the_report_is_well_formed() {
    let text = junit(&result());
    let limits = saml_accept::xml::Limits::default();
    let document = saml_accept::xml::parse(text.as_bytes(), &limits).unwrap();
    let cases = document.elements().filter(|element| element.name() == "testcase");
    assert_eq!(cases.count(), 4);
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_the_report(title in ".{0,40}", reason in "\\PC{0,20}|[\\x00-\\x1f]{0,5}") {
        let mut result = result();
        result.scenarios[0].title = title;
        result.scenarios[2].verdict = Verdict::Inconclusive { reason };
        let limits = saml_accept::xml::Limits::default();
        proptest::prop_assert!(saml_accept::xml::parse(junit(&result).as_bytes(), &limits).is_ok());
    }
}
