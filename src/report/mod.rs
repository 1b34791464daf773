//! The renderings of a finished run, one file a format.

pub mod diagnostics;
mod evidence;
pub mod format;
pub mod github;
pub mod gitlab;
pub mod html;
mod items;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod sarif;
mod sections;
pub mod text;
