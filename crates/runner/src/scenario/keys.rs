//! The vocabulary of a scenario file as a table (contracts.md section 5).

/// A key of a scenario file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The table it stands in.
    pub place: Place,
    /// The key.
    pub name: &'static str,
    /// What it says, in one line.
    pub meaning: &'static str,
}

/// The tables of a scenario file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The top of the file.
    File,
    /// `[[step]]`.
    Step,
    /// `sign_in = { … }`.
    SignIn,
    /// `sign_in.request = { … }`.
    SignInRequest,
    /// `sign_in.delivery = { … }`.
    Delivery,
    /// `sign_out = { … }`.
    SignOut,
    /// `replay = { … }`.
    Replay,
    /// `probe = { … }`.
    Probe,
    /// `flood = { … }`.
    Flood,
    /// `request = { … }`.
    Request,
    /// `certificate = { … }`.
    Certificate,
    /// `token_encryption = { … }`.
    TokenEncryption,
    /// `user = { … }`.
    User,
    /// `clock = { … }`.
    Clock,
    /// `sp = { … }`.
    Sp,
    /// `expect = { … }`.
    Expect,
}

impl Place {
    /// As the docs name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Step => "step",
            Self::SignIn => "sign_in",
            Self::SignInRequest => "sign_in.request",
            Self::Delivery => "sign_in.delivery",
            Self::SignOut => "sign_out",
            Self::Replay => "replay",
            Self::Probe => "probe",
            Self::Flood => "flood",
            Self::Request => "request",
            Self::Certificate => "certificate",
            Self::TokenEncryption => "token_encryption",
            Self::User => "user",
            Self::Clock => "clock",
            Self::Sp => "sp",
            Self::Expect => "expect",
        }
    }
}

const fn key(place: Place, name: &'static str, meaning: &'static str) -> Key {
    Key { place, name, meaning }
}

