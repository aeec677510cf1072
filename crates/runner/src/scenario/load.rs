//! Reading one scenario file: every error at once.

use std::path::Path;

use control_api::catalogue::Case;
use control_api::file::{self, Diagnostics, Mark, Table};

use super::rules::{judged, must_be_shown, rules};
use super::variants::{self, CASE, Variant};
use super::{HEAVY, Scenario, Step, StepAction, expect, patch, sign, sp, step, token_encryption};

/// The most steps of a scenario.
const STEPS_MAX: usize = 100;

/// The most steps of all the scenarios of a file.
const STEPS_OF_ALL_MAX: usize = 5_000;

/// The tag of what runs first.
pub(super) const CORE: &str = "core";

/// Reads the file at `path`, whose text is `text`: one scenario, or one for each of `cases` and `signing`. Nothing is opened.
///
/// # Errors
/// All that is wrong with it, each with line, column, what was expected and the nearest valid word.
pub fn parse(path: &str, text: &str, embedded: bool) -> Result<Vec<Scenario>, Diagnostics> {
    file::from_toml(path, text, |root| scenarios(root, path, embedded))
}

fn scenarios(root: &Table<'_>, path: &str, embedded: bool) -> Option<Vec<Scenario>> {
    if !root.has("title") && !root.has("step") {
        // Whatever it is, its keys are its own.
        drop(root.entries());
        root.problem("this file has neither `title` nor `[[step]]`: not a scenario");
        return None;
    }
    let tables = root.tables("step");
    if !root.has("step") || (tables.is_empty() && steps_are_empty(root)) {
        root.problem("`[[step]]` is missing: expected at least one step");
    }
    if tables.len() > STEPS_MAX {
        root.problem_at(
            "step",
            format!("there are {} steps: at most {STEPS_MAX}", tables.len()),
        );
    }
    let head = Head::read(root, path, embedded);
    let variants = variants::variants(root);
    let steps = variants.len().saturating_mul(tables.len());
    if variants.len() > 1 && steps > STEPS_OF_ALL_MAX {
        root.problem_at(
            "step",
            format!(
                "there are {steps} steps in {} scenarios: at most {STEPS_OF_ALL_MAX}",
                variants.len()
            ),
        );
        return None;
    }
    let of_variant = |variant| scenario(root, &tables, head.of(variant), variant);
    // Every one of them is read, so that all that is wrong is told.
    let read: Vec<_> = variants.into_iter().map(of_variant).collect();
    read.into_iter().collect()
}

/// What the top of a file says.
struct Head<'f> {
    path: &'f str,
    embedded: bool,
    title: Option<String>,
    origin: Option<String>,
    app: Option<String>,
    app_mark: Mark,
    user: Option<String>,
    tags: Vec<String>,
    covers: Vec<&'static Case>,
}

impl<'f> Head<'f> {
    fn read(root: &Table<'_>, path: &'f str, embedded: bool) -> Self {
        let covers = variants::covers(root);
        let has_default = root.has("cases") || root.has("covers");
        let title = if has_default && !root.has("title") {
            None
        } else {
            root.required_string("title", "what the scenario shows, in one line")
        };
        Self {
            path,
            embedded,
            title,
            origin: root.string("origin"),
            app: root.required_string("app", "the enterprise application, by name"),
            app_mark: root.mark("app"),
            user: root.string("user"),
            tags: tags(root),
            covers,
        }
    }

    /// The head of one of the file's scenarios, still without its steps; `None` where something is missing, which has been
    /// told.
    fn of(&self, variant: Variant) -> Option<Scenario> {
        // What the file does not say of itself, the catalogue says of the case.
        let case = variant.case.or(self.covers.first().copied());
        let filled = |text: &Option<String>| text.as_deref().map(|text| variant.fill(text));
        let suffix = variant.suffix();
        let path = if suffix.is_empty() {
            self.path.to_owned()
        } else {
            format!("{}{suffix}", Path::new(self.path).with_extension("").display())
        };
        Some(Scenario {
            path,
            file: self.path.to_owned(),
            title: filled(&self.title).or_else(|| Some(case?.mutation.clone()))?,
            origin: filled(&self.origin)
                .or_else(|| Some(case?.reason.clone()))
                .unwrap_or_default(),
            app: self.app.clone()?,
            app_mark: self.app_mark.clone(),
            tags: self.tags_of(variant),
            user: self.user.clone(),
            signing: variant.signing,
            covers: self.covers.clone(),
            steps: Vec::new(),
            embedded: self.embedded,
        })
    }

    /// With `cases` the catalogue says which of them are core, and their group.
    fn tags_of(&self, variant: Variant) -> Vec<String> {
        let mut tags = self.tags.clone();
        if let Some(case) = variant.case {
            tags.retain(|tag| tag != CORE);
            tags.extend(case.core.then(|| CORE.to_owned()));
            if !tags.contains(&case.group) {
                tags.push(case.group.clone());
            }
        }
        tags
    }
}

