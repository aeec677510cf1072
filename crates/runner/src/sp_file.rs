//! The SP file (contracts.md section 3): how to start, drive and question a service provider.

mod decode;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use control_api::file::{Diagnostics, FILE_BYTES_MAX};

use crate::selector::Selector;
use crate::text::expand;

pub use decode::parse;

/// A service provider, as its file says it.
#[derive(Clone, Debug, PartialEq)]
pub struct SpFile {
    /// The file, as the user named it.
    pub path: PathBuf,
    /// A name for reports, and for the application in the tenant.
    pub name: String,
    /// Where the SP publishes its metadata.
    pub metadata: Option<String>,
    /// Identifier (Entity ID); wins over the metadata's.
    pub entity_id: Option<String>,
    /// Reply URL (AssertionConsumerService); wins over the metadata's.
    pub reply_url: Option<String>,
    /// A GET starts sign-on; `None` where the start command prints it.
    pub sign_on_url: Option<String>,
    /// A GET starts single sign-out.
    pub logout_url: Option<String>,
    /// What its metadata tells besides; filled once that was read.
    pub published: Published,
    /// Relay State of the application, for responses that nobody asked for.
    pub relay_state: Option<String>,
    /// How to start and stop it.
    pub run: Option<RunCommands>,
    /// The identity probe.
    pub whoami: Whoami,
    /// The hooks, by name: each of [`control_api::sp::ACTIONS`].
    pub hooks: BTreeMap<String, Hook>,
    /// What the SP supports.
    pub supports: Supports,
}

/// What an SP's metadata tells, and no file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Where it takes logout messages by redirect (`SingleLogoutService`): the application's Logout Url.
    pub single_logout_service: Option<String>,
    /// Where it takes them by post: `{sp_logout_post}`.
    pub single_logout_post: Option<String>,
    /// The first certificate by which it signs: base64 of its DER.
    pub signing_certificate: Option<String>,
    /// The first certificate to which assertions may be encrypted: base64 of its DER.
    pub encryption_certificate: Option<String>,
}

/// `[run]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunCommands {
    /// Program and arguments.
    pub start: Vec<String>,
    /// Answers once the SP is up; absent: the identity probe does.
    pub ready: Option<String>,
    /// Program and arguments; absent: the processes are just ended.
    pub stop: Option<Vec<String>>,
}

/// `[whoami]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whoami {
    /// The probe's address; `None` where the start command prints it.
    pub url: Option<String>,
    /// Where the answer says who is signed in.
    pub identity: Selector,
    /// Which fact of the user that is.
    pub matches: Match,
    /// Where the answer says the NameID.
    pub name_id: Option<Selector>,
    /// Where the answer says the NameID's format.
    pub name_id_format: Option<Selector>,
    /// Where the answer holds the attributes: a JSON object.
    pub attributes: Option<Selector>,
    /// Where the answer says what became of the account.
    pub account: Option<Selector>,
    /// Where the answer says which account it is: the SP's own id of it.
    pub account_id: Option<Selector>,
    /// Where the answer holds the roles: a JSON text or list.
    pub roles: Option<Selector>,
    /// Where the page of a refusal says its reason.
    pub rejection: Option<Selector>,
    /// How the answer looks when nobody is signed in.
    pub signed_out: SignedOut,
}

/// The fact of the user that the identity probe shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// User principal name; case does not matter.
    Upn,
    /// Mail; case does not matter.
    Mail,
    /// Object id.
    ObjectId,
    /// The NameID that the identity provider sent.
    NameId,
}

/// How the probe's answer looks when nobody is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedOut {
    /// This status; 401 where the file does not say.
    Status(u16),
    /// A redirect to an address that holds this text.
    Redirect(String),
    /// A body that holds this text.
    Body(String),
}

/// One of `[hooks]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hook {
    /// A POST whose body is the variables as JSON.
    Post {
        /// The address.
        url: String,
        /// Sent as `Authorization: Bearer …`; never in a user's file.
        token: Option<String>,
    },
    /// A command; `{upn}` and the other variables expand in its arguments.
    Command(Vec<String>),
}

