//! Load on a service: what its answers took, and what it did not answer.

use super::super::doc::Doc;
use super::super::interval::Estimate;
use super::super::lines::K6_DURATION;
use super::super::series::pick;
use super::super::{How, MOST_SAMPLES, Measured, Run};
use super::{ARTILLERY, AUTOCANNON, K6, LOCUST, OHA, Tool, VEGETA, percentile};
use crate::model::escape::visible_up_to;

/// Percentiles by what a tool calls the 50th, 95th and 99th; one that it does not have is left out.
fn percentiles(tool: &'static Tool, doc: &Doc, names: [&[&str]; 3], how: &How) -> Result<Run, String> {
    let mut all: [Option<Estimate>; 3] = [None; 3];
    for (at, names) in names.into_iter().enumerate() {
        let Some(name) = names.iter().find(|name| doc.get(name).is_some()) else { continue };
        let value = tool.unit.milliseconds(doc.number(&[name])?);
        all[at] = percentile(tool, at, value, how)?;
    }
    if all.iter().all(Option::is_none) {
        Err("it has none of p50, p95 and p99".to_owned())
    } else {
        Ok(Run::Given(all))
    }
}

/// Where something failed, that is told first: the percentiles of what did not answer may be 0 or null.
fn of(
    tool: &'static Tool,
    (requests, failed): (u64, u64),
    run: impl FnOnce() -> Result<Run, String>,
) -> Result<Measured, String> {
    let empty = || Run::Given([None; 3]);
    let run = match run() {
        Ok(run) => run,
        Err(_) if requests == 0 || failed > 0 => empty(),
        Err(why) => return Err(why),
    };
    Ok(Measured { requests: Some(requests), failed, ..Measured::of_tool(tool, vec![run]) })
}

/// The sum of an object's counts.
fn sum(doc: Option<&Doc>) -> Result<u64, String> {
    let all = doc.map(Doc::entries).unwrap_or_default();
    all.iter().map(|(name, _)| doc.map_or(Ok(0), |doc| doc.count(&[name]))).sum()
}

/// oha counts in seconds. What it could not ask is in `errorDistribution`; those that the deadline ended are no failures.
pub(super) fn oha(doc: &Doc, how: &How) -> Result<Measured, String> {
    let statuses = doc.get("statusCodeDistribution").map(Doc::entries).unwrap_or_default();
    let all = sum(doc.get("statusCodeDistribution"))?;
    let mut failed = 0;
    for (status, _) in statuses.iter().filter(|(status, _)| !status.starts_with(['2', '3'])) {
        failed += doc.count(&["statusCodeDistribution", status])?;
    }
    let lost = doc.get("errorDistribution").map(Doc::entries).unwrap_or_default();
    let mut unasked = 0;
    for (why, _) in lost.iter().filter(|(why, _)| why != "aborted due to deadline") {
        unasked += doc.count(&["errorDistribution", why])?;
    }
    of(&OHA, (all + unasked, failed + unasked), || {
        let found = doc.get("latencyPercentiles").ok_or("it has no `latencyPercentiles`")?;
        percentiles(&OHA, found, [&["p50"], &["p95"], &["p99"]], how)
    })
}

/// autocannon counts in whole milliseconds, and has no 95th percentile.
pub(super) fn autocannon(doc: &Doc, how: &How) -> Result<Measured, String> {
    let answered = doc.count(&["requests", "total"])?;
    let failed = doc.count(&["errors"])?
        + doc.count(&["non2xx"])?
        + if doc.has(&["mismatches"]) { doc.count(&["mismatches"])? } else { 0 };
    let all = answered + doc.count(&["errors"])?;
    of(&AUTOCANNON, (all, failed), || {
        let found = doc.get("latency").ok_or("it has no `latency`")?;
        percentiles(&AUTOCANNON, found, [&["p50"], &["p95"], &["p99"]], how)
    })
}

