//! Encrypted assertions: what is decrypted, and what is refused by name.

#![allow(clippy::unwrap_used)]

mod sealing;
mod support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::nid::Nid;
use saml_accept::decryption::{DecryptionKeyError, DecryptionKeys, DecryptionPolicy, LIMIT_ENCRYPTED_KEYS};
use saml_accept::response::{MalformedKind, UnverifiedResponse};
use saml_accept::signature::SignatureError;
use saml_accept::xml::Limits;
use saml_model::names::*;

use sealing::{
    CBC, GCM, IDP, Place, RECIPIENT, SESSION_KEY, SP, STRANGER, Way, keys, name, open, open_with, policy,
    refusal,
};
use support::{Key, ON_ASSERTION, ON_RESPONSE, cut, response, sign, signed_assertion};

#[test]
fn every_accepted_way_is_decrypted() {
    let both = |digest, mgf| Some((digest, mgf));
    for data in [ENC_AES128_CBC, ENC_AES256_CBC, ENC_AES128_GCM, ENC_AES256_GCM] {
        for (transport, oaep, label) in [
            (KEY_RSA_1_5, None, &b""[..]),
            (KEY_RSA_OAEP_MGF1P, None, b""),
            (KEY_RSA_OAEP_MGF1P, both(DIGEST_SHA1, None), b"label"),
            (KEY_RSA_OAEP_MGF1P, both(DIGEST_SHA256, None), b""),
            (KEY_RSA_OAEP, None, b""),
            (KEY_RSA_OAEP, both(DIGEST_SHA256, Some(MGF1_SHA256)), b"label"),
            (KEY_RSA_OAEP, both(DIGEST_SHA384, Some(MGF1_SHA1)), b""),
            (KEY_RSA_OAEP, both(DIGEST_SHA512, Some(MGF1_SHA384)), b""),
            (KEY_RSA_OAEP, both(DIGEST_SHA1, Some(MGF1_SHA512)), b""),
        ] {
            for place in [Place::KeyInfo, Place::Beside, Place::Retrieval] {
                let way = Way {
                    data,
                    transport,
                    oaep,
                    label,
                    place,
                    ..CBC
                };
                assert_eq!(name(open(&way.message("m@corp"))), "m@corp", "{data} {transport}");
            }
        }
    }
}

#[test]
fn only_the_last_byte_of_the_padding_counts() {
    let random = Way {
        padding: |length| {
            let mut padding = vec![0xA5; length];
            padding[length - 1] = u8::try_from(length).unwrap();
            padding
        },
        ..CBC
    };
    for name_id in ["m", "mm", "m234567890123456"] {
        assert_eq!(name(open(&random.message(name_id))), name_id);
    }
}

#[test]
fn signatures_inside_outside_and_both_are_verified() {
    for way in [CBC, GCM] {
        let inside = way.message("m@corp");
        let unsigned = response("m@corp").replace(ON_ASSERTION, "");
        let assertion = cut(&unsigned, "Assertion");
        let outside = sign(
            &unsigned.replace(assertion, &way.seal(assertion)),
            ON_RESPONSE,
            "_r",
            &IDP,
        );
        let marked = sign(&response("m@corp"), ON_ASSERTION, "_a", &IDP);
        let assertion = cut(&marked, "Assertion");
        let both = sign(
            &marked.replace(assertion, &way.seal(assertion)),
            ON_RESPONSE,
            "_r",
            &IDP,
        );
        for (xml, on_response, on_assertion) in [
            (&inside, false, true),
            (&outside, true, false),
            (&both, true, true),
        ] {
            let signed = open(xml).unwrap_or_else(|error| panic!("{error}\n{xml}"));
            assert_eq!(
                (signed.response_is_signed(), signed.assertion_is_signed()),
                (on_response, on_assertion)
            );
            assert_eq!(signed.envelope().destination.as_deref(), Some("https://sp/acs"));
            assert_eq!(
                signed.assertion().attribute("urn:role").unwrap(),
                ["reader", "writer"]
            );
        }
        // The ciphertext is what the response's signature covers.
        let changed = outside
            .replace("#_k\"", "#_k\" ")
            .replace("Id=\"_d\"", "Id=\"_e\"");
        assert!(refusal(open(&changed)).starts_with("DigestMismatch"));
        // A signature of the response made before encryption covers something else.
        let before = sign(&unsigned, ON_RESPONSE, "_r", &IDP);
        let before = before.replace(cut(&before, "Assertion"), &way.seal(cut(&before, "Assertion")));
        assert!(refusal(open(&before)).starts_with("DigestMismatch"));
        // Every signature has to hold: the response's is good, the assertion's is somebody else's.
        let wrong = sign(&response("m@corp"), ON_ASSERTION, "_a", &STRANGER);
        let sealed = way.seal(cut(&wrong, "Assertion"));
        let wrong = sign(
            &wrong.replace(cut(&wrong, "Assertion"), &sealed),
            ON_RESPONSE,
            "_r",
            &IDP,
        );
        assert_eq!(refusal(open(&wrong)), "SignatureMismatch");
    }
}

