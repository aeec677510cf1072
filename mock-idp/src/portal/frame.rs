//! What stands around every page of the admin center: where one is, the menu, and what the last form did.

use axum::http::StatusCode;

use super::form::Form;
use crate::tenant::{App, Tenant};

/// What a form did, by the key that its redirect carries: no text of an address gets onto a page.
const NOTICES: &[(&str, &str)] = &[
    ("app-added", "The application was added."),
    ("app-deleted", "The application was deleted."),
    ("assigned", "Application assignment succeeded."),
    ("unassigned", "The assignment was removed."),
    ("role-added", "The app role was created."),
    ("role-deleted", "The app role was deleted."),
    ("claim-added", "The claim was added."),
    ("claim-deleted", "The claim was deleted."),
    ("user-added", "The user was created."),
    (
        "user-invited",
        "The guest was invited. Nothing was sent: who is invited can sign in at once.",
    ),
    ("user-deleted", "The user was deleted, and can be restored."),
    (
        "user-restored",
        "The user was restored, with the groups and assignments it had.",
    ),
    ("group-added", "The group was created."),
    ("group-deleted", "The group was deleted."),
    ("members-added", "The members were added."),
    ("members-removed", "The members were removed."),
    ("armed", "The fault is armed."),
    ("disarmed", "Disarmed."),
    (
        "certificate-active",
        "The certificate is active: it signs from now on.",
    ),
    (
        "certificate-imported",
        "The certificate was imported. It is inactive.",
    ),
    ("certificate-uploaded", "The certificate was uploaded."),
    ("certificate-deleted", "The certificate was deleted."),
    (
        "encryption-active",
        "Token encryption is active: assertions are encrypted from now on.",
    ),
    (
        "encryption-inactive",
        "Token encryption is not active: assertions are sent in plain text.",
    ),
    ("saved", "Saved."),
];

/// A part of the directory: its label and first page, and the pages that its own menu lists.
struct Part {
    label: &'static str,
    path: &'static str,
    pages: &'static [(&'static str, &'static str)],
}

const PARTS: &[Part] = &[
    Part {
        label: "Users",
        path: "/users",
        pages: &[("All users", "/users"), ("Deleted users", "/users/deleted")],
    },
    Part {
        label: "Groups",
        path: "/groups",
        pages: &[("All groups", "/groups")],
    },
    Part {
        label: "Enterprise apps",
        path: "/apps",
        pages: &[("All applications", "/apps")],
    },
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
    /// `page` where this entry is the page, `true` where the page is below it, else nothing (ARIA's aria-current).
    pub(crate) current: &'static str,
}

impl Frame {
    /// A page of the directory; `at` is the path of its menu entry below the tenant.
    pub(crate) fn directory(tenant: &Tenant, title: &str, at: &str) -> Self {
        let home = home(tenant);
        let item = |label, path: &str, current| item(label, format!("{home}{path}"), current);
        let is_here = |part: &Part| !at.is_empty() && at.starts_with(part.path);
        let below = |part: &Part| if is_here(part) { "true" } else { "" };
        let mut menu = vec![
            Group {
                label: "Entra ID",
                items: vec![item("Overview", "", page_where(at.is_empty()))],
            },
            Group {
                label: "Manage",
                items: PARTS
                    .iter()
                    .map(|part| item(part.label, part.path, below(part)))
                    .collect(),
            },
        ];
        let own = PARTS.iter().filter(|part| is_here(part)).map(|part| Group {
            label: part.label,
            items: part
                .pages
                .iter()
                .map(|(label, path)| item(label, path, page_where(*path == at)))
                .collect(),
        });
        menu.extend(own);
        menu.push(of_the_mock(tenant, at));
        Self::new(tenant, title, menu)
    }

    /// A page of an application; `at` is the path of its menu entry below the application.
    pub(crate) fn app(tenant: &Tenant, app: &App, title: &str, at: &str) -> Self {
        let here = address(tenant, app);
        let item = |label, path: &str| item(label, format!("{here}{path}"), page_where(path == at));
        let menu = vec![
            Group {
                label: "",
                items: vec![item("Overview", "")],
            },
            Group {
                label: "Manage",
                items: vec![
                    item("Properties", "/properties"),
                    item("Users and groups", "/users"),
                    item("Single sign-on", "/sso"),
                    item("App roles", "/roles"),
                ],
            },
            Group {
                label: "Security",
                items: vec![item("Token encryption", "/token-encryption")],
            },
            Group {
                label: "This mock",
                items: vec![item("Claims test", "/claims-test")],
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

    /// With what is wrong with the form, if anything is.
    pub(crate) fn with(self, problem: Option<String>) -> Self {
        Self { problem, ..self }
    }

    /// Of the page: a form that is shown again because of a problem is no success.
    pub(crate) fn status(&self) -> StatusCode {
        if self.problem.is_some() {
            StatusCode::BAD_REQUEST
        } else {
            StatusCode::OK
        }
    }
}

fn item(label: &'static str, href: String, current: &'static str) -> Item {
    Item {
        label,
        earlier: super::labels::earlier(label),
        href,
        current,
    }
}

fn page_where(is_page: bool) -> &'static str {
    if is_page { "page" } else { "" }
}

/// What Entra does not have.
fn of_the_mock(tenant: &Tenant, at: &str) -> Group {
    let flows = super::flows::address(tenant);
    let trace = match at.strip_prefix(flows.as_str()) {
        Some("") => "page",
        Some(_) => "true",
        None => "",
    };
    let faults = format!("{}/faults", home(tenant));
    let mails = format!("{}/mails", home(tenant));
    Group {
        label: "This mock",
        items: vec![
            item("Flow trace", flows, trace),
            item("Notification mails", mails, page_where(at == "/mails")),
            item("Faults", faults, page_where(at == "/faults")),
        ],
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
