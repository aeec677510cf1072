//! Faults of the encryption: somebody else could read the assertion.

use super::{EncryptionPlan, Recipient};

pub(super) fn wrong_key(plan: &mut EncryptionPlan) {
    plan.recipient = Recipient::Attacker;
}
