//! The rows of the attack catalogue that a value of `saml-model` can say: groups cond, subj, env; nid is in [`super::names_of_people`]. The first column is
//! the row's id; each starts from a good response, and `signed-in` rows are controls.

use super::*;

pub(super) type Change = fn(&mut Response);

async fn unsolicited(world: &World, change: Change) -> String {
    let mut response = good(world, "upsales", None);
    change(&mut response);
    Browser::default()
        .outcome(world, "upsales", &sign(&response))
        .await
}

pub(super) async fn check(rows: &[(&str, Change, &str)]) {
    for (id, change, expected) in rows {
        // A world each: one row's account change must not decide another's.
        let world = World::new().await;
        assert_eq!(unsolicited(&world, |_| ()).await, "signed-in", "control of {id}");
        let outcome = unsolicited(&world, *change).await;
        assert_eq!(outcome, *expected, "{id}: {}", world.last_cause());
        assert_eq!(
            unsolicited(&world, |_| ()).await,
            "signed-in",
            "control after {id}"
        );
    }
}

fn audience(restrictions: &[&[&str]]) -> Vec<Vec<String>> {
    let texts = |audiences: &&[&str]| audiences.iter().map(|&audience| audience.to_owned()).collect();
    restrictions.iter().map(texts).collect()
}

const OURS: &str = "http://127.0.0.1:8081/i/upsales/metadata";

#[tokio::test]
async fn cond() {
    check(&[
        (
            "cond-expired",
            |r| conditions(r).not_on_or_after = Some(seconds(-3600)),
            "outside-validity",
        ),
        (
            "cond-not-yet",
            |r| conditions(r).not_before = Some(seconds(3600)),
            "outside-validity",
        ),
        (
            "cond-skew-inside",
            |r| conditions(r).not_before = Some(seconds(180)),
            "signed-in",
        ),
        (
            "cond-skew-inside",
            |r| conditions(r).not_on_or_after = Some(seconds(-179)),
            "signed-in",
        ),
        (
            "cond-skew-outside",
            |r| conditions(r).not_before = Some(seconds(181)),
            "outside-validity",
        ),
        (
            "cond-skew-outside",
            |r| conditions(r).not_on_or_after = Some(seconds(-180)),
            "outside-validity",
        ),
        (
            "cond-no-notbefore",
            |r| conditions(r).not_before = None,
            "signed-in",
        ),
        (
            "cond-no-notonorafter",
            |r| conditions(r).not_on_or_after = None,
            "signed-in",
        ),
        (
            "cond-missing",
            |r| assertion(r).conditions = None,
            "audience-mismatch",
        ),
        (
            "cond-empty",
            |r| assertion(r).conditions = Some(Conditions::default()),
            "audience-mismatch",
        ),
        (
            "cond-audience-other",
            |r| conditions(r).audience_restrictions = audience(&[&["https://o"]]),
            "audience-mismatch",
        ),
        (
            "cond-audience-two-in-one",
            |r| conditions(r).audience_restrictions = audience(&[&["https://o", OURS]]),
            "signed-in",
        ),
        (
            "cond-audience-two-restrictions",
            |r| conditions(r).audience_restrictions = audience(&[&[OURS], &["https://o"]]),
            "audience-mismatch",
        ),
        (
            "cond-audience-prefix",
            |r| conditions(r).audience_restrictions[0][0].push_str("/x"),
            "audience-mismatch",
        ),
        (
            "cond-audience-prefix",
            |r| conditions(r).audience_restrictions[0][0].push('/'),
            "audience-mismatch",
        ),
        (
            "cond-audience-prefix",
            |r| {
                conditions(r).audience_restrictions =
                    audience(&[&["http://127.0.0.1:8081/i/UPSALES/metadata"]])
            },
            "audience-mismatch",
        ),
        (
            "cond-issueinstant-old",
            |r| assertion(r).issue_instant = seconds(-86400),
            "signed-in",
        ),
        (
            "cond-issueinstant-future",
            |r| assertion(r).issue_instant = seconds(3600),
            "outside-validity",
        ),
        (
            "cond-issueinstant-future",
            |r| r.issue_instant = seconds(3600),
            "outside-validity",
        ),
        (
            "cond-session-expired",
            |r| assertion(r).authn_statements[0].session_not_on_or_after = Some(seconds(-3600)),
            "outside-validity",
        ),
    ])
    .await;
}

