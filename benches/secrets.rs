//! How fast a tree is scanned for secrets, against opening and reading each of its files into a reused buffer, in the
//! same run: `DELIVERY_GATE_BENCH_TREE=/usr/src/linux cargo bench --bench secrets`. The tree should have 300 MB or more;
//! each figure is the least CPU time of five runs. Linux only, where the system tells the process's CPU time.

// A measurement that cannot go on says where it stands.
#![allow(clippy::expect_used, clippy::print_stdout)]

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use delivery_gate::internal::evidence::secrets::{Baseline, Scan};
use delivery_gate::internal::evidence::secrets::{Listed, Target, Which, open};
use delivery_gate::internal::git::Repository;
use delivery_gate::internal::world::settings::SECRETS_CONFIDENCE;
use rayon::prelude::*;

const RUNS: usize = 5;

/// The kernel counts in hundredths of a second.
const TICKS: f64 = 100.0;

fn main() {
    let tree = std::env::var_os("DELIVERY_GATE_BENCH_TREE")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let tree = tree.canonicalize().expect("a tree");
    let paths = paths(&tree);
    let mut bytes = 0;
    let floor = least(|| bytes = read(&paths));
    let mut hits = 0;
    let scan = least(|| {
        let summary = Scan::new(SECRETS_CONFIDENCE.default, Baseline::default()).expect("rules").run(list(&tree));
        hits = summary.hit_count;
    });
    let rate = |seconds: f64| bytes as f64 / 1e6 / seconds;
    println!("{} files, {:.0} MB, {hits} findings", paths.len(), bytes as f64 / 1e6);
    println!("read floor  {floor:.2} s CPU  {:>6.0} MB/s", rate(floor));
    println!("scan        {scan:.2} s CPU  {:>6.0} MB/s  {:.2} times the floor", rate(scan), scan / floor);
}

fn list(tree: &Path) -> Listed {
    let mut listed = Listed::default();
    match Repository::discover(tree) {
        Ok(repository) if repository.top() == tree => {
            listed.repository(repository, b"", tree, Which::WorkTree).expect("a list");
        }
        _ => listed.folder(tree, tree),
    }
    listed
}

fn paths(tree: &Path) -> Vec<PathBuf> {
    let files = list(tree).targets.into_iter().filter_map(|target| match target {
        Target::File(path, _) => Some(path),
        Target::Blob(..) => None,
    });
    files.collect()
}

fn read(paths: &[PathBuf]) -> u64 {
    let one = |buffer: &mut Vec<u8>, path: &PathBuf| {
        let mut file = open(path).expect("a file");
        let mut total = 0;
        loop {
            match file.read(buffer).expect("bytes") {
                0 => return total,
                count => total += count as u64,
            }
        }
    };
    let chunk = |paths: &[PathBuf]| {
        let mut buffer = vec![0; 1 << 20];
        paths.iter().map(|path| one(&mut buffer, path)).sum::<u64>()
    };
    paths.par_chunks(paths.len().div_ceil(rayon::current_num_threads()).max(1)).map(chunk).sum()
}

fn least(mut run: impl FnMut()) -> f64 {
    let once = |_| {
        let before = cpu();
        run();
        cpu() - before
    };
    (0..RUNS).map(once).fold(f64::INFINITY, f64::min)
}

/// Seconds of this process on all processors, its own and the kernel's for it.
fn cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let after_name = stat.rsplit_once(')').expect("a name").1;
    after_name.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().expect("ticks") / TICKS).sum()
}
