//! The AADSTS registry: every code that this mock answers with, in Entra's words (entra-behaviour.md 7.2).

/// Where Entra shows an error (entra-behaviour.md 7.2, column "where").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the error page: the sign-on is over.
    Page,
    /// On the sign-in form: the user may try again.
    Inline,
    /// A page of its own within the sign-in.
    Interrupt,
    /// In a failure response to the service provider (3.6).
    Sp,
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
    /// The account is locked, or blocked for a malicious address.
    LOCKED = 50_053 "IdsLocked" Inline "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.";
    /// The password has expired. The wording is from the list of error codes.
    PASSWORD_EXPIRED = 50_055 "InvalidPasswordExpiredPassword" Interrupt "The password is expired.";
    /// The second factor was refused or timed out (uncertain).
    MFA_DENIED = 500_121 "" Inline "Authentication failed during strong authentication request.";
    /// IsPassive without a usable session (3.6).
    SILENT = 50_058 "UserInformationNotProvided" Sp "A silent sign-in request was sent but no user is signed in. The cookies used to represent the user's session were not sent in the request to Azure AD. This can happen if the user is using Internet Explorer or Edge, and the web app sending the silent sign-in request is in different IE security zone than the Azure AD endpoint (login.microsoftonline.com).";
    /// The session's method is not what RequestedAuthnContext asks for (2.2).
    AUTHN_CONTEXT = 75_011 "NoMatchedAuthnContextInOutputClaims" Page "Authentication method '{actual}' by which the user authenticated with the service doesn't match requested authentication method '{requested}'. Contact the {app} application owner.";
    /// RequestedAuthnContext/@Comparison is not `exact` (2.1).
    COMPARISON = 900_235 "" Page "SAML authentication request's RequestedAuthenticationContext Comparison value must be 'exact'. Received value: '{value}'.";
    /// A property of the request that Entra does not take (2.1).
    PROPERTY = 900_236 "InvalidRequestSamlPropertyUnsupported" Page "The SAML authentication request property '{property}' is not supported and must not be set.";
    /// The older twin of 900236, told to the service provider (3.6).
    OLD_PROPERTY = 75_006 "" Sp "An error occurred while processing a SAML2 Authentication request. AADSTS90011: The SAML authentication request property '{property}' is not supported.";
    /// A ProtocolBinding other than HTTP-POST. The wording is from the list of error codes.
    RESPONSE_BINDING = 75_003 "UnsupportedBindingError" Page "The app returned an error related to unsupported binding (SAML protocol response can't be sent via bindings other than HTTP POST).";
    /// The application requires signed requests (2.5). The wording is from the article on the code (uncertain).
    NOT_SIGNED = 76_021 "ApplicationRequiresSignedRequests" Page "The request sent by client is not signed while the application requires signed requests.";
    /// `IssueInstant` is too old (C6). The wording is from the list of error codes.
    REQUEST_EXPIRED = 76_026 "RequestIssueTimeExpired" Page "IssueTime in a SAML2 Authentication Request is expired.";
    /// A LogoutRequest without NameID (6).
    NAME_ID_NULL = 7_500_530 "" Page "SAML NameId cannot be null.";
    /// An Issuer that is nearly an identifier (C11).
    MISCONFIGURED = 650_056 "" Page "Misconfigured application. This could be due to one of the following: the client has not listed any permissions for '{app}' in the requested permissions in the client's application registration. Or, the admin has not consented in the tenant. Or, check the application identifier in the request to ensure it matches the configured client application identifier. Or, check the certificate in the request to ensure it's valid. Please contact your admin to fix the configuration or consent on behalf of the tenant.";
    /// An Issuer that is nearly an identifier, in the older words (C11).
    UNAUTHORIZED_CLIENT = 70_001 "UnauthorizedClient" Page "Application with identifier '{issuer}' was not found in the directory {tenant}.";
    /// `common` for an application of one tenant.
    NOT_MULTI_TENANT = 50_194 "" Page "Application '{appid}'({app}) is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps created after '10/15/2018'. Use a tenant-specific endpoint or configure the application to be multi-tenant.";
    /// `common` without anything that tells the tenant.
    NO_TENANT = 50_059 "MissingTenantRealmAndNoUserInformationProvided" Page "No tenant-identifying information found in either the request or implied by any provided credentials.";
    /// Conditional Access blocks.
    BLOCKED = 53_003 "BlockedByConditionalAccess" Page "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.";
    /// Conditional Access wants a compliant device. The wording is from the list of error codes.
    DEVICE_NOT_COMPLIANT = 53_000 "DeviceNotCompliant" Page "Device is not in required device state: compliant. Conditional Access policy requires a compliant device, and the device is not compliant. The user must enroll their device with an approved MDM provider like Intune.";
    /// Conditional Access wants a joined device. The wording is from the list of error codes.
    DEVICE_NOT_JOINED = 53_001 "DeviceNotDomainJoined" Page "Device is not in required device state: domain_joined. Conditional Access policy requires a domain joined device, and the device is not domain joined.";
    /// Conditional Access wants an approved app. The wording is from the list of error codes.
    APP_NOT_APPROVED = 53_002 "ApplicationUsedIsNotAnApprovedApp" Page "Application used is not an approved application for Conditional Access. The app used is not an approved app for Conditional Access. User needs to use one of the apps from the list of approved applications to use in order to get access.";
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
        assert_eq!(inline, [50_034, 50_126, 50_057, 50_053, 500_121]);
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
