//! What a settings page asks for, and what was typed turned into [`Trust`].

use std::collections::BTreeMap;

use certs::Certificate;
use jiff::Timestamp;
use url::Url;

use crate::{
    personality::{Addresses, Personality},
    trust::{Judge, SignOutService, Trust, entity_id, weakness, web_address},
};

/// A field of a settings page.
#[derive(Debug)]
pub(crate) struct Field {
    /// Its name in the form.
    pub(crate) name: &'static str,
    /// Its label, as the guide names it.
    pub(crate) label: &'static str,
    /// A sentence about what goes in.
    pub(crate) hint: &'static str,
    /// What it is for.
    pub(crate) role: Role,
}

/// What a field is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The address for requests.
    SsoUrl,
    /// The address for requests, or the metadata's.
    LogInOrMetadataUrl,
    /// The identity provider's entity id.
    Issuer,
    /// A certificate, pasted; where `takes_file`, uploaded too, and out of the federation metadata XML.
    Certificate {
        /// Whether there is an upload.
        takes_file: bool,
    },
    /// The federation metadata XML, pasted or uploaded.
    MetadataXml,
}

impl Role {
    /// Whether the field has an upload beside it.
    #[must_use]
    pub(crate) fn takes_file(self) -> bool {
        matches!(self, Self::Certificate { takes_file: true } | Self::MetadataXml)
    }

    /// Whether the field is a text of several lines.
    #[must_use]
    pub(crate) fn is_long(self) -> bool {
        matches!(self, Self::Certificate { .. } | Self::MetadataXml)
    }
}

/// What came with a form, by field name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Typed {
    /// Texts.
    pub(crate) texts: BTreeMap<String, String>,
    /// Uploads that are not empty.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

impl Typed {
    /// The text of a field, without white space around it.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.texts.get(name).map_or("", |text| text.trim())
    }

    /// The upload of a field, else its text.
    fn content(&self, name: &str) -> &[u8] {
        match self.files.get(name) {
            Some(file) => file,
            None => self.text(name).as_bytes(),
        }
    }

    /// Puts uploads into the text of their fields, since a browser does not send a file twice: as text, a certificate in
    /// DER as PEM.
    pub(crate) fn keep_uploads(&mut self) {
        for (name, file) in std::mem::take(&mut self.files) {
            let text = match String::from_utf8(file) {
                Ok(text) => Some(text),
                Err(error) => Certificate::from_text(error.as_bytes())
                    .ok()
                    .map(|certificate| certificate.pem()),
            };
            if let Some(text) = text {
                self.texts.insert(name, text);
            }
        }
    }
}

/// What is wrong, by field name.
pub(crate) type FieldErrors = BTreeMap<&'static str, String>;

/// The address of metadata that was typed where a log-in URL may stand too: to be fetched before [`interpret`].
pub(crate) fn metadata_address<'t>(personality: &Personality, typed: &'t Typed) -> Option<&'t str> {
    let field = personality
        .fields
        .iter()
        .find(|field| field.role == Role::LogInOrMetadataUrl)?;
    let address = typed.text(field.name);
    looks_like_metadata(address).then_some(address)
}

/// Turns what was typed into trust, with what the administrator should know about it.
///
/// `fetched` is what was found at [`metadata_address`]; `current` is what is trusted now: its certificates stay where the
/// certificate field is left empty and the issuer stays, since one identity provider's key must not sign for another.
///
/// # Errors
/// What is wrong, beside each field.
pub(crate) fn interpret(
    personality: &Personality,
    addresses: &Addresses,
    typed: &Typed,
    fetched: Option<Result<Vec<u8>, String>>,
    current: Option<&Trust>,
    judge: &Judge<'_>,
) -> Result<(Trust, Vec<String>), FieldErrors> {
    let mut parts = Parts::new(addresses, judge);
    let mut fetched = fetched;
    for field in personality.fields {
        match field.role {
            Role::LogInOrMetadataUrl => parts.log_in_or_metadata(field, typed, fetched.take()),
            Role::SsoUrl => parts.sso_url(field, typed),
            Role::Issuer => parts.issuer_field = Some((field, typed.text(field.name).to_owned())),
            Role::Certificate { takes_file } => parts.certificate(field, typed, takes_file),
            Role::MetadataXml => parts.metadata_xml(field, typed),
        }
    }
    parts.trust(current)
}

