//! `entrant`: a mock Microsoft Entra ID, a driver and a verdict in one program.
//!
//! This crate composes the halves and owns what a person types and reads. Each command is one module; what
//! goes wrong before a command can begin is an [`error::Stop`] with its exit code (contracts.md section 1).

mod args;
mod certs_command;
mod claims;
mod error;
mod init;
mod mock;
mod out;
mod reference_sp;
mod scenarios;
mod serve;
mod signals;
mod test;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Arguments, ClaimsCommand, Command};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start the async runtime: {error}");
            return ExitCode::from(error::USAGE);
        }
    };
    let outcome = runtime.block_on(async {
        match arguments.command {
            Command::Test(arguments) => test::run(arguments).await,
            Command::Serve(arguments) => serve::run(arguments).await,
            Command::Init(arguments) => init::run(arguments).await,
            Command::Certs(command) => certs_command::run(command).await,
            Command::Claims(ClaimsCommand::Test(arguments)) => claims::test(arguments).await,
        }
    });
    // Connections that a browser keeps open must not keep the program.
    runtime.shutdown_background();
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(stop) => {
            eprintln!("error: {stop}");
            ExitCode::from(stop.code)
        }
    }
}
