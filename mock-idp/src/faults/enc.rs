//! Encryption of the assertion.

use super::{Action, Recipient};

pub(super) const ACTIONS: &[(&str, Action)] = &[("enc-wrong-key", Action::Encryption(wrong_key))];

fn wrong_key(recipient: &mut Recipient) {
    *recipient = Recipient::Attacker;
}
