//! Messages of single sign-out with faults: each is in the message, and nothing else is wrong with it (ids `slo-…` and
//! `bind-…` of the catalogue).

use mock_idp::{CaseOutcome, FAULTS, Fault, Stage};
use saml_accept::binding::{Parameter as Accepted, RawQuery, decode_post, decode_redirect};
use saml_accept::request::{EnvelopedLogout, Message, message};
use saml_accept::signature::{Sha1, TrustedKeys, verify_query};
use saml_accept::xml::Limits;
use serde_json::{Value, json};

use super::*;

const APP: &str = "Upsales";
const GENUINE: &str = "b.simon@contoso.com";
const VICTIM: &str = "u.keller@contoso.com";

/// A mock with B.Simon signed in in two browsers, and what is armed.
struct Rig {
    mock: Mock,
    keys: TrustedKeys,
}

/// What the browser is sent on to.
#[derive(Debug)]
struct Told {
    /// The message, as whoever reads the first of its name finds it.
    xml: String,
    /// Whether a trusted key signed what a careful reader verifies, and what that reads.
    verified: Result<Message, String>,
    /// The query.
    query: Option<String>,
}

impl Rig {
    async fn new() -> Self {
        let mock = Mock::contoso();
        let trusted = mock.certificates(APP).await;
        let keys = TrustedKeys::from_certificates(trusted.iter().map(Vec::as_slice), Sha1::Refused).unwrap();
        Self { mock, keys }
    }

    async fn arm(&self, faults: &Value) {
        self.mock
            .control("POST", "/faults", json!({"faults": faults}))
            .await;
    }

    /// What comes of a sign-out with these faults; `Err`: what the page says.
    async fn told(&self, faults: &Value, is_answer: bool) -> Result<Told, String> {
        let mut agents = [self.mock.agent(), self.mock.agent()];
        for agent in &mut agents {
            use_app(&self.mock, agent, APP).await;
        }
        let [agent, _] = &mut agents;
        self.arm(faults).await;
        let app = self.mock.app(APP);
        agent.flow = Some(format!("out-{}", uuid::Uuid::new_v4().simple()));
        let page = if is_answer {
            agent.get(&sent(&app, &logout(&app))).await
        } else {
            agent.get(&self.mock.path("oauth2/logout")).await
        };
        let events = self.mock.flow(agent.flow.as_ref().unwrap()).await.events;
        let armed: Vec<_> = faults
            .as_array()
            .unwrap()
            .iter()
            .map(|fault| fault["id"].as_str().unwrap())
            .collect();
        let recorded = events
            .iter()
            .any(|event| matches!(event, IdpEvent::LogoutIssued { faults, .. } if *faults == armed));
        match page.status.as_u16() {
            302 => {
                assert!(recorded, "{events:?}");
                let query = Query::of(page.header(header::LOCATION), &app.logout_url);
                Ok(self.by_redirect(query.0))
            }
            200 => {
                assert!(recorded, "{events:?}");
                Ok(self.by_post(&page))
            }
            _ => {
                // It would stay armed.
                self.mock.control("DELETE", "/faults", Value::Null).await;
                Err(page.select("main p").concat())
            }
        }
    }

    fn by_redirect(&self, query: &str) -> Told {
        let first = query.split('&').find(|pair| pair.starts_with("SAMLRe")).unwrap();
        let (name, _) = first.split_once('=').unwrap();
        let parameter = match name {
            "SAMLRequest" => Accepted::SamlRequest,
            _ => Accepted::SamlResponse,
        };
        let read = |query: &str| {
            let query = RawQuery::parse(query).unwrap();
            let value = query.parameter(name).map_err(|error| error.to_string())?;
            let xml = decode_redirect(&value.unwrap(), &Limits::default());
            xml.map(|xml| String::from_utf8(xml).unwrap())
                .map_err(|error| error.to_string())
        };
        let verified = || {
            let parsed = RawQuery::parse(query).unwrap();
            let both =
                ["SAMLRequest", "SAMLResponse"].map(|name| parsed.raw(name).unwrap_or(Some("")).is_some());
            if both == [true, true] {
                return Err("both".to_owned());
            }
            verify_query(&parsed, parameter, &self.keys).map_err(|error| error.to_string())?;
            message(read(query)?.as_bytes(), &Limits::default()).map_err(|error| error.to_string())
        };
        Told {
            xml: read(first).unwrap_or_default(),
            verified: verified(),
            query: Some(query.to_owned()),
        }
    }

