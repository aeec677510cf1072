//! Transformations (entra-behaviour.md 4.2). Everything here is text in, text out; nothing fails, since what cannot be
//! done gives no value.

use control_api::idp::StepResult;
use control_api::tenant::{
    Function, Match, Outputs, Parameter, Part, Pattern, Piece, Source, Template, Transform,
};

use crate::limits::{TRANSFORMED_BYTES_MAX, TRANSFORMED_SUM_BYTES_MAX};

/// Where a transformation finds its attributes, and what the NameID forbids it.
pub(crate) struct Inputs<'a> {
    /// Every value of a source attribute, none of them empty.
    pub(crate) read: &'a dyn Fn(&Source) -> Vec<String>,
    /// For the NameID: the verified domains of the tenant, one of which Join must end with.
    pub(crate) name_id_domains: Option<&'a [String]>,
}

impl Inputs<'_> {
    fn first(&self, source: &Source) -> Option<String> {
        (self.read)(source).into_iter().next()
    }

    fn parameter(&self, parameter: &Parameter) -> Option<String> {
        match parameter {
            Parameter::Source(source) => self.first(source),
            Parameter::Value(value) => Some(value.clone()).filter(|value| !value.is_empty()),
        }
    }

    fn optional(&self, parameter: Option<&Parameter>) -> Option<String> {
        parameter.and_then(|parameter| self.parameter(parameter))
    }
}

/// A value's way through a transformation.
#[derive(Debug)]
pub(crate) struct Run {
    /// `None` where the input is empty.
    pub(crate) input: Option<String>,
    /// What the transformation made of it, and the second of what the first made.
    pub(crate) steps: Vec<Step>,
}

/// What a function made of its input.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) function: &'static str,
    /// Never empty.
    pub(crate) output: Option<String>,
    pub(crate) result: StepResult,
}

/// What a transformation makes of its input: one value for each value of the input where it is treated as multivalued,
/// else at most one.
pub(crate) fn outcome(transform: &Transform, inputs: &Inputs<'_>) -> Vec<String> {
    outputs(runs(transform, inputs))
}

/// What came out.
pub(crate) fn outputs(runs: Vec<Run>) -> Vec<String> {
    runs.into_iter()
        .filter_map(|mut run| run.steps.pop()?.output)
        .collect()
}

/// The way of each value of the input; one that is empty has one, too.
pub(crate) fn runs(transform: &Transform, inputs: &Inputs<'_>) -> Vec<Run> {
    let mut values = transform.input.as_ref().map(inputs.read).unwrap_or_default();
    if !transform.multivalued {
        values.truncate(1);
    }
    let given: Vec<Option<String>> = if values.is_empty() {
        vec![None]
    } else {
        values.into_iter().map(Some).collect()
    };
    let mut left = TRANSFORMED_SUM_BYTES_MAX;
    given
        .into_iter()
        .map(|input| Run {
            steps: steps(transform, input.as_deref(), inputs, &mut left),
            input,
        })
        .collect()
}

/// `left`: bytes that all steps of the transformation may give yet.
fn steps(transform: &Transform, input: Option<&str>, inputs: &Inputs<'_>, left: &mut usize) -> Vec<Step> {
    let longest = TRANSFORMED_BYTES_MAX.min(*left);
    let (output, result) = match applied(&transform.function, input, inputs, longest) {
        (Some(output), _) if output.len() > longest => TOO_LONG,
        applied => applied,
    };
    *left -= output.as_ref().map_or(0, String::len);
    let first = Step {
        function: transform.function.name(),
        output: output.filter(|output| !output.is_empty()),
        result,
    };
    let second = transform
        .then
        .as_ref()
        .map(|then| steps(then, first.output.as_deref(), inputs, left));
    std::iter::once(first)
        .chain(second.into_iter().flatten())
        .collect()
}

type Applied = (Option<String>, StepResult);

/// What became longer than it may be.
const TOO_LONG: Applied = (None, StepResult::TooLong);

fn done(output: impl Into<String>) -> Applied {
    (Some(output.into()), StepResult::Done)
}

