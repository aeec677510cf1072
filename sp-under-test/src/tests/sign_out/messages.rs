//! The checks of signed messages, each with its control, and what a message does that passes them.

use super::*;

type ChangeRequest = fn(&mut LogoutRequest);

/// Each check of a LogoutRequest; without it the same message is taken.
#[tokio::test]
async fn a_request_passes_every_check() {
    let world = knowing().await;
    let cases: [(&str, ChangeRequest); 11] = [
        ("issuer-unknown", |it| it.issuer = None),
        ("issuer-unknown", |it| {
            it.issuer = Some("https://sts.windows.net/other/".to_owned())
        }),
        ("issuer-unknown", |it| it.issuer = Some(ISSUER.to_uppercase())),
        ("destination-mismatch", |it| it.destination = None),
        ("destination-mismatch", |it| {
            it.destination = Some(format!("{BASE}/i/upwork/slo"));
        }),
        ("destination-mismatch", |it| {
            it.destination = Some(format!("{BASE}{SLO}/"))
        }),
        ("outside-validity", |it| it.issue_instant = seconds(181)),
        ("outside-validity", |it| it.issue_instant = seconds(-480)),
        ("outside-validity", |it| {
            it.not_on_or_after = Some(seconds(-180));
            it.issue_instant = seconds(-200);
        }),
        // Whatever the sender says, it is not good for a day.
        ("outside-validity", |it| {
            it.issue_instant = seconds(-3600);
            it.not_on_or_after = Some(seconds(3600));
        }),
        ("issuer-unknown", |it| it.issuer = Some(String::new())),
    ];
    for (expected, change) in cases {
        let mut request = asks();
        change(&mut request);
        let url = request_url(&request, None);
        let mut browser = signed_in(&world).await;
        assert_eq!(outcome(&world, &mut browser, &url).await, expected, "{request:?}");
        assert!(world.last_cause().contains(&request.id), "recorded");
        if expected == "issuer-unknown" {
            // The session belongs to its issuer, which no switch changes.
            continue;
        }
        let world = knowing_without(expected).await;
        let mut browser = signed_in(&world).await;
        assert_eq!(
            outcome(&world, &mut browser, &url).await,
            "signed-out",
            "without {expected}: {request:?}"
        );
    }
    let controls: [ChangeRequest; 6] = [
        |_| (),
        |it| it.name_id = None,
        |it| it.issue_instant = seconds(180),
        |it| it.issue_instant = seconds(-479),
        |it| {
            it.not_on_or_after = Some(seconds(-179));
            it.issue_instant = seconds(-200);
        },
        |it| it.reason = Some("urn:oasis:names:tc:SAML:2.0:logout:user".to_owned()),
    ];
    for change in controls {
        let mut request = asks();
        change(&mut request);
        let mut browser = signed_in(&world).await;
        let url = request_url(&request, None);
        assert_eq!(
            outcome(&world, &mut browser, &url).await,
            "signed-out",
            "{request:?}"
        );
    }
}

/// Without the check of the issuer a stranger's request is taken for what it is worth: nothing, since sessions are their
/// issuer's.
#[tokio::test]
async fn a_session_is_its_issuers() {
    let world = knowing_without("issuer-unknown").await;
    let mut browser = signed_in(&world).await;
    let index = browser.who_am_i(&world, "upsales").await.unwrap().session_index;
    for session_indexes in [Vec::new(), vec![index.unwrap()]] {
        let request = LogoutRequest {
            issuer: Some("https://sts.windows.net/other/".to_owned()),
            session_indexes,
            ..asks()
        };
        let answer = browser.get(&world, &request_url(&request, None)).await;
        assert_eq!(answer.rejection(), None);
        assert!(browser.who_am_i(&world, "upsales").await.is_some());
    }
}

#[tokio::test]
async fn a_request_is_good_for_once() {
    for (world, second) in [
        (knowing().await, "replayed"),
        (knowing_without("replayed").await, "signed-out"),
    ] {
        let url = request_url(&asks(), None);
        let mut browser = signed_in(&world).await;
        assert_eq!(outcome(&world, &mut browser, &url).await, "signed-out");
        let mut browser = signed_in(&world).await;
        assert_eq!(outcome(&world, &mut browser, &url).await, second);
    }
    // A refused one is not used up.
    let world = knowing().await;
    let url = request_url(&asks(), None);
    world.show(seconds(-3600));
    let mut browser = Browser::default();
    let early = browser.get(&world, &url).await;
    assert_eq!(early.rejection(), Some("outside-validity"));
    world.show(now());
    let mut browser = signed_in(&world).await;
    assert_eq!(outcome(&world, &mut browser, &url).await, "signed-out");
}

type ChangeResponse = fn(&mut LogoutResponse);

