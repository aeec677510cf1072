//! Decoding `token_encryption` of an application.

use super::decoded;
use crate::file::Table;
use crate::tenant::names::unique;
use crate::tenant::{
    CertificateStatus, DataEncryptionWord, EncryptionCertificateEntry, KeyTransportWord, TokenEncryptionEntry,
};

/// The words for [`DataEncryptionWord`].
const DATA: &[(&str, DataEncryptionWord)] = &[
    ("aes256-cbc", DataEncryptionWord::Aes256Cbc),
    ("aes256-gcm", DataEncryptionWord::Aes256Gcm),
    ("aes128-cbc", DataEncryptionWord::Aes128Cbc),
    ("aes128-gcm", DataEncryptionWord::Aes128Gcm),
];

/// The words for [`KeyTransportWord`].
const KEY_TRANSPORTS: &[(&str, KeyTransportWord)] = &[
    ("rsa-oaep-mgf1p", KeyTransportWord::RsaOaepMgf1p),
    ("rsa-1_5", KeyTransportWord::Rsa15),
    ("rsa-oaep-sha256", KeyTransportWord::RsaOaepSha256),
];

/// What the certificates are is judged when the tenant is made.
pub(super) fn token_encryption(table: &Table<'_>) -> TokenEncryptionEntry {
    let tables = table.tables("certificates");
    let certificates = decoded(&tables, certificate);
    unique(&tables, "certificates", "name");
    let active = |entry: &&EncryptionCertificateEntry| entry.status == CertificateStatus::Active;
    if certificates.iter().filter(active).count() > 1 {
        table.problem_at(
            "certificates",
            "two encryption certificates are active: the assertion is encrypted to one",
        );
    }
    TokenEncryptionEntry {
        certificates,
        required: table.boolean("required").unwrap_or(false),
        data: table.word("data", DATA).unwrap_or_default(),
        key_transport: table.word("key_transport", KEY_TRANSPORTS).unwrap_or_default(),
    }
}

fn certificate(table: &Table<'_>) -> Option<EncryptionCertificateEntry> {
    let name = table.required_string("name", "a name to call the certificate by");
    let certificate = table.required_string(
        "certificate",
        "the SP's certificate, as PEM or as base64 of its DER",
    );
    let words = [
        ("active", CertificateStatus::Active),
        ("inactive", CertificateStatus::Inactive),
    ];
    let status = table.word("status", &words).unwrap_or_default();
    Some(EncryptionCertificateEntry {
        name: name?,
        certificate: certificate?,
        status,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tenant::TenantFile;

    fn read(token_encryption: &str) -> Result<TenantFile, String> {
        let text = format!(
            "[tenant]\ndisplay_name = \"C\"\ndomains = [\"c.onmicrosoft.com\"]\n[[app]]\nname = \"a\"\nidentifiers = []\nreply_urls = []\n{token_encryption}\n"
        );
        TenantFile::from_toml("t.toml", &text).map_err(|errors| errors.to_string())
    }

    #[test]
    fn every_word_is_read_and_written_alike() {
        let plain = read("").unwrap();
        assert_eq!(plain.apps[0].token_encryption, TokenEncryptionEntry::default());
        assert_eq!(plain.to_json()["app"][0].get("token_encryption"), None);
        for (data, expected) in DATA {
            for (key_transport, transport) in KEY_TRANSPORTS {
                let file = read(&format!(
                    "token_encryption = {{ data = \"{data}\", key_transport = \"{key_transport}\", required = true, certificates = [{{ name = \"sp\", certificate = \"MIIB\", status = \"active\" }}, {{ name = \"next\", certificate = \"MIIC\" }}] }}"
                ))
                .unwrap();
                let entry = &file.apps[0].token_encryption;
                assert_eq!((entry.data, entry.key_transport), (*expected, *transport));
                assert!(entry.required);
                assert_eq!(entry.certificates[1].status, CertificateStatus::Inactive);
                assert_eq!(TenantFile::from_json("copy", &file.to_json()).unwrap(), file);
            }
        }
    }

    #[test]
    fn a_patch_merges_certificates_by_name() {
        let file = read("token_encryption = { certificates = [{ name = \"sp\", certificate = \"MIIB\" }] }")
            .unwrap();
        let patch = json!({"app": [{"name": "a", "token_encryption": {"certificates": [{"name": "sp", "status": "active"}]}}]});
        let patched = file.patched(&patch).unwrap();
        let certificate = &patched.apps[0].token_encryption.certificates[0];
        assert_eq!(
            (certificate.certificate.as_str(), certificate.status),
            ("MIIB", CertificateStatus::Active)
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_the_nearest_word() {
        for (text, expected) in [
            ("{ data = \"aes256-cbx\" }", "did you mean `aes256-cbc`?"),
            (
                "{ key_transport = \"rsa-oaep\" }",
                "`key_transport`: unknown word `rsa-oaep`: expected one of `rsa-oaep-mgf1p`, `rsa-1_5`, `rsa-oaep-sha256`",
            ),
            (
                "{ certificate = \"x\" }",
                "unknown key `certificate`: did you mean `certificates`?",
            ),
            (
                "{ certificates = [{ name = \"a\" }] }",
                "`certificate` is missing: expected the SP's certificate, as PEM or as base64 of its DER",
            ),
            (
                "{ certificates = [{ name = \"a\", certificate = \"x\", status = \"active\" }, { name = \"b\", certificate = \"x\", status = \"active\" }] }",
                "two encryption certificates are active: the assertion is encrypted to one",
            ),
            (
                "{ certificates = [{ name = \"a\", certificate = \"x\" }, { name = \"A\", certificate = \"x\" }] }",
                "`A`",
            ),
        ] {
            let error = read(&format!("token_encryption = {text}")).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
