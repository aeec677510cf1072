//! Exclusive canonicalisation: cases read off the specification by hand, and random documents that libxml2
//! judges through `xmllint --exc-c14n`.

#![allow(clippy::unwrap_used)]

mod generator;
mod support;

use proptest::prelude::*;
use saml_accept::c14n::{C14nError, Exclusive, canonicalize};
use saml_accept::xml::Element;

use support::document;

const PLAIN: Exclusive<'_> = Exclusive {
    with_comments: false,
    inclusive_prefixes: &[],
};
const COMMENTS: Exclusive<'_> = Exclusive {
    with_comments: true,
    inclusive_prefixes: &[],
};

/// The element named `t`, which the cases canonicalise.
fn target(root: Element<'_>) -> Element<'_> {
    root.document_elements()
        .find(|element| element.name() == "t")
        .unwrap()
}

/// Elements in document order below and including one.
trait Below<'d> {
    fn document_elements(self) -> Box<dyn Iterator<Item = Element<'d>> + 'd>;
}

impl<'d> Below<'d> for Element<'d> {
    fn document_elements(self) -> Box<dyn Iterator<Item = Element<'d>> + 'd> {
        Box::new(std::iter::once(self).chain(self.children().flat_map(Below::document_elements)))
    }
}

fn check(mode: &Exclusive<'_>, input: &str, expected: &str) {
    let document = document(input);
    assert_eq!(
        canonicalize(target(document.root()), mode, None).unwrap(),
        expected,
        "{input}"
    );
}

