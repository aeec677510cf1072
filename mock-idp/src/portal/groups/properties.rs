//! Properties of a group. Another name keeps the object id and every reference.

use askama::Template;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use control_api::tenant::GroupEntry;

use super::group::rename_references;
use super::{KINDS, KindChoice, check_name, kind, kind_choices};
use crate::limits::is_longer;
use crate::pages;
use crate::portal::at::AtGroup;
use crate::portal::done;
use crate::portal::form::Form;
use crate::portal::frame::{Frame, home};
use crate::portal::principals::Principal;
use crate::tenant::TenantError;

/// Characters of what a group has from on-premises.
const TEXT_CHARACTERS_MAX: usize = 256;

#[derive(Template)]
#[template(path = "portal/group_edit.html")]
struct EditPage {
    frame: Frame,
    name: String,
    kinds: Vec<KindChoice>,
    texts: Vec<Text>,
    cancel: String,
}

/// What a synced group has from on-premises; the group claim can emit it (entra-behaviour.md 4.4).
struct Text {
    name: &'static str,
    label: &'static str,
    value: String,
}

const TEXTS: &[(&str, &str)] = &[
    ("on_premises_sam_account_name", "On-premises SAM account name"),
    ("on_premises_netbios_name", "On-premises NetBIOS name"),
    ("on_premises_domain_name", "On-premises domain name"),
    (
        "on_premises_security_identifier",
        "On-premises security identifier",
    ),
];

/// The form as it was saved.
pub(crate) async fn page(at: AtGroup) -> Response {
    let group = at.group();
    let word = KINDS.iter().find(|(_, kind)| *kind == group.kind);
    let value = |name| field(&mut group.clone(), name).clone().unwrap_or_default();
    let page = EditPage::new(&at, &group.display_name, word.map_or("", |(word, _)| word), value);
    pages::page(StatusCode::OK, &page)
}

/// Saves the properties.
pub(crate) async fn save(at: AtGroup, body: Bytes) -> Response {
    let form = Form::read(&body);
    match change(&at, &form) {
        Ok(()) => done(&Principal::Group(at.place).href(at.at.tenant()), "saved"),
        Err(problem) => {
            let value = |name| form.text(name).to_owned();
            let mut page = EditPage::new(&at, form.text("display_name"), form.text("kind"), value);
            page.frame = page.frame.refused(problem.to_string());
            pages::page(page.frame.status(), &page)
        }
    }
}

fn change(at: &AtGroup, form: &Form) -> Result<(), TenantError> {
    let (old, name, id) = (&at.group().display_name, form.text("display_name"), at.id());
    let kind = kind(form)?;
    for (text, label) in TEXTS {
        if is_longer(form.text(text), TEXT_CHARACTERS_MAX) {
            return Err(TenantError::one(format!(
                "{label}: at most {TEXT_CHARACTERS_MAX} characters."
            )));
        }
    }
    at.at.edit(|file| {
        check_name(file, name, Some(old))?;
        rename_references(file, old, name);
        let group = file.groups.iter_mut().find(|group| group.display_name == *old);
        let group = group.ok_or_else(|| TenantError::one("The group was deleted meanwhile."))?;
        // The id is derived from the name where the file gives none; a new name keeps it.
        group.id = Some(id);
        name.clone_into(&mut group.display_name);
        group.kind = kind;
        for (key, _) in TEXTS {
            let text = form.text(key);
            *field(group, key) = (!text.is_empty()).then(|| text.to_owned());
        }
        Ok(())
    })
}

/// The field of one of [`TEXTS`].
fn field<'g>(group: &'g mut GroupEntry, name: &str) -> &'g mut Option<String> {
    match name {
        "on_premises_sam_account_name" => &mut group.on_premises_sam_account_name,
        "on_premises_netbios_name" => &mut group.on_premises_netbios_name,
        "on_premises_domain_name" => &mut group.on_premises_domain_name,
        _ => &mut group.on_premises_security_identifier,
    }
}

impl EditPage {
    fn new(at: &AtGroup, name: &str, kind: &str, value: impl Fn(&'static str) -> String) -> Self {
        let tenant = at.at.tenant();
        let here = Principal::Group(at.place).href(tenant);
        let text = |(name, label): &(&'static str, &'static str)| Text {
            name,
            label,
            value: value(name),
        };
        Self {
            frame: Frame::directory(tenant, "Properties", "/groups")
                .below("Groups", format!("{}/groups", home(tenant)))
                .below(&at.group().display_name, here.clone()),
            name: name.to_owned(),
            kinds: kind_choices(kind),
            texts: TEXTS.iter().map(text).collect(),
            cancel: here,
        }
    }
}
