//! The admin center, used as a person uses it: links by their text, fields by their labels, buttons by their names. A
//! label that goes missing fails.

mod admin;
mod apps;
mod assignments;
mod basic;
mod certificates;
mod claims;
mod claims_test;
mod crawl;
mod encryption;
mod groups;
mod guard;
mod guests;
mod instructions;
mod resolving;
mod robust;
mod saml_configuration;
mod test_button;
mod too_many;
mod users;
mod verification;

pub(crate) use admin::Admin;
