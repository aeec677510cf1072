//! A sign-on with all that the assertion will say about the user.

use std::sync::Arc;

use certs::Certificate;
use saml_model::{Attribute, NameId};
use uuid::Uuid;

use super::signed::{FaultContext, ResponseError, ResponseIds, SignedResponse};
use super::{AuthenticatedSignIn, AuthorizedSignIn};
use crate::claims::{self, Subject};
use crate::errors::{self, Stop};
use crate::name_id;
use crate::tenant::certificates::AppCertificate;

/// NameID, attributes, the certificate that will sign, and the one that the assertion will be encrypted to.
#[derive(Debug)]
pub(crate) struct IssuedClaims {
    pub(super) sign_in: AuthenticatedSignIn,
    pub(super) name_id: NameId,
    pub(super) attributes: Vec<Attribute>,
    pub(super) certificate: Arc<AppCertificate>,
    pub(super) encryption: Option<Certificate>,
}

impl IssuedClaims {
    pub(super) fn new(authorized: AuthorizedSignIn, random: Uuid) -> Result<Self, Stop> {
        let AuthorizedSignIn { sign_in, roles } = authorized;
        let (tenant, user, app) = (&sign_in.view.tenant, sign_in.user(), sign_in.app());
        let certificate = app
            .signing_certificate(sign_in.view.now)
            .cloned()
            .ok_or_else(|| Stop::new(errors::NO_SIGNING_KEY, &[]))?;
        let encryption = app.encryption_certificate().cloned();
        // Whether Entra looks for this certificate before or after the user's claims is not known (uncertain).
        if encryption.is_none() && app.entry.token_encryption.required {
            return Err(Stop::new(errors::NO_ENCRYPTION_CERTIFICATE, &[]));
        }
        let request = &sign_in.request;
        let qualifier = request.sp_name_qualifier.as_deref();
        let subject = Subject::new(tenant, user, app, &roles);
        let name_id = name_id::name_id(&subject, request.format, qualifier, random)?;
        let attributes = claims::attributes(&subject, &sign_in.factors.methods());
        Ok(Self {
            name_id,
            attributes,
            certificate,
            encryption,
            sign_in,
        })
    }

    /// The application's id.
    pub(crate) fn app(&self) -> Uuid {
        self.sign_in.app().id
    }

    /// Writes and signs the response, as it should be or with faults.
    ///
    /// # Errors
    /// See [`ResponseError`].
    pub(crate) fn respond(
        self,
        ids: &ResponseIds,
        faults: &FaultContext<'_>,
    ) -> Result<SignedResponse, ResponseError> {
        SignedResponse::new(self, ids, faults)
    }
}
