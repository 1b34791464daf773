//! 95 % intervals of percentiles and of their ratio. Nothing here is drawn by lot: the same samples always come to the same
//! verdict.
//!
//! - The interval of a percentile of one run's samples: order statistics, whose ranks the binomial distribution gives,
//!   whatever the samples are distributed like (Hahn and Meeker, Statistical Intervals, 1991, chapter 5.2).
//! - The interval of a percentile over several runs: Student's t on the logarithms of the runs' percentiles, because runs
//!   differ from each other by more than the samples within one of them show.
//! - The interval of the ratio of two percentiles: the two intervals put together on the scale of logarithms (method of
//!   variance estimates recovery: Zou and Donner, Construction of confidence limits about effect measures, Statistics in
//!   Medicine 27, 2008; for medians Price and Bonett, 2002).

/// What each end of an interval leaves out.
const TAIL: f64 = 0.025;

/// What is left out of a distribution's far tails: below what 64 bits tell from nothing.
const NEGLIGIBLE: f64 = 1e-18;

/// Student's t at 0.975, from one degree of freedom on.
const STUDENT: [f64; 30] = [
    12.706, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281, 2.2010, 2.1788, 2.1604, 2.1448,
    2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484,
    2.0452, 2.0423,
];

/// The normal distribution at 0.975.
const NORMAL: f64 = 1.959_963_985;

/// A percentile, or any other amount above 0, with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Estimate {
    /// The amount itself.
    pub(crate) value: f64,
    /// Its ends, where samples or runs give them; the value lies between them.
    pub(crate) interval: Option<(f64, f64)>,
}

impl Estimate {
    /// Without its interval.
    pub(crate) fn point(self) -> Self {
        Self { interval: None, ..self }
    }
}

/// By how many percent one amount is above another, and between which ends that lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Change {
    pub(crate) percent: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// What a change comes to under a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    /// The whole interval is above the limit.
    Worse,
    /// It is not shown to be above the limit, and the interval is narrow enough to tell.
    Fine,
    /// The interval has the limit in it, and is wider than the limit.
    Unclear,
}

impl Change {
    /// Without an interval, the change itself is the interval.
    pub(crate) fn held_to(self, limit: f64) -> Held {
        if self.low > limit {
            Held::Worse
        } else if self.high <= limit || self.width() <= limit {
            Held::Fine
        } else {
            Held::Unclear
        }
    }

    /// From end to end, in percent of the baseline.
    pub(crate) fn width(self) -> f64 {
        self.high - self.low
    }
}

/// The ranks (from 1) of the ordered samples between which the percentile of everything that was sampled lies; `None` where
/// so few samples do not have one.
pub(crate) fn ranks(samples: usize, percent: u32) -> Option<(usize, usize)> {
    let p = f64::from(percent) / 100.0;
    let (first, weights) = binomial(samples, p);
    let total: f64 = weights.iter().sum();
    let most = TAIL * total;
    // The lower end is above the percentile only where fewer samples than its rank are below it, the upper end is below it only
    // where at least as many are.
    let below = kept_under(weights.iter(), most);
    let above = kept_under(weights.iter().rev(), most);
    let low = first + below;
    let high = first + weights.len() - above;
    (low >= 1 && high <= samples).then_some((low, high))
}

/// How many weights from one end come to no more than `most`.
fn kept_under<'w>(weights: impl Iterator<Item = &'w f64>, most: f64) -> usize {
    let sums = weights.scan(0.0, |sum, weight| {
        *sum += weight;
        Some(*sum)
    });
    sums.take_while(|sum| *sum <= most).count()
}

/// The binomial distribution around its mode, as weights of what may count, and the first count that has one. By recurrence
/// from the mode, so that nothing overflows, however many samples there are.
#[expect(clippy::cast_precision_loss, reason = "no file has 2^53 samples")]
fn binomial(n: usize, p: f64) -> (usize, Vec<f64>) {
    let odds = p / (1.0 - p);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and n")]
    let mode = (((n + 1) as f64 * p) as usize).min(n);
    let down = std::iter::successors(Some((mode, 1.0)), |&(k, weight)| {
        (k > 0)
            .then(|| (k - 1, weight * k as f64 / (n - k + 1) as f64 / odds))
            .filter(|(_, weight)| *weight > NEGLIGIBLE)
    });
    let up = std::iter::successors(Some((mode, 1.0)), |&(k, weight)| {
        (k < n)
            .then(|| (k + 1, weight * (n - k) as f64 / (k + 1) as f64 * odds))
            .filter(|(_, weight)| *weight > NEGLIGIBLE)
    });
    let mut weights: Vec<f64> = down.map(|(_, weight)| weight).collect();
    let first = mode + 1 - weights.len();
    weights.reverse();
    weights.extend(up.skip(1).map(|(_, weight)| weight));
    (first, weights)
}