/// `[supports]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supports {
    /// Responses that nobody asked for. Default: yes.
    pub idp_initiated: bool,
    /// What the SP wants signed. Default: the assertion.
    pub signed: Signed,
    /// Encrypted assertions. Default: no.
    pub encryption: bool,
    /// Single sign-out. Default: no.
    pub single_logout: bool,
    /// Several browsers at a time, with the same user. Default: no. An SP with a `reset` hook still gets one
    /// scenario at a time, since a reset would wipe the accounts of its neighbours.
    pub parallel: bool,
    /// What the hook `set` takes, by the names of [`control_api::sp::Settings`]. Default, `None`: all of it.
    pub settings: Option<Vec<String>>,
}

/// What the SP wants signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// The assertion.
    Assertion,
    /// The response.
    Response,
    /// Both.
    Both,
}

impl Signed {
    /// The SP file's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Assertion => "assertion",
            Self::Response => "response",
            Self::Both => "both",
        }
    }

    /// Whether the SP takes responses that are signed as this Signing Option of the tenant file says.
    #[must_use]
    pub fn accepts(self, option: &str) -> bool {
        option == self.option() || option == Self::Both.option()
    }

    /// The tenant file's word for the Signing Option.
    #[must_use]
    pub fn option(self) -> &'static str {
        match self {
            Self::Assertion => "assertion",
            Self::Response => "response",
            Self::Both => "response-and-assertion",
        }
    }
}

/// Why an SP file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SpFileError {
    /// It is not there or cannot be read.
    #[error("{}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// Everything that is wrong with it.
    #[error(transparent)]
    Wrong(#[from] Diagnostics),
}

impl SpFile {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// [`SpFileError`].
    pub fn load(path: &Path) -> Result<Self, SpFileError> {
        let unreadable = |reason: String| SpFileError::Unreadable {
            path: path.to_owned(),
            reason,
        };
        let metadata = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
        if metadata.len() > FILE_BYTES_MAX as u64 {
            return Err(unreadable(format!("larger than {FILE_BYTES_MAX} bytes")));
        }
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
        Ok(parse(&path.display().to_string(), &text)?)
    }

    /// The directory in which commands run: the file's own.
    #[must_use]
    pub fn directory(&self) -> PathBuf {
        match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        }
    }

    /// The file with variables such as `{port}` expanded in every address and command.
    #[must_use]
    pub fn expanded(mut self, variables: &[(&str, String)]) -> Self {
        let one = |text: &mut String| *text = expand(text, variables);
        let addresses = [
            &mut self.metadata,
            &mut self.entity_id,
            &mut self.reply_url,
            &mut self.sign_on_url,
            &mut self.logout_url,
            &mut self.relay_state,
            &mut self.whoami.url,
        ];
        addresses.into_iter().flatten().for_each(one);
        if let Some(run) = &mut self.run {
            run.start.iter_mut().for_each(one);
            run.ready.iter_mut().for_each(one);
            run.stop.iter_mut().flatten().for_each(one);
        }
        if let SignedOut::Redirect(text) | SignedOut::Body(text) = &mut self.whoami.signed_out {
            one(text);
        }
        for hook in self.hooks.values_mut() {
            match hook {
                Hook::Post { url, .. } => one(url),
                Hook::Command(words) => words.iter_mut().for_each(one),
            }
        }
        self
    }

    /// The file with what the start command printed: a printed key wins over the file's.
    #[must_use]
    pub fn with_printed(mut self, printed: &BTreeMap<String, String>) -> Self {
        let keys = [
            ("entity_id", &mut self.entity_id),
            ("acs", &mut self.reply_url),
            ("login", &mut self.sign_on_url),
            ("logout", &mut self.logout_url),
            ("whoami", &mut self.whoami.url),
            ("metadata", &mut self.metadata),
            ("relay", &mut self.relay_state),
        ];
        for (key, place) in keys {
            if let Some(value) = printed.get(key) {
                *place = Some(value.clone());
            }
        }
        self
    }
}
