//! `samlp:LogoutRequest` and `samlp:LogoutResponse` from a tree to their values (saml-core 3.7;
//! entra-behaviour.md 6).

use saml_model::names::{NS_ASSERTION, NS_DSIG, NS_PROTOCOL};
use saml_model::{LogoutRequest, LogoutResponse, NameId};

use super::{Head, RequestError};
use crate::assertion;
use crate::malformed::Malformed;
use crate::response;
use crate::sequence::{Sequence, optional_instant, optional_string};
use crate::xml::Element;

/// Reads the root of a LogoutRequest.
pub(super) fn read_request(root: Element<'_>) -> Result<LogoutRequest, RequestError> {
    let head = Head::read(root)?;
    let mut children = Sequence::of(root)?;
    let issuer = issuer(&mut children)?;
    let name_id = name_id(&mut children)?;
    let session_indexes = children
        .many(NS_PROTOCOL, "SessionIndex")
        .into_iter()
        .map(|index| Ok(index.text()?))
        .collect::<Result<_, Malformed>>()?;
    children.end()?;
    Ok(LogoutRequest {
        issue_instant: head.issue_instant()?,
        id: head.id,
        version: head.version,
        destination: optional_string(root, "Destination"),
        not_on_or_after: optional_instant(root, "NotOnOrAfter")?,
        reason: optional_string(root, "Reason"),
        issuer,
        name_id,
        session_indexes,
    })
}

/// Reads the root of a LogoutResponse.
pub(super) fn read_response(root: Element<'_>) -> Result<LogoutResponse, RequestError> {
    let head = Head::read(root)?;
    let mut children = Sequence::of(root)?;
    let issuer = issuer(&mut children)?;
    let status = response::status(children.required(NS_PROTOCOL, "Status")?)?;
    children.end()?;
    Ok(LogoutResponse {
        issue_instant: head.issue_instant()?,
        id: head.id,
        version: head.version,
        destination: optional_string(root, "Destination"),
        in_response_to: optional_string(root, "InResponseTo"),
        issuer,
        status,
    })
}

/// `Issuer`, and past what follows it in every message. The signature of the Redirect binding is in the query.
fn issuer(children: &mut Sequence<'_>) -> Result<Option<String>, Malformed> {
    let issuer = children.optional(NS_ASSERTION, "Issuer");
    let _ = children.optional(NS_DSIG, "Signature");
    let _ = children.optional(NS_PROTOCOL, "Extensions");
    issuer.map(assertion::issuer).transpose()
}

/// `NameID`. That it is absent, or one of its relatives in its place, Entra has a message of its own for
/// (AADSTS7500530, entra-behaviour.md 6), so it is no error here.
fn name_id(children: &mut Sequence<'_>) -> Result<Option<NameId>, Malformed> {
    for relative in ["BaseID", "EncryptedID"] {
        if children.optional(NS_ASSERTION, relative).is_some() {
            return Ok(None);
        }
    }
    let name_id = children.optional(NS_ASSERTION, "NameID");
    name_id.map(assertion::name_id).transpose()
}
