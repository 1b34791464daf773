//! Which literals the text is searched for, and which of them share a bucket of a searcher.
//!
//! A searcher looks at four bytes at a time and has eight buckets (Teddy, as aho-corasick has it). Of a bucket it sees only that each
//! byte is like one of its literals' in its upper and in its lower half; whatever passes is compared with each literal of the
//! bucket. So a keyword is looked for by a part of it that is rare and that other keywords have too, and those parts share a
//! bucket that are alike. How often three bytes follow each other was measured on five trees of C, JavaScript and Python
//! (`trigrams.txt`: two bytes, then each third byte with the frequency, twice its logarithm to base 2 per 100 MB, in base 62).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use sha2::{Digest, Sha256};

const TRIGRAMS: &str = include_str!("trigrams.txt");

/// With more literals a searcher takes a form that is half as quick.
const IN_SEARCHER: usize = 32;

const BUCKETS: usize = 8;

/// What a literal costs in itself, as the share of a pass over the text, in places per MB that are looked at closely.
const PLACE: f32 = 60.0;

/// How often what is not in the table comes, per MB.
const RARE: f32 = 0.2;

/// How many exchanges are tried.
const TRIES: usize = 6_000;

pub(super) fn key(keywords: &[(usize, String)]) -> String {
    let mut hash = Sha256::new();
    let words: BTreeSet<_> = keywords.iter().map(|(_, keyword)| keyword).collect();
    words.iter().for_each(|keyword| hash.update(format!("{keyword}\n")));
    hash.update(TRIGRAMS);
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// By byte after byte, of ASCII.
struct Frequencies {
    three: Vec<f32>,
    two: Vec<f32>,
}

impl Frequencies {
    fn measured() -> Self {
        let (mut three, mut two) = (vec![RARE; 1 << 21], vec![RARE; 1 << 14]);
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'z' => byte - b'a' + 10,
            _ => byte - b'A' + 36,
        };
        for line in TRIGRAMS.lines().map(str::as_bytes) {
            for pair in line[2..].chunks_exact(2) {
                let rate = 2f32.powf(f32::from(digit(pair[1])) / 2.0) / 100.0;
                three[Self::at(&[line[0], line[1], pair[0]])] = rate;
                two[Self::at(&line[..2])] += rate;
            }
        }
        Self { three, two }
    }

    fn at(bytes: &[u8]) -> usize {
        bytes.iter().fold(0, |at, byte| at << 7 | usize::from(*byte))
    }

    fn three(&self, bytes: [u8; 3]) -> f32 {
        self.three[Self::at(&bytes)]
    }

    fn two(&self, bytes: [u8; 2]) -> f32 {
        self.two[Self::at(&bytes)]
    }

    /// How often a literal comes, per MB.
    fn of(&self, literal: &[u8]) -> f32 {
        match literal {
            [a, b, c] => self.three([*a, *b, *c]),
            [a, b, c, d] => self.three([*a, *b, *c]) * self.three([*b, *c, *d]) / self.two([*b, *c]),
            _ => unreachable!(),
        }
    }

    /// How often a bucket lets something pass, per MB.
    fn passed(&self, bucket: &[&[u8]]) -> f32 {
        let like = |at: usize| -> Vec<u8> {
            let nibbles = |shift: u8| bucket.iter().fold(0u16, |set, literal| set | 1 << (literal[at] >> shift & 15));
            let (upper, lower) = (nibbles(4), nibbles(0));
            (b' '..0x7f).filter(|byte| upper >> (byte >> 4) & 1 == 1 && lower >> (byte & 15) & 1 == 1).collect()
        };
        if bucket.is_empty() {
            return 0.0;
        }
        let length = bucket.iter().map(|literal| literal.len()).min().unwrap_or(0);
        let sets: Vec<_> = (0..length).map(like).collect();
        let mut sum = 0.0f32;
        for b in &sets[1] {
            for c in &sets[2] {
                let before: f32 = sets[0].iter().map(|a| self.three([*a, *b, *c])).sum();
                let after = || sets[3].iter().map(|d| self.three([*b, *c, *d])).sum::<f32>() / self.two([*b, *c]);
                sum += if length > 3 { before * after().min(1.0) } else { before };
            }
        }
        sum
    }
}

