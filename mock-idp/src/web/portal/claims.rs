//! `/portal/{tenant}/{application id}/claims`: "Attributes & Claims" as a user's assertion has them, and "Test
//! transformation". A form that only asks is sent by GET, so that an answer has an address.

use std::collections::BTreeMap;

use axum::extract::{Path, RawQuery, State};
use axum::http::{Method, Uri};
use axum::response::Response;
use control_api::idp::{ClaimsTest, TestedTransform};
use control_api::tenant::FUNCTIONS;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::limits::LISTED_USERS_MAX;
use crate::pages::{ClaimsView, claims as page_of};
use crate::tenant::{App, Tenant};
use crate::web::{blocking, missing};
use crate::{MockIdp, claims_test};

/// Begins the names of the second transformation's fields.
pub(crate) const THEN: &str = "then_";

/// Shows the page, with what its forms asked for.
pub(crate) async fn page(
    State(idp): State<MockIdp>,
    Path((tenant, app)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    method: Method,
    uri: Uri,
) -> Response {
    let asked = Asked::read(query.as_deref().unwrap_or_default());
    blocking(move || {
        let slot = idp.state.tenants.find(&tenant);
        let view = slot.map(|slot| slot.view());
        let found = view.as_ref().and_then(|view| {
            let id: Uuid = app.parse().ok()?;
            Some((view.tenant.as_ref(), view.tenant.app(id)?))
        });
        match found {
            Some((tenant, app)) => answer(tenant, app, &asked),
            None => missing(&method, &uri),
        }
    })
    .await
}

fn answer(tenant: &Tenant, app: &App, asked: &Asked) -> Response {
    let names_of = |user: &crate::tenant::User| user.entry.user_principal_name.clone();
    let listed = tenant.users.len() <= LISTED_USERS_MAX;
    let first = || tenant.users.first().filter(|_| listed).map(names_of);
    let user = match asked.get("user") {
        "" => first().unwrap_or_default(),
        user => user.to_owned(),
    };
    let claims = (!user.is_empty()).then(|| claims_test::of_user(tenant, app, &user));
    let transform = asked
        .is_filled("function")
        .then(|| transformed(tenant, app, &user, asked));
    page_of(
        tenant,
        app,
        &ClaimsView {
            users: if listed {
                tenant.users.iter().map(names_of).collect()
            } else {
                Vec::new()
            },
            user,
            claims,
            transform,
            form: asked,
        },
    )
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

/// The fields of both forms; of a name that comes twice the first.
pub(crate) struct Asked(BTreeMap<String, String>);

impl Asked {
    fn read(query: &str) -> Self {
        let mut fields = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            fields.entry(name.into_owned()).or_insert(value.into_owned());
        }
        Self(fields)
    }

    /// A field as it was typed, or nothing.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether a field has a text, or a box is ticked.
    pub(crate) fn is_filled(&self, name: &str) -> bool {
        !self.get(name).trim().is_empty()
    }

    /// The transformation in the tenant file's own keys; what a function does not take is left alone.
    fn transform(&self) -> Value {
        let mut transform = self.step("");
        transform["input"] = json!(self.get("input").trim());
        if self.is_filled("multivalued") {
            transform["multivalued"] = json!(true);
        }
        if self.is_filled(&format!("{THEN}function")) {
            transform["then"] = self.step(THEN);
        }
        transform
    }

    fn step(&self, prefix: &str) -> Value {
        let name = self.get(&format!("{prefix}function"));
        let mut step = json!({ "function": name });
        let known = FUNCTIONS.iter().find(|function| function.name == name);
        for key in known.map_or(&[][..], |function| function.takes) {
            let text = self.get(&format!("{prefix}{key}"));
            // An empty field is a key that is not there; a replacement may be empty.
            if text.is_empty() && *key != "replacement" {
                continue;
            }
            step[*key] = match *key {
                "start" | "length" => text
                    .trim()
                    .parse::<u64>()
                    .map_or(json!(text), |number| json!(number)),
                "parameters" => text
                    .split(',')
                    .map(str::trim)
                    .filter(|name| !name.is_empty())
                    .collect(),
                _ => json!(text),
            };
        }
        step
    }

    /// The input's samples, a line each, and those of other sources.
    fn samples(&self) -> Result<BTreeMap<String, Vec<String>>, String> {
        let lines = |name: &str| {
            let text = self.get(name).to_owned();
            text.lines()
                .map(|line| line.trim().to_owned())
                .filter(|line| !line.is_empty())
                .collect::<Vec<_>>()
        };
        let mut samples = BTreeMap::new();
        let own = lines("sample");
        if !own.is_empty() {
            samples.insert(self.get("input").trim().to_owned(), own);
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
}
