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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn page(body: &str) -> Document {
        Document::parse(body, &Url::parse("http://idp.test/dir/page?q=1").unwrap())
    }

    /// The submission of the only form, its first button pressed where `pressed`.
    fn sent(body: &str, pressed: bool) -> (String, Option<String>) {
        let document = page(body);
        let form = &document.forms[0];
        let submission = form.submission(form.buttons.first().filter(|_| pressed)).unwrap();
        (submission.url.to_string(), submission.body)
    }

    #[test]
    fn a_form_sends_what_a_browser_sends() {
        let post = |fields: &str| format!("<form method=POST action='/go'>{fields}</form>");
        for (fields, pressed, expected) in [
            (
                "<input name=a value=1><input type=hidden name=b value='x&amp;y z'>",
                false,
                "a=1&b=x%26y+z",
            ),
            (
                "<input name=a><input value=noname><input name=c value=3 disabled>",
                false,
                "a=",
            ),
            (
                "<fieldset disabled><input name=a></fieldset><input name=b>",
                false,
                "b=",
            ),
            (
                "<input type=checkbox name=a><input type=checkbox name=b checked>",
                false,
                "b=on",
            ),
            (
                "<input type=radio name=r value=1><input type=radio name=r value=2 checked>",
                false,
                "r=2",
            ),
            (
                "<select name=s><option>one<option value=2>two</select>",
                false,
                "s=one",
            ),
            (
                "<select name=s><option>one<option value=2 selected>two</select>",
                false,
                "s=2",
            ),
            ("<select name=s multiple><option>one</select>", false, ""),
            ("<textarea name=t>\na\nb</textarea>", false, "t=a%0D%0Ab"),
            (
                "<input name=a value=1><input type=submit name=go value=Yes><button name=no value=No>",
                true,
                "a=1&go=Yes",
            ),
            (
                "<input name=a value=1><input type=submit name=go value=Yes>",
                false,
                "a=1",
            ),
            (
                "<button type=button name=x value=1>x</button><button name=y value=2>y</button>",
                true,
                "y=2",
            ),
            (
                "<noscript><input type=submit name=n value=1></noscript><input name=a value=ä>",
                false,
                "a=%C3%A4",
            ),
        ] {
            let (url, body) = sent(&post(fields), pressed);
            assert_eq!(url, "http://idp.test/go", "{fields}");
            assert_eq!(body.as_deref(), Some(expected), "{fields}");
        }
    }

    #[test]
    fn the_address_is_resolved_and_a_get_form_replaces_the_query() {
        for (html, expected) in [
            ("<form method=post></form>", "http://idp.test/dir/page?q=1"),
            (
                "<form method=post action=''></form>",
                "http://idp.test/dir/page?q=1",
            ),
            (
                "<form method=post action='next'></form>",
                "http://idp.test/dir/next",
            ),
            (
                "<form method=post action='//sp.test/acs?x=1'></form>",
                "http://sp.test/acs?x=1",
            ),
            (
                "<base href='http://b.test/z/'><form method=post action='next'></form>",
                "http://b.test/z/next",
            ),
            (
                "<form action='/go?old=1'><input name=a value=b></form>",
                "http://idp.test/go?a=b",
            ),
            (
                "<form action='/go'><input type=submit formaction='/other'></form>",
                "http://idp.test/other?",
            ),
        ] {
            assert_eq!(sent(html, true).0, expected, "{html}");
        }
    }

    #[test]
    fn controls_outside_a_form_belong_to_the_form_they_name() {
        let document = page(
            "<form id=f method=post><input name=a value=1><input form=g name=b value=2></form>
             <form id=g method=post></form><input form=f name=c value=3>",
        );
        let bodies: Vec<_> = document
            .forms
            .iter()
            .map(|form| form.submission(None).unwrap().body.unwrap())
            .collect();
        assert_eq!(bodies, ["a=1&c=3", "b=2"]);
    }

    #[test]
    fn forms_that_submit_themselves_are_recognised() {
        let hidden = "<input type=hidden name=SAMLRequest value=x>";
        for (html, expected) in [
            (format!("<form name=hiddenform>{hidden}</form>"), true),
            (
                format!("<body onload='document.forms[0].submit()'><form>{hidden}</form>"),
                true,
            ),
            (
                format!("<form>{hidden}</form><script>document.forms[0].submit()</script>"),
                true,
            ),
            (format!("<form>{hidden}</form>"), false),
            (
                "<form><input name=loginfmt></form><script>f.submit()</script>".to_owned(),
                false,
            ),
            (
                format!("<form>{hidden}</form><form></form><script>f.submit()</script>"),
                false,
            ),
        ] {
            assert_eq!(page(&html).automatic().is_some(), expected, "{html}");
        }
    }

    #[test]
    fn text_title_and_metas_are_read() {
        let document = page(
            "<title> Sign  in </title><meta name=entrant-aadsts content=AADSTS50105>
             <body><p>One</p><script>no</script><style>no</style><noscript>no</noscript><p hidden>no</p><p>two <b>three</b></p>",
        );
        assert_eq!(document.title, "Sign in");
        assert_eq!(document.text, "One two three");
        assert_eq!(document.meta("entrant-aadsts"), Some("AADSTS50105"));
    }

    #[test]
    fn frames_links_and_a_refresh_are_read() {
        let document = page(
            "<meta http-equiv=Refresh content=\"3; URL='next?a=1'\"><body><iframe src='/f'></iframe><iframe></iframe>
             <iframe src='http://sp.test/slo?x=1&amp;y=2' hidden></iframe><a href='/plain'>a</a><a id=continue href='on'>on</a>
             <form><button data-test-id='B@c' name=session value=1>B</button></form>",
        );
        let frames: Vec<_> = document.frames.iter().map(Url::as_str).collect();
        assert_eq!(frames, ["http://idp.test/f", "http://sp.test/slo?x=1&y=2"]);
        let text = |url: Option<&Url>| url.map(ToString::to_string);
        assert_eq!(
            text(document.refresh.as_ref()).as_deref(),
            Some("http://idp.test/dir/next?a=1")
        );
        assert_eq!(
            text(document.link("continue")).as_deref(),
            Some("http://idp.test/dir/on")
        );
        assert_eq!(document.link("other"), None);
        assert_eq!(document.forms[0].buttons[0].test_id, "B@c");
        for content in ["5", "", "0; next", "0; url"] {
            let html = format!("<meta http-equiv=refresh content=\"{content}\">");
            assert_eq!(page(&html).refresh, None, "{content}");
        }
    }

    proptest! {
        #[test]
        fn no_page_makes_the_reader_panic(body in "(<(form|input|select|option|base|meta|/form)( (name|value|action|href|type|method)=['\"a-z:/]{0,8})*>|.){0,30}") {
            let document = page(&body);
            for form in &document.forms {
                let _ = form.submission(form.buttons.first());
            }
        }
    }
}
