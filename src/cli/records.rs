//! `delivery-gate records`: the verdicts that were recorded.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use jiff::Timestamp;
use serde::Serialize;

use super::numbers::limit;
use super::output::{self, Output};
use super::place;
use super::words::words;
use super::{Clock, Colour, refuse};
use crate::model::Decision;
use crate::model::escape::{visible, visible_up_to};
use crate::model::failure::{Failure, FailureKind};
use crate::project::recorded;
use crate::records::Damaged;
use crate::records::verdicts::{
    Chain, ExportError, Exported, Found, Ledger, LedgerError, Listed, Packing, Sealed, VerdictRecord, Wanted,
};
use crate::report::format::Format;
use crate::structured::pretty;

/// The decisions that are recorded.
const DECISIONS: [&str; 4] =
    [Decision::Go.label(), Decision::NoGo.label(), Decision::Ready.label(), Decision::NotReady.label()];

/// The longest name in a list, in characters.
const NAME_LIMIT: usize = 40;

/// How many gaps, ends and damaged files text names; JSON has all.
const SHOWN_LIMIT: usize = 20;

/// The flags of `records`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The directory whose policy says where the records are
    #[arg(long, global = true, value_name = "PATH", default_value = ".")]
    repo: PathBuf,
    /// Where the records are [default: `record` of the policy]
    #[arg(long, global = true, value_name = "DIR")]
    record: Option<PathBuf>,
    /// JSON instead of text; a record is JSON anyway
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the records, newest first; exit code 1 when one is damaged
    #[command(after_help = "Example: delivery-gate records list --project demo --limit 10")]
    List(ListOptions),
    /// Print one record
    #[command(after_help = "Example: delivery-gate records show 01JPZ3N8")]
    Show {
        /// The record's id, or as much of its beginning as no other has
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Say whether every record is there and unchanged, as far as the folder can tell; exit code 1 when not
    #[command(after_help = "Example: delivery-gate records verify --record records")]
    Verify,
    /// Write the records that are not there yet into a folder, as JSON lines by day
    #[command(after_help = "Example: delivery-gate records export lines --record records")]
    Export {
        /// The folder; what is in it is left as it is
        #[arg(value_name = "FOLDER")]
        out: PathBuf,
        /// How a part is packed, by the end of its name
        #[arg(long, value_name = "HOW", value_parser = words::<Packing>(), default_value = "plain")]
        pack: Packing,
    },
}

#[derive(Debug, clap::Args)]
struct ListOptions {
    /// Only those of one project
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// Only those that ended so
    #[arg(long, value_name = "WORD", value_parser = PossibleValuesParser::new(DECISIONS))]
    decision: Option<String>,
    /// Only the newest so many; older records are not read, so damage there is not found
    #[arg(long, value_name = "N", value_parser = limit)]
    limit: Option<u32>,
}

impl ListOptions {
    fn wanted(&self) -> Wanted {
        Wanted {
            project_name: self.project.clone(),
            decision: self.decision.clone(),
            limit: self.limit.and_then(|limit| usize::try_from(limit).ok()),
        }
    }
}

/// What is said on standard output, and what is wrong.
pub(super) struct Answer {
    /// On standard output.
    pub(super) text: String,
    /// On standard error; then the exit code is 1.
    pub(super) complaint: Option<String>,
}

/// Does what was asked and returns the exit code.
pub(super) fn run(args: &Args, clock: &Clock, colour: Colour) -> u8 {
    conclude("records", answer(args, clock.started_at), args.json, clock, colour)
}

/// Says an answer about a folder of records, and returns the exit code.
pub(super) fn conclude(
    command: &str,
    answer: Result<Answer, Failure>,
    json: bool,
    clock: &Clock,
    colour: Colour,
) -> u8 {
    match answer {
        Ok(Answer { text, complaint }) => {
            let exit_code = output::conclude(&text, complaint.is_some().into());
            if let Some(why) = complaint {
                output::complain(&Failure::new(FailureKind::Usage, why), colour);
            }
            exit_code
        }
        Err(failure) if json => refuse(command, failure, clock, &Output::only(Format::Json), colour),
        Err(failure) => {
            output::complain(&failure, colour);
            Failure::EXIT_CODE
        }
    }
}

