//! `sign_in.delivery`: how the user agent brings the response to the SP, where that is not as a browser would.

use control_api::file::{Table, Value};

use super::step::word;

/// The most header fields that a delivery has.
const HEADERS_MAX: usize = 16;

/// The longest value of a header field, in bytes.
const HEADER_BYTES_MAX: usize = 4096;

/// Header fields that belong to one connection (RFC 9110 7.6.1), or that say how long the body is: the user agent's own.
const OWN_HEADERS: &[&str] = &[
    "connection",
    "content-length",
    "expect",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Header fields that another key sets.
const KEYED_HEADERS: &[(&str, &str)] = &[("content-type", "content_type"), ("cookie", "changed_cookies")];

/// What is done to the request by which the response reaches the SP. The default does nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryChanges {
    /// The method.
    pub method: DeliveryMethod,
    /// Header fields with their values, which may hold placeholders; they take the place of the user agent's own.
    pub headers: Vec<(String, String)>,
    /// What the request says that its body is; the body stays.
    pub content_type: Option<String>,
    /// What the form is written in, and says so.
    pub charset: Option<Charset>,
    /// Another RelayState, which may hold placeholders, and `{relay_state}` for what it was.
    pub relay_state: Option<String>,
    /// Whether a character of every cookie is another.
    pub changed_cookies: bool,
}

/// The method of a delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeliveryMethod {
    /// As the identity provider's page says.
    #[default]
    Post,
    /// The fields in the query.
    Head,
    /// The form as body; what a script of another site asks first.
    Options,
}

/// The words for [`DeliveryMethod`].
const METHODS: &[(&str, DeliveryMethod)] = &[
    ("POST", DeliveryMethod::Post),
    ("HEAD", DeliveryMethod::Head),
    ("OPTIONS", DeliveryMethod::Options),
];

/// What a form is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// ISO 8859-1.
    Latin1,
    /// UTF-16, the less significant octet first.
    Utf16,
}

/// The words for [`Charset`].
const CHARSETS: &[(&str, Charset)] = &[("iso-8859-1", Charset::Latin1), ("utf-16le", Charset::Utf16)];

impl Charset {
    /// As a `Content-Type` names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        word(CHARSETS, self)
    }
}

impl DeliveryChanges {
    /// The texts that may hold placeholders.
    pub(super) fn texts(&self) -> impl Iterator<Item = &String> {
        let values = self.headers.iter().map(|(_, value)| value);
        values.chain(&self.relay_state)
    }

    /// With every text expanded.
    pub(crate) fn expanded(mut self, expand: impl Fn(&str) -> String) -> Self {
        let values = self.headers.iter_mut().map(|(_, value)| value);
        for text in values.chain(&mut self.relay_state) {
            *text = expand(text);
        }
        self
    }

    /// In a word, for reports.
    pub(super) fn title(&self) -> String {
        let method = (self.method != DeliveryMethod::Post).then(|| word(METHODS, self.method).to_owned());
        let headers = self.headers.iter().map(|(name, _)| name.clone());
        let charset = self.charset.map(|charset| charset.name().to_owned());
        let others = [
            (self.relay_state.is_some(), "another RelayState"),
            (self.changed_cookies, "changed cookies"),
        ];
        let others = others
            .iter()
            .filter(|(is, _)| *is)
            .map(|(_, words)| (*words).to_owned());
        let parts = method
            .into_iter()
            .chain(headers)
            .chain(self.content_type.clone())
            .chain(charset)
            .chain(others);
        parts.collect::<Vec<_>>().join(", ")
    }
}

/// Reads the value of `delivery`.
pub(super) fn delivery(table: &Table<'_>) -> DeliveryChanges {
    let changes = DeliveryChanges {
        method: table.word("method", METHODS).unwrap_or_default(),
        headers: table
            .table("headers")
            .map(|headers| header_fields(table, &headers))
            .unwrap_or_default(),
        content_type: table.parsed("content_type", header_value),
        charset: table.word("charset", CHARSETS),
        relay_state: table.string("relay_state"),
        changed_cookies: table.boolean("changed_cookies").unwrap_or_default(),
    };
    if table.has("content_type") && table.has("charset") {
        table.problem_at(
            "charset",
            "`charset` says what the `Content-Type` is: expected one of `charset` and `content_type`",
        );
    }
    table.done();
    changes
}

fn header_fields(table: &Table<'_>, headers: &Table<'_>) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for (name, node) in headers.entries() {
        let read = match &node.value {
            Value::String(value) => header_name(name).and_then(|()| header_value(value)),
            other => Err(format!("a text, found {}", other.kind())),
        };
        match read {
            Ok(value) => fields.push((name.to_owned(), value)),
            Err(problem) => headers.problem_in(node, format!("`{name}`: expected {problem}")),
        }
    }
    if fields.len() > HEADERS_MAX {
        table.problem_at(
            "headers",
            format!("there are {} header fields: at most {HEADERS_MAX}", fields.len()),
        );
    }
    fields
}

