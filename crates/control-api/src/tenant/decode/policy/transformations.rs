//! `ClaimsTransformation` of a claims mapping policy: methods with what they take.
//!
//! The document names the inputs of Join and ExtractMailPrefix; those of RegexReplace (`sourceClaim`, `regex`,
//! `replacement`) and `TreatAsMultiValue` as a text are administrators' public examples. CreateStringClaim is in the example
//! of Microsoft Graph.

use std::cell::Cell;

use super::{Data, Entry, flag, text_of};
use crate::file::Table;
use crate::tenant::claims::Origin;
use crate::tenant::decode::transform::{PARAMETERS_MAX, unknown_names};
use crate::tenant::hint;
use crate::tenant::pattern::{Pattern, Spelling, Template};
use crate::tenant::sources::Source;
use crate::tenant::transform::{Function, Parameter, Transform};

/// The methods; what else the admin center has (4.2) is no method of a policy.
#[derive(Clone, Copy)]
enum Method {
    Join,
    ExtractMailPrefix,
    ToLowercase,
    ToUppercase,
    RegexReplace,
    CreateStringClaim,
}

const METHODS: &[(&str, Method)] = &[
    ("Join", Method::Join),
    ("ExtractMailPrefix", Method::ExtractMailPrefix),
    ("ToLowercase", Method::ToLowercase),
    ("ToUppercase", Method::ToUppercase),
    ("RegexReplace", Method::RegexReplace),
    ("CreateStringClaim", Method::CreateStringClaim),
];

/// A transformation that was read.
pub(super) struct Made {
    id: String,
    does: Does,
    /// The IDs of the entries that it feeds.
    outputs: Vec<String>,
}

enum Does {
    /// A constant.
    Says(String),
    Transforms {
        function: Function,
        input: Input,
        multivalued: bool,
    },
}

enum Input {
    Source(Source),
    /// What another transformation gives, by its ID.
    Transformation(String),
}

/// What a transformation takes, by the name that the method has for it.
struct Taken<'t, 'p> {
    table: &'t Table<'p>,
    method: &'static str,
    inputs: Vec<InputClaim<'p>>,
    parameters: Vec<InputParameter<'p>>,
}

struct InputClaim<'p> {
    table: Table<'p>,
    name: String,
    entry: String,
    multivalued: bool,
    is_used: Cell<bool>,
}

struct InputParameter<'p> {
    table: Table<'p>,
    name: String,
    value: String,
    is_used: Cell<bool>,
}

/// One of `ClaimsTransformation`.
pub(super) fn transformation(table: &Table<'_>, entries: &[Entry<'_, '_>]) -> Option<Made> {
    let id = table.required_string("ID", "a name, to which `TransformationID` refers");
    let method = method(table);
    let inputs = table
        .tables("InputClaims")
        .into_iter()
        .filter_map(input_claim)
        .collect();
    let parameters = table
        .tables("InputParameters")
        .into_iter()
        .filter_map(input_parameter)
        .collect();
    let outputs = outputs(table, entries);
    table.done();
    let (name, method) = method?;
    let taken = Taken {
        table,
        method: name,
        inputs,
        parameters,
    };
    let does = taken.does(method, entries);
    if does.is_some() {
        taken.tell_unused();
    }
    Some(Made {
        id: id?,
        does: does?,
        outputs,
    })
}

fn method(table: &Table<'_>) -> Option<(&'static str, Method)> {
    let given = table.required_string("TransformationMethod", "such as `ExtractMailPrefix`")?;
    let name = given.trim_end_matches("()");
    let found = METHODS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    if found.is_none() {
        let known = || METHODS.iter().map(|(word, _)| *word);
        let words = crate::file::quoted_list(known());
        table.problem_at(
            "TransformationMethod",
            format!(
                "`TransformationMethod`: `{given}` is no method of a policy: expected one of {words}{}",
                hint(name, known())
            ),
        );
    }
    found.map(|(name, method)| (*name, *method))
}

