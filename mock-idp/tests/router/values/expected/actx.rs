//! The authentication context.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "actx-missing context",
        &["- Assertion/AuthnStatement/AuthnContext"],
    ),
    (
        "actx-missing class-ref",
        &[
            "- Assertion/AuthnStatement/AuthnContext/AuthnContextClassRef",
            "+ Assertion/AuthnStatement/AuthnContext=",
        ],
    ),
    (
        "actx-unspecified",
        &[
            "- Assertion/AuthnStatement/AuthnContext/AuthnContextClassRef=urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
            "+ Assertion/AuthnStatement/AuthnContext/AuthnContextClassRef=urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified",
        ],
    ),
    (
        "actx-unknown",
        &[
            "- Assertion/AuthnStatement/AuthnContext/AuthnContextClassRef=urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
            "+ Assertion/AuthnStatement/AuthnContext/AuthnContextClassRef=urn:example:ac:classes:unknown",
        ],
    ),
    (
        "actx-comment",
        &[
            "- Assertion/AuthnStatement/AuthnContext/AuthnContextClassRef=urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
            "+ Assertion/AuthnStatement/AuthnContext/AuthnContextClassRef has broken text",
        ],
    ),
    (
        "actx-attribute-only",
        &[
            "+ Assertion/AttributeStatement/[authnmethodsreferences]/AttributeValue#2=http://schemas.microsoft.com/claims/multipleauthn",
        ],
    ),
    (
        "actx-status-noauthncontext",
        &[
            "- Status/StatusCode@Value=urn:oasis:names:tc:SAML:2.0:status:Success",
            "- Assertion",
            "+ Status/StatusCode@Value=urn:oasis:names:tc:SAML:2.0:status:Responder",
            "+ Status/StatusCode/StatusCode@Value=urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext",
            "+ Status/StatusMessage=AADSTS75011: Authentication method by which the user authenticated with the service doesn't match requested authentication method.",
        ],
    ),
];
