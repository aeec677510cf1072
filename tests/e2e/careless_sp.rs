//! A service provider that believes whatever is posted to it, and is careless in one way besides.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Who signs in, whoever it is.
const OWN: &str = "b.simon@contoso.com";

/// In which way it is careless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Careless {
    /// It goes where the RelayState says, in whatever it holds.
    FollowsRelayState,
    /// It writes the RelayState into its page.
    WritesRelayState,
    /// It goes where Host says.
    FollowsHost,
    /// It goes where X-Forwarded-Host says.
    FollowsForwardedHost,
    /// It goes to a front end of its own at an address that nobody has (RFC 5737).
    Leaves,
    /// It lets every site read its answers.
    LetsRead,
    /// It does with every method what it does with a post.
    TakesEveryMethod,
    /// Its cookie is shown to scripts.
    ShowsCookie,
    /// Its cookie says who is signed in, and is believed.
    BelievesCookie,
    /// It has no room for so many sign-ons.
    FallsOver,
    /// It makes an account for every sign-on.
    MakesAccounts,
    /// It fetches what the document type of a message names, and then refuses the message.
    Fetches,
    /// It begins anew at the identity provider where a response is not signed.
    AsksAgain,
    /// It does so too, and has signed the user in.
    BelievesAndAsksAgain,
    /// It asks for every response twice, and looks at the second alone.
    WantsItsOwn,
}

/// How many sign-ons begin before one that has no room for more falls over.
const ROOM: usize = 20;

/// Starts it on a free port, for as long as the tests run, and writes its SP file.
pub(crate) fn start(file: &Path, careless: Careless) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let text = format!(
        "name = \"careless\"\nentity_id = \"urn:careless\"\nreply_url = \"{base}/acs\"\nsign_on_url = \"{base}/login\"\n\
         [whoami]\nurl = \"{base}/me\"\nidentity = \"json:/mail\"\naccount_id = \"json:/account\"\nmatch = \"mail\"\n\
         signed_out = {{ status = 401 }}\n[supports]\nparallel = true\n"
    );
    std::fs::write(file, text).unwrap();
    std::thread::spawn(move || {
        let (mut begun, mut accounts) = (0, 0);
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let request = Request::read(&stream);
            let answer = match request.path.as_str() {
                "/login" => {
                    begun += 1;
                    begin(careless, begun)
                }
                "/acs" => {
                    accounts += 1;
                    take(careless, &request, accounts)
                }
                "/me" => tell(careless, &request),
                _ => "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhome".to_owned(),
            };
            // Whoever asked may be gone.
            let _ = stream.write_all(answer.as_bytes());
        }
    });
}

struct Request {
    method: String,
    path: String,
    /// The names of the fields in lower case.
    head: String,
    body: String,
}

impl Request {
    fn read(stream: &TcpStream) -> Self {
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while reader.read_line(&mut head).unwrap() > 2 {}
        let mut line = head.split(' ');
        let (method, target) = (
            line.next().unwrap_or_default().to_owned(),
            line.next().unwrap_or_default(),
        );
        let path = target.split('?').next().unwrap_or_default().to_owned();
        let mut request = Self {
            method,
            path,
            head: head
                .lines()
                .map(|line| match line.split_once(':') {
                    Some((name, value)) => format!("{}:{value}\n", name.to_lowercase()),
                    None => format!("{line}\n"),
                })
                .collect(),
            body: String::new(),
        };
        let length = request
            .field("content-length")
            .map_or(0, |length| length.parse().unwrap());
        reader.take(length).read_to_string(&mut request.body).unwrap();
        request
    }

    fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(':'));
        fields
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.trim())
    }

    /// The address of the first external entity of the response.
    fn external_entity(&self) -> Option<String> {
        Some(between(&self.response()?, " SYSTEM \"", "\"")?.to_owned())
    }

    fn response(&self) -> Option<String> {
        let response = STANDARD.decode(self.parameter("SAMLResponse")?).ok()?;
        String::from_utf8(response).ok()
    }

    fn is_signed(&self) -> bool {
        self.response()
            .is_some_and(|response| response.contains("SignatureValue"))
    }

    /// The tile, whose address the mock says.
    fn tile(&self) -> Option<String> {
        let response = self.response()?;
        let tenant = between(&response, "https://sts.windows.net/", "/")?;
        let tenant = get(&format!("{}/_entrant/v1/tenants/{tenant}", self.field("origin")?));
        let tenant: serde_json::Value = serde_json::from_str(&tenant).unwrap();
        let apps = tenant["apps"].as_array()?;
        let app = apps.iter().find(|app| app["name"] == "careless")?;
        Some(app["launch"].as_str()?.to_owned())
    }

    fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.body.as_bytes());
        pairs
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    }
}

