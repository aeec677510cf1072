//! Attributes & Claims (entra-behaviour.md 4 and 8): what is saved on the pages is what an assertion carries.

mod group;
mod kept;
mod refused;

use std::collections::BTreeMap;

use saml_model::names;
use serde_json::{Value, json};

use super::Admin;
use crate::claims::assertion;

/// On "Attributes & Claims" of an application.
async fn attributes(app: &str) -> Admin {
    let mut admin = Admin::contoso().await;
    let links = [
        "Enterprise apps",
        app,
        "Single sign-on",
        "Edit Attributes & Claims",
    ];
    admin.walk(&links).await;
    admin
}

/// What an assertion carries for B.Simon.
async fn sent(admin: &Admin, app: &str) -> BTreeMap<String, Vec<String>> {
    let assertion = assertion(&admin.mock, app, "B.Simon").await;
    let attributes = assertion.attributes.into_iter();
    attributes
        .map(|attribute| (attribute.name, attribute.values))
        .collect()
}

/// The application in the tenant's file.
async fn entry(admin: &Admin, app: &str) -> Value {
    let file = admin.file().await;
    let apps = file["app"].as_array().unwrap();
    apps.iter().find(|entry| entry["name"] == app).unwrap().clone()
}

/// The names and values of the list.
fn listed(admin: &Admin) -> Vec<(String, String)> {
    let rows = admin.table();
    rows.into_iter()
        .map(|row| (row[0].clone(), row[2].clone()))
        .collect()
}

fn value_of<'r>(rows: &'r [(String, String)], name: &str) -> &'r str {
    let row = rows.iter().find(|(known, _)| known == name);
    &row.unwrap_or_else(|| panic!("no {name} in {rows:?}")).1
}

/// Upsales, step 13, and IOMETE, step 3: "In the source attribute field, choose user.mail and click Save".
#[tokio::test]
async fn the_source_of_the_name_id_is_chosen() {
    let mut admin = attributes("sipgate").await;
    let name_id = "Unique User Identifier (Name ID)";
    assert_eq!(
        value_of(&listed(&admin), name_id),
        "user.userprincipalname [nameid-format:emailAddress]"
    );
    admin.click(name_id).await;
    assert_eq!(admin.value("Source attribute"), "user.userprincipalname");
    assert_eq!(admin.value("Choose name identifier format"), "Email address");
    let choices = [
        ("Source attribute", "user.mail"),
        ("Choose name identifier format", "Unspecified"),
    ];
    admin.press("Save", &choices).await;
    assert_eq!(admin.notice(), "Saved.");
    assert_eq!(
        value_of(&listed(&admin), name_id),
        "user.mail [nameid-format:unspecified]"
    );
    let name_id = assertion(&admin.mock, "sipgate", "B.Simon").await;
    let name_id = name_id.name_id().unwrap();
    assert_eq!(name_id.value, "b.simon@contoso.com");
    assert_eq!(name_id.format.as_deref(), Some(names::NAME_ID_UNSPECIFIED));
    admin.click("Single sign-on").await;
    assert_eq!(admin.row("Unique User Identifier"), "user.mail");
}

/// 3.3: Persistent with the default source is the pairwise value, and the list says so; chosen, the source is sent.
#[tokio::test]
async fn the_default_source_of_a_persistent_name_id_is_pairwise() {
    let mut admin = attributes("Upsales").await;
    let patch = json!({"name_id": {"source": null}});
    admin.mock.patch_app("Upsales", patch).await;
    let name_id = "Unique User Identifier (Name ID)";
    admin.click(name_id).await;
    assert!(admin.page.select("#format-hint").concat().contains("pairwise"));
    let persistent = [("Choose name identifier format", "Persistent")];
    admin.press("Save", &persistent).await;
    let value = value_of(&listed(&admin), name_id).to_owned();
    assert_eq!(value, "user.pairwiseid [nameid-format:persistent]");
    assert_eq!(
        entry(&admin, "Upsales").await["name_id"],
        json!({"format": "persistent"})
    );
    let of = async |admin: &Admin| {
        let assertion = assertion(&admin.mock, "Upsales", "B.Simon").await;
        assertion.name_id().unwrap().value.clone()
    };
    assert_eq!(of(&admin).await.len(), 44);
    admin.click(name_id).await;
    admin
        .press("Save", &[("Source attribute", "user.userprincipalname")])
        .await;
    assert_eq!(of(&admin).await, "B.Simon@contoso.onmicrosoft.com");
    admin.click(name_id).await;
    assert!(admin.page.select("#format-hint").is_empty());
}

