//! Which reply URLs may be registered (entra-behaviour.md 2.4; contracts.md section 4).

use serde::Serialize;
use url::Host;

/// The longest reply URL, in characters (entra-behaviour.md 2.4).
const CHARACTERS_MAX: usize = 256;

/// Characters that Entra does not take (entra-behaviour.md 2.4).
const NOT_TAKEN: &[char] = &['!', '$', '\'', '(', ')', ',', ';'];

/// Top-level domains that nobody on the internet has (RFC 2606, RFC 6762, RFC 8375, and ICANN's `internal`).
const PRIVATE_DOMAINS: &[&str] = &[
    "localhost",
    "test",
    "example",
    "invalid",
    "local",
    "internal",
    "lan",
    "home.arpa",
];

/// Whose rule holds for reply URLs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ReplyUrlPolicy {
    /// An administrator's manifest: http on a loopback or private host too.
    #[default]
    Manifest,
    /// The admin center's: https, and http on `localhost` and `127.0.0.1` alone.
    Entra,
}

/// What is wrong with a reply URL, an http or https address, under a policy.
#[must_use]
pub fn reply_url_problem(address: &str, policy: ReplyUrlPolicy) -> Option<String> {
    let length = address.chars().count();
    if length > CHARACTERS_MAX {
        return Some(format!(
            "a reply URL of {length} characters: at most {CHARACTERS_MAX}"
        ));
    }
    let url = url::Url::parse(address).ok()?;
    let host = url.host()?;
    let plain = url.scheme() == "http";
    match policy {
        ReplyUrlPolicy::Manifest if plain && !is_private(&host) => Some(format!(
            "`{address}`: http is for loopback and private hosts, this one takes https"
        )),
        ReplyUrlPolicy::Entra if matches!(host, Host::Ipv6(address) if address.is_loopback()) => {
            Some(format!("`{address}`: Entra does not take [::1]: write localhost"))
        }
        ReplyUrlPolicy::Entra if plain && !is_this_machine(&host) => Some(format!(
            "`{address}`: Entra takes http on localhost and 127.0.0.1 alone: write https"
        )),
        ReplyUrlPolicy::Entra => address
            .chars()
            .find(|character| NOT_TAKEN.contains(character))
            .map(|character| format!("`{address}`: Entra does not take the character {character}")),
        ReplyUrlPolicy::Manifest => None,
    }
}

fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => *address == std::net::Ipv4Addr::LOCALHOST,
        Host::Ipv6(_) => false,
    }
}

/// A host that is not on the internet; a name of one label is one of a container's or an office's network.
fn is_private(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            let below = |domain: &str| {
                let labels = name.strip_suffix(domain);
                labels.is_some_and(|labels| labels.is_empty() || labels.ends_with('.'))
            };
            !name.contains('.') || PRIVATE_DOMAINS.iter().any(|domain| below(domain))
        }
        Host::Ipv4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
        Host::Ipv6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_each_policy_takes() {
        for (address, manifest, entra) in [
            ("https://sp.contoso.com/acs", true, true),
            ("https://*.contoso.com/acs", true, true),
            ("https://sp.contoso.com/acs?a=b", true, true),
            ("http://localhost:3000/acs", true, true),
            ("http://127.0.0.1:3000/acs", true, true),
            ("http://127.0.0.2/acs", true, false),
            ("http://[::1]/acs", true, false),
            ("https://[::1]/acs", true, false),
            ("http://app:3000/acs", true, false),
            ("http://sp.test/acs", true, false),
            ("http://10.1.2.3/acs", true, false),
            ("http://sp.contoso.com/acs", false, false),
            ("http://localhost.contoso.com/acs", false, false),
            ("http://contosotest/acs", true, false),
            ("http://contoso.latest/acs", false, false),
            ("https://sp.contoso.com/acs;x", true, false),
            (&format!("https://sp.contoso.com/{}", "a".repeat(233)), true, true),
            (
                &format!("https://sp.contoso.com/{}", "a".repeat(234)),
                false,
                false,
            ),
        ] {
            let taken = |policy| reply_url_problem(address, policy).is_none();
            assert_eq!(
                (taken(ReplyUrlPolicy::Manifest), taken(ReplyUrlPolicy::Entra)),
                (manifest, entra),
                "{address}"
            );
        }
    }
}
