//! Every NameID that the mock sends, for docs/behaviours.md: the mock's router is asked for each.

use std::cell::OnceCell;
use std::fmt::Write as _;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use certs::{CertificateStore, KeyPool};
use control_api::guard::Guard;
use control_api::idp::TenantInfo;
use control_api::tenant::{Home, NameIdFormatWord, Origin, Source, Switch, UserEntry};
use mock_idp::{Config, MockIdp, embedded};
use saml_accept::response::UnverifiedResponse;
use saml_accept::signature::{Sha1, TrustedKeys};
use saml_accept::xml::Limits;
use saml_emit::binding::{Parameter, redirect_url};
use saml_model::{AuthnRequest, NameId, NameIdPolicy, names};
use scraper::{Html, Selector};
use tower::ServiceExt as _;

const BASE: &str = "http://localhost:8080";
const APP: &str = "Upsales";

/// The characters of an opaque value: base64 of 32 bytes.
const OPAQUE_LEN: usize = 44;

/// A column: the Format in the request, and whether the application has the switch of C9.
#[derive(Clone, Copy)]
struct Column {
    title: &'static str,
    requested: Option<&'static str>,
    is_switched: bool,
}

/// The switched one stands last.
const COLUMNS: &[Column] = &[
    column("none requested", None),
    column("persistent", Some(names::NAME_ID_PERSISTENT)),
    column("transient", Some(names::NAME_ID_TRANSIENT)),
    column("emailAddress", Some(names::NAME_ID_EMAIL)),
    column("unspecified", Some(names::NAME_ID_UNSPECIFIED)),
    column(
        "any other, such as WindowsDomainQualifiedName",
        Some(names::NAME_ID_WINDOWS),
    ),
    Column {
        title: "unspecified, with `unspecified-pairwise` (C9)",
        requested: Some(names::NAME_ID_UNSPECIFIED),
        is_switched: true,
    },
];

const fn column(title: &'static str, requested: Option<&'static str>) -> Column {
    Column {
        title,
        requested,
        is_switched: false,
    }
}

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

/// Whom the mock is asked about: the local part of a user of the tenant `contoso`, changed a little.
struct Subject {
    title: &'static str,
    user: &'static str,
    change: fn(&mut UserEntry),
    sources: &'static [Option<&'static str>],
}

const UPN: Option<&str> = Some("user.userprincipalname");
const MAIL: Option<&str> = Some("user.mail");
const OBJECT_ID: Option<&str> = Some("user.objectid");
const EMPLOYEE_ID: Option<&str> = Some("user.employeeid");

const SUBJECTS: &[Subject] = &[
    Subject {
        title: "A member who has every value",
        user: "B.Simon",
        change: |_| {},
        sources: &[None, UPN, MAIL, OBJECT_ID, EMPLOYEE_ID],
    },
    Subject {
        title: "A member without mail and employee id",
        user: "A.Nowak",
        change: |_| {},
        sources: &[MAIL, EMPLOYEE_ID],
    },
    Subject {
        title: "A guest of another Entra tenant",
        user: "jo_fabrikam.com#EXT#",
        change: |_| {},
        sources: &[None, UPN, MAIL],
    },
    Subject {
        title: "A guest of another Entra tenant, without mail",
        user: "jo_fabrikam.com#EXT#",
        change: |user| user.mail = None,
        sources: &[None, UPN, MAIL],
    },
    Subject {
        title: "A guest by one-time passcode",
        user: "jo_fabrikam.com#EXT#",
        change: |user| user.home = Some(Home::Otp),
        sources: &[None, UPN, MAIL],
    },
];

