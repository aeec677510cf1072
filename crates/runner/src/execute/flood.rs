//! `flood`: sign-ons that are begun at the SP and that nobody goes on with (catalogue `sess-state-store-flood`).

use std::pin::pin;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _, stream};
use url::Url;

use super::{Case, Ended};
use crate::agent::{Agent, AgentError};
use crate::event::{Evidence, Mismatch};
use crate::scenario::FloodStep;

/// How many of them are on their way at a time, at an SP that takes several.
const AT_A_TIME: usize = 16;

/// How long all of them may take.
const FLOOD_TIME_MAX: Duration = Duration::from_mins(10);

/// What the SP said to them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    begun: usize,
    /// Kept off, with a status from 400 to 499.
    kept_off: usize,
    /// The first one that it fell over at.
    fell_over: Option<String>,
}

impl Case<'_> {
    /// `flood`.
    pub(super) async fn flood(&mut self, step: &FloodStep) -> Ended {
        let address = self.world.sp.sign_on_url.as_deref();
        let Some(url) = address.and_then(|address| Url::parse(address).ok()) else {
            return Ended::inconclusive("the SP has no log-in address");
        };
        let begun = stream::iter(0..step.sign_ons).map(|_| {
            let (mut agent, url) = (Agent::new(&self.world.http), url.clone());
            async move { agent.peek(&url).await.map(|page| page.status) }
        });
        let at_a_time = if self.world.sp.supports.parallel {
            AT_A_TIME
        } else {
            1
        };
        let said = tokio::time::timeout(FLOOD_TIME_MAX, listen(begun.buffer_unordered(at_a_time))).await;
        match said {
            Ok(said) => ended(&said),
            Err(_) => Ended::inconclusive(format!(
                "{} sign-ons did not begin within {} s",
                step.sign_ons,
                FLOOD_TIME_MAX.as_secs()
            )),
        }
    }
}

/// What the SP says, until it falls over.
async fn listen(answers: impl Stream<Item = Result<u16, AgentError>>) -> Said {
    let mut answers = pin!(answers);
    let mut said = Said::default();
    while let (Some(answer), None) = (answers.next().await, &said.fell_over) {
        said = heard(said, answer);
    }
    said
}

fn heard(mut said: Said, answer: Result<u16, AgentError>) -> Said {
    let fell_over = match answer {
        Ok(status @ 500..) => Some(format!("the SP fell over with {status}")),
        Ok(400..) => {
            said.kept_off += 1;
            None
        }
        Ok(_) => {
            said.begun += 1;
            None
        }
        Err(error) => Some(error.to_string()),
    };
    said.fell_over = said.fell_over.or(fell_over);
    said
}

fn ended(said: &Said) -> Ended {
    let mismatch = said.fell_over.as_ref().map(|actual| Mismatch {
        what: "flood".to_owned(),
        expected: "the SP begins each sign-on or keeps it off, and stays up".to_owned(),
        actual: actual.clone(),
    });
    let outcome = format!("{} sign-ons begun, {} kept off", said.begun, said.kept_off);
    Ended {
        mismatches: mismatch.into_iter().collect(),
        evidence: Some(Evidence {
            outcome,
            ..Evidence::default()
        }),
        ..Ended::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::StepStatus;

    #[tokio::test]
    async fn an_sp_may_keep_a_flood_off_and_must_not_fall_over() {
        let hear = |answers: Vec<Result<u16, AgentError>>| listen(stream::iter(answers));
        let said = hear(vec![Ok(302), Ok(200), Ok(429), Ok(403)]).await;
        assert_eq!(
            said,
            Said {
                begun: 2,
                kept_off: 2,
                fell_over: None
            }
        );
        let fine = ended(&said);
        assert_eq!(fine.status(), StepStatus::Passed);
        assert_eq!(fine.evidence.unwrap().outcome, "2 sign-ons begun, 2 kept off");
        let gone = AgentError::Unreachable {
            url: "http://sp/".to_owned(),
            reason: "no connection".to_owned(),
        };
        for (answers, expected) in [
            (vec![Ok(302), Ok(503), Ok(500)], "the SP fell over with 503"),
            (
                vec![Ok(302), Err(gone)],
                "http://sp/ does not answer: no connection",
            ),
        ] {
            let ended = ended(&hear(answers).await);
            assert_eq!(ended.status(), StepStatus::Failed);
            assert_eq!(ended.mismatches[0].actual, expected);
        }
    }
}
