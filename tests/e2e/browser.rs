//! The smallest thing that can sign in over HTTP: it keeps cookies, follows redirects and submits the forms of the
//! sign-in pages. As to `Secure` it is as strict as HTTP libraries are: everything here is http, so it keeps no such
//! cookie. What a browser really does is the runner's business and Chromium's.

use std::collections::HashMap;

use scraper::{Html, Selector};

/// A cookie jar and a client.
pub(crate) struct Browser {
    http: reqwest::Client,
    cookies: HashMap<(String, String), String>,
}

impl Browser {
    pub(crate) fn new() -> Self {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self {
            http,
            cookies: HashMap::new(),
        }
    }

    /// Opens `url` and signs in wherever a sign-in page appears; gives the last page's status and text.
    pub(crate) async fn sign_in(&mut self, url: &str, upn: &str, password: &str) -> (u16, String) {
        let (mut url, mut form) = (url::Url::parse(url).unwrap(), None);
        for _ in 0..20 {
            let (status, location, body) = self.request(&url, form.take()).await;
            if let Some(location) = location {
                url = url.join(&location).unwrap();
                continue;
            }
            let Some((action, fields)) = next_form(&body, upn, password) else {
                return (status, body);
            };
            url = url.join(&action).unwrap();
            form = Some(fields);
        }
        panic!("no end at {url}");
    }

    /// GETs one page.
    pub(crate) async fn get(&mut self, url: &str) -> (u16, String) {
        let (status, _, body) = self.request(&url::Url::parse(url).unwrap(), None).await;
        (status, body)
    }

    async fn request(
        &mut self,
        url: &url::Url,
        form: Option<Vec<(String, String)>>,
    ) -> (u16, Option<String>, String) {
        let origin = url.origin().ascii_serialization();
        let cookies: Vec<_> = (self.cookies.iter())
            .filter(|((of, _), _)| *of == origin)
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        let request = match form {
            None => self.http.get(url.clone()),
            Some(fields) => {
                let body = url::form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(fields)
                    .finish();
                self.http
                    .post(url.clone())
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(body)
            }
        };
        let answer = request.header("cookie", cookies.join("; ")).send().await.unwrap();
        for cookie in answer.headers().get_all("set-cookie") {
            let mut parts = cookie.to_str().unwrap().split(';').map(str::trim);
            let (name, value) = parts.next().unwrap().split_once('=').unwrap();
            if parts.any(|attribute| attribute.eq_ignore_ascii_case("Secure")) {
                continue;
            }
            self.cookies
                .insert((origin.clone(), name.to_owned()), value.to_owned());
        }
        let location = answer
            .headers()
            .get("location")
            .map(|value| value.to_str().unwrap().to_owned());
        (answer.status().as_u16(), location, answer.text().await.unwrap())
    }
}

/// The form of a sign-in or delivery page, filled in.
fn next_form(body: &str, upn: &str, password: &str) -> Option<(String, Vec<(String, String)>)> {
    let page = Html::parse_document(body);
    let input = Selector::parse("input[name]").unwrap();
    let form = page.select(&Selector::parse("form").unwrap()).find(|form| {
        let names: Vec<_> = form
            .select(&input)
            .filter_map(|field| field.attr("name"))
            .collect();
        names
            .iter()
            .any(|name| matches!(*name, "loginfmt" | "passwd" | "LoginOptions" | "SAMLResponse"))
    })?;
    let fields = form
        .select(&input)
        // No button: the default answer; no box is ticked.
        .filter(|field| !matches!(field.attr("type"), Some("submit" | "checkbox")))
        .map(|field| {
            let name = field.attr("name").unwrap().to_owned();
            let value = match name.as_str() {
                "loginfmt" => upn,
                "passwd" => password,
                _ => field.attr("value").unwrap_or_default(),
            };
            (name, value.to_owned())
        });
    Some((
        form.attr("action").unwrap_or_default().to_owned(),
        fields.collect(),
    ))
}
