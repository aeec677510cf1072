//! Instants as Entra writes them.

use jiff::{Timestamp, tz::Offset};

/// `xs:dateTime` in UTC with `Z` and exactly three fractional digits, what is finer cut off
/// (entra-behaviour.md 3.1).
pub(crate) fn format(instant: Timestamp) -> String {
    let utc = Offset::UTC.to_datetime(instant);
    // xs:dateTime wants at least four digits of the year after a possible sign.
    let sign = if utc.year() < 0 { "-" } else { "" };
    format!(
        "{sign}{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        utc.year().unsigned_abs(),
        utc.month(),
        utc.day(),
        utc.hour(),
        utc.minute(),
        utc.second(),
        utc.subsec_nanosecond() / 1_000_000,
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn three_digits_and_z() {
        for (instant, expected) in [
            ("2022-02-23T17:49:18.872999999Z", "2022-02-23T17:49:18.872Z"),
            ("2022-02-23T17:49:18Z", "2022-02-23T17:49:18.000Z"),
            ("2022-02-23T18:49:18.5+01:00", "2022-02-23T17:49:18.500Z"),
            ("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z"),
            ("-000044-03-15T12:00:00Z", "-0044-03-15T12:00:00.000Z"),
        ] {
            assert_eq!(super::format(instant.parse().unwrap()), expected);
        }
    }
}
