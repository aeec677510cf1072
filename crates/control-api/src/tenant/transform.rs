//! Transformations as an administrator configures them: "Manage transformation" (entra-behaviour.md 4.2).

use serde::{Serialize, Serializer};

use super::is_default;
use super::pattern::{Pattern, Template};
use super::sources::Source;
use crate::file::{self, Diagnostics};

/// `transform`: a transformation, and at most one more of its output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Transform {
    /// The function with what it takes beside its input.
    #[serde(flatten)]
    pub function: Function,
    /// Parameter 1 (input); absent in `then`, whose input is the output of the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Source>,
    /// "Treat source as multivalued": every value of the input, not the first alone.
    #[serde(skip_serializing_if = "is_default")]
    pub multivalued: bool,
    /// The second transformation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub then: Option<Box<Transform>>,
}

/// A function of "Manage transformation" (entra-behaviour.md 4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "function")]
pub enum Function {
    /// Before the `@`.
    ExtractMailPrefix {},
    /// Input, separator, parameter 2.
    Join {
        /// What stands between.
        #[serde(skip_serializing_if = "String::is_empty")]
        separator: String,
        /// What is joined.
        parameter: Parameter,
    },
    /// Lower case.
    ToLowercase {},
    /// Upper case.
    ToUppercase {},
    /// An output where the input contains a text.
    Contains(Match),
    /// An output where the input begins with a text.
    StartWith(Match),
    /// An output where the input ends with a text.
    EndWith(Match),
    /// After, before or between texts; at least one is there.
    Extract {
        /// "After matching", or the first value of "Between matching".
        #[serde(skip_serializing_if = "Option::is_none")]
        after: Option<String>,
        /// "Before matching", or the second value of "Between matching".
        #[serde(skip_serializing_if = "Option::is_none")]
        before: Option<String>,
    },
    /// Leading or trailing letters.
    ExtractAlpha {
        /// Which.
        part: Part,
    },
    /// Leading or trailing digits.
    ExtractNumeric {
        /// Which.
        part: Part,
    },
    /// An output where the input is empty.
    IfEmpty(Outputs),
    /// An output where the input is not empty.
    IfNotEmpty(Outputs),
    /// A part by its place.
    Substring {
        /// Zero-based place of the first character.
        start: usize,
        /// Characters; absent: to the end of the string.
        #[serde(skip_serializing_if = "Option::is_none")]
        length: Option<usize>,
    },
    /// What a regular expression matches, replaced.
    RegexReplace {
        /// Regex pattern.
        pattern: Pattern,
        /// Replacement pattern.
        replacement: Template,
        /// Additional parameters, of which each is called in the replacement.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        parameters: Vec<Source>,
        /// "Specify output if no match"; absent: the input.
        #[serde(skip_serializing_if = "Option::is_none")]
        output_if_no_match: Option<Parameter>,
    },
}

/// What Contains, StartWith and EndWith take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Match {
    /// Value.
    pub value: String,
    /// Both outputs.
    #[serde(flatten)]
    pub outputs: Outputs,
}

/// Parameter 2 and parameter 3.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outputs {
    /// Parameter 2 (output).
    pub output: Parameter,
    /// Parameter 3 (output if no match).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_if_no_match: Option<Parameter>,
}

/// "Prefix" or "Suffix".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// At the beginning.
    Prefix,
    /// At the end.
    Suffix,
}

/// An attribute or a constant. A text that begins like a source attribute is one; `{ value = "…" }` is a constant
/// whatever it begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// An attribute.
    Source(Source),
    /// A constant.
    Value(String),
}

impl Serialize for Parameter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        match self {
            Self::Source(source) => source.serialize(serializer),
            Self::Value(value) if !Source::is_meant_by(value) => serializer.serialize_str(value),
            Self::Value(value) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("value", value)?;
                map.end()
            }
        }
    }
}

/// A function with the keys that it takes beside `function`, `input`, `multivalued` and `then`.
#[derive(Clone, Copy, Debug)]
pub struct FunctionKeys {
    /// Its name.
    pub name: &'static str,
    /// The keys.
    pub takes: &'static [&'static str],
    /// Whether it may make a NameID.
    pub makes_name_id: bool,
}

