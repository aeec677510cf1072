//! What comes of every scenario at the real service providers. Where one accepts what it should refuse, or refuses what it
//! should accept, that is a finding, with the reason: a fact about that SP and not a fault of the test.

/// How a scenario ends at an SP.
pub(crate) enum End {
    /// As it expects: it passes, and its last step has this outcome.
    Passes(&'static str),
    /// Against its expectation, by the SP's own doing, which is told where it is named: it fails, and the first step that
    /// does has this outcome.
    Finding(&'static str),
}

use End::{Finding, Passes};

pub(crate) const SIGNED_IN: End = Passes("signed-in");
pub(crate) const SIGNED_OUT: End = Passes("signed-out");
pub(crate) const REFUSED: End = Passes("refused");
pub(crate) const STOPPED: End = Passes("stopped-at-idp");
/// The last step of a sign-out scenario is its negative: a session that must outlive a message of an unknown key.
pub(crate) const STILL_SIGNED_IN: End = Passes("signed-in: a session is still there at ");
/// The SP signs somebody in whom it should refuse.
pub(crate) const LAX: End = Finding("signed-in");
/// The SP should refuse, and does not get as far.
pub(crate) const FELL_OVER: End = Finding("refused, the SP fell over");

/// Scenarios, by their path in the repository, with their ends.
pub(crate) type Cases = &'static [(&'static str, End)];

/// What every one of these SPs signs in.
pub(crate) const SIGN_INS: Cases = &[
    ("scenarios/guides/upsales/sp-initiated.toml", SIGNED_IN),
    ("scenarios/guides/upwork/sp-initiated.toml", SIGNED_IN),
    ("scenarios/signing/assertion.toml", SIGNED_IN),
    ("scenarios/signing/response-and-assertion.toml", SIGNED_IN),
];

/// What every one of them refuses.
pub(crate) const REFUSALS: Cases = &[
    ("scenarios/checks/audience.toml", REFUSED),
    ("scenarios/checks/expired.toml", REFUSED),
    (
        "scenarios/checks/signature-foreign-key-own-certificate.toml",
        REFUSED,
    ),
    ("scenarios/checks/signature-none.toml", REFUSED),
    ("scenarios/checks/signature-tampered-name-id.toml", REFUSED),
];

/// Those that keep their requests in mind refuse what answers none.
pub(crate) const UNSOLICITED: Cases = &[("scenarios/checks/unsolicited.toml", REFUSED)];

/// These libraries have no option to refuse SHA-1.
pub(crate) const TAKES_SHA1: Cases = &[
    ("tests/interop/scenarios/sha1.toml", SIGNED_IN),
    ("scenarios/checks/signature-sha1.toml", LAX),
];

pub(crate) const REFUSES_SHA1: Cases = &[
    ("tests/interop/scenarios/sha1-refused.toml", REFUSED),
    ("scenarios/checks/signature-sha1.toml", REFUSED),
];

/// By redirect, whose signature has no place for a KeyInfo; passport-saml sends none by HTTP-POST either.
pub(crate) const SIGNED_REQUESTS: Cases = &[
    ("tests/interop/scenarios/request-signed.toml", STOPPED),
    (
        "tests/interop/scenarios/request-signed-by-the-third-newest.toml",
        STOPPED,
    ),
];

/// By HTTP-POST.
pub(crate) const SIGNED_REQUESTS_WITH_KEY_INFO: Cases = &[
    ("tests/interop/scenarios/request-signed.toml", STOPPED),
    (
        "tests/interop/scenarios/request-signed-with-key-info.toml",
        SIGNED_IN,
    ),
];

pub(crate) const SIGNED_REQUESTS_SHA1: Cases =
    &[("tests/interop/scenarios/request-signed-sha1.toml", STOPPED)];

pub(crate) const WANTS_RESPONSE: Cases = &[
    ("scenarios/signing/response.toml", SIGNED_IN),
    ("scenarios/signing/response-and-assertion.toml", SIGNED_IN),
    ("tests/interop/scenarios/only-the-assertion.toml", REFUSED),
];

pub(crate) const WANTS_BOTH: Cases = &[
    ("scenarios/signing/response-and-assertion.toml", SIGNED_IN),
    ("tests/interop/scenarios/only-the-assertion.toml", REFUSED),
    ("tests/interop/scenarios/only-the-response.toml", REFUSED),
];

/// Both directions, without and with the negative.
pub(crate) const SIGN_OUTS: Cases = &[
    ("scenarios/sign-out/sp-initiated.toml", SIGNED_OUT),
    ("scenarios/sign-out/idp-initiated.toml", SIGNED_OUT),
    ("tests/interop/scenarios/sign-out-from-the-sp.toml", REFUSED),
    (
        "tests/interop/scenarios/sign-out-from-entra.toml",
        STILL_SIGNED_IN,
    ),
];

