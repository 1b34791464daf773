//! What a service answered: one JSON object with a 200, or a line that says why not.

use serde_json::{Map, Value};

use crate::model::escape::{is_blank, visible_up_to};
use crate::net::Response;
use crate::structured::json;

/// How much of a service's own words is shown, in characters.
const SHOWN: usize = 300;

/// The fields of a JSON object, by type.
#[derive(Debug)]
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// The object in an answer with status 200. `token` is the variable to check when the service does not know us.
    pub(super) fn of(response: &Response, token: &str) -> Result<Self, String> {
        match response.status {
            200 => Self::of_json(response),
            401 => Err(format!("Unauthorized: the token was not accepted; check {token}")),
            _ => Err(reason(response)),
        }
    }

    fn of_json(response: &Response) -> Result<Self, String> {
        if !response.is_json() {
            let content_type = response.content_type.as_deref().unwrap_or("no content type");
            return Err(format!("the answer is not JSON ({content_type})"));
        }
        Self::parse(&response.body).map_err(|e| format!("the answer is not sound JSON: {e}"))
    }

    /// The object that a JSON text is.
    pub(super) fn parse(text: &[u8]) -> Result<Self, String> {
        match json::parse(text)? {
            Value::Object(fields) => Ok(Self(fields)),
            _ => Err("it is not an object".to_owned()),
        }
    }

    /// The names of all fields.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// A field, whatever its type. One that is `null` is as good as none: that is how many services write it.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, String> {
        self.typed(name, "a string", Value::as_str)
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, String> {
        self.typed(name, "true or false", Value::as_bool)
    }

    /// A number from 0 to 1.
    pub(super) fn share(&self, name: &str) -> Result<Option<f64>, String> {
        let from_0_to_1 = |value: &Value| value.as_f64().filter(|share| (0.0..=1.0).contains(share));
        self.typed(name, "a number from 0 to 1", from_0_to_1)
    }

    fn typed<'f, T>(
        &'f self,
        name: &str,
        what: &str,
        read: impl Fn(&'f Value) -> Option<T>,
    ) -> Result<Option<T>, String> {
        let Some(value) = self.get(name) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| format!("the answer's '{name}' is not {what}"))
    }
}

/// Why a service refused: its own reason, or else what the status means.
fn reason(response: &Response) -> String {
    let fields = if response.is_json() { Fields::parse(&response.body).ok() } else { None };
    let said = fields.as_ref().and_then(|fields| Some((fields.text("reason").ok()??, fields)));
    match said {
        Some((said, fields)) if is_code(said) => {
            format!("{} ({} {})", in_words(said, fields), response.status, response.status_text())
        }
        Some((said, _)) if !is_blank(said) => said.to_owned(),
        _ if response.status < 300 => format!("the answer's status is {}, not 200", response.status),
        _ => response.status_text(),
    }
}

/// A reason as people read it; what a program calls it, `not_approved`, in words, with the decision's status.
pub(super) fn in_words(reason: &str, fields: &Fields) -> String {
    let status = fields.text("status").ok().flatten().filter(|status| !is_blank(status));
    match (reason, status) {
        ("not_found", _) => "the service knows no such decision".to_owned(),
        ("not_approved", Some(status)) => format!("it is not approved: its status is '{status}'"),
        ("not_approved", None) => "it is not approved".to_owned(),
        ("invalid_input", _) => "the service takes no such id".to_owned(),
        ("linked_pr_required", _) => "no pull request is linked to it in the service, which asks for one".to_owned(),
        ("server_error", _) => "the service could not look it up".to_owned(),
        (code, Some(status)) if is_code(code) => format!("{}: its status is '{status}'", code.replace('_', " ")),
        (code, None) if is_code(code) => code.replace('_', " "),
        (words, _) => words.to_owned(),
    }
}

