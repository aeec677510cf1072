//! The simple types of the schemas: xs:dateTime, xs:boolean, xs:unsignedShort, xs:anyURI.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// The most digits of a fraction of a second; Entra writes 3, .NET up to 7.
const LIMIT_FRACTION_DIGITS: usize = 32;
/// The largest offset of a time zone in xs:dateTime, in minutes.
const LIMIT_OFFSET_MINUTES: i32 = 14 * 60;

/// xs:dateTime as saml-core 1.3.3 wants it: with a time zone, in a year of four digits. A leap second and
/// the hour 24 are refused. Digits below the nanosecond are cut off.
pub(crate) fn date_time(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_at_checked(10)?;
    let (time, rest) = rest.strip_prefix('T')?.split_at_checked(8)?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let (nanosecond, zone) = fraction(rest)?;
    let small = |number: i32| i8::try_from(number).ok();
    // Year 0 does not exist in xs:dateTime (XML Schema 1.0 part 2, 3.2.7).
    let year = i16::try_from(year).ok().filter(|year| *year >= 1)?;
    let civil = DateTime::new(
        year,
        small(month)?,
        small(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?,
        nanosecond,
    )
    .ok()?;
    offset(zone)?.to_timestamp(civil).ok()
}

/// Splits fixed-width decimal numbers.
fn numbers(text: &str, separator: char, widths: [usize; 3]) -> Option<[i32; 3]> {
    let mut parts = text.split(separator);
    let mut found = [0; 3];
    for (number, width) in found.iter_mut().zip(widths) {
        *number = digits(parts.next()?, width)?;
    }
    parts.next().is_none().then_some(found)
}

fn digits(text: &str, width: usize) -> Option<i32> {
    let sound = text.len() == width && text.bytes().all(|b| b.is_ascii_digit());
    sound.then(|| text.parse().ok())?
}

/// The nanoseconds of `.digits`, if any, and what follows.
fn fraction(text: &str) -> Option<(i32, &str)> {
    let Some(text) = text.strip_prefix('.') else {
        return Some((0, text));
    };
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (written, rest) = text.split_at(end);
    if written.is_empty() || written.len() > LIMIT_FRACTION_DIGITS {
        return None;
    }
    let nanoseconds = format!("{written:0<9.9}").parse().ok()?;
    Some((nanoseconds, rest))
}

fn offset(zone: &str) -> Option<Offset> {
    if zone == "Z" {
        return Some(Offset::UTC);
    }
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    let total = hours * 60 + minutes;
    if minutes > 59 || total > LIMIT_OFFSET_MINUTES {
        return None;
    }
    Offset::from_seconds(sign * total * 60).ok()
}

/// xs:boolean.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// xs:unsignedShort, digits alone.
pub(crate) fn unsigned_short(text: &str) -> Option<u16> {
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| text.parse().ok())?
}

/// An absolute URI (RFC 3986): a scheme, a colon, something after it, and no character that a URI cannot hold.
pub(crate) fn is_absolute_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        && !rest.is_empty()
        && rest
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&b))
        && rest
            .split('%')
            .skip(1)
            .all(|escape| escape.len() >= 2 && escape.bytes().take(2).all(|b| b.is_ascii_hexdigit()))
}

/// An absolute URI of the web: scheme http or https and a host.
pub(crate) fn is_web_address(text: &str) -> bool {
    let scheme = text
        .split_once("://")
        .map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest));
    is_absolute_uri(text)
        && scheme.is_some_and(|(scheme, rest)| {
            matches!(scheme.as_str(), "http" | "https")
                && !rest.starts_with(['/', '?', '#', ':'])
                && !rest.is_empty()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_times_are_read_strictly() {
        for (text, expected) in [
            ("2022-02-23T17:49:18.872Z", "2022-02-23T17:49:18.872Z"),
            ("2022-02-23T17:49:18Z", "2022-02-23T17:49:18Z"),
            ("2022-02-23T17:49:18.1234567Z", "2022-02-23T17:49:18.1234567Z"),
            (
                "2022-02-23T17:49:18.123456789999Z",
                "2022-02-23T17:49:18.123456789Z",
            ),
            ("2022-02-23T17:49:18+02:00", "2022-02-23T15:49:18Z"),
            ("2022-02-23T17:49:18.5-05:30", "2022-02-23T23:19:18.5Z"),
            ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
        ] {
            assert_eq!(
                date_time(text).map(|t| t.to_string()).as_deref(),
                Some(expected),
                "{text}"
            );
        }
        for text in [
            "",
            "tomorrow",
            "9999-99-99",
            "2022-02-23",
            "2022-02-23T17:49:18",
            "2022-02-23 17:49:18Z",
            "2022-02-23T17:49:60Z",
            "2022-02-23T24:00:00Z",
            "2023-02-29T00:00:00Z",
            "10000-01-01T00:00:00Z",
            "-2022-02-23T17:49:18Z",
            "0000-01-01T00:00:00Z",
            "2022-2-23T17:49:18Z",
            "2022-02-23T17:49:18.Z",
            "2022-02-23T17:49:18.000000000000000000000000000000001Z",
            "2022-02-23T17:49:18z",
            "2022-02-23T17:49:18+0200",
            "2022-02-23T17:49:18+14:01",
            "2022-02-23T17:49:18+02:60",
            "2022-02-23T17:49:18Z ",
            "+022-02-23T17:49:18Z",
            "2022-02-23T17:49:1éZ",
        ] {
            assert_eq!(date_time(text), None, "{text}");
        }
    }

    #[test]
    fn uris_are_absolute_or_refused() {
        for text in ["urn:a", "http://a/b?c#d", "spn:1", "a+b-c.d:e", "https://a/%2F"] {
            assert!(is_absolute_uri(text), "{text}");
        }
        for text in [
            "",
            "a",
            "/a",
            "//a/b",
            "1a:b",
            ":b",
            "a:",
            "http://a b",
            "http://e\u{80}",
            "a:%2",
            "a:%zz",
        ] {
            assert!(!is_absolute_uri(text), "{text}");
        }
        assert!(is_web_address("HTTPS://a"));
        for text in [
            "ftp://a",
            "http:a",
            "http://",
            "https:///a",
            "javascript:alert(1)",
        ] {
            assert!(!is_web_address(text), "{text}");
        }
    }

    #[test]
    fn numbers_and_booleans_are_the_lexical_forms_alone() {
        assert_eq!(unsigned_short("65535"), Some(65535));
        for text in ["", "65536", "+1", "-1", " 1"] {
            assert_eq!(unsigned_short(text), None, "{text}");
        }
        assert_eq!(
            (boolean("1"), boolean("false"), boolean("True")),
            (Some(true), Some(false), None)
        );
    }
}
