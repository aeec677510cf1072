//! An administrator before the admin center.

use scraper::{ElementRef, Html, Selector};
use serde_json::Value;

use crate::agent::{Agent, HOST, Mock, Page};

/// An administrator with a page open.
pub(crate) struct Admin {
    pub(crate) mock: Mock,
    pub(crate) agent: Agent,
    /// Path and query of the page.
    pub(crate) url: String,
    pub(crate) page: Page,
}

impl Admin {
    /// On the first page of Contoso.
    pub(crate) async fn contoso() -> Self {
        Self::of(Mock::contoso()).await
    }

    /// On the first page of a mock's tenant.
    pub(crate) async fn of(mock: Mock) -> Self {
        let mut agent = mock.agent();
        let url = format!("/portal/{}", mock.tenant.id);
        let page = agent.get(&url).await;
        assert_eq!(page.status, 200);
        Self {
            mock,
            agent,
            url,
            page,
        }
    }

    /// Opens an address below the tenant's first page; whatever answers.
    pub(crate) async fn open(&mut self, path: &str) {
        let url = format!("/portal/{}{path}", self.mock.tenant.id);
        self.go(url).await;
    }

    async fn go(&mut self, url: String) {
        self.page = self.agent.get(&url).await;
        self.url = url;
    }

    /// Follows the link with this text.
    pub(crate) async fn click(&mut self, text: &str) {
        let url = self.link(text);
        self.go(url).await;
        assert_eq!(self.page.status, 200, "{text}: {}", self.url);
    }

    /// Follows links, one after the other.
    pub(crate) async fn walk(&mut self, texts: &[&str]) {
        for text in texts {
            self.click(text).await;
        }
    }

    /// Where the link with this text leads.
    pub(crate) fn link(&self, text: &str) -> String {
        let html = Html::parse_document(&self.page.body);
        let links = elements(html.root_element(), "a[href]");
        let found = links.into_iter().find(|link| name(&html, *link) == text);
        let found = found.unwrap_or_else(|| panic!("no link {text:?} on {}", self.url));
        found.attr("href").unwrap().to_owned()
    }

    /// Fills fields in by their labels and presses a button; a redirect is followed. A box is ticked by `yes` and
    /// cleared by `no`, a radio button is chosen by `yes`, an option by its text.
    pub(crate) async fn press(&mut self, button: &str, filled: &[(&str, &str)]) {
        let filled: Vec<_> = filled
            .iter()
            .map(|(label, value)| ((*label).to_owned(), (*value).to_owned()))
            .collect();
        let sent = filled_in(&self.page.body, &self.url, button, &filled);
        let pairs = sent
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let pairs: Vec<_> = pairs.collect();
        if sent.is_post {
            self.page = self.agent.post(&sent.action, &pairs).await;
            self.url = sent.action;
        } else {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(&pairs)
                .finish();
            let path = sent.action.split('?').next().unwrap();
            self.go(format!("{path}?{query}")).await;
        }
        self.follow().await;
    }

    /// Chooses a file, fills the other fields in by their labels and presses a button of that form.
    pub(crate) async fn upload(&mut self, button: &str, file: &[u8], filled: &[(&str, &str)]) {
        let filled: Vec<_> = filled
            .iter()
            .map(|(label, value)| ((*label).to_owned(), (*value).to_owned()))
            .collect();
        let sent = filled_in(&self.page.body, &self.url, button, &filled);
        let form = format!("form[action=\"{}\"]", sent.action);
        assert_eq!(
            self.page.attribute(&form, "enctype").as_deref(),
            Some("multipart/form-data")
        );
        let field = self.page.attribute(&format!("{form} input[type=file]"), "name");
        let mut body = Vec::new();
        for (name, value) in &sent.fields {
            body.extend(part(name, "", value.as_bytes()));
        }
        body.extend(part(&field.unwrap(), "; filename=\"own\"", file));
        body.extend(b"--xyz--\r\n");
        let kind = "multipart/form-data; boundary=xyz";
        self.page = self.agent.send_bytes("POST", &sent.action, body, kind).await;
        self.url = sent.action;
        self.follow().await;
    }

    /// To where a form leads.
    async fn follow(&mut self) {
        if self.page.status == 303 {
            let location = self.page.header(axum::http::header::LOCATION).to_owned();
            self.go(location).await;
            assert_eq!(self.page.status, 200, "{}", self.url);
        }
    }

