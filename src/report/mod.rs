//! The renderings of a finished run, one file a format.

pub(crate) mod diagnostics;
mod evidence;
pub(crate) mod format;
pub(crate) mod github;
pub(crate) mod gitlab;
pub(crate) mod html;
mod items;
pub(crate) mod json;
pub(crate) mod junit;
pub(crate) mod markdown;
pub(crate) mod sarif;
mod sections;
pub(crate) mod svr;
pub(crate) mod text;