/// Each check of a LogoutResponse; without it the same message is taken.
#[tokio::test]
async fn a_response_passes_every_check() {
    let world = knowing().await;
    let cases: [(&str, ChangeResponse); 9] = [
        ("issuer-unknown", |it| it.issuer = None),
        ("issuer-unknown", |it| {
            it.issuer = Some("https://sts.windows.net/other/".to_owned())
        }),
        ("destination-mismatch", |it| it.destination = None),
        ("destination-mismatch", |it| {
            it.destination = Some(format!("{BASE}/i/upsales/acs"))
        }),
        ("in-response-to-unknown", |it| it.in_response_to = None),
        ("in-response-to-unknown", |it| {
            it.in_response_to = Some("_other".to_owned())
        }),
        ("status-not-success", |it| {
            it.status.code = names::STATUS_RESPONDER.to_owned()
        }),
        ("status-not-success", |it| {
            it.status.code = names::STATUS_RESPONDER.to_owned();
            it.status.sub_code = Some(names::STATUS_PARTIAL_LOGOUT.to_owned());
            it.status.message = Some("one <b>stays</b>".to_owned());
        }),
        // Whoever is not signed out everywhere is told, also where the top-level code is a success.
        ("status-not-success", |it| {
            it.status.sub_code = Some(names::STATUS_PARTIAL_LOGOUT.to_owned());
        }),
    ];
    for (expected, change) in cases {
        for (world, taken) in [(&world, false), (&knowing_without(expected).await, true)] {
            let mut browser = signed_in(world).await;
            let mut response = answers(&leave(world, &mut browser).await);
            change(&mut response);
            let answer = browser.get(world, &response_url(&response, None)).await;
            let rejection = (!taken).then_some(expected);
            assert_eq!(answer.rejection(), rejection, "{response:?}");
            let status = if taken {
                StatusCode::OK
            } else {
                StatusCode::FORBIDDEN
            };
            assert_eq!(answer.status, status);
            assert!(!answer.text.contains("<b>"));
            if !taken && let Some(message) = &response.status.message {
                assert!(answer.page().contains(message), "{}", answer.page());
            }
            assert!(
                browser.who_am_i(world, "upsales").await.is_none(),
                "a failure over there does not sign in again here"
            );
        }
    }
    // Other second-level codes do not make a failure of a success.
    let mut browser = signed_in(&world).await;
    let mut response = answers(&leave(&world, &mut browser).await);
    response.status.sub_code = Some(names::STATUS_UNKNOWN_PRINCIPAL.to_owned());
    let answer = browser.get(&world, &response_url(&response, None)).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn an_answer_is_for_the_browser_that_asked_and_for_what_it_asked() {
    let world = knowing().await;
    let mut browser = signed_in(&world).await;
    let request = leave(&world, &mut browser).await;
    let url = response_url(&answers(&request), None);
    let (mut stranger, mut other) = (Browser::default(), signed_in(&world).await);
    leave(&world, &mut other).await;
    for wrong in [&mut stranger, &mut other] {
        let answer = wrong.get(&world, &url).await;
        assert_eq!(answer.rejection(), Some("in-response-to-unknown"));
    }
    // An AuthnRequest is not answered by a LogoutResponse, nor a LogoutRequest by a Response.
    let login = browser.login(&world, "upsales").await;
    let answer = browser.get(&world, &response_url(&answers(&login), None)).await;
    assert_eq!(answer.rejection(), Some("in-response-to-unknown"));
    let xml = sign(&good(&world, "upsales", Some(&request)));
    assert_eq!(
        browser.outcome(&world, "upsales", &xml).await,
        "in-response-to-unknown"
    );
    // Each of several tabs gets its answer.
    let xml = sign(&good(&world, "upsales", Some(&login)));
    assert_eq!(browser.outcome(&world, "upsales", &xml).await, "signed-in");
    let second = leave(&world, &mut browser).await;
    for request in [&request, &second] {
        let answer = browser.get(&world, &response_url(&answers(request), None)).await;
        assert_eq!(answer.rejection(), None);
    }
}

#[tokio::test]
async fn a_request_ends_the_sessions_it_names_else_the_browsers_own() {
    let world = knowing().await;
    let index = async |browser: &mut Browser| {
        let who = browser.who_am_i(&world, "upsales").await.unwrap();
        who.session_index.unwrap()
    };
    let (mut desk, mut phone, mut other) = (
        signed_in(&world).await,
        signed_in(&world).await,
        signed_in(&world).await,
    );
    let named = |session_indexes: Vec<String>| LogoutRequest {
        session_indexes,
        ..asks()
    };
    // From a third browser, or none: by name.
    let request = named(vec![index(&mut desk).await, index(&mut phone).await]);
    let url = request_url(&request, None);
    let answer = other.get(&world, &url).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.set_cookies().is_empty(), "it stays signed in");
    assert!(desk.who_am_i(&world, "upsales").await.is_none());
    assert!(phone.who_am_i(&world, "upsales").await.is_none());
    assert!(other.who_am_i(&world, "upsales").await.is_some());
    let (_, query) = url.split_once('?').unwrap();
    let expected = SpEvent::SignedOut {
        message_sha256: control_api::message::carried_sha256(query.as_bytes()),
        message_id: request.id,
        asked_by_idp: true,
    };
    assert_eq!(last_event(&world), expected);
    // A name that nobody has ends nothing, and is no failure.
    let events = || world.sp.inner.instance("i").unwrap().events().events.len();
    let before = events();
    let url = request_url(&named(vec!["_nobody".to_owned()]), None);
    assert_eq!(other.get(&world, &url).await.status, StatusCode::SEE_OTHER);
    assert!(other.who_am_i(&world, "upsales").await.is_some());
    assert_eq!(events(), before);
    // Without a name: this browser's, in either of the cookie's spellings.
    let cookie = "entrant_session_t_i_upsales";
    for kept in [cookie.to_owned(), format!("{cookie}_http")] {
        let mut browser = signed_in(&world).await;
        let mut bystander = signed_in(&world).await;
        browser.cookies.retain(|name, _| *name == kept);
        let answer = browser.get(&world, &request_url(&asks(), None)).await;
        assert_eq!(answer.set_cookies().len(), 2, "both twins go");
        assert!(
            answer
                .set_cookies()
                .iter()
                .all(|cookie| cookie.contains("Max-Age=0"))
        );
        assert!(browser.who_am_i(&world, "upsales").await.is_none());
        assert!(bystander.who_am_i(&world, "upsales").await.is_some());
    }
    let nobody = Browser::default().get(&world, &request_url(&asks(), None)).await;
    assert_eq!(nobody.status, StatusCode::SEE_OTHER);
}