/// With no skew the boundaries are exact.
#[tokio::test]
async fn cond_boundaries() {
    let world = World::new().await;
    world
        .hook("upsales", "set", r#"{"set":{"skew_seconds":0}}"#)
        .await;
    for (id, change, expected) in [
        (
            "cond-boundary-noa",
            (|r| conditions(r).not_on_or_after = Some(now())) as Change,
            "outside-validity",
        ),
        (
            "cond-boundary-noa",
            |r| conditions(r).not_on_or_after = Some(seconds(1)),
            "signed-in",
        ),
        (
            "cond-boundary-nb",
            |r| conditions(r).not_before = Some(now()),
            "signed-in",
        ),
        (
            "cond-boundary-nb",
            |r| conditions(r).not_before = Some(seconds(1)),
            "outside-validity",
        ),
        (
            "subj-noa-past",
            |r| data(r).not_on_or_after = Some(now()),
            "outside-validity",
        ),
    ] {
        assert_eq!(unsolicited(&world, change).await, expected, "{id}");
    }
}

/// Catalogue cond-session-lifetime.
#[tokio::test]
async fn a_session_ends_when_the_identity_provider_says_so() {
    let world = World::new().await;
    let mut response = good(&world, "upsales", None);
    assertion(&mut response).authn_statements[0].session_not_on_or_after = Some(seconds(600));
    let mut browser = Browser::default();
    assert_eq!(
        browser.outcome(&world, "upsales", &sign(&response)).await,
        "signed-in"
    );
    world.show(seconds(599));
    assert!(browser.who_am_i(&world, "upsales").await.is_some());
    world.show(seconds(600));
    assert!(browser.who_am_i(&world, "upsales").await.is_none());
}

/// Catalogue actx: the class is asked for and looked at, whatever became of the request.
#[tokio::test]
async fn actx() {
    let set = format!(
        r#"{{"set":{{"authn_context":["{}"]}}}}"#,
        names::AC_PASSWORD_PROTECTED_TRANSPORT
    );
    for (skipped, class, expected) in [
        (None, names::AC_PASSWORD_PROTECTED_TRANSPORT, "signed-in"),
        (None, names::AC_UNSPECIFIED, "authn-context-unmet"),
        (None, names::AC_PASSWORD, "authn-context-unmet"),
        (None, "urn:example:unknown", "authn-context-unmet"),
        (Some("authn-context-unmet"), names::AC_UNSPECIFIED, "signed-in"),
    ] {
        let world = match skipped {
            Some(check) => World::without(check).await,
            None => World::new().await,
        };
        world.hook("upsales", "set", &set).await;
        let mut response = good(&world, "upsales", None);
        assertion(&mut response).authn_statements[0].class_ref = Some(class.to_owned());
        let outcome = Browser::default()
            .outcome(&world, "upsales", &sign(&response))
            .await;
        assert_eq!(outcome, expected, "{class}, without {skipped:?}");
    }
}

#[tokio::test]
async fn subj() {
    fn bearer(change: fn(&mut SubjectConfirmationData)) -> SubjectConfirmation {
        let mut data = SubjectConfirmationData {
            not_on_or_after: Some(seconds(3600)),
            recipient: Some(format!("{BASE}/i/upsales/acs")),
            ..SubjectConfirmationData::default()
        };
        change(&mut data);
        SubjectConfirmation {
            method: names::CM_BEARER.to_owned(),
            data: Some(data),
        }
    }
    check(&[
        (
            "subj-recipient-other",
            |r| data(r).recipient = Some(format!("{BASE}/j/upsales/acs")),
            "recipient-mismatch",
        ),
        (
            "subj-recipient-missing",
            |r| data(r).recipient = None,
            "recipient-mismatch",
        ),
        (
            "subj-recipient-case",
            |r| data(r).recipient = Some(format!("{BASE}/i/Upsales/acs")),
            "recipient-mismatch",
        ),
        (
            "subj-recipient-case",
            |r| data(r).recipient = Some(format!("{BASE}/i/upsales/acs/")),
            "recipient-mismatch",
        ),
        (
            "subj-inresponseto-on-unsolicited",
            |r| data(r).in_response_to = Some("_x".to_owned()),
            "in-response-to-unknown",
        ),
        (
            "subj-noa-past",
            |r| data(r).not_on_or_after = Some(seconds(-3600)),
            "outside-validity",
        ),
        (
            "subj-noa-missing",
            |r| data(r).not_on_or_after = None,
            "outside-validity",
        ),
        (
            "subj-notbefore-present",
            |r| data(r).not_before = Some(seconds(-300)),
            "outside-validity",
        ),
        (
            "subj-scd-missing",
            |r| subject(r).confirmations[0].data = None,
            "recipient-mismatch",
        ),
        (
            "subj-no-confirmation",
            |r| subject(r).confirmations.clear(),
            "recipient-mismatch",
        ),
        (
            "subj-method-hok",
            |r| {
                subject(r).confirmations[0].method = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key".to_owned()
            },
            "recipient-mismatch",
        ),
        (
            "subj-method-sv",
            |r| {
                subject(r).confirmations[0].method =
                    "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches".to_owned()
            },
            "recipient-mismatch",
        ),
        (
            "subj-two-one-good",
            |r| {
                subject(r)
                    .confirmations
                    .insert(0, bearer(|data| data.not_on_or_after = Some(seconds(-3600))))
            },
            "signed-in",
        ),
        (
            "subj-two-one-good",
            |r| {
                let holder = SubjectConfirmation {
                    method: "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key".to_owned(),
                    data: None,
                };
                subject(r).confirmations.insert(0, holder);
            },
            "signed-in",
        ),
        (
            "subj-two-both-bad",
            |r| {
                subject(r).confirmations = vec![
                    bearer(|data| data.not_on_or_after = Some(seconds(-3600))),
                    bearer(|data| data.recipient = Some("https://other.example".to_owned())),
                ];
            },
            "outside-validity",
        ),
        (
            "subj-missing",
            |r| assertion(r).subject = None,
            "recipient-mismatch",
        ),
    ])
    .await;
}

/// Rows that need a request.
#[tokio::test]
async fn in_response_to() {
    let world = World::new().await;
    for (id, change, expected) in [
        ("control", (|_, _| ()) as fn(&mut Response, &str), "signed-in"),
        (
            "subj-inresponseto-other",
            |r, _| data(r).in_response_to = Some("_x".to_owned()),
            "in-response-to-unknown",
        ),
        (
            "subj-inresponseto-missing",
            |r, _| data(r).in_response_to = None,
            "in-response-to-unknown",
        ),
        (
            "subj-inresponseto-mismatch",
            |r, other| data(r).in_response_to = Some(other.to_owned()),
            "in-response-to-unknown",
        ),
        (
            "env-inresponseto-missing",
            |r, _| r.in_response_to = None,
            "in-response-to-unknown",
        ),
        (
            "sess-parallel-tabs",
            |r, other| {
                r.in_response_to = Some(other.to_owned());
                data(r).in_response_to = Some(other.to_owned());
            },
            "signed-in",
        ),
    ] {
        let mut browser = Browser::default();
        let request = browser.login(&world, "upsales").await;
        let other = browser.login(&world, "upsales").await;
        let mut response = good(&world, "upsales", Some(&request));
        change(&mut response, &other);
        assert_eq!(
            browser.outcome(&world, "upsales", &sign(&response)).await,
            expected,
            "{id}"
        );
    }
}

#[tokio::test]
async fn env() {
    check(&[
        (
            "env-destination-other",
            |r| r.destination = Some(format!("{BASE}/j/upsales/acs")),
            "destination-mismatch",
        ),
        (
            "env-destination-missing-unsigned",
            |r| r.destination = None,
            "destination-mismatch",
        ),
        (
            "env-destination-empty",
            |r| r.destination = Some(String::new()),
            "destination-mismatch",
        ),
        (
            "env-destination-prefix",
            |r| r.destination.as_mut().unwrap().push_str("?x"),
            "destination-mismatch",
        ),
        (
            "env-destination-prefix",
            |r| r.destination.as_mut().unwrap().push_str(".evil"),
            "destination-mismatch",
        ),
        (
            "env-issuer-mismatch",
            |r| r.issuer = Some("https://other.example/".to_owned()),
            "issuer-unknown",
        ),
        (
            "env-issuer-mismatch",
            |r| assertion(r).issuer = "https://other.example/".to_owned(),
            "issuer-unknown",
        ),
        (
            "env-issuer-tenant",
            |r| assertion(r).issuer = ISSUER.replace("7f3c", "8f3c"),
            "issuer-unknown",
        ),
        (
            "env-issuer-slash",
            |r| assertion(r).issuer = ISSUER.trim_end_matches('/').to_owned(),
            "issuer-unknown",
        ),
        (
            "env-issuer-slash",
            |r| assertion(r).issuer = ISSUER.to_uppercase(),
            "issuer-unknown",
        ),
        ("env-issuer-response-missing", |r| r.issuer = None, "signed-in"),
        (
            "env-status-requester",
            |r| r.status.code = names::STATUS_RESPONDER.to_owned(),
            "status-not-success",
        ),
        (
            "env-status-nested",
            |r| {
                r.status.code = names::STATUS_RESPONDER.to_owned();
                r.status.sub_code = Some(names::STATUS_SUCCESS.to_owned());
            },
            "status-not-success",
        ),
        (
            "env-status-nested",
            |r| r.status.sub_code = Some(names::STATUS_RESPONDER.to_owned()),
            "status-not-success",
        ),
        ("env-no-assertion-success", |r| r.assertion = None, "malformed"),
        (
            "actx-missing",
            |r| assertion(r).authn_statements[0].class_ref = None,
            "malformed",
        ),
        (
            "env-status-authnfailed",
            |r| {
                r.status = Status {
                    code: names::STATUS_RESPONDER.to_owned(),
                    sub_code: Some(names::STATUS_AUTHN_FAILED.to_owned()),
                    message: Some("AADSTS75011".to_owned()),
                };
                r.assertion = None;
            },
            "status-not-success",
        ),
        ("env-version-21", |r| r.version = "2.1".to_owned(), "malformed"),
        (
            "env-version-21",
            |r| assertion(r).version = "1.1".to_owned(),
            "malformed",
        ),
        (
            "env-no-authnstatement",
            |r| assertion(r).authn_statements.clear(),
            "malformed",
        ),
        (
            "env-size-max-legit",
            |r| {
                let groups: Vec<String> = (0..150)
                    .map(|group| format!("{group:08}-0000-4000-8000-000000000000"))
                    .collect();
                let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
                set_attribute(
                    r,
                    "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
                    &groups,
                );
                set_attribute(r, "photo", &["QUJD".repeat(45_000).as_str()]);
            },
            "signed-in",
        ),
    ])
    .await;
}
