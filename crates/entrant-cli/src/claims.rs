//! `entrant claims test`: asks the control route `claims-test` of a mock that runs, or of one that lives as long as the
//! question.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use control_api::file::{Node, Source};
use control_api::idp::{ClaimsTest, ClaimsTested, TestedClaim, TestedClaims, TestedTransform, TransformRun};
use entrant::MockEntra;
use runner::{Api, ControlError};

use crate::args::ClaimsTestArguments;
use crate::error::{NOT_MET, Outcome, Stop};
use crate::mock::{connect, stop, tenant};
use crate::out::{is_coloured, print, visible};
use crate::serve::tenant_file;

/// How wide a column of values is at most, in characters: what comes after a longer value stands further right.
const VALUE_COLUMN_MAX: usize = 48;

/// Runs the command.
pub(crate) async fn test(arguments: ClaimsTestArguments) -> Outcome {
    let asked = ClaimsTest {
        app: arguments.app.clone(),
        user: arguments.user.clone(),
        transform: arguments.transform.as_deref().map(inline_table).transpose()?,
        values: by_source(&arguments.value),
        for_name_id: arguments.for_name_id,
    };
    let answer = match &arguments.mock.url {
        Some(_) => {
            let api = connect(&arguments.mock)?;
            let tenant = tenant(&api, arguments.tenant.as_deref()).await?.id;
            api.claims_test(&tenant, &asked).await
        }
        None => ask_own(arguments.tenant.as_deref(), &asked).await?,
    };
    let answer = answer.map_err(stop)?;
    let text = if arguments.json {
        let mut json = serde_json::to_string_pretty(&answer).expect("an answer has text keys only");
        json.push('\n');
        json
    } else {
        written(&answer, asked.for_name_id, Style(is_coloured()))
    };
    let printed = print(text.as_bytes())?;
    match answer {
        ClaimsTested::Claims(claims) if claims.stopped.is_some() => Ok(NOT_MET),
        _ => Ok(printed),
    }
}

/// Asks a mock of this process.
async fn ask_own(
    tenant: Option<&str>,
    asked: &ClaimsTest,
) -> Result<Result<ClaimsTested, ControlError>, Stop> {
    let file = match tenant {
        Some(path) => tenant_file(Path::new(path))?,
        None => entrant::embedded("contoso").expect("both embedded tenants exist"),
    };
    let mock = MockEntra::builder().start_empty().await.map_err(Stop::usage)?;
    let tenant = mock.put_tenant(file, None).map_err(Stop::usage)?;
    let api = Api::connect(mock.base_url(), Some(mock.control_token())).map_err(Stop::usage)?;
    Ok(api.claims_test(&tenant.id, asked).await)
}

/// The key that stands before what is typed, so that an inline table is a file.
const TRANSFORM: &str = "transform = ";

fn inline_table(text: &str) -> Result<serde_json::Value, Stop> {
    let source = Source::new("--transform", &format!("{TRANSFORM}{text}"));
    let wrong = |message: String| {
        let example = r#"for example '{ function = "ExtractMailPrefix", input = "user.mail" }'"#;
        Stop::usage(format!(
            "--transform: {message}; expected a TOML inline table, {example}"
        ))
    };
    let root = Node::from_toml(&source).map_err(|errors| {
        wrong(
            errors
                .0
                .first()
                .map_or_else(String::new, |error| error.message.clone()),
        )
    })?;
    match root.to_json() {
        serde_json::Value::Object(mut keys) if keys.len() == 1 => {
            Ok(keys.remove(TRANSFORM.trim_end_matches(" = ")).unwrap_or_default())
        }
        _ => Err(wrong("more than one value".to_owned())),
    }
}

fn by_source(samples: &[(String, String)]) -> BTreeMap<String, Vec<String>> {
    let mut values = BTreeMap::<String, Vec<String>>::new();
    for (source, value) in samples {
        values.entry(source.clone()).or_default().push(value.clone());
    }
    values
}

/// Colours, or none.
#[derive(Clone, Copy)]
struct Style(bool);

