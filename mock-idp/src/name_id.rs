//! The NameID: format and value (entra-behaviour.md 3.3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use control_api::tenant::{NameIdFormatWord, Origin, Source, Switch};
use saml_model::{NameId, names};
use uuid::Uuid;

use crate::claims::{Chosen, Inputs, Subject, chosen, meets, outcome};
use crate::errors::{self, Stop};

const MAIL: &str = "mail";
const USER_PRINCIPAL_NAME: &str = "userprincipalname";
const PAIRWISE: &str = "pairwiseid";

/// Characters of a NameID that a transformation made.
const NAME_ID_CHARACTERS_MAX: usize = 256;

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

/// The NameID of a user for an application: the request's format, else the portal's, else the source's own. `random`
/// feeds a transient one.
///
/// # Errors
/// 501241 where the source has no value for this user.
pub(crate) fn name_id(
    subject: &Subject<'_>,
    requested: Option<RequestedFormat>,
    sp_name_qualifier: Option<&str>,
    random: Uuid,
) -> Result<NameId, Stop> {
    let app = subject.app;
    let (format, value) = match requested {
        Some(RequestedFormat::Persistent) => (names::NAME_ID_PERSISTENT, pairwise_of(subject)),
        Some(RequestedFormat::Transient) => (names::NAME_ID_TRANSIENT, opaque(random.as_bytes())),
        Some(RequestedFormat::EmailAddress) => (names::NAME_ID_EMAIL, address(subject)?),
        Some(RequestedFormat::Unspecified) if app.has(Switch::UnspecifiedPairwise) => {
            (names::NAME_ID_UNSPECIFIED, pairwise_of(subject))
        }
        Some(RequestedFormat::Unspecified) => {
            let configured = configured(subject, NameIdFormatWord::Unspecified)?;
            (configured.format, configured.value)
        }
        None => {
            let configured = configured(subject, app.entry.issued_name_id().format)?;
            (configured.format, configured.value)
        }
    };
    Ok(NameId {
        format: Some(format.to_owned()),
        name_qualifier: None,
        sp_name_qualifier: sp_name_qualifier.map(str::to_owned),
        value,
    })
}

/// What the portal's configuration gives.
#[derive(Debug)]
pub(crate) struct Configured<'t> {
    /// The URI of its format.
    pub(crate) format: &'static str,
    pub(crate) value: String,
    /// A source or a transformation; `None`: Default.
    pub(crate) origin: Option<&'t Origin>,
    /// The number of the condition that says so, from 1.
    pub(crate) condition: Option<usize>,
    /// Whether a transformation gave nothing that can be sent, so that this is the pairwise value (3.3).
    pub(crate) is_fallback: bool,
}

/// The conditions' choice, else the configuration's own: persistent with the Default source is the pairwise value; with
/// a source that is written down it is that source's (uncertain). `format` is the request's or else the portal's.
///
/// # Errors
/// 501241 where the source has no value for this user.
pub(crate) fn configured<'t>(
    subject: &Subject<'t>,
    format: NameIdFormatWord,
) -> Result<Configured<'t>, Stop> {
    let entry = subject.app.entry.issued_name_id();
    let read = |origin| of_origin(subject, origin);
    let by_condition = chosen(
        None,
        &entry.conditions,
        |condition| meets(subject, condition),
        |origin| read(origin).ok(),
    );
    let chosen = match (by_condition, &entry.origin) {
        (Some(chosen), _) => Some(chosen),
        (None, Some(origin)) => Some(Chosen {
            value: read(origin)?,
            origin,
            condition: None,
        }),
        (None, None) => None,
    };
    let Some(chosen) = chosen else {
        return default(subject, format);
    };
    let is_fallback = chosen.value.is_none();
    let (format, value) = match chosen.value {
        Some(value) => (configured_format(format, source_of(chosen.origin)), value),
        None => (names::NAME_ID_PERSISTENT, pairwise_of(subject)),
    };
    Ok(Configured {
        format,
        value,
        origin: Some(chosen.origin),
        condition: chosen.condition,
        is_fallback,
    })
}

/// Without a source.
fn default<'t>(subject: &Subject<'t>, format: NameIdFormatWord) -> Result<Configured<'t>, Stop> {
    let value = if format == NameIdFormatWord::Persistent {
        pairwise_of(subject)
    } else {
        let value = subject.user.claimed_upn().filter(|upn| !upn.is_empty());
        value.ok_or_else(|| missing(USER_PRINCIPAL_NAME))?.to_owned()
    };
    Ok(Configured {
        format: configured_format(format, None),
        value,
        origin: None,
        condition: None,
        is_fallback: false,
    })
}

