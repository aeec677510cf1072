//! A distinguished name as text, in .NET's spelling of `X509Certificate.Issuer`: it is what stands in
//! `X509IssuerName` where .NET writes it.

use openssl::x509::{X509NameEntryRef, X509NameRef};

/// The attributes that .NET abbreviates, and how; RFC 4514 agrees but for the state and the mail address.
const ABBREVIATIONS: [(&str, &str); 9] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "S"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.5", "SERIALNUMBER"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("1.2.840.113549.1.9.1", "E"),
];

/// The name, its last and most specific attribute first; a value that is no text is left empty.
pub(crate) fn format(name: &X509NameRef) -> String {
    let mut attributes: Vec<_> = name.entries().map(attribute).collect();
    attributes.reverse();
    attributes.join(", ")
}

fn attribute(entry: &X509NameEntryRef) -> String {
    let value = entry.data().to_string().unwrap_or_default();
    format!("{}={}", abbreviation(&oid(entry)), quoted(&value))
}

fn abbreviation(oid: &str) -> String {
    let known = ABBREVIATIONS.iter().find(|(number, _)| *number == oid);
    known.map_or_else(|| format!("OID.{oid}"), |(_, short)| (*short).to_owned())
}

/// The object identifier in dotted decimals (X.690 8.19), out of its content octets.
fn oid(entry: &X509NameEntryRef) -> String {
    let mut numbers = Vec::new();
    let mut number: u128 = 0;
    for octet in entry.object().to_owned().as_slice() {
        number = (number << 7) | u128::from(octet & 0x7F);
        if octet & 0x80 == 0 {
            numbers.push(number);
            number = 0;
        }
    }
    if let Some(first) = numbers.first().copied() {
        let arc = (first / 40).min(2);
        numbers.splice(..1, [arc, first - 40 * arc]);
    }
    let numbers: Vec<_> = numbers.iter().map(u128::to_string).collect();
    numbers.join(".")
}

/// In quotes where a reader would split the value or cut it.
fn quoted(value: &str) -> String {
    let is_plain = !value.is_empty()
        && value.trim() == value
        && !value.contains([',', '+', '=', '"', '\r', '\n', '<', '>', '#', ';']);
    if is_plain {
        value.to_owned()
    } else {
        format!("\"{}\"", value.replace('"', "\"\""))
    }
}

#[cfg(test)]
mod tests {
    use openssl::{nid::Nid, x509::X509Name};

    use super::format;

    #[test]
    fn names_are_spelt_as_dot_net_spells_them() {
        for (attributes, expected) in [
            (&[(Nid::COMMONNAME, "sp.example")][..], "CN=sp.example"),
            (
                &[
                    (Nid::COUNTRYNAME, "SE"),
                    (Nid::STATEORPROVINCENAME, "Skåne"),
                    (Nid::LOCALITYNAME, "Lund"),
                    (Nid::ORGANIZATIONNAME, "Säpo, \"AB\""),
                    (Nid::COMMONNAME, " a"),
                    (Nid::PKCS9_EMAILADDRESS, "a@b.example"),
                    (Nid::DOMAINCOMPONENT, "b"),
                    (Nid::TITLE, "x"),
                ],
                "OID.2.5.4.12=x, DC=b, E=a@b.example, CN=\" a\", O=\"Säpo, \"\"AB\"\"\", L=Lund, S=Skåne, C=SE",
            ),
            (&[], ""),
        ] {
            let mut name = X509Name::builder().unwrap();
            for (nid, value) in attributes {
                name.append_entry_by_nid(*nid, value).unwrap();
            }
            assert_eq!(format(&name.build()), expected);
        }
    }
}
