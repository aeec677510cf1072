//! The mock Microsoft Entra ID: directory, enterprise applications, sign-on, faults, pages and control routes.
//!
//! entra-behaviour.md is the specification; what is built from it names its section. One request flows like this:
//! [`routes`](MockIdp::router) is the table of contents; `web` turns HTTP into values and back; `sign_on` is the chain
//! of types that leads from a request to a signed response; `tenant` is what the directory says; `actions` are what an
//! administrator does to it; `faults` are the ways in which a response may be wrong on purpose. Only `world` reads the
//! clock and randomness.

mod actions;
mod addresses;
mod aged;
mod behaviours;
mod claims;
mod claims_test;
mod control;
mod downloads;
mod errors;
mod factors;
mod faults;
mod flows;
mod guides;
mod limits;
mod metadata;
mod name_id;
mod pages;
mod pending;
mod portal;
mod routes;
mod sessions;
mod sign_in;
mod sign_on;
mod sign_out;
mod tenant;
mod web;
mod world;

use std::sync::Arc;

use control_api::flow::SpFlow;
use control_api::guard::Guard;
use control_api::idp::TenantInfo;
use control_api::tenant::TenantFile;
use uuid::Uuid;

pub use behaviours::{BEHAVIOURS, Behaviour, Witness};
pub use errors::{Aadsts, Appears, Group, Place, REGISTRY, Wording};
pub use faults::{CaseOutcome, FAULTS, Fault, Parameter, Stage};
pub use portal::{LABELS, Label};
pub use tenant::TenantError;
pub use tenant::embedded::embedded;

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
    /// Keys made in advance; the last place is the attackers'.
    pub keys: certs::KeyPool,
    /// Certificates of earlier starts.
    pub certificates: certs::CertificateStore,
}

/// The mock; a clone shares it.
#[derive(Clone)]
pub struct MockIdp {
    state: Arc<State>,
}

/// What all requests share.
struct State {
    addresses: addresses::Addresses,
    cookie_suffix: String,
    guard: Guard,
    vault: Arc<tenant::certificates::Vault>,
    tenants: tenant::slot::Tenants,
    sessions: sessions::Sessions,
    pending: pending::PendingSignOns,
    flows: flows::Flows,
}

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

/// Tells what the service provider of a tenant has recorded, each time the flow trace is looked at. It must not take long.
pub type SpEvents = Arc<dyn Fn() -> SpFlow + Send + Sync>;

impl MockIdp {
    /// A mock without tenants. No key is made until somebody needs it.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let vault = Arc::new(tenant::certificates::Vault::new(config.keys, config.certificates));
        Self {
            state: Arc::new(State {
                addresses: addresses::Addresses::new(&config.base_url, config.internal_url.as_deref()),
                cookie_suffix: config.cookie_suffix,
                guard: config.guard,
                tenants: tenant::slot::Tenants::new(Arc::clone(&vault)),
                vault,
                sessions: sessions::Sessions::default(),
                pending: pending::PendingSignOns::default(),
                flows: flows::Flows::default(),
            }),
        }
    }

    /// What is armed and was never used, a line for each, such as `contoso.onmicrosoft.com: xsw-3, to Upsales of anybody`.
    #[must_use]
    pub fn never_used(&self) -> Vec<String> {
        let slots = self.state.tenants.all();
        slots.iter().flat_map(|slot| portal::never_used(slot)).collect()
    }

    /// Makes a tenant, or makes it anew; `sp` is what `{sp}` stands for. Without it, addresses that speak of `{sp}`
    /// are left open. The tenant's id is the file's, else UUIDv5 of the initial domain.
    ///
    /// In the answer a certificate that nobody has needed yet has an empty thumbprint, since its key is not made.
    ///
    /// # Errors
    /// Everything that does not fit together in the file.
    pub fn put_tenant(&self, file: TenantFile, sp: Option<&str>) -> Result<TenantInfo, TenantError> {
        let slot = self.state.tenants.put(file, sp)?;
        self.state.sessions.end_all(slot.id);
        Ok(slot.view().tenant.info(&self.state.addresses))
    }

    /// Every tenant, in the order in which they were made; thumbprints as in [`MockIdp::put_tenant`].
    #[must_use]
    pub fn tenants(&self) -> Vec<TenantInfo> {
        let tenants = self.state.tenants.all();
        let info = |slot: &Arc<tenant::slot::Slot>| slot.view().tenant.info(&self.state.addresses);
        tenants.iter().map(info).collect()
    }

    /// What the start page shows beside each application of a tenant. An unknown tenant has no start page.
    pub fn set_sp_links(&self, tenant: Uuid, links: Vec<SpLink>) {
        if let Some(slot) = self.state.tenants.find(&tenant.to_string()) {
            slot.lock().links = links;
        }
    }

    /// What the flow trace shows of the service provider's decisions. Without it, and for an unknown tenant, it says that
    /// the service provider does not tell.
    pub fn set_sp_events(&self, tenant: Uuid, events: SpEvents) {
        if let Some(slot) = self.state.tenants.find(&tenant.to_string()) {
            slot.lock().sp_events = Some(events);
        }
    }

    /// Every route.
    pub fn router(&self) -> axum::Router {
        routes::router(self.clone())
    }
}
