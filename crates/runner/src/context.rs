//! What all scenarios of a run share.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use control_api::Endpoints;
use futures_util::FutureExt as _;
use reqwest::Client;
use tokio::sync::mpsc::UnboundedSender;
use url::Url;

use crate::agent::Agent;
use crate::canary::Canary;
use crate::control::Api;
use crate::event::{RunEvent, ScenarioResult, StepResult, Verdict};
use crate::scenario::Scenario;
use crate::world::World;
use crate::{Options, execute};

/// What all scenarios of a run share.
pub(crate) struct Context<'r> {
    pub(crate) endpoints: &'r Endpoints,
    pub(crate) options: &'r Options,
    pub(crate) http: Client,
    pub(crate) control: Api,
    /// What must hear nothing; `None`: no port is free.
    pub(crate) canary: Option<Canary>,
    pub(crate) events: UnboundedSender<RunEvent>,
    /// What a command needs besides the selector to run a scenario again: ` --sp sp.toml`.
    pub(crate) rerun_arguments: String,
}

impl Context<'_> {
    /// How many scenarios run at a time.
    pub(crate) fn jobs(&self) -> usize {
        self.options.jobs.max(1)
    }

    /// Nobody listening is no reason to stop.
    pub(crate) fn tell(&self, event: RunEvent) {
        let _ = self.events.send(event);
    }

    /// Something must answer at `address`, whatever it says.
    ///
    /// # Errors
    /// That nothing does.
    pub(crate) async fn must_answer(&self, address: &str) -> Result<(), String> {
        let url = Url::parse(address).map_err(|error| format!("{address}: {error}"))?;
        let answer = Agent::new(&self.http).peek(&url).await;
        answer.map(drop).map_err(|error| error.to_string())
    }

    /// Runs one scenario in the world that `world` makes. A panic ends the scenario and not the run: what the others
    /// found is not lost for it.
    pub(crate) async fn perform(
        &self,
        index: usize,
        scenario: &Scenario,
        world: impl Future<Output = Result<World, String>>,
    ) -> ScenarioResult {
        self.started(index, scenario);
        let started = Instant::now();
        let mut steps = Vec::new();
        let ran = async {
            match world.await {
                Err(reason) => Verdict::Inconclusive { reason },
                Ok(world) => {
                    let tell = |step: StepResult| {
                        self.tell(RunEvent::StepFinished {
                            index,
                            step: Box::new(step.clone()),
                        });
                        steps.push(step);
                    };
                    execute::run(&world, scenario, tell).await
                }
            }
        };
        // Only the steps that ended are left of what it touched.
        let verdict = AssertUnwindSafe(ran)
            .catch_unwind()
            .await
            .unwrap_or_else(|payload| Verdict::Inconclusive {
                reason: format!(
                    "a fault of entrant itself ended the scenario: {}",
                    said(&*payload)
                ),
            });
        self.finished(index, scenario, verdict, steps, started.elapsed())
    }

    /// Why a scenario is left out whatever the SP is; `None`: it runs.
    pub(crate) fn left_out(&self, scenario: &Scenario) -> Option<String> {
        let heavy = scenario.heavy().filter(|_| !self.options.allow_heavy)?;
        Some(format!("{heavy}: `--allow-heavy` runs it"))
    }

    /// A scenario that was not attempted.
    pub(crate) fn inconclusive(&self, index: usize, scenario: &Scenario, reason: String) -> ScenarioResult {
        self.not_run(index, scenario, Verdict::Inconclusive { reason })
    }

    /// A scenario that is left out.
    pub(crate) fn skipped(&self, index: usize, scenario: &Scenario, reason: String) -> ScenarioResult {
        self.not_run(index, scenario, Verdict::Skipped { reason })
    }

    fn not_run(&self, index: usize, scenario: &Scenario, verdict: Verdict) -> ScenarioResult {
        self.started(index, scenario);
        self.finished(index, scenario, verdict, Vec::new(), Duration::ZERO)
    }

    fn started(&self, index: usize, scenario: &Scenario) {
        self.tell(RunEvent::ScenarioStarted {
            index,
            path: scenario.path.clone(),
            title: scenario.title.clone(),
        });
    }

    fn finished(
        &self,
        index: usize,
        scenario: &Scenario,
        verdict: Verdict,
        steps: Vec<StepResult>,
        duration: Duration,
    ) -> ScenarioResult {
        let result = ScenarioResult {
            index,
            path: scenario.path.clone(),
            file: scenario.file.clone(),
            embedded: scenario.embedded,
            title: scenario.title.clone(),
            origin: scenario.origin.clone(),
            cases: scenario.cases(),
            app: scenario.app.clone(),
            tags: scenario.tags.clone(),
            verdict,
            duration,
            steps,
            rerun: self.rerun(scenario),
        };
        self.tell(RunEvent::ScenarioFinished(Box::new(result.clone())));
        result
    }

    /// The command that runs just this scenario again.
    fn rerun(&self, scenario: &Scenario) -> String {
        let selectors: Vec<_> = scenario.selectors().into_iter().map(quoted).collect();
        let heavy = if scenario.heavy().is_some() {
            " --allow-heavy"
        } else {
            ""
        };
        format!(
            "entrant test {}{}{heavy}",
            selectors.join(" "),
            self.rerun_arguments
        )
    }
}

