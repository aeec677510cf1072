//! A hundred thousand random and mutated requests: each gets a page of the sign-on, an AADSTS page or a 4xx; never a
//! 5xx, a panic or a hang.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use saml_emit::binding::{Parameter, redirect_url};
use tower::ServiceExt as _;

use crate::agent::{HOST, Mock, SP};

const REQUESTS: usize = 100_000;

/// The largest answer that is looked at, in bytes.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// What a page of this endpoint has when all is well, or when Entra stops it.
const SIGNS_OF_A_PAGE: &[&str] = &[
    "name=\"entrant-aadsts\"",
    "name=\"loginfmt\"",
    "name=\"hiddenform\"",
    "You signed out",
];

/// Sound messages, `{…}` filled in below.
const MESSAGES: &[&str] = &[
    r#"<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_a" Version="2.0" IssueInstant="2026-11-23T10:00:00Z" Destination="{login}" AssertionConsumerServiceURL="{acs}" ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" ForceAuthn="false" IsPassive="true"><Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">{issuer}</Issuer><samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent" SPNameQualifier="q" AllowCreate="true"/><samlp:RequestedAuthnContext Comparison="exact"><AuthnContextClassRef xmlns="urn:oasis:names:tc:SAML:2.0:assertion">urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</AuthnContextClassRef></samlp:RequestedAuthnContext></samlp:AuthnRequest>"#,
    r#"<samlp:AuthnRequest xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="F84D888AA3B44C1B844375A4E8210D9E" Version="2.0" IssueInstant="2026-11-23T10:00:00.1234567Z" AssertionConsumerServiceIndex="0"><Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">{issuer}</Issuer><Subject xmlns="urn:oasis:names:tc:SAML:2.0:assertion"><NameID>x</NameID></Subject><samlp:Scoping ProxyCount="1"><samlp:RequesterID>urn:x</samlp:RequesterID></samlp:Scoping></samlp:AuthnRequest>"#,
    r#"<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_b" Version="2.0" IssueInstant="2026-11-23T10:00:00Z" NotOnOrAfter="2036-11-23T10:00:00Z"><Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">{issuer}</Issuer><NameID xmlns="urn:oasis:names:tc:SAML:2.0:assertion">b.simon@contoso.com</NameID><samlp:SessionIndex>_c</samlp:SessionIndex></samlp:LogoutRequest>"#,
    r#"<samlp:LogoutResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_d" Version="2.0" IssueInstant="2026-11-23T10:00:00Z" InResponseTo="_e"><Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">{issuer}</Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status></samlp:LogoutResponse>"#,
];

/// What is put into a message or a query.
const WORDS: &[&str] = &[
    "<",
    ">",
    "&",
    "\"",
    "'",
    "/>",
    "<!DOCTYPE a [<!ENTITY b \"c\">]>",
    "&b;",
    "<?pi?>",
    "<!-- -->",
    "<![CDATA[",
    "]]>",
    "xmlns=\"\"",
    " xmlns:samlp=\"urn:x\"",
    "\u{0}",
    "\u{fffe}",
    "\u{1f600}",
    "é",
    " ID=\"1\"",
    "true",
    "-1",
    "65536",
    "urn:",
    "https://",
    "%",
    "%00",
    "%zz",
    "+",
    "=",
    "&SAMLRequest=",
    "&Signature=AA==",
    "&SigAlg=x",
    "&RelayState=",
    "login_hint=B.Simon@contoso.onmicrosoft.com",
    "9999999999999999999999",
    "2026-13-45T99:99:99Z",
    "\r\n",
    "\t",
];

/// The same numbers in every run (Marsaglia's xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn one_of<'w>(&mut self, words: &'w [&'w str]) -> &'w str {
        words[self.below(words.len())]
    }

    /// Cuts, doubles, replaces or inserts, at places that are characters.
    fn mutate(&mut self, text: &mut String) {
        let place = |random: &mut Self, text: &str| {
            let at = random.below(text.len() + 1);
            (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap()
        };
        let (one, other) = (place(self, text), place(self, text));
        let range = one.min(other)..one.max(other).min(one.min(other) + 40);
        let range = range.start
            ..(range.end..=text.len())
                .find(|at| text.is_char_boundary(*at))
                .unwrap();
        match self.below(5) {
            0 => drop(text.drain(range)),
            1 => {
                let again = text[range.clone()].to_owned();
                text.insert_str(range.start, &again);
            }
            2 => text.replace_range(range, self.one_of(WORDS)),
            3 => text.insert_str(one, self.one_of(WORDS)),
            _ => {
                let byte = char::from(u8::try_from(self.below(128)).unwrap());
                text.insert(one, byte);
            }
        }
    }
}

