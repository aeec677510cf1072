//! What only HTTP tells: an SP that is careless about it does not pass, and is told what it did.

use serde_json::Value;

use crate::careless_sp::{self, Careless};
use crate::harness::stdout;
use crate::suites::Suite;

const HEAD: &str = "title = \"t\"\napp = \"Upwork Enterprise\"\nuser = \"B.Simon\"\ntags = [\"attacks\"]\n";

/// Runs one step against an SP that is careless in this way; gives the scenario.
fn run(careless: Careless, step: &str) -> Value {
    run_with_console(careless, step).0
}

/// What the report says of the scenario, and what the console says of the run.
fn run_with_console(careless: Careless, step: &str) -> (Value, String) {
    let suite = Suite::new(&format!("{HEAD}[[step]]\n{step}\n"));
    let sp = suite.path("sp.toml");
    careless_sp::start(&sp, careless);
    let output = suite.run(
        &[
            "--allow-heavy",
            "--sp",
            sp.to_str().unwrap(),
            "--listen",
            "127.0.0.1:0",
        ],
        &[],
    );
    let scenario = suite.json("json")["scenarios"][0].clone();
    assert!(scenario.is_object(), "{}", stdout(&output));
    (scenario, stdout(&output))
}

fn relay_state(value: &str) -> String {
    format!(
        "sign_in = {{ start = \"idp\", faults = [{{ id = \"bind-relaystate-open-redirect\", value = \"{value}\" }}] }}\n\
         expect = {{ outcome = \"safe\" }}"
    )
}

fn delivered(delivery: &str, expect: &str) -> String {
    format!(
        "sign_in = {{ start = \"idp\", delivery = {{ {delivery} }} }}\nexpect = {{ outcome = \"safe\"{expect} }}"
    )
}

#[test]
fn a_careless_sp_fails_and_is_told_why() {
    let astray =
        |to: &str| format!("led astray: the SP sent the browser to {to}, where the attack wanted it");
    let answered = ", no_answer_headers = [\"Access-Control-Allow-Origin\"]";
    for (careless, step, what, actual) in [
        (
            Careless::FollowsRelayState,
            relay_state("https://evil.test/"),
            "outcome",
            astray("https://evil.test/"),
        ),
        (
            Careless::FollowsRelayState,
            relay_state("//evil.test"),
            "outcome",
            astray("http://evil.test/"),
        ),
        (
            Careless::FollowsRelayState,
            relay_state("/\\r\\nLocation: https://evil.test/"),
            "outcome",
            astray("https://evil.test/"),
        ),
        (
            Careless::FollowsRelayState,
            relay_state("javascript:alert(1)"),
            "outcome",
            astray("javascript:alert(1)"),
        ),
        (
            Careless::FollowsRelayState,
            delivered("relay_state = \"http://127.0.0.1:9/\"", ""),
            "outcome",
            astray("http://127.0.0.1:9/"),
        ),
        (
            Careless::WritesRelayState,
            "sign_in = { start = \"idp\", fault = \"bind-relaystate-xss\" }\nexpect = { outcome = \"safe\" }".to_owned(),
            "RelayState",
            "it is markup of the page: ".to_owned(),
        ),
        (
            Careless::FollowsHost,
            delivered("headers = { Host = \"evil.test\" }", ""),
            "outcome",
            astray("http://evil.test/"),
        ),
        (
            Careless::FollowsForwardedHost,
            delivered("headers = { X-Forwarded-Host = \"evil.test\" }", ""),
            "outcome",
            astray("http://evil.test/"),
        ),
        (
            Careless::LetsRead,
            delivered(
                "method = \"OPTIONS\", headers = { Origin = \"https://evil.test\" }",
                answered,
            ),
            "no_answer_headers",
            "*, at OPTIONS ".to_owned(),
        ),
        (
            Careless::TakesEveryMethod,
            "sign_in = { start = \"idp\", delivery = { method = \"HEAD\" } }\nexpect = { outcome = \"refused\" }".to_owned(),
            "outcome",
            "signed-in".to_owned(),
        ),
        (
            Careless::ShowsCookie,
            "sign_in = { start = \"idp\" }\nexpect = { outcome = \"signed-in\", cookie_flags = true }".to_owned(),
            "cookie_flags",
            "sid without it".to_owned(),
        ),
        (
            Careless::ShowsCookie,
            "sign_in = { start = \"idp\" }\nexpect = { outcome = \"signed-in\", answer_headers = { Cache-Control = \"no-store\" } }".to_owned(),
            "answer_headers.Cache-Control",
            "absent, at POST ".to_owned(),
        ),
        (
            Careless::BelievesCookie,
            "sign_in = { start = \"idp\", forged_session = true }\nexpect = { outcome = \"signed-in\" }".to_owned(),
            "outcome",
            "signed in as somebody else: ".to_owned(),
        ),
        (
            Careless::FallsOver,
            "flood = { sign_ons = 30 }\n[[step]]\nsign_in = { start = \"idp\" }\nexpect = { outcome = \"signed-in\" }".to_owned(),
            "flood",
            "the SP fell over with 503".to_owned(),
        ),
        (
            Careless::MakesAccounts,
            "sign_in = { start = \"idp\", parallel = 3 }\nexpect = { outcome = \"signed-in\" }".to_owned(),
            "account",
            "3: ".to_owned(),
        ),
    ] {
        let scenario = run(careless, &step);
        assert_eq!(scenario["verdict"], "failed", "{careless:?} {scenario:#}");
        let mismatch = &scenario["steps"][0]["mismatches"][0];
        assert_eq!(mismatch["what"], what, "{careless:?}");
        let told = mismatch["actual"].as_str().unwrap();
        assert!(told.starts_with(&actual), "{careless:?}: {told}");
    }
}

