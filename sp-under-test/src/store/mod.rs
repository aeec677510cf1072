//! Accounts, links and the replay memory in SQLite: in memory, or in a file in WAL mode with `synchronous = FULL`,
//! which holds every committed row through `kill -9` and power loss.
//!
//! Names and mails are unique per personality and compared in ASCII lower case alone: `B.SIMON@…` is `b.simon@…`, while
//! letters that merely look or fold alike in Unicode (U+212A, U+0131, composed and decomposed) stay different users.

mod accounts;
mod links;
mod replay;

use std::{fs::OpenOptions, path::Path};

use rusqlite::Connection;

pub(crate) use accounts::{Account, Insert};
pub(crate) use links::Link;
pub(crate) use replay::Memory;

use crate::AccountsIn;

/// The version of the schema, kept in `user_version`.
const SCHEMA_VERSION: i64 = 2;

/// From version 1, which did not note whose an assertion was.
const FROM_VERSION_1: &str = "ALTER TABLE used_assertion ADD COLUMN subject TEXT NOT NULL DEFAULT ''";

/// The most accounts, and the most links, of one personality.
pub(crate) const ROWS_MAX: i64 = 10_000;

/// Whose rows: a personality of an instance.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    /// The instance's name.
    pub(crate) instance: String,
    /// The personality's id.
    pub(crate) personality: &'static str,
}

/// Why the store did not do what it was told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The file cannot be made or written.
    #[error("the accounts file: {0}")]
    File(#[from] std::io::Error),
    /// SQLite said no.
    #[error("the accounts database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The file was written by another version.
    #[error(
        "the accounts file has schema version {found}, this program writes {SCHEMA_VERSION}; name another file"
    )]
    Version {
        /// Its `user_version`.
        found: i64,
    },
}

/// The open database.
#[derive(Debug)]
pub(crate) struct Store {
    connection: Connection,
}

impl Store {
    /// Opens the database and makes its tables where they are missing.
    ///
    /// # Errors
    /// The file cannot be opened, is no database, or is of another version.
    pub(crate) fn open(place: &AccountsIn) -> Result<Self, StoreError> {
        let connection = match place {
            AccountsIn::Memory => Connection::open_in_memory()?,
            AccountsIn::File(path) => {
                create_private(path)?;
                let connection = Connection::open(path)?;
                connection.pragma_update(None, "journal_mode", "WAL")?;
                connection.pragma_update(None, "synchronous", "FULL")?;
                connection
            }
        };
        match connection.pragma_query_value(None, "user_version", |row| row.get(0))? {
            0 => {
                let transaction = connection.unchecked_transaction()?;
                transaction.execute_batch(include_str!("schema.sql"))?;
                transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
                transaction.commit()?;
            }
            1 => {
                let transaction = connection.unchecked_transaction()?;
                transaction.execute_batch(FROM_VERSION_1)?;
                transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
                transaction.commit()?;
            }
            SCHEMA_VERSION => {}
            found => return Err(StoreError::Version { found }),
        }
        Ok(Self { connection })
    }

    /// Does all of `work` or, where it fails, nothing of it.
    ///
    /// # Errors
    /// What `work` says, or that the transaction could not be begun or committed.
    pub(crate) fn atomically<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let transaction = self
            .connection
            .unchecked_transaction()
            .map_err(StoreError::from)?;
        let value = work()?;
        transaction.commit().map_err(StoreError::from)?;
        Ok(value)
    }

    /// Whether this scope's fresh accounts were made already; from now on they were.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn mark_seeded(&self, scope: &Scope) -> Result<bool, StoreError> {
        let added = self.connection.execute(
            "INSERT OR IGNORE INTO seeded (instance, personality) VALUES (?1, ?2)",
            (&scope.instance, scope.personality),
        )?;
        Ok(added == 0)
    }

    /// Forgets everything of a personality.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn clear(&self, scope: &Scope) -> Result<(), StoreError> {
        self.atomically(|| {
            for table in ["account", "link", "used_assertion", "seeded"] {
                let sql = format!("DELETE FROM {table} WHERE instance = ?1 AND personality = ?2");
                self.connection
                    .execute(&sql, (&scope.instance, scope.personality))?;
            }
            Ok(())
        })
    }

    /// How many rows a personality has in `table`.
    fn count(&self, table: &'static str, scope: &Scope) -> Result<i64, StoreError> {
        let sql = format!("SELECT count(*) FROM {table} WHERE instance = ?1 AND personality = ?2");
        Ok(self
            .connection
            .query_row(&sql, (&scope.instance, scope.personality), |row| row.get(0))?)
    }
}

