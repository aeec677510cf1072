//! The steps of a scenario, and how each is written.

use control_api::file::{Mark, Node, Table, parse_duration};
use control_api::idp::{CertificateVerb, FaultSpec, UserVerb};
use control_api::tenant::{check_dates, check_key_bits, check_life_time, check_valid_from};
use serde_json::Value as Json;

use super::Expect;
use super::sign::{SignInStep, SignOutStep, browser, default_user};
use super::sp::SpStep;
use super::token_encryption::TokenEncryptionStep;

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What is done.
    pub action: StepAction,
    /// What it must lead to; `Some` for `sign_in`, `sign_out`, `replay` and `request`, and for a `refresh_trust` that says so.
    pub expect: Option<Expect>,
    /// Where it stands.
    pub mark: Mark,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub enum StepAction {
    /// `sign_in`.
    SignIn(SignInStep),
    /// `sign_out`.
    SignOut(SignOutStep),
    /// `replay`.
    Replay(ReplayStep),
    /// `probe`.
    Probe(ProbeStep),
    /// `flood`.
    Flood(FloodStep),
    /// `request`.
    Request(RequestStep),
    /// `tenant`: a patch in the tenant file's own keys, as JSON.
    Tenant(Json),
    /// `certificate`.
    Certificate(CertificateStep),
    /// `token_encryption`.
    TokenEncryption(TokenEncryptionStep),
    /// `user`.
    User(UserStep),
    /// `clock`.
    Clock(ClockStep),
    /// `sp`.
    Sp(SpStep),
}

/// `replay = { step = 1 }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayStep {
    /// Number (from 1) of the `sign_in` step whose response is posted again.
    pub step: usize,
    /// As in [`SignInStep::browser`].
    pub browser: Option<String>,
    /// Whether the response gets another ID on its way; its assertion stays.
    pub rewrap: bool,
    /// Number (from 1) of another `sign_in` step, whose RelayState goes along.
    pub relay_state_of: Option<usize>,
}

/// `flood = { sign_ons = 1200 }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FloodStep {
    /// How many sign-ons are begun at the SP, each in a browser of its own, that nobody goes on with.
    pub sign_ons: usize,
}

/// The most sign-ons of one flood: what the catalogue speaks of.
const FLOOD_MAX: u64 = 100_000;

/// `probe = { browser = "one" }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeStep {
    /// The name of a browser of an earlier `sign_in`.
    pub browser: String,
}

/// `request = { binding = "redirect", xml = "…" }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestStep {
    /// How it is sent.
    pub binding: Binding,
    /// What is sent.
    pub payload: Payload,
    /// Who signs in where the request is honoured.
    pub user: Option<String>,
}

/// A SAML binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// HTTP-Redirect: a query.
    Redirect,
    /// HTTP-POST: a form.
    Post,
}

/// What a `request` step sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// A message that the runner encodes.
    Xml {
        /// The parameter that carries it: `SAMLRequest` or `SAMLResponse`.
        parameter: &'static str,
        /// The message, with placeholders.
        xml: String,
        /// How it is encoded.
        encoding: Encoding,
    },
    /// A query string or a form body as it goes over the wire, with placeholders.
    Raw(String),
}

/// How a message becomes the value of its parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Raw DEFLATE, then base64: HTTP-Redirect's own.
    Deflate,
    /// Base64: HTTP-POST's own.
    Base64,
    /// As the binding says, but in the URL-safe alphabet without padding.
    Base64Url,
    /// DEFLATE in a zlib wrapper, then base64.
    Zlib,
    /// DEFLATE in a gzip wrapper, then base64.
    Gzip,
    /// Not encoded at all.
    Plain,
}

/// The parameters that carry a message (saml-bindings 3.4.4, 3.5.4); the first is the default.
const PARAMETERS: &[(&str, &str)] = &[("SAMLRequest", "SAMLRequest"), ("SAMLResponse", "SAMLResponse")];

/// The words for [`Encoding`].
const ENCODINGS: &[(&str, Encoding)] = &[
    ("deflate", Encoding::Deflate),
    ("base64", Encoding::Base64),
    ("base64url", Encoding::Base64Url),
    ("zlib", Encoding::Zlib),
    ("gzip", Encoding::Gzip),
    ("plain", Encoding::Plain),
];