/// What the fields gave so far.
struct Parts<'a> {
    addresses: &'a Addresses,
    judge: &'a Judge<'a>,
    errors: FieldErrors,
    notices: Vec<String>,
    metadata: Option<Trust>,
    sso_url: Option<String>,
    /// Read off an address of Entra's shape.
    derived_issuer: Option<String>,
    issuer_field: Option<(&'static Field, String)>,
    certificates: Vec<Certificate>,
    /// The certificate's field, where there was nothing in it.
    no_certificate: Option<&'static Field>,
}

impl<'a> Parts<'a> {
    fn new(addresses: &'a Addresses, judge: &'a Judge<'a>) -> Self {
        Self {
            addresses,
            judge,
            errors: FieldErrors::new(),
            notices: Vec::new(),
            metadata: None,
            sso_url: None,
            derived_issuer: None,
            issuer_field: None,
            certificates: Vec::new(),
            no_certificate: None,
        }
    }

    fn error(&mut self, field: &'static Field, sentence: impl Into<String>) {
        self.errors.entry(field.name).or_insert_with(|| sentence.into());
    }

    fn log_in_or_metadata(
        &mut self,
        field: &'static Field,
        typed: &Typed,
        fetched: Option<Result<Vec<u8>, String>>,
    ) {
        let address = typed.text(field.name);
        match fetched {
            Some(document) => match document.and_then(|xml| Trust::from_metadata(&xml, Some(address), self.judge)) {
                Ok(trust) => self.metadata = Some(trust),
                Err(error) => self.error(
                    field,
                    format!(
                        "No metadata of an identity provider was found there: {error}. Copy the App Federation Metadata Url \
                         from the application's SAML Certificates card; it has to answer when it is opened in a browser."
                    ),
                ),
            },
            None => {
                self.sso_url(field, typed);
                self.derived_issuer = entra_issuer(address);
                if self.sso_url.is_some() && self.derived_issuer.is_none() {
                    let sentence = "This address does not say who signs people in. Paste the App Federation Metadata URL.";
                    self.error(field, sentence);
                }
            }
        }
    }

    fn sso_url(&mut self, field: &'static Field, typed: &Typed) {
        let address = typed.text(field.name);
        if address.is_empty() {
            return self.error(
                field,
                "Paste the Login URL of the application in Microsoft Entra.",
            );
        }
        if looks_like_metadata(address) {
            return self.error(
                field,
                "This is the address of the metadata. Paste the Login URL, which ends in /saml2.",
            );
        }
        match web_address(address) {
            Ok(_) => self.sso_url = Some(address.to_owned()),
            Err(error) => self.error(field, sentence_of(&error)),
        }
    }

    fn certificate(&mut self, field: &'static Field, typed: &Typed, takes_metadata: bool) {
        let content = typed.content(field.name);
        if content.trim_ascii().is_empty() {
            self.no_certificate = Some(field);
        } else if !takes_metadata && lacks_begin(content) || has_end_alone(content) {
            self.error(field, NO_BEGIN);
        } else if !is_xml(content) {
            match Certificate::from_text(content) {
                Ok(certificate) => match weakness(&certificate) {
                    Some(weakness) => self.error(field, sentence_of(&weakness)),
                    None => self.pasted(certificate),
                },
                Err(error) => self.error(field, format!("{}. {WHOLE_TEXT}", capital(&error.to_string()))),
            }
        } else if takes_metadata {
            self.metadata_xml(field, typed);
        } else {
            self.error(
                field,
                "This is the metadata XML. Paste the text of the Certificate (Base64) or PEM download.",
            );
        }
    }

    fn pasted(&mut self, certificate: Certificate) {
        if self
            .metadata
            .as_ref()
            .is_some_and(|trust| !trust.certificates.contains(&certificate))
        {
            self.notices.push(format!(
                "The metadata does not list the certificate {} that was added. It is trusted, and it alone.",
                certificate.thumbprint()
            ));
        }
        self.certificates = vec![certificate];
    }

