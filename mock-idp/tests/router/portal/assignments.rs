//! Users and groups of an application, and its app roles.

use serde_json::json;

use super::Admin;
use crate::agent::upn;

const FIND: &str = "Search by name, user principal name or object ID";

/// guides/README: the app > Users and groups > Add user/group > on Add Assignment, None Selected under Users and groups >
/// find and select the user > Select > Assign. Section 8.
#[tokio::test]
async fn a_user_is_assigned_as_the_guides_say() {
    let mut admin = Admin::contoso().await;
    let refused = sign_on(&admin, "U.Keller").await;
    assert_eq!(refused.as_deref(), Some("AADSTS50105"));
    admin
        .walk(&["Enterprise apps", "sipgate", "Users and groups", "Add user/group"])
        .await;
    assert_eq!(admin.page.heading(), "Add Assignment");
    assert!(
        admin
            .page
            .attribute("button.primary[disabled]", "disabled")
            .is_some()
    );
    admin.press("Users and groups None Selected", &[]).await;
    assert_eq!(admin.page.heading(), "Users and groups");
    admin.press("Search", &[(FIND, "keller")]).await;
    assert_eq!(
        admin.page.select(".ticks label span"),
        ["U.Keller User, U.Keller@contoso.onmicrosoft.com"]
    );
    admin.press("Select", &[("U.Keller", "yes")]).await;
    assert_eq!(admin.page.heading(), "Add Assignment");
    assert_eq!(
        admin.page.select(".chosen li"),
        ["U.Keller U.Keller@contoso.onmicrosoft.com"]
    );
    assert_eq!(
        admin.page.select("button.pick"),
        ["1 user selected", "None Selected"]
    );
    admin.press("Assign", &[]).await;
    assert_eq!(admin.notice(), "Application assignment succeeded.");
    let row = admin.table().pop().unwrap();
    assert_eq!(
        row[1..],
        [
            "U.Keller U.Keller@contoso.onmicrosoft.com",
            "User",
            "Default Access"
        ]
    );
    assert_eq!(sign_on(&admin, "U.Keller").await, None);
}

/// The selection of a role, of several at once, and Cancel, lose nothing that was selected.
#[tokio::test]
async fn roles_are_selected_changed_and_removed() {
    let mut admin = Admin::contoso().await;
    admin.walk(&["Enterprise apps", "sipgate", "App roles"]).await;
    for (name, value) in [("Reader", "reader"), ("Administrator", "admin:1")] {
        admin
            .press("Apply", &[("Display name", name), ("Value", value)])
            .await;
        assert_eq!(admin.notice(), "The app role was created.");
    }
    admin.walk(&["Users and groups", "Add user/group"]).await;
    admin.press("Users and groups None Selected", &[]).await;
    admin
        .press("Select", &[("U.Keller", "yes"), ("Upwork leads", "yes")])
        .await;
    admin.press("Assign", &[]).await;
    assert_eq!(admin.problem(), "Select a role.");
    admin.press("Select a role None Selected", &[]).await;
    assert_eq!(admin.page.select(".ticks label"), ["Reader", "Administrator"]);
    admin.press("Select", &[("Administrator", "yes")]).await;
    assert_eq!(
        admin.page.select("button.pick"),
        ["1 user, 1 group selected", "Administrator"]
    );
    for open in [
        "Users and groups 1 user, 1 group selected",
        "Select a role Administrator",
    ] {
        admin.press(open, &[]).await;
        admin.click("Cancel").await;
        assert_eq!(
            admin.page.select("button.pick"),
            ["1 user, 1 group selected", "Administrator"]
        );
    }
    admin.press("Assign", &[]).await;
    let rows = admin.table();
    assert_eq!(rows.len(), 6);
    assert_eq!(
        rows[4][1..],
        [
            "U.Keller U.Keller@contoso.onmicrosoft.com",
            "User",
            "Administrator"
        ]
    );
    assert_eq!(rows[5][1..], ["Upwork leads Security", "Group", "Administrator"]);
    let file = admin.file().await;
    assert_eq!(
        file["app"][3]["assignments"].as_array().unwrap()[4..],
        [
            json!({"user": upn("U.Keller"), "role": "admin:1"}),
            json!({"group": "Upwork leads", "role": "admin:1"})
        ]
    );
    // Another role for one of them.
    admin
        .press("Edit assignment", &[("Select U.Keller, Administrator", "yes")])
        .await;
    assert_eq!(admin.page.heading(), "Edit Assignment");
    assert_eq!(admin.value("Administrator"), "yes");
    admin.press("Assign", &[("Reader", "yes")]).await;
    assert_eq!(admin.table()[4][3], "Reader");
    // A second role of the same user, and the same role again.
    admin.walk(&["Add user/group"]).await;
    admin.press("Users and groups None Selected", &[]).await;
    admin.press("Select", &[("U.Keller", "yes")]).await;
    admin.press("Select a role None Selected", &[]).await;
    admin.press("Select", &[("Reader", "yes")]).await;
    admin.press("Assign", &[]).await;
    assert_eq!(
        admin.problem(),
        "\u{201c}U.Keller\u{201d} is assigned with this role already."
    );
    assert_eq!(admin.page.select("button.pick"), ["1 user selected", "Reader"]);
    admin.press("Select a role Reader", &[]).await;
    admin.press("Select", &[("Administrator", "yes")]).await;
    admin.press("Assign", &[]).await;
    assert_eq!(admin.table().len(), 7);
    admin
        .press("Edit assignment", &[("Select U.Keller, Administrator", "yes")])
        .await;
    admin.press("Assign", &[("Reader", "yes")]).await;
    assert_eq!(
        admin.problem(),
        "\u{201c}U.Keller\u{201d} is assigned with this role already."
    );
    assert_eq!(admin.value("Reader"), "yes");
    // A role that is assigned stays.
    admin.walk(&["App roles"]).await;
    assert_eq!(admin.table()[1], ["Administrator", "admin:1", "2", "Delete"]);
    admin.press("Delete Administrator", &[]).await;
    assert!(
        admin
            .problem()
            .contains("remove its assignments under Users and groups first")
    );
    admin.click("Users and groups").await;
    admin
        .press(
            "Remove assignment",
            &[
                ("Select U.Keller, Administrator", "yes"),
                ("Select Upwork leads, Administrator", "yes"),
            ],
        )
        .await;
    assert_eq!(admin.notice(), "The assignment was removed.");
    assert_eq!(admin.table().len(), 5);
    admin.click("App roles").await;
    admin.press("Delete Administrator", &[]).await;
    assert_eq!(admin.notice(), "The app role was deleted.");
    assert_eq!(admin.table().len(), 1);
}

