//! Decoding `certificates`, `notification_emails` and `metadata_lag`.

use jiff::{SpanRelativeTo, Unit};

use super::decoded;
use crate::file::{Table, parse_duration};
use crate::tenant::names::unique;
use crate::tenant::{
    CERTIFICATE_LIFE, CertificateEntry, CertificateStatus, check_dates, check_key_bits, check_life_time,
    check_valid_from,
};

/// The name of the certificate that an application without any gets.
const FIRST_CERTIFICATE: &str = "current";

/// Notification Email Addresses of an application (entra-behaviour.md 5).
const NOTIFICATION_EMAILS_MAX: usize = 5;

/// The longest mail address (RFC 5321, 4.5.3.1.3, without the angle brackets).
const EMAIL_CHARACTERS_MAX: usize = 254;

/// Hexadecimal digits of a SHA-1 thumbprint.
const THUMBPRINT_DIGITS: usize = 40;

/// The longest metadata lag, in hours.
const METADATA_LAG_HOURS_MAX: f64 = 24.0;

pub(super) fn certificates(table: &Table<'_>) -> Vec<CertificateEntry> {
    if !table.has("certificates") {
        return vec![CertificateEntry::new(
            FIRST_CERTIFICATE,
            CertificateStatus::Active,
        )];
    }
    let tables = table.tables("certificates");
    let entries = decoded(&tables, certificate);
    if entries
        .iter()
        .filter(|entry| entry.status == CertificateStatus::Active)
        .count()
        > 1
    {
        table.problem_at("certificates", "two certificates are active: exactly one signs");
    }
    unique(&tables, "certificates", "name");
    entries
}

fn certificate(table: &Table<'_>) -> Option<CertificateEntry> {
    let name = table.required_string("name", "a name to call the certificate by");
    let words = [
        ("active", CertificateStatus::Active),
        ("inactive", CertificateStatus::Inactive),
    ];
    let mut entry = CertificateEntry::new(name?, table.word("status", &words).unwrap_or_default());
    let text = |key, check: fn(&str) -> Result<(), String>| {
        table.parsed(key, |text| check(text).map(|()| text.to_owned()))
    };
    entry.valid_for = text("valid_for", check_life_time).unwrap_or_else(|| CERTIFICATE_LIFE.to_owned());
    entry.valid_from = text("valid_from", check_valid_from);
    if let Some(bits) = table.integer("key_bits") {
        match check_key_bits(bits) {
            Ok(bits) => entry.key_bits = bits,
            Err(problem) => table.problem_at("key_bits", format!("`key_bits`: {problem}")),
        }
    }
    entry.pfx = table
        .has("pfx")
        .then(|| table.required_string("pfx", "the path of a PFX file"))
        .flatten();
    entry.pfx_password = table.string("pfx_password");
    entry.imported = text("imported", thumbprint).map(|text| text.to_uppercase());
    check_together(table, &entry);
    if entry.is_from_file() {
        entry.valid_for.clear();
    }
    Some(entry)
}

/// A file has its own dates and its own key.
fn check_together(table: &Table<'_>, entry: &CertificateEntry) {
    if entry.is_from_file() {
        for key in ["valid_for", "valid_from", "key_bits"] {
            if table.has(key) {
                let problem = format!(
                    "`{key}` does not go with a PFX file, which has its own: give an imported certificate a name that no other has"
                );
                table.problem_at(key, problem);
            }
        }
    }
    if entry.pfx_password.is_some() && entry.pfx.is_none() {
        table.problem_at("pfx_password", "`pfx_password` goes with `pfx`");
    }
    if let Err(problem) = check_dates(Some(&entry.valid_for), entry.valid_from.as_deref()) {
        table.problem_at("valid_for", problem);
    }
}

fn thumbprint(text: &str) -> Result<(), String> {
    if text.len() == THUMBPRINT_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(())
    } else {
        Err(format!(
            "a SHA-1 thumbprint of {THUMBPRINT_DIGITS} hexadecimal digits"
        ))
    }
}

pub(super) fn notification_emails(table: &Table<'_>) -> Vec<String> {
    let key = "notification_emails";
    let emails = table.strings(key);
    if emails.len() > NOTIFICATION_EMAILS_MAX {
        table.problem_at(
            key,
            format!(
                "`{key}`: at most {NOTIFICATION_EMAILS_MAX} addresses, there are {}",
                emails.len()
            ),
        );
    }
    for (index, email) in emails.iter().enumerate() {
        if !is_email(email) {
            table.problem_at(
                key,
                format!("`{key}`: `{}` is not a mail address", email.escape_debug()),
            );
        } else if emails[..index]
            .iter()
            .any(|other| other.eq_ignore_ascii_case(email))
        {
            table.problem_at(key, format!("`{key}`: `{email}` stands there twice"));
        }
    }
    emails
}

/// Something before and after one `@`, without spaces; whether mail arrives there nobody knows.
fn is_email(text: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && !part.contains('@');
    text.chars().count() <= EMAIL_CHARACTERS_MAX
        && !text.contains(|character: char| character.is_whitespace() || character.is_control())
        && text
            .split_once('@')
            .is_some_and(|(local, domain)| is_part(local) && is_part(domain))
}

