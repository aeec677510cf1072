//! Faults: what the next sign-ons of an application and a user do wrong on purpose, and what waits already.

use std::collections::BTreeMap;

use askama::Template;
use axum::body::Bytes;
use axum::response::Response;
use control_api::idp::{ArmFaults, FaultSpec, Times};

use super::at::AtTenant;
use super::done;
use super::form::Form;
use super::frame::{Frame, home};
use crate::errors::{self, Appears};
use crate::faults::{self, CaseOutcome, FAULTS, Fault, Stage};
use crate::limits::{FAULTS_MAX, HINTED_USERS_MAX};
use crate::pages;
use crate::tenant::slot::{Armed, Slot};

#[derive(Template)]
#[template(path = "portal/faults.html")]
struct FaultsPage {
    frame: Frame,
    armed: Vec<ArmedView>,
    stages: Vec<StageView>,
    /// The fault that was chosen.
    chosen: Option<Chosen>,
    /// Those that were chosen before, which are armed together with it.
    kept: Vec<KeptView>,
    /// They as the beginning of a query.
    kept_query: String,
    apps: Vec<(String, bool)>,
    user: String,
    users: Vec<String>,
    times: String,
}

struct ArmedView {
    number: u64,
    faults: Vec<String>,
    meant: String,
}

struct StageView {
    label: &'static str,
    faults: Vec<FaultView>,
}

