//! The page of the claims test, and how the start page leads there.

use control_api::tenant::TenantFile;
use serde_json::json;

use crate::agent::{HOST, Mock, Page, upn};

fn path(mock: &Mock, app: &str) -> String {
    format!(
        "/portal/{}/apps/{}/claims-test",
        mock.tenant.id,
        mock.app(app).app_id
    )
}

fn query(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new("?".to_owned())
        .extend_pairs(fields)
        .finish()
}

/// The rows of a list: names with values and why.
fn rows(page: &Page, id: &str) -> Vec<(String, String)> {
    let names = page.select(&format!("{id} dt"));
    let told = page.select(&format!("{id} dd"));
    assert_eq!(names.len(), told.len());
    names.into_iter().zip(told).collect()
}

#[tokio::test]
async fn a_users_claims_stand_there_with_their_why() {
    let mock = Mock::contoso();
    let start = mock.agent().get("/").await;
    let links = "article .actions .button:last-child";
    assert_eq!(start.select(links)[0], "Claims test");
    let address = start.attribute(links, "href").unwrap();
    assert_eq!(address, format!("http://{HOST}{}", path(&mock, "Upsales")));
    // The first user where nobody is asked for.
    let page = mock.agent().get(&address).await;
    assert_eq!(page.heading(), "Claims test");
    assert_eq!(page.select("#user option[selected]"), [upn("B.Simon")]);
    assert_eq!(page.select("#name-id dd code"), ["b.simon@contoso.com"]);
    assert_eq!(page.select("#name-id dd .why"), ["source user.mail"]);
    let claims = rows(&page, "#claims");
    let surname = claims
        .iter()
        .find(|(name, _)| name.ends_with("/surname"))
        .unwrap();
    assert_eq!(surname.1, "Simondefault claim, source user.surname");
    assert!(page.select("#stopped").is_empty() && page.select("#left-out").is_empty());
    let nowak = mock
        .agent()
        .get(&(address.clone() + &query(&[("user", "a.nowak")])))
        .await;
    assert!(
        nowak
            .select("#stopped")
            .concat()
            .contains("AADSTS501241: Mandatory Input 'mail' missing")
    );
    assert!(nowak.select("#name-id").is_empty());
    assert_eq!(
        rows(&nowak, "#left-out"),
        [(
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress".to_owned(),
            "empty: omitted (default claim, source user.mail)".to_owned()
        )]
    );
    let nobody = mock.agent().get(&(address + &query(&[("user", "b.simn")]))).await;
    assert_eq!(nobody.status, 200);
    assert!(
        nobody
            .select("#user-problem")
            .concat()
            .ends_with("did you mean `B.Simon`?")
    );
    assert_eq!(
        nobody.attribute("#user", "aria-describedby").as_deref(),
        Some("user-problem")
    );
}

