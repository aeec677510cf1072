//! The JUnit report, in the dialect that Jenkins, GitLab and GitHub actions read: an unmet expectation is a
//! `failure`, an inconclusive case an `error`, a case that was left out is `skipped`. Findings and notes of what passed stand in
//! `system-out`.
//!
//! ```xml
//! <testsuites name="entrant" tests="1" failures="1" errors="0" skipped="0" time="0.012">
//!   <testsuite name="checks" tests="1" failures="1" errors="0" skipped="0" time="0.012" timestamp="…">
//!     <testcase classname="checks" name="expired: Expired" file="checks/expired.toml" time="0.012">
//!       <failure message="outcome: expected refused, actual signed-in" type="failed">…</failure>
//!     </testcase>
//!   </testsuite>
//! </testsuites>
//! ```

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use super::console::details;
use crate::event::{RunResult, ScenarioResult, Verdict};
use crate::text::printable;

/// The report; one `testsuite` per folder, in the order of the selection.
#[must_use]
pub fn junit(result: &RunResult) -> String {
    let mut suites: Vec<(String, Vec<&ScenarioResult>)> = Vec::new();
    for scenario in &result.scenarios {
        let folder = folder(&scenario.file);
        match suites.iter_mut().find(|(name, _)| *name == folder) {
            Some((_, members)) => members.push(scenario),
            None => suites.push((folder, vec![scenario])),
        }
    }
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let all: Vec<_> = result.scenarios.iter().collect();
    let _ = writeln!(
        out,
        "<testsuites name=\"entrant\" {}>",
        counts(&all, result.duration)
    );
    for (name, members) in &suites {
        let total = members.iter().map(|scenario| scenario.duration).sum();
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" {} timestamp=\"{}\">",
            escaped(name),
            counts(members, total),
            result.started
        );
        members
            .iter()
            .for_each(|scenario| testcase(&mut out, name, scenario));
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn folder(path: &str) -> String {
    match Path::new(path).parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.display().to_string(),
        _ => "scenarios".to_owned(),
    }
}

fn counts(scenarios: &[&ScenarioResult], duration: Duration) -> String {
    let count = |word: &str| {
        let with = scenarios
            .iter()
            .filter(|scenario| scenario.verdict.word() == word);
        with.count()
    };
    format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{}\"",
        scenarios.len(),
        count("failed"),
        count("inconclusive"),
        count("skipped"),
        seconds(duration)
    )
}

fn seconds(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64())
}

fn testcase(out: &mut String, class: &str, scenario: &ScenarioResult) {
    let path = scenario.path.strip_suffix(".toml").unwrap_or(&scenario.path);
    let name = Path::new(path);
    let name = name.strip_prefix(class).unwrap_or(name).display();
    let _ = write!(
        out,
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" time=\"{}\"",
        escaped(class),
        escaped(&format!("{name}: {}", scenario.title)),
        escaped(&scenario.file),
        seconds(scenario.duration)
    );
    let text = escaped(&details(scenario).join("\n"));
    match &scenario.verdict {
        Verdict::Passed => {
            let findings = scenario.findings().map(|one| format!("finding: {one}"));
            let notes = scenario.notes();
            let notes = notes.iter().map(|note| format!("note: {note}"));
            let told: Vec<_> = findings.chain(notes).collect();
            if told.is_empty() {
                out.push_str("/>\n");
                return;
            }
            let text = escaped(&told.join("\n"));
            let _ = write!(out, ">\n      <system-out>{text}</system-out>\n");
        }
        Verdict::Failed => {
            let message = escaped(&scenario.unmet());
            let _ = write!(
                out,
                ">\n      <failure message=\"{message}\" type=\"failed\">{text}</failure>\n"
            );
        }
        Verdict::Inconclusive { reason } => {
            let message = escaped(reason);
            let _ = write!(
                out,
                ">\n      <error message=\"{message}\" type=\"inconclusive\">{text}</error>\n"
            );
        }
        Verdict::Skipped { reason } => {
            let _ = write!(out, ">\n      <skipped message=\"{}\"/>\n", escaped(reason));
        }
    }
    out.push_str("    </testcase>\n");
}

/// Text for an attribute or an element; what XML 1.0 cannot hold is replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in printable(text).chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests;
