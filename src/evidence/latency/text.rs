//! What tools write as text: wrk, ab, and Go's benchmarks.

use std::collections::HashSet;

use super::interval::Estimate;
use super::series::pick;
use super::tools::{AB, GO, Tool, WRK, percentile};
use super::{How, Measured, Run, Unit, checked};
use crate::model::escape::visible_up_to;

type Reader = fn(&str, &How) -> Result<Measured, String>;

/// The tool that a text is from, and what reads it.
pub(super) fn of(text: &str) -> Option<(&'static Tool, Reader)> {
    let begins = |start: &str| text.lines().any(|line| line.starts_with(start));
    if begins("This is ApacheBench,") {
        Some((&AB, ab))
    } else if begins("Running ") && text.lines().any(|line| line.trim_start().starts_with("Thread Stats")) {
        Some((&WRK, wrk))
    } else if text.lines().any(|line| measurement(line).is_some()) {
        Some((&GO, go))
    } else {
        None
    }
}

/// The amount behind a label: `Failed requests:        3`.
fn behind<'t>(text: &'t str, label: &str) -> Option<&'t str> {
    text.lines().find_map(|line| line.trim_start().strip_prefix(label)).map(str::trim)
}

fn count(text: &str, label: &str) -> Result<Option<u64>, String> {
    let Some(found) = behind(text, label) else { return Ok(None) };
    let first = found.split(' ').next().unwrap_or_default();
    first.parse().map(Some).map_err(|_| format!("`{label} {}` is no count", visible_up_to(found, 40)))
}

/// The time of each percentile that a table has: `  50%      6`.
fn percentiles(
    tool: &Tool,
    text: &str,
    how: &How,
    time: impl Fn(&str) -> Option<f64>,
) -> Result<[Option<Estimate>; 3], String> {
    let row = |percent: u32| {
        let mut rows = text.lines().filter_map(|line| line.trim().strip_prefix(&format!("{percent}%")));
        rows.next().map(|rest| rest.split_whitespace().next().unwrap_or_default())
    };
    let mut all = [None; 3];
    for (at, percent) in super::PERCENTS.into_iter().enumerate() {
        let Some(shown) = row(percent) else { continue };
        let value = time(shown).ok_or_else(|| format!("`{percent}% {}` is no time", visible_up_to(shown, 40)))?;
        all[at] = percentile(tool, at, value, how)?;
    }
    Ok(all)
}

/// ApacheBench. An answer outside of 200 to 299 is not among what it calls failed.
fn ab(text: &str, how: &How) -> Result<Measured, String> {
    only_one(text, "This is ApacheBench,")?;
    let requests = count(text, "Complete requests:")?.ok_or("it does not end: there is no `Complete requests`")?;
    let failed = count(text, "Failed requests:")?.ok_or("it has no `Failed requests`")?;
    let refused = count(text, "Non-2xx responses:")?.unwrap_or(0);
    let all = percentiles(&AB, text, how, |shown| shown.parse().ok());
    // An answer of another length counts as failed and may be refused as well.
    let failed = failed.max(refused);
    let all = if failed > 0 { all.unwrap_or_default() } else { all? };
    some_percentile(&all, failed, "its table of percentiles is not there")?;
    if failed == 0 && !text.contains("(longest request)") {
        return Err("it does not end: there is no `(longest request)`".to_owned());
    }
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    let too_many = failed as f64 * 100.0 > how.max_errors_pct * requests as f64;
    if too_many && refused == 0 && text.contains(&format!("(Connect: 0, Receive: 0, Length: {failed}, Exceptions: 0)"))
    {
        return Err(format!(
            "{failed} of {requests} answers have another length than the first, which ab takes for failures: run it with `-l`, \
             where their length may differ"
        ));
    }
    Ok(Measured { requests: Some(requests), failed, ..Measured::of_tool(&AB, vec![Run::Given(all)]) })
}

/// Several outputs in one file are several runs, of which one may have failed.
fn only_one(text: &str, mark: &str) -> Result<(), String> {
    match text.lines().filter(|line| line.trim_start().starts_with(mark)).count() {
        0 | 1 => Ok(()),
        count => Err(format!("it has {count} outputs: write each to a file of its own, and name them under `runs:`")),
    }
}

/// What failed is told first; else a report without any percentile shows nothing.
fn some_percentile(all: &[Option<Estimate>; 3], failed: u64, why: &str) -> Result<(), String> {
    if failed == 0 && all.iter().all(Option::is_none) { Err(why.to_owned()) } else { Ok(()) }
}

