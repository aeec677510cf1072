//! Each of the eleven checks violated alone is refused as its row says, and accepted where that row is switched off.

use std::{
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use super::*;
use crate::{instance::lock, rejection::Rejection};

/// What violates exactly one check of a solicited sign-on.
fn violate(rejection: Rejection, response: &mut Response) {
    match rejection {
        Rejection::StatusNotSuccess => response.status.code = names::STATUS_REQUESTER.to_owned(),
        Rejection::IssuerUnknown => {
            let other = "https://sts.windows.net/00000000-0000-4000-8000-000000000000/".to_owned();
            response.issuer = Some(other.clone());
            assertion(response).issuer = other;
        }
        Rejection::DestinationMismatch => response.destination = Some(format!("{BASE}/j/upsales/acs")),
        Rejection::RecipientMismatch => data(response).recipient = Some(format!("{BASE}/j/upsales/acs")),
        Rejection::AudienceMismatch => {
            conditions(response).audience_restrictions = vec![vec!["https://other.example".to_owned()]];
        }
        Rejection::OutsideValidity => conditions(response).not_on_or_after = Some(seconds(-3600)),
        Rejection::InResponseToUnknown => {
            response.in_response_to = Some("_never-sent".to_owned());
            data(response).in_response_to = Some("_never-sent".to_owned());
        }
        other => panic!("{other:?} is no row that a value violates"),
    }
}

const BY_VALUE: [Rejection; 7] = [
    Rejection::StatusNotSuccess,
    Rejection::IssuerUnknown,
    Rejection::DestinationMismatch,
    Rejection::RecipientMismatch,
    Rejection::AudienceMismatch,
    Rejection::OutsideValidity,
    Rejection::InResponseToUnknown,
];

async fn solicited(world: &World, option: SigningOption, change: impl FnOnce(&mut Response)) -> String {
    let mut browser = Browser::default();
    let request = browser.login(world, "upsales").await;
    let mut response = good(world, "upsales", Some(&request));
    change(&mut response);
    let xml = sign_with(&response, option, SignatureAlgorithm::RsaSha256, &K0);
    browser.outcome(world, "upsales", &xml).await
}

#[tokio::test]
async fn a_value_that_violates_one_check_is_refused_by_that_check_alone() {
    let world = World::new().await;
    for option in [
        SigningOption::Assertion,
        SigningOption::Response,
        SigningOption::ResponseAndAssertion,
    ] {
        assert_eq!(solicited(&world, option, |_| ()).await, "signed-in", "{option:?}");
        for rejection in BY_VALUE {
            let outcome = solicited(&world, option, |response| violate(rejection, response)).await;
            assert_eq!(outcome, rejection.id(), "{option:?}");
            assert!(world.last_cause().contains(rejection.id()));
        }
    }
    for rejection in BY_VALUE {
        let world = World::without(rejection.id()).await;
        let outcome = solicited(&world, SigningOption::Assertion, |response| {
            violate(rejection, response)
        })
        .await;
        assert_eq!(outcome, "signed-in", "without {}", rejection.id());
    }
}

#[tokio::test]
async fn what_no_trusted_key_signed_is_refused() {
    let (world, without) = (World::new().await, World::without("signature-invalid").await);
    for (id, forge) in [
        (
            "sig-none",
            (|response, _| saml_emit::response(response, SigningOption::Assertion, None).unwrap())
                as fn(&Response, &str) -> String,
        ),
        ("sig-tamper-nameid", |_, xml| {
            xml.replace(&format!(">{MAIL}</NameID>"), ">a.nowak@contoso.com</NameID>")
        }),
        ("sig-tamper-attribute", |_, xml| xml.replace(">Britta<", ">Root<")),
        ("sig-value-bitflip", |_, xml| {
            let start = xml.find("<SignatureValue>").unwrap() + 20;
            let other = if &xml[start..=start] == "A" { "B" } else { "A" };
            format!("{}{other}{}", &xml[..start], &xml[start + 1..])
        }),
        ("sig-wrong-key-own-cert", |response, _| {
            sign_with(
                response,
                SigningOption::Assertion,
                SignatureAlgorithm::RsaSha256,
                &K1,
            )
        }),
        ("sig-wrong-key-genuine-cert", |response, _| {
            let signer = Signer {
                key: K1.key.clone(),
                certificate: K0.certificate.clone(),
            };
            sign_with(
                response,
                SigningOption::Assertion,
                SignatureAlgorithm::RsaSha256,
                &signer,
            )
        }),
        ("sig-rsa-sha1", |response, _| {
            sign_with(
                response,
                SigningOption::Assertion,
                SignatureAlgorithm::RsaSha1,
                &K0,
            )
        }),
    ] {
        let response = good(&world, "upsales", None);
        let genuine = sign(&response);
        let forged = forge(&response, &genuine);
        assert_ne!(forged, genuine, "{id}");
        let outcome = Browser::default().outcome(&world, "upsales", &forged).await;
        assert_eq!(outcome, "signature-invalid", "{id}: {}", world.last_cause());
        assert_eq!(
            Browser::default().outcome(&world, "upsales", &genuine).await,
            "signed-in",
            "control of {id}"
        );
        // Another name is another user.
        if id != "sig-tamper-nameid" && cfg!(debug_assertions) {
            let outcome = Browser::default().outcome(&without, "upsales", &forged).await;
            assert_eq!(outcome, "signed-in", "{id} without the check");
        }
    }
}

#[tokio::test]
async fn sha1_is_accepted_where_the_settings_say_so() {
    let world = World::new().await;
    let sha1 = |world: &World| {
        sign_with(
            &good(world, "upsales", None),
            SigningOption::Assertion,
            SignatureAlgorithm::RsaSha1,
            &K0,
        )
    };
    assert_eq!(
        Browser::default().outcome(&world, "upsales", &sha1(&world)).await,
        "signature-invalid"
    );
    world.hook("upsales", "set", r#"{"set":{"sha1":true}}"#).await;
    assert_eq!(
        Browser::default().outcome(&world, "upsales", &sha1(&world)).await,
        "signed-in"
    );
}

/// Catalogue `sig-none-no-trust-anchor`: nothing trusted, or switched off, lets nobody in and sends nobody away.
#[tokio::test]
async fn without_trust_everything_is_refused() {
    let world = World::new().await;
    for personality in ["upsales", "iomete"] {
        let xml = |signed| {
            let response = good(&world, personality, None);
            if signed {
                sign(&response)
            } else {
                saml_emit::response(&response, SigningOption::Assertion, None).unwrap()
            }
        };
        world.provider(personality, |provider| provider.state().enabled = false);
        for signed in [true, false] {
            assert_eq!(
                Browser::default()
                    .outcome(&world, personality, &xml(signed))
                    .await,
                "signature-invalid"
            );
        }
        world.provider(personality, |provider| provider.state().trust = None);
        for signed in [true, false] {
            assert_eq!(
                Browser::default()
                    .outcome(&world, personality, &xml(signed))
                    .await,
                "signature-invalid"
            );
        }
        let login = Browser::default()
            .get(&world, &format!("/i/{personality}/login"))
            .await;
        assert_eq!((login.status, login.location()), (StatusCode::CONFLICT, ""));
    }
}

#[tokio::test]
async fn an_unsolicited_response_needs_leave() {
    let (world, without) = (
        World::new().await,
        World::without("unsolicited-not-allowed").await,
    );
    let outcome = async |world: &World, personality: &str| {
        Browser::default()
            .outcome(world, personality, &sign(&good(world, personality, None)))
            .await
    };
    for personality in ["upsales", "upwork", "sipgate"] {
        assert_eq!(
            outcome(&world, personality).await,
            "signed-in",
            "env-unsolicited-allowed"
        );
    }
    assert_eq!(
        outcome(&world, "iomete").await,
        "unsolicited-not-allowed",
        "env-unsolicited-blocked"
    );
    assert_eq!(outcome(&without, "iomete").await, "signed-in");
    world
        .hook("iomete", "set", r#"{"set":{"unsolicited":true}}"#)
        .await;
    assert_eq!(outcome(&world, "iomete").await, "signed-in");
    let mut browser = Browser::default();
    let request = browser.login(&without, "iomete").await;
    let solicited = sign(&good(&without, "iomete", Some(&request)));
    assert_eq!(browser.outcome(&without, "iomete", &solicited).await, "signed-in");
}

#[tokio::test]
async fn an_assertion_is_good_once() {
    let (world, without) = (World::new().await, World::without("replayed").await);
    for (world, second) in [(&world, "replayed"), (&without, "signed-in")] {
        let mut response = good(world, "upsales", None);
        conditions(&mut response).one_time_use = true;
        let xml = sign(&response);
        assert_eq!(
            Browser::default().outcome(world, "upsales", &xml).await,
            "signed-in"
        );
        assert_eq!(
            Browser::default().outcome(world, "upsales", &xml).await,
            second,
            "env-replay-same"
        );
        // Only the assertion is signed: anybody may wrap it anew.
        let rewrapped = xml.replace(&response.id, "_another-response");
        assert_ne!(rewrapped, xml);
        assert_eq!(
            Browser::default().outcome(world, "upsales", &rewrapped).await,
            second,
            "env-replay-rewrapped"
        );
    }
    // At the last moment of its validity, skew included, it is still remembered; a moment later it is too old.
    let mut response = good(&world, "upsales", None);
    data(&mut response).not_on_or_after = Some(seconds(60));
    conditions(&mut response).not_on_or_after = Some(seconds(60));
    let xml = sign(&response);
    assert_eq!(
        Browser::default().outcome(&world, "upsales", &xml).await,
        "signed-in"
    );
    world.show(seconds(60 + 179));
    assert_eq!(
        Browser::default().outcome(&world, "upsales", &xml).await,
        "replayed"
    );
    world.show(seconds(60 + 180));
    assert_eq!(
        Browser::default().outcome(&world, "upsales", &xml).await,
        "outside-validity"
    );
}

/// It is remembered as long as any of its confirmations is good, to the last fraction of a second, and with a skew of an hour that is set
/// later. The memory forgets only where it has no room, so it is asked what it would forget.
#[tokio::test]
async fn an_assertion_is_remembered_as_long_as_anybody_could_use_it() {
    let world = World::new().await;
    let mut response = good(&world, "upsales", None);
    let last = seconds(36_000) + SignedDuration::from_millis(1);
    data(&mut response).not_on_or_after = Some(seconds(60));
    let confirmations = &mut subject(&mut response).confirmations;
    let mut later = confirmations[0].clone();
    later.data.as_mut().unwrap().not_on_or_after = Some(last);
    confirmations.push(later);
    let mut browser = Browser::default();
    assert_eq!(
        browser.outcome(&world, "upsales", &sign(&response)).await,
        "signed-in"
    );
    let scope = world.provider("upsales", |provider| provider.scope.clone());
    let expires = lock(&world.sp.inner.store).expiries(&scope).unwrap();
    let skew = SignedDuration::from_hours(1);
    assert_eq!(expires, [(last + skew).as_second() + 1]);
}

/// Catalogue `env-replay-cluster`: a restart on the same file forgets nothing.
#[tokio::test]
async fn a_restart_does_not_open_the_door_again() {
    let folder = tempfile::tempdir().unwrap();
    let place = || AccountsIn::File(folder.path().join("accounts.sqlite"));
    let first = World::with(place(), Skip::default()).await;
    let xml = sign(&good(&first, "upsales", None));
    let mut browser = Browser::default();
    assert_eq!(browser.outcome(&first, "upsales", &xml).await, "signed-in");
    let account = browser.who_am_i(&first, "upsales").await.unwrap().account;
    let second = World::with(place(), Skip::default()).await;
    assert_eq!(
        Browser::default().outcome(&second, "upsales", &xml).await,
        "replayed"
    );
    let again = sign(&good(&second, "upsales", None));
    assert_eq!(browser.outcome(&second, "upsales", &again).await, "signed-in");
    let who = browser.who_am_i(&second, "upsales").await.unwrap();
    assert_eq!(
        (who.account.id, who.account.change),
        (account.id, control_api::sp::AccountChange::Unchanged)
    );
}

/// Catalogue env-replay-cluster: another program on the same file uses the assertion between our look and our note. The
/// trigger stands in for it: the row is not ours.
#[tokio::test]
async fn an_assertion_that_cannot_be_noted_is_not_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accounts.sqlite");
    let world = World::with(AccountsIn::File(path.clone()), Skip::default()).await;
    let race = "CREATE TRIGGER race BEFORE INSERT ON used_assertion BEGIN SELECT RAISE(IGNORE); END";
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch(race)
        .unwrap();
    let xml = sign(&good(&world, "upsales", None));
    let outcome = Browser::default().outcome(&world, "upsales", &xml).await;
    assert_eq!(outcome, "replayed");
}

/// All instances share one store. While somebody has it, whatever can be judged without it is judged, and whoever has to
/// wait for it does not hold up the thread that serves the others: this runtime has one.
#[tokio::test]
async fn a_sign_on_takes_the_store_last_and_waits_for_it_alone() {
    let world = World::new().await;
    let (held, is_held) = mpsc::channel();
    let (let_go, told) = mpsc::channel();
    let inner = Arc::clone(&world.sp.inner);
    let holder = thread::spawn(move || {
        let _store = lock(&inner.store);
        held.send(()).unwrap();
        told.recv_timeout(Duration::from_secs(20)).is_ok()
    });
    is_held.recv().unwrap();
    let response = good(&world, "upsales", None);
    let forged = sign_with(
        &response,
        SigningOption::Assertion,
        SignatureAlgorithm::RsaSha256,
        &K1,
    );
    let refused = Browser::default().post(&world, "upsales", &forged, None).await;
    assert_eq!(refused.rejection(), Some("signature-invalid"));
    let mut late = good(&world, "upsales", None);
    late.issue_instant = seconds(3600);
    let refused = Browser::default()
        .post(&world, "upsales", &sign(&late), None)
        .await;
    assert_eq!(refused.rejection(), Some("outside-validity"));
    let good = sign(&response);
    let mut browser = Browser::default();
    let others = async {
        let metadata = Browser::default().get(&world, "/i/sipgate/metadata").await;
        assert_eq!(metadata.status, StatusCode::OK);
        let_go.send(())
    };
    let (signed_in, let_go) = tokio::join!(browser.post(&world, "upsales", &good, None), others);
    let_go.expect("the others were served before the holder gave up");
    assert!(holder.join().unwrap());
    assert_eq!(signed_in.status, StatusCode::SEE_OTHER, "{}", signed_in.text);
}

/// entra-behaviour.md section 5: the gallery demands that an expired certificate is refused.
#[tokio::test]
async fn an_expired_certificate_signs_nobody_in() {
    let world = World::new().await;
    let expired = certificate(&K0.key, "2023-11-01T00:00:00Z", "2026-11-23T09:59:59Z");
    let trust_in = |certificates: Vec<Certificate>| {
        world.provider("upsales", |provider| {
            provider.state().trust = Some(Trust {
                certificates,
                ..trust()
            })
        });
    };
    let outcome = async || {
        Browser::default()
            .outcome(&world, "upsales", &sign(&good(&world, "upsales", None)))
            .await
    };
    trust_in(vec![K1.certificate.clone(), expired.clone()]);
    assert_eq!(outcome().await, "certificate-expired");
    world.show(seconds(-2));
    assert_eq!(outcome().await, "signed-in");
    world.show(now());
    // The same key certified anew.
    trust_in(vec![expired, K0.certificate.clone()]);
    assert_eq!(outcome().await, "signed-in");
    // Catalogue meta-two-certs-new: any of several.
    trust_in(vec![K1.certificate.clone(), K0.certificate.clone()]);
    assert_eq!(outcome().await, "signed-in");
    trust_in(vec![K1.certificate.clone()]);
    assert_eq!(outcome().await, "signature-invalid");
}

#[test]
fn only_a_row_of_the_table_can_be_switched_off() {
    for id in ["malformed", "nonsense", "", "replayed "] {
        let error = Skip::only(id).unwrap_err().to_string();
        assert!(
            error.contains(&format!("`{id}`")) && error.contains("status-not-success, signature-invalid"),
            "{error}"
        );
    }
    assert!(Skip::only("replayed").unwrap().skips(Rejection::Replayed));
    assert!(
        Rejection::ALL
            .iter()
            .all(|&rejection| !Skip::default().skips(rejection))
    );
}

/// Anybody may post: whoever waits for a verification takes nothing that others need.
#[tokio::test]
async fn a_response_waits_for_its_turn_and_nobody_else_does() {
    let world = Arc::new(World::new().await);
    let turns = Arc::clone(&world.sp.inner.verifications);
    let all = u32::try_from(crate::VERIFICATIONS_MAX).unwrap();
    let taken = turns.acquire_many(all).await.unwrap();
    let xml = sign(&good(&world, "upsales", None));
    let waiting = {
        let world = Arc::clone(&world);
        tokio::spawn(async move { Browser::default().outcome(&world, "upsales", &xml).await })
    };
    for _ in 0..100 {
        Browser::default().login(&world, "upsales").await;
    }
    assert!(!waiting.is_finished());
    drop(taken);
    assert_eq!(waiting.await.unwrap(), "signed-in");
}
