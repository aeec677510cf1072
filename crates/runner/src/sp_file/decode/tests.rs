//! Good and bad SP files.

use super::*;

const GOOD: &str = r#"
name        = "orders"
metadata    = "http://127.0.0.1:{port}/saml/metadata"
sign_on_url = "http://127.0.0.1:{port}/login"
logout_url  = "http://127.0.0.1:{port}/logout"
[run]
start = ["./start.sh", "{metadata_file}", "{port}"]
ready = "http://127.0.0.1:{port}/saml/metadata"
stop  = ["./stop.sh"]
[whoami]
url        = "http://127.0.0.1:{port}/api/me"
identity   = "json:/mail"
match      = "mail"
attributes = "json:/attributes"
rejection  = "css:meta[name=entrant-rejection]@content"
signed_out = { redirect = "/login" }
[hooks]
reset         = { post = "http://127.0.0.1:{port}/test/reset" }
refresh_trust = { command = ["./import", "{metadata_file}", "{upn}"] }
[supports]
idp_initiated = false
signed        = "both"
"#;

#[test]
fn a_file_is_read_expanded_and_overruled_by_what_was_printed() {
    let file = parse("dir/sp.toml", GOOD).unwrap();
    assert_eq!(file.directory(), PathBuf::from("dir"));
    assert!(!file.supports.idp_initiated && !file.supports.parallel);
    assert_eq!(file.supports.settings, None);
    assert_eq!(file.supports.signed.option(), "response-and-assertion");
    let printed = [
        ("acs", "http://h/acs"),
        ("login", "http://h/go"),
        ("logout", "http://h/out"),
        ("colour", "red"),
    ];
    let printed = printed.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let file = file.expanded(&[
        ("port", "81".to_owned()),
        ("metadata_file", "/tmp/m.xml".to_owned()),
    ]);
    assert_eq!(file.logout_url.as_deref(), Some("http://127.0.0.1:81/logout"));
    let file = file.with_printed(&BTreeMap::from(printed));
    assert_eq!(file.logout_url.as_deref(), Some("http://h/out"));
    assert_eq!(file.run.unwrap().start, ["./start.sh", "/tmp/m.xml", "81"]);
    assert_eq!(
        file.metadata.as_deref(),
        Some("http://127.0.0.1:81/saml/metadata")
    );
    assert_eq!(file.sign_on_url.as_deref(), Some("http://h/go"));
    assert_eq!(file.reply_url.as_deref(), Some("http://h/acs"));
    assert_eq!(file.whoami.signed_out, SignedOut::Redirect("/login".to_owned()));
    assert_eq!(
        file.hooks["refresh_trust"],
        Hook::Command(vec!["./import".into(), "/tmp/m.xml".into(), "{upn}".into()])
    );
}

#[test]
fn every_error_is_told_with_its_place_and_what_was_expected() {
    let bad = r#"
nam         = "orders"
sign_on_url = "127.0.0.1/login"
[whoami]
url        = ""
identity   = "mail"
match      = "email"
attributes = "css:p"
signed_out = { status = 401, body = "x" }
[hooks]
resett = { post = "http://h/" }
set    = { }
clock  = { command = [] }
[supports]
signed = "asertion"
"#;
    let wrong = parse("sp.toml", bad).unwrap_err();
    let lines: Vec<_> = wrong
        .0
        .iter()
        .map(|one| format!("{}:{}", one.place.unwrap().0, one.message))
        .collect();
    let expected = [
        "1:`name` is missing: expected a name for reports",
        "1:`metadata` is missing: expected the SP's metadata address, or `entity_id` and `reply_url`",
        "2:unknown key `nam`: did you mean `name`?",
        "3:`sign_on_url`: `127.0.0.1/login` is not an http or https address",
        "5:`url` is empty: expected an http or https address",
        "6:`identity`: `mail` is not a selector: json:POINTER, css:SELECTOR[@attribute], regex:… or header:NAME",
        "7:`match`: unknown word `email`: expected one of `upn`, `mail`, `object_id`, `name_id`; did you mean `mail`?",
        "8:`attributes`: expected a json: selector, since it has several values",
        "9:expected exactly one of `status`, `redirect` and `body`",
        "11:unknown key `resett`: did you mean `reset`?",
        "12:expected exactly one of `post` and `command`",
        "13:`command`: expected a program and its arguments: [\"./run.sh\", \"…\"]",
        "15:`signed`: unknown word `asertion`: expected one of `assertion`, `response`, `both`; did you mean `assertion`?",
    ];
    assert_eq!(lines, expected);
}

