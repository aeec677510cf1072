//! Published vectors (shared/vectors, third-party, not part of this repository): what exclusive
//! canonicalisation covers must match byte for byte, everything else must be refused by name.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::Path;

use saml_accept::c14n::{Exclusive, canonicalize};
use saml_accept::signature::{SignatureError, verify_enveloped};
use saml_accept::xml::{Document, Element, Limits, XmlErrorKind, parse};
use saml_model::names;

use support::{DSIG, Key};

const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";

/// A row of MANIFEST.tsv.
struct Row {
    file: String,
    expected: String,
    note: String,
    kind: String,
    scope: String,
}

impl Row {
    fn all(folder: &Path) -> Vec<Self> {
        let manifest = fs::read_to_string(folder.join("MANIFEST.tsv")).unwrap();
        let rows = manifest.lines().skip(1).map(|line| {
            let mut cells = line.split('\t').map(str::to_owned);
            let mut cell = || cells.next().unwrap_or_default();
            Self {
                file: cell(),
                expected: cell(),
                note: cell(),
                kind: cell(),
                scope: cell(),
            }
        });
        rows.collect()
    }

    /// The path of the file, and the number of the Reference in it, if the row is about one.
    fn file(&self) -> (&str, Option<usize>) {
        match self.file.split_once("#Reference[") {
            Some((path, number)) => (path, number.trim_end_matches(']').parse().ok()),
            None => (&self.file, None),
        }
    }

    /// The prefix list that the note names.
    fn prefixes(&self) -> Vec<&str> {
        let Some((_, list)) = self.note.split_once("PrefixList=") else {
            return Vec::new();
        };
        let list = match list.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next().unwrap(),
            None => list.split([' ', ';']).next().unwrap(),
        };
        list.split(' ').collect()
    }
}

#[test]
fn each_published_vector_matches_or_is_refused_by_name() {
    let Some(folder) = support::vectors() else { return };
    let key = Key::rsa();
    let (mut matched, mut unread, mut refused, mut signatures) = (0, 0, 0, 0);
    for row in Row::all(&folder) {
        let (path, reference) = row.file();
        let bytes = fs::read(folder.join(path)).unwrap();
        if row.kind == "xmldsig" {
            refuse_signature(&row, &String::from_utf8(bytes).unwrap(), &key);
            signatures += 1;
            continue;
        }
        let parsed = parse(&bytes, &Limits::default());
        let document = match parsed {
            Ok(document) => document,
            Err(error) => {
                // example-6 of the specification is in Latin-1.
                let by_name = match error.kind {
                    XmlErrorKind::DocumentType => row.note.contains("needs DTD"),
                    XmlErrorKind::Encoding { name } => name == "ISO-8859-1",
                    _ => false,
                };
                assert!(by_name, "{}", row.file);
                unread += 1;
                continue;
            }
        };
        assert!(!row.note.contains("needs DTD"), "{}", row.file);
        let is_exclusive = row.note.contains("exclusive C14N");
        if let Some(subtree) = row.scope.strip_prefix("subtree ").filter(|_| is_exclusive) {
            let expected = row.expected.strip_prefix("c14n:").unwrap();
            let expected = fs::read_to_string(folder.join(expected)).unwrap();
            let prefixes = row.prefixes();
            let mode = Exclusive {
                with_comments: row.note.contains("with comments"),
                inclusive_prefixes: &prefixes,
            };
            assert_eq!(
                canonicalize(find(&document, subtree), &mode, None).unwrap(),
                expected,
                "{}",
                row.file
            );
            matched += 1;
        } else {
            let transforms = match reference {
                Some(number) => transforms_of(&document, number),
                None => transforms_for(&row, &folder),
            };
            refuse_transforms(&row, &transforms, &key);
            refused += 1;
        }
    }
    // Pinned, so that a row that is no longer understood cannot pass for one that was judged.
    assert_eq!((matched, unread, refused, signatures), (7, 26, 79, 24));
}

/// The first element with this qualified name or this Id.
fn find<'d>(document: &'d Document, subtree: &str) -> Element<'d> {
    let local = subtree.rsplit(':').next().unwrap();
    document
        .elements()
        .find(|element| element.attribute("Id") == Some(subtree) || element.name() == local)
        .unwrap()
}

