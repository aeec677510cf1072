//! Every NameID that the mock sends, for docs/behaviours.md: the mock's router is asked for each.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use certs::{CertificateStore, KeyPool};
use control_api::guard::Guard;
use control_api::tenant::NameIdFormatWord;
use mock_idp::{Config, MockIdp, embedded};
use saml_accept::response::UnverifiedResponse;
use saml_accept::signature::{Sha1, TrustedKeys};
use saml_accept::xml::Limits;
use saml_emit::binding::{Parameter, redirect_url};

use saml_model::{AuthnRequest, NameId, NameIdPolicy, names};
use scraper::{Html, Selector};
use tower::ServiceExt as _;

const BASE: &str = "http://localhost:8080";

/// Format in the request.
const REQUESTED: &[Option<&str>] = &[
    None,
    Some(names::NAME_ID_PERSISTENT),
    Some(names::NAME_ID_EMAIL),
    Some(names::NAME_ID_UNSPECIFIED),
    Some(names::NAME_ID_TRANSIENT),
    Some(names::NAME_ID_WINDOWS),
];

/// Name identifier format of the portal.
const CONFIGURED: &[(&str, NameIdFormatWord)] = &[
    ("Default", NameIdFormatWord::Default),
    ("Persistent", NameIdFormatWord::Persistent),
    ("Email address", NameIdFormatWord::EmailAddress),
    ("Unspecified", NameIdFormatWord::Unspecified),
    (
        "Windows domain qualified name",
        NameIdFormatWord::WindowsDomainQualifiedName,
    ),
];

/// The table: one row for each portal format and source, one column for each requested format.
pub(crate) fn table() -> String {
    let mut text = String::from("| portal format | source |");
    for requested in REQUESTED {
        let _ = write!(text, " {} |", requested.map_or("none requested", short));
    }
    let _ = writeln!(text, "\n| --- | --- |{}", " --- |".repeat(REQUESTED.len()));
    let mock = Mock::new();
    for (label, format) in CONFIGURED {
        for source in [None, Some("user.mail")] {
            let _ = write!(text, "| {label} | {} |", source.unwrap_or("Default"));
            for requested in REQUESTED {
                let _ = write!(text, " {} |", mock.answer(*format, source, *requested));
            }
            text.push('\n');
        }
    }
    text
}

/// The last word of a format's URI.
fn short(format: &str) -> &str {
    format.rsplit(':').next().unwrap_or(format)
}

struct Mock {
    idp: MockIdp,
    runtime: tokio::runtime::Runtime,
}

impl Mock {
    fn new() -> Self {
        let guard = Guard::new(8080, &[], "secret".to_owned(), false);
        let config = Config {
            base_url: BASE.to_owned(),
            internal_url: None,
            cookie_suffix: "docs".to_owned(),
            guard,
            keys: KeyPool::open(None, 6).unwrap(),
            certificates: CertificateStore::memory(),
        };
        Self {
            idp: MockIdp::new(config),
            runtime: tokio::runtime::Builder::new_current_thread().build().unwrap(),
        }
    }

    /// What a request for this format is answered with: format and kind of value, or the error.
    fn answer(&self, format: NameIdFormatWord, source: Option<&str>, requested: Option<&str>) -> String {
        let mut file = embedded("contoso").unwrap();
        let app = file.apps.iter_mut().find(|app| app.name == "Upsales").unwrap();
        app.name_id.format = format;
        app.name_id.source = source.map(str::to_owned);
        self.idp
            .put_tenant(file, Some("http://127.0.0.1:8081/one"))
            .unwrap();
        let answers = ["_first", "_second"].map(|id| self.sign_on(id, requested));
        match answers {
            [Ok(first), Ok(second)] => {
                let format = first.format.as_deref().map_or("no Format", short);
                format!("{format}: {}", kind(&first.value, &second.value))
            }
            [Err(first), Err(second)] if first == second => first,
            other => panic!("{other:?}"),
        }
    }

    fn sign_on(&self, id: &str, requested: Option<&str>) -> Result<NameId, String> {
        let tenant = self.idp.tenants().remove(0);
        let app = tenant.apps.iter().find(|app| app.name == "Upsales").unwrap();
        let now = "2026-11-23T10:00:00Z".parse().unwrap();
        let mut request = AuthnRequest::new(id, now, &app.identifiers[0]);
        request.name_id_policy = requested.map(|format| NameIdPolicy {
            format: Some(format.to_owned()),
            ..NameIdPolicy::default()
        });
        let xml = saml_emit::authn_request(&request).unwrap();
        let page = self.page(&redirect_url(&app.login_url, Parameter::SamlRequest, &xml, None));
        let html = Html::parse_document(&page);
        let attribute = |css: &str, name: &str| {
            let element = html.select(&Selector::parse(css).unwrap()).next()?;
            element.attr(name).map(str::to_owned)
        };
        if let Some(code) = attribute("meta[name=entrant-aadsts]", "content") {
            return Err(code);
        }
        let message = attribute("input[name=SAMLResponse]", "value").unwrap();
        let xml = openssl::base64::decode_block(&message).unwrap();
        let metadata = self.page(&app.metadata);
        let metadata = metadata.trim_start_matches('\u{feff}').as_bytes();
        let ders = saml_accept::metadata::idp(metadata, &Limits::default()).unwrap();
        let ders = ders.signing_certificates.iter().map(Vec::as_slice);
        let keys = TrustedKeys::from_certificates(ders, Sha1::Refused).unwrap();
        let response = UnverifiedResponse::parse(&xml, &Limits::default()).unwrap();
        let signed = response.verify(&keys).unwrap();
        Ok(signed.assertion().subject.clone().unwrap().name_id.unwrap())
    }

    fn page(&self, address: &str) -> String {
        let request = Request::get(address.strip_prefix(BASE).unwrap())
            .header("host", "localhost:8080")
            .header(control_api::USER_HEADER, "B.Simon")
            .body(Body::empty())
            .unwrap();
        self.runtime.block_on(async {
            let response = self.idp.router().oneshot(request).await.unwrap();
            let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            String::from_utf8(bytes.to_vec()).unwrap()
        })
    }
}

/// What a value is, seen twice.
fn kind(first: &str, second: &str) -> &'static str {
    let known = [
        ("B.Simon@contoso.onmicrosoft.com", "user principal name"),
        ("b.simon@contoso.com", "mail"),
    ];
    let values = BTreeSet::from([first, second]);
    let named = known.iter().find(|(value, _)| values == BTreeSet::from([*value]));
    match named {
        Some((_, name)) => name,
        None if first.len() != 44 => panic!("{first} is nothing that is known"),
        None if values.len() == 1 => "pairwise value",
        None => "random value",
    }
}
