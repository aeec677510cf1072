//! Whatever is posted to a form of the admin center gets a page.

use proptest::prelude::*;

use crate::agent::Mock;

/// Every form, by the path below the tenant's first page.
const FORMS: &[&str] = &[
    "/users/new",
    "/users/invite",
    "/users/deleted",
    "/users/{user}",
    "/users/{user}/properties",
    "/groups/new",
    "/groups/{group}",
    "/groups/{group}/properties",
    "/groups/{group}/members/add",
    "/apps/new",
    "/apps/{app}/properties",
    "/apps/{app}/users",
    "/apps/{app}/users/add",
    "/apps/{app}/users/edit",
    "/apps/{app}/roles",
    "/apps/{app}/sso",
    "/apps/{app}/sso/basic",
    "/apps/{app}/sso/basic/upload",
    "/apps/{app}/sso/claims",
    "/apps/{app}/sso/claims/new",
    "/apps/{app}/sso/claims/edit?claim=x",
    "/apps/{app}/sso/claims/edit?claim=http%3A%2F%2Fschemas.xmlsoap.org%2Fws%2F2005%2F05%2Fidentity%2Fclaims%2Fname",
    "/apps/{app}/sso/claims/name-id",
    "/apps/{app}/sso/claims/group",
    "/apps/{app}/sso/certificates",
    "/apps/{app}/sso/certificates/import",
    "/apps/{app}/sso/verification",
    "/apps/{app}/sso/verification/upload",
    "/apps/{app}/token-encryption",
    "/apps/{app}/token-encryption/import",
];

const SIMON: &str = "d633dcf8-7cae-5968-899c-9c42dd3c407b";
const GROUP: &str = "f1e43fe8-5803-5edc-9895-908ca61ebeb4";

/// The forms' own fields.
const NAMES: &[&str] = &[
    "user_principal_name",
    "domain",
    "display_name",
    "user_type",
    "home",
    "home_tenant",
    "mail",
    "extensions",
    "extension_attributes.extensionattribute1",
    "directory_roles",
    "on_premises_sync_enabled",
    "kind",
    "action",
    "selected",
    "assignment",
    "role",
    "value",
    "delete",
    "user",
    "name",
    "notes",
    "method",
    "template",
    "identifier",
    "reply_url",
    "default_reply_url",
    "homepage_url",
    "sure",
    "authentication",
    "other_mails",
    "account_enabled",
    "certificate",
    "option",
    "algorithm",
    "email",
    "expires",
    "delete_group",
    "namespace",
    "name_format",
    "format",
    "source",
    "attribute",
    "extension",
    "function",
    "then_function",
    "input",
    "pattern",
    "replacement",
    "parameter",
    "start",
    "condition",
    "c0-user_type",
    "c0-group",
    "c0-named_group",
    "c0-source",
    "c0-attribute",
    "groups",
    "filter",
    "filter_value",
    "customize",
    "regex",
    "regex_pattern",
    "regex_replacement",
    "cloud_display_names",
];

/// What means something to one of them, or nothing.
const VALUES: &[&str] = &[
    "",
    "yes",
    "save",
    "delete",
    "remove",
    "edit",
    "saml",
    "non-gallery",
    "security",
    "entra",
    "google",
    "x@contoso.com",
    "Upwork users",
    "B.Simon",
    "default",
    "activate",
    "new",
    "assertion",
    "sha256",
    "2027-01-01",
    "role:x",
    "add-identifier",
    "remove-identifier-0",
    "9999999999999999999999",
    "https%3A%2F%2Fa.example",
    "user:d633dcf8-7cae-5968-899c-9c42dd3c407b",
    "group:f1e43fe8-5803-5edc-9895-908ca61ebeb4",
    "0",
    "1",
    "user.mail",
    "%22%22",
    "any",
    "members",
    "uri",
    "emailAddress",
    "transformation",
    "extension",
    "Join",
    "RegexReplace",
    "(",
    "%7Bx%7D",
    "all",
    "assigned",
    "cloud-display-name",
    "add-condition",
    "up-condition-0",
    "delete-condition-0",
    "%00",
    "%ff%fe",
    "%3Cscript%3E",
];

/// A form whose fields are the pages' own, with values that mean something or nothing.
fn field() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        3 => prop::sample::select(VALUES).prop_map(str::to_owned),
        1 => ".{0,40}",
    ];
    (prop::sample::select(NAMES), value).prop_map(|(name, value)| format!("{name}={value}"))
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let fields = prop::collection::vec(field(), 0..8);
    prop_oneof![
        3 => fields.prop_map(|fields| fields.join("&").into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..200),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_bytes_posted_to_any_form_give_a_page(
        form in prop::sample::select(FORMS),
        bodies in prop::collection::vec(body(), 1..4),
        multipart in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mock = Mock::contoso();
            let (mut agent, app) = (mock.agent(), mock.app("Upsales").app_id);
            let path = form.replace("{user}", SIMON).replace("{group}", GROUP).replace("{app}", &app);
            let url = format!("/portal/{}{path}", mock.tenant.id);
            let kind = if multipart { "multipart/form-data; boundary=x" } else { "application/x-www-form-urlencoded" };
            for body in bodies {
                let page = agent.send_bytes("POST", &url, body.clone(), kind).await;
                assert!(page.status.as_u16() < 500, "{url} {body:?}: {}", page.status);
                let is_page = page.body.contains("<h1") || page.status == 303;
                assert!(is_page, "{url} {body:?}: {} {}", page.status, page.body);
            }
            // And the tenant still stands.
            for path in ["", "/users", "/groups", "/apps"] {
                assert_eq!(agent.get(&format!("/portal/{}{path}", mock.tenant.id)).await.status, 200);
            }
        });
    }
}

/// Beyond the limit a page says so, too.
#[tokio::test]
async fn a_form_that_is_too_large_gets_a_page() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    for form in FORMS {
        let app = mock.app("Upsales").app_id;
        let path = form
            .replace("{user}", SIMON)
            .replace("{group}", GROUP)
            .replace("{app}", &app);
        let url = format!("/portal/{}{path}", mock.tenant.id);
        let body = vec![b'x'; (2 << 20) + 1];
        let page = agent
            .send_bytes("POST", &url, body, "application/x-www-form-urlencoded")
            .await;
        assert!(page.status.is_client_error(), "{url}: {}", page.status);
        assert!(page.body.contains("<h1"), "{url}: {}", page.body);
    }
}
