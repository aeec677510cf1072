//! From an accepted assertion to an account: find the link, or the account to link, or make one.
//!
//! The rules, in order:
//!
//! 0. Whom the settings `members_only` and `domains` keep out is `account-unknown`: a guest or a user of a foreign domain has
//!    none here.
//! 1. Every attribute of `required_attributes`, or what may stand in for it ([`ClaimNames::instead_of`]), is there and not
//!    empty, else `attribute-missing`.
//! 2. The identity is (issuer, key); the key is the NameID, the object id or the mail, compared octet by octet.
//! 3. Its link leads to an account: signed in. To an inactive one: `account-deactivated`. To none: `link-broken`.
//! 4. Without a link, accounts are looked for whose user name or mail is the NameID, the user name claim or the mail claim,
//!    in ASCII lower case. Two different accounts: `link-broken`. One that any identity is tied to already, or whose user
//!    name and mail both differ from the asserted user name: `link-broken`, since a name that was given to somebody else, or
//!    a mail that an administrator of another directory typed, must not lead into an account. Without that claim the NameID
//!    stands for it, and has to be the account's user name: it may be a mail, and whose mail it is nobody has verified. (Its
//!    format does not tell: Entra calls user principal names emailAddress, too. Where an administrator sends mails as NameIDs
//!    and user names of this product are mails, they are the same.) Where links go by mail, the mail counts, by that setting.
//!    One that is free: linked.
//! 5. None: made from the attributes (just-in-time), or `account-unknown`, also where `accounts_max` are there already.
//!
//! Nothing is folded or normalised: another spelling is another user, docs/files.md says of which. The NameID's format is no part of the key.
//!
//! An attribute that says who somebody is and has several values is `malformed`: which one counts would be a guess.

use control_api::sp::{AccountChange, LinkBy, LinkInfo, Settings};
use saml_model::names;

use super::{AcceptedAssertion, AcsError, admission};
use crate::{
    personality::ClaimNames,
    rejection::{Refused, Rejection},
    store::{Account, Insert, Link, Scope, Store, StoreError},
};

/// The longest attribute value that goes into an account, in characters.
const VALUE_MAX: usize = 1024;

/// An account that an accepted assertion led to.
#[derive(Debug)]
pub(crate) struct LinkedAccount {
    accepted: AcceptedAssertion,
    account: Account,
    change: AccountChange,
    link: LinkInfo,
}

/// Where accounts are looked for and how.
pub(crate) struct Directory<'a> {
    /// The accounts and links.
    pub(crate) store: &'a Store,
    /// Whose.
    pub(crate) scope: &'a Scope,
    /// The settings in force.
    pub(crate) settings: &'a Settings,
    /// Where an account's fields come from.
    pub(crate) claims: &'a ClaimNames,
}

impl LinkedAccount {
    /// Finds, links or makes the account, all of it or nothing. `new_id` becomes the id of one that is made.
    ///
    /// # Errors
    /// A rejection by the rules of this module, or the store's failure.
    pub(crate) fn find(
        accepted: AcceptedAssertion,
        directory: &Directory<'_>,
        new_id: String,
    ) -> Result<Self, AcsError> {
        require_attributes(&accepted, directory)?;
        let profile = Profile::read(&accepted, directory.claims)?;
        admission::require(&accepted, directory.settings, &profile.names())?;
        let key = link_key(&accepted, directory.settings.link_by, &profile)?;
        let identity = Identity {
            directory,
            accepted: &accepted,
            profile: &profile,
            key: &key,
        };
        let (account, change) = directory.store.atomically(|| identity.account(new_id))?;
        let link = LinkInfo {
            by: directory.settings.link_by,
            key,
        };
        Ok(Self {
            accepted,
            account,
            change,
            link,
        })
    }

    /// The assertion that led here.
    pub(crate) fn accepted(&self) -> &AcceptedAssertion {
        &self.accepted
    }

    /// The account.
    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    /// What was done to it.
    pub(crate) fn change(&self) -> AccountChange {
        self.change
    }

    /// By which key.
    pub(crate) fn link(&self) -> &LinkInfo {
        &self.link
    }
}

/// What the assertion says for an account's fields.
struct Profile {
    user_name: Option<String>,
    mail: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    country: Option<String>,
}

impl Profile {
    fn read(accepted: &AcceptedAssertion, claims: &ClaimNames) -> Result<Self, Refused> {
        Ok(Self {
            user_name: first(accepted, claims.user_name)?,
            mail: first(accepted, claims.mail)?,
            first_name: first(accepted, claims.first_name)?,
            last_name: first(accepted, claims.last_name)?,
            country: first(accepted, claims.country)?,
        })
    }

