//! How the form that carries a message differs from the one that Entra sends (saml-bindings 3.5.4), in lines for reading.

use crate::faults::Form;

/// The longest value that is shown whole, in characters.
const VALUE_CHARACTERS_MAX: usize = 120;
/// How much of a longer one is shown, in characters, from a little before where it differs.
const SHOWN_CHARACTERS: usize = 80;
/// How much of what is the same stands before that.
const BEFORE_CHARACTERS: usize = 20;
/// The most fields that are shown.
const FIELDS_MAX: usize = 20;
/// How a form is encoded that says nothing of it.
const ENCTYPE: &str = "application/x-www-form-urlencoded";

/// Two forms, line by line: method and address, content type, then a line for each field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Carried {
    /// Entra's.
    pub(crate) honest: Vec<String>,
    /// What was sent.
    pub(crate) sent: Vec<String>,
}

impl Carried {
    /// `None`: they are equal.
    pub(crate) fn between(honest: &Form, sent: &Form) -> Option<Self> {
        let shown = || Self {
            honest: lines(honest, sent),
            sent: lines(sent, honest),
        };
        (honest.method != sent.method
            || honest.action != sent.action
            || honest.enctype != sent.enctype
            || honest.fields != sent.fields)
            .then(shown)
    }

    /// How much memory the lines take, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let lines = self.honest.iter().chain(&self.sent);
        lines.map(|line| size_of::<String>() + line.len()).sum()
    }
}

fn lines(form: &Form, beside: &Form) -> Vec<String> {
    let action = shown(&form.action, Some(&beside.action));
    let mut lines = vec![format!("{} {action}", form.method)];
    // What goes into a query has no type.
    if form.method == "POST" {
        lines.push(format!("Content-Type: {}", form.enctype.unwrap_or(ENCTYPE)));
    }
    let field = |(name, value): &(String, String)| format!("{name}={}", shown(value, beside.field(name)));
    lines.extend(form.fields.iter().take(FIELDS_MAX).map(field));
    if form.fields.len() > FIELDS_MAX {
        lines.push(format!("… {} fields more", form.fields.len() - FIELDS_MAX));
    }
    lines
}

/// A value, or the part of it that differs from the other's, and how long it is.
fn shown(value: &str, other: Option<&str>) -> String {
    let length = value.chars().count();
    if length <= VALUE_CHARACTERS_MAX {
        return visible(value);
    }
    let same = other.map_or(0, |other| {
        let pairs = value.chars().zip(other.chars());
        pairs.take_while(|(one, other)| one == other).count()
    });
    let begin = if other == Some(value) {
        0
    } else {
        same.saturating_sub(BEFORE_CHARACTERS)
    };
    let part: String = value.chars().skip(begin).take(SHOWN_CHARACTERS).collect();
    let before = if begin > 0 { "…" } else { "" };
    let after = if begin + SHOWN_CHARACTERS < length {
        "…"
    } else {
        ""
    };
    format!("{before}{}{after} ({length} characters)", visible(&part))
}

/// With what breaks lines spelled out.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter.is_control() {
            true => out.extend(letter.escape_default()),
            false => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_in_the_lines() {
        let message = vec![b'a'; 300];
        let honest = || Form::new("http://sp/acs", &message, Some("/home"));
        assert_eq!(Carried::between(&honest(), &honest()), None);
        let differing = |change: &dyn Fn(&mut Form)| {
            let mut sent = honest();
            change(&mut sent);
            let carried = Carried::between(&honest(), &sent).unwrap();
            let gone = carried.honest.iter().filter(|line| !carried.sent.contains(line));
            let come = carried.sent.iter().filter(|line| !carried.honest.contains(line));
            let gone = gone.map(|line| format!("-{line}"));
            gone.chain(come.map(|line| format!("+{line}")))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            differing(&|form| form.method = "GET"),
            [
                "-POST http://sp/acs",
                "-Content-Type: application/x-www-form-urlencoded",
                "+GET http://sp/acs"
            ]
        );
        assert_eq!(
            differing(&|form| form.enctype = Some("text/plain")),
            [
                "-Content-Type: application/x-www-form-urlencoded",
                "+Content-Type: text/plain"
            ]
        );
        assert_eq!(
            differing(&|form| form.fields[1].1 = "a\r\nb".to_owned()),
            ["-RelayState=/home", "+RelayState=a\\r\\nb"]
        );
        let start = "YWFh".repeat(5);
        assert_eq!(
            differing(&|form| form.fields[0].1.insert(200, '*')),
            [
                format!("-SAMLResponse=…{start}{}… (400 characters)", "YWFh".repeat(15)),
                format!(
                    "+SAMLResponse=…{start}*{}YWF… (401 characters)",
                    "YWFh".repeat(14)
                )
            ]
        );
        assert_eq!(
            differing(&|form| form.fields.push(("padding".to_owned(), "A".repeat(1000)))),
            [format!("+padding={}… (1000 characters)", "A".repeat(80))]
        );
        let many = differing(&|form| {
            form.fields
                .extend((0..30).map(|n| (n.to_string(), String::new())))
        });
        assert_eq!(many.len(), 19);
        assert_eq!(many.last().unwrap(), "+… 12 fields more");
    }
}