/// Whether a reason is a name for programs: `not_found`, `expired`.
fn is_code(reason: &str) -> bool {
    !reason.is_empty() && reason.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// A service's words on one line of reasonable length. Secrets are taken out before: half of one would not be found.
pub(super) fn shown(words: &str) -> String {
    visible_up_to(words.trim(), SHOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, content_type: &str, body: &str) -> String {
        let response = Response { status, content_type: Some(content_type.to_owned()), body: body.as_bytes().to_vec() };
        Fields::of(&response, "THE_TOKEN").map_or_else(|e| e, |fields| fields.names().collect())
    }

    #[test]
    fn an_answer_is_an_object_or_a_reason() {
        let json = "application/json";
        let cases = [
            (200, json, r#"{"a": 1, "b": 2}"#, "ab"),
            (200, json, "[]", "the answer is not sound JSON: it is not an object"),
            (200, json, "true", "the answer is not sound JSON: it is not an object"),
            (200, json, "", "the answer is not sound JSON: EOF while parsing a value at line 1 column 0"),
            (200, "text/html; charset=utf-8", "{}", "the answer is not JSON (text/html; charset=utf-8)"),
            (204, json, "", "the answer's status is 204, not 200"),
            (206, json, r#"{"a": 1}"#, "the answer's status is 206, not 200"),
            (401, json, r#"{"reason": "x"}"#, "Unauthorized: the token was not accepted; check THE_TOKEN"),
            (404, json, r#"{"valid": false, "reason": "No such decision"}"#, "No such decision"),
            (404, json, r#"{"reason": "not_found"}"#, "the service knows no such decision (404 Not Found)"),
            (
                422,
                json,
                r#"{"reason": "not_approved", "status": "proposed"}"#,
                "it is not approved: its status is 'proposed' (422 Unprocessable Entity)",
            ),
            (422, json, r#"{"reason": "not_approved"}"#, "it is not approved (422 Unprocessable Entity)"),
            (422, json, r#"{"reason": "invalid_input"}"#, "the service takes no such id (422 Unprocessable Entity)"),
            (
                422,
                json,
                r#"{"reason": "linked_pr_required"}"#,
                "no pull request is linked to it in the service, which asks for one (422 Unprocessable Entity)",
            ),
            (
                500,
                json,
                r#"{"reason": "server_error"}"#,
                "the service could not look it up (500 Internal Server Error)",
            ),
            (429, json, r#"{"reason": "rate_limited"}"#, "rate limited (429 Too Many Requests)"),
            (404, json, r#"{"reason": 7}"#, "Not Found"),
            (404, json, r#"{"reason": "\u200b "}"#, "Not Found"),
            (404, json, r#"{"reason": "a", "reason": "b"}"#, "Not Found"),
            (404, "text/html", r#"{"reason": "No such decision"}"#, "Not Found"),
            (422, json, "nonsense", "Unprocessable Entity"),
            (503, "text/html", "<h1>", "Service Unavailable"),
        ];
        for (status, content_type, body, shown) in cases {
            assert_eq!(answer(status, content_type, body), shown, "{status} {body}");
        }
    }

    #[test]
    fn fields_have_types_and_null_is_no_field() {
        let fields = Fields::parse(br#"{"t": "x", "b": true, "n": 0.5, "m": 1.01, "z": null}"#).unwrap();
        assert_eq!(
            (fields.text("t"), fields.flag("b"), fields.share("n")),
            (Ok(Some("x")), Ok(Some(true)), Ok(Some(0.5)))
        );
        assert_eq!((fields.text("z"), fields.flag("z"), fields.share("no")), (Ok(None), Ok(None), Ok(None)));
        assert_eq!(fields.text("b"), Err("the answer's 'b' is not a string".to_owned()));
        assert_eq!(fields.flag("t"), Err("the answer's 't' is not true or false".to_owned()));
        assert_eq!(fields.share("m"), Err("the answer's 'm' is not a number from 0 to 1".to_owned()));
        assert_eq!(fields.share("t"), Err("the answer's 't' is not a number from 0 to 1".to_owned()));
    }
}
