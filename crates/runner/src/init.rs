//! A tenant file and an SP file from a service provider's own metadata.

use std::fmt::Write as _;

use saml_accept::metadata::MetadataError;
use saml_accept::xml::Limits;
use saml_model::metadata::SpMetadata;
use saml_model::names;

use crate::published;

/// What the metadata does not tell.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    /// Where the metadata came from: a file or an address.
    pub source: String,
    /// The application's name; absent: the host of the entity id.
    pub name: Option<String>,
    /// The address that starts sign-on at the SP.
    pub sign_on_url: Option<String>,
    /// The address that says as JSON who is signed in.
    pub whoami: Option<String>,
}

/// The two files as texts, and what the user should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// `tenant.toml`.
    pub tenant: String,
    /// `sp.toml`.
    pub sp: String,
    /// Sentences: what Entra would refuse, what must be filled in.
    pub notes: Vec<String>,
}

/// Why no files can be made.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The document is no SP's metadata.
    #[error("this is not an SP's metadata: {0}")]
    Metadata(#[from] MetadataError),
    /// The SP takes no response by HTTP-POST.
    #[error("the metadata names no AssertionConsumerService for {binding}, the only binding in which Entra answers", binding = names::BINDING_HTTP_POST)]
    NoPost,
}

/// Makes both files.
///
/// # Errors
/// [`InitError`].
pub fn files(metadata: &[u8], hints: &Hints) -> Result<Files, InitError> {
    let metadata = saml_accept::metadata::sp(metadata, &Limits::default())?;
    let acs = metadata.default_post_acs().ok_or(InitError::NoPost)?;
    let facts = Facts {
        name: hints
            .name
            .clone()
            .unwrap_or_else(|| default_name(&metadata.entity_id)),
        source: &hints.source,
        metadata: &metadata,
        acs: &acs.endpoint.location,
        sign_on_url: hints.sign_on_url.as_deref(),
        whoami: hints.whoami.as_deref(),
    };
    Ok(Files {
        tenant: facts.tenant_file(),
        sp: facts.sp_file(),
        notes: facts.notes(),
    })
}

/// The host of the entity id, or the last part of a URN.
fn default_name(entity_id: &str) -> String {
    let host = url::Url::parse(entity_id)
        .ok()
        .and_then(|url| url.host_str().map(ToOwned::to_owned));
    host.unwrap_or_else(|| {
        entity_id
            .rsplit([':', '/'])
            .find(|part| !part.is_empty())
            .unwrap_or("sp")
            .to_owned()
    })
}

/// All that the two files say.
struct Facts<'m> {
    name: String,
    source: &'m str,
    metadata: &'m SpMetadata,
    acs: &'m str,
    sign_on_url: Option<&'m str>,
    whoami: Option<&'m str>,
}

