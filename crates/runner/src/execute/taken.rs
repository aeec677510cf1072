//! Whom the SP took the user for, held against everybody of the tenant: what an attack gained.

use std::fmt::Write as _;

use control_api::catalogue::{self, Stage};
use control_api::idp::{FaultSpec, UserInfo};

use crate::facts::ResponseFacts;
use crate::probe::Seen;
use crate::sp_file::Match;
use crate::text::{printable, shortened};
use crate::verdict::{IDENTITY_CHARACTERS_MAX, Outcome};

/// The parameter of a fault that names whom the attack wants to be.
const VICTIM: &str = "victim";

/// What is in a guest's UPN and in no member's.
const GUEST: &str = "#EXT#";

/// Whom the faults want to be: the user that one names, else the one whom the identity provider takes where none is named.
pub(super) fn victim<'u>(
    faults: &[FaultSpec],
    users: &'u [UserInfo],
    signed_in: Option<&UserInfo>,
) -> Option<&'u UserInfo> {
    let takes_victim = |spec: &&FaultSpec| {
        let parameters = catalogue::fault(&spec.id).map(|(_, fault)| fault.parameters.as_slice());
        parameters
            .unwrap_or_default()
            .iter()
            .any(|one| one.name == VICTIM)
    };
    let spec = faults.iter().find(takes_victim)?;
    match spec.parameters.get(VICTIM) {
        Some(name) => users.iter().find(|user| user.is_called(name)),
        None => first_other(users, signed_in),
    }
}

/// Whether `fact` is among what the identity provider said, which is told in a form that may be shown.
fn is_among(said: &[&str], fact: &str) -> bool {
    let fact = printable(fact);
    said.contains(&fact.trim())
}

/// Whom an attack wants to be that names nobody: the first other member with a mail.
pub(super) fn first_other<'u>(users: &'u [UserInfo], own: Option<&UserInfo>) -> Option<&'u UserInfo> {
    users.iter().find(|user| {
        let is_other = own.is_none_or(|own| own.object_id != user.object_id);
        is_other && user.account_enabled && user.mail.is_some() && !user.upn.contains(GUEST)
    })
}

/// What the identity provider itself says in a response that it signed after every fault had acted; nothing where a fault
/// acted later, or where it cannot be read.
pub(super) fn said<'f>(faults: &[FaultSpec], response: Option<&'f ResponseFacts>) -> Vec<&'f str> {
    let is_value =
        |spec: &FaultSpec| catalogue::fault(&spec.id).is_some_and(|(_, fault)| fault.stage == Stage::Value);
    let facts = response.filter(|_| faults.iter().all(is_value));
    let facts = facts.map_or(&[][..], |response| response.facts.as_slice());
    facts.iter().map(|(_, value)| value.trim()).collect()
}

/// The outcome of a sign-on whose response carried faults. Somebody else is named where the tenant knows who it is; and
/// the user is not signed in as such where the SP shows a fact of somebody else's beside the one that the probe reads.
/// What the identity provider `said` is another matter: a new name of the user's is the user's, where nobody else has it,
/// and an attribute of which it said two values, one the user's, is shown with both.
pub(super) fn recognised(
    outcome: Outcome,
    matches: Match,
    said: &[&str],
    seen: Option<&Seen>,
    own: Option<&UserInfo>,
    users: &[UserInfo],
) -> Outcome {
    let is_other = |user: &&UserInfo| own.is_none_or(|own| own.object_id != user.object_id);
    let other_with = |fact: &str| {
        let others = users.iter().filter(is_other);
        others
            .filter(|user| has(user, fact))
            .map(|user| user.upn.clone())
            .next()
    };
    let is_both = |values: &[String]| {
        let is_own = |value: &String| own.is_some_and(|own| has(own, value));
        let was_said = |value: &String| is_among(said, value);
        values.len() > 1 && values.iter().any(is_own) && values.iter().all(was_said)
    };
    match outcome {
        Outcome::SomebodyElse { expected, actual, .. } => {
            let user = other_with(&actual);
            if user.is_none() && matches != Match::NameId && is_among(said, &actual) {
                return Outcome::SignedIn;
            }
            Outcome::SomebodyElse {
                user,
                expected,
                actual,
            }
        }
        Outcome::SignedIn => {
            let facts = seen.map(|seen| facts(seen, is_both)).unwrap_or_default();
            let found = facts.into_iter().find_map(|fact| Some((fact, other_with(fact)?)));
            match (found, seen) {
                (Some((fact, user)), Some(seen)) => Outcome::SomebodyElse {
                    expected: seen.identity.clone(),
                    actual: fact.to_owned(),
                    user: Some(user),
                },
                _ => Outcome::SignedIn,
            }
        }
        other => other,
    }
}

