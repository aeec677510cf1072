//! The four personalities (contracts.md section 7) as data: what each guide's product is called, where it listens,
//! what it asks for, and how it behaves before anybody changes a setting.
//!
//! Identifiers and addresses that a guide does not state are ours: sipgate's customer number, Upwork's entity id, every path.

use control_api::sp::{LinkBy, RequestBinding, Settings};
use saml_model::names;

use crate::form::{Field, Role};

/// `user.country`; not among Entra's default claims.
const CLAIM_COUNTRY: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/country";

/// The largest clock skew that can be set: a day.
pub(crate) const SKEW_SECONDS_MAX: u32 = 24 * 60 * 60;

/// Allowed clock skew of a fresh personality, in seconds.
pub(crate) const DEFAULT_SKEW_SECONDS: u32 = 180;

/// The most accounts of a fresh personality, which are as many as are kept at all ([`crate::store::ROWS_MAX`]).
pub(crate) const ACCOUNTS_MAX: u32 = 10_000;

/// What a guide's product is and does.
#[derive(Debug)]
pub(crate) struct Personality {
    /// First path segment below the instance.
    pub(crate) id: &'static str,
    /// The product's name, on its pages.
    pub(crate) product: &'static str,
    /// Name of the enterprise application that belongs to it.
    pub(crate) app: &'static str,
    /// Path of the AssertionConsumerService below the personality.
    pub(crate) acs_path: &'static str,
    /// What its entity id is.
    pub(crate) entity_id: EntityId,
    /// A GET on the AssertionConsumerService starts sign-on.
    pub(crate) acs_starts_sign_on: bool,
    /// A fresh instance has B.Simon.
    pub(crate) seeded: bool,
    /// Where the account's fields come from.
    pub(crate) claims: ClaimNames,
    /// Just-in-time provisioning at the start.
    pub(crate) jit: bool,
    /// Accounts take the attributes of each sign-on at the start.
    pub(crate) update: bool,
    /// Attributes required at the start.
    pub(crate) required_attributes: &'static [&'static str],
    /// Unsolicited responses at the start.
    pub(crate) unsolicited: bool,
    /// Whether links go with their account at the start.
    pub(crate) delete_links_with_account: bool,
    /// The product's own error text, its last sentence a link to the log-in page.
    pub(crate) error_text: Option<(&'static str, &'static str)>,
    /// The labels that lead to the settings page in the product, one after the other.
    pub(crate) way: &'static [Step],
    /// What the button that saves the settings is called.
    pub(crate) save: &'static str,
    /// The names under which the settings page shows what the identity provider has to know.
    pub(crate) shown: &'static [(&'static str, Shown)],
    /// What the settings page asks for.
    pub(crate) fields: &'static [Field],
    /// What switches single sign-on on; `None`: saving does.
    pub(crate) toggle: Option<&'static str>,
}

/// One label on the way to the settings.
#[derive(Debug)]
pub(crate) struct Step {
    /// The heading under which it stands, if any.
    pub(crate) under: Option<&'static str>,
    /// The label.
    pub(crate) label: &'static str,
}

const fn step(label: &'static str) -> Step {
    Step { under: None, label }
}

/// The rule for an entity id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntityId {
    /// The address of the personality's own metadata.
    Metadata,
    /// The address of its AssertionConsumerService.
    Acs,
    /// Always this.
    Fixed(&'static str),
}

/// What a settings page shows for copying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Entity id.
    EntityId,
    /// AssertionConsumerService URL.
    Acs,
    /// Address of the own metadata, as a link.
    Metadata,
    /// SingleLogoutService URL.
    Logout,
}

/// The attribute `Name`s from which an account is filled: of each field's, the first that says something counts.
#[derive(Debug)]
pub(crate) struct ClaimNames {
    /// User name.
    pub(crate) user_name: &'static [&'static str],
    /// Mail.
    pub(crate) mail: &'static [&'static str],
    /// First name.
    pub(crate) first_name: &'static [&'static str],
    /// Last name.
    pub(crate) last_name: &'static [&'static str],
    /// Country.
    pub(crate) country: &'static [&'static str],
}

impl ClaimNames {
    /// What may stand in for the product's own attribute `name`, itself first; `None` where it fills no field.
    #[must_use]
    pub(crate) fn instead_of(&self, name: &str) -> Option<&'static [&'static str]> {
        [
            self.user_name,
            self.mail,
            self.first_name,
            self.last_name,
            self.country,
        ]
        .into_iter()
        .find(|names| names.first() == Some(&name))
    }
}

