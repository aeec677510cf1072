//! Where the SP led the browser, and what it said on the way.

use control_api::idp::FaultSpec;
use url::{Origin, Url};

use super::Case;
use crate::agent::fence::Fence;
use crate::drive::Driven;
use crate::event::Hop;
use crate::scenario::DeliveryChanges;
use crate::sp_file::SpFile;
use crate::world;

/// How the faults begin whose point is where a RelayState leads.
const RELAY_STATE_FAULTS: &str = "bind-relaystate";

impl Case<'_> {
    /// What keeps the browser of an attack from being led away by the SP.
    pub(super) fn fence(
        &self,
        sp: &SpFile,
        reply_urls: &[String],
        idp: &[Origin],
        faults: &[FaultSpec],
        delivery: Option<&DeliveryChanges>,
    ) -> Fence {
        let own = [&sp.sign_on_url, &sp.reply_url, &sp.logout_url, &sp.whoami.url];
        let own = own.into_iter().flatten().chain(reply_urls);
        let known = own.filter_map(|address| world::origin(address));
        let headers = delivery.iter().flat_map(|changes| &changes.headers);
        let of_relay_state = |fault: &FaultSpec| fault.id.starts_with(RELAY_STATE_FAULTS);
        Fence {
            known: known.chain(idp.iter().cloned()).collect(),
            allowed: self.world.allow_hosts.clone(),
            lures: headers.map(|(_, value)| value.clone()).collect(),
            relay_state_lures: faults.iter().any(of_relay_state)
                || delivery.is_some_and(|changes| changes.relay_state.is_some()),
        }
    }
}

/// The SP's answer to the response, and those that carry its request: a redirect, or a page with a form.
pub(super) fn answers(hops: &[Hop], driven: &Driven, idp: &[Origin]) -> Vec<Hop> {
    let before = driven
        .delivery
        .as_ref()
        .map_or(hops.len(), |delivery| delivery.hops_before);
    let asks = |(number, hop): &(usize, &Hop)| {
        let is_idp = Url::parse(&hop.url).is_ok_and(|url| idp.contains(&url.origin()));
        let redirects = hop
            .location
            .as_deref()
            .is_some_and(|location| location.contains("SAMLRequest="));
        *number < before && !is_idp && (redirects || driven.asked_by_form == Some(*number))
    };
    let asked = hops.iter().enumerate().filter(asks).map(|(_, hop)| hop);
    let answered = driven
        .delivery
        .iter()
        .filter_map(|delivery| hops.get(delivery.hops_before));
    asked.chain(answered).cloned().collect()
}
