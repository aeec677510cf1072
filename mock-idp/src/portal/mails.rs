//! The mails that Entra would have sent.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use control_api::idp::MailInfo;

use super::at::AtTenant;
use super::frame::Frame;
use crate::web::{blocking, sentence};
use crate::{pages, world};

#[derive(Template)]
#[template(path = "portal/mails.html")]
struct MailsPage {
    frame: Frame,
    tenant: String,
    /// Newest first.
    mails: Vec<MailInfo>,
}

/// Every mail, the newest first (entra-behaviour.md 5).
pub(crate) async fn page(at: AtTenant) -> Response {
    let mails = at.slot.lock().mails_until(world::now()).clone();
    // Thumbprints may need their keys made.
    blocking(move || match mails.infos() {
        Ok(mut mails) => {
            mails.reverse();
            let page = MailsPage {
                frame: Frame::directory(at.tenant(), "Notification mails", "/mails"),
                tenant: at.tenant().id.to_string(),
                mails,
            };
            pages::page(StatusCode::OK, &page)
        }
        Err(error) => pages::mishap(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The mails cannot be shown",
            &sentence(&error.to_string()),
        ),
    })
    .await
}
