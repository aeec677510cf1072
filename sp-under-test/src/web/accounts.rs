//! The accounts page: what an administrator of the product and its support see and do.

use askama::Template;
use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use saml_accept::binding::Form;

use super::{At, protect, respond, respond::Frame, see_other};
use crate::{
    ambient,
    instance::lock,
    store::{Account, Insert, Link, StoreError},
};

/// The longest user name or mail that is taken, in characters.
pub(super) const NAME_MAX: usize = 1024;

#[derive(Template)]
#[template(path = "accounts.html")]
struct Page {
    frame: Frame,
    accounts: Vec<Account>,
    links: Vec<LinkView>,
    notices: Vec<String>,
    keeps_links: bool,
    form_token: String,
}

struct LinkView {
    link: Link,
    kind: &'static str,
    is_broken: bool,
}

/// Shows every account and link.
pub(super) fn show(at: At<'_>, headers: &HeaderMap) -> Response {
    let (form_token, cookies) = match protect::form_token(at, headers) {
        Ok(token) => token,
        Err(broken) => return *broken,
    };
    let mut state = at.provider.state();
    let store = lock(&at.sp.store);
    let rows = store
        .accounts(&at.provider.scope)
        .and_then(|rows| Ok((rows, store.links(&at.provider.scope)?)));
    let (accounts, links) = match rows {
        Ok(rows) => rows,
        Err(error) => return respond::broken(&error.to_string()),
    };
    let view = |link: Link| LinkView {
        kind: Link::kind_in_words(link.by),
        is_broken: accounts.iter().all(|account| account.id != link.account_id),
        link,
    };
    let page = Page {
        frame: Frame::of(at.provider),
        links: links.into_iter().map(view).collect(),
        accounts,
        notices: state.take_notices(),
        keeps_links: !state.settings.delete_links_with_account,
        form_token,
    };
    protect::with_cookies(respond::page(StatusCode::OK, &page), cookies)
}

/// Takes one of the page's forms.
pub(super) fn post(at: At<'_>, headers: &HeaderMap, body: &[u8]) -> Response {
    let field = |name: &str| {
        let value = Form::parse(body)
            .and_then(|form| form.parameter(name))
            .ok()
            .flatten();
        value.map(|value| value.trim().to_owned()).unwrap_or_default()
    };
    let checked = protect::require_loopback(headers)
        .and_then(|()| protect::require_same_origin(at, headers))
        .and_then(|()| protect::require_token(at, headers, Some(&field(protect::FORM_TOKEN))));
    if let Err(refusal) = checked {
        return *refusal;
    }
    let done = match field("action").as_str() {
        "create" => {
            create(at, &field("upn"), Some(&field("mail"))).map(|created| created.sentence().to_owned())
        }
        "delete" => delete(at, &field("id")).map(|()| "The account is deleted.".to_owned()),
        "deactivate" => {
            set_active(at, &field("id"), false).map(|()| "The account is deactivated.".to_owned())
        }
        "activate" => set_active(at, &field("id"), true).map(|()| "The account is active.".to_owned()),
        "delete-link" => {
            let link = Link {
                issuer: field("issuer"),
                by: Link::by_of_kind(&field("kind")),
                key: field("key"),
                account_id: String::new(),
                account_name: String::new(),
            };
            lock(&at.sp.store)
                .delete_link(&at.provider.scope, &link)
                .map(|_| "The link is deleted.".to_owned())
        }
        _ => Ok("That is not a button of this page.".to_owned()),
    };
    match done {
        Ok(notice) => at.provider.state().notify(notice),
        Err(error) => return respond::broken(&error.to_string()),
    }
    see_other(&format!("{}/accounts", at.provider.addresses.path))
}

/// What became of an account to be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Created {
    /// It is there now, or was there already and stays as it is.
    Done,
    /// Another account has the mail.
    MailTaken,
    /// A name is empty, too long or has control characters in it.
    Unusable,
    /// There are too many.
    Full,
}

impl Created {
    /// What to tell people.
    pub(super) fn sentence(self) -> &'static str {
        match self {
            Self::Done => "The account is there.",
            Self::MailTaken => "No account was made: another account has that mail.",
            Self::Unusable => "No account was made: the user name is empty, or a name is too long.",
            Self::Full => "No account was made: there are too many.",
        }
    }
}

/// Makes an account. One with the user name stays as it is (contracts.md section 7).
pub(super) fn create(at: At<'_>, user_name: &str, mail: Option<&str>) -> Result<Created, StoreError> {
    let mail = mail.filter(|mail| !mail.is_empty());
    let usable = |name: &str| name.chars().count() <= NAME_MAX && !name.chars().any(char::is_control);
    if user_name.is_empty() || !usable(user_name) || !mail.is_none_or(usable) {
        return Ok(Created::Unusable);
    }
    let store = lock(&at.sp.store);
    let named = store.accounts_named(&at.provider.scope, &[user_name])?;
    if named
        .iter()
        .any(|account| account.user_name.eq_ignore_ascii_case(user_name))
    {
        return Ok(Created::Done);
    }
    let account = Account {
        id: ambient::account_id(),
        user_name: user_name.to_owned(),
        mail: mail.map(str::to_owned),
        active: true,
        ..Account::default()
    };
    Ok(match store.insert_account(&at.provider.scope, &account)? {
        Insert::Done => Created::Done,
        Insert::Taken => Created::MailTaken,
        Insert::Full => Created::Full,
    })
}

/// Deletes an account, and its links where the settings say so.
pub(super) fn delete(at: At<'_>, id: &str) -> Result<(), StoreError> {
    let with_links = at.provider.state().settings.delete_links_with_account;
    lock(&at.sp.store).delete_account(&at.provider.scope, id, with_links)
}

/// Lets an account sign in, or not.
pub(super) fn set_active(at: At<'_>, id: &str, active: bool) -> Result<(), StoreError> {
    let store = lock(&at.sp.store);
    if let Some(account) = store.account(&at.provider.scope, id)? {
        store.update_account(&at.provider.scope, &Account { active, ..account })?;
    }
    Ok(())
}
