//! Pages and their forms, read as a browser reads them (HTML standard 4.10.21).

use scraper::{ElementRef, Html, Selector};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::text::normalised;

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

/// A form on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Submission {
    /// Where it goes.
    pub(crate) url: Url,
    /// The urlencoded body of a POST; `None`: a GET.
    pub(crate) body: Option<String>,
    /// The fields, before they were encoded.
    pub(crate) fields: Vec<(String, String)>,
}

impl Submission {
    /// A POST of `fields` to `url`.
    pub(crate) fn post(url: Url, fields: Vec<(String, String)>) -> Self {
        Self {
            url,
            body: Some(encode(&fields)),
            fields,
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
    /// Reads the body of a page at `url`.
    pub(crate) fn parse(body: &str, url: &Url) -> Self {
        let html = Html::parse_document(body);
        let base = first(&html, "base[href]")
            .and_then(|base| url.join(base.value().attr("href")?).ok())
            .unwrap_or_else(|| url.clone());
        let forms: Vec<_> = all(&html, "form").collect();
        let address = |element, name| base.join(attribute(element, name).trim()).ok();
        Self {
            title: first(&html, "title").map(|title| text(title)).unwrap_or_default(),
            text: first(&html, "body").map(visible_text).unwrap_or_default(),
            metas: all(&html, "meta[name]")
                .map(|meta| (attribute(meta, "name"), attribute(meta, "content")))
                .collect(),
            forms: forms
                .iter()
                .map(|form| Form::read(&html, *form, &base, url))
                .collect(),
            frames: all(&html, "iframe[src]")
                .filter_map(|frame| address(frame, "src"))
                .collect(),
            refresh: all(&html, "meta[http-equiv][content]")
                .filter(|meta| attribute(*meta, "http-equiv").eq_ignore_ascii_case("refresh"))
                .find_map(|meta| refresh(&attribute(meta, "content"), &base)),
            links: all(&html, "a[id][href]")
                .filter_map(|link| Some((attribute(link, "id"), address(link, "href")?)))
                .collect(),
            submits_itself: submits_itself(&html),
        }
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
    fn read(html: &Html, form: ElementRef<'_>, base: &Url, url: &Url) -> Self {
        let mut fields = Vec::new();
        let mut buttons = Vec::new();
        for control in controls(html, form).filter(|control| !is_disabled(*control)) {
            match control.value().name() {
                "button" | "input" if is_submit(control) => buttons.push(Button {
                    id: attribute(control, "id"),
                    test_id: attribute(control, "data-test-id"),
                    name: attribute(control, "name"),
                    value: attribute(control, "value"),
                    action: control
                        .value()
                        .attr("formaction")
                        .and_then(|action| base.join(action).ok()),
                }),
                "button" => {}
                _ => fields.extend(field_values(control)),
            }
        }
        let action = match form.value().attr("action").map(str::trim) {
            None | Some("") => Some(url.clone()),
            Some(action) => base.join(action).ok(),
        };
        Self {
            name: attribute(form, "name"),
            action,
            post: attribute(form, "method").eq_ignore_ascii_case("post"),
            fields,
            buttons,
        }
    }

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
            return Some(Submission::post(url, fields));
        }
        url.set_query(Some(&encode(&fields)));
        Some(Submission {
            url,
            body: None,
            fields,
        })
    }
}

/// `application/x-www-form-urlencoded`, line ends as CR LF.
fn encode(fields: &[(String, String)]) -> String {
    let line_ends = |text: &str| {
        text.replace("\r\n", "\n")
            .replace('\r', "\n")
            .replace('\n', "\r\n")
    };
    let pairs = fields
        .iter()
        .map(|(name, value)| (line_ends(name), line_ends(value)));
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// The controls that belong to a form: those inside, unless they name another, and those that name it.
fn controls<'h>(html: &'h Html, form: ElementRef<'h>) -> impl Iterator<Item = ElementRef<'h>> {
    let id = attribute(form, "id");
    all(html, "input, select, textarea, button").filter(move |control| match control.value().attr("form") {
        Some(owner) => !id.is_empty() && owner == id,
        None => control.ancestors().any(|ancestor| ancestor.id() == form.id()),
    })
}

fn is_submit(control: ElementRef<'_>) -> bool {
    let kind = attribute(control, "type").to_ascii_lowercase();
    match control.value().name() {
        "button" => !matches!(kind.as_str(), "button" | "reset"),
        _ => matches!(kind.as_str(), "submit" | "image"),
    }
}

fn is_disabled(control: ElementRef<'_>) -> bool {
    control.value().attr("disabled").is_some()
        || control.ancestors().filter_map(ElementRef::wrap).any(|ancestor| {
            ancestor.value().name() == "fieldset" && ancestor.value().attr("disabled").is_some()
        })
}

/// The values that a control contributes ("constructing the entry list"); none where it has no name.
fn field_values(control: ElementRef<'_>) -> Vec<Field> {
    let name = attribute(control, "name");
    if name.is_empty() {
        return Vec::new();
    }
    let field = |value: String, visible| Field {
        name: name.clone(),
        value,
        visible,
    };
    match control.value().name() {
        "select" => selected(control)
            .into_iter()
            .map(|value| field(value, true))
            .collect(),
        "textarea" => vec![field(control.text().collect(), true)],
        _ => match attribute(control, "type").to_ascii_lowercase().as_str() {
            "button" | "reset" => Vec::new(),
            "checkbox" | "radio" if control.value().attr("checked").is_none() => Vec::new(),
            "checkbox" | "radio" => vec![field(
                control.value().attr("value").unwrap_or("on").to_owned(),
                false,
            )],
            // No file was chosen.
            "file" => vec![field(String::new(), true)],
            "hidden" => vec![field(attribute(control, "value"), false)],
            _ => vec![field(attribute(control, "value"), true)],
        },
    }
}

/// The values of the selected options; a list that shows one shows the first where none is selected.
fn selected(select: ElementRef<'_>) -> Vec<String> {
    let option = Selector::parse("option").expect("a constant selector");
    let enabled: Vec<_> = select
        .select(&option)
        .filter(|option| option.value().attr("disabled").is_none())
        .collect();
    let value = |option: &ElementRef<'_>| {
        option
            .value()
            .attr("value")
            .map_or_else(|| text(*option), ToOwned::to_owned)
    };
    let chosen: Vec<_> = enabled
        .iter()
        .filter(|option| option.value().attr("selected").is_some())
        .map(value)
        .collect();
    if select.value().attr("multiple").is_some() {
        return chosen;
    }
    chosen
        .into_iter()
        .next_back()
        .or_else(|| enabled.first().map(value))
        .into_iter()
        .collect()
}

/// The address of `5; url=/next`; a refresh of the page itself has none.
fn refresh(content: &str, base: &Url) -> Option<Url> {
    let (_, rest) = content.split_once([';', ','])?;
    let (name, address) = rest.split_once('=')?;
    let address = address.trim().trim_matches(['"', '\'']);
    name.trim()
        .eq_ignore_ascii_case("url")
        .then(|| base.join(address).ok())?
}

fn submits_itself(html: &Html) -> bool {
    let calls_submit = |script: &str| script.contains(".submit()") || script.contains(".click()");
    all(html, "script").any(|script| calls_submit(&script.text().collect::<String>()))
        || all(html, "[onload]").any(|element| calls_submit(&attribute(element, "onload")))
}

fn all<'h>(html: &'h Html, selector: &str) -> impl Iterator<Item = ElementRef<'h>> {
    let selector = Selector::parse(selector).expect("a constant selector");
    html.select(&selector).collect::<Vec<_>>().into_iter()
}

fn first<'h>(html: &'h Html, selector: &str) -> Option<ElementRef<'h>> {
    all(html, selector).next()
}

fn attribute(element: ElementRef<'_>, name: &str) -> String {
    element.value().attr(name).unwrap_or_default().to_owned()
}

fn text(element: ElementRef<'_>) -> String {
    normalised(&element.text().collect::<Vec<_>>().join(""))
}

/// The text of the body without scripts, styles and what only a browser without script shows.
fn visible_text(body: ElementRef<'_>) -> String {
    let mut parts = Vec::new();
    for node in body.descendants() {
        let Some(part) = node.value().as_text() else {
            continue;
        };
        let hidden = node.ancestors().filter_map(ElementRef::wrap).any(|ancestor| {
            matches!(
                ancestor.value().name(),
                "script" | "style" | "noscript" | "template"
            ) || ancestor.value().attr("hidden").is_some()
        });
        if !hidden {
            parts.push(&part.text[..]);
        }
    }
    normalised(&parts.join(" "))
}

#[cfg(test)]
mod tests;
