//! The flow trace of `entrant serve`: both halves of a sign-on on one page, and a scenario that does it again.

use scraper::{Html, Selector};

use crate::browser::Browser;
use crate::harness::{Served, run, stdout};

const USER: &str = "B.Simon@contoso.onmicrosoft.com";

/// The texts of what a selector finds, white space normalised.
fn select(page: &str, css: &str) -> Vec<String> {
    let html = Html::parse_document(page);
    let selector = Selector::parse(css).unwrap();
    let found = html.select(&selector);
    let text = |element: scraper::ElementRef<'_>| element.text().collect::<String>();
    found
        .map(|element| text(element).split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

/// The newest flow: its row in the list, its page, and its scenario.
async fn newest(served: &Served, browser: &mut Browser) -> (String, String, String) {
    let idp = served.text("/idp");
    let list = format!("{idp}/flows/{}", served.text("/tenants/0/id"));
    let (status, page) = browser.get(&list).await;
    assert_eq!(status, 200, "{page}");
    let row = select(&page, "tbody tr").remove(0);
    let html = Html::parse_document(&page);
    let link = html.select(&Selector::parse("tbody a").unwrap()).next().unwrap();
    let href = format!("{idp}{}", link.attr("href").unwrap());
    let (_, page) = browser.get(&href).await;
    let (status, scenario) = browser.get(&format!("{href}.toml")).await;
    assert_eq!(status, 200, "{scenario}");
    (row, page, scenario)
}

/// Honest, refused, and stopped: what the service provider decided and why stands on the page, and `entrant test` takes the
/// scenario and comes to the same end.
#[tokio::test]
async fn a_recorded_flow_shows_both_sides_and_runs_again() {
    let served = Served::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let faults = format!(
        "{}/tenants/{}/faults",
        served.text("/control"),
        served.text("/tenants/0/id")
    );
    let tampered = r#"{"app": "Upsales", "user": "B.Simon", "faults": [{"id": "sig-tamper-nameid", "value": "admin@evil.test"}]}"#;
    let stopped = r#"{"faults": [{"id": "aadsts", "code": "50131"}]}"#;
    let mut files = Vec::new();
    for (name, way, fault, outcome, cause) in [
        (
            "honest",
            "login",
            None,
            "SP signed in: account linked",
            "It signed in: account linked.",
        ),
        (
            "tampered",
            "launch",
            Some(tampered),
            "SP refused: signature-invalid",
            "It refused: signature-invalid. the digest does not match",
        ),
        (
            "stopped",
            "login",
            Some(stopped),
            "AADSTS50131",
            "It sent the request",
        ),
    ] {
        if let Some(fault) = fault {
            let answer = http.post(&faults).body(fault).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{name}");
        }
        let mut browser = Browser::new();
        let address = served.app("Upsales")[way].as_str().unwrap();
        browser.sign_in(address, USER, "entrant-demo").await;
        let (row, page, scenario) = newest(&served, &mut browser).await;
        assert!(row.contains(outcome), "{name}: {row}");
        let said = select(&page, "section:nth-of-type(1) .words li").join("\n");
        assert!(said.contains(cause), "{name}: {said}");
        let path = folder.path().join(format!("{name}.toml"));
        std::fs::write(&path, scenario).unwrap();
        files.push(path);
    }
    let mut arguments = vec!["test"];
    arguments.extend(files.iter().map(|path| path.to_str().unwrap()));
    let output = run(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(stdout(&output).contains("3 passed"), "{}", stdout(&output));
}

/// What is wrapped or cannot be read has no ID of its own that would tell which flow it belongs to.
#[tokio::test]
async fn a_refusal_is_told_of_every_kind_of_fault() {
    let served = Served::start(&[]);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let faults = format!(
        "{}/tenants/{}/faults",
        served.text("/control"),
        served.text("/tenants/0/id")
    );
    let mut browser = Browser::new();
    for fault in [
        "xsw-1",
        "xsw-3",
        "xsw-4",
        "xsw-5",
        "xsw-8",
        "xsw-after",
        "env-id-missing",
        "env-two-assertions-signed",
        "pd-leading-junk",
        "pd-doctype-comment",
        "xml-xxe-http",
        "bind-bad-base64",
        "bind-base64-xml-plain",
        "bind-big-body",
    ] {
        let order = format!(r#"{{"faults": [{{"id": "{fault}"}}]}}"#);
        let answer = http.post(&faults).body(order).send().await.unwrap();
        assert!(answer.status().is_success(), "{fault}");
        let login = served.app("Upsales")["login"].as_str().unwrap();
        browser.sign_in(login, USER, "entrant-demo").await;
        let (row, page, _) = newest(&served, &mut browser).await;
        assert!(row.contains(fault) && row.contains("SP refused: "), "{row}");
        let said = select(&page, "section:nth-of-type(1) .words li").join("\n");
        assert!(said.contains("It refused: "), "{fault}: {said}");
    }
}

/// Asked for by the service provider, which ends its session by the answer.
#[tokio::test]
async fn a_sign_out_shows_both_sides_and_runs_again() {
    let served = Served::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let mut browser = Browser::new();
    let login = served.app("Upsales")["login"].as_str().unwrap();
    browser.sign_in(login, USER, "entrant-demo").await;
    let logout = login.replace("/login", "/logout");
    browser.sign_in(&logout, USER, "entrant-demo").await;
    let (row, page, scenario) = newest(&served, &mut browser).await;
    assert!(
        row.contains("Sign-out, SP") && row.contains("Signed out"),
        "{row}"
    );
    let said = select(&page, "section:nth-of-type(1) .words li").join("\n");
    assert!(
        said.contains("It ended the session. the identity provider answered its request"),
        "{said}"
    );
    let headings = select(&page, "section h2").join("\n");
    for heading in [
        "SAMLRequest by HTTP-Redirect",
        "SAMLResponse for Upsales by HTTP-Redirect",
    ] {
        assert!(headings.contains(heading), "{headings}");
    }
    let path = folder.path().join("sign-out.toml");
    std::fs::write(&path, scenario).unwrap();
    let output = run(&["test", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
}
