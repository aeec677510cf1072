//! Pages and their forms, read as a browser reads them (HTML standard 4.10.21).

mod tree;

use url::Url;
use url::form_urlencoded::Serializer;

use super::hops::without_query;
use super::html::{self, HtmlError};
use super::{AgentError, Page};

/// The name of the form by which Entra delivers a response (entra-behaviour.md 3.5).
const DELIVERY_FORM: &str = "hiddenform";

/// What is read of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Document {
    /// The title, white space normalised.
    pub(crate) title: String,
    /// The visible text, white space normalised.
    pub(crate) text: String,
    /// `<meta name=… content=…>`.
    pub(crate) metas: Vec<(String, String)>,
    /// The forms, in document order.
    pub(crate) forms: Vec<Form>,
    /// What the frames show, in document order.
    pub(crate) frames: Vec<Url>,
    /// Where `<meta http-equiv=refresh>` leads.
    pub(crate) refresh: Option<Url>,
    /// The links with an `id`.
    links: Vec<(String, Url)>,
    /// A script or an `onload` that submits a form.
    submits_itself: bool,
}

/// A form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    /// Its `name`.
    pub(crate) name: String,
    /// Where it goes, resolved; `None` where that is no address.
    action: Option<Url>,
    /// Whether the method is POST.
    post: bool,
    /// How a body is encoded.
    enctype: Enctype,
    /// What is submitted, in document order.
    pub(crate) fields: Vec<Field>,
    /// The buttons that submit, in document order.
    pub(crate) buttons: Vec<Button>,
}

/// A value that a form submits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// `name`.
    pub(crate) name: String,
    /// The value.
    pub(crate) value: String,
    /// Whether a person sees it.
    pub(crate) visible: bool,
}

/// A submit button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Button {
    /// `id`.
    pub(crate) id: String,
    /// `data-test-id`.
    pub(crate) test_id: String,
    /// `name`.
    pub(crate) name: String,
    value: String,
    action: Option<Url>,
}

/// How the body of a POST is encoded (HTML standard 4.10.21.8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Enctype {
    /// `application/x-www-form-urlencoded`.
    #[default]
    Urlencoded,
    /// `multipart/form-data`.
    Multipart,
    /// `text/plain`.
    Text,
}

/// Between the parts of a `multipart/form-data` body. No value holds it, since a browser draws it at random.
const BOUNDARY: &str = "----EntrantFormBoundary7dK3vQx9Lr2TzWq8";

impl Enctype {
    /// The attribute's value; whatever else there is means the default.
    fn of(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "multipart/form-data" => Self::Multipart,
            "text/plain" => Self::Text,
            _ => Self::Urlencoded,
        }
    }

    /// The Content-Type of such a body.
    pub(crate) fn content_type(self) -> String {
        match self {
            Self::Urlencoded => "application/x-www-form-urlencoded".to_owned(),
            Self::Multipart => format!("multipart/form-data; boundary={BOUNDARY}"),
            Self::Text => "text/plain".to_owned(),
        }
    }

    fn encode(self, fields: &[(String, String)]) -> String {
        let pairs = fields
            .iter()
            .map(|(name, value)| (line_ends(name), line_ends(value)));
        match self {
            Self::Urlencoded => Serializer::new(String::new()).extend_pairs(pairs).finish(),
            Self::Text => pairs.map(|(name, value)| format!("{name}={value}\r\n")).collect(),
            Self::Multipart => {
                let quoted = |name: &str| {
                    let name = name.replace('\r', "%0D").replace('\n', "%0A");
                    name.replace('"', "%22")
                };
                let part = |(name, value): (String, String)| {
                    let name = quoted(&name);
                    format!(
                        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                    )
                };
                let parts: String = pairs.map(part).collect();
                format!("{parts}--{BOUNDARY}--\r\n")
            }
        }
    }
}

/// A form on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Submission {
    /// Where it goes.
    pub(crate) url: Url,
    /// The body of a POST; `None`: a GET.
    pub(crate) body: Option<String>,
    /// How the body is encoded.
    pub(crate) enctype: Enctype,
    /// The fields, before they were encoded.
    pub(crate) fields: Vec<(String, String)>,
    /// Whether it is Entra's delivery form.
    pub(crate) is_delivery: bool,
}

