//! Decoding transformations, with the validations of the admin center (entra-behaviour.md 4.2).

use std::collections::HashSet;

use super::all;
use crate::file::{Table, Value};
use crate::tenant::pattern::{Pattern, Spelling, Template};
use crate::tenant::sources::{SOURCES, Source};
use crate::tenant::transform::{Function, Match, Outputs, Parameter, Part, Transform};

/// Attributes that RegexReplace takes beside its input (entra-behaviour.md 4.2).
pub(super) const PARAMETERS_MAX: usize = 5;

/// What a source or a transformation is for: the NameID takes fewer of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameIdOr {
    /// The NameID.
    NameId,
    /// A claim.
    Claim,
}

/// The functions by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    ExtractMailPrefix,
    Join,
    ToLowercase,
    ToUppercase,
    Contains,
    StartWith,
    EndWith,
    Extract,
    ExtractAlpha,
    ExtractNumeric,
    IfEmpty,
    IfNotEmpty,
    Substring,
    RegexReplace,
}

/// The first four may make a NameID: the first two on the policy page, case folding on the portal's.
const WORDS: &[(&str, Word)] = &[
    ("ExtractMailPrefix", Word::ExtractMailPrefix),
    ("Join", Word::Join),
    ("ToLowercase", Word::ToLowercase),
    ("ToUppercase", Word::ToUppercase),
    ("Contains", Word::Contains),
    ("StartWith", Word::StartWith),
    ("EndWith", Word::EndWith),
    ("Extract", Word::Extract),
    ("ExtractAlpha", Word::ExtractAlpha),
    ("ExtractNumeric", Word::ExtractNumeric),
    ("IfEmpty", Word::IfEmpty),
    ("IfNotEmpty", Word::IfNotEmpty),
    ("Substring", Word::Substring),
    ("RegexReplace", Word::RegexReplace),
];

/// How many of [`WORDS`] the NameID takes.
const NAME_ID_WORDS: usize = 4;

/// A source attribute.
pub(super) fn source(table: &Table<'_>, key: &'static str, of: NameIdOr) -> Option<Source> {
    table.parsed(key, |text| match (of, Source::parse(text)) {
        (NameIdOr::NameId, Ok(source)) if !source.feeds_name_id() => {
            let names: Vec<_> = SOURCES
                .iter()
                .filter(|attribute| attribute.feeds_name_id)
                .map(|attribute| attribute.name)
                .collect();
            let words = crate::file::quoted_list(names);
            Err(format!(
                "a source attribute of the NameID: expected one of {words} or a directory extension"
            ))
        }
        (_, read) => read,
    })
}

/// `transform`.
pub(super) fn transform(table: &Table<'_>, of: NameIdOr) -> Option<Transform> {
    let input = source(table, "input", of);
    if !table.has("input") {
        table.problem("`input` is missing: expected a source attribute, such as user.mail");
    }
    let multivalued = multivalued(table, input.as_ref());
    let then = table.table("then").and_then(|inner| {
        if inner.has("input") {
            inner.problem_at(
                "input",
                "`input`: the second transformation takes what the first gives",
            );
        }
        if inner.has("then") {
            inner.problem_at("then", "`then`: at most two transformations are chained");
        }
        let function = function(&inner, of, None);
        let second = function.map(|function| Transform {
            function,
            input: None,
            multivalued: false,
            then: None,
        });
        all(&inner, second)
    });
    let function = function(table, of, input.as_ref());
    Some(Transform {
        function: function?,
        input: Some(input?),
        multivalued,
        then: then.map(Box::new),
    })
}

fn multivalued(table: &Table<'_>, input: Option<&Source>) -> bool {
    let multivalued = table.boolean("multivalued").unwrap_or(false);
    if let Some(input) = input.filter(|input| multivalued && !input.is_multivalued()) {
        table.problem_at("multivalued", format!("`multivalued`: `{input}` has one value"));
    }
    multivalued
}

