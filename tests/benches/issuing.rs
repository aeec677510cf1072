//! What a signed response costs against the machine's raw RSA rate, from rendering alone up to the whole request.
//!
//! `just bench` prints them in one run; read them as ratios: these machines are noisy.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark that cannot go on has failed"
)]

use std::hint::black_box;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response, header};
use certs::{
    Certificate, CertificateSpec, CertificateStore, ENTRA_COMMON_NAME, KeyPool, KeySize, SigningKey,
};
use control_api::guard::Guard;
use control_api::tenant::{CertificateStatus, EncryptionCertificateEntry, TenantFile};
use criterion::{Criterion, criterion_group, criterion_main};
use mock_idp::{Config, MockIdp};
use openssl::hash::MessageDigest;
use openssl::sign::{Signer, Verifier};
use saml_accept::response::UnverifiedResponse;
use saml_accept::signature::{Sha1, TrustedKeys};
use saml_accept::xml::Limits;
use saml_emit::{Encryption, Randomness, Signing};
use saml_model::{
    Assertion, Attribute, AuthnStatement, Conditions, DataEncryption, KeyTransport, NameId,
    SignatureAlgorithm, SigningOption, Status, Subject, SubjectConfirmation, SubjectConfirmationData,
    Timestamp, names,
};
use tower::ServiceExt as _;

const HOST: &str = "localhost:8080";

/// The place of sipgate, which sends the same claims as the first application.
const ENCRYPTING: usize = 3;

/// A response of the usual size: nine attributes, one audience.
fn response() -> saml_model::Response {
    let now: Timestamp = "2026-11-23T10:00:00.123Z".parse().unwrap();
    let acs = "https://sp.example/saml/acs".to_owned();
    let issuer = "https://sts.windows.net/7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10/".to_owned();
    let id = "_0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d".to_owned();
    let attribute = |index: u32| Attribute {
        name: format!("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/claim{index}"),
        name_format: None,
        values: vec![format!("value {index} of B.Simon@contoso.onmicrosoft.com")],
    };
    let data = SubjectConfirmationData {
        not_before: None,
        not_on_or_after: Some(now),
        recipient: Some(acs.clone()),
        in_response_to: Some("_request".to_owned()),
    };
    let name_id = NameId {
        format: Some(names::NAME_ID_EMAIL.to_owned()),
        name_qualifier: None,
        sp_name_qualifier: None,
        value: "B.Simon@contoso.onmicrosoft.com".to_owned(),
    };
    saml_model::Response {
        id: "_1a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d".to_owned(),
        version: names::VERSION.to_owned(),
        issue_instant: now,
        destination: Some(acs),
        in_response_to: Some("_request".to_owned()),
        issuer: Some(issuer.clone()),
        status: Status::success(),
        assertion: Some(Assertion {
            id: id.clone(),
            version: names::VERSION.to_owned(),
            issue_instant: now,
            issuer,
            subject: Some(Subject {
                name_id: Some(name_id),
                confirmations: vec![SubjectConfirmation {
                    method: names::CM_BEARER.to_owned(),
                    data: Some(data),
                }],
            }),
            conditions: Some(Conditions {
                not_before: Some(now),
                not_on_or_after: Some(now),
                audience_restrictions: vec![vec!["https://sp.example/saml/metadata".to_owned()]],
                one_time_use: false,
            }),
            attributes: (0..9).map(attribute).collect(),
            authn_statements: vec![AuthnStatement {
                authn_instant: now,
                session_index: Some(id),
                session_not_on_or_after: None,
                class_ref: Some(names::AC_PASSWORD.to_owned()),
            }],
        }),
    }
}

