//! From the arguments of `entrant test` to scenarios (contracts.md section 1, SELECTOR).

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use control_api::file::{Diagnostics, FILE_BYTES_MAX, nearest};

use super::load::CORE;
use super::{ATTACKS, Scenario, parse};

/// How deep a directory of scenarios is walked.
const DIRECTORY_DEPTH_MAX: usize = 16;

/// How the name of a file of scenarios ends.
const TOML: &str = ".toml";

/// The end of a filter that stands for all below a folder.
const BELOW: &str = "/*";

/// Why no scenario can be run.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    /// Files with errors, every error of every file.
    #[error("{}", all(.0))]
    Files(Vec<Diagnostics>),
    /// A file or directory that is not there or cannot be read.
    #[error("{}: {reason}", path.display())]
    Missing {
        /// What was named.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A filter that no scenario matches, or a directory without one.
    #[error("{}", nothing(selector, near))]
    NothingMatches {
        /// The argument.
        selector: String,
        /// The tags, or words of paths, that come nearest.
        near: Vec<String>,
    },
}

fn all(files: &[Diagnostics]) -> String {
    let texts: Vec<_> = files.iter().map(ToString::to_string).collect();
    texts.join("\n")
}

fn nothing(selector: &str, near: &[String]) -> String {
    let mut text = format!("no scenario matches `{selector}`");
    if !near.is_empty() {
        let words: Vec<_> = near.iter().map(|word| format!("`{word}`")).collect();
        let _ = write!(text, "; did you mean {}?", words.join(" or "));
    }
    text
}

/// Selects scenarios. An argument that names an existing file or directory, or ends in `.toml` and is no embedded file, loads
/// those scenarios instead of the embedded ones; any other filters by a part of the path, or by tag when it starts
/// with `@`. A path, with or without `.toml`, selects that scenario alone, `folder/*` all below that folder. Several
/// filters add up. The order is that of the paths in the source, but that among attacks those of the core set come first.
///
/// # Errors
/// Every error of every file that was read; a missing file; a filter that matches nothing.
pub fn select(selectors: &[String], embedded: &[(&str, &str)]) -> Result<Vec<Scenario>, SelectError> {
    let names = || embedded.iter().map(|(path, _)| *path);
    let is_file = |selector: &&String| {
        let is_embedded = || names().any(|name| name == selector.as_str());
        Path::new(selector).exists() || (selector.ends_with(TOML) && !is_embedded())
    };
    let (files, filters): (Vec<_>, Vec<_>) = selectors.iter().partition(is_file);
    let scenarios = if files.is_empty() {
        load(embedded.iter().map(|(path, text)| parse(path, text, true)))?
    } else {
        let mut paths = Vec::new();
        for file in &files {
            let before = paths.len();
            if !Path::new(file).exists() {
                return Err(no_file(file, names()));
            }
            walk(Path::new(file), DIRECTORY_DEPTH_MAX, &mut paths)?;
            if paths.len() == before {
                return Err(SelectError::NothingMatches {
                    selector: (*file).clone(),
                    near: Vec::new(),
                });
            }
        }
        let mut texts = Vec::new();
        for path in paths {
            texts.push((path.display().to_string(), read(&path)?));
        }
        texts.dedup_by(|one, other| one.0 == other.0);
        load(texts.iter().map(|(path, text)| parse(path, text, false)))?
    };
    filter(scenarios, &filters)
}

fn load(
    parsed: impl Iterator<Item = Result<Vec<Scenario>, Diagnostics>>,
) -> Result<Vec<Scenario>, SelectError> {
    let (mut scenarios, mut wrong) = (Vec::new(), Vec::new());
    for result in parsed {
        match result {
            Ok(read) => scenarios.extend(read),
            Err(diagnostics) => wrong.push(diagnostics),
        }
    }
    if wrong.is_empty() {
        Ok(core_first(scenarios))
    } else {
        Err(SelectError::Files(wrong))
    }
}

