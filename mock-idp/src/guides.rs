//! The four set-up guides as data: what here stands for each address that a guide names, and which value goes where at the
//! product.
//!
//! `{sp}` is the reference service provider's instance, as in a tenant file (contracts.md 4, 6 and 7).

use control_api::idp::CertificateForm;

/// What one guide needs.
#[derive(Debug)]
pub(crate) struct Guide {
    /// The gallery entry.
    pub(crate) template: &'static str,
    /// The product's name.
    pub(crate) product: &'static str,
    /// Where its settings are, in its own words.
    pub(crate) place: &'static str,
    /// The path of the settings.
    pub(crate) settings: &'static str,
    /// Words of the guide, each with what to use instead.
    pub(crate) replaced: &'static [(&'static str, Instead)],
    /// Fields of the product, each with the value that goes in.
    pub(crate) fields: &'static [(&'static str, Given)],
    /// Fields here, each with what the product calls the value and the address that it is.
    pub(crate) taken: &'static [(&'static str, &'static str, &'static str)],
    /// What people stumble over.
    pub(crate) notes: &'static [&'static str],
}

/// What to use instead of a guide's words.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Instead {
    /// The admin center of the tenant.
    AdminCenter,
    /// My Apps.
    MyApps,
    /// An address of the service provider.
    Sp(&'static str),
    /// The account of an administrator.
    Administrator,
    /// The user of the guides.
    TestUser,
    /// The mail address under which the product knows that user.
    TestMail,
    /// No address: a sentence.
    Sentence(&'static str),
}

/// A value of the application, for the product.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Given {
    /// "Login URL".
    Login,
    /// "Microsoft Entra Identifier".
    Issuer,
    /// "Logout URL".
    Logout,
    /// "App Federation Metadata Url".
    MetadataUrl,
    /// A file, and what to do with it.
    File(CertificateForm, &'static str),
}

impl Given {
    /// What the admin center calls it.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Login => "Login URL",
            Self::Issuer => "Microsoft Entra Identifier",
            Self::Logout => "Logout URL",
            Self::MetadataUrl => "App Federation Metadata Url",
            Self::File(form, _) => form.label(),
        }
    }
}

/// Pasted as text.
const AS_TEXT: &str = "Open the file in a text editor and paste all of it, the BEGIN and END lines too.";

