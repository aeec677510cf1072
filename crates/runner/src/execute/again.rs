//! A service provider that answers a response by asking for another one.

use control_api::flow::IdpEvent;
use control_api::idp::FaultSpec;

use crate::agent::LOOP;
use crate::verdict::Outcome;

const TOOK_ANOTHER: &str =
    "the SP asked for another sign-on instead, and took the response to that, which carries no fault";
const CIRCLE: &str =
    "the SP asks for one sign-on after another and never says what is wrong: its users go round in a circle";

/// An SP that asks anew has not taken the response that `deviates`: the one that then signs the user in carries no fault, or it
/// asks in a circle. Gives what is to be said of that, too.
pub(super) fn asked_again(
    outcome: Outcome,
    faults: &[FaultSpec],
    deviates: bool,
    events: &[IdpEvent],
) -> (Outcome, Option<&'static str>) {
    let mut issued = events.iter().rev().filter_map(|event| match event {
        IdpEvent::ResponseIssued { faults, .. } => Some(faults),
        _ => None,
    });
    let is_honest = issued.next().is_some_and(Vec::is_empty);
    let others = issued.clone().count();
    let note = match &outcome {
        Outcome::SignedIn | Outcome::SomebodyElse { .. } => {
            let took_another = is_honest && !faults.is_empty() && issued.any(|faults| !faults.is_empty());
            took_another.then_some(TOOK_ANOTHER)
        }
        Outcome::Inconclusive(reason) => {
            let circle = deviates && others > 0 && reason.starts_with(LOOP);
            circle.then_some(CIRCLE)
        }
        _ => None,
    };
    let refused = Outcome::Refused {
        rejection: None,
        crash: None,
    };
    (if note.is_some() { refused } else { outcome }, note)
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
            assert_eq!(again, (expected == "refused").then_some(TOOK_ANOTHER));
        }
        for outcome in [
            Outcome::SignedOut { rejection: None },
            Outcome::Inconclusive("gone".to_owned()),
        ] {
            let same = (outcome.clone(), None);
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
            let (outcome, note) = asked_again(circle(), &[], deviates, &events);
            assert_eq!(outcome.words(), expected);
            assert_eq!(note, (expected == "refused").then_some(CIRCLE));
        }
    }
}
