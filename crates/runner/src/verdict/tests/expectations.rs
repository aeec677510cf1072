//! What is expected, held against what came.

use super::*;
use crate::scenario::ExpectedAttribute;

#[test]
fn safe_and_either_leave_the_sp_a_choice() {
    use ExpectedOutcome::{Either, Safe};
    let refused = |crash| Outcome::Refused {
        rejection: Some("malformed".to_owned()),
        crash,
    };
    let somebody = |user: Option<&str>| Outcome::SomebodyElse {
        expected: "m".to_owned(),
        actual: "v".to_owned(),
        user: user.map(ToOwned::to_owned),
    };
    let stopped = || Outcome::Stopped {
        code: "AADSTS50105".to_owned(),
    };
    for (wanted, outcome, mismatch, finding) in [
        (Safe, Outcome::SignedIn, None, None),
        (Safe, refused(None), None, None),
        (Safe, somebody(None), Some("outcome"), None),
        (Safe, somebody(Some("v@c")), Some("outcome"), None),
        (Safe, stopped(), Some("outcome"), None),
        (Safe, refused(Some(Crash::Status(500))), Some("crash"), None),
        (Either, Outcome::SignedIn, None, Some("signed-in")),
        (Either, refused(None), None, Some("refused (malformed)")),
        (
            Either,
            somebody(None),
            None,
            Some("signed in as somebody else: v instead of m"),
        ),
        (Either, somebody(Some("v@c")), Some("outcome"), None),
        (Either, stopped(), Some("outcome"), None),
        (Either, refused(Some(Crash::Status(503))), Some("crash"), None),
    ] {
        let judgement = judge(&expect(wanted), &outcome, None, "");
        let found: Vec<_> = judgement.mismatches.iter().map(|one| one.what.as_str()).collect();
        assert_eq!(found, Vec::from_iter(mismatch), "{wanted:?} {outcome:?}");
        assert_eq!(judgement.finding.as_deref(), finding, "{wanted:?} {outcome:?}");
    }
    let other_reason = Expect {
        rejection: Some("replayed".to_owned()),
        ..expect(Either)
    };
    let judgement = judge(&other_reason, &refused(None), None, "");
    assert_eq!((judgement.mismatches.len(), judgement.finding), (1, None));
}

#[test]
fn whoever_got_in_is_named() {
    let mut judgement = judge(&expect(ExpectedOutcome::Refused), &Outcome::SignedIn, None, "");
    judgement.name_the_session("V@c, whom the attack wanted to be");
    assert_eq!(
        judgement.mismatches[0].actual,
        "signed-in: the SP took the agent for V@c, whom the attack wanted to be"
    );
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
        user: None,
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
            stopped.clone(),
            &["page|Sorry|Please try again."],
        ),
        (
            Expect {
                not_on_page: vec!["sorry".to_owned(), "TRY  again".to_owned()],
                ..expect(StoppedAtIdp)
            },
            stopped,
            &["not_on_page|a page without it|TRY  again"],
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
        let told: Vec<_> = mismatches
            .chain(judgement.notes.into_iter().map(|note| note.text))
            .collect();
        assert_eq!(told.len(), expected.len(), "{told:?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.ends_with(expected), "{told}");
        }
    }
}
