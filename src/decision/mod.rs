//! The decision gate: a high-impact change ships only with an approved decision.
//!
//! Changed files, then the policy (is any high-impact?), then references in the PR text or the commit messages, then
//! what the provider says of each, then the optional judge.

mod answer;
pub mod judge;
pub mod provider;
pub mod reference;
mod visible;

pub use provider::{Approval, Provider, Validation};
pub use reference::Reference;
