//! Child processes as they are: real ones, most of them shell scripts that do not want to end.
#![cfg(unix)]
// A test that cannot go on says where it stands.
#![allow(clippy::expect_used, clippy::panic)]

#[path = "process/bounds.rs"]
mod bounds;
#[path = "process/common.rs"]
mod common;
#[path = "process/ends.rs"]
mod ends;
#[path = "process/environment.rs"]
mod environment;
#[path = "process/start.rs"]
mod start;
#[path = "process/trees.rs"]
mod trees;
