//! Per guide, what to use where the guide says something else.

use crate::addresses::Addresses;
use crate::guides::{GUIDES, Guide, Instead, at_sp};
use crate::tenant::{Tenant, User};

/// A guide's table.
pub(super) struct GuideView {
    /// Tells its heading from others.
    pub(super) id: &'static str,
    pub(super) product: &'static str,
    pub(super) rows: Vec<Row>,
}

/// Words of the guide, and what stands for them.
pub(super) struct Row {
    pub(super) says: &'static str,
    pub(super) what: What,
}

/// What stands for a guide's words.
pub(super) enum What {
    /// An address to open and to copy.
    Address(String),
    /// A user with a password; empty where the user is yet to be created.
    User { upn: String, password: String },
    /// A value to copy, and what it is for.
    Value(String, &'static str),
    /// A sentence.
    Sentence(&'static str),
}

/// The tables of every guide, for a tenant in which they are followed; `sp` is where the service provider is.
pub(super) fn tables(tenant: &Tenant, addresses: &Addresses, sp: Option<&str>) -> Vec<GuideView> {
    let view = |guide: &Guide| {
        let rows = guide.replaced.iter().filter_map(|(says, instead)| {
            let what = what(*instead, tenant, addresses, sp)?;
            Some(Row { says, what })
        });
        GuideView {
            id: guide.template,
            product: guide.product,
            rows: rows.collect(),
        }
    };
    GUIDES.iter().map(view).collect()
}

/// `None` where it is not known where the service provider is.
fn what(instead: Instead, tenant: &Tenant, addresses: &Addresses, sp: Option<&str>) -> Option<What> {
    let domains = &tenant.file.tenant.domains;
    Some(match instead {
        Instead::AdminCenter => What::Address(addresses.portal(tenant.id)),
        Instead::MyApps => What::Address(addresses.my_apps(tenant.id)),
        Instead::Sp(address) => What::Address(at_sp(address, sp)?),
        Instead::Administrator => administrator(tenant).map(|user| What::User {
            upn: user.entry.user_principal_name.clone(),
            password: user.password.clone(),
        })?,
        Instead::TestUser => {
            let upn = format!("B.Simon@{}", tenant.domain());
            let user = tenant.user_by_sign_in_name(&upn);
            What::User {
                password: user.map(|user| user.password.clone()).unwrap_or_default(),
                upn,
            }
        }
        Instead::TestMail => {
            let domain = domains.last().map_or(tenant.domain(), String::as_str);
            What::Value(format!("b.simon@{domain}"), "the Email of that user here")
        }
        Instead::Sentence(sentence) => What::Sentence(sentence),
    })
}

/// Whose job title or name says so, else the first.
fn administrator(tenant: &Tenant) -> Option<&User> {
    let is_administrator = |user: &&User| {
        let name = user.entry.user_principal_name.to_lowercase();
        name.starts_with("admin@")
    };
    let found = tenant.users.iter().find(is_administrator);
    found.or(tenant.users.first())
}
