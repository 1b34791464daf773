//! What the change that is judged allowed itself: whoever adds a secret can add the comment or the baseline's entry with it.

use std::collections::HashMap;

use super::baseline::{Baseline, PATH};
use super::content::Buffer;
use super::scan::{Allowed, Scan, Summary};
use crate::git::{Repository, Snapshot};

/// The largest file whose former state is looked at, in bytes.
const LIMIT: u64 = 16 << 20;

/// What a state is compared with: a commit, or none where nothing was before; else why nobody can tell.
pub(crate) type Before = Result<Option<String>, String>;

/// Adds what was not allowed before, or that this is not known: there the baseline had no such entry, and the file no comment at
/// that secret. `path` tells where a finding's file is in the repository.
///
/// # Errors
/// The former state cannot be read.
pub(crate) fn compare(
    before: impl FnOnce() -> Before,
    repository: &Repository,
    summary: &mut Summary,
    scan: &Scan,
    path: impl Fn(&str) -> Option<String>,
) -> Result<(), String> {
    if summary.allowed.is_empty() {
        return Ok(());
    }
    match before() {
        Ok(base) => summary.allowed_by_change = allowed_since(base.as_deref(), repository, summary, scan, path)?,
        Err(why) => summary.say_untold(&why),
    }
    Ok(())
}

fn allowed_since(
    base: Option<&str>,
    repository: &Repository,
    summary: &Summary,
    scan: &Scan,
    path: impl Fn(&str) -> Option<String>,
) -> Result<Vec<String>, String> {
    let snapshot = base.map(|base| repository.snapshot(base)).transpose()?;
    let text = snapshot.as_ref().map(|snapshot| snapshot.read(PATH, LIMIT)).transpose();
    let baseline = match text.map_err(|why| format!("{PATH}: {why}"))?.flatten() {
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
                .or_insert_with_key(|path| {
                    snapshot.as_ref().map(|before| commented(before, path, scan)).unwrap_or_default()
                })
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
