//! `delivery-gate schema`: the JSON Schemas of the files that people write, for editors.

use clap::ValueEnum;

use super::words::words;
use crate::engine::schema;
use crate::gates::{Registry, json_schema};
use crate::project::verify;
use crate::records::verdicts;
use crate::report::json;
use crate::structured::pretty;

/// The flags of `schema`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which file; report is what --json prints
    #[arg(value_parser = words::<File>(), value_name = "FILE")]
    file: File,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum File {
    /// release.yaml
    Release,
    /// delivery-gate.yaml
    Policy,
    /// The gate file of `run`
    Pipeline,
    /// What `--json` prints
    Report,
    /// What `--record` keeps, one line a file
    Record,
    /// What `verify --json` prints
    Verify,
}

/// The schema as text.
pub(super) fn text(args: &Args) -> String {
    match args.file {
        File::Release => pretty::to_string(&schema::release()),
        File::Policy => pretty::to_string(&schema::policy()),
        File::Pipeline => pretty::to_string(&json_schema(&Registry::builtin())),
        File::Report => json::SCHEMA_DOCUMENT.to_owned(),
        File::Record => verdicts::SCHEMA_DOCUMENT.to_owned(),
        File::Verify => verify::SCHEMA_DOCUMENT.to_owned(),
    }
}
