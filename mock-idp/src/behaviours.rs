//! What of entra-behaviour.md the mock does, fact by fact, with what shows that it does: docs/behaviours.md.
//!
//! Sections 1 to 8. Section 7's codes have a table of their own ([`crate::REGISTRY`]), and so have the conflicts of section 0
//! ([`control_api::tenant::CONFLICTS`]).

mod rows;

pub use rows::BEHAVIOURS;

/// One fact.
#[derive(Clone, Copy, Debug)]
pub struct Behaviour {
    /// Where entra-behaviour.md says it.
    pub section: &'static str,
    /// What it is.
    pub text: &'static str,
    /// Whether it is uncertain there, or the mock had to choose.
    pub is_uncertain: bool,
    /// What shows it.
    pub witness: Witness,
}

/// What shows that the mock does something.
#[derive(Clone, Copy, Debug)]
pub enum Witness {
    /// A test: its file from the root of the repository, and its name.
    Test(&'static str, &'static str),
    /// An embedded scenario, by its path.
    Scenario(&'static str),
    /// Nothing: the mock does not do it, for this reason.
    Absent(&'static str),
}
