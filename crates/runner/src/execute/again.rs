//! A service provider that answers a response by asking for another one.

use control_api::flow::IdpEvent;
use control_api::idp::FaultSpec;

use crate::verdict::Outcome;

/// An SP that asks anew has not taken the response with the faults: the one that then signs the user in carries none. Gives
/// whether it is so, too.
pub(super) fn asked_again(outcome: Outcome, faults: &[FaultSpec], events: &[IdpEvent]) -> (Outcome, bool) {
    let mut issued = events.iter().rev().filter_map(|event| match event {
        IdpEvent::ResponseIssued { faults, .. } => Some(faults),
        _ => None,
    });
    let is_honest = issued.next().is_some_and(Vec::is_empty);
    let was_asked = is_honest && !faults.is_empty() && issued.any(|faults| !faults.is_empty());
    match outcome {
        Outcome::SignedIn | Outcome::SomebodyElse { .. } if was_asked => {
            let refused = Outcome::Refused {
                rejection: None,
                crash: None,
            };
            (refused, true)
        }
        other => (other, false),
    }
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
            let (outcome, again) = asked_again(Outcome::SignedIn, faults, &events);
            assert_eq!(outcome.words(), expected, "{events:?}");
            assert_eq!(again, expected == "refused");
        }
        let stopped = Outcome::SignedOut { rejection: None };
        assert_eq!(
            asked_again(stopped.clone(), &armed, &[bad, good]),
            (stopped, false)
        );
    }
}
