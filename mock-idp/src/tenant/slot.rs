//! The running tenants: what a tenant is now, its clock, its keyring and what waits for it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use control_api::clock::Clock;
use control_api::idp::{ArmFaults, ArmedFaults};
use control_api::tenant::{AssignmentEntry, TenantFile, UserEntry};
use jiff::Timestamp;
use uuid::Uuid;

use super::certificates::{AppCertificate, ListedCertificate, Vault};
use super::imports::Imports;
use super::keyring::Keyring;
use super::mails::Mails;
use super::published::Published;
use super::resolve::derived_tenant_id;
use super::{App, Tenant, TenantError, fill_in_sp, resolve};
use crate::errors::Aadsts;
use crate::faults::About;
use crate::limits::TENANTS_MAX;
use crate::{SpEvents, SpLink, faults, world};

/// A running tenant.
pub(crate) struct Slot {
    /// Tenant id.
    pub(crate) id: Uuid,
    state: Mutex<State>,
}

/// What changes about a tenant.
pub(crate) struct State {
    /// The tenant as it is now.
    pub(crate) tenant: Arc<Tenant>,
    /// Its clock.
    pub(crate) clock: Clock,
    /// Every certificate it has or had.
    pub(crate) keyring: Keyring,
    /// Faults that wait for a response, oldest first.
    pub(crate) armed: VecDeque<Armed>,
    /// How many sets of faults were ever armed.
    pub(crate) armed_ever: u64,
    /// How many of them had been when all were disarmed last: up to this number none comes back.
    disarmed_to: u64,
    /// Deleted users that can be restored, oldest first.
    pub(crate) deleted: VecDeque<DeletedUser>,
    /// What the start page shows beside each application.
    pub(crate) links: Vec<SpLink>,
    /// What its service provider recorded.
    pub(crate) sp_events: Option<SpEvents>,
    /// The mails that Entra would have sent.
    mails: Mails,
    /// Changes of certificates that the metadata does not show yet.
    published: Published,
    sp: Option<String>,
    /// Whether it began without applications: then the set-up guides are followed in it.
    pub(crate) is_for_guides: bool,
}

/// A deleted user with all that referred to it.
pub(crate) struct DeletedUser {
    /// The entry, its object id written down.
    pub(crate) entry: UserEntry,
    /// Display names of the groups it was a direct member of.
    pub(crate) groups: Vec<String>,
    /// Direct assignments, with the application's name.
    pub(crate) assignments: Vec<(String, AssignmentEntry)>,
}

/// A tenant at one instant of its clock: what a request works with.
#[derive(Clone, Debug)]
pub(crate) struct View {
    /// The tenant.
    pub(crate) tenant: Arc<Tenant>,
    /// What its clock shows.
    pub(crate) now: Timestamp,
}

impl Slot {
    /// Disarms what has this number; whether anything had.
    pub(crate) fn disarm(&self, number: u64) -> bool {
        let mut state = self.lock();
        let before = state.armed.len();
        state.armed.retain(|armed| armed.number != number);
        state.armed.len() < before
    }

    fn new(tenant: Tenant, clock: Clock, keyring: Keyring, sp: Option<String>) -> Self {
        let id = tenant.id;
        let mails = Mails::from(clock.now(world::now()));
        let state = State {
            is_for_guides: tenant.apps.is_empty(),
            tenant: Arc::new(tenant),
            clock,
            keyring,
            armed: VecDeque::new(),
            armed_ever: 0,
            disarmed_to: 0,
            deleted: VecDeque::new(),
            links: Vec::new(),
            sp_events: None,
            mails,
            published: Published::default(),
            sp,
        };
        Self {
            id,
            state: Mutex::new(state),
        }
    }

    /// Locks the tenant; nothing slow is done under the lock.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tenant and its time, now.
    pub(crate) fn view(&self) -> View {
        let state = self.lock();
        View {
            tenant: Arc::clone(&state.tenant),
            now: state.clock.now(world::now()),
        }
    }

    /// What its clock shows when the real time is `real`.
    pub(crate) fn time_at(&self, real: Timestamp) -> Timestamp {
        self.lock().clock.now(real)
    }