/// The addresses and messages that are mutated.
struct Seeds {
    tenant: String,
    object_id: String,
    messages: Vec<String>,
}

impl Seeds {
    fn new(mock: &Mock) -> Self {
        let app = mock.app("Upsales");
        let fill = |message: &&str| {
            message
                .replace("{login}", &app.login_url)
                .replace("{acs}", &app.reply_urls[0])
                .replace("{issuer}", &app.identifiers[0])
        };
        Self {
            tenant: mock.tenant.id.clone(),
            object_id: app.object_id.clone(),
            messages: MESSAGES.iter().map(fill).collect(),
        }
    }

    fn path(&self, random: &mut Random) -> String {
        let tenant = match random.below(8) {
            0 => "common",
            1 => "contoso.onmicrosoft.com",
            2 => "nowhere",
            _ => &self.tenant,
        };
        match random.below(6) {
            0 => format!("/{tenant}/saml2/{}", self.object_id),
            1 => format!("/{tenant}/saml2/x"),
            _ => format!("/{tenant}/saml2"),
        }
    }

    fn request(&self, random: &mut Random) -> Request<Body> {
        let mut xml = self.messages[random.below(self.messages.len())].clone();
        for _ in 0..random.below(4) {
            random.mutate(&mut xml);
        }
        let parameter = if random.below(8) == 0 {
            "SAMLResponse"
        } else {
            "SAMLRequest"
        };
        let path = self.path(random);
        let mut query = if random.below(2) == 0 {
            let url = redirect_url("http://x", Parameter::SamlRequest, &xml, Some("state"));
            url.split_once("?SAMLRequest=").unwrap().1.to_owned()
        } else {
            let message = match random.below(4) {
                0 => xml,
                1 => URL_SAFE_NO_PAD.encode(xml),
                _ => STANDARD.encode(xml),
            };
            utf8_percent_encode(&message, NON_ALPHANUMERIC).to_string()
        };
        query.insert_str(0, &format!("{parameter}="));
        for _ in 0..random.below(3) {
            random.mutate(&mut query);
        }
        let request = Request::builder().header(header::HOST, HOST);
        let request = match random.below(10) {
            0 => request.header(control_api::USER_HEADER, "B.Simon"),
            1 => request.header(control_api::USER_HEADER, "nobody"),
            _ => request,
        };
        if random.below(2) == 0 {
            let query: String = query
                .bytes()
                .map(|byte| match byte {
                    b'!' | b'$'..=b';' | b'=' | b'?'..=b'Z' | b'_' | b'a'..=b'z' | b'~' => {
                        char::from(byte).to_string()
                    }
                    _ => format!("%{byte:02X}"),
                })
                .collect();
            return request
                .uri(format!("{path}?{query}"))
                .body(Body::empty())
                .unwrap();
        }
        let form = "application/x-www-form-urlencoded";
        request
            .method("POST")
            .uri(path)
            .header(header::CONTENT_TYPE, form)
            .body(Body::from(query))
            .unwrap()
    }
}

#[test]
fn a_hundred_thousand_requests_get_a_page_or_a_4xx() {
    let mock = Mock::contoso();
    let (seeds, router, next) = (Seeds::new(&mock), mock.idp.router(), AtomicUsize::new(0));
    assert!(seeds.messages[0].contains(SP));
    let worker = || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut stopped = 0;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= REQUESTS {
                return stopped;
            }
            let mut random = Random(0x9E37_79B9_7F4A_7C15 ^ (number as u64 + 1).wrapping_mul(0xD129_0D3F));
            let request = seeds.request(&mut random);
            let told = format!("{number}: {} {}", request.method(), request.uri());
            let answer = runtime.block_on(async {
                let answer = router.clone().oneshot(request).await.unwrap();
                let status = answer.status();
                let body = to_bytes(answer.into_body(), ANSWER_BYTES_MAX).await.unwrap();
                (status, String::from_utf8(body.to_vec()).unwrap())
            });
            stopped += usize::from(answer.1.contains("entrant-aadsts"));
            match answer {
                (status, _) if status.is_client_error() || status.is_redirection() => {}
                (StatusCode::OK, page) if SIGNS_OF_A_PAGE.iter().any(|sign| page.contains(sign)) => {}
                (status, page) => panic!("{told}\n{status}\n{page}"),
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let stopped: usize = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    assert!(stopped > REQUESTS / 2, "most are stopped: {stopped}");
}
