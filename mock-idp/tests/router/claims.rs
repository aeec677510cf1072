//! What each application learns about each user (entra-behaviour.md 3.2, 3.3, 4.5, 4.6).

use saml_model::{Assertion, names};
use serde_json::json;

use crate::agent::{Mock, upn};

pub(crate) async fn assertion(mock: &Mock, app: &str, user: &str) -> Assertion {
    let delivered = mock.sign_on(app, user).await;
    mock.verify(app, &delivered.xml).await.unwrap().into_assertion()
}

fn lines(assertion: &Assertion) -> Vec<String> {
    let last = |name: &str| name.rsplit('/').next().unwrap().to_owned();
    assertion
        .attributes
        .iter()
        .map(|attribute| format!("{}={}", last(&attribute.name), attribute.values.join("|")))
        .collect()
}

/// 3.2: Entra's order; 4.6: the guest's UPN is the mail.
#[tokio::test]
async fn every_application_and_user() {
    let mock = Mock::contoso();
    let tenant = mock.tenant.id.clone();
    let object_id = |user: &str| {
        let user = mock
            .tenant
            .users
            .iter()
            .find(|entry| entry.upn == upn(user))
            .unwrap();
        user.object_id.clone()
    };
    let head = |user: &str, display: &str, idp: &str| {
        vec![
            format!("tenantid={tenant}"),
            format!("objectidentifier={}", object_id(user)),
            format!("displayname={display}"),
            format!("identityprovider=https://sts.windows.net/{idp}/"),
            format!("authnmethodsreferences={}", names::AUTHN_METHOD_PASSWORD),
        ]
    };
    let simon = [
        "givenname=Britta",
        "surname=Simon",
        "emailaddress=b.simon@contoso.com",
        "name=B.Simon@contoso.onmicrosoft.com",
    ];
    let simon_upwork = [
        "FirstName=Britta",
        "LastName=Simon",
        "Country=Germany",
        "Email=B.Simon@contoso.onmicrosoft.com",
    ];
    let nowak = [
        "givenname=Adam",
        "surname=Nowak",
        "name=A.Nowak@contoso.onmicrosoft.com",
    ];
    let nowak_upwork = [
        "FirstName=Adam",
        "LastName=Nowak",
        "Email=A.Nowak@contoso.onmicrosoft.com",
    ];
    let guest = ["emailaddress=jo@fabrikam.com", "name=jo@fabrikam.com"];
    let guest_upwork = ["Email=jo@fabrikam.com"];
    let home = "11111111-2222-4333-8444-555555555555";
    let jo = "jo_fabrikam.com#EXT#";
    for (app, user, display, idp, name_id, rows) in [
        (
            "Upsales",
            "B.Simon",
            "B.Simon",
            tenant.as_str(),
            "b.simon@contoso.com",
            simon.to_vec(),
        ),
        (
            "IOMETE",
            "B.Simon",
            "B.Simon",
            &tenant,
            "b.simon@contoso.com",
            simon.to_vec(),
        ),
        (
            "sipgate",
            "B.Simon",
            "B.Simon",
            &tenant,
            "B.Simon@contoso.onmicrosoft.com",
            simon.to_vec(),
        ),
        (
            "Upwork Enterprise",
            "B.Simon",
            "B.Simon",
            &tenant,
            "B.Simon@contoso.onmicrosoft.com",
            [simon, simon_upwork].concat(),
        ),
        (
            "sipgate",
            "A.Nowak",
            "A.Nowak",
            &tenant,
            "A.Nowak@contoso.onmicrosoft.com",
            nowak.to_vec(),
        ),
        (
            "Upwork Enterprise",
            "A.Nowak",
            "A.Nowak",
            &tenant,
            "A.Nowak@contoso.onmicrosoft.com",
            [nowak, nowak_upwork].concat(),
        ),
        (
            "Upsales",
            jo,
            "Jo (guest)",
            home,
            "jo@fabrikam.com",
            guest.to_vec(),
        ),
        (
            "sipgate",
            jo,
            "Jo (guest)",
            home,
            "jo@fabrikam.com",
            guest.to_vec(),
        ),
        (
            "Upwork Enterprise",
            jo,
            "Jo (guest)",
            home,
            "jo@fabrikam.com",
            [&guest[..], &guest_upwork].concat(),
        ),
    ] {
        let assertion = assertion(&mock, app, user).await;
        let mut expected = head(user, display, idp);
        expected.extend(rows.iter().map(|row| (*row).to_owned()));
        assert_eq!(lines(&assertion), expected, "{app} {user}");
        assert_eq!(assertion.name_id().unwrap().value, name_id, "{app} {user}");
    }
}

