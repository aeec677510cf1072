//! The response: each fact of entra-behaviour.md section 3 that a table can hold, by its name.

use jiff::{SignedDuration, Timestamp};
use saml_model::{Assertion, NameIdPolicy, RequestedAuthnContext, names};
use serde_json::{Value, json};

use crate::agent::{Agent, Delivered, Mock, redirect, request};

const APP: &str = "sipgate";
const LOGIN_HOST: &str = "https://login.microsoftonline.com";

/// A browser whose user is signed in without a page.
fn agent(mock: &Mock) -> Agent {
    let mut agent = mock.agent();
    agent
        .headers
        .push((control_api::USER_HEADER, "B.Simon".to_owned()));
    agent
}

/// Signs on with the application patched and the request changed.
async fn sign_on(mock: &Mock, app: Value, change: impl FnOnce(&mut saml_model::AuthnRequest)) -> Delivered {
    let mut whole = json!({"switches": [], "token_lifetime": null, "name_id": {"source": null, "format": "emailAddress"}});
    for (key, value) in app.as_object().unwrap() {
        whole[key] = value.clone();
    }
    mock.patch_app(APP, whole).await;
    let app = mock.app(APP);
    let mut asked = request(&app);
    change(&mut asked);
    agent(mock).get(&redirect(&app, &asked)).await.delivered()
}

async fn assertion(mock: &Mock, delivered: &Delivered) -> Assertion {
    mock.verify(APP, &delivered.xml).await.unwrap().into_assertion()
}

/// What a window has against its base: the start, the end, and the confirmation's end, in minutes; `None` is the issue
/// instant.
type Window = (Option<i64>, i64, i64);

const WINDOWS: &[(&str, &str, Window)] = &[
    ("C1 C2 C3 the observed window", "{}", (Some(-5), 60, 60)),
    (
        "C1 NotBefore at the issue instant",
        r#"{"switches": ["not-before-at-issue"]}"#,
        (None, 60, 60),
    ),
    (
        "C2 70 minutes",
        r#"{"switches": ["window-70-minutes"]}"#,
        (Some(-5), 65, 60),
    ),
    (
        "C3 confirmation of 5 minutes",
        r#"{"switches": ["confirmation-5-minutes"]}"#,
        (Some(-5), 60, 5),
    ),
    (
        "3.1 lifetime policy of 10 minutes",
        r#"{"token_lifetime": "10m"}"#,
        (Some(-5), 10, 60),
    ),
    (
        "3.1 lifetime policy of a day",
        r#"{"token_lifetime": "24h"}"#,
        (Some(-5), 24 * 60, 60),
    ),
    (
        "3.1 lifetime policy and C3",
        r#"{"token_lifetime": "2h", "switches": ["confirmation-5-minutes"]}"#,
        (Some(-5), 120, 5),
    ),
];

#[tokio::test]
async fn windows() {
    let mock = Mock::contoso();
    for (fact, app, (start, end, confirmation)) in WINDOWS {
        let delivered = sign_on(&mock, serde_json::from_str(app).unwrap(), |_| {}).await;
        let assertion = assertion(&mock, &delivered).await;
        let conditions = assertion.conditions.clone().unwrap();
        let base = conditions.not_on_or_after.unwrap() - SignedDuration::from_mins(*end);
        let lead = assertion.issue_instant.duration_since(base).as_millis();
        assert!((90..=160).contains(&lead), "{fact}: {lead}");
        let expected = start.map_or(assertion.issue_instant, |start| {
            base + SignedDuration::from_mins(start)
        });
        assert_eq!(conditions.not_before, Some(expected), "{fact}");
        let data = assertion.subject.unwrap().confirmations[0].data.clone().unwrap();
        let expected = base + SignedDuration::from_mins(*confirmation);
        assert_eq!(data.not_on_or_after, Some(expected), "{fact}");
    }
}

