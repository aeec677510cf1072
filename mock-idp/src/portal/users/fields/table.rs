//! Every property of a user, grouped as Entra groups them.

/// A group of properties.
pub(super) struct Section {
    pub(super) title: &'static str,
    /// Where Entra has them, if elsewhere.
    pub(super) note: &'static str,
    pub(super) properties: &'static [Property],
}

/// A property: its key in `[[user]]`, or in a table of it (`table.key`), and its label.
pub(super) struct Property {
    pub(super) key: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
    pub(super) kind: Kind,
    /// Whether Create new user asks for it.
    pub(super) is_new: bool,
}

/// What a property holds.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// A text of at most so many characters (Microsoft Graph, user resource, where it names a number).
    Text(usize),
    /// A text of at most so many characters without which there is no user.
    Required(usize),
    /// Texts, one a line.
    Lines,
    /// Directory schema extensions, one value a line.
    Extensions,
    /// A box to tick; the value is what an absent key means.
    Flag(bool),
    /// Yes, No, or nothing.
    Maybe,
    /// One of these words; the empty one is an absent key.
    Word(&'static [(&'static str, &'static str)]),
}

/// Characters of a line of a list, or of a text for which Graph names no number.
pub(super) const TEXT_CHARACTERS_MAX: usize = 1024;

const fn text(key: &'static str, label: &'static str, max: usize) -> Property {
    property(key, label, Kind::Text(max))
}

const fn property(key: &'static str, label: &'static str, kind: Kind) -> Property {
    Property {
        key,
        label,
        hint: "",
        kind,
        is_new: false,
    }
}

impl Property {
    /// Create new user asks for it, too.
    const fn new_too(mut self) -> Self {
        self.is_new = true;
        self
    }

    const fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }
}

/// "User type".
pub(super) const USER_TYPES: &[(&str, &str)] = &[("Member", "Member"), ("Guest", "Guest")];

const AUTHENTICATIONS: &[(&str, &str)] = &[
    ("", "By the home: a password, or a passcode"),
    ("password", "Password"),
    ("certificate", "Certificate"),
    ("windows-hello", "Windows Hello"),
    ("windows", "Integrated Windows authentication"),
    ("passcode", "One-time passcode"),
];

