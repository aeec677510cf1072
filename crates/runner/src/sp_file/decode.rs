//! Reading an SP file: every error at once.

use std::collections::BTreeMap;
use std::path::PathBuf;

use control_api::file::{self, Diagnostics, Table};
use control_api::sp::ACTIONS;

use super::{Hook, Match, RunCommands, Signed, SignedOut, SpFile, Supports, Whoami};
use crate::selector::Selector;

/// The status that tells that nobody is signed in, where the file does not say.
const SIGNED_OUT_STATUS: u16 = 401;

/// Reads an SP file whose text is `text`; commands and messages use `path`. Nothing is opened.
///
/// # Errors
/// All that is wrong with it.
pub fn parse(path: &str, text: &str) -> Result<SpFile, Diagnostics> {
    file::from_toml(path, text, |root| sp_file(root, path))
}

fn sp_file(root: &Table<'_>, path: &str) -> Option<SpFile> {
    let name = root.required_string("name", "a name for reports");
    let metadata = url(root, "metadata");
    let entity_id = filled(root, "entity_id", "the Identifier (Entity ID)");
    let reply_url = url(root, "reply_url");
    let sign_on_url = url(root, "sign_on_url");
    let run = root.table("run").and_then(|table| run(&table));
    let hooks = root.table("hooks").map(|table| hooks(&table)).unwrap_or_default();
    let supports = root.table("supports").map(|table| supports(&table));
    let started = root.has("run");
    let whoami = root.table("whoami").and_then(|table| whoami(&table, started));
    if !root.has("whoami") {
        root.problem(
            "`[whoami]` is missing: expected the identity probe, without which no verdict can be trusted",
        );
    }
    if !started {
        if !root.has("sign_on_url") {
            root.problem("`sign_on_url` is missing: expected the address that starts sign-on at the SP");
        }
        let addressed = root.has("entity_id") && root.has("reply_url");
        if !addressed && !root.has("metadata") {
            root.problem(
                "`metadata` is missing: expected the SP's metadata address, or `entity_id` and `reply_url`",
            );
        }
    }
    Some(SpFile {
        path: PathBuf::from(path),
        name: name?,
        metadata,
        entity_id,
        reply_url,
        sign_on_url,
        relay_state: None,
        run,
        whoami: whoami?,
        hooks,
        supports: supports.unwrap_or(Supports {
            idp_initiated: true,
            signed: Signed::Assertion,
            parallel: false,
        }),
    })
}

/// A text that, where it is there, is not empty.
fn filled(table: &Table<'_>, key: &'static str, expected: &str) -> Option<String> {
    table.has(key).then(|| table.required_string(key, expected))?
}

/// An http(s) address, perhaps with `{port}` in it.
fn url(table: &Table<'_>, key: &'static str) -> Option<String> {
    let text = filled(table, key, "an http or https address")?;
    if is_address(&text) {
        return Some(text);
    }
    table.problem_at(key, format!("`{key}`: `{text}` is not an http or https address"));
    None
}