    fn by_post(&self, page: &crate::agent::Page) -> Told {
        let form = page.form();
        assert_eq!(form.action, self.mock.app(APP).logout_url);
        let (_, value) = form
            .fields
            .iter()
            .find(|(name, _)| name.starts_with("SAMLRe"))
            .unwrap();
        let xml = decode_post(value, &Limits::default()).unwrap();
        let verified = EnvelopedLogout::parse(&xml, &Limits::default()).map_err(|error| error.to_string());
        let verified =
            verified.and_then(|logout| logout.verify(&self.keys).map_err(|error| error.to_string()));
        Told {
            xml: String::from_utf8(xml).unwrap(),
            verified: verified.map(|(message, _)| message),
            query: None,
        }
    }
}

/// The faults of the stage, each with every way that it has, and whether it is about the answer.
fn all() -> Vec<(&'static Fault, Value, bool)> {
    let of_stage = FAULTS.iter().filter(|fault| fault.stage() == Stage::SignOut);
    let mut all = Vec::new();
    for fault in of_stage {
        let variants = fault
            .parameters()
            .iter()
            .find(|parameter| parameter.name == "variant");
        let ways: Vec<_> = match variants {
            Some(variants) => variants
                .values
                .iter()
                .map(|way| json!({"id": fault.id, "variant": way}))
                .collect(),
            None => vec![json!({"id": fault.id})],
        };
        let is_answer = fault.id.starts_with("slo-response-");
        all.extend(ways.into_iter().map(|way| (fault, way, is_answer)));
    }
    all
}

/// What a reader that verifies the first message over the octets of its query, or in its form, finds.
fn check(fault: &Fault, told: &Told, way: &Value, issuer: &str) {
    let Told { xml, verified, query } = told;
    let outcome = fault.spec.outcome.unwrap();
    match (outcome, fault.rejection()) {
        (_, Some("signature-invalid" | "malformed")) => assert!(verified.is_err(), "{way}: {xml} {query:?}"),
        (CaseOutcome::Safe, _) => {}
        _ => assert!(verified.is_ok(), "{way}: {verified:?} {xml}"),
    }
    let Ok(verified) = verified else { return };
    let Message::LogoutRequest(request) = verified else {
        let Message::LogoutResponse(response) = verified else {
            panic!("{way}: {verified:?}")
        };
        assert_eq!(
            response.status.sub_code.as_deref(),
            Some(names::STATUS_PARTIAL_LOGOUT)
        );
        return;
    };
    // What is right without a fault; each makes its own lines false and no other.
    let name = request.name_id.clone().unwrap();
    let wrong: Vec<_> = [
        ("issuer", request.issuer.as_deref() == Some(issuer)),
        (
            "destination",
            request.destination.as_deref() != Some("https://other-sp.test/saml/acs"),
        ),
        ("end", request.not_on_or_after.is_none()),
        ("name", name.value == GENUINE),
        ("format", name.format.as_deref() == Some(names::NAME_ID_EMAIL)),
        (
            "qualifiers",
            name.name_qualifier.is_none() && name.sp_name_qualifier.is_none(),
        ),
        ("sessions", request.session_indexes.len() == 1),
    ]
    .into_iter()
    .filter_map(|(what, holds)| (!holds).then_some(what))
    .collect();
    let expected: &[&str] = match (fault.id, way["variant"].as_str()) {
        ("slo-issuer-other-idp", _) => &["issuer"],
        ("slo-destination-other", _) => &["destination"],
        ("slo-notonorafter-past", _) => &["end"],
        ("slo-nameid-format-differs", Some("format")) => &["format"],
        ("slo-nameid-format-differs", _) => &["qualifiers"],
        ("slo-no-sessionindex" | "slo-multi-sessionindex", _) => &["sessions"],
        _ => &[],
    };
    assert_eq!(wrong, expected, "{way}: {request:?}");
}

