//! What the gate was asked to do: flags, then environment variables, then `decision:` of the base commit's policy.

use std::time::Duration;

use super::high_impact::Pattern;
use super::judge::Llm;
use crate::config::decision::{DecisionPolicy, ProviderKind};
use crate::model::problem::Problem;
use crate::model::secret::Secret;
use crate::net::{BaseUrl, EndpointPath};
use crate::system::environment::Environment;
use crate::world::settings::{
    ALLOW_INSECURE_HTTP, DECISION_TIMEOUT_MS, DECISION_TOKEN, DECISION_URL, EXTRA_PATTERNS, JUDGE,
    JUDGE_MIN_CONFIDENCE, JUDGE_PATH, JUDGE_TIMEOUT_MS, LLM_KEY, LLM_MODEL, LLM_URL, Setting, VALIDATE_PATH,
};

/// What was said on the command line.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Flags {
    /// What the change is compared with, a revision
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// The change's end [default: HEAD]
    #[arg(long, value_name = "REV", requires = "base")]
    pub head: Option<String>,
    /// Who knows decisions: http, adr or both
    #[arg(long = "provider", value_enum, hide_possible_values = true, value_name = "NAME", help_heading = "Decisions")]
    pub providers: Vec<ProviderKind>,
    /// A further high-impact path or glob; may be repeated
    #[arg(long = "pattern", value_name = "PATTERN")]
    pub patterns: Vec<String>,
    /// The decision service
    #[arg(long, value_name = "URL", help_heading = "Decisions")]
    pub base_url: Option<String>,
    /// Its validate endpoint
    #[arg(long, value_name = "PATH", help_heading = "Decisions")]
    pub validate_path: Option<String>,
    /// The service's judge endpoint
    #[arg(long, value_name = "PATH", help_heading = "Judge")]
    pub judge_path: Option<String>,
    /// Let the token travel in clear
    #[arg(long, help_heading = "Decisions")]
    pub allow_insecure_http: bool,
    /// The time limit of one validation [default: 5000]
    #[arg(long, help_heading = "Decisions", value_name = "MS", value_parser = |text: &str| DECISION_TIMEOUT_MS.parse_whole(text))]
    pub timeout_ms: Option<u32>,
    /// Ask the judge too
    #[arg(long, help_heading = "Judge")]
    pub judge: bool,
    /// The judge's time limit [default: 60000]
    #[arg(long, help_heading = "Judge", value_name = "MS", value_parser = |text: &str| JUDGE_TIMEOUT_MS.parse_whole(text))]
    pub judge_timeout_ms: Option<u32>,
    /// What confidence a verdict needs, 0 to 1
    #[arg(long, help_heading = "Judge", value_name = "NUMBER", value_parser = |text: &str| JUDGE_MIN_CONFIDENCE.parse(text))]
    pub judge_min_confidence: Option<f64>,
}

/// Flags and environment, read and found sound.
#[derive(Debug, Clone)]
pub(crate) struct DecisionOptions {
    /// `--base`, and `--head` with it.
    pub ends: Option<(String, Option<String>)>,
    /// The commit whose policy holds, in hex digits, where that is not the base.
    pub policy_from: Option<String>,
    providers: Vec<ProviderKind>,
    patterns: Vec<Pattern>,
    /// Where the service is; why it cannot be asked, when half of it is missing.
    service: Result<Service, String>,
    /// Whether a variable of the service is there at all, be it empty.
    names_a_service: bool,
    validate_path: EndpointPath,
    judge_path: EndpointPath,
    timeout_ms: Option<u32>,
    judge: Option<bool>,
    judge_timeout_ms: Option<u32>,
    min_confidence: Option<f64>,
    confidence_from: Option<String>,
    llm: Result<Option<Llm>, String>,
}

/// The decision service.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    /// Where it is.
    pub base: BaseUrl,
    /// Who asks.
    pub token: Secret,
}

