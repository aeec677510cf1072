//! More than a page lists: enterprise apps.

use serde_json::json;

use super::Admin;

/// As of users: fifty rows, and a sentence on how to find the others.
#[tokio::test]
async fn a_long_list_tells_how_to_find_the_others() {
    let mut admin = Admin::contoso().await;
    let apps: Vec<_> = (0..60)
        .map(|number| json!({"name": format!("Number {number}")}))
        .collect();
    admin.mock.control("PATCH", "", json!({ "app": apps })).await;
    admin.click("Enterprise apps").await;
    assert_eq!(admin.table().len(), 50);
    let told = "The first 50 of 64 applications are shown.";
    assert!(admin.page.body.contains(told));
    let label = "Search by application name or object ID";
    admin.press("Search", &[(label, "number 59")]).await;
    assert_eq!(admin.table().len(), 1);
    assert_eq!(admin.table()[0][0], "Number 59");
    assert!(!admin.page.body.contains("are shown"));
    let id = admin.table()[0][1].clone();
    admin.press("Search", &[(label, &id)]).await;
    assert_eq!(admin.table().len(), 1);
}
