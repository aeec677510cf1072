//! Invite external user.

use super::Admin;
use super::users::user;
use crate::agent::Mock;

/// 4.6, for each home identity provider.
#[tokio::test]
async fn an_external_user_is_invited() {
    for (choice, id, home) in [
        (
            "Microsoft Entra ID (another tenant)",
            "22222222-2222-4333-8444-555555555555",
            "entra:22222222-2222-4333-8444-555555555555",
        ),
        ("Microsoft account (personal)", "", "microsoft"),
        ("Google", "", "google"),
        ("Email one-time passcode", "", "otp"),
    ] {
        let mut admin = Admin::contoso().await;
        admin.walk(&["Users", "Invite external user"]).await;
        admin
            .press(
                "Invite",
                &[
                    ("Email", "kim+x@example.org"),
                    ("Display name", "Kim (guest)"),
                    (choice, "yes"),
                    ("Home tenant ID", id),
                ],
            )
            .await;
        let upn = "kim+x_example.org#EXT#@contoso.onmicrosoft.com";
        assert_eq!(admin.row("User principal name"), upn);
        assert_eq!(admin.row("User type"), "Guest");
        assert_eq!(admin.row("Identities"), home);
        let entry = user(&admin, upn).await;
        assert_eq!(entry["mail"], "kim+x@example.org");
        assert_eq!(entry["user_type"], "Guest");
    }
}

#[tokio::test]
async fn an_invitation_that_does_not_fit_stays_typed() {
    let mut admin = Admin::contoso().await;
    let google = ("Google", "yes");
    for (email, choice, id, problem) in [
        ("kim", google, "", "Email: enter the guest's address"),
        ("kim@localhost", google, "", "Email: enter the guest's address"),
        ("k im@example.org", google, "", "Email: enter the guest's address"),
        ("kim@exam_ple.org", google, "", ""),
        (
            "jo@fabrikam.com",
            google,
            "",
            "There is a user \u{201c}jo_fabrikam.com#EXT#@contoso.onmicrosoft.com\u{201d} already",
        ),
        (
            "kim@example.org",
            ("Microsoft Entra ID (another tenant)", "yes"),
            "",
            "no tenant of this mock has the domain \u{201c}example.org\u{201d}",
        ),
        (
            "kim@example.org",
            ("Microsoft Entra ID (another tenant)", "yes"),
            "x",
            "Home tenant ID: enter a GUID",
        ),
    ] {
        admin.open("/users/invite").await;
        let typed = [
            ("Email", email),
            ("Display name", "Kim"),
            choice,
            ("Home tenant ID", id),
        ];
        admin.press("Invite", &typed).await;
        if problem.is_empty() {
            // What a mail address may be is not ours to judge.
            assert_eq!(admin.row("Email"), email);
            continue;
        }
        assert!(admin.problem().contains(problem), "{}", admin.problem());
        assert_eq!(admin.value("Email"), email);
        assert_eq!(admin.value("Display name"), "Kim");
        assert_eq!(admin.value(choice.0), "yes");
        assert_eq!(admin.value("Home tenant ID"), id);
    }
}

/// A tenant of the same mock is found by its domain, as Entra finds all.
#[tokio::test]
async fn a_guests_home_is_found_by_its_domain() {
    let mock = Mock::contoso();
    let fabrikam = mock
        .idp
        .put_tenant(mock_idp::embedded("fabrikam").unwrap(), None)
        .unwrap();
    let mut admin = Admin::of(mock).await;
    admin.open("/users/invite").await;
    let email = ("Email", "m.rossi@fabrikam.onmicrosoft.com");
    admin.press("Invite", &[email]).await;
    assert_eq!(admin.page.heading(), "m.rossi");
    assert_eq!(admin.row("Identities"), format!("entra:{}", fabrikam.id));
}