/// The library spells the query anew before it verifies, in upper case.
pub(crate) const SIGN_OUTS_REFUSED: Cases =
    &[("tests/interop/scenarios/sign-out-refused.toml", STILL_SIGNED_IN)];

/// python3-saml compares InResponseTo where there is one, and takes a response without.
pub(crate) const PYTHON3_SAML: Cases = &[("scenarios/checks/in-response-to-missing.toml", LAX)];

/// passport-saml compares neither Destination nor Recipient, the Issuer of logout messages alone, and reads the status
/// only where there is no assertion.
pub(crate) const PASSPORT_SAML: Cases = &[
    ("scenarios/checks/destination.toml", LAX),
    ("scenarios/checks/issuer.toml", LAX),
    ("scenarios/checks/recipient.toml", LAX),
    ("scenarios/checks/status.toml", LAX),
];

/// What every one of them makes of a rollover: none asks for the metadata by itself, and all take it when told to.
pub(crate) const ROLLOVERS: Cases = &[
    ("scenarios/certificates/back-to-the-old-one.toml", SIGNED_IN),
    ("scenarios/certificates/emergency-withdrawal.toml", REFUSED),
    ("scenarios/certificates/expired-with-a-successor.toml", SIGNED_IN),
    ("scenarios/certificates/hard-switch.toml", SIGNED_IN),
    ("scenarios/certificates/imported.toml", SIGNED_IN),
    ("scenarios/certificates/inactive-not-published.toml", REFUSED),
    ("scenarios/certificates/made-active-refreshed.toml", SIGNED_IN),
    (
        "scenarios/certificates/made-active-sp-on-the-old-one.toml",
        REFUSED,
    ),
    ("scenarios/certificates/metadata-lag.toml", SIGNED_IN),
    ("scenarios/certificates/new-inactive.toml", SIGNED_IN),
    ("scenarios/certificates/none-active.toml", SIGNED_IN),
    ("scenarios/certificates/old-withdrawn.toml", REFUSED),
    ("scenarios/certificates/rsa-4096-rollover.toml", SIGNED_IN),
    ("scenarios/certificates/tenant-wide-metadata.toml", SIGNED_IN),
];

/// None of them looks how strong a key is, nor from when a certificate is valid.
pub(crate) const TRUSTS_ANY_KEY: Cases = &[
    ("scenarios/certificates/weak-key.toml", LAX),
    ("tests/interop/scenarios/not-yet-valid.toml", LAX),
];

/// Those that read every signing certificate of the metadata.
pub(crate) const TRUSTS_ALL: Cases = &[
    ("scenarios/certificates/inactive-first.toml", SIGNED_IN),
    ("scenarios/certificates/metadata-lag-waited-for.toml", SIGNED_IN),
    ("scenarios/certificates/overlap.toml", SIGNED_IN),
    ("scenarios/certificates/stale-cache.toml", SIGNED_IN),
];

/// The `signingCert` of passport-saml-metadata is the first, which stands there still when it does not sign any more.
pub(crate) const TRUSTS_THE_FIRST: Cases =
    &[("scenarios/certificates/inactive-first.toml", Finding("refused"))];

/// passport-saml-metadata takes the last certificate by default, "assuming the last certificate is the most recent one":
/// the one that does not sign yet.
pub(crate) const TRUSTS_THE_LAST: Cases = &[
    (
        "scenarios/certificates/metadata-lag-waited-for.toml",
        Finding("refused"),
    ),
    ("scenarios/certificates/overlap.toml", Finding("refused")),
    ("scenarios/certificates/stale-cache.toml", Finding("refused")),
];

/// To them a certificate is the key in it: the library reads no dates, and has no option to.
pub(crate) const READS_NO_DATES: Cases = &[
    ("scenarios/certificates/expired-active-and-inactive.toml", LAX),
    ("scenarios/certificates/expired.toml", LAX),
    ("scenarios/certificates/expired-unnoticed.toml", SIGNED_IN),
];

/// ruby-saml wants the very certificate that it knows in the KeyInfo, not only its key. It reads dates where it is told to.
pub(crate) const RUBY_SAML: Cases = &[
    ("scenarios/certificates/expired-active-and-inactive.toml", LAX),
    ("scenarios/certificates/expired.toml", LAX),
    (
        "scenarios/certificates/expired-unnoticed.toml",
        Finding("refused"),
    ),
];
pub(crate) const RUBY_SAML_EXPIRY: Cases = &[
    (
        "scenarios/certificates/expired-active-and-inactive.toml",
        SIGNED_IN,
    ),
    ("scenarios/certificates/expired.toml", REFUSED),
];

