//! The pool's files: `keys/rsa2048-NN.pem` and `keys/lock`.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use crate::{CertsError, SigningKey, files};

pub(super) struct KeyDirectory {
    path: PathBuf,
    /// The locked file while this process is the one that writes.
    lock: Mutex<Option<File>>,
}

impl KeyDirectory {
    /// `keys` below `parent`, made where it is missing.
    pub(super) fn open(parent: &Path) -> Result<Self, CertsError> {
        let path = parent.join("keys");
        files::create_directory(&path)?;
        Ok(Self {
            path,
            lock: Mutex::new(None),
        })
    }

    /// The key of this slot, or `None` where there is no file.
    pub(super) fn read(&self, slot: usize) -> Result<Option<SigningKey>, CertsError> {
        let path = self.key_path(slot);
        let Some(pem) = files::read(&path)? else {
            return Ok(None);
        };
        match SigningKey::from_pem(pem) {
            Ok(key) => Ok(Some(key)),
            Err(error) => Err(CertsError::Damaged {
                path,
                reason: error.to_string(),
            }),
        }
    }

    /// Persists the key if this process is, or now becomes, the one that writes. Returns the key that counts:
    /// where another process has written this slot meanwhile, that one.
    pub(super) fn keep(&self, slot: usize, key: SigningKey) -> SigningKey {
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if lock.is_none() {
            *lock = self.try_lock();
        }
        match self.read(slot) {
            Ok(Some(theirs)) => theirs,
            Ok(None) if lock.is_some() => {
                // A key that cannot be written still serves this process; the next start makes another.
                let _ = self.write(slot, &key);
                key
            }
            _ => key,
        }
    }

    /// Lets another process write.
    pub(super) fn unlock(&self) {
        // Closing the file releases its lock.
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn try_lock(&self) -> Option<File> {
        let file = files::open(&self.path.join("lock")).ok()?;
        file.try_lock().ok()?;
        Some(file)
    }

    /// The lock makes this the only writer, so the temporary name can be a fixed one.
    fn write(&self, slot: usize, key: &SigningKey) -> Result<(), CertsError> {
        let path = self.key_path(slot);
        let temporary = path.with_extension("tmp");
        files::write_temporary(&temporary, &key.to_pem()?)?;
        fs::rename(&temporary, &path).map_err(files::failed("write", &path))
    }

    fn key_path(&self, slot: usize) -> PathBuf {
        self.path.join(format!("rsa2048-{slot:02}.pem"))
    }
}