fn input_claim(table: Table<'_>) -> Option<InputClaim<'_>> {
    let entry = table.required_string("ClaimTypeReferenceId", "the ID of one of `ClaimsSchema`");
    let name = table.required_string("TransformationClaimType", "the method's name for this input");
    let multivalued = flag(&table, "TreatAsMultiValue").unwrap_or(false);
    table.done();
    Some(InputClaim {
        name: name?,
        entry: entry?,
        multivalued,
        is_used: Cell::new(false),
        table,
    })
}

fn input_parameter(table: Table<'_>) -> Option<InputParameter<'_>> {
    let name = table.required_string("ID", "the method's name for this input");
    // All are texts here.
    let _ = table.string("DataType");
    let value = table.node("Value").and_then(text_of);
    if value.is_none() {
        table.problem("`Value` is missing: expected a constant");
    }
    table.done();
    Some(InputParameter {
        name: name?,
        value: value?,
        is_used: Cell::new(false),
        table,
    })
}

/// The entries that the transformation feeds. One that nothing in the schema is called after feeds nobody, as in the
/// example of Microsoft Graph.
fn outputs(table: &Table<'_>, entries: &[Entry<'_, '_>]) -> Vec<String> {
    let tables = table.tables("OutputClaims");
    if !table.has("OutputClaims") {
        table.problem(
            "`OutputClaims` is missing: expected the entry of `ClaimsSchema` that the transformation feeds",
        );
    }
    let output = |table: &Table<'_>| {
        let entry = table.required_string("ClaimTypeReferenceId", "the ID of one of `ClaimsSchema`");
        table.required_string("TransformationClaimType", "`outputClaim`");
        table.done();
        let entry = entry?;
        let of_other = entries
            .iter()
            .find(|known| known.is_called(&entry) && !known.is_transformation());
        if of_other.is_some() {
            table.problem_at(
                "ClaimTypeReferenceId",
                format!(
                    "`ClaimTypeReferenceId`: the entry `{entry}` has another `Source` than `transformation`"
                ),
            );
        }
        Some(entry)
    };
    tables.iter().filter_map(output).collect()
}

impl Entry<'_, '_> {
    fn is_called(&self, id: &str) -> bool {
        self.id.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(id))
    }

    fn is_transformation(&self) -> bool {
        matches!(self.data, Some(Data::Transformation(_)))
    }
}

impl Taken<'_, '_> {
    fn does(&self, method: Method, entries: &[Entry<'_, '_>]) -> Option<Does> {
        if let Method::CreateStringClaim = method {
            return self.required_parameter("value").map(Does::Says);
        }
        let names: &[&str] = match method {
            Method::Join => &["string1"],
            Method::RegexReplace => &["sourceClaim"],
            // The document says "mail", and "string" for case: the one input may be called anything.
            _ => &[],
        };
        let input = self.input(names, entries);
        let function = match method {
            Method::Join => self.join(entries),
            Method::ExtractMailPrefix => Some(Function::ExtractMailPrefix {}),
            Method::ToLowercase => Some(Function::ToLowercase {}),
            Method::ToUppercase => Some(Function::ToUppercase {}),
            Method::RegexReplace => self.regex_replace(entries),
            Method::CreateStringClaim => None,
        };
        let (input, multivalued) = input?;
        Some(Does::Transforms {
            function: function?,
            input,
            multivalued,
        })
    }

