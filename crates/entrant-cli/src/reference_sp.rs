//! Starting the reference service provider in this process; it is reached over HTTP only.

use std::net::SocketAddr;

use certs::StateDir;
use control_api::guard::Guard;
use entrant::server::{self, Limits};
use sp_under_test::{AccountsIn, Config, ReferenceSp};

use crate::error::{Stop, cannot_listen};

/// A running reference SP.
pub(crate) struct Running {
    pub(crate) sp: ReferenceSp,
    /// Base URL, without a trailing slash.
    pub(crate) base_url: String,
}

/// Listens on `address` and serves. Its own key is kept in the state directory, so that a certificate which was
/// registered for its requests stays right.
pub(crate) async fn start(
    address: SocketAddr,
    token: &str,
    accounts: AccountsIn,
    state: &StateDir,
) -> Result<Running, Stop> {
    let failed = |source: std::io::Error| cannot_listen(address, "--sp-listen", &source);
    let listener = tokio::net::TcpListener::bind(address).await.map_err(failed)?;
    let local = listener.local_addr().map_err(failed)?;
    // Not `localhost`: the mock is there, and a post between the two must be cross-site.
    let ip = if local.ip().is_unspecified() {
        std::net::Ipv4Addr::LOCALHOST.into()
    } else {
        local.ip()
    };
    let base_url = format!("http://{}", SocketAddr::new(ip, local.port()));
    let sp = ReferenceSp::new(Config {
        base_url: base_url.clone(),
        cookie_suffix: local.port().to_string(),
        guard: Guard::new(local.port(), &[], token.to_owned(), !local.ip().is_loopback()),
        accounts,
        certificates: Some(state.certificates()),
    })
    .map_err(Stop::usage)?;
    let never = std::future::pending();
    tokio::spawn(server::serve(listener, sp.router(), Limits::default(), never));
    Ok(Running { sp, base_url })
}
