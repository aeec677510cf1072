//! How often a PFX file has its password hashed, read off the file before it is done.
//!
//! Every scheme says so in the same shape: a salt, which is an OCTET STRING, and the number of iterations, which is the
//! INTEGER right behind it (RFC 7292, 4 `MacData`; RFC 8018, A.2 `PBKDF2-params`, A.3 `PBEParameter`). So the file is walked as BER, into whatever holds BER, and those are added up.
//! What is not BER is passed over: OpenSSL judges the file. What lies encrypted inside is not seen; to be opened twice, it
//! has to be made for that by whoever knows the password.

/// How deep BER may be nested; a PFX file is nested about a dozen levels.
const DEPTH_MAX: usize = 48;

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const CONSTRUCTED: u8 = 0x20;
/// The tag's number follows in octets of its own.
const LONG_TAG: u8 = 0x1F;

/// `id-scrypt`, 1.3.6.1.4.1.11591.4.11 (RFC 7914, 7).
const SCRYPT: &[u8] = &[0x2B, 0x06, 0x01, 0x04, 0x01, 0xDA, 0x47, 0x04, 0x0B];

/// The iterations of everything in the file, added up; saturates, as it does where the nesting has no end.
pub(super) fn iterations(file: &[u8]) -> u64 {
    walk(file, DEPTH_MAX)
}

fn walk(mut rest: &[u8], depth: usize) -> u64 {
    if depth == 0 {
        return u64::MAX;
    }
    let mut sum: u64 = 0;
    let mut behind_octets = false;
    while let Some((element, tail)) = Element::read(rest, depth) {
        rest = tail;
        let is_octets = element.tag & !CONSTRUCTED == OCTET_STRING;
        let inner = match element.tag {
            INTEGER if behind_octets => integer(element.content),
            OBJECT_IDENTIFIER if element.content == SCRYPT => u64::MAX,
            // In segments, as BER allows: they may cut through what is inside.
            tag if is_octets && tag & CONSTRUCTED != 0 => walk(&joined(element.content, depth), depth - 1),
            tag if is_octets || tag & CONSTRUCTED != 0 => walk(element.content, depth - 1),
            _ => 0,
        };
        sum = sum.saturating_add(inner);
        behind_octets = is_octets;
    }
    sum
}

/// The segments of a constructed OCTET STRING, one behind the other; a segment may have segments (X.690, 8.7.3.2).
fn joined(mut segments: &[u8], depth: usize) -> Vec<u8> {
    let mut whole = Vec::with_capacity(segments.len());
    while let Some((segment, tail)) = Element::read(segments, depth) {
        segments = tail;
        if segment.tag & CONSTRUCTED != 0 && depth > 0 {
            whole.extend(joined(segment.content, depth - 1));
        } else {
            whole.extend_from_slice(segment.content);
        }
    }
    whole
}

/// A negative one counts as a huge one.
fn integer(content: &[u8]) -> u64 {
    content
        .iter()
        .fold(0, |number: u64, octet| match number.checked_mul(256) {
            Some(shifted) => shifted | u64::from(*octet),
            None => u64::MAX,
        })
}

/// An element of BER (X.690, 8.1).
struct Element<'b> {
    tag: u8,
    content: &'b [u8],
}

impl<'b> Element<'b> {
    /// The first element, and what follows it; `None` at the end of all, of an indefinite length, or of BER.
    fn read(bytes: &'b [u8], depth: usize) -> Option<(Self, &'b [u8])> {
        let (&tag, mut rest) = bytes.split_first()?;
        if tag & LONG_TAG == LONG_TAG {
            let last = rest.iter().position(|octet| octet & 0x80 == 0)?;
            rest = rest.get(last + 1..)?;
        }
        let (&first, mut rest) = rest.split_first()?;
        if tag == 0 && first == 0 {
            return None;
        }
        if first == 0x80 {
            let length = indefinite(rest, depth)?;
            let (content, tail) = rest.split_at_checked(length)?;
            return Some((Self { tag, content }, tail.get(2..)?));
        }
        let mut length = usize::from(first);
        if first > 0x80 {
            let (octets, tail) = rest.split_at_checked(usize::from(first & 0x7F))?;
            length = usize::try_from(integer(octets)).ok()?;
            rest = tail;
        }
        let (content, tail) = rest.split_at_checked(length)?;
        Some((Self { tag, content }, tail))
    }
}