fn function(table: &Table<'_>, of: NameIdOr, input: Option<&Source>) -> Option<Function> {
    let words = match of {
        NameIdOr::NameId => &WORDS[..NAME_ID_WORDS],
        NameIdOr::Claim => WORDS,
    };
    if !table.has("function") {
        let words = crate::file::quoted_list(words.iter().map(|(word, _)| *word));
        table.problem(format!("`function` is missing: expected one of {words}"));
    }
    let Some(word) = table.word("function", words) else {
        // Which keys an unknown function takes is not known either.
        drop(table.entries());
        return None;
    };
    Some(match word {
        Word::ExtractMailPrefix => Function::ExtractMailPrefix {},
        Word::ToLowercase => Function::ToLowercase {},
        Word::ToUppercase => Function::ToUppercase {},
        Word::Join => Function::Join {
            separator: table.string("separator").unwrap_or_default(),
            parameter: required_parameter(table, "parameter")?,
        },
        Word::Contains => Function::Contains(matching(table)?),
        Word::StartWith => Function::StartWith(matching(table)?),
        Word::EndWith => Function::EndWith(matching(table)?),
        Word::Extract => extract(table),
        Word::ExtractAlpha => Function::ExtractAlpha { part: part(table)? },
        Word::ExtractNumeric => Function::ExtractNumeric { part: part(table)? },
        Word::IfEmpty => Function::IfEmpty(outputs(table)?),
        Word::IfNotEmpty => Function::IfNotEmpty(outputs(table)?),
        Word::Substring => substring(table)?,
        Word::RegexReplace => regex_replace(table, input)?,
    })
}

fn matching(table: &Table<'_>) -> Option<Match> {
    let value = table.required_string("value", "the text to look for");
    let outputs = outputs(table);
    Some(Match {
        value: value?,
        outputs: outputs?,
    })
}

fn outputs(table: &Table<'_>) -> Option<Outputs> {
    let output_if_no_match = parameter(table, "output_if_no_match");
    Some(Outputs {
        output: required_parameter(table, "output")?,
        output_if_no_match,
    })
}

fn extract(table: &Table<'_>) -> Function {
    let text = |key| {
        table
            .has(key)
            .then(|| table.required_string(key, "the text to look for"))
            .flatten()
    };
    let (after, before) = (text("after"), text("before"));
    if !table.has("after") && !table.has("before") {
        table.problem("`after` is missing: Extract takes `after`, `before`, or both (between)");
    }
    Function::Extract { after, before }
}

fn part(table: &Table<'_>) -> Option<Part> {
    if !table.has("part") {
        table.problem("`part` is missing: expected one of `prefix`, `suffix`");
    }
    table.word("part", &[("prefix", Part::Prefix), ("suffix", Part::Suffix)])
}

fn substring(table: &Table<'_>) -> Option<Function> {
    if !table.has("start") {
        table.problem("`start` is missing: expected the zero-based place of the first character");
    }
    let number = |key| table.integer(key).and_then(|number| usize::try_from(number).ok());
    let (start, length) = (number("start"), number("length"));
    if length == Some(0) {
        table.problem_at("length", "`length`: expected at least 1");
    }
    Some(Function::Substring {
        start: start?,
        length,
    })
}

fn regex_replace(table: &Table<'_>, input: Option<&Source>) -> Option<Function> {
    let required = |key, expected: &str| {
        if !table.has(key) {
            table.problem(format!("`{key}` is missing: expected {expected}"));
        }
    };
    required("pattern", "a regular expression");
    required(
        "replacement",
        "a replacement such as `{country}.{domain}@contoso.com`",
    );
    let pattern = table.parsed("pattern", Pattern::parse);
    let replacement = table.parsed("replacement", |text| Template::parse(text, Spelling::Braces));
    let parameters = parameters(table, input);
    let output_if_no_match = parameter(table, "output_if_no_match");
    let (pattern, replacement, parameters) = (pattern?, replacement?, parameters?);
    for source in &parameters {
        if !replacement.names().any(|name| name == source.short_name()) {
            table.problem_at(
                "parameters",
                format!(
                    "`parameters`: `{source}` is not used: the replacement has no `{{{}}}`",
                    source.short_name()
                ),
            );
        }
    }
    check_names(table, &pattern, &replacement, &parameters);
    Some(Function::RegexReplace {
        pattern,
        replacement,
        parameters,
        output_if_no_match,
    })
}

/// Reports what the replacement calls although neither the pattern nor a parameter is called so.
pub(super) fn check_names(
    table: &Table<'_>,
    pattern: &Pattern,
    replacement: &Template,
    parameters: &[Source],
) {
    for problem in unknown_names(pattern, replacement, parameters) {
        table.problem_at("replacement", format!("`replacement`: {problem}"));
    }
}

