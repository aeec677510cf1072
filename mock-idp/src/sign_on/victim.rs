//! What would be said of somebody else: whom an attack wants to be.

use std::sync::Arc;

use saml_model::Response;
use uuid::Uuid;

use super::IssuedClaims;
use super::signed::{ResponseIds, value};
use crate::claims::{self, Subject};
use crate::faults::FaultError;
use crate::name_id;
use crate::tenant::certificates::AppCertificate;
use crate::tenant::{App, Tenant, User, local_names};

/// The response that the same request would be answered with were it another user's, under ids of its own.
///
/// The user is the one that is named, else the first other in the tenant's file who is a member that may sign in and has a
/// mail, so that NameID, object id and mail all differ.
///
/// # Errors
/// That there is no such user, or nothing that could be the NameID.
pub(super) fn response(
    issued: &IssuedClaims,
    ids: &ResponseIds,
    named: Option<&str>,
) -> Result<Response, FaultError> {
    let sign_in = &issued.sign_in;
    let (tenant, app, signed_in) = (&sign_in.view.tenant, sign_in.app(), sign_in.user());
    let user = another_user(tenant, Some(signed_in.id), named)?;
    let mut response = value(issued, ids);
    response.id = id(ids, "response");
    if let Some(assertion) = &mut response.assertion {
        assertion.id = id(ids, "assertion");
        let (name_id, attributes) = said_of(issued, tenant, app, user)?;
        assertion.attributes = attributes;
        if let Some(subject) = &mut assertion.subject {
            subject.name_id = Some(name_id);
        }
        for statement in &mut assertion.authn_statements {
            statement.session_index = Some(assertion.id.clone());
        }
    }
    Ok(response)
}

/// Somebody else than `signed_in`: the user that is named, or the first other that an attack could want to be.
///
/// # Errors
/// That there is no such user.
pub(crate) fn another_user<'t>(
    tenant: &'t Tenant,
    signed_in: Option<Uuid>,
    named: Option<&str>,
) -> Result<&'t User, FaultError> {
    match named {
        Some(name) => called(tenant, name),
        None => any_but(tenant, signed_in),
    }
}

/// The certificate with which another application of the tenant signs: the one that is named, or the first other.
///
/// # Errors
/// That there is no such application, or that it has no certificate.
pub(super) fn other_app(
    issued: &IssuedClaims,
    named: Option<&str>,
) -> Result<Arc<AppCertificate>, FaultError> {
    let sign_in = &issued.sign_in;
    let (apps, own) = (&sign_in.view.tenant.apps, sign_in.app().id);
    let mut others = apps.iter().filter(|app| app.id != own);
    let found = match named {
        Some(name) => others.find(|app| app.entry.name.eq_ignore_ascii_case(name)),
        None => others.next(),
    };
    let names = apps
        .iter()
        .filter(|app| app.id != own)
        .map(|app| app.entry.name.as_str());
    let app = found.ok_or_else(|| match named {
        Some(name) => control_api::tenant::no_such("other application", name, names),
        None => "the tenant has no other application whose key could sign".to_owned(),
    });
    let app = app.map_err(FaultError::NoOtherApp)?;
    let certificate = app.signing_certificate(sign_in.view.now).cloned();
    let lacks = || FaultError::NoOtherApp(format!("`{}` has no certificate that signs", app.entry.name));
    certificate.ok_or_else(lacks)
}

fn called<'t>(tenant: &'t Tenant, name: &str) -> Result<&'t User, FaultError> {
    let place = tenant.directory.user_called(name);
    let names = || local_names(&tenant.file);
    let unknown = || FaultError::NoVictim(control_api::tenant::no_such("user", name, names()));
    Ok(&tenant.users[place.ok_or_else(unknown)?])
}

fn any_but(tenant: &Tenant, signed_in: Option<Uuid>) -> Result<&User, FaultError> {
    let could_be = |user: &&User| {
        let entry = &user.entry;
        Some(user.id) != signed_in && entry.account_enabled && !user.is_guest() && entry.mail.is_some()
    };
    let lacks =
        "the tenant has no other member with a mail whom an attack could want to be: name one as `victim`";
    let found = tenant.users.iter().find(could_be);
    found.ok_or_else(|| FaultError::NoVictim(lacks.to_owned()))
}

fn said_of(
    issued: &IssuedClaims,
    tenant: &Tenant,
    app: &App,
    user: &User,
) -> Result<(saml_model::NameId, Vec<saml_model::Attribute>), FaultError> {
    let request = &issued.sign_in.request;
    let roles = tenant.roles(app, user.id).unwrap_or_default();
    let subject = Subject::new(tenant, user, app, &roles);
    let qualifier = request.sp_name_qualifier.as_deref();
    let name_id = name_id::name_id(&subject, request.format, qualifier, Uuid::nil())
        .map_err(|stop| FaultError::NoVictim(stop.text()))?;
    let attributes = claims::attributes(&subject, &issued.sign_in.factors.methods());
    Ok((name_id, attributes))
}

/// An id of the forged message, which nobody else has.
fn id(ids: &ResponseIds, what: &str) -> String {
    format!("_{}", Uuid::new_v5(&ids.stranger, what.as_bytes()))
}
