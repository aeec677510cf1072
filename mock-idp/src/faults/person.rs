//! Who a response is about: the NameID and the attributes that name somebody.

use saml_model::{Attribute, NameId, Response, names};
use uuid::Uuid;

use super::FaultError;
use super::tree::nothing;
use super::value::{assertion, subject};

/// The NameID.
///
/// # Errors
/// That there is none.
pub(super) fn name_id(response: &mut Response) -> Result<&mut NameId, FaultError> {
    subject(response)?
        .name_id
        .as_mut()
        .ok_or_else(|| nothing("NameID"))
}

/// Makes the response be about somebody else: the NameID, and each attribute value that names the same person, becomes what
/// `other` makes of it. The object id
/// stays: it is the same person under another name.
///
/// # Errors
/// That there is no NameID.
pub(super) fn rename(response: &mut Response, other: impl Fn(&str) -> String) -> Result<(), FaultError> {
    let name_id = name_id(response)?;
    let mut known = vec![name_id.value.to_lowercase()];
    name_id.value = other(&name_id.value);
    let attributes = &mut assertion(response)?.attributes;
    for attribute in attributes.iter().filter(|attribute| names_somebody(attribute)) {
        known.extend(attribute.values.iter().map(|value| value.to_lowercase()));
    }
    for value in attributes.iter_mut().flat_map(|attribute| &mut attribute.values) {
        if known.contains(&value.to_lowercase()) && value.parse::<Uuid>().is_err() {
            *value = other(value);
        }
    }
    Ok(())
}

/// Whether somebody could be recognised by its values.
pub(super) fn names_somebody(attribute: &Attribute) -> bool {
    let known = [names::CLAIM_NAME, names::CLAIM_UPN, names::CLAIM_OBJECT_ID];
    known.contains(&attribute.name.as_str()) || is_mail(&attribute.name)
}

/// Whether an attribute of this name is the mail address, whatever its namespace.
pub(super) fn is_mail(name: &str) -> bool {
    let last = name.rsplit(['/', ':']).next().unwrap_or_default();
    matches!(
        last.to_ascii_lowercase().as_str(),
        "mail" | "email" | "emailaddress"
    )
}

/// The attributes with the mail.
///
/// # Errors
/// That there is none.
pub(super) fn mails(response: &mut Response) -> Result<Vec<&mut Attribute>, FaultError> {
    let attributes = assertion(response)?.attributes.iter_mut();
    let mails: Vec<_> = attributes.filter(|attribute| is_mail(&attribute.name)).collect();
    if mails.is_empty() {
        return Err(nothing("attribute with a mail"));
    }
    Ok(mails)
}
