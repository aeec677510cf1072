//! Clients of the mock's control API and of the reference SP's control routes.
//!
//! The command line reaches a running mock by [`Api::connect`]; all else is the runner's.

use std::time::Duration;

use control_api::flow::{Difference, IdpFlow, SpFlow};
use control_api::idp::{
    ArmFaults, ArmedFaults, CertificateAction, CertificateForm, ClaimsTest, ClaimsTested, ClockAction,
    ClockInfo, ErrorBody, TenantInfo, TenantSeed, TokenEncryptionAction, UserAction,
};
use control_api::percent_encoded as segment;
use control_api::sp::{InstanceInfo, InstanceSeed};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Method};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::text::{causes, shortened};

/// How long one control request may take. Keys of a new certificate may have to be made, and one of 4096 bits takes its
/// time where a machine is busy.
const CONTROL_TIMEOUT: Duration = Duration::from_secs(45);
/// The most of an unexpected answer that is shown, in characters.
const ANSWER_CHARACTERS_MAX: usize = 4000;

/// Why a control request failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// No answer.
    #[error("{request} does not answer: {reason}")]
    Unreachable {
        /// Method and address.
        request: String,
        /// What the network said.
        reason: String,
    },
    /// The request was refused.
    #[error("{request} answered {status}: {message}")]
    Refused {
        /// Method and address.
        request: String,
        /// HTTP status.
        status: u16,
        /// What was wrong.
        message: String,
    },
    /// The answer cannot be read.
    #[error("{request} answered something else than was expected: {reason}")]
    Unreadable {
        /// Method and address.
        request: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// A control API: base URL and token.
#[derive(Clone, Debug)]
pub struct Api {
    http: Client,
    base: String,
    token: String,
}

impl Api {
    /// The control API of the mock whose base URL is `mock`; on loopback no `token` is needed.
    ///
    /// # Errors
    /// Why there can be no HTTP client.
    pub fn connect(mock: &str, token: Option<&str>) -> Result<Self, String> {
        let http = crate::agent::client().map_err(|error| causes(&error))?;
        let base = format!("{}/_entrant/v1", mock.trim_end_matches('/'));
        Ok(Self::new(&http, &base, token.unwrap_or_default()))
    }

    /// The API below `base`; without a `token` none is sent.
    pub(crate) fn new(http: &Client, base: &str, token: &str) -> Self {
        Self {
            http: http.clone(),
            base: base.trim_end_matches('/').to_owned(),
            token: token.to_owned(),
        }
    }

    async fn text(&self, method: Method, path: &str, body: Option<String>) -> Result<String, ControlError> {
        let bytes = self.bytes(method, path, body).await?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    async fn bytes(&self, method: Method, path: &str, body: Option<String>) -> Result<Vec<u8>, ControlError> {
        let url = format!("{}{path}", self.base);
        let request = format!("{method} {url}");
        let mut builder = self
            .http
            .request(method, &url)
            .timeout(CONTROL_TIMEOUT)
            .headers(authorization(&self.token));
        if let Some(body) = body {
            builder = builder.header(CONTENT_TYPE, "application/json").body(body);
        }
        let unreachable = |error: reqwest::Error| ControlError::Unreachable {
            request: request.clone(),
            reason: causes(&error),
        };
        let answer = builder.send().await.map_err(unreachable)?;
        let status = answer.status();
        let bytes = answer.bytes().await.map_err(unreachable)?;
        if status.is_success() {
            return Ok(bytes.to_vec());
        }
        let message = serde_json::from_slice::<ErrorBody>(&bytes).map_or_else(
            |_| String::from_utf8_lossy(&bytes).into_owned(),
            |body| body.error,
        );
        Err(ControlError::Refused {
            request,
            status: status.as_u16(),
            message: shortened(&message, ANSWER_CHARACTERS_MAX),
        })
    }

    async fn json<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> Result<T, ControlError> {
        let request = format!("{method} {}{path}", self.base);
        let text = self.text(method, path, body).await?;
        serde_json::from_str(&text).map_err(|error| ControlError::Unreadable {
            request,
            reason: error.to_string(),
        })
    }

    /// `PUT /tenants/{id}`.
    pub(crate) async fn put_tenant(&self, id: &str, seed: &TenantSeed) -> Result<TenantInfo, ControlError> {
        self.json(Method::PUT, &format!("/tenants/{id}"), body(seed))
            .await
    }

    /// `DELETE /tenants/{tenant}`.
    pub(crate) async fn delete_tenant(&self, tenant: &str) -> Result<(), ControlError> {
        let path = format!("/tenants/{tenant}");
        self.text(Method::DELETE, &path, None).await.map(drop)
    }

    /// `PATCH /tenants/{tenant}`.
    pub(crate) async fn patch_tenant(&self, tenant: &str, patch: &Json) -> Result<TenantInfo, ControlError> {
        self.json(Method::PATCH, &format!("/tenants/{tenant}"), body(patch))
            .await
    }

    /// `GET /tenants`.
    ///
    /// # Errors
    /// [`ControlError`].
    pub async fn tenants(&self) -> Result<Vec<TenantInfo>, ControlError> {
        self.json(Method::GET, "/tenants", None).await
    }

    /// `GET /tenants/{tenant}`: by id or domain.
    ///
    /// # Errors
    /// [`ControlError`].
    pub async fn tenant(&self, tenant: &str) -> Result<TenantInfo, ControlError> {
        let path = format!("/tenants/{}", segment(tenant));
        self.json(Method::GET, &path, None).await
    }

    /// `GET /tenants/{tenant}/apps/{app}/certificates/{certificate}/{form}`: the file.
    ///
    /// # Errors
    /// [`ControlError`].
    pub async fn download(
        &self,
        tenant: &str,
        app: &str,
        certificate: &str,
        form: CertificateForm,
    ) -> Result<Vec<u8>, ControlError> {
        let path = format!(
            "/tenants/{}/apps/{}/certificates/{}/{}",
            segment(tenant),
            segment(app),
            segment(certificate),
            form.word()
        );
        self.bytes(Method::GET, &path, None).await
    }

    /// `GET /tenants/{tenant}/export`.
    pub(crate) async fn export(&self, tenant: &str) -> Result<Json, ControlError> {
        self.json(Method::GET, &format!("/tenants/{tenant}/export"), None)
            .await
    }

    /// `POST /tenants/{tenant}/certificates`.
    ///
    /// # Errors
    /// [`ControlError`].
    pub async fn certificate(
        &self,
        tenant: &str,
        action: &CertificateAction,
    ) -> Result<TenantInfo, ControlError> {
        let path = format!("/tenants/{}/certificates", segment(tenant));
        self.json(Method::POST, &path, body(action)).await
    }

    /// `POST /tenants/{tenant}/token-encryption`.
    pub(crate) async fn token_encryption(
        &self,
        tenant: &str,
        action: &TokenEncryptionAction,
    ) -> Result<TenantInfo, ControlError> {
        let path = format!("/tenants/{tenant}/token-encryption");
        self.json(Method::POST, &path, body(action)).await
    }

    /// `POST /tenants/{tenant}/users`.
    pub(crate) async fn user(&self, tenant: &str, action: &UserAction) -> Result<TenantInfo, ControlError> {
        let path = format!("/tenants/{tenant}/users");
        self.json(Method::POST, &path, body(action)).await
    }

    /// `PUT /tenants/{tenant}/clock`.
    pub(crate) async fn clock(&self, tenant: &str, action: &ClockAction) -> Result<ClockInfo, ControlError> {
        let path = format!("/tenants/{tenant}/clock");
        self.json(Method::PUT, &path, body(action)).await
    }

    /// `POST /tenants/{tenant}/faults`.
    pub(crate) async fn arm(&self, tenant: &str, faults: &ArmFaults) -> Result<ArmedFaults, ControlError> {
        let path = format!("/tenants/{tenant}/faults");
        self.json(Method::POST, &path, body(faults)).await
    }

    /// `DELETE /tenants/{tenant}/faults/{number}`. A set that is used up is gone already.
    pub(crate) async fn disarm(&self, tenant: &str, number: u64) -> Result<(), ControlError> {
        let path = format!("/tenants/{tenant}/faults/{number}");
        match self.text(Method::DELETE, &path, None).await {
            Err(ControlError::Refused { status: 404, .. }) => Ok(()),
            answer => answer.map(drop),
        }
    }

    /// `GET /tenants/{tenant}/flows/{flow}`. A flow that never reached the mock is empty.
    pub(crate) async fn flow(&self, tenant: &str, flow: &str) -> Result<IdpFlow, ControlError> {
        match self
            .json(Method::GET, &format!("/tenants/{tenant}/flows/{flow}"), None)
            .await
        {
            Err(ControlError::Refused { status: 404, .. }) => Ok(IdpFlow::default()),
            answer => answer,
        }
    }

    /// `GET /tenants/{tenant}/flows/{flow}/difference`.
    pub(crate) async fn difference(&self, tenant: &str, flow: &str) -> Result<Difference, ControlError> {
        let path = format!("/tenants/{tenant}/flows/{flow}/difference");
        self.json(Method::GET, &path, None).await
    }

    /// `POST /tenants/{tenant}/claims-test`; `tenant` is an id or a verified domain.
    ///
    /// # Errors
    /// [`ControlError::Refused`] with all that is wrong with the question, or that the mock does not answer.
    pub async fn claims_test(&self, tenant: &str, asked: &ClaimsTest) -> Result<ClaimsTested, ControlError> {
        let path = format!("/tenants/{}/claims-test", segment(tenant));
        self.json(Method::POST, &path, body(asked)).await
    }

    /// `PUT /_entrant/v1/sp/{instance}` of the reference SP.
    pub(crate) async fn put_instance(
        &self,
        instance: &str,
        seed: &InstanceSeed,
    ) -> Result<InstanceInfo, ControlError> {
        self.json(Method::PUT, &format!("/_entrant/v1/sp/{instance}"), body(seed))
            .await
    }

    /// `DELETE /_entrant/v1/sp/{instance}` of the reference SP.
    pub(crate) async fn delete_instance(&self, instance: &str) -> Result<(), ControlError> {
        let path = format!("/_entrant/v1/sp/{instance}");
        self.text(Method::DELETE, &path, None).await.map(drop)
    }

    /// `GET /_entrant/v1/sp/{instance}/events` of the reference SP.
    pub(crate) async fn sp_events(&self, instance: &str) -> Result<SpFlow, ControlError> {
        self.json(Method::GET, &format!("/_entrant/v1/sp/{instance}/events"), None)
            .await
    }
}

/// None without a token: a loopback mock demands none, but refuses a wrong one.
fn authorization(token: &str) -> HeaderMap {
    let value = HeaderValue::from_str(&format!("Bearer {token}")).ok();
    let pair = value
        .filter(|_| !token.is_empty())
        .map(|value| (AUTHORIZATION, value));
    pair.into_iter().collect()
}

fn body(value: &impl Serialize) -> Option<String> {
    Some(serde_json::to_string(value).expect("control bodies have text keys and finite numbers only"))
}