/// What is wrong with each name of the replacement that is neither a group of the pattern nor a parameter.
pub(super) fn unknown_names(pattern: &Pattern, replacement: &Template, parameters: &[Source]) -> Vec<String> {
    let regex = pattern.regex();
    let groups: HashSet<_> = regex.capture_names().flatten().collect();
    let is_known = |name: &str| {
        groups.contains(name)
            || name
                .parse::<usize>()
                .is_ok_and(|number| number < regex.captures_len())
            || parameters.iter().any(|source| source.short_name() == name)
    };
    let unknown = replacement.names().filter(|name| !is_known(name));
    unknown
        .map(|name| {
            let known = groups
                .iter()
                .copied()
                .chain(parameters.iter().map(Source::short_name));
            let hint = crate::tenant::hint(name, known);
            format!("`{{{name}}}` is neither a group of the pattern nor a parameter{hint}")
        })
        .collect()
}

fn parameters(table: &Table<'_>, input: Option<&Source>) -> Option<Vec<Source>> {
    let texts = table.strings("parameters");
    let mut parameters = Vec::new();
    let mut sound = true;
    let mut problem = |message: String| {
        sound = false;
        table.problem_at("parameters", format!("`parameters`: {message}"));
    };
    if texts.len() > PARAMETERS_MAX {
        problem(format!("at most {PARAMETERS_MAX} attributes beside the input"));
    }
    for text in texts {
        match Source::parse(&text) {
            Ok(source) if parameters.contains(&source) || input == Some(&source) => {
                problem(format!("`{source}` stands there twice, or is the input"));
            }
            Ok(source) => parameters.push(source),
            Err(expected) => problem(format!("`{text}` is not {expected}")),
        }
    }
    sound.then_some(parameters)
}

fn required_parameter(table: &Table<'_>, key: &'static str) -> Option<Parameter> {
    if !table.has(key) {
        table.problem(format!(
            "`{key}` is missing: expected a source attribute or a constant"
        ));
    }
    parameter(table, key)
}

fn parameter(table: &Table<'_>, key: &'static str) -> Option<Parameter> {
    let node = table.node(key)?;
    if let Value::Table(_) = node.value {
        let inner = table.table(key)?;
        let value = inner.required_string("value", "a constant").map(Parameter::Value);
        return all(&inner, value);
    }
    let text = table.string(key)?;
    if !Source::is_meant_by(&text) {
        return Some(Parameter::Value(text));
    }
    table.parsed(key, Source::parse).map(Parameter::Source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::{FUNCTIONS, FunctionKeys};
    use serde_json::{Value as Json, json};

    /// A valid transformation by a function: everything that any takes, less what this one does not.
    fn valid(row: &FunctionKeys) -> Json {
        let all = json!({"part": "prefix", "value": "v", "start": 0, "length": 1, "pattern": "(?<a>.)", "replacement": "{a}",
            "parameters": [], "output": "o", "output_if_no_match": "n", "separator": "-", "parameter": "p",
            "after": "a", "before": "b"});
        let mut json = json!({"function": row.name, "input": "user.mail"});
        for key in row.takes {
            json[*key] = all[*key].clone();
        }
        json
    }

    /// What is told of the functions is what is read, key by key.
    #[test]
    fn every_function_takes_the_keys_that_are_listed() {
        assert_eq!(FUNCTIONS.len(), WORDS.len());
        for (place, (row, (word, _))) in FUNCTIONS.iter().zip(WORDS).enumerate() {
            assert_eq!(row.name, *word);
            assert_eq!(row.makes_name_id, place < NAME_ID_WORDS, "{word}");
            let json = json!({"function": word, "input": "user.mail", "part": "prefix", "value": "v", "start": 0, "length": 1,
                "pattern": "(?<a>.)", "replacement": "{a}", "parameters": [], "output": "o", "output_if_no_match": "n",
                "separator": "-", "parameter": "p", "after": "a", "before": "b", "nothing": ""});
            let wrong = Transform::from_json("t", &json, false).unwrap_err();
            let unknown = |key: &str| {
                wrong
                    .0
                    .iter()
                    .any(|one| one.message.starts_with(&format!("unknown key `{key}`")))
            };
            for key in json.as_object().unwrap().keys() {
                let is_taken =
                    ["function", "input"].contains(&key.as_str()) || row.takes.contains(&key.as_str());
                assert_eq!(unknown(key), !is_taken, "{word} {key}: {wrong}");
            }
            let transform = Transform::from_json("t", &valid(row), false).unwrap();
            assert_eq!(transform.function.name(), *word);
            assert_eq!(serde_json::to_value(&transform).unwrap()["function"], *word);
        }
    }
}
