//! The way to the settings, by the labels that the product's own guide has.

use askama::Template;
use axum::{http::StatusCode, response::Response};

use super::{At, respond, respond::Frame};

#[derive(Template)]
#[template(path = "menu.html")]
struct Page {
    frame: Frame,
    /// Label and address of each step before this one.
    crumbs: Vec<(&'static str, String)>,
    /// This step.
    here: &'static str,
    /// The heading under which the next step stands.
    under: Option<&'static str>,
    /// The next step.
    next: (&'static str, String),
}

/// The menu behind the label before `number`, which counts from 1; at the end of the way are the settings.
pub(super) fn show(at: At<'_>, number: &str) -> Response {
    let way = at.provider.personality.way;
    let number = number.parse::<usize>().unwrap_or_default();
    let (Some(here), Some(next)) = (way.get(number.wrapping_sub(1)), way.get(number)) else {
        return respond::not_found();
    };
    let page = Page {
        frame: Frame::of(at.provider),
        crumbs: crumbs(at, number - 1),
        here: here.label,
        under: next.under,
        next: (next.label, address(at, number)),
    };
    respond::page(StatusCode::OK, &page)
}

/// The first `count` steps of the way.
pub(super) fn crumbs(at: At<'_>, count: usize) -> Vec<(&'static str, String)> {
    let steps = at.provider.personality.way.iter().take(count).enumerate();
    steps
        .map(|(place, step)| (step.label, address(at, place)))
        .collect()
}

fn address(at: At<'_>, place: usize) -> String {
    let page = at.provider.personality.way_page(place);
    format!("{}/{page}", at.provider.addresses.path)
}
