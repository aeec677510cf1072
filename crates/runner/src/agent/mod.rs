//! The user agent: it behaves as a browser does with redirects, cookies and forms, and records every hop.
//!
//! It runs no script. What a script would do on load is recognised where SAML needs it: see [`forms`].
//! Known limits: no public suffix list (a site is scheme and exact host), no caching, no `Referer`.

pub(crate) mod cookies;
pub(crate) mod delivery;
pub(crate) mod fence;
pub(crate) mod forms;
pub(crate) mod hops;
pub(crate) mod html;

use std::sync::OnceLock;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE, HeaderMap, ORIGIN};
use reqwest::{Client, Method};
use url::Url;

use crate::hosts::OwnHosts;
use crate::rewrite::Rewriter;
use crate::text::causes;
use cookies::{Jar, Navigation};
use delivery::Carriage;
use fence::Fence;
use hops::Hop;

/// How many redirects one navigation follows, as browsers do.
pub const REDIRECTS_MAX: usize = 20;
/// The largest body that is read, in bytes.
pub const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long one request may take.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);
/// How often one sign-on may visit the same address (method, host and path) before it counts as a loop. The
/// sign-in page is visited once per form.
pub const SAME_HOP_MAX: usize = 8;

/// How many pages with a form that submits itself a frame may show.
const FRAME_PAGES_MAX: usize = 10;

/// How long an idle connection is kept.
const IDLE_TIMEOUT: Duration = Duration::from_secs(1);

/// What the agent calls itself.
const USER_AGENT: &str = concat!(
    "Mozilla/5.0 (compatible; entrant/",
    env!("CARGO_PKG_VERSION"),
    ")"
);

/// What the message of a loop begins with.
pub(crate) const LOOP: &str = "a loop:";

/// Why a navigation did not end on a page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AgentError {
    /// A redirect or a form leads to what is no http(s) address.
    #[error("`{0}` is not an http or https address")]
    Address(String),
    /// No answer.
    #[error("{url} does not answer: {reason}")]
    Unreachable {
        /// The address.
        url: String,
        /// What the network said.
        reason: String,
    },
    /// An answer was due, and the exchange ended before it was whole.
    #[error("{} breaks off: {reason}", hops::without_query(url))]
    BrokeOff {
        /// The address.
        url: Url,
        /// What the network said.
        reason: String,
    },
    /// The body is larger than [`BODY_BYTES_MAX`].
    #[error("{0} answers with more than {BODY_BYTES_MAX} bytes")]
    BodyTooLarge(String),
    /// More than [`REDIRECTS_MAX`] redirects.
    #[error("more than {REDIRECTS_MAX} redirects, the last one to {0}")]
    TooManyRedirects(String),
    /// The same address more than [`SAME_HOP_MAX`] times.
    #[error("{LOOP} {0} was visited more than {SAME_HOP_MAX} times")]
    Loop(String),
    /// A page exceeds a limit.
    #[error("the page at {url} cannot be read: {reason}")]
    Page {
        /// The address, without its query.
        url: String,
        /// Which limit.
        reason: html::HtmlError,
    },
    /// The SP leads the browser to where an attack wanted it.
    #[error("the SP leads to {0}, as the attack wanted")]
    Astray(String),
    /// The SP leads the browser to somebody else's site.
    #[error(
        "the SP leads to {address}, which is neither loopback nor in a private range, and is not followed there: if it is \
         yours, `--allow-host {host}` says so"
    )]
    Outside {
        /// The address, without its query.
        address: String,
        /// Its host.
        host: String,
    },
    /// A request cannot be rewritten.
    #[error("{0}")]
    Rewrite(String),
}

/// What a query with a request of SAML's holds (saml-bindings 3.4.4.1).
const REQUEST_PARAMETER: &str = "SAMLRequest=";

/// How many addresses with a request are kept.
const ASKED_MAX: usize = 100;

/// A client that keeps no cookies and follows nothing: the agent does both. Connections are shared by all that
/// clone it; a proxy of the environment is not used, so that loopback stays loopback.
///
/// # Errors
/// The TLS library cannot be set up.
pub(crate) fn client() -> Result<Client, reqwest::Error> {
    builder().build()
}

