//! The source attributes of claims (entra-behaviour.md 4.1), and the attributes of a user that have no other use.

use std::collections::BTreeMap;

use serde::Serialize;

use super::UserEntry;
use super::decode::one_of;

/// A text attribute of a user that the file reads and writes and claims alone ask for.
#[derive(Debug)]
pub struct ProfileKey {
    /// Its key in `[[user]]`, as Microsoft Graph calls it.
    pub key: &'static str,
    /// The source attributes that give it.
    pub sources: &'static [&'static str],
}

/// Every [`ProfileKey`].
pub const PROFILE: &[ProfileKey] = &[
    profile("city", &["user.city"]),
    profile("company_name", &["user.companyname"]),
    profile("consent_provided_for_minor", &["user.consentprovidedforminor"]),
    profile("created_date_time", &["user.createddatetime"]),
    profile("creation_type", &["user.creationtype"]),
    profile("fax_number", &["user.facsimiletelephonenumber"]),
    profile(
        "last_password_change_date_time",
        &["user.lastpasswordchangedatetime"],
    ),
    profile("mail_nickname", &["user.mailnickname"]),
    profile("mobile_phone", &["user.mobilephone"]),
    profile("office_location", &["user.officelocation"]),
    profile(
        "on_premises_domain_name",
        &["user.dnsdomainname", "user.onpremisesdomainname"],
    ),
    profile("on_premises_immutable_id", &["user.onpremisesimmutableid"]),
    profile("on_premises_netbios_name", &["user.netbiosname"]),
    profile("on_premises_sam_account_name", &["user.onpremisessamaccountname"]),
    profile(
        "on_premises_security_identifier",
        &["user.onpremisesecurityidentifier"],
    ),
    profile(
        "on_premises_user_principal_name",
        &["user.onpremisesuserprincipalname"],
    ),
    profile("postal_code", &["user.postalcode"]),
    profile("preferred_data_location", &["user.preferreddatalocation"]),
    profile("preferred_language", &["user.preferredlanguage"]),
    profile("state", &["user.state"]),
    profile("street_address", &["user.streetaddress"]),
    profile("telephone_number", &["user.telephonenumber"]),
];

