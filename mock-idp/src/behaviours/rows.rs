//! The facts, in the order of entra-behaviour.md.

use super::Behaviour;
use super::Witness::{Absent, Scenario, Test};

const CLAIMS: &str = "mock-idp/tests/router/claims.rs";
const CERTIFICATE: &str = "certs/src/certificate.rs";
const ERRORS: &str = "mock-idp/tests/router/errors.rs";
const ARMED: &str = "mock-idp/tests/router/armed.rs";
const METADATA: &str = "mock-idp/tests/router/metadata.rs";
const PAGES: &str = "mock-idp/tests/router/pages.rs";
const PENDING: &str = "mock-idp/src/pending.rs";
const PORTAL_APPS: &str = "mock-idp/tests/router/portal/apps.rs";
const PORTAL_ASSIGNMENTS: &str = "mock-idp/tests/router/portal/assignments.rs";
const PORTAL_CERTIFICATES: &str = "mock-idp/tests/router/portal/certificates.rs";
const PORTAL_CLAIMS: &str = "mock-idp/tests/router/portal/claims.rs";
const PORTAL_CLAIMS_REFUSED: &str = "mock-idp/tests/router/portal/claims/refused.rs";
const PORTAL_GROUP_CLAIM: &str = "mock-idp/tests/router/portal/claims/group.rs";
const PORTAL_ENCRYPTION: &str = "mock-idp/tests/router/portal/encryption.rs";
const PORTAL_INSTRUCTIONS: &str = "mock-idp/tests/router/portal/instructions.rs";
const PORTAL_RESOLVING: &str = "mock-idp/tests/router/portal/resolving.rs";
const PORTAL_SEARCH: &str = "mock-idp/tests/router/portal/crawl.rs";
const PORTAL_USERS: &str = "mock-idp/tests/router/portal/users.rs";
const PORTAL_VERIFICATION: &str = "mock-idp/tests/router/portal/verification.rs";
const PORTAL_TEST: &str = "mock-idp/tests/router/portal/test_button.rs";
const REPLY_URLS: &str = "mock-idp/tests/router/reply_urls.rs";
const REQUEST_READER: &str = "crates/saml-accept/src/request/authn.rs";
const REQUESTS: &str = "mock-idp/tests/router/requests.rs";
const SECTION_2: &str = "mock-idp/tests/router/section_2.rs";
const SECTION_3: &str = "mock-idp/tests/router/section_3.rs";
const SECTION_4: &str = "mock-idp/tests/router/section_4.rs";
const MANY: &str = "mock-idp/tests/router/section_4/many.rs";
const SECTION_5: &str = "mock-idp/tests/router/section_5.rs";
const DOWNLOADS: &str = "mock-idp/tests/router/section_5/downloads.rs";
const IMPORTS: &str = "mock-idp/tests/router/section_5/imports.rs";
const MAILS: &str = "mock-idp/tests/router/section_5/mails.rs";
const SESSIONS: &str = "mock-idp/tests/router/sessions.rs";
const SIGNED: &str = "mock-idp/tests/router/signed_requests.rs";
const SIGN_IN: &str = "mock-idp/tests/router/sign_in.rs";
const SIGN_ON: &str = "mock-idp/tests/router/sign_on.rs";
const SIGN_OUT: &str = "mock-idp/tests/router/sign_out.rs";
const SIGN_OUT_SIGNING: &str = "mock-idp/tests/router/sign_out/signing.rs";
const ENCRYPTION: &str = "mock-idp/tests/router/encryption.rs";
const ENCRYPTED_FORM: &str = "crates/saml-emit/tests/encryption.rs";
const DECRYPTED: &str = "tests/conformance/encryption.rs";
const FEDERATION: &str = "tests/conformance/federation.rs";
const SPELLING: &str = "tests/conformance/spelling.rs";
const WIRE_FORM: &str = "crates/saml-emit/tests/wire_form.rs";

/// Rows: `"section" sure|uncertain, witness, "fact";`.
macro_rules! behaviours {
    (@mark sure) => { false };
    (@mark uncertain) => { true };
    ($($section:literal $mark:ident, $witness:expr, $text:literal;)+) => {
        /// Every fact, in the order of entra-behaviour.md.
        pub const BEHAVIOURS: &[Behaviour] = &[$(Behaviour {
            section: $section,
            text: $text,
            is_uncertain: behaviours!(@mark $mark),
            witness: $witness,
        }),+];
    };
}