    /// The certificates of an application as its federation metadata shows them now: `metadata_lag` behind its own.
    pub(crate) fn published(&self, app: &App) -> Vec<ListedCertificate> {
        let mut state = self.lock();
        let now = state.clock.now(world::now());
        let published = state.published.certificates(app.id, now);
        published.unwrap_or_else(|| app.certificates.clone())
    }

    /// Takes the faults that are armed for the next message of single sign-out of this kind.
    pub(crate) fn take_armed_logout(&self, occasion: &Occasion<'_>, about: About) -> Option<Armed> {
        let mut state = self.lock();
        let is_it = |armed: &Armed| armed.about == Some(about) && armed.is_for(occasion);
        let index = state.armed.iter().position(is_it)?;
        state.use_armed(index)
    }

    /// Takes the faults that are armed for the next response of this kind.
    pub(crate) fn take_armed(&self, occasion: &Occasion<'_>) -> Option<Armed> {
        let mut state = self.lock();
        let index = state
            .armed
            .iter()
            .position(|armed| armed.is_for_response(occasion))?;
        state.use_armed(index)
    }

    /// Takes the faults that are armed for the metadata of an application, or for the tenant-wide one.
    pub(crate) fn take_armed_for_metadata(&self, app: Option<Uuid>) -> Option<Armed> {
        let mut state = self.lock();
        let fits = |armed: &Armed| armed.of_metadata && armed.app.is_none_or(|meant| Some(meant) == app);
        let index = state.armed.iter().position(fits)?;
        state.use_armed(index)
    }

    /// Takes the error that is armed for this, where what is armed is one.
    pub(crate) fn take_armed_error(
        &self,
        occasion: &Occasion<'_>,
        is_wanted: impl Fn(&Aadsts) -> bool,
    ) -> Option<(&'static Aadsts, Armed)> {
        let mut state = self.lock();
        let index = state
            .armed
            .iter()
            .position(|armed| armed.is_for_response(occasion))?;
        let row = faults::armed_error(&state.armed[index].faults.faults).filter(|row| is_wanted(row))?;
        Some((row, state.use_armed(index)?))
    }

    /// Lets faults wait on that were taken and could not act: nothing went out with them, so that it was no use of them. What
    /// was disarmed meanwhile stays so; but a set that was taken for its last use had no number meanwhile, and whoever wanted to
    /// disarm it by that was told that it is not there.
    pub(crate) fn give_back(&self, taken: Armed) {
        let mut state = self.lock();
        if taken.number <= state.disarmed_to {
            return;
        }
        let place = state.armed.partition_point(|armed| armed.number < taken.number);
        match state.armed.get_mut(place) {
            Some(armed) if armed.number == taken.number => armed.used = armed.used.saturating_sub(1),
            _ if taken.is_used_up() => {
                let used = taken.used.saturating_sub(1);
                state.armed.insert(place, Armed { used, ..taken });
            }
            _ => {}
        }
    }
}

/// What happens where faults may take effect.
pub(crate) struct Occasion<'o> {
    /// The flow.
    pub(crate) flow: Option<&'o str>,
    /// The application's id.
    pub(crate) app: Option<Uuid>,
    /// The user's object id.
    pub(crate) user: Option<Uuid>,
}

/// Faults that wait.
#[derive(Clone, Debug)]
pub(crate) struct Armed {
    /// Tells it from all others of the tenant.
    pub(crate) number: u64,
    /// The faults, and whom they are for.
    pub(crate) faults: ArmFaults,
    /// The application that is meant, by id.
    pub(crate) app: Option<Uuid>,
    /// The user who is meant, by object id.
    pub(crate) user: Option<Uuid>,
    /// Which message of single sign-out is meant; `None`: a response.
    pub(crate) about: Option<About>,
    /// Whether they act on metadata, and on no sign-on.
    pub(crate) of_metadata: bool,
    /// How many have had them.
    pub(crate) used: u32,
}

impl Armed {
    /// As the control API shows it.
    pub(crate) fn told(&self) -> ArmedFaults {
        ArmedFaults {
            number: self.number,
            order: self.faults.clone(),
            used: self.used,
        }
    }

    fn is_used_up(&self) -> bool {
        self.faults.times.is_used_up(self.used)
    }

