use proptest::prelude::*;

use super::*;

/// Numbers by chance, the same in each run: `SplitMix64` (Steele, Lea and Flood, 2014).
struct Chance(u64);

impl Chance {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((z ^ (z >> 31)) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

type Distribution = (&'static str, fn(&mut Chance) -> f64);

/// Latencies around 100 ms.
const DISTRIBUTIONS: [Distribution; 4] = [
    ("normal, 10 % wide", |chance| (100.0 + 10.0 * chance.normal()).max(1.0)),
    ("log-normal, 10 % wide", |chance| 100.0 * (0.1 * chance.normal()).exp()),
    ("bimodal, a fifth at twice the time", |chance| {
        let mode = if chance.uniform() < 0.2 { 200.0 } else { 100.0 };
        (mode + 8.0 * chance.normal()).max(1.0)
    }),
    ("with outliers, one in 25 at up to ten times", |chance| {
        let slow = if chance.uniform() < 0.04 { 1.0 + 9.0 * chance.uniform() } else { 1.0 };
        (100.0 + 8.0 * chance.normal()).max(1.0) * slow
    }),
];

/// The ranks of each percentile and of its interval's ends, where so many samples have them.
fn ranked(size: usize) -> Vec<[usize; 3]> {
    let of = |percent: u32| {
        let (low, high) = ranks(size, percent)?;
        Some([(size * percent as usize).div_ceil(100), low, high])
    };
    [50, 95, 99].into_iter().filter_map(of).collect()
}

fn estimates(mut samples: Vec<f64>, ranked: &[[usize; 3]]) -> Vec<Estimate> {
    samples.sort_unstable_by(f64::total_cmp);
    let at = |rank: usize| samples[rank - 1];
    let of = |[rank, low, high]: &[usize; 3]| Estimate { value: at(*rank), interval: Some((at(*low), at(*high))) };
    ranked.iter().map(of).collect()
}

/// What a gate comes to that judges every percentile which has an interval.
fn gate(new: Vec<f64>, old: Vec<f64>, ranked: &[[usize; 3]], limit: f64) -> Held {
    let pairs = estimates(new, ranked).into_iter().zip(estimates(old, ranked));
    let held: Vec<_> = pairs.map(|(new, old)| change(new, old, |_| 0.0).held_to(limit)).collect();
    match held {
        held if held.contains(&Held::Worse) => Held::Worse,
        held if held.contains(&Held::Unclear) => Held::Unclear,
        _ => Held::Fine,
    }
}

/// How many pairs of `size` samples each come to what, the new ones `slower` times as slow.
fn rates(pairs: u64, size: usize, slower: f64, limit: f64) -> Vec<(&'static str, [u64; 3])> {
    let ranked = ranked(size);
    let rates = DISTRIBUTIONS.iter().map(|(name, sample)| {
        let mut chance = Chance(size as u64);
        let mut counts = [0; 3];
        for _ in 0..pairs {
            let old = (0..size).map(|_| sample(&mut chance)).collect();
            let new = (0..size).map(|_| slower * sample(&mut chance)).collect();
            counts[gate(new, old, &ranked, limit) as usize] += 1;
        }
        (*name, counts)
    });
    rates.collect()
}

const PAIRS: u64 = 10_000;

/// The rate that the documents state: an end of an interval leaves out 2.5 %, and three percentiles are judged.
#[test]
fn no_change_fails_no_oftener_than_is_stated() {
    for (size, limit) in [(100, 10.0), (100, 0.0), (400, 0.0)] {
        for (name, counts) in rates(PAIRS, size, 1.0, limit) {
            let most = if limit > 0.0 { PAIRS / 1000 } else { PAIRS * 5 / 100 };
            println!("no change, {size} samples, limit {limit}: {name}: {counts:?} of {PAIRS}");
            assert!(counts[0] <= most, "{name}: {counts:?} of {PAIRS} with {size} samples and a limit of {limit} %");
        }
    }
}

#[test]
fn a_slowdown_of_twice_the_limit_is_found() {
    for (name, counts) in rates(PAIRS, 100, 1.2, 10.0) {
        println!("20 % slower, 100 samples, limit 10: {name}: {counts:?} fail, pass, unclear");
        assert!(counts[0] * 100 >= PAIRS * 95, "{name}: {counts:?} of {PAIRS}");
    }
}

/// Runs that differ by more than their samples show: what a comparison of points fails in one of five pairs.
#[test]
fn what_differs_from_run_to_run_is_no_regression() {
    let mut chance = Chance(7);
    let (mut by_points, mut by_runs) = (0, 0);
    for _ in 0..PAIRS {
        let mut runs = || -> Vec<f64> { (0..5).map(|_| 100.0 * (0.08 * chance.normal()).exp()).collect() };
        let (new, old) = (runs(), runs());
        by_points += u64::from(new[0] > 1.1 * old[0]);
        let found = change(of_runs(&new).unwrap(), of_runs(&old).unwrap(), |_| 0.0);
        by_runs += u64::from(found.held_to(10.0) == Held::Worse);
    }
    println!("runs 8 % apart: {by_points} of {PAIRS} fail by points, {by_runs} by five runs each");
    assert!(by_points > PAIRS / 10 && by_runs <= PAIRS / 1000, "{by_points}, {by_runs}");
}

/// The ratio's interval has the true ratio in it at least as often as it says.
#[test]
fn the_interval_of_a_ratio_covers_it() {
    for (name, sample) in DISTRIBUTIONS {
        let mut chance = Chance(99);
        let (mut missed, ranked) = ([0; 2], &ranked(200)[..2]);
        for _ in 0..2_000 {
            let of = |samples: Vec<f64>| estimates(samples, ranked);
            let old = of((0..200).map(|_| sample(&mut chance)).collect());
            let new = of((0..200).map(|_| 1.3 * sample(&mut chance)).collect());
            for (at, missed) in missed.iter_mut().enumerate() {
                let found = change(new[at], old[at], |_| 0.0);
                *missed += u64::from(found.low > 30.0 || found.high < 30.0);
            }
        }
        assert!(missed.iter().all(|missed| *missed <= 120), "{name}: {missed:?} of 2000");
    }
}

#[test]
fn ranks_are_those_of_the_tables() {
    // Hahn and Meeker, table A.15; the least samples are ln(0.025) / ln(p).
    assert_eq!(ranks(20, 50), Some((6, 15)));
    assert_eq!(ranks(100, 50), Some((40, 61)));
    assert_eq!((ranks(71, 95), ranks(72, 95).is_some()), (None, true));
    assert_eq!((ranks(367, 99), ranks(368, 99).is_some()), (None, true));
    assert_eq!([50, 95, 99].map(least_samples), [6, 72, 368]);
    assert_eq!((ranks(0, 50), ranks(5, 50), ranks(6, 50)), (None, None, Some((1, 6))));
    let (low, high) = ranks(20_000_000, 50).unwrap();
    assert!((9_995_616..=9_995_619).contains(&low) && (10_004_382..=10_004_385).contains(&high), "{low}, {high}");
}

#[test]
fn a_change_is_held_to_a_limit() {
    let held = |low, high| Change { percent: 0.0, low, high }.held_to(10.0);
    assert_eq!(held(10.1, 90.0), Held::Worse, "however wide it is");
    assert_eq!(held(10.0, 10.0), Held::Fine);
    assert_eq!(held(-90.0, 9.0), Held::Fine, "however wide it is");
    assert_eq!(held(5.0, 15.0), Held::Fine, "no wider than the limit");
    assert_eq!(held(3.0, 15.0), Held::Unclear);
    assert_eq!(held(-100.0, f64::INFINITY), Held::Unclear);
}

#[test]
fn what_rounding_hides_is_not_told() {
    let point = |value| Estimate { value, interval: None };
    let half = |_| 0.5;
    assert_eq!(change(point(2.0), point(1.0), half).held_to(10.0), Held::Unclear);
    assert_eq!(change(point(200.0), point(100.0), half).held_to(10.0), Held::Worse);
    let exact = |value| Estimate { value, interval: Some((value, value)) };
    assert_eq!(change(exact(2.0), exact(1.0), half).held_to(10.0), Held::Unclear);
    assert_eq!(change(exact(0.4), exact(0.2), half).high, f64::INFINITY);
}

proptest! {
    #[test]
    fn an_interval_has_its_value_in_it(samples in prop::collection::vec(0.001..1e6f64, 20..500)) {
        let ranked = ranked(samples.len());
        for estimate in estimates(samples, &ranked) {
            let (low, high) = estimate.interval.unwrap();
            prop_assert!(low <= estimate.value && estimate.value <= high);
        }
    }

    #[test]
    fn a_change_lies_within_its_ends(new in 0.001..1e6f64, old in 0.001..1e6f64, a in 1.0..3.0f64, b in 1.0..3.0f64) {
        let around = |value: f64| Estimate { value, interval: Some((value / a, value * b)) };
        let found = change(around(new), around(old), |_| 0.0);
        prop_assert!(found.low <= found.percent && found.percent <= found.high, "{found:?}");
    }

    #[test]
    fn runs_lie_around_their_mean(values in prop::collection::vec(0.001..1e6f64, 2..60)) {
        let found = of_runs(&values).unwrap();
        let (low, high) = found.interval.unwrap();
        prop_assert!(low <= found.value && found.value <= high);
    }
}