impl Facts<'_> {
    fn tenant_file(&self) -> String {
        let format = self
            .metadata
            .name_id_formats
            .iter()
            .find_map(|format| match format.as_str() {
                names::NAME_ID_EMAIL => Some("emailAddress"),
                names::NAME_ID_PERSISTENT => Some("persistent"),
                names::NAME_ID_UNSPECIFIED => Some("unspecified"),
                _ => None,
            });
        format!(
            r#"# Written by `entrant init` from {source}.
# Start it with: entrant serve --tenant tenant.toml

[tenant]
display_name = "Contoso"
domains      = ["contoso.onmicrosoft.com", "contoso.com"]
password     = "entrant-demo"                # of every user; opens nothing but the mock

[[user]]
user_principal_name = "B.Simon@contoso.onmicrosoft.com"
display_name = "B.Simon"
given_name   = "Britta"
surname      = "Simon"
mail         = "b.simon@contoso.com"         # differs from the UPN on purpose
country      = "Germany"

[[app]]
name        = {name}
template    = "non-gallery"
identifiers = [{identifier}]
reply_urls  = [{reply_urls}]
sign_on_url = {sign_on_url}{sign_on_comment}
{logout_url}{token_encryption}name_id     = {{ source = "user.userprincipalname", format = "{format}" }}
assignments = [{{ user = "B.Simon" }}]
"#,
            source = self.source,
            name = quoted(&self.name),
            identifier = quoted(&self.metadata.entity_id),
            reply_urls = self.reply_urls().map(quoted).collect::<Vec<_>>().join(", "),
            sign_on_url = quoted(self.sign_on_url.unwrap_or_default()),
            sign_on_comment = if self.sign_on_url.is_none() {
                " # empty: the tile starts sign-on at the mock"
            } else {
                ""
            },
            logout_url = self
                .single_logout_service()
                .map(|url| format!("logout_url  = {}\n", quoted(url)))
                .unwrap_or_default(),
            token_encryption = self.token_encryption(),
            format = format.unwrap_or("emailAddress"),
        )
    }

    /// The SP's key, imported as an administrator would; who wants encrypted assertions activates it.
    fn token_encryption(&self) -> String {
        let Some(certificate) = published::encryption_certificate(self.metadata) else {
            return String::new();
        };
        format!(
            "# The metadata's encryption certificate. \"active\" encrypts every assertion to it; Entra encrypts none until then.\n\
             token_encryption = {{ certificates = [{{ name = \"sp\", status = \"inactive\", certificate = {} }}] }}\n",
            quoted(&certificate)
        )
    }

    fn single_logout_service(&self) -> Option<&str> {
        published::single_logout_service(self.metadata)
    }

    /// The default first, as Entra takes the first for the default.
    fn reply_urls(&self) -> impl Iterator<Item = &str> {
        let post = self.metadata.assertion_consumer_services.iter();
        let others = post
            .filter(|acs| acs.endpoint.binding == names::BINDING_HTTP_POST)
            .map(|acs| acs.endpoint.location.as_str())
            .filter(|location| *location != self.acs);
        std::iter::once(self.acs).chain(others)
    }

    fn sp_file(&self) -> String {
        let mut text = format!(
            "# Written by `entrant init` from {}.\n\
             # Run it with: entrant test --sp sp.toml --listen 127.0.0.1:8080\n\
             # An SP that is already running must trust the mock: this command prints the App Federation Metadata Url, and both\n\
             # the address and the certificates behind it are kept between runs. Import it into the SP once, then run again.\n\n",
            self.source
        );
        let _ = writeln!(text, "name        = {}", quoted(&self.name));
        if self.source.starts_with("http") {
            let _ = writeln!(text, "metadata    = {}", quoted(self.source));
        } else {
            let _ = writeln!(
                text,
                "entity_id   = {}\nreply_url   = {}",
                quoted(&self.metadata.entity_id),
                quoted(self.acs)
            );
        }
        match self.sign_on_url {
            Some(url) => drop(writeln!(text, "sign_on_url = {}", quoted(url))),
            None => {
                text.push_str("sign_on_url = \"\" # fill in: the address that starts sign-on at this SP\n")
            }
        }
        if self.single_logout_service().is_some() {
            text.push_str(
                "# logout_url  = \"\" # the address that starts single sign-out at this SP; then set single_logout below to true\n",
            );
        }
        let whoami = self.whoami.map_or_else(
            || "url        = \"\" # fill in: an address that says who is signed in, asked with the session's cookies".to_owned(),
            |url| format!("url        = {}", quoted(url)),
        );
        let _ = write!(
            text,
            r#"
[whoami]
{whoami}
identity   = "json:/mail"           # json:POINTER, css:SELECTOR[@attribute], regex:… or header:NAME
match      = "mail"                 # upn | mail | object_id | name_id of the user that signed in
signed_out = {{ status = 401 }}       # or {{ redirect = "/login" }} or {{ body = "text" }}

[supports]
idp_initiated = true
signed        = "assertion"           # assertion | response | both, as the SP wants it
encryption    = {encryption}
single_logout = false
"#,
            encryption = if self.metadata.encryption_certificates.is_empty() {
                "false"
            } else {
                "true                  # its metadata has an encryption certificate"
            },
        );
        text
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for url in self.reply_urls().filter(|url| url.starts_with("http://")) {
            notes.push(format!(
                "Entra would refuse the Reply URL {url}: it takes https only, and http for localhost"
            ));
        }
        if !self.metadata.encryption_certificates.is_empty() {
            notes.push(
                "the SP's metadata has an encryption certificate: tenant.toml has it imported and inactive; make it active to encrypt assertions"
                    .to_owned(),
            );
        }
        if self.sign_on_url.is_none() {
            notes.push("sp.toml lacks `sign_on_url`: metadata does not tell it; fill it in".to_owned());
        }
        if self.whoami.is_none() {
            notes.push(
                "sp.toml lacks the identity probe `[whoami]`: metadata does not tell it; fill it in"
                    .to_owned(),
            );
        }
        notes
    }
}

