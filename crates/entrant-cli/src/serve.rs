//! `entrant serve`: the mock and the reference SP for a person with a browser, or for another suite.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use certs::StateDir;
use control_api::idp::{AppInfo, TenantInfo};
use control_api::ready::{Ready, ReadyApp, ReadyTenant, ReadyUser};
use control_api::sp::{InstanceInfo, InstanceSeed, PERSONALITIES, SeedAccount, TrustSeed};
use control_api::tenant::TenantFile;
use entrant::{MockEntra, SpLink, StartError};
use sp_under_test::AccountsIn;

use crate::args::ServeArguments;
use crate::error::{Outcome, SUCCESS, Stop, cannot_listen};
use crate::reference_sp::{self, Running};
use crate::signals;

/// Runs the command until it is told to end.
pub(crate) async fn run(arguments: ServeArguments) -> Outcome {
    let files = tenant_files(&arguments.tenant)?;
    let state = StateDir::resolve(arguments.state.state_dir.clone()).map_err(Stop::usage)?;
    let mock = start_mock(&arguments, &state).await?;
    if mock.demands_control_token() && arguments.control_token.is_none() {
        let path = state.path().join("control-token");
        write_private(&path, mock.control_token().as_bytes())?;
    }
    let sp = if arguments.no_sp {
        None
    } else {
        let accounts = arguments
            .sp_accounts
            .clone()
            .map_or(AccountsIn::Memory, AccountsIn::File);
        Some(reference_sp::start(arguments.sp_listen, mock.control_token(), accounts, &state).await?)
    };
    let mut tenants = Vec::new();
    for file in files {
        tenants.push(add_tenant(&mock, sp.as_ref(), file).await?);
    }
    let ready = ready(&mock, sp.as_ref(), &tenants);
    // Before anybody is told that it runs: whoever reads that may end it at once.
    let end = signals::told_to_end();
    if let Some(path) = &arguments.ready_file {
        write_private(
            path,
            &serde_json::to_vec_pretty(&ready).expect("the ready file has text keys only"),
        )?;
    }
    if !arguments.listen.ip().is_loopback()
        && arguments.public_url.is_none()
        && arguments.internal_url.is_none()
    {
        eprintln!(
            "warning: only requests to localhost:{} are served; say by which address others reach the mock with --public-url",
            mock.address().port()
        );
    }
    announce(&ready, mock.demands_control_token());
    end.await;
    if let Some(path) = &arguments.ready_file {
        // Nothing is ready any more; a file that is gone already is what was wanted.
        let _ = std::fs::remove_file(path);
    }
    for line in mock.idp().never_used() {
        eprintln!("armed and never used: {line}");
    }
    eprintln!("ended");
    Ok(SUCCESS)
}

fn tenant_files(paths: &[std::path::PathBuf]) -> Result<Vec<TenantFile>, Stop> {
    if paths.is_empty() {
        let embedded = |name| entrant::embedded(name).expect("both embedded tenants exist");
        return Ok(vec![embedded("contoso"), embedded("fabrikam")]);
    }
    let files = paths
        .iter()
        .map(|path| tenant_file(path))
        .collect::<Result<Vec<_>, _>>()?;
    for (index, file) in files.iter().enumerate() {
        let domain = file.tenant.domains.first();
        let same = |other: &TenantFile| {
            (other.tenant.id.is_some() && other.tenant.id == file.tenant.id)
                || other.tenant.domains.first() == domain
        };
        if let Some(first) = files[..index].iter().position(same) {
            return Err(Stop::usage(format!(
                "{} and {} describe the same tenant: each needs an id and an initial domain of its own",
                paths[first].display(),
                paths[index].display()
            )));
        }
    }
    Ok(files)
}

pub(crate) fn tenant_file(path: &Path) -> Result<TenantFile, Stop> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Stop::usage(format!(
            "cannot read the tenant file {}: {error}; `entrant init` writes one from an SP's metadata",
            path.display()
        ))
    })?;
    let mut file = TenantFile::from_toml(&path.display().to_string(), &text)
        .map_err(|errors| Stop::usage(format!("the tenant file is not right\n{errors}")))?;
    let whole = std::path::absolute(path)
        .map_err(|error| Stop::usage(format!("cannot tell where {} is: {error}", path.display())))?;
    file.count_paths_from(whole.parent().unwrap_or(&whole));
    Ok(file)
}

