//! Node's `zlib` and `URL` read what our bindings write and write what they read.

use entrant_tests::{Tool, checkout, witness, witness::text};
use saml_accept::{
    binding::{self, RawQuery},
    xml::Limits,
};
use saml_emit::binding::{Parameter, post_value, redirect_url};
use serde_json::{Value, json};

use crate::message::{self, REQUEST_OPTIONS};

const NODE: Tool = Tool {
    name: "node",
    program: "node",
    install: "apt-get install nodejs",
    probe: &["--version"],
    probe_says: "v",
    needs: &[PROGRAM],
};
const PROGRAM: &str = "tests/conformance/bindings.js";

const RELAY_STATES: &[&str] = &[
    "",
    "/inbox?a=1&b=%20#top",
    "+ /=\"<ä>\u{1F600}",
    "https://sp.example/\r\n",
];

#[test]
fn node_and_we_understand_each_other() {
    let Some(node) = witness(&NODE) else { return };
    let requests = (0..1 << REQUEST_OPTIONS)
        .map(|bits| saml_emit::authn_request(&message::authn_request(bits)).unwrap());
    let messages: Vec<(String, &str)> = requests.zip(RELAY_STATES.iter().copied().cycle()).collect();
    let redirect = |(xml, relay_state): &(String, &str)| {
        redirect_url(
            "https://login.example/saml2?x=y",
            Parameter::SamlRequest,
            xml,
            Some(relay_state),
        )
    };
    let pair = |(xml, relay_state): &(String, &str)| json!({ "xml": xml, "relayState": relay_state });
    let questions = json!({
        "redirects": messages.iter().map(redirect).collect::<Vec<_>>(),
        "posts": messages.iter().map(|(xml, _)| post_value(xml)).collect::<Vec<_>>(),
        "messages": messages.iter().map(pair).collect::<Vec<_>>(),
    });
    let questions = node.write("questions.json", questions.to_string());
    let output = node.run([checkout().join(PROGRAM), questions]);
    assert!(output.status.success(), "{}", text(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();

    assert_eq!(answer["redirects"], messages.iter().map(pair).collect::<Value>());
    let posted: Value = messages.iter().map(|(xml, _)| xml.as_str()).collect();
    assert_eq!(answer["posts"], posted);
    for (query, (xml, relay_state)) in answer["queries"].as_array().unwrap().iter().zip(&messages) {
        let query = RawQuery::parse(query.as_str().unwrap()).unwrap();
        let value = query.parameter("SAMLRequest").unwrap().unwrap();
        let decoded = binding::decode_redirect(&value, &Limits::default()).unwrap();
        assert_eq!(String::from_utf8(decoded).unwrap(), *xml);
        assert_eq!(
            query.parameter("RelayState").unwrap().as_deref(),
            Some(*relay_state)
        );
    }
}
