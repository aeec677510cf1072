//! Which assertions were used (saml-profiles 4.1.4.5), and which LogoutRequests: remembered until they expire, through a
//! restart where the database is a file. An issuer gives no ID twice, whatever it is the ID of (saml-core 1.3.4).

use openssl::sha::sha256;

use super::{Scope, Store, StoreError};

/// The most assertions that one personality remembers. When as many are still valid, nobody signs in until one expires.
pub(crate) const USED_ASSERTIONS_MAX: i64 = 20_000;

/// The most assertions of one user among them, so that nobody takes the room of all.
pub(crate) const USED_PER_SUBJECT_MAX: i64 = 5000;

/// What is known of an assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Memory {
    /// It was not used.
    New,
    /// It was used.
    Used,
    /// There is no room to remember it, so it cannot be used.
    Full,
}

impl Store {
    /// What is known of an assertion at `now` (seconds since 1970).
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn recall(
        &self,
        scope: &Scope,
        issuer: &str,
        id: &str,
        now: i64,
    ) -> Result<Memory, StoreError> {
        let used = self.connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM used_assertion
             WHERE instance = ?1 AND personality = ?2 AND issuer = ?3 AND id = ?4)",
            (&scope.instance, scope.personality, issuer, id),
            |row| row.get(0),
        )?;
        if used {
            return Ok(Memory::Used);
        }
        if self.count("used_assertion", scope)? < USED_ASSERTIONS_MAX {
            return Ok(Memory::New);
        }
        // Only when there is no room: a clock that was moved forwards and back again must not open a gap.
        self.connection.execute(
            "DELETE FROM used_assertion WHERE instance = ?1 AND personality = ?2 AND expires <= ?3",
            (&scope.instance, scope.personality, now),
        )?;
        let full = self.count("used_assertion", scope)? >= USED_ASSERTIONS_MAX;
        Ok(if full { Memory::Full } else { Memory::New })
    }

    /// [`Store::remember`], for an assertion about `subject`, who has room for [`USED_PER_SUBJECT_MAX`]; `None`: no more.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn remember_of(
        &self,
        scope: &Scope,
        subject: &str,
        (issuer, id): (&str, &str),
        expires: i64,
        now: i64,
    ) -> Result<Option<Memory>, StoreError> {
        let subject: String = sha256(subject.as_bytes())
            .iter()
            .map(|octet| format!("{octet:02x}"))
            .collect();
        if self.recall(scope, issuer, id, now)? == Memory::New && !self.has_room(scope, &subject, now)? {
            return Ok(None);
        }
        let known = self.remember(scope, issuer, id, expires, now)?;
        if known == Memory::New {
            self.connection.execute(
                "UPDATE used_assertion SET subject = ?5
                 WHERE instance = ?1 AND personality = ?2 AND issuer = ?3 AND id = ?4",
                (&scope.instance, scope.personality, issuer, id, &subject),
            )?;
        }
        Ok(Some(known))
    }

    /// Whether another assertion of `subject` can be remembered; as in [`Store::recall`], what expired is forgotten only where
    /// there is no room.
    fn has_room(&self, scope: &Scope, subject: &str, now: i64) -> Result<bool, StoreError> {
        let sql =
            "SELECT count(*) FROM used_assertion WHERE instance = ?1 AND personality = ?2 AND subject = ?3";
        let count = || -> Result<i64, StoreError> {
            let found = (&scope.instance, scope.personality, subject);
            Ok(self.connection.query_row(sql, found, |row| row.get(0))?)
        };
        if count()? < USED_PER_SUBJECT_MAX {
            return Ok(true);
        }
        self.connection.execute(
            "DELETE FROM used_assertion WHERE instance = ?1 AND personality = ?2 AND subject = ?3 AND expires <= ?4",
            (&scope.instance, scope.personality, subject, now),
        )?;
        Ok(count()? < USED_PER_SUBJECT_MAX)
    }

    /// Remembers an assertion until `expires` (seconds since 1970); what was known of it before. [`Memory::New`] is said
    /// once per assertion, however many programs share the file.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn remember(
        &self,
        scope: &Scope,
        issuer: &str,
        id: &str,
        expires: i64,
        now: i64,
    ) -> Result<Memory, StoreError> {
        let known = self.recall(scope, issuer, id, now)?;
        if known == Memory::New {
            let added = self.connection.execute(
                "INSERT OR IGNORE INTO used_assertion (instance, personality, issuer, id, expires) VALUES (?1, ?2, ?3, ?4, ?5)",
                (&scope.instance, scope.personality, issuer, id, expires),
            )?;
            if added == 0 {
                return Ok(Memory::Used);
            }
        }
        Ok(known)
    }
}

#[cfg(test)]
impl Store {
    /// When each remembered assertion may be forgotten (seconds since 1970).
    pub(crate) fn expiries(&self, scope: &Scope) -> Result<Vec<i64>, StoreError> {
        let sql =
            "SELECT expires FROM used_assertion WHERE instance = ?1 AND personality = ?2 ORDER BY expires";
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map((&scope.instance, scope.personality), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AccountsIn;

    #[test]
    fn it_forgets_only_what_expired_and_closes_when_full() {
        let store = Store::open(&AccountsIn::Memory).unwrap();
        let scope = super::super::tests::scope();
        let remember = |id: &str, expires, now| store.remember(&scope, "idp", id, expires, now).unwrap();
        store
            .atomically(|| -> Result<(), StoreError> {
                for id in 0..USED_ASSERTIONS_MAX {
                    assert_eq!(
                        remember(&format!("_{id}"), if id == 0 { 50 } else { 100 }, 1),
                        Memory::New
                    );
                }
                Ok(())
            })
            .unwrap();
        assert_eq!(remember("_0", 50, 49), Memory::Used);
        assert_eq!(remember("_other", 100, 49), Memory::Full);
        assert_eq!(remember("_other", 100, 50), Memory::New);
        assert_eq!(remember("_other", 100, 50), Memory::Used);
        assert_eq!(
            store.recall(&scope, "another idp", "_1", 50).unwrap(),
            Memory::Full
        );
        assert_eq!(remember("_another", 300, 100), Memory::New);
    }

    /// Whoever signs in without end is stopped, and nobody else is.
    #[test]
    fn one_user_takes_nobody_elses_room() {
        let store = Store::open(&AccountsIn::Memory).unwrap();
        let scope = super::super::tests::scope();
        let remember = |subject: &str, id: &str, now| {
            let expires = if id == "_0" { 50 } else { 100 };
            store
                .remember_of(&scope, subject, ("idp", id), expires, now)
                .unwrap()
        };
        store
            .atomically(|| -> Result<(), StoreError> {
                for id in 0..USED_PER_SUBJECT_MAX {
                    assert_eq!(remember("m", &format!("_{id}"), 1), Some(Memory::New));
                }
                Ok(())
            })
            .unwrap();
        assert_eq!(remember("m", "_more", 49), None);
        assert_eq!(remember("m", "_0", 49), Some(Memory::Used));
        assert_eq!(remember("v", "_v", 49), Some(Memory::New));
        assert_eq!(remember("v", "_v", 49), Some(Memory::Used));
        assert_eq!(remember("m", "_more", 50), Some(Memory::New));
        assert_eq!(remember("m", "_still more", 50), None);
    }
}