/// `certificate = { add = "next", valid_for = "30d" }`, `{ import = "own", pfx = "own.pfx", password = "…" }`, or
/// `activate`, `withdraw`, `expire`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateStep {
    /// What is done.
    pub verb: CertificateVerb,
    /// The certificate's name.
    pub name: String,
    /// With `add`: how long it lives.
    pub valid_for: Option<String>,
    /// With `add`: from when it is valid, counted from the tenant's now.
    pub valid_from: Option<String>,
    /// With `add`: the size of its key in bits.
    pub key_bits: Option<u32>,
    /// With `import`: the PFX file, from the scenario's folder; absent: a fresh one, as an administrator would make it.
    pub pfx: Option<String>,
    /// With `import`: the PFX file's password.
    pub password: Option<String>,
    /// With `import` and no PFX file: the public exponent of the fresh key.
    pub exponent: Option<u32>,
}

/// The verbs of a `certificate` step.
const CERTIFICATE_VERBS: &[(&str, CertificateVerb)] = &[
    ("add", CertificateVerb::Add),
    ("import", CertificateVerb::Import),
    ("activate", CertificateVerb::Activate),
    ("withdraw", CertificateVerb::Withdraw),
    ("expire", CertificateVerb::Expire),
];

/// `user = { disable = "B.Simon" }`, `{ rename = "B.Simon", to = "Britta.Simon" }`,
/// `{ set = "B.Simon", values = { country = "France" } }`, `{ assign = "U.Keller", role = "…" }`.
#[derive(Clone, Debug, PartialEq)]
pub struct UserStep {
    /// What is done.
    pub verb: UserVerb,
    /// The user, by UPN or its local part.
    pub user: String,
    /// With `rename`: the new UPN or its local part.
    pub to: Option<String>,
    /// With `set`: keys of `[[user]]` with their new values.
    pub values: Option<Json>,
    /// With `assign`: the value of an app role.
    pub role: Option<String>,
}

/// The verbs of a `user` step.
const USER_VERBS: &[(&str, UserVerb)] = &[
    ("disable", UserVerb::Disable),
    ("enable", UserVerb::Enable),
    ("rename", UserVerb::Rename),
    ("set", UserVerb::Set),
    ("delete", UserVerb::Delete),
    ("restore", UserVerb::Restore),
    ("recreate", UserVerb::Recreate),
    ("assign", UserVerb::Assign),
    ("unassign", UserVerb::Unassign),
];

/// `clock = { idp = "+6m" }`, `{ sp = "-10m" }`, `{ idp = "+0s", freeze = true }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockStep {
    /// How far the tenant's clock moves.
    pub idp: Option<String>,
    /// How far the SP's clock moves.
    pub sp: Option<String>,
    /// Stops (true) or lets run (false) the clocks that are named.
    pub freeze: Option<bool>,
}

impl StepAction {
    /// The faults that it orders.
    #[must_use]
    pub fn faults(&self) -> &[FaultSpec] {
        match self {
            Self::SignIn(step) => &step.faults,
            Self::SignOut(step) => &step.faults,
            Self::Sp(step) => &step.faults,
            _ => &[],
        }
    }

    /// The step in a few words, for reports.
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::SignIn(step) => step.title(),
            Self::SignOut(step) => step.title(),
            Self::Replay(step) => format!("replay step {}", step.step),
            Self::Probe(step) => format!("probe {}", step.browser),
            Self::Flood(step) => format!("flood of {} sign-ons", step.sign_ons),
            Self::Request(step) => match step.binding {
                Binding::Redirect => "request by redirect".to_owned(),
                Binding::Post => "request by post".to_owned(),
            },
            Self::Tenant(_) => "tenant".to_owned(),
            Self::Certificate(step) => {
                format!("certificate {} {}", word(CERTIFICATE_VERBS, step.verb), step.name)
            }
            Self::TokenEncryption(step) => step.title(),
            Self::User(step) => format!("user {} {}", word(USER_VERBS, step.verb), step.user),
            Self::Clock(step) => {
                let moved = |name: &str, by: &Option<String>| by.as_ref().map(|by| format!(" {name} {by}"));
                let parts = [moved("idp", &step.idp), moved("sp", &step.sp)];
                format!("clock{}", parts.into_iter().flatten().collect::<String>())
            }
            Self::Sp(step) => step.title(),
        }
    }
}