fn libraries(criterion: &mut Criterion) {
    let key = SigningKey::generate(KeySize::Rsa2048).unwrap();
    let spec = CertificateSpec {
        common_name: ENTRA_COMMON_NAME.to_owned(),
        serial: [7; 16],
        not_before: "2026-01-01T00:00:00Z".parse().unwrap(),
        not_after: "2029-01-01T00:00:00Z".parse().unwrap(),
    };
    let certificate = Certificate::self_signed(&key, &spec).unwrap();
    let signing = Signing {
        algorithm: SignatureAlgorithm::RsaSha256,
        key: key.private(),
        certificate_der: certificate.der(),
    };
    let value = response();
    let message = saml_emit::response(&value, SigningOption::Assertion, Some(&signing)).unwrap();
    let keys = TrustedKeys::from_certificates([certificate.der()], Sha1::Refused).unwrap();
    let public = certificate.public_key().unwrap();
    let sign = || {
        let mut signer = Signer::new(MessageDigest::sha256(), key.private()).unwrap();
        signer.sign_oneshot_to_vec(b"a SignedInfo").unwrap()
    };
    let signature = sign();

    let mut group = criterion.benchmark_group("sign");
    group.bench_function("raw RSA-2048", |bench| bench.iter(sign));
    group.bench_function("response", |bench| {
        bench.iter(|| {
            saml_emit::response(black_box(&value), SigningOption::Assertion, Some(&signing)).unwrap()
        });
    });
    let encryption = Encryption {
        data: DataEncryption::Aes256Cbc,
        key_transport: KeyTransport::RsaOaepMgf1p,
        certificate_der: certificate.der(),
        randomness: &Randomness {
            session_key: *b"a benchmark, never to be reused.",
            iv: *b"nor this, please",
        },
    };
    group.bench_function("encrypted response", |bench| {
        bench.iter(|| {
            let value = black_box(&value);
            saml_emit::encrypted_response(value, SigningOption::Assertion, Some(&signing), &encryption)
                .unwrap()
        });
    });
    group.finish();

    let mut group = criterion.benchmark_group("verify");
    group.bench_function("raw RSA-2048", |bench| {
        bench.iter(|| {
            let mut verifier = Verifier::new(MessageDigest::sha256(), &public).unwrap();
            verifier.verify_oneshot(&signature, b"a SignedInfo").unwrap()
        });
    });
    group.bench_function("response", |bench| {
        bench.iter(|| {
            let unverified =
                UnverifiedResponse::parse(black_box(message.as_bytes()), &Limits::default()).unwrap();
            unverified.verify(&keys).unwrap()
        });
    });
    group.finish();
}

/// One GET of the tile in a signed-in browser: session, assignment, claims, signature, delivery page.
fn requests(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let idp = MockIdp::new(Config {
        base_url: format!("http://{HOST}"),
        internal_url: None,
        cookie_suffix: "8080".to_owned(),
        guard: Guard::new(8080, &[], "token".to_owned(), false),
        keys: KeyPool::open(None, KeyPool::DEFAULT_SIZE).unwrap(),
        certificates: CertificateStore::memory(),
    });
    let tenant = idp
        .put_tenant(
            with_an_encrypting_application(),
            Some("http://127.0.0.1:8081/contoso"),
        )
        .unwrap();
    let (launch, encrypting) = (&tenant.apps[0].launch, &tenant.apps[ENCRYPTING].launch);
    let router = idp.router();
    let get = async |path: &str, name: &str, value: &str| -> Response<Body> {
        let request = Request::builder()
            .uri(path)
            .header(header::HOST, HOST)
            .header(name, value);
        router
            .clone()
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap()
    };
    let cookies = runtime.block_on(async {
        let page = get(launch, control_api::USER_HEADER, "B.Simon").await;
        set_cookies(&page)
    });
    let mut group = criterion.benchmark_group("request");
    group.bench_function("signed response by a tile", |bench| {
        bench.to_async(&runtime).iter(|| async {
            let page = get(launch, "cookie", &cookies).await;
            assert!(text(page).await.contains("SAMLResponse"));
        });
    });
    group.bench_function("encrypted response by a tile", |bench| {
        bench.to_async(&runtime).iter(|| async {
            let page = get(encrypting, "cookie", &cookies).await;
            assert!(text(page).await.contains("SAMLResponse"));
        });
    });
    group.finish();
}

/// Contoso, one of whose applications encrypts to a certificate.
fn with_an_encrypting_application() -> TenantFile {
    let spec = CertificateSpec {
        common_name: "sp.example".to_owned(),
        serial: [7; 16],
        not_before: "2026-01-01T00:00:00Z".parse().unwrap(),
        not_after: "2029-01-01T00:00:00Z".parse().unwrap(),
    };
    let key = SigningKey::generate(KeySize::Rsa2048).unwrap();
    let entry = EncryptionCertificateEntry {
        name: "sp".to_owned(),
        certificate: Certificate::self_signed(&key, &spec).unwrap().pem(),
        status: CertificateStatus::Active,
    };
    let mut file = mock_idp::embedded("contoso").unwrap();
    file.apps[ENCRYPTING].token_encryption.certificates.push(entry);
    file
}

fn set_cookies(page: &Response<Body>) -> String {
    let pairs = page.headers().get_all(header::SET_COOKIE).iter();
    pairs
        .map(|field| field.to_str().unwrap().split(';').next().unwrap().to_owned())
        .collect::<Vec<_>>()
        .join("; ")
}

async fn text(page: Response<Body>) -> String {
    let bytes = axum::body::to_bytes(page.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

criterion_group! {
    name = benches;
    config = Criterion::default().measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1));
    targets = libraries, requests
}
criterion_main!(benches);
