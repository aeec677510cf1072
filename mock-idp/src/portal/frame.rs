//! What stands around every page of the admin center: where one is, the menu, and what the last form did.

use super::form::Form;
use crate::tenant::{App, Tenant};

/// What a form did, by the key that its redirect carries: no text of an address gets onto a page.
const NOTICES: &[(&str, &str)] = &[
    ("app-added", "The application was added."),
    ("app-deleted", "The application was deleted."),
    ("saved", "Saved."),
];

/// The frame of one page.
pub(crate) struct Frame {
    /// The page's own heading.
    pub(crate) title: String,
    /// The tenant's display name.
    pub(crate) tenant: String,
    /// Address of the tenant's first page.
    pub(crate) home: String,
    /// The way here, from the first page on; without the page itself.
    pub(crate) crumbs: Vec<Link>,
    /// The menu, group by group.
    pub(crate) menu: Vec<Group>,
    /// What the last form did.
    pub(crate) notice: Option<&'static str>,
    /// What is wrong with this form.
    pub(crate) problem: Option<String>,
    /// What was searched for.
    pub(crate) search: String,
}

/// An address with its label.
pub(crate) struct Link {
    pub(crate) label: String,
    pub(crate) href: String,
}

/// A part of the menu.
pub(crate) struct Group {
    pub(crate) label: &'static str,
    pub(crate) items: Vec<Item>,
}

/// One entry of the menu.
pub(crate) struct Item {
    pub(crate) label: &'static str,
    pub(crate) earlier: String,
    pub(crate) href: String,
    pub(crate) is_current: bool,
}

impl Frame {
    /// A page of the directory; `at` is the path of its menu entry below the tenant.
    pub(crate) fn directory(tenant: &Tenant, title: &str, at: &str) -> Self {
        let home = home(tenant);
        let item = |label, path: &str| item(label, format!("{home}{path}"), path == at);
        let menu = vec![
            Group {
                label: "Entra ID",
                items: vec![item("Overview", "")],
            },
            Group {
                label: "Manage",
                items: vec![item("Enterprise apps", "/apps")],
            },
        ];
        Self::new(tenant, title, menu)
    }

    /// A page of an application; `at` is the path of its menu entry below the application.
    pub(crate) fn app(tenant: &Tenant, app: &App, title: &str, at: &str) -> Self {
        let here = address(tenant, app);
        let item = |label, path: &str| item(label, format!("{here}{path}"), path == at);
        let menu = vec![
            Group {
                label: "",
                items: vec![item("Overview", "")],
            },
            Group {
                label: "Manage",
                items: vec![item("Properties", "/properties"), item("Single sign-on", "/sso")],
            },
        ];
        Self::new(tenant, title, menu)
            .below("Enterprise apps", format!("{}/apps", home(tenant)))
            .below(&app.entry.name, if at.is_empty() { String::new() } else { here })
    }

    fn new(tenant: &Tenant, title: &str, menu: Vec<Group>) -> Self {
        Self {
            title: title.to_owned(),
            tenant: tenant.file.tenant.display_name.clone(),
            home: home(tenant),
            crumbs: Vec::new(),
            menu,
            notice: None,
            problem: None,
            search: String::new(),
        }
    }

    /// One step further down; an empty address is the page itself, which is no step.
    pub(crate) fn below(mut self, label: &str, href: String) -> Self {
        if !href.is_empty() {
            self.crumbs.push(Link {
                label: label.to_owned(),
                href,
            });
        }
        self
    }

    /// With what the last form did: the key of [`NOTICES`] that the query carries.
    pub(crate) fn after(mut self, query: &Form) -> Self {
        let done = query.text("done");
        let known = NOTICES.iter().find(|(key, _)| *key == done);
        self.notice = known.map(|(_, notice)| *notice);
        self
    }

    /// With what is wrong with the form.
    pub(crate) fn refused(mut self, problem: impl Into<String>) -> Self {
        self.problem = Some(problem.into());
        self
    }
}

fn item(label: &'static str, href: String, is_current: bool) -> Item {
    Item {
        label,
        earlier: super::labels::earlier(label),
        href,
        is_current,
    }
}

/// The first page of a tenant.
pub(crate) fn home(tenant: &Tenant) -> String {
    format!("/portal/{}", tenant.id)
}

/// The first page of an application.
pub(crate) fn address(tenant: &Tenant, app: &App) -> String {
    format!("{}/apps/{}", home(tenant), app.id)
}
