//! What a person types. Every flag can be given as `ENTRANT_` and its name; the flag wins.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{Args, Parser, Subcommand};
use control_api::idp::CertificateForm;

/// A mock Microsoft Entra ID that can lie precisely, a driver that walks a SAML service provider as a browser
/// would, and a verdict on who ended up signed in. It is not Microsoft.
#[derive(Debug, Parser)]
#[command(name = "entrant", version, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Drive scenarios against a service provider and print a verdict for each.
    Test(TestArguments),
    /// Serve the mock and the reference service provider to a browser or another suite.
    Serve(ServeArguments),
    /// Write a tenant file and an SP file from a service provider's own metadata.
    Init(InitArguments),
    /// Test what an assertion would say about a user, or a transformation on sample values.
    #[command(subcommand)]
    Claims(ClaimsCommand),
    /// Manage the token signing certificates of a running mock's application.
    #[command(subcommand)]
    Certs(CertsCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClaimsCommand {
    /// Say what an application's assertion would tell about a user, each claim with where it comes from; or what a
    /// transformation makes of sample values.
    Test(ClaimsTestArguments),
}

#[derive(Debug, Args)]
#[command(after_help = CLAIMS_EXIT_CODES)]
pub(crate) struct ClaimsTestArguments {
    #[command(flatten)]
    pub(crate) mock: MockArguments,
    /// A tenant file [default: the embedded Contoso]; with --url an id or a domain of one of the mock's tenants [default: the
    /// first]. ENTRANT_TENANT is read in the same way, so with --url it may not be the file that `serve` takes.
    #[arg(long, value_name = "FILE|TENANT", env = "ENTRANT_TENANT")]
    pub(crate) tenant: Option<String>,
    /// The application, by name or id [default: the only one].
    #[arg(long, value_name = "APP", env = "ENTRANT_APP")]
    pub(crate) app: Option<String>,
    /// The user, by user principal name or its local part; with --transform whose values stand where --value gives none.
    #[arg(
        long,
        value_name = "USER",
        env = "ENTRANT_USER",
        required_unless_present = "transform"
    )]
    pub(crate) user: Option<String>,
    /// A transformation in the tenant file's own keys, such as '{ function = "ExtractMailPrefix", input = "user.mail" }'.
    #[arg(long, value_name = "TOML", env = "ENTRANT_TRANSFORM")]
    pub(crate) transform: Option<String>,
    /// A sample value, such as user.mail=b.simon@contoso.com; may be given more than once, also for one source.
    #[arg(long, value_name = "SOURCE=VALUE", env = "ENTRANT_VALUE", value_delimiter = '\n', value_parser = sample)]
    pub(crate) value: Vec<(String, String)>,
    /// Judge the transformation as one that makes the NameID.
    #[arg(long, env = "ENTRANT_FOR_NAME_ID", value_parser = BoolishValueParser::new())]
    pub(crate) for_name_id: bool,
    /// Print the control API's answer.
    #[arg(long, env = "ENTRANT_JSON", value_parser = BoolishValueParser::new())]
    pub(crate) json: bool,
}

const CLAIMS_EXIT_CODES: &str = "\
Exit codes:
  0  the user would be signed in; or the transformation was tested
  1  the user would be stopped
  2  wrong usage, a wrong or missing file, a wrong transformation, or a mock that does not answer";

