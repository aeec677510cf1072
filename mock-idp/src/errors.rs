//! The AADSTS registry: every code that this mock answers with, in Entra's words (entra-behaviour.md 7.2).

/// Where Entra shows an error (entra-behaviour.md 7.2, column "where").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the error page: the sign-on is over.
    Page,
    /// On the sign-in form: the user may try again.
    Inline,
}

/// One row of the registry.
#[derive(Debug, PartialEq, Eq)]
pub struct Aadsts {
    /// The number after `AADSTS`.
    pub code: u32,
    /// Microsoft's symbol, where one is published.
    pub symbol: Option<&'static str>,
    /// The message; what stands in braces is filled in.
    pub template: &'static str,
    /// Where it is shown.
    pub place: Place,
}

macro_rules! registry {
    ($($(#[$doc:meta])+ $name:ident = $code:literal $symbol:literal $place:ident $template:literal;)+) => {
        $(
            $(#[$doc])+
            pub(crate) const $name: &Aadsts = &Aadsts {
                code: $code,
                symbol: if $symbol.is_empty() { None } else { Some($symbol) },
                template: $template,
                place: Place::$place,
            };
        )+

        /// Every row, by code as Microsoft sorts them: request, application, user, assignment.
        pub const REGISTRY: &[&Aadsts] = &[$($name),+];
    };
}

registry! {
    /// A GET without a message (2.3).
    NO_MESSAGE = 750_054 "" Page "SAMLRequest or SAMLResponse must be present as query string parameters in HTTP request for SAML Redirect binding.";
    /// Not raw DEFLATE (2.3).
    NOT_DEFLATED = 750_055 "" Page "SAML message was not properly DEFLATE-encoded.";
    /// Not standard base64 (2.3).
    NOT_BASE64 = 750_056 "" Page "SAML message was not properly base64-encoded.";
    /// Not well-formed or not valid (2.3).
    XML_ERROR = 7_500_525 "" Page "There was an XML error in the SAML message at line {line}, position {position}. Verify that the XML content of the SAML messages conforms to the SAML protocol specifications.";
    /// An attribute that should be a URI (2.1).
    ATTRIBUTE_NOT_URI = 7_500_511 "" Page "XML attribute '{name}' in the SAML message must be a URI.";
    /// An element that should hold a URI (2.1).
    ELEMENT_NOT_URI = 7_500_522 "" Page "XML element '{name}' in XML Namespace '{namespace}' in the SAML message must be a URI.";
    /// An `ID` that is no xs:ID (2.1).
    INVALID_ID = 7_500_529 "" Page "The value '{id}' is not a valid SAML ID. The ID must not begin with a number.";
    /// Another message, or one that lacks what it must have (2.3).
    NOT_A_REQUEST = 75_005 "Saml2MessageInvalid" Page "The request is not a valid Saml2 protocol message.";
    /// `Destination` is not this endpoint (2.1).
    DESTINATION = 75_008 "RequestDeniedError" Page "Received SAML request with an unexpected destination '{destination}'. Expected one of '[{expected}]'.";
    /// A NameIDPolicy Format that is not supported (2.1). The wording is from the list of error codes (uncertain).
    NAME_ID_POLICY = 75_016 "Saml2AuthenticationRequestInvalidNameIDPolicy" Page "SAML2 Authentication Request has invalid NameIdPolicy.";
    /// A GUID or domain that names no tenant.
    TENANT_NOT_FOUND = 90_002 "InvalidTenantName" Page "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.";
    /// Neither a GUID nor a domain.
    TENANT_IDENTIFIER = 900_023 "" Page "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain.";
    /// The Issuer is nobody's identifier.
    APPLICATION_NOT_FOUND = 700_016 "UnauthorizedClient_DoesNotMatchRequest" Page "Application with identifier '{issuer}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.";
    /// "Enabled for users to sign in?" is No. The wording is from memory (uncertain).
    APPLICATION_DISABLED = 7_000_112 "UnauthorizedClientApplicationDisabled" Page "Application '{appid}'({app}) is disabled.";
    /// The reply URL is not one of the application's (2.4).
    REPLY_URL = 50_011 "InvalidReplyTo" Page "The reply URL '{acs}' specified in the request does not match the reply URLs configured for the application '{issuer}'. Make sure the reply URL sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/urlMismatchError to learn more about how to fix this.";
    /// None is configured and none was sent.
    NO_REPLY_URL = 500_113 "" Page "No reply address is registered for the application.";
    /// No certificate is active (5).
    NO_SIGNING_KEY = 50_003 "MissingSigningKey" Page "No signing key configured.";
    /// The NameID's source is empty (3.3). How Entra names the transformation is not known (uncertain).
    NAME_ID_EMPTY = 501_241 "" Page "Mandatory Input '{source}' missing from transformation ID '{transformation}'.";
    /// Another verb than the endpoint takes, such as after the browser's Back.
    WRONG_VERB = 900_561 "BadResourceRequestInvalidRequest" Page "The endpoint only accepts {valid} requests. Received a {invalid} request.";
    /// The sign-in page was left open too long, or is not this browser's. The wording is from the list of error codes.
    FLOW_EXPIRED = 50_089 "" Page "Authentication failed due to flow token expired.";
    /// No such user in the tenant.
    USER_NOT_FOUND = 50_034 "UserAccountNotFound" Inline "The user account {user} does not exist in the {tenant} directory. To sign into this application, the account must be added to the directory.";
    /// Wrong password.
    PASSWORD = 50_126 "InvalidUserNameOrPassword" Inline "Error validating credentials due to invalid username or password.";
    /// "Account enabled" is No.
    USER_DISABLED = 50_057 "UserDisabled" Inline "The user account is disabled.";
    /// The user is not assigned to the application.
    NOT_ASSIGNED = 50_105 "EntitlementGrantsNotFound" Page "Your administrator has configured the application {app} ('{appid}') to block users unless they are specifically granted ('assigned') access to the application. The signed in user '{upn}' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator. Please contact your administrator to assign access to this application.";
}

/// Why a sign-on stopped: a row with its message filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    row: &'static Aadsts,
    message: String,
}

impl Stop {
    /// Fills a row's template. A value may hold braces itself: it is not filled in again.
    pub(crate) fn new(row: &'static Aadsts, values: &[(&str, &str)]) -> Self {
        Self {
            row,
            message: fill(row.template, values),
        }
    }

    /// `AADSTS50105`.
    pub(crate) fn code(&self) -> String {
        format!("AADSTS{}", self.row.code)
    }

    /// The message without the code.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// `AADSTS50105: Your administrator …`, as the page shows it.
    pub(crate) fn text(&self) -> String {
        format!("{}: {}", self.code(), self.message)
    }

    /// The row it came from.
    pub(crate) fn row(&self) -> &'static Aadsts {
        self.row
    }
}

fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        let value = values.iter().find(|(given, _)| *given == name);
        debug_assert!(value.is_some(), "nothing fills {{{name}}}");
        filled.push_str(value.map_or("", |(_, value)| value));
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_messages_are_sentences() {
        let codes: BTreeSet<_> = REGISTRY.iter().map(|row| row.code).collect();
        assert_eq!(codes.len(), REGISTRY.len());
        for row in REGISTRY {
            assert!(row.template.ends_with('.'), "{row:?}");
            assert_ne!(row.symbol, Some(""), "{row:?}");
        }
    }

    /// entra-behaviour.md 7.2: the user's own errors are shown on the form, everything else on the page.
    #[test]
    fn only_the_users_errors_are_inline() {
        let inline: Vec<_> = REGISTRY
            .iter()
            .filter(|row| row.place == Place::Inline)
            .map(|row| row.code)
            .collect();
        assert_eq!(inline, [50_034, 50_126, 50_057]);
    }

    #[test]
    fn a_value_with_braces_is_not_filled_in_again() {
        let stop = Stop::new(
            APPLICATION_NOT_FOUND,
            &[("issuer", "{tenant}"), ("tenant", "Contoso")],
        );
        assert!(
            stop.text()
                .starts_with("AADSTS700016: Application with identifier '{tenant}' was not found in the directory 'Contoso'."),
            "{}",
            stop.text()
        );
    }
}
