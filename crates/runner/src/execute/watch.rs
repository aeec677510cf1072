//! What the SP fetches because a message points at it: the listener of the run must hear nothing during a step, whatever
//! else came of it.

use control_api::catalogue;
use control_api::idp::FaultSpec;

use super::{Case, Ended};
use crate::event::Mismatch;
use crate::note::Note;
use crate::scenario::{Scenario, Step};
use crate::text::{expand, shortened};

/// The parameter of a fault that names an address which nobody may ask for anything.
const CANARY: &str = "canary";

/// The most of a request that is shown, in characters.
const REQUEST_CHARACTERS_MAX: usize = 200;

/// Why a fetch would not be noticed.
const NOT_WATCHED: &str = "whether the SP fetches what the message points at was not watched: the SP is not on this machine, \
     or no port was free: give the parameter `canary` the address of a listener of yours";

impl Case<'_> {
    /// Runs a step, and looks whether anybody asked for what only its messages name.
    pub(super) async fn step(&mut self, number: usize, step: &Step, scenario: &Scenario) -> Ended {
        let canary = self.world.canary.as_ref();
        self.bait = canary.map(|canary| canary.address(&format!("{}{number}", self.watched)));
        let ended = self.act(number, step, scenario).await;
        match canary {
            // What an earlier step made it fetch late is told here.
            Some(canary) => with_fetches(ended, &canary.take(&self.watched)),
            None if step.action.faults().iter().any(lacks_canary) => Ended {
                notes: [ended.notes, vec![Note::conditions(NOT_WATCHED)]].concat(),
                ..ended
            },
            None => ended,
        }
    }

    /// The faults of a step as they are armed: placeholders replaced, and the listener named where one wants an address.
    pub(super) fn expanded_faults(&self, faults: &[FaultSpec]) -> Vec<FaultSpec> {
        let variables = self.variables();
        let mut faults = faults.to_vec();
        for fault in &mut faults {
            for value in fault.parameters.values_mut() {
                *value = expand(value, &variables);
            }
            if let (Some(bait), true) = (&self.bait, lacks_canary(fault)) {
                fault.parameters.insert(CANARY.to_owned(), bait.clone());
            }
        }
        faults
    }
}

/// Whether a fault takes an address that nobody may ask, and is given none.
fn lacks_canary(spec: &FaultSpec) -> bool {
    let parameters = catalogue::fault(&spec.id).map_or(&[][..], |(_, fault)| &fault.parameters);
    parameters.iter().any(|one| one.name == CANARY) && !spec.parameters.contains_key(CANARY)
}

/// A step whose message the SP followed has failed, also where nothing else can be said of it.
fn with_fetches(mut ended: Ended, fetches: &[String]) -> Ended {
    let told = |fetch: &String| Mismatch {
        what: "fetched".to_owned(),
        expected: "nothing".to_owned(),
        actual: format!("{} from the SP", shortened(fetch, REQUEST_CHARACTERS_MAX)),
    };
    if !fetches.is_empty() {
        ended.notes.extend(ended.reason.take().map(Note::from));
    }
    ended.mismatches.extend(fetches.iter().map(told));
    ended
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::StepStatus;

    fn spec(id: &str, canary: Option<&str>) -> FaultSpec {
        let parameters = canary.map(|canary| (CANARY.to_owned(), canary.to_owned()));
        FaultSpec {
            id: id.to_owned(),
            parameters: parameters.into_iter().collect(),
        }
    }

    #[test]
    fn a_fault_wants_an_address_unless_it_has_one() {
        for (id, canary, lacks) in [
            ("xml-xxe-http", None, true),
            ("xml-xxe-http", Some("http://h/"), false),
            ("sig-none", None, false),
            ("unknown", None, false),
        ] {
            assert_eq!(lacks_canary(&spec(id, canary)), lacks, "{id}");
        }
    }

    #[test]
    fn who_fetched_has_failed_whatever_else_happened() {
        let stuck = || Ended::inconclusive("the sign-on did not end");
        assert_eq!(with_fetches(stuck(), &[]).status(), StepStatus::Inconclusive);
        let ended = with_fetches(stuck(), &["GET /4f0c/1".to_owned()]);
        assert_eq!(ended.status(), StepStatus::Failed);
        assert_eq!(ended.notes, ["the sign-on did not end"]);
        assert_eq!(ended.mismatches[0].what, "fetched");
        assert_eq!(ended.mismatches[0].actual, "GET /4f0c/1 from the SP");
    }
}
