//! Subject confirmation (saml-core 2.4, saml-profiles 4.1.4).

use saml_emit::{Encryption, Randomness};
use saml_model::{DataEncryption, KeyTransport, Response, Subject, SubjectConfirmation, names};
use url::Url;

use super::forge::key_info;
use super::tree::{Tree, nothing};
use super::value::{
    FIVE_MINUTES, HOUR, OTHER_ADDRESS, assertion, before, confirmation, confirmation_data, subject, unlike,
};
use super::{Action, FaultError, Inputs, Parameters, variant};

pub(super) const ACTIONS: &[(&str, Action)] = &[
    ("subj-encryptedid-confirmation", Action::Draft(encrypted_id)),
    ("subj-inresponseto-mismatch", Action::Value(other_request)),
    ("subj-inresponseto-missing", Action::Value(no_request)),
    (
        "subj-inresponseto-on-unsolicited",
        Action::Value(request_inside_alone),
    ),
    ("subj-inresponseto-other", Action::Value(other_request)),
    ("subj-method-hok", Action::Draft(holder_of_key)),
    (METHOD_MISSING, Action::Draft(no_method)),
    ("subj-method-sv", Action::Value(sender_vouches)),
    ("subj-missing", Action::Value(no_subject)),
    ("subj-no-confirmation", Action::Value(no_confirmation)),
    ("subj-noa-missing", Action::Value(no_end)),
    ("subj-noa-past", Action::Value(confirmation_past)),
    ("subj-notbefore-present", Action::Value(with_beginning)),
    (RECIPIENT_CASE, Action::Value(near_recipient)),
    ("subj-recipient-missing", Action::Value(no_recipient)),
    ("subj-recipient-other", Action::Value(other_recipient)),
    ("subj-scd-missing", Action::Value(no_data)),
    ("subj-two-both-bad", Action::Value(two_bad)),
    (TWO_ONE_GOOD, Action::Value(one_good_of_two)),
];

const METHOD_MISSING: &str = "subj-method-missing";
const RECIPIENT_CASE: &str = "subj-recipient-case";
const TWO_ONE_GOOD: &str = "subj-two-one-good";

/// saml-profiles 3.1.
const HOLDER_OF_KEY: &str = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key";
/// saml-profiles 3.2.
const SENDER_VOUCHES: &str = "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches";

fn confirmation_past(response: &mut Response, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    confirmation_data(response)?.not_on_or_after = Some(before(inputs.now, HOUR));
    Ok(())
}

fn no_end(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    confirmation_data(response)?.not_on_or_after = None;
    Ok(())
}

/// As the conditions have one; a bearer confirmation must not (saml-profiles 4.1.4.2).
fn with_beginning(response: &mut Response, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    confirmation_data(response)?.not_before = Some(before(inputs.now, FIVE_MINUTES));
    Ok(())
}

fn other_recipient(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    confirmation_data(response)?.recipient = Some(OTHER_ADDRESS.to_owned());
    Ok(())
}

fn no_recipient(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    confirmation_data(response)?.recipient = None;
    Ok(())
}

/// RFC 3986 6.2.2: scheme and host are the same in any case, a default port goes without saying; a path is as it is written.
fn near_recipient(
    response: &mut Response,
    parameters: &Parameters,
    _: &Inputs<'_>,
) -> Result<(), FaultError> {
    let recipient = &mut confirmation_data(response)?.recipient;
    let recipient = recipient.as_mut().ok_or_else(|| nothing("Recipient"))?;
    let url = Url::parse(recipient).map_err(|_| nothing("Recipient that is a URL"))?;
    let path_from = recipient.len() - url[url::Position::BeforePath..].len();
    let (origin, path) = recipient.split_at(path_from);
    let near = match variant(parameters, RECIPIENT_CASE) {
        "host" => format!("{}{path}", origin.to_ascii_uppercase()),
        "port" => {
            let port = match (url.port(), url.port_or_known_default()) {
                (None, Some(port)) => port,
                _ => return Err(nothing("Recipient at the default port")),
            };
            format!("{origin}:{port}{path}")
        }
        "slash" => format!("{recipient}/"),
        _ => format!("{origin}{}", path.to_ascii_uppercase()),
    };
    *recipient = unlike(recipient, near)?;
    Ok(())
}

/// The confirmation is for another request than the response. Which one, a scenario may say.
fn other_request(
    response: &mut Response,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    let other = parameters.get("value").cloned();
    let other = other.unwrap_or_else(|| format!("_{}", inputs.stranger));
    let asked = response.in_response_to.clone().ok_or_else(nobody_asked)?;
    confirmation_data(response)?.in_response_to = Some(unlike(&asked, other)?);
    Ok(())
}