/// As [`client`], with names that are found by `names`.
///
/// # Errors
/// The TLS library cannot be set up.
pub(crate) fn client_with(names: OwnHosts) -> Result<Client, reqwest::Error> {
    builder().dns_resolver(names).build()
}

fn builder() -> reqwest::ClientBuilder {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent(USER_AGENT)
        .timeout(REQUEST_TIMEOUT)
        // Servers close idle connections after two seconds or more; one that closes just now would look like one
        // that fell over.
        .pool_idle_timeout(IDLE_TIMEOUT)
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its address.
    pub url: Url,
    /// HTTP status.
    pub status: u16,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; what is not UTF-8 is replaced.
    pub body: String,
}

impl Page {
    /// The first header field called `name` (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Where a redirect leads.
    #[must_use]
    pub fn redirect(&self) -> Option<&str> {
        matches!(self.status, 301 | 302 | 303 | 307 | 308).then(|| self.header("location"))?
    }

    /// What stands for an answer that nobody asked for.
    pub(crate) fn nothing(url: Url) -> Self {
        Self {
            url,
            status: 0,
            headers: Vec::new(),
            body: String::new(),
        }
    }

    /// A page that no server sent.
    #[cfg(test)]
    pub(crate) fn for_test(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        Self {
            url: Url::parse("http://sp.test/page").unwrap(),
            status,
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: body.to_owned(),
        }
    }
}

/// A browser with its own cookies.
#[derive(Clone, Debug)]
pub(crate) struct Agent {
    http: Client,
    jar: Jar,
    hops: Vec<Hop>,
    flow: Option<Flow>,
    rewriter: Option<Rewriter>,
    /// The addresses with a request of SAML's in them that were opened.
    asked: Vec<Url>,
    fence: Option<Fence>,
}

/// The header that ties requests to a flow, and where it is sent.
#[derive(Clone, Debug)]
struct Flow {
    id: String,
    origins: Vec<url::Origin>,
}

/// One request of a navigation.
struct Request {
    method: Method,
    url: Url,
    body: Option<String>,
    /// How the body is encoded.
    enctype: forms::Enctype,
    /// The page that started the navigation; `None`: the person did.
    initiator: Option<url::Origin>,
    /// What the Origin field says of the initiator: null once a POST was redirected to another origin.
    origin_is_null: bool,
    /// In a frame: the page around it.
    top: Option<url::Origin>,
    /// What a scenario changes of it.
    carriage: Option<Box<Carriage>>,
}

impl Request {
    /// A GET of what the person typed.
    fn typed(url: &Url) -> Self {
        Self {
            method: Method::GET,
            url: url.clone(),
            body: None,
            enctype: forms::Enctype::default(),
            initiator: None,
            origin_is_null: false,
            top: None,
            carriage: None,
        }
    }
}

impl Agent {
    /// A fresh browser.
    pub(crate) fn new(http: &Client) -> Self {
        Self {
            http: http.clone(),
            jar: Jar::default(),
            hops: Vec::new(),
            flow: None,
            rewriter: None,
            asked: Vec::new(),
            fence: None,
        }
    }

    /// The jar, to look at and to change.
    pub(crate) fn jar(&mut self) -> &mut Jar {
        &mut self.jar
    }

    /// From now on requests go through `rewriter`.
    pub(crate) fn rewrite(&mut self, rewriter: Rewriter) {
        self.rewriter = Some(rewriter);
    }

    /// How many requests were rewritten; from now on none is.
    pub(crate) fn stop_rewriting(&mut self) -> usize {
        self.rewriter.take().map_or(0, |rewriter| rewriter.rewritten())
    }

    /// From now on requests to `origins` carry the flow id.
    pub(crate) fn follow(&mut self, id: &str, origins: &[url::Origin]) {
        self.flow = Some(Flow {
            id: id.to_owned(),
            origins: origins.to_vec(),
        });
    }

    /// How many hops were made since [`Agent::take_hops`].
    pub(crate) fn hop_count(&self) -> usize {
        self.hops.len()
    }

    /// The hops since the last call, oldest first.
    pub(crate) fn take_hops(&mut self) -> Vec<Hop> {
        std::mem::take(&mut self.hops)
    }

    /// The addresses that brought a request by HTTP-Redirect, since the last call, whole.
    pub(crate) fn take_asked(&mut self) -> Vec<Url> {
        std::mem::take(&mut self.asked)
    }

