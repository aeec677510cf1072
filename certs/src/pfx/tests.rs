//! Every way in which a PFX file can be wrong, each made by OpenSSL.

use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::{
    asn1::Asn1Time,
    bn::{BigNum, BigNumRef},
    ec,
    hash::MessageDigest,
    nid::Nid,
    pkcs12::{Pkcs12, Pkcs12Builder},
    pkey::{PKey, PKeyRef, Private},
    rsa::Rsa,
    x509::{X509, X509Name},
};

use super::{ITERATIONS_MAX, PFX_BYTES_MAX, PfxError};
use crate::{KeyedCertificate, key::test_key};

/// By `openssl pkcs12 -export -legacy`, password `secret`: RC2 of 40 bits, which OpenSSL 3 writes no more by itself.
const RC2: &str = "\
MIIF+QIBAzCCBb8GCSqGSIb3DQEHAaCCBbAEggWsMIIFqDCCAqcGCSqGSIb3DQEHBqCCApgwggKUAgEAMIICjQYJKoZIhvcNAQcB\
MBwGCiqGSIb3DQEMAQYwDgQIkE8WJDRiCfgCAggAgIICYPV5gQA1YZvm7Yhyzr+UPLUyrv9G1QeC0xEVc/KD2WAFuki5kvgXyMd6\
tg3GGKS3hlYON+t9YuWAVnZbIy4sd3G5HEzZ0a27mYbPY42nvh5C26X779jcqZPbds4XCqMHKq8yW4iAMkjtDMJjGr41YYMdDwC+\
FMH4AlxD9PGg6fpsbdlQ0l8kVkutbRxoSds2eVD2yuxiSy7RrTfCdtxifukysfbmDaJfHRdRcjusMDNF2R4f19pDL8hNg7zxL0SH\
dfqPEXkbeTYz9CARNuvyVGPkaLPQnQ3JFDkdrziuct8a4GStDjQxzGqLZeBFF2psML/4QI2M4x/YVZXqL1aHV+GKFXJp/VGuJzMA\
isew6xjalz3FkQVRSW2KzQrnsq6rQMtvYFtjT2A0/q1+j/X5S4oLT7oIVL6mmVSuoi/W5VoGnvG90pBz50uOI20t7a4n79iivAf6\
QrHGfAS2ndqz0ybPPd/raNhgzaxqpC6JgY+O4/GVYoZBPokZ1BMEyycK+XoSf1ZzK/UIWusDiGNJd0F92dPCzwkhH+rliVcZLs16\
8CBn/iuv4rBn9+V6os+R4ykNSXpbq3unWITKxK5UQ/FDlcoepCJrEg+/TmvD8QgnDgn24hLGiIHYvEyBSgtuzLGmPPBRzUNQYQX3\
coKlfHrfP9Gz21uzj59UFonhyxto0P/uQVYk7xXwI8Fkr8tWkUrmRcnyIAlgWJ6Yx5t5I8ScxE3vUsdxEL1htRAXgyhi2WjOtq+K\
gdFaMB7XTPvbABMb8cydcRjuZOuPcK/kL3t/rK1BgtG2s6ILKhhGvaFDMIIC+QYJKoZIhvcNAQcBoIIC6gSCAuYwggLiMIIC3gYL\
KoZIhvcNAQwKAQKgggKmMIICojAcBgoqhkiG9w0BDAEDMA4ECKPctTPZG3uRAgIIAASCAoAYnZovm4C1jA1amonTEN5+izcupVyR\
6UhSJEoW1waIvU68JINdOLQxdTXXg+OJVH+0tjxpT5T8kf9UVThQaQ4Jlcb8SgmFne5x3jenE22Dz3nNU1leOAAn3QjrVPNQKFUA\
zXiMo4rwvf+dTUSfK4d6JNoZ3PtMLq+rCT0m/h6TIXyJhxhumgtX3vTwe9+0ITZiVJnz84+KxnF8RJREUAfaf0xPrwn7BvgMM/cj\
gae8Pn/XJ4Km1HAeQOYv/0gmJ9HtOPLdygEL2O93uXCeoQvyci7HNIXjr4U6acCjURrHN6Fuipno6stVyIPf0fb+oazQ50a7SMq9\
k1Wpg5+1jLXZZWXkdpEsDicwGZ+nYhwtoXium1DiLqpqle5qLQS75PuH6JT7RdBVJqvFkRpg5lUoNy72Xlt/0UyANsntg9FE68TG\
w3fw1KyPzU3DMLtoRls+IxoDnmbTHwBibl1nquO7dAepLsS0SJy102+CG1QSUXuf7L6KmLRn5pYz2giVNxaVnWwGXSz+kKBF64f3\
E5iv4sIaURzmuMBQgGwfz02fA4dU6MR42wPwLAGILWX8gtx0JQZQkWOILBWAcV4kiKZpDwrVi7xMumNsU51zqT+W0Son8PiYdnyn\
X4+tADJ9RL6Thqp8VqWPg4XK+MFQOkbayKxjL1xsfYOY1uwodnrJfdX5QbHVnumeKxeEHlyFvO2hmhjto/4Vxu/Y/bSycQI8mOoG\
y8GATQoiMzxzTzKJyzmgcb4CCoMSBnHDVJOdhnmP640EBJp6Xh2BAjgM2ajayMPtCdddMgeN6IAzrYpGP9/BtReMIppiw+UgbxYj\
TVhVq4463TIqOHH07RGrk6EtMSUwIwYJKoZIhvcNAQkVMRYEFDOkG7mvODyci49waSOWJu7+AuHTMDEwITAJBgUrDgMCGgUABBSN\
bbeFmHsZm6b9cXhUAn8rf0kJJQQIhxEdd/3WijECAggA\
";