/// 3.1: the response is issued 0 to 6 ms after the assertion, and not always the same; nobody issues an assertion
/// before its user has authenticated.
#[tokio::test]
async fn instants_of_response_and_assertion() {
    let mock = Mock::contoso();
    let mut agent = agent(&mock);
    let app = mock.app(APP);
    mock.control("PUT", "/clock", json!({"freeze": true})).await;
    let instants = async |agent: &mut Agent| {
        let delivered = agent.get(&redirect(&app, &request(&app))).await.delivered();
        let assertion = assertion(&mock, &delivered).await;
        let (_, tail) = delivered.xml.split_once("IssueInstant=\"").unwrap();
        let response: Timestamp = tail.split('"').next().unwrap().parse().unwrap();
        let end = assertion.conditions.unwrap().not_on_or_after.unwrap();
        let delay = response.duration_since(assertion.issue_instant).as_millis();
        (delay, response.duration_since(end).as_millis() + delay)
    };
    assert_eq!(instants(&mut agent).await.0, 0, "just signed in");
    agent.headers.clear();
    mock.control("PUT", "/clock", json!({"offset": "+1h"})).await;
    let mut seen = Vec::new();
    for _ in 0..40 {
        seen.push(instants(&mut agent).await);
    }
    assert!(seen.iter().all(|(delay, _)| (0..=6).contains(delay)), "{seen:?}");
    for pick in [
        |(delay, _): &(i128, i128)| *delay,
        |(_, lead): &(i128, i128)| *lead,
    ] {
        let mut values: Vec<_> = seen.iter().map(pick).collect();
        values.sort_unstable();
        values.dedup();
        assert!(values.len() > 1, "{seen:?}");
    }
}

/// C4: the issuer of response, assertion, metadata and failure; the tenant's metadata has no application.
#[tokio::test]
async fn the_documented_issuer_by_the_switch() {
    let mock = Mock::contoso();
    let issuer = format!("{LOGIN_HOST}/{}/", mock.tenant.id);
    let delivered = sign_on(&mock, json!({"switches": ["issuer-login-host"]}), |_| {}).await;
    let plain = format!("<Issuer>{issuer}</Issuer>");
    let declared = format!("assertion\">{issuer}</Issuer>");
    assert!(
        delivered.xml.contains(&plain) && delivered.xml.contains(&declared),
        "{}",
        delivered.xml
    );
    let metadata = mock.agent().get(&mock.app(APP).metadata).await.body;
    assert!(metadata.contains(&format!("entityID=\"{issuer}\"")), "{metadata}");
    let tenant = mock.agent().get(&mock.tenant.metadata).await.body;
    assert!(
        tenant.contains(&format!("entityID=\"{}\"", mock.tenant.issuer)),
        "{tenant}"
    );
    let refused = json!({"switches": ["issuer-login-host", "sp-name-qualifier-refused"]});
    let failure = sign_on(&mock, refused, |request| {
        request.name_id_policy = Some(NameIdPolicy {
            sp_name_qualifier: Some("urn:q".to_owned()),
            ..NameIdPolicy::default()
        });
    });
    assert!(failure.await.xml.contains(&declared));
}

