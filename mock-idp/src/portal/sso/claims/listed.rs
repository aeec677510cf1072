//! Which claims "Attributes & Claims" lists, and how they are written down once one of them is changed.

use control_api::tenant::{AppEntry, ClaimEntry, NameIdEntry, NameIdFormatWord, OptionalClaim, Origin};
use saml_model::names;

use crate::claims::{default_claims, wire_name};
use crate::portal::transform::attribute::quoted;

/// The claims as they are listed, each name once: the default ones where they are sent, then the application's own, of
/// which one takes the place of an earlier one of its name, as in the assertion.
pub(crate) fn listed(has_defaults: bool, own: &[ClaimEntry]) -> Vec<ClaimEntry> {
    let defaults = default_claims().filter(|_| has_defaults).map(|(name, source)| {
        let (namespace, name) = name.rsplit_once('/').unwrap_or(("", name));
        ClaimEntry {
            name: name.to_owned(),
            namespace: namespace.to_owned(),
            name_format: None,
            origin: Some(Origin::Source(source.clone())),
            conditions: Vec::new(),
        }
    });
    let mut listed: Vec<ClaimEntry> = defaults.collect();
    for claim in own {
        match listed.iter_mut().find(|earlier| wire(earlier) == wire(claim)) {
            Some(earlier) => earlier.clone_from(claim),
            None => listed.push(claim.clone()),
        }
    }
    listed
}

/// The claim's name on the wire, by which pages address it.
pub(crate) fn wire(claim: &ClaimEntry) -> String {
    wire_name(&claim.namespace, &claim.name)
}

/// `default_claims` and `claims` as they have to be written before the claim `changed` is edited or deleted: the same is
/// sent as before. A default claim cannot be changed while it is one, so then all four become the application's own.
pub(super) fn written(app: &AppEntry, changed: &str) -> (bool, Vec<ClaimEntry>) {
    let is_default = default_claims().any(|(name, _)| name == changed);
    if !app.default_claims || !is_default {
        return (app.default_claims, listed(false, &app.claims));
    }
    // The optional claim email already stands in the place of the default one, which must not take it back.
    let has_email = app
        .optional_claims
        .iter()
        .any(|claim| claim.name == OptionalClaim::Email);
    let is_hidden = |claim: &ClaimEntry| {
        let name = wire(claim);
        has_email
            && name == names::CLAIM_EMAIL_ADDRESS
            && name != changed
            && !app.claims.iter().any(|own| wire(own) == name)
    };
    let mut claims = listed(true, &app.claims);
    claims.retain(|claim| !is_hidden(claim));
    (false, claims)
}

/// Where a value comes from, in the words of the column "Value"; nothing where conditions alone say it.
pub(crate) fn value(origin: Option<&Origin>) -> String {
    match origin {
        Some(Origin::Source(source)) => source.to_string(),
        Some(Origin::Value(value)) => quoted(value),
        Some(Origin::Transform(transform)) => transform.to_string(),
        None => String::new(),
    }
}

/// What "Default" is where the NameID's source is not written down.
pub(super) fn name_id_default(format: NameIdFormatWord) -> &'static str {
    match format {
        NameIdFormatWord::Persistent => "user.pairwiseid",
        _ => "user.userprincipalname",
    }
}

/// The NameID's source.
pub(crate) fn name_id_value(entry: &NameIdEntry) -> String {
    match &entry.origin {
        None => name_id_default(entry.format).to_owned(),
        origin => value(origin.as_ref()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constant(name: &str, namespace: &str, value: &str) -> ClaimEntry {
        ClaimEntry {
            name: name.to_owned(),
            namespace: namespace.to_owned(),
            name_format: None,
            origin: Some(Origin::Value(value.to_owned())),
            conditions: Vec::new(),
        }
    }

    /// A file may name a claim twice, in one way or in two; the last is sent, in the place of the first.
    #[test]
    fn a_name_is_listed_once_with_what_is_sent() {
        let own = [
            constant("a", "urn:x", "1"),
            constant("b", "", "2"),
            constant("a", "urn:x/", "3"),
            constant("urn:x/a", "", "4"),
        ];
        let shown = |claims: &[ClaimEntry]| -> Vec<_> {
            let shown = claims
                .iter()
                .map(|claim| (wire(claim), value(claim.origin.as_ref())));
            shown.collect()
        };
        let expected =
            [("urn:x/a", "\"4\""), ("b", "\"2\"")].map(|(name, value)| (name.into(), value.into()));
        assert_eq!(shown(&listed(false, &own)), expected);
        let mut app = AppEntry::new("App");
        app.claims = own.to_vec();
        let (has_defaults, claims) = written(&app, "b");
        assert!(has_defaults);
        assert_eq!(shown(&claims), expected);
        let (has_defaults, claims) = written(&app, names::CLAIM_NAME);
        assert!(!has_defaults);
        assert_eq!(claims.len(), 6);
        assert_eq!(shown(&claims)[4..], expected);
    }
}