fn between<'t>(text: &'t str, before: &str, behind: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(behind)?.0)
}

/// What is there, without its head.
fn get(address: &str) -> String {
    let rest = address.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    // In one piece: whoever listens may hang up after the first line.
    let request = format!("GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    // Whoever listens may hang up.
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8(answer).unwrap();
    answer
        .split_once("\r\n\r\n")
        .map_or("", |(_, body)| body)
        .to_owned()
}

fn begin(careless: Careless, begun: usize) -> String {
    let status = if careless == Careless::FallsOver && begun > ROOM {
        "503 Service Unavailable"
    } else {
        "200 OK"
    };
    format!("HTTP/1.1 {status}\r\nConnection: close\r\n\r\nwelcome")
}

fn take(careless: Careless, request: &Request, accounts: usize) -> String {
    let grants = if careless == Careless::LetsRead {
        "Access-Control-Allow-Origin: *\r\n"
    } else {
        ""
    };
    if request.method != "POST" && careless != Careless::TakesEveryMethod {
        return format!("HTTP/1.1 405 Method Not Allowed\r\n{grants}Connection: close\r\n\r\n");
    }
    if careless == Careless::Fetches
        && let Some(entity) = request.external_entity()
    {
        get(&entity);
        return "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n".to_owned();
    }
    let has_asked = request
        .field("cookie")
        .is_some_and(|cookies| cookies.contains("asked=1"));
    let asks = match careless {
        Careless::AsksAgain => !request.is_signed(),
        Careless::WantsItsOwn => !has_asked,
        _ => false,
    };
    if asks && let Some(tile) = request.tile() {
        return format!(
            "HTTP/1.1 303 See Other\r\nLocation: {tile}\r\nSet-Cookie: asked=1; Path=/\r\nConnection: close\r\n\r\n"
        );
    }
    let host = |name: &str| request.field(name).map(|host| format!("http://{host}/"));
    let place = match careless {
        Careless::FollowsRelayState => request.parameter("RelayState"),
        Careless::BelievesAndAsksAgain if !request.is_signed() => request.tile(),
        Careless::FollowsHost => host("host"),
        Careless::FollowsForwardedHost => host("x-forwarded-host"),
        Careless::Leaves => Some("http://192.0.2.1/home".to_owned()),
        _ => None,
    };
    let account = if careless == Careless::MakesAccounts {
        accounts
    } else {
        1
    };
    let cookie = STANDARD.encode(format!("{{\"mail\": \"{OWN}\", \"account\": {account}}}"));
    let flags = if careless == Careless::ShowsCookie {
        "SameSite=Lax"
    } else {
        "SameSite=Lax; HttpOnly"
    };
    if careless == Careless::WritesRelayState {
        let written = request.parameter("RelayState").unwrap_or_default();
        return format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Cookie: sid={cookie}; Path=/; {flags}\r\nConnection: close\r\n\r\n<p>{written}"
        );
    }
    format!(
        "HTTP/1.1 303 See Other\r\nLocation: {}\r\n{grants}Set-Cookie: sid={cookie}; Path=/; {flags}\r\nConnection: close\r\n\r\n",
        place.as_deref().unwrap_or("/")
    )
}

fn tell(careless: Careless, request: &Request) -> String {
    let cookies = request.field("cookie").unwrap_or_default();
    let session = cookies.split("; ").find_map(|cookie| cookie.strip_prefix("sid="));
    let session = session.and_then(|session| String::from_utf8(STANDARD.decode(session).ok()?).ok());
    let known = session.filter(|session| {
        let believed = careless == Careless::BelievesCookie && session.contains("@contoso.");
        believed || session.starts_with(&format!("{{\"mail\": \"{OWN}\", \"account\": "))
    });
    match known {
        Some(session) => format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{session}"),
        None => "HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n".to_owned(),
    }
}
