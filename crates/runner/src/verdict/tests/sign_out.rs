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
