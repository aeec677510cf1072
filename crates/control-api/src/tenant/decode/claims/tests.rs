//! What is wrong with claims is told at its place, with the nearest word.

use crate::tenant::TenantFile;

const BEFORE: &str = r#"
    [tenant]
    display_name = "Contoso"
    domains = ["contoso.onmicrosoft.com"]
    [[user]]
    user_principal_name = "B.Simon@contoso.onmicrosoft.com"
    [[group]]
    display_name = "Sales"
    [[app]]
    name = "App"
"#;

fn read(more: &str) -> Result<TenantFile, String> {
    TenantFile::from_toml("t.toml", &format!("{BEFORE}{more}")).map_err(|errors| errors.to_string())
}

/// `app` goes into the application.
fn check(app: &str, expected: &str) {
    let errors = read(app).expect_err(app);
    let first = errors.lines().next().unwrap_or_default();
    assert!(first.contains(expected), "{app}\n{errors}");
    // On its own line, with the caret.
    assert!(first.starts_with("t.toml:11:"), "{errors}");
    assert!(errors.contains('^'), "{errors}");
}

#[test]
fn every_key_survives_the_way_through_json() {
    let text = r#"
        tags = ["HideApp"]
        include_attribute_name_format = true
        optional_claims = [{ name = "acct" }, { name = "upn", additional_properties = ["include_externally_authenticated_upn"] }]
        group_claim = { groups = "assigned", source = "sam-account-name", cloud_display_names = true, name = "teams", namespace = "urn:x", filter = { attribute = "display-name", match = "prefix", value = "S" }, regex = { pattern = "^(?<a>.*)$", replacement = "{a}" } }
        name_id = { transform = { function = "Join", input = "user.mail", separator = "@", parameter = "contoso.com", then = { function = "ToLowercase" } }, conditions = [{ user_type = "all-guests", source = "user.employeeid" }] }
        [[app.claims]]
        name = "id"
        name_format = "uri"
        value = "x"
        conditions = [{ groups = ["sales"], source = "user.city" }, { user_type = "members", transform = { function = "Contains", input = "user.othermail", multivalued = true, value = "@", output = { value = "user.mail" }, output_if_no_match = "none" } }]
        [[app.claims]]
        name = "regex"
        transform = { function = "RegexReplace", input = "user.mail", pattern = "(?'d'.*)@.*", replacement = "{country}{d}", parameters = ["user.country"], output_if_no_match = "user.employeeid" }
        [[app.claims]]
        name = "part"
        transform = { function = "Substring", input = "user.mail", start = 1, then = { function = "Extract", after = "a", before = "b" } }
    "#;
    let file = read(text).unwrap();
    assert_eq!(TenantFile::from_json("copy", &file.to_json()).unwrap(), file);
    assert_eq!(file.apps[0].claims.len(), 3);
}

#[test]
fn every_mistake_of_a_claim_is_told() {
    let claim = |keys: &str| format!("    claims = [{{ name = \"c\", {keys} }}]");
    for (keys, expected) in [
        (
            "namespace = \"urn:x\"",
            "a claim has exactly one of `source`, `value` and `transform`",
        ),
        (
            "source = \"user.mail\", value = \"x\"",
            "there is exactly one of `source`, `value` and `transform`",
        ),
        ("source = \"user.emploeeid\"", "did you mean `user.employeeid`?"),
        ("source = \"user.extension_12_x\"", "is not a directory extension"),
        ("value = \"x\", name_format = \"url\"", "did you mean `uri`?"),
        (
            "conditions = [{ user_type = \"guests\", value = \"x\" }]",
            "unknown word `guests`: expected one of `any`, `members`, `all-guests`, `entra-guests`, `external-guests`",
        ),
        (
            "conditions = [{ groups = [\"Sails\"], value = \"x\" }]",
            "there is no group `Sails` in this tenant; did you mean `Sales`?",
        ),
        (
            "conditions = [{ user_type = \"any\" }]",
            "a condition has exactly one of",
        ),
        (
            "conditions = [{ user_typ = \"any\", value = \"x\" }]",
            "unknown key `user_typ`: did you mean `user_type`?",
        ),
    ] {
        check(&claim(keys), expected);
    }
}