#[test]
fn what_is_not_decrypted_is_not_believed() {
    let xml = GCM.message("m@corp");
    let parse = |xml: &str| UnverifiedResponse::parse(xml.as_bytes(), &Limits::default()).unwrap();
    assert!(parse(&xml).has_assertion() && parse(&xml).is_encrypted());
    let refused = parse(&xml).verify(&IDP.trusted());
    assert!(matches!(refused, Err(SignatureError::Encrypted)));
    #[cfg(debug_assertions)]
    {
        assert!(parse(&xml).without_signature_check().is_err());
        let decryption = keys(&[&SP], policy());
        for (xml, is_encrypted) in [
            (GCM.message("m@corp"), true),
            (signed_assertion("m@corp", &STRANGER), false),
        ] {
            let believed = parse(&xml).decrypt_without_signature_check(&decryption).unwrap();
            assert_eq!(believed.assertion().name_id().unwrap().value, "m@corp");
            assert_eq!(
                (believed.was_encrypted(), believed.signed_by()),
                (is_encrypted, None)
            );
        }
    }

    let plain = signed_assertion("m@corp", &IDP);
    assert!(!parse(&plain).is_encrypted());
    let signed = open(&plain).unwrap();
    assert!(!signed.was_encrypted() && signed.assertion_is_signed());
    let forged = open(&signed_assertion("v@corp", &STRANGER));
    assert_eq!(refusal(forged), "SignatureMismatch");
}

#[test]
fn any_of_our_keys_and_any_key_for_us_will_do() {
    let xml = CBC.message("m@corp");
    for own in [&[&*SP, &STRANGER][..], &[&STRANGER, &SP]] {
        assert_eq!(name(open_with(&xml, &keys(own, policy()))), "m@corp");
    }
    let key = cut(&xml, "EncryptedKey").to_owned();
    let foreign = CBC
        .encrypted_key(&CBC.wrap(SESSION_KEY, &STRANGER))
        .replace("_k", "_f");
    let for_somebody = |recipient: &str, key: &str| {
        key.replace(
            "<EncryptedKey ",
            &format!("<EncryptedKey Recipient=\"{recipient}\" "),
        )
    };
    for (keys, expected) in [
        (format!("{foreign}{key}"), "m@corp"),
        (format!("{key}{foreign}"), "m@corp"),
        (format!("{foreign}{}", for_somebody(RECIPIENT, &key)), "m@corp"),
        (
            format!("{}{key}", for_somebody("https://other", &foreign)),
            "m@corp",
        ),
        (
            for_somebody("https://other", &key),
            "OtherRecipient { found: \"https://other\" }",
        ),
        (String::new(), "NoEncryptedKey"),
        ("<KeyName>k</KeyName>".to_owned(), "NoEncryptedKey"),
        (foreign.clone(), "Undecipherable"),
    ] {
        match open(&xml.replace(&key, &keys)) {
            Ok(signed) => assert_eq!(signed.assertion().name_id().unwrap().value, expected),
            refused => assert_eq!(refusal(refused), expected),
        }
    }
    let anybody = DecryptionPolicy {
        recipient: None,
        ..policy()
    };
    let addressed = xml.replace(&key, &for_somebody("https://other", &key));
    assert_eq!(
        name(open_with(&addressed, &crate::keys(&[&SP], anybody))),
        "m@corp"
    );
}

