//! What is wrong with a scenario, and how it is told.

use super::{SIGNED_IN, file, wrong};

#[test]
fn what_is_wrong_is_told_all_at_once_with_its_place() {
    let text = "titel = \"t\"\napp = \"\"\ntags = [\"@a\"]\n[[step]]\nsign_in = { start = \"tile\", mfaa = true }\nexpect = { outcome = \"signedin\" }\n";
    assert_eq!(
        wrong(text),
        [
            "1:1: `title` is missing: expected what the scenario shows, in one line",
            "1:1: unknown key `titel`: did you mean `title`?",
            "2:7: `app` is empty: expected the enterprise application, by name",
            "3:8: `@a` is not a tag: expected a word, without the `@`",
            "5:11: `user` is missing: expected who signs in, here or at the top of the file",
            "5:21: `start`: unknown word `tile`: expected one of `sp`, `idp`, `test`",
            "5:29: unknown key `mfaa`: did you mean `mfa`?",
            "6:22: `outcome`: unknown word `signedin`: expected one of `signed-in`, `refused`, `stopped-at-idp`, `signed-out`, `safe`, `either`, `accepted`; did you mean `signed-in`?",
        ]
    );
}

#[test]
fn each_rule_has_its_message() {
    let signed_in = "expect = { outcome = \"signed-in\" }";
    let refused = "expect = { outcome = \"refused\" }";
    for (rest, expected) in [
        (
            String::new(),
            "1:1: `[[step]]` is missing: expected at least one step",
        ),
        (
            "[[step]]\n".into(),
            "4:1: a step is exactly one of `sign_in`, `sign_out`, `replay`, `probe`, `flood`, `request`, `tenant`, `certificate`, `token_encryption`, `user`, `clock`, `sp`",
        ),
        (
            "[[step]]\nsign_in = {}\n".into(),
            "4:1: `expect` is missing: expected what this step must lead to",
        ),
        (
            format!("[[step]]\nsign_in = {{}}\n{refused}\n"),
            "5:11: `refused` proves nothing by itself: expected a `fault`, or a `control` that shows that the same sign-on succeeds",
        ),
        (
            format!("[[step]]\nsign_in = {{ control = 1 }}\n{refused}\n"),
            "5:23: `control = 1`: expected the number of an earlier `sign_in` step that expects `signed-in`",
        ),
        (
            format!("[[step]]\nsign_in = {{ control = \"one\" }}\n{signed_in}\n"),
            "5:23: `control`: expected \"auto\" or the number of an earlier step, from 1",
        ),
        (
            format!("{SIGNED_IN}[[step]]\nreplay = {{ step = 2 }}\n{refused}\n"),
            "8:19: `step = 2`: expected the number of an earlier `sign_in` step that expects `signed-in`, or of a `sign_out` from `idp` that expects `signed-out`",
        ),
        (
            format!("[[step]]\nrequest = {{ query = \"\" }}\n{refused}\n"),
            "6:10: a `request` has no control, so `refused` proves nothing: expected `signed-in` or `stopped-at-idp`",
        ),
        (
            format!("[[step]]\nrequest = {{ query = \"\", xml = \"\" }}\n{signed_in}\n"),
            "5:11: expected exactly one of `xml`, `query` and `form`",
        ),
        (
            format!("[[step]]\nrequest = {{ form = \"\", message = \"SAMLResponse\" }}\n{signed_in}\n"),
            "5:34: `message` goes with `xml`: a raw query or form names its parameters itself",
        ),
        (
            format!("[[step]]\nrequest = {{ xml = \"\", message = \"SAMLart\" }}\n{signed_in}\n"),
            "5:33: `message`: unknown word `SAMLart`: expected one of `SAMLRequest`, `SAMLResponse`",
        ),
        (
            format!("[[step]]\nsign_in = {{ start = \"idp\", request = {{ id = \"x\" }} }}\n{signed_in}\n"),
            "5:38: with `start = \"idp\"` the SP sends no AuthnRequest: expected `login_hint` alone",
        ),
        (
            format!(
                "[[step]]\nsign_in = {{ start = \"test\", request = {{ unsigned = true }} }}\n{signed_in}\n"
            ),
            "5:39: with `start = \"test\"` the SP sends no AuthnRequest: expected `login_hint` alone",
        ),
        (
            format!("[[step]]\nsign_in = {{ request = {{ }} }}\n{signed_in}\n"),
            "5:23: `request` is empty: expected what changes of the SP's AuthnRequest",
        ),
        (
            format!("[[step]]\nsign_in = {{ request = {{ is_pasive = true }} }}\n{signed_in}\n"),
            "5:25: unknown key `is_pasive`: did you mean `is_passive`?",
        ),
        (
            format!("[[step]]\nsign_in = {{ request = {{ is_passive = [] }} }}\n{signed_in}\n"),
            "5:38: `is_passive`: expected a text, found a list",
        ),
        (
            format!("[[step]]\nsign_in = {{ request = {{ is_passive = true }} }}\n{refused}\n"),
            "5:11: `refused` proves nothing by itself: expected a `fault`, or a `control` that shows that the same sign-on succeeds",
        ),
        (
            "[[step]]\nsign_in = { browser = \"b\" }\nexpect = { outcome = \"signed-in\" }\n[[step]]\nprobe = { browser = \"b\" }\n\
             expect = { outcome = \"signed-in\", not_on_page = [\"x\"] }\n"
                .into(),
            "9:49: `not_on_page` goes with every step but `probe`",
        ),
        (
            "[[step]]\nsign_in = { parallel = 2 }\nexpect = { outcome = \"signed-in\", no_answer_headers = [\"x\"] }\n".into(),
            "6:55: `no_answer_headers` goes with `sign_in` without `parallel`, `replay` of a response, and `request`",
        ),
        (
            "[[step]]\nsign_in = { parallel = 2 }\nexpect = { outcome = \"signed-in\", cookie_flags = true }\n".into(),
            "6:50: `cookie_flags` goes with `sign_in` without `parallel`",
        ),
        (
            "[[step]]\nsign_in = {}\nexpect = { outcome = \"signed-out\" }\n".into(),
            "6:10: `signed-out` goes with `sign_out`, `probe`, and a `replay` of what a `sign_out` sent",
        ),
        (
            format!(
                "{SIGNED_IN}[[step]]\nsign_out = {{ start = \"idp\", fault = \"sig-none\" }}\nexpect = {{ outcome = \"refused\" }}\n"
            ),
            "8:37: the fault `sig-none` acts at a sign-on: expected it in a `sign_in`",
        ),
        (
            format!("[[step]]\nsign_in = {{ faults = [{{ id = \"slo-unsigned\" }}] }}\n{refused}\n"),
            "5:30: the fault `slo-unsigned` acts on a message of single sign-out: expected it in a `sign_out`",
        ),
        (
            format!(
                "{SIGNED_IN}[[step]]\nsign_out = {{ start = \"idp\" }}\nexpect = {{ outcome = \"safe\" }}\n"
            ),
            "9:10: `safe` and `either` go with `sign_in`, `replay`, and a `sign_out` with a `fault`",
        ),
        (
            format!(
                "{SIGNED_IN}[[step]]\nsign_out = {{}}\nexpect = {{ outcome = \"signed-out\" }}\n\
                 [[step]]\nreplay = {{ step = 2 }}\nexpect = {{ outcome = \"refused\" }}\n"
            ),
            "11:19: `step = 2`: expected the number of an earlier `sign_in` step that expects `signed-in`, or of a `sign_out` from `idp` that expects `signed-out`",
        ),
        (
            format!(
                "{SIGNED_IN}[[step]]\nsign_out = {{ start = \"idp\" }}\nexpect = {{ outcome = \"signed-out\" }}\n\
                 [[step]]\nreplay = {{ step = 2, rewrap = true }}\nexpect = {{ outcome = \"refused\" }}\n"
            ),
            "11:31: `rewrap` goes with the response of a `sign_in`",
        ),
        (
            "[[step]]\nsign_out = {}\nexpect = { outcome = \"signed-out\" }\n".into(),
            "5:12: nobody is signed in: expected an earlier `sign_in` step",
        ),
        (
            format!(
                "{SIGNED_IN}[[step]]\nsign_out = {{ browser = \"one\" }}\nexpect = {{ outcome = \"signed-out\" }}\n"
            ),
            "8:24: `browser`: no earlier `sign_in` step has the browser `one`",
        ),
        (
            format!(
                "{SIGNED_IN}[[step]]\nsign_in = {{}}\nexpect = {{ outcome = \"signed-in\", same_account_as = 2 }}\n"
            ),
            "9:53: `same_account_as = 2`: expected the number of an earlier `sign_in` step that expects `signed-in`",
        ),
        (
            format!(
                "{SIGNED_IN}[[step]]\nsign_in = {{}}\nexpect = {{ outcome = \"signed-in\", other_account_than = 0 }}\n"
            ),
            "9:56: `other_account_than = 0`: expected the number of an earlier `sign_in` step that expects `signed-in`",
        ),
        (
            format!(
                "{SIGNED_IN}[[step]]\nsign_in = {{}}\nexpect = {{ outcome = \"signed-in\", same_account_as = \"one\" }}\n"
            ),
            "9:53: `same_account_as`: expected a whole number from 0, found a text",
        ),
        (
            format!(
                "{SIGNED_IN}[[step]]\nsign_in = {{ app = \"IOMETE\" }}\nexpect = {{ outcome = \"signed-in\", same_account_as = 1 }}\n"
            ),
            "9:53: `same_account_as = 1`: expected a step at the same application: another has other accounts",
        ),
        (
            format!(
                "{SIGNED_IN}[[step]]\nsign_in = {{ control = 1 }}\nexpect = {{ outcome = \"refused\", same_account_as = 1 }}\n"
            ),
            "9:51: `same_account_as` goes with the outcome `signed-in`",
        ),
        (
            format!(
                "{SIGNED_IN}[[step]]\nsign_out = {{}}\nexpect = {{ outcome = \"signed-in\", same_account_as = 1 }}\n"
            ),
            "9:53: `same_account_as` goes with `sign_in`, `replay` and `request`",
        ),
        (
            format!(
                "{SIGNED_IN}[[step]]\nsign_out = {{}}\nexpect = {{ outcome = \"signed-in\", account = \"created\" }}\n"
            ),
            "9:45: `account` goes with `sign_in`, `replay` and `request`",
        ),
        (
            format!(
                "{SIGNED_IN}[[step]]\nsign_out = {{ start = \"test\" }}\nexpect = {{ outcome = \"signed-out\" }}\n"
            ),
            "8:22: `start`: unknown word `test`: expected one of `sp`, `idp`",
        ),
        (
            format!("[[step]]\nrequest = {{ form = \"\", encoding = \"gzip\" }}\n{signed_in}\n"),
            "5:35: `encoding` goes with `xml`: a raw query or form is sent as it is",
        ),
        (
            format!("[[step]]\nclock = {{ idp = \"+1m\" }}\n{signed_in}\n{SIGNED_IN}"),
            "6:10: `expect` goes with `sign_in`, `sign_out`, `replay`, `probe`, `request` and `refresh_trust`",
        ),
        (
            ["[[step]]\nclock = { idp = \"soon\" }\n", SIGNED_IN].concat(),
            "5:17: `idp`: `soon` is not a duration such as 90s, 6m, 2h, 30d or 3y, with + or - where it moves a clock",
        ),
        (
            ["[[step]]\nclock = { freeze = true }\n", SIGNED_IN].concat(),
            "5:9: expected `idp` or `sp`: how far its clock moves, `+0s` where it only stops or runs",
        ),
        (
            [
                "[[step]]\ncertificate = { add = \"a\", expire = \"b\" }\n",
                SIGNED_IN,
            ]
            .concat(),
            "5:15: expected exactly one of `add`, `import`, `activate`, `withdraw`, `expire`",
        ),
        (
            ["[[step]]\nuser = { rename = \"B.Simon\" }\n", SIGNED_IN].concat(),
            "5:8: `to` is missing: `rename` needs it",
        ),
        (
            [
                "[[step]]\nuser = { disable = \"B.Simon\", role = \"r\" }\n",
                SIGNED_IN,
            ]
            .concat(),
            "5:38: `role` goes with `assign`",
        ),
        (
            ["[[step]]\nsp = { refresh_trust = false }\n", SIGNED_IN].concat(),
            "5:24: `refresh_trust`: expected true, \"tenant\" for the tenant-wide metadata, or an address",
        ),
        (
            ["[[step]]\nsp = { refresh_trust = true, fault = \"meta-xsw\" }\n", SIGNED_IN].concat(),
            "4:1: `expect` is missing: expected what the SP must do with the metadata",
        ),
        (
            [
                "[[step]]\nsp = { refresh_trust = true, fault = \"sig-none\" }\nexpect = { outcome = \"refused\" }\n",
                SIGNED_IN,
            ]
            .concat(),
            "5:38: the fault `sig-none` is none of metadata: expected it in a `sign_in`",
        ),
        (
            [
                "[[step]]\nsp = { refresh_trust = \"file:///x\", fault = \"meta-xsw\" }\nexpect = { outcome = \"refused\" }\n",
                SIGNED_IN,
            ]
            .concat(),
            "5:24: `refresh_trust`: faults are of the mock's metadata: expected true or \"tenant\"",
        ),
        (
            [
                "[[step]]\nsp = { refresh_trust = true }\nexpect = { outcome = \"signed-in\" }\n",
                SIGNED_IN,
            ]
            .concat(),
            "6:10: metadata is `accepted`, `refused` or `either`",
        ),
        (
            [
                "[[step]]\nsp = { refresh_trust = true }\nexpect = { outcome = \"refused\", rejection = \"malformed\" }\n",
                SIGNED_IN,
            ]
            .concat(),
            "6:45: `rejection` goes with `sign_in` and `replay`",
        ),
        (
            [
                SIGNED_IN,
                "[[step]]\nsp = { refresh_trust = true }\nexpect = { outcome = \"refused\" }\n",
            ]
            .concat(),
            "8:6: `refused` proves nothing by itself: expected a later `sign_in` that shows whom the SP trusts",
        ),
        (
            ["[[step]]\nsp = { delete_link = \"B\", fault = \"meta-xsw\" }\n", SIGNED_IN].concat(),
            "5:35: `fault` goes with `refresh_trust`",
        ),
        (
            "[[step]]\nsign_in = {}\nexpect = { outcome = \"accepted\" }\n".to_owned(),
            "6:10: `accepted` goes with `refresh_trust`",
        ),
        (
            "[[step]]\nsign_in = { fault = \"meta-xsw\" }\nexpect = { outcome = \"refused\" }\n".to_owned(),
            "5:21: the fault `meta-xsw` is one of metadata: expected it in `sp = { refresh_trust = true, fault = \"meta-xsw\" }`",
        ),
        (
            ["[[step]]\nsp = { refresh_trust = \"app\" }\n", SIGNED_IN].concat(),
            "5:24: `refresh_trust`: expected true, \"tenant\" for the tenant-wide metadata, or an address",
        ),
        (
            [
                "[[step]]\ncertificate = { activate = \"a\", valid_for = \"1y\" }\n",
                SIGNED_IN,
            ]
            .concat(),
            "5:45: `valid_for` goes with `add`",
        ),
        (
            [
                "[[step]]\ncertificate = { add = \"a\", pfx = \"a.pfx\" }\n",
                SIGNED_IN,
            ]
            .concat(),
            "5:34: `pfx` goes with `import`",
        ),
        (
            [
                "[[step]]\ncertificate = { import = \"a\", password = \"p\" }\n",
                SIGNED_IN,
            ]
            .concat(),
            "5:42: `password` goes with `pfx`, whose it is",
        ),
        (
            [
                "[[step]]\ncertificate = { import = \"a\", exponent = 5 }\n",
                SIGNED_IN,
            ]
            .concat(),
            "5:42: `exponent`: expected 3 or 65537",
        ),
        (
            [
                "[[step]]\ncertificate = { add = \"a\", exponent = 3 }\n",
                SIGNED_IN,
            ]
            .concat(),
            "5:39: `exponent` goes with `import`",
        ),
        (
            [
                "[[step]]\ncertificate = { import = \"a\", pfx = \"a.pfx\", exponent = 3 }\n",
                SIGNED_IN,
            ]
            .concat(),
            "5:57: `exponent` goes with no `pfx`, whose key has its own",
        ),
        (
            [
                "[[step]]\ncertificate = { add = \"a\", key_bits = 3072 }\n",
                SIGNED_IN,
            ]
            .concat(),
            "5:39: `key_bits`: 3072 is none of 1024, 2048 and 4096",
        ),
        (
            [
                "[[step]]\ncertificate = { add = \"a\", valid_from = \"9y\" }\n",
                SIGNED_IN,
            ]
            .concat(),
            "5:41: `valid_from`: `9y` is not an offset from now within 3 years, such as 1d (not yet valid) or -30d",
        ),
        (
            [
                "[[step]]\ncertificate = { add = \"a\", valid_from = \"-9d\", valid_for = \"-1d\" }\n",
                SIGNED_IN,
            ]
            .concat(),
            "5:60: `valid_for` counts from `valid_from`, so it is positive: an expired certificate has a `valid_from` that lies further back",
        ),
        (
            ["[[step]]\ntenant = { apps = [] }\n", SIGNED_IN].concat(),
            "5:12: unknown key `apps`: did you mean `app`?",
        ),
        (
            [
                "[[step]]\ntenant = { app = [{ name = \"sipgate\", signing = { option = \"respons\" } }] }\n",
                SIGNED_IN,
            ]
            .concat(),
            "5:60: `option`: unknown word `respons`: expected one of `assertion`, `response`, `response-and-assertion`; did you mean `response`?",
        ),
        (
            [
                "[[step]]\ntenant = { app = [{ name = \"sipgate\", sign_on_url = \"{login_ur}\" }] }\n",
                SIGNED_IN,
            ]
            .concat(),
            "5:53: `sign_on_url`: `{login_ur}` is not an http or https address",
        ),
        (
            "[[step]]\nsign_in = { faults = [{ value = \"x\" }] }\nexpect = { outcome = \"signed-in\" }\n"
                .into(),
            "5:23: `id` is missing: expected the id of a fault",
        ),
        (
            "[[step]]\nsign_in = {}\nexpect = { outcome = \"signed-in\", code = \"AADSTS50105\" }\n".into(),
            "6:42: `code` goes with the outcome `stopped-at-idp`",
        ),
        (
            "[[step]]\nsign_in = {}\nexpect = { outcome = \"stopped-at-idp\" }\n".into(),
            "6:10: `code` is missing: `stopped-at-idp` needs the error's code, such as AADSTS50105",
        ),
        (
            format!("{SIGNED_IN}[[step]]\nprobe = {{ browser = \"one\" }}\n{signed_in}\n"),
            "8:9: no earlier `sign_in` has the browser `one`",
        ),
        (
            format!(
                "[[step]]\nsign_in = {{ browser = \"one\" }}\n{signed_in}\n[[step]]\nprobe = {{ browser = \"one\" }}\n{refused}\n"
            ),
            "9:10: a `probe` finds `signed-in` or `signed-out`",
        ),
        (
            format!("[[step]]\nsign_in = {{ hold = true }}\n{SIGNED_IN}"),
            "5:20: `hold` needs a `browser`, in which the sign-on waits",
        ),
        (
            format!("[[step]]\nsign_in = {{ hold = true, browser = \"one\" }}\n{signed_in}\n{SIGNED_IN}"),
            "6:10: `expect` goes with no `hold`: the `replay` of this step says what it must lead to",
        ),
        (
            format!(
                "[[step]]\nsign_in = {{ hold = true, browser = \"one\", delivery = {{ method = \"HEAD\" }} }}\n{SIGNED_IN}"
            ),
            "5:54: `delivery` goes with no `hold`: nothing reaches the SP yet",
        ),
        (
            format!(
                "[[step]]\nsign_in = {{ hold = true, browser = \"one\" }}\n[[step]]\nreplay = {{ step = 1 }}\n{refused}\n"
            ),
            "7:10: `refused` proves nothing by itself: expected a `control` where the response was held",
        ),
        (
            format!("{SIGNED_IN}[[step]]\nreplay = {{ step = 1, relay_state_of = 2 }}\n{signed_in}\n"),
            "8:39: `relay_state_of = 2`: expected the number of an earlier `sign_in` step that expects `signed-in`",
        ),
        (
            format!("[[step]]\nsign_in = {{ parallel = 1 }}\n{signed_in}\n"),
            "5:24: `parallel`: expected a number of browsers from 2 to 50",
        ),
        (
            format!("[[step]]\nsign_in = {{ parallel = 2, browser = \"one\" }}\n{signed_in}\n"),
            "5:37: `browser` goes with no `parallel`: each of its browsers is a fresh one, and signs in as it should",
        ),
        (
            "[[step]]\nsign_in = { parallel = 2 }\nexpect = { outcome = \"stopped-at-idp\", code = \"AADSTS50126\" }\n".into(),
            "6:10: `parallel` goes with the outcome `signed-in`",
        ),
        (
            format!("[[step]]\nsign_in = {{ times = 2 }}\n{signed_in}\n"),
            "5:21: `times` goes with `fault` or `faults`, which act so often",
        ),
        (
            format!("[[step]]\nsign_in = {{ fault = \"sig-none\", times = 0 }}\n{refused}\n"),
            "5:41: `times`: expected a number from 1 to 10000 or `until-disarmed`, found `0`",
        ),
        (
            format!("[[step]]\nsign_in = {{ fault = \"sig-none\", times = \"always\" }}\n{refused}\n"),
            "5:41: `times`: expected a number from 1 to 10000 or `until-disarmed`, found `always`",
        ),
        (
            format!("[[step]]\nsign_in = {{ fault = \"sig-none\", times = 1.0 }}\n{refused}\n"),
            "5:41: `times`: expected a whole number from 1 to 10000 or `until-disarmed`, found `1.0`",
        ),
        (
            format!("[[step]]\nsign_in = {{ fault = \"sig-none\", times = true }}\n{refused}\n"),
            "5:41: `times`: expected a whole number from 1 to 10000 or `until-disarmed`, found `true`",
        ),
        (
            format!("[[step]]\nsign_in = {{ fault = \"sig-none\", times = [] }}\n{refused}\n"),
            "5:41: `times`: expected a whole number from 1 to 10000 or `until-disarmed`, found a list",
        ),
        (
            format!("[[step]]\nsign_in = {{ query = \"a b\" }}\n{signed_in}\n"),
            "5:21: `query`: `a b` is not a query as it stands in an address, such as `next=%2Fhome`",
        ),
        (
            format!("[[step]]\nflood = {{ sign_ons = 0 }}\n{SIGNED_IN}"),
            "5:22: `sign_ons`: expected how many, from 1 to 100000, found 0",
        ),
        (
            format!("[[step]]\nflood = {{}}\n{SIGNED_IN}"),
            "5:9: `sign_ons` is missing: expected how many, from 1 to 100000",
        ),
        (
            format!("[[step]]\nflood = {{ sign_ons = \"many\" }}\n{SIGNED_IN}"),
            "5:22: `sign_ons`: expected a whole number from 0, found a text",
        ),
        (
            "[[step]]\nsign_in = {}\nexpect = { outcome = \"signed-in\", answer_headers = { Vary = \"\" } }\n".into(),
            "6:61: `Vary`: expected the name of a header field, and a word that its value holds",
        ),
        (
            "[[step]]\nsign_in = {}\nexpect = { outcome = \"signed-in\", no_answer_headers = [\"a b\"] }\n".into(),
            "6:55: `a b`: expected the name of a header field",
        ),
        (
            "[[step]]\nclock = { idp = \"+1m\" }\n".into(),
            "4:1: no step is judged: expected at least one `sign_in`, `sign_out`, `replay`, `probe` or `request`, with `expect`",
        ),
        (
            "[[step]]\nsign_in = {}\nexpect = { outcome = \"stopped-at-idp\", code = \"50105\" }\n".into(),
            "6:47: `code`: `50105` is not a code such as AADSTS50105",
        ),
        (
            "[[step]]\nsign_in = {}\nexpect = { outcome = \"signed-in\", attributes = { A = 1 } }\n".into(),
            "6:54: expected a text or a list of texts, found a number",
        ),
    ] {
        assert_eq!(wrong(&file(&rest)), [expected], "{rest}");
    }
}

#[test]
fn a_step_that_does_not_exist_is_unknown() {
    let kinds = "`sign_in`, `sign_out`, `replay`, `probe`, `flood`, `request`, `tenant`, `certificate`, `token_encryption`, `user`, `clock`, `sp`";
    assert_eq!(
        wrong(&file("[[step]]\nsign_on = {}\n")),
        [
            format!("4:1: a step is exactly one of {kinds}"),
            "5:1: unknown key `sign_on`: did you mean `sign_in`?".to_owned(),
        ]
    );
}
