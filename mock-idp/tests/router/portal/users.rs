//! Users.

use serde_json::{Value, json};

use super::Admin;

/// guides/README: Users > All users > New user > Create new user; User principal name, Display name, details; Create.
#[tokio::test]
async fn a_test_user_is_created_as_the_guides_say() {
    let mut admin = Admin::contoso().await;
    admin.walk(&["Users", "All users", "Create new user"]).await;
    admin
        .press(
            "Create",
            &[
                ("User principal name", "C.Meyer"),
                ("Domain", "contoso.com"),
                ("Display name", "C.Meyer"),
                ("Password", "of my own"),
                ("First name", "Chris"),
                ("Last name", "Meyer"),
                ("Job title", "Buyer"),
                ("Department", "Purchasing"),
                ("Employee ID", "7"),
                ("Street address", "Hauptstra\u{df}e 1"),
                ("City", "Bonn"),
                ("State or province", "NRW"),
                ("ZIP or postal code", "53111"),
                ("Country or region", "Germany"),
                ("Business phone", "+49 1"),
                ("Mobile phone", "+49 2"),
                ("Email", "c.meyer@contoso.com"),
                ("Other emails", "c@example.com\nm@example.com"),
            ],
        )
        .await;
    assert_eq!(admin.notice(), "The user was created.");
    assert_eq!(admin.page.heading(), "C.Meyer");
    assert_eq!(admin.row("User principal name"), "C.Meyer@contoso.com");
    assert_eq!(admin.row("Password"), "of my own");
    let mut entry = user(&admin, "C.Meyer@contoso.com").await;
    assert_eq!(entry["id"], admin.row("Object ID"));
    entry.as_object_mut().unwrap().remove("id");
    assert_eq!(
        entry,
        json!({
            "user_principal_name": "C.Meyer@contoso.com",
            "display_name": "C.Meyer",
            "password": "of my own",
            "given_name": "Chris",
            "surname": "Meyer",
            "job_title": "Buyer",
            "department": "Purchasing",
            "employee_id": "7",
            "street_address": "Hauptstra\u{df}e 1",
            "city": "Bonn",
            "state": "NRW",
            "postal_code": "53111",
            "country": "Germany",
            "telephone_number": "+49 1",
            "mobile_phone": "+49 2",
            "mail": "c.meyer@contoso.com",
            "other_mails": ["c@example.com", "m@example.com"],
        })
    );
}

/// The user of the guides' tenant: the tenant's password holds, and the user is enabled.
#[tokio::test]
async fn little_has_to_be_typed() {
    let mut admin = Admin::contoso().await;
    admin.open("/users/new").await;
    assert_eq!(admin.value("Account enabled"), "yes");
    let whole = ("User principal name", "Whole.Name@contoso.com");
    admin.press("Create", &[whole, ("Display name", "W")]).await;
    assert_eq!(admin.row("User principal name"), "Whole.Name@contoso.com");
    assert_eq!(admin.row("Password"), "entrant-demo");
    assert_eq!(admin.row("User type"), "Member");
    admin.open("/users/new").await;
    let off = [
        ("User principal name", "off"),
        ("Display name", "O"),
        ("Account enabled", "no"),
    ];
    admin.press("Create", &off).await;
    assert!(
        admin
            .row("Account enabled")
            .starts_with("No: sign-in stops with AADSTS50057")
    );
    let entry = user(&admin, "off@contoso.onmicrosoft.com").await;
    assert_eq!(entry["account_enabled"], false);
}

