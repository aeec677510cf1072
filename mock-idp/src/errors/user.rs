//! User, credential, session (entra-behaviour.md 7.2).

use super::Appears::{Armed, OnTheWay, Scenario, Test};
use super::rows;

rows! {
    USER_NOT_FOUND = 50_034 "UserAccountNotFound" Inline Entra, Scenario("sign-in/unknown-user.toml"),
        "No such user in the tenant.",
        "The user account {user} does not exist in the {tenant} directory. To sign into this application, the account must be added to the directory.";
    PASSWORD = 50_126 "InvalidUserNameOrPassword" Inline Entra, Scenario("sign-in/wrong-password.toml"),
        "A wrong password.",
        "Error validating credentials due to invalid username or password.";
    50_056 "" Inline Ours, Armed,
        "The directory holds no password for the user; the mock tells 50126.",
        "Invalid or null password: the directory has none for this user.";
    50_064 "CredentialAuthenticationError" Inline Ours, Armed,
        "The credential could not be validated.",
        "Validating the user name or password has failed.";
    LOCKED = 50_053 "IdsLocked" Inline Listed, Scenario("sign-in/locked.toml"),
        "The account is locked; at Entra also where the address is a malicious one.",
        "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.";
    PASSWORD_EXPIRED = 50_055 "InvalidPasswordExpiredPassword" Interrupt Listed, Scenario("sign-in/password-expired.toml"),
        "The password has expired; the user is offered a change.",
        "The password is expired.";
    50_144 "InvalidPasswordExpiredOnPremPassword" Interrupt Ours, Armed,
        "The password of the directory on the premises has expired.",
        "The user's Active Directory password has expired.";
    50_135 "PasswordChangeCompromisedPassword" Interrupt Ours, Armed,
        "A risk to the account was detected.",
        "The password must be changed due to account risk.";
    USER_DISABLED = 50_057 "UserDisabled" Inline Listed, Scenario("sign-in/disabled-user.toml"),
        "\"Account enabled\" is No.",
        "The user account is disabled.";
    FOREIGN_USER = 50_020 "UserUnauthorized" Page Entra, Test("a_user_of_another_tenant_is_told_so"),
        "The user is one of another tenant of this mock, which is told when the name is entered, before a credential; at Entra also a personal account, and after the sign-in at home.",
        "User account '{upn}' from identity provider '{idp}' does not exist in tenant '{tenant}' and cannot access the application '{appid}'({app}) in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Microsoft Entra user account.";
    90_072 "PassThroughUserMfaError" Page Ours, Armed,
        "An external account that the tenant lacks, so that no second factor counts; the home tenant logs it beside 50020.",
        "The external account '{upn}' does not exist in the tenant '{tenant}', so it cannot satisfy multifactor authentication there. The account must be added as an external user first.";
    16_000 "InteractionRequired" Page Entra, Armed,
        "As 50020.",
        "User account '{upn}' from identity provider '{idp}' does not exist in tenant '{tenant}' and cannot access the application '{appid}'({app}) in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Microsoft Entra user account.";
    16_001 "UserAccountSelectionInvalid" Page Ours, Armed,
        "The choice of an account's tile was rejected.",
        "The chosen account is not one that may be chosen here: choose another.";
    16_002 "AppSessionSelectionInvalid" Page Ours, Armed,
        "The session that the application asks for is not this one.",
        "The session that the application specified was not met.";
    160_021 "AppSessionSelectionInvalidSessionNotExist" Page Ours, Armed,
        "The session that the application asks for does not exist.",
        "The application requested a user session which does not exist.";
    16_003 "SsoUserAccountNotFoundInResourceTenant" Page Ours, Armed,
        "The user was not added to the tenant.",
        "The user '{upn}' has not been added to the tenant '{tenant}'.";
    51_004 "UserAccountNotInDirectory" Page Ours, Armed,
        "The user is missing in the directory.",
        "The user account '{upn}' does not exist in the directory '{tenant}'.";
    50_014 "GuestUserInPendingState" Page Ours, Armed,
        "A guest who has not redeemed the invitation.",
        "The guest '{upn}' has not redeemed the invitation to '{tenant}'.";
    50_177 "ExternalChallengeNotSupportedForPassthroughUsers" Page Ours, Armed,
        "A challenge of another provider for a user who only passes through.",
        "The external challenge is not supported for passthrough users.";
    50_178 "SessionControlNotSupportedForPassthroughUsers" Page Ours, Armed,
        "A session control for a user who only passes through.",
        "Session control is not supported for passthrough users.";
    SILENT = 50_058 "UserInformationNotProvided" Sp Entra, Scenario("requests/passive-without-session.toml"),
        "IsPassive without a usable session (3.6).",
        "A silent sign-in request was sent but no user is signed in. The cookies used to represent the user's session were not sent in the request to Azure AD. This can happen if the user is using Internet Explorer or Edge, and the web app sending the silent sign-in request is in different IE security zone than the Azure AD endpoint (login.microsoftonline.com).";
    50_072 "UserStrongAuthEnrollmentRequiredInterrupt" Interrupt Ours, Armed,
        "The user must enrol for a second factor.",
        "The user needs to enrol for second factor authentication.";
    50_074 "UserStrongAuthClientAuthNRequiredInterrupt" Interrupt Ours, Armed,
        "A second factor is required and was not passed; the mock asks for it (50076).",
        "Strong authentication is required and the user did not pass it.";
    SECOND_FACTOR = 50_076 "UserStrongAuthClientAuthNRequired" Interrupt Ours, OnTheWay("policy/mfa.toml"),
        "A policy or the user's own setting requires a second factor: the page \"Enter code\".",
        "Multifactor authentication is required by a policy, by a setting of the user or for a new location.";
    50_078 "UserStrongAuthExpired" Interrupt Ours, Armed,
        "The second factor is too old for a policy.",
        "The multifactor authentication that was presented has expired due to policies of your administrator: refresh it to use {app}.";
    50_079 "UserStrongAuthEnrollmentRequired" Interrupt Ours, Armed,
        "The user must register for a second factor, or the federated identity provider must tell of one.",
        "The user is required to use multifactor authentication, and has yet to register for it.";
    MFA_DENIED = 500_121 "" Inline Entra, Scenario("sign-in/mfa-code-wrong.toml"),
        "The second factor was refused or timed out (uncertain).",
        "Authentication failed during strong authentication request.";
    50_087 "SasRetryableError" Page Ours, Armed,
        "A passing fault of the second factor.",
        "A passing error has occurred during strong authentication: try again.";
    50_088 "" Page Listed, Armed,
        "Too many calls or messages for second factors.",
        "Limit on telecom MFA calls reached. Please try again in a few minutes.";
    FLOW_EXPIRED = 50_089 "" Page Listed, Test("a_form_cannot_be_posted_from_elsewhere"),
        "The sign-in page was left open too long, or is not this browser's.",
        "Authentication failed due to flow token expired.";
    50_132 "SsoArtifactInvalidOrExpired" Interrupt Ours, Armed,
        "The session ended when the password expired or was changed.",
        "The session is not valid any more: the password expired or was changed.";
    50_133 "SsoArtifactRevoked" Interrupt Ours, Armed,
        "The session was revoked after a change of the password.",
        "The session was revoked: the password expired or was changed.";
    50_143 "" Page Ours, Armed,
        "The session's tenant is not that of the domain hint.",
        "Session mismatch: the user's tenant does not match the domain hint.";
    50_173 "FreshTokenNeeded" Interrupt Ours, Armed,
        "The grant was revoked.",
        "The grant was revoked, and a new one is needed: sign in again.";
    50_196 "LoopDetected" Page Ours, Armed,
        "A client that sends the same request too often in too short a time.",
        "A client loop has been detected: the same request came too often in too short a time.";
    50_125 "PasswordResetRegistrationRequiredInterrupt" Interrupt Ours, Armed,
        "The user is asked to reset the password or to register for that.",
        "Sign-in was interrupted for a password reset or its registration.";
    50_140 "KmsiInterrupt" Interrupt Ours, OnTheWay("sign-in/stay-signed-in.toml"),
        "The page \"Stay signed in?\" was shown.",
        "The user was asked whether to stay signed in.";
    50_199 "CmsiInterrupt" Interrupt Ours, Armed,
        "The user is asked whether this is the application meant.",
        "The user must confirm that {app} is the application to sign in to.";
    50_155 "DeviceAuthenticationFailed" Page Ours, Armed,
        "The device could not be authenticated.",
        "Device authentication failed for this user.";
    50_158 "ExternalSecurityChallenge" Interrupt Ours, Armed,
        "A challenge of another provider was not met.",
        "The external security challenge was not satisfied.";
    50_180 "WindowsIntegratedAuthMissing" Interrupt Ours, Armed,
        "Integrated Windows authentication is missing.",
        "Integrated Windows authentication is needed.";
    51_006 "ForceReauthDueToInsufficientAuth" Page Ours, Armed,
        "A session without integrated Windows authentication.",
        "Integrated Windows authentication is needed, and this session lacks it: sign in again.";
    80_001 "OnPremiseStoreIsNotAvailable" Inline Ours, Armed,
        "The pass-through agent does not reach Active Directory.",
        "The authentication agent cannot connect to Active Directory.";
    80_002 "OnPremisePasswordValidatorRequestTimedout" Inline Ours, Armed,
        "Active Directory does not answer the pass-through agent in time.",
        "The request to validate the password timed out.";
    80_005 "OnPremisePasswordValidatorUnpredictableWebException" Inline Ours, Armed,
        "The pass-through agent's answer makes no sense.",
        "An unknown error occurred in the answer of the authentication agent.";
    80_007 "OnPremisePasswordValidatorErrorOccurredOnPrem" Inline Ours, Armed,
        "The pass-through agent fails.",
        "The authentication agent cannot validate the user's password.";
    80_010 "OnPremisePasswordValidationEncryptionException" Inline Ours, Armed,
        "The pass-through agent cannot decrypt.",
        "The authentication agent cannot decrypt the password.";
    80_012 "OnPremisePasswordValidationAccountLogonInvalidHours" Inline Ours, Armed,
        "Outside the hours that Active Directory allows.",
        "The user tried to log on outside of the allowed hours.";
    80_013 "OnPremisePasswordValidationTimeSkew" Inline Ours, Armed,
        "The clocks of the pass-through agent and Active Directory differ.",
        "The authentication could not be completed: the clocks of the authentication agent and Active Directory differ.";
    80_014 "OnPremisePasswordValidationAuthenticationAgentTimeout" Inline Ours, Armed,
        "The pass-through agent answers too late.",
        "The answer to the validation request came after the longest time allowed.";
    81_004 "DesktopSsoIdentityInTicketIsNotAuthenticated" Interrupt Ours, Armed,
        "Seamless SSO: Kerberos failed.",
        "The attempt to authenticate by Kerberos failed.";
    81_005 "DesktopSsoAuthenticationPackageNotSupported" Interrupt Ours, Armed,
        "Seamless SSO: not Kerberos.",
        "The authentication package is not supported.";
    81_006 "DesktopSsoNoAuthorizationHeader" Interrupt Ours, Armed,
        "Seamless SSO: the browser sent no ticket.",
        "No authorisation header was found.";
    81_007 "DesktopSsoTenantIsNotOptIn" Interrupt Ours, Armed,
        "Seamless SSO is off for the tenant.",
        "The tenant '{tenant}' is not enabled for seamless single sign-on.";
    81_009 "DesktopSsoAuthorizationHeaderValueWithBadFormat" Interrupt Ours, Armed,
        "Seamless SSO: the ticket cannot be read.",
        "The user's Kerberos ticket cannot be validated.";
    81_010 "DesktopSsoAuthTokenInvalid" Interrupt Ours, Armed,
        "Seamless SSO: the ticket has expired or is invalid.",
        "Seamless single sign-on failed: the user's Kerberos ticket has expired or is invalid.";
    81_011 "DesktopSsoLookupUserBySidFailed" Interrupt Ours, Armed,
        "Seamless SSO: the ticket's user is not in the directory.",
        "No user was found for the Kerberos ticket.";
    81_012 "DesktopSsoMismatchBetweenTokenUpnAndChosenUpn" Interrupt Ours, Armed,
        "Seamless SSO: another user is signed in to the device.",
        "The user '{upn}' is not the one who is signed in to the device.";
}
