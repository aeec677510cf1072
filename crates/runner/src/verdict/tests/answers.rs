//! What is judged beside the outcome: the header fields of the SP's answers, its cookies, and its accounts.

use super::*;

fn told(judgement: &Judgement) -> Vec<String> {
    let mismatches = judgement.mismatches.iter();
    mismatches
        .map(|one| format!("{}|{}|{}", one.what, one.expected, one.actual))
        .collect()
}

fn answer(headers: &[(&str, &str)]) -> Hop {
    let page = Page::for_test(303, headers, "");
    Hop {
        method: "POST".to_owned(),
        url: "http://sp/acs?a=b".to_owned(),
        status: page.status,
        location: None,
        cookies_set: Vec::new(),
        headers: page.headers,
    }
}

#[test]
fn every_answer_has_the_header_fields_that_are_wanted_and_no_other() {
    let expect = Expect {
        answer_headers: vec![("Cache-Control".to_owned(), "no-store".to_owned())],
        no_answer_headers: vec!["Access-Control-Allow-Origin".to_owned()],
        ..Expect::default()
    };
    for (headers, expected) in [
        (
            &[("cache-control", "private"), ("cache-control", "No-Store")][..],
            &[][..],
        ),
        (
            &[("cache-control", "private")],
            &["answer_headers.Cache-Control|no-store|private, at POST http://sp/acs"],
        ),
        (
            &[("access-control-allow-origin", "*")],
            &[
                "answer_headers.Cache-Control|no-store|absent, at POST http://sp/acs",
                "no_answer_headers|no Access-Control-Allow-Origin|*, at POST http://sp/acs",
            ],
        ),
    ] {
        let mut judgement = Judgement::default();
        let fine = answer(&[("cache-control", "no-store")]);
        judgement.check_answers(&expect, &[fine, answer(headers)]);
        assert_eq!(told(&judgement), expected, "{headers:?}");
    }
    let mut judgement = Judgement::default();
    judgement.check_answers(&expect, &[]);
    assert!(told(&judgement).is_empty() && judgement.notes[0].contains("were not checked"));
    let mut judgement = Judgement::default();
    judgement.check_answers(&Expect::default(), &[]);
    assert_eq!(judgement, Judgement::default());
}

#[test]
fn a_cookie_of_the_session_is_kept_from_scripts_and_over_https_from_http() {
    let cookie = |secure, http_only, same_site| Flags {
        name: "sid".to_owned(),
        secure,
        http_only,
        same_site,
    };
    for (cookie, is_over_https, mismatches, finding) in [
        (cookie(true, true, true), true, &[][..], None),
        (
            cookie(true, false, true),
            false,
            &["cookie_flags|HttpOnly|sid without it"],
            None,
        ),
        (
            cookie(false, true, true),
            true,
            &["cookie_flags|Secure|sid without it"],
            None,
        ),
        (
            cookie(false, true, false),
            false,
            &[],
            Some("cookies of the session: sid without Secure, over http; sid without SameSite"),
        ),
        (
            cookie(true, true, false),
            true,
            &[],
            Some("cookies of the session: sid without SameSite"),
        ),
    ] {
        let mut judgement = Judgement::default();
        judgement.check_cookies(std::slice::from_ref(&cookie), is_over_https);
        assert_eq!(told(&judgement), mismatches, "{cookie:?}");
        assert_eq!(judgement.finding.as_deref(), finding, "{cookie:?}");
    }
    let mut judgement = Judgement::default();
    judgement.check_cookies(&[], true);
    assert_eq!(judgement.notes, ["no cookie that the SP set carries the session"]);
}

#[test]
fn browsers_of_one_user_have_one_account_where_the_sp_tells() {
    let id = |id: &str| Some(id.to_owned());
    for (accounts, expected) in [
        (vec![id("1"), id("1")], &[][..]),
        (
            vec![id("1"), None, id("2")],
            &["account|one account for all browsers|2: 1, 2"],
        ),
    ] {
        let mut judgement = Judgement::default();
        judgement.one_account(&accounts);
        assert_eq!(told(&judgement), expected);
        assert!(judgement.notes.is_empty());
    }
    let mut judgement = Judgement::default();
    judgement.one_account(&[None, None]);
    assert_eq!(judgement.notes, ["`account` not checked: the SP does not tell"]);
}

/// Whether somebody is signed in there or not.
#[test]
fn a_browser_that_was_led_astray_meets_no_expectation() {
    let led = Outcome::LedAstray {
        to: "https://evil.test/".to_owned(),
    };
    for outcome in [
        ExpectedOutcome::SignedIn,
        ExpectedOutcome::Refused,
        ExpectedOutcome::Safe,
        ExpectedOutcome::Either,
    ] {
        let expect = Expect {
            outcome,
            ..Expect::default()
        };
        let judgement = judge(&expect, &led, None, "");
        let expected = format!(
            "outcome|{}|led astray: the SP sent the browser to https://evil.test/, where the attack wanted it",
            outcome.word()
        );
        assert_eq!(told(&judgement), [expected]);
        assert_eq!(judgement.finding, None);
    }
}
