//! Groups.

use serde_json::{Value, json};

use super::Admin;

#[tokio::test]
async fn a_group_is_created_and_gets_members() {
    let mut admin = Admin::contoso().await;
    admin.walk(&["Groups", "All groups", "New group"]).await;
    let typed = [("Group type", "Microsoft 365"), ("Group name", "Buyers")];
    admin.press("Create", &typed).await;
    assert_eq!(admin.notice(), "The group was created.");
    assert_eq!(admin.page.heading(), "Buyers");
    assert_eq!(admin.row("Group type"), "Microsoft 365");
    admin.click("Add members").await;
    // What is ticked stays so through a search.
    admin
        .press("Search", &[("U.Keller", "yes"), (FIND, "upwork")])
        .await;
    assert_eq!(admin.value("U.Keller"), "yes");
    assert_eq!(admin.value("Upwork users"), "no");
    assert_eq!(admin.page.select(".ticks label span").len(), 3);
    admin
        .press("Select", &[("Upwork users", "yes"), ("Upwork leads", "yes")])
        .await;
    assert_eq!(admin.notice(), "The members were added.");
    let names = |admin: &Admin| admin.table().iter().map(|row| row[1].clone()).collect::<Vec<_>>();
    assert_eq!(names(&admin), ["U.Keller", "Upwork users", "Upwork leads"]);
    assert!(
        admin
            .page
            .body
            .contains("grants nothing to the members of its nested groups")
    );
    // Who is a member is not offered, nor the group itself.
    admin.click("Add members").await;
    let offered = admin.page.select(".ticks label span").concat();
    assert!(offered.contains("B.Simon"));
    for name in ["U.Keller", "Upwork", "Buyers"] {
        assert!(!offered.contains(name), "{offered}");
    }
    admin.click("Buyers").await;
    admin
        .press(
            "Remove",
            &[("Select U.Keller", "yes"), ("Select Upwork leads", "yes")],
        )
        .await;
    assert_eq!(admin.notice(), "The members were removed.");
    assert_eq!(names(&admin), ["Upwork users"]);
    let file = admin.file().await;
    assert_eq!(file["group"][2]["members"], json!(["group:Upwork users"]));
    assert_eq!(file["group"][2]["kind"], "microsoft-365");
    // Members of a nested group are members, and say so.
    admin.open("/users").await;
    admin.click("B.Simon").await;
    let groups = admin.page.select("h2 + ul li");
    assert!(
        groups.contains(&"Buyers Microsoft 365, through a nested group only".to_owned()),
        "{groups:?}"
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_group_is_told_and_what_was_typed_stays() {
    let mut admin = Admin::contoso().await;
    let before = admin.file().await;
    let long = "g".repeat(10_000);
    for (name, problem) in [
        ("", "Group name: 1 to 256 characters."),
        (long.as_str(), "Group name: 1 to 256 characters."),
        (
            "UPWORK users",
            "There is a group called \u{201c}UPWORK users\u{201d} already.",
        ),
    ] {
        let typed = [("Group type", "Distribution list"), ("Group name", name)];
        for (path, button) in [("/groups/new", "Create"), ("", "Save")] {
            admin.open(path).await;
            if button == "Save" {
                admin.walk(&["Groups", "Upwork leads", "Edit properties"]).await;
            }
            admin.press(button, &typed).await;
            assert!(admin.problem().starts_with(problem), "{}", admin.problem());
            assert_eq!(admin.value("Group name"), name);
            assert_eq!(admin.value("Group type"), "Distribution list");
        }
    }
    admin.open("/groups").await;
    admin.walk(&["Upwork leads", "Add members"]).await;
    admin.press("Select", &[(FIND, "nobody")]).await;
    assert_eq!(admin.problem(), "Select users or groups first.");
    assert_eq!(admin.value(FIND), "nobody");
    admin.open("/groups").await;
    admin.click("Upwork leads").await;
    admin.press("Remove", &[]).await;
    assert_eq!(admin.problem(), "Tick the members to remove.");
    assert_eq!(admin.file().await, before);
}

/// Another name is the same group everywhere.
#[tokio::test]
async fn a_rename_keeps_the_object_id_and_every_reference() {
    let mut admin = Admin::contoso().await;
    let claim = json!({"claims": [{"name": "n", "source": "user.mail", "conditions": [{"groups": ["upwork leads"], "value": "x"}]}], "assignments": [{"group": "Upwork Leads"}]});
    admin.mock.patch_app("Upsales", claim).await;
    admin.walk(&["Groups", "Upwork leads"]).await;
    let id = admin.row("Object ID");
    admin.click("Edit properties").await;
    let typed = [
        ("Group name", "Leads"),
        ("On-premises SAM account name", "leads"),
        ("On-premises NetBIOS name", "CONTOSO"),
        ("On-premises domain name", "contoso.com"),
        ("On-premises security identifier", "S-1-5"),
    ];
    admin.press("Save", &typed).await;
    assert_eq!(admin.page.heading(), "Leads");
    assert_eq!(admin.row("Object ID"), id);
    assert_eq!(admin.row("Applications"), "Upsales");
    let file = admin.file().await;
    assert_eq!(file["group"][0]["members"][4], "group:Leads");
    assert_eq!(file["app"][0]["assignments"], json!([{"group": "Leads"}]));
    assert_eq!(
        file["app"][0]["claims"][0]["conditions"][0]["groups"],
        json!(["Leads"])
    );
    let group = &file["group"][1];
    for (key, value) in [
        ("on_premises_sam_account_name", "leads"),
        ("on_premises_netbios_name", "CONTOSO"),
        ("on_premises_domain_name", "contoso.com"),
        ("on_premises_security_identifier", "S-1-5"),
    ] {
        assert_eq!(group[key], value);
    }
    // The condition still needs it.
    admin.press("Delete Leads", &[]).await;
    assert!(
        admin
            .problem()
            .contains("A claim condition of \u{201c}Upsales\u{201d} names this group")
    );
    let none = json!({"app": [{"name": "Upsales", "claims": []}]});
    admin.mock.control("PATCH", "", none).await;
    admin.press("Delete Leads", &[]).await;
    assert_eq!(admin.notice(), "The group was deleted.");
    let file = admin.file().await;
    assert_eq!(file["group"].as_array().unwrap().len(), 1);
    assert_eq!(file["group"][0]["members"].as_array().unwrap().len(), 4);
    assert_eq!(file["app"][0]["assignments"], Value::Null);
}

/// Names are text, whatever they hold, also where a group and a role are shown elsewhere.
#[tokio::test]
async fn a_name_is_only_a_name() {
    let name = "<b>\"&amp;'</b>";
    let mut admin = Admin::contoso().await;
    admin.open("/groups/new").await;
    admin.press("Create", &[("Group name", name)]).await;
    assert_eq!(admin.page.heading(), name);
    admin.click("Add members").await;
    admin.press("Select", &[("B.Simon", "yes")]).await;
    admin.open("/apps").await;
    admin.walk(&["sipgate", "App roles"]).await;
    let role = [("Display name", name), ("Value", "<i>\"'&amp;")];
    admin.press("Apply", &role).await;
    assert_eq!(admin.table()[0][..2], [name, "<i>\"'&amp;"]);
    admin.walk(&["Users and groups", "Add user/group"]).await;
    admin.press("Users and groups None Selected", &[]).await;
    admin.press("Select", &[(name, "yes")]).await;
    admin.press("Select a role None Selected", &[]).await;
    admin.press("Select", &[(name, "yes")]).await;
    admin.press("Assign", &[]).await;
    assert_eq!(
        admin.table()[4][1..],
        [&format!("{name} Security"), "Group", name]
    );
    let tick = format!("Select {name}, {name}");
    admin.press("Edit assignment", &[(&tick, "yes")]).await;
    assert_eq!(admin.value(name), "yes");
    admin.open("/users").await;
    admin.click("B.Simon").await;
    assert!(!admin.page.body.contains("<b>"));
    assert!(
        admin
            .page
            .select("h2 + ul li")
            .contains(&format!("{name} Security"))
    );
    admin.click(name).await;
    admin.press(&format!("Delete {name}"), &[]).await;
    assert_eq!(admin.notice(), "The group was deleted.");
    let file = admin.file().await;
    assert_eq!(file["app"][3]["assignments"].as_array().unwrap().len(), 4);
}

const FIND: &str = "Search by name, user principal name or object ID";
