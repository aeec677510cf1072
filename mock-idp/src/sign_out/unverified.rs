//! A LogoutRequest that could be read and that nobody vouches for: Entra ignores its signature (entra-behaviour.md 6).

use saml_model::LogoutRequest;

use super::RoutedLogout;
use crate::errors::{self, Stop};
use crate::sign_on::{Binding, Route, SignOutRequest};

/// What Entra heeds of a LogoutRequest. The rest is read and ignored: the value of `NameID` and `SessionIndex`, since
/// the session is the browser's own; `IssueInstant`; and `Consent`, `Destination`, `NotOnOrAfter` and `Reason`, which
/// older editions of Microsoft's page on single sign-out list as ignored.
#[derive(Debug)]
pub(crate) struct UnverifiedLogout {
    pub(super) request_id: String,
    pub(super) issuer: String,
    pub(super) relay_state: Option<String>,
}

impl UnverifiedLogout {
    /// Takes what came by HTTP-Redirect.
    ///
    /// # Errors
    /// 75005 where it came by HTTP-POST or has no Issuer (which code that gets is not known); 7500530 where it has no
    /// `NameID`: an encrypted one is none.
    pub(crate) fn read(sent: SignOutRequest) -> Result<Self, Stop> {
        let LogoutRequest {
            id, issuer, name_id, ..
        } = sent.request;
        let issuer = issuer.filter(|issuer| !issuer.is_empty());
        let (Binding::Redirect, Some(issuer)) = (sent.binding, issuer) else {
            return Err(Stop::new(errors::NOT_A_REQUEST, &[]));
        };
        if name_id.is_none() {
            return Err(Stop::new(errors::NAME_ID_NULL, &[]));
        }
        Ok(Self {
            request_id: id,
            issuer,
            relay_state: sent.relay_state,
        })
    }

    /// `ID`.
    pub(crate) fn request_id(&self) -> &str {
        &self.request_id
    }

    /// `Issuer`.
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Finds the application that asks.
    ///
    /// # Errors
    /// 700016 (uncertain: that sign-out looks its Issuer up as sign-on does).
    pub(crate) fn route(self, route: &Route<'_>) -> Result<RoutedLogout, Stop> {
        RoutedLogout::new(self, route)
    }
}
