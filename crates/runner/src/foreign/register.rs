//! The tenant of a foreign SP and the application that stands for the SP in it.

use control_api::idp::{TenantInfo, TenantSeed};
use serde_json::{Value as Json, json};

use super::FOREIGN_TENANT;
use crate::context::Context;
use crate::published;
use crate::sp_file::SpFile;

/// The tenant that it is a copy of.
const BASE_TENANT: &str = "contoso";

/// What stands for `{sp}` in the copy: the guides' applications are there, but nobody starts them.
const NO_SP: &str = "http://sp.invalid";

/// What of an application is its own and not its template's.
const OWN_KEYS: [&str; 3] = ["app_id", "object_id", "certificates"];

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
    made.map_err(|error| error.to_string())?;
    let base = context.control.export(FOREIGN_TENANT).await;
    let patch = json!({"app": [application(file, app, &base.map_err(|error| error.to_string())?)]});
    let patched = context.control.patch_tenant(FOREIGN_TENANT, &patch).await;
    patched.map_err(|error| error.to_string())
}

/// The application, in the tenant file's keys: a copy of `app` in the tenant file `base`, with the addresses of the SP.
/// Its Sign on URL stays empty, so that the tile sends a response that nobody asked for.
fn application(file: &SpFile, app: Option<&str>, base: &Json) -> Json {
    let apps = base["app"].as_array().map_or(&[][..], Vec::as_slice);
    let named = |name: &str| {
        apps.iter().find(|entry| {
            entry["name"]
                .as_str()
                .is_some_and(|known| known.eq_ignore_ascii_case(name))
        })
    };
    let template = app.and_then(named).or(apps.first()).and_then(Json::as_object);
    let mut entry = template.cloned().unwrap_or_default();
    entry.retain(|key, _| !OWN_KEYS.contains(&key.as_str()));
    let list = |value: &Option<String>| json!(value.iter().collect::<Vec<_>>());
    entry.extend([
        ("name".to_owned(), json!(file.name)),
        ("template".to_owned(), json!("non-gallery")),
        ("identifiers".to_owned(), list(&file.entity_id)),
        ("reply_urls".to_owned(), list(&file.reply_url)),
        ("sign_on_url".to_owned(), json!("")),
        (
            "logout_url".to_owned(),
            json!(file.published.single_logout_service.clone().unwrap_or_default()),
        ),
        (
            "relay_state".to_owned(),
            json!(file.relay_state.clone().unwrap_or_default()),
        ),
        (
            "signing".to_owned(),
            json!({"option": file.supports.signed.option()}),
        ),
    ]);
    Json::Object(entry)
}

/// Fills the identifier, the reply URL and what else is published from the SP's metadata; what the file says wins.
///
/// # Errors
/// Why the metadata cannot be read, or that it is needed and not named. Metadata that only tells more is no must.
pub(super) async fn read_sp_metadata(file: &mut SpFile) -> Result<(), String> {
    let known = file.entity_id.is_some() && file.reply_url.is_some();
    let Some(address) = file.metadata.clone() else {
        return known.then_some(()).ok_or_else(|| {
            "the SP's identifier and reply URL are not known: give `metadata`, or `entity_id` and `reply_url`".to_owned()
        });
    };
    let sp = match published::read(&address).await {
        Ok(sp) => sp,
        Err(_) if known => return Ok(()),
        Err(reason) => return Err(reason),
    };
    let acs = sp.default_post_acs().map(|acs| acs.endpoint.location.clone());
    if file.reply_url.is_none() && acs.is_none() {
        return Err(format!(
            "{address} names no AssertionConsumerService for HTTP-POST"
        ));
    }
    file.published = published::of(&sp);
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
        let template = |name: &str, source: &str, claims: Json| {
            json!({"name": name, "app_id": "00000000-0000-4000-8000-000000000000", "identifiers": ["urn:old"], "reply_urls": ["http://old/acs"],
                "sign_on_url": "http://old/login", "name_id": {"source": source, "format": "emailAddress"}, "claims": claims,
                "assignments": [{"user": "B.Simon@c.onmicrosoft.com"}], "certificates": [{"name": "current", "status": "active"}]})
        };
        let base = json!({"app": [
            template("Upwork Enterprise", "user.userprincipalname", json!([{"name": "Country", "source": "user.country"}])),
            template("IOMETE", "user.mail", json!([])),
        ]});
        let made = application(&file, Some("upwork enterprise"), &base);
        assert_eq!(
            made["claims"],
            json!([{"name": "Country", "source": "user.country"}])
        );
        assert_eq!(
            (&made["name"], &made["identifiers"], &made["sign_on_url"]),
            (&json!("orders"), &json!(["urn:sp"]), &json!(""))
        );
        assert_eq!(made["signing"], json!({"option": "response"}));
        assert_eq!(
            made["assignments"],
            json!([{"user": "B.Simon@c.onmicrosoft.com"}])
        );
        for own in OWN_KEYS {
            assert_eq!(made.get(own), None, "{own}");
        }
        assert_eq!(made["logout_url"], json!(""));
        file.published.single_logout_service = Some("http://h/slo".to_owned());
        file.entity_id = None;
        let made = application(&file, Some("IOMETE"), &base);
        assert_eq!(made["identifiers"], json!([]));
        assert_eq!(made["name_id"]["source"], "user.mail");
        assert_eq!(made["logout_url"], json!("http://h/slo"));
        // What is sent is a tenant file's own.
        let whole = json!({"tenant": {"display_name": "d", "domains": ["c.onmicrosoft.com"]}, "app": [made],
            "user": [{"user_principal_name": "B.Simon@c.onmicrosoft.com", "display_name": "B"}]});
        control_api::tenant::TenantFile::from_json("t", &whole).unwrap();
    }
}
