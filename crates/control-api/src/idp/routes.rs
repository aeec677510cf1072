//! The control routes as a table.

/// A control route.
#[derive(Debug)]
pub struct Route {
    /// Its method; what answers GET answers HEAD too.
    pub method: &'static str,
    /// Its path below `/_entrant/v1`; what stands in braces is a segment.
    pub path: &'static str,
    /// The body that it takes, a type of [`crate::idp`]; empty: none.
    pub takes: &'static str,
    /// What it answers, a type of [`crate::idp`] where that is one.
    pub answers: &'static str,
}

const fn route(
    method: &'static str,
    path: &'static str,
    takes: &'static str,
    answers: &'static str,
) -> Route {
    Route {
        method,
        path,
        takes,
        answers,
    }
}

/// Every control route (contracts.md section 6). `{tenant}` is an id or a domain, of one that is made an id; `{app}` a name or an
/// application id, `{certificate}` a name or a thumbprint, `{form}` a [`crate::idp::CertificateForm`].
pub const ROUTES: &[Route] = &[
    route("GET", "/tenants", "", "a list of TenantInfo"),
    route("GET", "/tenants/{tenant}", "", "TenantInfo"),
    route("PUT", "/tenants/{tenant}", "TenantSeed", "TenantInfo"),
    route(
        "PATCH",
        "/tenants/{tenant}",
        "a patch in the tenant file's own keys",
        "TenantInfo",
    ),
    route("DELETE", "/tenants/{tenant}", "", "204"),
    route(
        "GET",
        "/tenants/{tenant}/export",
        "",
        "the tenant file, as JSON in its own keys",
    ),
    route(
        "POST",
        "/tenants/{tenant}/certificates",
        "CertificateAction",
        "TenantInfo",
    ),
    route(
        "GET",
        "/tenants/{tenant}/apps/{app}/certificates/{certificate}/{form}",
        "",
        "the download",
    ),
    route("GET", "/tenants/{tenant}/mails", "", "a list of MailInfo"),
    route(
        "POST",
        "/tenants/{tenant}/token-encryption",
        "TokenEncryptionAction",
        "TenantInfo",
    ),
    route("POST", "/tenants/{tenant}/users", "UserAction", "TenantInfo"),
    route("PUT", "/tenants/{tenant}/clock", "ClockAction", "ClockInfo"),
    route("POST", "/tenants/{tenant}/sign-in", "SignIn", "SignedIn"),
    route(
        "POST",
        "/tenants/{tenant}/claims-test",
        "ClaimsTest",
        "ClaimsTested",
    ),
    route(
        "GET",
        "/tenants/{tenant}/faults",
        "",
        "a list of ArmedFaults that wait, oldest first",
    ),
    route(
        "POST",
        "/tenants/{tenant}/faults",
        "ArmFaults",
        "ArmedFaults, with the number by which these alone are disarmed",
    ),
    route(
        "DELETE",
        "/tenants/{tenant}/faults",
        "",
        "204: none waits any more",
    ),
    route(
        "DELETE",
        "/tenants/{tenant}/faults/{number}",
        "",
        "204: those that GET lists with this number wait no more; 404: none has it",
    ),
    route(
        "GET",
        "/tenants/{tenant}/flows/{flow}",
        "",
        "IdpFlow, which has no events where nothing was recorded, or not yet",
    ),
    route(
        "GET",
        "/tenants/{tenant}/flows/{flow}/difference",
        "",
        "Difference: what the faults changed of the response; 404: nothing was recorded under this id",
    ),
];

/// [`ROUTES`] for whoever asked for another: `GET /tenants; GET, PUT, PATCH, DELETE /tenants/{tenant}; …`.
#[must_use]
pub fn routes_sentence() -> String {
    let mut paths: Vec<(&str, Vec<&str>)> = Vec::new();
    for route in ROUTES {
        match paths.iter_mut().find(|(path, _)| *path == route.path) {
            Some((_, methods)) => methods.push(route.method),
            None => paths.push((route.path, vec![route.method])),
        }
    }
    let told = paths
        .iter()
        .map(|(path, methods)| format!("{} {path}", methods.join(", ")));
    told.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_has_each_path_once() {
        let sentence = routes_sentence();
        assert!(
            sentence.starts_with(
                "GET /tenants; GET, PUT, PATCH, DELETE /tenants/{tenant}; GET /tenants/{tenant}/export; "
            ),
            "{sentence}"
        );
        assert!(
            sentence.ends_with("; GET /tenants/{tenant}/flows/{flow}/difference"),
            "{sentence}"
        );
    }
}
