//! The signature of a query: the JDK believes those we make, and we those it makes.

use entrant_tests::{Tool, checkout, source_launcher, witness, witness::text};
use proptest::{prelude::*, test_runner::TestRunner};
use saml_accept::{
    binding::{self, RawQuery, decode_redirect},
    signature::{QuerySignatureError, QuerySigner, Sha1, TrustedKeys, verify_query},
    xml::Limits,
};
use saml_emit::binding::{Escapes, Parameter, redirect_url, signed_redirect_url};
use saml_model::{SignatureAlgorithm, names};

use crate::{
    identity::{Identity, RSA_2048, RSA_4096, STRANGER},
    message,
};

const JDK: Tool = source_launcher(&[PROGRAM]);
const PROGRAM: &str = "tests/conformance/Query.java";

const LOCATION: &str = "https://sp.example/slo?";
const RELAY_STATES: [Option<&str>; 4] = [
    None,
    Some(""),
    Some("/inbox?a=1&b=%20"),
    Some("+ /=\"<ä>\u{1F600}"),
];

/// A query and whether its signature is good under the certificate beside it.
struct Judged {
    query: String,
    trusted: &'static Identity,
    good: bool,
}

#[test]
fn the_jdk_believes_every_query_we_sign() {
    let judged = judged();
    let question = |one: &Judged| {
        (
            "verify",
            one.query.clone(),
            one.trusted.certificate.pem().into_bytes(),
        )
    };
    let Some(answers) = ask(&judged.iter().map(question).collect::<Vec<_>>()) else {
        return;
    };
    for (one, answer) in judged.iter().zip(answers) {
        assert_eq!(answer == "accepted", one.good, "{}: {answer}", one.query);
        let keys = trust(one.trusted, Sha1::Allowed);
        assert_eq!(verify(&one.query, &keys).is_ok(), one.good, "{}", one.query);
    }
}

/// Entra is of .NET, which escapes as the program does.
#[test]
fn we_believe_every_query_the_jdk_signs() {
    let queries: Vec<_> = RELAY_STATES
        .into_iter()
        .map(|relay_state| {
            let url = redirect_url(
                "https://sp.example",
                Parameter::SamlResponse,
                &answer(),
                relay_state,
            );
            let query = url.split_once('?').unwrap().1.to_owned();
            if relay_state.is_some_and(|state| state.starts_with('+')) {
                // Upper and lower case in one query, and a space as plus.
                query.replace("%20", "+")
            } else {
                query
            }
        })
        .collect();
    let key = RSA_2048.key.private().private_key_to_pkcs8().unwrap();
    let question = |query: &String| ("sign", query.clone(), key.clone());
    let Some(signed) = ask(&queries.iter().map(question).collect::<Vec<_>>()) else {
        return;
    };
    for (query, signed) in queries.iter().zip(signed) {
        assert!(
            signed.starts_with(query.as_str()) && signed.contains("http%3a%2f%2f"),
            "{signed}"
        );
        let signer = verify(&signed, &trust(&RSA_2048, Sha1::Refused));
        let expected = QuerySigner {
            algorithm: names::SIG_RSA_SHA256,
            key_index: 0,
        };
        assert_eq!(signer.unwrap(), expected, "{signed}");
        let stranger = verify(&signed, &trust(&STRANGER, Sha1::Refused));
        assert!(
            matches!(stranger, Err(QuerySignatureError::Mismatch)),
            "{stranger:?}"
        );
    }
}

/// What is signed is what arrives, in either spelling; respelling it, or changing one octet, breaks the signature.
#[test]
fn a_signed_query_round_trips_as_it_is_spelt() {
    let keys = trust(&RSA_2048, Sha1::Refused);
    let signing = RSA_2048.signing(SignatureAlgorithm::RsaSha256);
    let mut runner = TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let cases = (
        "(?s).{0,200}",
        prop::option::of("(?s).{0,40}"),
        prop_oneof![Just(Escapes::Upper), Just(Escapes::Lower)],
        any::<prop::sample::Index>(),
    );
    let property =
        |(xml, relay_state, escapes, place): (String, Option<String>, Escapes, prop::sample::Index)| {
            let relay_state = relay_state.as_deref();
            let sign = |escapes| {
                signed_redirect_url(
                    LOCATION,
                    Parameter::SamlRequest,
                    &xml,
                    relay_state,
                    &signing,
                    escapes,
                )
            };
            let url = sign(escapes).unwrap();
            let query = url.strip_prefix(LOCATION).unwrap();
            prop_assert!(verify(query, &keys).is_ok(), "{}", query);

            let raw = RawQuery::parse(query).unwrap();
            let value = raw.parameter("SAMLRequest").unwrap().unwrap();
            prop_assert_eq!(
                decode_redirect(&value, &Limits::default()).unwrap(),
                xml.as_bytes()
            );
            let state = raw.parameter("RelayState").unwrap();
            prop_assert_eq!(state.as_deref(), relay_state);

            // Wherever the signature stands, SigAlg always has something to respell.
            let parameters = query.split('&').map(|parameter| match parameter {
                signature if signature.starts_with("Signature=") => signature.to_owned(),
                signed => respelt(signed, escapes),
            });
            let respelt = parameters.collect::<Vec<_>>().join("&");
            prop_assert_ne!(&respelt, query);
            prop_assert!(matches!(
                verify(&respelt, &keys),
                Err(QuerySignatureError::Mismatch)
            ));

            let (signed, _) = query.split_once("&Signature=").unwrap();
            let at = place.index(signed.len());
            let mut octets = query.as_bytes().to_vec();
            octets[at] ^= 1;
            prop_assert!(verify(str::from_utf8(&octets).unwrap(), &keys).is_err());
            Ok(())
        };
    runner.run(&cases, property).unwrap();
}