pub(super) fn metadata_lag(table: &Table<'_>) -> Option<String> {
    table.parsed("metadata_lag", |text| {
        let hours = parse_duration(text)?
            .total((Unit::Hour, SpanRelativeTo::days_are_24_hours()))
            .ok();
        match hours {
            Some(hours) if hours > 0.0 && hours <= METADATA_LAG_HOURS_MAX => Ok(text.trim().to_owned()),
            _ => Err("a time of at most 1d, such as 10m".to_owned()),
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::tenant::{CertificateStatus, TenantFile};

    fn read(tenant: &str, app: &str) -> Result<TenantFile, String> {
        let text = format!(
            "[tenant]\ndisplay_name = \"Contoso\"\ndomains = [\"contoso.com\"]\n{tenant}\n[[app]]\nname = \"a\"\n{app}\n"
        );
        TenantFile::from_toml("t.toml", &text).map_err(|errors| errors.to_string())
    }

    fn certificates(list: &str) -> Result<TenantFile, String> {
        read("", &format!("certificates = [{list}]"))
    }

    #[test]
    fn every_key_is_read_and_written() {
        let thumbprint = "00112233445566778899aabbccddeeff00112233";
        let list = format!(
            "{{ name = \"a\", status = \"active\" }}, {{ name = \"b\", valid_from = \"1d\", valid_for = \"30d\", key_bits = 1024 }}, \
             {{ name = \"c\", pfx = \"x/c.pfx\", pfx_password = \"p\" }}, {{ name = \"d\", imported = \"{thumbprint}\" }}, \
             {{ name = \"e\", imported = \"{thumbprint}\", pfx = \"again.pfx\" }}"
        );
        let emails = "notification_emails = [\"a@contoso.com\", \"ops+entra@contoso.com\"]";
        let file = read(
            "metadata_lag = \"10m\"",
            &format!("certificates = [{list}]\n{emails}"),
        )
        .unwrap();
        assert_eq!(TenantFile::from_json("copy", &file.to_json()).unwrap(), file);
        assert_eq!(file.tenant.metadata_lag.as_deref(), Some("10m"));
        let app = &file.apps[0];
        assert_eq!(
            app.notification_emails,
            ["a@contoso.com", "ops+entra@contoso.com"]
        );
        let [a, b, c, d, e] = &app.certificates[..] else {
            panic!("five certificates");
        };
        assert_eq!(
            (a.status, a.valid_for.as_str(), a.key_bits),
            (CertificateStatus::Active, "3y", 2048)
        );
        assert_eq!(
            (b.valid_from.as_deref(), b.valid_for.as_str(), b.key_bits),
            (Some("1d"), "30d", 1024)
        );
        assert_eq!(
            (c.pfx.as_deref(), c.pfx_password.as_deref()),
            (Some("x/c.pfx"), Some("p"))
        );
        assert_eq!(d.imported, Some(thumbprint.to_uppercase()));
        assert!(c.is_from_file() && d.is_from_file() && !b.is_from_file());
        assert_eq!((d.valid_for.as_str(), e.pfx.as_deref()), ("", Some("again.pfx")));
    }

    #[test]
    fn what_does_not_go_together_is_told() {
        for (list, expected) in [
            (
                "{ name = \"a\", key_bits = 512 }",
                "`key_bits`: 512 is none of 1024, 2048 and 4096",
            ),
            (
                "{ name = \"a\", valid_from = \"4y\" }",
                "`valid_from`: `4y` is not an offset from now within 3 years",
            ),
            (
                "{ name = \"a\", valid_for = \"0d\" }",
                "`valid_for`: `0d` is not a life time",
            ),
            (
                "{ name = \"a\", valid_from = \"-9d\", valid_for = \"-1d\" }",
                "`valid_for` counts from `valid_from`",
            ),
            (
                "{ name = \"a\", pfx = \"a.pfx\", valid_for = \"1y\" }",
                "`valid_for` does not go with a PFX file",
            ),
            (
                "{ name = \"a\", pfx = \"\" }",
                "`pfx` is empty: expected the path of a PFX file",
            ),
            (
                "{ name = \"a\", pfx_password = \"p\" }",
                "`pfx_password` goes with `pfx`",
            ),
            (
                "{ name = \"a\", imported = \"AB\" }",
                "`imported`: `AB` is not a SHA-1 thumbprint of 40",
            ),
            (
                "{ name = \"a\", pxf = \"a\" }",
                "unknown key `pxf`: did you mean `pfx`?",
            ),
        ] {
            let told = certificates(list).unwrap_err();
            assert!(told.contains(expected), "{expected}\nnot in\n{told}");
        }
    }

    #[test]
    fn five_addresses_and_a_day_are_the_most() {
        let emails = |list: &[&str]| read("", &format!("notification_emails = {list:?}"));
        let five = ["a@c.d", "b@c.d", "c@c.d", "d@c.d", "e@c.d"];
        assert!(emails(&five).is_ok());
        let six = [&five[..], &["f@c.d"]].concat();
        for (list, expected) in [
            (&six[..], "at most 5 addresses, there are 6"),
            (&["a@c.d", "A@c.d"], "`A@c.d` stands there twice"),
            (&["a@b@c"], "`a@b@c` is not a mail address"),
            (&["contoso.com"], "is not a mail address"),
            (&["a b@c.d"], "is not a mail address"),
            (&["@c.d"], "is not a mail address"),
        ] {
            let told = emails(list).unwrap_err();
            assert!(told.contains(expected), "{expected}\nnot in\n{told}");
        }
        for (lag, good) in [
            ("1d", true),
            ("24h", true),
            ("25h", false),
            ("0m", false),
            ("-5m", false),
            ("soon", false),
        ] {
            let read = read(&format!("metadata_lag = \"{lag}\""), "");
            assert_eq!(read.is_ok(), good, "{lag}");
        }
    }
}