#[test]
fn an_sp_that_is_not_careless_in_that_way_passes() {
    for (careless, step) in [
        (Careless::LetsRead, relay_state("https://evil.test/")),
        (Careless::WritesRelayState, relay_state("https://evil.test/")),
        (
            Careless::FollowsForwardedHost,
            delivered("headers = { Host = \"evil.test\" }", ""),
        ),
        (
            Careless::FollowsRelayState,
            "sign_in = { start = \"idp\", delivery = { method = \"HEAD\" } }\nexpect = { outcome = \"refused\" }".to_owned(),
        ),
        (
            Careless::FollowsHost,
            "sign_in = { start = \"idp\", forged_session = true }\nexpect = { outcome = \"signed-in\", cookie_flags = true }".to_owned(),
        ),
        (
            Careless::LetsRead,
            "flood = { sign_ons = 30 }\n[[step]]\nsign_in = { start = \"idp\", parallel = 3 }\nexpect = { outcome = \"signed-in\" }".to_owned(),
        ),
    ] {
        let scenario = run(careless, &step);
        assert_eq!(scenario["verdict"], "passed", "{careless:?} {scenario:#}");
        let finding = scenario["steps"][0]["finding"].as_str();
        let expected = step
            .contains("cookie_flags")
            .then_some("cookies of the session: sid without Secure, over http");
        assert_eq!(finding, expected);
    }
}

/// Another response says nothing of the one with the fault, and is not posted. An SP that had taken that one is found out.
#[test]
fn an_sp_that_asks_again_is_told_what_that_leads_to() {
    for (times, note) in [
        ("1", "the SP asked for another sign-on instead"),
        ("3", "the SP asked for another sign-on instead"),
        ("\"until-disarmed\"", "its users go round in a circle"),
    ] {
        let step = format!(
            "sign_in = {{ start = \"idp\", fault = \"sig-none\", times = {times} }}\nexpect = {{ outcome = \"refused\" }}\n\
             [[step]]\nsign_in = {{ start = \"idp\" }}\nexpect = {{ outcome = \"signed-in\" }}"
        );
        let (scenario, console) = run_with_console(Careless::AsksAgain, &step);
        assert_eq!(scenario["verdict"], "passed", "{times} {scenario:#}");
        let told = scenario["steps"][0]["notes"].to_string();
        assert!(told.contains(note), "{times}: {told}");
        // It passed, and that is what its users would see; of the SP file's hooks the end of the run tells once.
        let line = |text: &str| {
            console
                .lines()
                .find(|line| line.contains(text))
                .unwrap_or_default()
        };
        assert!(
            line(note).starts_with("             note: the SP ask"),
            "{console}"
        );
        assert!(
            line("no `reset` hook").starts_with("note: the control shares"),
            "{console}"
        );
        let posted = scenario["steps"][0]["evidence"]["hops"].as_array().unwrap();
        let posted = posted
            .iter()
            .filter(|hop| hop["method"] == "POST" && hop["url"].as_str().unwrap().ends_with("/acs"));
        let expected = times.parse().unwrap_or(8);
        assert_eq!(posted.count(), expected, "{times}");

        let scenario = run(Careless::BelievesAndAsksAgain, &step);
        assert_eq!(scenario["verdict"], "failed", "{times} {scenario:#}");
        let mismatch = &scenario["steps"][0]["mismatches"][0];
        let told = mismatch["actual"].as_str().unwrap();
        assert!(told.starts_with("signed-in: "), "{times}: {told}");
    }
}

