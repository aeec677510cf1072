//! Most tests put a counter in the place of the key generator, since what counts is when it runs.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use super::KeyPool;
use crate::{CertsError, KeySize, SigningKey, files, key::test_key};

fn never() -> Result<SigningKey, CertsError> {
    panic!("the pool is complete")
}

fn same() -> Result<SigningKey, CertsError> {
    Ok(test_key())
}

fn pem_files(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory.join("keys")).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.retain(|name| name != "lock");
    names.sort();
    names
}

#[test]
fn a_pool_in_memory_makes_real_keys() {
    let pool = KeyPool::open(None, 1).unwrap();
    assert_eq!(pool.len(), 1);
    assert_eq!(pool.key(0).bits(), KeySize::Rsa2048.bits());
    assert!(
        pool.key(1).private().public_eq(pool.key(0).private()),
        "numbers start again at the first slot"
    );
}

#[test]
fn a_second_start_with_a_complete_pool_makes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let first = KeyPool::open(Some(directory.path()), 2).unwrap();
    let made = [first.key(0), first.key(1)];
    assert!(!made[0].private().public_eq(made[1].private()));
    assert_eq!(pem_files(directory.path()), ["rsa2048-00.pem", "rsa2048-01.pem"]);
    let second = KeyPool::open_with(Some(directory.path()), 2, never).unwrap();
    for (slot, made) in made.iter().enumerate() {
        assert!(second.key(slot).private().public_eq(made.private()));
    }
}

#[test]
#[cfg(unix)]
fn files_are_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let _ = KeyPool::open_with(Some(directory.path()), 1, same)
        .unwrap()
        .key(0);
    let mode = |path: &str| {
        fs::metadata(directory.path().join(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode("keys"), 0o700);
    assert_eq!(mode("keys/rsa2048-00.pem"), 0o600);
    assert_eq!(mode("keys/lock"), 0o600);
}

#[test]
fn while_another_process_writes_keys_stay_in_memory() {
    let directory = tempfile::tempdir().unwrap();
    let keys = directory.path().join("keys");
    files::create_directory(&keys).unwrap();
    let lock = files::open(&keys.join("lock")).unwrap();
    lock.try_lock().unwrap();
    let pool = KeyPool::open_with(Some(directory.path()), 2, same).unwrap();
    let _ = (pool.key(0), pool.key(1));
    assert!(pem_files(directory.path()).is_empty());
    drop(lock);
    let pool = KeyPool::open_with(Some(directory.path()), 2, same).unwrap();
    let _ = (pool.key(0), pool.key(1));
    assert_eq!(pem_files(directory.path()).len(), 2);
}

/// The other process writes the slot while this one is making a key for it.
#[test]
fn what_another_process_has_written_counts() {
    let directory = tempfile::tempdir().unwrap();
    let theirs = SigningKey::generate(KeySize::Rsa2048).unwrap();
    let (path, pem) = (
        directory.path().join("keys/rsa2048-00.pem"),
        theirs.to_pem().unwrap(),
    );
    let generate = move || {
        fs::write(&path, &pem).unwrap();
        same()
    };
    let pool = KeyPool::open_with(Some(directory.path()), 1, generate).unwrap();
    assert!(pool.key(0).private().public_eq(theirs.private()));
}

#[test]
fn a_damaged_file_is_named_with_the_way_out() {
    let directory = tempfile::tempdir().unwrap();
    let _ = KeyPool::open_with(Some(directory.path()), 1, same)
        .unwrap()
        .key(0);
    let path = directory.path().join("keys/rsa2048-00.pem");
    fs::write(&path, "rubbish").unwrap();
    let message = KeyPool::open(Some(directory.path()), 1)
        .err()
        .unwrap()
        .to_string();
    assert!(
        message.contains(&path.display().to_string()) && message.contains("delete it"),
        "{message}"
    );
}

#[test]
fn an_empty_pool_is_refused() {
    assert!(matches!(KeyPool::open(None, 0), Err(CertsError::EmptyPool)));
}

/// The generator takes a permit for each key; the receiver of `ended` hears when the last thread lets go of it.
#[test]
fn dropping_the_pool_ends_the_work() {
    let made = Arc::new(AtomicUsize::new(0));
    let (permit, permits) = mpsc::sync_channel::<()>(0);
    let permits = std::sync::Mutex::new(permits);
    let (ended, wait_for_end) = mpsc::channel::<()>();
    let counter = Arc::clone(&made);
    let generate = move || {
        let _held_until_the_end = &ended;
        let _ = permits.lock().unwrap().recv();
        counter.fetch_add(1, Ordering::Relaxed);
        same()
    };
    let pool = KeyPool::open_with(None, 1000, generate).unwrap();
    permit.send(()).unwrap();
    let clone = pool.clone();
    drop(pool);
    permit.send(()).unwrap();
    drop(clone);
    drop(permit);
    assert!(wait_for_end.recv().is_err());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    assert!(
        made.load(Ordering::Relaxed) <= 2 + threads,
        "each thread finishes the key in hand at most"
    );
}

#[test]
fn a_failed_key_is_tried_again_by_whoever_asks() {
    let calls = AtomicUsize::new(0);
    let (failed, first_failed) = mpsc::channel();
    let generate = move || {
        if calls.fetch_add(1, Ordering::Relaxed) == 0 {
            failed.send(()).unwrap();
            return Err(CertsError::EmptyPool);
        }
        same()
    };
    let pool = KeyPool::open_with(None, 1, generate).unwrap();
    first_failed.recv().unwrap();
    assert!(pool.key(0).private().public_eq(test_key().private()));
}

#[test]
fn all_who_ask_for_a_slot_get_its_one_key() {
    let pool = KeyPool::open_with(None, 3, || SigningKey::generate(KeySize::Rsa2048)).unwrap();
    let keys: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(|| pool.key(2))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(keys.iter().all(|key| key.private().public_eq(keys[0].private())));
}
