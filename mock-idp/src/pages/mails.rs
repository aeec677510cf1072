//! The page of the mails that Entra would have sent.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use control_api::idp::MailInfo;

use super::page;

#[derive(Template)]
#[template(path = "mails.html")]
struct MailsPage<'p> {
    tenant: &'p str,
    /// Newest first.
    mails: Vec<&'p MailInfo>,
}

/// Every mail, the newest first.
pub(crate) fn mails(tenant: &str, mails: &[MailInfo]) -> Response {
    let template = MailsPage {
        tenant,
        mails: mails.iter().rev().collect(),
    };
    page(StatusCode::OK, &template)
}
