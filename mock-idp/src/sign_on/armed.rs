//! An error that was armed, in the words of the sign-on that it stops.

use control_api::tenant::Source;
use saml_model::names;
use uuid::Uuid;

use super::RoutedRequest;
use crate::addresses::Addresses;
use crate::errors::{self, Aadsts, Stop};
use crate::factors::Factors;
use crate::tenant::slot::View;
use crate::tenant::{App, Tenant, User};

impl RoutedRequest {
    /// Stops the sign-on of a user with an armed error. `None` where user or application are gone, which is then told
    /// instead.
    pub(crate) fn armed_stop(
        &self,
        row: &'static Aadsts,
        view: &View,
        user: Uuid,
        addresses: &Addresses,
    ) -> Option<Stop> {
        let tenant = &view.tenant;
        let (app, user) = (tenant.app(self.app)?, tenant.user(user)?);
        let mut values = of_sign_on(self, app, user, tenant);
        values.extend(of_elsewhere(row, app, user, tenant, addresses));
        let values: Vec<_> = values
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        Some(Stop::new(row, &values).by_fault())
    }
}

/// What is true of this sign-on.
fn of_sign_on(
    request: &RoutedRequest,
    app: &App,
    user: &User,
    tenant: &Tenant,
) -> Vec<(&'static str, String)> {
    let upn = user.claimed_upn().unwrap_or(&user.entry.user_principal_name);
    vec![
        ("acs", request.acs.clone()),
        ("app", app.entry.name.clone()),
        ("appid", app.id.to_string()),
        ("id", request.in_response_to.clone().unwrap_or_default()),
        ("idp", tenant.issuer()),
        ("issuer", app.default_identifier()),
        ("tenant", tenant.file.tenant.display_name.clone()),
        ("upn", upn.to_owned()),
        ("user", user.entry.user_principal_name.clone()),
    ]
}

/// What would be wrong with a request or a directory that ran into the error by itself: the usual case.
fn of_elsewhere(
    row: &Aadsts,
    app: &App,
    user: &User,
    tenant: &Tenant,
    addresses: &Addresses,
) -> Vec<(&'static str, String)> {
    let element = if row == errors::ELEMENT_NOT_URI {
        "AuthnContextClassRef"
    } else {
        "AssertionConsumerServiceURL"
    };
    let factors = Factors {
        first: user.entry.first_factor(),
        second: false,
    };
    let source = app
        .entry
        .name_id
        .source()
        .map_or("userprincipalname", Source::short_name);
    let text = str::to_owned;
    vec![
        ("actual", factors.words()),
        ("destination", addresses.login(tenant.id)),
        ("expected", addresses.expected_destinations(tenant.id).join(", ")),
        ("invalid", text("GET")),
        ("line", text("1")),
        ("name", text(element)),
        ("namespace", text(names::NS_ASSERTION)),
        ("position", text("1")),
        ("property", text("Subject")),
        ("requested", text("X509")),
        ("source", text(source)),
        ("transformation", text("CreateNameId")),
        ("valid", text("POST")),
        ("value", text("Minimum")),
    ]
}
