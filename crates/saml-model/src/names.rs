//! Every URI and fixed word of the protocol, in this one place.
//!
//! Both sides of a sign-on read these constants, so a slip here would be invisible to a round trip:
//! `tests/conformance` holds each against published schemas, vectors and foreign software.

/// The only version of the protocol (`Version`).
pub const VERSION: &str = "2.0";

// XML namespaces.

/// SAML protocol.
pub const NS_PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// SAML assertion.
pub const NS_ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// SAML metadata.
pub const NS_METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
/// XML Signature.
pub const NS_DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
/// XML Encryption 1.0.
pub const NS_XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
/// What XML Encryption 1.1 added.
pub const NS_XENC11: &str = "http://www.w3.org/2009/xmlenc11#";
/// WS-Federation, as Entra's metadata uses it.
pub const NS_FED: &str = "http://docs.oasis-open.org/wsfed/federation/200706";
/// WS-Federation authorization, `auth:ClaimType` in Entra's metadata.
pub const NS_FED_AUTH: &str = "http://docs.oasis-open.org/wsfed/authorization/200706";
/// WS-Addressing, `wsa:EndpointReference` in Entra's metadata.
pub const NS_WSA: &str = "http://www.w3.org/2005/08/addressing";
/// XML Schema instance.
pub const NS_XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// The `xml` prefix.
pub const NS_XML: &str = "http://www.w3.org/XML/1998/namespace";
/// The `xmlns` prefix.
pub const NS_XMLNS: &str = "http://www.w3.org/2000/xmlns/";

// Bindings.

/// HTTP-Redirect.
pub const BINDING_HTTP_REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
/// HTTP-POST.
pub const BINDING_HTTP_POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

// Status codes (saml-core 3.2.2.2).

/// Success.
pub const STATUS_SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
/// The requester is at fault.
pub const STATUS_REQUESTER: &str = "urn:oasis:names:tc:SAML:2.0:status:Requester";
/// The responder is at fault.
pub const STATUS_RESPONDER: &str = "urn:oasis:names:tc:SAML:2.0:status:Responder";
/// Second level: authentication failed.
pub const STATUS_AUTHN_FAILED: &str = "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed";
/// Second level: the request is not supported.
pub const STATUS_REQUEST_UNSUPPORTED: &str = "urn:oasis:names:tc:SAML:2.0:status:RequestUnsupported";
/// Second level: the user could not be authenticated without being asked.
pub const STATUS_NO_PASSIVE: &str = "urn:oasis:names:tc:SAML:2.0:status:NoPassive";
/// Second level: nobody is called as the request says.
pub const STATUS_UNKNOWN_PRINCIPAL: &str = "urn:oasis:names:tc:SAML:2.0:status:UnknownPrincipal";
/// Second level: not every participant of the session was signed out.
pub const STATUS_PARTIAL_LOGOUT: &str = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout";

// NameID formats (saml-core 8.3).

/// saml-core 8.3.6: the name is that of an entity, such as an identity provider.
pub const NAME_ID_ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
/// Persistent.
pub const NAME_ID_PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
/// Transient.
pub const NAME_ID_TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
/// Email address.
pub const NAME_ID_EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
/// Unspecified.
pub const NAME_ID_UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
/// Windows domain qualified name.
pub const NAME_ID_WINDOWS: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:WindowsDomainQualifiedName";

// Attribute name formats (saml-core 8.2).

/// Unspecified.
pub const ATTRIBUTE_NAME_UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified";
/// URI reference.
pub const ATTRIBUTE_NAME_URI: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri";
/// Basic.
pub const ATTRIBUTE_NAME_BASIC: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic";

/// Bearer subject confirmation (saml-profiles 3.3).
pub const CM_BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

// Authentication contexts (saml-authn-context 3.4; entra-behaviour.md 2.1).

/// Kerberos.
pub const AC_KERBEROS: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Kerberos";
/// Password.
pub const AC_PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";
/// Password over a protected transport.
pub const AC_PASSWORD_PROTECTED_TRANSPORT: &str =
    "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
/// A key of a PGP key ring.
pub const AC_PGP: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PGP";
/// A password proved without being sent (RFC 2945).
pub const AC_SECURE_REMOTE_PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:SecureRemotePassword";
/// A smart card.
pub const AC_SMARTCARD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard";
/// A smart card with a private key and a PIN.
pub const AC_SMARTCARD_PKI: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI";
/// A key of an SPKI.
pub const AC_SPKI: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:SPKI";
/// A client certificate of TLS.
pub const AC_TLS_CLIENT: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:TLSClient";
/// Unspecified.
pub const AC_UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified";
/// Integrated Windows authentication; Microsoft's name, not one of SAML.
pub const AC_WINDOWS: &str = "urn:federation:authentication:windows";
/// A key of an X.509 PKI.
pub const AC_X509: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:X509";
/// An XML signature.
pub const AC_XMLDSIG: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:XMLDSig";

// Algorithms (xmldsig-core, RFC 6931, RFC 9231, exc-c14n).

