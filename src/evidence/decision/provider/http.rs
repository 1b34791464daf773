//! The `http` provider: a decision service says whether a decision is approved.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::{Approval, Provider};
use crate::evidence::decision::Reference;
use crate::evidence::decision::answer::{Fields, in_words, shown};
use crate::model::escape::is_blank;
use crate::model::secret::Secret;
use crate::net::{BaseUrl, Client, EndpointPath, Request};

/// A decision service.
#[derive(Debug, Clone)]
pub struct HttpProvider {
    /// Makes the requests.
    pub client: Client,
    /// `DECERN_BASE_URL`.
    pub base: BaseUrl,
    /// The endpoint under it.
    pub path: EndpointPath,
    /// `DECERN_CI_TOKEN`.
    pub token: Secret,
    /// The time one request may take in all.
    pub timeout: Duration,
    /// The commit at the diff's head: in hexadecimal digits.
    pub head: String,
    /// When the run began.
    pub now: Timestamp,
}

impl Provider for HttpProvider {
    fn name(&self) -> &'static str {
        "http"
    }

    fn validate(&self, reference: &Reference) -> Result<Approval, String> {
        let asked = self.ask(reference).and_then(|fields| self.judge(&fields, reference));
        let shown = |words: String| shown(&self.token.redact(&words));
        let warning = asked.map_err(shown)?.map(shown);
        Ok(Approval { warning, source: Some(self.base.to_string().into()), ..Approval::default() })
    }
}

impl HttpProvider {
    fn ask(&self, reference: &Reference) -> Result<Fields, String> {
        let name = match reference {
            Reference::Decision(_) => "decisionId",
            Reference::Adr(_) => "adrRef",
        };
        let url = self.base.join(&self.path).with_query(name, reference.id());
        let response = self.client.send(Request::get(url).bearer(&self.token), self.timeout)?;
        Fields::of(&response, "DECERN_CI_TOKEN")
    }

    /// What an answer says: approved, with a warning or without, or why not.
    fn judge(&self, fields: &Fields, reference: &Reference) -> Result<Option<String>, String> {
        match fields.flag("valid")? {
            Some(true) => {}
            Some(false) => {
                let said = fields.text("reason")?.map(|reason| in_words(reason, fields));
                return Err(said.unwrap_or_else(|| "the service says it is not valid".to_owned()));
            }
            None => return Err("the answer does not say 'valid'".to_owned()),
        }
        same_id(fields, reference)?;
        self.not_expired(fields)?;
        self.same_commit(fields)?;
        status(fields)
    }

    fn not_expired(&self, fields: &Fields) -> Result<(), String> {
        let Some(text) = fields.text("expiresAt")? else { return Ok(()) };
        let expires =
            rfc3339(text).ok_or_else(|| format!("'expiresAt' is not an RFC 3339 time with a zone: {text}"))?;
        if expires > self.now { Ok(()) } else { Err(format!("the approval expired at {text}")) }
    }

    fn same_commit(&self, fields: &Fields) -> Result<(), String> {
        match fields.text("commit")? {
            Some(commit) if !commit.eq_ignore_ascii_case(&self.head) => {
                Err(format!("the approval is for commit {commit}, not for {}", self.head))
            }
            _ => Ok(()),
        }
    }
}

fn same_id(fields: &Fields, reference: &Reference) -> Result<(), String> {
    for name in ["decisionId", "id", "adrRef"] {
        let Some(id) = fields.text(name)? else { continue };
        if !names(id, reference) {
            return Err(format!("the answer is about another decision: '{name}' is '{id}'"));
        }
    }
    Ok(())
}

/// Whether an id is the reference's; those of ADRs are compared by number.
fn names(id: &str, reference: &Reference) -> bool {
    match reference {
        Reference::Decision(asked) => id == asked,
        Reference::Adr(asked) => id == asked || adr_number(id).is_some_and(|number| adr_number(asked) == Some(number)),
    }
}

/// The number in `ADR-012`, without leading zeros.
fn adr_number(id: &str) -> Option<&str> {
    let prefix = id.get(..4).filter(|prefix| prefix.eq_ignore_ascii_case("ADR-"))?;
    let number = &id[prefix.len()..];
    let sound = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    sound.then(|| number.trim_start_matches('0'))
}

