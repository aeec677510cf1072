//! The steps that change the tenant or the SP.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use control_api::file::parse_duration;
use control_api::idp::{
    CertificateAction, CertificateVerb, ClockAction, TenantInfo, TokenEncryptionAction, UserAction, UserVerb,
};
use control_api::sp::HookCall;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use tokio::sync::MutexGuard;

use super::Case;
use crate::control::ControlError;
use crate::hooks::HookError;
use crate::scenario::{
    CertificateStep, ClockStep, MetadataOf, Scenario, SpStep, TokenEncryptionStep, UserStep,
};
use crate::sp_file::Hook;
use crate::text::{expand, expand_json};
use crate::{hooks, pfx};

impl Case<'_> {
    fn take(&mut self, info: Result<TenantInfo, ControlError>) -> Result<(), String> {
        self.info = info.map_err(|error| error.to_string())?;
        for user in &self.info.users {
            // Newer facts first, so that a recreated user is found before the one that was.
            if !self.users_before.contains(user) {
                self.users_before.insert(0, user.clone());
            }
        }
        Ok(())
    }

    /// `tenant`. The scenario's own application may be called something else in this tenant.
    pub(super) async fn patch_tenant(&mut self, patch: &Json, app: &str) -> Result<(), String> {
        let mut patch = expand_json(patch, &self.variables());
        rename_app(&mut patch, app, &self.world.app);
        let info = self.world.control.patch_tenant(&self.info.id, &patch).await;
        self.take(info)
    }

    /// `certificate`.
    pub(super) async fn change_certificate(
        &mut self,
        step: &CertificateStep,
        scenario: &Scenario,
    ) -> Result<(), String> {
        let app = Some(self.world.app.clone());
        let mut action = CertificateAction {
            valid_for: step.valid_for.clone(),
            valid_from: step.valid_from.clone(),
            key_bits: step.key_bits,
            ..CertificateAction::new(app, step.verb, step.name.clone())
        };
        if step.verb == CertificateVerb::Import {
            let (file, password) = match &step.pfx {
                Some(path) => {
                    let password = step.password.clone().unwrap_or_default();
                    (pfx::read(&scenario.beside(path)).await?, password)
                }
                None => pfx::fresh(step.exponent).await?,
            };
            action.pfx = Some(STANDARD.encode(file));
            action.password = Some(password);
        }
        let info = self.world.control.certificate(&self.info.id, &action).await;
        self.take(info)
    }

    /// `token_encryption`.
    pub(super) async fn change_token_encryption(&mut self, step: &TokenEncryptionStep) -> Result<(), String> {
        let certificate = step.certificate.as_deref();
        let action = TokenEncryptionAction {
            app: Some(self.world.app.clone()),
            action: step.verb,
            name: step.name.clone(),
            certificate: certificate.map(|text| expand(text, &self.variables())),
        };
        let info = self.world.control.token_encryption(&self.info.id, &action).await;
        self.take(info)
    }

    /// `user`.
    pub(super) async fn change_user(&mut self, step: &UserStep) -> Result<(), String> {
        let assigns = matches!(step.verb, UserVerb::Assign | UserVerb::Unassign);
        let action = UserAction {
            user: step.user.clone(),
            action: step.verb,
            to: step.to.clone(),
            values: step
                .values
                .as_ref()
                .map(|values| expand_json(values, &self.variables())),
            app: assigns.then(|| self.world.app.clone()),
            role: step.role.clone(),
        };
        let info = self.world.control.user(&self.info.id, &action).await;
        self.take(info)
    }

    /// `clock`.
    pub(super) async fn move_clocks(&mut self, step: &ClockStep) -> Result<(), String> {
        if step.idp.is_some() {
            let action = ClockAction {
                offset: step.idp.clone(),
                freeze: step.freeze,
            };
            let moved = self.world.control.clock(&self.info.id, &action).await;
            moved.map_err(|error| error.to_string())?;
        }
        let Some(offset) = &step.sp else { return Ok(()) };
        let hook = self.hook("clock")?;
        let real = Timestamp::now();
        self.sp_clock.advance(duration(offset, real)?);
        match step.freeze {
            Some(true) => self.sp_clock.freeze(real),
            Some(false) => self.sp_clock.resume(real),
            None => {}
        }
        let (now, frozen) = (self.sp_clock.now(real), self.sp_clock.is_frozen());
        let set = |call: &mut HookCall| {
            call.now = Some(now.to_string());
            call.frozen = Some(frozen);
        };
        self.call_hook("clock", &hook, None, set).await
    }

    /// `sp`.
    pub(super) async fn change_sp(&mut self, step: &SpStep) -> Result<(), String> {
        let set = |call: &mut HookCall| call.set = step.set.clone();
        let called = self.call_sp_hook(step, set).await?;
        called.map(drop).map_err(|error| error.to_string())
    }

    /// Calls the hook of an `sp` step.
    ///
    /// # Errors
    /// Why it could not be called.
    pub(super) async fn call_sp_hook(
        &mut self,
        step: &SpStep,
        set: impl FnOnce(&mut HookCall),
    ) -> Result<Result<String, HookError>, String> {
        let hook = self.hook(step.action)?;
        self.sp_touched = true;
        let metadata = match &step.metadata {
            MetadataOf::App => self.app_metadata(),
            MetadataOf::Tenant => Some(self.info.metadata.clone()),
            MetadataOf::Address(address) => Some(address.clone()),
        };
        // What nobody can fetch, or nobody should, is an empty file.
        let content = match (&step.metadata, &step.faults[..]) {
            (MetadataOf::Address(_), _) => FileContent::Nothing,
            (_, [_, ..]) => FileContent::Faulted,
            _ => FileContent::Metadata,
        };
        let user = step.user.as_deref();
        self.call_hook_with((metadata, content), step.action, &hook, user, set)
            .await
    }

    fn hook(&self, name: &str) -> Result<Hook, String> {
        let hook = self.world.sp.hooks.get(name).cloned();
        hook.ok_or_else(|| format!("the SP has no `{name}` hook"))
    }

    /// Calls a hook with the variables of contracts.md section 3; `set` adds what only this hook takes.
    pub(super) async fn call_hook(
        &self,
        name: &str,
        hook: &Hook,
        user: Option<&str>,
        set: impl FnOnce(&mut HookCall),
    ) -> Result<(), String> {
        let metadata = (self.app_metadata(), FileContent::Metadata);
        let called = self.call_hook_with(metadata, name, hook, user, set).await?;
        called.map(drop).map_err(|error| error.to_string())
    }

    /// App Federation Metadata Url; none where the application is gone.
    fn app_metadata(&self) -> Option<String> {
        Some(self.app().ok()?.metadata.clone())
    }

    /// As [`Case::call_hook`], with the metadata at another address; tells what the hook answered.
    async fn call_hook_with(
        &self,
        (metadata, content): (Option<String>, FileContent),
        name: &str,
        hook: &Hook,
        user: Option<&str>,
        set: impl FnOnce(&mut HookCall),
    ) -> Result<Result<String, HookError>, String> {
        // Kept until the hook has ended, so that no other scenario writes the file while the SP reads it.
        let file = self.metadata_file(metadata.as_deref(), content).await?;
        let mut call = HookCall {
            metadata_url: metadata,
            metadata_file: file.as_ref().map(|path| path.display().to_string()),
            now: Some(self.sp_clock.now(Timestamp::now()).to_string()),
            ..HookCall::default()
        };
        if let Some(name) = user {
            let user = self
                .user(name)
                .ok_or_else(|| format!("the tenant has no user {name}"))?;
            call.upn = Some(user.upn.clone());
            call.mail = user.mail.clone();
            call.object_id = Some(user.object_id.clone());
            call.name_id = self.name_ids.get(&user.upn).cloned();
        }
        set(&mut call);
        Ok(hooks::call(&self.world.http, name, hook, &call, &self.world.sp.directory()).await)
    }

    /// The file with the metadata at this address, written anew; `None` where the SP needs none.
    async fn metadata_file(
        &self,
        metadata: Option<&str>,
        content: FileContent,
    ) -> Result<Option<MutexGuard<'_, PathBuf>>, String> {
        let Some(file) = &self.world.metadata_file else {
            return Ok(None);
        };
        let metadata = metadata.ok_or("the application is gone, and its metadata with it")?;
        let path = file.lock().await;
        let written = match content {
            FileContent::Nothing => Err(String::new()),
            FileContent::Metadata | FileContent::Faulted => {
                crate::foreign::write_metadata(metadata, &path).await
            }
        };
        match (written, content) {
            (Ok(()), _) => {}
            (Err(reason), FileContent::Metadata) => return Err(reason),
            (Err(_), FileContent::Nothing | FileContent::Faulted) => tokio::fs::write(&*path, [])
                .await
                .map_err(|error| format!("{}: {error}", path.display()))?,
        }
        Ok(Some(path))
    }
}

