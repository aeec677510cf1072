//! What to do about an error, for one application as it is configured now.

use super::told::Found;
use crate::errors::{self, Appears};
use crate::portal::at::AtApp;
use crate::portal::frame::{Link, address, home};
use crate::tenant::{App, Tenant, User};

/// Assignments that are named; the page lists all.
const ASSIGNED_NAMED_MAX: usize = 5;

/// What was found, in sentences, and where it is repaired.
#[derive(Default)]
pub(super) struct Advice {
    /// What is so, and what to do; in order.
    pub(super) findings: Vec<String>,
    /// Pages on which it is repaired.
    pub(super) links: Vec<Link>,
    /// What "Fix it" would register.
    pub(super) fix: Option<Fix>,
}

/// What "Fix it" registers.
pub(super) struct Fix {
    /// The form's field: `reply_url` or `identifier`.
    pub(super) field: &'static str,
    pub(super) value: String,
}

/// About an error of this application.
pub(super) fn of(at: &AtApp, found: &Found) -> Advice {
    let about = About {
        at,
        tenant: at.tenant(),
        app: at.app(),
    };
    let code = found.row.code;
    let is = |row: &crate::Aadsts| row.code == code;
    match code {
        _ if is(errors::REPLY_URL) => about.reply_url(found),
        500_113 | 900_971 => about.no_reply_url(),
        _ if is(errors::APPLICATION_NOT_FOUND)
            || is(errors::UNAUTHORIZED_CLIENT)
            || is(errors::MISCONFIGURED) =>
        {
            about.identifier(found)
        }
        _ if is(errors::NOT_ASSIGNED) => about.assignment(found),
        _ if is(errors::NO_MESSAGE) => about.no_message(),
        _ if is(errors::DESTINATION) => about.destination(),
        _ if is(errors::TENANT_NOT_FOUND) || is(errors::TENANT_IDENTIFIER) || is(errors::NO_TENANT) => {
            about.destination()
        }
        _ if is(errors::AUTHN_CONTEXT) => about.authn_context(),
        _ if is(errors::APPLICATION_DISABLED) => about.disabled(),
        50_003 | 50_146 => about.signing_key(),
        _ if is(errors::NO_ENCRYPTION_CERTIFICATE) => about.encryption(),
        _ if is(errors::NAME_ID_EMPTY) => about.name_id(),
        _ if is(errors::NOT_SIGNED) => about.signature(),
        50_020 | 50_034 | 90_072 | 16_000 | 16_003 | 51_004 => about.unknown_user(found),
        50_053 | 50_055 | 50_056 | 50_057 | 50_126 => about.account(),
        53_000..=53_003 => about.policies(),
        _ => about.other(found),
    }
}

struct About<'a> {
    at: &'a AtApp,
    tenant: &'a Tenant,
    app: &'a App,
}

