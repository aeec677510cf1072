//! The AADSTS registry: every code of entra-behaviour.md 7.2, in Entra's words where they are known.
//!
//! A row says where Entra shows the error and how it appears at this mock. What the mock cannot do by itself (an agent on
//! the premises, a risk that was detected, another cloud) can be armed: the fault `aadsts` stops a sign-on with
//! the row's code, on the page or form that Entra would show it on.

mod application;
mod policy;
mod request;
mod stop;
mod user;

pub(crate) use application::*;
pub(crate) use policy::*;
pub(crate) use request::*;
pub(crate) use stop::Stop;
pub(crate) use user::*;

/// Where Entra shows an error (entra-behaviour.md 7.2, column "where"; uncertain but where a report is cited there).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the error page: the sign-on is over.
    Page,
    /// On the sign-in form: the user may try again.
    Inline,
    /// A page of its own within the sign-in.
    Interrupt,
    /// In a failure response to the service provider (3.6).
    Sp,
    /// In the sign-in log alone.
    Log,
}

/// Whose words a row's message is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wording {
    /// As entra-behaviour.md quotes it: reported by users, or quoted by a Microsoft document as the message.
    Entra,
    /// Microsoft's list of error codes describes the error so; the message itself is not known (uncertain).
    Listed,
    /// The meaning alone is Microsoft's; the words are the mock's.
    Ours,
}

/// How an error appears at this mock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appears {
    /// An embedded scenario runs into it: its path, and it expects this code.
    Scenario(&'static str),
    /// On the way of a sign-on that may go on: the path of a scenario that passes it.
    OnTheWay(&'static str),
    /// A test of the router runs into it, since no service provider can: the test's name.
    Test(&'static str),
    /// Where it is armed by the fault `aadsts`.
    Armed,
    /// Not at all, for this reason.
    Absent(&'static str),
}

/// One row of the registry.
#[derive(Debug, PartialEq, Eq)]
pub struct Aadsts {
    /// The number after `AADSTS`.
    pub code: u32,
    /// Microsoft's symbol, where one is published.
    pub symbol: Option<&'static str>,
    /// Where it is shown.
    pub place: Place,
    /// Whose words the message is in.
    pub wording: Wording,
    /// How it appears.
    pub appears: Appears,
    /// What brings it about.
    pub trigger: &'static str,
    /// The message; what stands in braces is filled in.
    pub template: &'static str,
}

impl Aadsts {
    /// Whether its page is that of Conditional Access (entra-behaviour.md 7.1; 7.2 marks these four).
    pub(crate) fn is_conditional_access(&self) -> bool {
        matches!(self.code, 53_000..=53_003)
    }
}

/// The rows of one of the registry's tables.
#[derive(Debug)]
pub struct Group {
    /// Its title in entra-behaviour.md 7.2.
    pub title: &'static str,
    /// Its rows.
    pub rows: &'static [&'static Aadsts],
}

/// The whole registry, in the tables of entra-behaviour.md 7.2.
pub const REGISTRY: &[Group] = &[
    Group {
        title: "Request form and binding",
        rows: request::ROWS,
    },
    Group {
        title: "Application and tenant",
        rows: application::ROWS,
    },
    Group {
        title: "User, credential, session",
        rows: user::ROWS,
    },
    Group {
        title: "Assignment, consent, policy, sign-out",
        rows: policy::ROWS,
    },
];

/// Every row.
pub(crate) fn all() -> impl Iterator<Item = &'static Aadsts> {
    REGISTRY.iter().flat_map(|group| group.rows).copied()
}

/// The number in `AADSTS50058` or `50058`.
pub(crate) fn code_number(text: &str) -> Option<u32> {
    let digits = text.trim();
    let digits = match digits.get(..PREFIX.len()) {
        Some(start) if start.eq_ignore_ascii_case(PREFIX) => &digits[PREFIX.len()..],
        _ => digits,
    };
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| all_digits)
}

const PREFIX: &str = "AADSTS";

/// The row of a code, written `AADSTS50058` or `50058`.
pub(crate) fn find(text: &str) -> Option<&'static Aadsts> {
    let code = code_number(text)?;
    all().find(|row| row.code == code)
}

