//! Federation metadata (entra-behaviour.md 1).

use certs::KeyedCertificate;
use control_api::idp::FaultSpec;
use saml_emit::{EntraMetadata, Signing};
use saml_model::metadata::{Endpoint, IdpMetadata};
use saml_model::{SignatureAlgorithm, names};
use uuid::Uuid;

use crate::addresses::Addresses;
use crate::faults::{self, DocumentInputs, Publication};
use crate::sign_on::ResponseError;
use crate::tenant::App;
use crate::tenant::certificates::{self, AppCertificate, ListedCertificate, Vault};
use crate::tenant::slot::View;

/// Entra serves a UTF-8 byte order mark in front.
pub(crate) const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The signed document of one application with the certificates that are published ([`Slot::published`]), all of them,
/// or of the tenant with its own key.
///
/// [`Slot::published`]: crate::tenant::slot::Slot::published
///
/// `id` is the document's random id. An application without any certificate gets an unsigned document.
///
/// # Errors
/// What making a certificate or writing gives.
pub(crate) fn document(
    view: &View,
    app: Option<(&App, &[ListedCertificate])>,
    addresses: &Addresses,
    id: Uuid,
) -> Result<String, ResponseError> {
    let (metadata, signer) = made(view, app, addresses, id)?;
    let signer = signer.map(AppCertificate::keyed).transpose()?;
    Ok(with_mark(&write(&metadata, signer)?))
}

/// As [`document`], with what faults change of it, and of the answer that carries it. The second value is the random id that
/// a fault may draw on.
///
/// # Errors
/// As [`document`], and what does not fit the document.
pub(crate) fn faulted(
    view: &View,
    app: Option<(&App, &[ListedCertificate])>,
    addresses: &Addresses,
    (id, stranger): (Uuid, Uuid),
    faults: &[FaultSpec],
    vault: &Vault,
) -> Result<Publication, ResponseError> {
    let (metadata, signer) = made(view, app, addresses, id)?;
    let inputs = DocumentInputs {
        now: view.now,
        stranger,
        own: signer.map(AppCertificate::keyed).transpose()?,
        vault,
    };
    Ok(faults::find_all(faults)?.published(&write(&metadata, None)?, &inputs)?)
}

/// The document's value, and whose key signs it.
fn made<'v>(
    view: &'v View,
    app: Option<(&App, &'v [ListedCertificate])>,
    addresses: &Addresses,
    id: Uuid,
) -> Result<(EntraMetadata, Option<&'v AppCertificate>), ResponseError> {
    let tenant = &view.tenant;
    let (certificates, signer): (Vec<&AppCertificate>, _) = match app {
        None => (vec![&tenant.certificate], Some(&*tenant.certificate)),
        Some((_, published)) => {
            let certificates: Vec<_> = published.iter().map(|listed| &*listed.certificate).collect();
            let active = certificates::signer(published, view.now).map(|active| &**active);
            let signer = active.or(certificates.first().copied());
            (certificates, signer)
        }
    };
    let ders = certificates
        .into_iter()
        .map(|certificate| Ok(certificate.keyed()?.certificate.der().to_vec()))
        .collect::<Result<_, ResponseError>>()?;
    let issuer = app.map_or_else(|| tenant.issuer(), |(app, _)| app.issuer(tenant));
    let metadata = EntraMetadata {
        id: format!("_{id}"),
        idp: idp(issuer.clone(), ders, &addresses.login(tenant.id)),
        passive_endpoint: addresses.ws_federation(tenant.id),
        target_scope: issuer,
    };
    Ok((metadata, signer))
}

fn with_mark(xml: &str) -> String {
    format!("{BYTE_ORDER_MARK}{xml}")
}

/// The tenant-independent document: what would name a tenant holds the literal `{tenant}`, and the endpoints are those of
/// `common`, as its addresses say. The key is of no tenant.
///
/// # Errors
/// What writing gives.
pub(crate) fn independent(
    certificate: &KeyedCertificate,
    addresses: &Addresses,
    id: Uuid,
) -> Result<String, ResponseError> {
    let issuer = "https://sts.windows.net/{tenant}/".to_owned();
    let ders = vec![certificate.certificate.der().to_vec()];
    let metadata = EntraMetadata {
        id: format!("_{id}"),
        idp: idp(issuer.clone(), ders, &addresses.common("saml2")),
        passive_endpoint: addresses.common("wsfed"),
        target_scope: issuer,
    };
    Ok(with_mark(&write(&metadata, Some(certificate))?))
}

fn write(metadata: &EntraMetadata, signer: Option<&KeyedCertificate>) -> Result<String, ResponseError> {
    let Some(keyed) = signer else {
        return Ok(saml_emit::idp_metadata(metadata, None)?);
    };
    let signing = Signing {
        algorithm: SignatureAlgorithm::RsaSha256,
        key: keyed.key.private(),
        certificate_der: keyed.certificate.der(),
    };
    Ok(saml_emit::idp_metadata(metadata, Some(&signing))?)
}

fn idp(entity_id: String, signing_certificates: Vec<Vec<u8>>, login: &str) -> IdpMetadata {
    let endpoint = |binding: &str| Endpoint {
        binding: binding.to_owned(),
        location: login.to_owned(),
    };
    IdpMetadata {
        entity_id,
        signing_certificates,
        single_sign_on_services: vec![
            endpoint(names::BINDING_HTTP_REDIRECT),
            endpoint(names::BINDING_HTTP_POST),
        ],
        single_logout_services: vec![endpoint(names::BINDING_HTTP_REDIRECT)],
    }
}
