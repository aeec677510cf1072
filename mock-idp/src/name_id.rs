//! The NameID: format and value (entra-behaviour.md 3.3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use control_api::tenant::{NameIdFormatWord, Switch};
use saml_model::{NameId, names};
use uuid::Uuid;

use crate::claims::source_value;
use crate::errors::{self, Stop};
use crate::tenant::{App, Tenant, User};

const MAIL: &str = "user.mail";
const USER_PRINCIPAL_NAME: &str = "user.userprincipalname";

/// A format that a request may ask for; it overrides the portal's (entra-behaviour.md 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestedFormat {
    /// Persistent: an opaque value per user and application.
    Persistent,
    /// Email address: mail or UPN.
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
    let configured = app.entry.name_id.source();
    let (format, value) = match requested {
        Some(RequestedFormat::Persistent) => {
            (names::NAME_ID_PERSISTENT, pairwise(tenant.id, user.id, app.id))
        }
        Some(RequestedFormat::Transient) => (names::NAME_ID_TRANSIENT, opaque(random.as_bytes())),
        Some(RequestedFormat::EmailAddress) => {
            (names::NAME_ID_EMAIL, sourced(user, address_source(configured))?)
        }
        Some(RequestedFormat::Unspecified) if app.has(Switch::UnspecifiedPairwise) => {
            (names::NAME_ID_UNSPECIFIED, pairwise(tenant.id, user.id, app.id))
        }
        Some(RequestedFormat::Unspecified) => (names::NAME_ID_UNSPECIFIED, sourced(user, configured)?),
        None => configured_name_id(tenant, user, app)?,
    };
    Ok(NameId {
        format: Some(format.to_owned()),
        name_qualifier: None,
        sp_name_qualifier: sp_name_qualifier.map(str::to_owned),
        value,
    })
}

/// The portal's choice. Persistent with the Default source is the pairwise value; with a source that is written down
/// it is that source's (uncertain).
fn configured_name_id(tenant: &Tenant, user: &User, app: &App) -> Result<(&'static str, String), Stop> {
    let entry = &app.entry.name_id;
    let is_pairwise = entry.format == NameIdFormatWord::Persistent && entry.source.is_none();
    let value = if is_pairwise {
        pairwise(tenant.id, user.id, app.id)
    } else {
        sourced(user, entry.source())?
    };
    Ok((configured_format(entry.format, entry.source()), value))
}

/// "Default" is the source's own format; which one that is for an object id or an employee id is not documented
/// (uncertain).
fn configured_format(word: NameIdFormatWord, source: &str) -> &'static str {
    match word {
        NameIdFormatWord::EmailAddress => names::NAME_ID_EMAIL,
        NameIdFormatWord::Persistent => names::NAME_ID_PERSISTENT,
        NameIdFormatWord::Unspecified => names::NAME_ID_UNSPECIFIED,
        NameIdFormatWord::WindowsDomainQualifiedName => names::NAME_ID_WINDOWS,
        NameIdFormatWord::Default => match source {
            MAIL | USER_PRINCIPAL_NAME => names::NAME_ID_EMAIL,
            _ => names::NAME_ID_UNSPECIFIED,
        },
    }
}

/// A request for an email address was answered with UPN or mail, whatever the portal made of it (3.3; the report is of
/// 2018): the configured source where it is one of these, else the UPN (uncertain).
fn address_source(configured: &str) -> &str {
    match configured {
        MAIL => MAIL,
        _ => USER_PRINCIPAL_NAME,
    }
}

fn sourced(user: &User, source: &str) -> Result<String, Stop> {
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
