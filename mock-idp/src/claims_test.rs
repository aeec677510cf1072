//! What an assertion would say about a user and why, and what a transformation makes of sample values: told by the functions
//! that issue claims (entra-behaviour.md 3.3, 4). The control route, the command line and the admin page ask here.

use std::collections::BTreeMap;

use control_api::idp::{
    ClaimBy, ClaimsTest, ClaimsTested, LeftOut, TestedClaim, TestedClaims, TestedNameId, TestedStop,
    TestedTransform, TransformRun, TransformStep, Why,
};
use control_api::tenant::{OptionalClaim, Origin, Source, Transform, no_such};

use crate::claims::{By, Claim, Inputs, Run, Standing, Subject, claims, outputs, runs};
use crate::errors::Stop;
use crate::factors::Factors;
use crate::name_id::{Configured, configured};
use crate::sign_in::{admit, method};
use crate::sign_on::{Demands, Wishes, check_app_enabled, roles};
use crate::tenant::{App, Tenant, User, local_names};

/// Does what is asked for.
///
/// # Errors
/// What is wrong with the question: a sentence, or a line for each mistake of the transformation.
pub(crate) fn test(tenant: &Tenant, asked: &ClaimsTest) -> Result<ClaimsTested, String> {
    if let Some(transform) = &asked.transform {
        return transformed(tenant, asked, transform).map(ClaimsTested::Transform);
    }
    if !asked.values.is_empty() || asked.for_name_id {
        let needed =
            "`values` and `for_name_id` belong to `transform`: the claims of a user have the user's values";
        return Err(needed.to_owned());
    }
    let user = asked.user.as_deref().ok_or(
        "expected `user` (and `app`), whose claims are told, or `transform`: for example {\"app\": \"Upsales\", \"user\": \"B.Simon\"}",
    )?;
    let app = tenant.app_called(asked.app.as_deref())?;
    of_user(tenant, app, user).map(Box::new).map(ClaimsTested::Claims)
}

/// The claims of a user at an application.
///
/// # Errors
/// That nobody is called so.
pub(crate) fn of_user(tenant: &Tenant, app: &App, user: &str) -> Result<TestedClaims, String> {
    let user = user_called(tenant, user)?;
    let (roles, admitted) = match admitted(tenant, app, user) {
        Ok(roles) => (roles, Ok(())),
        Err(stop) => (tenant.roles(app, user.id).unwrap_or_default(), Err(stop)),
    };
    let subject = Subject::new(tenant, user, app, &roles);
    let name_id = configured(&subject, app.entry.issued_name_id().format);
    let demanded = Demands::of(tenant, user, Some(app.id)).second_factor;
    let first = method(user, Some(app), &Wishes::default());
    let methods = Factors::passed(first, None, demanded).methods();
    let (sent, left_out): (Vec<_>, Vec<_>) = claims(&subject, &methods).into_iter().partition(Claim::is_sent);
    let stop = admitted.err().or(name_id.as_ref().err().cloned());
    Ok(TestedClaims {
        app: app.entry.name.clone(),
        upn: user.entry.user_principal_name.clone(),
        claims_mapping_policy: app.entry.claims_mapping_policy.is_some(),
        stopped: stop.map(|stop| TestedStop {
            code: stop.code(),
            text: stop.text(),
        }),
        name_id: name_id.ok().map(tested_name_id),
        attributes: sent.into_iter().map(tested_claim).collect(),
        left_out: left_out.into_iter().map(tested_claim).collect(),
    })
}

/// The app roles of a user whom nothing stops before claims are made. That a password has expired only interrupts.
fn admitted(tenant: &Tenant, app: &App, user: &User) -> Result<Vec<String>, Stop> {
    check_app_enabled(app)?;
    admit(user)?;
    match Demands::of(tenant, user, Some(app.id)).refusal {
        Some(refusal) => Err(refusal),
        None => roles(tenant, app, user),
    }
}

fn tested_name_id(found: Configured<'_>) -> TestedNameId {
    let mut told = match found.origin {
        Some(origin) => describe(origin),
        None if found.format == saml_model::names::NAME_ID_PERSISTENT => {
            "Default: the pairwise value of user and application".to_owned()
        }
        None => "Default: source user.userprincipalname".to_owned(),
    };
    told = conditional(found.condition, told);
    if found.is_fallback {
        told += ", which gives nothing that can be sent: the pairwise value";
    }
    TestedNameId {
        value: found.value,
        format: found.format.to_owned(),
        why: Why {
            told,
            by: if found.is_fallback {
                ClaimBy::NameIdFallback
            } else {
                ClaimBy::NameId
            },
            origin: found.origin.map(as_keys),
            condition: found.condition,
            left_out: None,
        },
    }
}

fn tested_claim(claim: Claim<'_>) -> TestedClaim {
    let left_out = match claim.standing {
        Standing::Restricted => Some(LeftOut::Restricted),
        _ if claim.is_sent() => None,
        _ => Some(LeftOut::Empty),
    };
    let mut why = why(&claim);
    if claim.standing == Standing::Replaces {
        why.told += ", in the place of an earlier claim of this name";
    }
    match left_out {
        Some(LeftOut::Restricted) => why.told = format!("restricted: ignored ({})", why.told),
        Some(LeftOut::Empty) => why.told = format!("empty: omitted ({})", why.told),
        None => {}
    }
    why.left_out = left_out;
    TestedClaim {
        name: claim.attribute.name,
        name_format: claim.attribute.name_format,
        values: claim.attribute.values,
        why,
    }
}

