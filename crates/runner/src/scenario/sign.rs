//! The steps `sign_in` and `sign_out`.

use control_api::file::{Table, Value};
use control_api::idp::{FaultSpec, Times};

use super::changes::{RequestChanges, changes};
use super::delivery::{DeliveryChanges, delivery};
use super::faults::{Carrier, faults, found};
use super::variants::Variant;
use crate::text::shortened;

/// The most of a fault's parameter that a title shows, in characters.
const VALUE_CHARACTERS_MAX: usize = 60;

/// `sign_in = { user = "B.Simon", start = "sp" }`.
#[derive(Clone, Debug, PartialEq)]
pub struct SignInStep {
    /// Who signs in, by UPN or its local part.
    pub user: String,
    /// Where it starts.
    pub start: Start,
    /// Another application of the reference SP, by name; `None`: the scenario's.
    pub app: Option<String>,
    /// What the user agent changes of the SP's AuthnRequest.
    pub request: Option<Box<RequestChanges>>,
    /// The faults that the response carries.
    pub faults: Vec<FaultSpec>,
    /// How many responses of this sign-on carry them, where the SP asks for more than one.
    pub times: Times,
    /// What is typed instead of the user's password.
    pub password: Option<String>,
    /// What is typed instead of the user's code.
    pub mfa: Option<String>,
    /// Whether "Stay signed in?" is answered with Yes.
    pub keep_signed_in: bool,
    /// The name of a browser that steps share; `None`: a fresh one.
    pub browser: Option<String>,
    /// Whether the cookies that the browser had before must sign nobody in afterwards.
    pub old_cookies: bool,
    /// Whether the session's cookies must sign nobody in once they are changed.
    pub forged_session: bool,
    /// A raw query that is added to the address where the sign-on starts.
    pub query: Option<String>,
    /// What the user agent changes of the request by which the response reaches the SP.
    pub delivery: Option<Box<DeliveryChanges>>,
    /// Whether the response is kept for a `replay` instead of being posted.
    pub hold: bool,
    /// In how many browsers the user signs in at once; `None`: in one.
    pub parallel: Option<usize>,
    /// What shows that the same sign-on succeeds without the deviation.
    pub control: Option<Control>,
}

/// Where a sign-on starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the SP's log-in address.
    Sp,
    /// At the tile.
    Idp,
    /// At the portal's Test button (entra-behaviour.md section 1).
    Test,
}

/// The words for [`Start`].
const STARTS: &[(&str, Start)] = &[("sp", Start::Sp), ("idp", Start::Idp), ("test", Start::Test)];

/// The positive control of a case (contracts.md section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// The same sign-on without the deviation, first, in a fresh browser.
    Auto,
    /// This step (from 1) has signed in.
    Step(usize),
}

/// `sign_out = { start = "sp" }`.
#[derive(Clone, Debug, PartialEq)]
pub struct SignOutStep {
    /// Where it starts.
    pub start: SignOutStart,
    /// The browser in which somebody signed in; `None`: that of the latest `sign_in`.
    pub browser: Option<String>,
    /// Whether sessions are looked for with the cookies that the browser had before, too.
    pub old_cookies: bool,
    /// The faults that the message to the SP carries: a LogoutRequest where the sign-out starts at the identity provider, a
    /// LogoutResponse where it starts at the SP.
    pub faults: Vec<FaultSpec>,
}

/// Where a sign-out starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignOutStart {
    /// At the SP's log-out address.
    Sp,
    /// At the identity provider's own sign-out.
    Idp,
}

/// The words for [`SignOutStart`].
const SIGN_OUT_STARTS: &[(&str, SignOutStart)] = &[("sp", SignOutStart::Sp), ("idp", SignOutStart::Idp)];