/// Every guide, in the order of the gallery.
pub(crate) const GUIDES: &[Guide] = &[
    Guide {
        template: "iomete",
        product: "IOMETE",
        place: "Settings > Single Sign-On under IAM > SAML 2.0",
        settings: "{sp}/iomete/settings",
        replaced: &[
            ("Microsoft Entra admin center", Instead::AdminCenter),
            ("a Cloud Application Administrator", Instead::Administrator),
            ("the IOMETE console", Instead::Sp("{sp}/iomete")),
            (
                "Settings > Single Sign-On under IAM",
                Instead::Sp("{sp}/iomete/settings"),
            ),
            ("a user of IOMETE", Instead::TestUser),
            ("the user's mail in IOMETE", Instead::TestMail),
            (
                "the Microsoft Entra login page",
                Instead::Sentence("the sign-in page of this mock"),
            ),
        ],
        fields: &[
            ("Entity ID", Given::Issuer),
            ("Single Sign-On URL", Given::Login),
            (
                "X.509 Certificate",
                Given::File(CertificateForm::Metadata, "Upload the file as it is."),
            ),
        ],
        taken: &[
            ("Identifier (Entity ID)", "IOMETE Redirect URL", "{sp}/iomete/acs"),
            (
                "Reply URL (Assertion Consumer Service URL)",
                "IOMETE Redirect URL",
                "{sp}/iomete/acs",
            ),
            ("Sign on URL", "IOMETE Redirect URL", "{sp}/iomete/acs"),
        ],
        notes: &[
            "Entity ID wants the Microsoft Entra Identifier: who issues the assertions. IOMETE's own guide has everybody paste the Identifier (Entity ID), which is IOMETE's name for itself.",
            "Set the Unique User Identifier (Name ID) to user.mail: IOMETE finds its users by their mail.",
        ],
    },
    Guide {
        template: "sipgate",
        product: "sipgate",
        place: "Account settings > SSO",
        settings: "{sp}/sipgate/settings",
        replaced: &[
            ("your Microsoft account", Instead::AdminCenter),
            ("the Entra Admin Center", Instead::AdminCenter),
            ("an admin", Instead::Administrator),
            ("your sipgate account", Instead::Sp("{sp}/sipgate")),
            ("the SSO area in sipgate", Instead::Sp("{sp}/sipgate/settings")),
            ("sipgate.de", Instead::Sp("{sp}/sipgate")),
            ("sipgate Support", Instead::Sp("{sp}/sipgate/accounts")),
            ("our ACS URL", Instead::Sp("{sp}/sipgate/sipgate-sso-1234567/acs")),
            ("a sipgate web user", Instead::TestUser),
        ],
        fields: &[
            ("SSO URL", Given::Login),
            ("Entity ID", Given::Issuer),
            ("Certificate", Given::File(CertificateForm::Base64, AS_TEXT)),
        ],
        taken: &[
            ("Identifier (Entity ID)", "Entity-Id", "{sp}/sipgate/metadata"),
            (
                "Reply URL (Assertion Consumer Service URL)",
                "ACS URL",
                "{sp}/sipgate/sipgate-sso-1234567/acs",
            ),
        ],
        notes: &[
            "A browser that opens the Login URL by itself meets AADSTS750054: start at sipgate, or with the tile.",
            "A web user that was deleted and made anew is refused until the old link to Microsoft is deleted too.",
        ],
    },
    Guide {
        template: "upsales",
        product: "Upsales",
        place: "Settings > Account > Security > Single sign-on",
        settings: "{sp}/upsales/settings",
        replaced: &[
            (
                "Activate Enterprise Security",
                Instead::Sentence("nothing to do: it is active here"),
            ),
            ("portal.azure.com", Instead::AdminCenter),
            ("your administrator account", Instead::Administrator),
            ("Upsales", Instead::Sp("{sp}/upsales")),
            (
                "Settings \u{2192} Account \u{2192} Security \u{2192} Single sign-on",
                Instead::Sp("{sp}/upsales/settings"),
            ),
            ("a user of Upsales", Instead::TestUser),
            ("the user's mail in Upsales", Instead::TestMail),
        ],
        fields: &[
            ("Log in URL", Given::MetadataUrl),
            ("Add certificate", Given::File(CertificateForm::Pem, AS_TEXT)),
        ],
        taken: &[("Upload metadata file", "Metadata file", "{sp}/upsales/metadata")],
        notes: &[
            "Log in URL takes the Login URL as well.",
            "Set the Unique User Identifier (Name ID) to user.mail: Upsales finds its users by their mail.",
        ],
    },
    Guide {
        template: "upwork-enterprise",
        product: "Upwork Enterprise",
        place: "what is sent to the Upwork Enterprise support team",
        settings: "{sp}/upwork/settings",
        replaced: &[
            ("https://entra.microsoft.com", Instead::AdminCenter),
            (
                "at least a Cloud Application Administrator",
                Instead::Administrator,
            ),
            (
                "Enterprise App Configuration Wizard",
                Instead::Sentence("not there: the steps beside it do the same"),
            ),
            (
                "https://www.upwork.com/ab/account-security/login",
                Instead::Sp("{sp}/upwork/login"),
            ),
            (
                "https://support.upwork.com/hc/",
                Instead::Sp("{sp}/upwork/settings"),
            ),
            ("Microsoft My Apps", Instead::MyApps),
            ("B.Simon", Instead::TestUser),
            (
                "the details of B.Simon",
                Instead::Sentence("First name and Last name too: Upwork refuses whoever has none"),
            ),
        ],
        fields: &[
            (
                "Federation Metadata XML",
                Given::File(CertificateForm::Metadata, "Hand the file over as it is."),
            ),
            ("Login URL, where the support team asks for it", Given::Login),
            ("Microsoft Entra Identifier, likewise", Given::Issuer),
            ("Logout URL, likewise", Given::Logout),
        ],
        taken: &[(
            "Sign on URL",
            "Sign-on URL, for SP initiated mode",
            "{sp}/upwork/login",
        )],
        notes: &[
            "Identifier, Reply URL and claims are filled in beforehand: Basic SAML Configuration has to be saved once.",
            "The identifier is a fixed string: one instance of Upwork Enterprise per tenant.",
            "Nobody has to be created at Upwork: who signs in for the first time gets an account, and needs a First name and Last name for it here.",
        ],
    },
];

/// The guide of a gallery entry.
pub(crate) fn of_template(template: &str) -> Option<&'static Guide> {
    GUIDES.iter().find(|guide| guide.template == template)
}

/// An address of the service provider; `None` where it is not known where that is.
pub(crate) fn at_sp(address: &str, sp: Option<&str>) -> Option<String> {
    Some(address.replace("{sp}", sp?.trim_end_matches('/')))
}
