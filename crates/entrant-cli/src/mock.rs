//! A running mock that a command talks to, over its control API.

use control_api::file::nearest;
use control_api::idp::{AppInfo, TenantInfo};
use runner::{Api, ControlError};

use crate::args::{MockArguments, OwnerArguments};
use crate::error::Stop;

/// Where `entrant serve` listens by default.
const DEFAULT_URL: &str = "http://localhost:8080";

/// A running mock and one of its tenants.
pub(crate) struct Mock {
    /// Its control API.
    pub(crate) api: Api,
    /// The tenant that was named, else the first.
    pub(crate) tenant: TenantInfo,
    app: Option<String>,
}

impl Mock {
    /// Finds the mock and the tenant.
    ///
    /// # Errors
    /// What to do where there is none.
    pub(crate) async fn find(arguments: &OwnerArguments) -> Result<Self, Stop> {
        let api = connect(&arguments.mock)?;
        Ok(Self {
            tenant: tenant(&api, arguments.tenant.as_deref()).await?,
            api,
            app: arguments.app.clone(),
        })
    }

    /// The application that was named, by name or id; the only one, where none was.
    ///
    /// # Errors
    /// Which there are.
    pub(crate) fn app(&self) -> Result<&AppInfo, Stop> {
        let apps = &self.tenant.apps;
        let names = || apps.iter().map(|app| app.name.as_str());
        let listed = || {
            let quoted: Vec<_> = names().map(|name| format!("`{name}`")).collect();
            quoted.join(", ")
        };
        match (&self.app, &apps[..]) {
            (_, []) => Err(Stop::usage(format!(
                "the tenant {} has no application",
                self.tenant.domain
            ))),
            (None, [only]) => Ok(only),
            (None, _) => Err(Stop::usage(format!(
                "which application? name one with --app: {}",
                listed()
            ))),
            (Some(name), _) => {
                let is_meant = |app: &&AppInfo| {
                    app.name.eq_ignore_ascii_case(name) || app.app_id.eq_ignore_ascii_case(name)
                };
                apps.iter().find(is_meant).ok_or_else(|| {
                    let hint = match nearest(name, names()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("there are {}", listed()),
                    };
                    Stop::usage(format!(
                        "the tenant {} has no application `{name}`; {hint}",
                        self.tenant.domain
                    ))
                })
            }
        }
    }

    /// The application that was named; every one, where none was.
    ///
    /// # Errors
    /// As [`Mock::app`].
    pub(crate) fn apps(&self) -> Result<Vec<&AppInfo>, Stop> {
        match self.app {
            Some(_) => self.app().map(|app| vec![app]),
            None => Ok(self.tenant.apps.iter().collect()),
        }
    }
}

/// The control API of a mock that runs.
///
/// # Errors
/// Why there can be no client of it.
pub(crate) fn connect(arguments: &MockArguments) -> Result<Api, Stop> {
    let url = arguments.url.as_ref().map_or(DEFAULT_URL, |url| url.as_str());
    Api::connect(url, arguments.control_token.as_deref()).map_err(Stop::usage)
}

/// The tenant that was named, by id or domain; the first, where none was.
///
/// # Errors
/// What to do where there is none.
pub(crate) async fn tenant(api: &Api, name: Option<&str>) -> Result<TenantInfo, Stop> {
    if let Some(name) = name {
        return api.tenant(name).await.map_err(stop);
    }
    let first = api.tenants().await.map_err(stop)?.into_iter().next();
    first.ok_or_else(|| Stop::usage("the mock has no tenant: `entrant serve --tenant FILE` serves one"))
}

/// What to do about a control request that failed.
pub(crate) fn stop(error: ControlError) -> Stop {
    match error {
        ControlError::Unreachable { .. } => Stop::usage(format!(
            "{error}; start a mock with `entrant serve`, or say where one runs with --url"
        )),
        ControlError::Refused {
            status: 401, message, ..
        } => Stop::usage(format!("{message}; --control-token gives it")),
        ControlError::Refused { message, .. } => Stop::usage(message),
        ControlError::Unreadable { .. } => {
            Stop::usage(format!("{error}; is this a mock? --url says where one runs"))
        }
    }
}