    fn metadata_xml(&mut self, field: &'static Field, typed: &Typed) {
        let content = typed.content(field.name);
        if content.trim_ascii().is_empty() {
            return self.error(field, "Upload or paste the Federation Metadata XML.");
        }
        match Trust::from_metadata(content.trim_ascii(), None, self.judge) {
            Ok(trust) => self.metadata = Some(trust),
            Err(error) => self.error(
                field,
                format!("This is not the metadata of an identity provider: {error}."),
            ),
        }
    }

    /// The issuer that was typed, or that the metadata or the address names.
    fn issuer(&mut self) -> Option<String> {
        let metadata = self.metadata.as_ref().map(|trust| trust.issuer.clone());
        let Some((field, typed)) = self.issuer_field.take() else {
            return metadata.or_else(|| self.derived_issuer.clone());
        };
        let is_own = typed == self.addresses.entity_id || typed == self.addresses.acs;
        match metadata {
            Some(issuer) if is_own => {
                self.notices.push(format!(
                    "The {} that was pasted is this application's own. The issuer was taken from the metadata XML: {issuer}",
                    field.label
                ));
                Some(issuer)
            }
            Some(issuer) if typed == issuer || typed.is_empty() => Some(issuer),
            Some(issuer) => {
                self.error(
                    field,
                    format!("The metadata XML names another issuer: {issuer} Paste that one, the Microsoft Entra Identifier."),
                );
                None
            }
            None if is_own => {
                let sentence = "This is this application's own Entity ID. Paste the Microsoft Entra Identifier, \
                    or upload the Federation Metadata XML, which names it.";
                self.error(field, sentence);
                None
            }
            None if typed.is_empty() => {
                self.error(field, "Paste the Microsoft Entra Identifier of the application.");
                None
            }
            None => match entity_id(&typed) {
                Ok(issuer) => {
                    self.compare_with_login(field, &issuer);
                    Some(issuer)
                }
                Err(error) => {
                    self.error(field, sentence_of(&error));
                    None
                }
            },
        }
    }

    /// Warns where the Login URL is that of a tenant which signs as somebody else: responses would be refused.
    fn compare_with_login(&mut self, field: &'static Field, issuer: &str) {
        let usual = self.sso_url.as_deref().and_then(entra_issuer);
        let tenant = usual.as_deref().and_then(|usual| usual.rsplit('/').nth(1));
        if let (Some(usual), Some(tenant)) = (&usual, tenant)
            && !issuer.contains(tenant)
        {
            self.notices.push(format!(
                "The {} is not the issuer that belongs to the Login URL: {usual} Responses of any other than {issuer} are \
                 refused. Paste the Microsoft Entra Identifier.",
                field.label
            ));
        }
    }

    /// The certificates that were added, else those of the same issuer that are in force, else the metadata's.
    fn certificates(&mut self, issuer: Option<&str>, current: Option<&Trust>) -> Vec<Certificate> {
        let in_force = current.filter(|trust| self.no_certificate.is_some() && issuer == Some(&trust.issuer));
        let sources = [
            Some(std::mem::take(&mut self.certificates)),
            in_force.map(|trust| trust.certificates.clone()),
            self.metadata.as_ref().map(|trust| trust.certificates.clone()),
        ];
        let found = sources.into_iter().flatten().find(|found| !found.is_empty());
        if let (None, Some(field)) = (&found, self.no_certificate) {
            match (current, issuer) {
                (None, _) => self.error(
                    field,
                    "Add the certificate of the application's SAML Certificates card.",
                ),
                (Some(_), Some(_)) => self.error(
                    field,
                    "The issuer is another one than before: add its certificate. The one in force is not used for it.",
                ),
                // What is wrong stands beside the issuer.
                (Some(_), None) => {}
            }
        }
        found.unwrap_or_default()
    }