/// A transformation and a condition of the NameID; the functions are those that may make one.
#[tokio::test]
async fn the_name_id_is_transformed_and_has_conditions() {
    let mut admin = attributes("Upsales").await;
    admin.click("Unique User Identifier (Name ID)").await;
    let functions = admin.page.select("#function option");
    assert_eq!(
        functions,
        ["ExtractMailPrefix()", "Join()", "ToLowercase()", "ToUppercase()"]
    );
    let transformation = [
        ("Transformation", "yes"),
        ("Function", "ExtractMailPrefix()"),
        ("Parameter 1 (Input)", "user.mail"),
        ("Function of the second transformation", "ToUppercase()"),
    ];
    admin.press("Add condition", &transformation).await;
    assert_eq!(admin.value("Parameter 1 (Input)"), "user.mail");
    let guests = [
        ("User type of condition 1", "All guests"),
        ("Value of condition 1", "user.objectid"),
    ];
    admin.press("Save", &guests).await;
    let of = async |user: &str| {
        let assertion = assertion(&admin.mock, "Upsales", user).await;
        assertion.name_id().unwrap().value.clone()
    };
    assert_eq!(of("B.Simon").await, "B.SIMON");
    let guest = admin
        .mock
        .tenant
        .users
        .iter()
        .find(|user| user.upn.starts_with("jo_"));
    assert_eq!(of("jo_fabrikam.com#EXT#").await, guest.unwrap().object_id);
}

/// Upwork: "These attributes are also pre populated".
#[tokio::test]
async fn what_upworks_guide_lists_is_there() {
    let mut admin = attributes("Upwork Enterprise").await;
    let rows = listed(&admin);
    let expected = [
        ("FirstName", "user.givenname"),
        ("LastName", "user.surname"),
        ("Country", "user.country"),
        ("Email", "user.userprincipalname"),
        (names::CLAIM_GIVEN_NAME, "user.givenname"),
        (names::CLAIM_SURNAME, "user.surname"),
        (names::CLAIM_EMAIL_ADDRESS, "user.mail"),
        (names::CLAIM_NAME, "user.userprincipalname"),
    ];
    for (name, value) in expected {
        assert_eq!(value_of(&rows, name), value);
    }
    assert_eq!(rows.len(), expected.len() + 1);
    admin.click("Country").await;
    assert_eq!(admin.value("Source attribute"), "user.country");
    assert_eq!(admin.value("Name"), "Country");
    assert_eq!(admin.value("Namespace"), "");
}

/// One of the four default claims is changed: all become the application's own, and the others are sent as before.
#[tokio::test]
async fn a_default_claim_is_edited_and_deleted() {
    for optional in [json!([]), json!([{"name": "email"}, {"name": "upn"}])] {
        let mut admin = attributes("Upsales").await;
        let patch = json!({"optional_claims": optional, "include_attribute_name_format": true});
        admin.mock.patch_app("Upsales", patch).await;
        let mut before = assertion(&admin.mock, "Upsales", "B.Simon").await.attributes;
        let rows = listed(&admin);
        admin.click(names::CLAIM_SURNAME).await;
        assert_eq!(admin.value("Name"), "surname");
        admin
            .press("Save", &[("Source attribute", "user.department")])
            .await;
        if optional == json!([]) {
            let now: Vec<_> = listed(&admin).into_iter().map(|(name, _)| name).collect();
            let then: Vec<_> = rows.into_iter().map(|(name, _)| name).collect();
            assert_eq!(now, then, "the order stays");
        }
        let mut after = assertion(&admin.mock, "Upsales", "B.Simon").await.attributes;
        let surname = before.iter_mut().find(|one| one.name == names::CLAIM_SURNAME);
        surname.unwrap().values = vec!["Purchasing".to_owned()];
        for attributes in [&mut before, &mut after] {
            attributes.sort_by(|one, other| one.name.cmp(&other.name));
        }
        assert_eq!(before, after, "{optional}");
        let entry = entry(&admin, "Upsales").await;
        assert_eq!(entry["default_claims"], false);
        admin.press(&format!("Delete {}", names::CLAIM_NAME), &[]).await;
        assert_eq!(admin.notice(), "The claim was deleted.");
        let mut left = assertion(&admin.mock, "Upsales", "B.Simon").await.attributes;
        left.sort_by(|one, other| one.name.cmp(&other.name));
        after.retain(|one| one.name != names::CLAIM_NAME);
        assert_eq!(left, after);
    }
}