async fn start_mock(arguments: &ServeArguments, state: &StateDir) -> Result<MockEntra, Stop> {
    MockEntra::builder()
        .listen(arguments.listen)
        .public_url(arguments.public_url.clone())
        .internal_url(arguments.internal_url.clone())
        .state_dir(state.path().to_owned())
        .keep_certificates()
        .control_token(arguments.control_token.clone())
        .start_empty()
        .await
        .map_err(|error| match error {
            StartError::Listen { address, source } => cannot_listen(address, "--listen", &source),
            other => Stop::usage(other),
        })
}

/// A tenant with its instance at the reference SP.
struct Added {
    tenant: TenantInfo,
    instance: Option<InstanceInfo>,
}

async fn add_tenant(mock: &MockEntra, sp: Option<&Running>, file: TenantFile) -> Result<Added, Stop> {
    let domain = file.tenant.domains.first().map_or("tenant", String::as_str);
    let instance = domain.split('.').next().unwrap_or(domain).to_owned();
    let domains = file.tenant.domains.clone();
    let base = sp.map(|sp| format!("{}/{instance}", sp.base_url));
    let tenant = mock.put_tenant(file, base.as_deref()).map_err(Stop::usage)?;
    let Some(sp) = sp else {
        return Ok(Added {
            tenant,
            instance: None,
        });
    };
    let trust = PERSONALITIES
        .iter()
        .filter_map(|(personality, name)| {
            let app = tenant
                .apps
                .iter()
                .find(|app| app.name == *name && is_ours(app, &sp.base_url))?;
            Some((
                (*personality).to_owned(),
                TrustSeed {
                    metadata_url: local(mock, &app.metadata),
                },
            ))
        })
        .collect();
    let info = sp
        .sp
        .put_instance(
            &instance,
            InstanceSeed {
                trust,
                account: b_simon(&domains),
            },
        )
        .await
        .map_err(Stop::usage)?;
    let links = tenant.apps.iter().filter_map(|app| link(app, &info)).collect();
    let id = tenant.id.parse().expect("the mock gives tenants GUIDs");
    mock.idp().set_sp_links(id, links);
    let reference_sp = sp.sp.clone();
    let events = move || reference_sp.events(&instance).unwrap_or_default();
    mock.idp().set_sp_events(id, Arc::new(events));
    Ok(Added {
        tenant,
        instance: Some(info),
    })
}

/// Who has an account where accounts are not made by themselves: B.Simon of this tenant, whether the directory has that
/// user already or a guide is yet to create it. The mail's domain is the last.
fn b_simon(domains: &[String]) -> Option<SeedAccount> {
    let (initial, last) = (domains.first()?, domains.last()?);
    Some(SeedAccount {
        user_name: format!("B.Simon@{initial}"),
        mail: format!("b.simon@{last}"),
    })
}

/// The address by which this very process reaches what is published under the public URL.
fn local(mock: &MockEntra, url: &str) -> String {
    let host = format!("http://localhost:{}", mock.address().port());
    url.strip_prefix(mock.base_url())
        .map_or_else(|| url.to_owned(), |path| format!("{host}{path}"))
}

/// Whether the application's responses go to the reference SP.
fn is_ours(app: &AppInfo, sp: &str) -> bool {
    app.reply_urls
        .first()
        .is_some_and(|url| url.starts_with(&format!("{sp}/")))
}

fn link(app: &AppInfo, instance: &InstanceInfo) -> Option<SpLink> {
    let (personality, _) = PERSONALITIES.iter().find(|(_, name)| *name == app.name)?;
    let info = instance
        .personalities
        .get(*personality)
        .filter(|info| app.reply_urls.first() == Some(&info.acs))?;
    Some(SpLink {
        app: app.name.clone(),
        login: info.login.clone(),
        whoami: info.whoami.clone(),
        home: info.login.trim_end_matches("/login").to_owned(),
    })
}

