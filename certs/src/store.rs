//! The certificates of tenants, so that a second start has the same ones.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    process,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use openssl::{hash::MessageDigest, hash::hash};

use crate::{Certificate, CertsError, SigningKey, files};

/// How much of an id stays readable in a file name.
const READABLE_CHARACTERS: usize = 40;

/// How many hexadecimal digits of its hash stand for a tenant in a file name: 128 bits.
const TENANT_DIGITS: usize = 32;

/// A certificate with its private key.
#[derive(Clone, Debug)]
pub struct KeyedCertificate {
    /// The private key.
    pub key: SigningKey,
    /// The certificate of that key.
    pub certificate: Certificate,
}

/// Certificates by tenant, application and name. Every method may be called from several threads; several
/// processes may share a directory.
pub struct CertificateStore {
    directory: Option<PathBuf>,
    entries: Mutex<HashMap<Id, Entry>>,
}

/// Locked while one thread reads or makes the certificate, so that no other makes a second one.
type Entry = Arc<Mutex<Option<KeyedCertificate>>>;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Id {
    tenant: String,
    app: String,
    name: String,
}

impl CertificateStore {
    /// Keeps certificates as long as it lives.
    #[must_use]
    pub fn memory() -> Self {
        Self::new(None)
    }

    /// Keeps each certificate in a file of this directory (0600, PEM: the key, then the certificate); the directory
    /// is made with the first one.
    #[must_use]
    pub fn directory(directory: PathBuf) -> Self {
        Self::new(Some(directory))
    }

    /// The certificate of this tenant, application and name; what `create` makes where there is none yet.
    ///
    /// `create` runs at most once for the same id at a time. Where another process was faster, its certificate is
    /// the answer.
    ///
    /// # Errors
    ///
    /// [`CertsError::Damaged`] and [`CertsError::File`] name the file; else what `create` gives.
    pub fn load_or_create(
        &self,
        tenant: &str,
        app: &str,
        name: &str,
        create: impl FnOnce() -> Result<KeyedCertificate, CertsError>,
    ) -> Result<KeyedCertificate, CertsError> {
        let (certificate, _) = self.kept_or(&Id::new(tenant, app, name), create)?;
        Ok(certificate)
    }

    /// The certificate of this tenant, application and name, where there is one.
    ///
    /// # Errors
    ///
    /// [`CertsError::Damaged`] and [`CertsError::File`] name the file.
    pub fn load(&self, tenant: &str, app: &str, name: &str) -> Result<Option<KeyedCertificate>, CertsError> {
        let id = Id::new(tenant, app, name);
        let entry = locked(&self.entries).get(&id).cloned();
        if let Some(kept) = entry.and_then(|entry| locked(&entry).clone()) {
            return Ok(Some(kept));
        }
        match &self.directory {
            None => Ok(None),
            Some(directory) => load(&directory.join(id.file_name()?)),
        }
    }

    /// Keeps a certificate that comes from elsewhere; whether it is new here. One that is kept already under the same tenant,
    /// application and name stays: what is imported is named by its thumbprint.
    ///
    /// # Errors
    ///
    /// As [`CertificateStore::load_or_create`].
    pub fn keep(
        &self,
        tenant: &str,
        app: &str,
        name: &str,
        certificate: KeyedCertificate,
    ) -> Result<bool, CertsError> {
        let (_, by_whom) = self.kept_or(&Id::new(tenant, app, name), || Ok(certificate))?;
        Ok(by_whom == Persisted::Ours)
    }

    /// Forgets the certificate of this tenant, application and name, in memory and on disk; none is no error.
    ///
    /// # Errors
    ///
    /// [`CertsError::File`] where the file cannot be removed.
    pub fn forget_one(&self, tenant: &str, app: &str, name: &str) -> Result<(), CertsError> {
        let id = Id::new(tenant, app, name);
        let forgotten = locked(&self.entries).remove(&id);
        if let Some(entry) = forgotten {
            *locked(&entry) = None;
        }
        match &self.directory {
            None => Ok(()),
            Some(directory) => remove_file(&directory.join(id.file_name()?)),
        }
    }

    /// Forgets every certificate of this tenant, in memory and on disk, those of earlier starts included; a tenant
    /// without any is no error. Waits for a certificate that is being made.
    ///
    /// # Errors
    ///
    /// [`CertsError::File`] where the directory cannot be read or a file cannot be removed.
    pub fn forget(&self, tenant: &str) -> Result<(), CertsError> {
        let forgotten: Vec<_> = locked(&self.entries)
            .extract_if(|id, _| id.tenant == tenant)
            .map(|(_, entry)| entry)
            .collect();
        for entry in forgotten {
            *locked(&entry) = None;
        }
        match &self.directory {
            None => Ok(()),
            Some(directory) => remove_files(directory, &tenant_prefix(tenant)?),
        }
    }

