//! Arming: what is wrong with an order of faults is told at once, since nobody listens when they act.

use control_api::idp::{ArmFaults, ArmedFaults, FaultSpec};
use control_api::is_flow_id;
use control_api::tenant::no_such;

use super::{VICTIM, find_all, logout};
use crate::limits::{ARMED_MAX, FAULTS_MAX};
use crate::tenant::slot::{Armed, State};
use crate::tenant::{Tenant, local_names};

/// Lets faults wait for a sign-on, for a sign-out, or for whoever fetches the metadata.
///
/// Unknown faults and parameters are refused, a fault that is there twice, values that a parameter cannot have, users and applications that the tenant
/// does not have, and names of certificates that no application has or had. Whose response
/// comes next may not be known yet, so a name that only another application knows is told by the page that takes the
/// response's place.
///
/// # Errors
/// A sentence that says what is wrong.
pub(crate) fn arm(state: &mut State, order: ArmFaults) -> Result<ArmedFaults, String> {
    if let Some(flow) = order.flow.as_ref().filter(|flow| !is_flow_id(flow)) {
        return Err(format!("`flow`: `{flow}` is not a flow id"));
    }
    if order.faults.is_empty() || order.faults.len() > FAULTS_MAX {
        return Err(format!("`faults`: expected 1 to {FAULTS_MAX} faults"));
    }
    check_repetition(&order.faults)?;
    let chosen = find_all(&order.faults).map_err(|error| error.to_string())?;
    let about = logout::about(&chosen);
    let of_metadata = chosen.are_of_metadata();
    if of_metadata && order.user.is_some() {
        return Err("`user`: metadata is fetched by a program: leave the user out".to_owned());
    }
    check_certificates(state, &order)?;
    check_names(&state.tenant, &order)?;
    let tenant = &state.tenant;
    let app = order.app.as_deref();
    let app = app.map(|name| tenant.app_called(Some(name)).map(|app| app.id));
    let user = order.user.as_deref().map(|name| {
        let called = tenant.directory.user_called(name);
        let users = || {
            tenant
                .users
                .iter()
                .map(|user| user.entry.user_principal_name.as_str())
        };
        called
            .map(|place| tenant.users[place].id)
            .ok_or_else(|| no_such("user", name, users()))
    });
    let (app, user) = (app.transpose()?, user.transpose()?);
    if state.armed.len() >= ARMED_MAX {
        return Err(format!("{ARMED_MAX} sets of faults wait already"));
    }
    state.armed_ever += 1;
    let armed = Armed {
        number: state.armed_ever,
        faults: order,
        app,
        user,
        about,
        of_metadata,
        used: 0,
    };
    let told = armed.told();
    state.armed.push_back(armed);
    Ok(told)
}

/// Done twice, a fault finds what it left itself, and cannot act.
fn check_repetition(faults: &[FaultSpec]) -> Result<(), String> {
    let is_repeated = |place: &usize| faults[..*place].iter().any(|fault| fault.id == faults[*place].id);
    match (0..faults.len()).find(is_repeated) {
        None => Ok(()),
        Some(place) => Err(format!(
            "`faults`: `{}` is there twice: a message has each fault once, and `times` is for further messages",
            faults[place].id
        )),
    }
}

/// Whom an attack wants to be, and whose key signs, are there.
fn check_names(tenant: &Tenant, order: &ArmFaults) -> Result<(), String> {
    let named = |parameter: &'static str| {
        let of = move |fault: &'_ FaultSpec| fault.parameters.get(parameter).cloned();
        order.faults.iter().filter_map(of)
    };
    for name in named(VICTIM) {
        if tenant.directory.user_called(&name).is_none() {
            return Err(no_such("user", &name, local_names(&tenant.file)));
        }
    }
    let apps = || tenant.apps.iter().map(|app| app.entry.name.as_str());
    for name in named("app") {
        if !apps().any(|known| known.eq_ignore_ascii_case(&name)) {
            return Err(no_such("application", &name, apps()));
        }
    }
    Ok(())
}

fn check_certificates(state: &State, order: &ArmFaults) -> Result<(), String> {
    let known = state.keyring.names();
    let named = order
        .faults
        .iter()
        .filter_map(|fault| fault.parameters.get("certificate"));
    for name in named {
        if !known.contains(name) {
            return Err(no_such("certificate", name, known.iter().map(String::as_str)));
        }
    }
    Ok(())
}