/// What was typed stays where it was typed, and nothing is created.
#[tokio::test]
async fn what_is_wrong_with_a_new_user_is_told_and_what_was_typed_stays() {
    let mut admin = Admin::contoso().await;
    let before = admin.file().await;
    let long = "x".repeat(10_000);
    for (upn, name, problem) in [
        (
            "b.simon",
            "B",
            "There is a user \u{201c}b.simon@contoso.onmicrosoft.com\u{201d} already: a user principal name is used once.",
        ),
        (
            "B.Simon@fabrikam.com",
            "B",
            "User principal name: \u{201c}fabrikam.com\u{201d} is not a verified domain of this tenant: it has contoso.onmicrosoft.com, contoso.com.",
        ),
        ("", "B", "User principal name: enter a name."),
        (
            "a b",
            "B",
            "User principal name: \u{201c} \u{201d} is not allowed: letters, digits and '.-_!#^~ are.",
        ),
        (
            ".b",
            "B",
            "User principal name: the name must not begin or end with a period.",
        ),
        (
            long.as_str(),
            "B",
            "User principal name: at most 64 characters before the domain, these are 10000.",
        ),
        ("new", "", "Display name: enter a value."),
        (
            "new",
            long.as_str(),
            "Display name: at most 256 characters, these are 10000.",
        ),
    ] {
        admin.open("/users/new").await;
        admin
            .press(
                "Create",
                &[
                    ("User principal name", upn),
                    ("Display name", name),
                    ("Account enabled", "no"),
                    ("User type", "Guest"),
                    ("Other emails", "one\ntwo"),
                ],
            )
            .await;
        assert_eq!(admin.problem(), problem);
        assert_eq!(admin.value("User principal name"), upn);
        assert_eq!(admin.value("Display name"), name);
        assert_eq!(admin.value("Account enabled"), "no");
        assert_eq!(admin.value("User type"), "Guest");
        assert_eq!(admin.value("Other emails").trim(), "one\ntwo");
    }
    // Everything at once.
    admin.open("/users/new").await;
    let wrong = [
        ("User principal name", "b.simon"),
        ("Display name", ""),
        ("City", &"c".repeat(129)),
    ];
    admin.press("Create", &wrong).await;
    let problem = admin.problem();
    for part in [
        "a user principal name is used once",
        "Display name: enter",
        "City: at most 128 characters, these are 129.",
    ] {
        assert!(problem.contains(part), "{problem}");
    }
    assert_eq!(admin.file().await, before);
}

/// Every property by its label, and what it means in the tenant file.
#[tokio::test]
async fn properties_are_saved_and_taken_away() {
    let mut admin = Admin::contoso().await;
    admin.walk(&["Users", "B.Simon", "Edit properties"]).await;
    let before = user(&admin, "B.Simon@contoso.onmicrosoft.com").await;
    let extension = "extension_0123456789abcdef0123456789abcdef_costCenter";
    let lines = format!("{extension} = 1\n{extension} = 2=3");
    let typed = [
        ("Display name", "Britta"),
        ("Identities", "google"),
        ("User type", "Guest"),
        ("Creation type", "Invitation"),
        ("Preferred language", "de"),
        ("Company name", "Contoso"),
        ("Office location", "1/23"),
        ("Email", ""),
        ("Proxy addresses", "SMTP:b@contoso.com"),
        ("Fax number", "f"),
        ("Mail nickname", "bs"),
        ("Consent provided for minor", "granted"),
        ("Account enabled", "no"),
        ("Preferred data location", "EUR"),
        ("On-premises sync enabled", "No"),
        ("On-premises SAM account name", "bsimon"),
        ("Extension attribute 15", "fifteen"),
        ("Directory schema extensions", &lines),
        ("Password", "p"),
        ("Account locked", "yes"),
        ("First factor", "Windows Hello"),
        ("Multifactor authentication enforced", "yes"),
        ("Code of the second factor", "654321"),
        ("Assigned roles", "Global Reader"),
    ];
    admin.press("Save", &typed).await;
    assert_eq!(admin.notice(), "Saved.");
    let entry = user(&admin, "B.Simon@contoso.onmicrosoft.com").await;
    let mut expected = before.clone();
    let changes = json!({
        "display_name": "Britta", "home": "google", "user_type": "Guest", "creation_type": "Invitation",
        "preferred_language": "de", "company_name": "Contoso", "office_location": "1/23",
        "proxy_addresses": ["SMTP:b@contoso.com"], "fax_number": "f", "mail_nickname": "bs",
        "consent_provided_for_minor": "granted", "account_enabled": false, "preferred_data_location": "EUR",
        "on_premises_sync_enabled": false, "on_premises_sam_account_name": "bsimon",
        "extension_attributes": {"extensionattribute15": "fifteen"}, "extensions": {extension: ["1", "2=3"]},
        "password": "p", "locked": true, "authentication": "windows-hello", "mfa": true, "mfa_code": "654321",
        "directory_roles": ["Global Reader"],
    });
    for (key, value) in changes.as_object().unwrap() {
        expected[key] = value.clone();
    }
    expected.as_object_mut().unwrap().remove("mail");
    assert_eq!(entry, expected);
    // The form shows what was saved, and emptied it is as before.
    admin.click("Edit properties").await;
    assert_eq!(admin.value("Directory schema extensions").trim(), lines);
    assert_eq!(admin.value("On-premises sync enabled"), "No");
    let emptied: Vec<_> = typed
        .iter()
        .map(|(label, value)| match *label {
            "Display name" => ("Display name", "B.Simon"),
            "User type" => ("User type", "Member"),
            "Email" => ("Email", "b.simon@contoso.com"),
            "Account enabled" => ("Account enabled", "yes"),
            "On-premises sync enabled" => ("On-premises sync enabled", "Not set"),
            "First factor" => ("First factor", "By the home: a password, or a passcode"),
            label if *value == "yes" => (label, "no"),
            label => (label, ""),
        })
        .collect();
    admin.press("Save", &emptied).await;
    assert_eq!(user(&admin, "B.Simon@contoso.onmicrosoft.com").await, before);
}

