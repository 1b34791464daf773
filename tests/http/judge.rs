//! The service's judge and the local one.

use delivery_gate::internal::evidence::decision::Reference;
use delivery_gate::internal::evidence::decision::{Dialect, Judge, Llm, LocalJudge, Question, ServiceJudge, Verdict};
use delivery_gate::internal::net::BaseUrl;
use serde_json::{Map, Value, json};

use crate::server::{AMPLE, Server, TOKEN, answer, assert_fit, base, client, ok, path, secret};

const KEY: &str = "sk-4n0ther-s3cret";
const DIFF: &str = "diff --git a/x.sql b/x.sql\n+DROP TABLE \"users\";\n";

fn llm(base: BaseUrl) -> Llm {
    Llm { base, key: secret(KEY), model: "model-1".to_owned() }
}

fn service(server: &Server, llm: Option<Llm>) -> ServiceJudge {
    let (client, base, path) = (client(&[]), server.base(), path("/api/decision-gate/judge"));
    ServiceJudge { client, base, path, token: secret(TOKEN), timeout: AMPLE, llm }
}

fn local(server: &Server, dialect: Dialect) -> LocalJudge {
    LocalJudge { client: client(&[]), llm: llm(server.base()), dialect, timeout: AMPLE }
}

fn ask(judge: &dyn Judge, reference: &Reference) -> Result<Verdict, String> {
    let record_text = Some("# 2. Keep users\n\nStatus: accepted\n");
    let question = Question { diff: DIFF, truncated: false, base: "aaa", head: "bbb", reference, record_text };
    let verdict = judge.ask(&question);
    let shown = format!("{verdict:?}");
    assert!(!shown.contains(TOKEN) && !shown.contains(KEY), "{shown}");
    verdict.inspect_err(|error| assert_fit(error))
}

fn adr() -> Reference {
    Reference::Adr("ADR-002".to_owned())
}

/// The head of a request and its body.
fn parts(server: &Server) -> (String, String) {
    let request = server.request();
    let (head, body) = request.split_once("\r\n\r\n").expect("a head");
    (head.replace(&server.port.to_string(), "<port>"), body.to_owned())
}

/// A request's head: the path, what every request has, and what this one has beside.
fn head(path: &str, length: usize, own: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\naccept-encoding: identity\r\ncontent-length: {length}\r\n\
         user-agent: delivery-gate/{}\r\naccept: application/json\r\nhost: 127.0.0.1:<port>\r\n\
         content-type: application/json\r\n{own}",
        env!("CARGO_PKG_VERSION"),
    )
}