#[test]
fn algorithms_are_allowed_by_list_and_policy() {
    let rsa_1_5 = Way {
        transport: KEY_RSA_1_5,
        ..GCM
    };
    let strict = keys(&[&SP], DecryptionPolicy::default());
    assert_eq!(name(open_with(&GCM.message("m"), &strict)), "m");
    assert!(refusal(open_with(&CBC.message("m"), &strict)).starts_with("CbcRefused"));
    assert_eq!(refusal(open_with(&rsa_1_5.message("m"), &strict)), "Rsa15Refused");
    let gcm = GCM.message("m");
    let declared = Way {
        transport: KEY_RSA_OAEP,
        oaep: Some((DIGEST_SHA256, Some(MGF1_SHA256))),
        ..GCM
    };
    for (xml, from, to, expected) in [
        (
            &gcm,
            ENC_AES128_GCM,
            "http://www.w3.org/2001/04/xmlenc#tripledes-cbc",
            "DataMethodRefused",
        ),
        (
            &gcm,
            ENC_AES128_GCM,
            "http://www.w3.org/2009/xmlenc11#aes192-gcm",
            "DataMethodRefused",
        ),
        (&gcm, ENC_AES128_GCM, "", "DataMethodRefused"),
        (
            &gcm,
            KEY_RSA_OAEP_MGF1P,
            "http://www.w3.org/2001/04/xmlenc#kw-aes128",
            "KeyTransportRefused",
        ),
        (
            &declared.message("m"),
            KEY_RSA_OAEP,
            KEY_RSA_OAEP_MGF1P,
            "KeyTransportRefused",
        ),
        (
            &declared.message("m"),
            KEY_RSA_OAEP,
            KEY_RSA_1_5,
            "KeyTransportRefused",
        ),
        (
            &declared.message("m"),
            DIGEST_SHA256,
            "http://www.w3.org/2001/04/xmldsig-more#md5",
            "OaepRefused",
        ),
        (&declared.message("m"), MGF1_SHA256, DIGEST_SHA256, "OaepRefused"),
        // The tag of GCM protects nothing where the message may choose to have none.
        (&gcm, ENC_AES128_GCM, ENC_AES128_CBC, "Undecipherable"),
    ] {
        // The signature inside names digests too, but nobody sees it.
        assert!(xml.contains(from));
        let refused = refusal(open(&xml.replace(from, to)));
        assert!(refused.starts_with(expected), "{expected}: {refused}");
    }
}

#[test]
fn structure_is_judged_without_any_key() {
    let xml = GCM.message("m@corp");
    let encrypted = cut(&xml, "saml:EncryptedAssertion").to_owned();
    let data = cut(&xml, "x:EncryptedData").to_owned();
    let key = cut(&xml, "EncryptedKey").to_owned();
    let value = data
        .rsplit_once("<x:CipherData>")
        .unwrap()
        .1
        .split_once("</x:CipherData>")
        .unwrap()
        .0
        .to_owned();
    let plain = signed_assertion("m@corp", &IDP);
    let plain = cut(&plain, "Assertion");
    let reference =
        |uri: &str| format!("<ReferenceList><DataReference URI=\"{uri}\"/></ReferenceList></EncryptedKey>");
    let retrieval = |attributes: &str| format!("<RetrievalMethod {attributes}/>{key}");
    for (from, to, expected) in [
        // One assertion, and where it belongs.
        (
            encrypted.as_str(),
            format!("{encrypted}{}", encrypted.replace("\"_", "\"_2")),
            "ElementRepeated",
        ),
        (&encrypted, format!("{encrypted}{plain}"), "Unsupported"),
        (&encrypted, format!("{plain}{encrypted}"), "Unsupported"),
        (
            &encrypted,
            plain.replace("</Subject>", &format!("</Subject><Advice>{encrypted}</Advice>")),
            "Misplaced",
        ),
        (&encrypted, plain.replace("reader", &encrypted), "Misplaced"),
        (
            "</samlp:Status>",
            format!("<samlp:StatusDetail>{encrypted}</samlp:StatusDetail></samlp:Status>"),
            "IdRepeated",
        ),
        (
            "<saml:EncryptedAssertion ",
            "<saml:EncryptedAssertion ID=\"_z\" ".to_owned(),
            "AttributeUnexpected",
        ),
        // One EncryptedData of an element, its octets in it.
        (&data, String::new(), "ElementMissing"),
        (
            &data,
            format!("{data}{}", data.replace("\"_", "\"_2")),
            "ElementRepeated",
        ),
        (&data, format!("{data}text"), "TextBetweenElements"),
        (&data, plain.to_owned(), "Misplaced"),
        (
            XENC_TYPE_ELEMENT,
            "http://www.w3.org/2001/04/xmlenc#Content".to_owned(),
            "Unsupported",
        ),
        (
            "Id=\"_d\"",
            "Encoding=\"urn:x\"".to_owned(),
            "AttributeUnexpected",
        ),
        (
            &value,
            "<x:CipherReference URI=\"http://canary.example/\"/>".to_owned(),
            "Unsupported",
        ),
        (&value, String::new(), "ElementMissing"),
        (&value, format!("{value}{value}"), "ElementRepeated"),
        (
            &value,
            "<x:CipherValue>not base64</x:CipherValue>".to_owned(),
            "Value",
        ),
        (
            &value,
            "<x:CipherValue>AA==<!---->AA==</x:CipherValue>".to_owned(),
            "Text",
        ),
        (
            "<x:EncryptionMethod Algorithm=\"http://www.w3.org/2009/xmlenc11#aes128-gcm\"/>",
            String::new(),
            "ElementMissing",
        ),
        (
            "aes128-gcm\"/>",
            "aes128-gcm\"><x:KeySize>128</x:KeySize></x:EncryptionMethod>".to_owned(),
            "ElementUnexpected",
        ),
        // Keys that are here and for this.
        (&key, retrieval("URI=\"http://canary.example/\""), "Unsupported"),
        (&key, retrieval("URI=\"#_elsewhere\""), "Unsupported"),
        (&key, retrieval("URI=\"#_r\""), "Unsupported"),
        (&key, retrieval("URI=\"\""), "Unsupported"),
        (&key, retrieval("Type=\"x\" URI=\"#_k\""), "Unsupported"),
        (&key, retrieval(""), "AttributeMissing"),
        (
            &key,
            format!("<x:AgreementMethod Algorithm=\"urn:x\"/>{key}"),
            "Unsupported",
        ),
        ("</EncryptedKey>", reference("#_other"), "Unsupported"),
        ("</EncryptedKey>", reference("_d"), "Unsupported"),
        (
            "</EncryptedKey>",
            "<ReferenceList/></EncryptedKey>".to_owned(),
            "Unsupported",
        ),
        (
            "mgf1p\"></EncryptionMethod>",
            format!(
                "mgf1p\"><OAEPparams>{}</OAEPparams></EncryptionMethod>",
                STANDARD.encode([0; 257])
            ),
            "Unsupported",
        ),
        (
            "mgf1p\"></EncryptionMethod>",
            "mgf1p\"><KeySize>1</KeySize></EncryptionMethod>".to_owned(),
            "ElementUnexpected",
        ),
    ] {
        assert!(xml.contains(from), "{from}");
        let changed = xml.replacen(from, &to, 1);
        let kind = UnverifiedResponse::parse(changed.as_bytes(), &Limits::default())
            .unwrap_err()
            .kind;
        let kind = format!("{kind:?}");
        assert!(kind.starts_with(expected), "{expected}: {kind}\n{changed}");
    }
    for (from, to) in [
        ("</EncryptedKey>", reference("#_d").as_str()),
        (
            "</EncryptedKey>",
            "<CarriedKeyName>n</CarriedKeyName></EncryptedKey>",
        ),
        (
            "<CipherData>",
            &format!("<KeyInfo xmlns=\"{NS_DSIG}\"><X509Data/></KeyInfo><CipherData>"),
        ),
        (" Type=\"http://www.w3.org/2001/04/xmlenc#Element\"", ""),
        ("Id=\"_d\"", "MimeType=\"text/xml\""),
        ("<x:CipherValue>", "<x:CipherValue>\n  "),
    ] {
        assert!(xml.contains(from), "{from}");
        assert_eq!(name(open(&xml.replacen(from, to, 1))), "m@corp", "{to}");
    }
}

