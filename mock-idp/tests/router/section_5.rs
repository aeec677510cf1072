//! entra-behaviour.md section 5: how certificates come, sign and go.

mod downloads;
pub(crate) mod imports;
mod mails;

use openssl::hash::MessageDigest;
use saml_accept::signature::SignatureError;
use serde_json::{Value, json};

use crate::agent::{Mock, verify};

const APP: &str = "Upsales";

impl Mock {
    /// Does something to the certificates of [`APP`].
    async fn certificate(&self, action: &str, name: &str, more: Value) {
        let page = self.try_certificate(action, name, more).await;
        assert_eq!(page.0, 200, "{action} {name}: {}", page.1);
    }

    /// Status and error.
    async fn try_certificate(&self, action: &str, name: &str, more: Value) -> (u16, String) {
        let mut body = json!({"app": APP, "action": action, "name": name});
        if let Value::Object(more) = more {
            body.as_object_mut().unwrap().extend(more);
        }
        let page = self.try_control("POST", "/certificates", body).await;
        let answer: Value = serde_json::from_str(&page.body).unwrap();
        (
            page.status.as_u16(),
            answer["error"].as_str().unwrap_or_default().to_owned(),
        )
    }

    pub(crate) async fn clock(&self, offset: &str) {
        self.control("PUT", "/clock", json!({"offset": offset})).await;
    }

    /// Which of the application's certificates signs, by name.
    async fn signer(&self) -> String {
        let xml = self.sign_on(APP, "B.Simon").await.xml;
        let info = self.control("GET", "", Value::Null).await;
        let apps = info["apps"].as_array().unwrap();
        let app = apps.iter().find(|app| app["name"] == APP).unwrap();
        for entry in app["certificates"].as_array().unwrap() {
            let name = entry["name"].as_str().unwrap();
            let path = format!("/apps/{APP}/certificates/{name}/base64");
            let pem = self.try_control("GET", &path, Value::Null).await.body;
            let der = certs::Certificate::from_text(pem.as_bytes())
                .unwrap()
                .der()
                .to_vec();
            match verify(&[der], &xml) {
                Ok(_) => return name.to_owned(),
                Err(SignatureError::SignatureMismatch) => {}
                Err(other) => panic!("{other}"),
            }
        }
        panic!("nobody's");
    }
}

