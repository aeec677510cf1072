//! The rules of contracts.md section 2, as tables.

use std::collections::BTreeMap;

use super::*;
use crate::agent::Page;
use crate::scenario::ExpectedAttribute;

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
    was_signed_in: bool,
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
            was_signed_in: false,
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
                was_signed_in: true,
                ..ok()
            },
            "signed-in",
        ),
        (
            Row {
                was_signed_in: true,
                end: page(403),
                ..ok()
            },
            "refused",
        ),
        (
            Row {
                was_signed_in: true,
                rejection: Some("replayed"),
                ..ok()
            },
            "refused (replayed)",
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
        .chain(judgement.notes)
        .chain(judgement.inconclusive)
        .collect()
}

#[test]
fn outcomes_are_judged_against_expectations() {
    use ExpectedOutcome::{Refused, SignedIn, StoppedAtIdp};
    let refused = |rejection: Option<&str>, crash| Outcome::Refused {
        rejection: rejection.map(ToOwned::to_owned),
        crash,
    };
    let stopped = Outcome::Stopped {
        code: "AADSTS50105".to_owned(),
    };
    let other = Outcome::SomebodyElse {
        expected: "m".to_owned(),
        actual: "v".to_owned(),
    };
    let text = |text: &str| Some(text.to_owned());
    let unclear = Outcome::Inconclusive("why".to_owned());
    let rejection = |word: &str| Expect {
        rejection: text(word),
        ..expect(Refused)
    };
    let code = |word: &str| Expect {
        code: text(word),
        ..expect(StoppedAtIdp)
    };
    for (expect, outcome, expected) in [
        (expect(SignedIn), Outcome::SignedIn, &[][..]),
        (
            expect(SignedIn),
            refused(Some("replayed"), None),
            &["outcome|signed-in|refused (replayed)"],
        ),
        (
            expect(SignedIn),
            stopped.clone(),
            &["outcome|signed-in|stopped-at-idp (AADSTS50105)"],
        ),
        (expect(Refused), Outcome::SignedIn, &["outcome|refused|signed-in"]),
        (
            expect(Refused),
            other.clone(),
            &["outcome|refused|signed in as somebody else: v instead of m"],
        ),
        (
            expect(SignedIn),
            other,
            &["outcome|signed-in|signed in as somebody else: v instead of m"],
        ),
        (expect(Refused), unclear, &["why"]),
        (rejection("replayed"), refused(Some("replayed"), None), &[]),
        (
            rejection("replayed"),
            refused(Some("malformed"), None),
            &["rejection|replayed|malformed"],
        ),
        (
            rejection("replayed"),
            refused(None, None),
            &["`rejection` not checked: the SP does not tell"],
        ),
        (
            expect(Refused),
            refused(None, Some(Crash::Status(502))),
            &["crash|the SP refuses and stays up|the SP fell over with 502"],
        ),
        (
            Expect {
                crash: true,
                ..expect(Refused)
            },
            refused(None, Some(Crash::Status(502))),
            &[],
        ),
        (
            Expect {
                crash: true,
                ..expect(Refused)
            },
            refused(None, None),
            &["crash|the SP falls over (5xx)|the SP stays up"],
        ),
        (code("AADSTS50105"), stopped.clone(), &[]),
        (
            code("AADSTS50011"),
            stopped.clone(),
            &["code|AADSTS50011|AADSTS50105"],
        ),
        (
            Expect {
                page: text("Please try  again."),
                ..expect(StoppedAtIdp)
            },
            stopped.clone(),
            &[],
        ),
        (
            Expect {
                page: text("Sorry"),
                ..expect(StoppedAtIdp)
            },
            stopped,
            &["page|Sorry|Please try again."],
        ),
    ] {
        assert_eq!(
            judged(&expect, &outcome, &Seen::default()),
            expected,
            "{expect:?} {outcome:?}"
        );
    }
}

#[test]
fn what_the_sp_saw_is_compared_where_it_tells() {
    let list = |values: &[&str]| values.iter().map(ToString::to_string).collect::<Vec<_>>();
    let everything = Expect {
        account: Some("created".to_owned()),
        name_id: Some("n".to_owned()),
        name_id_format: Some("f".to_owned()),
        attributes: vec![ExpectedAttribute {
            name: "A".to_owned(),
            values: list(&["1", "2"]),
        }],
        absent: list(&["B"]),
        roles: Some(list(&["x", "y"])),
        ..expect(ExpectedOutcome::SignedIn)
    };
    let seen = |name_id: &str, attributes: &[(&str, &[&str])], roles: &[&str]| Seen {
        identity: "i".to_owned(),
        name_id: Some(name_id.to_owned()),
        name_id_format: Some("f".to_owned()),
        attributes: Some(
            attributes
                .iter()
                .map(|(name, values)| ((*name).to_owned(), list(values)))
                .collect::<BTreeMap<_, _>>(),
        ),
        account: Some("created".to_owned()),
        account_id: None,
        roles: Some(list(roles)),
    };
    for (seen, expected) in [
        (seen("n", &[("A", &["1", "2"])], &["y", "x"]), &[][..]),
        (
            seen("m", &[("A", &["2", "1"]), ("B", &["3"])], &["x"]),
            &[
                "name_id|n|m",
                "attributes.A|1, 2|2, 1",
                "absent.B|absent|3",
                "roles|x, y|x",
            ],
        ),
        (seen("n", &[], &["x", "y"]), &["attributes.A|1, 2|absent"]),
        (
            Seen {
                name_id_format: Some("g".to_owned()),
                ..seen("n", &[("A", &["1", "2"])], &["x", "y"])
            },
            &["name_id_format|f|g"],
        ),
        (
            Seen::default(),
            &[
                "`account` not checked: the SP does not tell",
                "`name_id` not checked: the SP does not tell",
                "`name_id_format` not checked: the SP does not tell",
                "`attributes` not checked: the SP does not tell",
                "`roles` not checked: the SP does not tell",
            ],
        ),
    ] {
        assert_eq!(judged(&everything, &Outcome::SignedIn, &seen), expected);
    }
}

