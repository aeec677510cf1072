//! Every page of the admin center: one heading, a label for every field, no dead link.

use std::collections::{BTreeMap, BTreeSet};

use scraper::Html;

use super::Admin;
use super::admin::{elements, name, own_path, words};

/// The pages below an application, by its name, and those of the directory. A new page gets a row.
const PAGES: &[&str] = &[
    "",
    "/search?q=users",
    "/search?q=nothing+of+this+name",
    "/users",
    "/users?name=simon",
    "/users/new",
    "/users/invite",
    "/users/deleted",
    "/users/{user}",
    "/users/{user}/properties",
    "/groups",
    "/groups/new",
    "/groups/{group}",
    "/groups/{group}/properties",
    "/groups/{group}/members/add",
    "/apps",
    "/apps/new",
    "/apps/{app}",
    "/apps/{app}/properties",
    "/apps/{app}/users",
    "/apps/{app}/users/add",
    "/apps/{app}/users/add?open=users",
    "/apps/{app}/users/add?open=roles",
    "/apps/{app}/users/edit?assignment=user:{user}",
    "/apps/{app}/roles",
    "/apps/{app}/sso",
    "/apps/{app}/sso?change",
    "/apps/{app}/sso/basic",
    "/apps/{app}/sso/claims",
    "/apps/{app}/sso/claims/new",
    "/apps/{app}/sso/claims/name-id",
    "/apps/{app}/sso/claims/group",
    "/apps/{app}/claims-test?user=B.Simon",
    "/mails",
    "/apps/{app}/sso/certificates",
    "/apps/{app}/sso/certificates?delete=x",
    "/apps/{app}/sso/verification",
    "/apps/{app}/sso/resolve",
    "/apps/{app}/token-encryption",
    "/apps/{app}/token-encryption?activate=x",
];

/// Links that are followed from link to link; the pages of the table are few.
const LINKS_MAX: usize = 500;

#[tokio::test]
async fn every_page_has_one_heading_labels_and_live_links() {
    let mut admin = Admin::contoso().await;
    let user = admin.mock.tenant.users[0].object_id.clone();
    admin.click("Groups").await;
    let group = admin.link("Upwork users").rsplit('/').next().unwrap().to_owned();
    let mut links = BTreeMap::new();
    for page in PAGES {
        for app in &admin.mock.tenant.apps.clone() {
            let path = page
                .replace("{user}", &user)
                .replace("{group}", &group)
                .replace("{app}", &app.app_id);
            // Upwork's users are assigned through a group.
            if page.ends_with("{user}") && page.contains("assignment=") && app.name == "Upwork Enterprise" {
                continue;
            }
            admin.open(&path).await;
            check(&admin, &mut links);
            if !page.contains("{app}") {
                break;
            }
        }
    }
    let mut done = BTreeSet::new();
    while let Some((link, from)) = links.pop_first() {
        if !done.insert(link.clone()) {
            continue;
        }
        let page = admin.agent.get(&link).await;
        let is_alive = page.status.is_success() || page.status.is_redirection();
        assert!(is_alive, "{from} links to {link}: {}", page.status);
        // What only a link leads to is a page all the same.
        let path = link.split(['?', '#']).next().unwrap();
        let is_ours = path.starts_with("/portal/") || path.starts_with("/flows/");
        if is_ours && done.len() < LINKS_MAX {
            (admin.page, admin.url) = (page, link);
            if admin.page.status == 200 && is_page(&admin) {
                check(&admin, &mut links);
            }
        }
    }
    assert!(done.len() > 60, "{}", done.len());
}

/// A download is none.
fn is_page(admin: &Admin) -> bool {
    let kind = admin.page.header(axum::http::header::CONTENT_TYPE);
    kind.starts_with("text/html")
}

fn check(admin: &Admin, links: &mut BTreeMap<String, String>) {
    let (url, html) = (&admin.url, Html::parse_document(&admin.page.body));
    let root = html.root_element();
    assert_eq!(admin.page.status, 200, "{url}");
    assert_eq!(elements(root, "h1").len(), 1, "{url}");
    assert!(!words(elements(root, "title")[0]).is_empty(), "{url}");
    for field in elements(
        root,
        "input:not([type=hidden]):not(.default), select, textarea, button, a",
    ) {
        assert!(!name(&html, field).is_empty(), "{url}: {}", field.html());
    }
    let mut ids = BTreeSet::new();
    for element in elements(root, "[id]") {
        let id = element.attr("id").unwrap();
        assert!(ids.insert(id), "{url}: two elements have the id {id}");
    }
    for element in elements(root, "[aria-describedby], [aria-labelledby], label[for]") {
        for attribute in ["aria-describedby", "aria-labelledby", "for"] {
            for id in element
                .attr(attribute)
                .into_iter()
                .flat_map(str::split_whitespace)
            {
                assert!(
                    ids.contains(id),
                    "{url}: {attribute} names {id}, which is not there"
                );
            }
        }
    }
    for radio in elements(root, "input[type=radio]") {
        let within = radio.ancestors().filter_map(scraper::ElementRef::wrap);
        assert!(
            within.into_iter().any(|one| one.value().name() == "fieldset"),
            "{url}: a choice has no legend"
        );
    }
    for link in elements(root, "a[href]") {
        let href = link.attr("href").unwrap();
        if let Some(id) = href.strip_prefix('#') {
            assert!(ids.contains(id), "{url}: {href} leads nowhere");
        } else if let Some(path) = own_path(href) {
            links.entry(path).or_insert_with(|| url.clone());
        }
    }
}

/// Today's label or an earlier one finds the page, and the page says both.
#[tokio::test]
async fn the_search_finds_pages_users_groups_and_applications() {
    let mut admin = Admin::contoso().await;
    let menu = admin.page.select(".menu .group");
    assert_eq!(menu[..2], ["Entra ID earlier: Identity", "Manage"]);
    let find = "Search services and pages";
    for (wanted, found) in [
        ("all users", "Users"),
        ("USERS", "Deleted users"),
        ("Groups", "Groups"),
        ("Enterprise Applications", "Enterprise apps"),
        ("identity", "Microsoft Entra ID"),
        ("b.simon", "B.Simon"),
        ("upwork lead", "Upwork leads"),
        ("sipgate", "sipgate"),
    ] {
        admin.press("Search", &[(find, wanted)]).await;
        assert_eq!(admin.value(find), wanted);
        admin.click(found).await;
    }
}
