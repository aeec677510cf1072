//! The attributes of an assertion, in Entra's order (entra-behaviour.md 3.2, 4).

use control_api::tenant::{ClaimEntry, Home, USER_SOURCES};
use saml_model::{Attribute, names};

use crate::tenant::{App, Tenant, User, issuer_of};

/// The default claims and their sources (entra-behaviour.md 3.2, rows 6 to 9).
const DEFAULT_CLAIMS: &[(&str, &str)] = &[
    (names::CLAIM_GIVEN_NAME, "user.givenname"),
    (names::CLAIM_SURNAME, "user.surname"),
    (names::CLAIM_EMAIL_ADDRESS, "user.mail"),
    (names::CLAIM_NAME, "user.userprincipalname"),
];

/// What the assertion says about `user` to `app`; `roles` are the values of the user's app roles, `methods` those of
/// authnmethodsreferences.
pub(crate) fn attributes(
    tenant: &Tenant,
    user: &User,
    app: &App,
    roles: &[String],
    methods: &[&str],
) -> Vec<Attribute> {
    let mut attributes = core(tenant, user, roles, methods);
    let core = attributes.len();
    if app.entry.default_claims {
        for (name, source) in DEFAULT_CLAIMS {
            attributes.extend(source_value(user, source).map(|value| attribute(*name, vec![value])));
        }
    }
    for claim in &app.entry.claims {
        add(&mut attributes, core, claim, user);
    }
    attributes
}

/// What every assertion carries; the place of the role claim is uncertain (3.2).
fn core(tenant: &Tenant, user: &User, roles: &[String], methods: &[&str]) -> Vec<Attribute> {
    let mut core = vec![
        attribute(names::CLAIM_TENANT_ID, vec![tenant.id.to_string()]),
        attribute(names::CLAIM_OBJECT_ID, vec![user.id.to_string()]),
        attribute(names::CLAIM_DISPLAY_NAME, vec![user.entry.display_name.clone()]),
    ];
    if !roles.is_empty() {
        core.push(attribute(names::CLAIM_ROLE, roles.to_vec()));
    }
    core.push(attribute(
        names::CLAIM_IDENTITY_PROVIDER,
        vec![identity_provider(tenant, user)],
    ));
    core.push(attribute(
        names::CLAIM_AUTHN_METHODS,
        methods.iter().map(|method| (*method).to_owned()).collect(),
    ));
    core
}

/// Row 4 of 3.2. What Entra sends for a Google guest is not known; the issuer's name is taken (uncertain).
fn identity_provider(tenant: &Tenant, user: &User) -> String {
    match &user.entry.home {
        Some(Home::Entra(home)) => issuer_of(*home),
        Some(Home::Microsoft) => "live.com".to_owned(),
        Some(Home::Google) => "google.com".to_owned(),
        Some(Home::Otp) => "mail".to_owned(),
        None => tenant.issuer(),
    }
}

/// Adds a claim of the application. One that is empty is left out; one named like an attribute of the core is
/// ignored, since those names are restricted (4.5); one named like an earlier claim replaces it.
fn add(attributes: &mut Vec<Attribute>, core: usize, claim: &ClaimEntry, user: &User) {
    let name = match claim.namespace.as_str() {
        "" => claim.name.clone(),
        namespace => format!("{}/{}", namespace.trim_end_matches('/'), claim.name),
    };
    let value = match (&claim.source, &claim.value) {
        (Some(source), _) => source_value(user, source),
        (None, value) => value.clone().filter(|value| !value.is_empty()),
    };
    let Some(value) = value else { return };
    match attributes.iter().position(|attribute| attribute.name == name) {
        Some(index) if index < core => {}
        Some(index) => attributes[index].values = vec![value],
        None => attributes.push(attribute(name, vec![value])),
    }
}

/// The value of a source attribute (4.1); `None` where the user has none, or an empty one.
pub(crate) fn source_value(user: &User, source: &str) -> Option<String> {
    let value = match source {
        "user.objectid" => Some(user.id.to_string()),
        "user.userprincipalname" => user.claimed_upn().map(str::to_owned),
        _ => USER_SOURCES
            .iter()
            .find(|(known, _)| *known == source)
            .and_then(|(_, read)| read(&user.entry))
            .map(str::to_owned),
    };
    value.filter(|value| !value.is_empty())
}

fn attribute(name: impl Into<String>, values: Vec<String>) -> Attribute {
    Attribute {
        name: name.into(),
        name_format: None,
        values,
    }
}
