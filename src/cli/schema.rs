//! `delivery-gate schema`: the JSON Schemas of the files that people write, for editors.

use clap::ValueEnum;

use crate::pipeline::{Registry, json_schema};
use crate::report::pretty;

/// The flags of `schema`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which file
    #[arg(value_enum, value_name = "FILE")]
    file: File,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum File {
    /// The gate file of `run`
    Pipeline,
}

/// The schema as text.
pub(super) fn text(args: &Args) -> String {
    match args.file {
        File::Pipeline => pretty::to_string(&json_schema(&Registry::builtin())),
    }
}
