//! `delivery-gate` answers one question: may this release ship?

pub mod changelog;
pub mod diagnostic;
pub mod files;
pub mod git;
pub mod project;
