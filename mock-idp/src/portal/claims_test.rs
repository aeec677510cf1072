//! What an assertion would say about a user and why, and "Test transformation". A form that only asks is sent by GET, so
//! that an answer has an address.

mod asked;

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;
use control_api::idp::{ClaimsTest, TestedClaims, TestedTransform};
use control_api::tenant::{FUNCTIONS, SOURCES};

use super::at::AtApp;
use super::frame::Frame;
use crate::limits::LISTED_USERS_MAX;
use crate::tenant::{App, Tenant};
use crate::web::blocking;
use crate::{claims_test, pages};
use asked::Asked;

/// Begins the names of the second transformation's fields.
const THEN: &str = "then_";

#[derive(Template)]
#[template(path = "portal/claims_test.html")]
struct ClaimsTestPage<'p> {
    frame: Frame,
    has_policy: bool,
    /// To choose from, and which one is; none: too many to be listed, so a name is typed.
    users: Vec<(&'p str, bool)>,
    /// The user that is looked at, as it was asked for.
    user: &'p str,
    claims: Option<TestedClaims>,
    user_problem: Option<String>,
    sources: Vec<&'static str>,
    stages: [Stage<'p>; 2],
    input: &'p str,
    multivalued: bool,
    for_name_id: bool,
    sample: &'p str,
    samples: &'p str,
    transform: Option<TestedTransform>,
    transform_problem: Option<String>,
}

/// One of the two transformations of the form.
struct Stage<'p> {
    /// Begins the names of its fields.
    prefix: &'static str,
    is_second: bool,
    /// Functions, and whether it is this one.
    functions: Vec<(&'static str, bool)>,
    fields: Vec<Field<'p>>,
}

/// What some functions take.
struct Field<'p> {
    key: &'static str,
    label: &'static str,
    /// Those functions.
    takers: String,
    value: &'p str,
    kind: Kind,
}

/// How a field is filled in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    /// A source attribute is offered.
    Source,
    Number,
    /// Prefix or suffix.
    Part,
}

/// The keys of the functions in the words of "Manage transformation".
const FIELDS: &[(&str, &str, Kind)] = &[
    ("value", "Value", Kind::Text),
    ("after", "After matching", Kind::Text),
    ("before", "Before matching", Kind::Text),
    ("part", "Prefix or suffix", Kind::Part),
    ("start", "Start index, from 0", Kind::Number),
    (
        "length",
        "Length (to the end of the string where blank)",
        Kind::Number,
    ),
    ("pattern", "Regex pattern", Kind::Text),
    ("replacement", "Replacement pattern", Kind::Text),
    (
        "parameters",
        "Additional parameters: attributes, with commas between",
        Kind::Text,
    ),
    ("separator", "Separator", Kind::Text),
    (
        "parameter",
        "Parameter 2 (Input): attribute or constant",
        Kind::Source,
    ),
    (
        "output",
        "Parameter 2 (Output): attribute or constant",
        Kind::Source,
    ),
    (
        "output_if_no_match",
        "Parameter 3 (Output if no match)",
        Kind::Source,
    ),
];

/// The page, with what its forms asked for.
pub(crate) async fn page(at: AtApp, RawQuery(query): RawQuery) -> Response {
    let asked = Asked::read(query.as_deref().unwrap_or_default());
    blocking(move || answer(at.tenant(), at.app(), &asked)).await
}

fn answer(tenant: &Tenant, app: &App, asked: &Asked) -> Response {
    let listed = if tenant.users.len() <= LISTED_USERS_MAX {
        tenant.users.as_slice()
    } else {
        &[]
    };
    let upns = listed.iter().map(|user| user.entry.user_principal_name.as_str());
    let user = match asked.get("user") {
        "" => upns.clone().next().unwrap_or_default(),
        user => user,
    };
    let claims = (!user.is_empty()).then(|| claims_test::of_user(tenant, app, user));
    let (claims, user_problem) = parted(claims);
    let transform = asked
        .is_filled("function")
        .then(|| transformed(tenant, app, user, asked));
    let (transform, transform_problem) = parted(transform);
    let template = ClaimsTestPage {
        frame: Frame::app(tenant, app, "Claims test", "/claims-test"),
        has_policy: app.entry.claims_mapping_policy.is_some(),
        users: upns.map(|upn| (upn, upn.eq_ignore_ascii_case(user))).collect(),
        user,
        claims,
        user_problem,
        sources: SOURCES.iter().map(|source| source.name).collect(),
        stages: [Stage::new("", asked), Stage::new(THEN, asked)],
        input: asked.get("input"),
        multivalued: asked.is_filled("multivalued"),
        for_name_id: asked.is_filled("for_name_id"),
        sample: asked.get("sample"),
        samples: asked.get("samples"),
        transform,
        transform_problem,
    };
    pages::page(StatusCode::OK, &template)
}

fn transformed(tenant: &Tenant, app: &App, user: &str, asked: &Asked) -> Result<TestedTransform, String> {
    let test = ClaimsTest {
        app: Some(app.id.to_string()),
        user: Some(user.to_owned()).filter(|user| !user.is_empty()),
        transform: None,
        values: asked.samples()?,
        for_name_id: asked.is_filled("for_name_id"),
    };
    claims_test::transformed(tenant, &test, &asked.transform())
}

/// What was told, and what is wrong; neither where nothing was asked for.
fn parted<T>(told: Option<Result<T, String>>) -> (Option<T>, Option<String>) {
    match told {
        Some(Ok(told)) => (Some(told), None),
        Some(Err(problem)) => (None, Some(problem)),
        None => (None, None),
    }
}

impl<'p> Stage<'p> {
    fn new(prefix: &'static str, form: &'p Asked) -> Self {
        let chosen = form.get(&format!("{prefix}function"));
        let field = |&(key, label, kind): &(&'static str, &'static str, Kind)| Field {
            key,
            label,
            takers: takers(key),
            value: form.get(&format!("{prefix}{key}")),
            kind,
        };
        Self {
            prefix,
            is_second: prefix == THEN,
            functions: FUNCTIONS
                .iter()
                .map(|function| (function.name, function.name == chosen))
                .collect(),
            fields: FIELDS.iter().map(field).collect(),
        }
    }
}

fn takers(key: &str) -> String {
    let takers = FUNCTIONS.iter().filter(|function| function.takes.contains(&key));
    takers.map(|function| function.name).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without script the style sheet hides what a function does not take.
    #[test]
    fn every_key_has_a_field_and_every_function_that_takes_some_a_rule() {
        for function in FUNCTIONS {
            for key in function.takes {
                assert!(FIELDS.iter().any(|(known, ..)| known == key), "{key}");
            }
            let rule = format!(
                ".takes:has(option[value=\"{0}\"]:checked) > [data-for~=\"{0}\"]",
                function.name
            );
            assert_eq!(
                crate::pages::STYLE.contains(&rule),
                !function.takes.is_empty(),
                "{rule}"
            );
        }
    }
}