/// The message of a panic.
fn said(payload: &(dyn Any + Send)) -> &str {
    let owned = payload.downcast_ref::<String>().map(String::as_str);
    let constant = || payload.downcast_ref::<&str>().copied();
    owned.or_else(constant).unwrap_or("a panic without a message")
}

/// A word for a POSIX shell.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |letter: char| {
        letter.is_ascii_alphanumeric() || matches!(letter, '/' | '.' | '-' | '_' | '@' | ':' | '=' | '+')
    };
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_heavy_is_left_out_unless_it_is_allowed() {
        let endpoints = Endpoints {
            idp: String::new(),
            control: String::new(),
            token: String::new(),
            sp: None,
        };
        let http = crate::agent::client().unwrap();
        let scenario = |tags: &str| {
            let text = format!(
                "title = \"t\"\napp = \"a\"\nuser = \"B\"\ntags = [{tags}]\n[[step]]\nsign_in = {{}}\nexpect = {{ outcome = \"signed-in\" }}\n"
            );
            crate::scenario::parse_one("s.toml", &text, false).unwrap()
        };
        for (allow_heavy, tags, left_out, rerun) in [
            (
                false,
                "\"heavy\"",
                Some("it is heavy: `--allow-heavy` runs it"),
                "entrant test s.toml --allow-heavy",
            ),
            (true, "\"heavy\"", None, "entrant test s.toml --allow-heavy"),
            (false, "", None, "entrant test s.toml"),
        ] {
            let options = Options {
                allow_heavy,
                ..Options::default()
            };
            let context = Context {
                endpoints: &endpoints,
                options: &options,
                control: Api::new(&http, &endpoints.control, &endpoints.token),
                canary: None,
                http: http.clone(),
                events: tokio::sync::mpsc::unbounded_channel().0,
                rerun_arguments: String::new(),
            };
            let scenario = scenario(tags);
            assert_eq!(context.left_out(&scenario).as_deref(), left_out, "{tags}");
            assert_eq!(context.rerun(&scenario), rerun);
        }
    }

    #[tokio::test]
    async fn a_panic_ends_its_scenario_and_not_the_run() {
        let endpoints = Endpoints {
            idp: String::new(),
            control: String::new(),
            token: String::new(),
            sp: None,
        };
        let http = crate::agent::client().unwrap();
        let (events, mut received) = tokio::sync::mpsc::unbounded_channel();
        let context = Context {
            endpoints: &endpoints,
            options: &Options::default(),
            control: Api::new(&http, &endpoints.control, &endpoints.token),
            canary: None,
            http,
            events,
            rerun_arguments: String::new(),
        };
        let text = "title = \"t\"\napp = \"a\"\nuser = \"B\"\n[[step]]\nsign_in = {}\nexpect = { outcome = \"signed-in\" }\n";
        let scenario = crate::scenario::parse_one("s.toml", text, false).unwrap();
        let place = String::from("place");
        let constant = async { panic!("at a constant") };
        let formatted = async { panic!("at a {place}") };
        let on_thread = async { crate::agent::html::off_thread(|| panic!("on a thread")).await };
        let results = [
            context.perform(0, &scenario, constant).await,
            context.perform(1, &scenario, formatted).await,
            context.perform(2, &scenario, on_thread).await,
        ];
        for (result, expected) in results.iter().zip(["at a constant", "at a place", "on a thread"]) {
            let reason = format!("a fault of entrant itself ended the scenario: {expected}");
            assert_eq!(result.verdict, Verdict::Inconclusive { reason });
            assert!(matches!(
                received.recv().await,
                Some(RunEvent::ScenarioStarted { .. })
            ));
            let Some(RunEvent::ScenarioFinished(told)) = received.recv().await else {
                panic!("the reporters are not told");
            };
            assert_eq!(told.verdict, result.verdict);
        }
    }
}