    /// What the field with this label holds: a text, the chosen option's text, or `yes` and `no`.
    pub(crate) fn value(&self, label: &str) -> String {
        let html = Html::parse_document(&self.page.body);
        let fields = elements(html.root_element(), "input, select, textarea");
        let field = fields.into_iter().find(|field| name(&html, *field) == label);
        let field = field.unwrap_or_else(|| panic!("no field {label:?} on {}", self.url));
        match field.attr("type") {
            Some("checkbox" | "radio") => if field.attr("checked").is_some() {
                "yes"
            } else {
                "no"
            }
            .to_owned(),
            _ => match field.value().name() {
                "select" => chosen(field).map_or_else(String::new, |option| words(option)),
                _ => value(field),
            },
        }
    }

    /// What the last form did.
    pub(crate) fn notice(&self) -> String {
        self.page.select("[role=status]").concat()
    }

    /// What is wrong with the last form.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.page.status, 400, "{}", self.page.body);
        self.page.select("[role=alert]").concat()
    }

    /// The value beside a label of a list.
    pub(crate) fn row(&self, label: &str) -> String {
        let html = Html::parse_document(&self.page.body);
        let rows = elements(html.root_element(), ".rows > div");
        let row = rows
            .into_iter()
            .find(|row| words(elements(*row, "dt")[0]) == label);
        let row = row.unwrap_or_else(|| panic!("no row {label:?} on {}", self.url));
        let parts = elements(row, "dd code");
        words(parts.first().copied().unwrap_or(elements(row, "dd")[0]))
    }

    /// The rows of the page's table, cell by cell.
    pub(crate) fn table(&self) -> Vec<Vec<String>> {
        let html = Html::parse_document(&self.page.body);
        let rows = elements(html.root_element(), ".table tbody tr");
        let cells = |row| elements(row, "th, td").into_iter().map(words).collect();
        rows.into_iter().map(cells).collect()
    }

    /// The tenant's file as it is now.
    pub(crate) async fn file(&self) -> Value {
        self.mock.control("GET", "/export", Value::Null).await
    }
}

/// A part of a form with a file (RFC 7578).
fn part(name: &str, more: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n");
    [head.as_bytes(), content, b"\r\n"].concat()
}

/// What a form sends.
struct Sent {
    is_post: bool,
    action: String,
    fields: Vec<(String, String)>,
}

fn filled_in(body: &str, url: &str, button: &str, filled: &[(String, String)]) -> Sent {
    let html = Html::parse_document(body);
    let forms = elements(html.root_element(), "form").into_iter();
    let with_button = forms.filter_map(|form| {
        let buttons = elements(form, "button").into_iter();
        let mut pressed = buttons.filter(|one| name(&html, *one) == button);
        Some((form, pressed.next()?))
    });
    // The search of the frame and that of the page have a button of the same name.
    let has_fields = |(form, _): &(ElementRef<'_>, ElementRef<'_>)| {
        let names: Vec<_> = fields_of(*form).map(|field| name(&html, field)).collect();
        filled.iter().all(|(label, _)| names.contains(label))
    };
    let found = with_button.filter(has_fields).last();
    let (form, pressed) = found.unwrap_or_else(|| panic!("no {button:?} with {filled:?} on {url}"));
    assert!(
        pressed.attr("disabled").is_none(),
        "{button:?} is disabled on {url}"
    );
    let mut fields = Vec::new();
    for field in fields_of(form) {
        let label = name(&html, field);
        let given = filled.iter().find(|(known, _)| *known == label);
        let given = given.map(|(_, value)| value.as_str());
        let Some(key) = field.attr("name") else { continue };
        if let Some(value) = sent_value(&html, form, field, given, filled) {
            fields.push((key.to_owned(), value));
        }
    }
    if let Some(key) = pressed.attr("name") {
        fields.push((
            key.to_owned(),
            pressed.attr("value").unwrap_or_default().to_owned(),
        ));
    }
    let method = pressed.attr("formmethod").or(form.attr("method"));
    Sent {
        is_post: method == Some("post"),
        action: form.attr("action").unwrap_or(url).to_owned(),
        fields,
    }
}

