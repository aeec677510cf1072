//! The accounts page: what an administrator of the product and its support see and do.

use std::collections::HashSet;

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
    new: New,
}

/// The form of a new account: what was typed, where that made none, and why.
#[derive(Default)]
struct New {
    user_name: String,
    mail: String,
    problem: Option<&'static str>,
}

struct LinkView {
    link: Link,
    kind: &'static str,
    is_broken: bool,
}

/// Shows every account and link.
pub(super) fn show(at: At<'_>, headers: &HeaderMap) -> Response {
    render(at, headers, StatusCode::OK, New::default())
}

fn render(at: At<'_>, headers: &HeaderMap, status: StatusCode, new: New) -> Response {
    let (form_token, cookies) = match protect::form_token(at, headers) {
        Ok(token) => token,
        Err(broken) => return *broken,
    };
    let mut state = at.provider.state();
    let (notices, keeps_links) = (state.take_notices(), !state.settings.delete_links_with_account);
    drop(state);
    // All instances share the store, so nothing but reading is done with it.
    let rows = {
        let store = lock(&at.sp.store);
        store
            .accounts(&at.provider.scope)
            .and_then(|rows| Ok((rows, store.links(&at.provider.scope)?)))
    };
    let (accounts, links) = match rows {
        Ok(rows) => rows,
        Err(error) => return respond::broken(&error.to_string()),
    };
    let ids: HashSet<&str> = accounts.iter().map(|account| account.id.as_str()).collect();
    let view = |link: Link| LinkView {
        kind: Link::kind_in_words(link.by),
        is_broken: !ids.contains(link.account_id.as_str()),
        link,
    };
    let page = Page {
        frame: Frame::of(at.provider),
        links: links.into_iter().map(view).collect(),
        accounts,
        notices,
        keeps_links,
        form_token,
        new,
    };
    protect::with_cookies(respond::page(status, &page), cookies)
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
    let action = field("action");
    if action == "create" {
        match create(at, &field("upn"), Some(&field("mail"))) {
            Ok(Created::Done) => at.provider.state().notify(Created::Done.sentence().to_owned()),
            Ok(not) => {
                let new = New {
                    user_name: field("upn"),
                    mail: field("mail"),
                    problem: Some(not.sentence()),
                };
                return render(at, headers, StatusCode::UNPROCESSABLE_ENTITY, new);
            }
            Err(error) => return respond::broken(&error.to_string()),
        }
        return see_other(&format!("{}/accounts", at.provider.addresses.path));
    }
    let done = match action.as_str() {
        "delete-link" => delete_link(at, field),
        "delete" | "deactivate" | "activate" => change(at, &action, &field("id")),
        _ => Ok("That is not a button of this page."),
    };
    match done {
        Ok(notice) => at.provider.state().notify(notice.to_owned()),
        Err(error) => return respond::broken(&error.to_string()),
    }
    see_other(&format!("{}/accounts", at.provider.addresses.path))
}

/// Does to an account what a button of its row says; another tab may have deleted it.
fn change(at: At<'_>, action: &str, id: &str) -> Result<&'static str, StoreError> {
    if lock(&at.sp.store).account(&at.provider.scope, id)?.is_none() {
        return Ok("That account is not there any more.");
    }
    match action {
        "delete" => delete(at, id).map(|()| "The account is deleted."),
        "activate" => set_active(at, id, true).map(|()| "The account is active."),
        _ => set_active(at, id, false).map(|()| "The account is deactivated."),
    }
}

fn delete_link(at: At<'_>, field: impl Fn(&str) -> String) -> Result<&'static str, StoreError> {
    let link = Link {
        issuer: field("issuer"),
        by: Link::by_of_kind(&field("kind")),
        key: field("key"),
        account_id: String::new(),
        account_name: String::new(),
    };
    let deleted = lock(&at.sp.store).delete_link(&at.provider.scope, &link)?;
    Ok(if deleted {
        "The link is deleted."
    } else {
        "That link is not there any more."
    })
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
