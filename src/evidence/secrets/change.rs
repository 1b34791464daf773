//! What the change that is judged allowed itself: whoever adds a secret can add the comment or the baseline's entry with it.

use std::collections::HashMap;

use super::baseline::{Baseline, PATH};
use super::content::Buffer;
use super::scan::{Allowed, Scan, Summary};
use crate::git::{Repository, Snapshot};

/// The largest file whose former state is looked at, in bytes.
const LIMIT: u64 = 16 << 20;

/// Lists what was not allowed at `base`, a commit: there the baseline had no such entry, and the file no comment at that
/// secret. `path` tells where a finding's file is in the repository.
///
/// # Errors
/// The former state cannot be read.
pub(crate) fn allowed_since(
    base: &str,
    repository: &Repository,
    summary: &Summary,
    scan: &Scan,
    path: impl Fn(&str) -> Option<String>,
) -> Result<Vec<String>, String> {
    if summary.allowed.is_empty() {
        return Ok(Vec::new());
    }
    let snapshot = repository.snapshot(base)?;
    let baseline = match snapshot.read(PATH, LIMIT).map_err(|why| format!("{PATH}: {why}"))? {
        Some(text) => Baseline::parse(&String::from_utf8_lossy(&text)).unwrap_or_default(),
        None => Baseline::default(),
    };
    let (mut former, mut listed) = (HashMap::new(), Vec::new());
    for Allowed { finding, by_comment } in &summary.allowed {
        let was_allowed = match (by_comment, path(&finding.path)) {
            (false, _) => baseline.has(&finding.fingerprint),
            (true, None) => false,
            (true, Some(path)) => former
                .entry(path)
                .or_insert_with_key(|path| commented(&snapshot, path, scan))
                .contains(&finding.fingerprint),
        };
        if !was_allowed {
            let how = if *by_comment { "a comment" } else { "the baseline" };
            listed.push(format!("{finding}, by {how}"));
        }
    }
    Ok(listed)
}

/// The fingerprints that comments of a file allowed; none where it cannot be read.
fn commented(snapshot: &Snapshot<'_>, path: &str, scan: &Scan) -> Vec<String> {
    let text = snapshot.read(path, LIMIT).ok().flatten().unwrap_or_default();
    let looked = scan.look(path, &mut text.as_slice(), &mut Buffer::default()).unwrap_or_default();
    looked.allowed.into_iter().map(|finding| finding.fingerprint).collect()
}