const fn profile(key: &'static str, sources: &'static [&'static str]) -> ProfileKey {
    ProfileKey { key, sources }
}

/// The values of a user's [`PROFILE`], by key; what the file does not say is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Profile(pub(super) BTreeMap<&'static str, String>);

impl Profile {
    /// The value of one of [`PROFILE`]'s keys.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }
}

/// What a source attribute reads.
#[derive(Clone, Copy, Debug)]
pub enum Reads {
    /// A text of the user's entry.
    Text(fn(&UserEntry) -> Option<&str>),
    /// A key of the user's [`Profile`].
    Profile(&'static str),
    /// A list of the user's entry, of which one value is emitted.
    List(fn(&UserEntry) -> &[String]),
    /// A key of the user's `extension_attributes`.
    ExtensionAttribute(&'static str),
    /// A fact about the user that is true or false.
    Flag(fn(&UserEntry) -> Option<bool>),
    /// The object id.
    ObjectId,
    /// The UPN, or a guest's mail (entra-behaviour.md 4.6).
    UserPrincipalName,
    /// The pairwise value of user and application.
    PairwiseId,
    /// Member or Guest.
    UserType,
    /// The values of the user's app roles.
    AssignedRoles,
    /// The object ids of the user's groups.
    Groups,
    /// The application's name.
    ApplicationDisplayName,
    /// The object id of the application's service principal.
    ApplicationObjectId,
    /// The application's tags, of which one is emitted.
    ApplicationTags,
    /// The tenant's country.
    TenantCountry,
}

/// One of [`SOURCES`].
#[derive(Debug)]
pub struct SourceAttribute {
    /// As the admin center writes it: `user.mail`.
    pub name: &'static str,
    /// What it reads.
    pub reads: Reads,
    /// Whether it may feed the NameID.
    pub feeds_name_id: bool,
}

impl PartialEq for SourceAttribute {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for SourceAttribute {}

const fn name_id(name: &'static str, reads: Reads) -> SourceAttribute {
    SourceAttribute {
        name,
        reads,
        feeds_name_id: true,
    }
}

const fn claim(name: &'static str, reads: Reads) -> SourceAttribute {
    SourceAttribute {
        name,
        reads,
        feeds_name_id: false,
    }
}

/// Every source attribute but directory extensions, which are `user.extension_{appid}_{name}`.
pub const SOURCES: &[SourceAttribute] = &[
    claim(
        "user.accountenabled",
        Reads::Flag(|user| Some(user.account_enabled)),
    ),
    claim("user.assignedroles", Reads::AssignedRoles),
    claim("user.city", Reads::Profile("city")),
    claim("user.companyname", Reads::Profile("company_name")),
    claim(
        "user.consentprovidedforminor",
        Reads::Profile("consent_provided_for_minor"),
    ),
    claim("user.country", Reads::Text(|user| user.country.as_deref())),
    claim("user.createddatetime", Reads::Profile("created_date_time")),
    claim("user.creationtype", Reads::Profile("creation_type")),
    claim("user.department", Reads::Text(|user| user.department.as_deref())),
    claim("user.displayname", Reads::Text(|user| Some(&user.display_name))),
    claim("user.dnsdomainname", Reads::Profile("on_premises_domain_name")),
    name_id("user.employeeid", Reads::Text(|user| user.employee_id.as_deref())),
    name_id(
        "user.extensionattribute1",
        Reads::ExtensionAttribute("extensionattribute1"),
    ),
    name_id(
        "user.extensionattribute2",
        Reads::ExtensionAttribute("extensionattribute2"),
    ),
    name_id(
        "user.extensionattribute3",
        Reads::ExtensionAttribute("extensionattribute3"),
    ),
    name_id(
        "user.extensionattribute4",
        Reads::ExtensionAttribute("extensionattribute4"),
    ),
    name_id(
        "user.extensionattribute5",
        Reads::ExtensionAttribute("extensionattribute5"),
    ),
    name_id(
        "user.extensionattribute6",
        Reads::ExtensionAttribute("extensionattribute6"),
    ),
    name_id(
        "user.extensionattribute7",
        Reads::ExtensionAttribute("extensionattribute7"),
    ),
    name_id(
        "user.extensionattribute8",
        Reads::ExtensionAttribute("extensionattribute8"),
    ),
    name_id(
        "user.extensionattribute9",
        Reads::ExtensionAttribute("extensionattribute9"),
    ),
    name_id(
        "user.extensionattribute10",
        Reads::ExtensionAttribute("extensionattribute10"),
    ),
    name_id(
        "user.extensionattribute11",
        Reads::ExtensionAttribute("extensionattribute11"),
    ),
    name_id(
        "user.extensionattribute12",
        Reads::ExtensionAttribute("extensionattribute12"),
    ),
    name_id(
        "user.extensionattribute13",
        Reads::ExtensionAttribute("extensionattribute13"),
    ),
    name_id(
        "user.extensionattribute14",
        Reads::ExtensionAttribute("extensionattribute14"),
    ),
    name_id(
        "user.extensionattribute15",
        Reads::ExtensionAttribute("extensionattribute15"),
    ),
    claim("user.facsimiletelephonenumber", Reads::Profile("fax_number")),
    claim("user.givenname", Reads::Text(|user| user.given_name.as_deref())),
    claim("user.groups", Reads::Groups),
    claim("user.jobtitle", Reads::Text(|user| user.job_title.as_deref())),
    claim(
        "user.lastpasswordchangedatetime",
        Reads::Profile("last_password_change_date_time"),
    ),
    claim(
        "user.localuserprincipalname",
        Reads::Text(|user| Some(&user.user_principal_name)),
    ),
    name_id("user.mail", Reads::Text(|user| user.mail.as_deref())),
    claim("user.mailnickname", Reads::Profile("mail_nickname")),
    claim("user.mobilephone", Reads::Profile("mobile_phone")),
    claim("user.netbiosname", Reads::Profile("on_premises_netbios_name")),
    name_id("user.objectid", Reads::ObjectId),
    claim("user.officelocation", Reads::Profile("office_location")),
    claim(
        "user.onpremisesdomainname",
        Reads::Profile("on_premises_domain_name"),
    ),
    claim(
        "user.onpremisesimmutableid",
        Reads::Profile("on_premises_immutable_id"),
    ),
    name_id(
        "user.onpremisessamaccountname",
        Reads::Profile("on_premises_sam_account_name"),
    ),
    claim(
        "user.onpremisesecurityidentifier",
        Reads::Profile("on_premises_security_identifier"),
    ),
    claim(
        "user.onpremisessyncenabled",
        Reads::Flag(|user| user.on_premises_sync_enabled),
    ),
    claim(
        "user.onpremisesuserprincipalname",
        Reads::Profile("on_premises_user_principal_name"),
    ),
    claim("user.othermail", Reads::List(|user| &user.other_mails)),
    name_id("user.pairwiseid", Reads::PairwiseId),
    claim("user.postalcode", Reads::Profile("postal_code")),
    claim(
        "user.preferreddatalocation",
        Reads::Profile("preferred_data_location"),
    ),
    claim("user.preferredlanguage", Reads::Profile("preferred_language")),
    claim("user.proxyaddresses", Reads::List(|user| &user.proxy_addresses)),
    claim("user.state", Reads::Profile("state")),
    claim("user.streetaddress", Reads::Profile("street_address")),
    claim("user.surname", Reads::Text(|user| user.surname.as_deref())),
    name_id("user.telephonenumber", Reads::Profile("telephone_number")),
    name_id("user.userprincipalname", Reads::UserPrincipalName),
    claim("user.usertype", Reads::UserType),
    claim("application.displayname", Reads::ApplicationDisplayName),
    claim("application.objectid", Reads::ApplicationObjectId),
    claim("application.tags", Reads::ApplicationTags),
    claim("resource.displayname", Reads::ApplicationDisplayName),
    claim("resource.objectid", Reads::ApplicationObjectId),
    claim("resource.tags", Reads::ApplicationTags),
    claim("audience.displayname", Reads::ApplicationDisplayName),
    claim("audience.objectid", Reads::ApplicationObjectId),
    claim("audience.tags", Reads::ApplicationTags),
    claim("company.tenantcountry", Reads::TenantCountry),
];

/// What the name of every source attribute begins with; any other text of a transformation is a constant.
const PREFIXES: &[&str] = &["user.", "application.", "resource.", "audience.", "company."];

/// Begins the key of a directory schema extension.
const EXTENSION: &str = "extension_";

/// Characters of an application id as the name of an extension has it, without hyphens.
const EXTENSION_APP_ID: usize = 32;

/// Where a claim's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// One of [`SOURCES`].
    Attribute(&'static SourceAttribute),
    /// A directory schema extension, by its key in `extensions`: `extension_{appid}_{name}`.
    Extension(String),
}

impl Source {
    /// The source attribute of this name.
    ///
    /// # Errors
    /// What was expected, with the nearest name.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(attribute) = SOURCES.iter().find(|attribute| attribute.name == text) {
            return Ok(Self::Attribute(attribute));
        }
        match text.strip_prefix("user.") {
            Some(key) if key.starts_with(EXTENSION) => extension_key(key).map(Self::Extension),
            _ => {
                let names: Vec<_> = SOURCES.iter().map(|attribute| attribute.name).collect();
                Err(one_of(text, &names, "a source attribute").unwrap_or_else(|error| error))
            }
        }
    }

    /// Whether a text means a source attribute rather than a constant.
    pub(super) fn is_meant_by(text: &str) -> bool {
        PREFIXES.iter().any(|prefix| text.starts_with(prefix))
    }

    /// Whether it may feed the NameID (entra-behaviour.md 4.1).
    #[must_use]
    pub fn feeds_name_id(&self) -> bool {
        match self {
            Self::Attribute(attribute) => attribute.feeds_name_id,
            Self::Extension(_) => true,
        }
    }

    /// Whether it can have more than one value, so that "Treat source as multivalued" is offered.
    #[must_use]
    pub fn is_multivalued(&self) -> bool {
        match self {
            Self::Attribute(attribute) => matches!(
                attribute.reads,
                Reads::List(_) | Reads::AssignedRoles | Reads::Groups | Reads::ApplicationTags
            ),
            Self::Extension(_) => true,
        }
    }

    /// Its name without `user.`, by which a replacement pattern calls a parameter.
    #[must_use]
    pub fn short_name(&self) -> &str {
        match self {
            Self::Attribute(attribute) => attribute.name.split_once('.').map_or("", |(_, name)| name),
            Self::Extension(key) => key,
        }
    }
}

/// The key of a directory schema extension, where `text` is one.
pub(super) fn extension_key(text: &str) -> Result<String, String> {
    let parts = text.strip_prefix(EXTENSION).and_then(|rest| rest.split_once('_'));
    match parts {
        Some((app_id, name))
            if app_id.len() == EXTENSION_APP_ID
                && app_id.bytes().all(|byte| byte.is_ascii_hexdigit())
                && !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') =>
        {
            Ok(text.to_owned())
        }
        _ => Err("a directory extension: `extension_{application id without hyphens}_{name}`".to_owned()),
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Attribute(attribute) => out.write_str(attribute.name),
            Self::Extension(key) => write!(out, "user.{key}"),
        }
    }
}

impl Serialize for Source {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_key_is_read_by_its_sources_and_every_source_is_found_by_its_name() {
        for row in PROFILE {
            for name in row.sources {
                let Ok(Source::Attribute(attribute)) = Source::parse(name) else {
                    panic!("{name} is no source");
                };
                assert!(
                    matches!(attribute.reads, Reads::Profile(key) if key == row.key),
                    "{name}"
                );
            }
        }
        for attribute in SOURCES {
            assert_eq!(Source::parse(attribute.name).unwrap().to_string(), attribute.name);
            assert!(Source::is_meant_by(attribute.name));
        }
        assert_eq!(
            SOURCES.iter().filter(|attribute| attribute.feeds_name_id).count(),
            22
        );
    }

    #[test]
    fn a_directory_extension_names_its_application() {
        let good = "user.extension_0123456789abcdef0123456789ABCDEF_cost_center";
        assert_eq!(Source::parse(good).unwrap().to_string(), good);
        for bad in [
            "user.extension_0123_costCenter",
            "user.extension_",
            "user.extension_0123456789abcdef0123456789ABCDEF_",
        ] {
            assert!(
                Source::parse(bad)
                    .unwrap_err()
                    .starts_with("a directory extension"),
                "{bad}"
            );
        }
        assert!(
            Source::parse("user.employeid")
                .unwrap_err()
                .ends_with("did you mean `user.employeeid`?")
        );
    }
}