/// Exclusive canonicalisation without comments.
pub const C14N_EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// Exclusive canonicalisation with comments.
pub const C14N_EXCLUSIVE_WITH_COMMENTS: &str = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";
/// The enveloped signature transform.
pub const TRANSFORM_ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
/// RSA PKCS#1 v1.5 with SHA-1.
pub const SIG_RSA_SHA1: &str = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
/// RSA PKCS#1 v1.5 with SHA-256.
pub const SIG_RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
/// RSA PKCS#1 v1.5 with SHA-384.
pub const SIG_RSA_SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384";
/// RSA PKCS#1 v1.5 with SHA-512.
pub const SIG_RSA_SHA512: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512";
/// ECDSA with SHA-1.
pub const SIG_ECDSA_SHA1: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1";
/// ECDSA with SHA-256.
pub const SIG_ECDSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
/// ECDSA with SHA-384.
pub const SIG_ECDSA_SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384";
/// ECDSA with SHA-512.
pub const SIG_ECDSA_SHA512: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512";
/// SHA-1.
pub const DIGEST_SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
/// SHA-256.
pub const DIGEST_SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
/// SHA-384.
pub const DIGEST_SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#sha384";
/// SHA-512.
pub const DIGEST_SHA512: &str = "http://www.w3.org/2001/04/xmlenc#sha512";

// XML Encryption (xmlenc-core1).

/// The `Type` of encrypted data that is an element.
pub const XENC_TYPE_ELEMENT: &str = "http://www.w3.org/2001/04/xmlenc#Element";
/// The `Type` of what a `RetrievalMethod` points to: an `EncryptedKey`.
pub const XENC_TYPE_ENCRYPTED_KEY: &str = "http://www.w3.org/2001/04/xmlenc#EncryptedKey";
/// AES-128-CBC.
pub const ENC_AES128_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes128-cbc";
/// AES-256-CBC.
pub const ENC_AES256_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";
/// AES-128-GCM.
pub const ENC_AES128_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes128-gcm";
/// AES-256-GCM.
pub const ENC_AES256_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes256-gcm";
/// RSA PKCS#1 v1.5 for session keys.
pub const KEY_RSA_1_5: &str = "http://www.w3.org/2001/04/xmlenc#rsa-1_5";
/// RSA-OAEP with MGF1 with SHA-1.
pub const KEY_RSA_OAEP_MGF1P: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
/// RSA-OAEP with any mask generation function.
pub const KEY_RSA_OAEP: &str = "http://www.w3.org/2009/xmlenc11#rsa-oaep";
/// MGF1 with SHA-1.
pub const MGF1_SHA1: &str = "http://www.w3.org/2009/xmlenc11#mgf1sha1";
/// MGF1 with SHA-256.
pub const MGF1_SHA256: &str = "http://www.w3.org/2009/xmlenc11#mgf1sha256";
/// MGF1 with SHA-384.
pub const MGF1_SHA384: &str = "http://www.w3.org/2009/xmlenc11#mgf1sha384";
/// MGF1 with SHA-512.
pub const MGF1_SHA512: &str = "http://www.w3.org/2009/xmlenc11#mgf1sha512";

// Entra's claim names (entra-behaviour.md 3.2).

/// The tenant id.
pub const CLAIM_TENANT_ID: &str = "http://schemas.microsoft.com/identity/claims/tenantid";
/// The user's object id.
pub const CLAIM_OBJECT_ID: &str = "http://schemas.microsoft.com/identity/claims/objectidentifier";
/// user.displayname.
pub const CLAIM_DISPLAY_NAME: &str = "http://schemas.microsoft.com/identity/claims/displayname";
/// The identity provider that authenticated the user.
pub const CLAIM_IDENTITY_PROVIDER: &str = "http://schemas.microsoft.com/identity/claims/identityprovider";
/// The methods by which the user authenticated.
pub const CLAIM_AUTHN_METHODS: &str = "http://schemas.microsoft.com/claims/authnmethodsreferences";
/// App roles.
pub const CLAIM_ROLE: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role";
/// Groups.
pub const CLAIM_GROUPS: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups";
/// Where the groups are to be asked for, instead of too many of them.
pub const CLAIM_GROUPS_LINK: &str = "http://schemas.microsoft.com/claims/groups.link";
/// Directory roles, by the ids of their templates.
pub const CLAIM_WIDS: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/wids";
/// The user principal name, an optional claim.
pub const CLAIM_UPN: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn";
/// user.givenname, a default claim.
pub const CLAIM_GIVEN_NAME: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname";
/// user.surname, a default claim.
pub const CLAIM_SURNAME: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname";
/// user.mail, a default claim.
pub const CLAIM_EMAIL_ADDRESS: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";
/// user.userprincipalname, a default claim.
pub const CLAIM_NAME: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name";
/// The value of [`CLAIM_AUTHN_METHODS`] after a password.
pub const AUTHN_METHOD_PASSWORD: &str =
    "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password";
/// The value of [`CLAIM_AUTHN_METHODS`] after a certificate.
pub const AUTHN_METHOD_X509: &str =
    "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/x509";
/// The value of [`CLAIM_AUTHN_METHODS`] after integrated Windows authentication.
pub const AUTHN_METHOD_WINDOWS: &str =
    "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/windows";
/// The value of [`CLAIM_AUTHN_METHODS`] after more than one factor, beside that of the first.
pub const AUTHN_METHOD_MULTIPLE: &str = "http://schemas.microsoft.com/claims/multipleauthn";
