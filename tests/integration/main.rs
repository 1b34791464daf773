//! Runs the binary on real repositories in temporary folders.

mod attested;
mod changelog;
mod ci_status;
mod common;
mod deps_pinned;
mod docs;
#[cfg(unix)]
mod git_state;
#[cfg(unix)]
mod hostile;
mod not_applicable;
mod output;
mod policy;
mod release_point;
mod release_yaml;
mod reports;
mod version_agrees;
