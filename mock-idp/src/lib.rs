//! The mock Microsoft Entra ID: directory, enterprise applications, sign-on, faults, pages and control routes.

use control_api::guard::Guard;
use control_api::idp::TenantInfo;
use control_api::tenant::TenantFile;
use uuid::Uuid;

/// What a mock is made of.
pub struct Config {
    /// Its address as browsers see it, without a trailing slash: `http://localhost:8080`.
    pub base_url: String,
    /// Another address under which service providers reach it, without a trailing slash.
    pub internal_url: Option<String>,
    /// Ends the names of its cookies, since cookies of one host are shared between ports.
    pub cookie_suffix: String,
    /// Who may use the control routes.
    pub guard: Guard,
    /// Keys made in advance; the last slot is the attackers'.
    pub keys: certs::KeyPool,
    /// Certificates of earlier starts.
    pub certificates: certs::CertificateStore,
}

/// The mock; a clone shares it.
#[derive(Clone)]
pub struct MockIdp;

/// Why a tenant cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct TenantError(Vec<String>);

/// Where an application of the reference SP is, for the start page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpLink {
    /// The application's name.
    pub app: String,
    /// A GET starts sign-on at the SP.
    pub login: String,
    /// The SP's identity probe.
    pub whoami: String,
    /// The SP's own page.
    pub home: String,
}

impl MockIdp {
    /// A mock without tenants.
    #[must_use]
    pub fn new(config: Config) -> Self {
        drop(config);
        Self
    }

    /// Makes a tenant, or makes it anew.
    ///
    /// # Errors
    /// All that is wrong with the file.
    pub fn put_tenant(&self, file: TenantFile, sp: Option<&str>) -> Result<TenantInfo, TenantError> {
        Err(TenantError(vec![format!("{} {sp:?}", file.tenant.display_name)]))
    }

    /// Every tenant, in the order in which they were made.
    #[must_use]
    pub fn tenants(&self) -> Vec<TenantInfo> {
        Vec::new()
    }

    /// What the start page shows beside each application.
    pub fn set_sp_links(&self, tenant: Uuid, links: Vec<SpLink>) {
        drop((tenant, links));
    }

    /// Every route.
    pub fn router(&self) -> axum::Router {
        axum::Router::new()
    }
}

/// A tenant file that comes with the mock: `contoso` or `fabrikam`.
#[must_use]
pub fn embedded(name: &str) -> Option<TenantFile> {
    let _ = name;
    None
}