/// `input` is `None` where it is null or empty. What is longer than `longest` need not be made whole.
fn applied(function: &Function, input: Option<&str>, inputs: &Inputs<'_>, longest: usize) -> Applied {
    match (function, input) {
        (Function::IfEmpty(outputs), _) => conditional(input.is_none(), outputs, inputs),
        (Function::IfNotEmpty(outputs), _) => conditional(input.is_some(), outputs, inputs),
        (Function::Contains(what), _) => matching(what, input, inputs, |input, value| input.contains(value)),
        (Function::StartWith(what), _) => {
            matching(what, input, inputs, |input, value| input.starts_with(value))
        }
        (Function::EndWith(what), _) => matching(what, input, inputs, |input, value| input.ends_with(value)),
        (Function::ExtractMailPrefix {}, Some(input)) => done(mail_prefix(input)),
        (Function::Join { separator, parameter }, Some(input)) => join(input, separator, parameter, inputs),
        (Function::ToLowercase {}, Some(input)) => done(input.to_lowercase()),
        (Function::ToUppercase {}, Some(input)) => done(input.to_uppercase()),
        (Function::Extract { after, before }, Some(input)) => {
            match extract(input, after.as_deref(), before.as_deref()) {
                Some(part) => (Some(part), StepResult::Matched),
                None => (None, StepResult::NotMatched),
            }
        }
        (Function::ExtractAlpha { part }, Some(input)) => done(run(input, *part, char::is_alphabetic)),
        (Function::ExtractNumeric { part }, Some(input)) => {
            done(run(input, *part, |character| character.is_ascii_digit()))
        }
        (Function::Substring { start, length }, Some(input)) => {
            let characters = input.chars().skip(*start);
            done(characters.take(length.unwrap_or(usize::MAX)).collect::<String>())
        }
        (
            Function::RegexReplace {
                pattern,
                replacement,
                parameters,
                output_if_no_match,
            },
            Some(input),
        ) => {
            let value = |name: &str| {
                let source = parameters.iter().find(|source| source.short_name() == name)?;
                inputs.first(source)
            };
            match (
                replaced(pattern, replacement, input, &value, longest),
                output_if_no_match,
            ) {
                (Replaced::By(output), _) => (Some(output), StepResult::Matched),
                (Replaced::TooLong, _) => TOO_LONG,
                (Replaced::NotMatched, Some(output)) => (inputs.parameter(output), StepResult::NotMatched),
                // Skipped: what came in goes on.
                (Replaced::NotMatched, None) => (Some(input.to_owned()), StepResult::NotMatched),
            }
        }
        (_, None) => (None, StepResult::NoInput),
    }
}

fn conditional(holds: bool, outputs: &Outputs, inputs: &Inputs<'_>) -> Applied {
    if holds {
        (inputs.parameter(&outputs.output), StepResult::Matched)
    } else {
        let output = inputs.optional(outputs.output_if_no_match.as_ref());
        (output, StepResult::NotMatched)
    }
}

/// Case matters (uncertain: no document says whether).
fn matching(
    what: &Match,
    input: Option<&str>,
    inputs: &Inputs<'_>,
    test: impl Fn(&str, &str) -> bool,
) -> Applied {
    let holds = input.is_some_and(|input| test(input, &what.value));
    conditional(holds, &what.outputs, inputs)
}

fn mail_prefix(input: &str) -> &str {
    input.split_once('@').map_or(input, |(prefix, _)| prefix)
}

/// For the NameID the domain of the input is dropped, and what is joined must be a verified domain (4.2).
fn join(input: &str, separator: &str, parameter: &Parameter, inputs: &Inputs<'_>) -> Applied {
    let Some(suffix) = inputs.parameter(parameter) else {
        return (None, StepResult::NoParameter);
    };
    let prefix = match inputs.name_id_domains {
        Some(domains) if !domains.iter().any(|domain| domain.eq_ignore_ascii_case(&suffix)) => {
            return (None, StepResult::NotVerified);
        }
        Some(_) => mail_prefix(input),
        None => input,
    };
    done(format!("{prefix}{separator}{suffix}"))
}

/// What does not match gives nothing (uncertain).
fn extract(input: &str, after: Option<&str>, before: Option<&str>) -> Option<String> {
    let rest = match after {
        Some(marker) => input.split_once(marker)?.1,
        None => input,
    };
    let part = match before {
        Some(marker) => rest.split_once(marker)?.0,
        None => rest,
    };
    Some(part.to_owned())
}

