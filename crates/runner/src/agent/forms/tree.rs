//! From the tree of a page to what is read of it: one walk, in document order, that hands down what an element says
//! of everything that it holds.

use std::collections::HashMap;

use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::{Button, Document, Enctype, Field, Form};
use crate::agent::html::HtmlError;
use crate::text::normalised;

/// How many forms a page may have.
pub(super) const FORMS_MAX: usize = 1_000;
/// How many inputs, lists, text areas and buttons a page may have.
pub(super) const CONTROLS_MAX: usize = 20_000;

/// What is read of the page at `url`.
///
/// # Errors
/// That it has too many forms or controls.
pub(super) fn document(html: &Html, url: &Url) -> Result<Document, HtmlError> {
    let seen = Seen::walk(html)?;
    let base = seen
        .base
        .and_then(|base| url.join(base).ok())
        .unwrap_or_else(|| url.clone());
    let address = |text: &str| base.join(text.trim()).ok();
    Ok(Document {
        title: seen.title.map(text).unwrap_or_default(),
        text: normalised(&seen.text.join(" ")),
        forms: seen.forms(&base, url),
        frames: seen
            .frames
            .iter()
            .filter_map(|address_of| address(address_of))
            .collect(),
        refresh: seen.refreshes.iter().find_map(|content| refresh(content, &base)),
        links: seen
            .links
            .iter()
            .filter_map(|(id, href)| Some(((*id).to_owned(), address(href)?)))
            .collect(),
        metas: seen.metas,
        submits_itself: seen.submits_itself,
    })
}

/// What an element hands down to what it holds.
#[derive(Clone, Copy, Default)]
struct Inherited {
    in_body: bool,
    /// Nobody sees its text.
    hidden: bool,
    in_script: bool,
    /// In a fieldset that is disabled.
    disabled: bool,
    /// The form around it.
    form: Option<usize>,
}

/// What the walk finds, in document order.
#[derive(Default)]
struct Seen<'h> {
    title: Option<ElementRef<'h>>,
    base: Option<&'h str>,
    text: Vec<&'h str>,
    metas: Vec<(String, String)>,
    refreshes: Vec<&'h str>,
    frames: Vec<&'h str>,
    links: Vec<(&'h str, &'h str)>,
    forms: Vec<ElementRef<'h>>,
    /// The first form with an id.
    forms_by_id: HashMap<&'h str, usize>,
    /// The controls that are not disabled, each with the form around it.
    controls: Vec<(ElementRef<'h>, Option<usize>)>,
    submits_itself: bool,
}

impl<'h> Seen<'h> {
    fn walk(html: &'h Html) -> Result<Self, HtmlError> {
        let mut seen = Self::default();
        let mut ahead = vec![(html.tree.root(), Inherited::default())];
        while let Some((node, inherited)) = ahead.pop() {
            ahead.extend(node.next_sibling().map(|sibling| (sibling, inherited)));
            let mut handed_down = inherited;
            if let Some(element) = ElementRef::wrap(node) {
                // What a template holds is not part of the page.
                if element.value().name() == "template" {
                    continue;
                }
                seen.element(element, &mut handed_down)?;
            } else if let Some(text) = node.value().as_text() {
                seen.text(&text.text, inherited);
            }
            ahead.extend(node.first_child().map(|child| (child, handed_down)));
        }
        Ok(seen)
    }

    fn text(&mut self, text: &'h str, inherited: Inherited) {
        self.submits_itself |= inherited.in_script && submits(text);
        if inherited.in_body && !inherited.hidden {
            self.text.push(text);
        }
    }

    fn element(&mut self, element: ElementRef<'h>, inherited: &mut Inherited) -> Result<(), HtmlError> {
        let get = |name| element.value().attr(name);
        inherited.hidden |= get("hidden").is_some();
        self.submits_itself |= get("onload").is_some_and(submits);
        match element.value().name() {
            "body" => inherited.in_body = true,
            "script" => (inherited.hidden, inherited.in_script) = (true, true),
            "style" | "noscript" => inherited.hidden = true,
            "fieldset" => inherited.disabled |= get("disabled").is_some(),
            "title" => self.title = self.title.or(Some(element)),
            "base" => self.base = self.base.or(get("href")),
            "meta" => self.meta(element),
            "iframe" => self.frames.extend(get("src")),
            "a" => self.links.extend(get("id").zip(get("href"))),
            "form" => inherited.form = Some(self.form(element)?),
            "input" | "select" | "textarea" | "button"
                if !inherited.disabled && get("disabled").is_none() =>
            {
                if self.controls.len() == CONTROLS_MAX {
                    return Err(HtmlError::Count(CONTROLS_MAX, "controls"));
                }
                self.controls.push((element, inherited.form));
            }
            _ => {}
        }
        Ok(())
    }

    fn meta(&mut self, meta: ElementRef<'h>) {
        let content = meta.value().attr("content");
        if meta.value().attr("name").is_some() {
            self.metas
                .push((attribute(meta, "name"), attribute(meta, "content")));
        }
        if attribute(meta, "http-equiv").eq_ignore_ascii_case("refresh") {
            self.refreshes.extend(content);
        }
    }

    fn form(&mut self, form: ElementRef<'h>) -> Result<usize, HtmlError> {
        let index = self.forms.len();
        if index == FORMS_MAX {
            return Err(HtmlError::Count(FORMS_MAX, "forms"));
        }
        if let Some(id) = form.value().attr("id").filter(|id| !id.is_empty()) {
            self.forms_by_id.entry(id).or_insert(index);
        }
        self.forms.push(form);
        Ok(index)
    }

    /// The forms with their controls: those inside, unless they name another, and those that name it.
    fn forms(&self, base: &Url, url: &Url) -> Vec<Form> {
        let mut forms: Vec<_> = self
            .forms
            .iter()
            .map(|form| Form::empty(*form, base, url))
            .collect();
        for (control, around) in &self.controls {
            let owner = match control.value().attr("form") {
                Some(id) => self.forms_by_id.get(id).copied(),
                None => *around,
            };
            if let Some(form) = owner.and_then(|index| forms.get_mut(index)) {
                form.add(*control, base);
            }
        }
        forms
    }
}

impl Form {
    fn empty(form: ElementRef<'_>, base: &Url, url: &Url) -> Self {
        let action = match form.value().attr("action").map(str::trim) {
            None | Some("") => Some(url.clone()),
            Some(action) => base.join(action).ok(),
        };
        Self {
            name: attribute(form, "name"),
            action,
            post: attribute(form, "method").eq_ignore_ascii_case("post"),
            enctype: Enctype::of(&attribute(form, "enctype")),
            fields: Vec::new(),
            buttons: Vec::new(),
        }
    }

    fn add(&mut self, control: ElementRef<'_>, base: &Url) {
        match control.value().name() {
            "button" | "input" if is_submit(control) => self.buttons.push(Button {
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
            _ => self.fields.extend(field_values(control)),
        }
    }
}

fn is_submit(control: ElementRef<'_>) -> bool {
    let kind = attribute(control, "type").to_ascii_lowercase();
    match control.value().name() {
        "button" => !matches!(kind.as_str(), "button" | "reset"),
        _ => matches!(kind.as_str(), "submit" | "image"),
    }
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

fn submits(script: &str) -> bool {
    script.contains(".submit()") || script.contains(".click()")
}

fn attribute(element: ElementRef<'_>, name: &str) -> String {
    element.value().attr(name).unwrap_or_default().to_owned()
}

fn text(element: ElementRef<'_>) -> String {
    normalised(&element.text().collect::<Vec<_>>().join(""))
}