/// mod_auth_mellon takes an answer to no request of its own. It ends its session before it asks Entra, and looks the
/// session up by the whole NameID, Format and all, when Entra asks: Entra's LogoutRequest has another, so that its users
/// stay signed in (MicrosoftDocs/azure-docs#29978).
pub(crate) const MELLON: Cases = &[
    ("scenarios/guides/sipgate/sp-initiated.toml", SIGNED_IN),
    ("scenarios/guides/upwork/idp-initiated.toml", SIGNED_IN),
    ("scenarios/checks/in-response-to.toml", LAX),
    ("scenarios/sign-out/sp-initiated.toml", SIGNED_OUT),
    ("scenarios/sign-out/without-logout-url.toml", SIGNED_OUT),
    ("tests/interop/scenarios/sign-out-from-the-sp.toml", REFUSED),
    (
        "scenarios/sign-out/idp-initiated.toml",
        Finding("signed-in: a session is still there at mellon"),
    ),
];

/// These libraries cannot demand a signed response.
pub(crate) const TAKES_RESPONSE: Cases = &[
    ("scenarios/signing/response.toml", SIGNED_IN),
    ("scenarios/signing/response-and-assertion.toml", SIGNED_IN),
];

/// What every SP that decrypts makes of token encryption.
pub(crate) const ENCRYPTION: Cases = &[
    ("scenarios/encryption/aes-128-cbc.toml", SIGNED_IN),
    ("scenarios/encryption/aes-256-gcm.toml", SIGNED_IN),
    ("scenarios/encryption/imported-inactive.toml", SIGNED_IN),
    (
        "scenarios/encryption/required-without-certificate.toml",
        SIGNED_IN,
    ),
    (
        "scenarios/encryption/signed-response-and-assertion.toml",
        SIGNED_IN,
    ),
    ("scenarios/encryption/tampered-inside.toml", REFUSED),
    ("scenarios/encryption/unsigned-inside.toml", REFUSED),
];

pub(crate) const ENCRYPTED_SIGNED_RESPONSE: Cases =
    &[("scenarios/encryption/signed-response.toml", SIGNED_IN)];

/// What cannot be decrypted is refused.
pub(crate) const WRONG_KEYS: Cases = &[
    ("scenarios/encryption/fault-wrong-key.toml", SIGNED_IN),
    ("scenarios/encryption/rotation.toml", SIGNED_IN),
    ("scenarios/encryption/wrong-certificate.toml", REFUSED),
];

/// The library raises what went wrong from where it is handed the response (python3-saml: `process_response`, ruby-saml:
/// `Response.new`), and not where errors are asked for: an application by its manual answers 500.
pub(crate) const FALLS_OVER_WRONG_KEYS: Cases = &[
    ("scenarios/encryption/fault-wrong-key.toml", FELL_OVER),
    ("scenarios/encryption/rotation.toml", FELL_OVER),
    ("scenarios/encryption/wrong-certificate.toml", FELL_OVER),
];

/// A key that the SP does not have (entra-behaviour.md 9, row 52).
pub(crate) const HAS_NO_KEY: Cases = &[("scenarios/encryption/wrong-certificate.toml", REFUSED)];
pub(crate) const FALLS_OVER_WITHOUT_KEY: Cases =
    &[("scenarios/encryption/wrong-certificate.toml", FELL_OVER)];

pub(crate) const TAKES_RSA_1_5: Cases = &[("scenarios/encryption/rsa-1_5.toml", SIGNED_IN)];
/// Node decrypts nothing that way, where its OpenSSL does not reject implicitly (CVE-2023-46809).
pub(crate) const REFUSES_RSA_1_5: Cases = &[("scenarios/encryption/rsa-1_5.toml", Finding("refused"))];

/// None of them knows the key transport of XML Encryption 1.1: python3-saml's schemas lack its MGF (and so the message is
/// invalid), xml-encryption of passport-saml has RSA-OAEP-MGF1P alone, and so has the xmlsec of Debian 12 below mellon.
pub(crate) const REFUSES_OAEP_SHA256: Cases =
    &[("scenarios/encryption/rsa-oaep-sha256.toml", Finding("refused"))];
/// ruby-saml takes an unknown algorithm for none: what is still encrypted it uses as the key, which is too long.
pub(crate) const FALLS_OVER_OAEP_SHA256: Cases = &[("scenarios/encryption/rsa-oaep-sha256.toml", FELL_OVER)];

/// python3-saml alone can demand encryption.
pub(crate) const DEMANDS_ENCRYPTION: Cases = &[("tests/interop/scenarios/not-encrypted.toml", REFUSED)];
/// ruby-saml's `want_assertions_encrypted` only publishes the certificate.
pub(crate) const WANTS_ENCRYPTION: Cases = &[("tests/interop/scenarios/not-encrypted.toml", LAX)];
