//! The attributes of an assertion, in Entra's order (entra-behaviour.md 3.2, 4).

mod conditions;
mod groups;
mod restricted;
mod sources;
mod transform;

use std::sync::LazyLock;

use control_api::tenant::{Home, NameFormat, OptionalClaim, OptionalClaimEntry, Origin, Source, UpnProperty};
use saml_model::{Attribute, names};

pub(crate) use conditions::{Chosen, chosen, meets};
pub(crate) use restricted::is_restricted;
pub(crate) use sources::Subject;
pub(crate) use transform::{Inputs, Run, outcome, outputs, runs};

use crate::tenant::issuer_of;

/// The default claims and their sources (entra-behaviour.md 3.2, rows 6 to 9).
static DEFAULT_CLAIMS: LazyLock<[(&str, Source); 4]> = LazyLock::new(|| {
    [
        (names::CLAIM_GIVEN_NAME, "user.givenname"),
        (names::CLAIM_SURNAME, "user.surname"),
        (names::CLAIM_EMAIL_ADDRESS, "user.mail"),
        (names::CLAIM_NAME, "user.userprincipalname"),
    ]
    .map(|(name, source)| {
        (
            name,
            Source::parse(source).expect("the default claims have sources"),
        )
    })
});

/// The optional claim acct; its name on the wire is that of the restricted set (uncertain).
const CLAIM_ACCT: &str = "http://schemas.microsoft.com/identity/claims/acct";

/// The default claims, each with its source.
pub(crate) fn default_claims() -> impl Iterator<Item = (&'static str, &'static Source)> {
    DEFAULT_CLAIMS.iter().map(|(name, source)| (*name, source))
}

/// A claim that every assertion has or that the application's configuration speaks of.
#[derive(Debug)]
pub(crate) struct Claim<'t> {
    /// With the values that it has, or would have.
    pub(crate) attribute: Attribute,
    /// What it is of.
    pub(crate) by: By<'t>,
    /// What its name does to it.
    pub(crate) standing: Standing,
}

/// What the name of a claim does to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing: no other has it.
    Plain,
    /// It took the place of an earlier claim of this name.
    Replaces,
    /// It is of the restricted set, and the claim an additional one: it is ignored (4.5).
    Restricted,
}

/// What a claim is of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By<'t> {
    Core,
    GroupClaim,
    /// What stands for too many groups.
    GroupsLink,
    AppRoles,
    DefaultClaim(&'t Source),
    OptionalClaim(OptionalClaim),
    /// An additional claim: where its value comes from, and the number of the condition that says so.
    Claim {
        origin: Option<&'t Origin>,
        condition: Option<usize>,
    },
}

impl Standing {
    /// Of a claim to which the administrator gave its name.
    fn of_additional(name: &str) -> Self {
        if is_restricted(name) {
            Self::Restricted
        } else {
            Self::Plain
        }
    }
}

impl<'t> Claim<'t> {
    fn new(name: impl Into<String>, values: Vec<String>, by: By<'t>) -> Self {
        let attribute = Attribute {
            name: name.into(),
            name_format: None,
            values,
        };
        Self {
            attribute,
            by,
            standing: Standing::Plain,
        }
    }

    /// An attribute without a value is left out (3.2).
    pub(crate) fn is_sent(&self) -> bool {
        self.standing != Standing::Restricted && !self.attribute.values.is_empty()
    }
}

/// What the assertion says about the user to the application; `methods` are the values of authnmethodsreferences.
pub(crate) fn attributes(subject: &Subject<'_>, methods: &[&str]) -> Vec<Attribute> {
    claims(subject, methods)
        .into_iter()
        .filter(Claim::is_sent)
        .map(|claim| claim.attribute)
        .collect()
}

/// Every claim with what it comes of, in the assertion's order; those that are not sent stand where they would.
pub(crate) fn claims<'t>(subject: &Subject<'t>, methods: &[&str]) -> Vec<Claim<'t>> {
    let entry = &subject.app.entry;
    // "Include attribute name format" is for restricted, core and optional claims. Which format is described is
    // uncertain: their names are URIs.
    let described = |mut claim: Claim<'t>| {
        let is_included = entry.include_attribute_name_format;
        claim.attribute.name_format = is_included.then(|| name_format(NameFormat::Uri).to_owned());
        claim
    };
    let mut claims: Vec<_> = core(subject, methods).into_iter().map(described).collect();
    if entry.issues_default_claims() {
        for (name, source) in DEFAULT_CLAIMS.iter() {
            let values = subject.emitted(source);
            put(&mut claims, Claim::new(*name, values, By::DefaultClaim(source)));
        }
    }
    for claim in &entry.optional_claims {
        put(&mut claims, described(optional(subject, claim)));
    }
    for claim in entry.issued_claims() {
        let chosen = conditions::values(subject, claim.origin.as_ref(), &claim.conditions);
        let by = By::Claim {
            origin: chosen
                .as_ref()
                .map(|chosen| chosen.origin)
                .or(claim.origin.as_ref()),
            condition: chosen.as_ref().and_then(|chosen| chosen.condition),
        };
        let values = chosen.map(|chosen| chosen.value).unwrap_or_default();
        let mut made = Claim::new(wire_name(&claim.namespace, &claim.name), values, by);
        made.attribute.name_format = claim.name_format.map(|format| name_format(format).to_owned());
        made.standing = Standing::of_additional(&made.attribute.name);
        put(&mut claims, made);
    }
    claims
}

/// What every assertion carries.
fn core<'t>(subject: &Subject<'t>, methods: &[&str]) -> Vec<Claim<'t>> {
    let user = subject.user;
    let of = |name: &str, value: String| Claim::new(name, vec![value], By::Core);
    let mut core = vec![
        of(names::CLAIM_TENANT_ID, subject.tenant.id.to_string()),
        of(names::CLAIM_OBJECT_ID, user.id.to_string()),
        of(names::CLAIM_DISPLAY_NAME, user.entry.display_name.clone()),
    ];
    core.extend(groups::claims(subject));
    core.push(of(names::CLAIM_IDENTITY_PROVIDER, identity_provider(subject)));
    core.push(Claim::new(
        names::CLAIM_AUTHN_METHODS,
        methods.iter().map(|method| (*method).to_owned()).collect(),
        By::Core,
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
fn optional<'t>(subject: &Subject<'t>, claim: &OptionalClaimEntry) -> Claim<'t> {
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
    let values = value.filter(|value| !value.is_empty()).into_iter().collect();
    Claim::new(name, values, By::OptionalClaim(claim.name))
}

/// Adds a claim; one named like an earlier claim takes its place, as an edited one does in "Manage claim".
fn put<'t>(claims: &mut Vec<Claim<'t>>, claim: Claim<'t>) {
    let is_namesake = |earlier: &&mut Claim<'t>| {
        ![claim.standing, earlier.standing].contains(&Standing::Restricted)
            && earlier.attribute.name == claim.attribute.name
    };
    match claims.iter_mut().find(is_namesake) {
        Some(earlier) => {
            *earlier = claim;
            earlier.standing = Standing::Replaces;
        }
        None => claims.push(claim),
    }
}

/// `{namespace}/{name}`, or the bare name.
pub(crate) fn wire_name(namespace: &str, name: &str) -> String {
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
