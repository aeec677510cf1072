//! What tells one message on the wire from all others, also where it cannot be read: whoever sent it and whoever received it
//! come to the same digest.

use url::form_urlencoded;

/// The parameters that carry a message (saml-bindings 3.4.4, 3.5.4).
const PARAMETERS: [&[u8]; 2] = [b"SAMLResponse", b"SAMLRequest"];

/// The SHA-256 digest of a parameter's value in lower-case hex. White space does not count: a browser writes the ends of lines
/// in its own way.
#[must_use]
pub fn message_sha256(value: &str) -> String {
    let packed: String = value.split_ascii_whitespace().collect();
    let digest = openssl::sha::sha256(packed.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The digest of the message that a query or a form of the type `application/x-www-form-urlencoded` carries: of the first that
/// is not empty, where there are several. `None`: there is none.
#[must_use]
pub fn carried_sha256(parameters: &[u8]) -> Option<String> {
    let mut pairs = form_urlencoded::parse(parameters);
    let found = pairs.find(|(name, value)| is_message(name, value));
    found.map(|(_, value)| message_sha256(&value))
}

/// The same of a form's fields, names and values as they are before they are encoded.
pub fn fields_sha256<'f>(fields: impl IntoIterator<Item = (&'f str, &'f str)>) -> Option<String> {
    let mut fields = fields.into_iter();
    let found = fields.find(|(name, value)| is_message(name, value));
    found.map(|(_, value)| message_sha256(value))
}

/// Whether a parameter carries a message.
fn is_message(name: &str, value: &str) -> bool {
    PARAMETERS.contains(&name.as_bytes()) && !value.bytes().all(|byte| byte.is_ascii_whitespace())
}

/// The same of a body of any other type: what could be base64 behind the first name of a parameter, up to the end of its line.
/// So it stands in `multipart/form-data` and in `text/plain` (RFC 7578; HTML, 4.10.21.8).
#[must_use]
pub fn scattered_sha256(body: &[u8]) -> Option<String> {
    let begins = |at: usize| PARAMETERS.iter().find(|name| body[at..].starts_with(name));
    let rest = (0..body.len()).find_map(|at| begins(at).map(|name| &body[at + name.len()..]))?;
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    let value = &rest[rest.iter().position(is_base64)?..];
    let end = value.iter().position(|byte| !is_base64(byte) && *byte != b'=');
    let value = std::str::from_utf8(&value[..end.unwrap_or(value.len())]).ok()?;
    Some(message_sha256(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_does_not_count_and_all_else_does() {
        let digest = message_sha256("abc");
        assert_eq!(
            digest,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(message_sha256(" a\r\nb\tc\n"), digest);
        for other in ["abC", "ab", "abc=", ""] {
            assert_ne!(message_sha256(other), digest);
        }
    }

    #[test]
    fn the_message_is_found_in_whatever_carries_it() {
        let digest = |value| Some(message_sha256(value));
        for (parameters, expected) in [
            ("SAMLResponse=a%2Bb%3D%3D&RelayState=c", digest("a+b==")),
            ("RelayState=SAMLResponse&SAMLRequest=a", digest("a")),
            (
                "SAMLResponse=&SAMLResponse=%0D%0A&SAMLResponse=a&SAMLResponse=b",
                digest("a"),
            ),
            ("SAMLResponse=%FF%ZZ", digest("\u{FFFD}%ZZ")),
            ("samlresponse=a", None),
            ("", None),
        ] {
            assert_eq!(carried_sha256(parameters.as_bytes()), expected, "{parameters}");
            let fields: Vec<_> = form_urlencoded::parse(parameters.as_bytes()).collect();
            let fields = fields.iter().map(|(name, value)| (&**name, &**value));
            assert_eq!(fields_sha256(fields), expected, "{parameters}");
        }
        for (body, expected) in [
            ("SAMLResponse=a+b/==\r\nRelayState=c\r\n", digest("a+b/==")),
            (
                "--x\r\nContent-Disposition: form-data; name=\"SAMLResponse\"\r\n\r\na+b/==\r\n--x--\r\n",
                digest("a+b/=="),
            ),
            ("{\"SAMLRequest\": \"a\"}", digest("a")),
            ("SAMLResponse", None),
            ("RelayState=c", None),
            ("", None),
        ] {
            assert_eq!(scattered_sha256(body.as_bytes()), expected, "{body}");
        }
    }
}