/// The warning for a status that the service only observes, and for what it says beside that: that it does not observe any
/// more.
fn status(fields: &Fields) -> Result<Option<String>, String> {
    let observed = fields.flag("observation")?.unwrap_or(false);
    let status = fields.text("status")?;
    let is_approved = |status: &str| ["approved", "accepted"].contains(&status.to_ascii_lowercase().as_str());
    let problem = match status.filter(|status| !is_approved(status)) {
        Some(status) if !observed => return Err(format!("status is '{status}', not approved")),
        Some(status) => Some(format!("status is '{status}'")),
        None => (observed && status.is_none()).then(|| "the service did not say its status".to_owned()),
    };
    let said = fields.get("message").and_then(Value::as_str).filter(|said| observed && !is_blank(said));
    let all: Vec<_> = problem.into_iter().chain(said.map(str::to_owned)).collect();
    Ok((!all.is_empty()).then(|| format!("observation: {}", all.join("; "))))
}

/// A time as RFC 3339 writes it. `jiff` alone reads more of ISO 8601 than that.
fn rfc3339(text: &str) -> Option<Timestamp> {
    const SHAPE: &[u8] = b"dddd-dd-ddTdd:dd:dd";
    let (time, rest) = text.split_at_checked(SHAPE.len())?;
    let fits = time.bytes().zip(SHAPE).all(|(b, &shape)| match shape {
        b'd' => b.is_ascii_digit(),
        b'T' => matches!(b, b'T' | b't'),
        _ => b == shape,
    });
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let offset = zone.len() == 6 && zone.starts_with(['+', '-']) && zone.as_bytes()[3] == b':';
    if fits && (matches!(zone, "Z" | "z") || offset) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::environment::Environment;
    use crate::world::settings::VALIDATE_PATH;

    const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";

    fn provider() -> HttpProvider {
        HttpProvider {
            client: Client::new(&Environment::default()),
            base: BaseUrl::parse("https://d.example", false).unwrap(),
            path: EndpointPath::parse(VALIDATE_PATH.default).unwrap(),
            token: Secret::new("hunter2").unwrap(),
            timeout: Duration::from_secs(5),
            head: HEAD.to_owned(),
            now: "2026-01-02T03:04:05Z".parse().unwrap(),
        }
    }

    fn said(fields: &str, reference: &Reference) -> String {
        let fields = Fields::parse(fields.as_bytes()).expect(fields);
        match provider().judge(&fields, reference) {
            Ok(warning) => warning.unwrap_or_else(|| "valid".to_owned()),
            Err(reason) => format!("FAIL {reason}"),
        }
    }

    #[test]
    fn only_valid_true_and_nothing_against_it_is_valid() {
        let cases = [
            ("{}", "FAIL the answer does not say 'valid'"),
            (r#"{"valid": null}"#, "FAIL the answer does not say 'valid'"),
            (r#"{"valid": "true"}"#, "FAIL the answer's 'valid' is not true or false"),
            (r#"{"valid": 1}"#, "FAIL the answer's 'valid' is not true or false"),
            (r#"{"valid": [true]}"#, "FAIL the answer's 'valid' is not true or false"),
            (r#"{"valid": false}"#, "FAIL the service says it is not valid"),
            (r#"{"valid": false, "reason": "superseded"}"#, "FAIL superseded"),
            (r#"{"valid": true}"#, "valid"),
            (r#"{"valid": true, "status": "Approved", "extra": {}}"#, "valid"),
            (r#"{"valid": true, "status": "ACCEPTED"}"#, "valid"),
            (r#"{"valid": true, "status": null, "expiresAt": null, "adrRef": null}"#, "valid"),
            (r#"{"valid": true, "status": "proposed"}"#, "FAIL status is 'proposed', not approved"),
            (r#"{"valid": true, "status": ""}"#, "FAIL status is '', not approved"),
            (
                r#"{"valid": true, "status": "proposed", "observation": false}"#,
                "FAIL status is 'proposed', not approved",
            ),
            (r#"{"valid": true, "status": "proposed", "observation": true}"#, "observation: status is 'proposed'"),
            (r#"{"valid": true, "status": "approved", "observation": true}"#, "valid"),
            (r#"{"valid": true, "observation": true}"#, "observation: the service did not say its status"),
            (
                r#"{"valid": true, "observation": true, "message": "limit reached"}"#,
                "observation: the service did not say its status; limit reached",
            ),
            (
                r#"{"valid": true, "status": "draft", "observation": true, "message": "limit reached"}"#,
                "observation: status is 'draft'; limit reached",
            ),
            (r#"{"valid": true, "status": "approved", "message": "hello"}"#, "valid"),
            (r#"{"valid": false, "reason": "not_found"}"#, "FAIL the service knows no such decision"),
            (
                r#"{"valid": false, "reason": "not_approved", "status": "draft"}"#,
                "FAIL it is not approved: its status is 'draft'",
            ),
            (r#"{"valid": true, "observation": "true"}"#, "FAIL the answer's 'observation' is not true or false"),
            (r#"{"valid": true, "status": ["approved"]}"#, "FAIL the answer's 'status' is not a string"),
            (r#"{"valid": true, "commit": 1}"#, "FAIL the answer's 'commit' is not a string"),
            (r#"{"valid": true, "decisionId": 7}"#, "FAIL the answer's 'decisionId' is not a string"),
        ];
        for (fields, verdict) in cases {
            assert_eq!(said(fields, &Reference::Decision("abc".to_owned())), verdict, "{fields}");
        }
    }

    #[test]
    fn an_id_in_the_answer_is_the_one_asked_for() {
        let decision = Reference::Decision("abc-1".to_owned());
        let adr = Reference::Adr("ADR-002".to_owned());
        let named = Reference::Adr("ADR-login".to_owned());
        let cases = [
            (&decision, "decisionId", "abc-1", true),
            (&decision, "id", "abc-1", true),
            (&decision, "id", "ABC-1", false),
            (&decision, "decisionId", "", false),
            (&decision, "adrRef", "ADR-1", false),
            (&adr, "adrRef", "ADR-2", true),
            (&adr, "id", "adr-0002", true),
            (&adr, "adrRef", "ADR-20", false),
            (&adr, "adrRef", "2", false),
            (&adr, "adrRef", "ADR-", false),
            (&adr, "adrRef", "ADR-00", false),
            (&adr, "decisionId", "abc-1", false),
            (&named, "adrRef", "ADR-login", true),
            (&named, "adrRef", "ADR-logout", false),
        ];
        for (reference, name, id, same) in cases {
            let verdict = said(&format!(r#"{{"valid": true, "{name}": "{id}"}}"#), reference);
            assert_eq!(verdict == "valid", same, "{name} {id}: {verdict}");
        }
    }

    #[test]
    fn an_approval_ends_and_is_for_one_commit() {
        let cases = [
            ("expiresAt", "2026-01-02T03:04:06Z", true),
            ("expiresAt", "2026-01-02T03:04:05Z", false),
            ("expiresAt", "2026-01-02T03:04:05.001z", true),
            ("expiresAt", "2026-01-02t04:04:05+01:00", false),
            ("expiresAt", "2026-01-02T02:04:06-01:00", true),
            ("expiresAt", "2027-01-02T03:04:05", false),
            ("expiresAt", "2027-01-02", false),
            ("expiresAt", "2027-01-02 03:04:05Z", false),
            ("expiresAt", "2027-01-02T03:04Z", false),
            ("expiresAt", "20270102T030405Z", false),
            ("expiresAt", "2027-01-02T03:04:05+0100", false),
            ("expiresAt", "2027-01-02T03:04:05+01", false),
            ("expiresAt", "2027-01-02T03:04:05Z[UTC]", false),
            ("expiresAt", "2027-13-02T03:04:05Z", false),
            ("expiresAt", "+002027-01-02T03:04:05Z", false),
            ("expiresAt", "1893456000", false),
            ("expiresAt", "", false),
            ("commit", HEAD, true),
            ("commit", "0123456789ABCDEF0123456789ABCDEF01234567", true),
            ("commit", "0123456", false),
            ("commit", "", false),
        ];
        for (name, value, stands) in cases {
            let fields = format!(r#"{{"valid": true, "{name}": "{value}"}}"#);
            let verdict = said(&fields, &Reference::Decision("abc".to_owned()));
            assert_eq!(verdict == "valid", stands, "{fields}: {verdict}");
        }
    }
}