fn answer(args: &Args, now: Timestamp) -> Result<Answer, Failure> {
    let ledger = Ledger::open(&dir(args, now)?).map_err(|error| usage(error.to_string()))?;
    // The policy's may not be there yet; whoever names one means one that is.
    if args.record.is_some() && !ledger.is_there().map_err(|error| usage(error.to_string()))? {
        return Err(missing(&ledger));
    }
    let done = match &args.action {
        Action::List(asked) => ledger.list(&asked.wanted()).map(|listed| list(&ledger, &listed, args.json)),
        Action::Show { id } => ledger.find(id).map(|found| shown(&ledger, id, found)),
        Action::Verify => return verified(&ledger, args.json),
        Action::Export { out, pack } => return exported(&ledger, out, *pack, args.json),
    };
    done.map_err(|error| usage(error.to_string()))
}

fn missing(ledger: &Ledger) -> Failure {
    usage(format!("there is no record directory {}", ledger.dir().display()))
}

fn usage(why: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Usage, why)
}

/// The folder that the flag names, else the policy.
fn dir(args: &Args, now: Timestamp) -> Result<PathBuf, Failure> {
    if let Some(dir) = &args.record {
        return Ok(dir.clone());
    }
    let world = place::open(&args.repo, place::at(now))?.world(now).map_err(place::failure)?;
    let dir = recorded::of_policy_alone(&world).map_err(usage)?;
    dir.ok_or_else(|| usage("the policy has no `record`: name the folder of the records with --record DIR"))
}

#[derive(Serialize)]
struct JsonListing<'a> {
    schema: &'static str,
    record_dir: String,
    records: Vec<&'a VerdictRecord>,
    damaged: Vec<JsonDamaged<'a>>,
}

#[derive(Serialize)]
struct JsonDamaged<'a> {
    file: &'a str,
    reason: &'a str,
}

fn json_damaged(damaged: &[Damaged]) -> Vec<JsonDamaged<'_>> {
    damaged.iter().map(|Damaged { file, reason }| JsonDamaged { file, reason }).collect()
}

fn list(ledger: &Ledger, listed: &Listed, json: bool) -> Answer {
    let record_dir = ledger.dir().display().to_string();
    let text = if json {
        let records = listed.records.iter().map(|sealed| &sealed.record).collect();
        let schema = "delivery-gate/record-list/v1";
        pretty::to_string(&JsonListing { schema, record_dir, records, damaged: json_damaged(&listed.damaged) })
    } else {
        table(&record_dir, listed)
    };
    Answer { text, complaint: complaint(&listed.damaged) }
}

fn complaint(damaged: &[Damaged]) -> Option<String> {
    (!damaged.is_empty()).then(|| format!("{}; inspect it, then move it away", count(damaged.len(), "damaged record")))
}

fn table(record_dir: &str, listed: &Listed) -> String {
    let mut text = String::new();
    for Sealed { record, .. } in &listed.records {
        let VerdictRecord { judged_at, decision, record_id, command_name, .. } = record;
        let project = visible_up_to(record.project_name.as_deref().unwrap_or("-"), NAME_LIMIT);
        let released = visible_up_to(&what(record), NAME_LIMIT);
        let line = format!("{judged_at}  {decision:<9}  {record_id}  {command_name:<8}  {project}  {released}");
        let _ = writeln!(text, "{}", visible(line.trim_end()));
    }
    text.push_str(&damaged_lines(&listed.damaged));
    let _ = writeln!(text, "{} in {}", count(listed.records.len(), "record"), visible(record_dir));
    text
}

/// What was judged: the tag, else the version, else the packages, else the commit.
fn what(record: &VerdictRecord) -> String {
    let packages = record.packages.iter().map(|one| format!("{} {}", one.folder, one.version)).collect::<Vec<_>>();
    let packages = Some(packages.join(", ")).filter(|packages| !packages.is_empty());
    let named = record.tag_name.clone().or_else(|| record.version.clone()).or(packages);
    named.or_else(|| record.commit_id.clone()).unwrap_or_default()
}

fn damaged_lines(damaged: &[Damaged]) -> String {
    damaged.iter().fold(String::new(), |text, damaged| text + "DAMAGED  " + &visible(&damaged.to_string()) + "\n")
}

fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// One record, or that there is none to rely on.
fn shown(ledger: &Ledger, id: &str, found: Found) -> Answer {
    let none = |why: String| Answer { text: String::new(), complaint: Some(why) };
    let (shown, dir) = (visible(id), ledger.dir().display());
    match found {
        Found::One(sealed) => Answer { text: pretty::to_string(&sealed.record), complaint: None },
        Found::None => none(format!("there is no record {shown} in {dir}")),
        Found::Several(ids) => {
            let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
            none(format!("several records begin with {shown}, the newest of them {}", ids.join(", ")))
        }
        Found::Damaged(damaged) => none(damaged.to_string()),
    }
}

