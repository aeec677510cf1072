//! A request that could be read and that nobody vouches for: Entra ignores its signature (entra-behaviour.md 2.1).

use saml_accept::request::{RequestError, authn_request};
use saml_accept::xml::Limits;
use saml_model::AuthnRequest;

use super::{Binding, Route, RoutedRequest};
use crate::errors::{self, Stop};
use crate::name_id::RequestedFormat;

/// An AuthnRequest with what came beside it.
#[derive(Debug)]
pub(crate) struct UnverifiedRequest {
    pub(super) request: AuthnRequest,
    pub(super) issuer: String,
    pub(super) format: Option<RequestedFormat>,
    pub(super) relay_state: Option<String>,
    pub(super) login_hint: Option<String>,
    binding: Binding,
}

impl UnverifiedRequest {
    pub(super) fn read(
        xml: &[u8],
        limits: &Limits,
        binding: Binding,
        relay_state: Option<String>,
        login_hint: Option<String>,
    ) -> Result<Self, Stop> {
        let request = authn_request(xml, limits).map_err(|error| stop(&error))?;
        // Which code a request without Issuer gets is not known: 7.2 has 75005 for missing fields.
        let issuer = request
            .issuer
            .clone()
            .filter(|issuer| !issuer.is_empty())
            .ok_or_else(|| Stop::new(errors::NOT_A_REQUEST, &[]))?;
        let format = request
            .name_id_policy
            .as_ref()
            .and_then(|policy| policy.format.as_deref())
            .map(|format| {
                RequestedFormat::parse(format).ok_or_else(|| Stop::new(errors::NAME_ID_POLICY, &[]))
            })
            .transpose()?;
        Ok(Self {
            request,
            issuer,
            format,
            relay_state,
            login_hint,
            binding,
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
        self.binding
    }

    /// Finds the application that is meant and where the answer goes.
    ///
    /// # Errors
    /// 700016, 7000112, 75008, 50011, 500113, in this order (entra-behaviour.md 7.3).
    pub(crate) fn route(self, route: &Route<'_>) -> Result<RoutedRequest, Stop> {
        RoutedRequest::solicited(self, route)
    }
}

fn stop(error: &RequestError) -> Stop {
    match error {
        RequestError::InvalidId { value } => Stop::new(errors::INVALID_ID, &[("id", value)]),
        RequestError::AttributeNotUri { attribute, .. } => {
            Stop::new(errors::ATTRIBUTE_NOT_URI, &[("name", attribute)])
        }
        RequestError::ElementNotUri {
            element, namespace, ..
        } => Stop::new(
            errors::ELEMENT_NOT_URI,
            &[("name", element), ("namespace", namespace)],
        ),
        RequestError::Xml { line, column, .. } => {
            let (line, position) = (line.to_string(), column.to_string());
            Stop::new(errors::XML_ERROR, &[("line", &line), ("position", &position)])
        }
        _ => Stop::new(errors::NOT_A_REQUEST, &[]),
    }
}