fn certificate(key: &PKeyRef<Private>) -> X509 {
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
        .set_not_after(&Asn1Time::days_from_now(30).unwrap())
        .unwrap();
    // Ed25519 has its digest inside.
    let digest = if key.id() == openssl::pkey::Id::ED25519 {
        MessageDigest::null()
    } else {
        MessageDigest::sha256()
    };
    certificate.sign(key, digest).unwrap();
    certificate.build()
}

fn pfx(build: impl FnOnce(&mut Pkcs12Builder)) -> Vec<u8> {
    let mut builder = Pkcs12::builder();
    builder.name("own");
    build(&mut builder);
    builder.build2("secret").unwrap().to_der().unwrap()
}

static OWN: LazyLock<X509> = LazyLock::new(|| certificate(test_key().private()));

#[test]
fn a_key_and_its_certificate_come_out_whatever_else_is_in() {
    let stranger = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let chain = |builder: &mut Pkcs12Builder| {
        let mut chain = openssl::stack::Stack::new().unwrap();
        chain.push(certificate(&stranger)).unwrap();
        builder.pkey(test_key().private()).cert(&OWN).ca(chain);
    };
    let plain = |builder: &mut Pkcs12Builder| {
        builder.pkey(test_key().private()).cert(&OWN);
    };
    let triple_des = |builder: &mut Pkcs12Builder| {
        plain(builder);
        builder.key_algorithm(Nid::PBE_WITHSHA1AND3_KEY_TRIPLEDES_CBC);
        builder.cert_algorithm(Nid::PBE_WITHSHA1AND3_KEY_TRIPLEDES_CBC);
    };
    for file in [pfx(plain), pfx(chain), pfx(triple_des)] {
        let read = KeyedCertificate::from_pfx(&file, "secret").unwrap();
        assert_eq!(read.certificate.der(), OWN.to_der().unwrap());
        assert!(read.key.private().public_eq(test_key().private()));
    }
    let without_password = Pkcs12::builder()
        .pkey(test_key().private())
        .cert(&OWN)
        .build2("")
        .unwrap();
    let file = without_password.to_der().unwrap();
    assert!(KeyedCertificate::from_pfx(&file, "").is_ok());
}

#[test]
fn short_keys_are_read_and_still_shorter_ones_refused() {
    for (bits, good) in [(1024, true), (768, false)] {
        let key = PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap();
        let file = pfx(|builder| {
            builder.pkey(&key).cert(&certificate(&key));
        });
        let read = KeyedCertificate::from_pfx(&file, "secret");
        assert_eq!(read.is_ok(), good, "{bits}");
        if let Err(error) = read {
            assert!(
                error.to_string().contains("has 768 bits: expected 1024 to 8192"),
                "{error}"
            );
        }
    }
}

/// Public and private exponent do not belong together.
fn damaged() -> PKey<Private> {
    let rsa = test_key().private().rsa().unwrap();
    let own = |number: &BigNumRef| number.to_owned().unwrap();
    let of = |number: Option<&BigNumRef>| own(number.unwrap());
    let wrong = Rsa::from_private_components(
        own(rsa.n()),
        own(rsa.e()),
        BigNum::from_u32(65_539).unwrap(),
        of(rsa.p()),
        of(rsa.q()),
        of(rsa.dmp1()),
        of(rsa.dmq1()),
        of(rsa.iqmp()),
    );
    PKey::from_rsa(wrong.unwrap()).unwrap()
}