/// k6's summary, as `--summary-export` and as `handleSummary` have it.
pub(super) fn k6(doc: &Doc, how: &How) -> Result<Measured, String> {
    let wanted = how.series.as_deref().unwrap_or(K6_DURATION);
    let values = |name: &str| {
        let metric = doc.at(&["metrics", name])?;
        metric.get("values").or(Some(metric))
    };
    let run = || {
        let found = values(wanted).ok_or_else(|| format!("it has no metric `{}`", visible_up_to(wanted, 60)))?;
        percentiles(&K6, found, [&["med", "p(50)"], &["p(95)"], &["p(99)"]], how)
    };
    // A test of gRPC or of sockets makes no HTTP request.
    let Some(requests) = values("http_reqs") else { return Ok(Measured::of_tool(&K6, vec![run()?])) };
    // Of a rate, `passes` are what it counts: here the failed requests.
    let failed = values("http_req_failed").map_or(Ok(0), |found| found.count(&["passes"]))?;
    of(&K6, (requests.count(&["count"])?, failed), run)
}

/// A single line of k6's JSON is no measurement.
pub(super) fn k6_line(_doc: &Doc, _how: &How) -> Result<Measured, String> {
    Err("it is one line and has no samples".to_owned())
}

/// vegeta counts in nanoseconds.
pub(super) fn vegeta(doc: &Doc, how: &How) -> Result<Measured, String> {
    let requests = doc.count(&["requests"])?;
    let success = doc.number(&["success"])?;
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a count"
    )]
    let failed = (requests as f64 * (1.0 - success).clamp(0.0, 1.0)).round() as u64;
    of(&VEGETA, (requests, if success < 1.0 { failed.max(1) } else { 0 }), || {
        let found = doc.get("latencies").ok_or("it has no `latencies`")?;
        percentiles(&VEGETA, found, [&["50th"], &["95th"], &["99th"]], how)
    })
}

/// locust counts how many requests took how many milliseconds, what failed among them.
pub(super) fn locust(doc: &Doc, how: &How) -> Result<Measured, String> {
    let name = |one: &Doc| {
        let part = |key: &str| one.get(key).and_then(Doc::as_text).unwrap_or_default().to_owned();
        format!("{} {}", part("method"), part("name")).trim().to_owned()
    };
    let all = doc.items().iter().map(|one| (name(one), one)).collect();
    let (series, one) = pick(all, how.series.as_deref())?;
    let requests = one.count(&["num_requests"])?;
    let failed = one.count(&["num_failures"])? + one.count(&["num_none_requests"])?;
    let mut found = of(&LOCUST, (requests, failed), || {
        let times = one.get("response_times").ok_or("it has no `response_times`")?;
        let mut samples = Vec::new();
        for (time, _) in times.entries() {
            let value: f64 = time.parse().map_err(|_| format!("`{}` is no time", visible_up_to(time, 40)))?;
            let count = usize::try_from(times.count(&[time])?).unwrap_or(usize::MAX);
            if count > MOST_SAMPLES - samples.len() {
                return Err(format!("more than {MOST_SAMPLES} samples"));
            }
            // What is quicker than half a millisecond is 0 here.
            samples.extend(std::iter::repeat_n(value.max(0.0), count));
        }
        Ok(Run::Samples(samples))
    })?;
    found.series = Some(series);
    Ok(found)
}

/// artillery's report: the whole of it, not its parts.
pub(super) fn artillery(doc: &Doc, how: &How) -> Result<Measured, String> {
    let counters = doc.at(&["aggregate", "counters"]).ok_or("it has no `aggregate.counters`")?;
    let count = |name: &str| if counters.has(&[name]) { counters.count(&[name]) } else { Ok(0) };
    let mut failed = count("vusers.failed")?;
    let mut lost = 0;
    for (name, _) in counters.entries() {
        let refused = name.strip_prefix("http.codes.").is_some_and(|code| !code.starts_with(['2', '3']));
        if name.starts_with("errors.") || refused {
            lost += count(name)?;
        }
    }
    failed = failed.max(lost);
    let wanted = how.series.as_deref().unwrap_or("http.response_time");
    of(&ARTILLERY, (count("http.requests")?.max(failed), failed), || {
        let found = doc.at(&["aggregate", "summaries", wanted]);
        let found =
            found.ok_or_else(|| format!("it has no `{}` in `aggregate.summaries`", visible_up_to(wanted, 60)))?;
        percentiles(&ARTILLERY, found, [&["p50", "median"], &["p95"], &["p99"]], how)
    })
}
