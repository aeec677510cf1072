//! Faults that are armed, and those that wait.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// Arms faults for sign-ons: the next response that matches gets all of them, and so do those after it until `times` is
/// used up. Of several sets that match the oldest acts.
///
/// Faults of metadata are for whoever fetches it, as often. They go with no faults of a sign-on, and with no user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArmFaults {
    /// Only a sign-on of this flow (see [`crate::FLOW_HEADER`]); absent: the tenant's next one. With faults of metadata: the flow
    /// under which it is recorded that somebody fetched it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
    /// Only a sign-on to this application, or its metadata, by name or application id; absent: of any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// Only a sign-on of this user, by UPN or its local part; absent: of anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// How many sign-ons, sign-outs or fetches get them; absent: one.
    #[serde(default, skip_serializing_if = "Times::is_once")]
    pub times: Times,
    /// The faults, applied in this order.
    pub faults: Vec<FaultSpec>,
}

/// Faults that wait, with how many sign-ons have had them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArmedFaults {
    /// By which these alone are disarmed.
    pub number: u64,
    /// What was ordered.
    #[serde(flatten)]
    pub order: ArmFaults,
    /// 0: armed and never used.
    pub used: u32,
}

/// How often what is armed acts: a number from 1 to [`Times::MAX`], or `"until-disarmed"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// So often.
    Number(u32),
    /// At every sign-on that matches, until somebody disarms it.
    UntilDisarmed,
}

impl Times {
    /// The largest number.
    pub const MAX: u32 = 10_000;

    /// The word for [`Times::UntilDisarmed`].
    pub const UNTIL_DISARMED: &str = "until-disarmed";

    /// Reads what a form or a scenario says.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let number = text
            .parse()
            .ok()
            .filter(|number| (1..=Self::MAX).contains(number));
        match number {
            Some(number) => Ok(Self::Number(number)),
            None if text == Self::UNTIL_DISARMED => Ok(Self::UntilDisarmed),
            None => Err(format!(
                "`times`: expected a number from 1 to {} or `{}`, found `{text}`",
                Self::MAX,
                Self::UNTIL_DISARMED
            )),
        }
    }

    /// Whether it is used up after so many uses.
    #[must_use]
    pub fn is_used_up(self, used: u32) -> bool {
        matches!(self, Self::Number(number) if used >= number)
    }

    /// So often, and as often as that at the least.
    #[must_use]
    pub fn at_least(self, uses: u32) -> Self {
        match self {
            Self::Number(number) => Self::Number(number.max(uses)),
            Self::UntilDisarmed => self,
        }
    }

    fn is_once(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for Times {
    fn default() -> Self {
        Self::Number(1)
    }
}

impl Serialize for Times {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_u32(*number),
            Self::UntilDisarmed => serializer.serialize_str(Self::UNTIL_DISARMED),
        }
    }
}

impl<'de> Deserialize<'de> for Times {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let text = match &value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Self::parse(&text).map_err(D::Error::custom)
    }
}

/// A fault with its parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FaultSpec {
    /// Id of the fault table.
    pub id: String,
    /// Parameters that the fault takes, such as `value`. A number, `true` and `false` are read as their text.
    #[serde(flatten)]
    pub parameters: BTreeMap<String, String>,
}

impl<'de> Deserialize<'de> for FaultSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SpecVisitor)
    }
}

struct SpecVisitor;

impl<'de> Visitor<'de> for SpecVisitor {
    type Value = FaultSpec;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a fault as an object, such as {\"id\": \"xsw-3\"}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FaultSpec, A::Error> {
        let mut values = BTreeMap::new();
        while let Some((key, value)) = map.next_entry::<String, Value>()? {
            if values.insert(key.clone(), value).is_some() {
                return Err(A::Error::custom(format!(
                    "the key `{key}` of a fault is there twice"
                )));
            }
        }
        let id = match values.remove("id") {
            Some(Value::String(id)) => id,
            Some(other) => {
                let error = format!("`id` of a fault: expected a text, found {}", kind(&other));
                return Err(A::Error::custom(error));
            }
            None => return Err(A::Error::missing_field("id")),
        };
        let text = |(name, value)| match text(&value) {
            Some(text) => Ok((name, text)),
            None => Err(A::Error::custom(format!(
                "the parameter `{name}` of the fault `{id}`: expected a text, a number, `true` or `false`, found {}",
                kind(&value)
            ))),
        };
        let parameters = values.into_iter().map(text).collect::<Result<_, _>>()?;
        Ok(FaultSpec { id, parameters })
    }
}

/// What a parameter's value is as a text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is_true) => Some(is_true.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// What kind of value it is, for whoever sent another than was expected.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "`true` or `false`",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_its_text() {
        let spec: FaultSpec =
            serde_json::from_str(r#"{"kilobytes": 10, "id": "x", "deep": true, "word": "a", "least": -1.5}"#)
                .unwrap();
        let expected = [
            ("deep", "true"),
            ("kilobytes", "10"),
            ("least", "-1.5"),
            ("word", "a"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!((spec.id.as_str(), spec.parameters), ("x", expected.into()));
    }

    #[test]
    fn what_is_no_fault_is_told_by_name() {
        for (json, expected) in [
            (
                r#"{"id": "xml-huge", "kilobytes": [10]}"#,
                "the parameter `kilobytes` of the fault `xml-huge`: expected a text, a number, `true` or `false`, found an array",
            ),
            (
                r#"{"code": null, "id": "aadsts"}"#,
                "the parameter `code` of the fault `aadsts`: expected a text, a number, `true` or `false`, found null",
            ),
            (r#"{"id": 3}"#, "`id` of a fault: expected a text, found a number"),
            (
                r#"{"id": "a", "id": "b"}"#,
                "the key `id` of a fault is there twice",
            ),
            (r#"{"code": "1"}"#, "missing field `id`"),
            (
                r#""xsw-3""#,
                "expected a fault as an object, such as {\"id\": \"xsw-3\"}",
            ),
            (
                r#"["xsw-3"]"#,
                "expected a fault as an object, such as {\"id\": \"xsw-3\"}",
            ),
        ] {
            let error = serde_json::from_str::<FaultSpec>(json).unwrap_err().to_string();
            assert!(error.contains(expected), "{json}: {error}");
        }
    }
}
