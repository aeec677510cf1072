//! A mock Microsoft Entra ID, embedded in a program: the mock and nothing else.
//!
//! ```no_run
//! # async fn example() -> Result<(), entrant::StartError> {
//! let entra = entrant::MockEntra::start().await?;
//! let tenant = &entra.tenants()[0];
//! println!("trust {}", tenant.apps[0].metadata);
//! # Ok(()) }
//! ```
//!
//! [`MockEntra::start`] binds a free loopback port; [`MockEntra::builder`] says otherwise. The mock ends when
//! the value is dropped.

pub mod server;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use certs::{CertificateStore, CertsError, KeyPool};
use control_api::guard::{Guard, is_loopback};
use control_api::idp::TenantInfo;
use control_api::tenant::TenantFile;
use mock_idp::{Config, MockIdp};

pub use control_api::tenant;
pub use mock_idp::{SpEvents, SpLink, TenantError, embedded};

/// How a mock is started.
#[derive(Debug, Default)]
pub struct Builder {
    listen: Option<SocketAddr>,
    public_url: Option<url::Url>,
    internal_url: Option<url::Url>,
    state_dir: Option<PathBuf>,
    keep_certificates: bool,
    control_token: Option<String>,
}

/// Why a mock could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A key or certificate could not be made, read or written.
    #[error(transparent)]
    Certs(#[from] CertsError),
    /// An embedded tenant does not resolve; a defect of this program.
    #[error(transparent)]
    Tenant(#[from] TenantError),
    /// No randomness for the control token.
    #[error("no randomness for the control token: {0}")]
    Randomness(#[from] openssl::error::ErrorStack),
}

impl Builder {
    /// Listens there instead of on a free loopback port.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = Some(address);
        self
    }

    /// The address by which browsers reach the mock, where it is not the listener's own.
    #[must_use]
    pub fn public_url(mut self, url: Option<url::Url>) -> Self {
        self.public_url = url;
        self
    }

    /// The address by which service providers reach the mock from inside, such as a container's name.
    #[must_use]
    pub fn internal_url(mut self, url: Option<url::Url>) -> Self {
        self.internal_url = url;
        self
    }

    /// Keeps the key pool in this directory, so that a second start waits for no key.
    #[must_use]
    pub fn state_dir(mut self, directory: PathBuf) -> Self {
        self.state_dir = Some(directory);
        self
    }

    /// Keeps the tenants' certificates in the state directory too, so that a trust outlives the process.
    #[must_use]
    pub fn keep_certificates(mut self) -> Self {
        self.keep_certificates = true;
        self
    }

    /// The control token, instead of a generated one.
    #[must_use]
    pub fn control_token(mut self, token: Option<String>) -> Self {
        self.control_token = token;
        self
    }

    /// Starts the mock with the embedded tenants Contoso and Fabrikam left out: [`MockEntra::put_tenant`] adds
    /// what is wanted.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start_empty(self) -> Result<MockEntra, StartError> {
        let address = self
            .listen
            .unwrap_or(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0));
        let listen_error = |source| StartError::Listen { address, source };
        let listener = tokio::net::TcpListener::bind(address)
            .await
            .map_err(listen_error)?;
        let local = listener.local_addr().map_err(listen_error)?;
        let token = self.control_token.map_or_else(random_token, Ok)?;
        let base_url = match &self.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("http://{}:{}", host_name(local.ip()), local.port()),
        };
        let urls: Vec<_> = self
            .public_url
            .iter()
            .chain(&self.internal_url)
            .cloned()
            .collect();
        // Behind a proxy or a tunnel everybody comes from loopback.
        let token_required = !local.ip().is_loopback() || !urls.iter().all(is_loopback);
        let certificates = match (&self.state_dir, self.keep_certificates) {
            (Some(directory), true) => CertificateStore::directory(directory.join("certificates")),
            _ => CertificateStore::memory(),
        };
        let idp = MockIdp::new(Config {
            base_url: base_url.clone(),
            internal_url: self
                .internal_url
                .map(|url| url.as_str().trim_end_matches('/').to_owned()),
            cookie_suffix: local.port().to_string(),
            guard: Guard::new(local.port(), &urls, token.clone(), token_required),
            keys: KeyPool::open(self.state_dir.as_deref(), KeyPool::DEFAULT_SIZE)?,
            certificates,
        });
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let stopped = async {
            // An error means that the sender was dropped, which is the signal to end.
            let _ = stopped.await;
        };
        tokio::spawn(server::serve(
            listener,
            idp.router(),
            server::Limits::default(),
            stopped,
        ));
        Ok(MockEntra {
            idp,
            base_url,
            address: local,
            token,
            token_required,
            _stop: stop,
        })
    }

    /// Starts the mock with the embedded tenants Contoso and Fabrikam.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(self) -> Result<MockEntra, StartError> {
        let entra = self.start_empty().await?;
        for name in ["contoso", "fabrikam"] {
            let file = embedded(name).expect("both embedded tenants exist");
            entra.put_tenant(file, None)?;
        }
        Ok(entra)
    }
}