/// The source whose format is "Default".
fn source_of(origin: &Origin) -> Option<&Source> {
    match origin {
        Origin::Source(source) => Some(source),
        Origin::Transform(transform) => transform.input.as_ref(),
        Origin::Value(_) => None,
    }
}

/// No value of the source is an error, none of the transformation is `None`, which falls back to the pairwise value (3.3).
fn of_origin(subject: &Subject<'_>, origin: &Origin) -> Result<Option<String>, Stop> {
    match origin {
        Origin::Source(source) => {
            let value = subject.values(source).into_iter().next();
            value.ok_or_else(|| missing(source.short_name())).map(Some)
        }
        Origin::Transform(transform) => {
            let input = transform.input.as_ref();
            if let Some(input) = input.filter(|input| subject.values(input).is_empty()) {
                return Err(missing(input.short_name()));
            }
            let inputs = Inputs {
                read: &|source| subject.values(source),
                name_id_domains: Some(&subject.tenant.file.tenant.domains),
            };
            let mut values = outcome(transform, &inputs).into_iter();
            Ok(values.next().filter(|value| is_legal(value)))
        }
        // The file's reader takes no constant here.
        Origin::Value(_) => Ok(None),
    }
}

/// What a persistent identifier may be (saml-core 8.3.7); which values Entra calls illegal is uncertain.
fn is_legal(value: &str) -> bool {
    value.chars().count() <= NAME_ID_CHARACTERS_MAX && !value.chars().any(char::is_control)
}

/// "Default" is the source's own format; which one that is for an object id or an employee id is not documented
/// (uncertain).
fn configured_format(word: NameIdFormatWord, source: Option<&Source>) -> &'static str {
    match word {
        NameIdFormatWord::EmailAddress => names::NAME_ID_EMAIL,
        NameIdFormatWord::Persistent => names::NAME_ID_PERSISTENT,
        NameIdFormatWord::Unspecified => names::NAME_ID_UNSPECIFIED,
        NameIdFormatWord::WindowsDomainQualifiedName => names::NAME_ID_WINDOWS,
        NameIdFormatWord::Default => match source.map(Source::short_name) {
            None | Some(MAIL | USER_PRINCIPAL_NAME) => names::NAME_ID_EMAIL,
            Some(PAIRWISE) => names::NAME_ID_PERSISTENT,
            Some(_) => names::NAME_ID_UNSPECIFIED,
        },
    }
}

/// A request for an email address was answered with UPN or mail, whatever the portal made of it (3.3; the report is of
/// 2018): the configured source where it is one of these, else the UPN (uncertain).
fn address(subject: &Subject<'_>) -> Result<String, Stop> {
    let user = subject.user;
    let source = subject
        .app
        .entry
        .issued_name_id()
        .source()
        .map(Source::short_name);
    let (name, value) = match source {
        Some(MAIL) => (MAIL, user.entry.mail.as_deref()),
        _ => (USER_PRINCIPAL_NAME, user.claimed_upn()),
    };
    let value = value.filter(|value| !value.is_empty());
    value.map(str::to_owned).ok_or_else(|| missing(name))
}

fn missing(source: &str) -> Stop {
    Stop::new(
        errors::NAME_ID_EMPTY,
        &[("source", source), ("transformation", "CreateNameId")],
    )
}

fn pairwise_of(subject: &Subject<'_>) -> String {
    pairwise(subject.tenant.id, subject.user.id, subject.app.id)
}

/// Stable for user and application, opaque: 44 characters, as Entra's.
pub(crate) fn pairwise(tenant: Uuid, user: Uuid, app: Uuid) -> String {
    let ids = [tenant, user, app];
    opaque(&ids.map(Uuid::into_bytes).concat())
}

fn opaque(bytes: &[u8]) -> String {
    STANDARD.encode(openssl::sha::sha256(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The same for the same user and application of a tenant, another one where any of the three is another;
        /// 32 bytes in base64.
        #[test]
        fn a_pairwise_value_is_one_users_at_one_application(ids in any::<[u128; 3]>(), other in any::<u128>()) {
            let value = |ids: [u128; 3]| {
                let [tenant, user, app] = ids.map(Uuid::from_u128);
                pairwise(tenant, user, app)
            };
            let own = value(ids);
            prop_assert_eq!(own.len(), 44);
            prop_assert_eq!(&value(ids), &own);
            for place in 0..ids.len() {
                let mut others = ids;
                others[place] = other;
                prop_assert!(others == ids || value(others) != own, "{place}");
            }
        }
    }
}
