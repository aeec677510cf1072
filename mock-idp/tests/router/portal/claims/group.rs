//! Group Claims (entra-behaviour.md 4.4).

use saml_model::names;
use serde_json::{Value, json};

use super::{attributes, entry, listed, sent, value_of};

const CUSTOMIZE: &str = "Customize the name of the group claim";
const REGEX: &str = "Apply regex replace to groups claim content";

#[tokio::test]
async fn a_group_claim_is_added_edited_and_deleted() {
    let mut admin = attributes("Upwork Enterprise").await;
    admin.click("Add a group claim").await;
    admin.press("Save", &[]).await;
    assert_eq!(admin.problem(), "Select which groups are returned.");
    admin.press("Save", &[("Security groups", "yes")]).await;
    assert_eq!(
        value_of(&listed(&admin), names::CLAIM_GROUPS),
        "user.groups [SecurityGroup]"
    );
    let sent_now = sent(&admin, "Upwork Enterprise").await;
    assert_eq!(sent_now[names::CLAIM_GROUPS].len(), 1);
    // There is one at most.
    let add = admin.page.select("button[disabled]");
    assert_eq!(add, ["Add a group claim"]);
    admin.click(names::CLAIM_GROUPS).await;
    assert_eq!(admin.value("Security groups"), "yes");
    assert_eq!(admin.value("Source attribute"), "Group ID");
    let filled = [
        ("Groups assigned to the application", "yes"),
        ("Source attribute", "Cloud-only group display names"),
        ("Emit group name for cloud-only groups", "yes"),
        ("Filter groups", "yes"),
        ("Attribute to match", "Display name"),
        ("Match with", "Contains"),
        ("String", "work"),
        (CUSTOMIZE, "yes"),
        ("Name", "teams"),
        ("Namespace (optional)", "https://sp.test"),
        (REGEX, "yes"),
        ("Regex pattern", "^(?<company>\\w+) users$"),
        ("Regex replacement pattern", "{company}!"),
    ];
    admin.press("Save", &filled).await;
    assert_eq!(
        value_of(&listed(&admin), "https://sp.test/teams"),
        "user.groups [ApplicationGroup]"
    );
    let sent_now = sent(&admin, "Upwork Enterprise").await;
    assert_eq!(sent_now["https://sp.test/teams"], ["Upwork!"]);
    admin.click("https://sp.test/teams").await;
    for (label, value) in filled {
        assert_eq!(admin.value(label), value, "{label}");
    }
    admin
        .press("Save", &[("Emit groups as role claims", "yes"), (REGEX, "no")])
        .await;
    let sent_now = sent(&admin, "Upwork Enterprise").await;
    assert_eq!(sent_now[names::CLAIM_ROLE], ["Upwork users"]);
    admin
        .press(&format!("Delete the group claim {}", names::CLAIM_ROLE), &[])
        .await;
    assert_eq!(admin.notice(), "The claim was deleted.");
    let entry = entry(&admin, "Upwork Enterprise").await;
    assert_eq!(entry.get("group_claim"), None);
    assert!(
        !sent(&admin, "Upwork Enterprise")
            .await
            .contains_key(names::CLAIM_ROLE)
    );
    admin.click("Add a group claim").await;
}