/// What a NameID is to be: a value, or 44 characters that nobody can read.
enum Value44 {
    Is(&'static str),
    Pairwise,
    Random,
}

use Value44::{Is, Pairwise, Random};

const UPN: &str = "B.Simon@contoso.onmicrosoft.com";
const MAIL: &str = "b.simon@contoso.com";
const EMPLOYEE: &str = r#"{"name_id": {"source": "user.employeeid", "format": "default"}}"#;

/// 3.3: application, requested format, format and value that are sent.
const NAME_IDS: &[(&str, &str, Option<&str>, &str, Value44)] = &[
    (
        "3.3 default configuration",
        "{}",
        None,
        names::NAME_ID_EMAIL,
        Is(UPN),
    ),
    (
        "3.3 Default format of a source",
        r#"{"name_id": {"source": "user.mail", "format": "default"}}"#,
        None,
        names::NAME_ID_EMAIL,
        Is(MAIL),
    ),
    (
        "3.3 Default format of another source",
        EMPLOYEE,
        None,
        names::NAME_ID_UNSPECIFIED,
        Is("10001"),
    ),
    (
        "3.3 the portal's format",
        r#"{"name_id": {"source": "user.employeeid", "format": "unspecified"}}"#,
        None,
        names::NAME_ID_UNSPECIFIED,
        Is("10001"),
    ),
    (
        "3.3 Windows domain qualified name",
        r#"{"name_id": {"source": "user.mail", "format": "windowsDomainQualifiedName"}}"#,
        None,
        names::NAME_ID_WINDOWS,
        Is(MAIL),
    ),
    (
        "3.3 Persistent with the Default source",
        r#"{"name_id": {"source": null, "format": "persistent"}}"#,
        None,
        names::NAME_ID_PERSISTENT,
        Pairwise,
    ),
    (
        "3.3 Persistent with an explicit source",
        r#"{"name_id": {"source": "user.mail", "format": "persistent"}}"#,
        None,
        names::NAME_ID_PERSISTENT,
        Is(MAIL),
    ),
    (
        "3.3 the request's persistent goes before an explicit source",
        r#"{"name_id": {"source": "user.mail", "format": "persistent"}}"#,
        Some(names::NAME_ID_PERSISTENT),
        names::NAME_ID_PERSISTENT,
        Pairwise,
    ),
    (
        "3.3 the request goes before the portal",
        "{}",
        Some(names::NAME_ID_PERSISTENT),
        names::NAME_ID_PERSISTENT,
        Pairwise,
    ),
    (
        "3.3 Transient",
        "{}",
        Some(names::NAME_ID_TRANSIENT),
        names::NAME_ID_TRANSIENT,
        Random,
    ),
    (
        "3.3 emailAddress requested, source mail",
        r#"{"name_id": {"source": "user.mail", "format": "unspecified"}}"#,
        Some(names::NAME_ID_EMAIL),
        names::NAME_ID_EMAIL,
        Is(MAIL),
    ),
    (
        "3.3 emailAddress requested, another source",
        EMPLOYEE,
        Some(names::NAME_ID_EMAIL),
        names::NAME_ID_EMAIL,
        Is(UPN),
    ),
    (
        "C9 unspecified requested",
        EMPLOYEE,
        Some(names::NAME_ID_UNSPECIFIED),
        names::NAME_ID_UNSPECIFIED,
        Is("10001"),
    ),
    (
        "C9 unspecified requested, by the switch",
        r#"{"switches": ["unspecified-pairwise"]}"#,
        Some(names::NAME_ID_UNSPECIFIED),
        names::NAME_ID_UNSPECIFIED,
        Pairwise,
    ),
];

#[tokio::test]
async fn name_ids() {
    let mock = Mock::contoso();
    let mut pairwise: Option<String> = None;
    let mut random = Vec::new();
    for (fact, app, requested, format, value) in NAME_IDS {
        for _ in 0..2 {
            let delivered = sign_on(&mock, serde_json::from_str(app).unwrap(), |request| {
                request.name_id_policy = requested.map(|format| NameIdPolicy {
                    format: Some(format.to_owned()),
                    ..NameIdPolicy::default()
                });
            });
            let assertion = assertion(&mock, &delivered.await).await;
            let name_id = assertion.name_id().unwrap();
            assert_eq!(name_id.format.as_deref(), Some(*format), "{fact}");
            match value {
                Is(value) => assert_eq!(name_id.value, *value, "{fact}"),
                Pairwise => {
                    let first = pairwise.get_or_insert_with(|| name_id.value.clone());
                    assert_eq!((name_id.value.len(), &name_id.value), (44, &*first), "{fact}");
                }
                Random => {
                    assert_eq!(name_id.value.len(), 44, "{fact}");
                    random.push(name_id.value.clone());
                }
            }
        }
    }
    random.extend(pairwise);
    assert_eq!(random.len(), 3);
    random.sort();
    random.dedup();
    assert_eq!(random.len(), 3, "each is another");
}

/// 3.3: no source value at all.
#[tokio::test]
async fn a_name_id_without_value() {
    let mock = Mock::contoso();
    let name_id = json!({"source": "user.mail", "format": "emailAddress"});
    mock.patch_app(APP, json!({"name_id": name_id})).await;
    let mut agent = mock.agent();
    agent
        .headers
        .push((control_api::USER_HEADER, "A.Nowak".to_owned()));
    let page = agent.get(&mock.app(APP).launch).await;
    let text = "AADSTS501241: Mandatory Input 'mail' missing from transformation ID 'CreateNameId'.";
    assert_eq!(page.error_text(), text);
}

const PASSWORD: &str = names::AUTHN_METHOD_PASSWORD;
const PROTECTED: &str = names::AC_PASSWORD_PROTECTED_TRANSPORT;
const MULTIPLE: &str = names::AUTHN_METHOD_MULTIPLE;

/// 3.2.
struct Method {
    fact: &'static str,
    /// A patch of the user.
    user: &'static str,
    /// What the request asks for.
    asked: &'static [&'static str],
    /// What is sent.
    class_ref: &'static str,
    methods: &'static [&'static str],
}

