//! The console: a line per scenario, everything about what did not pass, findings and notes of what did, and a summary. Notes
//! about what the run stands under are the same in many scenarios: they are told once, above the summary.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use control_api::catalogue::Case;

use crate::event::{
    ControlEvidence, Evidence, Hop, Mismatch, RunEvent, ScenarioResult, StepResult, Summary, Verdict,
};
use crate::note::About;
use crate::text::{printable, shortened};

/// How much of an address is shown, in characters.
const URL_CHARACTERS_MAX: usize = 140;
/// How many lines of a difference are shown.
const DIFFERENCE_LINES_MAX: usize = 24;
/// How much of a fact is shown, in characters.
const FACT_CHARACTERS_MAX: usize = 120;

/// Turns events into lines.
#[derive(Clone, Debug)]
pub struct Console {
    colour: bool,
    /// What the run stands under, each with the number of scenarios that say so.
    conditions: Vec<(String, usize)>,
}

/// Colours, as ANSI escape sequences.
#[derive(Clone, Copy)]
enum Colour {
    Green,
    Red,
    Yellow,
    Grey,
}

impl Console {
    /// A console, in colours or not.
    #[must_use]
    pub fn new(colour: bool) -> Self {
        Self {
            colour,
            conditions: Vec::new(),
        }
    }

    /// The lines of an event, each with its line end; empty where the event is not shown.
    pub fn lines(&mut self, event: &RunEvent) -> String {
        match event {
            RunEvent::ScenarioFinished(scenario) => {
                self.remember_conditions(scenario);
                self.scenario(scenario)
            }
            RunEvent::RunFinished(summary) => self.told_conditions() + &self.summary(summary),
            RunEvent::RunStarted { total, subject, .. } => {
                format!("{} against {subject}\n", scenarios(*total))
            }
            RunEvent::Published { metadata } => {
                format!(
                    "the SP must trust the App Federation Metadata Url {}\n",
                    printable(metadata)
                )
            }
            RunEvent::ScenarioStarted { .. } | RunEvent::StepFinished { .. } => String::new(),
        }
    }

    fn remember_conditions(&mut self, scenario: &ScenarioResult) {
        let notes = scenario.steps.iter().flat_map(|step| &step.notes);
        let texts = notes.filter(|note| note.about == About::Conditions);
        for text in texts.map(|note| &note.text).collect::<BTreeSet<_>>() {
            match self.conditions.iter_mut().find(|(known, _)| known == text) {
                Some((_, number)) => *number += 1,
                None => self.conditions.push((text.clone(), 1)),
            }
        }
    }

    fn told_conditions(&mut self) -> String {
        let told = std::mem::take(&mut self.conditions);
        let mut out = String::new();
        for (index, (text, number)) in told.into_iter().enumerate() {
            let gap = if index == 0 { "\n" } else { "" };
            let _ = writeln!(out, "{gap}note: {} ({})", printable(&text), scenarios(number));
        }
        out
    }

    fn scenario(&self, scenario: &ScenarioResult) -> String {
        let (word, colour) = match &scenario.verdict {
            Verdict::Passed => ("passed", Colour::Green),
            Verdict::Failed => ("FAILED", Colour::Red),
            Verdict::Inconclusive { .. } => ("INCONCLUSIVE", Colour::Yellow),
            Verdict::Skipped { .. } => ("skipped", Colour::Grey),
        };
        let mut out = format!(
            "{} {}  {}  {}",
            self.painted(&format!("{word:>12}"), colour),
            printable(&scenario.path),
            self.painted(&scenario.title, Colour::Grey),
            milliseconds(scenario.duration)
        );
        if let Verdict::Skipped { reason } = &scenario.verdict {
            let _ = write!(out, "  ({})", printable(reason));
        }
        out.push('\n');
        if matches!(scenario.verdict, Verdict::Failed | Verdict::Inconclusive { .. }) {
            for line in details(scenario) {
                // A reason may hold the lines of somebody's output.
                for line in printable(&line).lines() {
                    let _ = writeln!(out, "{:>12} {line}", "");
                }
            }
            out.push('\n');
        } else {
            for finding in scenario.findings() {
                let _ = writeln!(out, "{:>12} finding: {}", "", printable(&finding));
            }
            for note in scenario.notes() {
                let _ = writeln!(out, "{:>12} note: {}", "", printable(note));
            }
        }
        out
    }

    fn summary(&self, summary: &Summary) -> String {
        let count = |number: usize, word: &str, colour| {
            let text = format!("{number} {word}");
            if number == 0 {
                text
            } else {
                self.painted(&text, colour)
            }
        };
        let total = summary.passed + summary.failed + summary.inconclusive + summary.skipped;
        let findings = match summary.findings {
            0 => String::new(),
            1 => format!(", {}", self.painted("1 finding", Colour::Yellow)),
            many => format!(", {}", self.painted(&format!("{many} findings"), Colour::Yellow)),
        };
        format!(
            "\n{} in {:.1} s: {}, {}, {}, {}{findings}\n",
            scenarios(total),
            summary.duration.as_secs_f64(),
            count(summary.passed, "passed", Colour::Green),
            count(summary.failed, "failed", Colour::Red),
            count(summary.inconclusive, "inconclusive", Colour::Yellow),
            count(summary.skipped, "skipped", Colour::Yellow),
        )
    }

    fn painted(&self, text: &str, colour: Colour) -> String {
        let code = match colour {
            Colour::Green => "32",
            Colour::Red => "1;31",
            Colour::Yellow => "33",
            Colour::Grey => "2",
        };
        let text = printable(text);
        if self.colour {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text
        }
    }
}