/// Whom the SP took the user for, in words that follow "for".
pub(super) fn taken_for(
    outcome: &Outcome,
    own: Option<&UserInfo>,
    victim: Option<&UserInfo>,
    seen: Option<&Seen>,
) -> Option<String> {
    match outcome {
        Outcome::SignedIn => Some(match (own, seen) {
            (Some(own), _) => format!("{}, who signed in", own.upn),
            // A response that is posted again: nobody signed in for it.
            (None, Some(seen)) => {
                let shown = shortened(&seen.identity, IDENTITY_CHARACTERS_MAX);
                format!("`{shown}`, for whom the response was made")
            }
            (None, None) => "somebody".to_owned(),
        }),
        Outcome::SomebodyElse { actual, user, .. } => {
            let Some(upn) = user else {
                let shown = shortened(actual, IDENTITY_CHARACTERS_MAX);
                return Some(format!("`{shown}`, who is nobody of the tenant"));
            };
            let mut words = upn.clone();
            let is_victim = victim.is_some_and(|victim| victim.upn == *upn);
            let relation = if is_victim {
                "whom the attack wanted to be"
            } else {
                "another user of the tenant"
            };
            let _ = write!(words, ", {relation}");
            Some(words)
        }
        _ => None,
    }
}

/// What the SP shows of who is signed in, without the attributes that are left out.
fn facts(seen: &Seen, left_out: impl Fn(&[String]) -> bool) -> Vec<&str> {
    let attributes = seen.attributes.iter().flat_map(|all| all.values());
    let attributes = attributes.filter(|values| !left_out(values)).flatten();
    let facts = seen.name_id.iter().chain(attributes);
    facts.map(String::as_str).collect()
}

