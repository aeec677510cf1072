//! A sign-on whose application and reply URL are known, asked for by an SP or by a tile.

use control_api::tenant::Switch;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{AuthenticatedSignIn, UnverifiedRequest, reply_url, signature};
use crate::addresses::Addresses;
use crate::errors::{self, Stop};
use crate::limits::{ISSUER_CHARACTERS_MAX, is_longer};
use crate::name_id::RequestedFormat;
use crate::sessions::Session;
use crate::tenant::slot::View;
use crate::tenant::{App, Tenant};

/// The ID of every request that the portal's "Test" button makes. It is answered as if nobody had asked
/// (entra-behaviour.md 1).
pub(crate) const TEST_BUTTON_ID: &str = "F84D888AA3B44C1B844375A4E8210D9E";

/// How old a request may be where its age counts (C6; the number is the mock's).
const REQUEST_AGE_MAX: SignedDuration = SignedDuration::from_mins(5);

/// Where and when a request was sent.
pub(crate) struct Route<'r> {
    /// The tenant.
    pub(crate) tenant: &'r Tenant,
    /// What the tenant's clock shows.
    pub(crate) now: Timestamp,
    /// The last segment of `/{tenant}/saml2/{service principal id}`, where there is one.
    pub(crate) service_principal: Option<&'r str>,
    /// The mock's own addresses.
    pub(crate) addresses: &'r Addresses,
}

/// Why a request leads to no sign-in, by whom Entra tells.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The user, on the error page.
    User(Stop),
    /// The SP, by a failure response (3.6).
    Sp(Box<RoutedRequest>, Stop),
}

impl From<Stop> for Refusal {
    fn from(stop: Stop) -> Self {
        Self::User(stop)
    }
}

/// What a user is asked to sign in for. It waits in memory while the user does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoutedRequest {
    pub(super) app: Uuid,
    /// The reply URL, one of the application's.
    pub(super) acs: String,
    pub(super) audience: String,
    pub(super) in_response_to: Option<String>,
    pub(super) relay_state: Option<String>,
    pub(super) format: Option<RequestedFormat>,
    /// `NameIDPolicy/@SPNameQualifier` (C7).
    pub(super) sp_name_qualifier: Option<String>,
    /// How the user shall sign in.
    pub(crate) wishes: Wishes,
}

/// What a request says about how the user signs in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wishes {
    /// `ForceAuthn`: not by a session.
    pub(crate) force_authn: bool,
    /// `IsPassive`: by a session alone.
    pub(crate) is_passive: bool,
    /// The class references of `RequestedAuthnContext`; empty: any.
    pub(crate) class_refs: Vec<String>,
    /// Who shall sign in: the query's `login_hint`.
    pub(crate) login_hint: Option<String>,
}

impl RoutedRequest {
    /// The application's id.
    pub(crate) fn app(&self) -> Uuid {
        self.app
    }

    pub(super) fn solicited(
        request: UnverifiedRequest,
        app: &App,
        route: &Route<'_>,
    ) -> Result<Self, Refusal> {
        check_enabled(app)?;
        check_destination(&request, app, route)?;
        let acs = reply_url::asked_for(&request.request, &request.issuer, app)?;
        if route.service_principal.is_some() {
            // Rejected even when the signature is good (entra-behaviour.md 1, per-instance endpoint).
            let why =
                "The endpoint of an instance takes no request for an application that requires signed ones.";
            signature::refuse_if_required(app, why)?;
        }
        request.signature.check(&request.request, app)?;
        check_age(&request, app, route.now)?;
        let routed = Self::of(request, app, acs);
        if routed.sp_name_qualifier.is_some() && app.has(Switch::SpNameQualifierRefused) {
            let property = [("property", "NameIdentifierPolicy/SPNameQualifier")];
            let stop = Stop::new(errors::OLD_PROPERTY, &property);
            return Err(Refusal::Sp(Box::new(routed), stop));
        }
        Ok(routed)
    }

    fn of(request: UnverifiedRequest, app: &App, acs: String) -> Self {
        let format = request.format();
        let asked = request.request;
        let policy = asked.name_id_policy.unwrap_or_default();
        let context = asked.requested_authn_context.unwrap_or_default();
        Self {
            app: app.id,
            acs,
            audience: audience(&request.issuer),
            in_response_to: Some(asked.id).filter(|id| id != TEST_BUTTON_ID),
            relay_state: request.relay_state,
            format,
            sp_name_qualifier: policy.sp_name_qualifier,
            wishes: Wishes {
                force_authn: asked.force_authn,
                is_passive: asked.is_passive,
                class_refs: context.class_refs,
                login_hint: request.login_hint,
            },
        }
    }

    /// What a tile asks for: an unsolicited response to the default reply URL, with the portal's Relay State, for
    /// the default identifier (entra-behaviour.md 1, 2.3, 3.1).
    ///
    /// # Errors
    /// 7000112, 500113, 76021.
    pub(crate) fn unsolicited(app: &App) -> Result<Self, Stop> {
        check_enabled(app)?;
        let acs = reply_url::default(app)?;
        let why = "An application that requires signed requests cannot be started at the identity provider.";
        signature::refuse_if_required(app, why)?;
        let relay_state = &app.entry.relay_state;
        Ok(Self {
            app: app.id,
            acs,
            audience: audience(&app.default_identifier()),
            in_response_to: None,
            relay_state: (!relay_state.is_empty()).then(|| relay_state.clone()),
            format: None,
            sp_name_qualifier: None,
            wishes: Wishes::default(),
        })
    }

