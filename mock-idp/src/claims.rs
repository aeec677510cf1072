//! The attributes of an assertion, in Entra's order (entra-behaviour.md 3.2, 4).

mod conditions;
mod groups;
mod restricted;
mod sources;
mod transform;

use control_api::tenant::{Home, NameFormat, OptionalClaim, OptionalClaimEntry, Source, UpnProperty};
use saml_model::{Attribute, names};

pub(crate) use conditions::meets;
pub(crate) use sources::Subject;
pub(crate) use transform::{Inputs, outcome};

use crate::tenant::issuer_of;
use restricted::is_restricted;

/// The default claims and their sources (entra-behaviour.md 3.2, rows 6 to 9).
const DEFAULT_CLAIMS: &[(&str, &str)] = &[
    (names::CLAIM_GIVEN_NAME, "user.givenname"),
    (names::CLAIM_SURNAME, "user.surname"),
    (names::CLAIM_EMAIL_ADDRESS, "user.mail"),
    (names::CLAIM_NAME, "user.userprincipalname"),
];

/// The optional claim acct; its name on the wire is that of the restricted set (uncertain).
const CLAIM_ACCT: &str = "http://schemas.microsoft.com/identity/claims/acct";

/// The default claims, each with its source.
pub(crate) fn default_claims() -> impl Iterator<Item = (&'static str, &'static str)> {
    DEFAULT_CLAIMS.iter().copied()
}

/// What the assertion says about the user to the application; `methods` are the values of authnmethodsreferences.
pub(crate) fn attributes(subject: &Subject<'_>, methods: &[&str]) -> Vec<Attribute> {
    let entry = &subject.app.entry;
    // "Include attribute name format" is for restricted, core and optional claims. Which format is described is
    // uncertain: their names are URIs.
    let described = |attribute: Attribute| Attribute {
        name_format: entry
            .include_attribute_name_format
            .then(|| name_format(NameFormat::Uri).to_owned()),
        ..attribute
    };
    let mut attributes: Vec<_> = core(subject, methods).into_iter().map(described).collect();
    if entry.default_claims {
        for (name, source) in DEFAULT_CLAIMS {
            let source = Source::parse(source).expect("the default claims have sources");
            put(&mut attributes, attribute(*name, subject.emitted(&source)));
        }
    }
    for claim in &entry.optional_claims {
        put(&mut attributes, described(optional(subject, claim)));
    }
    for claim in &entry.claims {
        let name = wire_name(&claim.namespace, &claim.name);
        if is_restricted(&name) {
            continue;
        }
        put(
            &mut attributes,
            Attribute {
                name,
                name_format: claim.name_format.map(|format| name_format(format).to_owned()),
                values: conditions::values(subject, claim.origin.as_ref(), &claim.conditions),
            },
        );
    }
    // An attribute without a value is left out (3.2).
    attributes.retain(|attribute| !attribute.values.is_empty());
    attributes
}

/// What every assertion carries.
fn core(subject: &Subject<'_>, methods: &[&str]) -> Vec<Attribute> {
    let user = subject.user;
    let mut core = vec![
        attribute(names::CLAIM_TENANT_ID, vec![subject.tenant.id.to_string()]),
        attribute(names::CLAIM_OBJECT_ID, vec![user.id.to_string()]),
        attribute(names::CLAIM_DISPLAY_NAME, vec![user.entry.display_name.clone()]),
    ];
    core.extend(groups::attributes(subject));
    core.push(attribute(
        names::CLAIM_IDENTITY_PROVIDER,
        vec![identity_provider(subject)],
    ));
    core.push(attribute(
        names::CLAIM_AUTHN_METHODS,
        methods.iter().map(|method| (*method).to_owned()).collect(),
    ));
    core
}

/// Row 4 of 3.2. What Entra sends for a Google guest is not known; the issuer's name is taken (uncertain).
fn identity_provider(subject: &Subject<'_>) -> String {
    match &subject.user.entry.home {
        Some(Home::Entra(home)) => issuer_of(*home),
        Some(Home::Microsoft) => "live.com".to_owned(),
        Some(Home::Google) => "google.com".to_owned(),
        Some(Home::Otp) => "mail".to_owned(),
        None => subject.tenant.issuer(),
    }
}

/// An optional claim (4.5).
fn optional(subject: &Subject<'_>, claim: &OptionalClaimEntry) -> Attribute {
    let user = subject.user;
    let has = |property| user.is_guest() && claim.additional_properties.contains(&property);
    let local = &user.entry.user_principal_name;
    let (name, value) = match claim.name {
        OptionalClaim::Acct => {
            let value = if user.is_guest() { "1" } else { "0" };
            (CLAIM_ACCT, Some(value.to_owned()))
        }
        OptionalClaim::Email => (names::CLAIM_EMAIL_ADDRESS, user.entry.mail.clone()),
        OptionalClaim::Upn if has(UpnProperty::IncludeExternallyAuthenticatedUpnWithoutHash) => {
            (names::CLAIM_UPN, Some(local.replace('#', "_")))
        }
        OptionalClaim::Upn if has(UpnProperty::IncludeExternallyAuthenticatedUpn) => {
            (names::CLAIM_UPN, Some(local.clone()))
        }
        OptionalClaim::Upn => (names::CLAIM_UPN, user.claimed_upn().map(str::to_owned)),
    };
    attribute(
        name,
        value.filter(|value| !value.is_empty()).into_iter().collect(),
    )
}

/// Adds a claim; one named like an earlier claim takes its place, as an edited one does in "Manage claim".
fn put(attributes: &mut Vec<Attribute>, claim: Attribute) {
    match attributes
        .iter_mut()
        .find(|attribute| attribute.name == claim.name)
    {
        Some(earlier) => *earlier = claim,
        None => attributes.push(claim),
    }
}

/// `{namespace}/{name}`, or the bare name.
fn wire_name(namespace: &str, name: &str) -> String {
    match namespace {
        "" => name.to_owned(),
        namespace => format!("{}/{name}", namespace.trim_end_matches('/')),
    }
}

fn name_format(format: NameFormat) -> &'static str {
    match format {
        NameFormat::Unspecified => names::ATTRIBUTE_NAME_UNSPECIFIED,
        NameFormat::Uri => names::ATTRIBUTE_NAME_URI,
        NameFormat::Basic => names::ATTRIBUTE_NAME_BASIC,
    }
}

fn attribute(name: impl Into<String>, values: Vec<String>) -> Attribute {
    Attribute {
        name: name.into(),
        name_format: None,
        values,
    }
}
