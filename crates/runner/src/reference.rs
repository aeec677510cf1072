//! Runs against the reference SP: every scenario gets a tenant and an SP instance of its own, and the reference SP
//! is one more SP file, generated.

use std::collections::BTreeMap;
use std::path::PathBuf;

use control_api::idp::{TenantInfo, TenantSeed};
use control_api::sp::{ACTIONS, InstanceSeed, PERSONALITIES, PersonalityInfo, TrustSeed};
use futures_util::{StreamExt as _, stream};
use serde_json::json;
use uuid::Uuid;

use crate::context::Context;
use crate::control::Api;
use crate::event::ScenarioResult;
use crate::published;
use crate::scenario::Scenario;
use crate::selector::Selector;
use crate::sp_file::{Hook, Match, Published, Signed, SignedOut, SpFile, Supports, Whoami};
use crate::world::{self, Events, World};

/// The tenant that every scenario's tenant is a copy of.
const BASE_TENANT: &str = "contoso";

/// Where the reference SP's probe shows the object id: an attribute of the assertion.
const OBJECT_ID: &str = "json:/attributes/http:~1~1schemas.microsoft.com~1identity~1claims~1objectidentifier";

/// Runs `scenarios`, `jobs` at a time; the results come in the order of the selection.
pub(crate) async fn run(context: &Context<'_>, scenarios: &[Scenario]) -> Vec<ScenarioResult> {
    let unreachable = preflight(context).await.err();
    let ran = stream::iter(scenarios.iter().enumerate()).map(|(index, scenario)| {
        let unreachable = unreachable.clone();
        async move {
            match unreachable {
                Some(reason) => context.inconclusive(index, scenario, reason),
                None => match context.left_out(scenario) {
                    Some(reason) => context.skipped(index, scenario, reason),
                    None => perform(context, index, scenario).await,
                },
            }
        }
    });
    let mut results: Vec<_> = ran.buffer_unordered(context.jobs()).collect().await;
    results.sort_by_key(|result| result.index);
    results
}

/// Runs one scenario in a tenant and an SP instance of its own, which end with it: both servers hold a limited
/// number of them.
async fn perform(context: &Context<'_>, index: usize, scenario: &Scenario) -> ScenarioResult {
    let tenant = Uuid::new_v4();
    let world = world(context, scenario, tenant);
    let result = context.perform(index, scenario, world).await;
    // The verdict stands already. Where nothing was made or nothing answers, there is nothing to say about the SP.
    let _ = context.control.delete_tenant(&tenant.to_string()).await;
    if let Ok(api) = sp_api(context) {
        let _ = api.delete_instance(&instance_of(tenant)).await;
    }
    result
}

/// The name of the SP instance that belongs to a tenant.
fn instance_of(tenant: Uuid) -> String {
    tenant.simple().to_string()
}

/// The reference SP's control routes.
fn sp_api(context: &Context<'_>) -> Result<Api, String> {
    Ok(Api::new(&context.http, base(context)?, &context.endpoints.token))
}

fn base<'r>(context: &Context<'r>) -> Result<&'r str, String> {
    let base = context.endpoints.sp.as_deref();
    base.map(|base| base.trim_end_matches('/'))
        .ok_or_else(|| "no reference SP is running".to_owned())
}

/// Both halves must answer before anything is attempted.
async fn preflight(context: &Context<'_>) -> Result<(), String> {
    context.must_answer(&context.endpoints.idp).await?;
    context.must_answer(base(context)?).await
}

