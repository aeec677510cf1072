//! Import Certificate: a PFX file with its password, over the control API and in a tenant file.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certs::CertificateStore;
use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::{X509, X509Name};
use serde_json::{Value, json};

use super::{APP, sha1};
use crate::agent::{Mock, SP};

pub(crate) fn rsa(bits: u32) -> PKey<Private> {
    PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap()
}

/// An administrator's own certificate, valid for so many days from now.
fn certificate(key: &PKey<Private>, days: u32) -> X509 {
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_text("CN", "sso.contoso.com").unwrap();
    let name = name.build();
    let mut certificate = X509::builder().unwrap();
    certificate.set_version(2).unwrap();
    certificate.set_subject_name(&name).unwrap();
    certificate.set_issuer_name(&name).unwrap();
    certificate.set_pubkey(key).unwrap();
    certificate
        .set_not_before(&Asn1Time::from_unix(0).unwrap())
        .unwrap();
    certificate
        .set_not_after(&Asn1Time::days_from_now(days).unwrap())
        .unwrap();
    certificate.sign(key, MessageDigest::sha256()).unwrap();
    certificate.build()
}

/// The file and the certificate in it.
pub(crate) fn pfx(key: &PKey<Private>, days: u32) -> (Vec<u8>, Vec<u8>) {
    let certificate = certificate(key, days);
    let mut builder = Pkcs12::builder();
    builder.name("own").pkey(key).cert(&certificate);
    let file = builder.build2("secret").unwrap().to_der().unwrap();
    (file, certificate.to_der().unwrap())
}

pub(super) fn import(file: &[u8]) -> Value {
    json!({"pfx": STANDARD.encode(file), "password": "secret"})
}

/// 5: Import Certificate adds an inactive certificate, which signs once it is made active.
#[tokio::test]
async fn an_imported_certificate_signs_when_it_is_active() {
    let mock = Mock::contoso();
    let (file, der) = pfx(&rsa(2048), 40);
    mock.certificate("import", "own", import(&file)).await;
    assert_eq!(mock.signer().await, "current", "inactive");
    assert_eq!(mock.certificates(APP).await[1], der, "published as it is");
    let exported = mock.control("GET", "/export", Value::Null).await.to_string();
    assert!(
        exported.contains(&format!("\"imported\":\"{}\"", sha1(&der))),
        "{exported}"
    );
    assert!(
        !exported.contains("pfx") && !exported.contains("secret"),
        "{exported}"
    );
    let armed = json!({"faults": [{"id": "sig-certificate", "certificate": "own"}]});
    mock.control("POST", "/faults", armed).await;
    assert_eq!(mock.signer().await, "own", "a fault knows it");
    mock.certificate("activate", "own", json!({})).await;
    assert_eq!(mock.signer().await, "own");

    let (_, error) = mock.try_certificate("expire", "own", json!({})).await;
    assert!(
        error.contains("its dates are its file's: move the clock"),
        "{error}"
    );
    mock.clock("+50d").await;
    assert_eq!(mock.signer().await, "current", "the file's dates count");

    for (name, more, expected) in [
        (
            "again",
            import(&file),
            "the certificate of `again` is here already, as `own`",
        ),
        (
            "own",
            import(&pfx(&rsa(2048), 1).0),
            "has a certificate `own` already",
        ),
        ("x", json!({"password": "secret"}), "`pfx` is missing"),
        ("x", json!({"pfx": "?"}), "`pfx` is not a file in base64"),
        ("x", json!({"pfx": "AAAA"}), "this is not a PFX file"),
        (
            "x",
            json!({"pfx": "A".repeat(200_000)}),
            "larger than 65536 bytes",
        ),
        (
            "x",
            json!({"pfx": STANDARD.encode(&file)}),
            "it has one, so give it",
        ),
        (
            "x",
            json!({"pfx": STANDARD.encode(&file), "password": "no"}),
            "the password is not that",
        ),
        (
            "x",
            json!({"pfx": STANDARD.encode(&file), "key_bits": 2048}),
            "`key_bits` goes with `add` alone",
        ),
    ] {
        let (status, error) = mock.try_certificate("import", name, more).await;
        assert_eq!(status, 400, "{expected}: {error}");
        assert!(error.contains(expected), "{expected}\nnot in\n{error}");
    }
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let elliptic = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let (_, error) = mock
        .try_certificate("import", "ec", import(&pfx(&elliptic, 1).0))
        .await;
    assert!(error.contains("is not an RSA key"), "{error}");
    mock.certificate("import", "weak", import(&pfx(&rsa(1024), 1).0))
        .await;
    assert_eq!(
        mock.certificates(APP).await.len(),
        3,
        "what failed left nothing behind"
    );
}