impl Submission {
    /// A POST of `fields` to `url`.
    pub(crate) fn post(url: Url, fields: Vec<(String, String)>) -> Self {
        Self {
            url,
            body: Some(Enctype::Urlencoded.encode(&fields)),
            enctype: Enctype::Urlencoded,
            fields,
            is_delivery: false,
        }
    }

    /// The value of the field `name`.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Document {
    /// Reads a page.
    ///
    /// # Errors
    /// That it exceeds a limit.
    pub(crate) async fn read(page: &Page) -> Result<Self, AgentError> {
        let (body, url) = (page.body.clone(), page.url.clone());
        let read = html::off_thread(move || Self::parse(&body, &url)).await;
        read.map_err(|reason| AgentError::Page {
            url: without_query(&page.url),
            reason,
        })
    }

    /// Reads the body of a page at `url`. It computes, so it is not for a thread that serves others.
    ///
    /// # Errors
    /// Which limit the page exceeds.
    pub(crate) fn parse(body: &str, url: &Url) -> Result<Self, HtmlError> {
        tree::document(&html::parse(body)?, url)
    }

    /// Where the link called `id` leads.
    pub(crate) fn link(&self, id: &str) -> Option<&Url> {
        self.links
            .iter()
            .find(|(known, _)| known == id)
            .map(|(_, url)| url)
    }

    /// The content of `<meta name="{name}">`.
    pub(crate) fn meta(&self, name: &str) -> Option<&str> {
        self.metas
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, content)| content.as_str())
    }

    /// The form that submits itself once the page has loaded: Entra's delivery form, or the only form of a page
    /// whose script submits it and that asks a person nothing.
    pub(crate) fn automatic(&self) -> Option<&Form> {
        if let Some(form) = self.forms.iter().find(|form| form.name == DELIVERY_FORM) {
            return Some(form);
        }
        match &self.forms[..] {
            [form] if self.submits_itself && !form.asks_anything() => Some(form),
            _ => None,
        }
    }
}

impl Form {
    /// Whether a person would be asked for `name`.
    pub(crate) fn asks(&self, name: &str) -> bool {
        self.fields
            .iter()
            .any(|field| field.name == name && field.visible)
    }

    /// The button called `id`.
    pub(crate) fn button(&self, id: &str) -> Option<&Button> {
        self.buttons.iter().find(|button| button.id == id)
    }

    /// Whether a person would be asked for anything.
    pub(crate) fn asks_anything(&self) -> bool {
        self.fields.iter().any(|field| field.visible)
    }

    /// Types `value` into every field called `name`.
    pub(crate) fn fill(&mut self, name: &str, value: &str) {
        for field in self.fields.iter_mut().filter(|field| field.name == name) {
            value.clone_into(&mut field.value);
        }
    }

    /// What is sent when `button` is pressed, or when a script submits the form (`None`).
    pub(crate) fn submission(&self, button: Option<&Button>) -> Option<Submission> {
        let mut fields: Vec<_> = self
            .fields
            .iter()
            .map(|field| (field.name.clone(), field.value.clone()))
            .collect();
        if let Some(button) = button.filter(|button| !button.name.is_empty()) {
            fields.push((button.name.clone(), button.value.clone()));
        }
        let mut url = button
            .and_then(|button| button.action.clone())
            .or_else(|| self.action.clone())?;
        if self.post {
            return Some(Submission {
                url,
                body: Some(self.enctype.encode(&fields)),
                enctype: self.enctype,
                fields,
                is_delivery: self.name == DELIVERY_FORM,
            });
        }
        url.set_query(Some(&Enctype::Urlencoded.encode(&fields)));
        Some(Submission {
            url,
            body: None,
            enctype: Enctype::Urlencoded,
            fields,
            is_delivery: self.name == DELIVERY_FORM,
        })
    }
}

/// With line ends as CR LF.
fn line_ends(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace('\r', "\n")
        .replace('\n', "\r\n")
}

#[cfg(test)]
mod tests;
