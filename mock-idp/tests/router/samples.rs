//! What goes out is built as the samples of docs/entra-behaviour.md are: elements, prefixes, attributes, declarations
//! and formats in their order. The sample of section 3.1 and the shape of section 1 are read out of the document; whoever
//! edits them hears of it here.

use saml_model::{RequestedAuthnContext, names};
use serde_json::{Value, json};

use crate::agent::{Mock, redirect, request};

/// The specification of the identity provider.
const DOCUMENT: &str = include_str!("../../../docs/entra-behaviour.md");

/// Where what goes out differs from the document, and why. Each entry replaces text of the document; one that replaces
/// nothing is stale and fails.
const DIFFERENCES: &[Difference] = &[];

struct Difference {
    documented: &'static str,
    ours: &'static str,
    #[expect(dead_code, reason = "for the reader")]
    reason: &'static str,
}

/// A response of each kind that section 3 has a sample of.
struct Sample {
    name: &'static str,
    /// A patch of the user.
    user: &'static str,
    class_refs: &'static [&'static str],
    /// How many values authnmethodsreferences has.
    methods: usize,
    class_ref: &'static str,
}

const SAMPLES: &[Sample] = &[
    Sample {
        name: "S1, password",
        user: "{}",
        class_refs: &[],
        methods: 1,
        class_ref: names::AC_PASSWORD,
    },
    Sample {
        name: "S2, password and MFA",
        user: r#"{"mfa": true}"#,
        class_refs: &[],
        methods: 2,
        class_ref: names::AC_PASSWORD,
    },
    Sample {
        name: "S3, Windows",
        user: r#"{"authentication": "windows"}"#,
        class_refs: &[],
        methods: 1,
        class_ref: names::AC_WINDOWS,
    },
    Sample {
        name: "S6, PasswordProtectedTransport and MFA",
        user: r#"{"mfa": true}"#,
        class_refs: &[names::AC_PASSWORD_PROTECTED_TRANSPORT],
        methods: 2,
        class_ref: names::AC_PASSWORD_PROTECTED_TRANSPORT,
    },
];

#[tokio::test]
async fn responses_are_built_as_the_sample() {
    let sample = documented_response();
    for Sample {
        name,
        user,
        class_refs,
        methods,
        class_ref,
    } in SAMPLES
    {
        let mock = Mock::contoso();
        let values: Value = serde_json::from_str(user).unwrap();
        mock.control(
            "POST",
            "/users",
            json!({"user": "B.Simon", "action": "set", "values": values}),
        )
        .await;
        let app = mock.app("sipgate");
        let mut asked = request(&app);
        asked.requested_authn_context = (!class_refs.is_empty()).then(|| RequestedAuthnContext {
            comparison: None,
            class_refs: class_refs.iter().map(|text| (*text).to_owned()).collect(),
        });
        let mut agent = mock.agent();
        agent
            .headers
            .push((control_api::USER_HEADER, "B.Simon".to_owned()));
        let delivered = agent.get(&redirect(&app, &asked)).await.delivered();
        let value = "<AttributeValue>{value}</AttributeValue>";
        let one = format!("authnmethodsreferences\">{value}");
        assert!(sample.contains(&one), "{sample}");
        let pattern = sample
            .replace(
                &one,
                &format!("authnmethodsreferences\">{}", value.repeat(*methods)),
            )
            .replace(names::AC_PASSWORD, class_ref);
        compare(&pattern, &delivered.xml).unwrap_or_else(|difference| panic!("{name}: {difference}"));
    }
}

