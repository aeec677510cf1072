//! Expiration dates: a person chooses a day, the tenant file says for how long.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _, Unit};

/// The longest life in the tenant file's words (entra-behaviour.md 5).
const LONGEST: &str = "3y";

/// The row of a certificate that is not saved yet.
pub(super) struct NewRow {
    /// As it was typed.
    pub(super) expires: String,
    /// The first day that can be chosen.
    pub(super) min: String,
    /// The last one.
    pub(super) max: String,
}

impl NewRow {
    pub(super) fn new(expires: &str, now: Timestamp) -> Self {
        let tomorrow = today(now).saturating_add(1.day());
        Self {
            expires: expires.to_owned(),
            min: tomorrow.to_string(),
            max: longest(now),
        }
    }
}

/// The last day that can be chosen, three years from now.
pub(super) fn longest(now: Timestamp) -> String {
    today(now).saturating_add(3.years()).to_string()
}

/// How long a certificate lives that is made now and expires on this day.
///
/// # Errors
/// What the day has to be, as a sentence.
pub(super) fn until(date: &str, now: Timestamp) -> Result<String, String> {
    let (today, longest) = (today(now), longest(now));
    if date == longest {
        return Ok(LONGEST.to_owned());
    }
    let date: Option<Date> = date.parse().ok();
    let days = date.and_then(|date| date.since((Unit::Day, today)).ok());
    match days.map(|span| span.get_days()) {
        Some(days) if days > 0 && date.is_some_and(|date| date.to_string() < longest) => {
            Ok(format!("{days}d"))
        }
        _ => Err(format!(
            "Expiration Date: a day after {today} and not after {longest}, such as {longest}."
        )),
    }
}

/// An instant as the pages show it.
pub(super) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn today(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_life_time() {
        let now = "2026-11-23T10:00:00Z".parse().unwrap();
        for (date, life) in [
            ("2029-11-23", Some("3y")),
            ("2026-11-24", Some("1d")),
            ("2027-11-23", Some("365d")),
            ("2029-11-22", Some("1095d")),
            ("2026-11-23", None),
            ("2029-11-24", None),
            ("9999-12-31", None),
            ("-009999-01-01", None),
            ("", None),
            ("soon", None),
        ] {
            assert_eq!(until(date, now).ok().as_deref(), life, "{date}");
        }
        assert_eq!(
            until("", now).unwrap_err(),
            "Expiration Date: a day after 2026-11-23 and not after 2029-11-23, such as 2029-11-23."
        );
        assert_eq!(instant(now), "2026-11-23 10:00:00 UTC");
    }
}
