//! Conditional claims (entra-behaviour.md 4.3).

use control_api::tenant::{ConditionEntry, ConditionUserType, Home, Origin};

use super::sources::Subject;
use super::transform::{Inputs, outcome};

/// What a claim or the NameID gets its value from.
#[derive(Debug)]
pub(crate) struct Chosen<'a, T> {
    pub(crate) value: T,
    pub(crate) origin: &'a Origin,
    /// The condition's number, from 1; `None`: no condition gave a value, and this is what stands beside them.
    pub(crate) condition: Option<usize>,
}

/// What a claim carries: of the conditions that the user meets and that give a value the last one's, first all with an
/// attribute, then all with a transformation; without any, what the claim says itself. `None` where there is nothing.
pub(crate) fn values<'a>(
    subject: &Subject<'_>,
    origin: Option<&'a Origin>,
    conditions: &'a [ConditionEntry],
) -> Option<Chosen<'a, Vec<String>>> {
    chosen(
        origin,
        conditions,
        |condition| meets(subject, condition),
        |origin| Some(read(subject, origin)).filter(|values| !values.is_empty()),
    )
}

/// The rule alone; `read` gives `None` where a source is empty.
pub(crate) fn chosen<'a, T>(
    origin: Option<&'a Origin>,
    conditions: &'a [ConditionEntry],
    meets: impl Fn(&ConditionEntry) -> bool,
    read: impl Fn(&'a Origin) -> Option<T>,
) -> Option<Chosen<'a, T>> {
    let numbered = conditions.iter().zip(1_usize..);
    let (transformations, attributes): (Vec<_>, Vec<_>) =
        numbered.partition(|(condition, _)| condition.origin.is_transformation());
    // The last that matches wins, so they are tried from behind.
    let rows = transformations
        .into_iter()
        .rev()
        .chain(attributes.into_iter().rev());
    rows.filter(|(condition, _)| meets(condition))
        .map(|(condition, number)| (&condition.origin, Some(number)))
        .chain(origin.map(|origin| (origin, None)))
        .find_map(|(origin, condition)| {
            read(origin).map(|value| Chosen {
                value,
                origin,
                condition,
            })
        })
}

fn read(subject: &Subject<'_>, origin: &Origin) -> Vec<String> {
    match origin {
        Origin::Source(source) => subject.emitted(source),
        Origin::Value(value) => Some(value.clone())
            .filter(|value| !value.is_empty())
            .into_iter()
            .collect(),
        Origin::Transform(transform) => {
            let inputs = Inputs {
                read: &|source| subject.values(source),
                name_id_domains: None,
            };
            outcome(transform, &inputs)
        }
    }
}

/// Whether the user is of the condition's type and in one of its groups. That nested membership counts is uncertain.
pub(crate) fn meets(subject: &Subject<'_>, condition: &ConditionEntry) -> bool {
    let is_guest = subject.user.is_guest();
    let home = subject.user.entry.home.as_ref();
    let is_type = match condition.user_type {
        ConditionUserType::Any => true,
        ConditionUserType::Members => !is_guest,
        ConditionUserType::AllGuests => is_guest,
        ConditionUserType::EntraGuests => is_guest && matches!(home, Some(Home::Entra(_))),
        ConditionUserType::ExternalGuests => {
            is_guest && matches!(home, Some(Home::Microsoft | Home::Google | Home::Otp))
        }
    };
    let is_member = |group: &String| {
        let group = subject.tenant.directory.group(group);
        group.is_some_and(|group| subject.groups().binary_search(&group).is_ok())
    };
    is_type && (condition.groups.is_empty() || condition.groups.iter().any(is_member))
}

#[cfg(test)]
mod tests {
    use super::*;
    use control_api::tenant::{Function, Source, Transform};
    use proptest::prelude::*;

    /// A row: whether it is a transformation, whether the user meets it, whether it gives a value.
    type Row = (bool, bool, bool);

    fn condition(place: usize, row: Row) -> ConditionEntry {
        let origin = if row.0 {
            Origin::Transform(Box::new(Transform {
                function: Function::Extract {
                    after: Some(place.to_string()),
                    before: None,
                },
                input: Some(Source::parse("user.mail").unwrap()),
                multivalued: false,
                then: None,
            }))
        } else {
            Origin::Value(place.to_string())
        };
        ConditionEntry {
            user_type: ConditionUserType::Any,
            groups: Vec::new(),
            origin,
        }
    }

    proptest! {
        /// Against the document's words: attributes, then transformations, each from top to bottom; the last match is
        /// what is sent, and one that is empty is ignored.
        #[test]
        fn the_last_match_wins(rows in prop::collection::vec(any::<Row>(), 0..8), default in any::<bool>()) {
            let conditions: Vec<_> = rows.iter().enumerate().map(|(place, row)| condition(place, *row)).collect();
            let place = |origin: &Origin| match origin {
                Origin::Value(text) => text.parse::<usize>().ok(),
                Origin::Transform(transform) => match &transform.function {
                    Function::Extract { after: Some(text), .. } => text.parse().ok(),
                    _ => None,
                },
                Origin::Source(_) => None,
            };
            let own = Origin::Source(Source::parse("user.mail").unwrap());
            let found = chosen(
                default.then_some(&own),
                &conditions,
                |condition| place(&condition.origin).is_some_and(|place| rows[place].1),
                |origin| match place(origin) {
                    Some(place) if rows[place].2 => Some(Some(place)),
                    Some(_) => None,
                    None => Some(None),
                },
            );
            let mut expected = default.then_some(None);
            for kind in [false, true] {
                for (place, (is_transformation, is_met, has_value)) in rows.iter().enumerate() {
                    if *is_transformation == kind && *is_met && *has_value {
                        expected = Some(Some(place));
                    }
                }
            }
            // Conditions are numbered from 1.
            prop_assert!(found.iter().all(|found| found.condition == found.value.map(|place| place + 1)));
            prop_assert_eq!(found.map(|found| found.value), expected);
        }
    }
}