    fn is_for_response(&self, occasion: &Occasion<'_>) -> bool {
        self.about.is_none() && self.is_for(occasion)
    }

    fn is_for(&self, occasion: &Occasion<'_>) -> bool {
        let flow = self.faults.flow.as_deref();
        !self.of_metadata
            && flow.is_none_or(|flow| Some(flow) == occasion.flow)
            && self.app.is_none_or(|app| Some(app) == occasion.app)
            && self.user.is_none_or(|user| Some(user) == occasion.user)
    }
}

impl State {
    /// Disarms everything, what is being used just now too.
    pub(crate) fn disarm_all(&mut self) {
        self.armed.clear();
        self.disarmed_to = self.armed_ever;
    }

    /// Counts a use of what waits at `index`, which is forgotten with its last.
    fn use_armed(&mut self, index: usize) -> Option<Armed> {
        let armed = self.armed.get_mut(index)?;
        armed.used = armed.used.saturating_add(1);
        let taken = armed.clone();
        if taken.is_used_up() {
            self.armed.remove(index);
        }
        Some(taken)
    }

    /// Where its service provider is: what `{sp}` stands for.
    pub(crate) fn sp(&self) -> Option<&str> {
        self.sp.as_deref()
    }

    /// Puts an edited file in the tenant's place.
    ///
    /// # Errors
    /// Everything that does not fit together; the tenant is then as it was.
    pub(crate) fn replace(&mut self, file: TenantFile) -> Result<(), TenantError> {
        self.replace_with(file, Imports::default())
    }

    /// As [`State::replace`], with what the file imports.
    ///
    /// # Errors
    /// As there, and what the state directory says; nothing of the imports is kept then.
    pub(crate) fn replace_with(&mut self, file: TenantFile, imports: Imports) -> Result<(), TenantError> {
        let id = self.tenant.id;
        if file.tenant.id.is_some_and(|given| given != id) {
            return Err(TenantError::one(format!(
                "`tenant.id`: a tenant keeps its id {id}: make another tenant instead"
            )));
        }
        let now = self.clock.now(world::now());
        self.mails.record(&self.tenant, now);
        let tenant = make(file, id, self.sp.as_deref(), &mut self.keyring, imports, now)?;
        self.published.note(&self.tenant, &tenant, now);
        self.tenant = Arc::new(tenant);
        Ok(())
    }

    /// The mails that Entra would have sent until the real time is `real`.
    pub(crate) fn mails_until(&mut self, real: Timestamp) -> &Mails {
        let now = self.clock.now(real);
        self.mails.record(&self.tenant, now);
        &self.mails
    }

    /// The certificate that an application has under this name now, else the newest that it had.
    pub(crate) fn certificate_called(&self, app: Uuid, name: &str) -> Option<Arc<AppCertificate>> {
        let certificates = self.tenant.app(app).map(|app| &app.certificates);
        let listed = certificates
            .into_iter()
            .flatten()
            .find(|listed| listed.name == name);
        listed
            .map(|listed| Arc::clone(&listed.certificate))
            .or_else(|| self.keyring.ever_called(app, name))
    }
}

/// The tenant of a file; where there is an error, keyring and vault are as they were.
fn make(
    mut file: TenantFile,
    id: Uuid,
    sp: Option<&str>,
    keyring: &mut Keyring,
    imports: Imports,
    now: Timestamp,
) -> Result<Tenant, TenantError> {
    fill_in_sp(&mut file, sp);
    let before = keyring.clone();
    let vault = keyring.vault();
    let kept = imports.keep(id, &vault)?;
    let made = resolve(file, id, keyring, now);
    if made.is_err() {
        // Also what would name a key that is forgotten.
        *keyring = before;
        kept.forget(id, &vault);
    }
    made
}

/// All running tenants, in the order in which they were made.
pub(crate) struct Tenants {
    vault: Arc<Vault>,
    slots: RwLock<Vec<Arc<Slot>>>,
}

impl Tenants {
    /// None yet.
    pub(crate) fn new(vault: Arc<Vault>) -> Self {
        Self {
            vault,
            slots: RwLock::default(),
        }
    }