impl About<'_> {
    fn link(&self, label: &str, path: &str) -> Link {
        Link {
            label: label.to_owned(),
            href: format!("{}{path}", address(self.tenant, self.app)),
        }
    }

    fn directory(&self, label: &str, path: &str) -> Link {
        Link {
            label: label.to_owned(),
            href: format!("{}{path}", home(self.tenant)),
        }
    }

    fn basic(&self) -> Link {
        self.link("Basic SAML Configuration", "/sso/basic")
    }

    fn name(&self) -> &str {
        &self.app.entry.name
    }

    /// 50011.
    fn reply_url(&self, found: &Found) -> Advice {
        let known = &self.app.entry.reply_urls;
        let mut advice = Advice {
            findings: vec![listed("Reply URL", self.name(), known)],
            links: vec![self.basic()],
            fix: None,
        };
        let (asked, issuer) = (found.value("acs", Some(0)), found.value("issuer", Some(1)));
        if let Some(other) = issuer.and_then(|issuer| self.other_app(issuer)) {
            advice.findings.insert(
                0,
                format!(
                    "The message speaks of another application, {}: its Reply URL is the one to look at.",
                    other.entry.name
                ),
            );
            advice.links.insert(
                0,
                Link {
                    label: format!("Basic SAML Configuration of {}", other.entry.name),
                    href: format!("{}/sso/basic", address(self.tenant, other)),
                },
            );
            return advice;
        }
        let Some(asked) = asked else {
            advice.findings.push("Paste the whole message: it names the reply URL that the application asked for. That one has to be registered, character by character.".to_owned());
            return advice;
        };
        if known.iter().any(|url| url == asked) {
            advice.findings.push(format!(
                "The application asked for {asked}, which is registered now: try again."
            ));
            return advice;
        }
        if !is_web_address(asked) {
            advice.findings.push(format!(
                "The application asked for {asked}, which is no address that can be registered: correct the ACS URL at the application."
            ));
            return advice;
        }
        let differs = known.iter().find_map(|url| difference(url, asked));
        let hint = differs
            .map(|what| format!(" It differs from a registered one by {what}."))
            .unwrap_or_default();
        advice.findings.push(format!(
            "The application asked for {asked}, which is not registered.{hint} Add it as a Reply URL, or correct the ACS URL at the application."
        ));
        advice.fix = Some(Fix {
            field: "reply_url",
            value: asked.to_owned(),
        });
        advice
    }

    /// 500113, 900971.
    fn no_reply_url(&self) -> Advice {
        let known = &self.app.entry.reply_urls;
        Advice {
            findings: vec![
                listed("Reply URL", self.name(), known),
                if known.is_empty() {
                    "Enter the application's ACS URL as Reply URL (Assertion Consumer Service URL), and save."
                        .to_owned()
                } else {
                    "One is registered now: try again.".to_owned()
                },
            ],
            links: vec![self.basic()],
            fix: None,
        }
    }

    /// 700016, 70001, 650056.
    fn identifier(&self, found: &Found) -> Advice {
        let known = &self.app.entry.identifiers;
        let mut advice = Advice {
            findings: vec![listed("Identifier (Entity ID)", self.name(), known)],
            links: vec![self.basic()],
            fix: None,
        };
        let told = &mut advice.findings;
        let Some(issuer) = found.value("issuer", None) else {
            told.push("The Issuer of the application's request has to be one of them, character by character: slash at the end, letter case. The flow trace shows the request.".to_owned());
            return advice;
        };
        let own = self.tenant.issuer();
        if known.iter().any(|identifier| identifier == issuer) {
            told.push(format!(
                "The application calls itself {issuer}, which is registered now: try again."
            ));
        } else if issuer == own || issuer == self.app.issuer(self.tenant) {
            told.push(format!("{issuer} is the Microsoft Entra Identifier: the application sends the identity provider's name as its own. Correct the application's own Entity ID at the application; do not register this one."));
        } else if let Some(other) = self.other_app(issuer) {
            told.push(format!(
                "{issuer} is the identifier of {}: this message is about that application.",
                other.entry.name
            ));
            advice.links.insert(
                0,
                Link {
                    label: format!("Single sign-on of {}", other.entry.name),
                    href: format!("{}/sso", address(self.tenant, other)),
                },
            );
        } else {
            let differs = known.iter().find_map(|url| difference(url, issuer));
            let hint = differs
                .map(|what| format!(" It differs from a registered one by {what}."))
                .unwrap_or_default();
            told.push(format!("The application calls itself {issuer}, which no application of this tenant has.{hint} Add it as an Identifier (Entity ID), or correct the Entity ID at the application."));
            advice.fix = Some(Fix {
                field: "identifier",
                value: issuer.to_owned(),
            });
        }
        let (names, directory) = (&self.tenant.file.tenant, found.value("tenant", None));
        let is_here = |directory: &str| {
            directory == names.display_name
                || directory == self.tenant.id.to_string()
                || names.domains.iter().any(|domain| domain == directory)
        };
        if let Some(directory) = directory.filter(|directory| !is_here(directory)) {
            advice.findings.push(format!("The message is from the directory {directory}, and this is {}: the application sends people to another tenant. Its Login URL has to be {}", names.display_name, self.login()));
        }
        advice
    }

    /// 50105.
    fn assignment(&self, found: &Found) -> Advice {
        let mut findings = vec![self.assigned()];
        let mut links = vec![
            self.link("Users and groups", "/users"),
            self.link("Properties", "/properties"),
        ];
        if !self.app.entry.assignment_required {
            findings.push("Assignment required? is No: everybody may sign in now. Try again.".to_owned());
        }
        if let Some(upn) = found.value("upn", None) {
            match self.tenant.user_by_sign_in_name(upn) {
                Some(user) => {
                    findings.push(self.why_not_assigned(user));
                    links.push(self.directory(&user.entry.display_name, &format!("/users/{}", user.id)));
                }
                None => findings.push(format!(
                    "{} has no user {upn}.",
                    self.tenant.file.tenant.display_name
                )),
            }
        }
        findings.push("Assign the user, or a group of which the user is a direct member: members of nested groups do not count.".to_owned());
        Advice {
            findings,
            links,
            fix: None,
        }
    }

    fn assigned(&self) -> String {
        let entries = &self.app.entry.assignments;
        let names = entries
            .iter()
            .filter_map(|entry| entry.user.as_deref().or(entry.group.as_deref()));
        let names: Vec<_> = names.take(ASSIGNED_NAMED_MAX).collect();
        let more = entries.len().saturating_sub(names.len());
        match (names.is_empty(), more) {
            (true, _) => format!("Nobody is assigned to {}.", self.name()),
            (false, 0) => format!("Assigned to {}: {}.", self.name(), names.join(", ")),
            (false, more) => format!(
                "Assigned to {}: {} and {more} more.",
                self.name(),
                names.join(", ")
            ),
        }
    }

    fn why_not_assigned(&self, user: &User) -> String {
        let name = &user.entry.user_principal_name;
        if self.tenant.roles(self.app, user.id).is_some() {
            return format!("{name} is assigned now: try again.");
        }
        let directory = &self.tenant.directory;
        let place = directory.user(user.id);
        let groups = place.map(|place| directory.groups_of(place)).unwrap_or_default();
        let nested = groups
            .into_iter()
            .find(|group| self.app.assigned.has_group(*group));
        match nested {
            Some(group) => format!(
                "{name} is in the assigned group {} through another group alone, and a nested membership grants nothing.",
                self.tenant.file.groups[group].display_name
            ),
            None => format!("{name} is not assigned, and in none of the assigned groups."),
        }
    }

    /// 750054.
    fn no_message(&self) -> Advice {
        let idp = &self.at.at.idp.state.addresses;
        let launch = idp.launch(self.tenant.id, self.app.id);
        let start = &self.app.entry.sign_on_url;
        let mut advice = Advice {
            findings: vec![format!(
                "A browser was sent to the Login URL itself, {}, without a request: by a bookmark, by a link, or by a setting of the application that takes an address to start at. The Login URL answers the application's requests; nobody starts there.",
                self.login()
            )],
            links: vec![
                Link {
                    label: "User access URL".to_owned(),
                    href: launch.clone(),
                },
                self.basic(),
            ],
            fix: None,
        };
        advice.findings.push(if start.is_empty() {
            format!("Start at the application, or with the tile: {launch}")
        } else {
            format!("Start at the Sign on URL: {start}")
        });
        if start.starts_with(&self.login()) {
            advice.findings.push("The Sign on URL is the Login URL itself: enter the application's own sign-in page there, or leave it blank.".to_owned());
        } else if !start.is_empty() {
            advice.links.insert(
                0,
                Link {
                    label: "Sign on URL".to_owned(),
                    href: start.clone(),
                },
            );
        }
        advice
    }

    /// 75008, 90002, 900023, 50059: the application sends people elsewhere.
    fn destination(&self) -> Advice {
        Advice {
            findings: vec![
                format!("The Login URL of this tenant is {}", self.login()),
                "Paste it at the application, whole: the tenant's id is a part of it, and the Destination of the request has to be the same.".to_owned(),
            ],
            links: vec![self.link("Login URL", "/sso")],
            fix: None,
        }
    }

    /// 75011.
    fn authn_context(&self) -> Advice {
        Advice {
            findings: vec![
                "The request demands how the user signs in (RequestedAuthnContext), and the session was begun otherwise. Nothing here repairs that.".to_owned(),
                "At the application, leave RequestedAuthnContext out, or ask for urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified. For one user: sign out here and sign in again as demanded.".to_owned(),
            ],
            links: Vec::new(),
            fix: None,
        }
    }

    /// 7000112.
    fn disabled(&self) -> Advice {
        let finding = if self.app.entry.enabled {
            "Enabled for users to sign in? is Yes now: try again."
        } else {
            "Enabled for users to sign in? is No. Set it to Yes."
        };
        Advice {
            findings: vec![finding.to_owned()],
            links: vec![self.link("Properties", "/properties")],
            fix: None,
        }
    }

    /// 50003, 50146.
    fn signing_key(&self) -> Advice {
        let active = self.app.certificates.iter().find(|listed| listed.active);
        let finding = match active {
            Some(listed) if listed.certificate.has_expired(self.at.at.view.now) => {
                "The active certificate has expired. Make a new one, make it active, and give it to the application."
            }
            Some(_) => "A certificate is active now: try again.",
            None if self.app.certificates.is_empty() => {
                "The application has no certificate. Make one with New Certificate, save, and make it active."
            }
            None => "No certificate is active. Make one of them active.",
        };
        Advice {
            findings: vec![finding.to_owned()],
            links: vec![self.link("SAML Certificates", "/sso/certificates")],
            fix: None,
        }
    }

    /// 50007.
    fn encryption(&self) -> Advice {
        let is_active = self.app.encryption.iter().any(|listed| listed.active);
        let finding = if is_active {
            "Token encryption has an active certificate now: try again."
        } else {
            "Token encryption is demanded and no certificate for it is active. Import the application's certificate and activate it."
        };
        Advice {
            findings: vec![finding.to_owned()],
            links: vec![self.link("Token encryption", "/token-encryption")],
            fix: None,
        }
    }

    /// 501241.
    fn name_id(&self) -> Advice {
        Advice {
            findings: vec![
                "The source of the Unique User Identifier (Name ID) is empty for this user. Fill it in at the user, or choose another source.".to_owned(),
            ],
            links: vec![self.link("Claims test", "/claims-test"), self.directory("Users", "/users"), self.link("Attributes & Claims", "/sso/claims")],
            fix: None,
        }
    }

    /// 76021.
    fn signature(&self) -> Advice {
        let required = if self.app.entry.verification_certificates.required {
            "Yes"
        } else {
            "No"
        };
        Advice {
            findings: vec![
                format!("Require verification certificates is {required}, and {} are uploaded.", count(self.app.verification.len(), "certificate")),
                "Have the application sign its requests with the key of one of them, in the redirect's query; or do not require it.".to_owned(),
            ],
            links: vec![self.link("Verification certificates", "/sso/verification")],
            fix: None,
        }
    }

    /// 50020, 50034 and their like.
    fn unknown_user(&self, found: &Found) -> Advice {
        let name = found.value("upn", None).or(found.value("user", None));
        let known = name.and_then(|name| self.tenant.user_by_sign_in_name(name));
        let directory = &self.tenant.file.tenant.display_name;
        let finding = match (name, known) {
            (Some(name), Some(_)) => format!("{name} is a user of {directory} now: try again."),
            (Some(name), None) => format!("{directory} has no user {name}."),
            (None, _) => format!("Whoever signed in is no user of {directory}."),
        };
        Advice {
            findings: vec![finding, "Create the user, or invite a guest; whoever is signed in with another account signs out first.".to_owned()],
            links: vec![self.directory("Users", "/users"), self.directory("New user", "/users/new"), self.directory("Invite external user", "/users/invite")],
            fix: None,
        }
    }

    /// 50126, 50053 and their like.
    fn account(&self) -> Advice {
        Advice {
            findings: vec!["It is about the user's account or password, not about this application. The user's page says whether the account is enabled; the start page has the passwords.".to_owned()],
            links: vec![self.directory("Users", "/users"), Link { label: "Start page".to_owned(), href: "/".to_owned() }],
            fix: None,
        }
    }

    /// 53000 to 53003.
    fn policies(&self) -> Advice {
        let policies = self.tenant.file.conditional_access.iter();
        let names: Vec<_> = policies.map(|policy| policy.name.as_str()).collect();
        let finding = if names.is_empty() {
            "This tenant has no Conditional Access policy: the error was armed, or is another tenant's."
                .to_owned()
        } else {
            format!(
                "Conditional Access policies of this tenant: {}. The admin center does not edit them; the tenant file and the control API do.",
                names.join(", ")
            )
        };
        Advice {
            findings: vec![finding],
            links: vec![self.directory("Faults", "/faults")],
            fix: None,
        }
    }

    /// What no setting of the application brings about.
    fn other(&self, found: &Found) -> Advice {
        let finding = match found.row.appears {
            Appears::Scenario(_) | Appears::OnTheWay(_) | Appears::Test(_) => {
                "No setting of this application brings it about by itself: it comes of the message that was sent, or of the sign-in. The flow trace has both."
            }
            Appears::Armed => {
                "This mock shows it only where it was armed as a fault. At Entra, look for what brings it about."
            }
            Appears::Absent(why) => why,
        };
        Advice {
            findings: vec![finding.to_owned()],
            links: vec![self.directory("Faults", "/faults")],
            fix: None,
        }
    }

    fn login(&self) -> String {
        self.at.at.idp.state.addresses.login(self.tenant.id)
    }

    /// Another application of the tenant that has this identifier.
    fn other_app(&self, issuer: &str) -> Option<&App> {
        self.tenant
            .app_by_issuer(issuer)
            .filter(|app| app.id != self.app.id)
    }
}

fn listed(what: &str, app: &str, values: &[String]) -> String {
    if values.is_empty() {
        format!("{app} has no {what}.")
    } else {
        format!("{what} of {app}: {}", values.join("  "))
    }
}

fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// Whether it may be a reply URL at all.
fn is_web_address(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// By what little two addresses differ.
fn difference(known: &str, asked: &str) -> Option<&'static str> {
    let bare = |url: &str| url.trim_end_matches('/').to_owned();
    let scheme = |url: &str| url.split_once("://").map(|(_, rest)| rest.to_owned());
    if bare(known) == bare(asked) {
        Some("the slash at its end")
    } else if known.eq_ignore_ascii_case(asked) {
        Some("letter case")
    } else if scheme(known).is_some() && scheme(known) == scheme(asked) {
        Some("http and https")
    } else {
        let plain = |url: &str| url.split(['?', '#']).next().unwrap_or_default().to_owned();
        (plain(known) == plain(asked)).then_some("its query")
    }
}