fn why(claim: &Claim<'_>) -> Why {
    let of = |by, told: String| Why {
        told,
        by,
        origin: None,
        condition: None,
        left_out: None,
    };
    match claim.by {
        By::Core => of(ClaimBy::Core, "core: in every assertion".to_owned()),
        By::AppRoles => of(ClaimBy::AppRoles, "app roles of the assignments".to_owned()),
        By::GroupClaim => of(ClaimBy::GroupClaim, "group claim".to_owned()),
        By::GroupsLink => of(
            ClaimBy::GroupClaim,
            "group claim: too many groups, so a link".to_owned(),
        ),
        By::OptionalClaim(optional) => {
            let name = match optional {
                OptionalClaim::Acct => "acct",
                OptionalClaim::Email => "email",
                OptionalClaim::Upn => "upn",
            };
            of(ClaimBy::OptionalClaim, format!("optional claim {name}"))
        }
        By::DefaultClaim(source) => Why {
            origin: Some(serde_json::json!({"source": source})),
            ..of(ClaimBy::DefaultClaim, format!("default claim, source {source}"))
        },
        By::Claim { origin, condition } => {
            let told = match origin {
                Some(origin) => describe(origin),
                None => "no condition gives a value".to_owned(),
            };
            Why {
                origin: origin.map(as_keys),
                condition,
                ..of(ClaimBy::Claim, conditional(condition, told))
            }
        }
    }
}

fn conditional(condition: Option<usize>, told: String) -> String {
    match condition {
        Some(number) => format!("condition {number}, {told}"),
        None => told,
    }
}

fn describe(origin: &Origin) -> String {
    match origin {
        Origin::Source(source) => format!("source {source}"),
        Origin::Value(_) => "constant".to_owned(),
        Origin::Transform(transform) => format!("transformation {transform}"),
    }
}

/// In the tenant file's own keys.
fn as_keys(origin: &Origin) -> serde_json::Value {
    serde_json::to_value(origin).expect("an origin has text keys only")
}

/// What a transformation makes of sample values; those that nobody gave are the user's, where there is one.
///
/// # Errors
/// A line for each mistake.
pub(crate) fn transformed(
    tenant: &Tenant,
    asked: &ClaimsTest,
    transform: &serde_json::Value,
) -> Result<TestedTransform, String> {
    let transform = Transform::from_json("transform", transform, asked.for_name_id)
        .map_err(|errors| errors.to_string())?;
    let samples = samples(&transform, &asked.values)?;
    let roles;
    let subject = match &asked.user {
        None => None,
        Some(user) => {
            let app = tenant.app_called(asked.app.as_deref())?;
            let user = user_called(tenant, user)?;
            roles = tenant.roles(app, user.id).unwrap_or_default();
            Some(Subject::new(tenant, user, app, &roles))
        }
    };
    let read = |source: &Source| match (samples.get(&source.to_string()), &subject) {
        (Some(values), _) => values.clone(),
        (None, Some(subject)) => subject.values(source),
        (None, None) => Vec::new(),
    };
    let inputs = Inputs {
        read: &read,
        name_id_domains: asked.for_name_id.then_some(tenant.file.tenant.domains.as_slice()),
    };
    let runs = runs(&transform, &inputs);
    Ok(TestedTransform {
        runs: runs.iter().map(tested_run).collect(),
        output: outputs(runs),
    })
}

/// A sample that no step would read is a mistake; empty values are none.
fn samples(
    transform: &Transform,
    given: &BTreeMap<String, Vec<String>>,
) -> Result<BTreeMap<String, Vec<String>>, String> {
    let read = transform.sources();
    let mut samples = BTreeMap::new();
    for (name, values) in given {
        let source = Source::parse(name).map_err(|expected| format!("values: `{name}` is not {expected}"))?;
        if !read.contains(&&source) {
            let read: Vec<_> = read.iter().map(|source| format!("`{source}`")).collect();
            return Err(format!(
                "values: the transformation does not read `{name}`: it reads {}",
                read.join(", ")
            ));
        }
        let values = values.iter().filter(|value| !value.is_empty()).cloned().collect();
        samples.insert(source.to_string(), values);
    }
    Ok(samples)
}

fn tested_run(run: &Run) -> TransformRun {
    TransformRun {
        input: run.input.clone(),
        steps: run
            .steps
            .iter()
            .map(|step| TransformStep {
                function: step.function.to_owned(),
                output: step.output.clone(),
                result: step.result,
            })
            .collect(),
    }
}

fn user_called<'t>(tenant: &'t Tenant, name: &str) -> Result<&'t User, String> {
    let place = tenant.directory.user_called(name);
    let user = place.map(|place| &tenant.users[place]);
    user.or_else(|| tenant.user_by_sign_in_name(name))
        .ok_or_else(|| no_such("user", name, local_names(&tenant.file)))
}