/// Makes the file where it is missing, for its owner alone: it holds people's names. SQLite gives the files beside it the
/// same mode.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?;
    Ok(())
}

/// How names and mails are compared.
pub(crate) fn fold(name: &str) -> String {
    name.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn scope() -> Scope {
        Scope {
            instance: "i".to_owned(),
            personality: "upsales",
        }
    }

    /// The file is read by a second connection while the first is open and then abandoned without closing, as after
    /// `kill -9`: no destructor, no checkpoint.
    #[test]
    fn committed_rows_survive_an_abandoned_connection() {
        let folder = tempfile::tempdir().unwrap();
        let place = AccountsIn::File(folder.path().join("accounts.sqlite"));
        let first = Store::open(&place).unwrap();
        let mode: String = first
            .connection
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .unwrap();
        let synchronous: i64 = first
            .connection
            .pragma_query_value(None, "synchronous", |row| row.get(0))
            .unwrap();
        assert_eq!((mode.as_str(), synchronous), ("wal", 2));
        let account = Account {
            id: "1".into(),
            user_name: "a@x".into(),
            active: true,
            ..Account::default()
        };
        assert_eq!(first.insert_account(&scope(), &account).unwrap(), Insert::Done);
        let link = Link {
            issuer: "idp".into(),
            by: control_api::sp::LinkBy::NameId,
            key: "a@x".into(),
            account_id: "1".into(),
            account_name: "a@x".into(),
        };
        first.insert_link(&scope(), &link).unwrap();
        assert_eq!(
            first.remember(&scope(), "idp", "_a", 100, 1).unwrap(),
            Memory::New
        );
        std::mem::forget(first);
        let second = Store::open(&place).unwrap();
        assert_eq!(second.accounts(&scope()).unwrap(), [account]);
        assert_eq!(second.links(&scope()).unwrap(), [link]);
        assert_eq!(second.recall(&scope(), "idp", "_a", 1).unwrap(), Memory::Used);
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&AccountsIn::File(folder.path().join("accounts.sqlite"))).unwrap();
        store.mark_seeded(&scope()).unwrap();
        let files: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert!(files.len() > 1, "the write-ahead log is beside it");
        for file in files {
            assert_eq!(
                file.metadata().unwrap().permissions().mode() & 0o777,
                0o600,
                "{file:?}"
            );
        }
    }

    #[test]
    fn what_is_not_ours_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("accounts.sqlite");
        std::fs::write(
            &path,
            "not a database, and long enough that nobody takes it for one",
        )
        .unwrap();
        assert!(matches!(
            Store::open(&AccountsIn::File(path.clone())),
            Err(StoreError::Sqlite(_))
        ));
        std::fs::remove_file(&path).unwrap();
        Connection::open(&path)
            .unwrap()
            .pragma_update(None, "user_version", 7)
            .unwrap();
        assert!(matches!(
            Store::open(&AccountsIn::File(path)),
            Err(StoreError::Version { found: 7 })
        ));
    }

    /// What an earlier version remembered is not forgotten.
    #[test]
    fn a_file_of_version_1_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let place = AccountsIn::File(folder.path().join("accounts.sqlite"));
        let store = Store::open(&place).unwrap();
        assert_eq!(
            store.remember(&scope(), "idp", "_a", 100, 1).unwrap(),
            Memory::New
        );
        let old = "ALTER TABLE used_assertion DROP COLUMN subject; PRAGMA user_version = 1";
        store.connection.execute_batch(old).unwrap();
        drop(store);
        for _ in 0..2 {
            let store = Store::open(&place).unwrap();
            assert_eq!(store.recall(&scope(), "idp", "_a", 1).unwrap(), Memory::Used);
        }
    }

    #[test]
    fn work_that_fails_leaves_nothing() {
        let store = Store::open(&AccountsIn::Memory).unwrap();
        let account = Account {
            id: "1".into(),
            user_name: "a@x".into(),
            ..Account::default()
        };
        let outcome: Result<(), StoreError> = store.atomically(|| {
            store.insert_account(&scope(), &account)?;
            Err(StoreError::Version { found: 0 })
        });
        assert!(outcome.is_err());
        assert_eq!(store.accounts(&scope()).unwrap(), []);
        assert!(!store.mark_seeded(&scope()).unwrap());
        assert!(store.mark_seeded(&scope()).unwrap());
    }
}