behaviours! {
    // 1. Endpoints and URL shapes.
    "1" sure, Test(METADATA, "an_applications_metadata_has_all_its_certificates"), "Login URL and Logout URL are the same address.";
    "1" sure, Test(REQUESTS, "domains_and_internal_addresses_are_understood"), "The tenant is named by its GUID or by any of its domains.";
    "1" sure, Test(ERRORS, "common_has_no_tenant"), "`common` exists: at sign-on it tells 50194 or 50059.";
    "1" sure, Test(REQUESTS, "domains_and_internal_addresses_are_understood"), "A second host name of the endpoint is accepted as Destination: here the internal URL, instead of login.windows.net.";
    "1" sure, Test(REQUESTS, "the_instance_endpoint_finds_the_application_by_its_service_principal"), "`/{tenant}/saml2/{service principal id}` overrides the Issuer.";
    "1" sure, Test(SECTION_2, "instances_and_tenants_that_are_not_there"), "Only a service principal's GUID names an instance; anything else there gives 700016.";
    "1" sure, Test(SIGNED, "what_nobody_can_sign_is_refused"), "That endpoint refuses an application which requires signed requests, good signature or not.";
    "1" sure, Test(METADATA, "an_applications_metadata_has_all_its_certificates"), "The entity id is `https://sts.windows.net/{tid}/`, trailing slash included.";
    "1" uncertain, Absent("it needs a custom signing key, which the mock does not have"), "The issuer with the application's id.";
    "1" sure, Test(METADATA, "the_path_is_served_in_any_case"), "Metadata is served under its path in any case.";
    "1" sure, Test(ERRORS, "the_metadata_of_common_names_no_tenant"), "The metadata of `common` holds the literal `{tenant}`.";
    "1" sure, Test(METADATA, "an_applications_metadata_has_all_its_certificates"), "`?appid=` gives the application's own certificates.";
    "1" uncertain, Test(METADATA, "the_tenants_metadata_has_its_own_key"), "Without `?appid=` it is the tenant's key, of the family CN accounts.accesscontrol.windows.net.";
    "1" sure, Test(METADATA, "an_applications_metadata_has_all_its_certificates"), "The metadata begins with a byte order mark.";
    "1" sure, Test(WIRE_FORM, "idp_metadata_is_section_1"), "The document's spelling: declaration, ID, namespaces, enveloped signature with a prefix of its own in KeyInfo.";
    "1" sure, Test(FEDERATION, "the_document_has_entras_shape"), "Three role descriptors in their order, the same certificates in each, three endpoints at the Login URL.";
    "1" sure, Test(FEDERATION, "the_claim_types_are_entras"), "The claim types offered, with their names, in their order.";
    "1" sure, Test(FEDERATION, "nothing_is_there_that_entra_leaves_out"), "No NameIDFormat, WantAuthnRequestsSigned, validUntil, cacheDuration, Organization, ContactPerson, encryption key, SLO by POST or artifact service.";
    "1" sure, Test(SIGN_ON, "a_tile_without_sign_on_url_is_unsolicited"), "A launch address of the modern form, `/api/signin/{appid}?tenantId={tid}`.";
    "1" uncertain, Absent("the older forms lead to the same answer"), "The older launch addresses below myapps.microsoft.com.";
    "1" sure, Absent("My Apps stands for it"), "The Microsoft 365 launcher.";
    "1" sure, Test(PAGES, "my_apps_shows_the_assigned_applications"), "My Apps shows a tile for each application that the user is assigned to.";
    "1" sure, Absent("the launch address asks the user to sign in and then tells 50105 on the error page, as a request does"), "The \"not granted access\" page, with its link to My Apps, for who opens a launch address without being assigned.";
    "1" sure, Test(SIGN_ON, "a_tile_without_sign_on_url_is_unsolicited"), "Without a Sign on URL the tile sends an unsolicited response to the default Reply URL.";
    "1" sure, Test(SIGN_ON, "a_tile_with_sign_on_url_redirects"), "With a Sign on URL the tile leads there.";
    "1" sure, Test(PORTAL_TEST, "with_a_sign_on_url_the_test_begins_there"), "With a Sign on URL the Test button leads there; without one it sends its own request.";
    "1" sure, Test(SECTION_2, "attributes_of_the_request"), "A request with the ID of the portal's \"Test\" button is answered without InResponseTo, any other ID is echoed; the runner sends the button's request (`start = \"test\"`).";
    "1" sure, Test(ERRORS, "every_error_can_be_looked_up"), "`/error?code=` tells what a code means.";

    // 2.1 Attributes and elements.
    "2.1" sure, Test(SECTION_2, "attributes_of_the_request"), "ID is echoed in InResponseTo; one that is no xs:ID gives 7500529. Absent, it gives 75005 (uncertain).";
    "2.1" sure, Test(SECTION_2, "attributes_of_the_request"), "Version is required: absent or not 2.0, it gives 75005 (uncertain).";
    "2.1" sure, Test(SECTION_2, "attributes_of_the_request"), "IssueInstant is required, .NET's seven digits are taken, and its value is not enforced (C6). Absent, it gives 75005; no instant, 7500525 (both uncertain).";
    "2.1" sure, Test(SECTION_2, "reply_urls_of_the_request"), "AssertionConsumerServiceURL must be registered and is where the response goes; its name is case-sensitive, and misspelt it is ignored.";
    "2.1" sure, Test(SECTION_2, "reply_urls_of_the_request"), "A relative AssertionConsumerServiceURL gives 7500511.";
    "2.1" uncertain, Test(SECTION_2, "reply_urls_of_the_request"), "Without AssertionConsumerServiceURL it is the first Reply URL that is no pattern; without any, 500113 and not 900971.";
    "2.1" uncertain, Test(SECTION_2, "reply_urls_of_the_request"), "AssertionConsumerServiceIndex, without a URL, chooses a Reply URL by its place, counted from 0; one that nothing has is ignored.";
    "2.1" sure, Test(SESSIONS, "force_authn_asks_again"), "ForceAuthn asks again even with a session.";
    "2.1" sure, Test(SESSIONS, "who_answers"), "IsPassive tries the session alone.";
    "2.1" sure, Test(SECTION_2, "attributes_of_the_request"), "Destination is validated where it is there (C5).";
    "2.1" uncertain, Test(SECTION_2, "attributes_of_the_request"), "ProtocolBinding HTTP-Redirect, HTTP-Artifact and PAOS give 75003; any other value is ignored.";
    "2.1" sure, Test(SECTION_2, "attributes_of_the_request"), "Consent, ProviderName and every attribute that the root does not have are ignored.";
    "2.1" sure, Test(SECTION_2, "elements_of_the_request"), "Conditions is ignored.";
    "2.1" sure, Test(SECTION_2, "issuers_of_the_request"), "Issuer is compared exactly with the identifiers, the application's id and its `spn:` form.";
    "2.1" uncertain, Test(SECTION_2, "issuers_of_the_request"), "An Issuer that is empty or missing gives 75005.";
    "2.1" uncertain, Test(SECTION_2, "elements_of_the_request"), "A comment inside Issuer gives 7500525.";
    "2.1" sure, Test(SECTION_2, "elements_of_the_request"), "NameIDPolicy/@Format: four are allowed, any other gives 75016 (C14).";
    "2.1" sure, Test(SECTION_2, "elements_of_the_request"), "NameIDPolicy/@AllowCreate is ignored.";
    "2.1" sure, Test(SECTION_2, "a_refused_sp_name_qualifier_is_told_to_the_sp"), "NameIDPolicy/@SPNameQualifier is echoed, or by the switch refused (C7).";
    "2.1" sure, Test(SECTION_2, "elements_of_the_request"), "RequestedAuthnContext/@Comparison other than `exact` gives 900235.";
    "2.1" sure, Test(SECTION_2, "elements_of_the_request"), "An AuthnContextClassRef that is no URI gives 7500522.";
    "2.1" uncertain, Test(SECTION_2, "elements_of_the_request"), "Scoping is allowed; ProxyCount, IDPList and RequesterID in it give 900236.";
    "2.1" sure, Test(SECTION_2, "elements_of_the_request"), "Subject gives 900236.";
    "2.1" sure, Test(REQUEST_READER, "a_name_qualifier_is_refused_anywhere"), "NameQualifier gives 7500525, wherever in the request it stands.";
    "2.1" uncertain, Test(SECTION_2, "attributes_of_the_request"), "ForceAuthn or IsPassive that is no boolean gives 7500525.";
    "2.1" sure, Test(SESSIONS, "requested_authn_context_is_compared_with_the_session"), "The class references that are supported: Password, PasswordProtectedTransport (C8) and X509 match the method of that name, Kerberos and `urn:federation:authentication:windows` a session by Windows.";
    "2.1" uncertain, Test(SESSIONS, "requested_authn_context_is_compared_with_the_session"), "The class reference `unspecified` matches every method, in SAML's spelling and in that of Microsoft's list, `Unspecified`.";
    "2.1" uncertain, Absent("the mock has no such method, so each matches no session (75011)"), "A session by PGP, SecureRemotePassword, XMLDSig, SPKI, Smartcard, SmartcardPKI or TLSClient.";
    "2.1" sure, Test(SIGNED, "signatures_are_ignored_where_none_is_required"), "A signature is not validated unless one is required.";
    "2.1" sure, Test(SECTION_2, "elements_of_the_request"), "The sample's default namespace `…:metadata` is tolerated.";

    // 2.2 RequestedAuthnContext.
    "2.2" sure, Test(SESSIONS, "requested_authn_context_is_compared_with_the_session"), "75011 in its words, each method and each requested class as it was seen.";
    "2.2" sure, Test(SESSIONS, "the_first_login_by_password"), "The first login works; a later session by another method does not.";
    "2.2" sure, Test(SESSIONS, "requested_authn_context_is_compared_with_the_session"), "75011 is shown on Entra's page, never told to the SP.";
    "2.2" sure, Test(SESSIONS, "requested_authn_context_is_compared_with_the_session"), "A certificate and Windows Hello count as X509.";
    "2.2" sure, Test(SESSIONS, "requested_authn_context_is_compared_with_the_session"), "ForceAuthn, or leaving the element out, cures it.";
    "2.2" uncertain, Absent("the mock has a certificate and Windows Hello alone; a device and a phone would look the same"), "The primary refresh token of a device and the Authenticator without password count as X509.";

    // 2.3 Bindings and encoding.
    "2.3" sure, Test(SIGN_ON, "both_bindings_sign_on"), "HTTP-Redirect and HTTP-POST are taken.";
    "2.3" sure, Test(REQUESTS, "faults_of_the_binding"), "750054, 750055 and 750056 for what is no message.";
    "2.3" sure, Test(REQUESTS, "faults_of_the_message"), "7500525 with line and position, and 75005 for another message.";
    "2.3" uncertain, Test(REQUEST_READER, "what_the_schema_refuses_is_an_xml_error_with_its_place"), "The position that 7500525 tells for an attribute, or for a value, is where its element begins, counted from 1; of several faults the first that the reader comes upon is told, not the first in the document.";
    "2.3" uncertain, Test(SECTION_2, "parameters_of_the_query"), "A parameter that is there twice, a message in the other's parameter, and one that is too large give 75005.";
    "2.3" sure, Test(SECTION_2, "attributes_of_the_request"), "Artifact resolution is not supported: no response goes by HTTP-Artifact.";
    "2.3" sure, Test(SIGN_ON, "both_bindings_sign_on"), "RelayState comes back as it was; how long it may be is not known; the mock takes 64 KiB, and more is 75005.";
    "2.3" sure, Test(SIGN_ON, "a_tile_without_sign_on_url_is_unsolicited"), "An unsolicited response has the portal's Relay State, and no field where that is blank.";
    "2.3" sure, Test(SESSIONS, "who_answers"), "`login_hint` selects a session or fills in the user name.";
    "2.3" sure, Test(SECTION_2, "parameters_of_the_query"), "`domain_hint` and `whr` lead nowhere else: the mock has no other realm.";
    "2.3" uncertain, Test(ERRORS, "the_correlation_id_may_be_the_clients"), "`client-request-id` becomes the Correlation Id.";

    // 2.4 Reply URLs.
    "2.4" sure, Test(SECTION_2, "reply_urls_of_the_request"), "50011 in its words, the application named by the Issuer that was sent.";
    "2.4" sure, Test(SECTION_2, "reply_urls_of_the_request"), "Path, query, scheme, written port and trailing slash count (the slash uncertain).";
    "2.4" uncertain, Test(SECTION_2, "reply_urls_of_the_request"), "The host's case does not count.";
    "2.4" sure, Test(SECTION_2, "reply_urls_of_the_request"), "On localhost the port does not count; on 127.0.0.1 it does.";
    "2.4" sure, Test(SECTION_2, "reply_urls_of_the_request"), "Wildcards match, and drop query and fragment.";
    "2.4" sure, Test(SECTION_2, "reply_urls_of_the_request"), "The request's reply URL wins over the portal's default.";
    "2.4" sure, Test(REPLY_URLS, "registration_rules"), "What may be registered, by `reply_url_policy = \"entra\"`: https, http on localhost and 127.0.0.1 alone, no [::1], none of the characters `! $ ' ( ) , ;`.";
    "2.4" sure, Test(REPLY_URLS, "registration_rules"), "By the default policy, an administrator's manifest, http is for loopback and private hosts, so that a service provider in a container can be registered (deviation); 256 characters and 256 addresses are the most by either.";

    // 2.5 Enforced signatures.
    "2.5" sure, Test(SIGNED, "required_signatures"), "A required signature stands where its binding has it, else 76021.";
    "2.5" sure, Test(SIGNED, "rsa_sha1_where_it_is_allowed"), "RSA-SHA256 alone, and RSA-SHA1 where it is allowed (C10).";
    "2.5" sure, Test(SIGNED, "required_signatures"), "A key that the request names must be registered; else the two certificates that were added last are tried.";
    "2.5" sure, Test(SIGNED, "what_nobody_can_sign_is_refused"), "Tiles stop working, and so does the endpoint of an instance.";
    "2.5" uncertain, Test(SIGNED, "required_signatures"), "Every failure is 76021, since the other numbers are not published; the page says which it was.";
    "2.5" sure, Test(PORTAL_CERTIFICATES, "the_card_has_the_active_certificate_and_its_downloads"), "The card's Required, Active and Expired.";
    "2.5" sure, Test(PORTAL_TEST, "what_cannot_be_tested_has_no_test"), "The Test button is greyed out where verification certificates are required.";

    // 3. Responses.
    "3.1" sure, Test(WIRE_FORM, "a_successful_response_is_section_3_1"), "The exact wire form: prefixes, order of attributes and elements, empty elements.";
    "3.1" sure, Test(SPELLING, "nothing_is_there_that_entra_leaves_out"), "Nothing that Entra leaves out: Consent, SessionNotOnOrAfter, NotBefore of the confirmation, xsi:type, NameFormat and the like.";
    "3.1" sure, Test(SPELLING, "an_unsolicited_response_names_no_request"), "An unsolicited response names no request.";
    "3.1" sure, Test(SECTION_3, "instants_of_response_and_assertion"), "The response is issued 0 to 6 ms after the assertion.";
    "3.1" sure, Test(SECTION_3, "instants_of_response_and_assertion"), "The base of the window is a little earlier than the instant of issue, and not always by the same time.";
    "3.1" sure, Test(SIGN_ON, "both_bindings_sign_on"), "SessionIndex is the assertion's ID.";
    "3.1" sure, Test(SECTION_3, "windows"), "The validity window of Conditions and confirmation, with the application's lifetime and switches (C1 to C3).";
    "3.1" sure, Test(SIGN_ON, "a_session_signs_on_everywhere_in_its_tenant"), "AuthnInstant is the session's, however old.";
    "3.1" sure, Test(SIGN_ON, "the_application_id_is_an_identifier"), "Audience is the Issuer that was sent, after `spn:` where it is no URI; there is one alone.";
    "3.1" sure, Test(SIGN_ON, "a_tile_without_sign_on_url_is_unsolicited"), "The Audience of an unsolicited response is the default identifier.";
    "3.1" sure, Absent("both need a custom signing key, which the mock does not have"), "An audience override and an issuer of the application are ignored.";
    "3.2" sure, Test(CLAIMS, "every_application_and_user"), "The attributes in their order; an empty source is omitted.";
    "3.2" uncertain, Test(CLAIMS, "roles_and_claims_of_the_application"), "Roles stand between displayname and identityprovider.";
    "3.2" uncertain, Absent("the mock sends no groups claim; groups assign users to applications"), "The place of groups, `groups.link` and wids.";
    "3.2" sure, Test(CLAIMS, "guests_of_every_home"), "identityprovider is the guest's home, `live.com` or `mail`.";
    "3.2" sure, Test(SECTION_3, "methods_and_class_references"), "authnmethodsreferences and AuthnContextClassRef follow session and request; what a certificate and a passcode state is uncertain.";
    "3.3" sure, Test(SECTION_3, "name_ids"), "NameID: the request's format, else the portal's; its value for each source and format. The tables below are made by the mock.";
    "3.3" sure, Test(SECTION_3, "a_name_id_without_value"), "A source without value gives 501241.";
    "3.3" uncertain, Test(SECTION_3, "name_ids"), "Persistent in the portal: the pairwise value with the Default source, the source's own value where one is written down; Persistent in a request: always the pairwise value.";
    "3.3" uncertain, Test(SECTION_3, "name_ids"), "emailAddress in a request: the source where it is user.mail or user.userprincipalname, else the user principal name.";
    "3.3" sure, Test(CLAIMS, "the_portals_name_id_formats"), "The portal's five formats.";
    "3.3" sure, Test(SECTION_4, "applications_and_name_ids"), "A transformation that gives nothing, or no verified domain, falls back to the pairwise value in the persistent format.";
    "3.3" uncertain, Test(SECTION_4, "applications_and_name_ids"), "What an illegal value is: more than 256 characters, or a control character.";
    "3.4" sure, Test(SIGN_ON, "every_signing_option_signs_what_it_says"), "The three signing options, by SHA-256 or SHA-1.";
    "3.4" sure, Test(SPELLING, "every_signing_option_is_spelt_as_printed"), "Where the signatures stand, and how they are spelt.";
    "3.5" uncertain, Test(SECTION_3, "the_delivery_page"), "The page that posts the response, word for word.";
    "3.6" sure, Test(WIRE_FORM, "a_failure_response_is_section_3_6"), "A failure has neither Destination nor Assertion nor Signature, and tells code, trace and timestamp.";
    "3.6" uncertain, Test(SESSIONS, "a_passive_failure_goes_to_the_sp"), "A passive failure is Responder with NoPassive, its message 50058.";
    "3.6" sure, Test(SECTION_2, "a_refused_sp_name_qualifier_is_told_to_the_sp"), "The documented failure, 75006 with 90011, by the switch of C7.";
    "3.6" sure, Test(ARMED, "every_error_stops_the_sign_on_of_a_session"), "Every other error stops on Entra's page, and the service provider hears nothing.";
    "3.7" sure, Test(ENCRYPTION, "the_active_certificate_is_what_the_assertion_is_encrypted_to"), "Several certificates are stored, one is active; importing alone encrypts nothing; thumbprint and status are shown.";
    "3.7" sure, Test(PORTAL_ENCRYPTION, "a_certificate_is_imported_activated_deactivated_and_deleted"), "Import Certificate, Activate token encryption, Deactivate token encryption.";
    "3.7" sure, Test(PORTAL_ENCRYPTION, "a_certificate_is_imported_activated_deactivated_and_deleted"), "Activating and deactivating is confirmed by Yes.";
    "3.7" uncertain, Test(ENCRYPTION, "what_cannot_be_done_is_told"), "The active certificate is deleted only after it was deactivated.";
    "3.7" sure, Test(DECRYPTED, "xmlsec1_opens_what_the_mock_sends"), "AES-256 for the assertion data; the signing options are as without encryption.";
    "3.7" uncertain, Test(ENCRYPTED_FORM, "an_encrypted_assertion_is_section_3_7"), "The shape of EncryptedAssertion, AES-256 in CBC mode and RSA-OAEP with SHA-1; other algorithms by the keys `data` and `key_transport`.";
    "3.7" uncertain, Test(ENCRYPTION, "only_certificates_with_an_rsa_key_are_imported"), "Only certificates with an RSA key are imported; one that has expired is taken.";
    "3.7" sure, Test(ENCRYPTION, "required_and_not_active_is_50007"), "AADSTS50007 where a certificate is demanded and none is active.";
    "3.7" uncertain, Test(ENCRYPTION, "every_way_in_is_encrypted_and_a_failure_is_not"), "A failure is not encrypted, since it has no assertion.";
    "3.7" sure, Absent("an application of the tenant file has no such origin"), "The blade is disabled for applications made in App registrations, and needs a P1 or P2 licence.";

    // 4. Claims: the rows of SECTION_4 have an id each.
    "4.1" sure, Test(SECTION_4, "claims"), "Every source attribute of user, application, resource, audience and company, directory extensions and constants.";
    "4.1" sure, Test(SECTION_4, "claims"), "A multi-valued extension gives all its values, other lists the first.";
    "4.1" uncertain, Test(SECTION_4, "claims"), "assignedroles and groups give all their values; true and false are `True` and `False`.";
    "4.1" sure, Test(SECTION_4, "every_row_has_an_id_and_every_source_and_function_a_row"), "The sources of the NameID are those of the document.";
    "4.2" sure, Test(SECTION_4, "claims"), "Every transformation, with the examples of the document; two are chained; the first value alone unless treated as multivalued.";
    "4.2" uncertain, Test(SECTION_4, "claims"), "Case matters to Contains, StartWith and EndWith; Extract without a match, Substring beyond the end and Join with an empty part give nothing; RegexReplace replaces what it matches and keeps the rest.";
    "4.2" uncertain, Absent("a regular expression runs in linear time here; look-around and references back are refused when the file is read"), "A regular expression that takes too long gives 501621: it is armed.";
    "4.3" sure, Test(SECTION_4, "claims"), "Conditions: user types and groups, attributes before transformations, the last match wins, an empty one is skipped.";
    "4.3" uncertain, Test(SECTION_4, "claims"), "Nested membership meets a condition.";
    "4.3" uncertain, Test(SECTION_4, "applications_and_name_ids"), "A condition of the NameID whose transformation gives nothing holds, and the NameID falls back to the pairwise value.";
    "4.4" sure, Test(SECTION_4, "applications_and_name_ids"), "The four choices of groups, nested groups, six sources, filters, another name, roles instead, a regular expression.";
    "4.4" sure, Test(MANY, "too_many_groups_become_a_link"), "More than 150 groups become groups.link, and more than 1,000 with a filter.";
    "4.4" uncertain, Test(SECTION_4, "applications_and_name_ids"), "\"All groups\" has Microsoft 365 groups; a filter minds case; groups as roles keep the role claim's name though a name is given.";
    "4.5" sure, Test(SECTION_4, "applications_and_name_ids"), "App roles, directly and through a group; wids; a claim with a restricted name is ignored.";
    "4.5" sure, Test(SECTION_4, "applications_and_name_ids"), "The optional claims acct, email and upn, and what changes upn for guests.";
    "4.5" uncertain, Test(SECTION_4, "applications_and_name_ids"), "acct has the name of the restricted set; upn of a guest from another tenant is the mail.";
    "4.5" uncertain, Test(SECTION_4, "name_formats"), "\"Include attribute name format\" gives core, restricted and optional claims the format uri.";
    "4.5" sure, Test(SECTION_4, "applications_and_name_ids"), "A claims mapping policy overrides the portal: its ClaimsSchema, transformations, IncludeBasicClaimSet and GroupFilter decide; core claims stay.";
    "4.5" uncertain, Test(SECTION_4, "applications_and_name_ids"), "A claims mapping policy leaves group claim, app roles and optional claims as they are, acts for guests too, and gives the NameID the format of its source.";
    "4.5" sure, Test(PORTAL_CLAIMS_REFUSED, "a_claims_mapping_policy_locks_the_pages"), "A claims mapping policy locks Attributes & Claims: it lists, and takes no change. The words of the notice are the mock's.";
    "4.6" sure, Test(SECTION_4, "claims"), "user.userprincipalname of a guest from another tenant is the mail, of any other guest the real UPN; user.localuserprincipalname always the latter.";

    // 5. Certificates and rotation.
    "5" sure, Test(CERTIFICATE, "it_has_entras_shape"), "A certificate is self-signed, RSA 2048, sha256WithRSAEncryption, X.509 v3 without extensions, with a serial of 16 octets and Entra's common name.";
    "5" sure, Test(SECTION_5, "a_new_certificate_has_the_dates_and_the_key_that_were_asked_for"), "It lives three years, or until a date before that.";
    "5" uncertain, Absent("its page shows the certificate itself at once"), "A placeholder certificate is shown until the page is refreshed.";
    "5" sure, Test(PORTAL_CERTIFICATES, "a_new_certificate_is_saved_and_made_active"), "New Certificate adds an unsaved row, whose date can be edited until Save.";
    "5" sure, Scenario("certificates/new-inactive.toml"), "A new certificate is inactive.";
    "5" sure, Test(PORTAL_CERTIFICATES, "a_new_certificate_is_saved_and_made_active"), "The date of a saved certificate cannot change.";
    "5" sure, Test(PORTAL_CERTIFICATES, "a_new_certificate_is_saved_and_made_active"), "Making one active demotes the other; it can be deleted while it is inactive.";
    "5" sure, Test(IMPORTS, "an_imported_certificate_signs_when_it_is_active"), "Import Certificate takes a PFX file and its password.";
    "5" uncertain, Test(IMPORTS, "an_imported_certificate_signs_when_it_is_active"), "An imported certificate is inactive, as a new one is; its key is RSA.";
    "5" uncertain, Test(CERTIFICATE, "the_thumbprint_is_sha1_in_upper_case"), "The thumbprint is SHA-1 in upper-case hexadecimal.";
    "5" sure, Test(MAILS, "three_mails_are_sent_to_each_address"), "Mails 60, 30 and 7 days before the active certificate expires, to at most five Notification Email Addresses.";
    "5" uncertain, Absent("whoever adds an application to the mock has no mail address"), "The default address is that of the administrator who added the application.";
    "5" uncertain, Absent("C13: two documents name two addresses, and nothing is sent here"), "By whom the mails are sent.";
    "5" uncertain, Test(MAILS, "a_certificate_that_was_renewed_in_time_sends_no_mail"), "A mail that was due before its certificate became active is not sent.";
    "5" sure, Scenario("certificates/metadata-lag.toml"), "Changes take 5 to 10 minutes to be published: with `metadata_lag`, which is none by default. Signing changes at once.";
    "5" sure, Test(DOWNLOADS, "each_form_of_a_certificate"), "Downloads: Certificate (Base64) and (Raw), PEM, Federation Metadata XML, by what the application is called.";
    "5" sure, Test(METADATA, "an_applications_metadata_has_all_its_certificates"), "The application's metadata holds all its certificates, active or not.";
    "5" sure, Test(SIGN_ON, "the_certificate_that_signs_follows_expiry"), "The active certificate signs; expired, a valid inactive one does instead; expired and alone, it goes on.";
    "5" uncertain, Test(SECTION_5, "only_an_expired_certificate_gives_way"), "An active certificate that is not valid yet signs all the same, and an inactive one does not step in before it is valid.";
    "5" sure, Scenario("certificates/expired.toml"), "The gallery demands that an application refuses what an expired certificate signed: the reference SP does.";
    "5" sure, Scenario("certificates/inactive-first.toml"), "A service provider that reads only the first certificate of the metadata fails at a rollover: the order there means nothing.";
    "5" sure, Test(METADATA, "metadata_without_certificates"), "Without any certificate the metadata has none.";
    "5" sure, Scenario("certificates/inactive-not-published.toml"), "A service provider that trusts the active certificate alone breaks at a rollover.";
    "5" sure, Absent("entrant init does the one-time import of the SP's metadata"), "Entra never fetches an SP's metadata.";
    "5" sure, Absent("entrant init reads prefixed elements as any others: how Entra fails today is not known"), "The import of an SP's metadata failed on prefixed elements in 2019.";
    "5" uncertain, Absent("the mock has no Microsoft Graph"), "keyCredentials, addTokenSigningCertificate, preferredTokenSigningKeyThumbprint and notificationEmailAddresses of Microsoft Graph.";

    // 6. Single logout.
    "6" sure, Test(SIGN_OUT, "one_session_ends_and_the_answer_goes_to_the_logout_url"), "A LogoutRequest ends the session; NameID, IssueInstant and signature are not looked at.";
    "6" sure, Test(SIGN_OUT, "of_several_sessions_the_picked_one_ends"), "With several sessions the user picks.";
    "6" sure, Test(SIGN_OUT, "refused_requests_end_no_session"), "Without NameID 7500530; by POST 75005.";
    "6" uncertain, Test(SIGN_OUT, "refused_requests_end_no_session"), "An Issuer that is nobody's gives 700016, a bad ID 7500529, other faults of the form what a sign-on's request gets.";
    "6" uncertain, Test(SIGN_OUT, "whoever_is_signed_in_the_application_is_answered"), "Without a session, and for an application that takes no part in it, the answer is the same.";
    "6" uncertain, Test(SIGN_OUT, "the_endpoint_of_an_instance_names_the_application"), "The endpoint of an instance takes a LogoutRequest too.";
    "6" uncertain, Test(SIGN_OUT, "one_session_ends_and_the_answer_goes_to_the_logout_url"), "The LogoutResponse goes to the Logout URL by redirect, with RelayState.";
    "6" sure, Test(SIGN_OUT_SIGNING, "logout_messages_are_signed_by_the_active_certificate"), "Messages are signed by RSA-SHA256 over lower-case escapes.";
    "6" uncertain, Test(SIGN_OUT, "one_session_ends_and_the_answer_goes_to_the_logout_url"), "Signature stands before SigAlg in the query. Section 6 prints them the other way; a message of 2025 and IdentityPython/pysaml2#957 have them so. What is signed has its standard order.";
    "6" sure, Test(SIGN_OUT, "the_other_applications_of_the_session_are_told"), "Every other participant is told, with the opaque pairwise NameID without Format.";
    "6" sure, Test(SIGN_OUT, "who_asks_is_told_where_a_second_session_is_its_own"), "The application that asks is told too where it takes part in a second session.";
    "6" sure, Test(SIGN_OUT, "the_answer_to_a_broadcast_is_not_taken"), "The SP's LogoutResponse is shown an error.";
    "6" uncertain, Test(SIGN_OUT, "a_user_signs_out_everywhere"), "A user who signs out at the identity provider leaves every session, and every participant is told.";
    "6" uncertain, Test(SIGN_OUT, "without_a_logout_url_the_user_stays_here"), "Without a Logout URL the user stays on the signed-out page.";
    "6" sure, Test(SIGN_OUT_SIGNING, "the_issuer_of_logout_messages_is_a_switch"), "The Issuer of logout messages (C12).";
    "6" uncertain, Test(SIGN_OUT, "the_errors_of_a_sign_out_are_armed"), "50061, 50068, 50070 and 50071: when Entra shows them is not known, so they are armed.";

    // 7. Errors.
    "7.1" sure, Test(ERRORS, "the_error_page_has_every_word"), "The error page: every word, in its order, with the flagging block and the footer's links.";
    "7.1" sure, Test(REQUESTS, "the_error_page_has_entras_words"), "Its rows, named Request Id and Correlation Id, and the Request Id that ends in `00`.";
    "7.1" sure, Test(ERRORS, "conditional_access_has_a_page_of_its_own"), "The page of Conditional Access with its ten rows; address and identifier of the device are not available at the mock.";
    "7.1" uncertain, Test(ERRORS, "the_error_page_has_every_word"), "The status of the page is 200.";
    "7.1" uncertain, Test(SESSIONS, "a_passive_failure_goes_to_the_sp"), "In a message to the service provider the tail is Trace ID and Timestamp, each on a line of its own after LF, as section 3.6 prints it; 7.1 has CRLF, and Correlation ID between them.";
    "7.1" sure, Absent("the mock speaks no OAuth"), "The errors of OAuth as JSON.";
    "7.2" sure, Test("mock-idp/src/errors.rs", "the_registry_is_the_table_of_the_specification"), "Every code of the table has a row in docs/errors.md.";
    "7.2" sure, Test("tests/docs.rs", "the_scenarios_of_the_errors_expect_them"), "What a row names runs into its code.";
    "7.2" sure, Test(ARMED, "every_error_stops_the_sign_on_of_a_session"), "Every row that is not absent can be armed, and is shown on a page or told to the SP, with nothing left to fill in.";
    "7.2" sure, Test(ARMED, "an_inline_error_is_told_on_the_form"), "The user's own errors are told on the form, and the user may try again.";
    "7.2" sure, Test(PAGES, "inline_errors"), "50034 and 50126 on the form.";
    "7.2" sure, Test(SIGN_IN, "an_account_that_may_not_sign_in_is_told_so"), "50053 and 50057 on the form.";
    "7.2" sure, Test(SIGN_IN, "an_expired_password_is_changed"), "50055 offers a change.";
    "7.2" sure, Test(SIGN_IN, "a_second_factor_is_asked_for_where_it_is_demanded"), "50076 asks for a code, and 500121 tells that it is wrong.";
    "7.2" sure, Test(SIGN_IN, "stay_signed_in"), "50140 asks whether to stay signed in.";
    "7.2" sure, Test(SIGN_IN, "conditional_access_refuses"), "53000 to 53003 by policy.";
    "7.2" uncertain, Test(SIGN_IN, "a_user_of_another_tenant_is_told_so"), "50020 for a user of another tenant of the mock. It is told when the name is entered, before a credential (deviation): at Entra the user has signed in at home by then.";
    "7.2" sure, Test(SIGN_ON, "only_assigned_users_are_let_in"), "50105: nested groups grant nothing.";
    "7.3" uncertain, Test(SECTION_2, "the_order_of_checks"), "The order of the checks of a request.";
    "7.3" uncertain, Absent("one report; the mock looks the Issuer up before anybody signs in, as 7.3 has it"), "700016 only after the credentials.";
    "7.3" uncertain, Test(PENDING, "a_pending_sign_on_is_one_browsers_and_expires"), "A sign-in page is good for an hour of the real clock: moving the tenant's clock ends no page.";
    "7.3" uncertain, Test(SIGN_IN, "conditional_access_refuses"), "Conditional Access comes after the first factor and before the assignment, for sessions too.";

    // 8. The admin center. Attributes & Claims: section 4.
    "8" sure, Test(PORTAL_APPS, "the_menus_have_entras_labels"), "Enterprise apps > All applications > an application, with Properties, Users and groups, Single sign-on and, under Security, Token encryption.";
    "8" uncertain, Absent("nothing here depends on them"), "Owners, Provisioning, Conditional Access and Permissions in the menu; the full list is not known.";
    "8" sure, Test(PORTAL_SEARCH, "the_search_finds_pages_users_groups_and_applications"), "Older labels stand beside today's, and the search finds a page by either.";
    "8" sure, Test(PORTAL_APPS, "an_application_of_ones_own_is_set_up"), "New application > Create your own application > Integrate any other application you don't find in the gallery (Non-gallery) > Create.";
    "8" uncertain, Test(PORTAL_APPS, "an_application_of_ones_own_is_set_up"), "\"What's the name of your app?\" asks for the name.";
    "8" sure, Test(PORTAL_APPS, "the_gallery_is_searched"), "The gallery is searched: here it has the applications of the four guides.";
    "8" uncertain, Absent("a name tells applications apart in a tenant file, which control routes and scenarios use"), "Two applications may have the same name.";
    "8" sure, Test(PORTAL_APPS, "an_application_of_ones_own_is_set_up"), "On the first visit of Single sign-on: Select a single sign-on method, with Disabled and SAML.";
    "8" uncertain, Absent("they are not SAML; the page says so"), "Password-based and Linked as methods.";
    "8" sure, Test(PORTAL_APPS, "an_application_of_ones_own_is_set_up"), "Set up Single Sign-On with SAML: the five cards in their order, with Required and Optional where nothing is saved, and Unique User Identifier on the second.";
    "8" uncertain, Test(PORTAL_APPS, "an_application_of_ones_own_is_set_up"), "The toolbar: Upload metadata file, Change single sign-on mode, Test this application, in this order. \"Got feedback?\" is left out: there is nobody to tell.";
    "8" sure, Test(PORTAL_APPS, "a_metadata_file_fills_the_form_in"), "Upload metadata file fills Basic SAML Configuration in; nothing is saved before Save.";
    "8" sure, Test(PORTAL_APPS, "basic_saml_configuration_takes_several_addresses"), "Several identifiers and reply URLs, one of each the default; Sign on URL, Relay State and Logout Url are optional.";
    "8" uncertain, Test(PORTAL_APPS, "basic_saml_configuration_takes_several_addresses"), "\"Add identifier\" and \"Add reply URL\" are buttons below the lists. No index is shown: the place in the list is the index.";
    "8" sure, Test(PORTAL_RESOLVING, "an_identifier_of_another_application_is_refused"), "An identifier belongs to one application of the tenant: \"Please enter an Identifier which is unique within your organization. This Identifier is used by …\" (MicrosoftDocs/azure-docs#46428, 2020; #11910 has its first sentence, 2018). The link to that application is the mock's.";
    "8" uncertain, Test(PORTAL_RESOLVING, "a_second_upwork_is_added_and_cannot_be_saved"), "A second application of the gallery with a fixed identifier is added, the identifier filled in and not saved; saving it tells the conflict. #46428 has the message at Save; whether the second is added with the identifier is not known.";
    "8" sure, Test(PORTAL_CLAIMS, "the_source_of_the_name_id_is_chosen"), "Attributes & Claims: the required claim Unique User Identifier (Name ID) opens Manage claim, whose Source attribute takes user.mail.";
    "8" uncertain, Test(PORTAL_CLAIMS, "a_default_claim_is_edited_and_deleted"), "The four default claims are additional claims like others, edited and deleted one by one; what the others send stays.";
    "8" sure, Test(PORTAL_CLAIMS, "claims_are_added_and_renamed"), "Add new claim: Manage claim with Name, Namespace, and Source: Attribute, Transformation, Directory schema extension.";
    "8" uncertain, Test(PORTAL_CLAIMS_REFUSED, "a_name_is_taken_once"), "A name and namespace that another claim has are refused.";
    "8" sure, Test(PORTAL_CLAIMS, "conditions_are_added_moved_and_deleted"), "Claim conditions: user type, scoped groups, source and value, in an order that can be changed.";
    "8" sure, Test(PORTAL_GROUP_CLAIM, "a_group_claim_is_added_edited_and_deleted"), "Add a group claim: Group Claims with the four choices of groups, the source attributes and the advanced options of 4.4; there is one at most.";
    "8" sure, Test(PORTAL_CERTIFICATES, "the_card_has_the_active_certificate_and_its_downloads"), "SAML Certificates: status, thumbprint, expiration, mail, App Federation Metadata Url and three downloads.";
    "8" sure, Test(PORTAL_VERIFICATION, "certificates_are_uploaded_required_and_deleted"), "Verification certificates (optional): Required, Active, Expired.";
    "8" sure, Test(PORTAL_APPS, "an_application_of_ones_own_is_set_up"), "Set up {app}: Login URL, Microsoft Entra Identifier (earlier Azure AD Identifier), Logout URL.";
    "8" sure, Test(PORTAL_INSTRUCTIONS, "each_gallery_application_has_instructions"), "Applications of the gallery have View step-by-step instructions. What stands there is the mock's own.";
    "8" sure, Test(PORTAL_TEST, "an_idp_initiated_test"), "Test single sign-on with {app}: Sign in as current user, Sign in as someone else.";
    "8" sure, Test(PORTAL_TEST, "with_a_sign_on_url_the_test_begins_there"), "With a Sign on URL the test leads there (Upwork's guide).";
    "8" sure, Test(PORTAL_TEST, "what_cannot_be_tested_has_no_test"), "Test is greyed out until the required values are saved.";
    "8" sure, Test(PORTAL_RESOLVING, "the_guidance_is_about_this_application"), "Resolving errors: What does the error look like? > Get resolution guidance. What it answers is the mock's own: Entra's guidance is not published.";
    "8" uncertain, Test(PORTAL_RESOLVING, "a_reply_url_is_compared_and_fixed"), "\"Fix it\" registers the reply URL or the identifier that the error names.";
    "8" sure, Test(PORTAL_RESOLVING, "the_last_sign_ons_are_linked"), "Download the SAML request, Download the SAML response: at Entra a browser extension has those of the last test; here they lead to the flow trace.";
    "8" sure, Test(PORTAL_ASSIGNMENTS, "a_user_is_assigned_as_the_guides_say"), "Users and groups > Add user/group > Add Assignment > None Selected > Select > Assign.";
    "8" sure, Test(PORTAL_ASSIGNMENTS, "roles_are_selected_changed_and_removed"), "Select a role: Default Access alone where there are no app roles.";
    "8" sure, Test(PORTAL_ASSIGNMENTS, "a_group_with_nested_groups_says_who_gets_nothing"), "Nested members do not count.";
    "8" sure, Absent("the mock has no licences"), "Assigning groups needs P1 or P2.";
    "8" sure, Test(PORTAL_ASSIGNMENTS, "properties_of_an_application"), "Properties: Enabled for users to sign in?, Name, Homepage URL, User access URL, Application ID, Object ID, Assignment required?, Visible to users?, Notes.";
    "8" sure, Absent("a tile shows the initials of the name"), "The logo of an application.";
    "8" sure, Test(SIGN_ON, "only_assigned_users_are_let_in"), "Assignment required? No lets everybody sign in.";
    "8" sure, Absent("the mock has no directory roles but in claims"), "Global Administrators bypass the assignment.";
    "8" sure, Test(PAGES, "my_apps_shows_the_assigned_applications"), "A tile is visible to assigned users alone.";
    "8" sure, Absent("applications of the tenant file are enterprise applications"), "Applications created through App registrations have no page for SAML.";
    "8" sure, Absent("whoever may use the control API is an administrator"), "Which roles may configure single sign-on.";
    "8" sure, Test(PORTAL_USERS, "a_test_user_is_created_as_the_guides_say"), "B.Simon is created as every tutorial of the gallery has it.";
    "8" sure, Absent("the scenarios in certificates/ and sign-out/ rehearse what it asks for"), "The Entra App Validator.";
}
