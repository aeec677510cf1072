//! What the parser refuses, and by which name: the documents that quick-xml alone lets pass (dependencies.md
//! 1.2) and the parser differentials of the attack catalogue.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use saml_accept::xml::{Limits, TextErrorKind, XmlErrorKind, parse};

/// The name of the kind of error, or `ok`.
fn verdict(input: &[u8]) -> String {
    match parse(input, &Limits::default()) {
        Ok(_) => "ok".to_owned(),
        Err(error) => {
            let name = format!("{:?}", error.kind);
            name.split([' ', '{']).next().unwrap_or_default().to_owned()
        }
    }
}

#[test]
fn each_malformed_document_has_its_name() {
    let table: &[(&str, &[&str])] = &[
        (
            "ContentOutsideRoot",
            &[
                "x<a/>",
                "<a/>x",
                "<a/>&#32;",
                "&amp;<a/>",
                "<![CDATA[]]><a/>",
                "<a/><![CDATA[x]]>",
                "\u{FEFF}\u{FEFF}<a/>",
            ],
        ),
        ("SecondRoot", &["<a/><b/>", "<a></a><a></a>"]),
        ("Empty", &["", " ", "<!--x-->", "<?p?>", "<?xml version='1.0'?>"]),
        ("Unclosed", &["<a>", "<a><b></b>"]),
        (
            "EndTag",
            &[
                "<a></b>",
                "<a><b></a></b>",
                "<a></A>",
                "<a></a b='1'>",
                "<p:a xmlns:p='urn:p' xmlns:q='urn:p'></q:a>",
            ],
        ),
        ("UnexpectedEndTag", &["</a>", "<a/></a>"]),
        (
            "DuplicateAttribute",
            &[
                "<a b='1' b='2'/>",
                "<a xmlns:p='urn:x' xmlns:q='urn:x' p:b='1' q:b='2'/>",
                "<a xmlns='urn:x' xmlns='urn:x'/>",
                "<a xmlns:p='urn:x' xmlns:p='urn:y'/>",
            ],
        ),
        (
            "NamespaceUnbound",
            &["<p:a/>", "<a p:b='1'/>", "<a><b xmlns:p='urn:p'/><p:c/></a>"],
        ),
        ("NamespaceEmpty", &["<a xmlns:p=''/>"]),
        (
            "NamespaceReserved",
            &[
                "<a xmlns:xmlns='urn:x'/>",
                "<a xmlns:xml='urn:x'/>",
                "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>",
                "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
            ],
        ),
        (
            "Name",
            &[
                "<a:b:c/>",
                "<:a/>",
                "<a:/>",
                "<1a/>",
                "<a 1='x'/>",
                "<x::Response/>",
                "<a ::ID='x'/>",
                "<a :='v'/>",
                "<a xmlns:='y'/>",
                "<-a/>",
                "<a\u{D7}/>",
            ],
        ),
        (
            "Tag",
            &[
                "<a b='1'c='2'/>",
                "<a b/>",
                "<a b=1/>",
                "<a b=/>",
                "< a/>",
                "<>",
                "<a b 'x'/>",
                "<a / b='1'/>",
                "<a/ >",
                "<a ='x'/>",
            ],
        ),
        ("LessThanInAttribute", &["<a b='<'/>", "<a b='x<y'/>"]),
        ("SectionEnd", &["<a>]]></a>", "<a>x]]>y</a>"]),
        (
            "Character",
            &[
                "<a>\0</a>",
                "<a>\u{8}</a>",
                "<a>&#0;</a>",
                "<a>&#xD800;</a>",
                "<a>\u{FFFE}</a>",
                "<a>&#xFFFF;</a>",
                "<a b='&#1;'/>",
                "<a b='\u{1F}'/>",
                "\0 <a/>",
            ],
        ),
        (
            "BareAmpersand",
            &[
                "<a>&</a>",
                "<a>& </a>",
                "<a>&amp</a>",
                "<a b='&'/>",
                "<a>&#;</a>",
                "<a>&#x;</a>",
                "<a>&#x41</a>",
                "<a>&a b;</a>",
            ],
        ),
        ("Entity", &["<a>&nbsp;</a>", "<a b='&x;'/>"]),
        ("Comment", &["<a><!-- -- --></a>", "<a><!-- ---></a>"]),
        (
            "Markup",
            &[
                "<a><!-- x </a>",
                "<a><![CDATA[x</a>",
                "<a",
                "<a b='x",
                "<a><!ELEMENT a ANY></a>",
                "<! <<!-- -->!-- x --> y><a/>",
                "<?p",
            ],
        ),
        (
            "ProcessingInstruction",
            &[
                "<?XML version='1.0'?><a/>",
                "<a><? p?></a>",
                "<a><?p:q?></a>",
                "<?1?><a/>",
            ],
        ),
        (
            "DeclarationMisplaced",
            &[
                " <?xml version='1.0'?><a/>",
                "<a><?xml version='1.0'?></a>",
                "<a/><?xml version='1.0'?>",
                "<?xml version='1.0'?><?xml version='1.0'?><a/>",
            ],
        ),
        (
            "Declaration",
            &[
                "<?xml?><a/>",
                "<?xml encoding='UTF-8'?><a/>",
                "<?xml version='1.0' standalone='maybe'?><a/>",
                "<?xml version='1.0' standalone='yes' encoding='UTF-8'?><a/>",
                "<?xml version='1.0'encoding='UTF-8'?><a/>",
                "<?xml version='1.0' x='y'?><a/>",
                "<?xml version='1.&#48;'?><a/>",
                "<?xml version='1.0' encoding='&#85;TF-8'?><a/>",
            ],
        ),
        (
            "Version",
            &["<?xml version='1.1'?><a/>", "<?xml version='2'?><a/>"],
        ),
        (
            "Encoding",
            &[
                "<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
                "<?xml version='1.0' encoding='UTF-7'?><a/>",
            ],
        ),
        (
            "DocumentType",
            &[
                "<!DOCTYPE a><a/>",
                "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>",
                "<!DOCTYPE r SYSTEM 'x\"><!--'><a/>",
                "<!DOCTYPE a [",
                "<a><!DOCTYPE a></a>",
                "<!DOCTYPE a [<!ATTLIST a xmlns CDATA #FIXED 'urn:x'>]><a/>",
            ],
        ),
        (
            "ok",
            &[
                "<a/>",
                "\u{FEFF}<?xml version='1.0' encoding='utf-8' standalone='no' ?>\n<!--c--><?p d?><a/>\n<!--c--><?p?>",
                "<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>",
                "<a b = \"'\" c='\"'  ></a >",
                "<a>]]&gt;</a>",
                "<a>-->&quot;</a>",
                "<\u{E9}/>",
                "<a b='>'/>",
            ],
        ),
    ];
    for (expected, inputs) in table {
        for input in *inputs {
            assert_eq!(&verdict(input.as_bytes()), expected, "{input:?}");
        }
    }
}