#[tokio::test]
async fn an_app_role_that_does_not_fit_stays_typed() {
    let mut admin = Admin::contoso().await;
    admin.walk(&["Enterprise apps", "sipgate", "App roles"]).await;
    admin
        .press("Apply", &[("Display name", "Reader"), ("Value", "reader")])
        .await;
    let before = admin.file().await;
    let long = "r".repeat(10_000);
    for (name, value, problem) in [
        ("", "x", "Display name: 1 to 100 characters."),
        (long.as_str(), "x", "Display name: 1 to 100 characters."),
        ("R", "", "Value: 1 to 120 characters"),
        ("R", "a b", "Value: 1 to 120 characters"),
        ("R", ".a", "Value: 1 to 120 characters"),
        ("R", long.as_str(), "Value: 1 to 120 characters"),
        (
            "R",
            "reader",
            "There is an app role with the value \u{201c}reader\u{201d} already.",
        ),
    ] {
        admin
            .press("Apply", &[("Display name", name), ("Value", value)])
            .await;
        assert!(admin.problem().starts_with(problem), "{}", admin.problem());
        assert_eq!(admin.value("Display name"), name);
        assert_eq!(admin.value("Value"), value);
    }
    assert_eq!(admin.file().await, before);
}

/// Section 8: nested members do not count, and the page says so beside the group.
#[tokio::test]
async fn a_group_with_nested_groups_says_who_gets_nothing() {
    let mut admin = Admin::contoso().await;
    admin
        .walk(&["Enterprise apps", "Upwork Enterprise", "Users and groups"])
        .await;
    let row = admin.table().remove(0);
    assert_eq!(
        row[1..],
        [
            "Upwork users Security Its nested groups get nothing, only its direct members do: Upwork leads",
            "Group",
            "Default Access"
        ]
    );
    admin
        .press(
            "Remove assignment",
            &[("Select Upwork users, Default Access", "yes")],
        )
        .await;
    assert!(admin.page.body.contains("No application assignments found."));
}

