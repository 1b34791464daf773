//! What a run comes to beside its baseline: by intervals where both sides have them, else by points.

use serde_json::{Value, json};

use crate::evidence::latency::{Change, Held, NAMES, PERCENTS, Percentiles, SHORT, change, least_samples, rounding_of};
use crate::model::Metrics;

/// By how much a percentile may be worse, and how that is told.
#[derive(Debug, Clone)]
pub(super) struct Limits {
    pub(super) max_regression_pct: f64,
    pub(super) max_drift_pct: f64,
    /// Intervals are needed, or not wanted; else they count where both sides have them.
    pub(super) interval: Option<bool>,
    /// Which percentiles are judged; none named: those that both sides have.
    pub(super) percentiles: Vec<String>,
}

/// The metrics of a comparison.
pub(super) const REGRESSIONS: &str = "regressions";
pub(super) const COMPARED: &str = "compared";
pub(super) const TOO_NOISY: &str = "too_noisy";
pub(super) const DRIFTS: &str = "drifts";
pub(super) const CHANGES: &str = "change_intervals";
pub(super) const PERCENT: &str = "change_pct";

/// One percentile beside its baseline.
struct Compared {
    short: &'static str,
    change: Change,
    /// Why there is no interval where there should be one.
    too_few: Option<String>,
}

impl Limits {
    /// Adds what the comparison with the newest record or a named baseline shows.
    ///
    /// # Errors
    /// Why the two cannot be compared.
    pub(super) fn against_baseline(
        &self,
        new: &Percentiles,
        old: &Percentiles,
        metrics: &mut Metrics,
    ) -> Result<(), String> {
        let (all, by_intervals) = self.compared(new, old, "the baseline")?;
        let named = |held: Held| {
            let of = all
                .iter()
                .filter(move |one| one.too_few.is_none() && one.change.held_to(self.max_regression_pct) == held);
            of.map(|one| one.short).collect::<Vec<_>>()
        };
        let last = all.last().map(|one| one.change.percent);
        metrics.extend(old.all[2].map(|p99| ("baseline_p99_ms".to_owned(), json!(p99.value))));
        metrics.extend(last.map(|percent| ("regression_pct".to_owned(), json!(percent))));
        metrics.insert(COMPARED.into(), json!(all.iter().map(|one| one.short).collect::<Vec<_>>()));
        metrics.insert(REGRESSIONS.into(), json!(named(Held::Worse)));
        let percent = all.iter().map(|one| (one.short.to_owned(), json!(one.change.percent)));
        metrics.insert(PERCENT.into(), Value::Object(percent.collect()));
        if by_intervals || all.iter().any(|one| one.change.width() > 0.0) {
            // One that has no end, or that nobody can tell, is none.
            let told = all.iter().filter(|one| one.too_few.is_none() && one.change.high.is_finite());
            let ends = told.map(|one| (one.short.to_owned(), json!([one.change.low, one.change.high])));
            metrics.insert(CHANGES.into(), Value::Object(ends.collect()));
            metrics.insert(TOO_NOISY.into(), json!(self.unclear(&all, by_intervals)));
        }
        Ok(())
    }

    /// Adds what the comparison with the oldest record shows.
    ///
    /// # Errors
    /// Why the two cannot be compared.
    pub(super) fn against_oldest(
        &self,
        new: &Percentiles,
        old: &Percentiles,
        metrics: &mut Metrics,
    ) -> Result<(), String> {
        let (all, _) = self.compared(new, old, "the oldest record that is kept")?;
        let is_far = |one: &&Compared| one.too_few.is_none() && one.change.held_to(self.max_drift_pct) == Held::Worse;
        let drifts: Vec<_> = all.iter().filter(is_far).collect();
        let most = |of: &[&Compared]| of.iter().map(|one| one.change.percent).max_by(f64::total_cmp);
        // Of those that have drifted, where any has.
        let most = most(&drifts).or_else(|| most(&all.iter().collect::<Vec<_>>()));
        metrics.extend(most.map(|drift| ("drift_pct".to_owned(), json!(drift))));
        metrics.insert(DRIFTS.into(), json!(drifts.iter().map(|one| one.short).collect::<Vec<_>>()));
        Ok(())
    }

