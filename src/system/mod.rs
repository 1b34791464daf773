//! The system below: regular files read with a limit, files written whole or not at all, the process's variables.

pub(crate) mod atomic;
pub(crate) mod environment;
pub(crate) mod files;