#[tokio::test]
async fn every_fault_of_single_sign_out_is_in_the_message() {
    let rig = Rig::new().await;
    for (fault, way, is_answer) in all() {
        let told = rig.told(&json!([way]), is_answer).await;
        let told = told.unwrap_or_else(|page| panic!("{way}: {page}"));
        assert_eq!(told.query.is_none(), fault.id == "slo-post", "{way}");
        check(fault, &told, &way, &rig.mock.tenant.issuer);
        let takes_victim = fault
            .parameters()
            .iter()
            .any(|parameter| parameter.name == "victim");
        let has_none = matches!(way["variant"].as_str(), Some("response" | "relay-state"));
        if takes_victim && !has_none {
            let everything = told
                .query
                .iter()
                .flat_map(|query| query.split('&'))
                .filter_map(|pair| {
                    let value = RawQuery::parse(pair).unwrap().parameter("SAMLRequest").unwrap()?;
                    String::from_utf8(decode_redirect(&value, &Limits::default()).unwrap()).ok()
                });
            assert!(everything.collect::<String>().contains(VICTIM), "{way}: {told:?}");
        }
    }
}

/// By HTTP-POST the signature is inside, and what is about the query cannot act.
#[tokio::test]
async fn the_same_faults_go_by_post() {
    let rig = Rig::new().await;
    for (fault, way, is_answer) in all() {
        if fault.id == "slo-post" {
            continue;
        }
        let told = rig.told(&json!([{"id": "slo-post"}, way]), is_answer).await;
        if fault.case.group == "bind" {
            let page = told.unwrap_err();
            assert!(page.contains("leave `slo-post` out"), "{way}: {page}");
            continue;
        }
        let told = told.unwrap_or_else(|page| panic!("{way}: {page}"));
        assert!(told.query.is_none(), "{way}");
        check(fault, &told, &way, &rig.mock.tenant.issuer);
        let is_comment = fault.id == "slo-comment-nameid";
        assert_eq!(told.xml.contains("<!---->"), is_comment, "{way}: {}", told.xml);
        assert!(!is_comment || told.verified.is_ok(), "a comment is not digested");
    }
}

/// An answer and a request go out apart, and a sign-on leaves both alone.
#[tokio::test]
async fn faults_of_single_sign_out_wait_for_their_message() {
    let rig = Rig::new().await;
    for (faults, expected) in [
        (
            json!([{"id": "slo-unsigned"}, {"id": "sig-none"}]),
            "the faults `slo-unsigned` and `sig-none` are about different messages: arm them apart",
        ),
        (
            json!([{"id": "slo-response-unsigned"}, {"id": "slo-unsigned"}]),
            "the faults `slo-response-unsigned` and `slo-unsigned` are about different messages: arm them apart",
        ),
        (
            json!([{"id": "slo-post"}, {"id": "cond-expired"}]),
            "the faults `cond-expired` and `slo-post` are about different messages: arm them apart",
        ),
    ] {
        let answer = rig
            .mock
            .try_control("POST", "/faults", json!({"faults": faults}))
            .await;
        assert_eq!(answer.status, 400, "{faults}");
        assert!(answer.body.contains(expected), "{}", answer.body);
    }
    rig.arm(&json!([{"id": "slo-unsigned"}])).await;
    let honest = rig.mock.sign_on(APP, "B.Simon").await;
    assert!(rig.mock.verify(APP, &honest.xml).await.is_ok());
    // The answer to an SP is not what waits.
    let mut agent = rig.mock.agent();
    use_app(&rig.mock, &mut agent, APP).await;
    let app = rig.mock.app(APP);
    let page = agent.get(&sent(&app, &logout(&app))).await;
    let query = Query::of(page.header(header::LOCATION), &app.logout_url);
    assert!(query.value("Signature").is_some());
    use_app(&rig.mock, &mut agent, APP).await;
    let page = agent.get(&rig.mock.path("oauth2/logout")).await;
    let query = Query::of(page.header(header::LOCATION), &app.logout_url);
    assert_eq!((query.value("Signature"), query.value("SigAlg")), (None, None));
}

