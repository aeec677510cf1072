//! Pages and what a browser sends of them.

use proptest::prelude::*;

use super::*;

fn read(body: &str) -> Result<Document, HtmlError> {
    Document::parse(body, &Url::parse("http://idp.test/dir/page?q=1").unwrap())
}

fn page(body: &str) -> Document {
    read(body).unwrap()
}

/// The submission of the only form, its first button pressed where `pressed`.
fn sent(body: &str, pressed: bool) -> (String, Option<String>) {
    let document = page(body);
    let form = &document.forms[0];
    let submission = form.submission(form.buttons.first().filter(|_| pressed)).unwrap();
    (submission.url.to_string(), submission.body)
}

#[test]
fn a_form_sends_what_a_browser_sends() {
    let post = |fields: &str| format!("<form method=POST action='/go'>{fields}</form>");
    for (fields, pressed, expected) in [
        (
            "<input name=a value=1><input type=hidden name=b value='x&amp;y z'>",
            false,
            "a=1&b=x%26y+z",
        ),
        (
            "<input name=a><input value=noname><input name=c value=3 disabled>",
            false,
            "a=",
        ),
        (
            "<fieldset disabled><input name=a></fieldset><input name=b>",
            false,
            "b=",
        ),
        (
            "<input type=checkbox name=a><input type=checkbox name=b checked>",
            false,
            "b=on",
        ),
        (
            "<input type=radio name=r value=1><input type=radio name=r value=2 checked>",
            false,
            "r=2",
        ),
        (
            "<select name=s><option>one<option value=2>two</select>",
            false,
            "s=one",
        ),
        (
            "<select name=s><option>one<option value=2 selected>two</select>",
            false,
            "s=2",
        ),
        ("<select name=s multiple><option>one</select>", false, ""),
        ("<textarea name=t>\na\nb</textarea>", false, "t=a%0D%0Ab"),
        (
            "<input name=a value=1><input type=submit name=go value=Yes><button name=no value=No>",
            true,
            "a=1&go=Yes",
        ),
        (
            "<input name=a value=1><input type=submit name=go value=Yes>",
            false,
            "a=1",
        ),
        (
            "<button type=button name=x value=1>x</button><button name=y value=2>y</button>",
            true,
            "y=2",
        ),
        (
            "<noscript><input type=submit name=n value=1></noscript><input name=a value=ä>",
            false,
            "a=%C3%A4",
        ),
    ] {
        let (url, body) = sent(&post(fields), pressed);
        assert_eq!(url, "http://idp.test/go", "{fields}");
        assert_eq!(body.as_deref(), Some(expected), "{fields}");
    }
}

#[test]
fn the_address_is_resolved_and_a_get_form_replaces_the_query() {
    for (html, expected) in [
        ("<form method=post></form>", "http://idp.test/dir/page?q=1"),
        (
            "<form method=post action=''></form>",
            "http://idp.test/dir/page?q=1",
        ),
        (
            "<form method=post action='next'></form>",
            "http://idp.test/dir/next",
        ),
        (
            "<form method=post action='//sp.test/acs?x=1'></form>",
            "http://sp.test/acs?x=1",
        ),
        (
            "<base href='http://b.test/z/'><form method=post action='next'></form>",
            "http://b.test/z/next",
        ),
        (
            "<form action='/go?old=1'><input name=a value=b></form>",
            "http://idp.test/go?a=b",
        ),
        (
            "<form action='/go'><input type=submit formaction='/other'></form>",
            "http://idp.test/other?",
        ),
    ] {
        assert_eq!(sent(html, true).0, expected, "{html}");
    }
}

#[test]
fn controls_outside_a_form_belong_to_the_form_they_name() {
    let document = page(
        "<form id=f method=post><input name=a value=1><input form=g name=b value=2></form>
         <form id=g method=post></form><input form=f name=c value=3>",
    );
    assert_eq!(bodies(&document), ["a=1&c=3", "b=2"]);
    // The first form of a name has it; a name that no form has owns nothing.
    let document = page(
        "<form id=f method=post></form><form id=f method=post><input name=a></form>
         <input form=f name=b><input form='' name=c><form id='' method=post></form>",
    );
    assert_eq!(bodies(&document), ["b=", "a=", ""]);
}

fn bodies(document: &Document) -> Vec<String> {
    document
        .forms
        .iter()
        .map(|form| form.submission(None).unwrap().body.unwrap())
        .collect()
}

/// Each page would take the square of its size, which is minutes, where forms or texts asked for their own.
#[test]
fn forms_and_controls_are_counted_and_hidden_text_is_handed_down() {
    let many = |piece: &str, count: usize| piece.repeat(count);
    let forms = many("<form id=f></form>", tree::FORMS_MAX);
    let controls = many("<input name=a form=f>", tree::CONTROLS_MAX);
    let document = page(&format!("{forms}{controls}"));
    let owned: Vec<_> = document.forms.iter().map(|form| form.fields.len()).collect();
    assert_eq!(owned.len(), tree::FORMS_MAX);
    assert_eq!(owned[0], tree::CONTROLS_MAX);
    assert!(owned[1..].iter().all(|fields| *fields == 0));
    let refused = |page: &str| read(page).unwrap_err().to_string();
    assert_eq!(refused(&format!("{forms}<form>")), "it has more than 1000 forms");
    assert_eq!(
        refused(&format!("{controls}<button>")),
        "it has more than 20000 controls"
    );
    // An SP answered so, and the run hung.
    assert_eq!(
        refused(&many("<div>x", 80_000)),
        "its elements nest deeper than 512 levels"
    );
    let deep = many("<div hidden>", 500) + &many("<i>x</i>", 90_000) + &many("</div>", 500) + "y";
    assert_eq!(page(&deep).text, "y");
}

