//! What a person reads.

use super::*;
use crate::report::testing::{failed, finding, noted, passed, skipped};

#[test]
fn a_scenario_that_passed_is_one_line() {
    let mut console = Console::new(false);
    let line = console.lines(&RunEvent::ScenarioFinished(Box::new(passed())));
    assert_eq!(
        line,
        "      passed guides/upsales.toml  Upsales signs in  12 ms\n"
    );
    let line = console.lines(&RunEvent::ScenarioFinished(Box::new(skipped())));
    assert_eq!(
        line,
        "     skipped links/broken.toml  Broken link  0 ms  (the SP has no `delete_link` hook)\n"
    );
    let mut found = passed();
    found.steps.push(finding());
    let text = console.lines(&RunEvent::ScenarioFinished(Box::new(found)));
    assert!(
        text.ends_with("12 ms\n             finding: refused (malformed)\n"),
        "{text}"
    );
    let colourful = Console::new(true).lines(&RunEvent::ScenarioFinished(Box::new(passed())));
    assert!(
        colourful.starts_with("\u{1b}[32m      passed\u{1b}[0m guides"),
        "{colourful:?}"
    );
}

#[test]
fn notes_of_what_passed_are_told_once_and_those_of_the_run_at_its_end() {
    let mut console = Console::new(false);
    let mut told = passed();
    told.steps = vec![noted(), noted()];
    let text = console.lines(&RunEvent::ScenarioFinished(Box::new(told.clone())));
    let expected = "             note: its users go round in a circle\n             note: armed but never applied: sig-none\n";
    assert!(text.ends_with(&format!("12 ms\n{expected}")), "{text}");

    // One that failed later tells them, too.
    let mut later = failed();
    later.steps.insert(0, noted());
    let text = console.lines(&RunEvent::ScenarioFinished(Box::new(later)));
    assert_eq!(
        text.matches("note:   its users go round in a circle").count(),
        1,
        "{text}"
    );

    let summary = Summary {
        passed: 1,
        failed: 1,
        inconclusive: 0,
        skipped: 0,
        findings: 0,
        duration: Duration::from_secs(1),
    };
    let text = console.lines(&RunEvent::RunFinished(summary));
    let expected = "\nnote: the SP has no `reset` hook (2 scenarios)\n\
                    note: the control shares the SP's accounts with this step: the SP has no `reset` hook (1 scenario)\n\
                    \n2 scenarios in 1.0 s: 1 passed, 1 failed, 0 inconclusive, 0 skipped\n";
    assert_eq!(text, expected);
    let again = console.lines(&RunEvent::RunFinished(summary));
    assert!(again.starts_with("\n2 scenarios"), "{again}");
}

#[test]
fn a_scenario_that_failed_shows_both_sides_the_evidence_and_the_way_back() {
    let text = Console::new(false).lines(&RunEvent::ScenarioFinished(Box::new(failed())));
    let expected = "      FAILED checks/expired.toml  Expired & late  34 ms
             step 1: sign_in B.Simon from sp with cond-expired
                         | expected          | actual
               outcome   | refused           | signed-in
               rejection | audience-mismatch | <none>
             note:   the control shares the SP's accounts with this step: the SP has no `reset` hook
             control: signed-in, response _c, flow f0
             ended:  signed-in
             account: a1
             cause:  NotOnOrAfter has passed
             page:   Welcome
             hop:    302 GET http://127.0.0.1:1/login -> http://localhost:2/saml2 (sets sid)
             hop:    200 GET http://localhost:2/saml2
             response: ID = _r
             response: NameID = b.simon@contoso.com
             flow:   f1
             again:  entrant test checks/expired

";
    assert_eq!(text, expected);
}

#[test]
fn a_failed_attack_shows_what_was_sent_and_why_it_matters() {
    let mut attack = failed();
    attack.steps[0].cases = vec![control_api::catalogue::case("sig-none").unwrap()];
    let evidence = attack.steps[0].evidence.as_mut().unwrap();
    evidence.taken_for = Some("V@c, whom the attack wanted to be".to_owned());
    evidence.difference = (0..30).map(|line| format!("- <Signature{line}/>")).collect();
    let text = Console::new(false).lines(&RunEvent::ScenarioFinished(Box::new(attack)));
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let at = |line: &str| {
        let found = lines.iter().position(|known| *known == line);
        found.unwrap_or_else(|| panic!("{line} not in {text}"))
    };
    assert!(
        at("taken for: V@c, whom the attack wanted to be")
            < at("sent:   where it differs from the response without the fault (-)")
    );
    assert_eq!(
        at("- <Signature23/>") + 1,
        at("… 6 lines more in the JSON report")
    );
    assert!(
        text.contains("response: ID = _r") && !text.contains("NameID") && !text.contains("Signature24"),
        "{text}"
    );
    let why = lines.iter().find(|line| line.starts_with("why:")).unwrap();
    assert!(
        why.starts_with("why:    sig-none: Prof 4.1.4.5")
            && why.contains("; seen: FusionAuth CVE-2020-12676"),
        "{why}"
    );
}

#[test]
fn the_frame_counts() {
    let mut console = Console::new(false);
    let started = RunEvent::RunStarted {
        total: 1,
        subject: "orders".to_owned(),
        sp_file: None,
        started: "2026-11-23T10:00:00Z".parse().unwrap(),
    };
    assert_eq!(console.lines(&started), "1 scenario against orders\n");
    let published = RunEvent::Published {
        metadata: "http://localhost:8080/t/metadata?appid=a".to_owned(),
    };
    assert_eq!(
        console.lines(&published),
        "the SP must trust the App Federation Metadata Url http://localhost:8080/t/metadata?appid=a\n"
    );
    let summary = Summary {
        passed: 40,
        failed: 1,
        inconclusive: 0,
        skipped: 2,
        findings: 0,
        duration: Duration::from_millis(1530),
    };
    for (findings, told) in [(0, ""), (1, ", 1 finding"), (7, ", 7 findings")] {
        assert_eq!(
            console.lines(&RunEvent::RunFinished(Summary { findings, ..summary })),
            format!("\n43 scenarios in 1.5 s: 40 passed, 1 failed, 0 inconclusive, 2 skipped{told}\n")
        );
    }
}
