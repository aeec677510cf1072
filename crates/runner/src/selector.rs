//! How an SP file points at a value in an HTTP answer: `json:POINTER`, `css:SELECTOR[@attribute]`, `regex:…`,
//! `header:NAME` (contracts.md section 3).

use serde_json::Value as Json;

use crate::agent::{Page, html};
use crate::text::normalised;

/// A place in an HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// A JSON pointer (RFC 6901) into the body.
    Json(String),
    /// The first element that a CSS selector finds: its text, or one of its attributes.
    Css {
        /// The CSS selector.
        selector: String,
        /// The attribute; absent: the element's text.
        attribute: Option<String>,
    },
    /// A regular expression over the body: its first group, or all of it where it has none.
    Regex(String),
    /// A header field of the answer.
    Header(String),
}

impl Selector {
    /// Reads `json:…`, `css:…`, `regex:…` or `header:…`.
    ///
    /// # Errors
    /// What was expected, for a message that says "is not …".
    pub fn parse(text: &str) -> Result<Self, String> {
        let (kind, rest) = text.split_once(':').unwrap_or(("", text));
        match kind {
            "json" if rest.is_empty() || rest.starts_with('/') => Ok(Self::Json(rest.to_owned())),
            "json" => Err("a JSON pointer such as json:/mail".to_owned()),
            "css" => css(rest),
            "regex" => match regex::Regex::new(rest) {
                Ok(_) => Ok(Self::Regex(rest.to_owned())),
                Err(error) => Err(format!(
                    "a regular expression: {}",
                    normalised(&error.to_string())
                )),
            },
            "header" if !rest.trim().is_empty() => Ok(Self::Header(rest.trim().to_ascii_lowercase())),
            _ => Err("a selector: json:POINTER, css:SELECTOR[@attribute], regex:… or header:NAME".to_owned()),
        }
    }

    /// The value at this place, trimmed; `None` where it is absent or empty, or where the page is too large for a CSS
    /// selector. It computes, so it is not for a thread that serves others.
    #[must_use]
    pub fn read(&self, page: &Page) -> Option<String> {
        let value = match self {
            Self::Json(_) => scalar(&self.read_json(page)?)?,
            Self::Css { selector, attribute } => {
                let selector = scraper::Selector::parse(selector).ok()?;
                let html = html::parse(&page.body).ok()?;
                let element = html.select(&selector).next()?;
                match attribute {
                    Some(attribute) => element.value().attr(attribute)?.to_owned(),
                    None => normalised(&element.text().collect::<String>()),
                }
            }
            Self::Regex(pattern) => {
                let found = regex::Regex::new(pattern).ok()?.captures(&page.body)?;
                found.get(1).or_else(|| found.get(0))?.as_str().to_owned()
            }
            Self::Header(name) => page.header(name)?.to_owned(),
        };
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// The JSON value that a `json:` selector points at.
    #[must_use]
    pub fn read_json(&self, page: &Page) -> Option<Json> {
        let Self::Json(pointer) = self else { return None };
        let json: Json = serde_json::from_str(&page.body).ok()?;
        json.pointer(pointer).cloned()
    }
}

/// The text of a JSON value that has one; a list of one counts as its element.
pub(crate) fn scalar(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Number(_) | Json::Bool(_) => Some(json.to_string()),
        Json::Array(items) if items.len() == 1 => scalar(&items[0]),
        _ => None,
    }
}

fn css(text: &str) -> Result<Selector, String> {
    let valid = |selector: &str| scraper::Selector::parse(selector).is_ok();
    let name = |attribute: &str| {
        !attribute.is_empty()
            && attribute
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'))
    };
    match text.rsplit_once('@') {
        Some((selector, attribute)) if name(attribute) && valid(selector) => Ok(Selector::Css {
            selector: selector.to_owned(),
            attribute: Some(attribute.to_ascii_lowercase()),
        }),
        _ if valid(text) => Ok(Selector::Css {
            selector: text.to_owned(),
            attribute: None,
        }),
        _ => Err("a CSS selector such as css:meta[name=user]@content".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_reads_its_place() {
        let json =
            r#"{"mail": " a@b ", "roles": ["x"], "many": ["x", "y"], "n": 7, "none": null, "a/b": "slash"}"#;
        let html = r#"<html><head><meta name="who" content="B. Simon"></head><body><p id="u"> B. <b>Simon</b>
            </p><i></i></body></html>"#;
        for (selector, body, expected) in [
            ("json:/mail", json, Some("a@b")),
            ("json:/roles", json, Some("x")),
            ("json:/many", json, None),
            ("json:/many/1", json, Some("y")),
            ("json:/n", json, Some("7")),
            ("json:/none", json, None),
            ("json:/a~1b", json, Some("slash")),
            ("json:/mail", "not json", None),
            ("css:#u", html, Some("B. Simon")),
            ("css:meta[name=who]@content", html, Some("B. Simon")),
            ("css:meta[name=other]@content", html, None),
            ("css:i", html, None),
            (r"regex:content=.([A-Z]\.)", html, Some("B.")),
            (r"regex:<b>\w+", html, Some("<b>Simon")),
            ("header:X-User", html, Some("simon")),
            ("header:x-other", html, None),
            ("css:i", &"<i>x".repeat(80_000), None),
        ] {
            let page = Page::for_test(200, &[("x-user", "simon")], body);
            let selector_parsed = Selector::parse(selector).unwrap();
            assert_eq!(selector_parsed.read(&page).as_deref(), expected, "{selector}");
        }
    }

    #[test]
    fn what_is_no_selector_is_refused_with_what_was_expected() {
        for (text, expected) in [
            (
                "mail",
                "a selector: json:POINTER, css:SELECTOR[@attribute], regex:… or header:NAME",
            ),
            ("json:mail", "a JSON pointer such as json:/mail"),
            ("css:a[", "a CSS selector such as css:meta[name=user]@content"),
            (
                "header: ",
                "a selector: json:POINTER, css:SELECTOR[@attribute], regex:… or header:NAME",
            ),
        ] {
            assert_eq!(Selector::parse(text), Err(expected.to_owned()), "{text}");
        }
        assert!(
            Selector::parse("regex:(")
                .unwrap_err()
                .starts_with("a regular expression: ")
        );
    }
}
