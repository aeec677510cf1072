//! What is remembered of each request, as evidence.

use reqwest::Method;
use serde::Serialize;
use url::Url;

use crate::text::shortened;

/// The longest address that is kept, in characters.
const URL_CHARACTERS_MAX: usize = 2000;

/// One request and its answer. Cookie values and bodies are not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hop {
    /// `GET` or `POST`.
    pub method: String,
    /// The address.
    pub url: String,
    /// HTTP status.
    pub status: u16,
    /// Where a redirect leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The names of the cookies that the answer sets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cookies_set: Vec<String>,
    /// The header fields of the answer, names in lower case.
    #[serde(skip)]
    pub(crate) headers: Vec<(String, String)>,
}

impl Hop {
    pub(super) fn new(
        method: &Method,
        url: &Url,
        status: u16,
        set: &[&str],
        headers: &[(String, String)],
    ) -> Self {
        let location = headers.iter().find(|(name, _)| name == "location");
        let name = |cookie: &&str| {
            let pair = cookie.split(';').next().unwrap_or_default();
            pair.split('=').next().unwrap_or_default().trim().to_owned()
        };
        Self {
            method: method.to_string(),
            url: shortened(url.as_str(), URL_CHARACTERS_MAX),
            status,
            location: location.map(|(_, value)| shortened(value, URL_CHARACTERS_MAX)),
            cookies_set: set.iter().map(name).collect(),
            headers: headers.to_vec(),
        }
    }

    /// The values of a header field, whatever its case, with commas between them; empty: there is none.
    pub(crate) fn header(&self, name: &str) -> String {
        let called = self
            .headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let values: Vec<_> = called.map(|(_, value)| value.as_str()).collect();
        values.join(", ")
    }

    /// Method and address without query: what counts as the same hop.
    pub(super) fn place(&self) -> String {
        let end = self.url.find(['?', '#']).unwrap_or(self.url.len());
        format!("{} {}", self.method, &self.url[..end])
    }
}

/// As [`Hop::place`].
pub(super) fn place(method: &Method, url: &Url) -> String {
    format!("{method} {}", shortened(&without_query(url), URL_CHARACTERS_MAX))
}

/// The address without query and fragment.
pub(super) fn without_query(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}
