//! The wire form of a successful response, copied by hand from entra-behaviour.md 3.1, and a comparison with it.
//!
//! The comparison is of text: order of elements and attributes, prefixes, where namespaces are declared and how an
//! empty element is closed all count. Nothing of `saml-emit` is used.

use std::collections::BTreeMap;

/// The form with its placeholders. Lines are joined without white space: the line breaks are for reading only.
///
/// A placeholder stands for one value, the same wherever its name is repeated, that has the form its name begins
/// with: `guid`, `instant`, `base64` or `text`.
const RESPONSE: &str = r#"
<samlp:Response ID="_{guid of response}" Version="2.0" IssueInstant="{instant of response}" Destination="{text acs}" InResponseTo="{text request}" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">
 <Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">{text issuer}</Issuer>
 [signature of response]
 <samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
 <Assertion ID="_{guid of assertion}" IssueInstant="{instant of assertion}" Version="2.0" xmlns="urn:oasis:names:tc:SAML:2.0:assertion">
  <Issuer>{text issuer}</Issuer>
  [signature of assertion]
  <Subject>
   <NameID Format="{text format}">{text name id}</NameID>
   <SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><SubjectConfirmationData InResponseTo="{text request}" NotOnOrAfter="{instant end}" Recipient="{text acs}"/></SubjectConfirmation>
  </Subject>
  <Conditions NotBefore="{instant start}" NotOnOrAfter="{instant end}"><AudienceRestriction><Audience>{text audience}</Audience></AudienceRestriction></Conditions>
  <AttributeStatement>
   [attributes]
  </AttributeStatement>
  <AuthnStatement AuthnInstant="{instant of sign-in}" SessionIndex="_{guid of assertion}"><AuthnContext><AuthnContextClassRef>{text class}</AuthnContextClassRef></AuthnContext></AuthnStatement>
 </Assertion>
</samlp:Response>
"#;

/// `@` is what is signed.
const SIGNATURE: &str = r##"
<Signature xmlns="http://www.w3.org/2000/09/xmldsig#">
 <SignedInfo>
  <CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
  <SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>
  <Reference URI="#_{guid of @}">
   <Transforms><Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></Transforms>
   <DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue>{base64 digest of @}</DigestValue>
  </Reference>
 </SignedInfo>
 <SignatureValue>{base64 signature of @}</SignatureValue>
 <KeyInfo><X509Data><X509Certificate>{base64 certificate}</X509Certificate></X509Data></KeyInfo>
</Signature>
"##;

/// What may differ between two good responses of one wire form.
#[derive(Clone, Copy, Debug)]
pub struct Form<'a> {
    /// The response carries a signature.
    pub response_signed: bool,
    /// The assertion carries a signature.
    pub assertion_signed: bool,
    /// `InResponseTo` is there, on the response and on the confirmation.
    pub solicited: bool,
    /// The name of each attribute and how many values it has, in order.
    pub attributes: &'a [(&'a str, usize)],
}