/// 3.2 row 4, 4.6.
#[tokio::test]
async fn guests_of_every_home() {
    let mock = Mock::contoso();
    let local = upn("jo_fabrikam.com#EXT#");
    for (home, idp, name) in [
        ("microsoft", "live.com", local.as_str()),
        ("otp", "mail", &local),
        ("google", "google.com", &local),
        (
            "entra:11111111-2222-4333-8444-555555555555",
            "https://sts.windows.net/11111111-2222-4333-8444-555555555555/",
            "jo@fabrikam.com",
        ),
    ] {
        let body = json!({"user": "jo_fabrikam.com#EXT#", "action": "set", "values": {"home": home}});
        mock.control("POST", "/users", body).await;
        let assertion = assertion(&mock, "sipgate", "jo_fabrikam.com#EXT#").await;
        assert_eq!(
            assertion.attribute(names::CLAIM_IDENTITY_PROVIDER).unwrap(),
            [idp]
        );
        assert_eq!(assertion.attribute(names::CLAIM_NAME).unwrap(), [name], "{home}");
        assert_eq!(assertion.name_id().unwrap().value, name, "{home}");
    }
}

/// 3.2, 4.5: roles stand between displayname and identityprovider, direct and through a group; a constant, a
/// namespace, a replaced default and a restricted name.
#[tokio::test]
async fn roles_and_claims_of_the_application() {
    let mock = Mock::contoso();
    mock.patch_app(
        "Upwork Enterprise",
        json!({
            "app_roles": [{"value": "admin"}, {"value": "buyer"}],
            "assignments": [{"group": "Upwork users", "role": "buyer"}, {"user": "B.Simon", "role": "admin"}, {"user": "B.Simon"}],
            "claims": [
                {"name": "plan", "namespace": "https://sp.test/claims/", "value": "gold"},
                {"name": "tenantid", "namespace": "http://schemas.microsoft.com/identity/claims", "value": "forged"},
                {"name": "surname", "namespace": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims", "source": "user.department"},
                {"name": "id", "source": "user.objectid"},
            ],
        }),
    )
    .await;
    let simon = assertion(&mock, "Upwork Enterprise", "B.Simon").await;
    assert_eq!(simon.attribute(names::CLAIM_ROLE).unwrap(), ["buyer", "admin"]);
    let order: Vec<_> = simon
        .attributes
        .iter()
        .map(|attribute| attribute.name.as_str())
        .collect();
    assert_eq!(
        order[2..5],
        [
            names::CLAIM_DISPLAY_NAME,
            names::CLAIM_ROLE,
            names::CLAIM_IDENTITY_PROVIDER
        ]
    );
    assert_eq!(simon.attribute("https://sp.test/claims/plan").unwrap(), ["gold"]);
    assert_eq!(
        simon.attribute(names::CLAIM_TENANT_ID).unwrap(),
        [mock.tenant.id.as_str()]
    );
    assert_eq!(simon.attribute(names::CLAIM_SURNAME).unwrap(), ["Purchasing"]);
    assert_eq!(
        simon.attribute("id").unwrap(),
        simon.attribute(names::CLAIM_OBJECT_ID).unwrap()
    );
    let nowak = assertion(&mock, "Upwork Enterprise", "A.Nowak").await;
    assert_eq!(nowak.attribute(names::CLAIM_ROLE).unwrap(), ["buyer"]);
    mock.patch_app("sipgate", json!({"default_claims": false})).await;
    assert_eq!(assertion(&mock, "sipgate", "B.Simon").await.attributes.len(), 5);
}

/// 3.3: the portal's formats.
#[tokio::test]
async fn the_portals_name_id_formats() {
    let mock = Mock::contoso();
    for (source, format, expected, value) in [
        (
            "user.mail",
            "default",
            names::NAME_ID_EMAIL,
            "b.simon@contoso.com",
        ),
        ("user.employeeid", "default", names::NAME_ID_UNSPECIFIED, "10001"),
        (
            "user.employeeid",
            "persistent",
            names::NAME_ID_PERSISTENT,
            "10001",
        ),
        (
            "user.employeeid",
            "unspecified",
            names::NAME_ID_UNSPECIFIED,
            "10001",
        ),
        (
            "user.mail",
            "windowsDomainQualifiedName",
            names::NAME_ID_WINDOWS,
            "b.simon@contoso.com",
        ),
    ] {
        mock.patch_app(
            "sipgate",
            json!({"name_id": {"source": source, "format": format}}),
        )
        .await;
        let name_id = assertion(&mock, "sipgate", "B.Simon")
            .await
            .name_id()
            .unwrap()
            .clone();
        assert_eq!(
            (name_id.format.as_deref(), name_id.value.as_str()),
            (Some(expected), value),
            "{source} {format}"
        );
    }
}