#[test]
fn forms_that_submit_themselves_are_recognised() {
    let hidden = "<input type=hidden name=SAMLRequest value=x>";
    for (html, expected) in [
        (format!("<form name=hiddenform>{hidden}</form>"), true),
        (
            format!("<body onload='document.forms[0].submit()'><form>{hidden}</form>"),
            true,
        ),
        (
            format!("<form>{hidden}</form><script>document.forms[0].submit()</script>"),
            true,
        ),
        (format!("<form>{hidden}</form>"), false),
        (
            "<form><input name=loginfmt></form><script>f.submit()</script>".to_owned(),
            false,
        ),
        (
            format!("<form>{hidden}</form><form></form><script>f.submit()</script>"),
            false,
        ),
    ] {
        assert_eq!(page(&html).automatic().is_some(), expected, "{html}");
    }
}

#[test]
fn text_title_and_metas_are_read() {
    let document = page(
        "<title> Sign  in </title><meta name=entrant-aadsts content=AADSTS50105>
         <body><p>One</p><script>no</script><style>no</style><noscript>no</noscript><p hidden>no <b>no</b></p><template><p>no</p></template><p>two <b>three</b></p>",
    );
    assert_eq!(document.title, "Sign in");
    assert_eq!(document.text, "One two three");
    assert_eq!(document.meta("entrant-aadsts"), Some("AADSTS50105"));
}

#[test]
fn frames_links_and_a_refresh_are_read() {
    let document = page(
        "<meta http-equiv=Refresh content=\"3; URL='next?a=1'\"><body><iframe src='/f'></iframe><iframe></iframe>
         <iframe src='http://sp.test/slo?x=1&amp;y=2' hidden></iframe><a href='/plain'>a</a><a id=continue href='on'>on</a>
         <form><button data-test-id='B@c' name=session value=1>B</button></form>",
    );
    let frames: Vec<_> = document.frames.iter().map(Url::as_str).collect();
    assert_eq!(frames, ["http://idp.test/f", "http://sp.test/slo?x=1&y=2"]);
    let text = |url: Option<&Url>| url.map(ToString::to_string);
    assert_eq!(
        text(document.refresh.as_ref()).as_deref(),
        Some("http://idp.test/dir/next?a=1")
    );
    assert_eq!(
        text(document.link("continue")).as_deref(),
        Some("http://idp.test/dir/on")
    );
    assert_eq!(document.link("other"), None);
    assert_eq!(document.forms[0].buttons[0].test_id, "B@c");
    for content in ["5", "", "0; next", "0; url"] {
        let html = format!("<meta http-equiv=refresh content=\"{content}\">");
        assert_eq!(page(&html).refresh, None, "{content}");
    }
}

proptest! {
    #[test]
    fn no_page_makes_the_reader_panic(body in "(<(form|input|select|option|base|meta|/form)( (name|value|action|href|type|method)=['\"a-z:/]{0,8})*>|.){0,30}") {
        let document = page(&body);
        for form in &document.forms {
            let _ = form.submission(form.buttons.first());
        }
    }
}

/// HTML standard 4.10.21.8.
#[test]
fn a_form_is_encoded_as_it_says() {
    let fields = "<input type=hidden name='a&quot;b' value='x&amp;y\nz'><input type=hidden name=c>";
    for (enctype, content_type, expected) in [
        ("", "application/x-www-form-urlencoded", "a%22b=x%26y%0D%0Az&c="),
        (
            "application/json",
            "application/x-www-form-urlencoded",
            "a%22b=x%26y%0D%0Az&c=",
        ),
        ("TEXT/PLAIN", "text/plain", "a\"b=x&y\r\nz\r\nc=\r\n"),
        (
            "multipart/form-data",
            "multipart/form-data; boundary=--B",
            "----B\r\nContent-Disposition: form-data; name=\"a%22b\"\r\n\r\nx&y\r\nz\r\n\
             ----B\r\nContent-Disposition: form-data; name=\"c\"\r\n\r\n\r\n----B--\r\n",
        ),
    ] {
        let form = format!("<form method=POST action=/go enctype='{enctype}'>{fields}</form>");
        let submission = page(&form).forms[0].submission(None).unwrap();
        let short = |text: &str| text.replace(BOUNDARY, "--B");
        assert_eq!(short(&submission.enctype.content_type()), content_type);
        assert_eq!(short(&submission.body.unwrap()), expected, "{enctype}");
    }
    // A GET has no body that could be encoded.
    let get = page(&format!("<form action=/go enctype=text/plain>{fields}</form>"));
    let submission = get.forms[0].submission(None).unwrap();
    assert_eq!((submission.enctype, submission.body), (Enctype::Urlencoded, None));
}
