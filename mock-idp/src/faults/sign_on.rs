//! The fault of the sign-on itself: it stops at the identity provider with an error that something outside of this mock
//! would bring about.

use control_api::idp::FaultSpec;

use super::{FaultError, Parameters};
use crate::errors::{self, Aadsts, Appears};

/// The id of the fault.
pub(crate) const AADSTS: &str = "aadsts";

/// Its parameter.
pub(super) const CODE: &str = "code";

/// How many codes are named to whoever asked for another.
const NEAREST_CODES: usize = 3;

/// The row whose code the parameter names.
///
/// # Errors
/// A code that nobody knows, or one that never appears.
pub(super) fn row(parameters: &Parameters) -> Result<&'static Aadsts, FaultError> {
    let code = parameters.get(CODE).map_or("", String::as_str);
    let row = errors::find(code).ok_or_else(|| FaultError::UnknownCode {
        code: code.to_owned(),
        nearest: nearest(code),
    })?;
    match row.appears {
        Appears::Absent(reason) => Err(FaultError::AbsentCode {
            code: row.code,
            reason,
        }),
        _ => Ok(row),
    }
}

/// The error that a set of checked faults stops a sign-on with.
pub(crate) fn armed_error(faults: &[FaultSpec]) -> Option<&'static Aadsts> {
    let fault = faults.iter().find(|fault| fault.id == AADSTS)?;
    row(&fault.parameters).ok()
}

/// The codes that begin most like this one, nearest number first.
fn nearest(code: &str) -> Vec<u32> {
    let Some(wanted) = errors::code_number(code) else {
        return Vec::new();
    };
    let digits = wanted.to_string();
    let alike = |code: u32| {
        let code = code.to_string();
        let pairs = code.bytes().zip(digits.bytes());
        pairs.take_while(|(known, given)| known == given).count()
    };
    let mut codes: Vec<_> = errors::all().map(|row| row.code).collect();
    codes.sort_by_key(|code| (usize::MAX - alike(*code), code.abs_diff(wanted)));
    codes.truncate(NEAREST_CODES);
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(code: &str) -> Parameters {
        Parameters::from([(CODE.to_owned(), code.to_owned())])
    }

    #[test]
    fn a_code_is_one_that_can_appear() {
        for code in ["50131", "AADSTS50131"] {
            assert_eq!(row(&parameters(code)).map(|row| row.code), Ok(50_131));
        }
        for (code, expected) in [
            (
                "50132x",
                "unknown code `50132x`: expected one of docs/errors.md, such as AADSTS50131",
            ),
            (
                "AADSTS50137",
                "unknown code `AADSTS50137`: the nearest are AADSTS50135, AADSTS50133, AADSTS50132",
            ),
            (
                "90025",
                "AADSTS90025 never appears: Microsoft's list does not have it, and its words are known from memory alone",
            ),
        ] {
            assert_eq!(
                row(&parameters(code)).map_err(|error| error.to_string()),
                Err(expected.to_owned())
            );
        }
    }
}
