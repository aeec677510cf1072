//! The portal's Test button: it sends a request of its own, which Entra knows by its ID and answers as if nobody had
//! asked (entra-behaviour.md section 1).

use control_api::idp::AppInfo;
use jiff::Timestamp;
use quick_xml::escape::escape;
use saml_model::names::{NS_ASSERTION, NS_METADATA, NS_PROTOCOL};
use url::Url;

use crate::request::encode;
use crate::scenario::{Binding, Encoding};

/// The ID of every request of the Test button.
pub(crate) const REQUEST_ID: &str = "F84D888AA3B44C1B844375A4E8210D9E";

/// The address that the Test button of `app` opens.
///
/// # Errors
/// The application has no identifier or reply URL, so that the portal offers no test; or the Login URL is no address.
pub(crate) fn address(app: &AppInfo) -> Result<String, String> {
    let missing = |what: &str| format!("{} has no {what}: the portal offers no test then", app.name);
    let identifier = app.identifiers.first().ok_or_else(|| missing("identifier"))?;
    let acs = app.reply_urls.first().ok_or_else(|| missing("reply URL"))?;
    let mut url =
        Url::parse(&app.login_url).map_err(|error| format!("the Login URL {}: {error}", app.login_url))?;
    let xml = request(identifier, acs, Timestamp::now());
    let message = encode(&xml, Encoding::Deflate, Binding::Redirect);
    url.query_pairs_mut().append_pair("SAMLRequest", &message);
    Ok(url.into())
}

fn request(identifier: &str, acs: &str, now: Timestamp) -> String {
    format!(
        "<samlp:AuthnRequest xmlns=\"{NS_METADATA}\" ID=\"{REQUEST_ID}\" Version=\"2.0\" IssueInstant=\"{now:.3}\" IsPassive=\"false\" \
         AssertionConsumerServiceURL=\"{}\" xmlns:samlp=\"{NS_PROTOCOL}\" ForceAuthn=\"false\"><Issuer xmlns=\"{NS_ASSERTION}\">{}</Issuer></samlp:AuthnRequest>",
        escape(acs),
        escape(identifier)
    )
}

#[cfg(test)]
mod tests {
    use saml_accept::binding::decode_redirect;
    use saml_accept::xml::{self, Limits};

    use super::*;

    fn app() -> AppInfo {
        AppInfo {
            name: "orders".to_owned(),
            app_id: String::new(),
            object_id: String::new(),
            identifiers: vec!["urn:a&b".to_owned(), "urn:second".to_owned()],
            reply_urls: vec!["http://h/acs?x=1&y=2".to_owned()],
            sign_on_url: "http://h/login".to_owned(),
            logout_url: String::new(),
            metadata: String::new(),
            login_url: "http://localhost:1/t/saml2".to_owned(),
            launch: String::new(),
            certificates: Vec::new(),
            encryption_certificates: Vec::new(),
        }
    }

    #[test]
    fn the_request_is_the_portals() {
        let url = Url::parse(&address(&app()).unwrap()).unwrap();
        assert_eq!(url.path(), "/t/saml2");
        let pairs: Vec<_> = url.query_pairs().collect();
        assert_eq!(pairs.len(), 1);
        let limits = Limits::default();
        let bytes = decode_redirect(&pairs[0].1, &limits).unwrap();
        let document = xml::parse(&bytes, &limits).unwrap();
        let root = document.root();
        for (name, expected) in [
            ("ID", "F84D888AA3B44C1B844375A4E8210D9E"),
            ("Version", "2.0"),
            ("IsPassive", "false"),
            ("ForceAuthn", "false"),
            ("AssertionConsumerServiceURL", "http://h/acs?x=1&y=2"),
        ] {
            assert_eq!(root.attribute(name), Some(expected), "{name}");
        }
        let instant = root.attribute("IssueInstant").unwrap();
        assert!(
            instant.parse::<Timestamp>().is_ok() && instant.len() == "2026-11-23T10:00:00.000Z".len(),
            "{instant}"
        );
        let issuer = root.child(NS_ASSERTION, "Issuer").unwrap();
        assert_eq!(issuer.text().unwrap(), "urn:a&b");
        assert!(
            String::from_utf8(bytes)
                .unwrap()
                .contains(" xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\"")
        );
    }

    #[test]
    fn an_application_that_is_not_configured_has_no_test() {
        let mut bare = app();
        bare.reply_urls.clear();
        assert_eq!(
            address(&bare),
            Err("orders has no reply URL: the portal offers no test then".to_owned())
        );
        bare.identifiers.clear();
        assert_eq!(
            address(&bare),
            Err("orders has no identifier: the portal offers no test then".to_owned())
        );
    }
}
