//! Who is signed in: the end of the chain.

use std::collections::{BTreeMap, HashMap, VecDeque};

use control_api::sp::{AccountChange, AccountInfo, LinkInfo, WhoAmI};
use jiff::{SignedDuration, Timestamp};
use saml_model::{Assertion, NameId, names};

use crate::{acs::account::LinkedAccount, store::Account};

/// The most sessions of one personality; beyond it the oldest ends of the account that has most.
const SESSIONS_MAX: usize = 1000;

/// The most sessions of one account; beyond it its oldest ends, and nobody else's. More than a scenario begins at once
/// (`sign_in.parallel`).
const SESSIONS_PER_ACCOUNT_MAX: usize = 64;

/// How long a session lasts at most; `SessionNotOnOrAfter` may end it earlier (saml-core 2.7.2).
const SESSION_LIFETIME: SignedDuration = SignedDuration::from_hours(8);

/// A signed-in browser's session.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    issuer: String,
    name_id: NameId,
    session_index: Option<String>,
    attributes: BTreeMap<String, Vec<String>>,
    account_id: String,
    change: AccountChange,
    link: LinkInfo,
    expires: Timestamp,
}

impl Session {
    /// Begins a session for the account that an accepted assertion led to.
    pub(crate) fn begin(linked: LinkedAccount, now: Timestamp) -> Self {
        let (assertion, name_id) = (linked.accepted().assertion(), linked.accepted().name_id());
        let statements = assertion.authn_statements.as_slice();
        let limit = now.saturating_add(SESSION_LIFETIME).unwrap_or(Timestamp::MAX);
        let ends = statements
            .iter()
            .filter_map(|statement| statement.session_not_on_or_after);
        let values = assertion
            .attributes
            .iter()
            .map(|it| (it.name.clone(), it.values.clone()));
        Self {
            issuer: assertion.issuer.clone(),
            name_id: name_id.clone(),
            session_index: statements
                .first()
                .and_then(|statement| statement.session_index.clone()),
            attributes: values.collect(),
            account_id: linked.account().id.clone(),
            change: linked.change(),
            link: linked.link().clone(),
            expires: ends.fold(limit, Timestamp::min),
        }
    }

    /// The account's id.
    pub(crate) fn account_id(&self) -> &str {
        &self.account_id
    }

    /// Who issued the assertion, and so who can sign out.
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Who is signed in, as the issuer calls them.
    pub(crate) fn name_id(&self) -> &NameId {
        &self.name_id
    }

    /// Whether an assertion is about the same user of the same identity provider, by NameID or by object id: either may
    /// change while somebody is signed in.
    pub(crate) fn is_of(&self, assertion: &Assertion) -> bool {
        let name_id = assertion.name_id().map(|name_id| name_id.value.as_str());
        let object_id = assertion.attribute(names::CLAIM_OBJECT_ID);
        let known = self.attributes.get(names::CLAIM_OBJECT_ID).map(Vec::as_slice);
        let is_same =
            name_id == Some(self.name_id.value.as_str()) || (object_id.is_some() && object_id == known);
        self.issuer == assertion.issuer && is_same
    }

    /// The issuer's name for the session.
    pub(crate) fn session_index(&self) -> Option<&str> {
        self.session_index.as_deref()
    }

    /// What the identity probe says, with the account as it is now.
    pub(crate) fn who_am_i(&self, account: &Account) -> WhoAmI {
        WhoAmI {
            issuer: self.issuer.clone(),
            name_id: self.name_id.value.clone(),
            name_id_format: self.name_id.format.clone(),
            session_index: self.session_index.clone(),
            attributes: self.attributes.clone(),
            roles: self
                .attributes
                .get(names::CLAIM_ROLE)
                .cloned()
                .unwrap_or_default(),
            account: AccountInfo {
                id: account.id.clone(),
                user_name: account.user_name.clone(),
                mail: account.mail.clone(),
                first_name: account.first_name.clone(),
                last_name: account.last_name.clone(),
                country: account.country.clone(),
                active: account.active,
                change: self.change,
                link: self.link.clone(),
            },
        }
    }
}