#[test]
fn the_query_of_the_location_is_not_covered() {
    let signing = RSA_2048.signing(SignatureAlgorithm::RsaSha256);
    let sign = |location: &str| {
        let request = Parameter::SamlRequest;
        signed_redirect_url(location, request, "<a/>", None, &signing, Escapes::Lower).unwrap()
    };
    let url = sign("https://sp.example/slo?tenant=%3A#top");
    let rest = url.strip_prefix("https://sp.example/slo?").unwrap();
    let query = rest.strip_suffix("#top").unwrap();
    assert!(query.starts_with("tenant=%3A&SAMLRequest="), "{query}");
    let keys = trust(&RSA_2048, Sha1::Refused);
    assert!(verify(query, &keys).is_ok());
    assert!(verify(&query.replace("tenant=%3A", "x"), &keys).is_ok());
}

/// Both algorithms, spellings, key sizes and messages; each also under a stranger's key, respelt, and with an octet
/// changed in each part.
fn judged() -> Vec<Judged> {
    let mut all = Vec::new();
    let mut push = |query, trusted, good| all.push(Judged { query, trusted, good });
    let identities: [&'static Identity; 2] = [&RSA_2048, &RSA_4096];
    for (index, relay_state) in RELAY_STATES.into_iter().enumerate() {
        for (escapes, parameter) in [
            (Escapes::Upper, Parameter::SamlRequest),
            (Escapes::Lower, Parameter::SamlResponse),
        ] {
            for algorithm in [SignatureAlgorithm::RsaSha256, SignatureAlgorithm::RsaSha1] {
                let identity = identities[index % 2];
                let signing = identity.signing(algorithm);
                let url = signed_redirect_url(LOCATION, parameter, &answer(), relay_state, &signing, escapes);
                let query = url.unwrap().strip_prefix(LOCATION).unwrap().to_owned();
                let (signed, signature) = query.split_once("&Signature=").unwrap();
                push(
                    format!("{}&Signature={signature}", respelt(signed, escapes)),
                    identity,
                    false,
                );
                let other = if index % 2 == 0 {
                    "RelayState=x"
                } else {
                    "RelayState="
                };
                if relay_state.is_none() {
                    push(format!("{query}&{other}"), identity, false);
                }
                for (part, _) in query.match_indices('=') {
                    if query
                        .as_bytes()
                        .get(part + 1)
                        .is_none_or(|octet| !octet.is_ascii_alphanumeric())
                    {
                        continue;
                    }
                    let mut octets = query.clone().into_bytes();
                    octets[part + 1] ^= 1;
                    push(String::from_utf8(octets).unwrap(), identity, false);
                }
                push(query.clone(), &STRANGER, false);
                push(query, identity, true);
            }
        }
    }
    all
}

/// The same escapes in the other case.
fn respelt(query: &str, escapes: Escapes) -> String {
    let mut pieces = query.split('%');
    let mut respelt = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (escape, rest) = piece.split_at(2);
        let escape = match escapes {
            Escapes::Upper => escape.to_ascii_lowercase(),
            Escapes::Lower => escape.to_ascii_uppercase(),
        };
        respelt.extend(["%", &*escape, rest]);
    }
    respelt
}

fn answer() -> String {
    saml_emit::logout_response(&message::logout_response(u32::MAX)).unwrap()
}

fn trust(identity: &Identity, sha1: Sha1) -> TrustedKeys {
    TrustedKeys::from_certificates([identity.certificate.der()], sha1).unwrap()
}

/// Verifies whichever message the query has.
fn verify(query: &str, keys: &TrustedKeys) -> Result<QuerySigner, QuerySignatureError> {
    let query = RawQuery::parse(query)?;
    let parameter = match query.raw("SAMLRequest")? {
        Some(_) => binding::Parameter::SamlRequest,
        None => binding::Parameter::SamlResponse,
    };
    verify_query(&query, parameter, keys)
}

/// The program's answers to (verb, query, content of the file), in order; `None` where there is no JDK.
fn ask(questions: &[(&str, String, Vec<u8>)]) -> Option<Vec<String>> {
    let java = witness(&JDK)?;
    let mut lines = String::new();
    for (index, (verb, query, content)) in questions.iter().enumerate() {
        let file = java.write(format!("file-{index}"), content);
        lines.push_str(&format!("{verb}\t{query}\t{}\n", file.display()));
    }
    let questions_file = java.write("questions.tsv", lines);
    let output = java.run([checkout().join(PROGRAM), questions_file]);
    let answers: Vec<_> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect();
    assert!(
        output.status.success() && answers.len() == questions.len(),
        "{} of {} questions answered: {}",
        answers.len(),
        questions.len(),
        text(&output)
    );
    Some(answers)
}
