//! Request form and binding (entra-behaviour.md 7.2).

use super::Appears::{Absent, Armed, Scenario, Test};
use super::rows;

rows! {
    NO_MESSAGE = 750_054 "" Page Entra, Scenario("requests/no-saml-request.toml"),
        "A GET of the Login URL without SAMLRequest (2.3).",
        "SAMLRequest or SAMLResponse must be present as query string parameters in HTTP request for SAML Redirect binding.";
    NOT_DEFLATED = 750_055 "" Page Entra, Scenario("requests/zlib-wrapped.toml"),
        "HTTP-Redirect with anything but raw DEFLATE (2.3).",
        "SAML message was not properly DEFLATE-encoded.";
    NOT_BASE64 = 750_056 "" Page Entra, Scenario("requests/not-base64.toml"),
        "The URL-safe alphabet, or a `+` that was lost (2.3).",
        "SAML message was not properly base64-encoded.";
    XML_ERROR = 7_500_525 "" Page Entra, Scenario("requests/malformed-xml.toml"),
        "XML that is not well-formed or not valid (2.3): an element in a wrong place, a value that is none of its type, a comment inside a value, an attribute that the schema does not have on an element below the root. NameQualifier is one wherever it stands (2.1); other unknown attributes of the root are ignored.",
        "There was an XML error in the SAML message at line {line}, position {position}. Verify that the XML content of the SAML messages conforms to the SAML protocol specifications.";
    ATTRIBUTE_NOT_URI = 7_500_511 "" Page Entra, Scenario("requests/relative-acs-url.toml"),
        "A relative AssertionConsumerServiceURL (2.1).",
        "XML attribute '{name}' in the SAML message must be a URI.";
    ELEMENT_NOT_URI = 7_500_522 "" Page Entra, Scenario("requests/class-ref-not-a-uri.toml"),
        "An AuthnContextClassRef that is a plain word (2.1).",
        "XML element '{name}' in XML Namespace '{namespace}' in the SAML message must be a URI.";
    INVALID_ID = 7_500_529 "" Page Entra, Scenario("requests/id-begins-with-a-digit.toml"),
        "An ID that is no xs:ID (2.1).",
        "The value '{id}' is not a valid SAML ID. The ID must not begin with a number.";
    NAME_ID_NULL = 7_500_530 "" Page Entra, Scenario("sign-out/without-name-id.toml"),
        "A LogoutRequest without NameID (6).",
        "SAML NameId cannot be null.";
    7_500_514 "" Page Entra, Armed,
        "Entra as the relying party of a federated identity provider whose answer is no response.",
        "A supported type of SAML response was not found. The supported response types are 'Response' (in XML namespace 'urn:oasis:names:tc:SAML:2.0:protocol') or 'Assertion' (in XML namespace 'urn:oasis:names:tc:SAML:2.0:assertion').";
    75_001 "BindingSerializationError" Page Listed, Armed,
        "A wrong binding or encoding; the mock tells 750054, 750055 and 750056 instead.",
        "An error occurred during SAML message binding.";
    RESPONSE_BINDING = 75_003 "UnsupportedBindingError" Page Listed, Scenario("requests/protocol-binding-artifact.toml"),
        "HTTP-Redirect, HTTP-Artifact or PAOS as ProtocolBinding; any other value is ignored (2.1; the trigger is uncertain).",
        "The app returned an error related to unsupported binding (SAML protocol response can't be sent via bindings other than HTTP POST).";
    NOT_A_REQUEST = 75_005 "Saml2MessageInvalid" Page Entra, Scenario("requests/other-message.toml"),
        "Another message, or one that lacks what it must have (2.3).",
        "The request is not a valid Saml2 protocol message.";
    OLD_PROPERTY = 75_006 "" Sp Entra, Scenario("requests/sp-name-qualifier-refused.toml"),
        "A property that is not supported, in the older way (3.6; C7).",
        "An error occurred while processing a SAML2 Authentication request. AADSTS90011: The SAML authentication request property '{property}' is not supported.";
    DESTINATION = 75_008 "RequestDeniedError" Page Entra, Scenario("requests/destination-elsewhere.toml"),
        "A Destination that is not this endpoint (2.1; C5).",
        "Received SAML request with an unexpected destination '{destination}'. Expected one of '[{expected}]'.";
    AUTHN_CONTEXT = 75_011 "NoMatchedAuthnContextInOutputClaims" Page Entra, Scenario("requests/class-ref-of-a-certificate.toml"),
        "The session's method is none that RequestedAuthnContext asks for (2.2).",
        "Authentication method '{actual}' by which the user authenticated with the service doesn't match requested authentication method '{requested}'. Contact the {app} application owner.";
    NAME_ID_POLICY = 75_016 "Saml2AuthenticationRequestInvalidNameIDPolicy" Page Listed, Scenario("requests/name-id-format-unsupported.toml"),
        "A NameIDPolicy Format that is not supported (2.1; C14).",
        "SAML2 Authentication Request has invalid NameIdPolicy.";
    NOT_SIGNED = 76_021 "ApplicationRequiresSignedRequests" Page Listed, Scenario("requests/unsigned-though-required.toml"),
        "The application requires signed requests, and this one is not signed where its binding has the signature, or its signature fails for any reason (2.5; that Entra has no other code for these is uncertain).",
        "The request sent by client is not signed while the application requires signed requests.";
    REQUEST_EXPIRED = 76_026 "RequestIssueTimeExpired" Page Listed, Scenario("requests/issue-instant-old.toml"),
        "An old IssueInstant, where the application has the switch `issue-instant-enforced` (C6).",
        "IssueTime in a SAML2 Authentication Request is expired.";
    COMPARISON = 900_235 "" Page Entra, Scenario("requests/comparison-minimum.toml"),
        "RequestedAuthnContext/@Comparison is not `exact` (2.1).",
        "SAML authentication request's RequestedAuthenticationContext Comparison value must be 'exact'. Received value: '{value}'.";
    PROPERTY = 900_236 "InvalidRequestSamlPropertyUnsupported" Page Entra, Scenario("requests/subject.toml"),
        "Subject, or ProxyCount, IDPList or RequesterID in Scoping (2.1).",
        "The SAML authentication request property '{property}' is not supported and must not be set.";
    90_011 "" Sp Entra, Absent("it is told within the message of 75006"),
        "The older twin of 900236.",
        "The SAML authentication request property '{property}' is not supported.";
    90_004 "InvalidRequestFormat" Page Ours, Armed,
        "A request whose form is wrong.",
        "The request does not have the right format.";
    90_005 "InvalidRequestWithMultipleRequirements" Page Ours, Armed,
        "An identifier and a login hint together.",
        "The request cannot be completed: the identifier and the login hint exclude each other.";
    90_013 "InvalidUserInput" Page Ours, Armed,
        "The user typed something that is not valid.",
        "What the user typed is not valid.";
    90_014 "MissingRequiredField" Page Ours, Armed,
        "A field is missing in the credential.",
        "A required field is missing.";
    90_015 "QueryStringTooLong" Page Ours, Armed,
        "A query that is too long.",
        "The query string has too many characters.";
    90_023 "InvalidRequest" Page Ours, Armed,
        "A request that the service does not understand.",
        "The request to the authentication service is not valid.";
    90_100 "InvalidRequestParameter" Page Ours, Armed,
        "A parameter is empty or not valid.",
        "A parameter of the request is empty, or its value is not valid.";
    90_102 "InvalidUriParameter" Page Ours, Armed,
        "A parameter that should be an absolute URI.",
        "A parameter must be a valid absolute URI.";
    90_107 "InvalidXml" Page Ours, Armed,
        "Characters that XML does not allow.",
        "The request is not valid XML: it may hold characters that are not allowed.";
    90_121 "InvalidEmptyRequest" Page Ours, Armed,
        "A request without content.",
        "The request is empty.";
    WRONG_VERB = 900_561 "BadResourceRequestInvalidRequest" Page Entra, Test("a_form_cannot_be_posted_from_elsewhere"),
        "Another verb than the endpoint takes, such as after the browser's Back.",
        "The endpoint only accepts {valid} requests. Received a {invalid} request.";
    90_236 "" Log Ours, Absent("no source has this number; 900236 is likely what it meant"),
        "None is known (entra-behaviour.md 10).",
        "Nothing is known of this code.";
}
