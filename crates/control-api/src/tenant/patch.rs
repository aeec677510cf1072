//! Laying a patch over a tenant file, both as JSON in the file's own keys.

use serde_json::Value;

/// The keys that name an entry of a list, in the order in which they are tried.
const NAMING_KEYS: [&str; 4] = ["user_principal_name", "name", "display_name", "value"];

/// Lays `patch` over `target`: tables are merged key by key; `null` removes a key; a list of named tables is
/// merged by name (new names are appended); any other list is replaced.
pub fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                if value.is_null() {
                    target.remove(key);
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
}
