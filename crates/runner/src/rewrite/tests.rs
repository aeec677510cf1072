//! Messages as SPs write them, before and after.

use proptest::prelude::*;

use super::message::rewrite;
use super::*;

const PASSPORT: &str = r#"<?xml version="1.0"?><samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1" Version="2.0" IssueInstant="2026-11-23T10:00:00Z" Destination="http://idp.test/saml2"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">urn:sp</saml:Issuer><samlp:NameIDPolicy Format='urn:old' AllowCreate="true"/><samlp:RequestedAuthnContext Comparison="exact"><saml:AuthnContextClassRef xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">urn:pw</saml:AuthnContextClassRef></samlp:RequestedAuthnContext></samlp:AuthnRequest>"#;
const BARE: &str = "<AuthnRequest xmlns=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:a=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_2\">\n <a:Issuer>urn:sp</a:Issuer>\n <ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo/></ds:Signature>\n <a:Conditions/>\n</AuthnRequest>";

fn changes(text: &str) -> RequestChanges {
    let whole = format!(
        "title = \"t\"\napp = \"a\"\nuser = \"B\"\n[[step]]\nexpect = {{ outcome = \"signed-in\" }}\n[step.sign_in.request]\n{text}\n"
    );
    let scenario = crate::scenario::parse_one("s.toml", &whole, false).unwrap();
    match scenario.steps.into_iter().next().unwrap().action {
        crate::scenario::StepAction::SignIn(step) => *step.request.unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_key_changes_its_own_part_and_nothing_else() {
    for (xml, keys, before, after) in [
        (PASSPORT, "id = \"_<9>\"", "ID=\"_1\"", "ID=\"_&lt;9&gt;\""),
        (PASSPORT, "version = \"\"", " Version=\"2.0\"", ""),
        (PASSPORT, "issue_instant = \"x\"", "2026-11-23T10:00:00Z", "x"),
        (
            PASSPORT,
            "destination = \"http://x/\"",
            "http://idp.test/saml2",
            "http://x/",
        ),
        (
            PASSPORT,
            "force_authn = true\nis_passive = false",
            "saml2\"><saml:I",
            "saml2\" ForceAuthn=\"true\" IsPassive=\"false\"><saml:I",
        ),
        (
            PASSPORT,
            "acs_url = \"/acs\"\nacs_index = 1\nprotocol_binding = \"urn:b\"",
            "saml2\"><saml:I",
            "saml2\" AssertionConsumerServiceURL=\"/acs\" AssertionConsumerServiceIndex=\"1\" ProtocolBinding=\"urn:b\"><saml:I",
        ),
        (PASSPORT, "issuer = \"a&b\"", ">urn:sp<", ">a&amp;b<"),
        (
            PASSPORT,
            "issuer = \"\"",
            "<saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">urn:sp</saml:Issuer>",
            "",
        ),
        (
            PASSPORT,
            "name_id_format = \"urn:new\"",
            "Format='urn:old'",
            "Format=\"urn:new\"",
        ),
        (PASSPORT, "name_id_format = \"\"", " Format='urn:old'", ""),
        (
            PASSPORT,
            "sp_name_qualifier = \"urn:q\"",
            "'urn:old' AllowCreate=\"true\"",
            "\"urn:old\" AllowCreate=\"true\" SPNameQualifier=\"urn:q\"",
        ),
        (PASSPORT, "comparison = \"minimum\"", "\"exact\"", "\"minimum\""),
        (PASSPORT, "comparison = \"\"", " Comparison=\"exact\"", ""),
        (
            PASSPORT,
            "authn_context = [\"urn:x\", \"urn:y\"]",
            "<saml:AuthnContextClassRef xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">urn:pw</saml:AuthnContextClassRef>",
            "<AuthnContextClassRef xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">urn:x</AuthnContextClassRef><AuthnContextClassRef xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">urn:y</AuthnContextClassRef>",
        ),
        (
            PASSPORT,
            "subject = \"b@c\"",
            "<samlp:NameIDPolicy",
            "<Subject xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"><NameID xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">b@c</NameID></Subject><samlp:NameIDPolicy",
        ),
        (
            PASSPORT,
            "scoping = true",
            "</samlp:AuthnRequest>",
            "<samlp:Scoping ProxyCount=\"1\"/></samlp:AuthnRequest>",
        ),
        (
            PASSPORT,
            "scoping = false\nsubject = \"\"\nunsigned = true\nlogin_hint = \"x\"",
            "",
            "",
        ),
        (
            BARE,
            "subject = \"b\"",
            "<a:Conditions/>",
            "<a:Subject><a:NameID>b</a:NameID></a:Subject><a:Conditions/>",
        ),
        (
            BARE,
            "name_id_format = \"urn:f\"",
            "<a:Conditions/>",
            "<NameIDPolicy Format=\"urn:f\"/><a:Conditions/>",
        ),
        (BARE, "name_id_format = \"\"", "", ""),
        (
            BARE,
            "authn_context = [\"urn:x\"]\ncomparison = \"better\"",
            "</AuthnRequest>",
            "<RequestedAuthnContext Comparison=\"better\"><a:AuthnContextClassRef>urn:x</a:AuthnContextClassRef></RequestedAuthnContext></AuthnRequest>",
        ),
        (
            BARE,
            "unsigned = true",
            "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo/></ds:Signature>",
            "",
        ),
        (
            "<p:AuthnRequest xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\"/>",
            "scoping = true",
            "/>",
            "><p:Scoping ProxyCount=\"1\"/></p:AuthnRequest>",
        ),
    ] {
        let changed = rewrite(xml, &changes(keys)).unwrap();
        let expected = if before.is_empty() {
            xml.to_owned()
        } else {
            xml.replacen(before, after, 1)
        };
        // A tag that is written anew has its quotes in one way.
        let same = |text: &str| text.replace('\'', "\"");
        assert_eq!(same(&changed), same(&expected), "{keys}");
    }
    let gone = rewrite(PASSPORT, &changes("authn_context = []")).unwrap();
    assert!(
        !gone.contains("AuthnContext") && gone.ends_with("AllowCreate=\"true\"/></samlp:AuthnRequest>"),
        "{gone}"
    );
}

#[test]
fn byte_order_marks_stay_where_they_are() {
    for marks in ["\u{feff}", "\u{feff}\u{feff}"] {
        for xml in [
            PASSPORT,
            BARE,
            "<p:AuthnRequest xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\" x=\"é\"><a>é</a>é</p:AuthnRequest>é",
        ] {
            let keys = "id = \"_é\"\nissuer = \"urn:é\"\nscoping = true";
            let plain = rewrite(xml, &changes(keys)).unwrap();
            let marked = rewrite(&format!("{marks}{xml}"), &changes(keys)).unwrap();
            assert_eq!(marked, format!("{marks}{plain}"));
        }
    }
}

#[test]
fn what_cannot_be_changed_is_said() {
    for (xml, keys, expected) in [
        (
            BARE,
            "comparison = \"exact\"",
            "it has no RequestedAuthnContext to take a `comparison`: give `authn_context` too",
        ),
        ("<a/>", "id = \"x\"", "it is `a`, not an AuthnRequest"),
        (
            "<AuthnRequest/>",
            "id = \"x\"",
            "it is `AuthnRequest`, not an AuthnRequest",
        ),
        ("", "id = \"x\"", "it has no whole root element"),
    ] {
        assert_eq!(rewrite(xml, &changes(keys)), Err(expected.to_owned()), "{xml}");
    }
    assert!(rewrite("<a><b></a>", &changes("id = \"x\"")).is_err());
}

const IDP: &str = "http://localhost:8080/t/saml2";

fn rewriter(keys: &str) -> Rewriter {
    Rewriter::new(changes(keys), &[Url::parse(IDP).unwrap().origin()])
}

fn deflated(xml: &str) -> String {
    byte_serialize(encode(xml, Encoding::Deflate, Binding::Redirect).as_bytes()).collect()
}

fn sp() -> Origin {
    Url::parse("http://127.0.0.1:3000/").unwrap().origin()
}

#[test]
fn a_redirect_keeps_every_other_parameter_and_its_signature_unless_it_is_taken_away() {
    let sent = deflated(BARE);
    let query = |message: &str, rest: &str| format!("SAMLRequest={message}&RelayState=a%2Fb+c{rest}");
    let signed = "&SigAlg=urn%3ax&Signature=abc%3d";
    let changed = deflated(&BARE.replacen("_2", "_9", 1));
    for (keys, expected) in [
        ("id = \"_9\"", query(&changed, signed)),
        (
            "login_hint = \"b@c\"",
            query(&sent, &format!("{signed}&login_hint=b%40c")),
        ),
        ("login_hint = \"\"", query(&sent, signed)),
    ] {
        let mut url = Url::parse(&format!("{IDP}?{}", query(&sent, signed))).unwrap();
        let mut rewriter = rewriter(keys);
        rewriter.apply(Some(&sp()), &mut url, &mut None).unwrap();
        assert_eq!(url.query(), Some(&expected[..]), "{keys}");
        assert_eq!(rewriter.rewritten(), 1);
    }
    let mut url = Url::parse(&format!("{IDP}?{}&login_hint=old", query(&sent, signed))).unwrap();
    rewriter("unsigned = true\nlogin_hint = \"new\"")
        .apply(Some(&sp()), &mut url, &mut None)
        .unwrap();
    let unsigned = url.query().unwrap();
    assert!(
        unsigned.ends_with("&RelayState=a%2Fb+c&login_hint=new"),
        "{unsigned}"
    );
    let message = parameter(unsigned, MESSAGE).unwrap();
    let xml = decode_redirect(&message, &Limits::default()).unwrap();
    assert!(!String::from_utf8(xml).unwrap().contains("Signature"));
}

#[test]
fn a_form_is_rewritten_and_what_is_not_meant_stays() {
    let value: String =
        byte_serialize(encode(PASSPORT, Encoding::Base64, Binding::Post).as_bytes()).collect();
    let form = format!("RelayState=r&SAMLRequest={value}");
    let mut rewriter = rewriter("issuer = \"urn:other\"\nlogin_hint = \"x\"");
    let mut url = Url::parse(&format!("{IDP}?q=1")).unwrap();
    let mut body = Some(form.clone());
    rewriter.apply(Some(&sp()), &mut url, &mut body).unwrap();
    let sent = parameter(&body.unwrap(), MESSAGE).unwrap();
    let xml = String::from_utf8(decode_post(&sent, &Limits::default()).unwrap()).unwrap();
    assert!(xml.contains(">urn:other<"), "{xml}");
    assert_eq!(url.query(), Some("q=1&login_hint=x"));

    let idp = Url::parse(IDP).unwrap().origin();
    for (source, target, body) in [
        (None, IDP, Some(form.clone())),
        (Some(&idp), IDP, Some(form.clone())),
        (Some(&sp()), "http://127.0.0.1:3000/acs", Some(form.clone())),
        (Some(&sp()), IDP, Some("SAMLResponse=x".to_owned())),
        (Some(&sp()), IDP, None),
    ] {
        let (mut url, mut sent) = (Url::parse(target).unwrap(), body.clone());
        rewriter.apply(source, &mut url, &mut sent).unwrap();
        assert_eq!((url.as_str(), sent), (target, body));
    }
    assert_eq!(rewriter.rewritten(), 1);
    let mut url = Url::parse(&format!("{IDP}?SAMLRequest=%25")).unwrap();
    let error = rewriter.apply(Some(&sp()), &mut url, &mut None).unwrap_err();
    assert!(
        error.starts_with("the SP's AuthnRequest cannot be rewritten: "),
        "{error}"
    );
}

proptest! {
    #[test]
    fn what_is_not_changed_keeps_its_bytes_and_nothing_panics(
        before in "\u{feff}{0,2}(<!--é-->)?",
        middle in "(<(a|samlp:NameIDPolicy|b:c)( x=['\"]y['\"])?/?>|</a>|&amp;|<!-- x -->|[ a-zé]){0,8}",
    ) {
        let xml = format!("{before}<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_1\">{middle}</samlp:AuthnRequest>");
        if let Ok(changed) = rewrite(&xml, &changes("id = \"_2\"")) {
            let expected = if middle.is_empty() { xml.replace("></samlp:AuthnRequest>", "/>") } else { xml };
            prop_assert_eq!(changed, expected.replacen("_1", "_2", 1));
        }
    }
}
