//! Application and tenant (entra-behaviour.md 7.2).

use super::Appears::{Armed, Scenario, Test};
use super::rows;

rows! {
    APPLICATION_NOT_FOUND = 700_016 "UnauthorizedClient_DoesNotMatchRequest" Page Entra, Scenario("requests/unknown-issuer.toml"),
        "An Issuer that is nobody's identifier: Entra's own entity id, or an application of another tenant.",
        "Application with identifier '{issuer}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.";
    UNAUTHORIZED_CLIENT = 70_001 "UnauthorizedClient" Page Entra, Scenario("requests/near-issuer-70001.toml"),
        "An Issuer that differs from an identifier by no more than one slash at its end and letter case, where the application has the switch `near-issuer-70001` (C11).",
        "Application with identifier '{issuer}' was not found in the directory {tenant}.";
    700_011 "UnauthorizedClientAppNotFoundInOrgIdTenant" Page Listed, Armed,
        "A client application that the tenant does not have.",
        "Application with identifier {issuer} was not found in the directory.";
    MISCONFIGURED = 650_056 "" Page Entra, Scenario("requests/near-issuer-650056.toml"),
        "An Issuer that differs from an identifier by no more than one slash at its end and letter case, where the application has the switch `near-issuer-650056` (C11); at Entra also the permission User.Read taken away.",
        "Misconfigured application. This could be due to one of the following: the client has not listed any permissions for '{app}' in the requested permissions in the client's application registration. Or, the admin has not consented in the tenant. Or, check the application identifier in the request to ensure it matches the configured client application identifier. Or, check the certificate in the request to ensure it's valid. Please contact your admin to fix the configuration or consent on behalf of the tenant.";
    65_005 "MisconfiguredApplication" Page Ours, Armed,
        "A wrong Identifier may surface like this.",
        "The application is misconfigured: it asks for resources that it did not list, or its Identifier (Entity ID) is wrong.";
    50_001 "InvalidResource" Page Ours, Armed,
        "A resource that is disabled or missing.",
        "The resource is disabled or does not exist.";
    500_011 "InvalidResourceServicePrincipalNotFound" Page Entra, Armed,
        "A resource that the tenant does not have.",
        "The resource principal named {issuer} was not found in the tenant named {tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.";
    REPLY_URL = 50_011 "InvalidReplyTo" Page Entra, Scenario("requests/reply-url-mismatch.toml"),
        "A reply URL that is not one of the application's (2.4).",
        "The reply URL '{acs}' specified in the request does not match the reply URLs configured for the application '{issuer}'. Make sure the reply URL sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/urlMismatchError to learn more about how to fix this.";
    NO_REPLY_URL = 500_113 "" Page Entra, Scenario("requests/no-reply-url.toml"),
        "The application has no reply URL.",
        "No reply address is registered for the application.";
    900_971 "" Page Entra, Armed,
        "No reply URL was sent and none is configured; the mock tells 500113.",
        "No reply address provided.";
    NO_SIGNING_KEY = 50_003 "MissingSigningKey" Page Entra, Scenario("certificates/none-active.toml"),
        "No certificate of the application is active (5).",
        "No signing key configured.";
    50_146 "MissingCustomSigningKey" Page Ours, Armed,
        "The application's own signing key is absent, expired or not yet valid.",
        "This application must be configured with a signing key of its own. None is configured, or it has expired or is not yet valid.";
    NO_ENCRYPTION_CERTIFICATE = 50_007 "PartnerEncryptionCertificateMissing" Page Ours, Scenario("encryption/required-without-certificate.toml"),
        "Token encryption is required (`tokenEncryptionKeyId` is set) and no certificate is active (3.7).",
        "The certificate for token encryption was not found for this application.";
    50_010 "AudienceUriValidationFailed" Page Ours, Armed,
        "No audience is configured.",
        "Audience URI validation failed: no token audiences are configured for the application.";
    50_012 "AuthenticationFailed" Page Ours, Armed,
        "A federated identity provider's token, or a client's, whose certificate is not accepted.",
        "Authentication failed: the certificate of the token is not authorised or not valid.";
    50_006 "InvalidSignature" Page Ours, Armed,
        "A federated identity provider's token whose signature does not verify.",
        "The signature is invalid and could not be verified.";
    50_008 "InvalidSamlToken" Page Ours, Armed,
        "A federated identity provider's token without a usable assertion.",
        "The SAML assertion is missing in the token, or misconfigured.";
    5_000_819 "InvalidSamlTokenEmailMissingOrInvalid" Page Ours, Armed,
        "A federated identity provider's token without a usable e-mail address.",
        "The SAML assertion is invalid: its e-mail address is missing or does not match the domain of the external realm.";
    50_013 "InvalidAssertion" Page Ours, Armed,
        "A client's assertion that is malformed or outside its time.",
        "The assertion is invalid.";
    50_048 "SubjectMismatchesIssuer" Page Ours, Armed,
        "A client's assertion whose subject is not its issuer.",
        "The subject does not match the issuer in the client assertion.";
    50_042 "UnableToGeneratePairwiseIdentifierWithMissingSalt" Page Ours, Armed,
        "The salt of a pairwise NameID is missing.",
        "No pairwise identifier can be made: the salt is missing.";
    50_043 "UnableToGeneratePairwiseIdentifierWithMultipleSalts" Page Ours, Armed,
        "There are several salts for a pairwise NameID.",
        "No pairwise identifier can be made: there is more than one salt.";
    NAME_ID_EMPTY = 501_241 "" Page Entra, Scenario("sign-in/name-id-source-empty.toml"),
        "The NameID's source is empty (3.3). How Entra names the transformation is not known (uncertain).",
        "Mandatory Input '{source}' missing from transformation ID '{transformation}'.";
    50_124 "ClaimsTransformationInvalidInputParameter" Page Ours, Armed,
        "A claims rule with an input that is not valid.",
        "The claims transformation has an invalid input parameter.";
    501_621 "ClaimsTransformationTimeoutRegularExpressionTimeout" Page Ours, Armed,
        "A claims rule whose regular expression takes too long.",
        "The regular expression of a claims transformation took too long.";
    APPLICATION_DISABLED = 7_000_112 "UnauthorizedClientApplicationDisabled" Page Ours, Scenario("sign-in/application-disabled.toml"),
        "\"Enabled for users to sign in?\" is No. The wording is from memory (uncertain).",
        "Application '{appid}'({app}) is disabled.";
    1_000_031 "" Page Entra, Armed,
        "The application was taken out of service.",
        "Application {app} can't be accessed at this time. Contact your administrator.";
    TENANT_NOT_FOUND = 90_002 "InvalidTenantName" Page Entra, Scenario("requests/tenant-unknown.toml"),
        "A GUID or domain in the Login URL that names no tenant.",
        "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.";
    TENANT_IDENTIFIER = 900_023 "" Page Entra, Scenario("requests/tenant-malformed.toml"),
        "A tenant in the Login URL that is neither a GUID nor a domain.",
        "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain.";
    NO_TENANT = 50_059 "MissingTenantRealmAndNoUserInformationProvided" Page Listed, Test("common_has_no_tenant"),
        "The endpoint `common` for an Issuer that no tenant has.",
        "No tenant-identifying information found in either the request or implied by any provided credentials.";
    90_019 "MissingTenantRealm" Page Ours, Armed,
        "Nothing in the request tells the tenant.",
        "The tenant identifier cannot be determined from the request.";
    50_128 "" Page Listed, Armed,
        "A domain that tells no tenant.",
        "Invalid domain name. No tenant-identifying information found in either the request or implied by any provided credentials.";
    NOT_MULTI_TENANT = 50_194 "" Page Entra, Test("common_has_no_tenant"),
        "The endpoint `common` for an application of one tenant.",
        "Application '{appid}'({app}) is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps created after '10/15/2018'. Use a tenant-specific endpoint or configure the application to be multi-tenant.";
    50_107 "InvalidRealmUri" Page Ours, Armed,
        "A guest's or federated domain whose realm object is gone.",
        "The requested federation realm object does not exist.";
    50_049 "NoSuchInstanceForDiscovery" Page Ours, Armed,
        "A cloud instance that is not known.",
        "The instance is unknown or invalid.";
    50_050 "MalformedDiscoveryRequest" Page Ours, Armed,
        "A discovery request that is malformed.",
        "The request is malformed.";
    50_169 "InvalidRequestBadRealm" Page Ours, Armed,
        "A realm that this service does not have.",
        "The realm is not configured in the current service namespace.";
    90_051 "InvalidNationalCloudId" Page Ours, Armed,
        "An identifier of a national cloud that is not known.",
        "The national cloud identifier is invalid.";
    90_038 "NationalCloudTenantRedirection" Page Ours, Armed,
        "A tenant of another cloud.",
        "The specified tenant '{tenant}' belongs to another national cloud, which the current one does not federate with.";
    135_010 "KeyNotFound" Page Ours, Armed,
        "A key that is not there.",
        "The key was not found.";
    50_000 "TokenIssuanceError" Page Entra, Armed,
        "A fault of the service.",
        "There's an issue with the sign-in service.";
    90_033 "MsodsServiceUnavailable" Page Ours, Armed,
        "A passing fault of the service.",
        "The directory service is not available at the moment.";
    90_006 "ExternalServerRetryableError" Page Ours, Armed,
        "A passing fault of the service.",
        "The service is not available at the moment.";
    90_012 "RequestTimeout" Page Ours, Armed,
        "A passing fault of the service.",
        "The request took too long.";
    90_024 "RequestBudgetExceededError" Page Ours, Armed,
        "A passing fault of the service.",
        "A passing error has occurred: try again.";
    90_036 "MsodsServiceUnretryableFailure" Page Ours, Armed,
        "A lasting fault of the service.",
        "The directory service failed unexpectedly.";
}
