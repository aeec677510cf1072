//! What Conditional Access and per-user multifactor authentication demand of a user (entra-behaviour.md 7.2, 7.3).

use control_api::tenant::Grant;
use uuid::Uuid;

use crate::errors::{self, Aadsts, Stop};
use crate::tenant::{Tenant, User};

/// What stands between a user and an application.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Demands {
    /// Why the user is refused, whatever the factors.
    pub(crate) refusal: Option<Stop>,
    /// Whether a second factor is needed.
    pub(crate) second_factor: bool,
}

/// Refusals, the first that applies first: a block outweighs everything else.
const REFUSALS: [(Grant, &Aadsts); 4] = [
    (Grant::Block, errors::BLOCKED),
    (Grant::CompliantDevice, errors::DEVICE_NOT_COMPLIANT),
    (Grant::HybridJoinedDevice, errors::DEVICE_NOT_JOINED),
    (Grant::ApprovedApp, errors::APP_NOT_APPROVED),
];

impl Demands {
    /// Of every policy that applies. `app` is an application id; `None` is My Apps, to which the policies for all
    /// applications apply.
    pub(crate) fn of(tenant: &Tenant, user: &User, app: Option<Uuid>) -> Self {
        let applies = |grant| {
            let mut policies = tenant.policies.iter();
            policies.any(|policy| policy.grant == grant && policy.applies_to(user.id, app))
        };
        let refusal = REFUSALS.iter().find(|(grant, _)| applies(*grant));
        Self {
            refusal: refusal.map(|(_, row)| Stop::new(row, &[])),
            second_factor: user.entry.mfa || applies(Grant::Mfa),
        }
    }
}