impl Form<'_> {
    /// Holds a response, RSA-SHA256, against the form. Gives the values of the placeholders by their names.
    ///
    /// # Errors
    ///
    /// What was expected and what stands there, from the first difference on.
    pub fn compare(&self, response: &str) -> Result<BTreeMap<String, String>, String> {
        matched(&self.skeleton(), response)
    }

    fn skeleton(&self) -> String {
        let signature = |present: bool, of: &str| match present {
            true => SIGNATURE.replace('@', of),
            false => String::new(),
        };
        let skeleton = RESPONSE
            .replace(
                "[signature of response]",
                &signature(self.response_signed, "response"),
            )
            .replace(
                "[signature of assertion]",
                &signature(self.assertion_signed, "assertion"),
            )
            .replace("[attributes]", &self.attributes());
        let skeleton: String = skeleton.lines().map(str::trim_start).collect();
        match self.solicited {
            true => skeleton,
            false => skeleton.replace(r#" InResponseTo="{text request}""#, ""),
        }
    }

    fn attributes(&self) -> String {
        let attribute = |(name, count): &(&str, usize)| {
            let values: String = (0..*count)
                .map(|index| format!("<AttributeValue>{{text {name} {index}}}</AttributeValue>"))
                .collect();
            format!(r#"<Attribute Name="{name}">{values}</Attribute>"#)
        };
        self.attributes.iter().map(attribute).collect()
    }
}

/// Walks the skeleton: what is outside braces must be there literally, a placeholder reaches to the next `"` or `<`.
fn matched(skeleton: &str, text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    let mut rest = text;
    for (index, part) in skeleton.split(['{', '}']).enumerate() {
        if index % 2 == 0 {
            rest = rest
                .strip_prefix(part)
                .ok_or_else(|| format!("expected\n{part}\nfound\n{rest}"))?;
            continue;
        }
        let (value, after) = rest.split_at(rest.find(['"', '<']).unwrap_or(rest.len()));
        if !has_form(part, value) {
            return Err(format!("`{value}` is not {{{part}}}"));
        }
        let first = values.entry(part.to_owned()).or_insert_with(|| value.to_owned());
        if first != value {
            return Err(format!("{{{part}}} is `{first}`, then `{value}`"));
        }
        rest = after;
    }
    match rest {
        "" => Ok(values),
        _ => Err(format!("expected the end, found\n{rest}")),
    }
}

fn has_form(placeholder: &str, value: &str) -> bool {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    match placeholder.split(' ').next() {
        Some("guid") => looks_like("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", value),
        Some("instant") => looks_like("0000-00-00T00:00:00.000Z", value),
        Some("base64") => !value.is_empty() && value.bytes().all(is_base64),
        Some("text") => !value.is_empty(),
        other => unreachable!("a placeholder begins with its form, not with {other:?}"),
    }
}

/// `0` stands for a digit, `x` for a lower-case hexadecimal digit, everything else for itself.
fn looks_like(picture: &str, value: &str) -> bool {
    let fits = |(expected, found): (u8, u8)| match expected {
        b'0' => found.is_ascii_digit(),
        b'x' => matches!(found, b'0'..=b'9' | b'a'..=b'f'),
        _ => expected == found,
    };
    picture.len() == value.len() && picture.bytes().zip(value.bytes()).all(fits)
}

#[cfg(test)]
mod tests {
    use super::{looks_like, matched};

    #[test]
    fn a_difference_is_found_and_said() {
        let skeleton = r#"<a b="_{guid x}" c="{instant y}">{text z}</a><d e="_{guid x}"/>"#;
        let good = r#"<a b="_01234567-89ab-cdef-0123-456789abcdef" c="2022-02-23T17:49:18.872Z">&lt;</a><d e="_01234567-89ab-cdef-0123-456789abcdef"/>"#;
        let values = matched(skeleton, good).unwrap();
        assert_eq!(values["text z"], "&lt;");
        for (from, to, said) in [
            ("cdef-", "CDEF-", "is not {guid x}"),
            (".872Z", ".87Z", "is not {instant y}"),
            ("&lt;", "", "is not {text z}"),
            ("e=\"_0", "e=\"_1", "{guid x} is `0"),
            ("\"/>", "\" />", "expected\n\"/>\nfound\n\" />"),
            ("<d e=", "<d  e=", "expected\n</a><d e="),
            ("\"/>", "\"/> ", "expected the end"),
        ] {
            let bad = good.replacen(from, to, 1);
            let difference = matched(skeleton, &bad).unwrap_err();
            assert!(difference.contains(said), "{from} to {to}: {difference}");
        }
    }

    #[test]
    fn a_picture_is_exact() {
        assert!(looks_like("0x-Z", "9f-Z"));
        for value in ["9f-Z ", "9F-Z", "af-Z", "9f_Z", "9f-"] {
            assert!(!looks_like("0x-Z", value), "{value}");
        }
    }
}
