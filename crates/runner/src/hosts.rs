//! Where attacks may be sent: loopback and private ranges, and what `--allow-host` names.

use std::net::{IpAddr, Ipv6Addr};

use url::{Host, Url};

use crate::Subject;
use crate::scenario::Scenario;
use crate::sp_file::SpFile;

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
    let host = url.host_str()?;
    if allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(host)) {
        return None;
    }
    resolved(url).await.into_iter().find(|ip| !is_own(*ip))
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
}