#[test]
fn every_mistake_of_a_transformation_is_told() {
    let regex = |more: &str| format!("function = \"RegexReplace\", input = \"user.mail\", {more}");
    for (keys, expected) in [
        ("input = \"user.mail\"".to_owned(), "`function` is missing: expected one of `ExtractMailPrefix`, `Join`"),
        ("function = \"ToLower\", input = \"user.mail\"".to_owned(), "did you mean `ToLowercase`?"),
        ("function = \"ToLowercase\"".to_owned(), "`input` is missing"),
        ("function = \"ToLowercase\", input = \"user.mail\", seperator = \".\"".to_owned(), "unknown key `seperator`"),
        ("function = \"ToLowercase\", input = \"user.mail\", multivalued = true".to_owned(), "`multivalued`: `user.mail` has one value"),
        ("function = \"Join\", input = \"user.mail\"".to_owned(), "`parameter` is missing"),
        ("function = \"Join\", input = \"user.mail\", parameter = \"user.cty\"".to_owned(), "did you mean `user.city`?"),
        ("function = \"Contains\", input = \"user.mail\", output = \"x\"".to_owned(), "`value` is missing"),
        ("function = \"Extract\", input = \"user.mail\"".to_owned(), "`after` is missing"),
        ("function = \"ExtractAlpha\", input = \"user.mail\", part = \"prefx\"".to_owned(), "did you mean `prefix`?"),
        ("function = \"Substring\", input = \"user.mail\"".to_owned(), "`start` is missing"),
        ("function = \"Substring\", input = \"user.mail\", start = 1, length = 0".to_owned(), "`length`: expected at least 1"),
        ("function = \"ToLowercase\", input = \"user.mail\", then = { function = \"ToUppercase\", input = \"user.mail\" }".to_owned(), "the second transformation takes what the first gives"),
        ("function = \"ToLowercase\", input = \"user.mail\", then = { function = \"ToUppercase\", then = {} }".to_owned(), "at most two transformations are chained"),
        (regex("replacement = \"x\""), "`pattern` is missing"),
        (regex("pattern = \"a(\", replacement = \"x\""), "is not a regular expression: unclosed group"),
        (regex("pattern = \"(?=a)\", replacement = \"x\""), "it cannot look ahead"),
        (regex("pattern = \"a\", replacement = \"{\""), "each brace holds a name"),
        // The portal's validations (4.2).
        (regex("pattern = \"(?<domain>a)\", replacement = \"{domian}\""), "`{domian}` is neither a group of the pattern nor a parameter; did you mean `domain`?"),
        (regex("pattern = \"a\", replacement = \"x\", parameters = [\"user.city\"]"), "`user.city` is not used: the replacement has no `{city}`"),
        (regex("pattern = \"a\", replacement = \"{city}\", parameters = [\"user.city\", \"user.city\"]"), "`user.city` stands there twice"),
        (regex("pattern = \"a\", replacement = \"{mail}\", parameters = [\"user.mail\"]"), "or is the input"),
        (regex("pattern = \"a\", replacement = \"x\", parameters = [\"user.city\", \"user.state\", \"user.country\", \"user.surname\", \"user.givenname\", \"user.department\"]"), "at most 5 attributes"),
    ] {
        check(&format!("    claims = [{{ name = \"c\", transform = {{ {keys} }} }}]"), expected);
    }
}