/// The attacks with those of the core set first; whatever else there is stays where it is.
fn core_first(scenarios: Vec<Scenario>) -> Vec<Scenario> {
    let has = |scenario: &Scenario, tag: &str| scenario.tags.iter().any(|known| known == tag);
    let is_attack: Vec<_> = scenarios.iter().map(|scenario| has(scenario, ATTACKS)).collect();
    let (mut attacks, mut others): (Vec<_>, Vec<_>) = (Vec::new(), Vec::new());
    for (scenario, is_attack) in scenarios.into_iter().zip(&is_attack) {
        if *is_attack {
            attacks.push(scenario);
        } else {
            others.push(scenario);
        }
    }
    attacks.sort_by_key(|scenario| !has(scenario, CORE));
    let (mut attacks, mut others) = (attacks.into_iter(), others.into_iter());
    let next = |is_attack: bool| if is_attack { attacks.next() } else { others.next() };
    is_attack.into_iter().filter_map(next).collect()
}

fn missing(path: &Path, error: &std::io::Error) -> SelectError {
    SelectError::Missing {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

/// What is neither a file nor the name of an embedded one.
fn no_file<'e>(selector: &str, embedded: impl Iterator<Item = &'e str>) -> SelectError {
    let hint = nearest(selector, embedded).map(|name| format!("; did you mean `{name}`?"));
    SelectError::Missing {
        path: selector.into(),
        reason: format!(
            "no such file, and no embedded scenario is called so{}",
            hint.unwrap_or_default()
        ),
    }
}

/// Collects a file, or every `.toml` below a directory in the order of their names.
fn walk(path: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), SelectError> {
    let metadata = std::fs::metadata(path).map_err(|error| missing(path, &error))?;
    if !metadata.is_dir() {
        found.push(path.to_owned());
        return Ok(());
    }
    if depth == 0 {
        return Ok(());
    }
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path).map_err(|error| missing(path, &error))? {
        entries.push(entry.map_err(|error| missing(path, &error))?.path());
    }
    entries.sort();
    for entry in entries {
        if entry.is_dir() || entry.extension().is_some_and(|extension| extension == "toml") {
            walk(&entry, depth - 1, found)?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, SelectError> {
    let metadata = std::fs::metadata(path).map_err(|error| missing(path, &error))?;
    if metadata.len() > FILE_BYTES_MAX as u64 {
        return Err(SelectError::Missing {
            path: path.to_owned(),
            reason: format!("larger than {FILE_BYTES_MAX} bytes"),
        });
    }
    std::fs::read_to_string(path).map_err(|error| missing(path, &error))
}

fn filter(scenarios: Vec<Scenario>, filters: &[&String]) -> Result<Vec<Scenario>, SelectError> {
    if scenarios.is_empty() {
        return Err(SelectError::NothingMatches {
            selector: String::new(),
            near: Vec::new(),
        });
    }
    let whole = |filter: &str| scenarios.iter().any(|scenario| is_named(scenario, filter));
    let filters: Vec<_> = filters.iter().map(|filter| (*filter, whole(filter))).collect();
    let matches = |scenario: &Scenario, (filter, whole): &(&String, bool)| {
        if *whole {
            is_named(scenario, filter)
        } else {
            matches(scenario, filter)
        }
    };
    if let Some((selector, _)) = filters
        .iter()
        .find(|filter| !scenarios.iter().any(|scenario| matches(scenario, filter)))
    {
        return Err(SelectError::NothingMatches {
            selector: (*selector).clone(),
            near: near(selector, &scenarios),
        });
    }
    let chosen =
        |scenario: &Scenario| filters.is_empty() || filters.iter().any(|filter| matches(scenario, filter));
    Ok(scenarios.into_iter().filter(chosen).collect())
}

/// Whether the filter is all of its path, or of its file's: then no other is meant whose path begins in the same way.
fn is_named(scenario: &Scenario, filter: &str) -> bool {
    let is_file = filter.ends_with(TOML) && scenario.file == filter;
    is_file || scenario.name() == filter
}

fn matches(scenario: &Scenario, filter: &str) -> bool {
    if let Some(tag) = filter.strip_prefix('@') {
        return scenario.tags.iter().any(|known| known == tag);
    }
    match filter.strip_suffix(BELOW) {
        Some(folder) => is_below(&scenario.path, folder),
        None => scenario.path.contains(filter) || (filter.ends_with(TOML) && scenario.file.ends_with(filter)),
    }
}

/// Whether a path goes through `folder`, which may be more than one step of it.
fn is_below(path: &str, folder: &str) -> bool {
    format!("/{path}").contains(&format!("/{}/", folder.trim_start_matches('/')))
}

/// The tag, or the word of a path, that was probably meant.
fn near(selector: &str, scenarios: &[Scenario]) -> Vec<String> {
    if let Some(tag) = selector.strip_prefix('@') {
        let tags = scenarios
            .iter()
            .flat_map(|scenario| scenario.tags.iter().map(String::as_str));
        return nearest(tag, tags)
            .map(|tag| format!("@{tag}"))
            .into_iter()
            .collect();
    }
    if let Some(folder) = selector.strip_suffix(BELOW) {
        let above = scenarios.iter().flat_map(|scenario| {
            scenario
                .path
                .match_indices('/')
                .map(|(at, _)| &scenario.path[..at])
        });
        return nearest(folder, above)
            .map(|folder| format!("{folder}{BELOW}"))
            .into_iter()
            .collect();
    }
    if scenarios
        .iter()
        .any(|scenario| scenario.tags.iter().any(|tag| tag == selector))
    {
        return vec![format!("@{selector}")];
    }
    let words = scenarios.iter().flat_map(|scenario| {
        scenario
            .path
            .split(['/', '.'])
            .chain(scenario.path.split(['/', '.', '-', '_']))
            .filter(|word| !word.is_empty() && *word != "toml")
    });
    nearest(selector, words)
        .map(ToOwned::to_owned)
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "title = \"t\"\napp = \"sipgate\"\ntags = [\"links\", \"smoke\"]\nuser = \"B.Simon\"\n[[step]]\nsign_in = {}\nexpect = { outcome = \"signed-in\" }\n";
    const OTHER: &str = "title = \"t\"\napp = \"sipgate\"\nuser = \"B.Simon\"\n[[step]]\nsign_in = {}\nexpect = { outcome = \"signed-in\" }\n";
    const EMBEDDED: &[(&str, &str)] = &[("links/broken.toml", GOOD), ("checks/expired.toml", OTHER)];

    fn paths(selectors: &[&str]) -> Result<Vec<String>, String> {
        let selectors: Vec<_> = selectors.iter().map(ToString::to_string).collect();
        let found = select(&selectors, EMBEDDED).map_err(|error| error.to_string())?;
        Ok(found.into_iter().map(|scenario| scenario.path).collect())
    }

    #[test]
    fn core_attacks_come_first_and_a_whole_path_selects_one() {
        let attack = |tags: &str| GOOD.replace("\"links\", \"smoke\"", tags);
        let (core, other) = (attack("\"attacks\", \"core\""), attack("\"attacks\""));
        let failure = GOOD.replace("\"links\", \"smoke\"", "\"failures\", \"core\"");
        let both = format!("signing = [\"response\", \"response-and-assertion\"]\n{other}");
        let embedded = [
            ("attacks/a.toml", both.as_str()),
            ("attacks/b.toml", &core),
            ("checks/a.toml", GOOD),
            ("failures/a.toml", &failure),
        ];
        let chosen = |selectors: &[&str]| {
            let selectors: Vec<_> = selectors.iter().map(ToString::to_string).collect();
            let found = select(&selectors, &embedded).unwrap();
            found
                .into_iter()
                .map(|scenario| scenario.path)
                .collect::<Vec<_>>()
        };
        let (one, two) = ("attacks/a/response", "attacks/a/response-and-assertion");
        assert_eq!(
            chosen(&[]),
            ["attacks/b.toml", one, two, "checks/a.toml", "failures/a.toml"]
        );
        assert_eq!(chosen(&["@core"]), ["attacks/b.toml", "failures/a.toml"]);
        assert_eq!(chosen(&["attacks/a"]), [one, two]);
        assert_eq!(chosen(&[one]), [one]);
        assert_eq!(chosen(&["response"]), [one, two]);
        // As the docs and `--list` write them.
        assert_eq!(chosen(&["attacks/a/*"]), [one, two]);
        assert_eq!(chosen(&["attacks/a.toml"]), [one, two]);
        assert_eq!(chosen(&["attacks/*"]), ["attacks/b.toml", one, two]);
    }

    #[test]
    fn filters_choose_among_the_embedded_scenarios() {
        for (selectors, expected) in [
            (&[][..], Ok(&["links/broken.toml", "checks/expired.toml"][..])),
            (&["expired"], Ok(&["checks/expired.toml"])),
            (&["@links"], Ok(&["links/broken.toml"])),
            (
                &["@links", "checks/"],
                Ok(&["links/broken.toml", "checks/expired.toml"]),
            ),
            (
                &["expird"],
                Err("no scenario matches `expird`; did you mean `expired`?"),
            ),
            (
                &["@link"],
                Err("no scenario matches `@link`; did you mean `@links`?"),
            ),
            (
                &["smoke"],
                Err("no scenario matches `smoke`; did you mean `@smoke`?"),
            ),
            (&["expired", "@zzzzzz"], Err("no scenario matches `@zzzzzz`")),
            (
                &["nowhere.toml"],
                Err("nowhere.toml: no such file, and no embedded scenario is called so"),
            ),
            (
                &["links/brokn.toml"],
                Err(
                    "links/brokn.toml: no such file, and no embedded scenario is called so; did you mean `links/broken.toml`?",
                ),
            ),
            (&["links/broken.toml"], Ok(&["links/broken.toml"])),
            (&["checks/*"], Ok(&["checks/expired.toml"])),
            (
                &["check/*"],
                Err("no scenario matches `check/*`; did you mean `checks/*`?"),
            ),
            (&["broken/*"], Err("no scenario matches `broken/*`")),
            (
                &["hecks/*"],
                Err("no scenario matches `hecks/*`; did you mean `checks/*`?"),
            ),
        ] {
            let expected = expected
                .map(|paths| paths.iter().map(ToString::to_string).collect::<Vec<_>>())
                .map_err(ToOwned::to_owned);
            assert_eq!(paths(selectors), expected, "{selectors:?}");
        }
    }

    #[test]
    fn files_replace_the_embedded_ones_and_every_error_of_every_file_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("deep/b.toml", GOOD);
        write("a.toml", OTHER);
        write("note.txt", "not a scenario");
        let root = folder.path().display().to_string();
        let expected = vec![format!("{root}/a.toml"), format!("{root}/deep/b.toml")];
        assert_eq!(paths(&[&root]), Ok(expected.clone()));
        assert_eq!(paths(&[&root, "@links"]), Ok(vec![expected[1].clone()]));
        assert_eq!(paths(&[&root, "deep/*"]), Ok(vec![expected[1].clone()]));
        // A file wins over an embedded one of the same name, and beside files such a name filters.
        let shadow = [(expected[0].as_str(), GOOD)];
        let chosen = select(&[expected[0].clone()], &shadow).unwrap();
        assert!(!chosen[0].embedded && chosen[0].tags.is_empty());
        assert!(paths(&[&root, "links/broken.toml"]).is_err());
        let beside = [("deep/b.toml", OTHER)];
        let chosen = select(&[root.clone(), "deep/b.toml".to_owned()], &beside).unwrap();
        assert_eq!((chosen.len(), chosen[0].path.as_str()), (1, expected[1].as_str()));

        write("c.toml", "titel = \"t\"\n");
        write("d.toml", "title = 1\n");
        write("sp.toml", "name = \"orders\"\n[whoami]\nurl = \"\"\n");
        let Err(SelectError::Files(files)) = select(&[root], EMBEDDED) else {
            panic!("three files are wrong");
        };
        let counts: Vec<_> = files.iter().map(|file| file.0.len()).collect();
        // What is no scenario at all is told once.
        assert_eq!(counts, [1, 3, 1], "{files:?}");
        assert_eq!(
            files[2].0[0].message,
            "this file has neither `title` nor `[[step]]`: not a scenario"
        );
    }
}