const DEFAULT_CLAIMS: ClaimNames = ClaimNames {
    user_name: &[names::CLAIM_NAME],
    mail: &[names::CLAIM_EMAIL_ADDRESS],
    first_name: &[names::CLAIM_GIVEN_NAME],
    last_name: &[names::CLAIM_SURNAME],
    country: &[CLAIM_COUNTRY],
};

/// Every personality, in the order of [`control_api::sp::PERSONALITIES`].
pub(crate) static PERSONALITIES: [Personality; 4] = [
    Personality {
        id: "upsales",
        product: "Upsales",
        app: "Upsales",
        acs_path: "acs",
        entity_id: EntityId::Metadata,
        acs_starts_sign_on: false,
        seeded: true,
        claims: DEFAULT_CLAIMS,
        jit: false,
        update: false,
        required_attributes: &[],
        unsolicited: true,
        delete_links_with_account: true,
        error_text: None,
        way: &[
            step("Settings"),
            step("Account"),
            step("Security"),
            step("Single sign-on"),
        ],
        save: "Save",
        shown: &[
            ("Metadata file", Shown::Metadata),
            ("Entity ID", Shown::EntityId),
            ("Reply URL (ACS)", Shown::Acs),
        ],
        fields: &[
            Field {
                name: "log_in_url",
                label: "Log in URL",
                hint: "The App Federation Metadata URL, or the Login URL of the application.",
                role: Role::LogInOrMetadataUrl,
            },
            Field {
                name: "certificate",
                label: "Add certificate",
                hint: "The text of the PEM certificate, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.",
                role: Role::Certificate { takes_file: false },
            },
        ],
        toggle: Some("Activate single sign-on"),
    },
    Personality {
        id: "upwork",
        product: "Upwork Enterprise",
        app: "Upwork Enterprise",
        acs_path: "acs",
        entity_id: EntityId::Fixed("https://www.upwork.com/saml"),
        acs_starts_sign_on: false,
        seeded: false,
        // The guide's attributes; a tenant that sends only some of them still sends Entra's default claims
        // (contracts.md section 4).
        claims: ClaimNames {
            user_name: &[names::CLAIM_NAME],
            mail: &["Email", names::CLAIM_EMAIL_ADDRESS],
            first_name: &["FirstName", names::CLAIM_GIVEN_NAME],
            last_name: &["LastName", names::CLAIM_SURNAME],
            country: &["Country"],
        },
        jit: true,
        update: true,
        required_attributes: &["FirstName", "LastName", "Email"],
        unsolicited: true,
        delete_links_with_account: true,
        error_text: None,
        way: &[step("Upwork Enterprise support team")],
        save: "Send",
        shown: &[
            ("Identifier (Entity ID)", Shown::EntityId),
            ("Reply URL", Shown::Acs),
        ],
        fields: &[Field {
            name: "metadata",
            label: "Federation Metadata XML",
            hint: "The file that was downloaded from the application's SAML Certificates card, uploaded or pasted. The URLs are in it: nothing else has to be sent.",
            role: Role::MetadataXml,
        }],
        toggle: None,
    },
    Personality {
        id: "iomete",
        product: "IOMETE",
        app: "IOMETE",
        acs_path: "acs",
        entity_id: EntityId::Acs,
        acs_starts_sign_on: true,
        seeded: true,
        claims: DEFAULT_CLAIMS,
        jit: false,
        update: false,
        required_attributes: &[],
        unsolicited: false,
        delete_links_with_account: true,
        error_text: None,
        way: &[
            step("Settings"),
            Step {
                under: Some("IAM"),
                label: "Single Sign-On",
            },
            step("SAML 2.0"),
        ],
        save: "Save",
        shown: &[("IOMETE Redirect URL", Shown::Acs)],
        fields: &[
            Field {
                name: "entity_id",
                label: "Entity ID",
                hint: "The Microsoft Entra Identifier: who issues the assertions.",
                role: Role::Issuer,
            },
            Field {
                name: "sso_url",
                label: "Single Sign-On URL",
                hint: "The Login URL of the application.",
                role: Role::SsoUrl,
            },
            Field {
                name: "certificate",
                label: "X.509 Certificate",
                hint: "The certificate (.cer or PEM) or the Federation Metadata XML, uploaded or pasted.",
                role: Role::Certificate { takes_file: true },
            },
        ],
        toggle: Some("Enable SAML SSO"),
    },
    Personality {
        id: "sipgate",
        product: "sipgate",
        app: "sipgate",
        acs_path: "sipgate-sso-1234567/acs",
        entity_id: EntityId::Metadata,
        acs_starts_sign_on: false,
        seeded: true,
        claims: DEFAULT_CLAIMS,
        jit: false,
        update: false,
        required_attributes: &[],
        unsolicited: true,
        delete_links_with_account: false,
        error_text: Some(("An error has occurred. Please try again.", "Back to login.")),
        way: &[step("Account settings"), step("SSO")],
        save: "Save",
        shown: &[("Entity-Id", Shown::EntityId), ("ACS URL", Shown::Acs)],
        fields: &[
            Field {
                name: "sso_url",
                label: "SSO URL",
                hint: "The Login URL of the application.",
                role: Role::SsoUrl,
            },
            Field {
                name: "entity_id",
                label: "Entity ID",
                hint: "The Azure AD identifier, today called Microsoft Entra Identifier.",
                role: Role::Issuer,
            },
            Field {
                name: "certificate",
                label: "Certificate",
                hint: "The text of the Certificate (Base64) download.",
                role: Role::Certificate { takes_file: false },
            },
        ],
        toggle: Some("Activate SSO login"),
    },
];