#[test]
fn namespaces_follow_their_use() {
    for (input, expected) in [
        // Inherited where used, left out where not, repeated in siblings, not in descendants.
        (
            "<r xmlns:p='urn:p' xmlns:q='urn:q'><p:t/></r>",
            r#"<p:t xmlns:p="urn:p"></p:t>"#,
        ),
        (
            "<t xmlns:p='urn:p'><p:a><p:b/></p:a><p:c/></t>",
            r#"<t><p:a xmlns:p="urn:p"><p:b></p:b></p:a><p:c xmlns:p="urn:p"></p:c></t>"#,
        ),
        ("<r xmlns='urn:d'><t/></r>", r#"<t xmlns="urn:d"></t>"#),
        // Used by an attribute.
        (
            "<r xmlns:p='urn:p'><t p:a='1'/></r>",
            r#"<t xmlns:p="urn:p" p:a="1"></t>"#,
        ),
        // Not used by a value that looks like a name.
        (
            "<r xmlns:xs='urn:xs'><t a='xs:string'/></r>",
            r#"<t a="xs:string"></t>"#,
        ),
        // Shadowed, and back again.
        (
            "<p:t xmlns:p='urn:1'><p:a xmlns:p='urn:2'><p:b xmlns:p='urn:1'/></p:a><p:c/></p:t>",
            r#"<p:t xmlns:p="urn:1"><p:a xmlns:p="urn:2"><p:b xmlns:p="urn:1"></p:b></p:a><p:c></p:c></p:t>"#,
        ),
        // Declared again without need.
        (
            "<p:t xmlns:p='urn:1'><p:a xmlns:p='urn:1'/></p:t>",
            r#"<p:t xmlns:p="urn:1"><p:a></p:a></p:t>"#,
        ),
        // Undeclared: only where the output has a default namespace to undeclare.
        ("<r xmlns='urn:d'><t xmlns=''/></r>", "<t></t>"),
        (
            "<t xmlns='urn:d'><a xmlns=''/></t>",
            r#"<t xmlns="urn:d"><a xmlns=""></a></t>"#,
        ),
        (
            "<t xmlns='urn:d'><p:a xmlns:p='urn:p' xmlns=''><b/></p:a></t>",
            r#"<t xmlns="urn:d"><p:a xmlns:p="urn:p"><b xmlns=""></b></p:a></t>"#,
        ),
        (
            "<r xmlns='urn:d'><p:t xmlns:p='urn:p'><b xmlns=''/></p:t></r>",
            r#"<p:t xmlns:p="urn:p"><b></b></p:t>"#,
        ),
        // The prefix xml needs no declaration.
        (
            "<t xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:lang='en'/>",
            r#"<t xml:lang="en"></t>"#,
        ),
        // Attributes of ancestors in the xml namespace are not inherited, unlike in inclusive canonicalisation.
        ("<r xml:lang='en'><t/></r>", "<t></t>"),
        // Default first, then by prefix; attributes by namespace name, not by prefix.
        (
            "<t xmlns:b='urn:1' xmlns:a='urn:2' xmlns='urn:d' a:x='1' b:y='2' z='3' c='4' b:a='5'/>",
            r#"<t xmlns="urn:d" xmlns:a="urn:2" xmlns:b="urn:1" c="4" z="3" b:a="5" b:y="2" a:x="1"></t>"#,
        ),
    ] {
        check(&PLAIN, input, expected);
    }
}

#[test]
fn prefix_lists_are_inclusive() {
    for (list, input, expected) in [
        (
            &["p"][..],
            "<r xmlns:p='urn:p' xmlns:q='urn:q'><t/></r>",
            r#"<t xmlns:p="urn:p"></t>"#,
        ),
        (
            &["p", "absent"],
            "<t><a xmlns:p='urn:p'><b/></a><c/></t>",
            r#"<t><a xmlns:p="urn:p"><b></b></a><c></c></t>"#,
        ),
        (
            &["#default"],
            "<r xmlns='urn:d'><p:t xmlns:p='urn:p'/></r>",
            r#"<p:t xmlns="urn:d" xmlns:p="urn:p"></p:t>"#,
        ),
        (
            &["#default"],
            "<t xmlns='urn:d'><p:a xmlns:p='urn:p' xmlns=''/></t>",
            r#"<t xmlns="urn:d"><p:a xmlns="" xmlns:p="urn:p"></p:a></t>"#,
        ),
        (&["#default"], "<r xmlns='urn:d'><t xmlns=''/></r>", "<t></t>"),
        (
            &["p"],
            "<r xmlns:p='urn:1'><t><p:a xmlns:p='urn:2'/></t></r>",
            r#"<t xmlns:p="urn:1"><p:a xmlns:p="urn:2"></p:a></t>"#,
        ),
        (&["xml"], "<t xml:a='1'/>", r#"<t xml:a="1"></t>"#),
    ] {
        check(
            &Exclusive {
                with_comments: false,
                inclusive_prefixes: list,
            },
            input,
            expected,
        );
    }
}

#[test]
fn characters_are_normalised_and_escaped() {
    for (input, expected) in [
        // Literal white space in attributes becomes spaces, references stay what they are.
        ("<t a='x\ty\nz\r\nw\rv'/>", r#"<t a="x y z w v"></t>"#),
        ("<t a='&#9;&#10;&#13;&#x20;'/>", r#"<t a="&#x9;&#xA;&#xD; "></t>"#),
        (
            "<t a='&lt;&gt;&amp;&quot;&apos;'/>",
            r#"<t a="&lt;>&amp;&quot;'"></t>"#,
        ),
        (
            "<t>&lt;&gt;&amp;\"'&#13;&#9;\t</t>",
            "<t>&lt;&gt;&amp;\"'&#xD;\t\t</t>",
        ),
        // Line ends become line feeds everywhere.
        (
            "<t>a\r\nb\rc<![CDATA[\r\n<&>\r]]></t>",
            "<t>a\nb\nc\n&lt;&amp;&gt;\n</t>",
        ),
        (
            "<t><?p a\r\nb?><?q?><?r   x ?></t>",
            "<t><?p a\nb?><?q?><?r x ?></t>",
        ),
        ("<t ><a  /></t >", "<t><a></a></t>"),
        ("<t>\u{E9}&#xE9;&#x1F600;</t>", "<t>\u{E9}\u{E9}\u{1F600}</t>"),
    ] {
        check(&PLAIN, input, expected);
    }
}

#[test]
fn comments_are_kept_or_dropped() {
    let input = "<t>a<!--x\r\ny-->b</t>";
    check(&PLAIN, input, "<t>ab</t>");
    check(&COMMENTS, input, "<t>a<!--x\ny-->b</t>");
}

#[test]
fn what_stands_around_the_root_is_no_part_of_it() {
    let document = document("<?xml version='1.0'?>\n<!--1-->\n<?p 1?>\n\n<r><?p 2?></r> <?p 3?><!--2-->\n");
    for mode in [PLAIN, COMMENTS] {
        assert_eq!(
            canonicalize(document.root(), &mode, None).unwrap(),
            "<r><?p 2?></r>"
        );
    }
}

#[test]
fn only_the_excluded_element_itself_is_left_out() {
    let document = document("<r><s/><t><s/>x<s/></t></r>");
    let inside = target(document.root());
    let second = inside.children().nth(1).unwrap();
    assert_eq!(
        canonicalize(inside, &PLAIN, Some(second)).unwrap(),
        "<t><s></s>x</t>"
    );
    assert_eq!(
        canonicalize(inside, &PLAIN, Some(inside)),
        Err(C14nError::NothingLeft)
    );
    assert_eq!(
        canonicalize(inside, &PLAIN, Some(document.root())),
        Err(C14nError::NothingLeft)
    );
}

#[test]
fn a_relative_namespace_has_no_canonical_form() {
    for input in [
        "<t xmlns='ns'/>",
        "<t xmlns:p='ns'/>",
        "<t><a xmlns:x='http://e\u{80}'/></t>",
        "<r xmlns='../x'><t/></r>",
        "<t xmlns:p='//h/p'/>",
    ] {
        let document = document(input);
        let result = canonicalize(target(document.root()), &PLAIN, None);
        assert!(
            matches!(result, Err(C14nError::RelativeNamespace { .. })),
            "{input}: {result:?}"
        );
    }
    // What the subtree neither declares nor uses does not matter.
    check(&PLAIN, "<r xmlns:p='ns'><t/></r>", "<t></t>");
}

#[test]
fn a_form_that_outgrows_its_limit_is_refused() {
    let long = "x".repeat(20_000);
    let input = format!("<t xmlns:p='urn:{long}'>{}</t>", "<p:a/>".repeat(1000));
    let document = document(&input);
    assert!(matches!(
        canonicalize(document.root(), &PLAIN, None),
        Err(C14nError::TooLarge { .. })
    ));
}

#[test]
fn libxml2_agrees_on_random_documents() {
    if !support::has_tool("xmllint") {
        return;
    }
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 400,
        ..ProptestConfig::default()
    });
    let outcome = runner.run(&generator::element(), |text| {
        let ours = canonicalize(document(&text).root(), &COMMENTS, None).unwrap();
        // The standard input of xmllint is `-`.
        let theirs = support::run("xmllint", &["--exc-c14n", "-"], text.as_bytes()).unwrap();
        prop_assert_eq!(ours, String::from_utf8(theirs).unwrap());
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

proptest! {
    #[test]
    fn a_canonical_form_is_its_own_canonical_form(text in generator::document()) {
        let first = canonicalize(document(&text).root(), &COMMENTS, None).unwrap();
        let second = canonicalize(document(&first).root(), &COMMENTS, None).unwrap();
        prop_assert_eq!(first, second);
    }

    #[test]
    fn a_document_that_was_changed_anywhere_never_panics(
        text in generator::document(), at in any::<prop::sample::Index>(), byte in any::<u8>()
    ) {
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(document) = saml_accept::xml::parse(&bytes, &saml_accept::xml::Limits::default()) {
            let _ = canonicalize(document.root(), &PLAIN, None);
        }
    }
}
