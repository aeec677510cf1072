//! The mock's own addresses (contracts.md section 6, entra-behaviour.md 1).

use control_api::idp::CertificateForm;
use control_api::percent_encoded;
use uuid::Uuid;

/// The path of federation metadata below a tenant, in lower case; it is served in any case.
pub(crate) const METADATA_PATH: &str = "federationmetadata/2007-06/federationmetadata.xml";

/// Where this mock is reached.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    base: String,
    internal: Option<String>,
}

impl Addresses {
    /// From the base URLs, with or without trailing slashes.
    pub(crate) fn new(base: &str, internal: Option<&str>) -> Self {
        Self {
            base: base.trim_end_matches('/').to_owned(),
            internal: internal.map(|url| url.trim_end_matches('/').to_owned()),
        }
    }

    /// The base URL as browsers see it.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Whether browsers come by https.
    pub(crate) fn is_https(&self) -> bool {
        self.base
            .get(..6)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:"))
    }

    /// Login URL, which is the Logout URL too.
    pub(crate) fn login(&self, tenant: Uuid) -> String {
        format!("{}/{tenant}/saml2", self.base)
    }

    /// The WS-Federation address, which stands in the metadata; nothing is served there.
    pub(crate) fn ws_federation(&self, tenant: Uuid) -> String {
        format!("{}/{tenant}/wsfed", self.base)
    }

    /// An endpoint without a tenant.
    pub(crate) fn common(&self, endpoint: &str) -> String {
        format!("{}/common/{endpoint}", self.base)
    }

    /// Federation metadata of the tenant, or of one application.
    pub(crate) fn metadata(&self, tenant: Uuid, app: Option<Uuid>) -> String {
        let address = format!("{}/{tenant}/{METADATA_PATH}", self.base);
        app.map_or(address.clone(), |app| format!("{address}?appid={app}"))
    }

    /// User access URL: a GET does what the tile does.
    pub(crate) fn launch(&self, tenant: Uuid, app: Uuid) -> String {
        format!("{}/api/signin/{app}?tenantId={tenant}", self.base)
    }

    /// My Apps.
    pub(crate) fn my_apps(&self, tenant: Uuid) -> String {
        format!("{}/myapps/{tenant}", self.base)
    }

    /// The admin center.
    pub(crate) fn portal(&self, tenant: Uuid) -> String {
        format!("{}/portal/{tenant}", self.base)
    }

    /// What an application's assertion would say about a user.
    pub(crate) fn claims(&self, tenant: Uuid, app: Uuid) -> String {
        format!("{}/portal/{tenant}/apps/{app}/claims-test", self.base)
    }

    /// The page of the mails that Entra would have sent.
    pub(crate) fn mails(&self, tenant: Uuid) -> String {
        format!("{}/portal/{tenant}/mails", self.base)
    }

    /// A certificate's download, over the control API; a name may be anything.
    pub(crate) fn download(
        &self,
        tenant: Uuid,
        app: Uuid,
        certificate: &str,
        form: CertificateForm,
    ) -> String {
        let (base, certificate) = (&self.base, percent_encoded(certificate));
        let form = form.word();
        format!("{base}/_entrant/v1/tenants/{tenant}/apps/{app}/certificates/{certificate}/{form}")
    }

    /// What `Destination` of a request may be (contracts.md section 4): the sign-on endpoint under the public and
    /// the internal address, the tenant written as it was asked for, by id, or by one of its domains.
    pub(crate) fn destinations<'d>(
        &self,
        tenant: Uuid,
        domains: impl Iterator<Item = &'d str> + Clone,
        service_principal: Option<Uuid>,
    ) -> Vec<String> {
        let tenants = || std::iter::once(tenant.to_string()).chain(domains.clone().map(str::to_owned));
        let bases = std::iter::once(&self.base).chain(&self.internal);
        bases
            .flat_map(|base| {
                tenants().flat_map(move |tenant| {
                    let plain = format!("{base}/{tenant}/saml2");
                    let own = service_principal.map(|id| format!("{plain}/{id}"));
                    std::iter::once(plain).chain(own)
                })
            })
            .collect()
    }

    /// The addresses that a wrong `Destination` is told to use: by id alone.
    pub(crate) fn expected_destinations(&self, tenant: Uuid) -> Vec<String> {
        self.destinations(tenant, std::iter::empty(), None)
    }
}
