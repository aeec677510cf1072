//! The rows of the page: each case, with what every service provider did.

use std::collections::{BTreeMap, BTreeSet};

use control_api::catalogue::{self, Case};

use super::record::Record;
use super::words::{Ended, Worth};
use crate::harness::root;

/// Ways in which a scenario is told more than once.
const VARIANTS: [&str; 3] = ["assertion", "response", "response-and-assertion"];

/// What one service provider did with a case: in which variant, and how it ended.
pub(super) type Cell = Vec<(String, Ended)>;

/// A case, with what each service provider did.
pub(super) struct Row {
    /// The fault with what it is told, or the scenario.
    label: String,
    /// Of the catalogue.
    case: Option<&'static Case>,
    /// The scenario with which it is made.
    source: String,
    /// Whether another scenario, in which it means something else, makes it too.
    is_ambiguous: bool,
    /// In the order of the rigs.
    pub(super) cells: [Cell; 4],
}

/// The table in which a row stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    /// Somebody is signed in who should not be, or as somebody else.
    SignsIn,
    /// An error of the server.
    Crashes,
    /// Nobody is signed in, and somebody should be.
    Refuses,
    /// A matter of policy.
    Chooses,
    /// Nothing can be said.
    Unknown,
    /// All did what is expected.
    None,
}

/// Every case, in the order of the catalogue; what is none of it last.
pub(super) fn rows(records: &[Record]) -> Vec<Row> {
    let mut rows: BTreeMap<(String, String), Row> = BTreeMap::new();
    for (index, record) in records.iter().enumerate() {
        for (path, told) in record.profile.iter().flat_map(|profile| &profile.scenarios) {
            let (whole, variant) = match path.rsplit_once('/') {
                Some((whole, variant)) if VARIANTS.contains(&variant) => (whole, variant),
                _ => (path.as_str(), ""),
            };
            for ended in told.iter().skip(1).map(|text| Ended::read(text)) {
                let is_fault = !ended.what.starts_with("step ");
                let row = Row::new(if is_fault { &ended.what } else { whole }, whole);
                let key = (row.label.clone(), row.source.clone());
                let cells = &mut rows.entry(key).or_insert(row).cells;
                cells[index].push((variant.to_owned(), ended));
            }
        }
    }
    let mut rows = united(rows.into_values());
    // Stable: the ways of a case stay together.
    rows.sort_by_key(|row| {
        let known = catalogue::cases();
        let place = row
            .case
            .and_then(|case| known.iter().position(|one| one.id == case.id));
        place.unwrap_or(known.len())
    });
    rows
}

/// Rows of one fault that several scenarios make are one, unless they tell different things of it.
fn united(rows: impl Iterator<Item = Row>) -> Vec<Row> {
    let mut united: Vec<Row> = Vec::new();
    for mut row in rows {
        let same = |known: &&mut Row| known.label == row.label;
        let mut known: Vec<_> = united.iter_mut().filter(same).collect();
        if let Some(known) = known.iter_mut().find(|known| known.agrees_with(&row)) {
            for (cell, more) in known.cells.iter_mut().zip(row.cells) {
                cell.extend(more);
            }
            continue;
        }
        row.is_ambiguous = !known.is_empty();
        known.into_iter().for_each(|known| known.is_ambiguous = true);
        united.push(row);
    }
    united
}

impl Row {
    fn new(what: &str, path: &str) -> Self {
        let id = what.split([' ', ',']).next().unwrap_or_default();
        // Of a file of many cases the path ends in the case, and the rest is the file.
        let (file, told) = match path.rsplit_once('/') {
            Some((file, last)) if catalogue::case(last).is_some() => (file, Some(last)),
            _ => (path, None),
        };
        // One step of the case may have another fault, such as a response after bad metadata.
        let label = match told {
            Some(case) if case != id && what != path => format!("{case}, then {what}"),
            _ => what.to_owned(),
        };
        Self {
            case: catalogue::case(told.unwrap_or(id)),
            label,
            source: file.to_owned(),
            is_ambiguous: false,
            cells: Default::default(),
        }
    }

    /// Whether no service provider ended otherwise in one than in the other.
    fn agrees_with(&self, other: &Self) -> bool {
        let ends = |cell: &Cell| -> BTreeSet<Ended> { cell.iter().map(|(_, ended)| ended.clone()).collect() };
        let mut both = self.cells.iter().zip(&other.cells);
        both.all(|(own, other)| own.is_empty() || other.is_empty() || ends(own) == ends(other))
    }

    /// By which notes name it.
    pub(super) fn name(&self) -> &str {
        self.case.map_or(&self.label, |case| &case.id)
    }

    /// Its name, and which way of it this is.
    pub(super) fn shown(&self) -> (String, String) {
        let name = self.name();
        let way = self.label.strip_prefix(name).unwrap_or_default().trim();
        let source = if self.is_ambiguous {
            format!(" in {}", self.source)
        } else {
            String::new()
        };
        (name.to_owned(), format!("{way}{source}").trim().to_owned())
    }

    /// What is done.
    pub(super) fn told(&self) -> String {
        if let Some(case) = self.case {
            return case.mutation.clone();
        }
        let file = root().join("scenarios").join(&self.source);
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let file: toml::Table = toml::from_str(&text).unwrap_or_default();
        let title = file.get("title").and_then(|title| title.as_str());
        title.unwrap_or_default().to_owned()
    }

    /// Where it stands: for what the worst of them does.
    pub(super) fn table(&self) -> Table {
        let all = || self.cells.iter().flatten().map(|(_, ended)| ended);
        let has = |worth: Worth| all().any(|ended| ended.worth == worth);
        if all().any(|ended| ended.worth == Worth::Wrong && !ended.how.starts_with("refused")) {
            Table::SignsIn
        } else if has(Worth::Wrong) {
            Table::Refuses
        } else if has(Worth::Crash) {
            Table::Crashes
        } else if has(Worth::Unknown) {
            Table::Unknown
        } else if has(Worth::Finding) {
            Table::Chooses
        } else {
            Table::None
        }
    }
}