    fn trust(mut self, current: Option<&Trust>) -> Result<(Trust, Vec<String>), FieldErrors> {
        let issuer = self.issuer();
        let certificates = self.certificates(issuer.as_deref(), current);
        // No guide has a field for it: without metadata, what is in force for this issuer stays.
        let known = current.filter(|trust| issuer.as_ref() == Some(&trust.issuer));
        let known = known.and_then(|trust| trust.sign_out.clone());
        let (found, rest) = match self.metadata {
            Some(trust) => (
                Some((trust.sso_url.clone(), trust.sso_post_url.clone())),
                OfMetadata::of(trust),
            ),
            None => {
                let rest = OfMetadata {
                    sign_out: known,
                    ..OfMetadata::default()
                };
                (None, rest)
            }
        };
        // Entra's Login URL takes both bindings (entra-behaviour.md section 1).
        let typed = self.sso_url.map(|url| (url.clone(), Some(url)));
        match (issuer, typed.or(found)) {
            (Some(issuer), Some((sso_url, sso_post_url)))
                if self.errors.is_empty() && !certificates.is_empty() =>
            {
                let trust = Trust {
                    issuer,
                    sso_url,
                    sso_post_url,
                    sign_out: rest.sign_out,
                    certificates,
                    metadata_url: rest.metadata_url,
                    valid_until: rest.valid_until,
                    refresh_at: rest.refresh_at,
                    tried: None,
                    remarks: rest.remarks,
                };
                let notices = trust.notices();
                self.notices
                    .extend(notices.iter().map(|notice| sentence_of(notice)));
                Ok((trust, self.notices))
            }
            _ => Err(self.errors),
        }
    }
}

/// What metadata alone says, and no field.
#[derive(Default)]
struct OfMetadata {
    sign_out: Option<SignOutService>,
    metadata_url: Option<String>,
    valid_until: Option<Timestamp>,
    refresh_at: Option<Timestamp>,
    remarks: Vec<String>,
}

impl OfMetadata {
    fn of(trust: Trust) -> Self {
        Self {
            sign_out: trust.sign_out,
            metadata_url: trust.metadata_url,
            valid_until: trust.valid_until,
            refresh_at: trust.refresh_at,
            remarks: trust.remarks,
        }
    }
}

/// What to do where the beginning of a certificate was not pasted.
const NO_BEGIN: &str = "The line -----BEGIN CERTIFICATE----- is missing. Open the downloaded file in a text editor, select all \
    of it, from that line to -----END CERTIFICATE-----, and paste it.";

/// What to do where a certificate cannot be read.
const WHOLE_TEXT: &str = "Take the Certificate (Base64) or PEM download, and all of its text.";

/// Whether a certificate was pasted without the line that begins it.
fn lacks_begin(content: &[u8]) -> bool {
    let is_text = std::str::from_utf8(content).ok();
    is_text.is_some_and(|text| !text.contains("-----BEGIN ") && is_base64(text))
}

/// Whether the line that ends a certificate is there, and none that begins one.
fn has_end_alone(content: &[u8]) -> bool {
    let is_text = std::str::from_utf8(content).ok();
    is_text.is_some_and(|text| text.contains("-----END ") && !text.contains("-----BEGIN "))
}

/// Whether a text looks like the inside of a certificate: `MII…`.
fn is_base64(text: &str) -> bool {
    let mut letters = text.bytes().filter(|byte| !byte.is_ascii_whitespace());
    text.trim_start().starts_with("MII")
        && letters.all(|byte| byte.is_ascii_alphanumeric() || b"+/=-".contains(&byte))
}

/// Whether an address is that of metadata rather than of a log-in page.
fn looks_like_metadata(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else {
        return false;
    };
    let path = url.path().to_ascii_lowercase();
    path.contains("/federationmetadata") || path.ends_with(".xml") || path.ends_with("/metadata")
}

/// The issuer behind a Login URL of Entra's shape, `…/{tenant id}/saml2` (entra-behaviour.md section 1).
fn entra_issuer(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let tenant = url.path_segments()?.next()?;
    let id = uuid::Uuid::try_parse(tenant).ok()?;
    Some(format!("https://sts.windows.net/{id}/"))
}

fn is_xml(content: &[u8]) -> bool {
    let content = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(content);
    content.trim_ascii_start().starts_with(b"<")
}

/// A fragment as a sentence.
pub(crate) fn sentence_of(error: &str) -> String {
    format!("{}.", capital(error))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