#[tokio::test]
async fn what_is_wrong_with_a_group_claim_is_told() {
    let mut admin = attributes("Upwork Enterprise").await;
    admin.click("Add a group claim").await;
    let filled = [
        ("All groups", "yes"),
        ("Source attribute", "Cloud-only group display names"),
        (CUSTOMIZE, "yes"),
    ];
    admin.press("Save", &filled).await;
    assert_eq!(
        admin.problem(),
        "Names of cloud-only groups can be emitted with \u{201c}Groups assigned to the application\u{201d} alone. Name is blank: the group claim needs one to be customized."
    );
    let filled = [
        ("Source attribute", "Group ID"),
        (CUSTOMIZE, "no"),
        (REGEX, "yes"),
        ("Regex pattern", "("),
    ];
    admin.press("Save", &filled).await;
    assert!(admin.problem().contains(CUSTOMIZE), "{}", admin.problem());
    let filled = [(CUSTOMIZE, "yes"), ("Name", "Country"), ("Filter groups", "yes")];
    admin.press("Save", &filled).await;
    assert!(
        admin.problem().starts_with("There is a claim with the name"),
        "{}",
        admin.problem()
    );
    admin.press("Save", &[("Name", "teams")]).await;
    let problem = admin.problem();
    assert!(
        problem.contains("String is empty") && problem.contains("Regex pattern: `(` is not"),
        "{problem}"
    );
    assert_eq!(admin.value("Regex pattern"), "(");
    assert_eq!(
        entry(&admin, "Upwork Enterprise").await.get("group_claim"),
        None::<&Value>
    );
}

/// Whatever the file says of the group claim, the form shows and saves unchanged; it also deletes it.
#[tokio::test]
async fn a_group_claim_survives_its_form() {
    let mut admin = attributes("Upwork Enterprise").await;
    let app = admin.mock.app("Upwork Enterprise").app_id;
    let sources = [
        "id",
        "sam-account-name",
        "netbios-domain-sam-account-name",
        "dns-domain-sam-account-name",
        "on-premises-sid",
    ];
    let choices = ["all", "security", "directory-roles", "assigned"];
    for (place, source) in sources.iter().enumerate() {
        for groups in choices {
            let mut claim = json!({"groups": groups, "source": source});
            if place % 2 == 1 {
                claim["as_roles"] = json!(true);
                claim["filter"] = json!({"attribute": "sam-account-name", "match": "suffix", "value": " x "});
            }
            if place > 1 {
                claim["name"] = json!("team");
                claim["namespace"] = json!("https://sp.test/");
                claim["regex"] = json!({"pattern": " (a)", "replacement": "$1 "});
            }
            if groups == "assigned" {
                claim["cloud_display_names"] = json!(true);
            }
            let patch = json!({"group_claim": null});
            admin.mock.patch_app("Upwork Enterprise", patch).await;
            let patch = json!({"group_claim": claim});
            admin.mock.patch_app("Upwork Enterprise", patch).await;
            let before = entry(&admin, "Upwork Enterprise").await["group_claim"].clone();
            admin.open(&format!("/apps/{app}/sso/claims/group")).await;
            admin.press("Save", &[]).await;
            assert_eq!(admin.notice(), "Saved.", "{claim}");
            let after = entry(&admin, "Upwork Enterprise").await["group_claim"].clone();
            assert_eq!(after, before);
        }
    }
    admin.open(&format!("/apps/{app}/sso/claims/group")).await;
    admin.press("Delete", &[]).await;
    assert_eq!(
        entry(&admin, "Upwork Enterprise").await.get("group_claim"),
        None::<&Value>
    );
}

/// Blanks around a name are no part of it, and a name that is not sent takes nobody's.
#[tokio::test]
async fn the_name_of_a_group_claim_has_no_blanks_around_it() {
    let mut admin = attributes("Upwork Enterprise").await;
    admin.click("Add a group claim").await;
    let filled = [
        ("All groups", "yes"),
        (CUSTOMIZE, "yes"),
        ("Name", " Country "),
        ("Namespace (optional)", " "),
    ];
    admin.press("Save", &filled).await;
    assert_eq!(
        admin.problem(),
        "There is a claim with the name and namespace \u{201c}Country\u{201d} already."
    );
    let filled = [("Name", " teams "), ("Namespace (optional)", " https://sp.test ")];
    admin.press("Save", &filled).await;
    let sent_now = sent(&admin, "Upwork Enterprise").await;
    assert!(sent_now.contains_key("https://sp.test/teams"), "{sent_now:?}");
    // Directory roles go out as wids, whatever name is there.
    admin.click("https://sp.test/teams").await;
    admin
        .press("Save", &[("Directory roles", "yes"), ("Name", "Country")])
        .await;
    assert_eq!(admin.notice(), "Saved.");
}