    /// What may be an address.
    fn names(&self) -> Vec<&str> {
        let names = [&self.user_name, &self.mail];
        names.into_iter().flatten().map(String::as_str).collect()
    }

    /// The account with what the assertion says; what it does not say stays.
    fn applied_to(&self, account: &Account) -> Account {
        let or = |new: &Option<String>, old: &Option<String>| new.clone().or_else(|| old.clone());
        Account {
            id: account.id.clone(),
            user_name: self
                .user_name
                .clone()
                .unwrap_or_else(|| account.user_name.clone()),
            mail: or(&self.mail, &account.mail),
            first_name: or(&self.first_name, &account.first_name),
            last_name: or(&self.last_name, &account.last_name),
            country: or(&self.country, &account.country),
            active: account.active,
        }
    }
}

/// An account and what was done to it.
type Found = (Account, AccountChange);

/// Somebody, as the identity provider knows them, and where their account is.
struct Identity<'a> {
    directory: &'a Directory<'a>,
    accepted: &'a AcceptedAssertion,
    profile: &'a Profile,
    key: &'a str,
}

impl Identity<'_> {
    fn account(&self, new_id: String) -> Result<Found, AcsError> {
        let issuer = &self.accepted.assertion().issuer;
        let Directory { store, scope, .. } = self.directory;
        if let Some(link) = store.link(scope, issuer, self.directory.settings.link_by, self.key)? {
            let account = store.account(scope, &link.account_id)?;
            let account = account.ok_or_else(|| {
                refused(
                    Rejection::LinkBroken,
                    format!("the link leads to account {}, which is gone", link.account_id),
                )
            })?;
            require_active(&account)?;
            return self.known(account);
        }
        match self.candidate()? {
            Some(account) => {
                require_active(&account)?;
                let account = self.updated(account)?.0;
                self.tie(&account)?;
                Ok((account, AccountChange::Linked))
            }
            None => self.created(new_id),
        }
    }

    fn known(&self, account: Account) -> Result<Found, AcsError> {
        let (account, changed) = self.updated(account)?;
        let change = if changed {
            AccountChange::Updated
        } else {
            AccountChange::Unchanged
        };
        Ok((account, change))
    }

    /// The account as the assertion has it, where the settings say so. A user name or mail that another account has is
    /// not taken over; the rest is.
    fn updated(&self, account: Account) -> Result<(Account, bool), StoreError> {
        let Directory { store, scope, .. } = self.directory;
        let mut new = self.profile.applied_to(&account);
        if !self.directory.settings.update || new == account {
            return Ok((account, false));
        }
        if store.update_account(scope, &new)? == Insert::Taken {
            new.user_name.clone_from(&account.user_name);
            new.mail.clone_from(&account.mail);
            store.update_account(scope, &new)?;
        }
        let changed = new != account;
        Ok((new, changed))
    }

    /// The one account that may be linked; rule 4.
    fn candidate(&self) -> Result<Option<Account>, AcsError> {
        let Directory { store, scope, .. } = self.directory;
        let Profile { user_name, mail, .. } = self.profile;
        let name_id = self.accepted.name_id().value.as_str();
        let mut names = vec![name_id];
        names.extend(user_name.as_deref());
        names.extend(mail.as_deref());
        let mut found = store.accounts_named(scope, &names)?;
        let Some(account) = found.pop() else {
            return Ok(None);
        };
        let broken = |cause: &str| Err(refused(Rejection::LinkBroken, cause).into());
        if !found.is_empty() {
            return broken("NameID, user name and mail lead to different accounts");
        }
        if store.is_linked(scope, &account.id)? {
            return broken("the account is tied to another identity");
        }
        let is_it = |name: &str| {
            let of_account = [Some(account.user_name.as_str()), account.mail.as_deref()];
            of_account
                .iter()
                .flatten()
                .any(|own| own.eq_ignore_ascii_case(name))
        };
        let fits = match (user_name, self.directory.settings.link_by) {
            (Some(user_name), _) => is_it(user_name),
            (None, LinkBy::Mail) => is_it(self.key),
            (None, LinkBy::NameId | LinkBy::ObjectId) => account.user_name.eq_ignore_ascii_case(name_id),
        };
        if !fits {
            return broken("the account's user name is not the asserted one");
        }
        Ok(Some(account))
    }

    fn created(&self, new_id: String) -> Result<Found, AcsError> {
        if !self.directory.settings.jit {
            let cause = "no link and no account, and just-in-time provisioning is switched off";
            return Err(refused(Rejection::AccountUnknown, cause).into());
        }
        let nameless = Account {
            id: new_id,
            user_name: self.accepted.name_id().value.clone(),
            active: true,
            ..Account::default()
        };
        let account = self.profile.applied_to(&nameless);
        let Directory { store, scope, .. } = self.directory;
        match store.insert_account(scope, &account)? {
            Insert::Done => {}
            Insert::Taken => {
                return Err(
                    refused(Rejection::LinkBroken, "another account has the user name or mail").into(),
                );
            }
            Insert::Full => {
                return Err(refused(Rejection::AccountUnknown, "there is no room for an account").into());
            }
        }
        self.tie(&account)?;
        // Last, when all is written: whoever finds no seat leaves nothing behind, since the caller undoes all of it.
        if store.accounts_count(scope)? > i64::from(self.directory.settings.accounts_max) {
            let cause = "there is no seat left: `accounts_max` accounts are there";
            return Err(refused(Rejection::AccountUnknown, cause).into());
        }
        Ok((account, AccountChange::Created))
    }

    fn tie(&self, account: &Account) -> Result<(), AcsError> {
        let Directory { store, scope, .. } = self.directory;
        let link = Link {
            issuer: self.accepted.assertion().issuer.clone(),
            by: self.directory.settings.link_by,
            key: self.key.to_owned(),
            account_id: account.id.clone(),
            account_name: account.user_name.clone(),
        };
        match store.insert_link(scope, &link)? {
            Insert::Full => Err(refused(Rejection::LinkBroken, "there is no room for a link").into()),
            Insert::Done | Insert::Taken => Ok(()),
        }
    }
}

