//! "Attributes & Claims" of an application, and "Test transformation".

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use control_api::idp::{TestedClaims, TestedTransform};
use control_api::tenant::{FUNCTIONS, SOURCES};

use super::page;
use crate::tenant::{App, Tenant};
use crate::web::portal::claims::{Asked, THEN};

/// What the page shows.
pub(crate) struct ClaimsView<'v> {
    /// The users to choose from; none: too many to be listed, so a name is typed.
    pub(crate) users: Vec<String>,
    /// The user that is looked at, as it was asked for.
    pub(crate) user: String,
    /// What the user's assertion would say, or that there is no such user; `None`: nobody was asked for.
    pub(crate) claims: Option<Result<TestedClaims, String>>,
    /// What the transformation makes, or what is wrong with it; `None`: none was asked for.
    pub(crate) transform: Option<Result<TestedTransform, String>>,
    /// Both forms as they were sent.
    pub(crate) form: &'v Asked,
}

#[derive(Template)]
#[template(path = "claims.html")]
struct ClaimsPage<'p> {
    tenant: &'p str,
    app: &'p str,
    has_policy: bool,
    users: Vec<(&'p str, bool)>,
    user: &'p str,
    claims: Option<&'p TestedClaims>,
    user_problem: Option<&'p str>,
    sources: Vec<&'static str>,
    stages: [Stage<'p>; 2],
    input: &'p str,
    multivalued: bool,
    for_name_id: bool,
    sample: &'p str,
    samples: &'p str,
    transform: Option<&'p TestedTransform>,
    transform_problems: Vec<&'p str>,
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

/// The page of an application.
pub(crate) fn claims(tenant: &Tenant, app: &App, view: &ClaimsView<'_>) -> Response {
    let form = view.form;
    let users = view
        .users
        .iter()
        .map(|upn| (upn.as_str(), upn.eq_ignore_ascii_case(&view.user)));
    let problems = view.transform.iter().filter_map(|told| told.as_ref().err());
    let template = ClaimsPage {
        tenant: &tenant.file.tenant.display_name,
        app: &app.entry.name,
        has_policy: app.entry.claims_mapping_policy.is_some(),
        users: users.collect(),
        user: &view.user,
        claims: view.claims.as_ref().and_then(|told| told.as_ref().ok()),
        user_problem: view
            .claims
            .as_ref()
            .and_then(|told| told.as_ref().err())
            .map(String::as_str),
        sources: SOURCES.iter().map(|source| source.name).collect(),
        stages: [Stage::new("", form), Stage::new(THEN, form)],
        input: form.get("input"),
        multivalued: form.is_filled("multivalued"),
        for_name_id: form.is_filled("for_name_id"),
        sample: form.get("sample"),
        samples: form.get("samples"),
        transform: view.transform.as_ref().and_then(|told| told.as_ref().ok()),
        transform_problems: problems.flat_map(|problem| problem.lines()).collect(),
    };
    page(StatusCode::OK, &template)
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
                super::super::STYLE.contains(&rule),
                !function.takes.is_empty(),
                "{rule}"
            );
        }
    }
}