/// What is posted without the page, or after somebody else has been there.
#[tokio::test]
async fn an_assignment_that_does_not_fit_changes_nothing() {
    let mut admin = Admin::contoso().await;
    admin
        .walk(&["Enterprise apps", "sipgate", "Users and groups"])
        .await;
    let before = admin.file().await;
    let list = admin.url.clone();
    let simon = "user:d633dcf8-7cae-5968-899c-9c42dd3c407b";
    for (path, fields, problem) in [
        ("", vec![], "Tick an assignment first."),
        ("", vec![("assignment", simon)], "Choose what to do."),
        (
            "",
            vec![("action", "edit"), ("assignment", simon), ("assignment", "x")],
            "Tick one assignment to edit.",
        ),
        ("/add", vec![], "Select users or groups first."),
        (
            "/add",
            vec![
                ("selected", "user:x"),
                ("selected", "group:d633dcf8-7cae-5968-899c-9c42dd3c407b"),
            ],
            "Select users or groups first.",
        ),
        (
            "/add",
            vec![("selected", simon), ("role", "role:x")],
            "Select a role.",
        ),
        (
            "/add",
            vec![("selected", simon)],
            "\u{201c}B.Simon\u{201d} is assigned with this role already.",
        ),
        (
            "/edit",
            vec![("assignment", simon), ("role", "role:x")],
            "Select a role.",
        ),
    ] {
        admin.page = admin.agent.post(&format!("{list}{path}"), &fields).await;
        assert_eq!(admin.problem(), problem, "{path} {fields:?}");
    }
    // An assignment that is gone leads back to the list; whoever wanted to change it is told.
    let gone = [("assignment", "user:x")];
    let page = admin.agent.get(&format!("{list}/edit?assignment=user:x")).await;
    assert_eq!(page.status, 303);
    assert_eq!(page.header(axum::http::header::LOCATION), list);
    admin.page = admin.agent.post(&format!("{list}/edit"), &gone).await;
    assert_eq!(admin.problem(), "This assignment is not there any more.");
    assert_eq!(admin.page.heading(), "Users and groups");
    assert_eq!(admin.file().await, before);
}

/// The selection takes a hundred; the query of the address could hold more.
#[tokio::test]
async fn a_selection_has_an_end() {
    let mut admin = Admin::contoso().await;
    let users: Vec<_> = (0..120)
        .map(|number| json!({"user_principal_name": format!("n{number}@contoso.com"), "display_name": format!("Number {number}")}))
        .collect();
    admin.mock.control("PATCH", "", json!({ "user": users })).await;
    let file = admin.mock.control("GET", "", serde_json::Value::Null).await;
    let ids = file["users"].as_array().unwrap().iter();
    let keys: Vec<_> = ids
        .map(|user| format!("selected=user:{}", user["object_id"].as_str().unwrap()))
        .collect();
    admin
        .walk(&["Enterprise apps", "sipgate", "Users and groups"])
        .await;
    let url = format!("{}/add?{}", admin.url, keys.join("&"));
    admin.page = admin.agent.get(&url).await;
    admin.url = url;
    assert_eq!(admin.page.select("button.pick")[0], "100 users selected");
    admin.press("Users and groups 100 users selected", &[]).await;
    assert!(admin.page.select("fieldset")[1].contains("Number 119"));
}

/// Section 8, Properties: in Entra's order, each with what was saved; the notes have 1,024 characters.
#[tokio::test]
async fn properties_of_an_application() {
    let mut admin = Admin::contoso().await;
    admin.walk(&["Enterprise apps", "sipgate", "Properties"]).await;
    let order = [
        "Enabled for users to sign in?",
        "Name",
        "Homepage URL",
        "Logo",
        "User access URL",
        "Application ID",
        "Object ID",
        "Assignment required?",
        "Visible to users?",
        "Notes",
    ];
    let mut rest = admin.page.body.as_str();
    for label in order {
        let found = rest.find(&format!(">{label}<"));
        let at = found.unwrap_or_else(|| panic!("{label} is not there in this order"));
        rest = &rest[at..];
    }
    assert_eq!(
        admin.row("User access URL").replace("Copy", ""),
        admin.mock.app("sipgate").launch
    );
    let notes = "n".repeat(1024);
    admin
        .press(
            "Save",
            &[
                ("Name", "sipgate neo"),
                ("Notes", &notes),
                ("Homepage URL", "https://sipgate.example/"),
            ],
        )
        .await;
    assert_eq!(admin.notice(), "Saved.");
    assert_eq!(admin.value("Notes").trim(), notes);
    let before = admin.file().await;
    let long = "n".repeat(1025);
    let url = "javascript:alert(1)";
    for (label, value, problem) in [
        ("Notes", long.as_str(), "Notes have at most 1024 characters."),
        ("Homepage URL", url, "is not an http or https address"),
        (
            "Name",
            "Upsales",
            "There is an application called \u{201c}Upsales\u{201d} already.",
        ),
        ("Name", "", "A name has 1 to 120 characters."),
    ] {
        admin.press("Save", &[(label, value)]).await;
        assert!(admin.problem().contains(problem), "{}", admin.problem());
        assert_eq!(admin.value(label).trim(), value);
        assert_eq!(admin.file().await, before);
        admin.click("Properties").await;
    }
}

/// The code with which a sign-on at sipgate ends, if any.
async fn sign_on(admin: &Admin, user: &str) -> Option<String> {
    let mut agent = admin.mock.agent();
    let page = agent.get(&admin.mock.app("sipgate").launch).await;
    agent.sign_in(page, user).await.aadsts()
}
