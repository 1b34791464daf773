//! The decision service's own judge.

use std::time::Duration;

use serde::Serialize;
use serde_json::Map;

use super::{Judge, Llm, Question, Verdict};
use crate::evidence::decision::Reference;
use crate::evidence::decision::answer::{Fields, shown};
use crate::model::secret::Secret;
use crate::net::{BaseUrl, Client, EndpointPath, Request};

/// A decision service that judges.
#[derive(Debug, Clone)]
pub struct ServiceJudge {
    /// Makes the request.
    pub client: Client,
    /// `DECERN_BASE_URL`.
    pub base: BaseUrl,
    /// The endpoint under it.
    pub path: EndpointPath,
    /// `DECERN_CI_TOKEN`.
    pub token: Secret,
    /// The time the request may take in all.
    pub timeout: Duration,
    /// The caller's own model; without one the service uses its own.
    pub llm: Option<Llm>,
}

/// The body, with its keys in the order in which they are sent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'b> {
    diff: &'b str,
    truncated: bool,
    base_sha: &'b str,
    head_sha: &'b str,
    #[serde(skip_serializing_if = "Option::is_none")]
    adr_ref: Option<&'b str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision_id: Option<&'b str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    llm: Option<LlmBody<'b>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LlmBody<'b> {
    base_url: String,
    api_key: &'b str,
    model: &'b str,
}

impl Judge for ServiceJudge {
    fn ask(&self, question: &Question<'_>) -> Result<Verdict, String> {
        let verdict = self.answer(question).and_then(|fields| verdict(&fields));
        let redact = |words: &str| self.redact(words);
        verdict.map(|verdict| verdict.fit(redact)).map_err(|reason| shown(&redact(&reason)))
    }
}

impl ServiceJudge {
    fn answer(&self, question: &Question<'_>) -> Result<Fields, String> {
        let body = serde_json::to_vec(&self.body(question)).map_err(|e| e.to_string())?;
        let request = Request::post_json(self.base.join(&self.path), body).bearer(&self.token);
        Fields::of(&self.client.send(request, self.timeout)?, "DECERN_CI_TOKEN")
    }

    fn body<'b>(&'b self, question: &Question<'b>) -> Body<'b> {
        let (adr_ref, decision_id) = match question.reference {
            Reference::Adr(id) => (Some(id.as_str()), None),
            Reference::Decision(id) => (None, Some(id.as_str())),
        };
        let llm = self.llm.as_ref().map(|llm| LlmBody {
            base_url: llm.base.to_string(),
            api_key: llm.key.expose(),
            model: &llm.model,
        });
        let Question { diff, truncated, base: base_sha, head: head_sha, .. } = *question;
        Body { diff, truncated, base_sha, head_sha, adr_ref, decision_id, llm }
    }

    fn redact(&self, words: &str) -> String {
        let words = self.token.redact(words);
        self.llm.as_ref().map_or_else(|| words.clone(), |llm| llm.key.redact(&words))
    }
}

fn verdict(fields: &Fields) -> Result<Verdict, String> {
    Ok(Verdict {
        allowed: fields.flag("allowed")?.ok_or("the answer does not say 'allowed'")?,
        reason: fields.text("reason")?.map(str::to_owned),
        advisory: fields.flag("advisory")?.unwrap_or(false),
        confidence: fields.share("confidence")?,
        advisory_message: fields.text("advisoryMessage")?.map(str::to_owned),
        record: Map::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_typed_or_none() {
        let read = |text: &str| verdict(&Fields::parse(text.as_bytes()).expect(text));
        let full =
            r#"{"allowed": true, "reason": "r", "advisory": true, "confidence": 1, "advisoryMessage": "m", "x": 0}"#;
        let expected = Verdict {
            allowed: true,
            reason: Some("r".to_owned()),
            advisory: true,
            confidence: Some(1.0),
            advisory_message: Some("m".to_owned()),
            record: Map::new(),
        };
        assert_eq!(read(full), Ok(expected.clone()));
        let least = Verdict { reason: None, advisory: false, confidence: None, advisory_message: None, ..expected };
        assert_eq!(read(r#"{"allowed": true}"#), Ok(least.clone()));
        assert_eq!(read(r#"{"allowed": false, "confidence": null}"#), Ok(Verdict { allowed: false, ..least }));
        let refused = [
            "{}",
            r#"{"allowed": null}"#,
            r#"{"allowed": "true"}"#,
            r#"{"allowed": 1}"#,
            r#"{"Allowed": true}"#,
            r#"{"allowed": true, "confidence": 85}"#,
            r#"{"allowed": true, "confidence": -0.1}"#,
            r#"{"allowed": true, "confidence": "0.9"}"#,
            r#"{"allowed": false, "advisory": "true"}"#,
            r#"{"allowed": true, "reason": {}}"#,
            r#"{"allowed": true, "advisoryMessage": 1}"#,
        ];
        for text in refused {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