/// Whose sessions a LogoutRequest is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meant<'r> {
    /// Who asks: a session is its issuer's.
    pub(crate) issuer: &'r str,
    /// Whom it names, where it names anybody that can be read.
    pub(crate) name_id: Option<&'r NameId>,
    /// The issuer's names for the sessions.
    pub(crate) session_indexes: &'r [String],
}

/// What a LogoutRequest ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// A session, or several.
    Sessions,
    /// None: they had ended before.
    Nothing,
    /// None, since nobody here has the name that it gives.
    OfNobody,
}

/// Whether two names are identical (saml-core 3.3.4): their text and all that qualifies it. No format is the same as one that
/// is not specified (saml-core 2.2.2).
fn is_identical(one: &NameId, other: &NameId) -> bool {
    let format = |name: &NameId| {
        name.format
            .clone()
            .filter(|format| format != names::NAME_ID_UNSPECIFIED)
    };
    one.value == other.value
        && format(one) == format(other)
        && one.name_qualifier == other.name_qualifier
        && one.sp_name_qualifier == other.sp_name_qualifier
}

/// The sessions of a personality, by the token in the browser's cookie.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    by_token: HashMap<String, Session>,
    oldest_first: VecDeque<String>,
}

impl Sessions {
    /// Keeps a session under a token that nobody has seen yet.
    pub(crate) fn add(&mut self, token: String, session: Session) {
        if self.count(&session.account_id) >= SESSIONS_PER_ACCOUNT_MAX {
            self.end_oldest(&session.account_id);
        } else if self.by_token.len() >= SESSIONS_MAX
            && let Some(account_id) = self.largest()
        {
            self.end_oldest(&account_id);
        }
        self.oldest_first.push_back(token.clone());
        self.by_token.insert(token, session);
    }

    /// How many sessions an account has.
    fn count(&self, account_id: &str) -> usize {
        let sessions = self.by_token.values();
        sessions
            .filter(|session| session.account_id == account_id)
            .count()
    }