    fn new(directory: Option<PathBuf>) -> Self {
        Self {
            directory,
            entries: Mutex::default(),
        }
    }

    /// What is kept under this id, else what `create` makes; and whose it is.
    fn kept_or(
        &self,
        id: &Id,
        create: impl FnOnce() -> Result<KeyedCertificate, CertsError>,
    ) -> Result<(KeyedCertificate, Persisted), CertsError> {
        let entry = Arc::clone(locked(&self.entries).entry(id.clone()).or_default());
        let mut kept = locked(&entry);
        if let Some(kept) = &*kept {
            return Ok((kept.clone(), Persisted::Theirs));
        }
        let (certificate, by_whom) = match &self.directory {
            None => (create()?, Persisted::Ours),
            Some(directory) => load_or_persist(directory, id, create)?,
        };
        Ok((kept.insert(certificate).clone(), by_whom))
    }
}

impl Id {
    fn new(tenant: &str, app: &str, name: &str) -> Self {
        Self {
            tenant: tenant.to_owned(),
            app: app.to_owned(),
            name: name.to_owned(),
        }
    }

    /// The tenant's prefix, application and name for the reader, a hash of all three ids for uniqueness; never a path.
    fn file_name(&self) -> Result<String, CertsError> {
        let mut hashed = Vec::new();
        for part in [&self.tenant, &self.app, &self.name] {
            hashed.extend_from_slice(&(part.len() as u64).to_be_bytes());
            hashed.extend_from_slice(part.as_bytes());
        }
        Ok(format!(
            "{}{}.{}.{}.pem",
            tenant_prefix(&self.tenant)?,
            readable(&self.app),
            readable(&self.name),
            hex_digest(&hashed)?
        ))
    }
}

/// How the names of a tenant's files begin, and no other's: a hash, since what stays readable of an id is not unique.
fn tenant_prefix(tenant: &str) -> Result<String, CertsError> {
    let mut prefix = hex_digest(tenant.as_bytes())?;
    prefix.truncate(TENANT_DIGITS);
    Ok(prefix + ".")
}

fn hex_digest(bytes: &[u8]) -> Result<String, CertsError> {
    let digest = hash(MessageDigest::sha256(), bytes)?;
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn remove_files(directory: &Path, prefix: &str) -> Result<(), CertsError> {
    let entries = match fs::read_dir(directory) {
        // Made with the first certificate.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(files::failed("read", directory))?,
    };
    for entry in entries {
        let entry = entry.map_err(files::failed("read", directory))?;
        if !entry.file_name().to_string_lossy().starts_with(prefix) {
            continue;
        }
        remove_file(&entry.path())?;
    }
    Ok(())
}

fn remove_file(path: &Path) -> Result<(), CertsError> {
    match fs::remove_file(path) {
        // Another process was faster, or nobody wrote it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(files::failed("remove", path)),
    }
}

fn load_or_persist(
    directory: &Path,
    id: &Id,
    create: impl FnOnce() -> Result<KeyedCertificate, CertsError>,
) -> Result<(KeyedCertificate, Persisted), CertsError> {
    let path = directory.join(id.file_name()?);
    if let Some(kept) = load(&path)? {
        return Ok((kept, Persisted::Theirs));
    }
    let created = create()?;
    files::create_directory(directory)?;
    let by_whom = persist(&path, &created)?;
    let certificate = match by_whom {
        Persisted::Ours => created,
        // Gone again already: another process forgot it; ours is as good as any.
        Persisted::Theirs => load(&path)?.unwrap_or(created),
    };
    Ok((certificate, by_whom))
}

/// Who put a certificate where it is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Persisted {
    /// This call.
    Ours,
    /// An earlier one, or another process.
    Theirs,
}

fn persist(path: &Path, kept: &KeyedCertificate) -> Result<Persisted, CertsError> {
    static SERIAL: AtomicU64 = AtomicU64::new(0);
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    let temporary = path.with_extension(format!("{}-{serial}.tmp", process::id()));
    files::write_temporary(&temporary, &(kept.key.to_pem()? + &kept.certificate.pem()))?;
    // A link never replaces a file, so the first of several processes wins. Not every file system has links.
    let linked = fs::hard_link(&temporary, path);
    match linked {
        Ok(()) => {
            let _ = fs::remove_file(&temporary);
            Ok(Persisted::Ours)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let _ = fs::remove_file(&temporary);
            Ok(Persisted::Theirs)
        }
        Err(_) => {
            fs::rename(&temporary, path).map_err(files::failed("write", path))?;
            Ok(Persisted::Ours)
        }
    }
}