    /// The input of this name, or the only one where the method has no name for it.
    fn input(&self, names: &[&str], entries: &[Entry<'_, '_>]) -> Option<(Input, bool)> {
        let is_it = |claim: &&InputClaim<'_>| {
            names.is_empty() || names.iter().any(|name| name.eq_ignore_ascii_case(&claim.name))
        };
        let Some(claim) = self.inputs.iter().find(is_it) else {
            let name = names.first().map(|name| format!(" `{name}`")).unwrap_or_default();
            self.table.problem(format!(
                "{} takes its input{name} from `InputClaims`: a constant cannot be transformed here",
                self.method
            ));
            return None;
        };
        claim.is_used.set(true);
        let input = match &claim.entry_among(entries)?.data {
            Some(Data::Source(source)) => Input::Source(source.clone()),
            Some(Data::Transformation(id)) => Input::Transformation(id.clone()),
            Some(Data::Value(_)) => {
                claim.problem(format!(
                    "a constant as the input of {} cannot be expressed",
                    self.method
                ));
                return None;
            }
            None => return None,
        };
        if let (true, Input::Source(source)) = (claim.multivalued, &input)
            && !source.is_multivalued()
        {
            let message = format!("`TreatAsMultiValue`: `{source}` has one value");
            claim.table.problem_at("TreatAsMultiValue", message);
        }
        Some((input, claim.multivalued))
    }

    fn join(&self, entries: &[Entry<'_, '_>]) -> Option<Function> {
        let separator = self.parameter("separator").unwrap_or_default();
        let claim = self
            .inputs
            .iter()
            .find(|claim| claim.name.eq_ignore_ascii_case("string2"));
        let parameter = match claim {
            Some(claim) => {
                claim.is_used.set(true);
                match &claim.entry_among(entries)?.data {
                    Some(Data::Source(source)) => Parameter::Source(source.clone()),
                    Some(Data::Value(value)) => Parameter::Value(value.clone()),
                    Some(Data::Transformation(_)) => {
                        claim.problem("what a transformation gives cannot be joined to the input".to_owned());
                        return None;
                    }
                    None => return None,
                }
            }
            None => Parameter::Value(self.required_parameter("string2")?),
        };
        Some(Function::Join { separator, parameter })
    }

    /// Further input claims are its additional parameters, which a replacement calls by their attribute.
    fn regex_replace(&self, entries: &[Entry<'_, '_>]) -> Option<Function> {
        let (regex, replacement) = (
            self.required_parameter("regex"),
            self.required_parameter("replacement"),
        );
        let problem = |name: &str, message: String| self.problem_of(name, message);
        let pattern = regex.and_then(|text| {
            let read = Pattern::parse(&text);
            read.map_err(|expected| problem("regex", format!("`{text}` is not {expected}")))
                .ok()
        });
        let replacement = replacement.and_then(|text| {
            let read = Template::parse(&text, Spelling::Braces);
            read.map_err(|expected| problem("replacement", format!("`{text}` is not {expected}")))
                .ok()
        });
        let mut parameters = Vec::new();
        for claim in self.inputs.iter().filter(|claim| !claim.is_used.get()) {
            claim.is_used.set(true);
            match &claim.entry_among(entries)?.data {
                Some(Data::Source(source)) if source.short_name().eq_ignore_ascii_case(&claim.name) => {
                    parameters.push(source.clone());
                }
                _ => claim.problem(format!(
                    "`{}`: an additional parameter of RegexReplace is an attribute, called after it in `TransformationClaimType`",
                    claim.name
                )),
            }
        }
        if parameters.len() > PARAMETERS_MAX {
            let message = format!("RegexReplace takes at most {PARAMETERS_MAX} attributes beside the input");
            self.table.problem_at("InputClaims", message);
        }
        let (pattern, replacement) = (pattern?, replacement?);
        for message in unknown_names(&pattern, &replacement, &parameters) {
            problem("replacement", message);
        }
        Some(Function::RegexReplace {
            pattern,
            replacement,
            parameters,
            output_if_no_match: None,
        })
    }

    fn find_parameter(&self, name: &str) -> Option<&InputParameter<'_>> {
        self.parameters
            .iter()
            .find(|parameter| parameter.name.eq_ignore_ascii_case(name))
    }

    fn parameter(&self, name: &str) -> Option<String> {
        let parameter = self.find_parameter(name)?;
        parameter.is_used.set(true);
        Some(parameter.value.clone())
    }

    fn required_parameter(&self, name: &str) -> Option<String> {
        let value = self.parameter(name);
        if value.is_none() {
            self.table.problem(format!(
                "{} takes `{name}` from `InputParameters`: it is missing",
                self.method
            ));
        }
        value
    }

    fn problem_of(&self, parameter: &str, message: String) {
        match self.find_parameter(parameter) {
            Some(parameter) => parameter.table.problem_at("Value", message),
            None => self.table.problem(message),
        }
    }

    fn tell_unused(&self) {
        for claim in self.inputs.iter().filter(|claim| !claim.is_used.get()) {
            let message = format!("{} takes no input claim `{}`", self.method, claim.name);
            claim.table.problem_at("TransformationClaimType", message);
        }
        for parameter in self
            .parameters
            .iter()
            .filter(|parameter| !parameter.is_used.get())
        {
            let message = format!("{} takes no input parameter `{}`", self.method, parameter.name);
            parameter.table.problem_at("ID", message);
        }
    }
}