impl Personality {
    /// The page behind the label at `place` of [`Personality::way`], below the personality: a menu, at the end the settings.
    #[must_use]
    pub(crate) fn way_page(&self, place: usize) -> String {
        if place + 1 < self.way.len() {
            format!("menu/{}", place + 1)
        } else {
            "settings".to_owned()
        }
    }

    /// The personality with this id.
    #[must_use]
    pub(crate) fn find(id: &str) -> Option<&'static Self> {
        PERSONALITIES.iter().find(|personality| personality.id == id)
    }

    /// The settings of a fresh instance.
    #[must_use]
    pub(crate) fn default_settings(&self) -> Settings {
        Settings {
            jit: self.jit,
            update: self.update,
            required_attributes: self
                .required_attributes
                .iter()
                .map(|&name| name.to_owned())
                .collect(),
            link_by: LinkBy::NameId,
            unsolicited: self.unsolicited,
            skew_seconds: DEFAULT_SKEW_SECONDS,
            sha1: false,
            delete_links_with_account: self.delete_links_with_account,
            sign_requests: false,
            request_binding: RequestBinding::Redirect,
            require_encryption: false,
            force_authn: false,
            members_only: false,
            domains: Vec::new(),
            accounts_max: ACCOUNTS_MAX,
            certificate: true,
            metadata_signed: false,
            authn_context: Vec::new(),
        }
    }
}

/// The addresses of a personality in one instance. They come from the configured base URL, never from a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Addresses {
    /// Entity id.
    pub(crate) entity_id: String,
    /// AssertionConsumerService URL.
    pub(crate) acs: String,
    /// `{base}/{instance}/{personality}`, which is the landing page too.
    pub(crate) base: String,
    /// The landing page's path alone.
    pub(crate) path: String,
}

impl Addresses {
    /// The addresses of `personality` in `instance` on `base_url`, which has no trailing slash.
    #[must_use]
    pub(crate) fn new(base_url: &str, instance: &str, personality: &Personality) -> Self {
        let path = format!("/{instance}/{}", personality.id);
        let base = format!("{base_url}{path}");
        let acs = format!("{base}/{}", personality.acs_path);
        let entity_id = match personality.entity_id {
            EntityId::Metadata => format!("{base}/metadata"),
            EntityId::Acs => acs.clone(),
            EntityId::Fixed(id) => id.to_owned(),
        };
        Self {
            entity_id,
            acs,
            base,
            path,
        }
    }

    /// The address of a page of the personality, such as `login`.
    #[must_use]
    pub(crate) fn page(&self, name: &str) -> String {
        format!("{}/{name}", self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_those_of_the_control_api() {
        let ours: Vec<_> = PERSONALITIES.iter().map(|it| (it.id, it.app)).collect();
        assert_eq!(ours, control_api::sp::PERSONALITIES);
    }

    /// The table of the guides' applications, as tenants are made from it.
    #[test]
    fn addresses_are_where_the_tenants_expect_them() {
        for (id, entity_id, acs) in [
            (
                "upsales",
                "http://sp/i/upsales/metadata",
                "http://sp/i/upsales/acs",
            ),
            ("upwork", "https://www.upwork.com/saml", "http://sp/i/upwork/acs"),
            ("iomete", "http://sp/i/iomete/acs", "http://sp/i/iomete/acs"),
            (
                "sipgate",
                "http://sp/i/sipgate/metadata",
                "http://sp/i/sipgate/sipgate-sso-1234567/acs",
            ),
        ] {
            let addresses = Addresses::new("http://sp", "i", Personality::find(id).unwrap());
            assert_eq!(
                (addresses.entity_id.as_str(), addresses.acs.as_str()),
                (entity_id, acs)
            );
        }
    }
}
