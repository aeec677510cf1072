//! Faults of the encryption: somebody else could read the assertion.

use super::Recipient;

pub(super) fn wrong_key(recipient: &mut Recipient) {
    *recipient = Recipient::Attacker;
}
