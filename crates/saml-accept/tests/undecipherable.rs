//! Encrypted assertions that are not what they should be: what is told apart, and what never is.

#![allow(clippy::unwrap_used)]

mod sealing;
mod support;

use proptest::prelude::*;
use saml_accept::decryption::DecryptionError;
use saml_accept::response::EncryptedResponseError;
use saml_model::names::*;

use sealing::{CBC, GCM, IDP, IV, SESSION_KEY, SP, STRANGER, Way, open, refusal};
use support::{ON_ASSERTION, ON_RESPONSE, cut, response, sign, signed_assertion};

/// What is wrong inside, and what authenticated encryption may say of it.
fn wrong_plaintexts() -> Vec<(String, &'static str)> {
    let signed = signed_assertion("m@corp", &IDP);
    let assertion = cut(&signed, "Assertion").to_owned();
    let unsigned = assertion.replace(cut(&assertion, "Signature"), "");
    let stranger = signed_assertion("v@corp", &STRANGER);
    let evil = unsigned.replace("m@corp", "v@corp").replace("\"_a\"", "\"_b\"");
    let inner = GCM.seal(&assertion);
    let advice = |content: &str| {
        assertion.replace(
            "</Conditions>",
            &format!("</Conditions><Advice>{content}</Advice>"),
        )
    };
    vec![
        (unsigned.clone(), "NotSigned"),
        (cut(&stranger, "Assertion").to_owned(), "SignatureMismatch"),
        (assertion.replace("m@corp", "v@corp"), "DigestMismatch"),
        // Nothing, not XML, not one element.
        (String::new(), "Plaintext"),
        ("not XML".to_owned(), "Plaintext"),
        (format!("{assertion}{evil}"), "Plaintext"),
        (format!("{evil}{assertion}"), "Plaintext"),
        (format!("{assertion}text"), "Plaintext"),
        (format!("<!-- c -->{assertion}"), "Plaintext"),
        (format!("{assertion}<!-- c -->"), "Plaintext"),
        (format!("{assertion}<?pi?>"), "Plaintext"),
        (format!("<?xml version=\"1.0\"?>{assertion}"), "Plaintext"),
        (
            format!("<!DOCTYPE Assertion [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>{assertion}"),
            "Plaintext",
        ),
        // Another element, or one that is an assertion only where it came from.
        (signed.clone(), "Plaintext"),
        (inner.clone(), "Plaintext"),
        (
            assertion.replacen(&format!(" xmlns=\"{NS_ASSERTION}\""), "", 1),
            "Plaintext",
        ),
        (
            assertion.replacen("<Assertion", "<saml:Assertion", 1).replacen(
                "</Assertion>",
                "</saml:Assertion>",
                1,
            ),
            "Plaintext",
        ),
        // Wrapped.
        (
            evil.replace(
                "</Conditions>",
                &format!("</Conditions><Advice>{assertion}</Advice>"),
            ),
            "Malformed",
        ),
        (
            evil.replace("<Subject>", &format!("{}<Subject>", cut(&assertion, "Signature"))),
            "ReferenceElsewhere",
        ),
        (advice(&inner), "Malformed"),
        (advice(&signed.replace("\"_a\"", "\"_c\"")), "Malformed"),
        // The ID of something outside.
        (
            sign(
                &response("m@corp")
                    .replace("ID=\"_r\"", "ID=\"_s\"")
                    .replace("ID=\"_a\"", "ID=\"_r\""),
                ON_ASSERTION,
                "_r",
                &IDP,
            )
            .split_once("</samlp:Status>")
            .unwrap()
            .1
            .replace("</samlp:Response>", ""),
            "Malformed",
        ),
    ]
}

#[test]
fn a_wrong_plaintext_is_told_only_where_nobody_can_try() {
    let around = response("m@corp").replace(ON_ASSERTION, "");
    let around = around.replace(cut(&around, "Assertion"), "[]");
    for (plaintext, expected) in wrong_plaintexts() {
        let gcm = around
            .replace(ON_RESPONSE, "")
            .replace("[]", &GCM.seal(&plaintext));
        let refused = refusal(open(&gcm));
        assert!(
            refused.starts_with(expected),
            "{expected}: {refused}\n{plaintext}"
        );
        let cbc = around
            .replace(ON_RESPONSE, "")
            .replace("[]", &CBC.seal(&plaintext));
        assert_eq!(refusal(open(&cbc)), "Undecipherable", "{plaintext}");
        // The response's own signature vouches for no other content than one sound assertion.
        let sealed = sign(
            &around.replace("[]", &CBC.seal(&plaintext)),
            ON_RESPONSE,
            "_r",
            &IDP,
        );
        match (open(&sealed), expected) {
            (Ok(signed), "NotSigned") => assert!(signed.response_is_signed()),
            (opened, "Plaintext") => assert_eq!(refusal(opened), "Undecipherable"),
            (opened, _) => {
                let refused = refusal(opened);
                assert!(
                    refused.starts_with(expected),
                    "{expected}: {refused}\n{plaintext}"
                );
            }
        }
    }
}

