//! Advisories from a service that speaks the OSV API. <https://google.github.io/osv.dev/api/>

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use super::osv::{Advisory, Format};
use super::{Ecosystem, Match, Subject, Verdict, Wanted, matched};
use crate::model::escape::visible_up_to;
use crate::net::{BaseUrl, Client, EndpointPath, Request};
use crate::structured::json;

/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// How long all of them may take.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(300);

/// How many packages one request asks about; the API takes 1,000.
const BATCH: usize = 500;

/// How many pages of answers are followed.
const PAGE_LIMIT: usize = 100;

/// How many advisories are fetched.
const ADVISORY_LIMIT: usize = 10_000;

/// A service.
#[derive(Debug)]
pub(crate) struct Service {
    client: Client,
    base: BaseUrl,
    deadline: Instant,
}

#[derive(Deserialize)]
struct Answer {
    results: Vec<Found>,
}

#[derive(Deserialize, Default)]
struct Found {
    #[serde(default)]
    vulns: Vec<Named>,
    #[serde(default)]
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

/// A package, and the page of its answer that is next.
type Query = (Subject, Option<String>);

impl Service {
    /// The service at an address, asked from now on.
    #[must_use]
    pub(crate) fn new(client: Client, base: BaseUrl) -> Self {
        Self { client, base, deadline: Instant::now() + TOTAL_TIMEOUT }
    }

    /// Looks packages up.
    ///
    /// # Errors
    /// Why there is no whole answer.
    pub(crate) fn look_up(&self, wanted: &Wanted) -> Result<Vec<Match>, String> {
        let subjects: Vec<_> = wanted.all().collect();
        let mut by_id: BTreeMap<String, BTreeSet<Subject>> = BTreeMap::new();
        for batch in subjects.chunks(BATCH) {
            self.batch(batch, &mut by_id)?;
        }
        if by_id.len() > ADVISORY_LIMIT {
            return Err(format!("more than {ADVISORY_LIMIT} advisories are about the packages"));
        }
        let all: Vec<_> = by_id.into_iter().collect();
        let matches = all.par_iter().map(|(id, subjects)| {
            let advisory = self.advisory(id)?;
            Ok(subjects.iter().filter_map(|subject| vouched(&advisory, subject)).collect::<Vec<_>>())
        });
        Ok(matches.collect::<Result<Vec<_>, String>>()?.concat())
    }

    fn batch(&self, subjects: &[Subject], by_id: &mut BTreeMap<String, BTreeSet<Subject>>) -> Result<(), String> {
        let mut queries: Vec<Query> = subjects.iter().map(|subject| (subject.clone(), None)).collect();
        for _ in 0..PAGE_LIMIT {
            let asked: Vec<_> = queries.iter().map(query).collect();
            let body = json!({"queries": asked}).to_string().into_bytes();
            let answer: Answer = decode(self.send("/v1/querybatch", Some(body))?)?;
            if answer.results.len() != queries.len() {
                return Err("it answered about another number of packages than it was asked about".to_owned());
            }
            let mut next = Vec::new();
            for ((subject, _), found) in queries.into_iter().zip(answer.results) {
                for Named { id } in found.vulns {
                    by_id.entry(id).or_default().insert(subject.clone());
                }
                next.extend(
                    found.next_page_token.filter(|token| !token.is_empty()).map(|token| (subject, Some(token))),
                );
            }
            if next.is_empty() {
                return Ok(());
            }
            queries = next;
        }
        Err(format!("its answer has more than {PAGE_LIMIT} pages"))
    }

    fn advisory(&self, id: &str) -> Result<Advisory, String> {
        let shown = visible_up_to(id, 80);
        let sound = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        if !id.bytes().all(sound) || !id.starts_with(|c: char| c.is_ascii_alphanumeric()) || id.len() > 200 {
            return Err(format!("`{shown}` is not an advisory's id"));
        }
        let value = self.send(&format!("/v1/vulns/{id}"), None)?;
        let advisory: Advisory =
            Format::Json.decode(value.to_string().as_bytes()).map_err(|why| format!("{shown}: {why}"))?;
        if advisory.id == id {
            Ok(advisory)
        } else {
            Err(format!("asked for {shown}, it answered with another advisory"))
        }
    }

    fn send(&self, path: &str, body: Option<Vec<u8>>) -> Result<Value, String> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(format!("no answer within {} s", TOTAL_TIMEOUT.as_secs()));
        }
        let url = self.base.join(&EndpointPath::parse(path)?);
        let request = match body {
            Some(body) => Request::post_json(url, body),
            None => Request::get(url),
        };
        let response = self.client.send(request, left.min(REQUEST_TIMEOUT))?;
        if response.status != 200 {
            return Err(format!("{path}: {} ({})", response.status, response.status_text()));
        }
        if !response.is_json() {
            return Err(format!("{path}: the answer is not JSON"));
        }
        json::parse(&response.body).map_err(|why| format!("{path}: {}", visible_up_to(&why, 200)))
    }
}

fn decode<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, String> {
    serde_json::from_value(value)
        .map_err(|error| format!("its answer is odd: {}", visible_up_to(&error.to_string(), 200)))
}

fn query((subject, token): &Query) -> Value {
    // A local label is a build of the same source, and no registry has it.
    let version = match subject.ecosystem {
        Ecosystem::PyPi => subject.version.split('+').next().unwrap_or_default(),
        _ => &subject.version,
    };
    let mut query =
        json!({"package": {"name": subject.name, "ecosystem": subject.ecosystem.name()}, "version": version});
    if let Some(token) = token {
        query["page_token"] = json!(token);
    }
    query
}

/// The service said that the advisory is about the version; that holds where it cannot be shown here.
fn vouched(advisory: &Advisory, subject: &Subject) -> Option<Match> {
    let own = || Match::bare(advisory, subject);
    match matched(advisory, subject) {
        _ if advisory.withdrawn.is_some() => None,
        Some(found) if matches!(found.verdict, Verdict::Undetermined(_)) => {
            Some(Match { verdict: Verdict::Vulnerable, ..found })
        }
        Some(found) => Some(found),
        None => Some(own()),
    }
}