/// Every property but the user principal name, which a rename changes.
pub(super) const SECTIONS: &[Section] = &[
    Section {
        title: "Identity",
        note: "",
        properties: &[
            property("display_name", "Display name", Kind::Required(256)),
            text("given_name", "First name", 64).new_too(),
            text("surname", "Last name", 64).new_too(),
            property("user_type", "User type", Kind::Word(USER_TYPES)).new_too(),
            text("home", "Identities", TEXT_CHARACTERS_MAX)
                .hint("A guest's home identity provider: entra:TENANT-ID, microsoft, google or otp."),
            text("creation_type", "Creation type", TEXT_CHARACTERS_MAX),
            text("created_date_time", "Created date time", TEXT_CHARACTERS_MAX),
            text(
                "last_password_change_date_time",
                "Last password change date time",
                TEXT_CHARACTERS_MAX,
            ),
            text("preferred_language", "Preferred language", TEXT_CHARACTERS_MAX),
        ],
    },
    Section {
        title: "Job Information",
        note: "",
        properties: &[
            text("job_title", "Job title", 128).new_too(),
            text("company_name", "Company name", 64).new_too(),
            text("department", "Department", 64).new_too(),
            text("employee_id", "Employee ID", 16).new_too(),
            text("office_location", "Office location", 128).new_too(),
        ],
    },
    Section {
        title: "Contact Information",
        note: "",
        properties: &[
            text("street_address", "Street address", TEXT_CHARACTERS_MAX).new_too(),
            text("city", "City", 128).new_too(),
            text("state", "State or province", 128).new_too(),
            text("postal_code", "ZIP or postal code", 40).new_too(),
            text("country", "Country or region", 128).new_too(),
            text("telephone_number", "Business phone", 64).new_too(),
            text("mobile_phone", "Mobile phone", 64).new_too(),
            text("mail", "Email", 256).new_too(),
            property("other_mails", "Other emails", Kind::Lines)
                .hint("One a line.")
                .new_too(),
            property("proxy_addresses", "Proxy addresses", Kind::Lines)
                .hint("One a line, such as SMTP:b.simon@contoso.com."),
            text("fax_number", "Fax number", 64).new_too(),
            text("mail_nickname", "Mail nickname", 64).new_too(),
        ],
    },
    Section {
        title: "Parental Controls",
        note: "",
        properties: &[text(
            "consent_provided_for_minor",
            "Consent provided for minor",
            TEXT_CHARACTERS_MAX,
        )],
    },
    Section {
        title: "Settings",
        note: "",
        properties: &[
            property("account_enabled", "Account enabled", Kind::Flag(true)),
            text(
                "preferred_data_location",
                "Preferred data location",
                TEXT_CHARACTERS_MAX,
            ),
        ],
    },
    Section {
        title: "On-premises",
        note: "",
        properties: &[
            property(
                "on_premises_sync_enabled",
                "On-premises sync enabled",
                Kind::Maybe,
            ),
            text(
                "on_premises_immutable_id",
                "On-premises immutable ID",
                TEXT_CHARACTERS_MAX,
            ),
            text(
                "on_premises_sam_account_name",
                "On-premises SAM account name",
                TEXT_CHARACTERS_MAX,
            ),
            text(
                "on_premises_security_identifier",
                "On-premises security identifier",
                TEXT_CHARACTERS_MAX,
            ),
            text(
                "on_premises_user_principal_name",
                "On-premises user principal name",
                TEXT_CHARACTERS_MAX,
            ),
            text(
                "on_premises_domain_name",
                "On-premises domain name",
                TEXT_CHARACTERS_MAX,
            ),
            text(
                "on_premises_netbios_name",
                "On-premises NetBIOS name",
                TEXT_CHARACTERS_MAX,
            ),
        ],
    },
    Section {
        title: "Extension attributes",
        note: "Entra shows them within On-premises.",
        properties: &[
            extension(
                "extension_attributes.extensionattribute1",
                "Extension attribute 1",
            ),
            extension(
                "extension_attributes.extensionattribute2",
                "Extension attribute 2",
            ),
            extension(
                "extension_attributes.extensionattribute3",
                "Extension attribute 3",
            ),
            extension(
                "extension_attributes.extensionattribute4",
                "Extension attribute 4",
            ),
            extension(
                "extension_attributes.extensionattribute5",
                "Extension attribute 5",
            ),
            extension(
                "extension_attributes.extensionattribute6",
                "Extension attribute 6",
            ),
            extension(
                "extension_attributes.extensionattribute7",
                "Extension attribute 7",
            ),
            extension(
                "extension_attributes.extensionattribute8",
                "Extension attribute 8",
            ),
            extension(
                "extension_attributes.extensionattribute9",
                "Extension attribute 9",
            ),
            extension(
                "extension_attributes.extensionattribute10",
                "Extension attribute 10",
            ),
            extension(
                "extension_attributes.extensionattribute11",
                "Extension attribute 11",
            ),
            extension(
                "extension_attributes.extensionattribute12",
                "Extension attribute 12",
            ),
            extension(
                "extension_attributes.extensionattribute13",
                "Extension attribute 13",
            ),
            extension(
                "extension_attributes.extensionattribute14",
                "Extension attribute 14",
            ),
            extension(
                "extension_attributes.extensionattribute15",
                "Extension attribute 15",
            ),
            property("extensions", "Directory schema extensions", Kind::Extensions)
                .hint("One value a line: extension_{application id without hyphens}_{name} = value."),
        ],
    },
    Section {
        title: "Sign-in",
        note: "How the mock lets this user in; Entra has it under Authentication methods and Assigned roles.",
        properties: &[
            text("password", "Password", 256).hint("Blank: the tenant's."),
            property("password_expired", "Password expired", Kind::Flag(false))
                .hint("A new one is asked for (AADSTS50055)."),
            property("locked", "Account locked", Kind::Flag(false)).hint("Sign-in stops with AADSTS50053."),
            property("authentication", "First factor", Kind::Word(AUTHENTICATIONS)),
            property("mfa", "Multifactor authentication enforced", Kind::Flag(false)),
            text("mfa_code", "Code of the second factor", 64).hint("Blank: 123456."),
            property("directory_roles", "Assigned roles", Kind::Lines)
                .hint("One a line: the name of a directory role, or the id of its template."),
        ],
    },
];

const fn extension(key: &'static str, label: &'static str) -> Property {
    text(key, label, TEXT_CHARACTERS_MAX)
}