impl Style {
    fn paint(self, code: u8, text: &str) -> String {
        if self.0 {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    fn bold(self, text: &str) -> String {
        self.paint(1, text)
    }

    fn red(self, text: &str) -> String {
        self.paint(31, text)
    }

    fn grey(self, text: &str) -> String {
        self.paint(90, text)
    }
}

fn written(answer: &ClaimsTested, for_name_id: bool, style: Style) -> String {
    match answer {
        ClaimsTested::Claims(claims) => written_claims(claims, style),
        ClaimsTested::Transform(transform) => written_transform(transform, for_name_id, style),
    }
}

fn written_claims(told: &TestedClaims, style: Style) -> String {
    let mut text = format!(
        "{} at {}\n",
        style.bold(&visible(&told.upn)),
        style.bold(&visible(&told.app))
    );
    if told.claims_mapping_policy {
        text += "a claims mapping policy decides: what Attributes & Claims say does not count\n";
    }
    if let Some(stop) = &told.stopped {
        let _ = writeln!(
            text,
            "{}",
            style.red(&format!("stopped: {}", visible(&stop.text)))
        );
        text += "what stands below would be said otherwise\n";
    }
    let all = told.attributes.iter().chain(&told.left_out);
    let values = all
        .flat_map(|claim| &claim.values)
        .chain(told.name_id.iter().map(|name_id| &name_id.value));
    let shown: Vec<_> = values.map(|value| visible(value)).collect();
    let width = width(shown.iter().map(String::as_str));
    if let Some(name_id) = &told.name_id {
        let _ = writeln!(text, "\nNameID {}", style.grey(&name_id.format));
        line(&mut text, style, width, &name_id.value, &name_id.why.told);
    }
    text += "\nAttributes\n";
    told.attributes
        .iter()
        .for_each(|claim| write_claim(&mut text, style, width, claim));
    if !told.left_out.is_empty() {
        text += "\nNot sent\n";
        told.left_out
            .iter()
            .for_each(|claim| write_claim(&mut text, style, width, claim));
    }
    text
}

fn write_claim(text: &mut String, style: Style, width: usize, claim: &TestedClaim) {
    let format = claim.name_format.as_deref().map(|format| format!(" {format}"));
    let _ = writeln!(
        text,
        "{}{}",
        style.bold(&visible(&claim.name)),
        style.grey(&format.unwrap_or_default())
    );
    let mut values = claim.values.iter().map(String::as_str);
    line(text, style, width, values.next().unwrap_or("-"), &claim.why.told);
    for value in values {
        let _ = writeln!(text, "  {}", visible(value));
    }
}

fn line(text: &mut String, style: Style, width: usize, value: &str, why: &str) {
    let _ = writeln!(text, "  {:width$}  {}", visible(value), style.grey(&visible(why)));
}

fn written_transform(told: &TestedTransform, for_name_id: bool, style: Style) -> String {
    let rows: Vec<_> = told.runs.iter().map(rows).collect();
    let names = width(rows.iter().flatten().map(|(name, ..)| name.as_str()));
    let values = width(rows.iter().flatten().map(|(_, value, _)| value.as_str()));
    let mut text = String::new();
    for (name, value, how) in rows.iter().flatten() {
        let row = format!("{name:names$}  {value:values$}  {}", style.grey(how));
        let _ = writeln!(text, "{}", row.trim_end());
    }
    if told.output.is_empty() {
        let then = if for_name_id {
            "nothing: the NameID falls back to the pairwise value"
        } else {
            "nothing: the claim is omitted"
        };
        let _ = writeln!(text, "{:names$}  {}", "output", style.red(then));
    }
    for output in &told.output {
        let _ = writeln!(text, "{:names$}  {}", "output", style.bold(&visible(output)));
    }
    text
}

/// Name, value and how of an input and of what each function made of it.
fn rows(run: &TransformRun) -> Vec<(String, String, &'static str)> {
    let shown = |value: &Option<String>| value.as_deref().map_or_else(|| "-".to_owned(), visible);
    let mut rows = vec![("input".to_owned(), shown(&run.input), "")];
    rows.extend(run.steps.iter().map(|step| {
        let name = format!("{}()", step.function);
        (name, shown(&step.output), step.result.sentence())
    }));
    rows
}

fn width<'t>(texts: impl Iterator<Item = &'t str>) -> usize {
    let widest = texts.map(|text| text.chars().count()).max().unwrap_or_default();
    widest.min(VALUE_COLUMN_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transformation_is_an_inline_table() {
        let json = inline_table(r#"{ function = "ToLowercase", input = "user.mail" }"#)
            .unwrap_or_else(|stop| panic!("{stop}"));
        assert_eq!(
            json,
            serde_json::json!({"function": "ToLowercase", "input": "user.mail"})
        );
        for wrong in ["{ function = }", "", "{}\ninput = 1"] {
            let stop = inline_table(wrong).unwrap_err();
            assert_eq!(stop.code, crate::error::USAGE);
            assert!(
                stop.to_string().contains("expected a TOML inline table"),
                "{stop}"
            );
        }
    }

    #[test]
    fn colours_are_asked_for() {
        assert_eq!(Style(false).red("x"), "x");
        assert_eq!(Style(true).red("x"), "\x1b[31mx\x1b[0m");
    }
}