impl SignInStep {
    /// The step in a few words, for reports.
    pub(super) fn title(&self) -> String {
        let mut title = format!("sign_in {} from {}", self.user, self.start.word());
        if let Some(app) = &self.app {
            title.push_str(" to ");
            title.push_str(app);
        }
        let faults: Vec<_> = self.faults.iter().map(told).collect();
        let changed = self.request.iter().map(|changes| {
            if changes.touches_request() {
                "another request"
            } else {
                "login_hint"
            }
        });
        let with: Vec<_> = changed.chain(faults.iter().map(String::as_str)).collect();
        if !with.is_empty() {
            title.push_str(" with ");
            title.push_str(&with.join(", "));
        }
        match self.times {
            Times::Number(1) => {}
            Times::Number(number) => title.push_str(&format!(" in {number} responses")),
            Times::UntilDisarmed => title.push_str(" in every response"),
        }
        if let Some(delivery) = &self.delivery {
            title.push_str(" delivered with ");
            title.push_str(&delivery.title());
        }
        if self.hold {
            title.push_str(", held");
        }
        if let Some(number) = self.parallel {
            title.push_str(&format!(" in {number} browsers at once"));
        }
        title
    }
}

/// A fault with what it is told.
fn told(fault: &FaultSpec) -> String {
    if fault.parameters.is_empty() {
        return fault.id.clone();
    }
    let told: Vec<_> = fault
        .parameters
        .iter()
        .map(|(name, value)| format!("{name} = {}", shortened(value, VALUE_CHARACTERS_MAX)))
        .collect();
    format!("{} ({})", fault.id, told.join(", "))
}

impl Start {
    fn word(self) -> &'static str {
        STARTS
            .iter()
            .find(|(_, start)| *start == self)
            .map_or("", |(word, _)| word)
    }

    /// Whether the response comes without a request of the SP.
    #[must_use]
    pub fn is_unsolicited(self) -> bool {
        self != Self::Sp
    }
}

impl SignOutStep {
    /// The step in a few words, for reports.
    pub(super) fn title(&self) -> String {
        let start = match self.start {
            SignOutStart::Sp => "sp",
            SignOutStart::Idp => "idp",
        };
        let mut title = format!("sign_out from {start}");
        let with: Vec<_> = self.faults.iter().map(|fault| fault.id.as_str()).collect();
        if !with.is_empty() {
            title.push_str(" with ");
            title.push_str(&with.join(", "));
        }
        title
    }
}

/// Reads the value of `sign_in` for `variant`; `file_user` is the file's.
pub(super) fn sign_in(table: &Table<'_>, file_user: Option<&str>, variant: Variant) -> Option<SignInStep> {
    let faults = faults(table, variant, Carrier::Response);
    // Also of a fault that is wrong, and has been told: one mistake is told once.
    let orders = table.has("fault") || table.has("faults") || table.has("delivery");
    let control = control(table).or(orders.then_some(Control::Auto));
    let user = default_user(table, file_user);
    if user.is_none() && !table.has("user") {
        table.problem("`user` is missing: expected who signs in, here or at the top of the file");
    }
    let start = table.word("start", STARTS).unwrap_or(Start::Sp);
    let request = table.table("request").map(|table| Box::new(changes(&table)));
    if let Some(changes) = &request {
        must_have_a_request(table, start, changes);
    }
    let step = SignInStep {
        user: user.unwrap_or_default(),
        start,
        app: table
            .has("app")
            .then(|| table.required_string("app", "an enterprise application, by name"))
            .flatten(),
        request,
        faults,
        times: times(table),
        password: table.string("password"),
        mfa: table.string("mfa"),
        keep_signed_in: table.boolean("keep_signed_in").unwrap_or_default(),
        browser: browser(table),
        old_cookies: old_cookies(table),
        forged_session: table.boolean("forged_session").unwrap_or_default(),
        query: table.parsed("query", query),
        delivery: table.table("delivery").map(|table| Box::new(delivery(&table))),
        hold: hold(table),
        parallel: parallel(table),
        control,
    };
    table.done();
    Some(step)
}

/// How often the faults act.
fn times(table: &Table<'_>) -> Times {
    let Some(node) = table.node("times") else {
        return Times::default();
    };
    if !table.has("fault") && !table.has("faults") {
        table.problem_at(
            "times",
            "`times` goes with `fault` or `faults`, which act so often",
        );
    }
    let read = match &node.value {
        Value::Integer(number) => Times::parse(&number.to_string()),
        Value::String(text) => Times::parse(text),
        other => Err(format!(
            "`times`: expected a whole number from 1 to {} or `{}`, found {}",
            Times::MAX,
            Times::UNTIL_DISARMED,
            found(other)
        )),
    };
    read.unwrap_or_else(|problem| {
        table.problem_at("times", problem);
        Times::default()
    })
}