/// A running mock. It stops answering when this value is dropped.
pub struct MockEntra {
    idp: MockIdp,
    base_url: String,
    address: SocketAddr,
    token: String,
    token_required: bool,
    /// Dropped with this value, which ends the server.
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl MockEntra {
    /// How a mock is started, to be changed.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Starts a mock on a free loopback port, with keys in memory and the embedded tenants.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Adds or replaces a tenant; `sp` is what `{sp}` stands for in its addresses. The PFX files that it names are read; a
    /// path that is relative must be made whole first ([`TenantFile::count_paths_from`]).
    ///
    /// # Errors
    /// What is wrong with the tenant.
    pub fn put_tenant(&self, file: TenantFile, sp: Option<&str>) -> Result<TenantInfo, TenantError> {
        self.idp.put_tenant(file, sp)
    }

    /// Every tenant with its users, applications and addresses.
    #[must_use]
    pub fn tenants(&self) -> Vec<TenantInfo> {
        self.idp.tenants()
    }

    /// Base URL, without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The address that is listened on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Base URL of the control API.
    #[must_use]
    pub fn control_url(&self) -> String {
        format!(
            "http://{}:{}/_entrant/v1",
            host_name(self.address.ip()),
            self.address.port()
        )
    }

    /// The control token.
    #[must_use]
    pub fn control_token(&self) -> &str {
        &self.token
    }

    /// Whether control requests are refused without the token: the mock is reached by others than this machine.
    #[must_use]
    pub fn demands_control_token(&self) -> bool {
        self.token_required
    }

    /// The identity provider itself, for a program that composes it with more.
    #[must_use]
    pub fn idp(&self) -> &MockIdp {
        &self.idp
    }
}

/// The name by which this machine reaches a listener. Loopback is called `localhost`, so that a service
/// provider at 127.0.0.1 is another site to a browser.
fn host_name(ip: IpAddr) -> String {
    match ip {
        _ if ip.is_loopback() || ip.is_unspecified() => "localhost".to_owned(),
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// 32 random bytes as lower-case hex.
///
/// # Errors
/// When OpenSSL has no randomness.
pub fn random_token() -> Result<String, openssl::error::ErrorStack> {
    let mut bytes = [0; 32];
    openssl::rand::rand_bytes(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use super::MockEntra;

    #[tokio::test]
    async fn whoever_is_reached_by_others_demands_the_token() {
        for (url, demanded) in [
            (None, false),
            (Some("http://localhost:9000"), false),
            (Some("https://127.0.0.1"), false),
            (Some("https://idp.example"), true),
        ] {
            let url = url.map(|url| url.parse().unwrap());
            let builder = MockEntra::builder().public_url(url.clone());
            let entra = builder.start_empty().await.unwrap();
            assert_eq!(entra.demands_control_token(), demanded, "{url:?}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_started_mock_serves_contoso_and_ends_with_its_value() {
        let entra = MockEntra::start().await.unwrap();
        let domains: Vec<_> = entra.tenants().into_iter().map(|tenant| tenant.domain).collect();
        assert_eq!(domains, ["contoso.onmicrosoft.com", "fabrikam.onmicrosoft.com"]);
        let address = entra.address();
        let mut stream = TcpStream::connect(address).unwrap();
        stream
            .write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        drop(entra);
        while TcpStream::connect(address).is_ok() {
            tokio::task::yield_now().await;
        }
    }
}