/// What stands below "Test transformation", with the fields as they were sent.
#[tokio::test]
async fn a_transformation_is_tested_by_form() {
    let mock = Mock::contoso();
    let path = path(&mock, "Upsales");
    let test = async |fields: &[(&str, &str)]| mock.agent().get(&format!("{path}{}", query(fields))).await;
    // CC: "the expected outcome is US.swmal@xyz.com". What RegexReplace does not take is not looked at.
    let regex = [
        ("user", "B.Simon"),
        ("function", "RegexReplace"),
        ("input", "user.mail"),
        ("pattern", "(?'domain'^.*?)(?i)(\\@fabrikam\\.com)$"),
        ("replacement", "{country}.{domain}@xyz.com"),
        ("parameters", "user.country"),
        ("separator", "left over"),
        ("part", "prefix"),
        ("start", "x"),
        ("then_function", "Substring"),
        ("then_start", "3"),
        ("then_length", ""),
        ("sample", "swmal@fabrikam.com\r\n"),
        ("samples", "user.country = US"),
    ];
    let page = test(&regex).await;
    assert_eq!(
        rows(&page, "#transformed"),
        [
            ("Input", "swmal@fabrikam.com"),
            ("RegexReplace()", "US.swmal@xyz.comthe input matches"),
            ("Substring()", "swmal@xyz.comdone"),
            ("Output", "swmal@xyz.com"),
        ]
        .map(|(name, told)| (name.to_owned(), told.to_owned()))
    );
    for (field, value) in [
        ("#pattern", regex[3].1),
        ("#input", "user.mail"),
        ("#then_start", "3"),
        ("#separator", "left over"),
    ] {
        assert_eq!(page.attribute(field, "value").as_deref(), Some(value));
    }
    assert_eq!(page.select("#function option[selected]"), ["RegexReplace()"]);
    assert_eq!(page.select("#then_function option[selected]"), ["Substring()"]);
    assert_eq!(page.select("#sample"), ["swmal@fabrikam.com"]);
    assert_eq!(
        page.attribute("#transform-form [name=user]", "value").as_deref(),
        Some("B.Simon")
    );
    // Every field has a label of its own.
    let html = scraper::Html::parse_document(&page.body);
    let ids = |css: &str, attribute: &str| -> Vec<String> {
        let elements = scraper::Selector::parse(css).unwrap();
        let ids = html
            .select(&elements)
            .filter_map(|element| element.attr(attribute));
        ids.map(str::to_owned).collect()
    };
    let mut fields = ids("form input:not([type=hidden]), form select, form textarea", "id");
    let mut labels = ids("form label", "for");
    fields.sort_unstable();
    labels.sort_unstable();
    assert_eq!(fields, labels);
    assert_eq!(
        ids("[id]", "id").len(),
        ids("[id]", "id")
            .iter()
            .collect::<std::collections::BTreeSet<_>>()
            .len()
    );
    // Without a sample the user's own value.
    let own = test(&[
        ("user", "B.Simon"),
        ("function", "ExtractMailPrefix"),
        ("input", "user.mail"),
    ])
    .await;
    assert_eq!(own.select("#result"), ["b.simon"]);
    let mistakes = test(&[
        ("function", "RegexReplace"),
        ("input", "user.mial"),
        ("pattern", "("),
        ("replacement", "x"),
    ])
    .await;
    assert_eq!(mistakes.status, 200);
    let told = mistakes.select("#transform-problem p");
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].starts_with("transform: input: ") && told[1].starts_with("transform: pattern: "),
        "{told:?}"
    );
    assert_eq!(
        mistakes.attribute("#input", "value").as_deref(),
        Some("user.mial")
    );
    assert_eq!(
        mistakes
            .attribute("#transform-form", "aria-describedby")
            .as_deref(),
        Some("transform-problem")
    );
    assert!(mistakes.select("#transformed").is_empty());
    let line = test(&[
        ("function", "ToLowercase"),
        ("input", "user.mail"),
        ("samples", "user.mail"),
    ])
    .await;
    assert!(
        line.select("#transform-problem")
            .concat()
            .contains("expected a line such as user.country = US")
    );
    // Join for the NameID.
    let join = [
        ("function", "Join"),
        ("input", "user.mail"),
        ("separator", "@"),
        ("parameter", "elsewhere.example"),
        ("for_name_id", "on"),
        ("sample", "a@b.example"),
    ];
    let join = test(&join).await;
    assert_eq!(
        join.select("#result"),
        ["nothing: the NameID falls back to the pairwise value"]
    );
    let many = test(&[
        ("function", "ToLowercase"),
        ("input", "user.proxyaddresses"),
        ("multivalued", "on"),
        ("sample", "A\r\nB"),
    ])
    .await;
    assert_eq!(many.select("#result code"), ["a", "b"]);
    // A form of another page cannot write into this one.
    let escaped = test(&[("user", "<b>x</b>"), ("function", "<i>"), ("input", "\"><s>")]).await;
    assert!(
        !["<b>x", "<i>", "<s>"]
            .iter()
            .any(|text| escaped.body.contains(text))
    );
}

/// Two replacements that each make a thousand of one would need gigabytes: what is too long is nothing.
#[tokio::test]
async fn a_transformation_that_explodes_gives_nothing() {
    let mock = Mock::contoso();
    let thousand = "b".repeat(1000);
    let sample = "a".repeat(20_000);
    let fields = [
        ("function", "RegexReplace"),
        ("input", "user.proxyaddresses"),
        ("pattern", "()"),
        ("replacement", &thousand),
        ("sample", &sample),
    ];
    let page = mock
        .agent()
        .get(&format!("{}{}", path(&mock, "Upsales"), query(&fields)))
        .await;
    let told = rows(&page, "#transformed");
    assert!(told[1].1.contains("the output is too long"), "{told:?}");
    // Each value within its limit, their sum not.
    let values: Vec<_> = (0..100)
        .map(|number| format!("{number}{}", "a".repeat(60)))
        .collect();
    let transform = json!({"function": "RegexReplace", "input": "user.proxyaddresses", "multivalued": true, "pattern": "()", "replacement": thousand});
    let asked = json!({"transform": transform, "values": {"user.proxyaddresses": values}});
    let told = mock.control("POST", "/claims-test", asked).await.to_string();
    assert!(
        told.contains("too-long") && told.len() < 2_500_000,
        "{}",
        told.len()
    );
}

