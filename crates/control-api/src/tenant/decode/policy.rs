//! Decoding a claims mapping policy (reference-claims-customization, "Properties of the policy used for claims
//! customization"). What it says and the typed claims cannot is refused, never ignored.

mod transformations;

use serde_json::Value as Json;

use super::all;
use crate::file::{Node, Table, Value};
use crate::tenant::claims::{ClaimEntry, NameFormat, NameIdEntry, Origin};
use crate::tenant::policy::ClaimsMappingPolicy;
use crate::tenant::sources::{SOURCES, Source};
use crate::tenant::transform::Function;
use crate::tenant::{GroupFilter, GroupFilterAttribute, GroupFilterMatch, NameIdFormatWord, hint};
use transformations::{Made, composed, transformation};

/// The SamlClaimType of the NameID.
const NAME_ID: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier";

/// Every key as it is asked for here, which is Microsoft's spelling but for case; two have another one beside it.
const KEYS: &[(&str, &str)] = &[
    ("ClaimsMappingPolicy", ""),
    ("Version", ""),
    ("IncludeBasicClaimSet", ""),
    ("ClaimsSchema", ""),
    // The document's text has the singular, its example the plural.
    ("ClaimsTransformation", "ClaimsTransformations"),
    ("GroupFilter", ""),
    ("IssuerWithApplicationId", ""),
    ("AudienceOverride", ""),
    ("Source", ""),
    ("ID", ""),
    ("ExtensionID", ""),
    ("Value", ""),
    ("SamlClaimType", ""),
    ("JwtClaimType", ""),
    ("SAMLNameForm", "SAMLNameFormat"),
    ("TransformationID", ""),
    ("TransformationMethod", ""),
    ("InputClaims", ""),
    ("InputParameters", ""),
    ("OutputClaims", ""),
    ("ClaimTypeReferenceId", ""),
    ("TransformationClaimType", ""),
    ("TreatAsMultiValue", ""),
    ("DataType", ""),
    ("MatchOn", ""),
    ("Type", ""),
];

/// The values of `Source`; the last is a transformation's, the others have properties.
const SOURCE_WORDS: [&str; 6] = [
    "user",
    "application",
    "resource",
    "audience",
    "company",
    TRANSFORMATION,
];

/// The `Source` of an entry that a transformation makes.
const TRANSFORMATION: &str = "transformation";

/// The allowed values of SAMLNameForm (entra-behaviour.md 4.5).
const NAME_FORMS: &[(&str, NameFormat)] = &[
    (
        "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified",
        NameFormat::Unspecified,
    ),
    ("urn:oasis:names:tc:SAML:2.0:attrname-format:uri", NameFormat::Uri),
    (
        "urn:oasis:names:tc:SAML:2.0:attrname-format:basic",
        NameFormat::Basic,
    ),
];

/// A policy with its keys as they are asked for; keys that stand there twice then are told of.
pub(in crate::tenant) fn canonical(json: Json, path: &str, twice: &mut Vec<String>) -> Json {
    match json {
        Json::Array(items) => items
            .into_iter()
            .enumerate()
            .map(|(place, item)| canonical(item, &format!("{path}[{place}]"), twice))
            .collect(),
        Json::Object(entries) => {
            let mut table = serde_json::Map::new();
            for (key, value) in entries {
                let is_it = |name: &str| name.eq_ignore_ascii_case(&key);
                let known = KEYS.iter().find(|(name, other)| is_it(name) || is_it(other));
                let name = known.map_or(key.as_str(), |(name, _)| name).to_owned();
                let below = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                let value = canonical(value, &below, twice);
                if table.insert(name, value).is_some() {
                    twice.push(format!("`{below}` stands there twice, in two spellings"));
                }
            }
            Json::Object(table)
        }
        other => other,
    }
}