#[test]
fn bytes_that_are_no_utf_8_are_refused() {
    let utf16: Vec<u8> = "\u{FEFF}<a/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (expected, input) in [
        ("Encoding", utf16.as_slice()),
        ("Encoding", b"\xFE\xFF\0<\0a\0/\0>"),
        ("Encoding", b"<\0a\0/\0>\0"),
        (
            "Encoding",
            b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE9</a>",
        ),
        ("NotUtf8", b"<a>\xE9</a>"),
        // Overlong `/`, a surrogate, and beyond U+10FFFF.
        ("NotUtf8", b"<a>\xC0\xAF</a>"),
        ("NotUtf8", b"<a>\xED\xA0\x80</a>"),
        ("NotUtf8", b"<a>\xF4\x90\x80\x80</a>"),
    ] {
        assert_eq!(verdict(input), expected, "{input:?}");
    }
}

#[test]
fn an_error_names_its_place() {
    for (input, line, column) in [
        ("<a>\n  <b></c></a>", 2, 6),
        ("<a>\r\n\r\n  é&x;</a>", 3, 4),
        ("<a\n b='1'\n b='2'/>", 3, 2),
        ("<a>\n  <b x='é<'/></a>", 2, 10),
        ("<a>\n", 2, 1),
        ("<a/>\n\nx", 3, 1),
        ("\u{FEFF}<a>\u{1}", 1, 4),
    ] {
        let error = parse(input.as_bytes(), &Limits::default()).unwrap_err();
        assert_eq!((error.line, error.column), (line, column), "{input:?}: {error}");
        assert!(
            error
                .to_string()
                .starts_with(&format!("line {line}, column {column}: "))
        );
    }
}

#[test]
fn every_limit_holds_exactly() {
    let limits = Limits {
        bytes: 60,
        depth: 3,
        nodes: 5,
        attributes: 2,
    };
    let kind = |input: &str| {
        parse(input.as_bytes(), &limits)
            .map(|_| ())
            .map_err(|error| error.kind)
    };
    assert_eq!(kind(&format!("<a>{}</a>", "x".repeat(53))), Ok(()));
    assert_eq!(
        kind(&format!("<a>{}</a>", "x".repeat(54))),
        Err(XmlErrorKind::TooLarge { limit: 60 })
    );
    assert_eq!(kind("<a><b><c/></b></a>"), Ok(()));
    assert_eq!(
        kind("<a><b><c><d/></c></b></a>"),
        Err(XmlErrorKind::Depth { limit: 3 })
    );
    assert_eq!(kind("<a><b/><b/><b/><b/></a>"), Ok(()));
    assert_eq!(
        kind("<a><b/><b/><b/><b/>x</a>"),
        Err(XmlErrorKind::TooManyNodes { limit: 5 })
    );
    assert_eq!(kind("<a b='' xmlns:c='u'/>"), Ok(()));
    assert_eq!(
        kind("<a b='' xmlns:c='u' d=''/>"),
        Err(XmlErrorKind::TooManyAttributes { limit: 2 })
    );
}

