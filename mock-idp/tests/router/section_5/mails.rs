//! The mails 60, 30 and 7 days before the active certificate ends.

use control_api::idp::MailInfo;
use serde_json::{Value, json};

use super::imports::{import, pfx};
use super::{APP, sha1};
use crate::agent::{Agent, Mock};

const ADMIN: &str = "admin@contoso.com";

/// A mock whose clock stands, with a certificate of so many days that is active, and an address.
async fn mock(days: u32) -> Mock {
    let mock = Mock::contoso();
    mock.control("PUT", "/clock", json!({"offset": "0s", "freeze": true}))
        .await;
    mock.certificate("add", "short", json!({"valid_for": format!("{days}d")}))
        .await;
    mock.certificate("activate", "short", json!({})).await;
    mock.patch_app(APP, json!({"notification_emails": [ADMIN]})).await;
    mock
}

async fn mails(mock: &Mock) -> Vec<MailInfo> {
    serde_json::from_value(mock.control("GET", "/mails", Value::Null).await).unwrap()
}

/// To whom, about which certificate, how many days before.
async fn told(mock: &Mock) -> Vec<(String, String, u32)> {
    let mails = mails(mock).await;
    let told = mails
        .into_iter()
        .map(|mail| (mail.to, mail.certificate, mail.days_left));
    told.collect()
}

fn mail(certificate: &str, days: u32) -> (String, String, u32) {
    (ADMIN.to_owned(), certificate.to_owned(), days)
}

/// 5: at 60, 30 and 7 days, to each address, once; whatever the clock does.
#[tokio::test]
async fn three_mails_are_sent_to_each_address() {
    let mock = mock(90).await;
    assert_eq!(told(&mock).await, []);
    mock.clock("+29d23h").await;
    assert_eq!(told(&mock).await, []);
    mock.clock("+1h").await;
    assert_eq!(told(&mock).await, [mail("short", 60)]);
    let sent = &mails(&mock).await[0];
    let der = mock.certificates(APP).await.pop().unwrap();
    let expires = certs::Certificate::from_der(&der).unwrap().not_after();
    assert_eq!(
        (sent.app.as_str(), &sent.thumbprint, &sent.expires),
        (APP, &sha1(&der), &expires.to_string())
    );
    let due: jiff::Timestamp = sent.sent.parse().unwrap();
    assert_eq!(expires.duration_since(due).as_hours(), 60 * 24);

    mock.clock("-20d").await;
    mock.clock("+20d").await;
    assert_eq!(told(&mock).await, [mail("short", 60)], "never twice");
    mock.patch_app(APP, json!({"notification_emails": [ADMIN, "ops@contoso.com"]}))
        .await;
    assert_eq!(
        told(&mock).await.len(),
        1,
        "what was due before is not made up for"
    );
    mock.clock("+90d").await;
    let ops = |days| ("ops@contoso.com".to_owned(), "short".to_owned(), days);
    let all = [
        mail("short", 60),
        mail("short", 30),
        ops(30),
        mail("short", 7),
        ops(7),
    ];
    assert_eq!(told(&mock).await, all, "in one step, in their order");
    mock.clock("-200d").await;
    mock.clock("+400d").await;
    assert_eq!(
        told(&mock).await[..5],
        all,
        "and the new address gets what it never got"
    );
    assert_eq!(told(&mock).await[5..], [ops(60)]);
    mock.patch_app(APP, json!({"notification_emails": []})).await;
    assert_eq!(told(&mock).await.len(), 6, "what was sent was sent");
}

/// 5: the mails are about the active certificate, as it is when they are due.
#[tokio::test]
async fn a_certificate_that_was_renewed_in_time_sends_no_mail() {
    let mock = mock(90).await;
    mock.clock("+31d").await;
    mock.certificate("add", "next", json!({"valid_for": "100d"}))
        .await;
    mock.clock("+1d").await;
    mock.certificate("activate", "next", json!({})).await;
    mock.clock("+58d").await;
    // `short` would have told at 30 and 7 days.
    assert_eq!(told(&mock).await, [mail("short", 60), mail("next", 60)]);

    // Late: an edit is no reason to tell at once.
    let key = openssl::rsa::Rsa::generate(2048).unwrap();
    let (file, der) = pfx(&openssl::pkey::PKey::from_rsa(key).unwrap(), 92 + 20);
    mock.certificate("import", "own", import(&file)).await;
    mock.certificate("activate", "own", json!({})).await;
    assert_eq!(told(&mock).await.len(), 2);
    mock.clock("+16d").await;
    assert_eq!(told(&mock).await[2..], [mail("own", 7)]);
    assert_eq!(mails(&mock).await[2].thumbprint, sha1(&der));

    // The mails that were due before an edit are about what was before it.
    mock.certificate("activate", "next", json!({})).await;
    mock.clock("+20d").await;
    mock.certificate("activate", "current", json!({})).await;
    assert_eq!(told(&mock).await[3..], [mail("next", 7)]);
}

/// The page shows them, the newest first, to whoever may use the control API.
#[tokio::test]
async fn the_mails_have_a_page() {
    let mock = mock(90).await;
    let path = format!("/portal/{}/mails", mock.tenant.id);
    let page = mock.agent().get(&path).await;
    assert_eq!(
        (page.status.as_u16(), page.heading().as_str()),
        (200, "Notification mails")
    );
    assert!(page.body.contains("No mail would have been sent yet"));
    mock.patch_app(APP, json!({"notification_emails": ["a+<b>@contoso.com"]}))
        .await;
    mock.clock("+100d").await;
    let page = mock.agent().get(&path).await;
    let entries = page.select(".mails dd");
    assert_eq!(entries.len(), 3);
    assert!(entries[0].contains("expires in 7 days"), "{}", entries[0]);
    assert!(
        entries[2].contains("a+<b>@contoso.com"),
        "escaped: {}",
        entries[2]
    );
    assert!(page.body.contains("not Microsoft"));

    for (url, status) in [
        ("/portal/contoso.com/mails", 200),
        ("/portal/nobody.test/mails", 404),
        ("/portal/contoso.com/mail", 404),
    ] {
        assert_eq!(mock.agent().get(url).await.status, status, "{url}");
    }
    let behind_a_token = Mock::empty(true);
    behind_a_token
        .put_tenant(mock_idp::embedded("contoso").unwrap(), None)
        .unwrap();
    let page = Agent::of(&behind_a_token).get(&path).await;
    assert_eq!(page.status, 401);
    assert_eq!(page.heading(), "The admin center needs the control token");
}