fn no_request(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let taken = confirmation_data(response)?.in_response_to.take();
    taken.map(|_| ()).ok_or_else(nobody_asked)
}

/// That there is no request to name another one instead of.
pub(super) fn nobody_asked() -> FaultError {
    nothing("InResponseTo, since nobody asked for it")
}

/// saml-profiles 4.1.5: an unsolicited response names no request anywhere.
fn request_inside_alone(
    response: &mut Response,
    _: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    let asked = response.in_response_to.take();
    let named = asked.unwrap_or_else(|| format!("_{}", inputs.stranger));
    confirmation_data(response)?.in_response_to = Some(named);
    Ok(())
}

fn no_data(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    confirmation(response)?.data = None;
    Ok(())
}

fn no_confirmation(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    subject(response)?.confirmations.clear();
    Ok(())
}

fn no_subject(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let taken: Option<Subject> = assertion(response)?.subject.take();
    taken.map(|_| ()).ok_or_else(|| nothing("Subject"))
}

fn sender_vouches(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    SENDER_VOUCHES.clone_into(&mut confirmation(response)?.method);
    Ok(())
}

const CONFIRMATION: &[&str] = &["Assertion", "Subject", "SubjectConfirmation"];

/// Whoever posts it has to prove that the key is theirs, by TLS, which no browser here does.
fn holder_of_key(message: &mut Tree, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let key_info = key_info(inputs.attacker()?.certificate.der());
    let key_info = Tree::read(&key_info)?.with("xmlns", names::NS_DSIG);
    let confirmation = message.at_mut(CONFIRMATION)?;
    confirmation.set("Method", HOLDER_OF_KEY);
    let data = confirmation.at_mut(&["SubjectConfirmationData"])?;
    data.set("xmlns:xsi", names::NS_XSI);
    data.set("xmlns:saml", names::NS_ASSERTION);
    data.set("xsi:type", "saml:KeyInfoConfirmationDataType");
    data.children.push(key_info.into());
    Ok(())
}

fn no_method(message: &mut Tree, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let confirmation = message.at_mut(CONFIRMATION)?;
    match variant(parameters, METHOD_MISSING) {
        "empty" => confirmation.set("Method", ""),
        _ => drop(confirmation.unset("Method")?),
    }
    Ok(())
}

/// saml-profiles 4.1.4.3: any one of the confirmations suffices, wherever it stands.
fn one_good_of_two(
    response: &mut Response,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    let other = match variant(parameters, TWO_ONE_GOOD) {
        "expired" => {
            let mut expired = confirmation(response)?.clone();
            if let Some(data) = &mut expired.data {
                data.not_on_or_after = Some(before(inputs.now, HOUR));
            }
            expired
        }
        _ => SubjectConfirmation {
            method: HOLDER_OF_KEY.to_owned(),
            data: None,
        },
    };
    subject(response)?.confirmations.insert(0, other);
    Ok(())
}

/// One has run out, the other is for somebody else: neither passes all by itself.
fn two_bad(response: &mut Response, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let mut other = confirmation(response)?.clone();
    if let Some(data) = &mut other.data {
        data.recipient = Some(OTHER_ADDRESS.to_owned());
    }
    confirmation_data(response)?.not_on_or_after = Some(before(inputs.now, HOUR));
    subject(response)?.confirmations.push(other);
    Ok(())
}

/// Who may confirm (saml-core 2.4.1.1), encrypted for somebody else.
fn encrypted_id(message: &mut Tree, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let name_id = message.at(&["Assertion", "Subject", "NameID"])?.clone();
    let name_id = name_id.with("xmlns", names::NS_ASSERTION);
    let bytes = inputs.stranger.as_bytes();
    let mut randomness = Randomness {
        session_key: [0; 32],
        iv: *bytes,
    };
    for (to, from) in randomness.session_key.iter_mut().zip(bytes.iter().cycle()) {
        *to = *from;
    }
    let encryption = Encryption {
        data: DataEncryption::Aes256Gcm,
        key_transport: KeyTransport::RsaOaepMgf1p,
        certificate_der: inputs.attacker()?.certificate.der(),
        randomness: &randomness,
    };
    let encrypted = saml_emit::encrypted_assertion(&name_id.write(), &encryption);
    let mut encrypted = Tree::read(&encrypted.map_err(|_| FaultError::NotSigned)?)?;
    encrypted.name = encrypted.name.replace("EncryptedAssertion", "EncryptedID");
    message.at_mut(CONFIRMATION)?.insert(0, encrypted);
    Ok(())
}
