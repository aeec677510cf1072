//! The admin center, used as a person uses it: links by their text, fields by their labels, buttons by their names. A
//! label that goes missing fails.

mod admin;
mod assignments;
mod claims_test;
mod crawl;
mod groups;
mod guard;
mod guests;
mod robust;
mod users;

pub(crate) use admin::Admin;
