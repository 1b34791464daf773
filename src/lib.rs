//! `delivery-gate` answers one question: may this release ship?
//!
//! Data flows one way: arguments, release.yaml, the policy and the manifests become a [`checks::context::Context`]; the
//! [`checks::Check`]s of a plan look at it; what they found becomes a [`model::Report`], whose verdict is one pure
//! function; a renderer writes it; the verdict is the exit code.

pub mod attest;
pub mod checks;
pub mod cli;
pub mod config;
pub mod ecosystems;
pub mod engine;
pub mod evidence;
pub mod gates;
pub mod git;
pub mod help;
pub mod init;
pub mod model;
pub mod net;
pub mod proc;
pub mod records;
pub mod report;
pub mod structured;
pub mod system;
pub mod world;