/// The whole policy, written as `text`.
pub(in crate::tenant) fn policy(
    root: &Table<'_>,
    text: &str,
    twice: &[String],
) -> Option<ClaimsMappingPolicy> {
    twice.iter().for_each(|problem| root.problem(problem.as_str()));
    if !root.has("ClaimsMappingPolicy") {
        root.problem(
            "`ClaimsMappingPolicy` is missing: expected {\"ClaimsMappingPolicy\": {\"Version\": 1, …}}",
        );
    }
    let table = root.table("ClaimsMappingPolicy")?;
    version(&table);
    let include_basic_claim_set = flag(&table, "IncludeBasicClaimSet").unwrap_or(true);
    let group_filter = table
        .table("GroupFilter")
        .and_then(|inner| all(&inner, group_filter(&inner)));
    not_to_be_had(&table);
    let tables = table.tables("ClaimsSchema");
    let entries: Vec<Entry<'_, '_>> = tables.iter().map(entry).collect();
    let tables = table.tables("ClaimsTransformation");
    let made: Vec<Option<Made>> = tables
        .iter()
        .map(|table| transformation(table, &entries))
        .collect();
    unique_ids(&tables);
    let (mut name_id, mut claims) = (None, Vec::<ClaimEntry>::new());
    for entry in &entries {
        let origin = origin(entry, &tables, &made);
        let Some(claim_type) = &entry.saml_claim_type else {
            continue;
        };
        let is_name_id = claim_type == NAME_ID;
        if (is_name_id && name_id.is_some()) || claims.iter().any(|claim| claim.name == *claim_type) {
            let message = format!("`SamlClaimType`: an earlier entry has `{claim_type}` already");
            entry.table.problem_at("SamlClaimType", message);
        } else if is_name_id {
            name_id = Some(name_id_of(entry, origin));
        } else if let Some(origin) = origin {
            claims.push(ClaimEntry {
                name: claim_type.clone(),
                namespace: String::new(),
                name_format: entry.name_form,
                origin: Some(origin),
                conditions: Vec::new(),
            });
        }
    }
    table.done();
    Some(ClaimsMappingPolicy {
        text: text.to_owned(),
        include_basic_claim_set,
        name_id: name_id.unwrap_or_default(),
        claims,
        group_filter,
    })
}

fn version(table: &Table<'_>) {
    match table.node("Version").map(|node| &node.value) {
        Some(Value::Integer(1)) => {}
        Some(Value::String(text)) if text == "1" => {}
        Some(_) => table.problem_at("Version", "`Version`: expected 1"),
        None => table.problem("`Version` is missing: expected 1"),
    }
}

/// True or false, also as a text, as Microsoft's examples have it.
fn flag(table: &Table<'_>, key: &'static str) -> Option<bool> {
    let node = table.node(key)?;
    let found = match &node.value {
        Value::Boolean(flag) => Some(*flag),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    };
    if found.is_none() {
        table.problem_at(key, format!("`{key}`: expected \"true\" or \"false\""));
    }
    found
}

/// Both act with a custom signing key alone (CP, "This setting is ignored if a custom signing key isn't configured").
fn not_to_be_had(table: &Table<'_>) {
    let needs_key =
        "needs a custom signing key, without which Entra ignores it: the mock has none, leave it out";
    if flag(table, "IssuerWithApplicationId") == Some(true) {
        table.problem_at(
            "IssuerWithApplicationId",
            format!("`IssuerWithApplicationId` {needs_key}"),
        );
    }
    if table.has("AudienceOverride") {
        table.problem_at("AudienceOverride", format!("`AudienceOverride` {needs_key}"));
    }
}

fn group_filter(table: &Table<'_>) -> Option<GroupFilter> {
    let required = |key: &'static str, words: &str| {
        if !table.has(key) {
            table.problem(format!("`{key}` is missing: expected one of {words}"));
        }
    };
    required("MatchOn", "`displayname`, `samaccountname`");
    required("Type", "`prefix`, `suffix`, `contains`");
    let attributes = [
        ("displayname", GroupFilterAttribute::DisplayName),
        ("samaccountname", GroupFilterAttribute::SamAccountName),
    ];
    let types = [
        ("prefix", GroupFilterMatch::Prefix),
        ("suffix", GroupFilterMatch::Suffix),
        ("contains", GroupFilterMatch::Contains),
    ];
    let attribute = table.word("MatchOn", &attributes);
    let matching = table.word("Type", &types);
    let value = table.required_string("Value", "the text to look for");
    Some(GroupFilter {
        attribute: attribute?,
        matching: matching?,
        value: value?,
    })
}

/// One of `ClaimsSchema`.
struct Entry<'t, 'p> {
    table: &'t Table<'p>,
    id: Option<String>,
    /// `None`: what is wrong with it has been told.
    data: Option<Data>,
    saml_claim_type: Option<String>,
    name_form: Option<NameFormat>,
}

/// Where an entry's data come from.
enum Data {
    Source(Source),
    Value(String),
    /// A transformation, by its ID.
    Transformation(String),
}

fn entry<'t, 'p>(table: &'t Table<'p>) -> Entry<'t, 'p> {
    let data = data(table);
    let claim_type = |key: &'static str| {
        let given = table.has(key);
        given
            .then(|| table.required_string(key, "a claim type"))
            .flatten()
    };
    let saml_claim_type = claim_type("SamlClaimType");
    // For tokens of another kind: no concern of SAML's, whatever it says.
    claim_type("JwtClaimType");
    let name_form = table.word("SAMLNameForm", NAME_FORMS);
    let id = table.string("ID").or_else(|| table.string("ExtensionID"));
    table.done();
    Entry {
        table,
        id,
        data,
        saml_claim_type,
        name_form,
    }
}

