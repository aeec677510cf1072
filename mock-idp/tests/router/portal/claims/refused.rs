//! What does not fit is told in the words of the page, and what was typed stays.

use serde_json::json;

use super::{Admin, attributes, entry, sent};

/// The tenant file's own validation, with labels instead of keys.
#[tokio::test]
async fn what_is_wrong_with_a_claim_is_told() {
    let mut admin = attributes("Upsales").await;
    admin.click("Add new claim").await;
    admin.press("Save", &[]).await;
    assert_eq!(
        admin.problem(),
        "Name is blank. Source attribute is blank: choose an attribute or type a constant."
    );
    let regex = [
        ("Name", "alias"),
        ("Transformation", "yes"),
        ("Function", "RegexReplace()"),
        ("Regex pattern", "("),
        ("Replacement pattern", "{domain}"),
        ("Function of the second transformation", "Substring()"),
        ("Start index, from 0 of the second transformation", "x"),
    ];
    admin.press("Save", &regex).await;
    let problem = admin.problem();
    for told in [
        "Parameter 1 (Input) is missing: expected a source attribute",
        "Regex pattern: `(` is not a regular expression",
        "Second transformation: Start index, from 0: expected a whole number",
    ] {
        assert!(problem.contains(told), "{problem}");
    }
    assert!(!problem.contains("app["), "{problem}");
    for (label, typed) in regex {
        assert_eq!(admin.value(label), typed, "{label}");
    }
    assert_eq!(entry(&admin, "Upsales").await.get("claims"), None);
    let repaired = [
        ("Parameter 1 (Input)", "user.mail"),
        ("Regex pattern", "(?'domain'^.*?)@.*$"),
        ("Start index, from 0 of the second transformation", "2"),
    ];
    admin.press("Save", &repaired).await;
    assert_eq!(admin.notice(), "The claim was added.");
    assert_eq!(sent(&admin, "Upsales").await["alias"], ["simon"]);
}