/// An error changes nothing at all, also where half of it would fit.
#[tokio::test]
async fn properties_that_do_not_fit_stay_typed() {
    let mut admin = Admin::contoso().await;
    let before = admin.file().await;
    for (label, value, problem) in [
        (
            "User principal name",
            "A.NOWAK@contoso.onmicrosoft.com",
            "There is a user \u{201c}A.NOWAK@contoso.onmicrosoft.com\u{201d} already",
        ),
        (
            "User principal name",
            "nowhere",
            "User principal name: enter a name and choose a domain.",
        ),
        (
            "Identities",
            "facebook",
            "`entra:TENANT-ID`, `microsoft`, `google` or `otp`",
        ),
        ("Assigned roles", "King", "is not a directory role"),
        (
            "Directory schema extensions",
            "a = b",
            "is not a directory extension",
        ),
        (
            "Job title",
            &"j".repeat(129),
            "Job title: at most 128 characters, these are 129.",
        ),
    ] {
        admin.open("/users").await;
        admin.walk(&["B.Simon", "Edit properties"]).await;
        admin
            .press("Save", &[("Display name", "typed"), (label, value)])
            .await;
        assert!(admin.problem().contains(problem), "{}", admin.problem());
        assert_eq!(admin.value("Display name"), "typed");
        assert_eq!(admin.value(label).trim(), value);
        assert_eq!(admin.file().await, before, "{label}");
    }
}

