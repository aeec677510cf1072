//! Who signs logout messages, and as whom (entra-behaviour.md 6; C4, C12).

use super::*;

/// 0, C12 and C4: whose Issuer both messages have.
#[tokio::test]
async fn the_issuer_of_logout_messages_is_a_switch() {
    let documented = |mock: &Mock| format!("https://login.microsoftonline.com/{}/", mock.tenant.id);
    for (switches, is_documented) in [
        (json!([]), false),
        (json!(["logout-issuer-login-host"]), true),
        (json!(["issuer-login-host"]), true),
    ] {
        let mock = Mock::contoso();
        for app in ["Upsales", "sipgate"] {
            mock.patch_app(app, json!({"switches": switches})).await;
        }
        let mut agent = mock.agent();
        use_app(&mock, &mut agent, "Upsales").await;
        use_app(&mock, &mut agent, "sipgate").await;
        let (upsales, sipgate) = (mock.app("Upsales"), mock.app("sipgate"));
        let page = agent.get(&sent(&upsales, &logout(&upsales))).await;
        let onward = page.attribute("#continue", "href").unwrap();
        let told = frames(&page).remove(0).1;
        let expected = if is_documented {
            documented(&mock)
        } else {
            mock.tenant.issuer.clone()
        };
        for xml in [
            Query::of(&onward, &upsales.logout_url).xml(Parameter::SamlResponse),
            Query::of(&told, &sipgate.logout_url).xml(Parameter::SamlRequest),
        ] {
            assert!(
                xml.contains(&format!(">{expected}</Issuer>")),
                "{switches}: {xml}"
            );
        }
    }
}

/// 6: RSA-SHA256 by the certificate that is active, whatever the application's Signing Algorithm.
#[tokio::test]
async fn logout_messages_are_signed_by_the_active_certificate() {
    let mock = Mock::contoso();
    let old = mock.certificates("Upsales").await;
    mock.patch_app("Upsales", json!({"signing": {"algorithm": "sha1"}}))
        .await;
    for action in ["add", "activate"] {
        let body = json!({"app": "Upsales", "action": action, "name": "next"});
        mock.control("POST", "/certificates", body).await;
    }
    let app = mock.app("Upsales");
    let answer = mock.agent().get(&sent(&app, &logout(&app))).await;
    let query = Query::of(answer.header(header::LOCATION), &app.logout_url);
    for certificate in mock.certificates("Upsales").await {
        let signed = query.is_signed_by(&certificate, Parameter::SamlResponse, as_it_is);
        assert_eq!(signed, certificate != old[0]);
    }
    assert_eq!(query.value("SigAlg").as_deref(), Some(names::SIG_RSA_SHA256));
}
