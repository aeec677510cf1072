//! Whose sessions a LogoutRequest ends: by name and SessionIndex (saml-core 3.7.1, 3.7.3.1), and by Entra's own, which names
//! nobody (entra-behaviour.md section 6).

use super::{super::requests::query_of, *};

/// The users whom the cases are about, by what their assertions name them.
const M: &str = "b.simon@contoso.com";
const V: &str = "u.keller@contoso.com";

/// Who is signed in in a browser of this name.
async fn signed_in_as(world: &World, name: &str) -> (Browser, String) {
    let mut browser = Browser::default();
    let mut response = good(world, "upwork", None);
    name_id(&mut response).value = name.to_owned();
    set_attribute(&mut response, "Email", &[name]);
    set_attribute(&mut response, names::CLAIM_OBJECT_ID, &[name]);
    set_attribute(&mut response, names::CLAIM_EMAIL_ADDRESS, &[name]);
    set_attribute(&mut response, names::CLAIM_NAME, &[name]);
    assert_eq!(
        browser.outcome(world, "upwork", &sign(&response)).await,
        "signed-in"
    );
    let who = browser.who_am_i(world, "upwork").await.unwrap();
    assert_eq!(who.name_id, name);
    (browser, who.session_index.unwrap())
}

fn named(value: &str) -> NameId {
    NameId {
        format: Some(names::NAME_ID_EMAIL.to_owned()),
        name_qualifier: None,
        sp_name_qualifier: None,
        value: value.to_owned(),
    }
}

/// What a request is made of: its name, and whose sessions it names (`desk` and `phone` are M's, `other` is V's).
type Case = (
    &'static str,
    Option<NameId>,
    &'static [&'static str],
    &'static [&'static str],
);

/// The sessions that end, by the browser that has them; the request comes in M's `desk`.
#[tokio::test]
async fn a_name_and_an_index_mean_what_has_both() {
    let world = knowing().await;
    let persistent = || NameId {
        format: Some(names::NAME_ID_PERSISTENT.to_owned()),
        ..named(M)
    };
    let without_format = |value: &str| NameId {
        format: None,
        ..named(value)
    };
    let cases: Vec<Case> = vec![
        ("M's own", Some(named(M)), &["desk"], &["desk"]),
        (
            "two of M's",
            Some(named(M)),
            &["desk", "phone"],
            &["desk", "phone"],
        ),
        ("all of M's", Some(named(M)), &[], &["desk", "phone"]),
        ("V's, of whom nobody asks here", Some(named(V)), &[], &["other"]),
        ("V's name, M's session", Some(named(V)), &["desk"], &[]),
        ("M's name, V's session", Some(named(M)), &["other"], &[]),
        ("nobody's session", Some(named(M)), &["none"], &[]),
        ("nobody's name", Some(named("x@contoso.com")), &["desk"], &[]),
        ("nobody's name alone", Some(named("x@contoso.com")), &[], &[]),
        ("another format", Some(persistent()), &["desk"], &[]),
        ("no format, but M's name", Some(without_format(M)), &["desk"], &[]),
        (
            "another qualifier",
            Some(NameId {
                name_qualifier: Some("https://other/".to_owned()),
                ..named(M)
            }),
            &["desk"],
            &[],
        ),
        (
            "another SP's qualifier",
            Some(NameId {
                sp_name_qualifier: Some("https://other/".to_owned()),
                ..named(M)
            }),
            &[],
            &[],
        ),
        // As Entra broadcasts.
        (
            "an opaque name",
            Some(without_format("opaque")),
            &["desk"],
            &["desk"],
        ),
        (
            "an opaque name, V's session",
            Some(without_format("opaque")),
            &["other"],
            &["other"],
        ),
        (
            "an opaque name alone",
            Some(without_format("opaque")),
            &[],
            &["desk"],
        ),
        ("no name", None, &["phone"], &["phone"]),
        ("nothing", None, &[], &["desk"]),
    ];
    for (case, name_id, indexes, expected) in cases {
        let mut browsers = [
            ("desk", signed_in_as(&world, M).await),
            ("phone", signed_in_as(&world, M).await),
            ("other", signed_in_as(&world, V).await),
        ];
        let index = |wanted: &&str| {
            let found = browsers.iter().find(|(known, _)| known == wanted);
            found.map_or_else(|| "_nobody".to_owned(), |(_, (_, index))| index.clone())
        };
        let request = LogoutRequest {
            destination: Some(format!("{BASE}/i/upwork/slo")),
            session_indexes: indexes.iter().map(index).collect(),
            name_id,
            ..asks()
        };
        let url = request_url(&request, None).replace("/i/upsales/slo", "/i/upwork/slo");
        let answer = browsers[0].1.0.get(&world, &url).await;
        assert_eq!(answer.rejection(), None, "{case}: {}", answer.text);
        assert!(query_of(&answer).starts_with("SAMLResponse="), "{case}");
        let mut ended = Vec::new();
        for (browser, (agent, _)) in &mut browsers {
            if agent.who_am_i(&world, "upwork").await.is_none() {
                ended.push(*browser);
            }
            agent.get(&world, "/i/upwork/logout").await;
        }
        assert_eq!(ended, expected, "{case}");
    }
}

/// saml-core 3.7.3.1: who is not here is not signed out, and that is said.
#[tokio::test]
async fn an_unknown_name_is_answered_so() {
    let world = knowing().await;
    for (name_id, is_known) in [(named(M), true), (named("x@contoso.com"), false)] {
        let (mut browser, _) = signed_in_as(&world, M).await;
        let request = LogoutRequest {
            destination: Some(format!("{BASE}/i/upwork/slo")),
            name_id: Some(name_id),
            ..asks()
        };
        let url = request_url(&request, None).replace("/i/upsales/slo", "/i/upwork/slo");
        let answer = browser.get(&world, &url).await;
        let status = leaving::read_response(query_of(&answer)).status;
        assert_eq!(status.is_success(), is_known);
        let sub_code = (!is_known).then_some(names::STATUS_UNKNOWN_PRINCIPAL);
        assert_eq!(status.sub_code.as_deref(), sub_code);
    }
}
