//! Reading an SP file: every error at once.

use std::collections::BTreeMap;
use std::path::PathBuf;

use control_api::file::{self, Diagnostics, Table, nearest};
use control_api::sp::ACTIONS;

use super::{Hook, Match, Published, RunCommands, Signed, SignedOut, SpFile, Supports, Whoami};
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
    let logout_url = url(root, "logout_url");
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
        logout_url,
        published: Published::default(),
        relay_state: None,
        run,
        whoami: whoami?,
        hooks,
        supports: supports.unwrap_or(Supports {
            idp_initiated: true,
            signed: Signed::Assertion,
            encryption: false,
            single_logout: false,
            parallel: false,
            settings: None,
        }),
    })
}

/// A text that, where it is there, is not empty.
fn filled(table: &Table<'_>, key: &'static str, expected: &str) -> Option<String> {
    table.has(key).then(|| table.required_string(key, expected))?
}

/// The variables that expand in every text.
const VARIABLES: &[&str] = &["metadata_file", "port"];

/// Reports `{names}` that are no variable; gives whether there are none. Braces around anything else, and a shell's `${name}`, are the text's own.
fn check_variables(table: &Table<'_>, key: &'static str, text: &str, variables: &[&str]) -> bool {
    let mut all_known = true;
    let mut pieces = text.split('{');
    let mut before = pieces.next().unwrap_or_default();
    for piece in pieces {
        let name = piece.split_once('}').map_or("", |(name, _)| name);
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if is_name && !before.ends_with('$') && !variables.contains(&name) {
            all_known = false;
            let known: Vec<_> = variables.iter().map(|name| format!("`{{{name}}}`")).collect();
            let hint = nearest(name, variables.iter().copied())
                .map(|near| format!("; did you mean `{{{near}}}`?"))
                .unwrap_or_default();
            table.problem_at(
                key,
                format!(
                    "`{key}`: unknown variable `{{{name}}}`: expected {}{hint}",
                    known.join(", ")
                ),
            );
        }
        before = piece;
    }
    all_known
}

/// An http(s) address, perhaps with `{port}` in it.
fn url(table: &Table<'_>, key: &'static str) -> Option<String> {
    let text = filled(table, key, "an http or https address")?;
    if !check_variables(table, key, &text, VARIABLES) || is_address(&text) {
        return Some(text);
    }
    table.problem_at(key, format!("`{key}`: `{text}` is not an http or https address"));
    None
}

fn is_address(text: &str) -> bool {
    // The port is not known yet.
    let text = VARIABLES.iter().fold(text.to_owned(), |text, name| {
        text.replace(&format!("{{{name}}}"), "1")
    });
    url::Url::parse(&text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn command(table: &Table<'_>, key: &'static str, variables: &[&str]) -> Option<Vec<String>> {
    let words = table.strings(key);
    for word in &words {
        check_variables(table, key, word, variables);
    }
    if table.has(key) && words.first().is_none_or(String::is_empty) {
        table.problem_at(
            key,
            format!("`{key}`: expected a program and its arguments: [\"./run.sh\", \"…\"]"),
        );
    }
    (!words.is_empty()).then_some(words)
}

fn run(table: &Table<'_>) -> Option<RunCommands> {
    let start = command(table, "start", VARIABLES);
    if !table.has("start") {
        table.problem("`start` is missing: expected the command that starts the SP");
    }
    let run = RunCommands {
        ready: url(table, "ready"),
        stop: command(table, "stop", VARIABLES),
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
        selector("name_id_format"),
        json("attributes"),
        selector("account"),
        selector("account_id"),
        json("roles"),
        selector("rejection"),
    );
    let signed_out = table.table("signed_out").and_then(|table| signed_out(&table));
    table.done();
    let (name_id, name_id_format, attributes, account, account_id, roles, rejection) = probe;
    Some(Whoami {
        url: address,
        identity: identity?,
        matches: matches?,
        name_id,
        name_id_format,
        attributes,
        account,
        account_id,
        roles,
        rejection,
        signed_out: signed_out.unwrap_or(SignedOut::Status(SIGNED_OUT_STATUS)),
    })
}

fn signed_out(table: &Table<'_>) -> Option<SignedOut> {
    let status = table.integer("status");
    let redirect = filled(table, "redirect", "a part of the address");
    let body = filled(table, "body", "a text");
    for (key, text) in [("redirect", &redirect), ("body", &body)] {
        if let Some(text) = text {
            check_variables(table, key, text, VARIABLES);
        }
    }
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
    let variables = [VARIABLES, crate::hooks::VARIABLES].concat();
    let command = command(table, "command", &variables);
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
        encryption: yes("encryption", false),
        single_logout: yes("single_logout", false),
        parallel: yes("parallel", false),
        settings: table.has("settings").then(|| table.strings("settings")),
    };
    table.done();
    supports
}

#[cfg(test)]
mod tests;
