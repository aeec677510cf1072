//! A request that could be read and that nobody vouches for: Entra ignores its signature unless the application
//! requires one (entra-behaviour.md 2.1, 2.5).

use control_api::tenant::Switch;
use saml_model::AuthnRequest;

use super::routed::{TEST_BUTTON_ID, find_app};
use super::signature::SignatureSource;
use super::{Binding, Refusal, Route, RoutedRequest};
use crate::errors::{self, Stop};
use crate::flows::{Item, Start};
use crate::name_id::RequestedFormat;
use crate::tenant::App;

/// What precedes the name of every binding of SAML 2.0.
const BINDINGS: &str = "urn:oasis:names:tc:SAML:2.0:bindings:";

/// Bindings for which 75003 is said. Which values are its trigger is not known (uncertain); any other is ignored, as
/// the document has it.
const REFUSED_BINDINGS: &[&str] = &["HTTP-Artifact", "HTTP-Redirect", "PAOS"];

/// An AuthnRequest with what came beside it.
#[derive(Debug)]
pub(crate) struct UnverifiedRequest {
    pub(super) request: AuthnRequest,
    pub(super) issuer: String,
    pub(super) signature: SignatureSource,
    pub(super) relay_state: Option<String>,
    pub(super) login_hint: Option<String>,
}

impl UnverifiedRequest {
    pub(super) fn new(
        request: AuthnRequest,
        signature: SignatureSource,
        relay_state: Option<String>,
        login_hint: Option<String>,
    ) -> Result<Self, Stop> {
        // Which code a request without Issuer gets is not known: 7.2 has 75005 for missing fields.
        let issuer = request
            .issuer
            .clone()
            .filter(|issuer| !issuer.is_empty())
            .ok_or_else(|| Stop::new(errors::NOT_A_REQUEST, &[]))?;
        Ok(Self {
            request,
            issuer,
            signature,
            relay_state,
            login_hint,
        })
    }

    /// `ID`.
    pub(crate) fn id(&self) -> &str {
        &self.request.id
    }

    /// `Issuer`.
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// How it came.
    pub(crate) fn binding(&self) -> Binding {
        self.signature.binding()
    }

    /// How a flow with this request begins.
    pub(crate) fn began(&self, route: &Route<'_>) -> Item {
        let start = if self.request.id == TEST_BUTTON_ID {
            Start::Test
        } else {
            Start::Sp
        };
        Item::began(start, find_app(&self.issuer, route).ok())
    }

    /// Looks for what Entra does not take, whatever the tenant.
    ///
    /// # Errors
    /// 900236, 900235, 75016, 75003, in this order (entra-behaviour.md 7.3).
    pub(crate) fn check_properties(&self) -> Result<(), Stop> {
        self.check_properties_for(None)
    }

    /// Finds the application that is meant and where the answer goes.
    ///
    /// # Errors
    /// The codes of [`Self::check_properties`], then 700016, 650056, 70001, 7000112, 75008, 50011, 500113, 76021,
    /// 76026, in this order (entra-behaviour.md 7.3), all for the user; 75006 for the SP.
    pub(crate) fn route(self, route: &Route<'_>) -> Result<RoutedRequest, Refusal> {
        let app = find_app(&self.issuer, route);
        self.check_properties_for(app.as_ref().ok().copied())?;
        RoutedRequest::solicited(self, app?, route)
    }

    /// The format that NameIDPolicy asks for; none where it is not one that Entra supports.
    pub(super) fn format(&self) -> Option<RequestedFormat> {
        RequestedFormat::parse(self.format_uri()?)
    }

    fn format_uri(&self) -> Option<&str> {
        self.request.name_id_policy.as_ref()?.format.as_deref()
    }

    /// `app` is the application that is meant, where one was found: it may tolerate what others do not (C14).
    fn check_properties_for(&self, app: Option<&App>) -> Result<(), Stop> {
        if let Some(property) = self.unsupported_property() {
            return Err(Stop::new(errors::PROPERTY, &[("property", property)]));
        }
        if let Some(comparison) = self.other_comparison() {
            return Err(Stop::new(errors::COMPARISON, &[("value", &comparison)]));
        }
        let is_tolerant = app.is_some_and(|app| app.has(Switch::NameIdFormatTolerated));
        if self.format_uri().is_some() && self.format().is_none() && !is_tolerant {
            return Err(Stop::new(errors::NAME_ID_POLICY, &[]));
        }
        let binding = self.request.protocol_binding.as_deref().unwrap_or_default();
        match binding.strip_prefix(BINDINGS) {
            Some(name) if REFUSED_BINDINGS.contains(&name) => Err(Stop::new(errors::RESPONSE_BINDING, &[])),
            _ => Ok(()),
        }
    }

    /// How the message spells the parts of Scoping is not known (uncertain).
    fn unsupported_property(&self) -> Option<&'static str> {
        let scoping = self.request.scoping.unwrap_or_default();
        let properties = [
            (self.request.has_subject, "Subject"),
            (scoping.proxy_count, "Scoping/ProxyCount"),
            (scoping.idp_list, "Scoping/IDPList"),
            (scoping.requester_id, "Scoping/RequesterID"),
        ];
        properties
            .into_iter()
            .find_map(|(is_there, property)| is_there.then_some(property))
    }

    /// `Comparison` where it is not `exact`, its first letter a capital, as in the report.
    fn other_comparison(&self) -> Option<String> {
        let comparison = self
            .request
            .requested_authn_context
            .as_ref()?
            .comparison
            .as_deref()
            .filter(|comparison| *comparison != "exact")?;
        let mut letters = comparison.chars();
        let first = letters.next().map(|letter| letter.to_uppercase().to_string());
        Some(first.unwrap_or_default() + letters.as_str())
    }
}
