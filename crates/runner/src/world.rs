//! What one scenario runs in: a tenant, an application, an SP, and the addresses of all three.

use std::time::Duration;

use control_api::idp::{AppInfo, TenantInfo, UserInfo};
use jiff::Timestamp;
use reqwest::Client;
use url::{Origin, Url};

use crate::canary::Canary;
use crate::control::Api;
use crate::foreign::MetadataFile;
use crate::sp_file::SpFile;

/// What one scenario runs in.
#[derive(Clone, Debug)]
pub(crate) struct World {
    /// Shared connections.
    pub(crate) http: Client,
    /// The mock's control API.
    pub(crate) control: Api,
    /// Base URL of the mock.
    pub(crate) idp: String,
    /// The tenant as it is at the start.
    pub(crate) info: TenantInfo,
    /// The name of the application in the tenant.
    pub(crate) app: String,
    /// The SP, every address known.
    pub(crate) sp: SpFile,
    /// Other applications of the reference SP that the scenario signs in to.
    pub(crate) others: Vec<(String, SpFile)>,
    /// Base URL of the SP.
    pub(crate) sp_base: String,
    /// The reference SP's events; `None` for a foreign SP.
    pub(crate) events: Option<Events>,
    /// A file that holds the application's metadata, for hooks; `None` for the reference SP.
    pub(crate) metadata_file: Option<MetadataFile>,
    /// How long a sign-on may take.
    pub(crate) step_timeout: Duration,
    /// Hosts that may be visited in an attack besides loopback and private ranges.
    pub(crate) allow_hosts: Vec<String>,
    /// What must hear nothing of the SP; `None`: the SP would not reach it.
    pub(crate) canary: Option<Canary>,
}

/// Where the reference SP tells what it did.
#[derive(Clone, Debug)]
pub(crate) struct Events {
    /// The SP's control routes.
    pub(crate) api: Api,
    /// The instance.
    pub(crate) instance: String,
}

impl World {
    /// The identity provider's origins.
    pub(crate) fn idp_origins(&self, app: &AppInfo) -> Vec<Origin> {
        let mut origins = Vec::new();
        for url in [&self.idp, &app.login_url, &app.launch] {
            if let Some(origin) = origin(url).filter(|origin| !origins.contains(origin)) {
                origins.push(origin);
            }
        }
        origins
    }

    /// The origins to which the flow header goes: the identity provider's, and the reference SP's.
    pub(crate) fn flow_origins(&self, app: &AppInfo) -> Vec<Origin> {
        let mut origins = self.idp_origins(app);
        if self.events.is_some() {
            origins.extend(origin(&self.sp_base));
        }
        origins
    }

    /// The name in the tenant and the SP of another application of the scenario; of its own where `other` is `None`.
    ///
    /// # Errors
    /// That this SP is no such application.
    pub(crate) fn target(&self, other: Option<&str>) -> Result<(&str, &SpFile), String> {
        let Some(other) = other else {
            return Ok((&self.app, &self.sp));
        };
        let mut others = self.others.iter();
        let found = others.find(|(name, _)| name.eq_ignore_ascii_case(other));
        found
            .map(|(name, sp)| (name.as_str(), sp))
            .ok_or_else(|| format!("no SP stands for the application `{other}`"))
    }

    /// The page that shows the tiles of who is signed in at the identity provider.
    pub(crate) fn my_apps(&self, info: &TenantInfo) -> String {
        format!("{}/myapps/{}", self.idp.trim_end_matches('/'), info.id)
    }

    /// The placeholders of scenarios, for the application `app`, which `sp` is.
    pub(crate) fn placeholders(
        &self,
        info: &TenantInfo,
        app: &AppInfo,
        sp: &SpFile,
    ) -> Vec<(&'static str, String)> {
        let first = |given: Option<&String>, listed: &[String]| {
            given.or_else(|| listed.first()).cloned().unwrap_or_default()
        };
        let seconds = Timestamp::from_second(Timestamp::now().as_second()).unwrap_or_default();
        vec![
            ("login_url", app.login_url.clone()),
            ("identifier", first(sp.entity_id.as_ref(), &app.identifiers)),
            ("acs", first(sp.reply_url.as_ref(), &app.reply_urls)),
            ("tenant", info.id.clone()),
            ("issuer", info.issuer.clone()),
            ("id", format!("_{}", uuid::Uuid::new_v4().simple())),
            ("now", seconds.to_string()),
            ("sign_on_url", sp.sign_on_url.clone().unwrap_or_default()),
            (
                "sp_certificate",
                sp.published.signing_certificate.clone().unwrap_or_default(),
            ),
            (
                "sp_encryption_certificate",
                sp.published.encryption_certificate.clone().unwrap_or_default(),
            ),
            (
                "sp_logout_post",
                sp.published.single_logout_post.clone().unwrap_or_default(),
            ),
        ]
    }
}

/// The application called `name`.
///
/// # Errors
/// That there is none, with those that there are.
pub(crate) fn app<'i>(info: &'i TenantInfo, name: &str) -> Result<&'i AppInfo, String> {
    info.apps
        .iter()
        .find(|app| app.name.eq_ignore_ascii_case(name))
        .ok_or_else(|| {
            let names: Vec<_> = info.apps.iter().map(|app| format!("`{}`", app.name)).collect();
            format!(
                "the tenant has no application `{name}`: it has {}",
                names.join(", ")
            )
        })
}

/// A user whom the tenant has or had: a deleted one can still be typed and named to a hook.
pub(crate) fn user<'i>(now: &'i [UserInfo], before: &'i [UserInfo], name: &str) -> Option<&'i UserInfo> {
    let called = |users: &'i [UserInfo]| users.iter().find(|user| user.is_called(name));
    called(now).or_else(|| called(before))
}

/// The origin of an address.
pub(crate) fn origin(url: &str) -> Option<Origin> {
    Url::parse(url).ok().map(|url| url.origin())
}