/// `Value`, `Source` with `ID`, or `Source` with `ExtensionID`; a transformation is a source, too.
fn data(table: &Table<'_>) -> Option<Data> {
    let is_transformation = table
        .string("Source")
        .is_some_and(|source| source.eq_ignore_ascii_case(TRANSFORMATION));
    if table.has("TransformationID") && !is_transformation {
        table.problem_at(
            "TransformationID",
            "`TransformationID`: it goes with the `Source` `transformation` alone",
        );
    }
    if table.has("Value") {
        if table.has("Source") {
            table.problem(
                "an entry has exactly one of `Value`, `Source` with `ID`, and `Source` with `ExtensionID`",
            );
        }
        return table.required_string("Value", "what is sent").map(Data::Value);
    }
    let words = crate::file::quoted_list(SOURCE_WORDS);
    let source = table.required_string("Source", &format!("one of {words}"))?;
    if is_transformation {
        let id = table.required_string("ID", "a name, to which the transformation's `OutputClaims` refer");
        let transformation =
            table.required_string("TransformationID", "the ID of one of `ClaimsTransformation`");
        return id.and(transformation).map(Data::Transformation);
    }
    let source = source.to_ascii_lowercase();
    if !SOURCE_WORDS.contains(&source.as_str()) {
        let hint = hint(&source, SOURCE_WORDS.into_iter());
        table.problem_at(
            "Source",
            format!("`Source`: unknown word `{source}`: expected one of {words}{hint}"),
        );
        return None;
    }
    if table.has("ExtensionID") {
        if table.has("ID") {
            table.problem("an entry has exactly one of `ID` and `ExtensionID`");
        }
        if source != "user" {
            table.problem_at(
                "ExtensionID",
                "`ExtensionID`: it goes with the `Source` `user` alone",
            );
        }
        let read = |text: &str| Source::parse(&format!("user.{text}"));
        return table.parsed("ExtensionID", read).map(Data::Source);
    }
    table.required_string("ID", "a property of the source, such as mail")?;
    let read = |text: &str| Source::parse(&format!("{source}.{}", text.to_ascii_lowercase()));
    table.parsed("ID", read).map(Data::Source)
}

/// A transformation is called by its ID.
fn unique_ids(tables: &[Table<'_>]) {
    for (place, table) in tables.iter().enumerate() {
        let id = |table: &Table<'_>| table.string("ID").map(|id| id.to_ascii_lowercase());
        if id(table).is_some() && tables[..place].iter().any(|earlier| id(earlier) == id(table)) {
            table.problem_at("ID", "`ID`: an earlier transformation has it already");
        }
    }
}

/// Where the value of an entry comes from.
fn origin(entry: &Entry<'_, '_>, tables: &[Table<'_>], made: &[Option<Made>]) -> Option<Origin> {
    match entry.data.as_ref()? {
        Data::Source(source) => Some(Origin::Source(source.clone())),
        Data::Value(value) => Some(Origin::Value(value.clone())),
        Data::Transformation(id) => composed(entry, id, tables, made),
    }
}

/// Which sources and methods may make it is limited (CP, "Exceptions and restrictions"; entra-behaviour.md 4.1, 4.2). Its
/// format is that of the source (uncertain: the policy has no key for it).
fn name_id_of(entry: &Entry<'_, '_>, origin: Option<Origin>) -> NameIdEntry {
    let problem = |key: &str, message: String| entry.table.problem_at(key, message);
    let judge = |source: &Source, key: &str| {
        if !source.feeds_name_id() {
            let known = SOURCES.iter().filter(|attribute| attribute.feeds_name_id);
            let words = crate::file::quoted_list(known.map(|attribute| attribute.name));
            problem(
                key,
                format!(
                    "`{source}` may not make the NameID: expected one of {words} or a directory extension"
                ),
            );
        }
    };
    match &origin {
        Some(Origin::Source(source)) => judge(source, "ID"),
        Some(Origin::Transform(transform)) => {
            if let Some(input) = &transform.input {
                judge(input, "TransformationID");
            }
            let functions =
                std::iter::once(&transform.function).chain(transform.then.iter().map(|then| &then.function));
            for function in functions {
                if !matches!(function, Function::ExtractMailPrefix {} | Function::Join { .. }) {
                    problem(
                        "TransformationID",
                        format!(
                            "{} may not make the NameID: expected a transformation by `ExtractMailPrefix` or `Join`",
                            function.name()
                        ),
                    );
                }
            }
        }
        Some(Origin::Value(_)) => problem(
            "Value",
            "a constant may not make the NameID, which would be the same for every user".to_owned(),
        ),
        None => {}
    }
    if entry.name_form.is_some() {
        problem(
            "SAMLNameForm",
            "`SAMLNameForm`: it is the format of an attribute, which the NameID is not".to_owned(),
        );
    }
    NameIdEntry {
        origin,
        format: NameIdFormatWord::Default,
        conditions: Vec::new(),
    }
}

/// A text, a number or a flag as a text.
fn text_of(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(flag) => Some(flag.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
