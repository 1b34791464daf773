//! `delivery-gate` answers one question: may this release ship?
//!
//! Data flows one way: arguments, release.yaml, the policy and the manifests become a [`context::Context`]; the
//! [`check::Check`]s of a registry look at it; what they found becomes a [`report::Report`], whose verdict is one pure
//! function; a renderer writes it; the verdict is the exit code.

pub mod advisories;
pub mod artifact;
pub mod attest;
pub mod changelog;
pub mod check;
pub mod cli;
pub mod config;
pub mod context;
pub mod decision;
pub mod diagnostic;
pub mod environment;
pub mod failure;
pub mod files;
pub mod git;
pub mod http;
pub mod init;
pub mod json;
pub mod manual;
mod nearest;
pub mod pipeline;
pub mod process;
pub mod project;
pub mod report;
pub mod secret;
pub mod secrets;
mod whole;
pub mod world;