fn scenarios(number: usize) -> String {
    if number == 1 {
        "1 scenario".to_owned()
    } else {
        format!("{number} scenarios")
    }
}

fn milliseconds(duration: Duration) -> String {
    format!("{} ms", duration.as_millis())
}

/// All that a reader needs about a scenario that did not pass: what was expected and what was seen, the evidence, the notes of
/// the steps that did end as expected, and the command that runs just this scenario again.
pub(super) fn details(scenario: &ScenarioResult) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(reason) = scenario.verdict.reason() {
        lines.push(format!("reason: {reason}"));
    }
    for step in scenario.unmet_steps() {
        lines.push(format!("step {}: {}", step.number, step.title));
        compared(&step.mismatches, &mut lines);
        step_evidence(step, &mut lines);
        lines.extend(step.cases.iter().map(|case| why(case)));
    }
    lines.extend(scenario.notes().iter().map(|note| format!("note:   {note}")));
    lines.push(format!("again:  {}", scenario.rerun));
    lines
}

/// Why a case matters.
fn why(case: &Case) -> String {
    let mut line = format!("why:    {}: {}", case.id, case.reason);
    if !case.seen.is_empty() {
        let _ = write!(line, "; seen: {}", case.seen);
    }
    line
}

/// What the faults changed, as far as a console has room.
fn sent(difference: &[String], lines: &mut Vec<String>) {
    if difference.is_empty() {
        return;
    }
    lines.push("sent:   where it differs from the response without the fault (-)".to_owned());
    let shown = difference.iter().take(DIFFERENCE_LINES_MAX);
    lines.extend(shown.map(|line| format!("        {}", shortened(line, URL_CHARACTERS_MAX))));
    if difference.len() > DIFFERENCE_LINES_MAX {
        let more = difference.len() - DIFFERENCE_LINES_MAX;
        lines.push(format!("        … {more} lines more in the JSON report"));
    }
}

/// Expected and actual, side by side.
fn compared(mismatches: &[Mismatch], lines: &mut Vec<String>) {
    if mismatches.is_empty() {
        return;
    }
    let width = |heading: &str, of: fn(&Mismatch) -> &str| {
        let widest = mismatches.iter().map(|one| of(one).chars().count()).max();
        widest.unwrap_or_default().max(heading.len())
    };
    let (first, second) = (width("", |one| &one.what), width("expected", |one| &one.expected));
    lines.push(format!("  {:first$} | {:second$} | actual", "", "expected"));
    for one in mismatches {
        lines.push(format!(
            "  {:first$} | {:second$} | {}",
            one.what, one.expected, one.actual
        ));
    }
}

fn step_evidence(step: &StepResult, lines: &mut Vec<String>) {
    lines.extend(step.notes.iter().map(|note| format!("note:   {note}")));
    // Where the control itself did not sign in, the evidence is its own.
    let shown = step.evidence.as_ref().map(|evidence| evidence.flow.as_str());
    if let Some(control) = step
        .control
        .as_ref()
        .filter(|control| Some(control.flow.as_str()) != shown)
    {
        lines.push(format!("control: {}", control_line(control)));
    }
    let Some(evidence) = &step.evidence else { return };
    let Evidence {
        outcome,
        hops,
        response,
        difference,
        taken_for,
        idp_message,
        account_id,
        sp_cause,
        page,
        flow,
    } = evidence;
    lines.push(format!("ended:  {outcome}"));
    lines.extend(taken_for.iter().map(|whom| format!("taken for: {whom}")));
    lines.extend(account_id.iter().map(|id| format!("account: {id}")));
    lines.extend(sp_cause.iter().map(|cause| format!("cause:  {cause}")));
    lines.extend(idp_message.iter().map(|message| format!("idp:    {message}")));
    lines.extend(page.iter().map(|page| format!("page:   {page}")));
    lines.extend(hops.iter().map(|hop| format!("hop:    {}", hop_line(hop))));
    sent(difference, lines);
    if let Some(response) = response {
        lines.extend(
            response
                .unreadable
                .iter()
                .map(|reason| format!("response: unreadable: {reason}")),
        );
        let ids = [("ID", &response.id), ("InResponseTo", &response.in_response_to)];
        for (name, value) in ids {
            lines.extend(value.iter().map(|value| format!("response: {name} = {value}")));
        }
        // Where the difference tells what was sent, the rest is as always.
        let facts = response.facts.iter().filter(|_| difference.is_empty());
        for (name, value) in facts {
            lines.push(format!(
                "response: {name} = {}",
                shortened(value, FACT_CHARACTERS_MAX)
            ));
        }
    }
    lines.push(format!("flow:   {flow}"));
}

fn control_line(control: &ControlEvidence) -> String {
    let mut line = control.outcome.clone();
    if let Some(step) = control.step {
        let _ = write!(line, " in step {step}");
    }
    if let Some(id) = &control.response_id {
        let _ = write!(line, ", response {id}");
    }
    let _ = write!(line, ", flow {}", control.flow);
    line
}

fn hop_line(hop: &Hop) -> String {
    let mut line = format!(
        "{} {} {}",
        hop.status,
        hop.method,
        shortened(&hop.url, URL_CHARACTERS_MAX)
    );
    if let Some(location) = &hop.location {
        let _ = write!(line, " -> {}", shortened(location, URL_CHARACTERS_MAX));
    }
    if !hop.cookies_set.is_empty() {
        let _ = write!(line, " (sets {})", hop.cookies_set.join(", "));
    }
    line
}

#[cfg(test)]
mod tests;
