//! The SP's user records.

use rusqlite::{ErrorCode, OptionalExtension as _, Row};

use super::{ROWS_MAX, Scope, Store, StoreError, fold};

/// A user record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Account {
    /// Our own id; a recreated account has another.
    pub(crate) id: String,
    /// User name: the user principal name where it is known.
    pub(crate) user_name: String,
    /// Mail.
    pub(crate) mail: Option<String>,
    /// First name.
    pub(crate) first_name: Option<String>,
    /// Last name.
    pub(crate) last_name: Option<String>,
    /// Country.
    pub(crate) country: Option<String>,
    /// Whether it may sign in.
    pub(crate) active: bool,
}

/// What became of an account to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Insert {
    /// It is there now.
    Done,
    /// Another account has its user name or mail; nothing changed.
    Taken,
    /// There are [`ROWS_MAX`] accounts; nothing changed.
    Full,
}

const COLUMNS: &str = "id, user_name, mail, first_name, last_name, country, active";

impl Store {
    /// Every account, by user name.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn accounts(&self, scope: &Scope) -> Result<Vec<Account>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM account WHERE instance = ?1 AND personality = ?2 ORDER BY user_name_folded"
        ))?;
        let rows = statement.query_map((&scope.instance, scope.personality), read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The account with this id.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn account(&self, scope: &Scope, id: &str) -> Result<Option<Account>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM account WHERE instance = ?1 AND personality = ?2 AND id = ?3"
        ))?;
        Ok(statement
            .query_row((&scope.instance, scope.personality, id), read)
            .optional()?)
    }

    /// Every account whose user name or mail is one of `names`, each once.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn accounts_named(&self, scope: &Scope, names: &[&str]) -> Result<Vec<Account>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM account WHERE instance = ?1 AND personality = ?2
             AND (user_name_folded = ?3 OR mail_folded = ?3)"
        ))?;
        let mut found: Vec<Account> = Vec::new();
        for name in names {
            for account in statement.query_map((&scope.instance, scope.personality, fold(name)), read)? {
                let account = account?;
                if !found.contains(&account) {
                    found.push(account);
                }
            }
        }
        Ok(found)
    }

    /// How many accounts there are.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn accounts_count(&self, scope: &Scope) -> Result<i64, StoreError> {
        self.count("account", scope)
    }

    /// Adds an account.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn insert_account(&self, scope: &Scope, account: &Account) -> Result<Insert, StoreError> {
        if self.count("account", scope)? >= ROWS_MAX {
            return Ok(Insert::Full);
        }
        self.write(
            "INSERT INTO account (instance, personality, id, user_name, user_name_folded, mail, mail_folded,
             first_name, last_name, country, active) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            scope,
            account,
        )
    }

    /// Writes an account that exists anew.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn update_account(&self, scope: &Scope, account: &Account) -> Result<Insert, StoreError> {
        self.write(
            "UPDATE account SET user_name = ?4, user_name_folded = ?5, mail = ?6, mail_folded = ?7, first_name = ?8,
             last_name = ?9, country = ?10, active = ?11 WHERE instance = ?1 AND personality = ?2 AND id = ?3",
            scope,
            account,
        )
    }

    /// Runs a statement whose parameters are where an account is and all of its fields.
    fn write(&self, statement: &str, scope: &Scope, account: &Account) -> Result<Insert, StoreError> {
        unless_taken(self.connection.execute(
            statement,
            (
                &scope.instance,
                scope.personality,
                &account.id,
                &account.user_name,
                fold(&account.user_name),
                &account.mail,
                account.mail.as_deref().map(fold),
                &account.first_name,
                &account.last_name,
                &account.country,
                account.active,
            ),
        ))
    }

    /// Deletes an account, and its links where `with_links`.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn delete_account(&self, scope: &Scope, id: &str, with_links: bool) -> Result<(), StoreError> {
        let key = (&scope.instance, scope.personality, id);
        self.atomically(|| {
            self.connection.execute(
                "DELETE FROM account WHERE instance = ?1 AND personality = ?2 AND id = ?3",
                key,
            )?;
            if with_links {
                self.connection.execute(
                    "DELETE FROM link WHERE instance = ?1 AND personality = ?2 AND account_id = ?3",
                    key,
                )?;
            }
            Ok(())
        })
    }
}

fn unless_taken(outcome: rusqlite::Result<usize>) -> Result<Insert, StoreError> {
    match outcome {
        Ok(_) => Ok(Insert::Done),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => Ok(Insert::Taken),
        Err(error) => Err(error.into()),
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        id: row.get(0)?,
        user_name: row.get(1)?,
        mail: row.get(2)?,
        first_name: row.get(3)?,
        last_name: row.get(4)?,
        country: row.get(5)?,
        active: row.get(6)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AccountsIn;

    fn account(id: &str, user_name: &str, mail: Option<&str>) -> Account {
        Account {
            id: id.into(),
            user_name: user_name.into(),
            mail: mail.map(Into::into),
            active: true,
            ..Account::default()
        }
    }

    #[test]
    fn one_mailbox_one_account() {
        let store = Store::open(&AccountsIn::Memory).unwrap();
        let scope = super::super::tests::scope();
        let insert = |account: &Account| store.insert_account(&scope, account).unwrap();
        assert_eq!(insert(&account("1", "B.Simon@x", Some("b@y"))), Insert::Done);
        for taken in [
            account("2", "b.simon@X", None),
            account("2", "other", Some("B@Y")),
            account("1", "other", None),
        ] {
            assert_eq!(insert(&taken), Insert::Taken, "{taken:?}");
        }
        // KELVIN SIGN folds to k in Unicode; here it is another user.
        assert_eq!(insert(&account("3", "\u{212A}arl@x", None)), Insert::Done);
        assert_eq!(insert(&account("4", "karl@x", None)), Insert::Done);
        assert_eq!(
            store
                .update_account(&scope, &account("4", "karl@x", Some("b@y")))
                .unwrap(),
            Insert::Taken
        );
        let named = |names: &[&str]| -> Vec<String> {
            store
                .accounts_named(&scope, names)
                .unwrap()
                .into_iter()
                .map(|account| account.id)
                .collect()
        };
        assert_eq!(named(&["b@y", "B.SIMON@X"]), ["1"]);
        assert_eq!(named(&["b@y", "KARL@x"]), ["1", "4"]);
        assert_eq!(named(&["' OR 1=1 --", "%", ""]), [""; 0]);
        let elsewhere = Scope {
            instance: "j".into(),
            personality: "upsales",
        };
        assert_eq!(store.accounts(&elsewhere).unwrap(), []);
    }
}