/// Whether a header field may be called so (RFC 9110 5.6.2), and be given here.
pub(super) fn header_name(name: &str) -> Result<(), String> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(token) {
        return Err("the name of a header field".to_owned());
    }
    let lower = name.to_ascii_lowercase();
    if OWN_HEADERS.contains(&lower.as_str()) {
        return Err(
            "another header field: this one belongs to the connection or the body, and is the user agent's"
                .to_owned(),
        );
    }
    match KEYED_HEADERS.iter().find(|(known, _)| *known == lower) {
        Some((_, key)) => Err(format!("the key `{key}` instead")),
        None => Ok(()),
    }
}

/// Printable ASCII without a line end, which would begin another field.
fn header_value(value: &str) -> Result<String, String> {
    if value.len() > HEADER_BYTES_MAX {
        return Err(format!("at most {HEADER_BYTES_MAX} bytes"));
    }
    let printable = value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    printable
        .then(|| value.to_owned())
        .ok_or_else(|| "printable ASCII in one line".to_owned())
}

#[cfg(test)]
mod tests {
    use crate::scenario::{StepAction, parse, parse_one};

    use super::*;

    fn file(delivery: &str) -> String {
        format!(
            "title = \"t\"\napp = \"sipgate\"\nuser = \"B.Simon\"\n[[step]]\nsign_in = {{ delivery = {delivery} }}\n\
             expect = {{ outcome = \"refused\" }}\n"
        )
    }

    #[test]
    fn a_delivery_is_read_and_has_a_control() {
        let text = file(
            "{ method = \"OPTIONS\", headers = { Host = \"evil.test\", X-Forwarded-Proto = \"https\" }, charset = \"utf-16le\", \
             relay_state = \"{relay_state}&admin=1\", changed_cookies = true }",
        );
        let scenario = parse_one("s.toml", &text, false).unwrap();
        let StepAction::SignIn(step) = &scenario.steps[0].action else {
            panic!();
        };
        assert_eq!(step.control, Some(crate::scenario::Control::Auto));
        assert_eq!(
            scenario.steps[0].action.title(),
            "sign_in B.Simon from sp delivered with OPTIONS, Host, X-Forwarded-Proto, utf-16le, another RelayState, changed cookies"
        );
        assert!(scenario.attacks());
        let delivery = step.delivery.as_deref().unwrap().clone();
        let expanded = delivery.expanded(|text| text.replace("evil", "good"));
        assert_eq!(expanded.headers[0], ("Host".to_owned(), "good.test".to_owned()));
    }

    #[test]
    fn what_a_delivery_cannot_change_is_said() {
        for (delivery, expected) in [
            (
                "{ headers = { Content-Length = \"1\" } }",
                "`Content-Length`: expected another header field: this one belongs to the connection or the body, and is the user agent's",
            ),
            (
                "{ headers = { transfer-encoding = \"chunked\" } }",
                "`transfer-encoding`: expected another header field: this one belongs to the connection or the body, and is the user agent's",
            ),
            (
                "{ headers = { Cookie = \"a=b\" } }",
                "`Cookie`: expected the key `changed_cookies` instead",
            ),
            (
                "{ headers = { Content-Type = \"text/xml\" } }",
                "`Content-Type`: expected the key `content_type` instead",
            ),
            (
                "{ headers = { \"a b\" = \"x\" } }",
                "`a b`: expected the name of a header field",
            ),
            (
                "{ headers = { Host = \"a\\r\\nX: b\" } }",
                "`Host`: expected printable ASCII in one line",
            ),
            (
                "{ headers = { Host = 1 } }",
                "`Host`: expected a text, found a number",
            ),
            (
                "{ content_type = \"text/xml\", charset = \"utf-16le\" }",
                "`charset` says what the `Content-Type` is: expected one of `charset` and `content_type`",
            ),
        ] {
            let wrong = parse("s.toml", &file(delivery), false).unwrap_err();
            let messages: Vec<_> = wrong.0.iter().map(|one| one.message.as_str()).collect();
            assert_eq!(messages, [expected], "{delivery}");
        }
        let many: Vec<_> = (0..=HEADERS_MAX).map(|n| format!("X-{n} = \"\"")).collect();
        let wrong = parse(
            "s.toml",
            &file(&format!("{{ headers = {{ {} }} }}", many.join(", "))),
            false,
        );
        let wrong = wrong.unwrap_err().to_string();
        assert!(
            wrong.contains("there are 17 header fields: at most 16"),
            "{wrong}"
        );
    }
}