/// What was mistyped gets the nearest name, not all of them; in quotes it is a constant.
#[tokio::test]
async fn a_mistyped_attribute_is_no_constant() {
    let mut admin = attributes("Upsales").await;
    admin.click("Add new claim").await;
    admin
        .press("Save", &[("Name", "m"), ("Source attribute", "user.mial")])
        .await;
    assert_eq!(
        admin.problem(),
        "Source attribute: `user.mial` is not a source attribute; did you mean `user.mail`?"
    );
    assert_eq!(admin.value("Source attribute"), "user.mial");
    let extension = [
        ("Directory schema extension", "yes"),
        ("Source attribute", "user.mail"),
    ];
    admin.press("Save", &extension).await;
    assert_eq!(admin.problem(), "Extension attribute is blank: type its name.");
    admin.click("Attributes & Claims").await;
    admin.click("Unique User Identifier (Name ID)").await;
    for (typed, told) in [
        (
            "constant",
            "Source attribute: `constant` is not a source attribute.",
        ),
        ("user.city", "is not a source attribute of the NameID"),
        ("", "Source attribute is blank: choose an attribute."),
    ] {
        admin.press("Save", &[("Source attribute", typed)]).await;
        assert!(admin.problem().contains(told), "{}", admin.problem());
        assert_eq!(admin.value("Source attribute"), typed);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_condition_is_told_with_its_place() {
    let mut admin = attributes("Upwork Enterprise").await;
    admin.click("Country").await;
    admin.press("Add condition", &[]).await;
    let transformation = [("Transformation of condition 1", "yes")];
    admin.press("Add condition", &transformation).await;
    admin.press("Save", &[]).await;
    assert_eq!(
        admin.problem(),
        "Condition 2: Value is blank. Choose an attribute or type a constant, or delete the condition."
    );
    admin.press("Save", &[("Value of condition 2", "x")]).await;
    assert!(
        admin
            .problem()
            .starts_with("Condition 1: Parameter 1 (Input) is missing"),
        "{}",
        admin.problem()
    );
    assert_eq!(admin.value("Value of condition 2"), "x");
    // A group that another administrator deleted.
    let url = admin.url.clone();
    let row = [
        ("action", "save"),
        ("name", "Country"),
        ("attribute", "user.country"),
        ("condition", "0"),
        ("c0-user_type", "any"),
        ("c0-group", "Upwork user"),
        ("c0-attribute", "x"),
    ];
    admin.page = admin.agent.post(&url, &row).await;
    assert!(
        admin.problem().starts_with("Condition 1: Scoped groups: "),
        "{}",
        admin.problem()
    );
    assert_eq!(
        admin.value("Another group, by its display name in condition 1"),
        "Upwork user"
    );
}

/// A name and namespace are a claim's alone; a form that is posted again finds its claim there.
#[tokio::test]
async fn a_name_is_taken_once() {
    let mut admin = attributes("Upwork Enterprise").await;
    let group = json!({"groups": "all", "name": "team", "namespace": "https://sp.test"});
    admin
        .mock
        .patch_app("Upwork Enterprise", json!({"group_claim": group}))
        .await;
    for (name, namespace) in [
        ("Country", ""),
        ("name", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"),
        ("name", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"),
        ("team", "https://sp.test"),
    ] {
        for opened in ["new", "edit?claim=FirstName"] {
            let app = admin.mock.app("Upwork Enterprise").app_id;
            admin.open(&format!("/apps/{app}/sso/claims/{opened}")).await;
            let filled = [
                ("Name", name),
                ("Namespace", namespace),
                ("Source attribute", "user.mail"),
            ];
            admin.press("Save", &filled).await;
            assert!(
                admin
                    .problem()
                    .starts_with("There is a claim with the name and namespace"),
                "{}",
                admin.problem()
            );
            assert_eq!(admin.value("Source attribute"), "user.mail");
        }
    }
    // In another namespace it is another claim.
    let filled = [("Name", "Country"), ("Namespace", "https://sp.test")];
    admin.press("Save", &filled).await;
    assert_eq!(admin.notice(), "Saved.");
    let sent = sent(&admin, "Upwork Enterprise").await;
    assert_eq!(sent["https://sp.test/Country"], ["b.simon@contoso.com"]);
    assert_eq!(sent["Country"], ["Germany"]);
}

/// Two tabs: what one deleted or renamed the other cannot save or delete.
#[tokio::test]
async fn a_claim_that_is_gone_is_not_there() {
    let mut admin = attributes("Upwork Enterprise").await;
    let list = admin.url.clone();
    admin.click("Email").await;
    let (url, page) = (admin.url.clone(), admin.page.body.clone());
    admin.press("Save", &[("Name", "Mail")]).await;
    (admin.url, admin.page.body) = (url.clone(), page);
    admin.press("Save", &[("Name", "Post")]).await;
    assert!(
        admin.problem().starts_with("This claim is not there any more"),
        "{}",
        admin.problem()
    );
    assert_eq!(admin.value("Name"), "Post");
    let gone = admin.agent.get(&url).await;
    assert_eq!(gone.status, 404);
    assert_eq!(gone.heading(), "There is no such claim");
    for (field, told) in [
        ("delete", "The claim \u{201c}Email\u{201d} is not there any more."),
        ("delete_group", "The group claim is not there any more."),
    ] {
        admin.page = admin.agent.post(&list, &[(field, "Email")]).await;
        assert_eq!(admin.problem(), told);
        admin.link("Add new claim");
    }
    let names: Vec<_> = entry(&admin, "Upwork Enterprise").await["claims"]
        .as_array()
        .unwrap()
        .iter()
        .map(|claim| claim["name"].clone())
        .collect();
    assert_eq!(names, ["FirstName", "LastName", "Country", "Mail"]);
}

/// 4.5: a claims mapping policy overrides and locks the blade.
#[tokio::test]
async fn a_claims_mapping_policy_locks_the_pages() {
    let mut admin = attributes("Upsales").await;
    let policy = json!({"ClaimsMappingPolicy": {"Version": 1, "IncludeBasicClaimSet": false, "ClaimsSchema": [{"Source": "user", "ID": "mail", "SamlClaimType": "m"}]}});
    let patch = json!({"claims_mapping_policy": policy.to_string()});
    admin.mock.patch_app("Upsales", patch).await;
    let list = admin.url.clone();
    let before = entry(&admin, "Upsales").await;
    for page in ["", "/new", "/edit?claim=m", "/name-id", "/group"] {
        let url = format!("{list}{page}");
        let shown = admin.agent.get(&url).await;
        let locked = if page.is_empty() {
            shown
        } else {
            assert_eq!(shown.status, 303, "{page}");
            admin.agent.get(shown.header(axum::http::header::LOCATION)).await
        };
        assert!(
            locked
                .select("#policy")
                .concat()
                .starts_with("A claims mapping policy is assigned"),
            "{page}"
        );
        assert!(!locked.body.contains("Add new claim"));
        let posted = [
            ("action", "save"),
            ("name", "x"),
            ("attribute", "user.mail"),
            ("format", "default"),
            ("groups", "all"),
            ("source", "id"),
        ];
        admin.page = admin.agent.post(&url, &posted).await;
        assert!(
            admin.problem().starts_with("A claims mapping policy is assigned"),
            "{page}"
        );
        if ["/new", "/edit?claim=m", "/name-id"].contains(&page) {
            let row = admin.agent.post(&url, &[("action", "add-condition")]).await;
            assert_eq!(row.status, 303, "{page}");
        }
    }
    assert_eq!(entry(&admin, "Upsales").await, before);
}

/// More conditions than a page shows are not lost by it.
#[tokio::test]
async fn a_claim_with_too_many_conditions_is_the_files() {
    let mut admin = attributes("Upsales").await;
    let condition = json!({"user_type": "any", "value": "x"});
    let claim = json!({"name": "c", "conditions": vec![condition; 51]});
    admin.mock.patch_app("Upsales", json!({"claims": [claim]})).await;
    admin.click("Single sign-on").await;
    admin.click("Edit Attributes & Claims").await;
    let page = admin.agent.get(&admin.link("c")).await;
    assert_eq!(page.status, 422);
    assert_eq!(page.heading(), "This claim has too many conditions for a page");
}

/// Restricted names are ignored at run time (4.5), and the pages say so.
#[tokio::test]
async fn a_restricted_name_is_told() {
    let mut admin: Admin = attributes("Upsales").await;
    admin.click("Add new claim").await;
    let filled = [
        ("Name", "upn"),
        (
            "Namespace",
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims",
        ),
        ("Source attribute", "user.mail"),
    ];
    admin.press("Save", &filled).await;
    let row = admin.table().pop().unwrap();
    assert!(row[2].contains("ignored"), "{row:?}");
    assert!(!sent(&admin, "Upsales").await.contains_key(&row[0]));
    admin.click(&row[0]).await;
    assert!(admin.page.select(".notice").concat().contains("restricted"));
}

/// A browser's text field drops a line break, so the page warns of it.
#[tokio::test]
async fn a_line_break_is_warned_of() {
    let mut admin = attributes("Upsales").await;
    for (value, warned) in [("a\nb", true), ("a b", false)] {
        let claim = json!({"name": "c", "value": value});
        admin.mock.patch_app("Upsales", json!({"claims": [claim]})).await;
        let app = admin.mock.app("Upsales").app_id;
        admin.open(&format!("/apps/{app}/sso/claims/edit?claim=c")).await;
        assert_eq!(
            admin.page.select(".notice").concat().contains("line break"),
            warned
        );
    }
}

/// Attributes are known in any case, and so is what was meant to be one.
#[tokio::test]
async fn an_attribute_mistyped_in_capitals_is_no_constant() {
    let mut admin = attributes("Upsales").await;
    admin.click("Add new claim").await;
    admin
        .press("Save", &[("Name", "m"), ("Source attribute", "User.Mial")])
        .await;
    assert_eq!(
        admin.problem(),
        "Source attribute: `User.Mial` is not a source attribute; did you mean `user.mail`?"
    );
    let join = [
        ("Transformation", "yes"),
        ("Function", "Join()"),
        ("Parameter 1 (Input)", "user.givenname"),
        ("Separator", "."),
        ("Parameter 2 (Input): attribute or constant", "USER.Surnam"),
    ];
    admin.press("Save", &join).await;
    assert!(
        admin.problem().ends_with("did you mean `user.surname`?"),
        "{}",
        admin.problem()
    );
}

/// What XML has no way to write would stop every sign-on of the application.
#[tokio::test]
async fn what_an_assertion_cannot_carry_is_refused() {
    let mut admin = attributes("Upsales").await;
    let list = admin.url.clone();
    for (page, fields, told) in [
        ("new", vec![("name", "a"), ("attribute", "x\u{7}y")], "U+0007"),
        ("new", vec![("name", "a\0"), ("attribute", "x")], "U+0000"),
        (
            "group",
            vec![
                ("groups", "all"),
                ("source", "id"),
                ("customize", "yes"),
                ("name", "a\u{b}"),
            ],
            "U+000B",
        ),
    ] {
        admin.page = admin.agent.post(&format!("{list}/{page}"), &fields).await;
        assert_eq!(
            admin.problem(),
            format!("A value has the character {told}, which an assertion cannot carry.")
        );
    }
}

/// Rows that a page does not show are not saved in silence without the others.
#[tokio::test]
async fn more_conditions_than_a_page_takes_are_refused() {
    let mut admin = attributes("Upsales").await;
    let fields: Vec<_> = (0..51)
        .flat_map(|row| {
            [
                ("condition".to_owned(), row.to_string()),
                (format!("c{row}-user_type"), "any".to_owned()),
                (format!("c{row}-attribute"), "x".to_owned()),
            ]
        })
        .collect();
    let mut fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    fields.extend([("name", "many"), ("attribute", "x")]);
    let new = format!("{}/new", admin.url);
    admin.page = admin.agent.post(&new, &fields).await;
    assert_eq!(
        admin.problem(),
        "There are 51 conditions, and this page takes 50: the tenant file takes them all."
    );
    let unread = [("name", "many"), ("attribute", "x"), ("condition", "one")];
    admin.page = admin.agent.post(&new, &unread).await;
    assert_eq!(admin.problem(), "The row `one` of a condition is no number.");
}

/// The field of a condition is called Value, and so it is where it is wrong.
#[tokio::test]
async fn the_value_of_a_condition_has_its_own_name() {
    let mut admin = attributes("Upwork Enterprise").await;
    admin.click("Country").await;
    admin.press("Add condition", &[]).await;
    admin
        .press("Save", &[("Value of condition 1", "user.mial")])
        .await;
    assert_eq!(
        admin.problem(),
        "Condition 1: Value: `user.mial` is not a source attribute; did you mean `user.mail`?"
    );
}