const fn method(
    fact: &'static str,
    user: &'static str,
    asked: &'static [&'static str],
    class_ref: &'static str,
    methods: &'static [&'static str],
) -> Method {
    Method {
        fact,
        user,
        asked,
        class_ref,
        methods,
    }
}

const METHODS: &[Method] = &[
    method("3.2 password", "{}", &[], names::AC_PASSWORD, &[PASSWORD]),
    method(
        "3.2 password after MFA, as in S2",
        r#"{"mfa": true}"#,
        &[],
        names::AC_PASSWORD,
        &[PASSWORD, MULTIPLE],
    ),
    method(
        "3.2 PasswordProtectedTransport requested",
        "{}",
        &[PROTECTED],
        PROTECTED,
        &[PROTECTED],
    ),
    method(
        "3.2 PasswordProtectedTransport requested after MFA, as in S6",
        r#"{"mfa": true}"#,
        &[PROTECTED],
        PROTECTED,
        &[PROTECTED, MULTIPLE],
    ),
    method(
        "3.2 Password requested first",
        "{}",
        &[names::AC_PASSWORD, PROTECTED],
        names::AC_PASSWORD,
        &[PASSWORD],
    ),
    method(
        "3.2 unspecified requested",
        "{}",
        &[names::AC_UNSPECIFIED],
        names::AC_PASSWORD,
        &[PASSWORD],
    ),
    method(
        "3.2 windows, as in S3",
        r#"{"authentication": "windows"}"#,
        &[],
        names::AC_WINDOWS,
        &[names::AUTHN_METHOD_WINDOWS],
    ),
    method(
        "3.2 certificate",
        r#"{"authentication": "certificate"}"#,
        &[],
        names::AC_X509,
        &[names::AUTHN_METHOD_X509],
    ),
];

#[tokio::test]
async fn methods_and_class_references() {
    for Method {
        fact,
        user,
        asked,
        class_ref,
        methods,
    } in METHODS
    {
        let mock = Mock::contoso();
        let values: Value = serde_json::from_str(user).unwrap();
        let body = json!({"user": "B.Simon", "action": "set", "values": values});
        mock.control("POST", "/users", body).await;
        let delivered = sign_on(&mock, json!({}), |request| {
            request.requested_authn_context = (!asked.is_empty()).then(|| RequestedAuthnContext {
                comparison: None,
                class_refs: asked.iter().map(|text| (*text).to_owned()).collect(),
            });
        });
        let assertion = assertion(&mock, &delivered.await).await;
        let said = assertion.authn_statements[0].class_ref.as_deref();
        assert_eq!(said, Some(*class_ref), "{fact}");
        assert_eq!(
            assertion.attribute(names::CLAIM_AUTHN_METHODS).unwrap(),
            *methods,
            "{fact}"
        );
    }
}

/// 3.5: the page that posts the response, word for word.
#[tokio::test]
async fn the_delivery_page() {
    let mock = Mock::contoso();
    let app = mock.app(APP);
    let page = agent(&mock).get(&redirect(&app, &request(&app))).await;
    assert_eq!(page.select("title"), ["Working..."]);
    assert_eq!(page.attribute("form", "method").as_deref(), Some("POST"));
    assert_eq!(page.attribute("form", "name").as_deref(), Some("hiddenform"));
    assert_eq!(page.attribute("form", "action"), Some(app.reply_urls[0].clone()));
    let names: Vec<_> = page.form().fields.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["SAMLResponse", "RelayState"]);
    let (_, noscript) = page.body.split_once("<noscript>").unwrap();
    let (noscript, _) = noscript.split_once("</noscript>").unwrap();
    assert!(
        noscript.starts_with("<p>Script is disabled. Click Submit to continue.</p><input type=\"submit\" ")
    );
    assert!(noscript.contains("value=\"Submit\""), "{noscript}");
    assert_eq!(page.select("script"), ["document.forms[0].submit()"]);
    let unsolicited = agent(&mock).get(&app.launch).await;
    let names: Vec<_> = unsolicited
        .form()
        .fields
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["SAMLResponse"], "no field where there is no RelayState");
}