/// What its control needs two responses for is wrong with both.
#[test]
fn an_sp_that_takes_only_what_it_asked_for_is_given_the_fault_twice() {
    let step = "sign_in = { start = \"idp\", fault = \"sig-none\" }\nexpect = { outcome = \"refused\" }";
    let scenario = run(Careless::WantsItsOwn, step);
    assert_eq!(scenario["verdict"], "failed", "{scenario:#}");
    let told = scenario["steps"][0]["mismatches"][0]["actual"].as_str().unwrap();
    assert!(told.starts_with("signed-in: "), "{told}");
}

/// It refused as it should, and fetched all the same.
#[test]
fn an_sp_that_fetches_what_a_message_names_fails_and_is_told_what_it_asked_for() {
    let step = |more: &str| {
        format!(
            "sign_in = {{ start = \"idp\", faults = [{{ id = \"xml-xxe-http\"{more} }}] }}\nexpect = {{ outcome = \"refused\" }}"
        )
    };
    let scenario = run(Careless::Fetches, &step(""));
    assert_eq!(scenario["verdict"], "failed", "{scenario:#}");
    let mismatches = scenario["steps"][0]["mismatches"].as_array().unwrap();
    assert_eq!(mismatches.len(), 1, "{mismatches:?}");
    assert_eq!(mismatches[0]["what"], "fetched");
    assert_eq!(mismatches[0]["expected"], "nothing");
    let told = mismatches[0]["actual"].as_str().unwrap();
    let path = told
        .strip_prefix("GET /")
        .and_then(|told| told.strip_suffix("/1 from the SP"));
    assert!(path.is_some_and(|path| path.len() == 32), "{told}");

    // One that fetches nothing, and an address that is somebody else's to watch.
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let more = format!(", canary = \"http://{}/own\"", other.local_addr().unwrap());
    std::thread::spawn(move || other.accept());
    for (careless, more, verdict) in [
        (Careless::Fetches, more.as_str(), "passed"),
        (Careless::LetsRead, "", "failed"),
    ] {
        let scenario = run(careless, &step(more));
        assert_eq!(scenario["verdict"], verdict, "{careless:?} {scenario:#}");
        let mismatches = scenario["steps"][0]["mismatches"].to_string();
        assert!(!mismatches.contains("fetched"), "{mismatches}");
    }
}

/// It may be the SP's own front end: nothing says that the attack led there.
#[test]
fn an_sp_that_leaves_for_a_host_that_is_not_allowed_is_not_judged() {
    let step =
        "sign_in = { start = \"idp\", fault = \"bind-relaystate-xss\" }\nexpect = { outcome = \"safe\" }";
    let scenario = run(Careless::Leaves, step);
    assert_eq!(scenario["verdict"], "inconclusive", "{scenario:#}");
    let reason = scenario["reason"].as_str().unwrap();
    assert!(
        reason.contains(
            "the SP leads to http://192.0.2.1/home, which is neither loopback nor in a private range"
        ),
        "{reason}"
    );
    assert!(reason.contains("`--allow-host 192.0.2.1` says so"), "{reason}");
}