fn scenario(
    root: &Table<'_>,
    tables: &[Table<'_>],
    head: Option<Scenario>,
    variant: Variant,
) -> Option<Scenario> {
    let user = root.string("user");
    let steps: Vec<_> = tables
        .iter()
        .map(|table| one_step(table, user.as_deref(), variant))
        .collect();
    for (index, step) in steps.iter().enumerate() {
        if let Some(step) = step {
            rules(&tables[index], step, &steps[..index]);
            must_be_shown(&tables[index], step, &steps[index + 1..]);
        }
    }
    if let Some(case) = variant.case
        && steps
            .iter()
            .all(|step| step.as_ref().is_some_and(|step| !orders(step, case)))
    {
        root.problem_at(
            "cases",
            format!("no step orders the case: expected `fault = \"{CASE}\"` in a `sign_in` or `sign_out`, or beside `refresh_trust`"),
        );
    }
    if !steps.is_empty()
        && steps
            .iter()
            .all(|step| step.as_ref().is_some_and(|step| !judged(step)))
    {
        root.problem_at(
            "step",
            "no step is judged: expected at least one `sign_in`, `sign_out`, `replay`, `probe` or `request`, with `expect`",
        );
    }
    let mut scenario = Scenario {
        steps: steps.into_iter().flatten().collect(),
        ..head?
    };
    if scenario.heavy().is_some() && !scenario.tags.iter().any(|tag| tag == HEAVY) {
        scenario.tags.push(HEAVY.to_owned());
    }
    Some(scenario)
}

/// Whether the step orders the fault of a case.
fn orders(step: &Step, case: &Case) -> bool {
    step.action.faults().iter().any(|fault| fault.id == case.id)
}

fn steps_are_empty(root: &Table<'_>) -> bool {
    matches!(root.node("step").map(|node| &node.value), Some(file::Value::Array(items)) if items.is_empty())
}

fn tags(root: &Table<'_>) -> Vec<String> {
    let tags = root.strings("tags");
    for tag in &tags {
        if tag.is_empty() || tag.starts_with('@') || tag.contains(char::is_whitespace) {
            root.problem_at(
                "tags",
                format!("`{tag}` is not a tag: expected a word, without the `@`"),
            );
        }
    }
    tags
}

/// What a step may be.
const ACTIONS: &[&str] = &[
    "sign_in",
    "sign_out",
    "replay",
    "probe",
    "flood",
    "request",
    "tenant",
    "certificate",
    "token_encryption",
    "user",
    "clock",
    "sp",
];

fn one_step(table: &Table<'_>, user: Option<&str>, variant: Variant) -> Option<Step> {
    let given: Vec<_> = ACTIONS.iter().filter(|action| table.has(action)).collect();
    let expect = table.table("expect").and_then(|table| expect::expect(&table));
    table.done();
    let [given] = given[..] else {
        let words: Vec<_> = ACTIONS.iter().map(|word| format!("`{word}`")).collect();
        table.problem(format!("a step is exactly one of {}", words.join(", ")));
        return None;
    };
    let value = table.table(given)?;
    let action = match *given {
        "sign_in" => StepAction::SignIn(sign::sign_in(&value, user, variant)?),
        "sign_out" => StepAction::SignOut(sign::sign_out(&value, variant)),
        "replay" => StepAction::Replay(step::replay(&value)?),
        "probe" => StepAction::Probe(step::probe(&value)?),
        "flood" => StepAction::Flood(step::flood(&value)?),
        "request" => StepAction::Request(step::request(&value, user)?),
        "tenant" => StepAction::Tenant(patch::tenant(&value, table.node("tenant")?)?),
        "certificate" => StepAction::Certificate(step::certificate(&value)?),
        "token_encryption" => StepAction::TokenEncryption(token_encryption::token_encryption(&value)?),
        "user" => StepAction::User(step::user(&value)?),
        "clock" => StepAction::Clock(step::clock(&value)?),
        _ => StepAction::Sp(sp::sp(&value, variant)?),
    };
    let mut step = Step {
        action,
        expect,
        mark: table.mark(given),
    };
    // A case leads to what the catalogue says, where the step does not say otherwise.
    if let Some(case) = variant.case
        && !table.has("expect")
        && orders(&step, case)
    {
        step.expect = case.fault.as_ref().and_then(expect::of_fault);
        if step.expect.is_none() {
            table.problem(format!(
                "`expect` is missing: the catalogue does not say what `{}` leads to",
                case.id
            ));
            return None;
        }
    }
    Some(step)
}

#[cfg(test)]
mod tests;
