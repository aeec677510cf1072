//! `entrant certs`: the token signing certificates of a running mock's application (entra-behaviour.md section 5).

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use control_api::idp::{AppInfo, CertificateAction, CertificateForm, CertificateInfo, CertificateVerb};
use serde_json::json;

use crate::args::{CertsCommand, CertsExport, CertsImport, CertsList, CertsName, CertsNew};
use crate::error::{Outcome, SUCCESS, Stop};
use crate::mock::{Mock, stop};
use crate::out::{print, visible};

/// Runs the command.
pub(crate) async fn run(command: CertsCommand) -> Outcome {
    match command {
        CertsCommand::List(arguments) => list(&arguments).await,
        CertsCommand::New(arguments) => new(arguments).await,
        CertsCommand::Import(arguments) => import(arguments).await,
        CertsCommand::Activate(arguments) => change(arguments, CertificateVerb::Activate).await,
        CertsCommand::Delete(arguments) => change(arguments, CertificateVerb::Withdraw).await,
        CertsCommand::Export(arguments) => export(&arguments).await,
    }
}

async fn list(arguments: &CertsList) -> Outcome {
    let mock = Mock::find(&arguments.owner).await?;
    let apps = mock.apps()?;
    let rows = || {
        let rows = apps.iter();
        rows.flat_map(|app| {
            app.certificates
                .iter()
                .map(move |certificate| (*app, certificate))
        })
    };
    let text = if arguments.json {
        let list: Vec<_> = rows()
            .map(|(app, certificate)| as_json(app, certificate))
            .collect();
        let mut text = serde_json::to_string_pretty(&list).map_err(Stop::usage)?;
        text.push('\n');
        text
    } else {
        table(rows())
    };
    print(text.as_bytes())
}

fn as_json(app: &AppInfo, certificate: &CertificateInfo) -> serde_json::Value {
    json!({
        "app": app.name,
        "name": certificate.name,
        "status": certificate.status,
        "expires": certificate.expires,
        "thumbprint": certificate.thumbprint,
    })
}

fn table<'c>(rows: impl Iterator<Item = (&'c AppInfo, &'c CertificateInfo)>) -> String {
    let head = ["APP", "NAME", "STATUS", "EXPIRES", "THUMBPRINT"].map(str::to_owned);
    let cells = rows.map(|(app, certificate)| {
        [
            visible(&app.name),
            visible(&certificate.name),
            certificate.status.clone(),
            certificate.expires.clone(),
            certificate.thumbprint.clone(),
        ]
    });
    let rows: Vec<_> = std::iter::once(head).chain(cells).collect();
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: [usize; 5] = std::array::from_fn(width);
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            // Writing to a string cannot fail.
            let _ = write!(line, "{cell:width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

async fn new(arguments: CertsNew) -> Outcome {
    let mock = Mock::find(&arguments.owner).await?;
    let action = CertificateAction {
        valid_for: arguments.valid_for,
        valid_from: arguments.valid_from,
        key_bits: arguments.key_bits,
        ..CertificateAction::new(None, CertificateVerb::Add, arguments.name)
    };
    done(&mock, action).await
}

async fn import(arguments: CertsImport) -> Outcome {
    let file = certs::read_pfx(&arguments.file)
        .map_err(|error| Stop::usage(format!("{}: {error}", arguments.file.display())))?;
    let mock = Mock::find(&arguments.owner).await?;
    let action = CertificateAction {
        pfx: Some(STANDARD.encode(file)),
        password: arguments.password,
        ..CertificateAction::new(None, CertificateVerb::Import, arguments.name)
    };
    done(&mock, action).await
}

async fn change(arguments: CertsName, verb: CertificateVerb) -> Outcome {
    let mock = Mock::find(&arguments.owner).await?;
    done(&mock, CertificateAction::new(None, verb, arguments.name)).await
}

/// Does it to the application, and shows what it has then.
async fn done(mock: &Mock, mut action: CertificateAction) -> Outcome {
    let app = mock.app()?;
    action.app = Some(app.name.clone());
    let tenant = mock
        .api
        .certificate(&mock.tenant.id, &action)
        .await
        .map_err(stop)?;
    let changed = tenant.apps.iter().filter(|now| now.app_id == app.app_id);
    let rows = changed.flat_map(|app| app.certificates.iter().map(move |certificate| (app, certificate)));
    print(table(rows).as_bytes())
}

async fn export(arguments: &CertsExport) -> Outcome {
    let (format, out) = (arguments.format, arguments.out.as_deref());
    if format == CertificateForm::Raw && out.is_none() && std::io::stdout().is_terminal() {
        return Err(Stop::usage(
            "a certificate in DER is nothing for a terminal: name a file with --out, or take `--format pem`",
        ));
    }
    if let Some(path) = out.filter(|path| path.exists() && !arguments.force) {
        return Err(Stop::usage(format!(
            "{} exists; --force overwrites it, --out FILE writes elsewhere",
            path.display()
        )));
    }
    let mock = Mock::find(&arguments.owner).await?;
    let app = mock.app()?;
    let name = match &arguments.name {
        Some(name) => name.clone(),
        None => active(app)?,
    };
    let file = mock
        .api
        .download(&mock.tenant.id, &app.app_id, &name, format)
        .await;
    let file = file.map_err(stop)?;
    let Some(path) = out else {
        return print(&file);
    };
    std::fs::write(path, &file)
        .map_err(|error| Stop::usage(format!("cannot write {}: {error}", path.display())))?;
    eprintln!("wrote {}", path.display());
    Ok(SUCCESS)
}

fn active(app: &AppInfo) -> Result<String, Stop> {
    let active = app.certificates.iter().find(|entry| entry.status == "active");
    let active = active.ok_or_else(|| {
        Stop::usage(format!(
            "no certificate of `{}` is active: name one, as `entrant certs list` has them",
            app.name
        ))
    })?;
    Ok(active.name.clone())
}
