//! What the command line asks of a mock's control API.

use control_api::idp::{ClaimsTest, ClaimsTested};

use crate::agent;
use crate::control::{Api, ControlError};
use crate::text::causes;

/// A mock that runs, as its administrator sees it.
#[derive(Clone, Debug)]
pub struct Admin(Api);

impl Admin {
    /// The mock whose control API is at `control` (ending in `/_entrant/v1`); the token is needed off loopback alone.
    ///
    /// # Errors
    /// That this machine gives no HTTP client.
    pub fn new(control: &str, token: Option<&str>) -> Result<Self, ControlError> {
        let http = agent::client().map_err(|error| ControlError::Unreachable {
            request: control.to_owned(),
            reason: causes(&error),
        })?;
        Ok(Self(Api::new(&http, control, token.unwrap_or_default())))
    }

    /// The id of the first tenant; `None` where there is none.
    ///
    /// # Errors
    /// [`ControlError`].
    pub async fn first_tenant(&self) -> Result<Option<String>, ControlError> {
        let tenants = self.0.tenants().await?;
        Ok(tenants.into_iter().next().map(|tenant| tenant.id))
    }

    /// `POST /tenants/{tenant}/claims-test`; `tenant` is an id or a verified domain.
    ///
    /// # Errors
    /// [`ControlError::Refused`] with all that is wrong with the question, or that the mock does not answer.
    pub async fn claims_test(&self, tenant: &str, asked: &ClaimsTest) -> Result<ClaimsTested, ControlError> {
        self.0.claims_test(tenant, asked).await
    }
}