/// Section 1: elements and their declarations in order, in the document of an application and of the tenant.
#[tokio::test]
async fn metadata_is_built_as_documented() {
    let mock = Mock::contoso();
    let app = json!({"app": "sipgate", "action": "add", "name": "next"});
    mock.control("POST", "/certificates", app).await;
    let (_, section) = DOCUMENT.split_once("- Metadata document shape").unwrap();
    let (list, rest) = section.split_once("  - Absent: ").unwrap();
    let (absent, _) = rest.split_once('[').unwrap();
    for url in [&mock.app("sipgate").metadata, &mock.tenant.metadata] {
        let body = mock.agent().get(url).await.body;
        let mut rest = body.strip_prefix('\u{feff}').expect("a byte order mark");
        let mut found = 0;
        for span in list.split('`').skip(1).step_by(2).filter_map(tag) {
            rest = (0..rest.len())
                .filter(|at| rest.as_bytes()[*at] == b'<')
                .find_map(|at| prefix(&span, &rest[at..]))
                .unwrap_or_else(|| panic!("{url}: no {span} in\n{rest}"));
            found += 1;
        }
        assert!(found >= 14, "{found} of {list}");
        for name in [
            "NameIDFormat",
            "WantAuthnRequestsSigned",
            "validUntil",
            "cacheDuration",
            "Organization",
            "ContactPerson",
        ] {
            assert!(absent.contains(name), "{name} in {absent}");
            assert!(!body.contains(name), "{url}: {name}");
        }
        for absent in ["use=\"encryption\"", "ArtifactResolutionService", "bindings:SOAP"] {
            assert!(!body.contains(absent), "{url}: {absent}");
        }
        let logout = body.matches("<SingleLogoutService ").count();
        assert_eq!(logout, 1, "HTTP-Redirect only");
        let descriptors = [
            "SecurityTokenServiceType",
            "ApplicationServiceType",
            "<IDPSSODescriptor",
        ];
        let keys: Vec<Vec<&str>> = descriptors.iter().map(|name| certificates(&body, name)).collect();
        assert!(
            keys[0] == keys[1] && keys[1] == keys[2] && !keys[0].is_empty(),
            "{url}"
        );
    }
}

/// The certificates of the descriptor that begins with `name`.
fn certificates<'b>(body: &'b str, name: &str) -> Vec<&'b str> {
    let (_, rest) = body.split_once(name).unwrap();
    let ends = ["</RoleDescriptor>", "</IDPSSODescriptor>"];
    let end = ends.iter().filter_map(|end| rest.find(end)).min().unwrap();
    let mut own = rest[..end].split("<X509Certificate>");
    own.next();
    own.map(|tail| tail.split('<').next().unwrap()).collect()
}

/// A span of code in the list of section 1 as the beginning of an element; `None` for addresses and the like.
fn tag(span: &str) -> Option<String> {
    let is_name = |text: &str| text.starts_with("fed:") && !text.contains('=');
    let services = ["KeyDescriptor", "SingleLogoutService", "SingleSignOnService"];
    let is_service = services.iter().any(|service| span.starts_with(service));
    if !span.starts_with('<') && !is_name(span) && !is_service {
        return None;
    }
    let begun = format!("<{}", span.trim_start_matches('<'));
    // Abbreviations of the list: a namespace that is named elsewhere, attributes that are left out.
    let spelt = begun.replace("=dsig>", "=\"http://www.w3.org/2000/09/xmldsig#\">");
    let spelt = spelt.replace("=…", "=\"{namespace}\"");
    Some(spelt.split(" …").next()?.to_owned())
}