#[test]
fn every_mistake_of_the_name_id_and_of_groups_is_told() {
    for (app, expected) in [
        (
            "name_id = { source = \"user.city\" }",
            "`user.city` is not a source attribute of the NameID",
        ),
        ("name_id = { value = \"x\" }", "unknown key `value`"),
        (
            "name_id = { transform = { function = \"Contains\", input = \"user.mail\", value = \"x\", output = \"y\" } }",
            "unknown word `Contains`: expected one of `ExtractMailPrefix`, `Join`, `ToLowercase`, `ToUppercase`",
        ),
        (
            "name_id = { conditions = [{ value = \"x\" }] }",
            "a condition of the NameID has exactly one of `source` and `transform`",
        ),
        (
            "group_claim = { source = \"id\" }",
            "`groups` is missing: expected one of `all`, `security`, `directory-roles`, `assigned`",
        ),
        ("group_claim = { groups = \"al\" }", "did you mean `all`?"),
        (
            "group_claim = { groups = \"all\", source = \"cloud-display-name\" }",
            "with `groups = \"assigned\"` alone",
        ),
        (
            "group_claim = { groups = \"all\", cloud_display_names = true }",
            "with `groups = \"assigned\"` alone",
        ),
        (
            "group_claim = { groups = \"all\", namespace = \"urn:x\" }",
            "a namespace needs a `name`",
        ),
        (
            "group_claim = { groups = \"all\", regex = { pattern = \"a\", replacement = \"b\" } }",
            "needs a `name` of its own",
        ),
        (
            "group_claim = { groups = \"all\", filter = { attribute = \"display-name\", match = \"begins\", value = \"x\" } }",
            "unknown word `begins`",
        ),
        (
            "optional_claims = [{ name = \"groups\" }]",
            "expected one of `acct`, `email`, `upn`",
        ),
        (
            "optional_claims = [{ name = \"acct\", additional_properties = [\"include_externally_authenticated_upn\"] }]",
            "belongs to `upn` alone",
        ),
        (
            "optional_claims = [{ name = \"upn\", additional_properties = [\"include_externaly_authenticated_upn\"] }]",
            "did you mean `include_externally_authenticated_upn`?",
        ),
    ] {
        check(&format!("    {app}"), expected);
    }
}

#[test]
fn conditions_name_fifty_groups_at_most() {
    let of = |count: usize| {
        let groups: String = (0..count)
            .map(|number| format!("[[group]]\ndisplay_name = \"G{number}\"\n"))
            .collect();
        let names: Vec<_> = (0..count).map(|number| format!("\"G{number}\"")).collect();
        let (first, second) = names.split_at(count / 2);
        let row = |names: &[String]| {
            format!(
                "conditions = [{{ value = \"x\", groups = [{}] }}]",
                names.join(", ")
            )
        };
        read(&format!(
            "claims = [{{ name = \"a\", {} }}, {{ name = \"b\", {} }}]\n{groups}",
            row(first),
            row(second)
        ))
    };
    assert!(of(50).is_ok());
    assert!(of(51).unwrap_err().contains("name at most 50 groups, not 51"));
}

#[test]
fn every_mistake_of_a_user_and_a_group_is_told() {
    for (user, expected) in [
        (
            "extension_attributes = { extensionattribute16 = \"x\" }",
            "expected extensionattribute1 to extensionattribute15",
        ),
        (
            "extension_attributes = { extensionattribute1 = 1 }",
            "expected a text, found a number",
        ),
        (
            "extensions = { extension_x = \"y\" }",
            "is not a directory extension",
        ),
        (
            "directory_roles = [\"Global Administrtor\"]",
            "did you mean `Global Administrator`?",
        ),
        ("postal_cod = \"1\"", "did you mean `postal_code`?"),
    ] {
        let errors = read(&format!(
            "[[user]]\nuser_principal_name = \"u@contoso.onmicrosoft.com\"\n{user}"
        ))
        .unwrap_err();
        assert!(errors.contains(expected), "{user}\n{errors}");
    }
    let errors = read("[[group]]\ndisplay_name = \"x\"\nkind = \"securty\"").unwrap_err();
    assert!(errors.contains("did you mean `security`?"), "{errors}");
}