/// A claim of the application's own that stands in the place of a default one does not give it back when it goes.
#[tokio::test]
async fn what_stands_for_a_default_claim_is_deleted_with_it() {
    let mut admin = attributes("Upsales").await;
    let own = json!({"name": "name", "namespace": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims", "value": "x"});
    admin.mock.patch_app("Upsales", json!({"claims": [own]})).await;
    admin.click("Single sign-on").await;
    admin.click("Edit Attributes & Claims").await;
    assert_eq!(value_of(&listed(&admin), names::CLAIM_NAME), "\"x\"");
    assert_eq!(listed(&admin).len(), 5);
    admin.press(&format!("Delete {}", names::CLAIM_NAME), &[]).await;
    let sent = sent(&admin, "Upsales").await;
    assert!(!sent.contains_key(names::CLAIM_NAME));
    assert_eq!(sent[names::CLAIM_SURNAME], ["Simon"]);
}

/// New claims: an attribute, a constant with and without quotes, a name format, a namespace.
#[tokio::test]
async fn claims_are_added_and_renamed() {
    let mut admin = attributes("Upsales").await;
    let before = sent(&admin, "Upsales").await;
    for (name, typed, shown, format) in [
        ("department", "User.Department", "user.department", "Omitted"),
        ("plan", "gold & \"silver", "\"gold & \"silver\"", "Basic"),
        ("kind", "\"user.mail\"", "\"user.mail\"", "URI"),
    ] {
        admin.click("Add new claim").await;
        assert_eq!(admin.value("Choose name format"), "Omitted");
        let filled = [
            ("Name", name),
            ("Namespace", "https://sp.test/claims/"),
            ("Choose name format", format),
            ("Source attribute", typed),
        ];
        admin.press("Save", &filled).await;
        assert_eq!(admin.notice(), "The claim was added.");
        let name = format!("https://sp.test/claims/{name}");
        assert_eq!(value_of(&listed(&admin), &name), shown);
        admin.click(&name).await;
        assert_eq!(admin.value("Source attribute"), shown);
        assert_eq!(admin.value("Choose name format"), format);
        admin.click("Attributes & Claims").await;
    }
    let assertion = assertion(&admin.mock, "Upsales", "B.Simon").await;
    let told = |name: &str| {
        let name = format!("https://sp.test/claims/{name}");
        let found = assertion.attributes.iter().find(|one| one.name == name).unwrap();
        (found.values.clone(), found.name_format.clone())
    };
    assert_eq!(told("department"), (vec!["Purchasing".to_owned()], None));
    let basic = Some(names::ATTRIBUTE_NAME_BASIC.to_owned());
    assert_eq!(told("plan"), (vec!["gold & \"silver".to_owned()], basic));
    let uri = Some(names::ATTRIBUTE_NAME_URI.to_owned());
    assert_eq!(told("kind"), (vec!["user.mail".to_owned()], uri));
    // The default claims are still what they were.
    assert_eq!(entry(&admin, "Upsales").await["default_claims"], true);
    admin.click("https://sp.test/claims/plan").await;
    admin
        .press("Save", &[("Name", " level "), ("Namespace", "")])
        .await;
    let after = sent(&admin, "Upsales").await;
    assert_eq!(after["level"], ["gold & \"silver"]);
    assert!(!after.contains_key("https://sp.test/claims/plan"));
    assert_eq!(after.len(), before.len() + 3);
}

/// Conditions are added, moved and deleted before the form is saved; the last that fits wins (4.3).
#[tokio::test]
async fn conditions_are_added_moved_and_deleted() {
    let mut admin = attributes("Upwork Enterprise").await;
    admin.click("Country").await;
    admin.press("Add condition", &[("Name", "Land")]).await;
    let first = [
        ("User type of condition 1", "Members"),
        ("Upwork users in condition 1", "yes"),
        ("Value of condition 1", "first"),
    ];
    admin.press("Add condition", &first).await;
    let second = [
        ("Value of condition 2", "second"),
        ("Upwork leads in condition 2", "yes"),
    ];
    admin.press("Add condition", &second).await;
    let third = [
        ("User type of condition 3", "Microsoft Entra guests"),
        ("Value of condition 3", "user.mail"),
    ];
    admin.press("Move up condition 3", &third).await;
    assert_eq!(admin.value("Value of condition 2"), "user.mail");
    assert_eq!(admin.value("Value of condition 3"), "second");
    assert_eq!(admin.value("Upwork leads in condition 3"), "yes");
    assert_eq!(admin.value("Upwork users in condition 3"), "no");
    admin.press("Move down condition 1", &[]).await;
    assert_eq!(admin.value("Value of condition 1"), "user.mail");
    admin.press("Delete condition 3", &[]).await;
    admin.press("Save", &[]).await;
    let rows = listed(&admin);
    assert_eq!(value_of(&rows, "Land"), "user.country 2 conditions");
    let claims = entry(&admin, "Upwork Enterprise").await["claims"].clone();
    let land = json!({"name": "Land", "source": "user.country", "conditions": [
        {"user_type": "entra-guests", "source": "user.mail"},
        {"user_type": "members", "groups": ["Upwork users"], "value": "first"},
    ]});
    assert_eq!(claims[2], land);
    assert_eq!(sent(&admin, "Upwork Enterprise").await["Land"], ["first"]);
}

/// "Advanced SAML claims options".
#[tokio::test]
async fn the_attribute_name_format_is_included() {
    let mut admin = attributes("Upsales").await;
    assert_eq!(admin.value("Include attribute name format"), "no");
    admin
        .press("Save", &[("Include attribute name format", "yes")])
        .await;
    assert_eq!(admin.value("Include attribute name format"), "yes");
    let assertion = assertion(&admin.mock, "Upsales", "B.Simon").await;
    let tenant = assertion
        .attributes
        .iter()
        .find(|one| one.name == names::CLAIM_TENANT_ID);
    assert_eq!(
        tenant.unwrap().name_format.as_deref(),
        Some(names::ATTRIBUTE_NAME_URI)
    );
    admin
        .press("Save", &[("Include attribute name format", "no")])
        .await;
    assert_eq!(admin.value("Include attribute name format"), "no");
}
