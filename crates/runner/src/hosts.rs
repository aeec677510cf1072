//! Where attacks may be sent: loopback and private ranges, and what `--allow-host` names.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::Subject;
use crate::scenario::Scenario;
use crate::sp_file::SpFile;

/// A host for [`crate::Options::allow_hosts`], in the form that addresses have it.
///
/// # Errors
/// What was expected: a host alone, so that no form is taken which would never match.
pub fn allowed_host(text: &str) -> Result<String, String> {
    let parsed = match text.parse::<Ipv6Addr>() {
        Ok(ip) => Some(Host::Ipv6(ip)),
        Err(_) => Host::parse(text).ok(),
    };
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let is_host = |host: &Host| match host {
        Host::Domain(name) => name.chars().all(is_word) && !name.trim_end_matches('.').is_empty(),
        Host::Ipv4(_) | Host::Ipv6(_) => true,
    };
    let host = parsed.filter(is_host).map(|host| host.to_string());
    host.ok_or_else(|| {
        "expected one host without scheme, port, path or pattern, such as shop.example, 192.0.2.1 or 2001:db8::1"
            .to_owned()
    })
}

/// Checks that no scenario attacks a host of somebody else's, as far as the SP's addresses are known before it runs. A name
/// is judged by all that it resolves to; one that does not resolve is met by nobody.
///
/// # Errors
/// Every host that is neither loopback, nor private, nor among `allowed`, with the way out.
pub async fn check_hosts(
    scenarios: &[Scenario],
    subject: &Subject,
    allowed: &[String],
) -> Result<(), String> {
    match subject {
        Subject::Foreign(file) => may_be_attacked(scenarios, file, allowed).await,
        Subject::Reference => Ok(()),
    }
}

/// As [`check_hosts`], of an SP whose file names every address that is known.
pub(crate) async fn may_be_attacked(
    scenarios: &[Scenario],
    file: &SpFile,
    allowed: &[String],
) -> Result<(), String> {
    if !scenarios.iter().any(Scenario::attacks) {
        return Ok(());
    }
    let mut problems = Vec::new();
    for (key, address) in addresses(file) {
        // What is no address yet gets its port from the SP.
        let Ok(url) = Url::parse(address) else { continue };
        let Some(host) = url.host_str() else { continue };
        if let Some(outside) = outside(&url, allowed).await {
            let at = if host.trim_matches(['[', ']']) == outside.to_string() {
                String::new()
            } else {
                format!(" ({outside})")
            };
            problems.push(format!(
                "`{key}` is at {host}{at}, which is neither loopback nor in a private range, and attacks were selected: \
                 if it is yours to attack, `--allow-host {host}` says so"
            ));
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.join("\n"))
    }
}

/// The address of somebody else's for which the host stands; `None`: it is one's own, or among `allowed`, or it does not
/// resolve.
pub(crate) async fn outside(url: &Url, allowed: &[String]) -> Option<IpAddr> {
    if is_allowed(url.host_str()?, allowed) {
        return None;
    }
    resolved(url).await.into_iter().find(|ip| !is_own(*ip))
}

/// Finds the addresses of names, and refuses a name that stands for somebody else's, every time that a connection is made: one
/// that did not resolve before the run, or resolves to something else now, is judged then.
pub(crate) struct OwnHosts {
    names: Arc<dyn Resolve>,
    allowed: Vec<String>,
}

/// A name of somebody else's host, where attacks run.
#[derive(Debug, thiserror::Error)]
#[error(
    "{name} is at {ip}, which is neither loopback nor in a private range: if it is yours, `--allow-host {name}` says so"
)]
pub(crate) struct NotOwn {
    name: String,
    ip: IpAddr,
}

impl OwnHosts {
    /// By the system's resolver.
    pub(crate) fn new(allowed: &[String]) -> Self {
        Self {
            names: Arc::new(System),
            allowed: allowed.to_vec(),
        }
    }
}

impl Resolve for OwnHosts {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let is_allowed = is_allowed(&host, &self.allowed);
        let resolving = self.names.resolve(name);
        Box::pin(async move {
            let found: Vec<SocketAddr> = resolving.await?.collect();
            let mut ips = found.iter().map(SocketAddr::ip);
            match ips.find(|ip| !is_allowed && !is_own(*ip)) {
                Some(ip) => Err(NotOwn { name: host, ip }.into()),
                None => Ok(Box::new(found.into_iter()) as Addrs),
            }
        })
    }
}

