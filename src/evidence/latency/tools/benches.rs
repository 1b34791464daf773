//! Benchmarks: what one thing takes, measured again and again.

use super::super::doc::Doc;
use super::super::interval::Estimate;
use super::super::json::point;
use super::super::series::pick;
use super::super::{How, Measured, Run, Unit, checked, keep};
use super::{CRITERION, HYPERFINE, JMH, PYTEST, Tool};
use crate::model::escape::visible_up_to;

fn text(doc: &Doc, key: &str) -> Result<String, String> {
    let found = doc.get(key).and_then(Doc::as_text);
    found.map(str::to_owned).ok_or_else(|| format!("an entry has no `{key}`"))
}

/// The numbers of a list.
fn numbers<'d>(doc: &'d Doc, key: &str) -> Result<&'d [f64], String> {
    match doc.get(key) {
        Some(Doc::Numbers(numbers)) => Ok(numbers),
        Some(Doc::List(items)) if items.is_empty() => Err(format!("`{key}` is empty: nothing was measured")),
        Some(other) => Err(format!("`{key}` is {} that is not all numbers", other.kind())),
        None => Err(format!("it has no `{key}`")),
    }
}

fn samples(tool: &'static Tool, numbers: &[f64]) -> Result<Vec<f64>, String> {
    let mut samples = Vec::with_capacity(numbers.len());
    numbers.iter().try_for_each(|number| keep(&mut samples, tool.unit.milliseconds(*number)))?;
    Ok(samples)
}

pub(super) fn is_hyperfine(doc: &Doc) -> bool {
    let first = doc.get("results").and_then(|results| results.items().first());
    first.is_some_and(|one| one.has(&["command"]) && (one.has(&["times"]) || one.has(&["measurements"])))
        || doc.at(&["metadata", "hyperfine_version"]).is_some()
}

/// hyperfine: `times` of each command, and since 2.0 `measurements` whose metrics have units of their own.
pub(super) fn hyperfine(doc: &Doc, how: &How) -> Result<Measured, String> {
    let results = doc.get("results").map(Doc::items).unwrap_or_default();
    let all = results.iter().map(|one| Ok((text(one, "command")?, one))).collect::<Result<Vec<_>, String>>()?;
    let (command, one) = pick(all, how.series.as_deref())?;
    let metric = doc.get("primary_metric").and_then(Doc::as_text).unwrap_or("time_wall_clock");
    let (samples, codes) = match one.get("measurements") {
        None => (samples(&HYPERFINE, numbers(one, "times")?)?, exit_codes(one)),
        Some(measurements) => measured(measurements.items(), metric)?,
    };
    let failed = codes.iter().filter(|code| **code != Some(0.0)).count() as u64;
    let run = vec![Run::Samples(samples)];
    Ok(Measured {
        series: Some(command),
        requests: Some(codes.len() as u64).filter(|count| *count > 0),
        failed,
        ..Measured::of_tool(&HYPERFINE, run)
    })
}

type Codes = Vec<Option<f64>>;

/// A command that a signal ended has null for an exit code.
fn exit_codes(one: &Doc) -> Codes {
    match one.get("exit_codes") {
        Some(Doc::Numbers(codes)) => codes.iter().copied().map(Some).collect(),
        Some(Doc::List(codes)) => codes.iter().map(Doc::as_number).collect(),
        _ => Codes::new(),
    }
}

fn measured(measurements: &[Doc], metric: &str) -> Result<(Vec<f64>, Codes), String> {
    let mut samples = Vec::with_capacity(measurements.len());
    for one in measurements {
        let unit = one.at(&[metric, "unit"]).and_then(Doc::as_text).unwrap_or_default();
        let unit = Unit::of_name(unit).ok_or_else(|| {
            format!("`{}` counts in `{}`, which is no time", visible_up_to(metric, 40), visible_up_to(unit, 40))
        })?;
        keep(&mut samples, unit.milliseconds(one.number(&[metric, "value"])?))?;
    }
    Ok((samples, measurements.iter().map(|one| one.get("exit_code").and_then(Doc::as_number)).collect()))
}

