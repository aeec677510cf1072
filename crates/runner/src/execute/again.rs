//! A service provider that answers a response by asking for another one.

use control_api::flow::IdpEvent;
use control_api::idp::FaultSpec;

use crate::agent::LOOP;
use crate::verdict::Outcome;

/// An SP that asks anew has not taken the response that `deviates`: the one that then signs the user in carries no fault, or it
/// asks in a circle. Gives whether it is so, too.
pub(super) fn asked_again(
    outcome: Outcome,
    faults: &[FaultSpec],
    deviates: bool,
    events: &[IdpEvent],
) -> (Outcome, bool) {
    let mut issued = events.iter().rev().filter_map(|event| match event {
        IdpEvent::ResponseIssued { faults, .. } => Some(faults),
        _ => None,
    });
    let is_honest = issued.next().is_some_and(Vec::is_empty);
    let others = issued.clone().count();
    let was_asked = match &outcome {
        Outcome::SignedIn | Outcome::SomebodyElse { .. } => {
            is_honest && !faults.is_empty() && issued.any(|faults| !faults.is_empty())
        }
        Outcome::Inconclusive(reason) => deviates && others > 0 && reason.starts_with(LOOP),
        _ => false,
    };
    if was_asked {
        let refused = Outcome::Refused {
            rejection: None,
            crash: None,
        };
        return (refused, true);
    }
    (outcome, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_that_the_sp_asked_for_instead_says_nothing_of_the_one_with_the_faults() {
        let issued = |faults: &[&str]| IdpEvent::ResponseIssued {
            response_id: "_r".to_owned(),
            assertion_id: "_a".to_owned(),
            app: "sipgate".to_owned(),
            name_id: "n".to_owned(),
            thumbprint: String::new(),
            encrypted_to: None,
            faults: faults.iter().map(ToString::to_string).collect(),
        };
        let armed = [FaultSpec {
            id: "sig-none".to_owned(),
            parameters: Default::default(),
        }];
        let (bad, good) = (issued(&["sig-none"]), issued(&[]));
        for (faults, events, expected) in [
            (&armed[..], vec![bad.clone()], "signed-in"),
            (&armed[..], vec![bad.clone(), good.clone()], "refused"),
            (&armed[..], vec![bad.clone(), bad.clone()], "signed-in"),
            (&armed[..], vec![good.clone()], "signed-in"),
            (&[], vec![good.clone(), good.clone()], "signed-in"),
        ] {
            let (outcome, again) = asked_again(Outcome::SignedIn, faults, !faults.is_empty(), &events);
            assert_eq!(outcome.words(), expected, "{events:?}");
            assert_eq!(again, expected == "refused");
        }
        for outcome in [
            Outcome::SignedOut { rejection: None },
            Outcome::Inconclusive("gone".to_owned()),
        ] {
            let same = (outcome.clone(), false);
            assert_eq!(
                asked_again(outcome, &armed, true, &[bad.clone(), good.clone()]),
                same
            );
        }
        let circle = || Outcome::Inconclusive(format!("{LOOP} http://h/ was visited"));
        for (deviates, events, expected) in [
            (true, vec![good.clone(), good.clone()], "refused"),
            (
                true,
                vec![good.clone()],
                "inconclusive: a loop: http://h/ was visited",
            ),
            (
                false,
                vec![good.clone(), good],
                "inconclusive: a loop: http://h/ was visited",
            ),
        ] {
            let (outcome, _) = asked_again(circle(), &[], deviates, &events);
            assert_eq!(outcome.words(), expected);
        }
    }
}
