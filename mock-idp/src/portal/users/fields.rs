//! The properties of a user: what the forms show, and what they mean in the keys of `[[user]]`.

mod table;

use control_api::tenant::UserEntry;
use serde_json::{Map, Value, json};

use crate::limits::is_longer;
use crate::portal::form::Form;
use crate::tenant::TenantError;

use table::{Kind, Property, SECTIONS, Section, TEXT_CHARACTERS_MAX, USER_TYPES};

/// Lines of a list.
const LINES_MAX: usize = 100;

/// A property with its value, as a form shows it.
pub(crate) struct Field {
    pub(crate) key: &'static str,
    pub(crate) label: &'static str,
    pub(crate) hint: &'static str,
    kind: Kind,
    pub(crate) value: String,
}

/// A group of properties as a form shows them.
pub(crate) struct Fields {
    pub(crate) title: &'static str,
    pub(crate) note: &'static str,
    pub(crate) fields: Vec<Field>,
}

impl Field {
    /// The words of a choice, each with its label and whether it is chosen.
    pub(crate) fn choices(&self) -> Vec<(&'static str, &'static str, bool)> {
        const MAYBE: &[(&str, &str)] = &[("", "Not set"), ("yes", "Yes"), ("no", "No")];
        let words = match self.kind {
            Kind::Word(words) => words,
            Kind::Maybe => MAYBE,
            _ => &[],
        };
        let choice = |(word, label): &(&'static str, &'static str)| (*word, *label, *word == self.value);
        words.iter().map(choice).collect()
    }

    /// A box to tick.
    pub(crate) fn is_flag(&self) -> bool {
        matches!(self.kind, Kind::Flag(_))
    }

    /// More than one line.
    pub(crate) fn is_long(&self) -> bool {
        matches!(self.kind, Kind::Lines | Kind::Extensions)
    }

    /// Must not be left empty.
    pub(crate) fn is_required(&self) -> bool {
        matches!(self.kind, Kind::Required(_))
    }
}

/// The sections with the values that `value` gives.
fn fields(is_wanted: impl Fn(&Property) -> bool, value: impl Fn(&Property) -> String) -> Vec<Fields> {
    let field = |property: &'static Property| Field {
        key: property.key,
        label: property.label,
        hint: property.hint,
        kind: property.kind,
        value: value(property),
    };
    let section = |section: &'static Section| Fields {
        title: section.title,
        note: section.note,
        fields: section
            .properties
            .iter()
            .filter(|property| is_wanted(property))
            .map(field)
            .collect(),
    };
    let sections = SECTIONS.iter().map(section);
    sections.filter(|section| !section.fields.is_empty()).collect()
}

/// Every property of a user.
pub(crate) fn saved(user: &UserEntry) -> Vec<Fields> {
    let json = json!(user);
    fields(|_| true, |property| shown(&json, property))
}

/// Every property as it was typed.
pub(crate) fn typed(form: &Form) -> Vec<Fields> {
    fields(|_| true, |property| as_typed(form, property))
}

/// What Create new user asks for, as it was typed: Basics, then Properties.
pub(crate) fn new(form: &Form) -> Vec<Fields> {
    const BASICS: &[&str] = &["display_name", "password", "account_enabled"];
    let typed = |property: &Property| as_typed(form, property);
    let mut basics = fields(|property| BASICS.contains(&property.key), typed);
    let own = basics.drain(..).flat_map(|section| section.fields);
    let mut own: Vec<_> = own.collect();
    own.sort_by_key(|field| BASICS.iter().position(|key| *key == field.key));
    let mut sections = vec![Fields {
        title: "Basics",
        note: "",
        fields: own,
    }];
    sections.extend(fields(|property| property.is_new, typed));
    sections
}

fn as_typed(form: &Form, property: &Property) -> String {
    match property.kind {
        Kind::Flag(_) if form.yes(property.key) => "yes".to_owned(),
        Kind::Flag(_) => String::new(),
        _ => form.text(property.key).to_owned(),
    }
}

