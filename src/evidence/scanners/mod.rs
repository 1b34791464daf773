//! What scanners for secrets print, told apart by its shape. Of a secret itself nothing is kept.

use serde_json::{Map, Value, json};

use crate::evidence::audit;
use crate::evidence::audit::LookedAt;
use crate::model::Metrics;
use crate::model::escape::visible_up_to;

/// What a scanner found, and what shows that it looked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Scanned {
    /// The rules that found something, once for each finding.
    pub(crate) found: Vec<String>,
    /// How many files and bytes it says that it looked at.
    pub(crate) files: Option<u64>,
    pub(crate) bytes: Option<u64>,
    /// What was found and is set aside by a person.
    pub(crate) set_aside: usize,
}

/// How a scanner was called and what it left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Left<'a> {
    /// The program and its arguments.
    pub(crate) words: &'a [String],
    /// Each JSON document of its output; none where it is no JSON.
    pub(crate) documents: Option<&'a [Value]>,
    pub(crate) output: &'a str,
    pub(crate) stderr: &'a str,
}

/// The scanners whose output is read, for people.
pub(crate) const KNOWN: &str =
    "gitleaks, TruffleHog, detect-secrets, kingfisher, ripsecrets, ggshield, SARIF, or `detected` or `hit_count`";

impl Left<'_> {
    fn has(&self, name: &str) -> bool {
        self.words
            .iter()
            .any(|word| word.rsplit(['/', '\\']).next().is_some_and(|last| last.trim_end_matches(".exe") == name))
    }

    /// The number behind a mark on standard error: `scanned ~1234 bytes`.
    fn logged(&self, mark: &str) -> Option<u64> {
        let (_, rest) = self.stderr.rsplit_once(mark)?;
        let digits = rest.trim_start_matches([' ', ':', '"', '~']);
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        digits[..end].parse().ok()
    }
}

/// Reads what a scanner left. `None` for a shape that nobody knows.
pub(crate) fn read(left: &Left<'_>) -> Option<Result<Scanned, String>> {
    let Some(documents) = left.documents else {
        return left.has("ripsecrets").then(|| ripsecrets(left));
    };
    let all = |key: &str| !documents.is_empty() && documents.iter().all(|one| one.get(key).is_some());
    match documents {
        [] if left.has("trufflehog") => Some(trufflehog(&[], left)),
        [] if left.has("ripsecrets") => Some(ripsecrets(left)),
        [Value::Array(found)]
            if found.iter().all(|one| one.get("RuleID").is_some() && one.get("Fingerprint").is_some()) =>
        {
            (left.has("gitleaks") || !found.is_empty()).then(|| gitleaks(found, left))
        }
        documents if all("DetectorName") && all("SourceMetadata") => Some(trufflehog(documents, left)),
        [one] if one.get("plugins_used").is_some() && one.get("results").is_some() => Some(detect_secrets(one, left)),
        [one] if one.get("total_incidents").is_some() => Some(ggshield(one)),
        [one, ..] if one.get("findings").is_some() && one.pointer("/metadata/kingfisher_version").is_some() => {
            Some(kingfisher(one))
        }
        [one] if one.get("runs").is_some_and(Value::is_array) => {
            audit::read(std::slice::from_ref(one), None).map(sarif)
        }
        _ => None,
    }
}

fn rule(found: &Value, key: &str) -> String {
    found.pointer(key).and_then(Value::as_str).map_or_else(|| "unnamed".to_owned(), |name| visible_up_to(name, 80))
}

/// `gitleaks … --report-format json`. Its log says how much it read.
fn gitleaks(found: &[Value], left: &Left<'_>) -> Result<Scanned, String> {
    if left.stderr.contains("in partial scan") {
        return Err("gitleaks says that its scan was partial".into());
    }
    let found = found.iter().map(|one| rule(one, "/RuleID")).collect();
    Ok(Scanned { found, bytes: left.logged("scanned ~"), ..Scanned::default() })
}

/// `trufflehog … --json`: a line for each finding, and nothing where there is none. Its log has how much it read.
fn trufflehog(found: &[Value], left: &Left<'_>) -> Result<Scanned, String> {
    let log = left.stderr.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    if let Some(error) = log.clone().find(|line| line["level"].as_str().is_some_and(|level| level.starts_with("error")))
    {
        return Err(format!("TruffleHog did not read everything: {}", rule(&error, "/msg")));
    }
    let verified = |kinds: &str| !kinds.split(',').any(|kind| kind == "unverified");
    let narrowed = left.words.iter().enumerate().find_map(|(at, word)| {
        let behind = left.words.get(at + 1).filter(|_| word == "--results").map(String::as_str);
        let kinds = word.strip_prefix("--results=").or(behind);
        (word == "--only-verified" || kinds.is_some_and(verified)).then_some(word)
    });
    let end = log.clone().find(|line| line["msg"].as_str() == Some("finished scanning"));
    let bytes = end.as_ref().and_then(|line| line["bytes"].as_u64());
    let found: Vec<_> = found.iter().map(|one| rule(one, "/DetectorName")).collect();
    if let (Some(word), true) = (narrowed, found.is_empty()) {
        return Err(format!("`{}` leaves findings out", visible_up_to(word, 60)));
    }
    Ok(Scanned { found, bytes, ..Scanned::default() })
}