/// entra-behaviour.md 9: another name is the same user everywhere.
#[tokio::test]
async fn a_rename_keeps_the_object_id_and_every_reference() {
    let mut admin = Admin::contoso().await;
    let policy = json!({"conditional_access": [{"name": "P", "grant": "block", "users": ["B.Simon"], "apps": ["sipgate"]}]});
    admin.mock.control("PATCH", "", policy).await;
    admin.walk(&["Users", "B.Simon"]).await;
    let id = admin.row("Object ID");
    admin.click("Edit properties").await;
    // Now its local part is that of another user, whom the file names by it.
    let name = ("User principal name", "A.Nowak@contoso.com");
    admin.press("Save", &[name]).await;
    assert_eq!(admin.row("Object ID"), id);
    assert_eq!(admin.row("User principal name"), "A.Nowak@contoso.com");
    let apps = admin.page.select("h2:last-of-type + ul li a");
    assert_eq!(apps, ["Upsales", "Upwork Enterprise", "IOMETE", "sipgate"]);
    let file = admin.file().await;
    let users = |list: &Value| {
        let users = list.as_array().unwrap().iter();
        users.map(|one| one["user"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        file["group"][0]["members"].as_array().unwrap()[..2],
        ["A.Nowak@contoso.com", "A.Nowak@contoso.onmicrosoft.com"]
    );
    assert_eq!(
        users(&file["app"][0]["assignments"])[..2],
        ["A.Nowak@contoso.com", "A.Nowak@contoso.onmicrosoft.com"]
    );
    assert_eq!(
        file["conditional_access"][0]["users"],
        json!(["A.Nowak@contoso.com"])
    );
}

/// entra-behaviour.md 9: a restored user is the same, a recreated one is somebody else.
#[tokio::test]
async fn a_deleted_user_is_restored_and_a_recreated_one_is_another() {
    let mut admin = Admin::contoso().await;
    let before = admin.file().await;
    admin.walk(&["Users", "B.Simon"]).await;
    let id = admin.row("Object ID");
    admin.press("Delete B.Simon", &[]).await;
    assert_eq!(admin.notice(), "The user was deleted, and can be restored.");
    assert!(!admin.table().iter().any(|row| row[0] == "B.Simon"));
    admin.click("Deleted users").await;
    assert_eq!(
        admin.table()[0][..2],
        ["B.Simon", "B.Simon@contoso.onmicrosoft.com"]
    );
    admin.press("Restore user B.Simon", &[]).await;
    assert_eq!(admin.page.heading(), "Users");
    admin.click("B.Simon").await;
    assert_eq!(admin.row("Object ID"), id);
    assert_eq!(admin.page.select("h2:last-of-type + ul li a").len(), 4);
    assert_eq!(admin.page.select("h2 + ul li a")[0], "Upwork users");
    let after = admin.file().await;
    assert_eq!(
        after["user"].as_array().unwrap().len(),
        before["user"].as_array().unwrap().len()
    );
    // Deleted and created again.
    admin.press("Delete B.Simon", &[]).await;
    admin.click("Create new user").await;
    let name = [("User principal name", "B.Simon"), ("Display name", "B.Simon")];
    admin.press("Create", &name).await;
    let other = admin.row("Object ID");
    assert_ne!(other, id);
    assert!(
        admin.page.body.contains("In no group.") && admin.page.body.contains("Assigned to no application.")
    );
    // The old one waits behind the new one's name.
    admin.open("/users/deleted").await;
    admin.press("Restore user B.Simon", &[]).await;
    assert!(
        admin
            .problem()
            .contains("There is a user `B.Simon@contoso.onmicrosoft.com` again already.")
    );
    admin.open("/users").await;
    admin.click("B.Simon").await;
    admin.press("Delete B.Simon", &[]).await;
    admin.click("Deleted users").await;
    let ids = |admin: &Admin| admin.table().iter().map(|row| row[2].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&admin), [other.clone(), id.clone()], "the last one first");
    // Which of two of one name is told apart by the object id.
    let url = admin.url.clone();
    admin.page = admin.agent.post(&url, &[("user", &id)]).await;
    admin.open("/users/deleted").await;
    assert_eq!(ids(&admin), [other]);
    for wrong in ["", "x", "11111111-2222-4333-8444-555555555555"] {
        admin.page = admin.agent.post(&url, &[("user", wrong)]).await;
        assert!(!admin.problem().is_empty());
    }
}

/// A role that was deleted meanwhile takes its assignment with it; the tenant stays sound.
#[tokio::test]
async fn a_restored_user_has_no_role_that_is_gone() {
    let mut admin = Admin::contoso().await;
    let roles = json!({"app_roles": [{"value": "r", "display_name": "R"}], "assignments": [{"user": "B.Simon", "role": "r"}]});
    admin.mock.patch_app("Upsales", roles).await;
    admin.walk(&["Users", "B.Simon"]).await;
    admin.press("Delete B.Simon", &[]).await;
    admin.open("").await;
    admin.walk(&["Enterprise apps", "Upsales", "App roles"]).await;
    admin.press("Delete R", &[]).await;
    admin.open("/users/deleted").await;
    admin.press("Restore user B.Simon", &[]).await;
    assert_eq!(
        admin.notice(),
        "The user was restored, with the groups and assignments it had."
    );
    admin.click("B.Simon").await;
    assert!(
        !admin
            .page
            .select("h2:last-of-type + ul li a")
            .contains(&"Upsales".to_owned())
    );
    admin.click("Edit properties").await;
    admin.press("Save", &[]).await;
    assert_eq!(admin.notice(), "Saved.");
}

/// Fifty rows, and a sentence on how to find the others.
#[tokio::test]
async fn a_long_list_tells_how_to_find_the_others() {
    let mut admin = Admin::contoso().await;
    let users: Vec<_> = (0..60)
        .map(|number| json!({"user_principal_name": format!("n{number}@contoso.com"), "display_name": format!("Number {number}")}))
        .collect();
    admin.mock.control("PATCH", "", json!({ "user": users })).await;
    admin.click("Users").await;
    assert_eq!(admin.table().len(), 50);
    assert!(admin.page.body.contains("The first 50 of 65 users are shown."));
    for wanted in ["number 59", "N59@"] {
        let label = "Search by name, user principal name or object ID";
        admin.press("Search", &[(label, wanted)]).await;
        assert_eq!(admin.table().len(), 1);
        assert_eq!(admin.table()[0][0], "Number 59");
        assert_eq!(admin.value(label), wanted);
        assert!(!admin.page.body.contains("are shown"));
    }
    let id = admin.table()[0][4].clone();
    admin.open(&format!("/users?name={id}")).await;
    assert_eq!(admin.table().len(), 1);
    admin.open("/users?name=nobody%3Cb%3E").await;
    assert!(
        admin
            .page
            .body
            .contains("No user is called \u{201c}nobody&#60;b&#62;\u{201d}.")
    );
}

/// Names are text, whatever they hold.
#[tokio::test]
async fn a_name_is_only_a_name() {
    let name = "<script>alert('\"1\"')</script>&amp;";
    let mut admin = Admin::contoso().await;
    admin.open("/users/new").await;
    let typed = [
        ("User principal name", "o'neil"),
        ("Display name", name),
        ("City", "</textarea><b>"),
    ];
    admin.press("Create", &typed).await;
    assert_eq!(admin.page.heading(), name);
    assert!(!admin.page.body.contains("<script>alert"));
    admin.click("Edit properties").await;
    assert_eq!(admin.value("Display name"), name);
    assert_eq!(admin.value("City"), "</textarea><b>");
    admin
        .press("Save", &[("Proxy addresses", "\n</textarea><b>\"")])
        .await;
    admin.click("Edit properties").await;
    assert_eq!(admin.value("Proxy addresses").trim(), "</textarea><b>\"");
    admin.open("/users").await;
    assert!(admin.table().iter().any(|row| row[0] == name));
    admin.click(name).await;
    admin.press(&format!("Delete {name}"), &[]).await;
    admin.open("/users/deleted").await;
    assert_eq!(admin.table()[0][0], name);
}

/// What a page shows may be gone when its form is posted.
#[tokio::test]
async fn a_user_who_is_gone_is_not_there() {
    let mut admin = Admin::contoso().await;
    admin.walk(&["Users", "U.Keller"]).await;
    let url = admin.url.clone();
    admin.press("Delete U.Keller", &[]).await;
    for path in ["", "/properties"] {
        let page = admin.agent.get(&format!("{url}{path}")).await;
        assert_eq!(page.status, 404);
        assert_eq!(page.heading(), "There is no such user");
        let page = admin
            .agent
            .post(&format!("{url}{path}"), &[("action", "delete")])
            .await;
        assert_eq!(page.status, 404);
    }
}

/// A policy that speaks of a user alone would speak of everybody without.
#[tokio::test]
async fn a_user_whom_a_policy_names_is_not_deleted() {
    let mut admin = Admin::contoso().await;
    let policy = json!({"conditional_access": [{"name": "Only Simon", "grant": "block", "users": ["B.Simon"], "apps": ["sipgate"]}]});
    admin.mock.control("PATCH", "", policy).await;
    let before = admin.file().await;
    admin.walk(&["Users", "B.Simon"]).await;
    admin.press("Delete B.Simon", &[]).await;
    let problem = "the conditional access policy `Only Simon` names the user: change that first";
    assert_eq!(admin.problem(), problem);
    assert_eq!(admin.file().await, before);
    admin.open("/users/deleted").await;
    assert!(admin.table().is_empty());
}

/// The entry of a user in the tenant's file.
pub(super) async fn user(admin: &Admin, upn: &str) -> Value {
    let file = admin.file().await;
    let users = file["user"].as_array().unwrap();
    let found = users.iter().find(|user| user["user_principal_name"] == upn);
    found.unwrap_or_else(|| panic!("no {upn}")).clone()
}