fn tenant(entry: &Value) -> Value {
    json!({"sp": SP, "file": {
        "tenant": {"display_name": "C", "domains": ["contoso.com"]},
        "app": [{"name": APP, "certificates": [entry]}],
    }})
}

/// A tenant file names a PFX file; what runs has its thumbprint alone, and finds it again in the state directory.
#[tokio::test]
async fn a_tenant_file_brings_its_certificates_along() {
    let directory = tempfile::tempdir().unwrap();
    let (file, der) = pfx(&rsa(2048), 40);
    let path = directory.path().join("own.pfx");
    std::fs::write(&path, file).unwrap();
    let state = directory.path().join("state");
    let start = || Mock::contoso_with(CertificateStore::directory(state.clone()));
    let mock = start();
    let entry =
        |path: &Path| json!({"name": "own", "status": "active", "pfx": path, "pfx_password": "secret"});
    mock.control("PUT", "", tenant(&entry(&path))).await;
    assert_eq!(mock.certificates(APP).await, std::slice::from_ref(&der));
    let exported = mock.control("GET", "/export", Value::Null).await;
    let own = &exported["app"][0]["certificates"][0];
    assert_eq!(
        *own,
        json!({"name": "own", "status": "active", "imported": sha1(&der)})
    );

    // The file may be gone, and the mock started anew.
    std::fs::remove_file(&path).unwrap();
    let mock = start();
    let again = tenant(own);
    mock.control("PUT", "", again.clone()).await;
    assert_eq!(mock.certificates(APP).await, [der]);

    let (second, other) = pfx(&rsa(2048), 40);
    std::fs::write(&path, second).unwrap();
    let patch = json!({"app": [{"name": APP, "certificates": [entry(&path)]}]});
    mock.control("PATCH", "", patch).await;
    assert_eq!(
        mock.certificates(APP).await,
        [other],
        "imported anew under the same name"
    );

    let elsewhere = Mock::contoso();
    let page = elsewhere.try_control("PUT", "", again).await;
    assert_eq!(page.status, 400);
    assert!(
        page.body
            .contains("is not in the state directory: import the PFX file again"),
        "{}",
        page.body
    );
    for (path, expected) in [
        (Path::new("own.pfx"), "this path is relative"),
        (directory.path(), "this is not a file"),
        (&directory.path().join("no.pfx"), "the PFX file cannot be read"),
        (Path::new("/dev/zero"), "this is not a file"),
    ] {
        let page = elsewhere.try_control("PUT", "", tenant(&entry(path))).await;
        assert_eq!(page.status, 400);
        assert!(page.body.contains(expected), "{expected}\nnot in\n{}", page.body);
    }
    let mut wrong = entry(&path);
    wrong["pfx_password"] = json!("no");
    let page = elsewhere.try_control("PUT", "", tenant(&wrong)).await;
    assert!(
        page.body.contains("certificate `own`: ") && page.body.contains("the password is not that"),
        "{}",
        page.body
    );
    let leftover = elsewhere.control("GET", "", Value::Null).await;
    assert_eq!(
        leftover["apps"].as_array().unwrap().len(),
        4,
        "the tenant is as it was"
    );
}

/// The imported keys of a state directory.
fn imported_keys(state: &Path) -> usize {
    let Ok(files) = std::fs::read_dir(state) else {
        return 0;
    };
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.contains("imported")).count()
}