/// Exit codes: 0 as expected; 1 an expectation was not met; 2 usage or file; 3 inconclusive; 4 nothing selected
/// or nothing ran.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct TestArguments {
    /// A scenario file or folder to run instead of the embedded ones; or a path or part of one, 'folder/*', or @tag, to
    /// run only those. Several select what any of them matches.
    #[arg(value_name = "SELECTOR")]
    pub(crate) selectors: Vec<String>,
    /// Test this service provider instead of the reference one.
    #[arg(long, value_name = "FILE", env = "ENTRANT_SP")]
    pub(crate) sp: Option<PathBuf>,
    /// List what would run, and end.
    #[arg(long)]
    pub(crate) list: bool,
    /// Scenarios at a time [default: two for each processor, at least four].
    #[arg(long, value_name = "N", env = "ENTRANT_JOBS", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,
    /// Where the mock listens [default: a free loopback port; with --sp and no [run], 127.0.0.1:8080, so that the SP can
    /// know it beforehand].
    #[arg(long, value_name = "ADDRESS", env = "ENTRANT_LISTEN", value_parser = address)]
    pub(crate) listen: Option<SocketAddr>,
    /// With --sp: send attacks to this host too, though it is neither loopback nor in a private range. Only what is yours;
    /// may be given more than once.
    #[arg(long, value_name = "HOST", env = "ENTRANT_ALLOW_HOST", value_delimiter = ',', value_parser = runner::allowed_host)]
    pub(crate) allow_host: Vec<String>,
    /// Run what costs the service provider much, or makes it fetch something, too.
    #[arg(long, env = "ENTRANT_ALLOW_HEAVY", value_parser = BoolishValueParser::new())]
    pub(crate) allow_heavy: bool,
    /// Write a report: `junit=PATH`, `json=PATH`, or `sarif=PATH` for code-scanning pages; may be given more than once.
    #[arg(long, value_name = "KIND=PATH", env = "ENTRANT_REPORT", value_delimiter = ',')]
    pub(crate) report: Vec<Report>,
    #[command(flatten)]
    pub(crate) state: StateArguments,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  everything as expected
  1  an expectation was not met
  2  wrong usage, or a wrong or missing file
  3  inconclusive: a positive control failed, or the service provider could not be asked
  4  nothing was selected, or nothing ran
  130, 143, 129  ended by Ctrl-C, SIGTERM, SIGHUP; reports hold what was finished";

/// `KIND=PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) kind: ReportKind,
    pub(crate) path: PathBuf,
}

/// The kinds of report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReportKind {
    Junit,
    Json,
    Sarif,
}

impl std::str::FromStr for Report {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, path) = text
            .split_once('=')
            .filter(|(_, path)| !path.is_empty())
            .ok_or("expected KIND=PATH, such as junit=report.xml")?;
        if path == "-" {
            return Err("a report needs a file: standard output holds the verdicts".to_owned());
        }
        let kind = match kind {
            "junit" => ReportKind::Junit,
            "json" => ReportKind::Json,
            "sarif" => ReportKind::Sarif,
            _ => {
                return Err(format!(
                    "unknown kind of report `{kind}`: expected `junit`, `json` or `sarif`"
                ));
            }
        };
        Ok(Self {
            kind,
            path: path.into(),
        })
    }
}

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// A tenant file to serve instead of Contoso and Fabrikam; may be given more than once. ENTRANT_TENANT is a file here; for
    /// `certs`, and for `claims test` with --url, it is a domain or an id.
    #[arg(long, value_name = "FILE", env = "ENTRANT_TENANT")]
    pub(crate) tenant: Vec<PathBuf>,
    /// Where the mock listens.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", env = "ENTRANT_LISTEN", value_parser = address)]
    pub(crate) listen: SocketAddr,
    /// Where the reference service provider listens; loopback only.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8081", env = "ENTRANT_SP_LISTEN", value_parser = loopback_address)]
    pub(crate) sp_listen: SocketAddr,
    /// Serve the mock alone.
    #[arg(long, env = "ENTRANT_NO_SP", value_parser = BoolishValueParser::new(), conflicts_with = "sp_accounts")]
    pub(crate) no_sp: bool,
    /// The address by which browsers reach the mock, such as https://idp.example.
    #[arg(long, value_name = "URL", env = "ENTRANT_PUBLIC_URL", value_parser = base_url)]
    pub(crate) public_url: Option<url::Url>,
    /// The address by which service providers reach the mock from inside, such as http://entra:8080.
    #[arg(long, value_name = "URL", env = "ENTRANT_INTERNAL_URL", value_parser = base_url)]
    pub(crate) internal_url: Option<url::Url>,
    /// Write the ready file (addresses, users, token; JSON, mode 0600) once requests are served.
    #[arg(long, value_name = "FILE", env = "ENTRANT_READY_FILE")]
    pub(crate) ready_file: Option<PathBuf>,
    /// The control API's token [default: generated].
    #[arg(
        long,
        value_name = "TOKEN",
        env = "ENTRANT_CONTROL_TOKEN",
        hide_env_values = true, value_parser = token
    )]
    pub(crate) control_token: Option<String>,
    /// Keep the reference service provider's accounts and links in this SQLite file [default: in memory].
    #[arg(long, value_name = "FILE", env = "ENTRANT_SP_ACCOUNTS")]
    pub(crate) sp_accounts: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) state: StateArguments,
}