/// The system's resolver.
struct System;

impl Resolve for System {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // Port 0: the client puts that of the address.
            let found: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

fn is_allowed(host: &str, allowed: &[String]) -> bool {
    let plain = |host: &str| host.trim_end_matches('.').to_ascii_lowercase();
    let host = plain(host);
    allowed.iter().any(|allowed| plain(allowed) == host)
}

/// Whether the SP is at loopback addresses alone, so that it reaches what listens there.
pub(crate) async fn is_on_this_machine(file: &SpFile) -> bool {
    for (_, address) in addresses(file) {
        let Ok(url) = Url::parse(address) else { continue };
        if resolved(&url).await.iter().any(|ip| !ip.is_loopback()) {
            return false;
        }
    }
    true
}

/// The addresses that the agent visits, by key of the SP file.
fn addresses(file: &SpFile) -> impl Iterator<Item = (&'static str, &str)> {
    let addresses = [
        ("sign_on_url", &file.sign_on_url),
        ("reply_url", &file.reply_url),
        ("logout_url", &file.logout_url),
        ("whoami.url", &file.whoami.url),
    ];
    addresses
        .into_iter()
        .filter_map(|(key, address)| Some((key, address.as_deref()?)))
}

/// Every IP address that the host stands for.
async fn resolved(url: &Url) -> Vec<IpAddr> {
    match url.host() {
        Some(Host::Ipv4(ip)) => vec![ip.into()],
        Some(Host::Ipv6(ip)) => vec![ip.into()],
        Some(Host::Domain(name)) => {
            let port = url.port_or_known_default().unwrap_or_default();
            let found = tokio::net::lookup_host((name, port)).await;
            found.into_iter().flatten().map(|address| address.ip()).collect()
        }
        None => Vec::new(),
    }
}

/// Loopback, or of a range that is nobody's on the internet (RFC 1918, RFC 4193). Link-local addresses are left out: cloud
/// machines find their own secrets there.
fn is_own(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_unspecified(),
        IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
            Some(ip) => is_own(ip.into()),
            None => ip.is_loopback() || ip.is_unique_local() || ip == Ipv6Addr::UNSPECIFIED,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::parse_one;

    fn scenario(step: &str) -> Scenario {
        let text = format!("title = \"t\"\napp = \"a\"\nuser = \"B\"\n[[step]]\n{step}\n");
        parse_one("s.toml", &text, false).unwrap()
    }

    fn subject(host: &str) -> Subject {
        let text = format!(
            "name = \"sp\"\nentity_id = \"urn:sp\"\nreply_url = \"http://{host}:1/acs\"\nsign_on_url = \"http://127.0.0.1/login\"\n\
             [whoami]\nurl = \"http://localhost/me\"\nidentity = \"json:/mail\"\nmatch = \"mail\"\n"
        );
        Subject::Foreign(Box::new(crate::sp_file::parse("sp.toml", &text).unwrap()))
    }

    #[tokio::test]
    async fn only_what_is_ones_own_is_attacked() {
        let attack = [scenario(
            "sign_in = { fault = \"sig-none\" }\nexpect = { outcome = \"refused\" }",
        )];
        let plain = [
            scenario("sign_in = {}\nexpect = { outcome = \"signed-in\" }"),
            scenario(
                "sign_in = { faults = [{ id = \"aadsts\", code = \"50000\" }] }\nexpect = { outcome = \"stopped-at-idp\", code = \"AADSTS50000\" }",
            ),
        ];
        let allowed = |hosts: &[&str]| hosts.iter().map(ToString::to_string).collect::<Vec<_>>();
        for (scenarios, host, allow, refused) in [
            (&attack[..], "127.0.0.2", &[][..], None),
            (&attack, "localhost", &[], None),
            (&attack, "10.1.2.3", &[], None),
            (&attack, "172.31.0.1", &[], None),
            (&attack, "192.168.1.1", &[], None),
            (&attack, "[::1]", &[], None),
            (&attack, "[fd00::1]", &[], None),
            (&attack, "[::ffff:10.0.0.1]", &[], None),
            (&attack, "nobody.invalid", &[], None),
            (&attack, "172.32.0.1", &[], Some("172.32.0.1")),
            (&attack, "169.254.169.254", &[], Some("169.254.169.254")),
            (&attack, "[2001:db8::1]", &[], Some("[2001:db8::1]")),
            (&attack, "[::ffff:8.8.8.8]", &[], Some("[::ffff:808:808]")),
            (&attack, "192.0.2.1", &["192.0.2.2"], Some("192.0.2.1")),
            (&attack, "192.0.2.1", &["192.0.2.2", "192.0.2.1"], None),
            (&plain, "192.0.2.1", &[], None),
        ] {
            let told = check_hosts(scenarios, &subject(host), &allowed(allow)).await;
            match refused {
                None => assert_eq!(told, Ok(()), "{host}"),
                Some(host) => {
                    let told = told.unwrap_err();
                    assert!(told.starts_with(&format!("`reply_url` is at {host}")), "{told}");
                    assert!(told.contains(&format!("`--allow-host {host}`")), "{told}");
                }
            }
        }
        assert_eq!(check_hosts(&attack, &Subject::Reference, &[]).await, Ok(()));
    }

    #[test]
    fn a_host_is_allowed_in_any_spelling_and_nothing_else_is_taken_for_one() {
        for (text, host) in [
            ("2001:db8::1", "[2001:db8::1]"),
            ("[2001:DB8:0::1]", "[2001:db8::1]"),
            ("192.0.2.1", "192.0.2.1"),
            ("Shop.Example", "shop.example"),
            ("b\u{fc}cher.example", "xn--bcher-kva.example"),
            ("app_1", "app_1"),
        ] {
            let url = Url::parse(&format!("http://{host}:8443/x")).unwrap();
            let allowed = allowed_host(text).unwrap();
            assert_eq!(allowed, host);
            assert!(is_allowed(url.host_str().unwrap(), &[allowed]), "{text}");
        }
        assert!(is_allowed("shop.example.", &["shop.example".to_owned()]));
        for wrong in [
            "",
            ".",
            "http://shop.example",
            "shop.example:443",
            "[2001:db8::1]:443",
            "*",
            "*.example",
            "8.8.8.0/24",
            "shop.example/",
            "a b",
        ] {
            let told = allowed_host(wrong).unwrap_err();
            assert!(
                told.starts_with("expected one host without scheme, port"),
                "{wrong}"
            );
        }
    }

    /// A resolver whose answers change, as one that rebinds a name does.
    struct Changing(std::sync::Mutex<Vec<IpAddr>>);

    impl Resolve for Changing {
        fn resolve(&self, _: Name) -> Resolving {
            let next = self.0.lock().unwrap().pop();
            Box::pin(async move {
                let ip = next.ok_or("nobody knows the name")?;
                Ok(Box::new(std::iter::once(SocketAddr::new(ip, 0))) as Addrs)
            })
        }
    }

    #[tokio::test]
    async fn a_name_is_judged_at_every_connection() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        // Each answer closes its connection, so that the next request has to make one.
        let answer = || async { ([("connection", "close")], "here") };
        tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(answer)).await });
        let url = Url::parse(&format!("http://shop.test:{port}/")).unwrap();
        let (own, other) = ("127.0.0.1".parse().unwrap(), "192.0.2.1".parse().unwrap());
        let names = Changing(vec![other, own].into());
        let http = crate::agent::client_with(OwnHosts {
            names: Arc::new(names),
            allowed: Vec::new(),
        })
        .unwrap();
        let mut agent = crate::agent::Agent::new(&http);
        assert_eq!(agent.open(&url).await.unwrap().body, "here");
        let told = agent.open(&url).await.unwrap_err().to_string();
        assert!(
            told.contains("shop.test is at 192.0.2.1, which is neither loopback"),
            "{told}"
        );
        assert!(told.contains("`--allow-host shop.test`"), "{told}");
        let told = agent.open(&url).await.unwrap_err().to_string();
        assert!(told.contains("nobody knows the name"), "{told}");

        let allowed = OwnHosts {
            names: Arc::new(Changing(vec![other].into())),
            allowed: vec!["shop.test".to_owned()],
        };
        let found = allowed.resolve("shop.test".parse().unwrap()).await.ok().unwrap();
        assert_eq!(found.collect::<Vec<_>>(), [SocketAddr::new(other, 0)]);
        let found = OwnHosts::new(&[]).resolve("localhost".parse().unwrap()).await;
        assert!(found.ok().unwrap().all(|address| address.ip().is_loopback()));
        assert!(
            OwnHosts::new(&[])
                .resolve("192.0.2.1".parse().unwrap())
                .await
                .is_err()
        );
    }
}