/// What is refused leaves no private key behind, and takes none away that somebody uses.
#[tokio::test]
async fn a_refused_import_keeps_no_key() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let mock = Mock::contoso_with(CertificateStore::directory(state.clone()));
    let (file, der) = pfx(&rsa(2048), 40);
    let path = directory.path().join("own.pfx");
    std::fs::write(&path, &file).unwrap();
    let entry = |name: &str| json!({"name": name, "pfx": path, "pfx_password": "secret"});
    let mut twice = tenant(&entry("own"));
    twice["file"]["app"][0]["certificates"] = json!([entry("own"), entry("again")]);
    let refused = "is here already, as `own`";

    let elsewhere = "/_entrant/v1/tenants/7d1d0000-0000-4000-8000-000000000001";
    let mut agent = mock.agent();
    let put = agent.send("PUT", elsewhere, twice.to_string(), "application/json");
    assert!(put.await.body.contains(refused));
    assert_eq!(imported_keys(&state), 0, "of a tenant that is not there");
    let patch = json!({"app": [{"name": APP, "certificates": [entry("own"), entry("again")]}]});
    assert!(mock.try_control("PATCH", "", patch).await.body.contains(refused));
    assert_eq!(imported_keys(&state), 0, "of a patch");
    let known = json!({"name": "own", "imported": sha1(&der)});
    let patch = json!({"app": [{"name": APP, "certificates": [known]}]});
    let page = mock.try_control("PATCH", "", patch).await;
    assert!(
        page.body.contains("is not in the state directory"),
        "nor in memory: {}",
        page.body
    );

    mock.certificate("import", "own", import(&file)).await;
    assert_eq!(imported_keys(&state), 1);
    let (_, error) = mock.try_certificate("import", "again", import(&file)).await;
    assert!(error.contains(refused), "{error}");
    assert_eq!(imported_keys(&state), 1, "`own` still has its key");
    mock.certificate("withdraw", "own", json!({})).await;
    assert_eq!(imported_keys(&state), 1, "a fault may still sign with it");
    mock.control("DELETE", "", Value::Null).await;
    assert_eq!(imported_keys(&state), 0);
}

/// Hashing a PFX file's password takes its time; until then the tenant serves, and what others change is not lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_goes_on_while_a_pfx_file_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("slow.pfx");
    let key = rsa(2048);
    let mut builder = Pkcs12::builder();
    builder.pkey(&key).key_iter(800_000).mac_iter(800_000);
    builder.cert(&certificate(&key, 40));
    std::fs::write(&path, builder.build2("secret").unwrap().to_der().unwrap()).unwrap();
    let mock = std::sync::Arc::new(Mock::contoso());
    let entry = json!({"name": "own", "pfx": path, "pfx_password": "secret"});
    let patch = json!({"app": [{"name": APP, "certificates": [entry]}]});

    let patching = tokio::spawn({
        let (mock, patch) = (std::sync::Arc::clone(&mock), patch.clone());
        async move { mock.try_control("PATCH", "", patch).await }
    });
    let mut changes = 0;
    while !patching.is_finished() {
        changes += 1;
        let values = json!({"department": format!("{changes}")});
        let action = json!({"user": "B.Simon", "action": "set", "values": values});
        mock.control("POST", "/users", action).await;
    }
    let page = patching.await.unwrap();
    assert_eq!(page.status, 400, "{}", page.body);
    assert!(page.body.contains("send the patch again"), "{}", page.body);
    let exported = mock.control("GET", "/export", Value::Null).await.to_string();
    let last = format!("\"department\":\"{changes}\"");
    assert!(exported.contains(&last) && !exported.contains("imported"));

    mock.control("PATCH", "", patch).await;
    let exported = mock.control("GET", "/export", Value::Null).await.to_string();
    assert!(exported.contains(&last) && exported.contains("imported"));
}

/// Each file may have its password hashed for seconds, so that there are not many of them in one request.
#[tokio::test]
async fn a_request_reads_so_many_files() {
    let mock = Mock::contoso();
    let entries: Vec<_> = (0..33)
        .map(|number| json!({"name": format!("{number}"), "pfx": "/nowhere.pfx"}))
        .collect();
    let patch = json!({"app": [{"name": APP, "certificates": entries}]});
    let page = mock.try_control("PATCH", "", patch).await;
    assert_eq!(page.status, 400);
    assert!(
        page.body.contains("33 certificates name a PFX file: at most 32"),
        "{}",
        page.body
    );
}
