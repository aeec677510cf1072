//! Token signing certificates in the tenant file (entra-behaviour.md section 5).

use jiff::{SpanRelativeTo, Unit};
use serde::Serialize;

use crate::file::parse_duration;

/// How long a certificate lives where nobody says (entra-behaviour.md 5).
pub const CERTIFICATE_LIFE: &str = "3y";

/// The longest life: three years, on whatever date they begin (entra-behaviour.md 5).
const LIFE_DAYS_MAX: f64 = 1096.0;

/// How long ago a certificate may have expired or begun: a century.
const AGE_DAYS_MAX: f64 = 36_525.0;

/// One of `certificates`: made here, or an administrator's own out of a PFX file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CertificateEntry {
    /// A name to call it by; Entra has only thumbprints.
    pub name: String,
    /// Active or inactive; exactly one signs.
    pub status: CertificateStatus,
    /// Life time, at most 3 years, from the tenant's now or from `valid_from`; a negative one (`-1d`) makes an expired
    /// certificate. Empty where the certificate comes from a file, which has its own dates.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub valid_for: String,
    /// From when it is valid, counted from the tenant's now; absent: now. A positive one (`1d`) makes a certificate that is
    /// not valid yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<String>,
    /// Key size in bits: 1024, 2048 or 4096.
    #[serde(skip_serializing_if = "is_2048")]
    pub key_bits: u32,
    /// A PFX file to import: its path. A tenant that runs has [`CertificateEntry::imported`] instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pfx: Option<String>,
    /// The PFX file's password; absent: empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pfx_password: Option<String>,
    /// It was imported: its SHA-1 thumbprint, under which the mock keeps it. A `pfx` beside it takes its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imported: Option<String>,
}

impl CertificateEntry {
    /// A certificate as Entra makes one, with [`CERTIFICATE_LIFE`] and 2048 bits.
    #[must_use]
    pub fn new(name: impl Into<String>, status: CertificateStatus) -> Self {
        Self {
            name: name.into(),
            status,
            valid_for: CERTIFICATE_LIFE.to_owned(),
            valid_from: None,
            key_bits: 2048,
            pfx: None,
            pfx_password: None,
            imported: None,
        }
    }

    /// A certificate that was imported, inactive as Entra adds it.
    #[must_use]
    pub fn imported(name: impl Into<String>, thumbprint: String) -> Self {
        Self {
            valid_for: String::new(),
            imported: Some(thumbprint),
            ..Self::new(name, CertificateStatus::Inactive)
        }
    }

    /// Whether it comes from a PFX file, so that its dates and its key are the file's.
    #[must_use]
    pub fn is_from_file(&self) -> bool {
        self.pfx.is_some() || self.imported.is_some()
    }
}

/// Status of a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CertificateStatus {
    /// Signs.
    Active,
    /// In the metadata, but does not sign.
    #[default]
    Inactive,
}

/// Judges a life time: at most three years; negative where nothing says from when.
///
/// # Errors
/// What was expected instead.
pub fn check_life_time(text: &str) -> Result<(), String> {
    match days(text)? {
        Some(days) if (-AGE_DAYS_MAX..=LIFE_DAYS_MAX).contains(&days) && days != 0.0 => Ok(()),
        _ => Err("a life time of at most 3 years, such as 3y or 90d (or -1d, expired)".to_owned()),
    }
}

/// Judges from when a certificate is valid, counted from the tenant's now.
///
/// # Errors
/// What was expected instead.
pub fn check_valid_from(text: &str) -> Result<(), String> {
    match days(text)? {
        Some(days) if (-AGE_DAYS_MAX..=LIFE_DAYS_MAX).contains(&days) => Ok(()),
        _ => Err("an offset from now within 3 years, such as 1d (not yet valid) or -30d".to_owned()),
    }
}

/// Judges life time and beginning together, each judged for itself before.
///
/// # Errors
/// What is wrong with them.
pub fn check_dates(valid_for: Option<&str>, valid_from: Option<&str>) -> Result<(), String> {
    if valid_from.is_some() && valid_for.is_some_and(|life| life.trim_start().starts_with('-')) {
        return Err("`valid_for` counts from `valid_from`, so it is positive: an expired certificate has a `valid_from` that lies further back".to_owned());
    }
    Ok(())
}

/// Judges a key size.
///
/// # Errors
/// What is wrong with it.
pub fn check_key_bits(bits: u64) -> Result<u32, String> {
    match bits {
        1024 => Ok(1024),
        2048 => Ok(2048),
        4096 => Ok(4096),
        other => Err(format!("{other} is none of 1024, 2048 and 4096")),
    }
}

/// A span in days; months and years count from a fixed date.
fn days(text: &str) -> Result<Option<f64>, String> {
    let span = parse_duration(text)?;
    let start = jiff::civil::date(2025, 1, 1);
    let days = span
        .total((Unit::Day, SpanRelativeTo::days_are_24_hours()))
        .or_else(|_| span.total((Unit::Day, start)));
    Ok(days.ok())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_2048(bits: &u32) -> bool {
    *bits == 2048
}
