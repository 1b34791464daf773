//! The http provider against a service.

use delivery_gate::internal::evidence::decision::HttpProvider;
use delivery_gate::internal::evidence::decision::{Approval, Provider, Reference};
use proptest::prelude::*;
use serde_json::json;

use crate::server::{AMPLE, Server, TOKEN, answer, assert_fit, client, ok, path, secret};

fn provider(server: &Server) -> HttpProvider {
    HttpProvider {
        client: client(&[]),
        base: server.base(),
        path: path("/api/decision-gate/validate"),
        token: secret(TOKEN),
        timeout: AMPLE,
        head: "0123456789abcdef0123456789abcdef01234567".to_owned(),
        now: "2026-01-02T03:04:05Z".parse().expect("a time"),
    }
}

fn decision() -> Reference {
    Reference::Decision("550e8400-e29b-41d4-a716-446655440000".to_owned())
}

fn validate(answer: impl Into<Vec<u8>>) -> Result<Approval, String> {
    provider(&Server::answering(answer)).validate(&decision()).inspect_err(|error| assert_fit(error))
}

#[test]
fn the_request_is_this_one() {
    let cases = [
        (decision(), "decisionId=550e8400-e29b-41d4-a716-446655440000"),
        (Reference::Adr("ADR-002".to_owned()), "adrRef=ADR-002"),
        (Reference::Decision("a&b=\r\nX: é".to_owned()), "decisionId=a%26b%3D%0D%0AX%3A%20%C3%A9"),
    ];
    for (reference, query) in cases {
        let server = Server::answering(ok(r#"{"valid": true}"#));
        let source = Some(format!("http://127.0.0.1:{}", server.port).into());
        assert_eq!(provider(&server).validate(&reference), Ok(Approval { source, ..Approval::default() }));
        let expected = format!(
            "GET /api/decision-gate/validate?{query} HTTP/1.1\r\naccept-encoding: identity\r\n\
             user-agent: delivery-gate/{}\r\naccept: application/json\r\nhost: 127.0.0.1:{}\r\n\
             authorization: Bearer {TOKEN}\r\n\r\n",
            env!("CARGO_PKG_VERSION"),
            server.port,
        );
        assert_eq!(server.request(), expected);
    }
}

#[test]
fn an_approval_may_come_with_a_warning() {
    let body = format!(r#"{{"valid": true, "status": "Proposed\u001b[2J {TOKEN}", "observation": true}}"#);
    let warning = validate(ok(&body)).expect("valid").warning.expect("a warning");
    assert_eq!(warning, r"observation: status is 'Proposed\u{1b}[2J [secret]'");
}

#[test]
fn anything_but_a_200_with_valid_json_fails_with_its_reason() {
    let json = "Content-Type: application/json\r\n";
    let sound = r#"{"valid": true}"#;
    let cases = [
        (answer("404 Nope", json, r#"{"valid": false, "reason": "Not Found"}"#), "Not Found"),
        (answer("404 Nope", "", ""), "Not Found"),
        (
            answer("422 x", json, r#"{"valid": false, "reason": "Decision is\nsuperseded"}"#),
            r"Decision is\u{a}superseded",
        ),
        (answer("401 x", json, sound), "Unauthorized: the token was not accepted; check DECERN_CI_TOKEN"),
        (answer("403 x", json, sound), "Forbidden"),
        (answer("500 x", json, sound), "Internal Server Error"),
        (answer("204 No Content", json, ""), "the answer's status is 204, not 200"),
        (answer("203 x", json, sound), "the answer's status is 203, not 200"),
        (answer("206 Partial Content", json, sound), "the answer's status is 206, not 200"),
        (answer("302 Found", "Location: /login\r\n", ""), "redirect (302), not followed"),
        (answer("200 OK", "Content-Type: text/html\r\n", sound), "the answer is not JSON (text/html)"),
        (answer("200 OK", "", sound), "the answer is not JSON (no content type)"),
        (answer("200 OK", json, "<html>"), "the answer is not sound JSON: expected value at line 1 column 1"),
        (ok(r#"{"valid": false, "reason": "Superseded by ADR-9"}"#), "Superseded by ADR-9"),
        (ok(r#"{"valid": "true"}"#), "the answer's 'valid' is not true or false"),
        (ok(r#"{"valid": true, "id": "another"}"#), "the answer is about another decision: 'id' is 'another'"),
    ];
    for (answer, reason) in cases {
        assert_eq!(validate(answer.clone()), Err(reason.to_owned()), "{answer}");
    }
    let twice = validate(ok(r#"{"valid": false, "valid": true}"#)).expect_err("a duplicate key");
    assert!(twice.starts_with("the answer is not sound JSON: the key 'valid' is there twice"), "{twice}");
    let deep = validate(ok(&format!(r#"{{"valid": true, "x": {}"#, "[".repeat(100_000)))).expect_err("deep JSON");
    assert!(deep.contains("nested deeper than 64 levels"), "{deep}");
}

#[test]
fn a_gzip_bomb_is_not_unpacked() {
    let headers = "Content-Type: application/json\r\nContent-Encoding: gzip\r\n";
    let reason = "the body is compressed, which was not asked for";
    assert_eq!(validate(answer("200 OK", headers, "\u{1f}\u{8b}...")), Err(reason.to_owned()));
}

/// Places where a server could repeat the token.
fn repeated(place: usize, text: &str) -> String {
    let json = "Content-Type: application/json\r\n";
    let reason = json!({"valid": false, "reason": text}).to_string();
    match place {
        0 => ok(&reason),
        1 => answer("404 Not Found", json, &reason),
        2 => ok(&json!({"valid": true, "id": text}).to_string()),
        3 => ok(&json!({"valid": true, "status": text}).to_string()),
        4 => ok(&json!({"valid": true, "expiresAt": text}).to_string()),
        5 => ok(&json!({"valid": true, "commit": text}).to_string()),
        6 => ok(&format!("{{{0}: 1, {0}: 2}}", json!(text))),
        7 => answer("302 Found", &format!("Location: http://127.0.0.1/?{TOKEN}\r\n"), text),
        8 => answer("200 OK", &format!("Content-Type: text/{}{TOKEN}\r\n", "x".repeat(text.len() * 3)), text),
        9 => answer("200 OK", &format!("Content-Encoding: {TOKEN}\r\n"), text),
        10 => format!("HTTP/1.1 {TOKEN}\r\n\r\n{text}"),
        _ => ok(text),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_token_is_in_no_error(place in 0_usize..12, before in "\\PC{0,100}", after in any::<String>()) {
        let text = format!("{before}{TOKEN}{after}");
        prop_assert!(validate(repeated(place, &text)).is_err());
    }
}