#[test]
fn encrypted_keys_are_limited() {
    let xml = CBC.message("m@corp");
    let key = cut(&xml, "EncryptedKey").to_owned();
    let many = |count: usize| -> String {
        let foreign = CBC.encrypted_key(&CBC.wrap(SESSION_KEY, &STRANGER));
        let foreign = (1..count).map(|index| foreign.replace("_k", &format!("_{index}")));
        foreign.chain([key.clone()]).collect()
    };
    let most = xml.replace(&key, &many(LIMIT_ENCRYPTED_KEYS));
    assert_eq!(name(open(&most)), "m@corp");
    let more = xml.replace(&key, &many(LIMIT_ENCRYPTED_KEYS + 1));
    let beside = xml.replace(
        "</saml:EncryptedAssertion>",
        &format!("{}</saml:EncryptedAssertion>", many(8).replace("_k", "_l")),
    );
    for xml in [more, beside] {
        let refused = UnverifiedResponse::parse(xml.as_bytes(), &Limits::default()).unwrap_err();
        assert!(matches!(refused.kind, MalformedKind::Unsupported { what } if what.contains("more than 8")));
    }
}

#[test]
fn keys_are_rsa_keys_and_keep_to_themselves() {
    let ec = Key::ec(Nid::X9_62_PRIME256V1, 32);
    let refused = DecryptionKeys::new([&*SP.private, &*ec.private], policy());
    assert!(matches!(refused, Err(DecryptionKeyError::NotRsa { index: 1 })));
    assert!(matches!(
        DecryptionKeys::new([], policy()),
        Err(DecryptionKeyError::Empty)
    ));
    let shown = format!("{:?}", keys(&[&SP], policy()));
    assert!(
        shown.starts_with("DecryptionKeys { keys: 1, policy: ") && shown.len() < 200,
        "{shown}"
    );
}