/// The code block of section 3.1 on one line, its abbreviations written out, its values as `{…}`.
fn documented_response() -> String {
    let (_, section) = DOCUMENT.split_once("### 3.1 Exact wire form").unwrap();
    let (_, block) = section.split_once("```xml\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let mut sample: String = block.lines().map(str::trim).collect();
    for Difference { documented, ours, .. } in DIFFERENCES {
        assert!(sample.contains(documented), "stale: {documented}");
        sample = sample.replace(documented, ours);
    }
    // The attributes that are named and not printed.
    let (before, rest) = sample.split_once("</Attribute>…").unwrap();
    let (listed, after) = rest.split_once("…</AttributeStatement>").unwrap();
    let attribute = |name: &str| {
        format!(
            "<Attribute Name=\"{{namespace}}/{name}\"><AttributeValue>{{value}}</AttributeValue></Attribute>"
        )
    };
    let attributes: String = listed.split(", ").map(attribute).collect();
    let sample = format!("{before}</Attribute>{attributes}</AttributeStatement>{after}");
    // What is printed of values that differ from message to message.
    let sample = instants(&sample.replace("…one line…", "{base64}").replace('…', "{base64}"));
    sample.replace("_{assertion guid}", "_{guid}")
}

/// The sample's instants as `{instant}`.
fn instants(sample: &str) -> String {
    let mut written = String::new();
    let mut rest = sample;
    while let Some(at) = rest.find("\"20") {
        let (before, tail) = rest.split_at(at + 1);
        let (value, after) = tail.split_once('"').unwrap();
        written.push_str(before);
        written.push_str(if is_instant(value) { "{instant}" } else { value });
        written.push('"');
        rest = after;
    }
    written + rest
}

/// The whole text against the pattern.
fn compare(pattern: &str, text: &str) -> Result<(), String> {
    match prefix(pattern, text) {
        Some("") => Ok(()),
        Some(rest) => Err(format!("after the end: {rest}")),
        None => {
            let whole = (0..=pattern.len())
                .rev()
                .filter(|end| {
                    pattern.is_char_boundary(*end)
                        && pattern[..*end].matches('{').count() == pattern[..*end].matches('}').count()
                })
                .find_map(|end| Some((end, prefix(&pattern[..end], text)?)));
            let (end, rest) = whole.unwrap_or((0, text));
            Err(format!("expected\n{}\nfound\n{rest}", &pattern[end..]))
        }
    }
}

/// What follows the pattern where the text begins with it. A value in braces is any that ends before `"` or `<`, has
/// the form that its name says, and is as short as can be.
fn prefix<'t>(pattern: &str, text: &'t str) -> Option<&'t str> {
    let Some((literal, tail)) = pattern.split_once('{') else {
        return text.strip_prefix(pattern);
    };
    let rest = text.strip_prefix(literal)?;
    let (name, tail) = tail.split_once('}')?;
    let end = rest.find(['"', '<']).unwrap_or(rest.len());
    (1..=end)
        .filter(|length| rest.is_char_boundary(*length) && has_form(name, &rest[..*length]))
        .find_map(|length| prefix(tail, &rest[length..]))
}

fn has_form(name: &str, value: &str) -> bool {
    match name {
        "guid" | "tid" => {
            value.len() == 36
                && value
                    .parse::<uuid::Uuid>()
                    .is_ok_and(|id| id.to_string() == value)
        }
        "instant" => is_instant(value),
        "base64" => value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)),
        _ => true,
    }
}

/// UTC, three digits of a second.
fn is_instant(value: &str) -> bool {
    let picture = "0000-00-00T00:00:00.000Z";
    let fits = |(expected, found): (u8, u8)| match expected {
        b'0' => found.is_ascii_digit(),
        _ => expected == found,
    };
    value.len() == picture.len() && picture.bytes().zip(value.bytes()).all(fits)
}

/// The comparison sees what matters.
#[test]
fn a_difference_is_found() {
    let pattern = "<a b=\"_{guid}\" c=\"{instant}\">{text}</a><d/>";
    let guid = "01234567-89ab-cdef-0123-456789abcdef";
    let good = format!("<a b=\"_{guid}\" c=\"2022-02-23T17:49:18.872Z\">x</a><d/>");
    assert_eq!(compare(pattern, &good), Ok(()));
    for (from, to) in [
        ("cdef-", "CDEF-"),
        (".872Z", ".87Z"),
        (">x<", "><"),
        ("<d/>", "<d />"),
        ("<d/>", "<d></d>"),
        (" b=", " x:b="),
        ("<d/>", "<d/> "),
    ] {
        assert!(
            compare(pattern, &good.replacen(from, to, 1)).is_err(),
            "{from} {to}"
        );
    }
}
