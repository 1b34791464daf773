//! Runs the binary on real repositories in temporary folders.

// A test that cannot go on says where it stands.
#![allow(clippy::expect_used, clippy::panic)]

#[cfg(unix)]
mod action;
mod artifacts;
mod attest;
mod attested;
mod changelog;
mod ci_status;
mod claims;
mod common;
mod conda_pins;
mod dart_pins;
mod decision;
mod decision_release;
mod decision_scoped;
mod deno_pins;
mod deps_pinned;
#[cfg(unix)]
mod dirt;
mod docs;
mod dotnet_pins;
mod elixir_pins;
mod exceptions;
mod explain;
mod facts;
mod forge;
mod formats_people;
#[cfg(unix)]
mod gates_in_check;
mod git_state;
mod go_pins;
mod gradle_pins;
mod helm_pins;
#[cfg(unix)]
mod hostile;
mod hostile_pins;
mod inherited;
mod init;
mod init_facts;
mod last_release;
mod list;
mod machine;
mod maven_pins;
mod mistyped;
mod next;
mod nix_pins;
mod node_pins;
mod not_applicable;
mod output;
mod outside;
mod package_claims;
mod package_policies;
mod packages;
mod page;
mod pages;
mod php_pins;
mod pins;
#[cfg(unix)]
mod pipeline;
mod policy;
mod policy_changes;
#[cfg(target_os = "linux")]
mod processes;
mod python_files;
mod python_locks;
mod python_pins;
mod records;
mod rehearsal;
mod release_point;
mod release_yaml;
#[cfg(unix)]
mod released;
mod rendered;
mod reports;
mod repositories;
#[cfg(unix)]
mod rev;
mod ruby_pins;
mod rust_pins;
mod scan;
mod schemas;
mod server;
mod settings;
#[cfg(unix)]
mod signed;
#[cfg(unix)]
mod signed_bytes;
#[cfg(unix)]
mod signed_policy;
#[cfg(unix)]
mod statements;
mod swift_pins;
mod verify;
mod verify_named;
mod version_agrees;