const fn symbol(text: &'static str) -> Option<&'static str> {
    if text.is_empty() { None } else { Some(text) }
}

/// A table of rows: `[NAME =] code "symbol" Place Wording, Appears, "trigger", "message";`. What the mock itself stops
/// with has a name.
macro_rules! rows {
    (@pick [$name:ident] $row:expr) => { $name };
    (@pick [] $row:expr) => { $row };
    ($($($name:ident =)? $code:literal $symbol:literal $place:ident $wording:ident, $appears:expr, $trigger:literal, $template:literal;)+) => {
        $($(
            #[doc = $trigger]
            pub(crate) const $name: &$crate::errors::Aadsts = &$crate::errors::Aadsts {
                code: $code,
                symbol: $crate::errors::symbol($symbol),
                place: $crate::errors::Place::$place,
                wording: $crate::errors::Wording::$wording,
                appears: $appears,
                trigger: $trigger,
                template: $template,
            };
        )?)+

        /// The table's rows.
        pub(super) const ROWS: &[&$crate::errors::Aadsts] = &[$(
            $crate::errors::rows!(@pick [$($name)?] &$crate::errors::Aadsts {
                code: $code,
                symbol: $crate::errors::symbol($symbol),
                place: $crate::errors::Place::$place,
                wording: $crate::errors::Wording::$wording,
                appears: $appears,
                trigger: $trigger,
                template: $template,
            })
        ),+];
    };
}
use rows;

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn codes_are_unique_and_messages_are_sentences() {
        let codes: BTreeSet<_> = all().map(|row| row.code).collect();
        assert_eq!(codes.len(), all().count());
        for row in all() {
            assert!(row.template.ends_with('.'), "{row:?}");
            assert!(row.trigger.ends_with('.'), "{row:?}");
            assert_ne!(row.symbol, Some(""), "{row:?}");
        }
    }

    /// The specification's table is the list: a number that stands there has a row, and a row stands there.
    #[test]
    fn the_registry_is_the_table_of_the_specification() {
        let page = include_str!("../../docs/entra-behaviour.md");
        let table = page
            .split_once("### 7.2 ")
            .and_then(|(_, rest)| rest.split_once("### 7.3 "))
            .map(|(table, _)| table)
            .expect("section 7.2");
        let mut listed = BTreeSet::new();
        for cell in table.lines().filter_map(|line| line.strip_prefix("| ")) {
            let cell = cell.split(" |").next().unwrap_or_default();
            let ranges: BTreeMap<_, &[u32]> = BTreeMap::from([
                // What Microsoft publishes of these ranges.
                (
                    "80001–80014",
                    &[80_001, 80_002, 80_005, 80_007, 80_010, 80_012, 80_013, 80_014][..],
                ),
                (
                    "81004–81012",
                    &[81_004, 81_005, 81_006, 81_007, 81_009, 81_010, 81_011, 81_012][..],
                ),
            ]);
            match ranges.get(cell) {
                Some(codes) => listed.extend(codes.iter().copied()),
                None => listed.extend(cell.split(" / ").filter_map(|code| code.parse::<u32>().ok())),
            }
        }
        let registered: BTreeSet<_> = all().map(|row| row.code).collect();
        assert_eq!(listed, registered);
    }

    /// entra-behaviour.md 7.2: the user's own errors are shown on the form, everything else on the page.
    #[test]
    fn only_the_users_errors_are_inline() {
        let inline: Vec<_> = all()
            .filter(|row| row.place == Place::Inline && !(80_001..=80_014).contains(&row.code))
            .map(|row| row.code)
            .collect();
        assert_eq!(inline, [50_034, 50_126, 50_056, 50_064, 50_053, 50_057, 500_121]);
    }

    /// What users have reported is what a service provider will meet: each has a scenario.
    #[test]
    fn what_was_observed_has_a_scenario() {
        for code in [
            750_054, 750_055, 750_056, 7_500_525, 7_500_511, 7_500_522, 7_500_529, 7_500_530, 75_008, 75_011,
            900_235, 900_236, 700_016, 650_056, 50_011, 500_113, 90_002, 900_023, 50_058, 50_105, 53_003,
        ] {
            let row = all().find(|row| row.code == code);
            assert!(
                matches!(row.map(|row| row.appears), Some(Appears::Scenario(_))),
                "{code}"
            );
        }
    }

    #[test]
    fn a_code_is_found_with_and_without_its_prefix() {
        for text in ["AADSTS50105", "aadsts50105", "50105", " AADSTS50105 "] {
            assert_eq!(find(text), Some(NOT_ASSIGNED), "{text}");
        }
        for text in ["", "AADSTS", "+50105", "5010", "AADSTS501050", "é50105", "AADSTé"] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn a_value_with_braces_is_not_filled_in_again() {
        let stop = Stop::new(
            APPLICATION_NOT_FOUND,
            &[("issuer", "{tenant}"), ("tenant", "Contoso")],
        );
        assert!(
            stop.text()
                .starts_with("AADSTS700016: Application with identifier '{tenant}' was not found in the directory 'Contoso'."),
            "{}",
            stop.text()
        );
    }
}