/// The tables: one for each user, one row for each portal format and source, one column for each requested format.
pub(crate) fn tables() -> String {
    let mock = Mock::new();
    let mut text = String::new();
    for (index, subject) in SUBJECTS.iter().enumerate() {
        let gap = if index == 0 { "" } else { "\n" };
        let _ = write!(text, "{gap}### {}\n\n| portal format | source |", subject.title);
        for column in COLUMNS {
            let _ = write!(text, " {} |", column.title);
        }
        let _ = writeln!(text, "\n| --- | --- |{}", " --- |".repeat(COLUMNS.len()));
        for (label, format) in CONFIGURED {
            for source in subject.sources {
                let answers = mock.answers(subject, *format, *source).join(" | ");
                let source = source.unwrap_or("Default (left out)");
                let _ = writeln!(text, "| {label} | {source} | {answers} |");
            }
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
    keys: OnceCell<TrustedKeys>,
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
            keys: OnceCell::new(),
        }
    }

    /// What is said to each column's request, in the columns' order.
    fn answers(&self, subject: &Subject, format: NameIdFormatWord, source: Option<&str>) -> Vec<String> {
        let mut answers = Vec::new();
        for is_switched in [false, true] {
            let (tenant, user) = self.configure(subject, format, source, is_switched);
            let columns = COLUMNS.iter().filter(|column| column.is_switched == is_switched);
            answers.extend(columns.map(|column| self.answer(&tenant, &user, column.requested)));
        }
        answers
    }

    /// The tenant `contoso`, its application and user as a row has them.
    fn configure(
        &self,
        subject: &Subject,
        format: NameIdFormatWord,
        source: Option<&str>,
        is_switched: bool,
    ) -> (TenantInfo, UserEntry) {
        let mut file = embedded("contoso").unwrap();
        let app = file.apps.iter_mut().find(|app| app.name == APP).unwrap();
        app.name_id.format = format;
        app.name_id.origin = source.map(|source| Origin::Source(Source::parse(source).unwrap()));
        if is_switched {
            app.switches.push(Switch::UnspecifiedPairwise);
        }
        let is_meant = |user: &&mut UserEntry| user.user_principal_name.starts_with(subject.user);
        let user = file.users.iter_mut().find(is_meant).unwrap();
        (subject.change)(user);
        let user = user.clone();
        let tenant = self.idp.put_tenant(file, Some("http://127.0.0.1:8081/one"));
        (tenant.unwrap(), user)
    }

    /// What a request for this format is answered with: format and kind of value, or the error.
    fn answer(&self, tenant: &TenantInfo, user: &UserEntry, requested: Option<&str>) -> String {
        let first = match self.sign_on(tenant, user, "_first", requested) {
            Ok(first) => first,
            Err(code) => return code,
        };
        let format = first.format.as_deref().map_or("no Format", short);
        let kind = known(tenant, user, &first.value).unwrap_or_else(|| {
            assert_eq!(first.value.len(), OPAQUE_LEN, "{} is nothing known", first.value);
            let second = self.sign_on(tenant, user, "_second", requested).unwrap();
            if first.value == second.value {
                "pairwise value"
            } else {
                "random value"
            }
        });
        format!("{format}: {kind}")
    }

    fn sign_on(
        &self,
        tenant: &TenantInfo,
        user: &UserEntry,
        id: &str,
        requested: Option<&str>,
    ) -> Result<NameId, String> {
        let app = tenant.apps.iter().find(|app| app.name == APP).unwrap();
        let now = "2026-11-23T10:00:00Z".parse().unwrap();
        let mut request = AuthnRequest::new(id, now, &app.identifiers[0]);
        request.name_id_policy = requested.map(|format| NameIdPolicy {
            format: Some(format.to_owned()),
            ..NameIdPolicy::default()
        });
        let xml = saml_emit::authn_request(&request).unwrap();
        let address = redirect_url(&app.login_url, Parameter::SamlRequest, &xml, None);
        let page = self.page(&address, Some(user));
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
        let response = UnverifiedResponse::parse(&xml, &Limits::default()).unwrap();
        let signed = response.verify(self.keys(&app.metadata)).unwrap();
        Ok(signed.assertion().subject.clone().unwrap().name_id.unwrap())
    }

    /// The application's keys: a tenant that is put again has the certificates that it had.
    fn keys(&self, metadata: &str) -> &TrustedKeys {
        self.keys.get_or_init(|| {
            let metadata = self.page(metadata, None);
            let metadata = metadata.trim_start_matches('\u{feff}').as_bytes();
            let ders = saml_accept::metadata::idp(metadata, &Limits::default()).unwrap();
            let ders = ders.signing_certificates.iter().map(Vec::as_slice);
            TrustedKeys::from_certificates(ders, Sha1::Refused).unwrap()
        })
    }

    /// A page, of this user without asking for a password.
    fn page(&self, address: &str, user: Option<&UserEntry>) -> String {
        let mut request = Request::get(address.strip_prefix(BASE).unwrap()).header("host", "localhost:8080");
        if let Some(user) = user {
            request = request.header(control_api::USER_HEADER, &user.user_principal_name);
        }
        let request = request.body(Body::empty()).unwrap();
        self.runtime.block_on(async {
            let response = self.idp.router().oneshot(request).await.unwrap();
            let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            String::from_utf8(bytes.to_vec()).unwrap()
        })
    }
}

/// Which of the user's own values this is.
fn known(tenant: &TenantInfo, user: &UserEntry, value: &str) -> Option<&'static str> {
    let upn = &user.user_principal_name;
    let info = tenant.users.iter().find(|one| one.upn == *upn).unwrap();
    let is_guest = upn.contains("#EXT#");
    let values = [
        (
            Some(upn.clone()),
            if is_guest {
                "`#EXT#` user principal name"
            } else {
                "user principal name"
            },
        ),
        (user.mail.clone(), "mail"),
        (Some(info.object_id.clone()), "object id"),
        (user.employee_id.clone(), "employee id"),
    ];
    let found = values
        .into_iter()
        .find(|(known, _)| known.as_deref() == Some(value));
    found.map(|(_, name)| name)
}
