//! Embeds every file of `scenarios/` as a table of (path, text).

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    // Read when it runs: a build script may be shared by two checkouts.
    let package = env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let root = Path::new(&package).join("../../scenarios");
    println!("cargo:rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let rows: String = files
        .iter()
        .map(|file| {
            let name = file
                .strip_prefix(&root)
                .expect("every file was found below the root");
            let path = file.canonicalize().expect("the file was just listed");
            format!(
                "({:?}, include_str!({:?})),\n",
                name.to_string_lossy().replace('\\', "/"),
                path
            )
        })
        .collect();
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("scenarios.rs");
    fs::write(out, format!("&[\n{rows}]")).expect("OUT_DIR can be written");
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    println!("cargo:rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder).expect("the scenarios folder is in the repository") {
        let path = entry.expect("a folder entry can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
}
