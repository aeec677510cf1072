//! More groups than an assertion holds, and a directory larger than anybody writes by hand.

use control_api::tenant::TenantFile;
use saml_model::names;
use serde_json::{Value, json};

use super::{BARE, SIMON, base, put, sign_on, tenant, values};
use crate::agent::Mock;

/// A tenant in which B.Simon is in so many groups more, all of them through one nested in each.
fn with_groups(count: usize, group_claim: &Value) -> TenantFile {
    let mut base = base();
    let mut group = base.groups[3].clone();
    group.id = None;
    group.members = vec!["group:Through".to_owned()];
    for number in 0..count {
        group.display_name = format!("Nested {number}");
        base.groups.push(group.clone());
    }
    group.display_name = "Through".to_owned();
    group.members = vec!["B.Simon".to_owned()];
    base.groups.push(group);
    tenant(&base, json!({"group_claim": group_claim}))
}

/// 4.4: more than 150, nested ones counted, and a filter's 1,000. Microsoft's documents print both numbers [GRP, TOK].
#[tokio::test]
async fn too_many_groups_become_a_link() {
    const LINK: &str = "https://graph.windows.net/5f0e4a7d-1c3b-4a2e-9d6f-0b8c7e5a3d21/users/9a1b2c3d-0000-4000-8000-000000000001/getMemberObjects";
    let idp = Mock::empty(false);
    let filter = json!({"attribute": "display-name", "match": "prefix", "value": "Group"});
    // Of section 4's own groups B.Simon is in two security groups and has one role; "Through" is the fourth.
    for (id, more, claim, groups, links) in [
        ("g.150", 146, json!({"groups": "security"}), 150, 0),
        ("g.151", 147, json!({"groups": "security"}), 0, 1),
        (
            "g.overage-roles",
            147,
            json!({"groups": "security", "as_roles": true}),
            0,
            1,
        ),
        (
            "g.assigned-has-no-overage",
            147,
            json!({"groups": "assigned"}),
            2,
            0,
        ),
        (
            "g.filter-1000",
            996,
            json!({"groups": "all", "filter": filter}),
            3,
            0,
        ),
        (
            "g.filter-1001",
            997,
            json!({"groups": "all", "filter": filter}),
            0,
            1,
        ),
    ] {
        let mock = put(&idp, with_groups(more, &claim));
        let assertion = sign_on(&mock, SIMON).await.unwrap();
        assert_eq!(values(&assertion, names::CLAIM_GROUPS).len(), groups, "{id}");
        assert_eq!(
            values(&assertion, names::CLAIM_GROUPS_LINK),
            &[LINK][..links],
            "{id}"
        );
        assert!(
            values(&assertion, names::CLAIM_ROLE).is_empty() == claim["as_roles"].is_boolean(),
            "{id}"
        );
    }
}

/// 100,000 users and 10,000 groups: the file is read, and one of them signs on with its own groups. The indices behind
/// it are counted in `tenant::directory`.
#[tokio::test]
async fn a_large_tenant() {
    const USERS: usize = 100_000;
    const GROUPS: usize = 10_000;
    let mut base = base();
    let mut user = base.users[1].clone();
    for number in base.users.len()..USERS {
        user.user_principal_name = format!("u{number}@fabrikam.onmicrosoft.com");
        base.users.push(user.clone());
    }
    let mut group = base.groups[3].clone();
    group.id = None;
    for number in base.groups.len()..GROUPS {
        group.display_name = format!("Team {number}");
        group.members = (0..10)
            .map(|place| format!("u{}", 10 + (number * 10 + place) % (USERS - 10)))
            .collect();
        base.groups.push(group.clone());
    }
    let mock = put(
        &Mock::empty(false),
        tenant(&base, json!({"group_claim": {"groups": "all"}})),
    );
    assert_eq!(mock.tenant.users.len(), USERS);
    for (user, groups) in [("u99999@fabrikam.onmicrosoft.com", 1), (BARE, 1), (SIMON, 4)] {
        let assertion = sign_on(&mock, user).await.unwrap();
        assert_eq!(values(&assertion, names::CLAIM_GROUPS).len(), groups, "{user}");
    }
}