    /// The account with the most sessions; of several the one whose oldest is the oldest.
    fn largest(&self) -> Option<String> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for session in self.by_token.values() {
            *counts.entry(&session.account_id).or_default() += 1;
        }
        let most = counts.values().copied().max()?;
        let accounts = self
            .oldest_first
            .iter()
            .filter_map(|token| self.by_token.get(token));
        let mut accounts = accounts.map(|session| &session.account_id);
        let largest = accounts.find(|account_id| counts.get(account_id.as_str()) == Some(&most));
        largest.cloned()
    }

    fn end_oldest(&mut self, account_id: &str) {
        let is_theirs = |token: &&String| {
            let session = self.by_token.get(*token);
            session.is_some_and(|session| session.account_id == account_id)
        };
        if let Some(oldest) = self.oldest_first.iter().find(is_theirs).cloned() {
            self.end(&[oldest]);
        }
    }

    /// The session of the first token that has one which has not ended.
    pub(crate) fn find(&self, tokens: &[String], now: Timestamp) -> Option<&Session> {
        let live = |token: &String| self.by_token.get(token).filter(|session| now < session.expires);
        tokens.iter().find_map(live)
    }

    /// Ends the sessions of these tokens.
    pub(crate) fn end(&mut self, tokens: &[String]) {
        self.end_where(|token, _| tokens.contains(token));
    }

    /// Ends the sessions that are meant, in whatever browser: of those with one of the indexes, or of all where there is none,
    /// those whose name is the one that is given (saml-core 3.7.1, 3.7.3.1). Entra's own request has an opaque name that it told
    /// nobody before (entra-behaviour.md section 6): then the indexes alone count, and where there is none the browser with
    /// these tokens.
    pub(crate) fn end_for(&mut self, meant: &Meant<'_>, tokens: &[String], now: Timestamp) -> Ended {
        let name = meant
            .name_id
            .filter(|name| !self.is_opaque(name, meant.issuer, now));
        let indexes = meant.session_indexes;
        let ended = self.end_where(|token, session| {
            let has_index = match &session.session_index {
                _ if indexes.is_empty() => name.is_some() || tokens.contains(token),
                Some(index) => indexes.contains(index),
                None => false,
            };
            let has_name = name.is_none_or(|name| is_identical(name, &session.name_id));
            has_index && has_name && session.issuer == meant.issuer
        });
        let is_anybodys = || {
            let mut sessions = self.by_token.values();
            name.is_none_or(|name| sessions.any(|session| is_identical(name, &session.name_id)))
        };
        match ended {
            0 if is_anybodys() => Ended::Nothing,
            0 => Ended::OfNobody,
            _ => Ended::Sessions,
        }
    }

    /// Whether a name says nothing: it has no format, and the issuer called nobody here so.
    fn is_opaque(&self, name: &NameId, issuer: &str, now: Timestamp) -> bool {
        let mut sessions = self.by_token.values();
        let is_called = |session: &Session| {
            session.issuer == issuer && now < session.expires && session.name_id.value == name.value
        };
        name.format.is_none() && !sessions.any(is_called)
    }

    fn end_where(&mut self, is_over: impl Fn(&String, &Session) -> bool) -> usize {
        let before = self.by_token.len();
        self.by_token.retain(|token, session| !is_over(token, session));
        self.oldest_first
            .retain(|token| self.by_token.contains_key(token));
        before - self.by_token.len()
    }
}

#[cfg(test)]
mod tests {
    use control_api::sp::LinkBy;

    use super::*;

    fn session(account_id: &str) -> Session {
        Session {
            issuer: "idp".to_owned(),
            name_id: NameId {
                format: None,
                name_qualifier: None,
                sp_name_qualifier: None,
                value: account_id.to_owned(),
            },
            session_index: None,
            attributes: BTreeMap::new(),
            account_id: account_id.to_owned(),
            change: AccountChange::Unchanged,
            link: LinkInfo {
                by: LinkBy::NameId,
                key: account_id.to_owned(),
            },
            expires: Timestamp::MAX,
        }
    }

    /// Catalogue `sess-state-store-flood`, with sessions.
    #[test]
    fn one_account_ends_no_session_of_another() {
        let mut sessions = Sessions::default();
        let is_there =
            |sessions: &Sessions, token: &str| sessions.find(&[token.to_owned()], Timestamp::MIN).is_some();
        sessions.add("victim".to_owned(), session("victim"));
        for number in 0..SESSIONS_MAX {
            sessions.add(format!("m{number}"), session("m"));
        }
        assert!(is_there(&sessions, "victim"));
        assert_eq!(sessions.count("m"), SESSIONS_PER_ACCOUNT_MAX);
        let first = SESSIONS_MAX - SESSIONS_PER_ACCOUNT_MAX;
        assert!(!is_there(&sessions, &format!("m{}", first - 1)));
        assert!(is_there(&sessions, &format!("m{first}")));

        // When all the room is taken, whoever has most makes some.
        for number in 1..SESSIONS_MAX {
            sessions.add(format!("o{number}"), session(&format!("o{number}")));
        }
        assert_eq!(sessions.by_token.len(), SESSIONS_MAX);
        assert_eq!(sessions.oldest_first.len(), SESSIONS_MAX);
        assert_eq!(sessions.count("m"), 1);
        assert!(
            !is_there(&sessions, "victim"),
            "all have one, and this is the oldest"
        );
        assert!(is_there(&sessions, &format!("o{}", SESSIONS_MAX - 1)));
    }
}