#[test]
fn accounts_are_compared_with_those_of_earlier_steps() {
    let accounts = HashMap::from([(1, "a".to_owned()), (2, "b".to_owned())]);
    let unchecked = "not checked: the SP does not tell";
    for (same, other, id, expected) in [
        (Some(1), Some(2), Some("a"), &[][..]),
        (
            Some(2),
            Some(1),
            Some("a"),
            &[
                "account b, that of step 2",
                "another than account a, that of step 1",
            ],
        ),
        // Another case is another account.
        (None, Some(1), Some("A"), &[]),
        (Some(1), Some(2), None, &[unchecked, unchecked]),
        (Some(3), Some(3), Some("a"), &[unchecked, unchecked]),
        (None, None, None, &[]),
    ] {
        let expect = Expect {
            same_account_as: same,
            other_account_than: other,
            ..expect(ExpectedOutcome::SignedIn)
        };
        let seen = Seen {
            account_id: id.map(ToOwned::to_owned),
            ..Seen::default()
        };
        let mut judgement = Judgement::default();
        judgement.compare_accounts(&expect, Some(&seen), &accounts);
        let mismatches = judgement.mismatches.into_iter().map(|one| one.expected);
        let told: Vec<_> = mismatches.chain(judgement.notes).collect();
        assert_eq!(told.len(), expected.len(), "{told:?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.ends_with(expected), "{told}");
        }
    }
}

#[test]
fn a_sign_out_is_judged_by_the_sessions_that_are_left() {
    let left = |places: &[&str]| Ok(places.iter().map(ToString::to_string).collect::<Vec<_>>());
    let stopped = End::Stopped {
        code: "AADSTS7500530".to_owned(),
        message: String::new(),
        page: String::new(),
    };
    for (end, at_idp, rejection, left, expected) in [
        (page(200), false, None, left(&[]), "signed-out"),
        (page(200), true, None, left(&[]), "signed-out"),
        (page(401), false, None, left(&[]), "signed-out"),
        (
            page(200),
            false,
            None,
            left(&["sipgate", "the identity provider"]),
            "signed-in: a session is still there at sipgate and at the identity provider",
        ),
        (page(403), false, None, left(&[]), "refused"),
        (
            page(200),
            false,
            Some("signature-invalid"),
            left(&[]),
            "refused (signature-invalid)",
        ),
        (
            page(401),
            false,
            Some("malformed"),
            left(&[]),
            "refused (malformed)",
        ),
        (
            page(502),
            false,
            None,
            left(&[]),
            "refused, the SP fell over with 502",
        ),
        (
            End::BrokeOff("it breaks off".to_owned()),
            false,
            None,
            left(&[]),
            "refused, the SP fell over: it breaks off",
        ),
        (stopped, true, None, left(&[]), "stopped-at-idp (AADSTS7500530)"),
        (
            End::Stuck("nothing".to_owned()),
            false,
            None,
            left(&[]),
            "inconclusive: nothing",
        ),
        (
            page(200),
            false,
            None,
            Err("My Apps answers 500".to_owned()),
            "inconclusive: My Apps answers 500",
        ),
    ] {
        let outcome = sign_out_outcome(SignOutObservation {
            end: &end,
            at_idp,
            rejection: rejection.map(ToOwned::to_owned),
            left,
        });
        assert_eq!(outcome.words(), expected);
    }
}

#[test]
fn a_sign_out_meets_the_expectation_that_names_what_happened() {
    let still = || Outcome::StillSignedIn {
        at: vec!["sipgate".to_owned()],
    };
    for (outcome, expected, met) in [
        (Outcome::SignedOut, ExpectedOutcome::SignedOut, true),
        (still(), ExpectedOutcome::SignedIn, true),
        (still(), ExpectedOutcome::SignedOut, false),
        (Outcome::SignedOut, ExpectedOutcome::SignedIn, false),
        (Outcome::SignedOut, ExpectedOutcome::Refused, false),
    ] {
        let expect = Expect {
            outcome: expected,
            ..Expect::default()
        };
        let judgement = judge(&expect, &outcome, None, "");
        assert_eq!(judgement.mismatches.is_empty(), met, "{outcome:?} {expected:?}");
        assert_eq!(judgement.inconclusive, None);
    }
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
