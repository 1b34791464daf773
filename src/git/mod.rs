//! Every use of git: nothing else in this crate opens a repository.