fn fields_of(form: ElementRef<'_>) -> impl Iterator<Item = ElementRef<'_>> {
    elements(form, "input, select, textarea").into_iter()
}

/// What a field sends, if anything.
fn sent_value(
    html: &Html,
    form: ElementRef<'_>,
    field: ElementRef<'_>,
    given: Option<&str>,
    filled: &[(String, String)],
) -> Option<String> {
    let is_checked = field.attr("checked").is_some();
    match (field.value().name(), field.attr("type")) {
        (_, Some("submit" | "file")) => None,
        (_, Some("checkbox")) => given
            .map_or(is_checked, |given| given == "yes")
            .then(|| value(field)),
        (_, Some("radio")) => {
            let of_group = format!("input[type=radio][name=\"{}\"]", field.attr("name")?);
            let is_given = |one: &ElementRef<'_>| filled.iter().any(|(label, _)| *label == name(html, *one));
            let is_other_chosen = elements(form, &of_group).iter().any(is_given);
            given
                .map_or(is_checked && !is_other_chosen, |given| given == "yes")
                .then(|| value(field))
        }
        ("select", _) => {
            let options = elements(field, "option");
            let option = match given {
                Some(given) => {
                    let found = options.into_iter().find(|option| words(*option) == given);
                    Some(found.unwrap_or_else(|| panic!("no option {given:?}")))
                }
                None => chosen(field),
            };
            option.map(|option| option.attr("value").unwrap_or_default().to_owned())
        }
        _ => Some(given.map_or_else(|| value(field), str::to_owned)),
    }
}

/// The option that a browser shows.
fn chosen(select: ElementRef<'_>) -> Option<ElementRef<'_>> {
    let options = elements(select, "option");
    let selected = options.iter().find(|option| option.attr("selected").is_some());
    selected.or(options.first()).copied()
}

/// A field's value; the first newline of a textarea is its own.
fn value(field: ElementRef<'_>) -> String {
    if field.value().name() == "textarea" {
        return field.text().collect();
    }
    field.attr("value").unwrap_or_default().to_owned()
}

/// The accessible name: by reference, as an attribute, by a label, else the text.
pub(crate) fn name(html: &Html, element: ElementRef<'_>) -> String {
    if let Some(ids) = element.attr("aria-labelledby") {
        let texts = ids.split_whitespace().map(|id| by_id(html, id));
        return texts.collect::<Vec<_>>().join(" ");
    }
    if let Some(label) = element.attr("aria-label") {
        return label.to_owned();
    }
    let is_field = matches!(element.value().name(), "input" | "select" | "textarea");
    if !is_field {
        return words(element);
    }
    if let Some(id) = element.attr("id") {
        let labels = elements(html.root_element(), "label[for]").into_iter();
        let mut own = labels.filter(|label| label.attr("for") == Some(id));
        if let Some(label) = own.next() {
            return words_but_small(label);
        }
    }
    let around = element.ancestors().filter_map(ElementRef::wrap);
    let mut labels = around.filter(|one| one.value().name() == "label");
    labels.next().map(words_but_small).unwrap_or_default()
}

fn by_id(html: &Html, id: &str) -> String {
    let all = elements(html.root_element(), "[id]").into_iter();
    let mut found = all.filter(|one| one.attr("id") == Some(id));
    found.next().map(words).unwrap_or_default()
}

pub(crate) fn elements<'h>(of: ElementRef<'h>, css: &str) -> Vec<ElementRef<'h>> {
    let selector = Selector::parse(css).unwrap();
    of.select(&selector).collect()
}

/// The text, white space normalised.
pub(crate) fn words(element: ElementRef<'_>) -> String {
    let text: String = element.text().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text without what stands beside it in small letters.
fn words_but_small(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    gather(element, &mut text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn gather(element: ElementRef<'_>, text: &mut String) {
    for child in element.children() {
        match (child.value().as_text(), ElementRef::wrap(child)) {
            (Some(part), _) => text.push_str(part),
            (None, Some(inner)) if inner.value().name() != "small" => gather(inner, text),
            _ => {}
        }
    }
}

/// Whether an address is the mock's own.
pub(crate) fn own_path(href: &str) -> Option<String> {
    let path = href.strip_prefix(&format!("http://{HOST}")).unwrap_or(href);
    (path.starts_with('/') && !path.starts_with("//")).then(|| path.to_owned())
}
