//! The judge of a run: the decision service where one is configured, else the caller's own model.

use super::{Dialect, Judge, LocalJudge, Question, ServiceJudge, Verdict};
use crate::config::decision::ProviderKind;
use crate::evidence::decision::settings::Settings;
use crate::net::Client;

/// A judge that cannot be asked gives no verdict and says why.
struct Unasked(String);

impl Judge for Unasked {
    fn ask(&self, _: &Question<'_>) -> Result<Verdict, String> {
        Err(self.0.clone())
    }
}

/// Who is asked.
#[must_use]
pub(crate) fn chosen(settings: &Settings, client: &Client) -> Box<dyn Judge> {
    match judge(settings, client.clone()) {
        Ok(judge) => judge,
        Err(why) => Box::new(Unasked(why)),
    }
}

fn judge(settings: &Settings, client: Client) -> Result<Box<dyn Judge>, String> {
    let llm = settings.llm.clone()?;
    let timeout = settings.judge_timeout;
    if settings.providers.contains(&ProviderKind::Http) {
        let service = settings.service.clone()?;
        let path = settings.judge_path.clone();
        return Ok(Box::new(ServiceJudge { client, base: service.base, path, token: service.token, timeout, llm }));
    }
    let llm = llm.ok_or("no model is configured; set DECERN_JUDGE_LLM_BASE_URL, _API_KEY and _MODEL")?;
    let dialect = Dialect::of(&llm);
    Ok(Box::new(LocalJudge { client, llm, dialect, timeout }))
}
