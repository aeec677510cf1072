//! What the identity provider, the service provider and the runner share, as values.
//!
//! * [`file`]: reading a user's TOML file (or a JSON body) with every error at once, each with its place;
//! * [`tenant`]: the tenant file (contracts.md section 4), the one model that the file, the control API and
//!   scenarios edit;
//! * [`idp`] and [`sp`]: the bodies of the control routes of the mock and of the reference SP;
//! * [`catalogue`]: the failures and attacks, and the faults that a scenario may order;
//! * [`flow`]: the typed events of a recorded sign-on;
//! * [`message`]: what tells one message on the wire from all others;
//! * [`clock`], [`guard`], [`ready`]: a clock that can be moved, who may use a control route, the ready file.
//!
//! Values only: this crate opens no socket and no file, and knows no HTTP library.

pub mod catalogue;
pub mod clock;
pub mod file;
pub mod flow;
pub mod guard;
pub mod idp;
pub mod message;
pub mod ready;
pub mod sp;
pub mod tenant;

/// Where the halves of a run can be reached; all that the runner is given.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// Base URL of the mock, without a trailing slash.
    pub idp: String,
    /// Base URL of the mock's control API, ending in `/_entrant/v1`.
    pub control: String,
    /// The control token, sent as `Authorization: Bearer …`.
    pub token: String,
    /// Base URL of the reference SP, without a trailing slash; `None` when a foreign SP is tested.
    pub sp: Option<String>,
}

/// The header by which a user agent ties its requests to a flow. Its value is chosen by the agent: at most
/// [`FLOW_ID_MAX`] characters of `A-Z a-z 0-9 - _`.
pub const FLOW_HEADER: &str = "entrant-flow";

/// The header that signs a user in without a page, at the sign-on endpoint and at a tile: a user principal name or its
/// local part. Every factor counts as passed. No other site can make a browser send it.
pub const USER_HEADER: &str = "entrant-user";

/// The longest flow id.
pub const FLOW_ID_MAX: usize = 64;

/// A text as a segment of a path, or as the value of a header's parameter (RFC 8187): all but letters, digits and `*-._` is
/// percent-encoded.
#[must_use]
pub fn percent_encoded(text: &str) -> String {
    let form: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    form.replace('+', "%20")
}

/// Whether `id` may name a flow.
#[must_use]
pub fn is_flow_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= FLOW_ID_MAX
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_segment() {
        for (text, encoded) in [
            ("a-b.c_d*1", "a-b.c_d*1"),
            ("a b+c", "a%20b%2Bc"),
            ("../x/y?z#%", "..%2Fx%2Fy%3Fz%23%25"),
            ("\u{e9}", "%C3%A9"),
        ] {
            assert_eq!(percent_encoded(text), encoded);
        }
    }
}