/// What the file with the metadata holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileContent {
    /// The metadata at the address.
    Metadata,
    /// The same; where it cannot be had, nothing.
    Faulted,
    /// Nothing: the address is not fetched here.
    Nothing,
}

/// A span as a duration; months and years count from `from`.
fn duration(text: &str, from: Timestamp) -> Result<SignedDuration, String> {
    let span = parse_duration(text)?;
    let from = from.to_zoned(TimeZone::UTC);
    span.to_duration(&from)
        .map_err(|error| format!("{text}: {error}"))
}

/// In a patch, entries of the application `from` become entries of `to`.
fn rename_app(patch: &mut Json, from: &str, to: &str) {
    let rename = |name: &mut Json| {
        if name.as_str().is_some_and(|name| name.eq_ignore_ascii_case(from)) {
            *name = to.into();
        }
    };
    let apps = patch.get_mut("app").and_then(Json::as_array_mut);
    let apps = apps.into_iter().flatten();
    apps.filter_map(|app| app.get_mut("name")).for_each(rename);
    let policies = patch.get_mut("conditional_access").and_then(Json::as_array_mut);
    let policies = policies.into_iter().flatten();
    let named = policies.filter_map(|policy| policy.get_mut("apps")?.as_array_mut());
    named.flatten().for_each(rename);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_of_the_scenarios_app_is_one_of_the_app_under_test() {
        let mut patch = serde_json::json!({
            "app": [{"name": "sipgate", "sign_on_url": "x"}, {"name": "IOMETE"}],
            "conditional_access": [{"name": "sipgate", "apps": ["sipgate", "IOMETE"]}, {"name": "all"}],
        });
        rename_app(&mut patch, "Sipgate", "orders");
        assert_eq!(
            patch,
            serde_json::json!({
                "app": [{"name": "orders", "sign_on_url": "x"}, {"name": "IOMETE"}],
                "conditional_access": [{"name": "sipgate", "apps": ["orders", "IOMETE"]}, {"name": "all"}],
            })
        );
    }

    #[test]
    fn durations_count_from_a_date() {
        let from = "2026-02-01T00:00:00Z".parse().unwrap();
        assert_eq!(duration("+6m", from), Ok(SignedDuration::from_mins(6)));
        assert_eq!(duration("-1d", from), Ok(SignedDuration::from_hours(-24)));
        assert_eq!(duration("1 month", from), Ok(SignedDuration::from_hours(28 * 24)));
        assert!(duration("soon", from).is_err());
    }
}