/// A query in characters that an address can have.
fn query(text: &str) -> Result<String, String> {
    let known = |byte: u8| byte.is_ascii_graphic() && !b"\"#<>".contains(&byte);
    (!text.is_empty() && text.bytes().all(known))
        .then(|| text.to_owned())
        .ok_or_else(|| "a query as it stands in an address, such as `next=%2Fhome`".to_owned())
}

/// What is held is posted from the browser that asked for it.
fn hold(table: &Table<'_>) -> bool {
    let wanted = table.boolean("hold").unwrap_or_default();
    if wanted && !table.has("browser") {
        table.problem_at("hold", "`hold` needs a `browser`, in which the sign-on waits");
    }
    for key in ["old_cookies", "forged_session", "delivery"] {
        if wanted && table.has(key) {
            table.problem_at(
                key,
                format!("`{key}` goes with no `hold`: nothing reaches the SP yet"),
            );
        }
    }
    wanted
}

/// The most browsers in which one user signs in at once.
const PARALLEL_MAX: u64 = 50;

/// The keys of one browser's sign-on, none of which goes with `parallel`.
const OF_ONE_BROWSER: &[&str] = &[
    "browser",
    "forged_session",
    "control",
    "delivery",
    "fault",
    "faults",
    "hold",
    "old_cookies",
    "request",
];

fn parallel(table: &Table<'_>) -> Option<usize> {
    let number = table.integer("parallel")?;
    if !(2..=PARALLEL_MAX).contains(&number) {
        table.problem_at(
            "parallel",
            format!("`parallel`: expected a number of browsers from 2 to {PARALLEL_MAX}"),
        );
    }
    for key in OF_ONE_BROWSER.iter().filter(|key| table.has(key)) {
        table.problem_at(
            key,
            format!("`{key}` goes with no `parallel`: each of its browsers is a fresh one, and signs in as it should"),
        );
    }
    usize::try_from(number).ok()
}

/// Only an SP-initiated sign-on has a request of the SP; a tile's address takes a `login_hint`.
fn must_have_a_request(table: &Table<'_>, start: Start, changes: &RequestChanges) {
    let keys = table.table("request").map(|table| table.entries().count());
    if keys == Some(0) {
        table.problem_at(
            "request",
            "`request` is empty: expected what changes of the SP's AuthnRequest",
        );
    } else if start.is_unsolicited() && changes.touches_request() {
        table.problem_at(
            "request",
            format!(
                "with `start = \"{}\"` the SP sends no AuthnRequest: expected `login_hint` alone",
                start.word()
            ),
        );
    }
}

/// A fresh browser has no cookies from before.
fn old_cookies(table: &Table<'_>) -> bool {
    let wanted = table.boolean("old_cookies").unwrap_or_default();
    if wanted && !table.has("browser") {
        table.problem_at(
            "old_cookies",
            "`old_cookies` needs a `browser` that an earlier step has opened",
        );
    }
    wanted
}

/// Reads the value of `sign_out`.
pub(super) fn sign_out(table: &Table<'_>, variant: Variant) -> SignOutStep {
    let faults = faults(table, variant, Carrier::Logout);
    let start = table.word("start", SIGN_OUT_STARTS);
    let step = SignOutStep {
        start: start.unwrap_or(SignOutStart::Sp),
        browser: browser(table),
        old_cookies: table.boolean("old_cookies").unwrap_or_default(),
        faults,
    };
    table.done();
    step
}

/// The user whom a step names, else the file's.
pub(super) fn default_user(table: &Table<'_>, file_user: Option<&str>) -> Option<String> {
    table.string("user").or_else(|| file_user.map(ToOwned::to_owned))
}

/// The browser that a step names.
pub(super) fn browser(table: &Table<'_>) -> Option<String> {
    table
        .has("browser")
        .then(|| table.required_string("browser", "the name of a browser"))?
}

fn control(table: &Table<'_>) -> Option<Control> {
    let node = table.node("control")?;
    match &node.value {
        Value::String(word) if word == "auto" => Some(Control::Auto),
        Value::Integer(number) if *number >= 1 => usize::try_from(*number).ok().map(Control::Step),
        _ => {
            table.problem_at(
                "control",
                "`control`: expected \"auto\" or the number of an earlier step, from 1",
            );
            None
        }
    }
}
