//! What each way of each fault changes: lines of [`super::changed::differences`].

mod actx;
mod attributes;
mod cond;
mod env;
mod nid;
mod subj;

/// The fault's id with its variant, and what is changed.
pub(crate) type Row = (&'static str, &'static [&'static str]);

/// By group.
pub(crate) const EXPECTED: &[&[Row]] = &[
    actx::ROWS,
    attributes::ROWS,
    cond::ROWS,
    env::ROWS,
    nid::ROWS,
    subj::ROWS,
];