/// Whether a fact is this user's; case does not matter.
fn has(user: &UserInfo, fact: &str) -> bool {
    let facts = [Some(&user.upn), Some(&user.object_id), user.mail.as_ref()];
    let fact = fact.trim();
    facts
        .into_iter()
        .flatten()
        .any(|one| one.to_lowercase() == fact.to_lowercase())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn user(name: &str, mail: Option<&str>) -> UserInfo {
        UserInfo {
            upn: format!("{name}@c.example"),
            object_id: format!("id-{name}"),
            display_name: name.to_owned(),
            given_name: None,
            surname: None,
            mail: mail.map(ToOwned::to_owned),
            country: None,
            password: String::new(),
            mfa_code: String::new(),
            account_enabled: true,
        }
    }

    fn users() -> Vec<UserInfo> {
        vec![
            user("M", Some("m@x.example")),
            user("g#EXT#", Some("g@x.example")),
            user("N", None),
            user("V", Some("v@x.example")),
            user("W", Some("w@x.example")),
        ]
    }

    fn fault(id: &str, victim: Option<&str>) -> FaultSpec {
        let parameters = victim.map(|name| (VICTIM.to_owned(), name.to_owned()));
        FaultSpec {
            id: id.to_owned(),
            parameters: parameters.into_iter().collect(),
        }
    }

    #[test]
    fn the_victim_is_named_or_the_first_other_member_with_a_mail() {
        let users = users();
        for (faults, expected) in [
            (
                vec![fault("cond-expired", None), fault("xsw-3", None)],
                Some("V@c.example"),
            ),
            (vec![fault("xsw-3", Some("w"))], Some("W@c.example")),
            (vec![fault("xsw-3", Some("nobody"))], None),
            (vec![fault("cond-expired", None)], None),
        ] {
            let found = victim(&faults, &users, users.first());
            assert_eq!(found.map(|user| user.upn.as_str()), expected, "{faults:?}");
        }
    }

    #[test]
    fn the_sp_is_told_whom_it_took_the_user_for() {
        let users = users();
        let other = |actual: &str| Outcome::SomebodyElse {
            expected: "m@x.example".to_owned(),
            actual: actual.to_owned(),
            user: None,
        };
        let shows = |name_id: Option<&str>, attribute: &str| Seen {
            identity: "m@x.example".to_owned(),
            name_id: name_id.map(ToOwned::to_owned),
            attributes: Some(BTreeMap::from([("a".to_owned(), vec![attribute.to_owned()])])),
            ..Seen::default()
        };
        for (outcome, seen, expected) in [
            (
                Outcome::SignedIn,
                shows(Some("M@C.example"), "m@x.example"),
                "M@c.example, who signed in",
            ),
            (
                Outcome::SignedIn,
                shows(Some("V@C.EXAMPLE"), "x"),
                "V@c.example, whom the attack wanted to be",
            ),
            (
                Outcome::SignedIn,
                shows(None, "id-W"),
                "W@c.example, another user of the tenant",
            ),
            (
                other(" v@x.example"),
                shows(None, "x"),
                "V@c.example, whom the attack wanted to be",
            ),
            (
                other("admin"),
                shows(None, "x"),
                "`admin`, who is nobody of the tenant",
            ),
        ] {
            let outcome = recognised(outcome, Match::Upn, &[], Some(&seen), users.first(), &users);
            let told = taken_for(&outcome, users.first(), users.get(3), None);
            assert_eq!(told.as_deref(), Some(expected));
        }
        let refused = Outcome::Refused {
            rejection: None,
            crash: None,
        };
        let same = recognised(refused.clone(), Match::Upn, &[], None, None, &users);
        assert_eq!(same, refused);
        assert_eq!(taken_for(&refused, None, None, None), None);
        let again = taken_for(&Outcome::SignedIn, None, None, Some(&shows(None, "x")));
        assert_eq!(
            again.as_deref(),
            Some("`m@x.example`, for whom the response was made")
        );
    }

    #[test]
    fn a_name_that_the_identity_provider_says_is_the_users_own_where_nobody_else_has_it() {
        let users = users();
        let other = |actual: &str| Outcome::SomebodyElse {
            expected: "m@c.example".to_owned(),
            actual: actual.to_owned(),
            user: None,
        };
        for (actual, matches, said, is_signed_in) in [
            ("\u{43c}@c.example", Match::Upn, vec!["\u{43c}@c.example"], true),
            ("\u{43c}@c.example", Match::Upn, vec!["m@c.example"], false),
            (
                "\u{202e}m@c.example",
                Match::Upn,
                vec!["\u{fffd}m@c.example"],
                true,
            ),
            ("v@c.example", Match::Upn, vec!["v@c.example"], false),
            (
                "\u{43c}@c.example",
                Match::NameId,
                vec!["\u{43c}@c.example"],
                false,
            ),
        ] {
            let outcome = recognised(other(actual), matches, &said, None, users.first(), &users);
            assert_eq!(outcome == Outcome::SignedIn, is_signed_in, "{actual} {said:?}");
        }
    }

    #[test]
    fn two_values_that_the_identity_provider_says_of_one_attribute_are_nobody_elses() {
        let users = users();
        let both = ["m@x.example", "v@x.example"];
        for (values, said, is_signed_in) in [
            (&both[..], &both[..], true),
            (&both[..], &both[..1], false),
            (&both[1..], &both[..], false),
        ] {
            let values = values.iter().map(ToString::to_string).collect();
            let seen = Seen {
                attributes: Some(BTreeMap::from([("a".to_owned(), values)])),
                ..Seen::default()
            };
            let signed_in = Outcome::SignedIn;
            let outcome = recognised(signed_in, Match::NameId, said, Some(&seen), users.first(), &users);
            assert_eq!(outcome == Outcome::SignedIn, is_signed_in, "{said:?}");
        }
    }

    #[test]
    fn only_what_is_signed_after_every_fault_is_said_by_the_identity_provider() {
        let response = ResponseFacts {
            facts: vec![("NameID".to_owned(), " V ".to_owned())],
            ..ResponseFacts::default()
        };
        for (faults, expected) in [
            (vec![fault("nid-homoglyph", None)], vec!["V"]),
            (vec![fault("nid-homoglyph", None), fault("xsw-3", None)], vec![]),
            (vec![fault("no-such-fault", None)], vec![]),
        ] {
            assert_eq!(said(&faults, Some(&response)), expected, "{faults:?}");
        }
        assert!(said(&[fault("nid-homoglyph", None)], None).is_empty());
    }
}
