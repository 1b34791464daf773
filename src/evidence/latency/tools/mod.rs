//! The tools whose output is read, each told by its shape.

use super::doc::Doc;
use super::interval::Estimate;
use super::json::point;
use super::{How, Measured, SHORT, Unit};

mod benches;
mod load;

/// A tool, and what its numbers are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tool {
    /// As it calls itself.
    pub(crate) name: &'static str,
    /// What its times count, where they carry no unit of their own.
    pub(crate) unit: Unit,
    rounds: Rounds,
}

/// By how much a tool rounds its times.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Rounds {
    /// By less than matters.
    Little,
    /// To whole milliseconds.
    ToMs,
    /// To tenths of a millisecond.
    ToTenths,
    /// To whole milliseconds, and to two digits from 100 ms on.
    ToTwoDigits,
}

const fn tool(name: &'static str, unit: Unit, rounds: Rounds) -> Tool {
    Tool { name, unit, rounds }
}

pub(super) static AB: Tool = tool("ab", Unit::Ms, Rounds::ToMs);
pub(super) static ARTILLERY: Tool = tool("artillery", Unit::Ms, Rounds::ToTenths);
pub(super) static AUTOCANNON: Tool = tool("autocannon", Unit::Ms, Rounds::ToMs);
pub(super) static CRITERION: Tool = tool("criterion", Unit::Ns, Rounds::Little);
pub(super) static GO: Tool = tool("go test -bench", Unit::Ns, Rounds::Little);
pub(super) static HYPERFINE: Tool = tool("hyperfine", Unit::S, Rounds::Little);
pub(super) static JMH: Tool = tool("JMH", Unit::Ms, Rounds::Little);
pub(super) static K6: Tool = tool("k6", Unit::Ms, Rounds::Little);
pub(super) static LOCUST: Tool = tool("locust", Unit::Ms, Rounds::ToTwoDigits);
pub(super) static OHA: Tool = tool("oha", Unit::S, Rounds::Little);
pub(super) static PYTEST: Tool = tool("pytest-benchmark", Unit::S, Rounds::Little);
pub(super) static VEGETA: Tool = tool("vegeta", Unit::Ns, Rounds::Little);
pub(super) static WRK: Tool = tool("wrk", Unit::Ms, Rounds::Little);

static ALL: [&Tool; 13] =
    [&AB, &ARTILLERY, &AUTOCANNON, &CRITERION, &GO, &HYPERFINE, &JMH, &K6, &LOCUST, &OHA, &PYTEST, &VEGETA, &WRK];

/// For a file that nobody understands.
pub(super) fn known() -> String {
    let names: Vec<_> = ALL.iter().map(|tool| tool.name).collect();
    format!("read are {}, and numbers as JSON, JSONL, CSV, TSV or one a line", names.join(", "))
}

/// The tool that a record names.
///
/// # Errors
/// There is none of that name.
pub(super) fn named(name: &str) -> Result<&'static Tool, String> {
    let found = ALL.iter().find(|tool| tool.name == name);
    found.copied().ok_or_else(|| format!("`tool` names none that is known; {}", known()))
}

/// By how much a time of a tool may be off because the tool rounds it, in milliseconds.
pub(crate) fn rounding_of(tool: Option<&str>) -> impl Fn(f64) -> f64 {
    let rounds = tool.and_then(|name| named(name).ok()).map_or(Rounds::Little, |tool| tool.rounds);
    move |value| match rounds {
        Rounds::Little => 0.0,
        Rounds::ToMs => 0.5,
        Rounds::ToTenths => 0.05,
        Rounds::ToTwoDigits => {
            let step = std::iter::successors(Some(1.0), |step| Some(step * 10.0)).find(|step| value < 100.0 * step);
            step.unwrap_or(f64::INFINITY) / 2.0
        }
    }
}

/// A percentile as a tool gives it. One that the tool rounded to 0 is no time, and nobody can tell a change of it: it is left
/// out where it is not judged.
pub(super) fn percentile(tool: &Tool, at: usize, value: f64, how: &How) -> Result<Option<Estimate>, String> {
    let is_rounded = value == 0.0 && rounding_of(Some(tool.name))(value) > 0.0;
    let help = "it is rounded: measure with a tool that counts finer, such as k6, oha or vegeta, or name under `percentiles:` one \
                that is above 0";
    match point(value) {
        Err(_) if is_rounded && !how.wants(SHORT[at]) => Ok(None),
        Err(_) if is_rounded => Err(format!("{} is 0 ms: {help}", SHORT[at])),
        found => found.map_err(|why| format!("{}: {why}", SHORT[at])),
    }
}

pub(super) type Reader = fn(&Doc, &How) -> Result<Measured, String>;

/// The tool that a document is from, and what reads it.
pub(super) fn of_doc(doc: &Doc) -> Option<(&'static Tool, Reader)> {
    let first = doc.items().first();
    let shapes: [(bool, &'static Tool, Reader); 12] = [
        (benches::is_hyperfine(doc), &HYPERFINE, benches::hyperfine),
        (doc.has(&["mean", "median", "median_abs_dev"]), &CRITERION, benches::criterion),
        (doc.has(&["sampling_mode", "iters", "times"]), &CRITERION, benches::criterion_sample),
        (doc.has(&["machine_info", "benchmarks"]), &PYTEST, benches::pytest),
        (first.is_some_and(|one| one.has(&["benchmark", "mode", "primaryMetric"])), &JMH, benches::jmh),
        (doc.has(&["latencyPercentiles", "summary", "statusCodeDistribution"]), &OHA, load::oha),
        (doc.has(&["latency", "requests", "non2xx"]), &AUTOCANNON, load::autocannon),
        (doc.get("metrics").is_some_and(|all| all.has(&["http_reqs"]) || all.has(&["iterations"])), &K6, load::k6),
        (doc.has(&["latencies", "success", "status_codes"]), &VEGETA, load::vegeta),
        (first.is_some_and(|one| one.has(&["num_requests", "response_times"])), &LOCUST, load::locust),
        (doc.get("aggregate").is_some_and(|all| all.has(&["counters"])), &ARTILLERY, load::artillery),
        (doc.has(&["type", "data", "metric"]), &K6, load::k6_line),
    ];
    shapes.into_iter().find(|(alike, ..)| *alike).map(|(_, tool, read)| (tool, read))
}