pub(super) fn word<T: PartialEq + Copy>(words: &[(&'static str, T)], value: T) -> &'static str {
    words
        .iter()
        .find(|(_, known)| *known == value)
        .map_or("", |(word, _)| word)
}

/// Reads the value of `replay`.
pub(super) fn replay(table: &Table<'_>) -> Option<ReplayStep> {
    let number = table.integer("step");
    if !table.has("step") {
        table.problem("`step` is missing: expected the number of an earlier sign_in step, from 1");
    }
    let browser = browser(table);
    let rewrap = table.boolean("rewrap").unwrap_or_default();
    let relay_state_of = table.integer("relay_state_of");
    table.done();
    Some(ReplayStep {
        step: usize::try_from(number?).ok()?,
        browser,
        rewrap,
        relay_state_of: relay_state_of.and_then(|number| usize::try_from(number).ok()),
    })
}

/// Reads the value of `flood`.
pub(super) fn flood(table: &Table<'_>) -> Option<FloodStep> {
    let number = table.integer("sign_ons");
    table.done();
    let expected = format!("expected how many, from 1 to {FLOOD_MAX}");
    if !table.has("sign_ons") {
        table.problem(format!("`sign_ons` is missing: {expected}"));
    }
    let number = number?;
    if !(1..=FLOOD_MAX).contains(&number) {
        table.problem_at("sign_ons", format!("`sign_ons`: {expected}, found {number}"));
    }
    Some(FloodStep {
        sign_ons: usize::try_from(number).ok()?,
    })
}

/// Reads the value of `probe`.
pub(super) fn probe(table: &Table<'_>) -> Option<ProbeStep> {
    let browser = table.required_string("browser", "the name of a browser of an earlier sign_in");
    table.done();
    Some(ProbeStep { browser: browser? })
}

/// Reads the value of `request`.
pub(super) fn request(table: &Table<'_>, file_user: Option<&str>) -> Option<RequestStep> {
    let binding = table
        .word(
            "binding",
            &[("redirect", Binding::Redirect), ("post", Binding::Post)],
        )
        .unwrap_or(Binding::Redirect);
    let encoding = table.word("encoding", ENCODINGS);
    let xml = table.string("xml");
    let query = table.string("query");
    let form = table.string("form");
    let parameter = table.word("message", PARAMETERS);
    let user = default_user(table, file_user);
    let given = ["xml", "query", "form"]
        .into_iter()
        .filter(|key| table.has(key))
        .count();
    if given != 1 {
        table.problem("expected exactly one of `xml`, `query` and `form`");
    }
    if encoding.is_some() && xml.is_none() {
        table.problem_at(
            "encoding",
            "`encoding` goes with `xml`: a raw query or form is sent as it is",
        );
    }
    if table.has("message") && xml.is_none() {
        table.problem_at(
            "message",
            "`message` goes with `xml`: a raw query or form names its parameters itself",
        );
    }
    if query.is_some() && binding == Binding::Post {
        table.problem_at("query", "`query` goes with the redirect binding: use `form`");
    }
    if form.is_some() && binding == Binding::Redirect && table.has("binding") {
        table.problem_at("form", "`form` goes with the post binding: use `query`");
    }
    table.done();
    let own = match binding {
        Binding::Redirect => Encoding::Deflate,
        Binding::Post => Encoding::Base64,
    };
    let (binding, payload) = match (xml, query, form) {
        (Some(xml), _, _) => {
            let payload = Payload::Xml {
                parameter: parameter.unwrap_or(PARAMETERS[0].1),
                xml,
                encoding: encoding.unwrap_or(own),
            };
            (binding, payload)
        }
        (None, Some(query), _) => (Binding::Redirect, Payload::Raw(query)),
        (None, None, form) => (Binding::Post, Payload::Raw(form?)),
    };
    Some(RequestStep {
        binding,
        payload,
        user,
    })
}

/// Reads the value of `certificate`.
pub(super) fn certificate(table: &Table<'_>) -> Option<CertificateStep> {
    let verb = one_verb(table, CERTIFICATE_VERBS);
    let text = |key, check: fn(&str) -> Result<(), String>| {
        table.parsed(key, |text| check(text).map(|()| text.to_owned()))
    };
    let valid_for = text("valid_for", check_life_time);
    let valid_from = text("valid_from", check_valid_from);
    if let Err(problem) = check_dates(valid_for.as_deref(), valid_from.as_deref()) {
        table.problem_at("valid_for", problem);
    }
    let key_bits = table
        .integer("key_bits")
        .and_then(|bits| match check_key_bits(bits) {
            Ok(bits) => Some(bits),
            Err(problem) => {
                table.problem_at("key_bits", format!("`key_bits`: {problem}"));
                None
            }
        });
    let pfx = table
        .has("pfx")
        .then(|| table.required_string("pfx", "the path of a PFX file, from this file's folder"))
        .flatten();
    let password = table.string("password");
    let exponent = exponent(table);
    table.done();
    let (key, verb) = verb?;
    for (option, with, word) in [
        ("valid_for", CertificateVerb::Add, "add"),
        ("valid_from", CertificateVerb::Add, "add"),
        ("key_bits", CertificateVerb::Add, "add"),
        ("pfx", CertificateVerb::Import, "import"),
        ("password", CertificateVerb::Import, "import"),
        ("exponent", CertificateVerb::Import, "import"),
    ] {
        if table.has(option) && verb != with {
            table.problem_at(option, format!("`{option}` goes with `{word}`"));
        }
    }
    if verb == CertificateVerb::Import && password.is_some() && !table.has("pfx") {
        table.problem_at("password", "`password` goes with `pfx`, whose it is");
    }
    if table.has("exponent") && table.has("pfx") {
        table.problem_at("exponent", "`exponent` goes with no `pfx`, whose key has its own");
    }
    Some(CertificateStep {
        verb,
        name: table.required_string(key, "the name of a certificate")?,
        valid_for,
        valid_from,
        key_bits,
        pfx,
        password,
        exponent,
    })
}

/// The public exponents that a fresh key can have.
const EXPONENTS: [u32; 2] = [3, 65537];

fn exponent(table: &Table<'_>) -> Option<u32> {
    let found = table.integer("exponent")?;
    let known = EXPONENTS.into_iter().find(|known| u64::from(*known) == found);
    if known.is_none() {
        table.problem_at("exponent", "`exponent`: expected 3 or 65537");
    }
    known
}

/// Reads the value of `user`.
pub(super) fn user(table: &Table<'_>) -> Option<UserStep> {
    let verb = one_verb(table, USER_VERBS);
    let to = table.string("to");
    let values = table.table("values").map(|values| values.entries().count());
    let json = table.node("values").map(Node::to_json);
    let role = table.string("role");
    table.done();
    let (key, verb) = verb?;
    let goes_with = |option: &'static str, with: UserVerb, word: &str, needed: bool| {
        if table.has(option) && verb != with {
            table.problem_at(option, format!("`{option}` goes with `{word}`"));
        } else if needed && verb == with && !table.has(option) {
            table.problem(format!("`{option}` is missing: `{word}` needs it"));
        }
    };
    goes_with("to", UserVerb::Rename, "rename", true);
    goes_with("values", UserVerb::Set, "set", true);
    goes_with("role", UserVerb::Assign, "assign", false);
    if values == Some(0) {
        table.problem_at(
            "values",
            "`values` is empty: expected keys of `[[user]]` with their new values",
        );
    }
    Some(UserStep {
        verb,
        user: table.required_string(key, "a user")?,
        to,
        values: json,
        role,
    })
}

/// The one verb that a step names.
pub(super) fn one_verb<T: Copy>(table: &Table<'_>, verbs: &[(&'static str, T)]) -> Option<(&'static str, T)> {
    let given: Vec<_> = verbs.iter().filter(|(word, _)| table.has(word)).collect();
    if let [one] = given[..] {
        return Some(*one);
    }
    let words: Vec<_> = verbs.iter().map(|(word, _)| format!("`{word}`")).collect();
    table.problem(format!("expected exactly one of {}", words.join(", ")));
    None
}

/// Reads the value of `clock`.
pub(super) fn clock(table: &Table<'_>) -> Option<ClockStep> {
    let offset =
        |key: &'static str| table.parsed(key, |text| parse_duration(text).map(|_| text.trim().to_owned()));
    let step = ClockStep {
        idp: offset("idp"),
        sp: offset("sp"),
        freeze: table.boolean("freeze"),
    };
    if !table.has("idp") && !table.has("sp") {
        table.problem("expected `idp` or `sp`: how far its clock moves, `+0s` where it only stops or runs");
    }
    table.done();
    Some(step)
}