fn run(input: &str, part: Part, belongs: impl Fn(char) -> bool) -> &str {
    match part {
        Part::Prefix => &input[..input.len() - input.trim_start_matches(&belongs).len()],
        Part::Suffix => &input[input.trim_end_matches(&belongs).len()..],
    }
}

/// What came of replacing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Replaced {
    By(String),
    /// The pattern matches nothing.
    NotMatched,
    /// It would be longer than was asked for.
    TooLong,
}

/// What the pattern matches, replaced, as .NET's Regex.Replace does, but that an empty match right behind another is none.
/// `parameter` gives what is no group of the pattern; what is longer than `longest` bytes is not made.
pub(crate) fn replaced(
    pattern: &Pattern,
    replacement: &Template,
    input: &str,
    parameter: &dyn Fn(&str) -> Option<String>,
    longest: usize,
) -> Replaced {
    let mut output = String::new();
    let mut end = None;
    for captures in pattern.regex().captures_iter(input) {
        let Some(whole) = captures.get(0) else { continue };
        output.push_str(&input[end.unwrap_or(0)..whole.start()]);
        for piece in replacement.pieces() {
            match piece {
                Piece::Text(text) => output.push_str(text),
                Piece::Name(name) => {
                    let value = group(&captures, name).or_else(|| parameter(name));
                    output.push_str(&value.unwrap_or_default());
                }
            }
            if output.len() > longest {
                return Replaced::TooLong;
            }
        }
        end = Some(whole.end());
    }
    match end {
        None => Replaced::NotMatched,
        Some(end) if output.len() + input.len() - end > longest => Replaced::TooLong,
        Some(end) => {
            output.push_str(&input[end..]);
            Replaced::By(output)
        }
    }
}

fn group(captures: &regex::Captures<'_>, name: &str) -> Option<String> {
    let numbered = || name.parse().ok().and_then(|number| captures.get(number));
    captures
        .name(name)
        .or_else(numbered)
        .map(|group| group.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn through(function: Function, then: Option<Function>, values: &[&str]) -> Vec<String> {
        let second = then.map(|function| {
            Box::new(Transform {
                function,
                input: None,
                multivalued: false,
                then: None,
            })
        });
        let transform = Transform {
            function,
            input: Some(Source::parse("user.proxyaddresses").unwrap()),
            multivalued: true,
            then: second,
        };
        let read = |_: &Source| values.iter().map(|value| (*value).to_owned()).collect();
        outcome(
            &transform,
            &Inputs {
                read: &read,
                name_id_domains: None,
            },
        )
    }

    fn any_function() -> impl Strategy<Value = Function> {
        prop_oneof![
            Just(Function::ExtractMailPrefix {}),
            Just(Function::ToLowercase {}),
            Just(Function::ToUppercase {}),
            Just(Function::ExtractAlpha { part: Part::Suffix }),
            Just(Function::ExtractNumeric { part: Part::Prefix }),
            (0..9_usize, prop::option::of(1..9_usize))
                .prop_map(|(start, length)| Function::Substring { start, length }),
            (prop::option::of("[a-c@]"), prop::option::of("[a-c@]"))
                .prop_map(|(after, before)| Function::Extract { after, before }),
        ]
    }

    proptest! {
        #[test]
        fn folding_case_twice_is_folding_it_once(text in ".{1,20}") {
            for fold in [Function::ToLowercase {}, Function::ToUppercase {}] {
                let once = through(fold.clone(), None, &[&text]);
                prop_assert_eq!(through(fold.clone(), Some(fold), &[&text]), once);
            }
        }

        /// Whatever the functions and the text, also beyond ASCII: nothing panics, and no value is empty.
        #[test]
        fn what_comes_out_empty_is_omitted(first in any_function(), second in prop::option::of(any_function()), values in prop::collection::vec("[a-cäß@ 0-9🙂]{0,8}", 0..4)) {
            let texts: Vec<_> = values.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
            let outcome = through(first, second, &texts);
            prop_assert!(outcome.len() <= texts.len());
            prop_assert!(outcome.iter().all(|value| !value.is_empty()), "{outcome:?}");
        }
    }
}