fn sha1(der: &[u8]) -> String {
    let digest = openssl::hash::hash(MessageDigest::sha1(), der).unwrap();
    digest.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// 5: a new certificate is inactive; its dates and its key are chosen before it is saved, and never again.
#[tokio::test]
async fn a_new_certificate_has_the_dates_and_the_key_that_were_asked_for() {
    let mock = Mock::contoso();
    for (name, more, bits, from, until) in [
        ("plain", json!({}), 2048, 0, 1096),
        ("short", json!({"valid_for": "30d"}), 2048, 0, 30),
        (
            "later",
            json!({"valid_from": "2d", "valid_for": "10d"}),
            2048,
            2,
            12,
        ),
        (
            "past",
            json!({"valid_from": "-20d", "valid_for": "10d"}),
            2048,
            -20,
            -10,
        ),
        ("weak", json!({"key_bits": 1024}), 1024, 0, 1096),
        ("large", json!({"key_bits": 4096}), 4096, 0, 1096),
    ] {
        mock.certificate("add", name, more).await;
        let der = mock.certificates(APP).await.pop().unwrap();
        let certificate = certs::Certificate::from_der(&der).unwrap();
        assert_eq!(certificate.public_key().unwrap().bits(), bits, "{name}");
        let now = jiff::Timestamp::now().as_second();
        let days = |at: jiff::Timestamp| {
            let days = (at.as_second() - now) as f64 / 86_400.0;
            days.round() as i64
        };
        assert_eq!(days(certificate.not_before()), from, "{name}");
        // Three years have a leap day, or not.
        assert!(
            (until - 1..=until).contains(&days(certificate.not_after())),
            "{name}"
        );
    }
    assert_eq!(mock.signer().await, "current", "all of them are inactive");
    for (action, name, more, expected) in [
        (
            "add",
            "x",
            json!({"valid_for": "4y"}),
            "`valid_for`: `4y` is not a life time of at most 3 years",
        ),
        (
            "add",
            "x",
            json!({"valid_from": "soon"}),
            "`valid_from`: `soon` is not a duration",
        ),
        (
            "add",
            "x",
            json!({"valid_from": "-2d", "valid_for": "-1d"}),
            "counts from `valid_from`",
        ),
        (
            "add",
            "x",
            json!({"key_bits": 512}),
            "`key_bits`: 512 is none of 1024, 2048 and 4096",
        ),
        ("add", " ", json!({}), "`name` is empty"),
        ("add", "weak", json!({}), "has a certificate `weak` already"),
        (
            "activate",
            "current",
            json!({"valid_for": "1d"}),
            "the dates and the key of a saved certificate cannot change",
        ),
        ("activate", "currant", json!({}), "did you mean `current`?"),
        (
            "add",
            "x",
            json!({"pfx": "AAAA"}),
            "`pfx` goes with `import` alone",
        ),
        (
            "withdraw",
            "weak",
            json!({"password": "x"}),
            "`password` goes with `import` alone",
        ),
    ] {
        let (status, error) = mock.try_certificate(action, name, more).await;
        assert_eq!(status, 400, "{action} {name}");
        assert!(error.contains(expected), "{expected}\nnot in\n{error}");
    }
}

/// 5, uncertain: an active certificate that is not valid yet signs, whatever else there is; one that has expired gives way.
#[tokio::test]
async fn only_an_expired_certificate_gives_way() {
    let mock = Mock::contoso();
    mock.certificate("add", "next", json!({"valid_from": "1d"})).await;
    mock.certificate("activate", "next", json!({})).await;
    assert_eq!(mock.signer().await, "next", "though `current` is valid");
    mock.clock("+2d").await;
    assert_eq!(mock.signer().await, "next");
    mock.clock("+3y").await;
    assert_eq!(mock.signer().await, "next", "expired, as the other is");
    mock.certificate("add", "renewed", json!({})).await;
    assert_eq!(mock.signer().await, "renewed", "activated or not");
    mock.certificate("activate", "renewed", json!({})).await;
    mock.certificate("expire", "renewed", json!({})).await;
    mock.certificate("add", "planned", json!({"valid_from": "1d"}))
        .await;
    assert_eq!(
        mock.signer().await,
        "renewed",
        "what is not valid yet does not step in"
    );
    mock.certificate("add", "spare", json!({})).await;
    assert_eq!(mock.signer().await, "spare");
}

/// 5 (VAL): signing changes at once, the metadata only after the lag.
#[tokio::test]
async fn the_metadata_lags_behind() {
    let mock = Mock::contoso();
    mock.control("PUT", "/clock", json!({"offset": "0s", "freeze": true}))
        .await;
    let metadata = async || mock.certificates(APP).await;
    let of = async |name: &str| {
        let path = format!("/apps/{APP}/certificates/{name}/base64");
        let pem = mock.try_control("GET", &path, Value::Null).await.body;
        certs::Certificate::from_text(pem.as_bytes())
            .unwrap()
            .der()
            .to_vec()
    };
    let old = of("current").await;
    mock.certificate("add", "first", json!({})).await;
    let first = of("first").await;
    assert_eq!(
        metadata().await,
        [old.clone(), first.clone()],
        "without a lag at once"
    );

    mock.control("PATCH", "", json!({"tenant": {"metadata_lag": "10m"}}))
        .await;
    mock.certificate("add", "second", json!({})).await;
    let second = of("second").await;
    mock.clock("+4m").await;
    mock.certificate("activate", "second", json!({})).await;
    mock.certificate("withdraw", "current", json!({})).await;
    assert_eq!(mock.signer().await, "second", "signing changes at once");
    assert_eq!(metadata().await, [old.clone(), first.clone()]);
    let other = mock.certificates("sipgate").await;
    assert_eq!(other.len(), 1, "another application is not behind");
    mock.clock("+5m59s").await;
    assert_eq!(metadata().await.len(), 2);
    mock.clock("+1s").await;
    assert_eq!(
        metadata().await,
        [old, first.clone(), second.clone()],
        "the first change is due"
    );
    mock.clock("-1h").await;
    assert_eq!(
        metadata().await.len(),
        3,
        "what was published stays, whatever the clock"
    );
    mock.clock("+1h4m").await;
    assert_eq!(
        metadata().await,
        [first.clone(), second.clone()],
        "and the second"
    );

    // More changes than are kept: those in between are passed over, and the last one is published when it is due.
    for index in 0..70 {
        let verb = if index % 2 == 0 { "add" } else { "withdraw" };
        mock.certificate(verb, "flicker", json!({})).await;
    }
    assert_eq!(metadata().await, [first.clone(), second.clone()]);
    mock.certificate("withdraw", "first", json!({})).await;
    mock.clock("+10m").await;
    assert_eq!(metadata().await, [second]);

    mock.certificate("add", "third", json!({})).await;
    assert_eq!(metadata().await.len(), 1);
    mock.control("PATCH", "", json!({"tenant": {"metadata_lag": null}}))
        .await;
    assert_eq!(metadata().await.len(), 2, "without a lag everything is published");
    for lag in ["2d", "0s", "soon"] {
        let patch = json!({"tenant": {"metadata_lag": lag}});
        assert_eq!(mock.try_control("PATCH", "", patch).await.status, 400, "{lag}");
    }
}