/// criterion's `estimates.json`: no samples, but the median with the interval that criterion drew.
pub(super) fn criterion(doc: &Doc, _how: &How) -> Result<Measured, String> {
    let of = |path: &[&str]| Ok::<_, String>(CRITERION.unit.milliseconds(doc.number(path)?));
    let within = |end: &str| of(&["median", "confidence_interval", end]);
    let ends = (within("lower_bound")?, within("upper_bound")?);
    let value = checked(of(&["median", "point_estimate"])?)?;
    let level = doc.number(&["median", "confidence_interval", "confidence_level"])?;
    if !(ends.0 > 0.0 && ends.0 <= value && value <= ends.1) {
        return Err("the median is outside of its own confidence interval".to_owned());
    }
    let interval = (level >= 0.95).then_some(ends);
    let all = [Some(Estimate { value, interval }), None, None];
    Ok(Measured::of_tool(&CRITERION, vec![Run::Given(all)]))
}

/// criterion's `sample.json`: the time of so many iterations each.
pub(super) fn criterion_sample(doc: &Doc, _how: &How) -> Result<Measured, String> {
    let (iterations, times) = (numbers(doc, "iters")?, numbers(doc, "times")?);
    if iterations.len() != times.len() || iterations.iter().any(|count| *count < 1.0) {
        return Err("`iters` and `times` do not belong together".to_owned());
    }
    let each: Vec<f64> = times.iter().zip(iterations).map(|(time, count)| time / count).collect();
    Ok(Measured::of_tool(&CRITERION, vec![Run::Samples(samples(&CRITERION, &each)?)]))
}

/// pytest-benchmark: samples in `data`; without it only the median of so many rounds.
pub(super) fn pytest(doc: &Doc, how: &How) -> Result<Measured, String> {
    let benchmarks = doc.get("benchmarks").map(Doc::items).unwrap_or_default();
    let all = benchmarks.iter().map(|one| Ok((text(one, "fullname")?, one))).collect::<Result<Vec<_>, String>>()?;
    let (name, one) = pick(all, how.series.as_deref())?;
    let stats = one.get("stats").ok_or("a benchmark has no `stats`")?;
    let rounds = stats.count(&["rounds"])?;
    let run = match stats.get("data") {
        Some(_) => Run::Samples(samples(&PYTEST, numbers(stats, "data")?)?),
        None => Run::Given([point(PYTEST.unit.milliseconds(stats.number(&["median"])?))?, None, None]),
    };
    Ok(Measured { series: Some(name), requests: Some(rounds), ..Measured::of_tool(&PYTEST, vec![run]) })
}

/// JMH: each fork is a run of some iterations; in the mode `sample` there are percentiles in their place.
pub(super) fn jmh(doc: &Doc, how: &How) -> Result<Measured, String> {
    let all = doc.items().iter().map(|one| Ok((jmh_name(one)?, one))).collect::<Result<Vec<_>, String>>()?;
    let (name, one) = pick(all, how.series.as_deref())?;
    let primary = one.get("primaryMetric").ok_or("a benchmark has no `primaryMetric`")?;
    let shown = primary.get("scoreUnit").and_then(Doc::as_text).unwrap_or_default();
    let unit = shown.strip_suffix("/op").and_then(Unit::of_name).ok_or_else(|| {
        format!("`{}` is no time: run it with `-bm avgt`, `-bm sample` or `-bm ss`", visible_up_to(shown, 40))
    })?;
    let ms = |number: f64| unit.milliseconds(number);
    let runs = match primary.get("rawData") {
        Some(Doc::List(forks)) if !forks.is_empty() => {
            forks.iter().map(|fork| jmh_fork(fork, ms)).collect::<Result<_, _>>()?
        }
        _ => vec![jmh_percentiles(primary, ms)?],
    };
    Ok(Measured { series: Some(name), ..Measured::of_tool(&JMH, runs) })
}

/// One benchmark with each of its parameters is a thing of its own.
fn jmh_name(one: &Doc) -> Result<String, String> {
    let parameters = one.get("params").map(Doc::entries).unwrap_or_default();
    let parameters = parameters.iter().filter_map(|(name, value)| Some(format!(" {name}={}", value.as_text()?)));
    Ok(text(one, "benchmark")? + &parameters.collect::<String>())
}

fn jmh_fork(fork: &Doc, ms: impl Fn(f64) -> f64) -> Result<Run, String> {
    let Doc::Numbers(numbers) = fork else { return Err("`rawData` has a fork that is not all numbers".to_owned()) };
    let mut samples = Vec::with_capacity(numbers.len());
    numbers.iter().try_for_each(|number| keep(&mut samples, ms(*number)))?;
    Ok(Run::Samples(samples))
}

fn jmh_percentiles(primary: &Doc, ms: impl Fn(f64) -> f64) -> Result<Run, String> {
    let of = |percent: &str| point(ms(primary.number(&["scorePercentiles", percent])?));
    Ok(Run::Given([of("50.0")?, of("95.0")?, of("99.0")?]))
}