/// How many samples a percentile above the median needs, so that it has an interval.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred")]
pub(crate) fn least_samples(percent: u32) -> usize {
    (TAIL.ln() / (f64::from(percent) / 100.0).ln()).ceil() as usize
}

/// Of the same percentile in several runs: the geometric mean, with Student's interval from two runs on.
///
/// All values must be above 0; without any there is no estimate.
#[expect(clippy::cast_precision_loss, reason = "no file has 2^53 runs")]
pub(crate) fn of_runs(values: &[f64]) -> Option<Estimate> {
    let count = values.len() as f64;
    let logarithms: Vec<f64> = values.iter().map(|value| value.ln()).collect();
    let mean = logarithms.iter().sum::<f64>() / count;
    let value = match values {
        [] => return None,
        [only] => return Some(Estimate { value: *only, interval: None }),
        _ => mean.exp(),
    };
    let squares = logarithms.iter().map(|logarithm| (logarithm - mean).powi(2)).sum::<f64>();
    let half = student(values.len() - 1) * (squares / (count - 1.0) / count).sqrt();
    Some(Estimate { value, interval: Some(((mean - half).exp().min(value), (mean + half).exp().max(value))) })
}

/// Student's t at 0.975. Above 30 degrees of freedom by its expansion around the normal distribution (Abramowitz and Stegun,
/// Handbook of Mathematical Functions, 26.7.5), which is right to five digits there.
#[expect(clippy::cast_precision_loss, reason = "no file has 2^53 runs")]
fn student(freedom: usize) -> f64 {
    if let Some(known) = freedom.checked_sub(1).and_then(|at| STUDENT.get(at)) {
        return *known;
    }
    let (z, v) = (NORMAL, freedom as f64);
    let [third, fifth, seventh] = [3, 5, 7].map(|power| z.powi(power));
    z + (third + z) / (4.0 * v)
        + (5.0 * fifth + 16.0 * third + 3.0 * z) / (96.0 * v * v)
        + (3.0 * seventh + 19.0 * fifth + 17.0 * third - 15.0 * z) / (384.0 * v * v * v)
}

/// By how much `new` is above `old`. Both must have an interval for the change to have one; `rounding` is by how much either
/// value may be off because its tool rounds it. That is no chance, and is not weighed as one: it widens the change as a whole.
pub(crate) fn change(new: Estimate, old: Estimate, rounding: impl Fn(f64) -> f64) -> Change {
    let both = new.interval.zip(old.interval);
    let ((new_low, new_high), (old_low, old_high)) = both.unwrap_or(((new.value, new.value), (old.value, old.value)));
    let distance = |from: f64, to: f64| (from / to).ln();
    let (low, high) = match both {
        None => (new.value / old.value, new.value / old.value),
        Some(_) => {
            let center = distance(new.value, old.value);
            let low = center - distance(new.value, new_low).hypot(distance(old_high, old.value));
            let high = center + distance(new_high, new.value).hypot(distance(old.value, old_low));
            (low.exp(), high.exp())
        }
    };
    // By what an end shrinks where it is as low as it may be, and grows where it is as high.
    let shrunk = |end: f64| ((end - rounding(end)) / end).max(0.0);
    let grown = |end: f64| (end + rounding(end)) / end;
    let low = low * shrunk(new_low) / grown(old_high);
    let high = high * grown(new_high) / shrunk(old_low);
    Change { percent: percent(new.value / old.value), low: percent(low), high: percent(high) }
}

/// A ratio as a change in percent, to a millionth, so that a change of exactly the limit is not above it by a rounding error.
fn percent(ratio: f64) -> f64 {
    ((ratio - 1.0) * 100.0 * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests;
