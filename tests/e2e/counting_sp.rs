//! A service provider that reads nothing of what is posted to it: whether it signs in hangs on how many responses came before.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

/// Starts it on a free port, for as long as the tests run, and writes its SP file. It signs `mail` in where `signs_in` says so
/// of the response's number, from 1.
pub(crate) fn start(file: &Path, mail: &'static str, signs_in: fn(usize) -> bool) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let text = format!(
        "name = \"counting\"\nentity_id = \"urn:counting\"\nreply_url = \"{base}/acs\"\nsign_on_url = \"{base}/login\"\n\
         [whoami]\nurl = \"{base}/me\"\nidentity = \"json:/mail\"\nmatch = \"mail\"\nsigned_out = {{ status = 401 }}\n"
    );
    std::fs::write(file, text).unwrap();
    std::thread::spawn(move || {
        let mut responses = 0;
        for stream in listener.incoming() {
            serve(stream.unwrap(), mail, || {
                responses += 1;
                signs_in(responses)
            });
        }
    });
}

fn serve(mut stream: TcpStream, mail: &str, signs_in: impl FnOnce() -> bool) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while reader.read_line(&mut head).unwrap() > 2 {}
    let head = head.to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(0, |length| length.trim().parse().unwrap());
    reader.take(length).read_to_end(&mut Vec::new()).unwrap();
    let (status, header, body) = match head.split(' ').nth(1).unwrap_or_default() {
        "/acs" if signs_in() => (
            "303 See Other",
            "Location: /\r\nSet-Cookie: sid=1; Path=/\r\n",
            String::new(),
        ),
        "/acs" => ("403 Forbidden", "", "no".to_owned()),
        "/me" if !head.contains("sid=1") => ("401 Unauthorized", "", String::new()),
        _ => ("200 OK", "", format!("{{\"mail\": \"{mail}\"}}")),
    };
    let length = body.len();
    let answer =
        format!("HTTP/1.1 {status}\r\n{header}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    // Whoever asked may be gone.
    let _ = stream.write_all(answer.as_bytes());
}