/// What cannot act says what to change.
#[tokio::test]
async fn a_fault_of_single_sign_out_that_cannot_act_says_why() {
    let mock = Mock::contoso();
    for (logout_url, fault, expected) in [
        (
            None,
            "slo-multi-sessionindex",
            "the user has no other session with the application",
        ),
        (Some(""), "slo-unsigned", "the application has no Logout URL"),
    ] {
        if let Some(url) = logout_url {
            mock.patch_app(APP, json!({"logout_url": url})).await;
        }
        let mut agent = mock.agent();
        use_app(&mock, &mut agent, APP).await;
        mock.control("POST", "/faults", json!({"faults": [{"id": fault}]}))
            .await;
        let page = agent.get(&mock.path("oauth2/logout")).await;
        let said = page.select("main p").concat();
        assert!(said.contains(expected), "{fault}: {said}");
    }
}

/// The others are told as ever, and whom the message is for only by it.
#[tokio::test]
async fn the_other_applications_are_told_in_frames() {
    let rig = Rig::new().await;
    let mut agent = rig.mock.agent();
    use_app(&rig.mock, &mut agent, APP).await;
    use_app(&rig.mock, &mut agent, "sipgate").await;
    let order = json!({"app": APP, "user": "B.Simon", "faults": [{"id": "slo-unsigned"}]});
    rig.mock.control("POST", "/faults", order).await;
    let page = agent.get(&rig.mock.path("oauth2/logout")).await;
    assert_eq!(frame_names(&page), ["sipgate"]);
    let onward = page.attribute("#continue", "href").unwrap();
    let query = Query::of(&onward, &rig.mock.app(APP).logout_url).0;
    assert!(
        query.starts_with("SAMLRequest=") && !query.contains("Signature="),
        "{query}"
    );
}

/// Whom the message with faults is for is not told honestly beside it, and where a form carries it nobody else is told either:
/// what is recorded says no more than what was sent.
#[tokio::test]
async fn nobody_is_said_to_have_been_told_who_was_not() {
    let rig = Rig::new().await;
    for (faults, expected) in [
        (json!([{"id": "slo-unsigned"}]), &["Upwork Enterprise"][..]),
        (json!([{"id": "slo-post"}, {"id": "slo-unsigned"}]), &[]),
    ] {
        let mut agent = rig.mock.agent();
        for app in [APP, "Upwork Enterprise"] {
            use_app(&rig.mock, &mut agent, app).await;
        }
        let order = json!({"faults": faults, "app": APP});
        rig.mock.control("POST", "/faults", order).await;
        agent.flow = Some(format!("out-{}", uuid::Uuid::new_v4().simple()));
        agent.get(&rig.mock.path("oauth2/logout")).await;
        let events = rig.mock.flow(agent.flow.as_ref().unwrap()).await.events;
        let told: Vec<_> = events
            .iter()
            .filter_map(|event| match event {
                IdpEvent::SignedOut { told, .. } => Some(told.clone()),
                _ => None,
            })
            .collect();
        assert_eq!(told, [expected], "{faults}");
    }
}