#[derive(Serialize)]
struct JsonChain<'a> {
    schema: &'static str,
    record_dir: String,
    whole: bool,
    record_count: usize,
    starts: Vec<String>,
    ends: Vec<JsonEnd<'a>>,
    gaps: Vec<JsonGap<'a>>,
    damaged: Vec<JsonDamaged<'a>>,
}

#[derive(Serialize)]
struct JsonEnd<'a> {
    record_id: String,
    sha256: &'a str,
}

#[derive(Serialize)]
struct JsonGap<'a> {
    record_id: String,
    prev: &'a str,
}

fn verified(ledger: &Ledger, json: bool) -> Result<Answer, Failure> {
    let dir = ledger.dir().display();
    let chain = ledger.verify().map_err(|error: LedgerError| usage(error.to_string()))?;
    let chain = chain.ok_or_else(|| missing(ledger))?;
    let text = if json { chain_as_json(ledger.dir(), &chain) } else { chain_as_text(ledger.dir(), &chain) };
    let complaint = match () {
        () if chain.is_whole() => None,
        () if chain.records == 0 && chain.damaged.is_empty() => Some(format!("there are no records in {dir}")),
        () => Some("the records are not whole".to_owned()),
    };
    Ok(Answer { text, complaint })
}

fn chain_as_json(dir: &Path, chain: &Chain) -> String {
    pretty::to_string(&JsonChain {
        schema: "delivery-gate/record-chain/v1",
        record_dir: dir.display().to_string(),
        whole: chain.is_whole(),
        record_count: chain.records,
        starts: chain.starts.iter().map(ToString::to_string).collect(),
        ends: chain.ends.iter().map(|(id, sha256)| JsonEnd { record_id: id.to_string(), sha256: &sha256.0 }).collect(),
        gaps: chain
            .gaps
            .iter()
            .map(|gap| JsonGap { record_id: gap.record_id.to_string(), prev: &gap.prev.0 })
            .collect(),
        damaged: json_damaged(&chain.damaged),
    })
}

fn chain_as_text(dir: &Path, chain: &Chain) -> String {
    let maybe = if chain.damaged.is_empty() { "" } else { " (a damaged one may be it)" };
    let gaps = chain.gaps.iter().map(|gap| {
        format!("MISSING  {} was made after a record that is not here: SHA-256 {}{maybe}\n", gap.record_id, gap.prev.0)
    });
    let damaged = chain.damaged.iter().map(|damaged| format!("DAMAGED  {}\n", visible(&damaged.to_string())));
    let ends = chain.ends.iter().map(|(id, sha256)| format!("newest   {id}  SHA-256 {}\n", sha256.0));
    let mut text = up_to_limit(damaged) + &up_to_limit(gaps) + &up_to_limit(ends);
    let word = if chain.is_whole() { "whole" } else { "NOT WHOLE" };
    let starts = count(chain.starts.len(), "beginning");
    let _ = writeln!(
        text,
        "{word}: {}, {starts}, in {}",
        count(chain.records, "record"),
        visible(&dir.display().to_string())
    );
    text
}

fn up_to_limit(lines: impl ExactSizeIterator<Item = String>) -> String {
    let more = lines.len().saturating_sub(SHOWN_LIMIT);
    let mut text: String = lines.take(SHOWN_LIMIT).collect();
    if more > 0 {
        let _ = writeln!(text, "         and {more} more; --json has all");
    }
    text
}

#[derive(Serialize)]
struct JsonExported<'a> {
    schema: &'static str,
    exported: usize,
    known: usize,
    parts: Vec<String>,
    damaged: Vec<JsonDamaged<'a>>,
}

fn exported(ledger: &Ledger, out: &Path, pack: Packing, json: bool) -> Result<Answer, Failure> {
    let done =
        ledger.export(out, pack).map_err(|error: ExportError| Failure::new(FailureKind::Output, error.to_string()))?;
    let Exported { records, known, parts, damaged } = &done;
    let text = if json {
        let parts = parts.iter().map(|part| part.display().to_string()).collect();
        let (schema, damaged) = ("delivery-gate/record-export/v1", json_damaged(damaged));
        pretty::to_string(&JsonExported { schema, exported: *records, known: *known, parts, damaged })
    } else {
        let there = if *known > 0 { format!("; {known} were there already") } else { String::new() };
        let (records, parts) = (count(*records, "record"), count(parts.len(), "file"));
        format!("{}exported {records} in {parts}{there}\n", damaged_lines(damaged))
    };
    Ok(Answer { text, complaint: complaint(damaged) })
}
