//! The NameID: format and value (entra-behaviour.md 3.3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use control_api::tenant::NameIdFormatWord;
use saml_model::{NameId, names};
use uuid::Uuid;

use crate::claims::source_value;
use crate::errors::{self, Stop};
use crate::tenant::{App, Tenant, User};

/// A format that a request may ask for; it overrides the portal's (entra-behaviour.md 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestedFormat {
    /// Persistent: an opaque value per user and application.
    Persistent,
    /// Email address: the configured source.
    EmailAddress,
    /// Unspecified: the configured source (C9).
    Unspecified,
    /// Transient: another value each time.
    Transient,
}

impl RequestedFormat {
    /// The format of this URI, where it is one of the four that Entra supports.
    pub(crate) fn parse(uri: &str) -> Option<Self> {
        Some(match uri {
            names::NAME_ID_PERSISTENT => Self::Persistent,
            names::NAME_ID_EMAIL => Self::EmailAddress,
            names::NAME_ID_UNSPECIFIED => Self::Unspecified,
            names::NAME_ID_TRANSIENT => Self::Transient,
            _ => return None,
        })
    }
}

/// The NameID of `user` for `app`: the request's format, else the portal's, else the source's own. `random` feeds a
/// transient one.
///
/// # Errors
/// 501241 where the source has no value for this user.
pub(crate) fn name_id(
    tenant: &Tenant,
    user: &User,
    app: &App,
    requested: Option<RequestedFormat>,
    sp_name_qualifier: Option<&str>,
    random: Uuid,
) -> Result<NameId, Stop> {
    let configured = &app.entry.name_id;
    let (format, value) = match requested {
        Some(RequestedFormat::Persistent) => (names::NAME_ID_PERSISTENT, pairwise(tenant.id, user.id, app.id)),
        Some(RequestedFormat::Transient) => (names::NAME_ID_TRANSIENT, opaque(random.as_bytes())),
        Some(RequestedFormat::EmailAddress) => (names::NAME_ID_EMAIL, sourced(user, app)?),
        Some(RequestedFormat::Unspecified) => (names::NAME_ID_UNSPECIFIED, sourced(user, app)?),
        None => (
            configured_format(configured.format, &configured.source),
            sourced(user, app)?,
        ),
    };
    Ok(NameId {
        format: Some(format.to_owned()),
        name_qualifier: None,
        sp_name_qualifier: sp_name_qualifier.map(str::to_owned),
        value,
    })
}

/// The portal's choice. "Default" is the source's own format; which one that is for an object id or an employee id
/// is not documented (uncertain).
fn configured_format(word: NameIdFormatWord, source: &str) -> &'static str {
    match word {
        NameIdFormatWord::EmailAddress => names::NAME_ID_EMAIL,
        NameIdFormatWord::Persistent => names::NAME_ID_PERSISTENT,
        NameIdFormatWord::Unspecified => names::NAME_ID_UNSPECIFIED,
        NameIdFormatWord::WindowsDomainQualifiedName => names::NAME_ID_WINDOWS,
        NameIdFormatWord::Default => match source {
            "user.mail" | "user.userprincipalname" => names::NAME_ID_EMAIL,
            _ => names::NAME_ID_UNSPECIFIED,
        },
    }
}

fn sourced(user: &User, app: &App) -> Result<String, Stop> {
    let source = app.entry.name_id.source.as_str();
    source_value(user, source).ok_or_else(|| {
        let name = source.strip_prefix("user.").unwrap_or(source);
        Stop::new(
            errors::NAME_ID_EMPTY,
            &[("source", name), ("transformation", "CreateNameId")],
        )
    })
}

/// Stable for user and application, opaque: 44 characters, as Entra's.
pub(crate) fn pairwise(tenant: Uuid, user: Uuid, app: Uuid) -> String {
    let ids = [tenant, user, app];
    opaque(&ids.map(Uuid::into_bytes).concat())
}

fn opaque(bytes: &[u8]) -> String {
    STANDARD.encode(openssl::sha::sha256(bytes))
}
