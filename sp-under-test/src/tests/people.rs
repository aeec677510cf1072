//! Accounts and links: provisioning, linking, what breaks a link, and who must not get whose account.

use control_api::sp::AccountChange;

use super::*;

/// Signs in unsolicited in a fresh browser: the rejection, or what became of the account, with its id.
async fn sign_in(world: &World, personality: &str, change: impl FnOnce(&mut Response)) -> (String, String) {
    let mut response = good(world, personality, None);
    change(&mut response);
    let mut browser = Browser::default();
    let outcome = browser.outcome(world, personality, &sign(&response)).await;
    match browser.who_am_i(world, personality).await {
        None => (outcome, String::new()),
        Some(who) => {
            let change = match who.account.change {
                AccountChange::Created => "created",
                AccountChange::Linked => "linked",
                AccountChange::Updated => "updated",
                AccountChange::Unchanged => "unchanged",
            };
            (change.to_owned(), who.account.id)
        }
    }
}

async fn outcome(world: &World, personality: &str, change: impl FnOnce(&mut Response)) -> String {
    sign_in(world, personality, change).await.0
}

fn accounts(world: &World, personality: &str) -> Vec<(String, Option<String>)> {
    let store = crate::instance::lock(&world.sp.inner.store);
    let accounts = world
        .provider(personality, |provider| store.accounts(&provider.scope))
        .unwrap();
    accounts
        .into_iter()
        .map(|account| (account.user_name, account.mail))
        .collect()
}

async fn done(world: &World, personality: &str, action: &str, body: &str) {
    let answer = world.hook(personality, action, body).await;
    assert_eq!(
        answer.status,
        StatusCode::NO_CONTENT,
        "{action} {body}: {}",
        answer.text
    );
}

const SIMON: &str = r#"{"upn":"B.Simon@contoso.onmicrosoft.com","mail":"b.simon@contoso.com"}"#;

