//! What a tenant of 100,000 users and 10,000 groups costs beside one of ten users: reading its file and making it, a
//! sign-on with all its groups, and memory.
//!
//! `just bench` prints them in one run; read the sign-ons as a ratio: these machines are noisy. The generator writes the
//! file that `entrant serve --tenant` reads, where `ENTRANT_LARGE_TENANT` names a path for it.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark that cannot go on has failed"
)]

use std::fmt::Write as _;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, header};
use certs::{CertificateStore, KeyPool};
use control_api::guard::Guard;
use control_api::tenant::TenantFile;
use criterion::{Criterion, criterion_group, criterion_main};
use mock_idp::{Config, MockIdp};
use tower::ServiceExt as _;

const HOST: &str = "localhost:8080";

/// Groups of each user, in the large tenant as in the small one.
const GROUPS_OF_EACH: usize = 4;

/// A tenant file with so many users and groups. Users are spread evenly; every tenth group is nested in the one before.
fn tenant(name: &str, users: usize, groups: usize) -> String {
    let mut text = format!("[tenant]\ndisplay_name = \"{name}\"\ndomains = [\"{name}.onmicrosoft.com\"]\n");
    for user in 0..users {
        let _ = write!(
            text,
            "[[user]]\nuser_principal_name = \"u{user}@{name}.onmicrosoft.com\"\ndisplay_name = \"User {user}\"\ngiven_name = \"Given {user}\"\nsurname = \"Sur {user}\"\nmail = \"u{user}@{name}.example\"\ncountry = \"DE\"\n"
        );
    }
    let members = users * GROUPS_OF_EACH / groups;
    for group in 0..groups {
        let mut names: Vec<_> = (0..members)
            .map(|place| format!("\"u{}\"", (group * members + place) % users))
            .collect();
        if group % 10 == 9 {
            names.push(format!("\"group:Team {}\"", group - 1));
        }
        let _ = write!(
            text,
            "[[group]]\ndisplay_name = \"Team {group}\"\nmembers = [{}]\n",
            names.join(", ")
        );
    }
    text += "[[app]]\nname = \"App\"\nidentifiers = [\"https://app.example\"]\nreply_urls = [\"https://app.example/acs\"]\nassignment_required = false\ngroup_claim = { groups = \"all\" }\nclaims = [{ name = \"alias\", transform = { function = \"ExtractMailPrefix\", input = \"user.mail\" } }]\n";
    text
}

fn mock() -> MockIdp {
    MockIdp::new(Config {
        base_url: format!("http://{HOST}"),
        internal_url: None,
        cookie_suffix: "8080".to_owned(),
        guard: Guard::new(8080, &[], "token".to_owned(), false),
        keys: KeyPool::open(None, KeyPool::DEFAULT_SIZE).unwrap(),
        certificates: CertificateStore::memory(),
    })
}

/// Memory of this process, in MiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes / 1024
}

fn large(criterion: &mut Criterion) {
    let (small, large) = (tenant("small", 10, 10), tenant("large", 100_000, 10_000));
    if let Some(path) = std::env::var_os("ENTRANT_LARGE_TENANT") {
        std::fs::write(path, &large).unwrap();
    }
    let read = |text: &str| TenantFile::from_toml("tenant.toml", text).unwrap();
    let idp = mock();
    let mut group = criterion.benchmark_group("load");
    group.sample_size(10);
    group.bench_function("a file of 100,000 users and 10,000 groups", |bench| {
        bench.iter(|| idp.put_tenant(read(&large), None).unwrap().users.len());
    });
    group.finish();
    drop(idp);

    let before = resident();
    // A mock for each: sessions, too, are counted.
    let tenants = [(&small, 10_usize), (&large, 100_000)].map(|(text, users)| {
        let idp = mock();
        let launch = idp.put_tenant(read(text), None).unwrap().apps[0].launch.clone();
        (idp.router(), launch, users)
    });
    println!(
        "resident: {} MiB more with the large tenant, {} MiB in all",
        resident().saturating_sub(before),
        resident()
    );

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("sign-on with four groups");
    for (name, (router, launch, users)) in ["small", "large", "small once more"]
        .into_iter()
        .zip(tenants.iter().cycle())
    {
        let mut user = 0;
        group.bench_function(name, |bench| {
            bench.to_async(&runtime).iter(|| {
                // Another user each time, with no session: the whole way.
                user = (user + 7919) % users;
                let request = Request::builder()
                    .uri(launch.as_str())
                    .header(header::HOST, HOST)
                    .header(control_api::USER_HEADER, format!("u{user}"))
                    .body(Body::empty())
                    .unwrap();
                let router = router.clone();
                async {
                    let page = router.oneshot(request).await.unwrap();
                    let bytes = axum::body::to_bytes(page.into_body(), usize::MAX).await.unwrap();
                    assert!(String::from_utf8_lossy(&bytes).contains("SAMLResponse"));
                }
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().measurement_time(Duration::from_secs(5)).warm_up_time(Duration::from_secs(1));
    targets = large
}
criterion_main!(benches);