fn shown(user: &Value, property: &Property) -> String {
    let mut value = user;
    for key in property.key.split('.') {
        value = &value[key];
    }
    let flag = |is_on: bool, off: &str| if is_on { "yes" } else { off }.to_owned();
    match (property.kind, value) {
        (Kind::Flag(default), value) => flag(value.as_bool().unwrap_or(default), ""),
        (Kind::Maybe, Value::Bool(is_on)) => flag(*is_on, "no"),
        (Kind::Lines, Value::Array(lines)) => {
            let lines: Vec<_> = lines.iter().filter_map(Value::as_str).collect();
            lines.join("\n")
        }
        (Kind::Extensions, Value::Object(extensions)) => {
            let mut lines = Vec::new();
            for (key, values) in extensions {
                let values = values.as_array().into_iter().flatten().filter_map(Value::as_str);
                lines.extend(values.map(|value| format!("{key} = {value}")));
            }
            lines.join("\n")
        }
        // What an absent type means.
        (Kind::Word(USER_TYPES), Value::Null) => "Member".to_owned(),
        (_, value) => value.as_str().unwrap_or_default().to_owned(),
    }
}

/// What was typed, as a patch in the keys of `[[user]]`: null takes away a value that was there `before`.
///
/// # Errors
/// Everything that is too long, too many or left empty.
pub(crate) fn patch(
    fields: &[Fields],
    before: Option<&UserEntry>,
) -> Result<Map<String, Value>, TenantError> {
    let mut patch = Map::new();
    let mut problems = Vec::new();
    for field in fields.iter().flat_map(|section| &section.fields) {
        match read(field, before) {
            Err(problem) => problems.push(format!("{}: {problem}", field.label)),
            Ok(value) => match field.key.split_once('.') {
                None => drop(patch.insert(field.key.to_owned(), value)),
                Some(_) if value.is_null() && !was_there(before, field.key) => {}
                Some((table, key)) => {
                    let table = patch.entry(table).or_insert_with(|| json!({}));
                    table[key] = value;
                }
            },
        }
    }
    if before.is_none() {
        patch.retain(|_, value| !value.is_null());
    }
    if problems.is_empty() {
        Ok(patch)
    } else {
        Err(TenantError(problems))
    }
}

/// Whether a user has a value in a table of its entry.
fn was_there(before: Option<&UserEntry>, key: &str) -> bool {
    let pointer = format!("/{}", key.replace('.', "/"));
    before.is_some_and(|user| json!(user).pointer(&pointer).is_some())
}

fn read(field: &Field, before: Option<&UserEntry>) -> Result<Value, String> {
    let value = field.value.as_str();
    match field.kind {
        Kind::Required(_) if value.is_empty() => Err("enter a value.".to_owned()),
        Kind::Text(max) | Kind::Required(max) if is_longer(value, max) => Err(format!(
            "at most {max} characters, these are {}.",
            value.chars().count()
        )),
        Kind::Flag(_) => Ok(json!(value == "yes")),
        Kind::Lines => lines(value).map(|lines| json!(lines)),
        Kind::Extensions => extensions(value, before),
        Kind::Maybe if value == "no" => Ok(json!(false)),
        Kind::Maybe if value == "yes" => Ok(json!(true)),
        Kind::Word(words) if !value.is_empty() && !words.iter().any(|(word, _)| *word == value) => {
            Err("choose one of the values.".to_owned())
        }
        _ if value.is_empty() => Ok(Value::Null),
        _ => Ok(json!(value)),
    }
}

fn lines(text: &str) -> Result<Vec<&str>, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines: Vec<_> = lines.collect();
    if lines.len() > LINES_MAX {
        return Err(format!("at most {LINES_MAX} lines, these are {}.", lines.len()));
    }
    if lines.iter().any(|line| is_longer(line, TEXT_CHARACTERS_MAX)) {
        return Err(format!("at most {TEXT_CHARACTERS_MAX} characters a line."));
    }
    Ok(lines)
}

