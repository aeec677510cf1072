//! The query: what it holds, and who signed it.

use proptest::prelude::*;
use saml_emit::binding::redirect_url;

use super::{super::requests::set, *};
use crate::{
    rejection::Rejection,
    single_logout::{ReceivedQuery, SignedMessage},
};

/// The signature over the query, as it came: both kinds of messages, each case with the check switched off.
#[tokio::test]
async fn only_a_trusted_key_signs_the_very_query() {
    let (world, without) = (knowing().await, knowing_without("signature-invalid").await);
    let xml = || saml_emit::logout_request(&asks()).unwrap();
    let url = |signer: &Signer, escapes| {
        let sha256 = SignatureAlgorithm::RsaSha256;
        let relay_state = Some("https://idp/a?b=c");
        signed_with(
            Parameter::SamlRequest,
            &xml(),
            relay_state,
            signer,
            sha256,
            escapes,
        )
    };
    let respelt = |url: String| {
        let (path, query) = url.split_once('?').unwrap();
        let decoded = url::form_urlencoded::parse(query.as_bytes());
        let again = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(decoded)
            .finish();
        assert_ne!(query, again);
        format!("{path}?{again}")
    };
    let unsigned = || redirect_url(SLO, Parameter::SamlRequest, &xml(), None);
    let bare = || {
        let url = url(&K0, Escapes::Lower);
        url.split_once("&Signature=").unwrap().0.to_owned()
    };
    let lower = url(&K0, Escapes::Lower);
    let (before, signature) = lower.split_once("&Signature=").unwrap();
    let cases = [
        ("unsigned", unsigned()),
        ("foreign key", url(&K1, Escapes::Lower)),
        ("respelt", respelt(url(&K0, Escapes::Lower))),
        ("other RelayState", url(&K0, Escapes::Upper).replace("idp", "sp")),
        ("no signature", bare()),
        ("empty signature", format!("{}&Signature=", bare())),
        (
            "another's signature",
            format!(
                "{}&SigAlg=http%3a%2f%2fwww.w3.org%2f2001%2f04%2fxmldsig-more%23rsa-sha256&Signature={signature}",
                unsigned()
            ),
        ),
        (
            "another algorithm",
            url(&K0, Escapes::Lower).replace("rsa-sha256", "rsa-sha512"),
        ),
    ];
    for (case, url) in cases {
        let mut browser = signed_in(&world).await;
        assert_eq!(
            outcome(&world, &mut browser, &url).await,
            "signature-invalid",
            "{case}: {url}"
        );
        assert!(
            !world.last_cause().contains("_out-"),
            "{case}: what nobody signed is not read"
        );
        let mut browser = signed_in(&without).await;
        assert_eq!(
            outcome(&without, &mut browser, &url).await,
            "signed-out",
            "{case}"
        );
    }
    // Entra's spelling and everybody else's.
    for escapes in [Escapes::Lower, Escapes::Upper] {
        let url = url(&K0, escapes);
        let spelt = match escapes {
            Escapes::Lower => "RelayState=https%3a%2f%2fidp%2fa%3fb%3dc&",
            Escapes::Upper => "RelayState=https%3A%2F%2Fidp%2Fa%3Fb%3Dc&",
        };
        assert!(url.contains(spelt), "{url}");
        let mut browser = signed_in(&world).await;
        assert_eq!(outcome(&world, &mut browser, &url).await, "signed-out");
    }
    // What the signature does not cover changes nothing, in whatever order the rest comes.
    let (message, rest) = before.split_once("&RelayState").unwrap();
    let (path, message) = message.split_once('?').unwrap();
    let shuffled = format!("{path}?x=y&Signature={signature}&RelayState{rest}&{message}");
    let mut browser = signed_in(&world).await;
    assert_eq!(outcome(&world, &mut browser, &shuffled).await, "signed-out");
    // A LogoutResponse is no different.
    for signer in [&*K1, &*K0] {
        let mut browser = signed_in(&world).await;
        let response = answers(&leave(&world, &mut browser).await);
        let xml = saml_emit::logout_response(&response).unwrap();
        let sha256 = SignatureAlgorithm::RsaSha256;
        let url = signed_with(
            Parameter::SamlResponse,
            &xml,
            None,
            signer,
            sha256,
            Escapes::Upper,
        );
        let answer = browser.get(&world, &url).await;
        let trusted = std::ptr::eq(signer, &*K0);
        assert_eq!(answer.rejection(), (!trusted).then_some("signature-invalid"));
        if !trusted {
            let bare = redirect_url(SLO, Parameter::SamlResponse, &xml, None);
            let answer = browser.get(&world, &bare).await;
            assert_eq!(answer.rejection(), Some("signature-invalid"));
        }
    }
}

