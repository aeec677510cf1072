//! Nothing from outside makes the mock fall over.

use proptest::prelude::*;

use crate::agent::{Mock, request};

fn parameter() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        Just("SAMLRequest"),
        Just("SAMLResponse"),
        Just("RelayState"),
        Just("ctx"),
        Just("loginfmt"),
        Just("x")
    ];
    let value = prop_oneof![
        ".{0,40}",
        "[A-Za-z0-9+/=%&]{0,80}",
        "(%[0-9a-fA-F]{2}){0,10}",
        Just(String::new())
    ];
    (name, value).prop_map(|(name, value)| format!("{name}={value}"))
}

/// Characters that an address can hold; the rest are percent-encoded.
fn query(parameters: &[String]) -> String {
    let encode = |byte: u8| match byte {
        b'!'..=b'~'
            if !matches!(
                byte,
                b'"' | b'<' | b'>' | b'#' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}'
            ) =>
        {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02x}"),
    };
    parameters.join("&").bytes().map(encode).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_queries_and_forms_are_answered(parameters in proptest::collection::vec(parameter(), 0..5)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mock = Mock::contoso();
            let (mut agent, query) = (mock.agent(), query(&parameters));
            let form = "application/x-www-form-urlencoded";
            for url in [mock.path("saml2"), mock.path("saml2/x"), "/api/signin/x".to_owned(), mock.path("login")] {
                let page = agent.get(&format!("{url}?{query}")).await;
                assert!(page.status.as_u16() < 500, "{url} {query}");
                let page = agent.send("POST", &url, parameters.join("&"), form).await;
                assert!(page.status.as_u16() < 500, "{url} {parameters:?}");
            }
        });
    }

    #[test]
    fn mangled_requests_are_answered(position in 0_usize..400, with in ".{0,6}") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mock = Mock::contoso();
            let mut xml = saml_emit::authn_request(&request(&mock.app("Upsales"))).unwrap();
            let position = position.min(xml.len() - 1);
            xml.replace_range(position..=position, &with);
            let message = saml_emit::binding::post_value(&xml);
            let page = mock.agent().post(&mock.path("saml2"), &[("SAMLRequest", &message)]).await;
            assert!(page.status.as_u16() < 500, "{xml}");
        });
    }
}

/// A segment that is no text gets the mock's own 404, as a page or as JSON.
#[tokio::test]
async fn a_path_that_is_no_text() {
    let mock = Mock::contoso();
    for path in [
        "/%ff/saml2",
        "/%ff/saml2/x",
        "/myapps/%ff",
        "/api/signin/%ff",
        "/%ff/a/b/c",
    ] {
        let page = mock.agent().get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert_eq!(page.select("h1"), ["Not found"], "{path}");
    }
    let page = mock.agent().get("/_entrant/v1/tenants/%ff").await;
    assert_eq!(page.status, 404);
    let error: serde_json::Value = serde_json::from_str(&page.body).unwrap();
    let error = error["error"].as_str().unwrap();
    assert!(
        error.starts_with("there is no control route GET /_entrant/v1/tenants/%ff: "),
        "{error}"
    );
}