/// The whole sample of the format.
const SAMPLE: &str = r#"
name        = "orders"
metadata    = "http://127.0.0.1:3000/saml/metadata"   # or entity_id, reply_url; what is given here wins over metadata
sign_on_url = "http://127.0.0.1:3000/login"

[run]                                                 # optional: start it too. Order: mock bound, tenant made, IdP metadata written,
start = ["./start.sh", "{metadata_file}", "{port}"]   # SP started, SP metadata read, application registered, scenarios
ready = "http://127.0.0.1:{port}/saml/metadata"       # start may print key=value lines: entity_id, acs, login, whoami, pid
stop  = ["./stop.sh"]                                 # children are ended whatever happens

# {port} and {metadata_file} expand in every string; commands run in this file's directory; printed keys win (metadata, logout, relay are read too, others ignored)

[whoami]                                              # the identity probe, asked with the session's own cookies
url        = "http://127.0.0.1:3000/api/me"
identity   = "json:/mail"                             # json:POINTER, css:SELECTOR[@attribute], regex:…, header:NAME
match      = "mail"                                   # upn | mail | object_id | name_id of the user that signed in
name_id    = "json:/nameId"                           # optional, as are
attributes = "json:/attributes"
rejection  = "css:meta[name=entrant-rejection]@content"
signed_out = { status = 401 }                         # or { redirect = "/login" } or { body = "text" }

[hooks]                                               # optional; a scenario that needs a missing one is skipped with that reason
reset          = { post = "http://127.0.0.1:3000/test/reset" }      # body: the variables as JSON
delete_account = { command = ["./delete-account", "{upn}"] }       # variables: upn, mail, object_id, name_id, metadata_url, metadata_file, now
refresh_trust  = { command = ["./import", "{metadata_file}"] }      # 10 s; not 2xx or not exit 0: inconclusive, its output shown

[supports]                                            # what it does not support is skipped, not failed
idp_initiated = true
signed        = "assertion"                           # assertion | response | both, as the SP wants it
encryption    = false
single_logout = false
parallel      = true
settings      = ["jit"]
"#;

#[test]
fn the_whole_sample_is_read() {
    let file = parse("sp.toml", SAMPLE).unwrap_or_else(|wrong| panic!("{wrong}"));
    assert_eq!(file.name, "orders");
    assert_eq!(file.hooks.len(), 3);
    assert!(file.supports.parallel && file.supports.idp_initiated);
    assert_eq!(file.supports.settings.as_deref(), Some(&["jit".to_owned()][..]));
    assert!(!file.supports.single_logout);
    let with = |key: &str| {
        let denied = SAMPLE.find(&format!("{key} ")).unwrap();
        let (before, after) = SAMPLE.split_at(denied);
        parse(
            "sp.toml",
            &format!("{before}{}", after.replacen("false", "true", 1)),
        )
    };
    assert!(with("single_logout").unwrap().supports.single_logout);
    assert!(!file.supports.encryption && with("encryption").unwrap().supports.encryption);
}

#[test]
fn unknown_variables_are_told_with_the_known_ones() {
    let message = |from: &str, to: &str| {
        assert!(GOOD.contains(from), "{from}");
        let wrong = parse("sp.toml", &GOOD.replacen(from, to, 1)).err();
        wrong.map(|wrong| {
            wrong
                .0
                .iter()
                .map(|one| one.message.clone())
                .collect::<Vec<_>>()
                .join("\n")
        })
    };
    for (from, to, expected) in [
        (
            "{port}/login",
            "{prot}/login",
            Some(
                "`sign_on_url`: unknown variable `{prot}`: expected `{metadata_file}`, `{port}`; did you mean `{port}`?",
            ),
        ),
        (
            "\"{metadata_file}\", \"{port}\"",
            "\"{upn}\"",
            Some("`start`: unknown variable `{upn}`: expected `{metadata_file}`, `{port}`"),
        ),
        (
            "\"{upn}\"",
            "\"{email}\"",
            Some(
                "`command`: unknown variable `{email}`: expected `{metadata_file}`, `{port}`, `{mail}`, `{metadata_url}`, `{name_id}`, `{now}`, `{object_id}`, `{upn}`; did you mean `{mail}`?",
            ),
        ),
        ("\"{upn}\"", "\"${home} { print } {a-b} {1}\"", None),
    ] {
        assert_eq!(message(from, to).as_deref(), expected, "{to}");
    }
}