#[tokio::test]
async fn just_in_time_creates_and_updates() {
    let world = World::new().await;
    assert_eq!(accounts(&world, "upwork"), []);
    let (created, id) = sign_in(&world, "upwork", |_| ()).await;
    assert_eq!(created, "created");
    assert_eq!(
        accounts(&world, "upwork"),
        [(UPN.to_owned(), Some(UPN.to_owned()))]
    );
    assert_eq!(
        sign_in(&world, "upwork", |_| ()).await,
        ("unchanged".to_owned(), id.clone())
    );
    let moved = |response: &mut Response| set_attribute(response, "Country", &["France"]);
    assert_eq!(
        sign_in(&world, "upwork", moved).await,
        ("updated".to_owned(), id.clone())
    );
    // What is not sent stays.
    let silent = |response: &mut Response| assertion(response).attributes.retain(|it| it.name != "Country");
    assert_eq!(
        sign_in(&world, "upwork", silent).await,
        ("unchanged".to_owned(), id)
    );
    done(&world, "upwork", "set", r#"{"set":{"update":false}}"#).await;
    assert_eq!(outcome(&world, "upwork", |_| ()).await, "unchanged");
}

/// The tenant file of contracts.md section 4 sends FirstName, Country and Entra's default claims.
#[tokio::test]
async fn entras_default_claims_stand_in_for_the_products_own() {
    let world = World::new().await;
    let mut response = good(&world, "upwork", None);
    assertion(&mut response)
        .attributes
        .retain(|it| it.name != "LastName" && it.name != "Email");
    set_attribute(&mut response, "FirstName", &["Own"]);
    let mut browser = Browser::default();
    assert_eq!(
        browser.outcome(&world, "upwork", &sign(&response)).await,
        "signed-in"
    );
    let account = browser.who_am_i(&world, "upwork").await.unwrap().account;
    assert_eq!(
        [
            account.first_name,
            account.last_name,
            account.mail,
            account.country
        ]
        .map(Option::unwrap),
        ["Own", "Simon", MAIL, "Germany"]
    );
    // What stands in is no attribute of the product: whoever requires it by its own name gets it by that name alone.
    done(
        &world,
        "upwork",
        "set",
        &format!(
            r#"{{"set":{{"required_attributes":["{}"]}}}}"#,
            names::CLAIM_GIVEN_NAME
        ),
    )
    .await;
    let own_only = |response: &mut Response| {
        assertion(response)
            .attributes
            .retain(|it| it.name != names::CLAIM_GIVEN_NAME);
    };
    assert_eq!(outcome(&world, "upwork", own_only).await, "attribute-missing");
}

#[tokio::test]
async fn a_required_attribute_must_be_there_and_say_something() {
    let world = World::new().await;
    for (name, stand_in) in [
        ("FirstName", names::CLAIM_GIVEN_NAME),
        ("LastName", names::CLAIM_SURNAME),
        ("Email", names::CLAIM_EMAIL_ADDRESS),
    ] {
        for says_nothing in [None, Some([].as_slice()), Some([" "].as_slice())] {
            let silent = |response: &mut Response| {
                assertion(response)
                    .attributes
                    .retain(|it| it.name != name && it.name != stand_in);
                if let Some(values) = says_nothing {
                    set_attribute(response, name, values);
                    set_attribute(response, stand_in, values);
                }
            };
            let refused = outcome(&world, "upwork", silent).await;
            assert_eq!(refused, "attribute-missing", "{name} {says_nothing:?}");
        }
    }
    assert_eq!(accounts(&world, "upwork"), []);
    // Country is asked for, not required; a name in another case is another attribute (nid-attr-name-case).
    let silent = |response: &mut Response| assertion(response).attributes.retain(|it| it.name != "Country");
    assert_eq!(outcome(&world, "upwork", silent).await, "created");
    let lower = |response: &mut Response| {
        assertion(response)
            .attributes
            .retain(|it| it.name != "Email" && it.name != names::CLAIM_EMAIL_ADDRESS);
        set_attribute(response, "email", &[UPN]);
    };
    assert_eq!(outcome(&world, "upwork", lower).await, "attribute-missing");
    done(
        &world,
        "upwork",
        "set",
        r#"{"set":{"required_attributes":["Department"]}}"#,
    )
    .await;
    assert_eq!(outcome(&world, "upwork", |_| ()).await, "attribute-missing");
}

#[tokio::test]
async fn without_provisioning_strangers_stay_outside() {
    let world = World::new().await;
    let stranger = |response: &mut Response| {
        name_id(response).value = "a.nowak@contoso.com".to_owned();
        set_attribute(response, names::CLAIM_NAME, &["A.Nowak@contoso.onmicrosoft.com"]);
        set_attribute(response, names::CLAIM_EMAIL_ADDRESS, &["a.nowak@contoso.com"]);
    };
    for personality in ["upsales", "sipgate"] {
        assert_eq!(
            accounts(&world, personality),
            [(UPN.to_owned(), Some(MAIL.to_owned()))]
        );
        assert_eq!(outcome(&world, personality, stranger).await, "account-unknown");
        assert_eq!(accounts(&world, personality).len(), 1);
        assert_eq!(outcome(&world, personality, |_| ()).await, "linked");
        assert_eq!(outcome(&world, personality, |_| ()).await, "unchanged");
        done(&world, personality, "set", r#"{"set":{"jit":true}}"#).await;
        assert_eq!(outcome(&world, personality, stranger).await, "created");
    }
}

/// sipgate's story: guide, Errors and solutions.
#[tokio::test]
async fn a_recreated_account_meets_its_old_link() {
    let world = World::new().await;
    done(&world, "sipgate", "create_account", SIMON).await;
    assert_eq!(accounts(&world, "sipgate").len(), 1);
    assert_eq!(outcome(&world, "sipgate", |_| ()).await, "linked");
    done(&world, "sipgate", "delete_account", SIMON).await;
    assert_eq!(outcome(&world, "sipgate", |_| ()).await, "link-broken");
    done(&world, "sipgate", "create_account", SIMON).await;
    let xml = sign(&good(&world, "sipgate", None));
    let refusal = Browser::default().post(&world, "sipgate", &xml, None).await;
    assert_eq!(refusal.rejection(), Some("link-broken"));
    let text = "An error has occurred. Please try again. Back to login.";
    assert!(refusal.page().contains(text), "{}", refusal.page());
    assert!(
        refusal
            .text
            .contains(r#"<a href="/i/sipgate/login">Back to login.</a>"#)
    );
    // The workaround: support deletes the entry.
    done(
        &world,
        "sipgate",
        "delete_link",
        r#"{"upn":"B.Simon@contoso.onmicrosoft.com"}"#,
    )
    .await;
    assert_eq!(outcome(&world, "sipgate", |_| ()).await, "linked");
    // The solution: links go with the account.
    done(
        &world,
        "sipgate",
        "set",
        r#"{"set":{"delete_links_with_account":true}}"#,
    )
    .await;
    done(&world, "sipgate", "delete_account", SIMON).await;
    done(&world, "sipgate", "create_account", SIMON).await;
    assert_eq!(outcome(&world, "sipgate", |_| ()).await, "linked");
    // Everywhere else that is how it is.
    assert_eq!(outcome(&world, "upsales", |_| ()).await, "linked");
    done(&world, "upsales", "delete_account", SIMON).await;
    assert_eq!(outcome(&world, "upsales", |_| ()).await, "account-unknown");
    done(&world, "upsales", "create_account", SIMON).await;
    assert_eq!(outcome(&world, "upsales", |_| ()).await, "linked");
}

/// Catalogue prov-deactivated, prov-deactivated-jit-reactivate; a session ends with its account.
#[tokio::test]
async fn a_deactivated_account_is_closed() {
    let world = World::new().await;
    let mut browser = Browser::default();
    for (personality, first) in [("upsales", "linked"), ("upwork", "created")] {
        assert_eq!(
            browser
                .outcome(&world, personality, &sign(&good(&world, personality, None)))
                .await,
            "signed-in"
        );
        done(&world, personality, "deactivate_account", SIMON).await;
        assert!(
            browser.who_am_i(&world, personality).await.is_none(),
            "{personality}"
        );
        assert_eq!(outcome(&world, personality, |_| ()).await, "account-deactivated");
        done(
            &world,
            personality,
            "delete_link",
            r#"{"upn":"B.Simon@contoso.onmicrosoft.com"}"#,
        )
        .await;
        assert_eq!(
            outcome(&world, personality, |_| ()).await,
            "account-deactivated",
            "not by linking either"
        );
        done(&world, personality, "delete_account", SIMON).await;
        done(&world, personality, "create_account", SIMON).await;
        assert_eq!(outcome(&world, personality, |_| ()).await, "linked", "{first}");
    }
}

/// Catalogue nid-case-variant, prov-email-swap, prov-upn-recycled, prov-email-other-tenant, prov-guest-mail-collision,
/// prov-recreated-user.
#[tokio::test]
async fn nobody_gets_somebody_elses_account() {
    for (id, link_by, change) in [
        (
            "nid-case-variant",
            "name_id",
            (|r| name_id(r).value = UPN.to_uppercase()) as fn(&mut Response),
        ),
        ("prov-upn-recycled", "object_id", |r| {
            set_attribute(r, names::CLAIM_OBJECT_ID, &["another"])
        }),
        ("prov-email-swap", "name_id", |r| {
            name_id(r).value = "M@contoso.onmicrosoft.com".to_owned();
            set_attribute(r, names::CLAIM_NAME, &["M@contoso.onmicrosoft.com"]);
            set_attribute(r, "Email", &[UPN]);
        }),
        ("prov-email-swap", "mail", |r| {
            set_attribute(r, "Email", &["B.SIMON@contoso.onmicrosoft.com"])
        }),
    ] {
        let world = World::new().await;
        done(
            &world,
            "upwork",
            "set",
            &format!(r#"{{"set":{{"link_by":"{link_by}"}}}}"#),
        )
        .await;
        let (created, simon) = sign_in(&world, "upwork", |_| ()).await;
        assert_eq!(created, "created", "{id}");
        assert_eq!(
            outcome(&world, "upwork", change).await,
            "link-broken",
            "{id} by {link_by}"
        );
        assert_eq!(accounts(&world, "upwork").len(), 1, "{id}");
        assert_eq!(
            sign_in(&world, "upwork", |_| ()).await,
            ("unchanged".to_owned(), simon)
        );
    }
    // Another identity provider that asserts the same name.
    let world = World::new().await;
    assert_eq!(outcome(&world, "upwork", |_| ()).await, "created");
    let other = "https://sts.windows.net/3d9a6c1e-8f42-4b7a-9c05-6e2b1d7f4a90/";
    world.provider("upwork", |provider| {
        provider.state().trust = Some(Trust {
            issuer: other.to_owned(),
            ..trust()
        })
    });
    let from_there = |response: &mut Response| {
        response.issuer = Some(other.to_owned());
        assertion(response).issuer = other.to_owned();
    };
    assert_eq!(
        outcome(&world, "upwork", from_there).await,
        "link-broken",
        "prov-email-other-tenant"
    );
    // A guest with the member's mail and a user name of their own, before the member ever signed in.
    let guest = |response: &mut Response| {
        name_id(response).value = "guest-1".to_owned();
        set_attribute(
            response,
            names::CLAIM_NAME,
            &["jo_fabrikam.com#EXT#@contoso.onmicrosoft.com"],
        );
    };
    assert_eq!(
        outcome(&world, "sipgate", guest).await,
        "link-broken",
        "prov-guest-mail-collision"
    );
    assert_eq!(outcome(&world, "sipgate", |_| ()).await, "linked");
}

/// Catalogue prov-jit-email-takeover where the user name claim was taken out of the application: the mail alone leads into
/// an account only where the settings link by mail.
#[tokio::test]
async fn without_a_user_name_claim_the_name_id_has_to_fit() {
    fn nameless(response: &mut Response) {
        let attributes = &mut assertion(response).attributes;
        attributes.retain(|it| it.name != names::CLAIM_NAME);
    }
    fn stranger(response: &mut Response) {
        nameless(response);
        name_id(response).value = "m@contoso.onmicrosoft.com".to_owned();
    }
    fn called_by_mail(response: &mut Response) {
        nameless(response);
        name_id(response).value = MAIL.to_owned();
    }
    for (link_by, who, expected) in [
        ("name_id", called_by_mail as fn(&mut Response), "link-broken"),
        ("object_id", called_by_mail, "link-broken"),
        ("mail", called_by_mail, "linked"),
        ("name_id", stranger as fn(&mut Response), "link-broken"),
        ("object_id", stranger, "link-broken"),
        ("mail", stranger, "linked"),
        ("name_id", nameless, "linked"),
        ("object_id", nameless, "linked"),
    ] {
        let world = World::new().await;
        let set = format!(r#"{{"set":{{"link_by":"{link_by}"}}}}"#);
        done(&world, "sipgate", "set", &set).await;
        assert_eq!(outcome(&world, "sipgate", who).await, expected, "{link_by}");
    }
}

#[tokio::test]
async fn two_matches_are_none() {
    let world = World::new().await;
    done(
        &world,
        "upsales",
        "create_account",
        r#"{"upn":"b.simon@fabrikam.com"}"#,
    )
    .await;
    let between =
        |response: &mut Response| set_attribute(response, names::CLAIM_NAME, &["b.simon@fabrikam.com"]);
    assert_eq!(outcome(&world, "upsales", between).await, "link-broken");
    assert!(world.last_cause().contains("different accounts"));
    assert_eq!(outcome(&world, "upsales", |_| ()).await, "linked");
}

#[tokio::test]
async fn links_go_by_what_the_settings_say() {
    let world = World::new().await;
    for (link_by, key) in [("name_id", UPN), ("object_id", OBJECT_ID), ("mail", MAIL)] {
        done(&world, "sipgate", "reset", "").await;
        done(
            &world,
            "sipgate",
            "set",
            &format!(r#"{{"set":{{"link_by":"{link_by}"}}}}"#),
        )
        .await;
        world.show(now());
        let mut browser = Browser::default();
        assert_eq!(
            browser
                .outcome(&world, "sipgate", &sign(&good(&world, "sipgate", None)))
                .await,
            "signed-in"
        );
        let link = browser.who_am_i(&world, "sipgate").await.unwrap().account.link;
        assert_eq!(
            serde_json::to_value(link).unwrap(),
            serde_json::json!({"by": link_by, "key": key})
        );
    }
    let renamed = |response: &mut Response| {
        name_id(response).value = "new.name@contoso.com".to_owned();
        set_attribute(response, names::CLAIM_NAME, &["new.name@contoso.com"]);
    };
    assert_eq!(
        outcome(&world, "sipgate", renamed).await,
        "unchanged",
        "the mail is still the same"
    );
    let without = |response: &mut Response| assertion(response).attributes.clear();
    assert_eq!(outcome(&world, "sipgate", without).await, "attribute-missing");
    // prov-nameid-source-switch: another kind of key does not find the account, and takes nothing over.
    done(&world, "sipgate", "set", r#"{"set":{"link_by":"object_id"}}"#).await;
    assert_eq!(outcome(&world, "sipgate", |_| ()).await, "link-broken");
}

/// A user name or mail that another account has is not taken over by an update.
#[tokio::test]
async fn an_update_takes_nobodys_mail() {
    let world = World::new().await;
    assert_eq!(outcome(&world, "upwork", |_| ()).await, "created");
    done(
        &world,
        "upwork",
        "create_account",
        r#"{"upn":"v@contoso.com","mail":"victor@contoso.com"}"#,
    )
    .await;
    let swapped = |response: &mut Response| {
        set_attribute(response, "Email", &["VICTOR@contoso.com"]);
        set_attribute(response, "Country", &["France"]);
    };
    assert_eq!(outcome(&world, "upwork", swapped).await, "updated");
    let mails: Vec<_> = accounts(&world, "upwork")
        .into_iter()
        .filter_map(|(_, mail)| mail)
        .collect();
    assert_eq!(mails, [UPN, "victor@contoso.com"]);
}

/// Catalogue prov-concurrent-first-login.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_first_sign_ons_make_one_account() {
    let world = std::sync::Arc::new(World::new().await);
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let world = std::sync::Arc::clone(&world);
            tokio::spawn(async move { outcome(&world, "upwork", |_| ()).await })
        })
        .collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    assert_eq!(
        outcomes.iter().filter(|outcome| *outcome == "created").count(),
        1,
        "{outcomes:?}"
    );
    assert_eq!(
        outcomes.iter().filter(|outcome| *outcome == "unchanged").count(),
        19,
        "{outcomes:?}"
    );
    assert_eq!(accounts(&world, "upwork").len(), 1);
}

#[tokio::test]
async fn roles_are_the_values_of_the_role_claim() {
    let world = World::new().await;
    let mut response = good(&world, "upsales", None);
    set_attribute(&mut response, names::CLAIM_ROLE, &["user", "freelancer-admin"]);
    set_attribute(&mut response, names::CLAIM_DISPLAY_NAME, &["admin"]);
    let mut browser = Browser::default();
    assert_eq!(
        browser.outcome(&world, "upsales", &sign(&response)).await,
        "signed-in"
    );
    let who = browser.who_am_i(&world, "upsales").await.unwrap();
    assert_eq!(who.roles, ["user", "freelancer-admin"]);
    assert_eq!((who.issuer.as_str(), who.name_id.as_str()), (ISSUER, MAIL));
    assert_eq!(who.attributes[names::CLAIM_GIVEN_NAME], ["Britta"]);
    assert!(who.session_index.unwrap().starts_with("_session-"));
}

/// The accounts page of a tab that has not seen what another did, and a form that makes no account.
#[tokio::test]
async fn the_accounts_page_says_what_was_not_done() {
    let world = World::new().await;
    let mut browser = Browser::default();
    let path = "/i/sipgate/accounts";
    let page = browser.get(&world, path).await;
    let token = super::browser::form_token(&page);
    let gone = "That account is not there any more.";
    for (fields, told) in [
        (&[("action", "delete"), ("id", "gone")][..], gone),
        (&[("action", "activate"), ("id", "gone")], gone),
        (&[("action", "deactivate"), ("id", "gone")], gone),
        (
            &[("action", "delete-link"), ("kind", "NameID"), ("key", "gone")],
            "That link is not there any more.",
        ),
    ] {
        let fields = [&[("form_token", token.as_str())], fields].concat();
        let answer = browser.form(&world, path, &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let page = browser.get(&world, path).await.page();
        assert!(page.contains(told), "{fields:?}: {page}");
    }
    let before = accounts(&world, "sipgate");
    let fields = [
        ("form_token", token.as_str()),
        ("action", "create"),
        ("upn", "C.Doe<"),
        ("mail", "b.simon@contoso.com"),
    ];
    let answer = browser.form(&world, path, &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer
            .page()
            .contains("No account was made: another account has that mail.")
    );
    let typed = |value: &str| answer.text.contains(&format!("value=\"{value}\""));
    assert!(
        typed("C.Doe&#60;") && typed("b.simon@contoso.com"),
        "{}",
        answer.text
    );
    assert_eq!(accounts(&world, "sipgate"), before);
}
