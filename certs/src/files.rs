//! Private files: directories 0700, files 0600, written beside and moved into place.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use crate::CertsError;

/// Makes the directory and its parents where they are missing, for this user alone.
pub(crate) fn create_directory(path: &Path) -> Result<(), CertsError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(failed("create the directory", path))
}

/// The text of the file, or `None` where there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<String>, CertsError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path)(error)),
    }
}

/// Opens the file for writing, for this user alone; it is made where it is missing and its content is kept.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    private().truncate(false).open(path)
}

/// Writes a new file at `temporary`, which must lie in the directory it is to be moved within.
pub(crate) fn write_temporary(temporary: &Path, content: &str) -> Result<(), CertsError> {
    let write = || {
        let mut file = private().truncate(true).open(temporary)?;
        file.write_all(content.as_bytes())?;
        file.sync_all()
    };
    write().map_err(failed("write", temporary))
}

/// For `map_err`: what was tried, and where.
pub(crate) fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> CertsError {
    move |source| CertsError::File {
        action,
        path: path.to_owned(),
        source,
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
