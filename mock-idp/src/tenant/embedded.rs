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
