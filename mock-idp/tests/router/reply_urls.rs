//! Which reply URLs may be registered (entra-behaviour.md 2.4; contracts.md section 4).

use serde_json::json;

use crate::agent::Mock;

/// By the tenant file's rule, and by the admin center's.
#[tokio::test]
async fn registration_rules() {
    let long = format!("https://sp.contoso.com/{}", "a".repeat(250));
    for (url, manifest, entra) in [
        ("https://sp.contoso.com/acs", true, true),
        ("http://localhost:3000/acs", true, true),
        ("http://app:3000/acs", true, false),
        ("http://sp.contoso.com/acs", false, false),
        ("https://[::1]/acs", true, false),
        ("https://sp.contoso.com/a;b", true, false),
        (&long, false, false),
        ("{sp}/acs", true, true),
    ] {
        for (policy, taken) in [("manifest", manifest), ("entra", entra)] {
            let mock = Mock::contoso();
            let patch = json!({
                "tenant": {"reply_url_policy": policy},
                "app": [{"name": "Upsales", "reply_urls": [url]}],
            });
            let page = mock.try_control("PATCH", "", patch).await;
            let (status, told) = (page.status, &page.body);
            assert_eq!(status.is_success(), taken, "{policy} {url}: {told}");
            assert_eq!(status.is_client_error(), !taken, "{policy} {url}: {told}");
        }
    }
}

/// What a request names is an address, and no pattern, even where the pattern is registered.
#[tokio::test]
async fn a_pattern_is_not_an_address() {
    let mock = Mock::contoso();
    let pattern = "https://*.contoso.com/acs";
    let urls = json!({"reply_urls": ["https://sp.contoso.com/acs", pattern]});
    mock.patch_app("Upsales", urls).await;
    let app = mock.app("Upsales");
    let mut request = crate::agent::request(&app);
    for (acs, code) in [
        (pattern, Some("AADSTS50011")),
        ("https://a.contoso.com/acs", None),
    ] {
        request.acs_url = Some(acs.to_owned());
        let page = mock.agent().get(&crate::agent::redirect(&app, &request)).await;
        assert_eq!(page.aadsts().as_deref(), code, "{acs}");
    }
}
