//! Runs against an SP that an SP file describes (contracts.md section 3): one tenant with a fixed id, one
//! application, registered from the SP's own metadata.
//!
//! Order: tenant and application made, with identifier and reply URL still open; the application's metadata written
//! to a file; the SP started; its metadata read; the application registered; the scenarios; the SP stopped.

mod process;
mod register;
mod skip;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use control_api::sp::HookCall;
use futures_util::{StreamExt as _, stream};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

use crate::agent::Agent;
use crate::context::Context;
use crate::event::{RunEvent, ScenarioResult};
use crate::probe::{self, Answer};
use crate::scenario::Scenario;
use crate::sp_file::SpFile;
use crate::world::{self, World};
use crate::{fetch, hooks, hosts};
use process::Running;

/// The id of the tenant of every run against a foreign SP, so that an SP may keep its trust between runs.
pub const FOREIGN_TENANT: &str = "e47a1b6c-2d35-4f08-9c61-5a0d83f7b219";

/// The name of the file with the application's metadata.
const METADATA_FILE: &str = "idp-metadata.xml";

/// The file with the application's metadata, which every scenario of the run shares.
#[derive(Clone, Debug)]
pub(crate) struct MetadataFile(Arc<Mutex<PathBuf>>);

impl MetadataFile {
    fn new(path: PathBuf) -> Self {
        Self(Arc::new(Mutex::new(path)))
    }

    /// Its path, for one at a time: whoever writes the file keeps it until the hook that reads it has ended.
    pub(crate) async fn lock(&self) -> MutexGuard<'_, PathBuf> {
        self.0.lock().await
    }
}

/// Runs `scenarios`; the results come in the order of the selection.
pub(crate) async fn run(context: &Context<'_>, file: SpFile, scenarios: &[Scenario]) -> Vec<ScenarioResult> {
    let mut results = match Setup::begin(context, file, scenarios).await {
        Ok(setup) => {
            let results = setup.run(scenarios).await;
            setup.end().await;
            results
        }
        Err(reason) => scenarios
            .iter()
            .enumerate()
            .map(|(index, scenario)| context.inconclusive(index, scenario, reason.clone()))
            .collect(),
    };
    results.sort_by_key(|result| result.index);
    results
}

/// Writes the metadata at `address` to `path`.
///
/// # Errors
/// Why it could not be fetched or written.
pub(crate) async fn write_metadata(address: &str, path: &Path) -> Result<(), String> {
    let metadata = fetch::metadata(address)
        .await
        .map_err(|error| format!("{address}: {error}"))?;
    let written = tokio::fs::write(path, metadata).await;
    written.map_err(|error| format!("{}: {error}", path.display()))
}

/// An SP that is ready to be tested.
struct Setup<'c, 'r> {
    context: &'c Context<'r>,
    /// Every address known.
    file: SpFile,
    running: Option<Running>,
    metadata_file: MetadataFile,
    /// Holds the metadata file.
    _directory: TempDir,
}

impl<'c, 'r> Setup<'c, 'r> {
    async fn begin(context: &'c Context<'r>, file: SpFile, scenarios: &[Scenario]) -> Result<Self, String> {
        let info = register::tenant(context, &file, None).await?;
        let directory = tempfile::tempdir().map_err(|error| format!("no temporary directory: {error}"))?;
        // An SP may read the file as another user.
        make_readable(directory.path())?;
        let metadata_file = directory.path().join(METADATA_FILE);
        let metadata = &world::app(&info, &file.name)?.metadata;
        context.tell(RunEvent::Published {
            metadata: metadata.clone(),
        });
        write_metadata(metadata, &metadata_file).await?;
        let (file, running) = process::start(&context.http, file, &metadata_file).await?;
        let mut setup = Self {
            context,
            file,
            running,
            metadata_file: MetadataFile::new(metadata_file),
            _directory: directory,
        };
        if let Err(reason) = setup.make_ready(scenarios).await {
            setup.end().await;
            return Err(reason);
        }
        Ok(setup)
    }

    async fn make_ready(&mut self, scenarios: &[Scenario]) -> Result<(), String> {
        register::read_sp_metadata(&mut self.file).await?;
        // Now that every address is known.
        hosts::may_be_attacked(scenarios, &self.file, &self.context.options.allow_hosts).await?;
        if self.running.is_none() {
            // The SP was there before the tenant was.
            self.call_hook("refresh_trust").await?;
        }
        let login = self
            .file
            .sign_on_url
            .as_deref()
            .ok_or("the SP has no log-in address: give `sign_on_url`")?;
        self.context.must_answer(login).await?;
        match probe::ask(&mut Agent::new(&self.context.http), &self.file.whoami).await {
            Answer::SignedOut => Ok(()),
            Answer::SignedIn(seen) => Err(format!(
                "the identity probe says that a fresh browser is signed in as {}",
                seen.identity
            )),
            Answer::Unreadable(reason) => Err(format!(
                "a fresh browser does not find itself signed out: {reason}"
            )),
        }
    }

