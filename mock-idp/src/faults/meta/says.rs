//! What the document says, and who signs it.

use jiff::SignedDuration;

use super::super::{FaultError, Parameters, variant};
use super::{Document, DocumentInputs, Signer};

/// How long ago the validity of an old document ended.
const PAST: SignedDuration = SignedDuration::from_hours(-24);

/// The end of a validity that nobody lives to see.
const AGES: &str = "2999-12-31T23:59:59Z";

/// An address whose requests anybody on the way can read. Nobody has the name (RFC 2606).
const PLAIN_HTTP: &str = "http://idp.example/saml2";

type Done = Result<(), FaultError>;

/// As the next certificate is announced.
pub(super) fn one_more_key(document: &mut Document, _: &Parameters, inputs: &DocumentInputs<'_>) -> Done {
    document.list_attacker("signing", inputs)
}

pub(super) fn encryption_key(document: &mut Document, _: &Parameters, inputs: &DocumentInputs<'_>) -> Done {
    document.list_attacker("encryption", inputs)
}

pub(super) fn no_key(document: &mut Document, _: &Parameters, inputs: &DocumentInputs<'_>) -> Done {
    document.list_nobody();
    document.list_attacker("encryption", inputs)
}

pub(super) fn unsigned(document: &mut Document, _: &Parameters, inputs: &DocumentInputs<'_>) -> Done {
    document.signer = Signer::Nobody;
    document.list_attacker("signing", inputs)
}

pub(super) fn unknown_signer(document: &mut Document, _: &Parameters, inputs: &DocumentInputs<'_>) -> Done {
    document.signer = Signer::Attacker { named: false };
    document.list_attacker("signing", inputs)
}

/// All of one piece: the signature fits the only certificate that there is.
pub(super) fn its_own_key(document: &mut Document, _: &Parameters, inputs: &DocumentInputs<'_>) -> Done {
    document.signer = Signer::Attacker { named: true };
    document.list_nobody();
    document.list_attacker("signing", inputs)
}

pub(super) fn another_name(document: &mut Document, _: &Parameters, inputs: &DocumentInputs<'_>) -> Done {
    let other = format!("https://sts.windows.net/{}/", inputs.stranger);
    document.entity.set("entityID", &other);
    document.list_attacker("signing", inputs)
}

/// As one that was kept from before a key was withdrawn.
pub(super) fn no_longer_valid(document: &mut Document, _: &Parameters, inputs: &DocumentInputs<'_>) -> Done {
    let ended = inputs.now.saturating_add(PAST).unwrap_or(inputs.now);
    let ended = ended.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    document.entity.set("validUntil", &ended);
    document.list_attacker("signing", inputs)
}

/// Entra's own document says nothing of it, which every other scenario tells.
pub(super) fn valid_for_ages(document: &mut Document, _: &Parameters, _: &DocumentInputs<'_>) -> Done {
    document.entity.set("validUntil", AGES);
    Ok(())
}

pub(super) fn cached(document: &mut Document, parameters: &Parameters, _: &DocumentInputs<'_>) -> Done {
    let duration = match variant(parameters, "meta-cacheduration") {
        "malformed" => "1 minute or so",
        _ => "PT1M",
    };
    document.entity.set("cacheDuration", duration);
    Ok(())
}

pub(super) fn scripts(document: &mut Document, parameters: &Parameters, inputs: &DocumentInputs<'_>) -> Done {
    let location = match variant(parameters, "meta-bindings-js") {
        "data" => "data:text/html,&lt;script&gt;alert(1)&lt;/script&gt;",
        _ => "javascript:alert(1)",
    };
    document.sign_on_at(location)?;
    document.list_attacker("signing", inputs)
}

pub(super) fn plain_http(document: &mut Document, _: &Parameters, _: &DocumentInputs<'_>) -> Done {
    document.sign_on_at(PLAIN_HTTP)
}
