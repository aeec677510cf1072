//! The tenant of a foreign SP and the application that stands for the SP in it.

use control_api::idp::{TenantInfo, TenantSeed};
use saml_accept::metadata;
use saml_accept::xml::Limits;
use serde_json::{Value as Json, json};

use super::FOREIGN_TENANT;
use crate::context::Context;
use crate::fetch;
use crate::sp_file::SpFile;

/// The tenant that it is a copy of.
const BASE_TENANT: &str = "contoso";

/// What stands for `{sp}` in the copy: the guides' applications are there, but nobody starts them.
const NO_SP: &str = "http://sp.invalid";

/// The user of Contoso who is assigned to nothing.
const UNASSIGNED: &str = "U.Keller";

/// NameID source and own claims (name, source) of the guides' applications, by name.
type Template = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);
const TEMPLATES: &[Template] = &[
    ("Upsales", "user.mail", &[]),
    (
        "Upwork Enterprise",
        "user.userprincipalname",
        &[
            ("FirstName", "user.givenname"),
            ("LastName", "user.surname"),
            ("Country", "user.country"),
            ("Email", "user.userprincipalname"),
        ],
    ),
    ("IOMETE", "user.mail", &[]),
    ("sipgate", "user.userprincipalname", &[]),
];

/// The template of an application that no guide knows.
const OTHER: Template = ("", "user.userprincipalname", &[]);

/// Makes the tenant, or puts it back to what it was, and the application of `file` in it, with the claims and the
/// NameID of the application `app`.
///
/// # Errors
/// What the control API said.
pub(super) async fn tenant(
    context: &Context<'_>,
    file: &SpFile,
    app: Option<&str>,
) -> Result<TenantInfo, String> {
    let seed = TenantSeed {
        base: Some(BASE_TENANT.to_owned()),
        file: None,
        sp: Some(NO_SP.to_owned()),
    };
    let made = context.control.put_tenant(FOREIGN_TENANT, &seed).await;
    let made = made.map_err(|error| error.to_string())?;
    let patch = json!({"app": [application(file, app, &made)]});
    let patched = context.control.patch_tenant(FOREIGN_TENANT, &patch).await;
    patched.map_err(|error| error.to_string())
}

/// The application, in the tenant file's keys. Its Sign on URL stays empty, so that the tile sends a response that
/// nobody asked for.
fn application(file: &SpFile, app: Option<&str>, tenant: &TenantInfo) -> Json {
    let named = |name: &str| {
        TEMPLATES
            .iter()
            .find(|(known, _, _)| known.eq_ignore_ascii_case(name))
    };
    let (_, name_id, claims) = app.and_then(named).unwrap_or(&OTHER);
    let list = |value: &Option<String>| value.iter().cloned().collect::<Vec<_>>();
    let claims: Vec<_> = claims
        .iter()
        .map(|(name, source)| json!({"name": name, "source": source}))
        .collect();
    let assignments: Vec<_> = tenant
        .users
        .iter()
        .filter(|user| !user.is_called(UNASSIGNED))
        .map(|user| json!({"user": user.upn}))
        .collect();
    json!({
        "name": file.name,
        "template": "non-gallery",
        "identifiers": list(&file.entity_id),
        "reply_urls": list(&file.reply_url),
        "sign_on_url": "",
        "relay_state": file.relay_state.clone().unwrap_or_default(),
        "assignment_required": true,
        "signing": {"option": file.supports.signed.option()},
        "name_id": {"source": name_id, "format": "emailAddress"},
        "default_claims": true,
        "claims": claims,
        "assignments": assignments,
    })
}

/// Fills the identifier and the reply URL from the SP's metadata; what the file says wins.
///
/// # Errors
/// Why the metadata cannot be read, or that it is needed and not named.
pub(super) async fn read_sp_metadata(file: &mut SpFile) -> Result<(), String> {
    if file.entity_id.is_some() && file.reply_url.is_some() {
        return Ok(());
    }
    let address = file.metadata.as_deref().ok_or(
        "the SP's identifier and reply URL are not known: give `metadata`, or `entity_id` and `reply_url`",
    )?;
    let document = fetch::metadata(address)
        .await
        .map_err(|error| format!("{address}: {error}"))?;
    let sp = metadata::sp(&document, &Limits::default()).map_err(|error| format!("{address}: {error}"))?;
    let acs = sp.default_post_acs().map(|acs| acs.endpoint.location.clone());
    if file.reply_url.is_none() && acs.is_none() {
        return Err(format!(
            "{address} names no AssertionConsumerService for HTTP-POST"
        ));
    }
    file.entity_id.get_or_insert(sp.entity_id);
    file.reply_url = file.reply_url.take().or(acs);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_application_takes_claims_from_the_template_and_addresses_from_the_sp() {
        let text = "name = \"orders\"\nentity_id = \"urn:sp\"\nreply_url = \"http://h/acs\"\nsign_on_url = \"http://h/login\"\n\
                    [whoami]\nurl = \"http://h/me\"\nidentity = \"json:/mail\"\nmatch = \"mail\"\n[supports]\nsigned = \"response\"\n";
        let mut file = crate::sp_file::parse("sp.toml", text).unwrap();
        let user = |upn: &str| json!({"upn": upn, "object_id": "o", "display_name": "d", "password": "p", "account_enabled": true});
        let tenant = json!({"id": "t", "display_name": "d", "domain": "c", "issuer": "i", "metadata": "m", "apps": [],
            "users": [user("B.Simon@c.onmicrosoft.com"), user("U.Keller@c.onmicrosoft.com")]});
        let tenant: TenantInfo = serde_json::from_value(tenant).unwrap();
        let made = application(&file, Some("Upwork Enterprise"), &tenant);
        assert_eq!(
            made["claims"][2],
            json!({"name": "Country", "source": "user.country"})
        );
        assert_eq!(made["identifiers"], json!(["urn:sp"]));
        assert_eq!(made["signing"], json!({"option": "response"}));
        assert_eq!(
            made["assignments"],
            json!([{"user": "B.Simon@c.onmicrosoft.com"}])
        );
        file.entity_id = None;
        let made = application(&file, Some("IOMETE"), &tenant);
        assert_eq!((&made["identifiers"], &made["claims"]), (&json!([]), &json!([])));
        assert_eq!(made["name_id"]["source"], "user.mail");
        // What is sent is a tenant file's own.
        let whole = json!({"tenant": {"display_name": "d", "domains": ["c.onmicrosoft.com"]}, "app": [made],
            "user": [{"user_principal_name": "B.Simon@c.onmicrosoft.com", "display_name": "B"}]});
        control_api::tenant::TenantFile::from_json("t", &whole).unwrap();
    }
}
