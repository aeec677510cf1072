//! The reference service provider; under construction.

use std::path::PathBuf;

use control_api::{
    guard::Guard,
    sp::{InstanceInfo, InstanceSeed},
};

/// What the reference SP needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its address without a trailing slash.
    pub base_url: String,
    /// Keeps the cookies of two reference SPs on one host apart.
    pub cookie_suffix: String,
    /// Who may use the control routes.
    pub guard: Guard,
    /// Where accounts and links live.
    pub accounts: AccountsIn,
}

/// Where accounts and links live.
#[derive(Clone, Debug)]
pub enum AccountsIn {
    /// In memory.
    Memory,
    /// In a file that survives `kill -9`.
    File(PathBuf),
}

/// Why the reference SP cannot do what it was told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpError {
    /// The name of an instance is not usable.
    #[error("`{0}` cannot name an instance")]
    InstanceName(String),
}

/// The reference service provider; a clone shares everything.
#[derive(Clone, Debug)]
pub struct ReferenceSp(Config);

impl ReferenceSp {
    /// A reference SP without instances.
    ///
    /// # Errors
    /// See [`SpError`].
    pub fn new(config: Config) -> Result<Self, SpError> {
        Ok(Self(config))
    }

    /// Makes an instance, or makes it anew.
    ///
    /// # Errors
    /// See [`SpError`].
    pub async fn put_instance(&self, name: &str, _: InstanceSeed) -> Result<InstanceInfo, SpError> {
        Err(SpError::InstanceName(format!("{} at {}", name, self.0.base_url)))
    }

    /// Its routes.
    #[must_use]
    pub fn router(&self) -> axum::Router {
        axum::Router::new()
    }
}