    /// Runs the scenarios by application: its claims are switched in between. Tenant and SP are put back before each
    /// application, before each scenario that runs alone, and at the very end.
    async fn run(&self, scenarios: &[Scenario]) -> Vec<ScenarioResult> {
        let mut results = Vec::new();
        let mut groups: Vec<(&str, Vec<(usize, &Scenario)>)> = Vec::new();
        for (index, scenario) in scenarios.iter().enumerate() {
            let left_out = self.context.left_out(scenario);
            if let Some(reason) = left_out.or_else(|| skip::reason(scenario, &self.file)) {
                results.push(self.context.skipped(index, scenario, reason));
                continue;
            }
            match groups
                .iter_mut()
                .find(|(app, _)| app.eq_ignore_ascii_case(&scenario.app))
            {
                Some((_, members)) => members.push((index, scenario)),
                None => groups.push((&scenario.app, vec![(index, scenario)])),
            }
        }
        let last = groups.last().map(|(app, _)| *app);
        for (app, members) in groups {
            let (alone, together): (Vec<_>, Vec<_>) = members
                .into_iter()
                .partition(|(_, scenario)| scenario.changes_tenant() || scenario.changes_sp());
            results.extend(self.run_together(app, together).await);
            for (index, scenario) in alone {
                let world = self.put_back(app);
                results.push(self.context.perform(index, scenario, world).await);
            }
        }
        if let Some(app) = last {
            // The verdicts stand already: what cannot be put back now is told by the run that needs it.
            let _ = self.put_back(app).await;
        }
        results
    }

    /// Runs scenarios that change neither tenant nor SP.
    async fn run_together(&self, app: &str, members: Vec<(usize, &Scenario)>) -> Vec<ScenarioResult> {
        if members.is_empty() {
            return Vec::new();
        }
        let world = match self.put_back(app).await {
            Ok(world) => world,
            Err(reason) => {
                let told = |(index, scenario)| self.context.inconclusive(index, scenario, reason.clone());
                return members.into_iter().map(told).collect();
            }
        };
        let world = &world;
        let ran = stream::iter(members)
            .map(|(index, scenario)| async move {
                self.context
                    .perform(index, scenario, async { Ok(world.clone()) })
                    .await
            })
            .buffer_unordered(jobs(&self.file, self.context.jobs()));
        ran.collect().await
    }

    /// Puts the tenant back to its seed, with the claims of `app`, and the SP to its own beginning; then lets the SP
    /// read the metadata again.
    async fn put_back(&self, app: &str) -> Result<World, String> {
        let info = register::tenant(self.context, &self.file, Some(app)).await?;
        self.call_hook("reset").await?;
        self.call_hook("refresh_trust").await?;
        let login = self.file.sign_on_url.as_deref().and_then(world::origin);
        let is_here = hosts::is_on_this_machine(&self.file).await;
        Ok(World {
            http: self.context.http.clone(),
            control: self.context.control.clone(),
            idp: self.context.endpoints.idp.clone(),
            app: self.file.name.clone(),
            sp: self.file.clone(),
            others: Vec::new(),
            sp_base: login
                .map(|origin| origin.ascii_serialization())
                .unwrap_or_default(),
            events: None,
            metadata_file: Some(self.metadata_file.clone()),
            step_timeout: self.context.options.step_timeout,
            allow_hosts: self.context.options.allow_hosts.clone(),
            canary: self.context.canary.clone().filter(|_| is_here),
            info,
        })
    }

    /// Calls the hook `name`, where there is one, for no user in particular.
    async fn call_hook(&self, name: &str) -> Result<(), String> {
        let Some(hook) = self.file.hooks.get(name) else {
            return Ok(());
        };
        let info = self
            .context
            .control
            .tenant(FOREIGN_TENANT)
            .await
            .map_err(|error| error.to_string())?;
        let metadata = &world::app(&info, &self.file.name)?.metadata;
        let path = self.metadata_file.lock().await;
        write_metadata(metadata, &path).await?;
        let call = HookCall {
            metadata_url: Some(metadata.clone()),
            metadata_file: Some(path.display().to_string()),
            now: Some(jiff::Timestamp::now().to_string()),
            ..HookCall::default()
        };
        let called = hooks::call(&self.context.http, name, hook, &call, &self.file.directory()).await;
        called.map(drop).map_err(|error| error.to_string())
    }

    async fn end(self) {
        if let Some(running) = self.running {
            running.stop().await;
        }
    }
}

/// How many scenarios run at a time, of `most`. `reset` wipes what every browser at the SP rests on, and automatic
/// controls call it: where the SP has it, scenarios have no neighbours.
fn jobs(file: &SpFile, most: usize) -> usize {
    if file.supports.parallel && !file.hooks.contains_key("reset") {
        most
    } else {
        1
    }
}

fn make_readable(directory: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    let permissions = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(directory, permissions)
        .map_err(|error| format!("{}: {error}", directory.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(rest: &str) -> SpFile {
        let text = format!(
            "name = \"sp\"\nentity_id = \"urn:sp\"\nreply_url = \"http://h/acs\"\nsign_on_url = \"http://h/login\"\n\
             [whoami]\nurl = \"http://h/me\"\nidentity = \"json:/mail\"\nmatch = \"mail\"\n{rest}"
        );
        crate::sp_file::parse("sp.toml", &text).unwrap()
    }

    #[test]
    fn an_sp_that_can_be_reset_runs_one_scenario_at_a_time() {
        let parallel = "[supports]\nparallel = true\n";
        let reset = "[hooks]\nreset = { post = \"http://h/reset\" }\n";
        let other = "[hooks]\ncreate_account = { post = \"http://h/create\" }\n";
        for (rest, expected) in [
            (String::new(), 1),
            (parallel.to_owned(), 8),
            (format!("{other}{parallel}"), 8),
            (format!("{reset}{parallel}"), 1),
            (reset.to_owned(), 1),
        ] {
            assert_eq!(jobs(&file(&rest), 8), expected, "{rest}");
        }
    }
}