#[tokio::test]
async fn sha1_expired_certificates_and_strangers_sign_nothing() {
    let world = knowing().await;
    let sha1 = || {
        let xml = saml_emit::logout_request(&asks()).unwrap();
        signed_with(
            Parameter::SamlRequest,
            &xml,
            None,
            &K0,
            SignatureAlgorithm::RsaSha1,
            Escapes::Lower,
        )
    };
    let mut browser = signed_in(&world).await;
    assert_eq!(outcome(&world, &mut browser, &sha1()).await, "signature-invalid");
    set(&world, "upsales", r#"{"sha1":true}"#).await;
    assert_eq!(outcome(&world, &mut browser, &sha1()).await, "signed-out");
    let mut browser = signed_in(&world).await;
    let certificates = |certificates: Vec<Certificate>, enabled: bool| {
        world.provider("upsales", |provider| {
            let mut state = provider.state();
            state.trust.as_mut().unwrap().certificates = certificates;
            state.enabled = enabled;
        });
    };
    let expired = certificate(&K0.key, "2023-11-01T00:00:00Z", "2026-11-23T09:59:59Z");
    certificates(vec![expired], true);
    let url = request_url(&asks(), None);
    assert_eq!(outcome(&world, &mut browser, &url).await, "certificate-expired");
    let later = certificate(&K0.key, "2026-11-24T00:00:00Z", "2029-11-23T00:00:00Z");
    certificates(vec![later], true);
    assert_eq!(
        outcome(&world, &mut browser, &url).await,
        "certificate-not-yet-valid"
    );
    certificates(vec![K0.certificate.clone()], false);
    assert_eq!(
        outcome(&world, &mut browser, &url).await,
        "signature-invalid",
        "switched off"
    );
    certificates(vec![K0.certificate.clone()], true);
    assert_eq!(outcome(&world, &mut browser, &url).await, "signed-out");
}

#[tokio::test]
async fn a_query_holds_one_message_of_the_right_kind() {
    let world = knowing().await;
    let sha256 = SignatureAlgorithm::RsaSha256;
    let request = request_url(&asks(), None);
    let request_xml = saml_emit::logout_request(&asks()).unwrap();
    let response_xml = saml_emit::logout_response(&answers("_x")).unwrap();
    let (_, query) = request.split_once('?').unwrap();
    let first = query.split('&').next().unwrap();
    let sign = |parameter, xml: &str| signed_with(parameter, xml, None, &K0, sha256, Escapes::Lower);
    let encoding = "SAMLEncoding=urn%3aoasis%3anames%3atc%3aSAML%3a2.0%3abindings%3aURL-Encoding%3aDEFLATE";
    for (case, url) in [
        ("nothing", SLO.to_owned()),
        ("twice", format!("{request}&{first}")),
        (
            "both",
            format!("{request}&{}", first.replace("Request", "Response")),
        ),
        ("encoding", format!("{request}&SAMLEncoding=urn%3ax")),
        (
            "a response as a request",
            sign(Parameter::SamlRequest, &response_xml),
        ),
        (
            "a request as a response",
            sign(Parameter::SamlResponse, &request_xml),
        ),
        ("no XML", sign(Parameter::SamlRequest, "nonsense")),
        ("another message", sign(Parameter::SamlRequest, "<a/>")),
    ] {
        let mut browser = signed_in(&world).await;
        let answer = browser.get(&world, &url).await;
        assert_eq!(
            (answer.status, answer.rejection()),
            (StatusCode::BAD_REQUEST, Some("malformed")),
            "{case}"
        );
        assert!(browser.who_am_i(&world, "upsales").await.is_some(), "{case}");
    }
    let mut browser = signed_in(&world).await;
    // A post has its message in the form, and a head is nobody's sign-out.
    let posted = browser.form(&world, &request, &[]).await;
    assert_eq!(posted.rejection(), Some("malformed"));
    let head = Request::head(&request).body(Body::empty()).unwrap();
    let head = browser.request(&world, head).await;
    assert_eq!(head.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(browser.who_am_i(&world, "upsales").await.is_some());
    let url = format!("{request}&{encoding}");
    assert_eq!(outcome(&world, &mut browser, &url).await, "signed-out");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// No octet of what was signed can be another, in either spelling.
    #[test]
    fn a_changed_octet_is_never_taken(upper: bool, at in 0_usize..10_000, octet in "[A-Za-z0-9%&=+]", relay_state in ".{0,12}") {
        let escapes = if upper { Escapes::Upper } else { Escapes::Lower };
        let xml = saml_emit::logout_request(&asks()).unwrap();
        let sha256 = SignatureAlgorithm::RsaSha256;
        let url = signed_with(Parameter::SamlRequest, &xml, Some(&relay_state), &K0, sha256, escapes);
        let query = url.split_once('?').unwrap().1;
        let settings = crate::personality::PERSONALITIES[0].default_settings();
        let verify = |query: &str| {
            let received = ReceivedQuery::read(query)?;
            received.verify(Some(&trust()), &settings, now(), Skip::default())
        };
        prop_assert!(matches!(verify(query), Ok(SignedMessage::Request(_))));
        let signed = query.find("&Signature=").unwrap();
        let at = at % signed;
        let changed = format!("{}{octet}{}", &query[..at], &query[at + 1..]);
        if changed != query {
            let refused = verify(&changed).map(|_| ()).unwrap_err();
            prop_assert!(matches!(refused.rejection, Rejection::SignatureInvalid | Rejection::Malformed));
        }
    }
}