/// The transforms of the n-th Reference of a published signature.
fn transforms_of(document: &Document, number: usize) -> String {
    let reference = document
        .elements()
        .filter(|e| e.is(DSIG, "Reference"))
        .nth(number - 1)
        .unwrap();
    let transforms = reference.child(DSIG, "Transforms").unwrap();
    canonicalize(transforms, &Exclusive::default(), None).unwrap()
}

/// Transforms that ask for what a row of libxml2's own tests asks for.
fn transforms_for(row: &Row, folder: &Path) -> String {
    let uri = |uri: &str| format!("<Transform Algorithm=\"{uri}\"/>");
    let comments = if row.note.contains("with comments") {
        "#WithComments"
    } else {
        ""
    };
    let method = if row.note.starts_with("C14N 1.1") {
        uri(&format!("http://www.w3.org/2006/12/xml-c14n11{comments}"))
    } else if row.note.starts_with("C14N 1.0") {
        uri(&format!(
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315{comments}"
        ))
    } else {
        uri(names::C14N_EXCLUSIVE)
    };
    let mut selection = String::new();
    if row.scope == "xpath-nodeset" {
        let path = folder.join(row.file.replace(".xml", ".xpath"));
        let expression = parse(&fs::read(path).unwrap(), &Limits::default()).unwrap();
        let expression = canonicalize(expression.root(), &Exclusive::default(), None).unwrap();
        selection = format!("<Transform Algorithm=\"{XPATH}\">{expression}</Transform>");
    }
    format!("<Transforms xmlns=\"{DSIG}\">{selection}{method}</Transforms>")
}

/// A signature by a trusted key that asks for these transforms is refused, and the transform is named.
fn refuse_transforms(row: &Row, transforms: &str, key: &Key) {
    let sha256 = openssl::hash::MessageDigest::sha256();
    let text = support::sign_as(
        "<r ID=\"_r\"><!--on response--></r>",
        support::ON_RESPONSE,
        "_r",
        key,
        sha256,
        |info| {
            let start = info.find("<Transforms>").unwrap();
            let end = info.find("</Transforms>").unwrap() + "</Transforms>".len();
            format!("{}{transforms}{}", &info[..start], &info[end..])
        },
    );
    let document = support::document(&text);
    match verify_enveloped(document.root(), &key.trusted()) {
        Err(SignatureError::TransformRefused { uri }) => {
            let named = if transforms.contains(XPATH) {
                XPATH
            } else {
                "xml-c14n"
            };
            assert!(uri.contains(named), "{}: {uri}", row.file);
        }
        other => panic!("{}: {other:?}", row.file),
    }
}

/// None of the published signatures is of the one shape that SAML allows; each is refused for the first reason
/// that keeps it out: content enveloped in an Object, or inclusive canonicalisation.
fn refuse_signature(row: &Row, text: &str, key: &Key) {
    let start = text.find("?>").map_or(0, |end| end + 2);
    let body = text[start..].trim_start();
    if row.file.contains("enveloping") {
        let document = support::document(&format!("<r ID=\"_r\">{}</r>", without_prolog(body)));
        let result = verify_enveloped(document.root(), &key.trusted());
        assert!(
            matches!(result, Err(SignatureError::Object)),
            "{}: {result:?}",
            row.file
        );
        return;
    }
    let body = without_prolog(body);
    let name_end = body.find([' ', '>']).unwrap();
    let identified = format!("{} ID=\"_r\"{}", &body[..name_end], &body[name_end..]);
    let document = support::document(&identified);
    let result = verify_enveloped(document.root(), &key.trusted());
    assert!(
        matches!(&result, Err(SignatureError::CanonicalizationRefused { uri }) if uri.contains("REC-xml-c14n")),
        "{}: {result:?}",
        row.file
    );
}

/// The document from its root element on.
fn without_prolog(text: &str) -> &str {
    let start = text
        .match_indices('<')
        .map(|(at, _)| at)
        .find(|at| text[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic()))
        .unwrap();
    &text[start..]
}