/// A TOML basic string.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => drop(write!(quoted, "\\u{:04X}", u32::from(control))),
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use control_api::tenant::{CertificateStatus, TenantFile};
    use saml_model::metadata::{Endpoint, IndexedEndpoint};

    fn metadata() -> SpMetadata {
        let acs = |index, location: &str| IndexedEndpoint {
            endpoint: Endpoint {
                binding: names::BINDING_HTTP_POST.into(),
                location: location.into(),
            },
            index,
            is_default: Some(index == 1),
        };
        SpMetadata {
            entity_id: "urn:example:\"orders\"".into(),
            assertion_consumer_services: vec![
                acs(0, "http://127.0.0.1:3000/a"),
                acs(1, "http://127.0.0.1:3000/b"),
            ],
            single_logout_services: vec![Endpoint {
                binding: names::BINDING_HTTP_REDIRECT.into(),
                location: "http://127.0.0.1:3000/slo".into(),
            }],
            name_id_formats: vec![names::NAME_ID_PERSISTENT.into()],
            authn_requests_signed: false,
            want_assertions_signed: false,
            signing_certificates: vec![],
            encryption_certificates: vec![],
        }
    }

    #[test]
    fn both_files_are_read_by_their_own_readers() {
        let mut metadata = metadata();
        metadata.encryption_certificates = vec![vec![1, 2, 3]];
        let facts = Facts {
            name: default_name(&metadata.entity_id),
            source: "sp.xml",
            metadata: &metadata,
            acs: "http://127.0.0.1:3000/b",
            sign_on_url: Some("http://127.0.0.1:3000/login"),
            whoami: Some("http://127.0.0.1:3000/me"),
        };
        let tenant = TenantFile::from_toml("tenant.toml", &facts.tenant_file()).unwrap();
        assert_eq!(tenant.apps[0].identifiers, ["urn:example:\"orders\""]);
        assert_eq!(
            tenant.apps[0].reply_urls,
            ["http://127.0.0.1:3000/b", "http://127.0.0.1:3000/a"]
        );
        assert_eq!(tenant.apps[0].logout_url, "http://127.0.0.1:3000/slo");
        let text = facts.sp_file();
        assert!(text.contains("# logout_url"), "{text}");
        let sp = crate::sp_file::parse("sp.toml", &text).unwrap();
        assert!(!sp.supports.single_logout);
        assert!(sp.supports.encryption);
        let encryption = &tenant.apps[0].token_encryption.certificates[0];
        assert_eq!(
            (encryption.certificate.as_str(), encryption.status),
            ("AQID", CertificateStatus::Inactive)
        );
        // Both files say the same, whatever the metadata leaves open.
        assert_eq!(sp.supports.signed.option(), "assertion");
        assert_eq!(
            serde_json::to_value(tenant.apps[0].signing.option).unwrap(),
            "assertion"
        );
        assert!(
            facts
                .notes()
                .iter()
                .any(|note| note.contains("Entra would refuse"))
        );
    }

    #[test]
    fn an_sp_without_an_encryption_key_gets_neither_key_nor_note() {
        let metadata = metadata();
        let facts = Facts {
            name: default_name(&metadata.entity_id),
            source: "sp.xml",
            metadata: &metadata,
            acs: "http://127.0.0.1:3000/b",
            sign_on_url: Some("http://127.0.0.1:3000/login"),
            whoami: Some("http://127.0.0.1:3000/me"),
        };
        assert!(!facts.tenant_file().contains("token_encryption"));
        let sp = crate::sp_file::parse("sp.toml", &facts.sp_file()).unwrap();
        assert!(!sp.supports.encryption);
        assert!(!facts.notes().iter().any(|note| note.contains("encryption")));
    }
}
