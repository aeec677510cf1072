//! Where keys and certificates live between two starts.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use crate::{CertsError, files};

/// The folder of this program below the state home (XDG Base Directory Specification).
const FOLDER: &str = "entrant";

/// A directory that exists, for this user alone where this program made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateDir {
    path: PathBuf,
}

impl StateDir {
    /// `explicit`, else `$XDG_STATE_HOME/entrant`, else `$HOME/.local/state/entrant`; missing directories are made.
    ///
    /// # Errors
    ///
    /// [`CertsError::NoStateDirectory`] where nothing names one, [`CertsError::File`] where it cannot be made.
    pub fn resolve(explicit: Option<PathBuf>) -> Result<Self, CertsError> {
        Self::resolve_in(explicit, env::var_os("XDG_STATE_HOME"), env::var_os("HOME"))
    }

    /// The directory itself; [`crate::KeyPool::open`] takes it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where [`crate::CertificateStore::directory`] keeps its files.
    #[must_use]
    pub fn certificates(&self) -> PathBuf {
        self.path.join("certificates")
    }

    fn resolve_in(
        explicit: Option<PathBuf>,
        xdg_state_home: Option<OsString>,
        home: Option<OsString>,
    ) -> Result<Self, CertsError> {
        // The specification: a relative path is invalid and ignored; an empty value counts as unset.
        let absolute = |value: Option<OsString>| value.map(PathBuf::from).filter(|path| path.is_absolute());
        let path = explicit
            .or_else(|| absolute(xdg_state_home).map(|state| state.join(FOLDER)))
            .or_else(|| absolute(home).map(|home| home.join(".local/state").join(FOLDER)))
            .ok_or(CertsError::NoStateDirectory)?;
        files::create_directory(&path)?;
        Ok(Self { path })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::StateDir;

    #[test]
    fn explicit_then_xdg_then_home() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        let value = |name: &str| Some(path(name).into_os_string());
        for (explicit, xdg, home, expected) in [
            (Some(path("a/b")), value("x"), value("h"), "a/b"),
            (None, value("x"), value("h"), "x/entrant"),
            (None, None, value("h"), "h/.local/state/entrant"),
            (None, Some("".into()), value("h"), "h/.local/state/entrant"),
            (
                None,
                Some("relative".into()),
                value("h"),
                "h/.local/state/entrant",
            ),
        ] {
            let state = StateDir::resolve_in(explicit, xdg, home).unwrap();
            assert_eq!(state.path(), path(expected));
            assert!(state.path().is_dir());
        }
    }

    #[test]
    #[cfg(unix)]
    fn every_directory_it_makes_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let root = tempfile::tempdir().unwrap();
        StateDir::resolve_in(Some(root.path().join("a/b")), None, None).unwrap();
        for made in ["a", "a/b"] {
            let mode = fs::metadata(root.path().join(made)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{made}");
        }
    }

    #[test]
    fn an_error_names_the_path_and_the_way_out() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let below = file.path().join("state");
        let message = StateDir::resolve_in(Some(below.clone()), None, None)
            .unwrap_err()
            .to_string();
        assert!(
            message.contains(&below.display().to_string()) && message.contains("--state-dir"),
            "{message}"
        );
        let message = StateDir::resolve_in(None, None, None).unwrap_err().to_string();
        assert!(message.contains("--state-dir"), "{message}");
    }
}
