//! "Claim conditions" (entra-behaviour.md 4.3): rows that are added, deleted and moved before the form is saved.

use serde_json::{Value, json};

use super::origin::{self, OriginFields};
use crate::limits::{CONDITIONS_SHOWN_MAX, REPEATED_CHARACTERS_MAX, shortened};
use crate::portal::at::AtApp;
use crate::portal::form::Form;

/// The field that stands once in each row and carries the row's number.
const ROW: &str = "condition";

/// Groups that a row offers to be ticked; of more one is named.
const GROUPS_OFFERED_MAX: usize = 20;

/// User types in the words of the page, each with its word in the tenant file.
const USER_TYPES: [(&str, &str); 5] = [
    ("any", "Any"),
    ("members", "Members"),
    ("all-guests", "All guests"),
    ("entra-guests", "Microsoft Entra guests"),
    ("external-guests", "External guests"),
];

/// The rows in their order, by the numbers in the names of their fields.
pub(super) struct Rows {
    shown: Vec<usize>,
    /// Why not every row of the form is shown.
    problem: Option<String>,
}

/// One row as the page shows it.
pub(super) struct Condition {
    /// Number in the names of its fields.
    pub(super) row: usize,
    /// Place, from 1.
    pub(super) place: usize,
    pub(super) is_last: bool,
    /// Word, label, and whether it is this one.
    pub(super) user_types: Vec<(&'static str, &'static str, bool)>,
    /// Name, and whether it is ticked.
    pub(super) groups: Vec<(String, bool)>,
    pub(super) has_more_groups: bool,
    /// A group that was named, or something that is none.
    pub(super) named_group: String,
    pub(super) origin: OriginFields,
}

impl Rows {
    /// The rows of a form, at most as many as the page shows.
    pub(super) fn read(form: &Form) -> Self {
        let (mut shown, mut problem, mut count) = (Vec::new(), None, 0);
        for row in form.all(ROW) {
            count += 1;
            match row.parse() {
                Ok(number) if shown.contains(&number) || shown.len() >= CONDITIONS_SHOWN_MAX => {}
                Ok(number) => shown.push(number),
                Err(_) => {
                    let row = shortened(row, REPEATED_CHARACTERS_MAX);
                    problem = Some(format!("The row `{row}` of a condition is no number."));
                }
            }
        }
        if count > CONDITIONS_SHOWN_MAX {
            problem = Some(format!(
                "There are {count} conditions, and this page takes {CONDITIONS_SHOWN_MAX}: the tenant file takes them all."
            ));
        }
        Self { shown, problem }
    }

    /// What a button does to them: `add-condition`, `delete-condition-2`, `up-condition-2`, `down-condition-2`.
    pub(super) fn change(&mut self, action: &str) {
        let rows = &mut self.shown;
        if action == "add-condition" && rows.len() < CONDITIONS_SHOWN_MAX {
            let free = (0..).find(|row| !rows.contains(row));
            rows.extend(free);
            return;
        }
        let Some((verb, row)) = action.split_once("-condition-") else {
            return;
        };
        let place = row
            .parse()
            .ok()
            .and_then(|row: usize| rows.iter().position(|known| *known == row));
        match (verb, place) {
            ("delete", Some(place)) => drop(rows.remove(place)),
            ("up", Some(place)) if place > 0 => rows.swap(place, place - 1),
            ("down", Some(place)) if place + 1 < rows.len() => rows.swap(place, place + 1),
            _ => {}
        }
    }

    /// As many as the page shows.
    pub(super) fn are_full(&self) -> bool {
        self.shown.len() >= CONDITIONS_SHOWN_MAX
    }

    /// The rows as the page shows them.
    pub(super) fn shown(&self, at: &AtApp, form: &Form, for_name_id: bool) -> Vec<Condition> {
        let rows = self.shown.iter().zip(1..);
        rows.map(|(row, place)| Condition::new(at, form, *row, place, self.shown.len() == place, for_name_id))
            .collect()
    }

    /// The conditions in the tenant file's own keys.
    ///
    /// # Errors
    /// A row says nothing, or is not shown.
    pub(super) fn keys(&self, form: &Form, for_name_id: bool) -> Result<Vec<Value>, Vec<String>> {
        let mut problems: Vec<_> = self.problem.clone().into_iter().collect();
        let mut conditions = Vec::new();
        for (row, place) in self.shown.iter().zip(1..) {
            let prefix = prefix(*row);
            let mut keys = origin::keys(form, &prefix, for_name_id);
            if keys.is_empty() {
                problems.push(format!(
                    "Condition {place}: Value is blank. Choose an attribute{}, or delete the condition.",
                    if for_name_id { "" } else { " or type a constant" }
                ));
            }
            let user_type = form.text(&format!("{prefix}user_type"));
            keys.insert("user_type".to_owned(), json!(user_type));
            keys.insert("groups".to_owned(), json!(chosen_groups(form, &prefix)));
            conditions.push(Value::Object(keys));
        }
        if problems.is_empty() {
            Ok(conditions)
        } else {
            Err(problems)
        }
    }
}

impl Condition {
    fn new(at: &AtApp, form: &Form, row: usize, place: usize, is_last: bool, for_name_id: bool) -> Self {
        let prefix = prefix(row);
        let user_type = form.text(&format!("{prefix}user_type"));
        let (all, directory) = (&at.tenant().file.groups, &at.tenant().directory);
        let chosen = chosen_groups(form, &prefix).into_iter();
        let (ticked, strange): (Vec<_>, Vec<_>) = chosen.partition(|name| directory.group(name).is_some());
        let others = all.iter().map(|group| group.display_name.clone());
        let others = others.filter(|name| !ticked.iter().any(|ticked| is_same(ticked, name)));
        let mut groups: Vec<_> = ticked.iter().map(|name| (name.clone(), true)).collect();
        groups.extend(others.take(GROUPS_OFFERED_MAX).map(|name| (name, false)));
        Self {
            row,
            place,
            is_last,
            user_types: USER_TYPES
                .map(|(word, label)| (word, label, word == user_type))
                .to_vec(),
            has_more_groups: groups.len() < all.len() || !strange.is_empty(),
            groups,
            named_group: strange.into_iter().next().unwrap_or_default(),
            origin: OriginFields::new(form, &prefix, &format!("condition {place}"), for_name_id),
        }
    }
}

/// Ticked groups and the named one.
fn chosen_groups(form: &Form, prefix: &str) -> Vec<String> {
    let ticked = format!("{prefix}group");
    let named = form.text(&format!("{prefix}named_group"));
    let named = Some(named).filter(|name| !name.is_empty());
    form.all_exact(&ticked).chain(named).map(str::to_owned).collect()
}

/// Groups are called by their names in any case.
fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// Begins the names of a row's fields.
fn prefix(row: usize) -> String {
    format!("c{row}-")
}

/// The fields of conditions in the tenant file's own keys: what [`Rows::keys`] makes them of.
pub(super) fn fields(conditions: &Value) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for (row, condition) in conditions.as_array().into_iter().flatten().enumerate() {
        let prefix = prefix(row);
        fields.push((ROW.to_owned(), row.to_string()));
        let user_type = condition["user_type"].as_str().unwrap_or_default();
        fields.push((format!("{prefix}user_type"), user_type.to_owned()));
        let groups = condition["groups"].as_array().into_iter().flatten();
        let names = groups.filter_map(Value::as_str);
        fields.extend(names.map(|name| (format!("{prefix}group"), name.to_owned())));
        fields.extend(origin::fields(condition, &prefix));
    }
    fields
}