fn ready(mock: &MockEntra, sp: Option<&Running>, tenants: &[Added]) -> Ready {
    Ready {
        schema: 1,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        idp: mock.base_url().to_owned(),
        sp: sp.map(|sp| sp.base_url.clone()),
        control: mock.control_url(),
        token: mock.control_token().to_owned(),
        tenants: tenants.iter().map(ready_tenant).collect(),
    }
}

fn ready_tenant(added: &Added) -> ReadyTenant {
    let app = |app: &AppInfo| {
        let link = added.instance.as_ref().and_then(|instance| link(app, instance));
        ReadyApp {
            name: app.name.clone(),
            app_id: app.app_id.clone(),
            identifier: app.identifiers.first().cloned().unwrap_or_default(),
            reply_url: app.reply_urls.first().cloned().unwrap_or_default(),
            sign_on_url: app.sign_on_url.clone(),
            metadata: app.metadata.clone(),
            launch: app.launch.clone(),
            login: link.as_ref().map(|link| link.login.clone()),
            whoami: link.map(|link| link.whoami),
        }
    };
    ReadyTenant {
        id: added.tenant.id.clone(),
        domain: added.tenant.domain.clone(),
        metadata: added.tenant.metadata.clone(),
        users: (added.tenant.users.iter())
            .map(|user| ReadyUser {
                upn: user.upn.clone(),
                password: user.password.clone(),
                mfa_code: user.mfa_code.clone(),
            })
            .collect(),
        apps: added.tenant.apps.iter().map(app).collect(),
    }
}

/// Prints what a person needs to begin; everything else is on the start page.
fn announce(ready: &Ready, show_token: bool) {
    let mut text = format!(
        "entrant {} is a mock of Microsoft Entra ID; it is not Microsoft.\n\n",
        ready.version
    );
    text += &format!("  Start page    {}/\n", ready.idp);
    if let Some(sp) = &ready.sp {
        text += &format!("  Reference SP  {sp}/\n");
    }
    text += &format!("  Control API   {}\n", ready.control);
    if show_token {
        text += &format!("  Control token {}\n", ready.token);
    }
    for tenant in &ready.tenants {
        text += &format!("\n{} ({})\n", tenant.domain, tenant.id);
        text += &format!("  My Apps       {}/myapps/{}\n", ready.idp, tenant.id);
        for user in tenant.users.iter().take(1) {
            text += &format!("  Sign in as    {}  password {}\n", user.upn, user.password);
        }
        for app in &tenant.apps {
            text += &format!("  {}\n", app.name);
            text += &format!("    metadata    {}\n", app.metadata);
            if let Some(login) = &app.login {
                text += &format!("    at the SP   {login}\n");
            }
            text += &format!("    at Entra    {}\n", app.launch);
        }
    }
    text += "\nCtrl-C ends it.\n";
    // A closed stdout must not end the server.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Writes a file whole and for its owner only.
fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Stop> {
    let failed = |error: std::io::Error| Stop::usage(format!("cannot write {}: {error}", path.display()));
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)
        .map_err(failed)?;
    file.write_all(bytes)
        .and_then(|()| std::fs::rename(&temporary, path))
        .map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contoso's is the account that scenarios know; Fabrikam's is whom a guide creates there.
    #[test]
    fn the_account_is_that_of_the_tenants_b_simon() {
        for (domains, user_name, mail) in [
            (
                &["contoso.onmicrosoft.com", "contoso.com"][..],
                "B.Simon@contoso.onmicrosoft.com",
                "b.simon@contoso.com",
            ),
            (
                &["fabrikam.onmicrosoft.com"],
                "B.Simon@fabrikam.onmicrosoft.com",
                "b.simon@fabrikam.onmicrosoft.com",
            ),
        ] {
            let domains: Vec<_> = domains.iter().map(|domain| (*domain).to_owned()).collect();
            let account = b_simon(&domains).unwrap();
            assert_eq!(
                (account.user_name.as_str(), account.mail.as_str()),
                (user_name, mail)
            );
        }
        assert_eq!(b_simon(&[]), None);
    }
}