/// Every [`Function`]. Two may make a NameID on the policy's page (CP), case folding on the portal's (CC).
pub const FUNCTIONS: &[FunctionKeys] = &[
    function("ExtractMailPrefix", &[], true),
    function("Join", &["separator", "parameter"], true),
    function("ToLowercase", &[], true),
    function("ToUppercase", &[], true),
    function("Contains", &["value", "output", "output_if_no_match"], false),
    function("StartWith", &["value", "output", "output_if_no_match"], false),
    function("EndWith", &["value", "output", "output_if_no_match"], false),
    function("Extract", &["after", "before"], false),
    function("ExtractAlpha", &["part"], false),
    function("ExtractNumeric", &["part"], false),
    function("IfEmpty", &["output", "output_if_no_match"], false),
    function("IfNotEmpty", &["output", "output_if_no_match"], false),
    function("Substring", &["start", "length"], false),
    function(
        "RegexReplace",
        &["pattern", "replacement", "parameters", "output_if_no_match"],
        false,
    ),
];

const fn function(name: &'static str, takes: &'static [&'static str], makes_name_id: bool) -> FunctionKeys {
    FunctionKeys {
        name,
        takes,
        makes_name_id,
    }
}

impl Function {
    /// Its name, as "Manage transformation" and the tenant file write it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::ExtractMailPrefix {} => "ExtractMailPrefix",
            Self::Join { .. } => "Join",
            Self::ToLowercase {} => "ToLowercase",
            Self::ToUppercase {} => "ToUppercase",
            Self::Contains(_) => "Contains",
            Self::StartWith(_) => "StartWith",
            Self::EndWith(_) => "EndWith",
            Self::Extract { .. } => "Extract",
            Self::ExtractAlpha { .. } => "ExtractAlpha",
            Self::ExtractNumeric { .. } => "ExtractNumeric",
            Self::IfEmpty(_) => "IfEmpty",
            Self::IfNotEmpty(_) => "IfNotEmpty",
            Self::Substring { .. } => "Substring",
            Self::RegexReplace { .. } => "RegexReplace",
        }
    }

    /// The attributes it reads beside its input.
    fn sources(&self) -> Vec<&Source> {
        match self {
            Self::Join { parameter, .. } => read_by([Some(parameter), None]),
            Self::Contains(what) | Self::StartWith(what) | Self::EndWith(what) => {
                read_by(what.outputs.both())
            }
            Self::IfEmpty(outputs) | Self::IfNotEmpty(outputs) => read_by(outputs.both()),
            Self::RegexReplace {
                parameters,
                output_if_no_match,
                ..
            } => parameters
                .iter()
                .chain(read_by([output_if_no_match.as_ref(), None]))
                .collect(),
            _ => Vec::new(),
        }
    }
}

impl Outputs {
    fn both(&self) -> [Option<&Parameter>; 2] {
        [Some(&self.output), self.output_if_no_match.as_ref()]
    }
}

fn read_by(parameters: [Option<&Parameter>; 2]) -> Vec<&Source> {
    parameters
        .into_iter()
        .flatten()
        .filter_map(Parameter::source)
        .collect()
}

impl Parameter {
    fn source(&self) -> Option<&Source> {
        match self {
            Self::Source(source) => Some(source),
            Self::Value(_) => None,
        }
    }
}

impl Transform {
    /// Reads a transformation in the tenant file's own keys; `for_name_id`: as one that makes the NameID, which takes fewer
    /// functions and sources.
    ///
    /// # Errors
    /// All that is wrong with it; places are paths. What the admin center validates is among it (entra-behaviour.md 4.2).
    pub fn from_json(name: &str, json: &serde_json::Value, for_name_id: bool) -> Result<Self, Diagnostics> {
        file::from_json(name, json, |table| {
            super::decode::lone_transform(table, for_name_id)
        })
    }

    /// Every attribute that it and the second one read, the input first.
    #[must_use]
    pub fn sources(&self) -> Vec<&Source> {
        let own = self.input.iter().chain(self.function.sources());
        let then = self.then.iter().flat_map(|then| then.sources());
        own.chain(then).collect()
    }
}

/// As a person says it: `ExtractMailPrefix() of user.mail, then ToUppercase()`.
impl std::fmt::Display for Transform {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}()", self.function.name())?;
        if let Some(input) = &self.input {
            write!(out, " of {input}")?;
        }
        match &self.then {
            Some(then) => write!(out, ", then {then}"),
            None => Ok(()),
        }
    }
}
