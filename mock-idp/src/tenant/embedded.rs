//! The tenant files that come with the mock.

use control_api::tenant::TenantFile;

/// Name and text of each.
pub(crate) const EMBEDDED: &[(&str, &str)] = &[
    ("contoso", include_str!("../../tenants/contoso.toml")),
    ("fabrikam", include_str!("../../tenants/fabrikam.toml")),
];

/// A tenant file that comes with the mock: `contoso` (the four guides' applications are configured) or
/// `fabrikam` (users only; the guides are followed there).
///
/// # Panics
///
/// Never: a test reads each file.
#[must_use]
pub fn embedded(name: &str) -> Option<TenantFile> {
    let (name, text) = EMBEDDED.iter().find(|(known, _)| *known == name)?;
    let file = TenantFile::from_toml(&format!("{name}.toml"), text);
    Some(file.expect("the embedded tenant files are sound"))
}

/// A mock that runs one of them.
#[cfg(test)]
pub(crate) fn running(name: &str) -> (crate::MockIdp, std::sync::Arc<super::slot::Slot>) {
    let idp = crate::MockIdp::new(crate::Config {
        base_url: "http://localhost:8080".to_owned(),
        internal_url: None,
        cookie_suffix: "8080".to_owned(),
        guard: control_api::guard::Guard::new(8080, &[], String::new(), false),
        keys: certs::KeyPool::open(None, 2).expect("a pool in memory"),
        certificates: certs::CertificateStore::memory(),
    });
    let file = embedded(name).expect("an embedded file");
    let id = idp
        .put_tenant(file, Some("http://127.0.0.1:8081"))
        .expect("the embedded files are sound")
        .id;
    let slot = idp.state.tenants.find(&id).expect("it was just made");
    (idp, slot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_file_is_sound() {
        for (name, text) in EMBEDDED {
            TenantFile::from_toml(name, text).unwrap_or_else(|errors| panic!("{errors}"));
        }
        assert_eq!(embedded("adventure-works"), None);
    }
}