fn load(path: &Path) -> Result<Option<KeyedCertificate>, CertsError> {
    let Some(pem) = files::read(path)? else {
        return Ok(None);
    };
    let damaged = |reason: String| CertsError::Damaged {
        path: path.to_owned(),
        reason,
    };
    let key = SigningKey::from_pem(&pem).map_err(|error| damaged(error.to_string()))?;
    let certificate = Certificate::from_text(pem.as_bytes()).map_err(|error| damaged(error.to_string()))?;
    if !certificate.public_key()?.public_eq(key.private()) {
        return Err(damaged("its key is not the certificate's".to_owned()));
    }
    Ok(Some(KeyedCertificate { key, certificate }))
}

fn readable(id: &str) -> String {
    let keep = |character: char| {
        if character.is_ascii_alphanumeric() || character == '-' {
            character
        } else {
            '_'
        }
    };
    id.chars().take(READABLE_CHARACTERS).map(keep).collect()
}

/// What a panicking thread leaves behind is still whole: every change is one assignment.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        sync::atomic::{AtomicU8, Ordering},
        thread,
    };

    use super::{CertificateStore, KeyedCertificate};
    use crate::{Certificate, CertificateSpec, CertsError, KeySize, SigningKey, key::test_key};

    /// Each call makes another certificate.
    fn create() -> Result<KeyedCertificate, CertsError> {
        static CALLS: AtomicU8 = AtomicU8::new(1);
        let spec = CertificateSpec {
            common_name: "test".to_owned(),
            serial: [CALLS.fetch_add(1, Ordering::Relaxed); 16],
            not_before: "2026-01-01T00:00:00Z".parse().unwrap(),
            not_after: "2029-01-01T00:00:00Z".parse().unwrap(),
        };
        let key = test_key();
        let certificate = Certificate::self_signed(&key, &spec)?;
        Ok(KeyedCertificate { key, certificate })
    }

    fn never() -> Result<KeyedCertificate, CertsError> {
        panic!("the certificate is known")
    }

    #[test]
    fn a_known_certificate_is_not_made_again_until_it_is_forgotten() {
        let directory = tempfile::tempdir().unwrap();
        for store in [
            CertificateStore::memory(),
            CertificateStore::directory(directory.path().join("c")),
        ] {
            let first = store.load_or_create("t", "a", "current", create).unwrap();
            let again = store.load_or_create("t", "a", "current", never).unwrap();
            assert_eq!(first.certificate, again.certificate);
            for (tenant, app, name) in [("t2", "a", "current"), ("t", "a2", "current"), ("t", "a", "next")] {
                let other = store.load_or_create(tenant, app, name, create).unwrap();
                assert_ne!(first.certificate, other.certificate);
            }
            let other = store.load_or_create("t2", "a", "current", never).unwrap();
            store.forget("t").unwrap();
            store.forget("unknown").unwrap();
            let after = store.load_or_create("t", "a", "current", create).unwrap();
            assert_ne!(first.certificate, after.certificate);
            let kept = store.load_or_create("t2", "a", "current", never).unwrap();
            assert_eq!(other.certificate, kept.certificate);
        }
    }

    #[test]
    fn a_forgotten_tenant_leaves_no_file_of_any_start() {
        let directory = tempfile::tempdir().unwrap();
        let inside = directory.path().join("inside");
        let store = || CertificateStore::directory(inside.clone());
        store().forget("t").unwrap();
        for (tenant, name) in [("t", "current"), ("t", "withdrawn"), ("t2", "current")] {
            store().load_or_create(tenant, "a", name, create).unwrap();
        }
        store().forget("t").unwrap();
        assert_eq!(fs::read_dir(&inside).unwrap().count(), 1);
        store().load_or_create("t2", "a", "current", never).unwrap();
    }

    #[test]
    fn a_second_start_and_another_process_have_the_same() {
        let directory = tempfile::tempdir().unwrap();
        let store = || CertificateStore::directory(directory.path().to_owned());
        let first = store().load_or_create("t", "a", "n", create).unwrap();
        let second = store().load_or_create("t", "a", "n", never).unwrap();
        assert_eq!(first.certificate, second.certificate);
        assert!(second.key.private().public_eq(first.key.private()));
        // Another process finishes while this one is still making its own.
        let raced = store().load_or_create("t", "a", "raced", || {
            store().load_or_create("t", "a", "raced", create).unwrap();
            create()
        });
        let theirs = store().load_or_create("t", "a", "raced", never).unwrap();
        assert_eq!(raced.unwrap().certificate, theirs.certificate);
        assert_eq!(
            fs::read_dir(directory.path()).unwrap().count(),
            2,
            "no temporary file is left"
        );
    }

    #[test]
    fn ids_never_become_paths() {
        let directory = tempfile::tempdir().unwrap();
        let inside = directory.path().join("inside");
        let store = CertificateStore::directory(inside.clone());
        let long = "x".repeat(4000);
        for id in [
            "../../escape",
            "/absolute",
            "a/b",
            "",
            ".",
            "nul\0",
            long.as_str(),
            "ü",
        ] {
            store.load_or_create(id, id, id, create).unwrap();
        }
        assert_eq!(fs::read_dir(&inside).unwrap().count(), 8);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    #[cfg(unix)]
    fn files_are_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let inside = directory.path().join("inside");
        CertificateStore::directory(inside.clone())
            .load_or_create("t", "a", "n", create)
            .unwrap();
        let file = fs::read_dir(&inside).unwrap().next().unwrap().unwrap().path();
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(inside).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn what_is_kept_is_found_again_and_what_is_not_is_not() {
        let directory = tempfile::tempdir().unwrap();
        for store in [
            CertificateStore::memory(),
            CertificateStore::directory(directory.path().to_owned()),
        ] {
            assert!(store.load("t", "a", "n").unwrap().is_none());
            let (first, second) = (create().unwrap(), create().unwrap());
            assert!(store.keep("t", "a", "n", first.clone()).unwrap(), "new");
            assert!(!store.keep("t", "a", "n", second).unwrap(), "kept already");
            let found = store.load("t", "a", "n").unwrap().unwrap();
            assert_eq!(found.certificate, first.certificate);
            assert!(store.load("t", "b", "n").unwrap().is_none());
            assert_eq!(
                store.load_or_create("t", "a", "n", never).unwrap().certificate,
                first.certificate
            );
        }
        let restarted = CertificateStore::directory(directory.path().to_owned());
        assert!(restarted.load("t", "a", "n").unwrap().is_some());
        let again = restarted.load("t", "a", "n").unwrap().unwrap();
        assert!(
            !restarted.keep("t", "a", "n", again).unwrap(),
            "kept by an earlier start"
        );
        restarted.forget("t").unwrap();
        assert!(restarted.load("t", "a", "n").unwrap().is_none());
    }

    #[test]
    fn one_is_forgotten_alone() {
        let directory = tempfile::tempdir().unwrap();
        for store in [
            CertificateStore::memory(),
            CertificateStore::directory(directory.path().to_owned()),
        ] {
            store.forget_one("t", "a", "n").unwrap();
            for (app, name) in [("a", "n"), ("a", "other"), ("b", "n")] {
                store.keep("t", app, name, create().unwrap()).unwrap();
            }
            store.forget_one("t", "a", "n").unwrap();
            assert!(store.load("t", "a", "n").unwrap().is_none());
            assert!(store.load("t", "a", "other").unwrap().is_some());
            assert!(store.load("t", "b", "n").unwrap().is_some());
            assert!(store.keep("t", "a", "n", create().unwrap()).unwrap(), "new again");
        }
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 3);
    }

    #[test]
    fn a_damaged_file_is_named_with_the_way_out() {
        let directory = tempfile::tempdir().unwrap();
        let store = || CertificateStore::directory(directory.path().to_owned());
        let kept = store().load_or_create("t", "a", "n", create).unwrap();
        let file = fs::read_dir(directory.path())
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path();
        let stranger = SigningKey::generate(KeySize::Rsa2048).unwrap();
        for content in [
            String::new(),
            kept.certificate.pem(),
            kept.key.to_pem().unwrap(),
            stranger.to_pem().unwrap() + &kept.certificate.pem(),
        ] {
            fs::write(&file, content).unwrap();
            let message = store()
                .load_or_create("t", "a", "n", never)
                .unwrap_err()
                .to_string();
            let named = message.contains(&file.display().to_string());
            assert!(named && message.contains("delete it"), "{message}");
        }
    }

    #[test]
    fn threads_that_ask_at_once_get_one_certificate() {
        let store = CertificateStore::memory();
        let ask = || store.load_or_create("t", "a", "n", create).unwrap().certificate;
        let asked: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(asked.iter().all(|certificate| *certificate == asked[0]));
    }
}