/// Everything that decides a run.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Who is asked, in order.
    pub providers: Vec<ProviderKind>,
    /// The service, or why it cannot be asked.
    pub service: Result<Service, String>,
    /// The service's validate endpoint.
    pub validate_path: EndpointPath,
    /// The service's judge endpoint.
    pub judge_path: EndpointPath,
    /// For one validation.
    pub timeout: Duration,
    /// Whether the judge is asked.
    pub judge: bool,
    /// For the judge.
    pub judge_timeout: Duration,
    /// What confidence a verdict needs.
    pub min_confidence: Option<f64>,
    /// The variable that says so, as `VARIABLE=value`.
    pub confidence_from: Option<String>,
    /// The caller's own model, or which of its variables are missing.
    pub llm: Result<Option<Llm>, String>,
    /// What is high-impact beyond the embedded rules.
    pub patterns: Vec<Pattern>,
    /// What of the policy holds as it is: ignored paths, places of records, partial verdicts.
    pub policy: DecisionPolicy,
}

impl Settings {
    /// Whether a service or a model has a say.
    pub(crate) fn needs_a_server(&self) -> bool {
        self.judge || self.providers.contains(&ProviderKind::Http)
    }
}

impl DecisionOptions {
    /// Reads flags and environment.
    ///
    /// # Errors
    /// Every value that is not what its flag or variable takes.
    pub(crate) fn read(flags: &Flags, environment: &Environment) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader { environment, problems: Vec::new(), insecure: flags.allow_insecure_http };
        reader.insecure |= reader.taken(ALLOW_INSECURE_HTTP.switch(environment)).unwrap_or(false);
        let validate_path = reader.path(flags.validate_path.as_deref(), &VALIDATE_PATH);
        let judge_path = reader.path(flags.judge_path.as_deref(), &JUDGE_PATH);
        let (Some(validate_path), Some(judge_path)) = (validate_path, judge_path) else { return Err(reader.problems) };
        let asked = Self {
            validate_path,
            judge_path,
            ends: flags.base.clone().map(|base| (base, flags.head.clone())),
            policy_from: None,
            providers: flags.providers.clone(),
            patterns: reader.patterns(flags),
            service: reader.service(flags),
            names_a_service: flags.base_url.is_some()
                || environment.has(DECISION_URL.variable)
                || environment.has(DECISION_TOKEN.variable),
            timeout_ms: flags.timeout_ms.or_else(|| reader.taken(DECISION_TIMEOUT_MS.whole(environment))),
            judge: flags.judge.then_some(true).or_else(|| reader.taken(JUDGE.switch(environment))),
            judge_timeout_ms: flags.judge_timeout_ms.or_else(|| reader.taken(JUDGE_TIMEOUT_MS.whole(environment))),
            min_confidence: flags
                .judge_min_confidence
                .or_else(|| reader.taken(JUDGE_MIN_CONFIDENCE.number(environment))),
            confidence_from: JUDGE_MIN_CONFIDENCE
                .given(environment)
                .filter(|_| flags.judge_min_confidence.is_none())
                .map(|(name, value)| format!("{name}={value}")),
            llm: reader.llm(),
        };
        if reader.problems.is_empty() { Ok(asked) } else { Err(reader.problems) }
    }

    /// With what the project's policy says where neither a flag nor a variable does.
    #[must_use]
    pub(crate) fn with(self, policy: DecisionPolicy) -> Settings {
        let own = policy.patterns.iter().cloned().map(Pattern::Glob);
        let milliseconds = |asked: Option<u32>, policy: Option<u64>, setting: Setting<u32>| {
            Duration::from_millis(asked.map(u64::from).or(policy).unwrap_or_else(|| setting.default.into()))
        };
        Settings {
            providers: self.chosen(&policy),
            patterns: self.patterns.into_iter().chain(own).collect(),
            timeout: milliseconds(self.timeout_ms, policy.timeout_ms, DECISION_TIMEOUT_MS),
            judge: self.judge.or(policy.judge).unwrap_or(false),
            judge_timeout: milliseconds(self.judge_timeout_ms, policy.judge_timeout_ms, JUDGE_TIMEOUT_MS),
            min_confidence: self.min_confidence.or(policy.judge_min_confidence),
            confidence_from: self.confidence_from,
            service: self.service,
            validate_path: self.validate_path,
            judge_path: self.judge_path,
            llm: self.llm,
            policy,
        }
    }

    /// Records stand in only where nothing speaks of a service: half a configuration must not change who decides.
    fn chosen(&self, policy: &DecisionPolicy) -> Vec<ProviderKind> {
        let named = [&self.providers, &policy.providers].into_iter().find(|named| !named.is_empty());
        let default = if self.names_a_service { ProviderKind::Http } else { ProviderKind::Adr };
        named.cloned().unwrap_or_else(|| vec![default])
    }
}

