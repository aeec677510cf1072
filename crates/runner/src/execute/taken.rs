//! Whom the SP took the user for, held against everybody of the tenant: what an attack gained.

use std::fmt::Write as _;

use control_api::catalogue;
use control_api::idp::{FaultSpec, UserInfo};

use crate::probe::Seen;
use crate::verdict::Outcome;

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

/// Whom an attack wants to be that names nobody: the first other member with a mail.
pub(super) fn first_other<'u>(users: &'u [UserInfo], own: Option<&UserInfo>) -> Option<&'u UserInfo> {
    users.iter().find(|user| {
        let is_other = own.is_none_or(|own| own.object_id != user.object_id);
        is_other && user.account_enabled && user.mail.is_some() && !user.upn.contains(GUEST)
    })
}

/// The outcome of a sign-on whose response carried faults. Somebody else is named where the tenant knows who it is; and
/// the user is not signed in as such where the SP shows a fact of somebody else's beside the one that the probe reads.
pub(super) fn recognised(
    outcome: Outcome,
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
    match outcome {
        Outcome::SomebodyElse { expected, actual, .. } => Outcome::SomebodyElse {
            user: other_with(&actual),
            expected,
            actual,
        },
        Outcome::SignedIn => {
            let facts = seen.map(facts).unwrap_or_default();
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
) -> Option<String> {
    match outcome {
        Outcome::SignedIn => Some(match own {
            Some(own) => format!("{}, who signed in", own.upn),
            None => "who signed in".to_owned(),
        }),
        Outcome::SomebodyElse { actual, user, .. } => {
            let Some(upn) = user else {
                return Some(format!("`{actual}`, who is nobody of the tenant"));
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

/// What the SP shows of who is signed in.
fn facts(seen: &Seen) -> Vec<&str> {
    let attributes = seen.attributes.iter().flat_map(|all| all.values().flatten());
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
            let outcome = recognised(outcome, Some(&seen), users.first(), &users);
            let told = taken_for(&outcome, users.first(), users.get(3));
            assert_eq!(told.as_deref(), Some(expected));
        }
        let refused = Outcome::Refused {
            rejection: None,
            crash: None,
        };
        assert_eq!(recognised(refused.clone(), None, None, &users), refused);
        assert_eq!(taken_for(&refused, None, None), None);
    }
}