    /// Makes a tenant, or makes it anew in its old place with the certificates it had.
    ///
    /// # Errors
    /// Everything that does not fit together, or that there are too many tenants.
    pub(crate) fn put(&self, mut file: TenantFile, sp: Option<&str>) -> Result<Arc<Slot>, TenantError> {
        let id = file.tenant.id.unwrap_or_else(|| derived_tenant_id(&file));
        // Reading a PFX file takes its time: nobody waits at the lock for it.
        let imports = Imports::read(&mut file, id)?;
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        let known = slots.iter().position(|slot| slot.id == id);
        if known.is_none() && slots.len() >= TENANTS_MAX {
            return Err(TenantError::one(format!(
                "there are {TENANTS_MAX} tenants already: delete one first"
            )));
        }
        let clock = Clock::default();
        let now = clock.now(world::now());
        let fresh = || Keyring::new(Arc::clone(&self.vault), id);
        // The keyring moves over only once the new tenant is known to be sound.
        let (tenant, keyring) = match known {
            Some(index) => {
                let mut old = slots[index].lock();
                let tenant = make(file, id, sp, &mut old.keyring, imports, now)?;
                (tenant, std::mem::replace(&mut old.keyring, fresh()))
            }
            None => {
                let mut keyring = fresh();
                (make(file, id, sp, &mut keyring, imports, now)?, keyring)
            }
        };
        let slot = Arc::new(Slot::new(tenant, clock, keyring, sp.map(str::to_owned)));
        match known {
            Some(index) => slots[index] = Arc::clone(&slot),
            None => slots.push(Arc::clone(&slot)),
        }
        Ok(slot)
    }

    /// The tenant with this id, or the oldest one with this verified domain.
    pub(crate) fn find(&self, segment: &str) -> Option<Arc<Slot>> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        if let Ok(id) = segment.parse::<Uuid>() {
            return slots.iter().find(|slot| slot.id == id).cloned();
        }
        let domain = segment.to_lowercase();
        let has_domain = |slot: &&Arc<Slot>| slot.lock().tenant.file.tenant.domains.contains(&domain);
        slots.iter().find(has_domain).cloned()
    }

    /// The tenant with this id.
    pub(crate) fn of_id(&self, id: Uuid) -> Option<Arc<Slot>> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        slots.iter().find(|slot| slot.id == id).cloned()
    }

    /// Every tenant.
    pub(crate) fn all(&self) -> Vec<Arc<Slot>> {
        self.slots.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes a tenant away; whether there was one.
    pub(crate) fn remove(&self, id: Uuid) -> bool {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        let before = slots.len();
        slots.retain(|slot| slot.id != id);
        slots.len() < before
    }
}

#[cfg(test)]
mod tests {
    use control_api::idp::{FaultSpec, Times};

    use super::*;
    use crate::tenant::embedded::running;

    /// Somebody disarms while the response is made, and then the faults turn out not to fit it.
    #[test]
    fn what_was_disarmed_meanwhile_does_not_come_back() {
        let (_idp, slot) = running("contoso");
        let nothing = Occasion {
            flow: None,
            app: None,
            user: None,
        };
        let numbers = || {
            slot.lock()
                .armed
                .iter()
                .map(|armed| armed.number)
                .collect::<Vec<_>>()
        };
        for times in [Times::Number(1), Times::Number(2), Times::UntilDisarmed] {
            let order = || ArmFaults {
                times,
                faults: vec![FaultSpec {
                    id: "sig-none".to_owned(),
                    parameters: Default::default(),
                }],
                ..ArmFaults::default()
            };
            let first = faults::arm(&mut slot.lock(), order()).unwrap().number;
            let taken = slot.take_armed(&nothing).unwrap();
            slot.give_back(taken);
            assert_eq!(numbers(), [first], "{times:?}");
            assert_eq!(slot.lock().armed[0].used, 0, "{times:?}");
            let taken = slot.take_armed(&nothing).unwrap();
            slot.lock().disarm_all();
            let later = faults::arm(&mut slot.lock(), order()).unwrap().number;
            slot.give_back(taken);
            assert_eq!(numbers(), [later], "{times:?}");
            slot.lock().disarm_all();
        }
    }
}
