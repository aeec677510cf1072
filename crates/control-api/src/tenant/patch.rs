//! Laying a patch over a tenant file, both as JSON in the file's own keys.

use serde_json::Value;

/// The keys that name an entry of a list, in the order in which they are tried.
const NAMING_KEYS: [&str; 4] = ["user_principal_name", "name", "display_name", "value"];

/// The keys of which a claim has one: a patch that has another takes its place.
const ORIGINS: [&str; 3] = ["source", "value", "transform"];

/// The keys whose values are replaced whole: what a transformation takes depends on its function, and the order of
/// conditions matters.
const WHOLE: [&str; 2] = ["transform", "conditions"];

/// Lays `patch` over `target`: tables are merged key by key; `null` removes a key; a list of named tables is
/// merged by name (new names are appended); any other list is replaced, and so are a transformation and the
/// conditions of a claim. Of `source`, `value` and `transform` the patch's takes the place of another.
pub fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            let given = |key: &str| patch.get(key).is_some_and(|value| !value.is_null());
            // A group claim has a `source` too, and a filter a `value`; neither has a second one of these.
            if ORIGINS.iter().any(|key| given(key)) {
                target.retain(|key, _| !ORIGINS.contains(&key.as_str()) || given(key));
            }
            for (key, value) in patch {
                if value.is_null() {
                    target.remove(key);
                } else if WHOLE.contains(&key.as_str()) {
                    target.insert(key.clone(), value.clone());
                } else {
                    merge(target.entry(key.clone()).or_insert(Value::Null), value);
                }
            }
        }
        (Value::Array(target), Value::Array(patch))
            if !patch.is_empty() && patch.iter().all(|item| name(item).is_some()) =>
        {
            for item in patch {
                match target.iter_mut().find(|entry| same_name(entry, item)) {
                    Some(entry) => merge(entry, item),
                    None => target.push(item.clone()),
                }
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}

fn name(item: &Value) -> Option<&str> {
    NAMING_KEYS.iter().find_map(|key| item.get(key)?.as_str())
}

fn same_name(left: &Value, right: &Value) -> bool {
    match (name(left), name(right)) {
        (Some(left), Some(right)) => left.eq_ignore_ascii_case(right),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::merge;
    use serde_json::json;

    #[test]
    fn tables_merge_named_lists_merge_by_name_and_other_lists_are_replaced() {
        let mut target = json!({
            "tenant": {"display_name": "Contoso", "password": "x"},
            "app": [{"name": "Upsales", "reply_urls": ["a", "b"], "sign_on_url": ""}, {"name": "IOMETE"}],
        });
        merge(
            &mut target,
            &json!({"tenant": {"password": null}, "app": [{"name": "upsales", "reply_urls": ["c"]}, {"name": "new"}]}),
        );
        assert_eq!(
            target,
            json!({
                "tenant": {"display_name": "Contoso"},
                "app": [{"name": "upsales", "reply_urls": ["c"], "sign_on_url": ""}, {"name": "IOMETE"}, {"name": "new"}],
            })
        );
    }

    #[test]
    fn a_claim_gets_another_origin_and_conditions_are_replaced_in_their_order() {
        let mut target = json!({"claims": [{
            "name": "id",
            "source": "user.mail",
            "conditions": [{"user_type": "members", "value": "x"}, {"value": "y"}],
        }]});
        let transform = json!({"function": "ToLowercase", "input": "user.mail"});
        merge(
            &mut target,
            &json!({"claims": [{"name": "id", "transform": {"function": "Join"}, "conditions": [{"value": "y"}]}]}),
        );
        merge(
            &mut target,
            &json!({"claims": [{"name": "id", "transform": transform}]}),
        );
        assert_eq!(
            target,
            json!({"claims": [{"name": "id", "transform": transform, "conditions": [{"value": "y"}]}]})
        );
    }
}