/// 4.5: a claims mapping policy locks the blade.
#[tokio::test]
async fn a_claims_mapping_policy_is_told() {
    let mock = Mock::contoso();
    let path = path(&mock, "Upsales");
    assert!(mock.agent().get(&path).await.select("#policy").is_empty());
    let policy = json!({"ClaimsMappingPolicy": {"Version": 1, "IncludeBasicClaimSet": false, "ClaimsSchema": [{"Source": "user", "ID": "mail", "SamlClaimType": "m"}]}});
    mock.patch_app("Upsales", json!({"claims_mapping_policy": policy.to_string()}))
        .await;
    let page = mock.agent().get(&path).await;
    assert!(
        page.select("#policy")
            .concat()
            .starts_with("A claims mapping policy is assigned")
    );
    let claims = rows(&page, "#claims");
    assert_eq!(
        claims.last().unwrap(),
        &("m".to_owned(), "b.simon@contoso.comsource user.mail".to_owned())
    );
    assert!(!claims.iter().any(|(name, _)| name.ends_with("/surname")));
    let told = mock
        .control(
            "POST",
            "/claims-test",
            json!({"app": "Upsales", "user": "B.Simon"}),
        )
        .await;
    assert_eq!(told["claims_mapping_policy"], true);
    mock.patch_app("Upsales", json!({"claims_mapping_policy": null}))
        .await;
    assert!(mock.agent().get(&path).await.select("#policy").is_empty());
}

#[tokio::test]
async fn there_are_pages_for_the_applications_alone() {
    let mock = Mock::contoso();
    for path in [
        format!("/portal/{}/apps/{}/claims-test", mock.tenant.id, mock.tenant.id),
        format!("/portal/{}/apps/Upsales/claims-test", mock.tenant.id),
        format!(
            "/portal/nobody.example/apps/{}/claims-test",
            mock.app("Upsales").app_id
        ),
    ] {
        let page = mock.agent().get(&path).await;
        assert_eq!(page.status, 404, "{path}");
    }
    let by_domain = format!(
        "/portal/contoso.com/apps/{}/claims-test",
        mock.app("Upsales").app_id
    );
    assert_eq!(mock.agent().get(&by_domain).await.status, 200);
}

/// More users than a page lists: the start page says how many more there are, and a name is typed instead of chosen.
#[tokio::test]
async fn a_large_tenant_is_not_listed_whole() {
    let tenant = |users: usize| {
        let users: Vec<_> = (0..users)
            .map(|number| json!({"user_principal_name": format!("u{number}@tailspin.onmicrosoft.com")}))
            .collect();
        let app = json!({"name": "App", "assignment_required": false, "identifiers": [], "reply_urls": []});
        let file = json!({"tenant": {"display_name": "Tailspin", "domains": ["tailspin.onmicrosoft.com"]}, "user": users, "app": [app]});
        let idp = Mock::empty(false);
        let tenant = idp
            .put_tenant(TenantFile::from_json("t", &file).unwrap(), None)
            .unwrap();
        Mock { idp, tenant }
    };
    let fits = tenant(50);
    let page = fits.agent().get("/").await;
    assert_eq!(page.select(".users > div").len(), 50);
    assert!(page.select(".more").is_empty());
    assert_eq!(
        fits.agent()
            .get(&path(&fits, "App"))
            .await
            .select("#user option")
            .len(),
        50
    );
    let large = tenant(53);
    let page = large.agent().get("/").await;
    assert_eq!(page.select(".users > div").len(), 50);
    assert_eq!(
        page.select(".more"),
        [format!(
            "3 more users are not listed here: GET /_entrant/v1/tenants/{} has all of them.",
            large.tenant.id
        )]
    );
    let page = large.agent().get(&path(&large, "App")).await;
    assert_eq!(page.attribute("#user", "type").as_deref(), Some("text"));
    assert!(page.select("#claims").is_empty());
    let last = path(&large, "App") + &query(&[("user", "U52@tailspin.onmicrosoft.com")]);
    let page = large.agent().get(&last).await;
    assert_eq!(page.select("#name-id dd code"), ["u52@tailspin.onmicrosoft.com"]);
    assert_eq!(
        page.attribute("#user", "value").as_deref(),
        Some("U52@tailspin.onmicrosoft.com")
    );
}
