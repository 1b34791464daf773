//! `delivery-gate schema`: the JSON Schemas of the files that people write, for editors.

use clap::ValueEnum;

use super::words::words;
use crate::engine::schema;
use crate::gates;
use crate::project::verify;
use crate::records::verdicts;
use crate::report::json;

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
pub(super) fn text(args: &Args) -> &'static str {
    match args.file {
        File::Release => schema::RELEASE,
        File::Policy => schema::POLICY,
        File::Pipeline => gates::SCHEMA_DOCUMENT,
        File::Report => json::SCHEMA_DOCUMENT,
        File::Record => verdicts::SCHEMA_DOCUMENT,
        File::Verify => verify::SCHEMA_DOCUMENT,
    }
}