#[test]
fn the_service_is_asked_this() {
    let diff = r#""diff":"diff --git a/x.sql b/x.sql\n+DROP TABLE \"users\";\n","truncated":false"#;
    let ends = r#""baseSha":"aaa","headSha":"bbb""#;
    let own = format!(r#""llm":{{"baseUrl":"https://llm.example/v1","apiKey":"{KEY}","model":"model-1"}}"#);
    let decision = Reference::Decision("abc".to_owned());
    let cases = [
        (adr(), None, format!(r#"{{{diff},{ends},"adrRef":"ADR-002"}}"#)),
        (
            decision,
            Some(llm(base("https://llm.example/v1/"))),
            format!(r#"{{{diff},{ends},"decisionId":"abc",{own}}}"#),
        ),
    ];
    for (reference, llm, body) in cases {
        let server = Server::answering(ok(r#"{"allowed": true}"#));
        assert!(ask(&service(&server, llm), &reference).is_ok());
        assert_eq!(
            parts(&server),
            (head("/api/decision-gate/judge", body.len(), "authorization: Bearer tok_5up3r-s3cret"), body)
        );
    }
}

#[test]
fn the_service_answers_with_a_verdict() {
    let body = json!({
        "allowed": true, "reason": format!("Fits {TOKEN}\n{KEY}."), "confidence": 0.85, "advisory": true,
        "advisoryMessage": "Error handling could better match the decision.",
    });
    let server = Server::answering(ok(&body.to_string()));
    let expected = Verdict {
        allowed: true,
        reason: Some(r"Fits [secret]\u{a}[secret].".to_owned()),
        advisory: true,
        confidence: Some(0.85),
        advisory_message: Some("Error handling could better match the decision.".to_owned()),
        record: Map::new(),
    };
    assert_eq!(ask(&service(&server, Some(llm(base("https://llm.example")))), &adr()), Ok(expected));
}

#[test]
fn no_verdict_is_an_error() {
    let json = "Content-Type: application/json\r\n";
    let allowed = r#"{"allowed": true}"#;
    let cases = [
        (answer("401 x", json, allowed), "Unauthorized: the token was not accepted; check DECERN_CI_TOKEN"),
        (answer("429 x", json, r#"{"reason": "slow down"}"#), "slow down"),
        (answer("502 x", "", allowed), "Bad Gateway"),
        (answer("201 x", json, allowed), "the answer's status is 201, not 200"),
        (answer("307 x", "Location: /y\r\n", ""), "redirect (307), not followed"),
        (answer("200 OK", "Content-Type: text/plain\r\n", allowed), "the answer is not JSON (text/plain)"),
        (ok("{}"), "the answer does not say 'allowed'"),
        (ok(r#"{"allowed": "yes"}"#), "the answer's 'allowed' is not true or false"),
        (ok(r#"{"allowed": true, "confidence": 85}"#), "the answer's 'confidence' is not a number from 0 to 1"),
        (ok(&format!(r#"{{"allowed": {}}}"#, json!(KEY))), "the answer's 'allowed' is not true or false"),
        (answer("500 x", json, &json!({"reason": format!("{KEY} {TOKEN}")}).to_string()), "[secret] [secret]"),
    ];
    for (answer, reason) in cases {
        let server = Server::answering(answer.clone());
        let judge = service(&server, Some(llm(base("https://llm.example"))));
        assert_eq!(ask(&judge, &adr()), Err(reason.to_owned()), "{answer}");
    }
}

const VERDICT: &str = r#"{"allowed": true, "confidence": 0.9, "reason": "It keeps users, says sk-4n0ther-s3cret."}"#;

/// What the model is shown of the decision and the change.
fn assert_shown(prompt: &str) {
    let boundary = prompt.split(['.', ' ']).find(|word| word.len() == 64).expect("a boundary");
    let expected = format!(
        "The boundary of this request is {boundary}.\n--- begin decision ADR-002 {boundary}\n# 2. Keep users\n\n\
         Status: accepted\n\n--- end decision {boundary}\n--- begin change {boundary}\n{DIFF}\n--- end change {boundary}\n"
    );
    assert_eq!(prompt, expected);
}

fn assert_judged(verdict: Result<Verdict, String>) {
    let verdict = verdict.expect("a verdict");
    assert_eq!((verdict.allowed, verdict.advisory, verdict.confidence), (true, false, Some(0.9)));
    assert_eq!(verdict.reason.as_deref(), Some("It keeps users, says [secret]."));
    assert_eq!(verdict.record["model"], "model-1");
    assert_eq!(verdict.record["diffHash"], "27a32ab502b2743152a1f7d672eff53fffa47135d6ccb7cb03841826f286e2d0");
    assert!(verdict.record["promptHash"].as_str().is_some_and(|hash| hash.len() == 64));
    assert!(verdict.record["latencyMs"].is_u64());
}

#[test]
fn an_open_ai_model_is_asked_this() {
    let reply = json!({"choices": [{"message": {"content": VERDICT}, "finish_reason": "stop"}]});
    let server = Server::answering(ok(&reply.to_string()));
    assert_judged(ask(&local(&server, Dialect::OpenAi), &adr()));
    let (sent, body) = parts(&server);
    assert_eq!(sent, head("/chat/completions", body.len(), "authorization: Bearer sk-4n0ther-s3cret"));
    let body: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!((&body["model"], &body["temperature"]), (&json!("model-1"), &json!(0)));
    assert_eq!((&body["messages"][0]["role"], &body["messages"][1]["role"]), (&json!("system"), &json!("user")));
    assert_shown(body["messages"][1]["content"].as_str().expect("text"));
}

#[test]
fn an_anthropic_model_is_asked_this() {
    let reply =
        json!({"content": [{"type": "text", "text": format!("```json\n{VERDICT}\n```")}], "stop_reason": "end_turn"});
    let server = Server::answering(ok(&reply.to_string()));
    assert_judged(ask(&local(&server, Dialect::Anthropic), &adr()));
    let (sent, body) = parts(&server);
    let own = "x-api-key: sk-4n0ther-s3cret\r\nanthropic-version: 2023-06-01";
    assert_eq!(sent, head("/v1/messages", body.len(), own));
    let body: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!((&body["temperature"], &body["max_tokens"]), (&json!(0), &json!(1024)));
    assert_shown(body["messages"][0]["content"].as_str().expect("text"));
}

#[test]
fn a_model_without_a_verdict_is_an_error() {
    let said = |text: &str| ok(&json!({"choices": [{"message": {"content": text}}]}).to_string());
    let json = "Content-Type: application/json\r\n";
    let schema = "the model's verdict does not fit the schema: ";
    let cases = [
        (
            answer("401 x", json, "{}"),
            "Unauthorized: the token was not accepted; check DECERN_JUDGE_LLM_API_KEY".to_owned(),
        ),
        (answer("400 x", json, &json!({"error": {"message": KEY}}).to_string()), "Bad Request".to_owned()),
        (ok("{}"), "the model's answer is not one finished text".to_owned()),
        (said("Allowed."), format!("{schema}expected value at line 1 column 1")),
        (said(r#"{"allowed": false, "advisory": true}"#), format!("{schema}unknown key 'advisory'")),
        (said(&format!(r#"{{"{KEY}": true}}"#)), format!("{schema}unknown key '[secret]'")),
    ];
    for (answer, reason) in cases {
        let server = Server::answering(answer.clone());
        assert_eq!(ask(&local(&server, Dialect::OpenAi), &adr()), Err(reason), "{answer}");
    }
}