/// The extensions that the lines name; those that they name no more are taken away.
fn extensions(text: &str, before: Option<&UserEntry>) -> Result<Value, String> {
    let mut extensions: Map<String, Value> = Map::new();
    for key in before.into_iter().flat_map(|user| user.extensions.keys()) {
        extensions.insert(key.clone(), Value::Null);
    }
    for line in lines(text)? {
        let (key, value) = line
            .split_once('=')
            .map(|(key, value)| (key.trim(), value.trim()))
            .ok_or_else(|| format!("\u{201c}{line}\u{201d} has no equals sign between name and value."))?;
        match extensions.get_mut(key) {
            Some(Value::Array(values)) => values.push(json!(value)),
            _ => drop(extensions.insert(key.to_owned(), json!([value]))),
        }
    }
    Ok(Value::Object(extensions))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use control_api::tenant::{PROFILE, TenantFile};

    use super::*;

    /// Everything that a user's entry can hold.
    const FULL: &str = r#"
        [tenant]
        display_name = "T"
        domains = ["t.example"]
        [[user]]
        id = "11111111-2222-4333-8444-555555555555"
        user_principal_name = "a_b.example#EXT#@t.example"
        given_name = "G"
        surname = "S"
        mail = "m@t.example"
        country = "C"
        department = "D"
        job_title = "J"
        employee_id = "E"
        other_mails = ["o@t.example", "p@t.example"]
        proxy_addresses = ["SMTP:m@t.example"]
        on_premises_sync_enabled = false
        extension_attributes = { extensionattribute1 = "x", extensionattribute15 = "y" }
        extensions = { extension_0123456789abcdef0123456789abcdef_a = ["1", "2"] }
        directory_roles = ["Global Reader"]
        user_type = "Guest"
        home = "google"
        account_enabled = false
        locked = true
        password = "p"
        password_expired = true
        authentication = "passcode"
        mfa = true
        mfa_code = "1"
    "#;

    fn full() -> UserEntry {
        let file = TenantFile::from_toml("t.toml", FULL).unwrap();
        let patch: Map<_, _> = PROFILE
            .iter()
            .map(|row| (row.key.to_owned(), json!(row.key)))
            .collect();
        let mut json = file.to_json();
        control_api::tenant::merge(&mut json["user"][0], &Value::Object(patch));
        TenantFile::from_json("t", &json).unwrap().users.remove(0)
    }

    #[test]
    fn every_key_of_a_user_has_a_property() {
        let json = json!(full());
        let keys: BTreeSet<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        let properties = SECTIONS.iter().flat_map(|section| section.properties);
        let mut known: BTreeSet<_> = properties
            .map(|property| property.key.split('.').next().unwrap())
            .collect();
        // The address and a rename are these.
        known.extend(["id", "user_principal_name"]);
        assert_eq!(keys, known);
    }

    #[test]
    fn what_is_shown_means_what_was_there() {
        let plain = TenantFile::from_toml("t.toml", FULL.split("given_name").next().unwrap());
        for user in [full(), plain.unwrap().users.remove(0)] {
            check_shown(&user);
        }
    }

    fn check_shown(user: &UserEntry) {
        let patch = patch(&saved(user), Some(user)).unwrap();
        let mut json = json!(user);
        control_api::tenant::merge(&mut json, &Value::Object(patch));
        let mut file = TenantFile::from_toml("t.toml", FULL).unwrap().to_json();
        file["user"][0] = json;
        assert_eq!(TenantFile::from_json("t", &file).unwrap().users[0], *user);
    }

    #[test]
    fn what_is_too_long_or_no_choice_is_told_by_its_label() {
        let body = format!(
            "display_name=&given_name={}&user_type=x&other_mails={}&extensions=a",
            "g".repeat(65),
            "l%0A".repeat(101)
        );
        let form = Form::read(&body.into());
        let TenantError(problems) = patch(&typed(&form), None).unwrap_err();
        assert_eq!(
            problems,
            [
                "Display name: enter a value.",
                "First name: at most 64 characters, these are 65.",
                "User type: choose one of the values.",
                "Other emails: at most 100 lines, these are 101.",
                "Directory schema extensions: \u{201c}a\u{201d} has no equals sign between name and value.",
            ]
        );
    }
}
