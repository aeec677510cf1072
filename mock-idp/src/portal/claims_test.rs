//! What an assertion would say about a user and why, and "Test transformation". A form that only asks is sent by GET, so
//! that an answer has an address.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use control_api::idp::{ClaimsTest, TestedClaims, TestedTransform};
use control_api::tenant::SOURCES;

use super::at::AtApp;
use super::form::Form;
use super::frame::Frame;
use super::transform::attribute::known_source;
use super::transform::{self, Kind, TransformFields};
use crate::limits::LISTED_USERS_MAX;
use crate::tenant::{App, Tenant};
use crate::web::blocking;
use crate::{claims_test, pages};

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
    transform: TransformFields,
    for_name_id: bool,
    sample: &'p str,
    samples: &'p str,
    transformed: Option<TestedTransform>,
    transform_problem: Option<String>,
}

/// The page, with what its forms asked for.
pub(crate) async fn page(at: AtApp) -> Response {
    blocking(move || answer(at.tenant(), at.app(), &at.at.query)).await
}

fn answer(tenant: &Tenant, app: &App, asked: &Form) -> Response {
    let listed = if tenant.users.len() <= LISTED_USERS_MAX {
        tenant.users.as_slice()
    } else {
        &[]
    };
    let upns = listed.iter().map(|user| user.entry.user_principal_name.as_str());
    let user = match asked.exact("user") {
        "" => upns.clone().next().unwrap_or_default(),
        user => user,
    };
    let claims = (!user.is_empty()).then(|| claims_test::of_user(tenant, app, user));
    let (claims, user_problem) = parted(claims);
    let transform = is_filled(asked, "function").then(|| transformed(tenant, app, user, asked));
    let (transformed, transform_problem) = parted(transform);
    let template = ClaimsTestPage {
        frame: Frame::app(tenant, app, "Claims test", "/claims-test"),
        has_policy: app.entry.claims_mapping_policy.is_some(),
        users: upns.map(|upn| (upn, upn.eq_ignore_ascii_case(user))).collect(),
        user,
        claims,
        user_problem,
        sources: SOURCES.iter().map(|source| source.name).collect(),
        transform: TransformFields::new(asked, "", "", false),
        for_name_id: is_filled(asked, "for_name_id"),
        sample: asked.exact("sample"),
        samples: asked.exact("samples"),
        transformed,
        transform_problem,
    };
    pages::page(StatusCode::OK, &template)
}

fn transformed(tenant: &Tenant, app: &App, user: &str, asked: &Form) -> Result<TestedTransform, String> {
    let test = ClaimsTest {
        app: Some(app.id.to_string()),
        user: Some(user.to_owned()).filter(|user| !user.is_empty()),
        transform: None,
        values: samples(asked)?,
        for_name_id: is_filled(asked, "for_name_id"),
    };
    claims_test::transformed(tenant, &test, &transform::keys(asked, ""))
}

/// What was told, and what is wrong; neither where nothing was asked for.
fn parted<T>(told: Option<Result<T, String>>) -> (Option<T>, Option<String>) {
    match told {
        Some(Ok(told)) => (Some(told), None),
        Some(Err(problem)) => (None, Some(problem)),
        None => (None, None),
    }
}

/// The input's samples, a line each, and those of other sources.
fn samples(asked: &Form) -> Result<BTreeMap<String, Vec<String>>, String> {
    let lines = |name: &str| {
        let text = asked.exact(name).to_owned();
        text.lines()
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
    };
    let mut samples = BTreeMap::new();
    let own = lines("sample");
    if !own.is_empty() {
        let input = asked.text("input");
        samples.insert(known_source(input).unwrap_or(input).to_owned(), own);
    }
    for line in lines("samples") {
        let (source, value) = line.split_once('=').ok_or_else(|| {
            format!("`{line}` is no sample value: expected a line such as user.country = US")
        })?;
        let values: &mut Vec<String> = samples.entry(source.trim().to_owned()).or_default();
        values.push(value.trim().to_owned());
    }
    Ok(samples)
}

fn is_filled(asked: &Form, name: &str) -> bool {
    !asked.text(name).is_empty()
}
