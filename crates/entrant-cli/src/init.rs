//! `entrant init`: writes what [`runner::init`] makes of a service provider's metadata.

use std::path::Path;

use runner::init::{self, Hints};

use crate::args::InitArguments;
use crate::error::{Outcome, SUCCESS, Stop};

/// Runs the command.
pub(crate) async fn run(arguments: InitArguments) -> Outcome {
    let bytes = read(&arguments.metadata).await?;
    let hints = Hints {
        source: arguments.metadata.clone(),
        name: arguments.name,
        sign_on_url: arguments.sign_on_url.map(String::from),
        whoami: arguments.whoami.map(String::from),
    };
    let files = init::files(&bytes, &hints)
        .map_err(|error| Stop::usage(format!("{}: {error}", arguments.metadata)))?;
    let (tenant_path, sp_path) = (arguments.out.join("tenant.toml"), arguments.out.join("sp.toml"));
    if !arguments.force
        && let Some(path) = [&tenant_path, &sp_path].into_iter().find(|path| path.exists())
    {
        let message = format!(
            "{} exists; --force overwrites it, --out DIR writes elsewhere",
            path.display()
        );
        return Err(Stop::usage(message));
    }
    std::fs::create_dir_all(&arguments.out).map_err(|error| {
        Stop::usage(format!(
            "cannot make the folder {}: {error}",
            arguments.out.display()
        ))
    })?;
    write(&tenant_path, &files.tenant)?;
    write(&sp_path, &files.sp)?;
    println!("wrote {} and {}", tenant_path.display(), sp_path.display());
    for note in files.notes {
        println!("note: {note}");
    }
    println!("next: entrant serve --tenant {}", tenant_path.display());
    println!("      entrant test --sp {}", sp_path.display());
    Ok(SUCCESS)
}

async fn read(place: &str) -> Result<Vec<u8>, Stop> {
    if place.starts_with("http://") || place.starts_with("https://") {
        return runner::fetch::metadata(place)
            .await
            .map_err(|error| Stop::usage(format!("cannot fetch {place}: {error}")));
    }
    std::fs::read(place).map_err(|error| Stop::usage(format!("cannot read the metadata {place}: {error}")))
}

fn write(path: &Path, text: &str) -> Result<(), Stop> {
    std::fs::write(path, text)
        .map_err(|error| Stop::usage(format!("cannot write {}: {error}", path.display())))
}