fn require_attributes(accepted: &AcceptedAssertion, directory: &Directory<'_>) -> Result<(), Refused> {
    let has_value = |name: &str| {
        let values = accepted.assertion().attribute(name).unwrap_or_default();
        values.iter().any(|value| !value.trim().is_empty())
    };
    let is_met = |name: &str| match directory.claims.instead_of(name) {
        Some(names) => names.iter().any(|name| has_value(name)),
        None => has_value(name),
    };
    let required = &directory.settings.required_attributes;
    match required.iter().find(|name| !is_met(name)) {
        Some(name) => Err(refused(
            Rejection::AttributeMissing,
            format!("the attribute `{name}` is missing or empty"),
        )),
        None => Ok(()),
    }
}

fn link_key(accepted: &AcceptedAssertion, by: LinkBy, profile: &Profile) -> Result<String, Refused> {
    let missing = |what: &str| {
        refused(
            Rejection::AttributeMissing,
            format!("links go by {what}, and there is none"),
        )
    };
    match by {
        LinkBy::NameId if accepted.name_id().format.as_deref() == Some(names::NAME_ID_TRANSIENT) => {
            Err(refused(
                Rejection::AccountUnknown,
                "links go by NameID, and a transient one names nobody twice (saml-core 8.3.8)",
            ))
        }
        LinkBy::NameId => Ok(accepted.name_id().value.clone()),
        LinkBy::ObjectId => single(accepted, names::CLAIM_OBJECT_ID)?.ok_or_else(|| missing("object id")),
        LinkBy::Mail => profile.mail.clone().ok_or_else(|| missing("mail")),
    }
}

/// The value of the first of these attributes that says something.
fn first(accepted: &AcceptedAssertion, names: &[&str]) -> Result<Option<String>, Refused> {
    for name in names {
        if let Some(value) = single(accepted, name)? {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// The one value of an attribute; absent and empty are the same.
pub(super) fn single(accepted: &AcceptedAssertion, name: &str) -> Result<Option<String>, Refused> {
    let malformed = |cause: String| Err(refused(Rejection::Malformed, cause));
    match accepted.assertion().attribute(name) {
        None | Some([]) => Ok(None),
        Some([value]) if value.trim().is_empty() => Ok(None),
        Some([value]) if value.chars().count() > VALUE_MAX || value.chars().any(char::is_control) => {
            malformed(format!(
                "the value of `{name}` is too long, or has control characters in it"
            ))
        }
        Some([value]) => Ok(Some(value.clone())),
        Some(values) => malformed(format!(
            "`{name}` has {} values where one is expected",
            values.len()
        )),
    }
}

fn require_active(account: &Account) -> Result<(), Refused> {
    if account.active {
        return Ok(());
    }
    Err(refused(
        Rejection::AccountDeactivated,
        format!("account {} is deactivated", account.id),
    ))
}

fn refused(rejection: Rejection, cause: impl Into<String>) -> Refused {
    Refused::new(rejection, cause)
}