/// wrk. Only `--latency` makes it write percentiles.
fn wrk(text: &str, how: &How) -> Result<Measured, String> {
    only_one(text, "Thread Stats")?;
    let requests = text.lines().find_map(|line| line.trim().split_once(" requests in "));
    let requests =
        requests.and_then(|(count, _)| count.parse().ok()).ok_or("it does not end: there is no `requests in`")?;
    // What failed stands behind the count of requests.
    behind(text, "Requests/sec:").ok_or("it does not end: there is no `Requests/sec`")?;
    let refused = count(text, "Non-2xx or 3xx responses:")?.unwrap_or(0);
    let lost = match behind(text, "Socket errors:") {
        Some(found) => {
            let counts = found.split(',').map(|part| part.trim().rsplit(' ').next()?.parse::<u64>().ok());
            counts.sum::<Option<u64>>().ok_or("`Socket errors` has something that is no count")?
        }
        None => 0,
    };
    let failed = refused + lost;
    let all = percentiles(&WRK, text, how, wrk_time);
    let all = if failed > 0 { all.unwrap_or_default() } else { all? };
    if requests > 0 {
        some_percentile(&all, failed, "it has no percentiles: run it with `--latency`")?;
    }
    // A connection that failed asked nothing, and is not among the requests.
    Ok(Measured {
        requests: Some(requests).map(|all: u64| if all == 0 { failed } else { all }),
        failed,
        ..Measured::of_tool(&WRK, vec![Run::Given(all)])
    })
}

/// `635.00us`, `48.02ms`, `1.20s`, `2.00m`, `0.50h`.
fn wrk_time(shown: &str) -> Option<f64> {
    let digits = shown.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let amount: f64 = digits.parse().ok()?;
    match &shown[digits.len()..] {
        "m" => Some(amount * 60_000.0),
        "h" => Some(amount * 3_600_000.0),
        word => Unit::of_name(word).map(|unit| unit.milliseconds(amount)),
    }
}

/// Go's benchmarks: each line is the mean of its own run, and so a sample.
fn go(text: &str, how: &How) -> Result<Measured, String> {
    if let Some(failed) =
        text.lines().find(|line| line.starts_with("--- FAIL") || *line == "FAIL" || line.starts_with("FAIL\t"))
    {
        return Err(format!("a benchmark failed: `{}`", visible_up_to(failed, 80)));
    }
    let mut all: Vec<(String, Vec<f64>)> = Vec::new();
    for (name, sample) in named(text) {
        let sample =
            checked(Unit::Ns.milliseconds(sample)).map_err(|why| format!("{}: {why}", visible_up_to(&name, 60)))?;
        match all.iter_mut().find(|(known, _)| *known == name) {
            Some((_, samples)) => samples.push(sample),
            None => all.push((name, vec![sample])),
        }
    }
    let (series, samples) = pick(all, how.series.as_deref())?;
    if samples.len() < super::LEAST_SAMPLES {
        let least = super::LEAST_SAMPLES;
        return Err(format!(
            "{} times of `{}` are too few: run it with `-count {least}` or more",
            samples.len(),
            visible_up_to(&series, 60)
        ));
    }
    Ok(Measured { series: Some(series), ..Measured::of_tool(&GO, vec![Run::Samples(samples)]) })
}

/// Each time with the name of what took it. The count of processors is left out of the names where all have the same: else it
/// tells them apart, or is a part of a name. Benchmarks of one name in two packages are two.
fn named(text: &str) -> Vec<(String, f64)> {
    let mut package = "";
    let mut all = Vec::new();
    for line in text.lines() {
        package = line.strip_prefix("pkg: ").map_or(package, str::trim);
        all.extend(measurement(line).map(|(name, time)| (package, name, time)));
    }
    let split = |name: &'_ str| name.rsplit_once('-').and_then(|(_, count)| count.parse::<u32>().ok());
    let processors = all.first().and_then(|(_, name, _)| split(name));
    let alike = processors.is_some() && all.iter().all(|(_, name, _)| split(name) == processors);
    let of: HashSet<_> = all.iter().map(|(package, name, _)| (*package, *name)).collect();
    let names: HashSet<_> = of.iter().map(|(_, name)| *name).collect();
    let by_package = of.len() > names.len();
    let shown = |package: &str, name: &str| {
        let name = name.rsplit_once('-').filter(|_| alike).map_or(name, |(name, _)| name);
        if by_package { format!("{package}.{name}") } else { name.to_owned() }
    };
    all.into_iter().map(|(package, name, time)| (shown(package, name), time)).collect()
}

/// `BenchmarkSum-2   33310   847.6 ns/op …`: the name, and the time.
fn measurement(line: &str) -> Option<(&str, f64)> {
    let mut words = line.strip_prefix("Benchmark").map(|_| line.split_whitespace())?;
    let name = words.next()?;
    words.next()?.parse::<u64>().ok()?;
    let rest: Vec<&str> = words.collect();
    let time = rest.chunks(2).find(|pair| pair.get(1) == Some(&"ns/op"))?[0].parse().ok()?;
    Some((name, time))
}
