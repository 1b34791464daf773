//! A judge without a service: the model is asked directly, with the decision's text and the diff.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{Judge, Llm, Question, Verdict};
use crate::evidence::decision::answer::{Fields, shown};
use crate::net::{Client, EndpointPath, Request, Response};

/// What the model is told. The report's `promptHash` covers it.
const INSTRUCTIONS: &str = include_str!("instructions.txt");

/// Room for a verdict; Anthropic's interface wants to be told.
const MAX_TOKENS: u32 = 1024;

/// How a model is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `POST <base>/chat/completions`, as OpenAI defined it and many offer it.
    OpenAi,
    /// `POST <base>/v1/messages`, Anthropic's own.
    Anthropic,
}

impl Dialect {
    /// Anthropic's for its own host, else OpenAI's.
    #[must_use]
    pub fn of(llm: &Llm) -> Self {
        if llm.base.host() == "api.anthropic.com" { Self::Anthropic } else { Self::OpenAi }
    }
}

/// A model as a judge.
#[derive(Debug, Clone)]
pub struct LocalJudge {
    /// Makes the request.
    pub client: Client,
    /// The model.
    pub llm: Llm,
    /// How it is spoken to: [`Dialect::of`].
    pub dialect: Dialect,
    /// The time the request may take in all.
    pub timeout: Duration,
}

impl Judge for LocalJudge {
    fn ask(&self, question: &Question<'_>) -> Result<Verdict, String> {
        let redact = |words: &str| self.llm.key.redact(words);
        self.verdict(question).map(|verdict| verdict.fit(redact)).map_err(|reason| shown(&redact(&reason)))
    }
}

impl LocalJudge {
    fn verdict(&self, question: &Question<'_>) -> Result<Verdict, String> {
        let record = question.record_text.ok_or("the decision's text is not known, so a model cannot compare")?;
        let prompt = prompt(question, record);
        let began = Instant::now();
        let response = self.client.send(self.request(&prompt)?, self.timeout)?;
        let latency = began.elapsed();
        let verdict = read(&self.reply(&response)?)?;
        let facts = json!({
            "model": self.llm.model,
            "promptHash": sha256(&format!("{INSTRUCTIONS}\n{prompt}")),
            "diffHash": sha256(question.diff),
            "latencyMs": u64::try_from(latency.as_millis()).unwrap_or(u64::MAX),
        });
        Ok(Verdict { record: facts.as_object().cloned().unwrap_or_default(), ..verdict })
    }

    fn request(&self, prompt: &str) -> Result<Request, String> {
        let user = json!({"role": "user", "content": prompt});
        let (path, body) = match self.dialect {
            Dialect::OpenAi => {
                let system = json!({"role": "system", "content": INSTRUCTIONS});
                let body = json!({"model": self.llm.model, "temperature": 0, "messages": [system, user]});
                ("/chat/completions", body)
            }
            Dialect::Anthropic => {
                let path = if self.llm.base.path().ends_with("/v1") { "/messages" } else { "/v1/messages" };
                let body = json!({
                    "model": self.llm.model,
                    "max_tokens": MAX_TOKENS,
                    "temperature": 0,
                    "system": INSTRUCTIONS,
                    "messages": [user],
                });
                (path, body)
            }
        };
        let url = self.llm.base.join(&EndpointPath::parse(path)?);
        let request = Request::post_json(url, serde_json::to_vec(&body).map_err(|e| e.to_string())?);
        Ok(match self.dialect {
            Dialect::OpenAi => request.bearer(&self.llm.key),
            Dialect::Anthropic => request.secret("x-api-key", &self.llm.key).header("anthropic-version", "2023-06-01"),
        })
    }

    /// The text that the model wrote.
    fn reply(&self, response: &Response) -> Result<String, String> {
        let fields = Fields::of(response, "DECERN_JUDGE_LLM_API_KEY")?;
        let text = match self.dialect {
            Dialect::OpenAi => of_completion(&fields),
            Dialect::Anthropic => of_message(&fields),
        };
        text.map(str::to_owned).ok_or_else(|| "the model's answer is not one finished text".to_owned())
    }
}

fn of_completion(fields: &Fields) -> Option<&str> {
    let choice = only(fields.get("choices")?)?;
    let finished = choice.get("finish_reason").is_none_or(|reason| reason.is_null() || reason == "stop");
    choice.get("message")?.get("content")?.as_str().filter(|_| finished)
}

fn of_message(fields: &Fields) -> Option<&str> {
    let block = only(fields.get("content")?)?;
    let finished = fields.get("stop_reason").is_none_or(|reason| reason == "end_turn");
    block.get("text")?.as_str().filter(|_| finished && block.get("type").is_some_and(|kind| kind == "text"))
}

fn only(list: &Value) -> Option<&Value> {
    list.as_array().filter(|items| items.len() == 1).and_then(|items| items.first())
}

/// The decision and the diff between lines that neither can hold: they are made from the hash of both.
fn prompt(question: &Question<'_>, record: &str) -> String {
    let boundary = sha256(&format!("{}\n{record}\n{}", record.len(), question.diff));
    let cut = if question.truncated { "The change was cut: its end is missing.\n" } else { "" };
    let id = question.reference.id();
    format!(
        "The boundary of this request is {boundary}.\n\
         {cut}\
         --- begin decision {id} {boundary}\n{record}\n--- end decision {boundary}\n\
         --- begin change {boundary}\n{}\n--- end change {boundary}\n",
        question.diff,
    )
}

/// Reads a model's verdict: the JSON object alone, or in one fence.
fn read(text: &str) -> Result<Verdict, String> {
    const KEYS: [&str; 4] = ["allowed", "confidence", "reason", "advisoryMessage"];
    let not_fit = |problem: String| format!("the model's verdict does not fit the schema: {problem}");
    let fields = Fields::parse(unfenced(text).as_bytes()).map_err(not_fit)?;
    if let Some(unknown) = fields.names().find(|name| !KEYS.contains(name)) {
        return Err(not_fit(format!("unknown key '{unknown}'")));
    }
    let missing = |name: &str| not_fit(format!("'{name}' is missing"));
    Ok(Verdict {
        allowed: fields.flag("allowed")?.ok_or_else(|| missing("allowed"))?,
        reason: Some(fields.text("reason")?.ok_or_else(|| missing("reason"))?.to_owned()),
        // A change that talks the model into "advisory" would pass a refusal, so the model is not asked.
        advisory: false,
        confidence: Some(fields.share("confidence")?.ok_or_else(|| missing("confidence"))?),
        advisory_message: fields.text("advisoryMessage")?.map(str::to_owned),
        record: Map::new(),
    })
}

fn unfenced(text: &str) -> &str {
    let text = text.trim();
    let inner = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    inner.map_or(text, |inner| inner.strip_prefix("json").unwrap_or(inner))
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