impl InputClaim<'_> {
    /// The entry of the schema that it refers to.
    fn entry_among<'e, 't, 'p>(&self, entries: &'e [Entry<'t, 'p>]) -> Option<&'e Entry<'t, 'p>> {
        let found = entries.iter().find(|entry| entry.is_called(&self.entry));
        if found.is_none() {
            let ids = entries.iter().filter_map(|entry| entry.id.as_deref());
            let hint = hint(&self.entry, ids);
            self.problem(format!(
                "`{}` is the ID of no entry of `ClaimsSchema`{hint}",
                self.entry
            ));
        }
        found
    }

    fn problem(&self, message: String) {
        self.table.problem_at("ClaimTypeReferenceId", message);
    }
}

/// What feeds an entry: the transformation of this ID, after the one that feeds its input where there is one.
pub(super) fn composed(
    entry: &Entry<'_, '_>,
    id: &str,
    tables: &[Table<'_>],
    made: &[Option<Made>],
) -> Option<Origin> {
    let problem = |message: String| -> Option<Origin> {
        entry.table.problem_at("TransformationID", message);
        None
    };
    let find = |id: &str| {
        made.iter()
            .flatten()
            .find(|made| made.id.eq_ignore_ascii_case(id))
    };
    let Some(last) = find(id) else {
        // One that is there but could not be read has been told of.
        let ids: Vec<_> = tables.iter().filter_map(|table| table.string("ID")).collect();
        if ids.iter().any(|known| known.eq_ignore_ascii_case(id)) {
            return None;
        }
        let hint = hint(id, ids.iter().map(String::as_str));
        return problem(format!(
            "`{id}` is the ID of no entry of `ClaimsTransformation`{hint}"
        ));
    };
    if !last.outputs.iter().any(|output| entry.is_called(output)) {
        return problem(format!("the `OutputClaims` of `{id}` do not name this entry"));
    }
    let (function, input, multivalued) = match &last.does {
        Does::Says(value) => return Some(Origin::Value(value.clone())),
        Does::Transforms {
            function,
            input,
            multivalued,
        } => (function, input, *multivalued),
    };
    let transform = |function: &Function, input: Option<&Source>, multivalued, then| Transform {
        function: function.clone(),
        input: input.cloned(),
        multivalued,
        then,
    };
    match input {
        Input::Source(source) => {
            let only = transform(function, Some(source), multivalued, None);
            Some(Origin::Transform(Box::new(only)))
        }
        Input::Transformation(first) => match find(first).map(|first| &first.does) {
            Some(Does::Transforms {
                function: first,
                input: Input::Source(source),
                multivalued,
            }) => {
                let second = Box::new(transform(function, None, false, None));
                let first = transform(first, Some(source), *multivalued, Some(second));
                Some(Origin::Transform(Box::new(first)))
            }
            Some(Does::Transforms { .. }) => problem("at most two transformations are chained".to_owned()),
            Some(Does::Says(_)) => {
                problem("a constant as the input of a transformation cannot be expressed".to_owned())
            }
            None => None,
        },
    }
}
