//! The messages of a sign-out as an SP reads them: out of a Logout URL, and out of the frames of a page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::hash::MessageDigest;
use openssl::sign::Verifier;
use openssl::x509::X509;
use saml_accept::binding::{RawQuery, decode_redirect};
use saml_accept::xml::Limits;
use saml_emit::binding::Parameter;

use crate::agent::Page;

/// The query of a Logout URL with a message.
pub(super) struct Query<'q>(pub(super) &'q str);

impl<'q> Query<'q> {
    pub(super) fn of(url: &'q str, logout_url: &str) -> Self {
        let (address, query) = url.split_once('?').unwrap_or_else(|| panic!("no query in {url}"));
        assert_eq!(address, logout_url);
        Self(query)
    }

    /// A value as it is spelt.
    pub(super) fn raw(&self, name: &str) -> Option<&'q str> {
        let mut parameters = self.0.split('&').filter_map(|pair| pair.split_once('='));
        parameters
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    pub(super) fn value(&self, name: &str) -> Option<String> {
        RawQuery::parse(self.0).unwrap().parameter(name).unwrap()
    }

    pub(super) fn xml(&self, parameter: Parameter) -> String {
        let value = self.value(parameter.name()).unwrap();
        String::from_utf8(decode_redirect(&value, &Limits::default()).unwrap()).unwrap()
    }

    /// Verifies with OpenSSL over the octets of the query, each value `spelt`.
    pub(super) fn is_signed_by(
        &self,
        certificate: &[u8],
        parameter: Parameter,
        spelt: fn(&str) -> String,
    ) -> bool {
        let covered: Vec<_> = [parameter.name(), "RelayState", "SigAlg"]
            .into_iter()
            .filter_map(|name| Some(format!("{name}={}", spelt(self.raw(name)?))))
            .collect();
        let key = X509::from_der(certificate).unwrap().public_key().unwrap();
        let mut verifier = Verifier::new(MessageDigest::sha256(), &key).unwrap();
        verifier.update(covered.join("&").as_bytes()).unwrap();
        let signature = STANDARD.decode(self.value("Signature").unwrap()).unwrap();
        verifier.verify(&signature).unwrap()
    }
}

pub(super) fn as_it_is(value: &str) -> String {
    value.to_owned()
}

/// What a library does that decodes the query and encodes it anew.
pub(super) fn encoded_anew(value: &str) -> String {
    let mut pieces = value.split('%');
    let mut spelt = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let (escape, rest) = piece.split_at(2);
        spelt.push_str(&format!("%{}{rest}", escape.to_uppercase()));
    }
    spelt
}

/// The Logout URLs in the frames of a page, with the names of the applications.
pub(super) fn frames(page: &Page) -> Vec<(String, String)> {
    let html = scraper::Html::parse_document(&page.body);
    let selector = scraper::Selector::parse("iframe[hidden]").unwrap();
    let frame = |frame: scraper::ElementRef<'_>| {
        let attribute = |name| frame.attr(name).unwrap().to_owned();
        (attribute("title"), attribute("src"))
    };
    html.select(&selector).map(frame).collect()
}

pub(super) fn frame_names(page: &Page) -> Vec<String> {
    frames(page).into_iter().map(|(name, _)| name).collect()
}