/// An address to listen on.
fn address(text: &str) -> Result<SocketAddr, String> {
    let numeric = text
        .strip_prefix("localhost:")
        .map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
    numeric.parse().map_err(|_| {
        "expected an IP address and a port, such as 127.0.0.1:8080 (port 0 takes a free one)".to_owned()
    })
}

fn loopback_address(text: &str) -> Result<SocketAddr, String> {
    let address = address(text)?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err("the reference service provider is served on loopback only, such as 127.0.0.1:8081".to_owned())
    }
}

/// An address that others put paths behind.
fn base_url(text: &str) -> Result<url::Url, String> {
    let url = url::Url::parse(text).map_err(|error| error.to_string());
    let is_base = |url: &url::Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
    };
    url.ok().filter(is_base).ok_or_else(|| {
        "expected an http or https address without a path, such as https://idp.example".to_owned()
    })
}

/// `SOURCE=VALUE`.
fn sample(text: &str) -> Result<(String, String), String> {
    let (source, value) = text
        .split_once('=')
        .ok_or("expected SOURCE=VALUE, such as user.mail=b.simon@contoso.com")?;
    Ok((source.trim().to_owned(), value.to_owned()))
}

/// What can stand in an Authorization header.
fn token(text: &str) -> Result<String, String> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(text.to_owned())
    } else {
        Err("expected visible ASCII characters without spaces".to_owned())
    }
}

#[derive(Debug, Args)]
pub(crate) struct StateArguments {
    /// Where keys are kept [default: $XDG_STATE_HOME/entrant, else ~/.local/state/entrant].
    #[arg(long, value_name = "DIR", env = "ENTRANT_STATE_DIR")]
    pub(crate) state_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    /// The service provider's metadata: a file or an http(s) address.
    #[arg(long, value_name = "FILE|URL", env = "ENTRANT_METADATA")]
    pub(crate) metadata: String,
    /// The folder into which tenant.toml and sp.toml are written.
    #[arg(long, value_name = "DIR", default_value = ".", env = "ENTRANT_OUT")]
    pub(crate) out: PathBuf,
    /// The application's name [default: the host of the entity id].
    #[arg(long, value_name = "NAME", env = "ENTRANT_NAME")]
    pub(crate) name: Option<String>,
    /// The address that starts sign-on at the service provider.
    #[arg(long, value_name = "URL", env = "ENTRANT_SIGN_ON_URL")]
    pub(crate) sign_on_url: Option<url::Url>,
    /// The address that says as JSON who is signed in.
    #[arg(long, value_name = "URL", env = "ENTRANT_WHOAMI")]
    pub(crate) whoami: Option<url::Url>,
    /// Overwrite files that exist.
    #[arg(long, env = "ENTRANT_FORCE", value_parser = BoolishValueParser::new())]
    pub(crate) force: bool,
}

/// A mock that runs.
#[derive(Debug, Args)]
pub(crate) struct MockArguments {
    /// The address of a running mock [default: http://localhost:8080; `claims test` starts one of its own].
    #[arg(long, value_name = "URL", env = "ENTRANT_URL", value_parser = base_url)]
    pub(crate) url: Option<url::Url>,
    /// Its control token; one that is reached by others than this machine demands it.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "ENTRANT_CONTROL_TOKEN",
        hide_env_values = true, value_parser = token
    )]
    pub(crate) control_token: Option<String>,
}

/// Whose certificates.
#[derive(Debug, Args)]
pub(crate) struct OwnerArguments {
    #[command(flatten)]
    pub(crate) mock: MockArguments,
    /// The tenant, by domain or id [default: the first]. ENTRANT_TENANT is one of these here; for `serve` it is a file.
    #[arg(long, value_name = "TENANT", env = "ENTRANT_TENANT")]
    pub(crate) tenant: Option<String>,
    /// The application, by name or id; may be left out where the tenant has one.
    #[arg(long, value_name = "APP", env = "ENTRANT_APP")]
    pub(crate) app: Option<String>,
}

/// What is done to certificates.
#[derive(Debug, Subcommand)]
pub(crate) enum CertsCommand {
    /// List the certificates of an application, or of all.
    List(CertsList),
    /// Make a new certificate; it is inactive.
    New(CertsNew),
    /// Import a key and its certificate out of a PFX file; it is inactive.
    Import(CertsImport),
    /// Make a certificate active; the one that was becomes inactive.
    Activate(CertsName),
    /// Delete an inactive certificate, from the metadata too.
    Delete(CertsName),
    /// Write a certificate, or the application's metadata, to a file or standard output.
    Export(CertsExport),
}