    /// Opens an address as a person does who types it.
    ///
    /// # Errors
    /// [`AgentError`].
    pub(crate) async fn open(&mut self, url: &Url) -> Result<Page, AgentError> {
        self.navigate(Request::typed(url)).await
    }

    /// Opens an address to which the page at `from` leads.
    ///
    /// # Errors
    /// [`AgentError`].
    pub(crate) async fn follow_link(&mut self, url: &Url, from: &Url) -> Result<Page, AgentError> {
        let initiator = Some(from.origin());
        self.navigate(Request {
            initiator,
            ..Request::typed(url)
        })
        .await
    }

    /// Loads a frame of the page at `top`, and what its own pages submit by themselves.
    ///
    /// # Errors
    /// [`AgentError`].
    pub(crate) async fn load_frame(&mut self, url: &Url, top: &Url) -> Result<Page, AgentError> {
        let top = Some(top.origin());
        let mut page = self
            .navigate(Request {
                initiator: top.clone(),
                top: top.clone(),
                ..Request::typed(url)
            })
            .await?;
        for _ in 0..FRAME_PAGES_MAX {
            let document = forms::Document::read(&page).await?;
            let Some(submission) = document.automatic().and_then(|form| form.submission(None)) else {
                break;
            };
            let request = Request {
                top: top.clone(),
                ..submitted(&submission, Some(&page.url))
            };
            page = self.navigate(request).await?;
        }
        Ok(page)
    }

    /// Opens an address and shows the first answer, redirect or not.
    ///
    /// # Errors
    /// [`AgentError`].
    pub(crate) async fn peek(&mut self, url: &Url) -> Result<Page, AgentError> {
        self.exchange(&Request::typed(url)).await
    }

    /// Submits a form (or what looks like one) that a page of `initiator` shows.
    ///
    /// # Errors
    /// [`AgentError`].
    pub(crate) async fn submit(
        &mut self,
        submission: &forms::Submission,
        initiator: Option<&Url>,
    ) -> Result<Page, AgentError> {
        self.navigate(submitted(submission, initiator)).await
    }

    async fn navigate(&mut self, mut request: Request) -> Result<Page, AgentError> {
        let mut source = request.initiator.clone();
        self.must_stay(&request.url).await?;
        for _ in 0..=REDIRECTS_MAX {
            if let Some(rewriter) = &mut self.rewriter {
                rewriter
                    .apply(source.as_ref(), &mut request.url, &mut request.body)
                    .map_err(AgentError::Rewrite)?;
            }
            let page = self.exchange(&request).await?;
            let Some(location) = page.redirect() else {
                return Ok(page);
            };
            self.must_not_be_led(&page).await?;
            let url = page
                .url
                .join(location)
                .map_err(|_| AgentError::Address(location.to_owned()))?;
            source = Some(page.url.origin());
            request = redirected(request, page.status, url);
        }
        Err(AgentError::TooManyRedirects(request.url.to_string()))
    }