#[test]
fn every_wrong_file_is_told_with_the_way_out() {
    let group = ec::EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let elliptic = PKey::from_ec_key(ec::EcKey::generate(&group).unwrap()).unwrap();
    let edwards = PKey::generate_ed25519().unwrap();
    let both = |key: &PKeyRef<Private>| {
        pfx(|builder| {
            builder.pkey(key).cert(&certificate(key));
        })
    };
    let good = both(test_key().private());
    let rc2 = STANDARD
        .decode(RC2.split_whitespace().collect::<String>())
        .unwrap();
    for (file, password, expected) in [
        (good.clone(), "wrong", "the password is not that of the PFX file"),
        (good.clone(), "", "it has one, so give it"),
        (good.clone(), "a\0b", "no NUL among them"),
        (good.clone(), &"x".repeat(2000), "at most 1024 bytes"),
        (
            rc2.clone(),
            "secret",
            "not used any more, such as RC2: `openssl pkcs12 -legacy",
        ),
        (rc2, "wrong", "the password is not that"),
        (both(&elliptic), "secret", "is not an RSA key"),
        (both(&edwards), "secret", "is not an RSA key"),
        (
            pfx(|builder| {
                builder.cert(&OWN);
            }),
            "secret",
            "has no private key",
        ),
        (
            pfx(|builder| {
                builder.pkey(test_key().private());
            }),
            "secret",
            "has no certificate of its private key",
        ),
        (both(&damaged()), "secret", "is damaged"),
        (Vec::new(), "", "this is not a PFX file"),
        (OWN.to_pem().unwrap(), "", "this is not a PFX file"),
        (
            good[..good.len() / 2].to_vec(),
            "secret",
            "this is not a PFX file",
        ),
        (vec![0; PFX_BYTES_MAX + 1], "", "larger than 65536 bytes"),
    ] {
        let told = KeyedCertificate::from_pfx(&file, password)
            .unwrap_err()
            .to_string();
        assert!(told.contains(expected), "{expected}\nnot in\n{told}");
    }
}

/// In each of the three places a file says how often its password is hashed; none of them is tried.
#[test]
fn a_file_that_would_take_hours_is_refused_at_once() {
    let few = 2048_u32.to_be_bytes();
    let file = |change: fn(&mut Pkcs12Builder)| {
        pfx(|builder| {
            builder
                .pkey(test_key().private())
                .cert(&OWN)
                .key_iter(2048)
                .mac_iter(2048);
            change(builder);
        })
    };
    let plain = file(|_| {});
    let places: Vec<_> = plain
        .windows(4)
        .enumerate()
        .filter(|(_, window)| *window == [0x02, 0x02, few[2], few[3]])
        .map(|(place, _)| place + 2)
        .collect();
    assert_eq!(places.len(), 3, "key, certificate and MAC");
    assert_eq!(super::cost::iterations(&plain), 3 * 2048);
    // With three octets of them in the file, there is room for too many.
    let many = file(|builder| {
        builder.key_iter(1_600_000);
    });
    assert_eq!(super::cost::iterations(&many), 2 * 1_600_000 + 2048);
    let too_many = u32::try_from(ITERATIONS_MAX).unwrap() + 1;
    let place = many
        .windows(5)
        .position(|window| window[..2] == [0x02, 0x03] && window[2..] == 1_600_000_u32.to_be_bytes()[1..])
        .unwrap();
    let mut bomb = many;
    bomb[place + 2..place + 5].copy_from_slice(&too_many.to_be_bytes()[1..]);
    let told = KeyedCertificate::from_pfx(&bomb, "secret");
    assert!(matches!(told, Err(PfxError::Iterations)), "{told:?}");
}

static GOOD: LazyLock<Vec<u8>> = LazyLock::new(|| {
    pfx(|builder| {
        builder.pkey(test_key().private()).cert(&OWN);
    })
});

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// A damaged file is refused, or its damage is nowhere that counts.
    #[test]
    fn a_changed_octet_never_gives_another_key(at in 0_usize..10_000, octet: u8) {
        let mut file = GOOD.clone();
        let at = at % file.len();
        file[at] = octet;
        if let Ok(read) = KeyedCertificate::from_pfx(&file, "secret") {
            proptest::prop_assert_eq!(read.certificate.der(), OWN.to_der().unwrap());
        }
    }

    #[test]
    fn no_octets_make_the_reader_panic(octets in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        let _ = super::cost::iterations(&octets);
        proptest::prop_assert!(KeyedCertificate::from_pfx(&octets, "").is_err());
    }

    /// As if it were BER: tags and lengths that occur.
    #[test]
    fn no_nesting_makes_the_reader_panic(octets in proptest::collection::vec(proptest::sample::select(&[0x02_u8, 0x04, 0x24, 0x30, 0xA0, 0x80, 0x81, 0x84, 0x1F, 0, 1, 2, 8][..]), 0..300)) {
        let _ = super::cost::iterations(&octets);
    }
}
