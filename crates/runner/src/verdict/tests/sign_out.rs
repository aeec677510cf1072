//! Sign-outs.

use super::*;

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

/// What a page says, and what the identity provider says to the SP's answer, decides nothing.
#[test]
fn a_message_of_single_sign_out_is_judged_by_the_sessions_alone() {
    use ExpectedOutcome::{Refused, Safe, SignedIn, SignedOut};
    let answered = || End::Stopped {
        code: "AADSTS75005".to_owned(),
        message: String::new(),
        page: String::new(),
    };
    let there = || Ok(vec!["sipgate".to_owned()]);
    let none = || Ok(Vec::new());
    for (end, rejection, left, wanted, expected) in [
        (
            page(403),
            Some("signature-invalid"),
            there(),
            Refused,
            "refused (signature-invalid)",
        ),
        // It ignores what it should refuse.
        (answered(), None, there(), Refused, "refused"),
        (page(200), None, there(), Safe, "refused"),
        (answered(), None, none(), Refused, "signed-out"),
        // It says no and does it.
        (
            page(403),
            Some("malformed"),
            none(),
            Refused,
            "signed-out, the message refused (malformed)",
        ),
        (answered(), None, none(), SignedOut, "signed-out"),
        (
            answered(),
            None,
            there(),
            SignedOut,
            "signed-in: a session is still there at sipgate",
        ),
        // It refuses what is about nobody.
        (
            page(400),
            None,
            there(),
            SignedIn,
            "signed-in: a session is still there at sipgate",
        ),
        (answered(), None, none(), SignedIn, "signed-out"),
        (
            page(502),
            None,
            there(),
            Refused,
            "refused, the SP fell over with 502",
        ),
        (
            page(502),
            None,
            none(),
            SignedOut,
            "refused, the SP fell over with 502",
        ),
        (
            End::BrokeOff("it breaks off".to_owned()),
            None,
            there(),
            Refused,
            "refused, the SP fell over: it breaks off",
        ),
        (
            End::Stuck("nothing".to_owned()),
            None,
            there(),
            Refused,
            "inconclusive: nothing",
        ),
        (
            page(200),
            None,
            Err("unread".to_owned()),
            Refused,
            "inconclusive: unread",
        ),
    ] {
        let seen = SignOutObservation {
            end: &end,
            at_idp: false,
            rejection: rejection.map(ToOwned::to_owned),
            left,
        };
        assert_eq!(
            logout_outcome(seen, wanted).words(),
            expected,
            "{end:?} {wanted:?}"
        );
    }
}

#[test]
fn the_reason_beside_an_ended_session_is_compared() {
    let expect = Expect {
        outcome: ExpectedOutcome::SignedOut,
        rejection: Some("signature-invalid".to_owned()),
        ..Expect::default()
    };
    for (rejection, mismatches, notes) in [
        (Some("signature-invalid"), 0, 0),
        (Some("malformed"), 1, 0),
        // An SP may pass over it in silence.
        (None, 0, 1),
    ] {
        let outcome = Outcome::SignedOut {
            rejection: rejection.map(ToOwned::to_owned),
        };
        let judgement = judge(&expect, &outcome, None, "");
        assert_eq!(
            (judgement.mismatches.len(), judgement.notes.len()),
            (mismatches, notes),
            "{rejection:?}"
        );
    }
}

#[test]
fn a_sign_out_meets_the_expectation_that_names_what_happened() {
    let still = || Outcome::StillSignedIn {
        at: vec!["sipgate".to_owned()],
    };
    let out = || Outcome::SignedOut { rejection: None };
    for (outcome, expected, met) in [
        (out(), ExpectedOutcome::SignedOut, true),
        (still(), ExpectedOutcome::SignedIn, true),
        (still(), ExpectedOutcome::SignedOut, false),
        (out(), ExpectedOutcome::SignedIn, false),
        (out(), ExpectedOutcome::Refused, false),
        (out(), ExpectedOutcome::Safe, true),
        (still(), ExpectedOutcome::Safe, false),
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
