//! Pages of an identity provider and of an SP, and what the person does.

use super::*;

fn next_of(html: &str, person: &Person<'_>) -> Next {
    let mut page = Page::for_test(200, &[], html);
    page.url = Url::parse("http://localhost:1/t/login").unwrap();
    pages::answer(&Document::parse(html, &page.url).unwrap(), &page, person)
}

fn next(html: &str, user: Option<&str>) -> Next {
    let person = Person {
        user,
        password: "pw",
        code: "123456",
        keep_signed_in: false,
    };
    next_of(html, &person)
}

fn body(html: &str) -> String {
    match next(html, Some("B.Simon@c")) {
        Next::Submit(submission) => submission.body.unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_page_of_the_identity_provider_gets_its_answer() {
    let button = "<input type=submit id=idSIButton9 name=go value=Next>";
    for (html, expected) in [
        (
            format!("<form method=post><input name=ctx type=hidden value=1><input name=loginfmt>{button}</form>"),
            "ctx=1&loginfmt=B.Simon%40c&go=Next",
        ),
        (
            format!("<form method=post><input type=hidden name=loginfmt value=known><input type=password name=passwd><button type=submit id=idBtn_Back name=back value=1></button>{button}</form>"),
            "loginfmt=known&passwd=pw&go=Next",
        ),
        (
            "<form method=post name=hiddenform action=http://sp/acs><input type=hidden name=SAMLResponse value=x></form>".to_owned(),
            "SAMLResponse=x",
        ),
    ] {
        assert_eq!(body(&html), expected, "{html}");
    }
}

#[test]
fn errors_stop_the_sign_on_and_unknown_pages_leave_it_stuck() {
    let stopped = |code: &str, message: &str, page: &str| {
        Next::End(End::Stopped {
            code: code.to_owned(),
            message: message.to_owned(),
            page: page.to_owned(),
        })
    };
    for (html, expected) in [
        (
            "<meta name=entrant-aadsts content=AADSTS50126><body><form><input name=passwd></form>Your account or password is incorrect.",
            stopped(
                "AADSTS50126",
                "Your account or password is incorrect.",
                "Your account or password is incorrect.",
            ),
        ),
        (
            "<body>Sorry. AADSTS50105: no access.",
            stopped(
                "AADSTS50105",
                "AADSTS50105: no access.",
                "Sorry. AADSTS50105: no access.",
            ),
        ),
        (
            "<meta name=entrant-mishap content='It has no NameID.'><title>No response was made</title><body>No.",
            pages::stuck("No response was made: It has no NameID.".to_owned()),
        ),
        (
            "<title>More</title><form><input name=other></form>",
            pages::stuck(
                "the identity provider shows a page that the user agent does not know: \"More\" (status 200)"
                    .to_owned(),
            ),
        ),
    ] {
        assert_eq!(next(html, Some("B")), expected, "{html}");
    }
    assert_eq!(
        next("<form method=post><input name=loginfmt></form>", None),
        pages::stuck("the identity provider asks who signs in, and the step names no user".to_owned())
    );
}

/// As the identity provider shows it, with a tile for two accounts.
const PICKER: &str = "<title>Pick an account</title><form method=post action=/pick><input type=hidden name=ctx value=1>\
    <button name=session value=a data-test-id=A@c>A</button><button name=session value=b data-test-id=b.SIMON@C>B</button>\
    <button name=session value=other id=otherTile>Use another account</button></form>";

#[test]
fn factors_codes_and_accounts_get_their_answer() {
    let kmsi = "<form method=post><input type=hidden name=ctx value=1><input type=checkbox name=DontShowAgain value=true>\
                <input type=submit id=idSIButton9 name=LoginOptions value=1><input type=submit id=idBtn_Back name=LoginOptions value=3></form>";
    let otc = "<form method=post><input name=otc id=idTxtBx_SAOTCC_OTC><button name=x id=other value=1></button>\
               <button id=idSubmit_SAOTCC_Continue name=go value=Verify></button></form>";
    let person = Person {
        user: Some("B.Simon@c"),
        password: "pw",
        code: "654321",
        keep_signed_in: false,
    };
    let keeps = Person {
        keep_signed_in: true,
        ..person
    };
    let stranger = Person {
        user: Some("C@c"),
        ..person
    };
    for (html, person, expected) in [
        (otc, person, "otc=654321&go=Verify"),
        (kmsi, person, "ctx=1"),
        (kmsi, keeps, "ctx=1&LoginOptions=1"),
        (
            "<form method=post><input type=hidden name=ctx value=2><button id=idSIButton9 name=go value=1></button><button id=idBtn_Back name=back></button></form>",
            person,
            "ctx=2&go=1",
        ),
        (PICKER, person, "ctx=1&session=b"),
        (PICKER, stranger, "ctx=1&session=other"),
        (
            "<form method=post><input name=loginfmt value=hint@c><input type=submit id=idSIButton9></form>",
            person,
            "loginfmt=B.Simon%40c",
        ),
    ] {
        match next_of(html, &person) {
            Next::Submit(submission) => assert_eq!(submission.body.as_deref(), Some(expected), "{html}"),
            other => panic!("{html}: {other:?}"),
        }
    }
    for html in [otc, PICKER, "<form><button id=idSIButton9></button></form>"] {
        let nobody = next(html, None);
        assert_eq!(
            nobody,
            pages::stuck("the identity provider asks who signs in, and the step names no user".to_owned())
        );
    }
    let link = PICKER.replace(
        "<button name=session value=other id=otherTile>",
        "<a id=otherTile href=/new>",
    );
    assert_eq!(
        next_of(&link, &stranger),
        Next::Open("http://localhost:1/new".parse().unwrap())
    );
    let only = PICKER.replace("otherTile", "none");
    assert_eq!(
        next_of(&only, &stranger),
        pages::stuck("the identity provider offers no account C@c".to_owned())
    );
}

/// A server that closes every connection once a request has come.
async fn closing() -> Url {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/acs", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 4096]).await;
        }
    });
    url.parse().unwrap()
}

#[tokio::test]
async fn an_sp_that_breaks_off_after_the_delivery_is_told_apart_from_one_that_is_not_there() {
    let from: Url = "http://localhost:1/t/saml2".parse().unwrap();
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let gone: Url = format!("http://{gone}/acs").parse().unwrap();
    for (url, field, breaks_off) in [
        (closing().await, "SAMLResponse", true),
        (closing().await, "RelayState", false),
        (gone, "SAMLResponse", false),
    ] {
        let sign_on = SignOn {
            begin: Begin::Submit {
                submission: Submission::post(url, vec![(field.to_owned(), "x".to_owned())]),
                from: Some(from.clone()),
            },
            person: Person::default(),
            idp: &[from.origin()],
            delivery: None,
            hold: false,
            responses: None,
            fence: None,
        };
        let mut driven = Driven::default();
        drive(
            &mut Agent::new(&crate::agent::client().unwrap()),
            &sign_on,
            &mut driven,
        )
        .await;
        let end = driven.end.unwrap();
        assert_eq!(matches!(end, End::BrokeOff(_)), breaks_off, "{end:?}");
        assert_eq!(matches!(end, End::Stuck(_)), !breaks_off, "{end:?}");
    }
}