fn is_address(text: &str) -> bool {
    // The port is not known yet.
    url::Url::parse(&text.replace("{port}", "1"))
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn command(table: &Table<'_>, key: &'static str) -> Option<Vec<String>> {
    let words = table.strings(key);
    if table.has(key) && words.first().is_none_or(String::is_empty) {
        table.problem_at(
            key,
            format!("`{key}`: expected a program and its arguments: [\"./run.sh\", \"…\"]"),
        );
    }
    (!words.is_empty()).then_some(words)
}

fn run(table: &Table<'_>) -> Option<RunCommands> {
    let start = command(table, "start");
    if !table.has("start") {
        table.problem("`start` is missing: expected the command that starts the SP");
    }
    let run = RunCommands {
        ready: url(table, "ready"),
        stop: command(table, "stop"),
        start: start.unwrap_or_default(),
    };
    table.done();
    Some(run)
}

const MATCHES: &[(&str, Match)] = &[
    ("upn", Match::Upn),
    ("mail", Match::Mail),
    ("object_id", Match::ObjectId),
    ("name_id", Match::NameId),
];

fn whoami(table: &Table<'_>, started: bool) -> Option<Whoami> {
    let address = url(table, "url");
    if !started && !table.has("url") {
        table.problem("`url` is missing: expected the address that says who is signed in");
    }
    let selector = |key: &'static str| table.parsed(key, Selector::parse);
    let identity = selector("identity");
    if !table.has("identity") {
        table.problem(
            "`identity` is missing: expected where the answer says who is signed in, such as json:/mail",
        );
    }
    let matches = table.word("match", MATCHES);
    if !table.has("match") {
        table.problem("`match` is missing: expected `upn`, `mail`, `object_id` or `name_id`");
    }
    let json = |key: &'static str| {
        let found = selector(key);
        if found
            .as_ref()
            .is_some_and(|found| !matches!(found, Selector::Json(_)))
        {
            table.problem_at(
                key,
                format!("`{key}`: expected a json: selector, since it has several values"),
            );
        }
        found
    };
    let probe = (
        selector("name_id"),
        json("attributes"),
        selector("account"),
        json("roles"),
        selector("rejection"),
    );
    let signed_out = table.table("signed_out").and_then(|table| signed_out(&table));
    table.done();
    let (name_id, attributes, account, roles, rejection) = probe;
    Some(Whoami {
        url: address,
        identity: identity?,
        matches: matches?,
        name_id,
        attributes,
        account,
        roles,
        rejection,
        signed_out: signed_out.unwrap_or(SignedOut::Status(SIGNED_OUT_STATUS)),
    })
}

fn signed_out(table: &Table<'_>) -> Option<SignedOut> {
    let status = table.integer("status");
    let redirect = filled(table, "redirect", "a part of the address");
    let body = filled(table, "body", "a text");
    let given = ["status", "redirect", "body"]
        .into_iter()
        .filter(|key| table.has(key))
        .count();
    if given != 1 {
        table.problem("expected exactly one of `status`, `redirect` and `body`");
    }
    table.done();
    if let Some(status) = status {
        let code = u16::try_from(status)
            .ok()
            .filter(|code| (100..600).contains(code));
        if code.is_none() {
            table.problem_at("status", format!("`status`: `{status}` is not an HTTP status"));
        }
        return code.map(SignedOut::Status);
    }
    redirect.map(SignedOut::Redirect).or(body.map(SignedOut::Body))
}

fn hooks(table: &Table<'_>) -> BTreeMap<String, Hook> {
    let hook_of = |action: &&'static str| {
        let hook = table.table(action).and_then(|table| hook(&table))?;
        Some(((*action).to_owned(), hook))
    };
    let hooks = ACTIONS.iter().filter_map(hook_of).collect();
    table.done();
    hooks
}

fn hook(table: &Table<'_>) -> Option<Hook> {
    let post = url(table, "post");
    let command = command(table, "command");
    if table.has("post") == table.has("command") {
        table.problem("expected exactly one of `post` and `command`");
    }
    table.done();
    post.map(|url| Hook::Post { url, token: None })
        .or(command.map(Hook::Command))
}

fn supports(table: &Table<'_>) -> Supports {
    let yes = |key: &'static str, default: bool| table.boolean(key).unwrap_or(default);
    let words = [
        ("assertion", Signed::Assertion),
        ("response", Signed::Response),
        ("both", Signed::Both),
    ];
    let supports = Supports {
        idp_initiated: yes("idp_initiated", true),
        signed: table.word("signed", &words).unwrap_or(Signed::Assertion),
        parallel: yes("parallel", false),
    };
    table.done();
    supports
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
name        = "orders"
metadata    = "http://127.0.0.1:{port}/saml/metadata"
sign_on_url = "http://127.0.0.1:{port}/login"
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
        assert_eq!(file.supports.signed.option(), "response-and-assertion");
        let printed = [
            ("acs", "http://h/acs"),
            ("login", "http://h/go"),
            ("colour", "red"),
        ];
        let printed = printed.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let file = file
            .expanded(&[
                ("port", "81".to_owned()),
                ("metadata_file", "/tmp/m.xml".to_owned()),
            ])
            .with_printed(&BTreeMap::from(printed));
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
}
