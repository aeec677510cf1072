//! Catalogue group nid: what stands in the NameID and in attributes that say who somebody is.

use super::{catalogue::check, *};

#[tokio::test]
async fn nid() {
    check(&[
        ("nid-missing", |r| subject(r).name_id = None, "malformed"),
        ("nid-empty", |r| name_id(r).value.clear(), "malformed"),
        ("nid-empty", |r| name_id(r).value = " \t".to_owned(), "malformed"),
        (
            "nid-transient-as-key",
            |r| name_id(r).format = Some(names::NAME_ID_TRANSIENT.to_owned()),
            "account-unknown",
        ),
        (
            "nid-spnamequalifier-other",
            |r| name_id(r).sp_name_qualifier = Some("https://other.example".to_owned()),
            "audience-mismatch",
        ),
        // The account is B.Simon's, tied to the key in lower case: another spelling is another identity.
        (
            "nid-case-variant",
            |r| name_id(r).value = MAIL.to_uppercase(),
            "link-broken",
        ),
        (
            "nid-long-10k",
            |r| name_id(r).value = format!("{}@contoso.com", "x".repeat(10_000)),
            "malformed",
        ),
        (
            "nid-null-like",
            |r| name_id(r).value = format!("{MAIL}\u{7f}"),
            "malformed",
        ),
        (
            "nid-attr-multivalue",
            |r| set_attribute(r, names::CLAIM_EMAIL_ADDRESS, &[MAIL, "root@contoso.com"]),
            "malformed",
        ),
        (
            "nid-empty-email-attr",
            |r| set_attribute(r, names::CLAIM_EMAIL_ADDRESS, &[""]),
            "signed-in",
        ),
        (
            "nid-missing-email-attr",
            |r| assertion(r).attributes.clear(),
            "signed-in",
        ),
        (
            "nid-attr-duplicate-name",
            |r| {
                let twice = assertion(r).attributes[0].clone();
                assertion(r).attributes.push(twice);
            },
            "malformed",
        ),
        ("nid-null-like", |r| name_id(r).value.push_str("%00"), "malformed"),
        ("nid-null-like", |r| name_id(r).value.push_str("\\0"), "malformed"),
    ])
    .await;
    // Somebody else altogether: no account, and none of the other's.
    for (id, value) in [
        ("nid-unicode-nfc-nfd", "b.simo\u{301}n@contoso.com"),
        ("nid-homoglyph", "b.s\u{456}mon@contoso.com"),
        ("nid-homoglyph", "b.simon\u{ff20}contoso.com"),
        ("nid-homoglyph", "b.s\u{131}mon@contoso.com"),
        ("nid-zero-width", "b.simon\u{200b}@contoso.com"),
        ("nid-zero-width", "b.si\u{ad}mon@contoso.com"),
        ("nid-injection", "' OR 1=1 --"),
        ("nid-injection", "*)(uid=*"),
        ("nid-injection", "{{7*7}}"),
        ("prov-email-plus-dot", "b.simon+x@contoso.com"),
        ("prov-service-account-name", "admin"),
    ] {
        let world = World::new().await;
        let mut response = good(&world, "upsales", None);
        assertion(&mut response).attributes.clear();
        name_id(&mut response).value = value.to_owned();
        assert_eq!(
            Browser::default()
                .outcome(&world, "upsales", &sign(&response))
                .await,
            "account-unknown",
            "{id}"
        );
    }
}

/// Names that look like markup or worse are shown as they are; catalogue nid-long-256, nid-injection, nid-xml-injection-idp.
#[tokio::test]
async fn strange_names_are_kept_literally() {
    let world = World::new().await;
    let long = "\u{1f600}".repeat(256);
    for value in [
        "<script>alert(1)</script>",
        "' OR 1=1 --",
        "</NameID><NameID>root",
        "{{ 7 * 7 }}",
        long.as_str(),
    ] {
        let mut response = good(&world, "upwork", None);
        name_id(&mut response).value = value.to_owned();
        set_attribute(&mut response, names::CLAIM_NAME, &[value]);
        set_attribute(&mut response, "Email", &[value]);
        let mut browser = Browser::default();
        assert_eq!(
            browser.outcome(&world, "upwork", &sign(&response)).await,
            "signed-in",
            "{value}"
        );
        let who = browser.who_am_i(&world, "upwork").await.unwrap();
        assert_eq!(
            (who.name_id.as_str(), who.account.user_name.as_str()),
            (value, value)
        );
        let landing = browser.get(&world, "/i/upwork").await;
        assert!(
            !landing.text.contains("<script") && landing.page().contains(value),
            "{}",
            landing.text
        );
        let accounts = browser.get(&world, "/i/upwork/accounts").await;
        assert!(!accounts.text.contains("<script") && accounts.page().contains(value));
    }
}
