//! Calling the hooks of an SP file (contracts.md section 3).

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use control_api::sp::HookCall;
use reqwest::Client;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};

use crate::sp_file::Hook;
use crate::text::{causes, expand, normalised, shortened};

/// The most of a hook's answer that is read.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// How long a hook may take.
pub const HOOK_TIMEOUT: Duration = Duration::from_secs(10);
/// The most of a hook's output that is shown, in characters.
const OUTPUT_CHARACTERS_MAX: usize = 1000;

/// The variables of a hook's command besides those of every text: see [`HookCall`].
pub(crate) const VARIABLES: &[&str] = &["mail", "metadata_url", "name_id", "now", "object_id", "upn"];

/// Why a hook did not do what it was called for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HookError {
    /// It answered, and not with 2xx; or it ended, and not with 0. The text says which, and its output.
    #[error("{0}")]
    Refused(String),
    /// It did not get so far.
    #[error("{0}")]
    Broken(String),
}

/// Calls a hook; gives its output, shortened.
///
/// # Errors
/// Why it failed, with its output.
pub(crate) async fn call(
    http: &Client,
    name: &str,
    hook: &Hook,
    variables: &HookCall,
    directory: &Path,
) -> Result<String, HookError> {
    let called = async {
        match hook {
            Hook::Post { url, token } => post(http, url, token.as_deref(), variables).await,
            Hook::Command(words) => command(words, variables, directory).await,
        }
    };
    let result = tokio::time::timeout(HOOK_TIMEOUT, called).await;
    let late = || HookError::Broken(format!("no end within {} s", HOOK_TIMEOUT.as_secs()));
    let told = |reason| format!("the hook `{name}` failed: {reason}");
    result
        .unwrap_or_else(|_| Err(late()))
        .map_err(|error| match error {
            HookError::Refused(reason) => HookError::Refused(told(reason)),
            HookError::Broken(reason) => HookError::Broken(told(reason)),
        })
}

async fn post(
    http: &Client,
    url: &str,
    token: Option<&str>,
    variables: &HookCall,
) -> Result<String, HookError> {
    let body = serde_json::to_string(variables).map_err(|error| HookError::Broken(error.to_string()))?;
    let mut request = http.post(url).header(CONTENT_TYPE, "application/json").body(body);
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    let answer = request.send().await;
    let answer = answer.map_err(|error| HookError::Broken(causes(&error)))?;
    let status = answer.status();
    let said = output(&beginning(answer).await);
    if status.is_success() {
        return Ok(said);
    }
    let code = status.as_u16();
    Err(HookError::Refused(format!("{url} answered {code}: {said}")))
}

/// As much of the answer as anybody would read; what does not come is not missed.
async fn beginning(mut answer: reqwest::Response) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > ANSWER_BYTES_MAX {
            break;
        }
    }
    bytes.truncate(ANSWER_BYTES_MAX);
    bytes
}

async fn command(words: &[String], variables: &HookCall, directory: &Path) -> Result<String, HookError> {
    let variables = named(variables);
    let words: Vec<_> = words.iter().map(|word| expand(word, &variables)).collect();
    let [program, arguments @ ..] = &words[..] else {
        return Err(HookError::Broken("it names no program".to_owned()));
    };
    let run = tokio::process::Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let ended = run
        .await
        .map_err(|error| HookError::Broken(format!("{program} cannot be run: {error}")))?;
    let said = output(&[ended.stdout, ended.stderr].concat());
    if ended.status.success() {
        return Ok(said);
    }
    let status = ended.status;
    Err(HookError::Refused(format!(
        "{program} ended with {status}: {said}"
    )))
}

/// The variables that are known, by the names of the contract.
fn named(call: &HookCall) -> Vec<(&'static str, String)> {
    let variables = [
        ("upn", &call.upn),
        ("mail", &call.mail),
        ("object_id", &call.object_id),
        ("name_id", &call.name_id),
        ("metadata_url", &call.metadata_url),
        ("metadata_file", &call.metadata_file),
        ("now", &call.now),
    ];
    variables
        .into_iter()
        .map(|(name, value)| (name, value.clone().unwrap_or_default()))
        .collect()
}

fn output(bytes: &[u8]) -> String {
    shortened(
        &normalised(&String::from_utf8_lossy(bytes)),
        OUTPUT_CHARACTERS_MAX,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn run(words: &[&str]) -> Result<String, HookError> {
        let words = words.iter().map(ToString::to_string).collect();
        let variables = HookCall {
            upn: Some("B.Simon@c".to_owned()),
            ..HookCall::default()
        };
        let http = crate::agent::client().unwrap();
        call(&http, "reset", &Hook::Command(words), &variables, Path::new("/")).await
    }

    #[tokio::test]
    async fn a_command_gets_the_variables_and_its_output_is_shown_when_it_fails() {
        assert_eq!(
            run(&[
                "sh",
                "-c",
                "test \"$0\" = B.Simon@c -a -z \"$1\"",
                "{upn}",
                "{mail}"
            ])
            .await,
            Ok(String::new())
        );
        assert_eq!(
            run(&["sh", "-c", "echo one  notice"]).await,
            Ok("one notice".to_owned())
        );
        assert_eq!(
            run(&["sh", "-c", "echo no  such account; echo {upn} >&2; exit 3"]).await,
            Err(HookError::Refused(
                "the hook `reset` failed: sh ended with exit status: 3: no such account B.Simon@c".to_owned()
            ))
        );
        let missing = run(&["/no/such/program"]).await.unwrap_err();
        assert!(
            matches!(&missing, HookError::Broken(reason) if reason.starts_with("the hook `reset` failed: /no/such/program cannot be run: ")),
            "{missing}"
        );
    }
}