/// A text with whether it is code, which stands between backticks in the catalogue.
type Words = Vec<(bool, &'static str)>;

struct FaultView {
    id: &'static str,
    /// As an option says it, which has no markup.
    effect: String,
    words: Words,
    rejection: &'static str,
    otherwise: &'static str,
    is_chosen: bool,
}

struct KeptView {
    number: usize,
    words: String,
    /// Hidden fields: names and values.
    fields: Vec<(String, String)>,
}

struct Chosen {
    id: &'static str,
    words: Words,
    rejection: &'static str,
    otherwise: &'static str,
    parameters: Vec<ParameterView>,
}

struct ParameterView {
    name: &'static str,
    words: Words,
    required: bool,
    value: String,
    /// Values that are known.
    known: Vec<(String, String)>,
}

/// The stages, in the order in which they act.
const STAGES: &[(Stage, &str)] = &[
    (Stage::SignOn, "Stops the sign-on"),
    (Stage::Value, "Changes the message before it is signed"),
    (Stage::Signing, "Changes who signs, or how"),
    (Stage::Bytes, "Changes the signed message"),
    (Stage::Encryption, "Changes what is encrypted, for whom, or how"),
    (Stage::Transport, "Changes the octets or the form on their way"),
    (Stage::SignOut, "Changes a message of single sign-out"),
    (Stage::Metadata, "Changes the federation metadata, and no sign-on"),
];

/// What waits, and the form; `?fault=` chooses one, so that the form asks for its parameters. What was chosen before stays in
/// the address, too.
pub(crate) async fn page(at: AtTenant) -> Response {
    let form = &at.query;
    let mut kept = kept(form);
    if let Some(place) = form
        .text("without")
        .parse()
        .ok()
        .filter(|place| *place < kept.len())
    {
        kept.remove(place);
    }
    let chosen = of_form(form);
    let problem = chosen.as_ref().and_then(problem_of);
    match chosen {
        Some(spec) if form.text("action") == "another" && problem.is_none() => {
            kept.push(spec);
            show(&at, form, kept, false, None)
        }
        _ => {
            // What is still to be filled in is no problem yet.
            let is_known = find(form.text("fault")).is_some() && form.text("action") != "another";
            let problem = problem.filter(|_| !is_known);
            show(&at, form, kept, true, problem)
        }
    }
}

/// Arms or disarms.
pub(crate) async fn change(at: AtTenant, body: Bytes) -> Response {
    let form = Form::read(&body);
    let here = format!("{}/faults", home(at.tenant()));
    match form.text("action") {
        "disarm" => {
            let number = form.text("number");
            let is_done = number.parse().is_ok_and(|number| at.slot.disarm(number));
            if is_done {
                return done(&here, "disarmed");
            }
            let problem =
                format!("Nothing is armed under the number {number}: it was used up, or disarmed before.");
            show(&at, &form, Vec::new(), true, Some(problem))
        }
        "disarm-all" => {
            at.slot.lock().disarm_all();
            done(&here, "disarmed")
        }
        _ => {
            let armed = order(&form).and_then(|order| faults::arm(&mut at.slot.lock(), order));
            match armed {
                Ok(_) => done(&here, "armed"),
                Err(problem) => show(&at, &form, kept(&form), true, Some(sentence(&problem))),
            }
        }
    }
}

/// What is armed at a tenant and was never used, a line for each.
pub(crate) fn never_used(slot: &Slot) -> Vec<String> {
    let state = slot.lock();
    let idle = state.armed.iter().filter(|armed| armed.used == 0);
    let line = |armed: &Armed| {
        let view = ArmedView::new(armed);
        format!(
            "{}: {}, {}",
            state.tenant.domain(),
            view.faults.join(" and "),
            view.meant
        )
    };
    idle.map(line).collect()
}

/// What the form orders. A parameter that is left empty is not there.
fn order(form: &Form) -> Result<ArmFaults, String> {
    let faults: Vec<_> = kept(form).into_iter().chain(of_form(form)).collect();
    if faults.is_empty() {
        return Err("choose a fault".to_owned());
    }
    let given = |name: &str| Some(form.text(name).to_owned()).filter(|text| !text.is_empty());
    let times = given("times").map_or(Ok(Times::default()), |times| Times::parse(&times))?;
    Ok(ArmFaults {
        flow: None,
        times,
        app: given("app"),
        user: given("user"),
        faults,
    })
}

/// The fault that is chosen with what was filled in; `None`: none is.
fn of_form(form: &Form) -> Option<FaultSpec> {
    let id = Some(form.text("fault")).filter(|id| !id.is_empty())?;
    Some(spec(id, form, field))
}

/// The faults that were chosen before.
fn kept(form: &Form) -> Vec<FaultSpec> {
    let ids = (0..FAULTS_MAX).map_while(|place| {
        let name = kept_field(place);
        form.has(&name).then(|| (place, form.text(&name)))
    });
    ids.map(|(place, id)| spec(id, form, |parameter| kept_parameter(place, parameter)))
        .collect()
}

/// Of one that is not known the id alone.
fn spec(id: &str, form: &Form, field: impl Fn(&str) -> String) -> FaultSpec {
    let parameters = find(id)
        .into_iter()
        .flat_map(Fault::parameters)
        .filter_map(|parameter| {
            let value = form.text(&field(&parameter.name)).to_owned();
            (!value.is_empty()).then(|| (parameter.name.to_owned(), value))
        });
    FaultSpec {
        id: id.to_owned(),
        parameters: parameters.collect::<BTreeMap<_, _>>(),
    }
}

/// What is wrong with one fault alone.
fn problem_of(fault: &FaultSpec) -> Option<String> {
    let found = faults::find_all(std::slice::from_ref(fault));
    found.err().map(|error| sentence(&error.to_string()))
}

/// `keeps_choice`: the form goes on with the fault that was chosen, instead of asking for one more.
fn show(
    at: &AtTenant,
    form: &Form,
    kept: Vec<FaultSpec>,
    keeps_choice: bool,
    problem: Option<String>,
) -> Response {
    let tenant = at.tenant();
    let state = at.slot.lock();
    let armed = state.armed.iter().map(ArmedView::new).collect();
    let certificates = state.keyring.names();
    drop(state);
    let chosen = find(form.text("fault")).filter(|_| keeps_choice);
    let kept: Vec<_> = kept.iter().enumerate().map(KeptView::new).collect();
    let app = form.text("app");
    let apps = tenant.apps.iter().map(|known| {
        let name = &known.entry.name;
        (name.clone(), name == app)
    });
    let users = tenant.users.iter().take(HINTED_USERS_MAX);
    let page = FaultsPage {
        frame: Frame::directory(tenant, "Faults", "/faults")
            .after(&at.query)
            .with(problem),
        armed,
        stages: STAGES
            .iter()
            .map(|(stage, label)| StageView::new(*stage, label, chosen))
            .collect(),
        chosen: chosen.map(|fault| Chosen::new(fault, form, &certificates)),
        kept_query: kept_query(&kept),
        kept,
        apps: apps.collect(),
        user: form.text("user").to_owned(),
        times: form.text("times").to_owned(),
        users: users.map(|user| user.entry.user_principal_name.clone()).collect(),
    };
    pages::page(page.frame.status(), &page)
}

fn find(id: &str) -> Option<&'static Fault> {
    FAULTS.iter().find(|fault| fault.id == id)
}

/// The field of a parameter: the form has a `user` and an `app` of its own.
fn field(parameter: &str) -> String {
    format!("parameter-{parameter}")
}

/// The field of a fault that was chosen before.
fn kept_field(place: usize) -> String {
    format!("kept-{place}")
}

/// The field of a parameter of it.
fn kept_parameter(place: usize, parameter: &str) -> String {
    format!("kept-{place}-{parameter}")
}

fn kept_query(kept: &[KeptView]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in kept.iter().flat_map(|fault| &fault.fields) {
        query.append_pair(name, value);
    }
    let query = query.finish();
    match query.is_empty() {
        true => query,
        false => format!("{query}&"),
    }
}

/// What stands between backticks is code.
fn words(text: &'static str) -> Words {
    let parts = text.split('`').enumerate();
    parts
        .map(|(place, part)| (place % 2 == 1, part))
        .filter(|(_, part)| !part.is_empty())
        .collect()
}