#[derive(Debug, Args)]
pub(crate) struct CertsList {
    #[command(flatten)]
    pub(crate) owner: OwnerArguments,
    /// As JSON.
    #[arg(long, env = "ENTRANT_JSON", value_parser = BoolishValueParser::new())]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CertsNew {
    /// A name to call it by.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) owner: OwnerArguments,
    /// How long it lives, such as 90d; negative: it has expired [default: 3y].
    #[arg(
        long,
        value_name = "DURATION",
        env = "ENTRANT_VALID_FOR",
        allow_hyphen_values = true
    )]
    pub(crate) valid_for: Option<String>,
    /// From when it is valid, counted from the tenant's now, such as 1d [default: now].
    #[arg(
        long,
        value_name = "OFFSET",
        env = "ENTRANT_VALID_FROM",
        allow_hyphen_values = true
    )]
    pub(crate) valid_from: Option<String>,
    /// The size of its key: 1024, 2048 or 4096 [default: 2048].
    #[arg(long, value_name = "BITS", env = "ENTRANT_KEY_BITS")]
    pub(crate) key_bits: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct CertsImport {
    /// A name to call it by.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// The PFX file.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) owner: OwnerArguments,
    /// The PFX file's password [default: empty].
    #[arg(
        long,
        value_name = "PASSWORD",
        env = "ENTRANT_PASSWORD",
        hide_env_values = true
    )]
    pub(crate) password: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CertsName {
    /// The certificate.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) owner: OwnerArguments,
}

#[derive(Debug, Args)]
pub(crate) struct CertsExport {
    /// The certificate, by name or thumbprint [default: the active one].
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) owner: OwnerArguments,
    /// `base64` (a .cer file), `raw` (.cer, DER), `pem`, or `metadata` (Federation Metadata XML).
    #[arg(long, value_name = "FORMAT", default_value = "base64", env = "ENTRANT_FORMAT", value_parser = CertificateForm::parse)]
    pub(crate) format: CertificateForm,
    /// The file that is written [default: standard output].
    #[arg(long, value_name = "FILE", env = "ENTRANT_OUT")]
    pub(crate) out: Option<PathBuf>,
    /// Overwrite a file that exists.
    #[arg(long, env = "ENTRANT_FORCE", value_parser = BoolishValueParser::new())]
    pub(crate) force: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_flags_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_flag_has_its_environment_variable() {
        check_variables(&Arguments::command());
    }

    fn check_variables(command: &clap::Command) {
        command.get_subcommands().for_each(check_variables);
        for argument in command.get_arguments() {
            let Some(long) = argument.get_long() else {
                continue;
            };
            if matches!(long, "help" | "version" | "list") {
                continue;
            }
            let expected = format!("ENTRANT_{}", long.replace('-', "_").to_uppercase());
            assert_eq!(argument.get_env().unwrap().to_str().unwrap(), expected);
        }
    }

    #[test]
    fn addresses_say_what_was_expected() {
        assert_eq!(address("localhost:0"), Ok(SocketAddr::from(([127, 0, 0, 1], 0))));
        assert!(address("8080").unwrap_err().contains("127.0.0.1:8080"));
        assert!(
            loopback_address("0.0.0.0:8081")
                .unwrap_err()
                .contains("loopback only")
        );
        for wrong in [
            "ftp://x",
            "https://idp.example/x",
            "https://idp.example/?y",
            "https://a@idp.example",
            "idp.example",
        ] {
            assert!(base_url(wrong).is_err(), "{wrong}");
        }
        assert!(base_url("https://idp.example").is_ok());
        assert!(token("").is_err() && token("a b").is_err() && token("a-b").is_ok());
    }

    #[test]
    fn a_report_is_a_kind_and_a_path() {
        assert_eq!(
            "junit=a=b.xml".parse(),
            Ok(Report {
                kind: ReportKind::Junit,
                path: "a=b.xml".into()
            })
        );
        for wrong in ["junit", "junit=", "html=x", "json=-"] {
            assert!(wrong.parse::<Report>().is_err(), "{wrong}");
        }
    }
}