    /// Every percentile that is judged, and whether by its interval.
    fn compared(&self, new: &Percentiles, old: &Percentiles, what: &str) -> Result<(Vec<Compared>, bool), String> {
        alike(new, old, what)?;
        let both = new.has_intervals && old.has_intervals;
        if self.interval == Some(true) && !both {
            let side = if new.has_intervals { what } else { "this run" };
            return Err(format!("`interval: true` needs samples or several runs, and {side} has percentiles alone"));
        }
        let by_intervals = both && self.interval != Some(false);
        let mut all = Vec::new();
        for (at, short) in SHORT.into_iter().enumerate() {
            let wanted = self.percentiles.iter().any(|name| name == short);
            let (Some(new_one), Some(old_one)) = (new.all[at], old.all[at]) else {
                if wanted {
                    let side = if new.all[at].is_none() { "this run" } else { what };
                    return Err(format!("{side} has no {short}"));
                }
                continue;
            };
            if !wanted && !self.percentiles.is_empty() {
                continue;
            }
            let points = !by_intervals;
            let [new_one, old_one] = [new_one, old_one].map(|one| if points { one.point() } else { one });
            let rounding = rounding_of(new.tool.as_deref().filter(|_| self.interval != Some(false)));
            let without =
                [(new_one, new, "this run"), (old_one, old, what)].into_iter().find(|(one, ..)| one.interval.is_none());
            let too_few = without.filter(|_| by_intervals).map(|(_, side, name)| too_few(at, side, name));
            all.push(Compared { short, change: change(new_one, old_one, rounding), too_few });
        }
        if all.is_empty() {
            Err(format!("{what} and this run have no percentile in common"))
        } else {
            Ok((all, by_intervals))
        }
    }

    /// What nobody can tell, in words.
    fn unclear(&self, all: &[Compared], by_intervals: bool) -> Vec<String> {
        let most = self.max_regression_pct;
        let said = all.iter().filter_map(|one| {
            if let Some(why) = &one.too_few {
                return Some(why.clone());
            }
            if one.change.held_to(most) != Held::Unclear {
                return None;
            }
            let why = if by_intervals { "" } else { " because its tool rounds" };
            Some(format!(
                "{} is between {} and {}{why}, {} wide, limit {most}%",
                one.short,
                signed(one.change.low),
                signed(one.change.high),
                wide(one.change.width())
            ))
        });
        said.collect()
    }
}

/// How a change is shown: two digits behind the point are more than any measurement has.
pub(super) fn signed(percent: f64) -> String {
    if percent.is_finite() { format!("{:+}%", rounded(percent)) } else { "any amount".to_owned() }
}

fn wide(percent: f64) -> String {
    if percent.is_finite() { format!("{}%", rounded(percent)) } else { "infinitely".to_owned() }
}

fn rounded(percent: f64) -> f64 {
    let rounded = (percent * 100.0).round() / 100.0;
    // Of 0 there is one only.
    if rounded == 0.0 { 0.0 } else { rounded }
}

fn too_few(at: usize, side: &Percentiles, name: &str) -> String {
    let (short, least) = (SHORT[at], least_samples(PERCENTS[at]));
    let there = side.samples.map(|count| format!(", {count} are there")).unwrap_or_default();
    format!("{short} of {name} has no interval: it takes {least} samples or several runs{there}")
}

/// Runs of two tools, or of two things, do not compare.
fn alike(new: &Percentiles, old: &Percentiles, what: &str) -> Result<(), String> {
    for (new, old, kind) in [(&new.tool, &old.tool, "the output of"), (&new.series, &old.series, "about")] {
        if let (Some(new), Some(old)) = (new, old)
            && new != old
        {
            let help = "compare what was measured alike: name another `baseline:`, or give the gate another id";
            return Err(format!("{what} is {kind} {old}, this run {kind} {new}; {help}"));
        }
    }
    Ok(())
}

/// The highest percentile that was compared, or that is known, for people.
pub(super) fn shown(metrics: &Metrics) -> Option<(&'static str, f64)> {
    let compared = metrics.get(COMPARED).and_then(Value::as_array);
    let is_compared = |short: &str| compared.is_none_or(|all| all.iter().any(|one| one.as_str() == Some(short)));
    let all = SHORT.into_iter().zip(NAMES).rev().filter(|(short, _)| is_compared(short));
    all.into_iter().find_map(|(short, name)| Some((short, metrics.get(name)?.as_f64()?)))
}
