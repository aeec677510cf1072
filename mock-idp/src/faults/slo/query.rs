//! Group bind, as far as it is about the query of HTTP-Redirect, which carries messages of single sign-out alone
//! (saml-bindings 3.4.4.1).

use openssl::hash::MessageDigest;
use percent_encoding::percent_decode_str;
use saml_emit::binding::Parameter;
use saml_model::{LogoutResponse, Status, names};

use super::super::logout::query::{SIG_ALG, SIGNATURE, message, spelled};
use super::super::logout::{Act, Inputs, Query};
use super::super::sig::choice;
use super::super::transport::RELAY_STATE;
use super::super::{Action, FaultError, Parameters, VARIANT};
use super::{forged, id, request};

pub(in super::super) const ACTIONS: &[(&str, Action)] = &[
    ("bind-deflate-trailing", request(Act::Deflated(encoding))),
    ("bind-redirect-both", request(Act::Query(both))),
    ("bind-redirect-extra-params", request(Act::Query(extra))),
    ("bind-redirect-param-order", request(Act::Query(order))),
    ("bind-redirect-sig-alg", request(Act::Query(algorithm))),
];

/// What nobody signs with.
const UNKNOWN_ALGORITHM: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha0";

/// The first two octets of a zlib stream (RFC 1950 2.2): DEFLATE with a window of 32 kB, the default level.
const ZLIB_HEADER: [u8; 2] = [0x78, 0x9C];

/// The largest prime below 65536 (RFC 1950 8.2).
const ADLER_MODULUS: u32 = 65_521;

fn encoding(deflated: &mut Vec<u8>, document: &str, parameters: &Parameters) -> Result<(), FaultError> {
    let is_zlib = choice(parameters, VARIANT, &[("trailing", false), ("zlib", true)])?;
    if is_zlib {
        let checksum = adler32(document.as_bytes()).to_be_bytes();
        *deflated = [&ZLIB_HEADER[..], deflated, &checksum].concat();
    } else {
        deflated.push(0);
    }
    Ok(())
}

/// The checksum at the end of a zlib stream (RFC 1950 8.2).
fn adler32(octets: &[u8]) -> u32 {
    let (low, high) = octets.iter().fold((1, 0), |(low, high), octet| {
        let low = (low + u32::from(*octet)) % ADLER_MODULUS;
        (low, (high + low) % ADLER_MODULUS)
    });
    high << 16 | low
}

fn algorithm(query: &mut Query<'_>, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let choices = [("changed", 0), ("unknown", 1), ("missing", 2), ("twice", 3)];
    let sha1 = spelled(names::SIG_RSA_SHA1);
    match choice(parameters, VARIANT, &choices)? {
        0 => *query.value(SIG_ALG)? = sha1,
        // Whoever falls back to RSA-SHA1 finds it signed so.
        1 => {
            *query.value(SIG_ALG)? = spelled(UNKNOWN_ALGORITHM);
            let signed = query.signed()?;
            *query.value(SIGNATURE)? = query.signature(&signed, MessageDigest::sha1())?;
        }
        2 => query.pairs.retain(|(name, _)| *name != SIG_ALG),
        _ => query.pairs.push((SIG_ALG, sha1)),
    }
    Ok(())
}

/// The trusted key signs other octets than those that the standard says.
fn order(query: &mut Query<'_>, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let choices = [("reordered", 0), ("respelt", 1), ("decoded", 2)];
    match choice(parameters, VARIANT, &choices)? {
        0 => {
            query.pairs.retain(|(name, _)| *name != SIGNATURE);
            query.pairs.reverse();
            let signature = query.signature(&query.write(), MessageDigest::sha256())?;
            query.pairs.push((SIGNATURE, signature));
        }
        1 => {
            for (_, value) in &mut query.pairs {
                *value = upper(value);
            }
        }
        _ => {
            let signed = query.signed()?;
            let decoded = percent_decode_str(&signed).decode_utf8_lossy();
            *query.value(SIGNATURE)? = query.signature(&decoded, MessageDigest::sha256())?;
        }
    }
    Ok(())
}

/// The same with its escapes in upper case.
fn upper(value: &str) -> String {
    let mut digits_left = 0;
    let spell = |character: char| match character {
        '%' => {
            digits_left = 2;
            character
        }
        digit if digits_left > 0 => {
            digits_left -= 1;
            digit.to_ascii_uppercase()
        }
        other => other,
    };
    value.chars().map(spell).collect()
}

fn both(query: &mut Query<'_>, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let is_request = choice(parameters, VARIANT, &[("response", false), ("request", true)])?;
    let answer = LogoutResponse {
        id: id(inputs, "answer"),
        version: names::VERSION.to_owned(),
        issue_instant: inputs.now,
        destination: Some(inputs.location.to_owned()),
        in_response_to: Some(id(inputs, "question")),
        issuer: Some(inputs.issuer.to_owned()),
        status: Status::success(),
    };
    let answer = saml_emit::logout_response(&answer).map_err(|_| FaultError::Unreadable)?;
    let (request, response) = (Parameter::SamlRequest.name(), Parameter::SamlResponse.name());
    if is_request {
        let request_first = (request, message(&forged(parameters, inputs)?));
        query.pairs.retain(|(name, _)| *name != request);
        query.pairs.insert(0, (response, message(&answer)));
        query.parameter = Parameter::SamlResponse;
        let signed = query.signed()?;
        *query.value(SIGNATURE)? = query.signature(&signed, MessageDigest::sha256())?;
        query.pairs.insert(0, request_first);
    } else {
        query.pairs.insert(0, (response, message(&answer)));
    }
    Ok(())
}

/// What is signed once more, behind the signature: whoever verifies the first and reads the last believes what nobody
/// signed.
fn extra(query: &mut Query<'_>, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let is_message = choice(parameters, VARIANT, &[("message", true), ("relay-state", false)])?;
    if is_message {
        let second = message(&forged(parameters, inputs)?);
        query.pairs.push((query.parameter.name(), second));
    } else {
        let elsewhere = || (RELAY_STATE, spelled("https://other-sp.test/"));
        query.pairs.extend([elsewhere(), elsewhere()]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 1950 8.2; the sum of the example in Wikipedia's article on Adler-32.
    #[test]
    fn the_checksum_is_adlers() {
        assert_eq!(adler32(b"Wikipedia"), 0x11E6_0398);
        assert_eq!(adler32(b""), 1);
    }

    #[test]
    fn escapes_alone_are_spelt_anew() {
        assert_eq!(upper("a%2bb%c3%a9c"), "a%2Bb%C3%A9c");
    }
}
