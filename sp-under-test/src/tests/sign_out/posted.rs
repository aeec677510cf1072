//! Messages by HTTP-POST, signed inside (saml-bindings 3.5), which Entra does not send.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::{
    hash::{MessageDigest, hash},
    sign::Signer as OpenSslSigner,
};
use saml_accept::{
    c14n::{Exclusive, canonicalize},
    xml::{Limits, parse},
};

use super::*;

/// The message with a signature behind its Issuer.
fn signed(xml: &str, signer: &Signer) -> String {
    let canonical = |xml: &str| {
        let document = parse(xml.as_bytes(), &Limits::default()).unwrap();
        canonicalize(document.root(), &Exclusive::default(), None).unwrap()
    };
    let (_, id) = xml.split_once("ID=\"").unwrap();
    let (id, _) = id.split_once('"').unwrap();
    let digest = hash(MessageDigest::sha256(), canonical(xml).as_bytes()).unwrap();
    let signed_info = format!(
        "<SignedInfo xmlns=\"{}\"><CanonicalizationMethod Algorithm=\"{c14n}\"></CanonicalizationMethod>\
         <SignatureMethod Algorithm=\"{}\"></SignatureMethod><Reference URI=\"#{id}\"><Transforms>\
         <Transform Algorithm=\"{}\"></Transform><Transform Algorithm=\"{c14n}\"></Transform></Transforms>\
         <DigestMethod Algorithm=\"{}\"></DigestMethod><DigestValue>{}</DigestValue></Reference></SignedInfo>",
        names::NS_DSIG,
        names::SIG_RSA_SHA256,
        names::TRANSFORM_ENVELOPED,
        names::DIGEST_SHA256,
        STANDARD.encode(digest),
        c14n = names::C14N_EXCLUSIVE,
    );
    let mut rsa = OpenSslSigner::new(MessageDigest::sha256(), signer.key.private()).unwrap();
    let value = rsa.sign_oneshot_to_vec(signed_info.as_bytes()).unwrap();
    let signature = format!(
        "<Signature xmlns=\"{}\">{signed_info}<SignatureValue>{}</SignatureValue></Signature>",
        names::NS_DSIG,
        STANDARD.encode(value)
    );
    xml.replacen("</Issuer>", &format!("</Issuer>{signature}"), 1)
}

fn request_xml() -> String {
    saml_emit::logout_request(&asks()).unwrap()
}

/// What came of a form: `signed-out`, or the rejection id, held against the identity probe.
async fn outcome_of(world: &World, fields: &[(&str, &str)]) -> String {
    let mut browser = signed_in(world).await;
    let answer = browser.form(world, SLO, fields).await;
    let is_in = browser.who_am_i(world, "upsales").await.is_some();
    assert_eq!(answer.rejection().is_some(), is_in, "{}", answer.text);
    answer.rejection().unwrap_or("signed-out").to_owned()
}

async fn posted(world: &World, xml: &str) -> String {
    outcome_of(world, &[("SAMLRequest", &STANDARD.encode(xml))]).await
}

#[tokio::test]
async fn only_a_trusted_key_signs_what_is_posted() {
    let (world, without) = (knowing().await, knowing_without("signature-invalid").await);
    let inner = signed(&request_xml(), &K0);
    let wrapped = |inner: &str| {
        let extensions = format!("</Issuer><samlp:Extensions>{inner}</samlp:Extensions>");
        request_xml().replacen("</Issuer>", &extensions, 1)
    };
    for (case, xml) in [
        ("slo-unsigned", request_xml()),
        ("slo-wrong-key", signed(&request_xml(), &K1)),
        (
            "changed",
            signed(&request_xml(), &K0).replace("opaque", "another"),
        ),
        ("slo-wrapped", wrapped(&inner)),
    ] {
        assert_eq!(posted(&world, &xml).await, "signature-invalid", "{case}");
        assert_eq!(posted(&without, &xml).await, "signed-out", "{case}");
    }
    assert_eq!(posted(&world, &signed(&request_xml(), &K0)).await, "signed-out");
    // A comment is not signed, and is not read either.
    let commented = signed(&request_xml(), &K0).replace("opaque", "opa<!---->que");
    assert_eq!(
        posted(&world, &commented).await,
        "signed-out",
        "slo-comment-nameid"
    );
}

#[tokio::test]
async fn what_was_posted_passes_the_same_checks() {
    let world = knowing().await;
    let changed = |change: fn(&mut LogoutRequest)| {
        let mut request = asks();
        change(&mut request);
        signed(&saml_emit::logout_request(&request).unwrap(), &K0)
    };
    for (expected, xml) in [
        (
            "issuer-unknown",
            changed(|it| it.issuer = Some("https://sts.windows.net/other/".to_owned())),
        ),
        (
            "destination-mismatch",
            changed(|it| it.destination = Some(format!("{BASE}/i/upwork/slo"))),
        ),
        (
            "outside-validity",
            changed(|it| it.not_on_or_after = Some(seconds(-3600))),
        ),
    ] {
        assert_eq!(posted(&world, &xml).await, expected);
    }
    // A request is good for once, whatever brings it.
    let xml = signed(&request_xml(), &K0);
    assert_eq!(posted(&world, &xml).await, "signed-out");
    assert_eq!(posted(&world, &xml).await, "replayed");
}

#[tokio::test]
async fn a_form_holds_one_message_of_the_right_kind() {
    let world = knowing().await;
    let encode = |xml: &str| STANDARD.encode(signed(xml, &K0));
    let request = encode(&request_xml());
    let response = encode(&saml_emit::logout_response(&answers("_x")).unwrap());
    let document_type = STANDARD.encode(format!("<!DOCTYPE a []>{}", signed(&request_xml(), &K0)));
    let cases: [(&str, &[(&str, &str)]); 8] = [
        ("nothing", &[]),
        ("empty", &[("SAMLRequest", "")]),
        ("twice", &[("SAMLRequest", &request), ("SAMLRequest", &request)]),
        ("both", &[("SAMLRequest", &request), ("SAMLResponse", &response)]),
        ("a response as a request", &[("SAMLRequest", &response)]),
        ("a request as a response", &[("SAMLResponse", &request)]),
        ("slo-xxe", &[("SAMLRequest", &document_type)]),
        ("bind-post-to-other-endpoint", &[("SAMLResponse", "PGEvPg==")]),
    ];
    for (case, fields) in cases {
        assert_eq!(outcome_of(&world, fields).await, "malformed", "{case}");
    }
}

#[tokio::test]
async fn an_answer_can_be_posted() {
    let world = knowing().await;
    for (signer, rejection) in [(None, Some("signature-invalid")), (Some(&*K0), None)] {
        let mut browser = signed_in(&world).await;
        let request = leave(&world, &mut browser).await;
        let xml = saml_emit::logout_response(&answers(&request)).unwrap();
        let xml = signer.map_or_else(|| xml.clone(), |signer| signed(&xml, signer));
        let fields = [("SAMLResponse", STANDARD.encode(xml))];
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        let answer = browser.form(&world, SLO, &fields).await;
        assert_eq!(answer.rejection(), rejection);
        assert!(browser.who_am_i(&world, "upsales").await.is_none());
    }
}
