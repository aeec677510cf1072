//! Assignment, consent, policy, sign-out (entra-behaviour.md 7.2).

use super::Appears::{Absent, Armed, Scenario};
use super::rows;

rows! {
    NOT_ASSIGNED = 50_105 "EntitlementGrantsNotFound" Page Entra, Scenario("sign-in/not-assigned.toml"),
        "The user is assigned neither directly nor by a direct group, and the application requires assignment.",
        "Your administrator has configured the application {app} ('{appid}') to block users unless they are specifically granted ('assigned') access to the application. The signed in user '{upn}' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator. Please contact your administrator to assign access to this application.";
    65_001 "DelegationDoesNotExist" Page Ours, Armed,
        "Neither the user nor an administrator has consented to the application.",
        "The user or administrator has not consented to use the application with ID '{appid}' named '{app}'.";
    65_004 "UserDeclinedConsent" Page Ours, Armed,
        "The user declined consent.",
        "The user declined to consent to access the app.";
    90_008 "TokenForItselfRequiresGraphPermission" Page Ours, Armed,
        "No consent; the application needs at least sign-in and read profile.",
        "The user or administrator has not consented to use the application, which needs at least the permission to sign in and read the user profile.";
    90_094 "AdminConsentRequired" Page Listed, Armed,
        "An administrator must consent.",
        "Administrator consent is required.";
    90_095 "AdminConsentRequiredRequestAccess" Page Ours, Armed,
        "An administrator must consent, and the user may ask for it.",
        "Administrator consent is required: ask an administrator for access to {app}.";
    90_099 "" Page Entra, Armed,
        "A partner's administrator uses an application that the tenant has not authorised.",
        "The application '{appid}' ({app}) has not been authorized in the tenant '{tenant}'.";
    DEVICE_NOT_COMPLIANT = 53_000 "DeviceNotCompliant" Page Listed, Scenario("policy/compliant-device.toml"),
        "Conditional Access wants a compliant device.",
        "Device is not in required device state: compliant. Conditional Access policy requires a compliant device, and the device is not compliant. The user must enroll their device with an approved MDM provider like Intune.";
    DEVICE_NOT_JOINED = 53_001 "DeviceNotDomainJoined" Page Listed, Scenario("policy/hybrid-joined-device.toml"),
        "Conditional Access wants a joined device.",
        "Device is not in required device state: domain_joined. Conditional Access policy requires a domain joined device, and the device is not domain joined.";
    APP_NOT_APPROVED = 53_002 "ApplicationUsedIsNotAnApprovedApp" Page Listed, Scenario("policy/approved-app.toml"),
        "Conditional Access wants an approved app.",
        "Application used is not an approved application for Conditional Access. The app used is not an approved app for Conditional Access. User needs to use one of the apps from the list of approved applications to use in order to get access.";
    BLOCKED = 53_003 "BlockedByConditionalAccess" Page Entra, Scenario("policy/block.toml"),
        "Conditional Access blocks.",
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.";
    530_032 "BlockedByConditionalAccessOnSecurityPolicy" Page Ours, Armed,
        "A security policy of the tenant blocks.",
        "A security policy of the tenant blocks this request.";
    530_034 "DelegatedAdminBlockedDueToSuspiciousActivity" Page Ours, Armed,
        "A delegated administrator is at risk in the home tenant.",
        "A delegated administrator was blocked from the tenant due to account risk in the home tenant.";
    530_035 "BlockedBySecurityDefaults" Page Ours, Armed,
        "Security defaults block.",
        "Access has been blocked by security defaults.";
    53_004 "ProofUpBlockedDueToRisk" Page Ours, Armed,
        "The user must register for a second factor, which a risk blocks.",
        "The user must register for multifactor authentication before using this content.";
    53_010 "ProofUpBlockedDueToSecurityInfoAcr" Page Ours, Armed,
        "The second factor may be registered in set places or on set devices alone.",
        "Multifactor authentication cannot be set up here: the organization asks for set locations or devices.";
    53_011 "" Page Listed, Armed,
        "The user is at risk in the home tenant.",
        "User blocked due to risk on home tenant.";
    50_005 "DevicePolicyError" Page Ours, Armed,
        "A platform that Conditional Access does not support.",
        "The device's platform is not supported through Conditional Access policy.";
    50_097 "DeviceAuthenticationRequired" Page Listed, Armed,
        "The device must authenticate.",
        "Device authentication is required.";
    50_127 "BrokerAppNotInstalled" Page Ours, Armed,
        "A broker app is missing.",
        "The user must install a broker app to use this content.";
    50_129 "DeviceIsNotWorkplaceJoined" Page Listed, Armed,
        "The device must be joined.",
        "Workplace join is required to register the device.";
    50_131 "ConditionalAccessFailed" Page Ours, Armed,
        "A bad state of the device, or suspicious activity.",
        "Conditional Access failed: a bad state of the device, suspicious activity, or a decision of a policy.";
    50_002 "NotAllowedTenant" Page Ours, Armed,
        "A proxy restricts the tenants.",
        "Sign-in failed: the proxy's access to the tenant is restricted.";
    500_021 "" Page Entra, Armed,
        "A proxy restricts the tenants.",
        "Access to '{tenant}' tenant is denied.";
    500_022 "" Page Entra, Armed,
        "A proxy restricts the tenants.",
        "Access to '{tenant}' tenant is denied.";
    500_212 "NotAllowedByOutboundPolicyTenant" Page Ours, Armed,
        "The home tenant's policy does not let the user out.",
        "The user's administrator has set an outbound access policy that does not allow access to the resource tenant.";
    500_213 "NotAllowedByInboundPolicyTenant" Page Ours, Armed,
        "The tenant's policy does not let the user in.",
        "The resource tenant's cross-tenant access policy does not allow this user to access this tenant.";
    500_208 "" Page Listed, Armed,
        "A domain of the other type of account, personal or work.",
        "The domain is not a valid login domain for the account type.";
    54_000 "MinorUserBlockedLegalAgeGroupRule" Page Ours, Armed,
        "A rule on the user's age.",
        "The rule on legal age groups blocks the user.";
    50_015 "ViralUserLegalAgeConsentRequiredState" Page Ours, Armed,
        "A rule on the user's age.",
        "The user requires legal age group consent.";
    90_025 "" Log Ours, Absent("Microsoft's list does not have it, and its words are known from memory alone"),
        "None is known (entra-behaviour.md 10).",
        "Request processing has exceeded gateway allowance.";
    50_061 "SignoutInvalidRequest" Page Listed, Armed,
        "A sign-out request that is invalid.",
        "Unable to complete sign out. The request was invalid.";
    50_068 "SignoutInitiatorNotParticipant" Page Listed, Armed,
        "A sign-out by an application that is no participant of the session.",
        "Sign out has failed. The app that initiated sign out isn't a participant in the current session.";
    50_070 "SignoutUnknownSessionIdentifier" Page Listed, Armed,
        "A sign-out whose NameID matches no session.",
        "Sign out has failed. The sign out request specified a name identifier that didn't match the existing session(s).";
    50_071 "SignoutMessageExpired" Page Listed, Armed,
        "A sign-out request that is too old.",
        "The logout request has expired.";
}