struct Reader<'a> {
    environment: &'a Environment,
    problems: Vec<Problem>,
    insecure: bool,
}

impl Reader<'_> {
    fn problem(&mut self, name: &str, why: impl Into<String>) {
        self.problems.push(Problem::new(name, why).help("correct the value, or leave it out"));
    }

    fn taken<T>(&mut self, read: Result<Option<T>, Problem>) -> Option<T> {
        read.unwrap_or_else(|problem| {
            self.problems.push(problem);
            None
        })
    }

    /// A comma separates patterns in the variable.
    fn patterns(&mut self, flags: &Flags) -> Vec<Pattern> {
        let (variable, extra) = EXTRA_PATTERNS.given(self.environment).unwrap_or_default();
        let extra = extra.split(',').map(str::trim).filter(|pattern| !pattern.is_empty());
        let named = flags.patterns.iter().map(|pattern| ("--pattern", pattern.as_str()));
        let named = named.chain(extra.map(|pattern| (variable, pattern)));
        let mut patterns = Vec::new();
        for (name, text) in named.collect::<Vec<_>>() {
            match Pattern::parse(text) {
                Ok(pattern) => patterns.push(pattern),
                Err(why) => self.problem(name, why),
            }
        }
        patterns
    }

    /// A flag's value, else the variable's; and which of the two it is.
    fn source<'t>(&self, flag: Option<&'t str>, setting: &Setting) -> Option<(&'static str, &'t str)>
    where
        Self: 't,
    {
        let name = setting.flag.unwrap_or(setting.variable);
        flag.map(|text| (name, text)).or_else(|| setting.given(self.environment))
    }

    fn path(&mut self, flag: Option<&str>, setting: &Setting) -> Option<EndpointPath> {
        let (name, text) = self.source(flag, setting).unwrap_or((setting.variable, setting.default));
        EndpointPath::parse(text).map_err(|why| self.problem(name, why)).ok()
    }

    fn service(&mut self, flags: &Flags) -> Result<Service, String> {
        let base = self.base_url(flags.base_url.as_deref(), &DECISION_URL);
        let token = self.secret(&DECISION_TOKEN);
        let missing = |name: &str| format!("{name} is not set, so the decision service cannot be asked");
        Ok(Service {
            base: base.ok_or_else(|| missing(DECISION_URL.variable))?,
            token: token.ok_or_else(|| missing(DECISION_TOKEN.variable))?,
        })
    }

    fn base_url(&mut self, flag: Option<&str>, setting: &Setting) -> Option<BaseUrl> {
        let (name, text) = self.source(flag, setting)?;
        BaseUrl::parse(text, self.insecure).map_err(|why| self.problem(name, why)).ok()
    }

    fn secret(&mut self, setting: &Setting) -> Option<Secret> {
        let (name, text) = setting.given(self.environment)?;
        Secret::new(text).map_err(|why| self.problem(name, why)).ok()
    }

    /// All three of the variables, or none.
    fn llm(&mut self) -> Result<Option<Llm>, String> {
        let settings = [&LLM_URL, &LLM_KEY, &LLM_MODEL];
        let missing: Vec<_> = settings.iter().filter(|setting| setting.given(self.environment).is_none()).collect();
        if missing.len() == settings.len() {
            return Ok(None);
        }
        let missing: Vec<_> = missing.iter().map(|setting| setting.variable).collect();
        let why = format!("{} not set", missing.join(" and "));
        let base = self.base_url(None, &LLM_URL);
        let key = self.secret(&LLM_KEY);
        let model = LLM_MODEL.text(self.environment).map(str::to_owned);
        match (base, key, model) {
            (Some(base), Some(key), Some(model)) => Ok(Some(Llm { base, key, model })),
            _ => Err(why),
        }
    }
}
