//! The published guides as they are: which steps each has, under its own headings, with its own numbers and labels.
//!
//! A step is an item of a list (a nested one has its parent's number before its own), or a paragraph where a guide has steps
//! in paragraphs.

use std::path::Path;

/// A step of a guide.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) section: String,
    pub(super) number: String,
    /// What the guide sets in bold type.
    pub(super) labels: Vec<String>,
}

/// The part of `README.md` that has the steps of the pages which a guide includes.
const INCLUDED: &str = "create-assign-users-sso.md";

/// The steps of the guide `file` in `folder`.
pub(super) fn steps(folder: &Path, file: &str) -> Vec<Step> {
    let read = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
    let text = read(file);
    match file {
        "upsales.md" => numbered(&text),
        "upwork-enterprise.md" => sections(&text, &included(&read("README.md"))),
        "iomete.md" => sections(&text, &[]),
        _ => stepper(&text),
    }
}

/// One list, with its numbers written out; the first line is its heading.
fn numbered(text: &str) -> Vec<Step> {
    let title = text.lines().next().unwrap_or_default();
    let is_number = |number: &&str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    text.lines()
        .filter_map(|line| line.trim().split_once(". "))
        .filter(|(number, _)| is_number(number))
        .map(|(number, text)| step(title, number, text))
        .collect()
}

/// Headings with lists below them. Where a section has a numbered list, that is its steps; else its bullets and paragraphs.
fn sections(text: &str, included: &[Step]) -> Vec<Step> {
    let mut steps = Vec::new();
    // What stands before the first step is about the guide.
    let is_first =
        |line: &&str| *line == "## Add Upwork Enterprise from the gallery" || line.starts_with("### 1. ");
    let lines: Vec<_> = text.lines().skip_while(|line| !is_first(line)).collect();
    let mut rest = lines.as_slice();
    while let Some((heading, below)) = rest.split_first() {
        let end = below
            .iter()
            .position(|line| line.starts_with('#'))
            .unwrap_or(below.len());
        let title = heading.trim_start_matches('#').trim();
        if title == "Related content" {
            break;
        }
        let body = &below[..end];
        let is_numbered = body.iter().any(|line| line.starts_with("1. "));
        steps.extend(items(title, body, is_numbered));
        if body.iter().any(|line| line.contains(INCLUDED)) {
            steps.extend_from_slice(included);
        }
        rest = &below[end..];
    }
    steps
}

fn items(title: &str, body: &[&str], is_numbered: bool) -> Vec<Step> {
    let (mut steps, mut place, mut nested): (Vec<Step>, u32, u32) = (Vec::new(), 0, 0);
    for line in body {
        let trimmed = line.trim_start();
        let is_inner = trimmed.len() < line.len();
        let item = ["1. ", "- ", "* "]
            .iter()
            .find_map(|mark| trimmed.strip_prefix(mark));
        let is_markup = ["<", "!", "[!", ">", "---"]
            .iter()
            .any(|mark| trimmed.starts_with(mark));
        match item {
            Some(text) if is_inner => {
                nested += 1;
                steps.push(step(title, &format!("{place}.{nested}"), text));
            }
            Some(text) => {
                (place, nested) = (place + 1, 0);
                steps.push(step(title, &place.to_string(), text));
            }
            // More of the item.
            None if is_inner && !is_markup && !steps.is_empty() => {
                if let Some(last) = steps.last_mut() {
                    last.labels.extend(labels(trimmed));
                }
            }
            None if is_numbered || is_inner || is_markup || line.is_empty() => {}
            None => {
                (place, nested) = (place + 1, 0);
                steps.push(step(title, &place.to_string(), line));
            }
        }
    }
    steps
}

/// `{% step %}`: a title in bold type, then paragraphs.
fn stepper(text: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for (place, one) in text.split("{% step %}").skip(1).enumerate() {
        let one = one.split("{% endstep %}").next().unwrap_or_default();
        let mut lines = one
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with("!["));
        let title = format!(
            "{}. {}",
            place + 1,
            lines.next().unwrap_or_default().trim_matches('*')
        );
        steps.extend(
            lines
                .enumerate()
                .map(|(number, line)| step(&title, &(number + 1).to_string(), line)),
        );
    }
    steps
}

/// `**what**: step > step > step; step.` of the README: the pages that a guide includes.
fn included(readme: &str) -> Vec<Step> {
    let text = readme.replace('\n', " ");
    let mut steps = Vec::new();
    for what in ["create a test user", "Assign it"] {
        let begin = format!("**{what}**: ");
        let told = text.split_once(&begin).map_or("", |(_, rest)| rest);
        let told = told.split(". ").next().unwrap_or_default().trim_end_matches('.');
        let parts = told.split([';', '>']).map(str::trim);
        steps.extend(parts.enumerate().map(|(place, part)| Step {
            section: what.to_owned(),
            number: (place + 1).to_string(),
            labels: vec![part.to_owned()],
        }));
    }
    steps
}

fn step(section: &str, number: &str, text: &str) -> Step {
    Step {
        section: section.to_owned(),
        number: number.to_owned(),
        labels: labels(text),
    }
}

/// What stands between double asterisks, without a link around it and without an arrow after it.
fn labels(text: &str) -> Vec<String> {
    let bold = text.split("**").skip(1).step_by(2).map(|label| {
        let named = label
            .strip_prefix('[')
            .and_then(|link| link.split_once("]("))
            .map_or(label, |(name, _)| name);
        named.trim_end_matches("-->").trim().to_owned()
    });
    bold.filter(|label| label.chars().any(char::is_alphabetic))
        .collect()
}