/// The literals of each searcher, in the order that puts them into their buckets.
pub(super) fn pack(keywords: &[(usize, String)]) -> Vec<Vec<String>> {
    let measured = Frequencies::measured();
    let mut chosen = chosen(&measured, keywords);
    // A searcher looks at as many bytes as its shortest literal has: those of three share one.
    chosen.sort_by_key(|literal| (literal.len(), literal.clone()));
    let literals: Vec<&[u8]> = chosen.iter().map(String::as_bytes).collect();
    let buckets = exchanged(&measured, &literals);
    let searchers = buckets.chunks(BUCKETS).map(|buckets| {
        let most = buckets.iter().map(Vec::len).max().unwrap_or(0);
        let across = (0..most).flat_map(|place| buckets.iter().filter_map(move |bucket| bucket.get(place)));
        across.map(|literal| chosen[*literal].clone()).collect::<Vec<_>>()
    });
    searchers.filter(|literals| !literals.is_empty()).collect()
}

/// For each keyword a part of it: first those that are rare and stand for many.
fn chosen(measured: &Frequencies, keywords: &[(usize, String)]) -> Vec<String> {
    let words: BTreeSet<&str> = keywords.iter().map(|(_, keyword)| keyword.as_str()).collect();
    let mut of: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for word in &words {
        let long = if word.len() > 3 { 4 } else { 3 };
        for at in 0..=word.len() - long {
            let part = &word[at..at + long];
            if part.bytes().all(|byte| (b' '..0x7f).contains(&byte)) {
                of.entry(part).or_default().insert(word);
            }
        }
    }
    // A part of three bytes stands for those that have it.
    for part in of.keys().copied().filter(|part| part.len() == 3).collect::<Vec<_>>() {
        let with = words.iter().copied().filter(|word| word.contains(part));
        of.insert(part, with.collect());
    }
    let mut left = words.clone();
    let mut chosen: Vec<&str> = Vec::new();
    while !left.is_empty() {
        let worth = |(part, words): (&&'_ str, &BTreeSet<&str>)| {
            let count = words.iter().filter(|word| left.contains(**word)).count();
            let cost = (PLACE + 4.0 * measured.of(part.as_bytes())) / count as f32;
            if count == 0 { f32::INFINITY } else { cost }
        };
        let worths = of.iter().map(|(part, words)| (*part, worth((part, words))));
        let best = worths.min_by(|one, other| one.1.total_cmp(&other.1)).unwrap().0;
        assert!(of[best].iter().any(|word| left.contains(word)), "{left:?}");
        left.retain(|word| !of[best].contains(word));
        chosen.push(best);
    }
    // What the others stand for is not searched for twice; nor is what another begins.
    for part in chosen.clone() {
        let others = chosen.iter().copied().filter(|other| *other != part);
        if of[part].iter().all(|word| others.clone().any(|other| word.contains(other))) {
            chosen.retain(|other| *other != part);
        }
    }
    chosen.iter().map(|part| (*part).to_owned()).collect()
}

/// Literals by bucket, exchanged as long as less passes.
fn exchanged(measured: &Frequencies, literals: &[&[u8]]) -> Vec<Vec<usize>> {
    let count = literals.len().div_ceil(IN_SEARCHER) * BUCKETS;
    // Those of three bytes, which come first, fill the first searcher; the others go across the rest.
    let mut buckets: Vec<Vec<usize>> = vec![Vec::new(); count];
    for number in 0..literals.len() {
        let searcher = number / IN_SEARCHER;
        buckets[searcher * BUCKETS + number % BUCKETS].push(number);
    }
    let short = literals.iter().filter(|literal| literal.len() == 3).count();
    let own = |buckets: &[Vec<usize>], bucket: usize| {
        let of: Vec<_> = buckets[bucket].iter().map(|number| literals[*number]).collect();
        // A searcher with one of three bytes looks at three of each.
        let cut: Vec<_> =
            of.iter().map(|literal| if bucket < BUCKETS && short > 0 { &literal[..3] } else { literal }).collect();
        measured.passed(&cut)
    };
    let mut costs: Vec<f32> = (0..count).map(|bucket| own(&buckets, bucket)).collect();
    let mut random = 0x2026_1130_u64;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below
    };
    for _ in 0..TRIES {
        let (one, other) = (next(count), next(count));
        if one == other || buckets[one].is_empty() || buckets[other].is_empty() {
            continue;
        }
        let (at, to) = (next(buckets[one].len()), next(buckets[other].len()));
        let (first, second) = (buckets[one][at], buckets[other][to]);
        let leaves = |number: usize, bucket: usize| literals[number].len() == 3 && bucket >= BUCKETS;
        if leaves(first, other) || leaves(second, one) {
            continue;
        }
        (buckets[one][at], buckets[other][to]) = (second, first);
        let new = (own(&buckets, one), own(&buckets, other));
        if new.0 + new.1 < costs[one] + costs[other] {
            (costs[one], costs[other]) = new;
        } else {
            (buckets[one][at], buckets[other][to]) = (first, second);
        }
    }
    println!("{} literals, {:.0} places per MB", literals.len(), costs.iter().sum::<f32>());
    buckets
}