/// A tenant and an SP instance for one scenario.
async fn world(context: &Context<'_>, scenario: &Scenario, tenant: Uuid) -> Result<World, String> {
    let apps = scenario.apps();
    let instance = instance_of(tenant);
    let sp_base = format!("{}/{instance}", base(context)?);
    let seed = TenantSeed {
        base: Some(BASE_TENANT.to_owned()),
        file: None,
        sp: Some(sp_base.clone()),
    };
    let info = context.control.put_tenant(&tenant.to_string(), &seed).await;
    let info = info.map_err(|error| error.to_string())?;
    let mut trust = BTreeMap::new();
    for app in &apps {
        let metadata_url = world::app(&info, app)?.metadata.clone();
        trust.insert(personality(app)?.to_owned(), TrustSeed { metadata_url });
    }
    let api = sp_api(context)?;
    let made = api
        .put_instance(
            &instance,
            &InstanceSeed {
                trust,
                ..InstanceSeed::default()
            },
        )
        .await
        .map_err(|error| error.to_string())?;
    let mut files = Vec::new();
    for app in &apps {
        let personality = personality(app)?;
        let addresses = made
            .personalities
            .get(personality)
            .ok_or_else(|| format!("the reference SP made no personality `{personality}`"))?;
        let hooks = format!("{}/_entrant/v1/sp/{instance}/{personality}", base(context)?);
        let mut file = sp_file(app, addresses, &hooks, &context.endpoints.token)?;
        // Its metadata is read where it matters only: the first reading makes a key.
        let certificates = ["sp_certificate", "sp_encryption_certificate"];
        let mut mentioned = certificates.iter().filter(|name| scenario.mentions(name));
        if scenario.sign_outs().next().is_some() || mentioned.next().is_some() {
            file.published = published::of(&published::read(&addresses.metadata).await?);
        }
        files.push(((*app).to_owned(), file));
    }
    let info = with_logout_urls(context, info, &files).await?;
    let (app, sp) = files.remove(0);
    Ok(World {
        http: context.http.clone(),
        control: context.control.clone(),
        idp: context.endpoints.idp.clone(),
        app,
        sp,
        others: files,
        sp_base,
        events: Some(Events { api, instance }),
        metadata_file: None,
        step_timeout: context.options.step_timeout,
        allow_hosts: context.options.allow_hosts.clone(),
        canary: context.canary.clone(),
        info,
    })
}

/// The tenant with the Logout Url of each application for which the SP publishes one and the tenant has none.
async fn with_logout_urls(
    context: &Context<'_>,
    info: TenantInfo,
    files: &[(String, SpFile)],
) -> Result<TenantInfo, String> {
    let mut entries = Vec::new();
    for (name, file) in files {
        let app = world::app(&info, name)?;
        if let (Some(url), true) = (&file.published.single_logout_service, app.logout_url.is_empty()) {
            entries.push(json!({"name": app.name, "logout_url": url}));
        }
    }
    if entries.is_empty() {
        return Ok(info);
    }
    let patched = context
        .control
        .patch_tenant(&info.id, &json!({"app": entries}))
        .await;
    patched.map_err(|error| error.to_string())
}

fn personality(app: &str) -> Result<&'static str, String> {
    let named = PERSONALITIES
        .iter()
        .find(|(_, name)| name.eq_ignore_ascii_case(app));
    named.map(|(personality, _)| *personality).ok_or_else(|| {
        let names: Vec<_> = PERSONALITIES
            .iter()
            .map(|(_, name)| format!("`{name}`"))
            .collect();
        format!(
            "the reference SP has no personality for the application `{app}`: it has {}",
            names.join(", ")
        )
    })
}

/// The reference SP as an SP file.
fn sp_file(name: &str, addresses: &PersonalityInfo, hooks: &str, token: &str) -> Result<SpFile, String> {
    let selector =
        |text: &str| Selector::parse(text).map_err(|expected| format!("`{text}` is not {expected}"));
    let hook = |action: &&str| {
        let hook = Hook::Post {
            url: format!("{hooks}/{action}"),
            token: Some(token.to_owned()),
        };
        ((*action).to_owned(), hook)
    };
    Ok(SpFile {
        path: PathBuf::new(),
        name: name.to_owned(),
        metadata: Some(addresses.metadata.clone()),
        entity_id: Some(addresses.entity_id.clone()),
        reply_url: Some(addresses.acs.clone()),
        sign_on_url: Some(addresses.login.clone()),
        logout_url: Some(addresses.logout.clone()),
        published: Published::default(),
        relay_state: None,
        run: None,
        whoami: Whoami {
            url: Some(addresses.whoami.clone()),
            identity: selector(OBJECT_ID)?,
            matches: Match::ObjectId,
            name_id: Some(selector("json:/name_id")?),
            name_id_format: Some(selector("json:/name_id_format")?),
            attributes: Some(selector("json:/attributes")?),
            account: Some(selector("json:/account/change")?),
            account_id: Some(selector("json:/account/id")?),
            roles: Some(selector("json:/roles")?),
            rejection: Some(selector("css:meta[name=entrant-rejection]@content")?),
            signed_out: SignedOut::Status(401),
        },
        hooks: ACTIONS.iter().map(hook).collect(),
        supports: Supports {
            idp_initiated: true,
            signed: Signed::Assertion,
            encryption: true,
            single_logout: true,
            parallel: true,
            settings: None,
        },
    })
}