/// `detect-secrets -v scan`. Only its log, which `-v` turns on, names the files that it read.
fn detect_secrets(one: &Value, left: &Left<'_>) -> Result<Scanned, String> {
    let files = one["results"].as_object().ok_or("detect-secrets' `results` are no object")?;
    let each = files.values().flat_map(|found| found.as_array().into_iter().flatten());
    // An audit in its baseline says of each whether it is one.
    let (aside, found): (Vec<_>, Vec<_>) = each.partition(|one| one.get("is_secret") == Some(&Value::Bool(false)));
    let looked_at = left.stderr.lines().filter(|line| line.contains("Checking file: ")).count() as u64;
    let found = found.into_iter().map(|one| rule(one, "/type")).collect();
    Ok(Scanned { found, files: (looked_at > 0).then_some(looked_at), set_aside: aside.len(), ..Scanned::default() })
}

/// `ggshield secret scan … --json`.
fn ggshield(one: &Value) -> Result<Scanned, String> {
    let total = one["total_incidents"].as_u64().ok_or("ggshield's `total_incidents` is no count")?;
    let entities = one["entities_with_incidents"].as_array().map(Vec::as_slice).unwrap_or_default();
    let incidents = entities.iter().flat_map(|entity| entity["incidents"].as_array().into_iter().flatten());
    let found: Vec<_> = incidents.map(|one| rule(one, "/type")).collect();
    if (total == 0) != found.is_empty() {
        return Err("ggshield's count and its list of incidents differ".into());
    }
    Ok(Scanned { found, ..Scanned::default() })
}

/// `kingfisher scan --format json`, whose output ends in a second object that repeats the counts.
fn kingfisher(one: &Value) -> Result<Scanned, String> {
    let found = one["findings"].as_array().ok_or("kingfisher's `findings` are no list")?;
    let audit = one.pointer("/audit/summary");
    let broken = ["fetch_failed", "scan_partial", "scan_failed", "pending"];
    if let Some(name) =
        broken.iter().find(|name| audit.and_then(|summary| summary.get(name)?.as_u64()).unwrap_or(0) > 0)
    {
        return Err(format!("kingfisher did not scan everything: `{name}`"));
    }
    let bytes = one.pointer("/metadata/summary/bytes_scanned").and_then(Value::as_u64);
    let files = one.pointer("/metadata/summary/blobs_scanned").and_then(Value::as_u64);
    Ok(Scanned { found: found.iter().map(|one| rule(one, "/rule/id")).collect(), files, bytes, ..Scanned::default() })
}

/// `ripsecrets`: a line `path:line:text` for each finding, and nothing where there is none.
fn ripsecrets(left: &Left<'_>) -> Result<Scanned, String> {
    let place = |line: &str| line.split(':').nth(1).is_some_and(|number| number.parse::<u32>().is_ok());
    let lines: Vec<_> = left.output.lines().filter(|line| !line.trim().is_empty()).collect();
    if let Some(other) = lines.iter().find(|line| !place(line)) {
        return Err(format!(
            "it looks like ripsecrets' output, but a line has no place ({} characters)",
            other.chars().count()
        ));
    }
    Ok(Scanned { found: vec!["ripsecrets".to_owned(); lines.len()], ..Scanned::default() })
}

fn sarif(audit: Result<audit::Audit, String>) -> Result<Scanned, String> {
    let audit = audit?;
    let files = if let LookedAt::Files(count) = audit.looked_at { Some(count) } else { None };
    let found = audit
        .found
        .into_iter()
        .map(|one| visible_up_to(one.ids.first().map_or("unnamed", String::as_str), 80))
        .collect();
    Ok(Scanned { found, files, set_aside: audit.suppressed.len(), ..Scanned::default() })
}

impl Scanned {
    /// The metrics of the gate.
    ///
    /// # Errors
    /// Nothing was found, and nothing shows that anything was looked at.
    pub(crate) fn metrics(&self) -> Result<Metrics, String> {
        let nothing = self.files == Some(0) || (self.files.is_none() && self.bytes == Some(0));
        if self.found.is_empty() && nothing {
            return Err("the scanner looked at nothing".into());
        }
        if self.found.is_empty() && self.files.is_none() && self.bytes.is_none() {
            return Err("the scanner found nothing, and nothing shows that it looked at a file; see its recipe in docs/pipeline.md".into());
        }
        let mut types = Map::new();
        for rule in &self.found {
            let count = types.get(rule).and_then(Value::as_u64).unwrap_or(0) + 1;
            types.insert(rule.clone(), json!(count));
        }
        let mut metrics = Metrics::new();
        metrics.insert("detected".into(), json!(!self.found.is_empty()));
        metrics.insert("secrets_detected".into(), json!(!self.found.is_empty()));
        metrics.insert("hit_count".into(), json!(self.found.len()));
        metrics.insert("types".into(), Value::Object(types));
        metrics.extend(self.files.map(|count| ("files_scanned".to_owned(), json!(count))));
        metrics.extend(self.bytes.map(|count| ("bytes_scanned".to_owned(), json!(count))));
        Ok(metrics)
    }
}
