//! The facts, in the order of entra-behaviour.md.

use super::Behaviour;
use super::Witness::{Absent, Scenario, Test};

const CLAIMS: &str = "mock-idp/tests/router/claims.rs";
const ERRORS: &str = "mock-idp/tests/router/errors.rs";
const ARMED: &str = "mock-idp/tests/router/armed.rs";
const METADATA: &str = "mock-idp/tests/router/metadata.rs";
const PAGES: &str = "mock-idp/tests/router/pages.rs";
const REQUESTS: &str = "mock-idp/tests/router/requests.rs";
const SECTION_2: &str = "mock-idp/tests/router/section_2.rs";
const SECTION_3: &str = "mock-idp/tests/router/section_3.rs";
const SESSIONS: &str = "mock-idp/tests/router/sessions.rs";
const SIGNED: &str = "mock-idp/tests/router/signed_requests.rs";
const SIGN_IN: &str = "mock-idp/tests/router/sign_in.rs";
const SIGN_ON: &str = "mock-idp/tests/router/sign_on.rs";
const SIGN_OUT: &str = "mock-idp/tests/router/sign_out.rs";
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
    "1" sure, Test(PAGES, "my_apps_shows_the_assigned_applications"), "My Apps shows a tile for each application that the user is assigned to.";
    "1" sure, Test(SIGN_ON, "a_tile_without_sign_on_url_is_unsolicited"), "Without a Sign on URL the tile sends an unsolicited response to the default Reply URL.";
    "1" sure, Test(SIGN_ON, "a_tile_with_sign_on_url_redirects"), "With a Sign on URL the tile leads there.";
    "1" sure, Test(SECTION_2, "attributes_of_the_request"), "A request with the ID of the portal's \"Test\" button is answered without InResponseTo.";
    "1" sure, Test(ERRORS, "every_error_can_be_looked_up"), "`/error?code=` tells what a code means.";

    // 2.1 Attributes and elements.
    "2.1" sure, Test(SECTION_2, "attributes_of_the_request"), "ID is echoed in InResponseTo; one that is no xs:ID gives 7500529.";
    "2.1" sure, Test(SECTION_2, "attributes_of_the_request"), "Version is required.";
    "2.1" sure, Test(SECTION_2, "attributes_of_the_request"), "IssueInstant is required; its value is not enforced (C6).";
    "2.1" sure, Test(SECTION_2, "reply_urls_of_the_request"), "AssertionConsumerServiceURL must be registered and is where the response goes; its name is case-sensitive.";
    "2.1" sure, Test(SECTION_2, "reply_urls_of_the_request"), "A relative AssertionConsumerServiceURL gives 7500511.";
    "2.1" uncertain, Test(SECTION_2, "reply_urls_of_the_request"), "Without AssertionConsumerServiceURL it is the default Reply URL; without any, 500113.";
    "2.1" uncertain, Test(SECTION_2, "reply_urls_of_the_request"), "What AssertionConsumerServiceIndex does.";
    "2.1" sure, Test(SESSIONS, "force_authn_asks_again"), "ForceAuthn asks again even with a session.";
    "2.1" sure, Test(SESSIONS, "who_answers"), "IsPassive tries the session alone.";
    "2.1" sure, Test(SECTION_2, "attributes_of_the_request"), "Destination is validated where it is there (C5).";
    "2.1" uncertain, Test(SECTION_2, "attributes_of_the_request"), "ProtocolBinding other than HTTP-POST gives 75003.";
    "2.1" sure, Test(SECTION_2, "attributes_of_the_request"), "Consent and ProviderName are ignored.";
    "2.1" sure, Test(SECTION_2, "elements_of_the_request"), "Conditions is ignored.";
    "2.1" sure, Test(SECTION_2, "issuers_of_the_request"), "Issuer is compared exactly with the identifiers, the application's id and its `spn:` form.";
    "2.1" uncertain, Test(SECTION_2, "issuers_of_the_request"), "An Issuer that is empty or missing.";
    "2.1" sure, Test(SECTION_2, "elements_of_the_request"), "NameIDPolicy/@Format: four are allowed, any other gives 75016 (C14).";
    "2.1" sure, Test(SECTION_2, "elements_of_the_request"), "NameIDPolicy/@AllowCreate is ignored.";
    "2.1" sure, Test(SECTION_2, "a_refused_sp_name_qualifier_is_told_to_the_sp"), "NameIDPolicy/@SPNameQualifier is echoed, or by the switch refused (C7).";
    "2.1" sure, Test(SECTION_2, "elements_of_the_request"), "RequestedAuthnContext/@Comparison other than `exact` gives 900235.";
    "2.1" sure, Test(SECTION_2, "elements_of_the_request"), "An AuthnContextClassRef that is no URI gives 7500522.";
    "2.1" uncertain, Test(SECTION_2, "elements_of_the_request"), "Scoping is allowed; ProxyCount, IDPList and RequesterID in it give 900236.";
    "2.1" sure, Test(SECTION_2, "elements_of_the_request"), "Subject gives 900236.";
    "2.1" sure, Test(SECTION_2, "elements_of_the_request"), "NameQualifier gives 7500525.";
    "2.1" sure, Test(SIGNED, "signatures_are_ignored_where_none_is_required"), "A signature is not validated unless one is required.";
    "2.1" sure, Test(SECTION_2, "elements_of_the_request"), "The sample's default namespace `…:metadata` is tolerated.";

    // 2.2 RequestedAuthnContext.
    "2.2" sure, Test(SESSIONS, "requested_authn_context_is_compared_with_the_session"), "75011 in its words, each method and each requested class as it was seen.";
    "2.2" sure, Test(SESSIONS, "the_first_login_by_password"), "The first login works; a later session by another method does not.";
    "2.2" sure, Test(SESSIONS, "requested_authn_context_is_compared_with_the_session"), "75011 is shown on Entra's page, never told to the SP.";
    "2.2" sure, Test(SESSIONS, "requested_authn_context_is_compared_with_the_session"), "A certificate and Windows Hello count as X509.";

    // 2.3 Bindings and encoding.
    "2.3" sure, Test(SIGN_ON, "both_bindings_sign_on"), "HTTP-Redirect and HTTP-POST are taken.";
    "2.3" sure, Test(REQUESTS, "faults_of_the_binding"), "750054, 750055 and 750056 for what is no message.";
    "2.3" sure, Test(REQUESTS, "faults_of_the_message"), "7500525 with line and position, and 75005.";
    "2.3" sure, Test(SIGN_ON, "both_bindings_sign_on"), "RelayState comes back as it was.";
    "2.3" sure, Test(SIGN_ON, "a_tile_without_sign_on_url_is_unsolicited"), "An unsolicited response has the portal's Relay State, and no field where that is blank.";
    "2.3" sure, Test(SESSIONS, "who_answers"), "`login_hint` selects a session or fills in the user name.";
    "2.3" sure, Test(SECTION_2, "parameters_of_the_query"), "`domain_hint` and `whr` lead nowhere else: the mock has no other realm.";
    "2.3" uncertain, Test(ERRORS, "the_correlation_id_may_be_the_clients"), "`client-request-id` becomes the Correlation Id.";

    // 2.4 Reply URLs.
    "2.4" sure, Test(SECTION_2, "reply_urls_of_the_request"), "50011 in its words, the application named by the Issuer that was sent.";
    "2.4" sure, Test(SECTION_2, "reply_urls_of_the_request"), "Path, scheme, written port and trailing slash count.";
    "2.4" uncertain, Test(SECTION_2, "reply_urls_of_the_request"), "The host's case does not count.";
    "2.4" sure, Test(SECTION_2, "reply_urls_of_the_request"), "On localhost the port does not count.";
    "2.4" sure, Test(SECTION_2, "reply_urls_of_the_request"), "Wildcards match, and drop query and fragment.";
    "2.4" sure, Test(SECTION_2, "reply_urls_of_the_request"), "The request's reply URL wins over the portal's default.";

    // 2.5 Enforced signatures.
    "2.5" sure, Test(SIGNED, "required_signatures"), "A required signature stands where its binding has it, else 76021.";
    "2.5" sure, Test(SIGNED, "rsa_sha1_where_it_is_allowed"), "RSA-SHA256 alone, and RSA-SHA1 where it is allowed (C10).";
    "2.5" sure, Test(SIGNED, "required_signatures"), "A key that the request names must be registered; else the two certificates that were added last are tried.";
    "2.5" sure, Test(SIGNED, "what_nobody_can_sign_is_refused"), "Tiles stop working.";
    "2.5" uncertain, Test(SIGNED, "required_signatures"), "Every failure is 76021, since the other numbers are not published; the page says which it was.";

    // 3. Responses.
    "3.1" sure, Test(WIRE_FORM, "a_successful_response_is_section_3_1"), "The exact wire form: prefixes, order of attributes and elements, empty elements.";
    "3.1" sure, Test(SPELLING, "nothing_is_there_that_entra_leaves_out"), "Nothing that Entra leaves out: Consent, SessionNotOnOrAfter, NotBefore of the confirmation, xsi:type, NameFormat and the like.";
    "3.1" sure, Test(SPELLING, "an_unsolicited_response_names_no_request"), "An unsolicited response names no request.";
    "3.1" sure, Test(SECTION_3, "instants_of_response_and_assertion"), "The response is issued 0 to 6 ms after the assertion.";
    "3.1" sure, Test(SECTION_3, "windows"), "The validity window of Conditions and confirmation, with the application's lifetime and switches (C1 to C3).";
    "3.1" sure, Test(SIGN_ON, "a_session_signs_on_everywhere_in_its_tenant"), "AuthnInstant is the session's.";
    "3.1" sure, Test(SIGN_ON, "the_application_id_is_an_identifier"), "Audience is the Issuer that was sent, after `spn:` where it is no URI.";
    "3.1" sure, Absent("both need a custom signing key, which the mock does not have"), "An audience override and an issuer of the application are ignored.";
    "3.2" sure, Test(CLAIMS, "every_application_and_user"), "The attributes in their order; an empty source is omitted.";
    "3.2" sure, Test(CLAIMS, "guests_of_every_home"), "identityprovider is the guest's home, `live.com` or `mail`.";
    "3.2" sure, Test(SECTION_3, "methods_and_class_references"), "authnmethodsreferences and AuthnContextClassRef follow session and request.";
    "3.3" sure, Test(SECTION_3, "name_ids"), "NameID: the request's format, else the portal's; its value for each source and format. The table below is made by the mock.";
    "3.3" sure, Test(SECTION_3, "a_name_id_without_value"), "A source without value gives 501241.";
    "3.3" sure, Test(CLAIMS, "the_portals_name_id_formats"), "The portal's five formats.";
    "3.4" sure, Test(SIGN_ON, "every_signing_option_signs_what_it_says"), "The three signing options, by SHA-256 or SHA-1.";
    "3.4" sure, Test(SPELLING, "every_signing_option_is_spelt_as_printed"), "Where the signatures stand, and how they are spelt.";
    "3.5" uncertain, Test(SECTION_3, "the_delivery_page"), "The page that posts the response, word for word.";
    "3.6" sure, Test(WIRE_FORM, "a_failure_response_is_section_3_6"), "A failure has neither Destination nor Assertion nor Signature, and tells code, trace and timestamp.";
    "3.6" uncertain, Test(SESSIONS, "a_passive_failure_goes_to_the_sp"), "A passive failure is Responder with NoPassive.";
    "3.7" sure, Absent("the mock does not encrypt assertions"), "Token encryption.";

    // 5. What metadata and signing have of certificates.
    "5" sure, Test(METADATA, "an_applications_metadata_has_all_its_certificates"), "The application's metadata holds all its certificates, active or not.";
    "5" sure, Test(SIGN_ON, "the_certificate_that_signs_follows_expiry"), "The active certificate signs; expired, a valid inactive one does instead; expired and alone, it goes on.";
    "5" sure, Test(METADATA, "metadata_without_certificates"), "Without any certificate the metadata has none.";
    "5" sure, Scenario("certificates/inactive-not-published.toml"), "A service provider that trusts the active certificate alone breaks at a rollover.";

    // 6. Single logout.
    "6" sure, Test(SIGN_OUT, "one_session_ends_and_the_answer_goes_to_the_logout_url"), "A LogoutRequest ends the session; NameID, IssueInstant and signature are not looked at.";
    "6" sure, Test(SIGN_OUT, "of_several_sessions_the_picked_one_ends"), "With several sessions the user picks.";
    "6" sure, Test(SIGN_OUT, "refused_requests_end_no_session"), "Without NameID 7500530; by POST 75005.";
    "6" uncertain, Test(SIGN_OUT, "one_session_ends_and_the_answer_goes_to_the_logout_url"), "The LogoutResponse goes to the Logout URL by redirect, with RelayState.";
    "6" sure, Test(SIGN_OUT, "logout_messages_are_signed_by_the_active_certificate"), "Messages are signed by RSA-SHA256 over lower-case escapes.";
    "6" sure, Test(SIGN_OUT, "the_other_applications_of_the_session_are_told"), "Every other participant is told, with the opaque pairwise NameID without Format.";
    "6" sure, Test(SIGN_OUT, "who_asks_is_told_where_a_second_session_is_its_own"), "The application that asks is told too where it takes part in a second session.";
    "6" sure, Test(SIGN_OUT, "the_answer_to_a_broadcast_is_not_taken"), "The SP's LogoutResponse is shown an error.";
    "6" uncertain, Test(SIGN_OUT, "a_user_signs_out_everywhere"), "A user who signs out at the identity provider leaves every session, and every participant is told.";
    "6" uncertain, Test(SIGN_OUT, "without_a_logout_url_the_user_stays_here"), "Without a Logout URL the user stays on the signed-out page.";
    "6" sure, Test(SIGN_OUT, "the_issuer_of_logout_messages_is_a_switch"), "The Issuer of logout messages (C12).";
    "6" uncertain, Test(SIGN_OUT, "the_errors_of_a_sign_out_are_armed"), "50061, 50068, 50070 and 50071: when Entra shows them is not known, so they are armed.";

    // 7. Errors.
    "7.1" sure, Test(ERRORS, "the_error_page_has_every_word"), "The error page: every word, in its order, with the flagging block and the footer's links.";
    "7.1" sure, Test(REQUESTS, "the_error_page_has_entras_words"), "Its rows, and the Request Id that ends in `00`.";
    "7.1" sure, Test(ERRORS, "conditional_access_has_a_page_of_its_own"), "The page of Conditional Access with its ten rows; address and identifier of the device are not available at the mock.";
    "7.1" uncertain, Test(ERRORS, "the_error_page_has_every_word"), "The status of the page is 200.";
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
    "7.2" sure, Test(SIGN_IN, "a_user_of_another_tenant_is_told_so"), "50020 for a user of another tenant of the mock.";
    "7.2" sure, Test(SIGN_ON, "only_assigned_users_are_let_in"), "50105: nested groups grant nothing.";
    "7.3" uncertain, Test(SECTION_2, "the_order_of_checks"), "The order of the checks of a request.";
    "7.3" uncertain, Test(SIGN_IN, "conditional_access_refuses"), "Conditional Access comes after the first factor and before the assignment, for sessions too.";
}
