//! Random documents with many namespaces: shadowed, undeclared, unused and declared twice; with white space,
//! references, CDATA sections, comments and processing instructions wherever they may stand.

#![allow(clippy::unwrap_used, dead_code, missing_docs, unreachable_pub)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;

const PREFIXES: [&str; 4] = ["", "a", "b", "c"];
const NAMESPACES: [&str; 4] = ["urn:1", "urn:2", "http://x.example/3?a=b", ""];
const LOCALS: [&str; 4] = ["k", "l", "m", "\u{E9}"];

#[derive(Clone, Debug)]
enum Item {
    Element(Box<Parts>),
    /// Raw content other than elements.
    Raw(String),
}

/// Every choice is an index; what it means depends on what is in scope when the element is written.
#[derive(Clone, Debug)]
struct Parts {
    declarations: Vec<(usize, usize)>,
    prefix: usize,
    local: usize,
    attributes: Vec<(usize, usize, String)>,
    children: Vec<Item>,
}

/// A whole document.
pub fn document() -> impl Strategy<Value = String> {
    (vec(aside(), 0..2), root(), vec(aside(), 0..2)).prop_map(|(before, root, after)| {
        format!(
            "{}\n{}{}",
            before.join("\n"),
            render_root(&root),
            after.join("\r\n")
        )
    })
}

/// One element and what is in it.
pub fn element() -> impl Strategy<Value = String> {
    root().prop_map(|root| render_root(&root))
}

fn root() -> impl Strategy<Value = Parts> {
    let leaf = raw().prop_map(Item::Raw);
    let item = leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            3 => parts(inner).prop_map(|parts| Item::Element(Box::new(parts))),
            1 => raw().prop_map(Item::Raw),
        ]
    });
    parts(item)
}

fn parts(children: impl Strategy<Value = Item>) -> impl Strategy<Value = Parts> {
    (
        vec((0..PREFIXES.len(), 0..NAMESPACES.len()), 0..3),
        0..PREFIXES.len(),
        0..LOCALS.len(),
        vec((0..PREFIXES.len(), 0..LOCALS.len(), value()), 0..4),
        vec(children, 0..4),
    )
        .prop_map(|(declarations, prefix, local, attributes, children)| Parts {
            declarations,
            prefix,
            local,
            attributes,
            children,
        })
}

fn pieces(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    vec(prop::sample::select(pieces), 0..5).prop_map(|pieces| pieces.concat())
}

fn value() -> impl Strategy<Value = String> {
    pieces(&[
        "x",
        " ",
        "\t",
        "\n",
        "\r\n",
        "\r",
        "&#9;",
        "&#10;",
        "&#13;",
        "&lt;",
        "&amp;",
        "&gt;",
        ">",
        "&quot;",
        "'",
        "\u{E9}",
        "&#x1F600;",
        "a:k",
    ])
}

fn aside() -> impl Strategy<Value = String> {
    let text = || pieces(&["x", " ", "\t", "\n", "\r\n", "&amp;", "<", "\u{E9}"]);
    prop_oneof![
        text().prop_map(|text| format!("<!--{text}-->")),
        text().prop_map(|text| format!("<?p {text}?>")),
        Just("<?q?>".to_owned()),
    ]
}

fn raw() -> impl Strategy<Value = String> {
    let text = pieces(&[
        "x",
        " ",
        "\t",
        "\n",
        "\r\n",
        "\r",
        "&#13;",
        "&#10;",
        "&lt;",
        "&amp;",
        "&gt;",
        ">",
        "\"",
        "'",
        "\u{E9}",
        "&#x1F600;",
    ]);
    let section = pieces(&["x", "\r\n", "<", ">", "&amp;", "]", "\""]);
    // A letter takes the place of what would end the section: left out, it would put `]]` before the next `>`.
    let section = section.prop_map(|text| format!("<![CDATA[{}]]>", text.replace("]]>", "]]x")));
    prop_oneof![3 => text, 1 => section, 1 => aside()]
}

type Scope = BTreeMap<&'static str, &'static str>;

fn render_root(root: &Parts) -> String {
    let mut out = String::new();
    render(root, &Scope::new(), &mut out);
    out
}

fn render(parts: &Parts, outer: &Scope, out: &mut String) {
    let mut scope = outer.clone();
    let mut declared = BTreeMap::new();
    for (prefix, namespace) in &parts.declarations {
        let (prefix, namespace) = (PREFIXES[*prefix], NAMESPACES[*namespace]);
        // Only the default namespace can be undeclared, and a prefix is declared once.
        if (!namespace.is_empty() || prefix.is_empty()) && !declared.contains_key(prefix) {
            declared.insert(prefix, namespace);
            scope.insert(prefix, namespace);
        }
    }
    let usable = |wanted: usize| {
        if scope.contains_key(PREFIXES[wanted]) {
            PREFIXES[wanted]
        } else {
            ""
        }
    };
    let qualified = |prefix: &str, local: usize| {
        if prefix.is_empty() {
            LOCALS[local].to_owned()
        } else {
            format!("{prefix}:{}", LOCALS[local])
        }
    };
    let name = qualified(usable(parts.prefix), parts.local);
    out.push_str(&format!("<{name}"));
    let mut seen = BTreeSet::new();
    for (prefix, local, value) in &parts.attributes {
        let prefix = usable(*prefix);
        let namespace = if prefix.is_empty() { "" } else { scope[prefix] };
        if seen.insert((namespace, *local)) {
            out.push_str(&format!("\n {}=\"{value}\"", qualified(prefix, *local)));
        }
    }
    for (prefix, namespace) in &declared {
        let colon = if prefix.is_empty() { "" } else { ":" };
        out.push_str(&format!(" xmlns{colon}{prefix}='{namespace}'"));
    }
    if parts.children.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    for child in &parts.children {
        match child {
            Item::Element(parts) => render(parts, &scope, out),
            Item::Raw(raw) => out.push_str(raw),
        }
    }
    out.push_str(&format!("</{name} >"));
}
