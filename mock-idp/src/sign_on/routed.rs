//! A sign-on whose application and reply URL are known, asked for by an SP or by a tile.

use uuid::Uuid;

use super::{AuthenticatedSignIn, UnverifiedRequest};
use crate::addresses::Addresses;
use crate::errors::{self, Stop};
use crate::name_id::RequestedFormat;
use crate::sessions::Session;
use crate::tenant::slot::View;
use crate::tenant::{App, Tenant};

/// Where a request was sent.
pub(crate) struct Route<'r> {
    /// The tenant.
    pub(crate) tenant: &'r Tenant,
    /// The last segment of `/{tenant}/saml2/{service principal id}`, where there is one.
    pub(crate) service_principal: Option<&'r str>,
    /// The mock's own addresses.
    pub(crate) addresses: &'r Addresses,
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
    pub(super) fn solicited(request: UnverifiedRequest, route: &Route<'_>) -> Result<Self, Stop> {
        let app = find_app(&request, route)?;
        check_enabled(app)?;
        check_destination(&request, app, route)?;
        Ok(Self {
            app: app.id,
            acs: reply_url(&request, app)?,
            audience: audience(&request.issuer),
            in_response_to: Some(request.request.id),
            relay_state: request.relay_state,
            format: request.format,
            sp_name_qualifier: request
                .request
                .name_id_policy
                .and_then(|policy| policy.sp_name_qualifier),
            wishes: Wishes {
                force_authn: request.request.force_authn,
                is_passive: request.request.is_passive,
                class_refs: request
                    .request
                    .requested_authn_context
                    .map(|context| context.class_refs)
                    .unwrap_or_default(),
                login_hint: request.login_hint,
            },
        })
    }

    /// What a tile asks for: an unsolicited response to the default reply URL, with the portal's Relay State, for
    /// the default identifier (entra-behaviour.md 1, 2.3, 3.1).
    ///
    /// # Errors
    /// 7000112, 500113.
    pub(crate) fn unsolicited(app: &App) -> Result<Self, Stop> {
        check_enabled(app)?;
        let relay_state = &app.entry.relay_state;
        Ok(Self {
            app: app.id,
            acs: default_reply_url(app)?,
            audience: audience(&app.default_identifier()),
            in_response_to: None,
            relay_state: (!relay_state.is_empty()).then(|| relay_state.clone()),
            format: None,
            sp_name_qualifier: None,
            wishes: Wishes::default(),
        })
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
/// the Issuer.
fn find_app<'r>(request: &UnverifiedRequest, route: &Route<'r>) -> Result<&'r App, Stop> {
    let tenant = route.tenant;
    let (named, found) = match route.service_principal {
        Some(segment) => {
            let id = segment.parse().ok();
            (segment, id.and_then(|id| tenant.app_by_object_id(id)))
        }
        None => (request.issuer(), tenant.app_by_issuer(request.issuer())),
    };
    found.ok_or_else(|| application_not_found(named, tenant))
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
pub(super) fn check_enabled(app: &App) -> Result<(), Stop> {
    if app.entry.enabled {
        return Ok(());
    }
    let id = app.id.to_string();
    Err(Stop::new(
        errors::APPLICATION_DISABLED,
        &[("appid", &id), ("app", &app.entry.name)],
    ))
}

/// Optional, validated where it is there (entra-behaviour.md C5). A default port may be written out.
fn check_destination(request: &UnverifiedRequest, app: &App, route: &Route<'_>) -> Result<(), Stop> {
    let Some(destination) = &request.request.destination else {
        return Ok(());
    };
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

/// The one asked for, where it is registered; else the default (entra-behaviour.md 2.4).
fn reply_url(request: &UnverifiedRequest, app: &App) -> Result<String, Stop> {
    let Some(asked) = &request.request.acs_url else {
        return default_reply_url(app);
    };
    if app
        .entry
        .reply_urls
        .iter()
        .any(|known| same_reply_url(known, asked))
    {
        return Ok(asked.clone());
    }
    Err(Stop::new(
        errors::REPLY_URL,
        &[("acs", asked), ("issuer", request.issuer())],
    ))
}

fn default_reply_url(app: &App) -> Result<String, Stop> {
    let first = app.entry.reply_urls.first().cloned();
    first.ok_or_else(|| Stop::new(errors::NO_REPLY_URL, &[]))
}

/// Character by character, but for the host's case (entra-behaviour.md 2.4): path case, explicit ports and trailing
/// slashes count. On `localhost` the port is ignored.
fn same_reply_url(known: &str, asked: &str) -> bool {
    match (Parts::of(known), Parts::of(asked)) {
        (Some(known), Some(asked)) => {
            let localhost = known.host.eq_ignore_ascii_case("localhost");
            known.scheme == asked.scheme
                && known.host.eq_ignore_ascii_case(asked.host)
                && (known.port == asked.port || localhost)
                && known.rest == asked.rest
        }
        _ => known == asked,
    }
}

/// An address as it is written, cut and not normalised.
#[derive(PartialEq)]
struct Parts<'u> {
    scheme: &'u str,
    host: &'u str,
    port: Option<&'u str>,
    rest: &'u str,
}

impl<'u> Parts<'u> {
    fn of(url: &'u str) -> Option<Self> {
        let (scheme, tail) = url.split_once("://")?;
        let end = tail.find(['/', '?', '#']).unwrap_or(tail.len());
        let (authority, rest) = tail.split_at(end);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, Some(port)),
            _ => (authority, None),
        };
        Some(Self {
            scheme,
            host,
            port,
            rest,
        })
    }
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

    /// entra-behaviour.md 2.4.
    #[test]
    fn reply_urls_match_as_they_are_written() {
        let known = "https://sp.example/saml2/acs";
        for (known, asked, expected) in [
            (known, known, true),
            (known, "https://SP.example/saml2/acs", true),
            (known, "https://sp.example/Saml2/acs", false),
            (known, "https://sp.example/saml2/acs/", false),
            (known, "https://sp.example:443/saml2/acs", false),
            (known, "http://sp.example/saml2/acs", false),
            (known, "https://sp.example/saml2/acs?x", false),
            ("http://localhost:3000/acs", "http://localhost:4000/acs", true),
            ("http://localhost:3000/acs", "http://localhost:4000/bcs", false),
            ("http://127.0.0.1:3000/acs", "http://127.0.0.1:4000/acs", false),
            ("urn:x", "urn:x", true),
        ] {
            assert_eq!(same_reply_url(known, asked), expected, "{known} {asked}");
        }
    }

    /// entra-behaviour.md 3.1, Audience.
    #[test]
    fn an_identifier_that_is_no_uri_gets_a_prefix() {
        assert_eq!(audience("https://sp.example"), "https://sp.example");
        assert_eq!(audience("urn:example:sp"), "urn:example:sp");
        let guid = "7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10";
        assert_eq!(audience(guid), format!("spn:{guid}"));
    }
}