#[test]
fn a_broken_ciphertext_has_one_answer() {
    let signed = signed_assertion("m@corp", &IDP);
    let assertion = cut(&signed, "Assertion");
    let around = |encrypted: &str| signed.replace(assertion, encrypted);
    let rsa_1_5 = Way {
        transport: KEY_RSA_1_5,
        ..CBC
    };
    let mut padded = assertion.as_bytes().to_vec();
    padded.resize(assertion.len().next_multiple_of(16) + 16, b' ');
    let ends = |last: u8| {
        let mut blocks = padded.clone();
        *blocks.last_mut().unwrap() = last;
        [IV.as_slice(), &CBC.encrypt_blocks(&blocks)].concat()
    };
    let (cbc, gcm) = (
        CBC.encrypt(assertion.as_bytes()),
        GCM.encrypt(assertion.as_bytes()),
    );
    let mut tag = gcm.clone();
    *tag.last_mut().unwrap() ^= 1;
    let good = CBC.encrypted_key(&CBC.wrap(SESSION_KEY, &SP));
    let good_gcm = GCM.encrypted_key(&GCM.wrap(&SESSION_KEY[..16], &SP));
    for (way, key, octets) in [
        (&CBC, &good, ends(0)),
        (&CBC, &good, ends(17)),
        (&CBC, &good, ends(255)),
        (&CBC, &good, Vec::new()),
        (&CBC, &good, IV[..15].to_vec()),
        (&CBC, &good, IV.to_vec()),
        (&CBC, &good, cbc[..cbc.len() - 1].to_vec()),
        (&CBC, &good, cbc[..cbc.len() - 16].to_vec()),
        (&CBC, &good, cbc[16..].to_vec()),
        (&CBC, &good, [cbc.as_slice(), &[0; 16]].concat()),
        (&GCM, &good_gcm, tag),
        (&GCM, &good_gcm, Vec::new()),
        (&GCM, &good_gcm, gcm[..12].to_vec()),
        (&GCM, &good_gcm, gcm[..27].to_vec()),
        (&GCM, &good_gcm, gcm[..28].to_vec()),
        (&GCM, &good_gcm, gcm[..gcm.len() - 12].to_vec()),
        (&GCM, &good_gcm, gcm[..gcm.len() - 16].to_vec()),
        // The session key is for somebody else, of the wrong length, empty, too long, or of no RSA at all.
        (
            &CBC,
            &CBC.encrypted_key(&CBC.wrap(SESSION_KEY, &STRANGER)),
            cbc.clone(),
        ),
        (
            &CBC,
            &CBC.encrypted_key(&CBC.wrap(&SESSION_KEY[..16], &SP)),
            cbc.clone(),
        ),
        (&CBC, &CBC.encrypted_key(&CBC.wrap(b"", &SP)), cbc.clone()),
        (
            &rsa_1_5,
            &rsa_1_5.encrypted_key(&rsa_1_5.wrap(SESSION_KEY, &STRANGER)),
            cbc.clone(),
        ),
        (
            &rsa_1_5,
            &rsa_1_5.encrypted_key(&rsa_1_5.wrap(&[7; 199], &SP)),
            cbc.clone(),
        ),
        (
            &rsa_1_5,
            &rsa_1_5.encrypted_key(&rsa_1_5.wrap(b"", &SP)),
            cbc.clone(),
        ),
        (&CBC, &CBC.encrypted_key(&[]), cbc.clone()),
        (&CBC, &CBC.encrypted_key(&[0; 255]), cbc.clone()),
        (&CBC, &CBC.encrypted_key(&[0xFF; 256]), cbc.clone()),
        (&CBC, &CBC.encrypted_key(&[1; 4096]), cbc.clone()),
    ] {
        let xml = around(&way.encrypted_assertion(key, &octets));
        let refused = open(&xml).unwrap_err();
        assert!(matches!(
            refused,
            EncryptedResponseError::Decryption(DecryptionError::Undecipherable)
        ));
        assert_eq!(
            refused.to_string(),
            "the encrypted assertion gives nothing that a trusted key signed"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Whatever is done to any octet of the session key or the data, nobody becomes somebody else; where the encryption
    /// is authenticated, nobody becomes anybody.
    #[test]
    fn no_change_of_an_octet_is_believed(at in any::<prop::sample::Index>(), change in 1u8..=255, gcm: bool, of_key: bool) {
        let way = if gcm { GCM } else { CBC };
        let signed = signed_assertion("m@corp", &IDP);
        let assertion = cut(&signed, "Assertion");
        let mut wrapped = way.wrap(&SESSION_KEY[..way.key_length()], &SP);
        let mut octets = way.encrypt(assertion.as_bytes());
        let changed = if of_key { &mut wrapped } else { &mut octets };
        let at = at.index(changed.len());
        changed[at] ^= change;
        let encrypted = way.encrypted_assertion(&way.encrypted_key(&wrapped), &octets);
        match open(&signed.replace(assertion, &encrypted)) {
            // Padding has no meaning, and neither has what a signature does not cover.
            Ok(opened) => {
                prop_assert!(!gcm && !of_key);
                prop_assert_eq!(&opened.assertion().name_id().unwrap().value, "m@corp");
            }
            Err(EncryptedResponseError::Decryption(DecryptionError::Undecipherable)) => {}
            Err(other) => prop_assert!(false, "{other:?}"),
        }
    }

    /// Any octets at all in place of the plaintext.
    #[test]
    fn no_plaintext_breaks_the_reader(plaintext in prop::collection::vec(any::<u8>(), 0..200), gcm: bool) {
        let way = if gcm { GCM } else { CBC };
        let signed = signed_assertion("m@corp", &IDP);
        let key = way.encrypted_key(&way.wrap(&SESSION_KEY[..way.key_length()], &SP));
        let encrypted = way.encrypted_assertion(&key, &way.encrypt(&plaintext));
        let refused = refusal(open(&signed.replace(cut(&signed, "Assertion"), &encrypted)));
        let expected = if gcm { "Plaintext" } else { "Undecipherable" };
        prop_assert!(refused.starts_with(expected));
    }
}
