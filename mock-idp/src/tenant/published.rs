//! What the federation metadata does not show yet: changes of certificates reach it `metadata_lag` after they were made,
//! while signing changes at once (entra-behaviour.md 5: allow 5 to 10 minutes; VAL).
//!
//! Nothing is kept of a tenant without a lag, nor of what is published.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use control_api::clock::moved;
use jiff::Timestamp;
use uuid::Uuid;

use super::Tenant;
use super::certificates::ListedCertificate;
use crate::limits::UNPUBLISHED_MAX;

/// The applications whose metadata is behind, by application id.
#[derive(Default)]
pub(super) struct Published {
    behind: HashMap<Uuid, Behind>,
}

/// An application whose metadata is behind.
struct Behind {
    /// What the metadata shows.
    shown: Vec<ListedCertificate>,
    /// What it will show, and from when; in the order of the changes.
    waiting: VecDeque<(Timestamp, Vec<ListedCertificate>)>,
}

impl Published {
    /// Notes that the tenant `before` became `after` at `now`. Without a lag everything is published at once; so is a new
    /// application, of which no older metadata is known.
    pub(super) fn note(&mut self, before: &Tenant, after: &Tenant, now: Timestamp) {
        let Some(due) = after
            .file
            .tenant
            .metadata_lag
            .as_deref()
            .and_then(|lag| moved(now, lag).ok())
        else {
            self.behind.clear();
            return;
        };
        self.behind.retain(|id, _| after.app(*id).is_some());
        for app in &after.apps {
            let Some(old) = before.app(app.id) else { continue };
            if is_same(&old.certificates, &app.certificates) {
                continue;
            }
            let behind = self.behind.entry(app.id).or_insert_with(|| Behind {
                shown: old.certificates.clone(),
                waiting: VecDeque::new(),
            });
            behind.settle(now);
            if behind.waiting.len() >= UNPUBLISHED_MAX {
                behind.waiting.pop_front();
            }
            behind.waiting.push_back((due, app.certificates.clone()));
        }
    }

    /// What the metadata of an application shows at `now`; `None`: what the application has.
    pub(super) fn certificates(&mut self, app: Uuid, now: Timestamp) -> Option<Vec<ListedCertificate>> {
        let behind = self.behind.get_mut(&app)?;
        behind.settle(now);
        if behind.waiting.is_empty() {
            self.behind.remove(&app);
            return None;
        }
        Some(behind.shown.clone())
    }
}

impl Behind {
    /// Shows the newest change that is due, which holds those before it. What was shown once stays, though the clock is set
    /// back.
    fn settle(&mut self, now: Timestamp) {
        if let Some(newest) = self.waiting.iter().rposition(|(due, _)| *due <= now) {
            let mut due = self.waiting.drain(..=newest);
            if let Some((_, shown)) = due.next_back() {
                self.shown = shown;
            }
        }
    }
}

fn is_same(left: &[ListedCertificate], right: &[ListedCertificate]) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).all(|(left, right)| {
            left.active == right.active && Arc::ptr_eq(&left.certificate, &right.certificate)
        })
}
