//! What ties an identity (issuer and key) to an account.

use control_api::sp::LinkBy;
use rusqlite::{OptionalExtension as _, Row};

use super::{Insert, ROWS_MAX, Scope, Store, StoreError, fold};

/// A link. It may name an account that is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// Entity id of the identity provider.
    pub(crate) issuer: String,
    /// What the key is.
    pub(crate) by: LinkBy,
    /// The key, compared octet by octet.
    pub(crate) key: String,
    /// The account's id.
    pub(crate) account_id: String,
    /// The account's user name when it was linked; for people.
    pub(crate) account_name: String,
}

impl Link {
    /// What a kind of key is called on pages.
    pub(crate) fn kind_in_words(by: LinkBy) -> &'static str {
        match by {
            LinkBy::NameId => "NameID",
            LinkBy::ObjectId => "object id",
            LinkBy::Mail => "mail",
        }
    }

    /// The kind that is called so on pages; a NameID otherwise.
    pub(crate) fn by_of_kind(words: &str) -> LinkBy {
        let kinds = [LinkBy::ObjectId, LinkBy::Mail];
        kinds
            .into_iter()
            .find(|&by| Self::kind_in_words(by) == words)
            .unwrap_or(LinkBy::NameId)
    }
}

const COLUMNS: &str = "issuer, kind, value, account_id, account_name";

impl Store {
    /// Every link, by account name.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn links(&self, scope: &Scope) -> Result<Vec<Link>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM link WHERE instance = ?1 AND personality = ?2 ORDER BY account_name, issuer, kind, value"
        ))?;
        let rows = statement.query_map((&scope.instance, scope.personality), read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The link of an identity.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn link(
        &self,
        scope: &Scope,
        issuer: &str,
        by: LinkBy,
        key: &str,
    ) -> Result<Option<Link>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM link
             WHERE instance = ?1 AND personality = ?2 AND issuer = ?3 AND kind = ?4 AND value = ?5"
        ))?;
        let key = (&scope.instance, scope.personality, issuer, kind(by), key);
        Ok(statement.query_row(key, read).optional()?)
    }

    /// Whether any identity is tied to this account.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn is_linked(&self, scope: &Scope, account_id: &str) -> Result<bool, StoreError> {
        Ok(self.connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM link WHERE instance = ?1 AND personality = ?2 AND account_id = ?3)",
            (&scope.instance, scope.personality, account_id),
            |row| row.get(0),
        )?)
    }

    /// Adds a link.
    ///
    /// # Errors
    /// SQLite's; an identity that is linked already is a constraint violation.
    pub(crate) fn insert_link(&self, scope: &Scope, link: &Link) -> Result<Insert, StoreError> {
        if self.count("link", scope)? >= ROWS_MAX {
            return Ok(Insert::Full);
        }
        self.connection.execute(
            "INSERT INTO link (instance, personality, issuer, kind, value, account_id, account_name)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            (
                &scope.instance,
                scope.personality,
                &link.issuer,
                kind(link.by),
                &link.key,
                &link.account_id,
                &link.account_name,
            ),
        )?;
        Ok(Insert::Done)
    }

    /// Deletes one link; whether it was there.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn delete_link(&self, scope: &Scope, link: &Link) -> Result<bool, StoreError> {
        let deleted = self.connection.execute(
            "DELETE FROM link WHERE instance = ?1 AND personality = ?2 AND issuer = ?3 AND kind = ?4 AND value = ?5",
            (&scope.instance, scope.personality, &link.issuer, kind(link.by), &link.key),
        )?;
        Ok(deleted > 0)
    }

    /// Every link that has one of `names` as its key or its account's name: what support deletes when somebody calls.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn links_named(&self, scope: &Scope, names: &[&str]) -> Result<Vec<Link>, StoreError> {
        let names: Vec<String> = names.iter().map(|name| fold(name)).collect();
        let mut links = self.links(scope)?;
        links.retain(|link| names.contains(&fold(&link.key)) || names.contains(&fold(&link.account_name)));
        Ok(links)
    }
}

/// The word for it in the database.
fn kind(by: LinkBy) -> &'static str {
    match by {
        LinkBy::NameId => "name_id",
        LinkBy::ObjectId => "object_id",
        LinkBy::Mail => "mail",
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Link> {
    let kind: String = row.get(1)?;
    Ok(Link {
        issuer: row.get(0)?,
        by: match kind.as_str() {
            "object_id" => LinkBy::ObjectId,
            "mail" => LinkBy::Mail,
            _ => LinkBy::NameId,
        },
        key: row.get(2)?,
        account_id: row.get(3)?,
        account_name: row.get(4)?,
    })
}
