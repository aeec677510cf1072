//! The built-in directory roles that a user can have here.

use uuid::{Uuid, uuid};

/// Names and template ids, which are the same in every tenant (Microsoft's "Microsoft Entra built-in roles").
pub const DIRECTORY_ROLES: &[(&str, Uuid)] = &[
    (
        "Application Administrator",
        uuid!("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"),
    ),
    (
        "Cloud Application Administrator",
        uuid!("158c047a-c907-4556-b7ef-446551a6b5f7"),
    ),
    (
        "Conditional Access Administrator",
        uuid!("b1be1c3e-b65d-4f19-8427-f6fa0d97feb9"),
    ),
    (
        "Global Administrator",
        uuid!("62e90394-69f5-4237-9190-012177145e10"),
    ),
    ("Global Reader", uuid!("f2ef992c-3afb-46b9-b7cf-a126ee74c451")),
    (
        "Groups Administrator",
        uuid!("fdd7a751-b60b-444a-984c-02652fe8fa1c"),
    ),
    (
        "Helpdesk Administrator",
        uuid!("729827e3-9c14-49f7-bb1b-9608f156bbb8"),
    ),
    (
        "Security Administrator",
        uuid!("194ae4cb-b126-40b2-bd5b-6091b380977d"),
    ),
    ("Security Reader", uuid!("5d6b6bb7-de71-4623-b4af-96380a352509")),
    (
        "User Administrator",
        uuid!("fe930be7-5e62-47db-91af-98c3a49a38b1"),
    ),
];

/// The template id of a role: one of [`DIRECTORY_ROLES`] by name, or a GUID of another.
///
/// # Errors
/// What was expected, with the nearest name.
pub fn directory_role(text: &str) -> Result<Uuid, String> {
    let known = DIRECTORY_ROLES.iter().find(|(name, _)| *name == text);
    if let Some(id) = known.map(|(_, id)| *id).or_else(|| text.parse().ok()) {
        return Ok(id);
    }
    let names: Vec<_> = DIRECTORY_ROLES.iter().map(|(name, _)| *name).collect();
    let expected = super::decode::one_of(text, &names, "a directory role or the id of its template");
    Err(expected.unwrap_or_else(|error| error))
}