/// Where the end-of-contents octets of an indefinite length are.
fn indefinite(content: &[u8], depth: usize) -> Option<usize> {
    let depth = depth.checked_sub(1)?;
    let mut rest = content;
    while let Some((_, tail)) = Element::read(rest, depth) {
        rest = tail;
    }
    rest.starts_with(&[0, 0]).then(|| content.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use super::iterations;

    /// An element with a length in the short form.
    fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u8::try_from(content.len()).unwrap();
        assert!(length < 0x80);
        [&[tag, length], content].concat()
    }

    fn indefinite(tag: u8, content: &[u8]) -> Vec<u8> {
        [&[tag, 0x80], content, &[0, 0]].concat()
    }

    #[test]
    fn the_integer_behind_a_salt_counts_wherever_it_is() {
        let salt = element(0x04, b"salt....");
        let count = element(0x02, &[0x01, 0x00]);
        let params = element(0x30, &[salt.clone(), count.clone()].concat());
        assert_eq!(iterations(&params), 256);
        for wrapped in [
            element(0x30, &params),
            element(0x04, &params),
            element(0xA0, &element(0x04, &params)),
            indefinite(0x30, &params),
            indefinite(0xA0, &indefinite(0x30, &params)),
            // Cut into segments in the middle of the salt.
            indefinite(
                0x24,
                &[element(0x04, &params[..6]), element(0x04, &params[6..])].concat(),
            ),
            // The segments have segments, cut between salt and count.
            indefinite(
                0x24,
                &indefinite(
                    0x24,
                    &[element(0x04, &params[..12]), element(0x04, &params[12..])].concat(),
                ),
            ),
            // What is not BER behind it does not hide it.
            element(0x04, &[&params[..], &[0x30, 0x7F]].concat()),
        ] {
            assert_eq!(iterations(&wrapped), 256, "{wrapped:02X?}");
        }
        assert_eq!(iterations(&[params.clone(), params.clone()].concat()), 512);
        for (not_a_salt, expected) in [
            (element(0x30, &[count.clone(), count.clone()].concat()), 0),
            (count, 0),
        ] {
            assert_eq!(iterations(&not_a_salt), expected);
        }
        let scrypt = element(0x30, &element(0x06, super::SCRYPT));
        assert_eq!(iterations(&scrypt), u64::MAX);
        let huge = [salt, element(0x02, &[0x7F; 9])].concat();
        assert_eq!(iterations(&huge), u64::MAX);
        assert_eq!(iterations(&[huge, params].concat()), u64::MAX);
    }

    #[test]
    fn what_never_ends_costs_too_much_and_nonsense_nothing() {
        let mut nested = vec![0x02, 0x01, 0x01];
        for _ in 0..60 {
            nested = element(0x30, &nested);
            if nested.len() > 100 {
                break;
            }
        }
        assert_eq!(iterations(&nested), u64::MAX);
        let open = [0x30, 0x80].repeat(30_000);
        // An end that never comes: read as nothing, in little time.
        assert_eq!(iterations(&open), 0);
        for nonsense in [
            &b""[..],
            &[0x30],
            &[0x30, 0x81],
            &[0x30, 0x88, 255, 255, 255, 255, 255, 255, 255, 255],
            &[0x1F, 0xFF],
        ] {
            assert_eq!(iterations(nonsense), 0, "{nonsense:02X?}");
        }
    }
}