#[test]
fn the_tree_says_what_the_document_says() {
    let text = "<a xmlns='urn:d' xmlns:p='urn:p' b='&lt;\t\n&#9;' p:b='2'>x&amp;<![CDATA[<y>]]>&#x7A;<p:c/><d xmlns=''/></a>";
    let document = parse(text.as_bytes(), &Limits::default()).unwrap();
    let root = document.root();
    assert!(root.is("urn:d", "a") && !root.is("urn:p", "a"));
    // A prefixed attribute does not answer for its local name; literal white space becomes spaces.
    assert_eq!(root.attribute("b"), Some("<  \t"));
    assert_eq!(root.attributes().count(), 2);
    let children: Vec<_> = root
        .children()
        .map(|child| (child.namespace(), child.name()))
        .collect();
    assert_eq!(children, [(Some("urn:p"), "c"), (None, "d")]);
    assert_eq!(
        root.child("urn:p", "c").and_then(|child| child.parent()),
        Some(root)
    );
    assert_eq!(root.text().unwrap_err().kind, TextErrorKind::ChildElement);
}

#[test]
fn text_is_whole_or_refused() {
    let text = |input: &str| {
        let document = parse(input.as_bytes(), &Limits::default()).unwrap();
        document.root().text().map_err(|error| error.kind)
    };
    assert_eq!(
        text("<a>admin&#x40;<![CDATA[corp]]>.com\r\n</a>"),
        Ok("admin@corp.com\n".to_owned())
    );
    assert_eq!(text("<a/>"), Ok(String::new()));
    assert_eq!(text("<a>admin<!---->.evil</a>"), Err(TextErrorKind::Comment));
    assert_eq!(text("<a><!--x-->admin</a>"), Err(TextErrorKind::Comment));
    assert_eq!(
        text("<a><?p not-an-?>admin</a>"),
        Err(TextErrorKind::ProcessingInstruction)
    );
    assert_eq!(text("<a>x<b/></a>"), Err(TextErrorKind::ChildElement));
}

proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(input in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&input, &Limits::default());
    }

    #[test]
    fn no_markup_makes_the_parser_panic(parts in proptest::collection::vec(
        prop::sample::select(vec!["<", ">", "a", "b", " ", "/", "=", "'", "\"", "&", ";", "#", "x", "!", "--", "[CDATA[", "]]>",
            "?", "?>", "xml", "xmlns", ":", "p", "<a>", "</a>", "<a/>", "\r\n", "é", "<!DOCTYPE", "version='1.0'"]), 0..30)) {
        let _ = parse(parts.concat().as_bytes(), &Limits::default());
    }
}

/// What a message says cannot fill a log or steer the terminal that shows the error.
#[test]
fn errors_quote_a_message_short_and_escaped() {
    use saml_accept::{metadata, request, response::UnverifiedResponse};

    const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
    let limits = Limits::default();
    let name = "n".repeat(10_000);
    let value = format!("&#10;&#x9B;2J\u{202E}{name}");
    let long = |element: &str| format!("<{element} xmlns='{PROTOCOL}' ID='a' Version='{value}'/>");
    let response = |xml: &str| {
        UnverifiedResponse::parse(xml.as_bytes(), &limits)
            .unwrap_err()
            .to_string()
    };
    let request = |xml: &str| {
        request::authn_request(xml.as_bytes(), &limits)
            .unwrap_err()
            .to_string()
    };
    for (error, expected) in [
        (
            response(&long("Response")),
            "Response has version `\\n\\u{9b}2J\\u{202e}nnn",
        ),
        (
            response(&format!("<a><{name}></a>")),
            "the end tag a closes the element nnn",
        ),
        (response(&format!("<a>&{name};</a>")), "the entity nnn"),
        (response(&format!("<{name}/>")), "the root element is nnn"),
        (
            request(&long("AuthnRequest")),
            "version `\\n\\u{9b}2J\\u{202e}nnn",
        ),
        (
            request(&format!("<a xmlns='{value}'/>")),
            "the root element is a in \\n\\u{9b}2J",
        ),
        (
            metadata::idp(format!("<{name}/>").as_bytes(), &limits)
                .unwrap_err()
                .to_string(),
            "the root element is nnn",
        ),
    ] {
        assert!(error.contains(expected) && error.contains("nnn…"), "{error}");
        assert!(error.chars().count() < 400, "{error}");
        assert!(
            !error.contains(|character: char| character.is_control() || character == '\u{202E}'),
            "{error:?}"
        );
    }
}