    async fn exchange(&mut self, request: &Request) -> Result<Page, AgentError> {
        let url = &request.url;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(AgentError::Address(url.to_string()));
        }
        self.refuse_loops(request)?;
        let asks = |query: &str| query.contains(REQUEST_PARAMETER);
        if url.query().is_some_and(asks) && self.asked.len() < ASKED_MAX {
            self.asked.push(url.clone());
        }
        let now = Timestamp::now();
        let navigation = Navigation {
            url,
            initiator: request.initiator.as_ref(),
            safe: request.method == Method::GET,
            top: request.top.as_ref(),
        };
        let mut builder = self.http.request(request.method.clone(), url.clone()).header(
            ACCEPT,
            "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8",
        );
        let changes_cookies = request
            .carriage
            .as_ref()
            .is_some_and(|carriage| carriage.changed_cookies);
        let cookies = self.jar.header(&navigation, now);
        let cookies = cookies.map(|cookies| match changes_cookies {
            true => cookies::changed_pairs(&cookies),
            false => cookies,
        });
        if let Some(cookies) = cookies {
            builder = builder.header(COOKIE, cookies);
        }
        if let Some(body) = &request.body {
            builder = builder
                .header(CONTENT_TYPE, request.enctype.content_type())
                .header(ORIGIN, origin_field(request))
                .body(body.clone());
        }
        if let Some(flow) = self
            .flow
            .as_ref()
            .filter(|flow| flow.origins.contains(&url.origin()))
        {
            builder = builder.header(control_api::FLOW_HEADER, &flow.id);
        }
        if let Some(carriage) = &request.carriage {
            builder = builder.headers(carriage.headers.clone());
        }
        let answer = builder.send().await.map_err(|error| unreachable(url, &error))?;
        let headers = fields(answer.headers());
        let status = answer.status().as_u16();
        let set: Vec<_> = headers
            .iter()
            .filter(|(name, _)| name == "set-cookie")
            .map(|(_, value)| value.as_str())
            .collect();
        self.jar.store(&navigation, &set, now);
        self.hops
            .push(Hop::new(&request.method, url, status, &set, &headers));
        let body = read(url, answer).await?;
        Ok(Page {
            url: url.clone(),
            status,
            headers,
            body,
        })
    }

    fn refuse_loops(&self, request: &Request) -> Result<(), AgentError> {
        let place = hops::place(&request.method, &request.url);
        let visits = self.hops.iter().filter(|hop| hop.place() == place).count();
        if visits >= SAME_HOP_MAX {
            Err(AgentError::Loop(place))
        } else {
            Ok(())
        }
    }
}

/// The next request after a redirect (Fetch standard, HTTP-redirect fetch): 303, and 301 or 302 after a POST,
/// make it a GET; 307 and 308 repeat it.
fn redirected(request: Request, status: u16, url: Url) -> Request {
    let repeats = matches!(status, 307 | 308);
    let crosses = request.url.origin() != url.origin();
    // A page that the person opened has no origin that could be kept from the next site.
    let origin_is_null = request.origin_is_null || (crosses && request.body.is_some());
    Request {
        method: if repeats { request.method } else { Method::GET },
        body: request.body.filter(|_| repeats),
        enctype: request.enctype,
        url,
        initiator: request.initiator,
        origin_is_null,
        top: request.top,
        carriage: request.carriage.filter(|_| repeats),
    }
}

/// The request of a form that a page at `initiator` submits.
fn submitted(submission: &forms::Submission, initiator: Option<&Url>) -> Request {
    Request {
        method: if submission.body.is_some() {
            Method::POST
        } else {
            Method::GET
        },
        body: submission.body.clone(),
        enctype: submission.enctype,
        initiator: initiator.map(Url::origin),
        ..Request::typed(&submission.url)
    }
}

fn origin_field(request: &Request) -> String {
    match &request.initiator {
        Some(origin) if !request.origin_is_null => origin.ascii_serialization(),
        _ => "null".to_owned(),
    }
}

fn fields(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect()
}

fn unreachable(url: &Url, error: &reqwest::Error) -> AgentError {
    let reason = causes(&ErrorWithoutUrl(error));
    if error.is_timeout() {
        AgentError::Unreachable {
            url: hops::without_query(url),
            reason: format!("nothing within {} s", REQUEST_TIMEOUT.as_secs()),
        }
    } else if error.is_connect() {
        AgentError::Unreachable {
            url: hops::without_query(url),
            reason,
        }
    } else {
        AgentError::BrokeOff {
            url: url.clone(),
            reason,
        }
    }
}

/// reqwest puts the whole address into its message, a SAMLRequest and all.
#[derive(Debug)]
struct ErrorWithoutUrl<'e>(&'e reqwest::Error);

impl std::fmt::Display for ErrorWithoutUrl<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(if self.0.is_connect() {
            "no connection"
        } else {
            "the exchange broke off"
        })
    }
}

impl std::error::Error for ErrorWithoutUrl<'_> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(self.0)
    }
}

async fn read(url: &Url, mut answer: reqwest::Response) -> Result<String, AgentError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| unreachable(url, &error))? {
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(AgentError::BodyTooLarge(hops::without_query(url)));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(
        String::from_utf8(body)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    )
}

/// A regular expression that is known to be right, compiled once.
pub(crate) fn regex(cell: &'static OnceLock<regex::Regex>, pattern: &str) -> &'static regex::Regex {
    cell.get_or_init(|| regex::Regex::new(pattern).expect("the pattern is a constant of the program"))
}

#[cfg(test)]
mod tests;