/// The rejection that it must provoke; empty where it need not be refused.
fn rejection(fault: &Fault) -> &'static str {
    match fault.spec.outcome {
        Some(CaseOutcome::Refused) => fault.rejection().unwrap_or_default(),
        _ => "",
    }
}

/// What must come of it, where that is no rejection.
fn otherwise(fault: &Fault) -> &'static str {
    match fault.spec.outcome {
        None => "it stops at the identity provider",
        Some(CaseOutcome::Refused) => "it is refused",
        Some(CaseOutcome::SignedIn) if fault.stage() == Stage::SignOut => "the session goes on",
        Some(CaseOutcome::Accepted) => "it is taken over",
        Some(CaseOutcome::SignedIn) => "it is accepted",
        Some(CaseOutcome::SignedOut) => "the session ends",
        Some(CaseOutcome::Safe) if fault.stage() == Stage::SignOut => {
            "it is refused, or ends exactly the session that it names"
        }
        Some(CaseOutcome::Safe) => "it is refused, or signs in exactly who signed in",
        Some(CaseOutcome::Either) => "it is refused or accepted",
    }
}

impl ArmedView {
    fn new(armed: &Armed) -> Self {
        let order = &armed.faults;
        let times = match order.times {
            Times::Number(1) => None,
            Times::Number(number) => Some(format!("{number} times, {} of them done", armed.used)),
            Times::UntilDisarmed => Some(format!("until it is disarmed, {}", so_far(armed.used))),
        };
        let flow = order.flow.as_ref().map(|flow| format!("in the flow {flow}"));
        let whose = match (&order.app, armed.of_metadata) {
            (Some(app), true) => format!("none: whoever fetches the metadata of {app}"),
            (None, true) => "none: whoever fetches metadata".to_owned(),
            (app, false) => {
                let app = app.as_ref().map_or("any application", String::as_str);
                let user = order.user.as_deref().unwrap_or("anybody");
                format!("to {app} of {user}")
            }
        };
        let meant: Vec<_> = [whose].into_iter().chain(times).chain(flow).collect();
        Self {
            number: armed.number,
            faults: order.faults.iter().map(super::flows::fault_words).collect(),
            meant: meant.join(", "),
        }
    }
}

/// How often something was used.
fn so_far(used: u32) -> String {
    match used {
        0 => "not used so far".to_owned(),
        1 => "once so far".to_owned(),
        used => format!("{used} times so far"),
    }
}

impl KeptView {
    fn new((number, spec): (usize, &FaultSpec)) -> Self {
        let id = (kept_field(number), spec.id.clone());
        let parameters = spec.parameters.iter();
        let parameters = parameters.map(|(name, value)| (kept_parameter(number, name), value.clone()));
        Self {
            number,
            words: super::flows::fault_words(spec),
            fields: std::iter::once(id).chain(parameters).collect(),
        }
    }
}

impl StageView {
    fn new(stage: Stage, label: &'static str, chosen: Option<&Fault>) -> Self {
        let faults = FAULTS.iter().filter(|fault| fault.stage() == stage);
        Self {
            label,
            faults: faults
                .map(|fault| FaultView {
                    id: fault.id,
                    effect: fault.case.mutation.replace('`', ""),
                    words: words(&fault.case.mutation),
                    rejection: rejection(fault),
                    otherwise: otherwise(fault),
                    is_chosen: chosen.is_some_and(|chosen| chosen.id == fault.id),
                })
                .collect(),
        }
    }
}

impl Chosen {
    fn new(fault: &'static Fault, form: &Form, certificates: &[String]) -> Self {
        let parameters = fault.parameters().iter().map(|parameter| ParameterView {
            name: &parameter.name,
            words: words(&parameter.meaning),
            required: parameter.required,
            value: form.text(&field(&parameter.name)).to_owned(),
            known: match parameter.values.as_slice() {
                [] => known(&parameter.name, certificates),
                words => words.iter().map(|word| (word.clone(), word.clone())).collect(),
            },
        });
        Self {
            id: fault.id,
            words: words(&fault.case.mutation),
            rejection: rejection(fault),
            otherwise: otherwise(fault),
            parameters: parameters.collect(),
        }
    }
}

/// What a parameter may be, where that is a list.
fn known(parameter: &str, certificates: &[String]) -> Vec<(String, String)> {
    match parameter {
        "code" => errors::all()
            .filter(|row| !matches!(row.appears, Appears::Absent(_)))
            .map(|row| (row.code.to_string(), row.symbol.unwrap_or("").to_owned()))
            .collect(),
        "certificate" => certificates
            .iter()
            .map(|name| (name.clone(), String::new()))
            .collect(),
        _ => Vec::new(),
    }
}

/// A fragment as a sentence.
fn sentence(fragment: &str) -> String {
    let mut letters = fragment.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    let end = if fragment.ends_with(['?', '.']) { "" } else { "." };
    format!("{}{}{end}", first.unwrap_or_default(), letters.as_str())
}
