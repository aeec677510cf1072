//! Requests, to sign in or to sign out, that are waiting for their answer, each for one browser (catalogue `env-inresponseto-*`,
//! `sess-state-store-flood`).
//!
//! Nothing is kept of a request that waits: its ID says when it went out, and proves with a key of this memory that it went out
//! from here, for the browser with that cookie. So nobody who begins any number of sign-ons takes the place of another. What is kept are
//! the requests that were answered, which takes an answer that an identity provider signed.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use openssl::{error::ErrorStack, hash::MessageDigest, memcmp, pkey::PKey, sign::Signer};

use crate::ambient;

/// The most answered requests that are remembered at one personality. Beyond it the one that went out first is forgotten: its
/// browser may be answered again, with another assertion, in what is left of its hour.
const ANSWERED_MAX: usize = 10_000;

/// How long a request waits.
const PENDING_LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// Hexadecimal digits of an ID: milliseconds since 1970, chance, proof.
const TIME_DIGITS: usize = 16;
const CHANCE_DIGITS: usize = 32;
const PROOF_DIGITS: usize = 32;

/// The requests.
#[derive(Default)]
pub(crate) struct Pending {
    /// Made with the first request.
    key: Option<String>,
    /// When those went out that were answered, by ID.
    answered: HashMap<String, Timestamp>,
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pending")
            .field("answered", &self.answered)
            .finish_non_exhaustive()
    }
}

impl Pending {
    /// A request of `browser` goes out; its ID, an xs:ID.
    ///
    /// # Errors
    /// OpenSSL has no randomness to give.
    pub(crate) fn begin(&mut self, browser: &str, now: Timestamp) -> Result<String, ErrorStack> {
        let key = match &self.key {
            Some(key) => key,
            None => self.key.insert(ambient::token()?),
        };
        let chance = ambient::token()?;
        let time = now.as_millisecond();
        let told = format!("_{time:0TIME_DIGITS$x}{}", &chance[..CHANCE_DIGITS]);
        let proof = proof(key, browser, &told)?;
        Ok(told + &proof)
    }

    /// Whether the request waits for an answer in one of `browsers`.
    pub(crate) fn waits(&self, id: &str, browsers: &[String], now: Timestamp) -> bool {
        let is_ours = |browser: &String| self.went_out(id, browser).unwrap_or(false);
        let is_young = |sent: Timestamp| {
            let expires = sent.saturating_add(PENDING_LIFETIME).unwrap_or(Timestamp::MAX);
            now < expires
        };
        sent(id).is_some_and(is_young) && !self.answered.contains_key(id) && browsers.iter().any(is_ours)
    }

    /// The request has its answer.
    pub(crate) fn consume(&mut self, id: &str) {
        let Some(sent) = sent(id) else { return };
        if self.answered.len() >= ANSWERED_MAX {
            let first = self.answered.iter().min_by_key(|(_, sent)| **sent);
            if let Some(first) = first.map(|(id, _)| id.clone()) {
                self.answered.remove(&first);
            }
        }
        self.answered.insert(id.to_owned(), sent);
    }

    fn went_out(&self, id: &str, browser: &str) -> Option<bool> {
        let (told, shown) = id.split_at_checked(1 + TIME_DIGITS + CHANCE_DIGITS)?;
        let proof = proof(self.key.as_ref()?, browser, told).ok()?;
        Some(shown.len() == proof.len() && memcmp::eq(shown.as_bytes(), proof.as_bytes()))
    }
}

/// What only this memory can say of an ID's beginning and a browser (HMAC-SHA-256, its first half).
fn proof(key: &str, browser: &str, told: &str) -> Result<String, ErrorStack> {
    let key = PKey::hmac(key.as_bytes())?;
    let message = format!("{told} {browser}");
    let octets = Signer::new(MessageDigest::sha256(), &key)?.sign_oneshot_to_vec(message.as_bytes())?;
    Ok(octets
        .iter()
        .take(PROOF_DIGITS / 2)
        .map(|octet| format!("{octet:02x}"))
        .collect())
}

/// When a request went out, by its own word: whether it did is for [`Pending::waits`] to say.
pub(crate) fn sent(id: &str) -> Option<Timestamp> {
    let time = id.strip_prefix('_')?.get(..TIME_DIGITS)?;
    let time = i64::from_str_radix(time, 16).ok()?;
    Timestamp::from_millisecond(time).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_waits_once_for_an_hour_in_its_own_browser() {
        let start: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let mut pending = Pending::default();
        let (ours, theirs) = (["ours".to_owned()], ["theirs".to_owned()]);
        let first = pending.begin("ours", start).unwrap();
        let second = pending.begin("ours", start).unwrap();
        assert_eq!(first.len(), 1 + TIME_DIGITS + CHANCE_DIGITS + PROOF_DIGITS);
        assert!(pending.waits(&first, &ours, start) && pending.waits(&second, &ours, start));
        assert_eq!((sent(&first), sent("_3")), (Some(start), None));
        assert!(!pending.waits(&first, &theirs, start) && !pending.waits(&first, &[], start));
        let both = [&theirs[..], &ours[..]].concat();
        assert!(pending.waits(&first, &both, start));
        let hour = start + SignedDuration::from_hours(1);
        assert!(pending.waits(&first, &ours, hour - SignedDuration::from_secs(1)));
        assert!(!pending.waits(&first, &ours, hour));
        pending.consume(&first);
        assert!(!pending.waits(&first, &ours, start) && pending.waits(&second, &ours, start));
        assert!(
            !Pending::default().waits(&second, &ours, start),
            "of another memory"
        );
    }

    #[test]
    fn no_other_id_waits() {
        let start: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let mut pending = Pending::default();
        let ours = ["ours".to_owned()];
        let good = pending.begin("ours", start).unwrap();
        for at in 1..good.len() {
            let digit = if &good[at..=at] == "0" { "1" } else { "0" };
            let changed = format!("{}{digit}{}", &good[..at], &good[at + 1..]);
            assert!(!pending.waits(&changed, &ours, start), "{changed}");
        }
        let cut = &good[..good.len() - 1];
        let longer = format!("{good}0");
        let told = &good[..=TIME_DIGITS + CHANCE_DIGITS];
        for other in [
            "",
            "_",
            cut,
            &longer,
            told,
            &good[1..],
            &good.to_uppercase(),
            "_é",
            &"é".repeat(60),
        ] {
            assert!(!pending.waits(other, &ours, start), "{other}");
            pending.consume(other);
        }
        assert!(pending.waits(&good, &ours, start));
    }

    #[test]
    fn what_was_answered_is_bounded_and_what_waits_is_not_kept() {
        let start: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let mut pending = Pending::default();
        let ours = ["ours".to_owned()];
        let at = |second| start + SignedDuration::from_secs(second);
        let first = pending.begin("ours", at(0)).unwrap();
        let second = pending.begin("ours", at(1)).unwrap();
        pending.consume(&first);
        pending.consume(&second);
        for _ in 0..ANSWERED_MAX {
            let id = pending.begin("theirs", at(2)).unwrap();
            pending.consume(&id);
        }
        assert_eq!(pending.answered.len(), ANSWERED_MAX);
        assert!(
            pending.waits(&first, &ours, at(2)),
            "the earliest is forgotten first"
        );
    }
}