/// Every key that the loader knows. `tenant = { … }` takes the tenant file's own keys and is not listed.
///
/// `{login_url}`, `{sign_on_url}` (the SP's), `{identifier}`, `{acs}`, `{tenant}`, `{issuer}`, `{id}`, `{now}`, `{request_id}` (of the latest AuthnRequest),
/// `{sp_certificate}`, `{sp_encryption_certificate}` (base64) and `{sp_logout_post}` (all from the SP's metadata) are expanded in the texts of `tenant`,
/// `token_encryption.certificate`, `request` (both), fault parameters, `name_id` and `attributes`. `{case}` is one of `cases`.
pub const KEYS: &[Key] = &[
    key(
        Place::File,
        "title",
        "what the scenario shows, in one line; default with `cases` and `covers`: what the catalogue says is done",
    ),
    key(
        Place::File,
        "origin",
        "where the case comes from: guide, document section, CVE, issue; default with `cases` and `covers`: the catalogue's reason",
    ),
    key(
        Place::File,
        "cases",
        "ids of faults: the file is one scenario for each, in which `{case}` stands for the id in `fault`, `faults`, `title` and \
         `origin`; a step that orders it and has no `expect` expects what the catalogue says",
    ),
    key(
        Place::File,
        "signing",
        "Signing Options (`assertion`, `response`, `response-and-assertion`): the file is one scenario for each, and the \
         application has it before the first step",
    ),
    key(
        Place::File,
        "covers",
        "ids of the catalogue's cases that the scenario tells by its steps",
    ),
    key(Place::File, "app", "the enterprise application, by name"),
    key(
        Place::File,
        "tags",
        "words that `@word` selects; among `attacks` what is `core` runs first, and what is `heavy` runs with `--allow-heavy` alone; with `cases` the catalogue adds the case's group, and `core` where it is of the core set",
    ),
    key(
        Place::File,
        "user",
        "who signs in where a step does not say: a UPN or its local part",
    ),
    key(Place::File, "step", "the steps, in order; counted from 1"),
    key(Place::Step, "sign_in", "a user signs in with a browser"),
    key(
        Place::Step,
        "sign_out",
        "single sign-out in a browser that signed in before",
    ),
    key(
        Place::Step,
        "replay",
        "the response of an earlier step is posted once more",
    ),
    key(
        Place::Step,
        "probe",
        "who is signed in at the SP is asked in a browser, and nothing else is done",
    ),
    key(
        Place::Step,
        "flood",
        "sign-ons are begun at the SP that nobody goes on with; an SP that falls over fails the step",
    ),
    key(
        Place::Step,
        "request",
        "a request of one's own making is sent to the Login URL",
    ),
    key(Place::Step, "tenant", "a patch in the tenant file's own keys"),
    key(
        Place::Step,
        "certificate",
        "changes a token signing certificate of the application",
    ),
    key(
        Place::Step,
        "token_encryption",
        "changes the application's token encryption",
    ),
    key(Place::Step, "user", "changes a user of the tenant"),
    key(
        Place::Step,
        "clock",
        "moves or stops the clock of the IdP, of the SP, or both",
    ),
    key(Place::Step, "sp", "changes the SP by one of its hooks"),
    key(
        Place::Step,
        "expect",
        "what sign_in, sign_out, replay, probe or request must lead to, and refresh_trust, whose failure is else inconclusive",
    ),
    key(Place::SignIn, "user", "who signs in: a UPN or its local part"),
    key(
        Place::SignIn,
        "start",
        "`sp` (default): at the SP's log-in address; `idp`: the tile; `test`: the portal's Test button",
    ),
    key(
        Place::SignIn,
        "app",
        "another application of the reference SP; default: the scenario's",
    ),
    key(
        Place::SignIn,
        "request",
        "what the user agent changes of the SP's AuthnRequest on its way: `{ force_authn = true }`; with `idp` and `test` only `login_hint`",
    ),
    key(
        Place::SignIn,
        "fault",
        "id of a fault that the response carries, or `{case}`",
    ),
    key(
        Place::SignIn,
        "faults",
        "faults with parameters: `[{ id = \"…\", value = \"…\" }]`",
    ),
    key(
        Place::SignIn,
        "password",
        "what is typed instead of the user's password",
    ),
    key(
        Place::SignIn,
        "mfa",
        "what is typed instead of the user's code, the second factor or passcode",
    ),
    key(
        Place::SignIn,
        "keep_signed_in",
        "true: Yes at \"Stay signed in?\"; default: No",
    ),
    key(
        Place::SignIn,
        "browser",
        "a name: steps with the same name share a browser; default: a fresh one",
    ),
    key(
        Place::SignIn,
        "old_cookies",
        "with browser: true: the cookies that the browser had before must sign nobody in afterwards",
    ),
    key(
        Place::SignIn,
        "forged_session",
        "true: the session's cookies must sign nobody in once a character is another, and once what can be read of them names another user",
    ),
    key(
        Place::SignIn,
        "query",
        "a raw query that is added to the address where the sign-on starts",
    ),
    key(
        Place::SignIn,
        "delivery",
        "what the user agent changes of the request by which the response reaches the SP: `{ headers = { Host = \"evil.test\" } }`",
    ),
    key(
        Place::SignIn,
        "times",
        "with faults: how many responses carry them, where the SP asks for another one: a number, or `until-disarmed`; default 1",
    ),
    key(
        Place::SignIn,
        "hold",
        "with browser: true: the response is not posted, but kept for a `replay`, and the step has no `expect`",
    ),
    key(
        Place::SignIn,
        "parallel",
        "N: the user signs in in so many fresh browsers, whose responses are posted at once: every one is as expected, and all have the same account",
    ),
    key(
        Place::SignIn,
        "control",
        "`\"auto\"` (default with a fault or `delivery`): the same without fault, `request` and `delivery` first; N: step N was the control",
    ),
    key(
        Place::Delivery,
        "method",
        "`POST` (default), `HEAD` with the fields in the query, or `OPTIONS` with the form as body; what answers one of the latter is not followed anywhere",
    ),
    key(
        Place::Delivery,
        "headers",
        "header fields that take the place of the user agent's own: `{ Host = \"evil.test\" }`; none of the connection's or the body's",
    ),
    key(
        Place::Delivery,
        "content_type",
        "what the request says that its body is; the body stays",
    ),
    key(
        Place::Delivery,
        "charset",
        "`iso-8859-1` or `utf-16le`: the form is written in it, and says so",
    ),
    key(
        Place::Delivery,
        "relay_state",
        "another RelayState; `{relay_state}` is what it was",
    ),
    key(
        Place::Delivery,
        "changed_cookies",
        "true: a character of every cookie that goes along is another",
    ),
    key(
        Place::SignInRequest,
        "id",
        "`ID`; an empty text takes away what a key names, here and below",
    ),
    key(Place::SignInRequest, "version", "`Version`"),
    key(Place::SignInRequest, "issue_instant", "`IssueInstant`"),
    key(Place::SignInRequest, "issuer", "text of `Issuer`"),
    key(Place::SignInRequest, "acs_url", "`AssertionConsumerServiceURL`"),
    key(
        Place::SignInRequest,
        "acs_index",
        "`AssertionConsumerServiceIndex`",
    ),
    key(Place::SignInRequest, "destination", "`Destination`"),
    key(Place::SignInRequest, "protocol_binding", "`ProtocolBinding`"),
    key(Place::SignInRequest, "force_authn", "`ForceAuthn`"),
    key(Place::SignInRequest, "is_passive", "`IsPassive`"),
    key(Place::SignInRequest, "name_id_format", "`NameIDPolicy/@Format`"),
    key(
        Place::SignInRequest,
        "sp_name_qualifier",
        "`NameIDPolicy/@SPNameQualifier`",
    ),
    key(
        Place::SignInRequest,
        "authn_context",
        "list of every `AuthnContextClassRef`; `[]` takes `RequestedAuthnContext` away",
    ),
    key(
        Place::SignInRequest,
        "comparison",
        "`RequestedAuthnContext/@Comparison`; give `authn_context` too where the SP's request has no RequestedAuthnContext",
    ),
    key(Place::SignInRequest, "subject", "the NameID of `Subject`"),
    key(
        Place::SignInRequest,
        "scoping",
        "true adds `Scoping` with a `ProxyCount`, false takes it away",
    ),
    key(Place::SignInRequest, "login_hint", "query parameter `login_hint`"),
    key(
        Place::SignInRequest,
        "unsigned",
        "true takes the signature away; else it stays, and no longer fits",
    ),
    key(
        Place::SignOut,
        "start",
        "`sp` (default): at the SP's log-out address; `idp`: at the identity provider's",
    ),
    key(
        Place::SignOut,
        "browser",
        "the name of a browser; default: that of the latest sign_in",
    ),
    key(
        Place::SignOut,
        "old_cookies",
        "true: sessions at the SPs are looked for with the cookies from before the sign-out, too",
    ),
    key(
        Place::SignOut,
        "fault",
        "id of a fault that the message to the SP carries, or `{case}`: with `idp` a LogoutRequest, with `sp` the LogoutResponse. Where the session goes on, the \
         same sign-out without the fault must end one, in a fresh browser, or the step is inconclusive",
    ),
    key(
        Place::SignOut,
        "faults",
        "instead of `fault`: `[{ id = \"…\", … }]`, with parameters; `slo-post` among them sends the message by HTTP-POST",
    ),
    key(
        Place::Replay,
        "step",
        "number of the sign_in step whose response is posted again, or for the first time where it was held; or of the sign_out step from `idp` whose LogoutRequest is sent again",
    ),
    key(
        Place::Replay,
        "browser",
        "a name, as in sign_in; default: a fresh browser",
    ),
    key(
        Place::Replay,
        "rewrap",
        "true: the response gets another ID and another IssueInstant on its way, which its signature must not cover; the assertion stays",
    ),
    key(
        Place::Replay,
        "relay_state_of",
        "number of another sign_in step, whose RelayState goes along",
    ),
    key(
        Place::Flood,
        "sign_ons",
        "how many, each in a browser of its own, at most 100000",
    ),
    key(
        Place::Probe,
        "browser",
        "the name of a browser of an earlier sign_in",
    ),
    key(Place::Request, "binding", "`redirect` (default) or `post`"),
    key(Place::Request, "xml", "the message, which the runner encodes"),
    key(
        Place::Request,
        "encoding",
        "`deflate`, `base64`, `base64url`, `zlib`, `gzip` or `plain`; default: as the binding says",
    ),
    key(
        Place::Request,
        "message",
        "with xml: the parameter that carries it, `SAMLRequest` (default) or `SAMLResponse`",
    ),
    key(Place::Request, "query", "a raw query string, instead of xml"),
    key(Place::Request, "form", "a raw form body, instead of xml"),
    key(
        Place::Request,
        "user",
        "who signs in where the request is honoured",
    ),
    key(
        Place::Certificate,
        "add",
        "name of a new certificate; it is inactive",
    ),
    key(
        Place::Certificate,
        "valid_for",
        "with add: how long it lives, at most `3y` (default); `-1d`: it expired a day ago",
    ),
    key(
        Place::Certificate,
        "valid_from",
        "with add: from when, counted from the tenant's now: `1d`; default: now",
    ),
    key(
        Place::Certificate,
        "key_bits",
        "with add: 1024, 2048 (default) or 4096",
    ),
    key(
        Place::Certificate,
        "import",
        "name under which a PFX file is imported; it is inactive",
    ),
    key(
        Place::Certificate,
        "pfx",
        "with import: path of the PFX file, from this file's folder; default: a fresh one with a key and a certificate of its own",
    ),
    key(Place::Certificate, "password", "with pfx: the file's password"),
    key(
        Place::Certificate,
        "exponent",
        "with import and no pfx: the public exponent of the fresh key, 3 or 65537 (default)",
    ),
    key(
        Place::Certificate,
        "activate",
        "name of the certificate that becomes active",
    ),
    key(
        Place::Certificate,
        "withdraw",
        "name of the certificate that is deleted",
    ),
    key(
        Place::Certificate,
        "expire",
        "name of the certificate that is expired from now on",
    ),
    key(
        Place::TokenEncryption,
        "import",
        "name of a new encryption certificate; it is inactive",
    ),
    key(
        Place::TokenEncryption,
        "certificate",
        "with import: the SP's certificate as PEM or base64, such as `{sp_encryption_certificate}`",
    ),
    key(
        Place::TokenEncryption,
        "activate",
        "name of the certificate that assertions are encrypted to from now on",
    ),
    key(
        Place::TokenEncryption,
        "deactivate",
        "name of the active certificate: assertions are no longer encrypted",
    ),
    key(
        Place::TokenEncryption,
        "delete",
        "name of an inactive certificate that is deleted",
    ),
    key(Place::User, "disable", "user whose account is no longer enabled"),
    key(Place::User, "enable", "user whose account is enabled again"),
    key(Place::User, "rename", "user who gets another UPN, given by `to`"),
    key(Place::User, "to", "with rename: the new UPN or its local part"),
    key(
        Place::User,
        "set",
        "user whose attributes change, as `values` says",
    ),
    key(
        Place::User,
        "values",
        "with set: keys of `[[user]]` with their new values",
    ),
    key(Place::User, "delete", "user who is deleted"),
    key(
        Place::User,
        "restore",
        "user whose deletion is undone: same object id",
    ),
    key(
        Place::User,
        "recreate",
        "user who is deleted and made anew by an administrator who gives everything back: new object id; attributes, groups and assignments as before",
    ),
    key(Place::User, "assign", "user who is assigned to the application"),
    key(Place::User, "role", "with assign: value of an app role"),
    key(Place::User, "unassign", "user whose assignment is removed"),
    key(
        Place::Clock,
        "idp",
        "how far the tenant's clock moves: `+6m`, `-1h`",
    ),
    key(Place::Clock, "sp", "how far the SP's clock moves"),
    key(
        Place::Clock,
        "freeze",
        "true stops the clocks that are named, false lets them run",
    ),
    key(
        Place::Sp,
        "create_account",
        "user for whom the SP makes an account",
    ),
    key(
        Place::Sp,
        "delete_account",
        "user whose account is deleted at the SP",
    ),
    key(
        Place::Sp,
        "deactivate_account",
        "user whose account may no longer sign in",
    ),
    key(
        Place::Sp,
        "delete_link",
        "user whose link between identity and account is deleted",
    ),
    key(
        Place::Sp,
        "refresh_trust",
        "true: the SP reads the application's metadata again; `\"tenant\"`: the tenant-wide metadata instead; an address: \
         whatever is there",
    ),
    key(
        Place::Sp,
        "fault",
        "with refresh_trust: id of a fault of the metadata, or `{case}`",
    ),
    key(
        Place::Sp,
        "faults",
        "with refresh_trust: such faults with parameters: `[{ id = \"…\", variant = \"…\" }]`",
    ),
    key(
        Place::Sp,
        "set",
        "settings of the SP with their new values: `{ jit = false }`",
    ),
    key(
        Place::Expect,
        "outcome",
        "`signed-in`, `refused` or `stopped-at-idp`; `safe`: refused, or signed in as exactly the user who signed in; `either`: \
         refused or signed in, which is told as a finding; after sign_out `signed-out`: no session left at the identity provider and at every \
         SP where the browser signed in; `signed-in`: some session is still there. Of a sign_out with a fault the SPs' sessions alone count, whatever the page says: `refused` \
         and `signed-in`: they go on; `signed-out`: they ended; `safe`: either, when later probes find that nobody else's ended; after refresh_trust `accepted`: the hook says \
         that the metadata was taken over, `refused`: a later sign_in shows that it was not, or `either`",
    ),
    key(Place::Expect, "code", "with stopped-at-idp: `AADSTS50105`"),
    key(
        Place::Expect,
        "rejection",
        "with refused, safe, either and signed-out: the SP's reason, where it refuses",
    ),
    key(
        Place::Expect,
        "account",
        "with signed-in: `created`, `linked`, `updated` or `unchanged`",
    ),
    key(
        Place::Expect,
        "same_account_as",
        "with signed-in: N: the SP has put the user into the account of the sign_in step N",
    ),
    key(
        Place::Expect,
        "other_account_than",
        "with signed-in: N: the SP has put the user into another account than that of the sign_in step N",
    ),
    key(
        Place::Expect,
        "name_id",
        "with signed-in: the NameID that the SP saw",
    ),
    key(
        Place::Expect,
        "name_id_format",
        "with signed-in: the NameID's format that the SP saw, a URI",
    ),
    key(
        Place::Expect,
        "attributes",
        "with signed-in: attribute name and its text or list of texts",
    ),
    key(
        Place::Expect,
        "absent",
        "with signed-in: names of attributes that the SP must not have seen",
    ),
    key(Place::Expect, "roles", "with signed-in: the roles, in any order"),
    key(
        Place::Expect,
        "page",
        "text that the last page holds, or the hook's answer, white space normalised",
    ),
    key(
        Place::Expect,
        "not_on_page",
        "texts that the last page does not hold, in whatever case",
    ),
    key(
        Place::Expect,
        "crash",
        "with refused, safe and either: true where the SP is expected to fall over (5xx)",
    ),
    key(
        Place::Expect,
        "answer_headers",
        "header fields of the SP's answer to the response, and of that which carries its AuthnRequest, each with a word that it holds: `{ Cache-Control = \"no-store\" }`",
    ),
    key(
        Place::Expect,
        "no_answer_headers",
        "names of header fields that neither of those answers has",
    ),
    key(
        Place::Expect,
        "cookie_flags",
        "with signed-in: true: the cookies that carry the session are `HttpOnly`, and over https `Secure`; what is without `Secure` over http, or without `SameSite`, is told as a finding",
    ),
];
