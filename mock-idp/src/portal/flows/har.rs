//! A flow as an HTTP archive (HAR 1.2): the requests that the mock saw, and the messages that the browser took to the
//! service provider, whose answers it did not see.

use serde_json::{Value, json};
use url::form_urlencoded;

use super::messages::{Incoming, Outgoing};
use crate::flows::{Entry, Hop, Item, Recorded};

/// The version of the format.
const VERSION: &str = "1.2";

const FORM: &str = "application/x-www-form-urlencoded";

/// What is said of a message whose answer the mock did not see.
const UNSEEN: &str = "Taken to the service provider by the browser: the mock did not see the answer.";

/// The archive of a flow of the mock at `base`.
pub(crate) fn archive(
    recorded: &Recorded,
    incoming: &[Incoming],
    outgoing: &[Outgoing],
    base: &str,
) -> Value {
    let mut entries: Vec<Value> = Vec::new();
    let mut requests: Vec<u64> = recorded.entries.iter().map(|entry| entry.request).collect();
    requests.dedup();
    for (index, number) in requests.iter().enumerate() {
        if requests[..index].contains(number) {
            continue;
        }
        let hops = recorded.entries.iter().filter(|entry| entry.request == *number);
        for (entry, hop) in hops.filter_map(hop) {
            let form = incoming
                .iter()
                .find(|message| message.request == *number && message.binding == "HTTP-POST");
            entries.push(seen(entry, hop, form, base));
        }
        let sent = outgoing.iter().filter(|message| message.request == *number);
        entries.extend(sent.map(unseen));
    }
    json!({ "log": {
        "version": VERSION,
        "creator": { "name": "entrant", "version": env!("CARGO_PKG_VERSION") },
        "comment": "Recorded at a mock of Microsoft Entra ID. Passwords, codes, cookies and form tokens were not recorded; the messages hold personal data. Times are the tenant's.",
        "entries": entries,
    }})
}

fn hop(entry: &Entry) -> Option<(&Entry, &Hop)> {
    match &entry.item {
        Item::Hop(hop) => Some((entry, hop)),
        _ => None,
    }
}

fn seen(entry: &Entry, hop: &Hop, form: Option<&Incoming>, base: &str) -> Value {
    let query = hop.query.as_ref().map(|query| query.text());
    let url = match query {
        Some(query) => format!("{base}{}?{query}", hop.path),
        None => format!("{base}{}", hop.path),
    };
    let took = hop.took.as_secs_f64() * 1_000.0;
    let answer = |name: &str| {
        let named = hop.answer_headers.iter().find(|(known, _)| *known == name);
        named.map_or("", |(_, value)| value.as_str())
    };
    let mut request = request(&hop.method, &url, query.unwrap_or_default());
    request["headers"] = headers(&hop.headers);
    if hop.method == "POST" {
        request["postData"] = match form {
            Some(form) => post_data(form.parameter, &form.raw, form.relay_state.as_deref()),
            None => json!({ "mimeType": FORM, "params": [], "comment": "The fields were not recorded." }),
        };
    }
    json!({
        "startedDateTime": entry.at.to_string(),
        "time": took,
        "request": request,
        "response": {
            "status": hop.status,
            "statusText": axum::http::StatusCode::from_u16(hop.status).ok().and_then(|status| status.canonical_reason()).unwrap_or(""),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": headers(&hop.answer_headers),
            "content": { "size": hop.bytes.unwrap_or(0), "mimeType": answer("content-type"), "comment": "The body was not recorded." },
            "redirectURL": answer("location"),
            "headersSize": -1,
            "bodySize": -1,
        },
        "cache": {},
        "timings": { "send": 0, "wait": took, "receive": 0 },
    })
}

fn unseen(message: &Outgoing) -> Value {
    let request = if message.binding == "HTTP-POST" {
        let mut request = request("POST", &message.to, "");
        request["headers"] = headers(&[("content-type", FORM.to_owned())]);
        request["postData"] = post_data(message.parameter, &message.raw, message.relay_state.as_deref());
        request
    } else {
        let query = message.raw.split_once('?').map_or("", |(_, query)| query);
        request("GET", &message.raw, query)
    };
    json!({
        "startedDateTime": message.at.to_string(),
        "time": 0,
        "request": request,
        "response": {
            "status": 0,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [],
            "content": { "size": 0, "mimeType": "" },
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
            "comment": UNSEEN,
        },
        "cache": {},
        "timings": { "send": 0, "wait": 0, "receive": 0 },
        "comment": UNSEEN,
    })
}

fn request(method: &str, url: &str, query: &str) -> Value {
    let query = form_urlencoded::parse(query.as_bytes());
    let query: Vec<_> = query
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    json!({
        "method": method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [],
        "queryString": query,
        "headersSize": -1,
        "bodySize": -1,
    })
}

fn headers(headers: &[(&'static str, String)]) -> Value {
    headers
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect()
}

fn post_data(parameter: &str, message: &str, relay_state: Option<&str>) -> Value {
    let mut params = vec![json!({ "name": parameter, "value": message })];
    params.extend(relay_state.map(|value| json!({ "name": "RelayState", "value": value })));
    json!({ "mimeType": FORM, "params": params })
}
