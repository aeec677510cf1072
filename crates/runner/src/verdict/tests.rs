//! The rules of contracts.md section 2, as tables.

mod answers;
mod expectations;
mod sign_out;

use std::collections::BTreeMap;

use super::*;
use crate::agent::Page;

fn page(status: u16) -> End {
    End::Page(Page::for_test(status, &[], ""))
}

fn signed_in_as(identity: &str) -> Answer {
    Answer::SignedIn(Box::new(Seen {
        identity: identity.to_owned(),
        ..Seen::default()
    }))
}

/// One row: what differs from a sign-on of `b@c` by mail that went well.
struct Row {
    end: End,
    delivered: bool,
    crash: Option<Crash>,
    controlled: bool,
    was_signed_in: Option<&'static str>,
    answer: Answer,
    matches: Match,
    expected: Result<String, String>,
    rejection: Option<&'static str>,
    unapplied: Vec<String>,
}

impl Default for Row {
    fn default() -> Self {
        Self {
            end: page(200),
            delivered: true,
            crash: None,
            controlled: true,
            was_signed_in: None,
            answer: signed_in_as("b@c"),
            matches: Match::Mail,
            expected: Ok("b@c".to_owned()),
            rejection: None,
            unapplied: Vec::new(),
        }
    }
}

fn words(row: &Row) -> String {
    outcome(&Observation {
        end: &row.end,
        delivered: row.delivered,
        crash: row.crash.clone(),
        controlled: row.controlled,
        was_signed_in: row.was_signed_in,
        answer: &row.answer,
        matches: row.matches,
        expected: &row.expected,
        rejection: row.rejection.map(ToOwned::to_owned),
        unapplied: &row.unapplied,
    })
    .words()
}

#[test]
fn the_probe_decides_and_every_doubt_is_inconclusive() {
    let stopped = || End::Stopped {
        code: "AADSTS50105".to_owned(),
        message: String::new(),
        page: String::new(),
    };
    let broke_off = || End::BrokeOff("it breaks off".to_owned());
    let ok = Row::default;
    let signed_out = || Answer::SignedOut;
    for (row, expected) in [
        (ok(), "signed-in"),
        (
            Row {
                answer: signed_in_as(" B@C "),
                ..ok()
            },
            "signed-in",
        ),
        (
            Row {
                answer: signed_in_as("B@C"),
                matches: Match::NameId,
                ..ok()
            },
            "signed in as somebody else: B@C instead of b@c",
        ),
        (
            Row {
                answer: signed_in_as("v@c"),
                ..ok()
            },
            "signed in as somebody else: v@c instead of b@c",
        ),
        (
            Row {
                expected: Err("B has no mail".into()),
                ..ok()
            },
            "inconclusive: somebody is signed in as b@c, but whom to expect is not known: B has no mail",
        ),
        (
            Row {
                answer: signed_out(),
                ..ok()
            },
            "refused",
        ),
        (
            Row {
                answer: signed_out(),
                rejection: Some("replayed"),
                ..ok()
            },
            "refused (replayed)",
        ),
        (
            Row {
                answer: signed_out(),
                crash: Some(Crash::Status(500)),
                ..ok()
            },
            "refused, the SP fell over with 500",
        ),
        (
            Row {
                end: broke_off(),
                answer: Answer::Unreadable("gone".into()),
                crash: Some(Crash::BrokeOff("it breaks off".into())),
                ..ok()
            },
            "refused, the SP fell over: it breaks off",
        ),
        (
            Row {
                end: broke_off(),
                crash: Some(Crash::BrokeOff("it breaks off".into())),
                ..ok()
            },
            "signed-in",
        ),
        (
            Row {
                end: broke_off(),
                controlled: false,
                answer: signed_out(),
                crash: Some(Crash::BrokeOff("it breaks off".into())),
                ..ok()
            },
            "inconclusive: it breaks off",
        ),
        (
            Row {
                answer: Answer::Unreadable("no JSON".into()),
                ..ok()
            },
            "inconclusive: no JSON",
        ),
        (
            Row {
                delivered: false,
                ..ok()
            },
            "inconclusive: no response was delivered: the browser ended at http://sp.test/page with status 200",
        ),
        (
            Row {
                delivered: false,
                unapplied: vec!["sig-none".into()],
                ..ok()
            },
            "inconclusive: no response was delivered: the browser ended at http://sp.test/page with status 200; armed but never applied: sig-none",
        ),
        (
            Row {
                delivered: false,
                answer: signed_out(),
                end: page(503),
                ..ok()
            },
            "inconclusive: no response was delivered: the browser ended at http://sp.test/page with status 503",
        ),
        (
            Row {
                unapplied: vec!["sig-none".into()],
                ..ok()
            },
            "inconclusive: armed but never applied: sig-none",
        ),
        (
            Row {
                unapplied: vec!["sig-none".into()],
                answer: signed_out(),
                ..ok()
            },
            "inconclusive: armed but never applied: sig-none",
        ),
        (
            Row {
                end: stopped(),
                unapplied: vec!["sig-none".into()],
                ..ok()
            },
            "stopped-at-idp (AADSTS50105)",
        ),
        (
            Row {
                end: End::Stuck("a loop".into()),
                ..ok()
            },
            "inconclusive: a loop",
        ),
        // A session from before shows the same user, so the page must tell.
        (
            Row {
                was_signed_in: Some("b@c"),
                ..ok()
            },
            "signed-in",
        ),
        (
            Row {
                was_signed_in: Some("b@c"),
                end: page(403),
                ..ok()
            },
            "refused",
        ),
        (
            Row {
                was_signed_in: Some("b@c"),
                rejection: Some("replayed"),
                ..ok()
            },
            "refused (replayed)",
        ),
        (
            Row {
                was_signed_in: Some("v@c"),
                rejection: Some("replayed"),
                ..ok()
            },
            "signed in as somebody else: b@c instead of v@c",
        ),
        (
            Row {
                end: page(403),
                ..ok()
            },
            "signed-in",
        ),
    ] {
        assert_eq!(words(&row), expected);
    }
}

fn expect(outcome: ExpectedOutcome) -> Expect {
    Expect {
        outcome,
        ..Expect::default()
    }
}

/// The mismatches as `what|expected|actual`, then the notes.
fn judged(expect: &Expect, outcome: &Outcome, seen: &Seen) -> Vec<String> {
    let judgement = judge(expect, outcome, Some(seen), "  Please\n try again. ");
    let mismatch = |one: &Mismatch| format!("{}|{}|{}", one.what, one.expected, one.actual);
    let mismatches = judgement.mismatches.iter().map(mismatch);
    mismatches
        .chain(judgement.notes.into_iter().map(|note| note.text))
        .chain(judgement.inconclusive)
        .collect()
}

#[test]
fn the_test_button_is_answered_as_if_nobody_had_asked() {
    for (in_response_to, mismatches) in [(None, 0), (Some("_other"), 0), (Some("F84D"), 1)] {
        let response = crate::facts::ResponseFacts {
            in_response_to: in_response_to.map(ToOwned::to_owned),
            ..Default::default()
        };
        let evidence = Evidence {
            response: Some(response),
            ..Evidence::default()
        };
        let mut judgement = Judgement::default();
        judgement.must_not_answer("F84D", &evidence);
        assert_eq!(judgement.mismatches.len(), mismatches, "{in_response_to:?}");
    }
}