    /// How much memory its texts take, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let options = [
            &self.in_response_to,
            &self.relay_state,
            &self.sp_name_qualifier,
            &self.wishes.login_hint,
        ];
        let class_refs = self.wishes.class_refs.iter();
        let texts = [&self.acs, &self.audience].into_iter();
        texts
            .chain(options.into_iter().flatten())
            .chain(class_refs)
            .map(|text| size_of::<String>() + text.len())
            .sum()
    }

    /// Lets a session answer for the user.
    ///
    /// # Errors
    /// 50057 where the user has been disabled since; 700016 and 7000112 where the application has changed.
    pub(crate) fn authenticate(self, view: View, session: &Session) -> Result<AuthenticatedSignIn, Stop> {
        AuthenticatedSignIn::new(self, view, session)
    }
}

/// By the service principal's id, which overrides the Issuer (entra-behaviour.md 1, per-instance endpoint), else by
/// the Issuer. One that is too long is nobody's.
pub(crate) fn find_app<'r>(issuer: &str, route: &Route<'r>) -> Result<&'r App, Stop> {
    let tenant = route.tenant;
    if is_longer(issuer, ISSUER_CHARACTERS_MAX) {
        return Err(application_not_found(issuer, tenant));
    }
    if let Some(segment) = route.service_principal {
        let id = segment.parse().ok();
        let app = id.and_then(|id| tenant.app_by_object_id(id));
        return app.ok_or_else(|| application_not_found(segment, tenant));
    }
    tenant
        .app_by_issuer(issuer)
        .ok_or_else(|| no_such_issuer(issuer, tenant))
}

/// 700016, or what the switch of an application says to an Issuer that is nearly one of its identifiers (C11).
fn no_such_issuer(issuer: &str, tenant: &Tenant) -> Stop {
    let directory = tenant.file.tenant.display_name.as_str();
    match tenant.app_by_near_issuer(issuer) {
        Some(app) if app.has(Switch::NearIssuer650056) => {
            Stop::new(errors::MISCONFIGURED, &[("app", &app.entry.name)])
        }
        Some(app) if app.has(Switch::NearIssuer70001) => Stop::new(
            errors::UNAUTHORIZED_CLIENT,
            &[("issuer", issuer), ("tenant", directory)],
        ),
        _ => application_not_found(issuer, tenant),
    }
}

/// 700016.
pub(super) fn application_not_found(named: &str, tenant: &Tenant) -> Stop {
    let directory = &tenant.file.tenant.display_name;
    Stop::new(
        errors::APPLICATION_NOT_FOUND,
        &[("issuer", named), ("tenant", directory)],
    )
}

/// 7000112.
pub(crate) fn check_enabled(app: &App) -> Result<(), Stop> {
    if app.entry.enabled {
        return Ok(());
    }
    let id = app.id.to_string();
    Err(Stop::new(
        errors::APPLICATION_DISABLED,
        &[("appid", &id), ("app", &app.entry.name)],
    ))
}

/// Optional, validated where it is there, unless the application's switch says otherwise (entra-behaviour.md C5). A
/// default port may be written out.
fn check_destination(request: &UnverifiedRequest, app: &App, route: &Route<'_>) -> Result<(), Stop> {
    let Some(destination) = &request.request.destination else {
        return Ok(());
    };
    if app.has(Switch::DestinationIgnored) {
        return Ok(());
    }
    let domains = route.tenant.file.tenant.domains.iter().map(String::as_str);
    let allowed = route
        .addresses
        .destinations(route.tenant.id, domains, Some(app.object_id));
    // `Url` drops a default port and folds the host's case.
    let same = |allowed: &String| match (url::Url::parse(allowed), url::Url::parse(destination)) {
        (Ok(allowed), Ok(given)) => allowed == given,
        _ => false,
    };
    if allowed.iter().any(same) {
        return Ok(());
    }
    let expected = route.addresses.expected_destinations(route.tenant.id).join(", ");
    Err(Stop::new(
        errors::DESTINATION,
        &[("destination", destination), ("expected", &expected)],
    ))
}

/// Where the application's switch says that the age counts (C6). The future is not looked at.
fn check_age(request: &UnverifiedRequest, app: &App, now: Timestamp) -> Result<(), Stop> {
    let age = now.duration_since(request.request.issue_instant);
    if app.has(Switch::IssueInstantEnforced) && age > REQUEST_AGE_MAX {
        return Err(Stop::new(errors::REQUEST_EXPIRED, &[]));
    }
    Ok(())
}

/// The identifier where it is a URI, else `spn:` and the identifier (entra-behaviour.md 3.1).
fn audience(identifier: &str) -> String {
    if url::Url::parse(identifier).is_ok() {
        identifier.to_owned()
    } else {
        format!("spn:{identifier}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// entra-behaviour.md 3.1, Audience.
    #[test]
    fn an_identifier_that_is_no_uri_gets_a_prefix() {
        assert_eq!(audience("https://sp.example"), "https://sp.example");
        assert_eq!(audience("urn:example:sp"), "urn:example:sp");
        let guid = "7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10";
        assert_eq!(audience(guid), format!("spn:{guid}"));
    }
}
