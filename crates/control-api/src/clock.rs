//! A clock that can be offset, frozen and advanced. It reads no time itself: the real time comes in.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::file::parse_duration;

/// How a tenant's (or an SP instance's) clock differs from the real one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    offset: SignedDuration,
    frozen: Option<Timestamp>,
}

impl Clock {
    /// What this clock shows when the real time is `real`. Saturates at the ends of time.
    #[must_use]
    pub fn now(&self, real: Timestamp) -> Timestamp {
        let base = self.frozen.unwrap_or(real);
        base.saturating_add(self.offset).unwrap_or(base)
    }

    /// Moves the clock by `by`, forwards or backwards.
    pub fn advance(&mut self, by: SignedDuration) {
        self.offset = self.offset.saturating_add(by);
    }

    /// Stops the clock at what it shows now.
    pub fn freeze(&mut self, real: Timestamp) {
        *self = Self {
            offset: SignedDuration::ZERO,
            frozen: Some(self.now(real)),
        };
    }

    /// Lets a frozen clock run on from what it shows.
    pub fn resume(&mut self, real: Timestamp) {
        if self.frozen.is_some() {
            *self = Self {
                offset: self.now(real).duration_since(real),
                frozen: None,
            };
        }
    }

    /// Makes the clock show `shown` now, frozen or running.
    pub fn set(&mut self, shown: Timestamp, real: Timestamp, frozen: bool) {
        *self = if frozen {
            Self {
                offset: SignedDuration::ZERO,
                frozen: Some(shown),
            }
        } else {
            Self {
                offset: shown.duration_since(real),
                frozen: None,
            }
        };
    }

    /// Whether the clock stands still.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.frozen.is_some()
    }
}

/// `from` moved by a duration such as `-1d`, by the calendar: `3y` is three years whatever days they have.
///
/// # Errors
/// What was expected instead.
pub fn moved(from: Timestamp, by: &str) -> Result<Timestamp, String> {
    let moved = from.to_zoned(TimeZone::UTC).checked_add(parse_duration(by)?);
    let moved = moved.map_err(|_| "a step that stays within the calendar".to_owned())?;
    Ok(moved.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_one_of_the_calendar() {
        let from: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(moved(from, "3y"), Ok(at("2029-11-23T10:00:00Z")));
        assert_eq!(moved(from, "-1mo"), Ok(at("2026-10-23T10:00:00Z")));
        assert!(moved(from, "9000y").unwrap_err().contains("within the calendar"));
        assert!(moved(from, "soon").unwrap_err().starts_with("a duration such as"));
    }

    #[test]
    fn a_frozen_clock_stands_still_and_still_advances_by_hand() {
        let start: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let later: Timestamp = "2026-11-23T10:07:00Z".parse().unwrap();
        let mut clock = Clock::default();
        clock.advance(SignedDuration::from_mins(6));
        clock.freeze(start);
        assert_eq!(clock.now(later), "2026-11-23T10:06:00Z".parse().unwrap());
        clock.advance(SignedDuration::from_mins(-1));
        assert_eq!(clock.now(later), "2026-11-23T10:05:00Z".parse().unwrap());
        clock.resume(later);
        assert_eq!(
            clock.now("2026-11-23T10:08:00Z".parse().unwrap()),
            "2026-11-23T10:06:00Z".parse().unwrap()
        );
    }
}
