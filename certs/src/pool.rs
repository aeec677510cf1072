//! Keys made before anybody asks, so that a tenant costs no key.
//!
//! A pool has a fixed number of slots. Slots whose key is on disk are ready at once; the others are filled by
//! background threads, the lowest first. Of several processes that share a directory the one that holds
//! `keys/lock` writes; the others take what it has written or else make a key for themselves alone. Nobody ever
//! waits for another process.

mod directory;

use std::{
    path::Path,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use self::directory::KeyDirectory;
use crate::{CertsError, KeySize, SigningKey};

/// Keys by slot number; a clone shares them.
#[derive(Clone)]
pub struct KeyPool {
    handle: Arc<Handle>,
}

impl KeyPool {
    /// The number of slots where nothing else is asked for.
    pub const DEFAULT_SIZE: usize = 16;

    /// Opens the pool of RSA 2048 keys that is persisted as `keys/rsa2048-NN.pem` below `directory`, or one that
    /// lives in memory only. Returns at once: missing keys are made in the background, and that stops with the
    /// last clone of the pool. A key that cannot be written (a full or read-only disk) serves from memory.
    ///
    /// # Errors
    ///
    /// [`CertsError::EmptyPool`] for a size of 0; [`CertsError::Damaged`] and [`CertsError::File`] name the file.
    pub fn open(directory: Option<&Path>, size: usize) -> Result<Self, CertsError> {
        Self::open_with(directory, size, || SigningKey::generate(KeySize::Rsa2048))
    }

    /// The key of this slot; a number beyond the last slot starts again at the first. Where the key is still being
    /// made this blocks until it is there, so an async task asks through `spawn_blocking`.
    ///
    /// # Panics
    ///
    /// Where OpenSSL is out of memory or randomness.
    #[must_use]
    pub fn key(&self, slot: usize) -> SigningKey {
        let shared = &self.handle.shared;
        let mut slots = shared.slots();
        let slot = slot % slots.len();
        loop {
            match &slots[slot] {
                Slot::Ready(key) => return key.clone(),
                Slot::InHand => {
                    slots = shared.changed.wait(slots).unwrap_or_else(PoisonError::into_inner);
                }
                // Rather than wait for the background to get there, do its work.
                Slot::Missing => {
                    slots[slot] = Slot::InHand;
                    drop(slots);
                    return shared
                        .fill(slot)
                        .expect("OpenSSL has the memory and randomness for an RSA key");
                }
            }
        }
    }

    /// The number of slots.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a pool is never empty")]
    pub fn len(&self) -> usize {
        self.handle.shared.slots().len()
    }

    fn open_with(
        directory: Option<&Path>,
        size: usize,
        generate: impl Fn() -> Result<SigningKey, CertsError> + Send + Sync + 'static,
    ) -> Result<Self, CertsError> {
        if size == 0 {
            return Err(CertsError::EmptyPool);
        }
        let directory = directory.map(KeyDirectory::open).transpose()?;
        let slots: Result<Vec<_>, CertsError> = (0..size)
            .map(|slot| {
                let kept = directory
                    .as_ref()
                    .map(|directory| directory.read(slot))
                    .transpose()?
                    .flatten();
                Ok(kept.map_or(Slot::Missing, Slot::Ready))
            })
            .collect();
        let slots = slots?;
        let missing = slots.iter().filter(|slot| matches!(slot, Slot::Missing)).count();
        let shared = Arc::new(Shared {
            slots: Mutex::new(slots),
            changed: Condvar::new(),
            stopped: AtomicBool::new(false),
            directory,
            generate: Box::new(generate),
        });
        let threads = thread::available_parallelism()
            .map_or(1, usize::from)
            .min(missing);
        for _ in 0..threads {
            let shared = Arc::clone(&shared);
            // Without the thread the pool still works: `key` makes what is missing.
            let _ = thread::Builder::new()
                .name("key-pool".to_owned())
                .spawn(move || shared.work());
        }
        Ok(Self {
            handle: Arc::new(Handle { shared }),
        })
    }
}

/// What the clones of a pool share; the background threads do not hold it.
struct Handle {
    shared: Arc<Shared>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
    }
}

enum Slot {
    Missing,
    /// One thread is at work on it.
    InHand,
    Ready(SigningKey),
}

struct Shared {
    slots: Mutex<Vec<Slot>>,
    /// Notified whenever a slot leaves [`Slot::InHand`].
    changed: Condvar,
    stopped: AtomicBool,
    directory: Option<KeyDirectory>,
    generate: Box<dyn Fn() -> Result<SigningKey, CertsError> + Send + Sync>,
}

impl Shared {
    /// One background thread: fills slots until none is missing or nobody wants them. It gives up where a key
    /// cannot be made; whoever asks for that key tries again.
    fn work(&self) {
        while !self.stopped.load(Ordering::Relaxed) {
            let Some(slot) = self.claim_lowest() else { return };
            if self.fill(slot).is_err() {
                return;
            }
        }
    }

    fn claim_lowest(&self) -> Option<usize> {
        let mut slots = self.slots();
        let slot = slots.iter().position(|slot| matches!(slot, Slot::Missing))?;
        slots[slot] = Slot::InHand;
        Some(slot)
    }

    /// Fills a slot this thread has in hand.
    fn fill(&self, slot: usize) -> Result<SigningKey, CertsError> {
        let claim = Claim { shared: self, slot };
        let key = self.obtain(slot)?;
        self.slots()[slot] = Slot::Ready(key.clone());
        drop(claim);
        Ok(key)
    }

    fn obtain(&self, slot: usize) -> Result<SigningKey, CertsError> {
        let Some(directory) = &self.directory else {
            return (self.generate)();
        };
        // Another process may have written it since the start.
        match directory.read(slot) {
            Ok(Some(key)) => Ok(key),
            _ => Ok(directory.keep(slot, (self.generate)()?)),
        }
    }

    /// Every change of the slots is one assignment: what a panicking thread leaves behind is whole.
    fn slots(&self) -> MutexGuard<'_, Vec<Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A slot in hand; whatever happens, it does not stay so and nobody waits for it in vain.
struct Claim<'a> {
    shared: &'a Shared,
    slot: usize,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut slots = self.shared.slots();
        if matches!(slots[self.slot], Slot::InHand) {
            slots[self.slot] = Slot::Missing;
        }
        if let Some(directory) = &self.shared.directory
            && slots.iter().all(|slot| matches!(slot, Slot::Ready(_)))
        {
            directory.unlock();
        }
        self.shared.changed.notify_all();
    }
}

#[cfg(test)]
mod tests;
