//! Runs the binary on real repositories in temporary folders.

// A test that cannot go on says where it stands.
#![allow(clippy::expect_used, clippy::panic)]

mod artifacts;
mod attested;
mod changelog;
mod ci_status;
mod common;
mod decision;
mod deps_pinned;
mod docs;
#[cfg(unix)]
mod gates_in_check;
mod git_state;
#[cfg(unix)]
mod hostile;
mod machine;
mod node_pins;
mod not_applicable;
mod output;
#[cfg(unix)]
mod pipeline;
mod policy;
#[cfg(target_os = "linux")]
mod processes;
mod python_pins;
mod release_point;
mod release_yaml;
mod reports;
mod rust_pins;
mod scan;
mod server;
mod version_agrees;
