//! What people wrote for a release, read into the context of its checks.

use std::path::PathBuf;
use std::sync::OnceLock;

use clap::builder::NonEmptyStringValueParser;
use jiff::Timestamp;

use super::place::{self, Written};
use crate::checks::context::{CiStatus, Context};
use crate::config::{Release, policy, release};
use crate::ecosystems::manifests;
use crate::evidence::decision::settings::{Asked, Flags};
use crate::gates::{GateSpec, Pipeline};
use crate::model::failure::{Failure, FailureKind};
use crate::model::problem::Problem;
use crate::system::environment::Environment;
use crate::world::World;
use crate::world::settings::CI_STATUS;

/// Where the files are.
#[derive(Debug, clap::Args)]
pub(super) struct Inputs {
    /// The directory that holds release.yaml; the git repository is found from it upwards
    #[arg(long, value_name = "PATH", default_value = ".")]
    pub(super) repo: PathBuf,
    /// The project's policy [default: delivery-gate.yaml in the repo directory, if there]
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
}

/// Which commit is judged.
#[derive(Debug, clap::Args)]
pub(super) struct Judged {
    /// Judge this tag or commit instead of the working tree; a bare repository will do
    #[arg(long, value_name = "REV", value_parser = NonEmptyStringValueParser::new())]
    pub(super) rev: Option<String>,
}

impl Inputs {
    /// Reads everything; all problems of all files come back together.
    pub(super) fn context(
        &self,
        judged: &Judged,
        ci_status: Option<String>,
        now: Timestamp,
    ) -> Result<Context, Failure> {
        let world = place::world_of_release(&self.repo, judged.rev.as_deref(), now)?;
        let release = Release::load(&world);
        self.read(world, release, ci_status)
    }

    /// The same before release.yaml is written: nothing in it then is not an error.
    pub(super) fn before_release(&self, judged: &Judged, now: Timestamp) -> Result<Context, Failure> {
        let world = place::world_of_release(&self.repo, judged.rev.as_deref(), now)?;
        let there = world.has(&world.dir.join(release::FILE));
        let release = if there { Release::load(&world) } else { Ok(Release::unwritten()) };
        self.read(world, release, None)
    }

    /// What people wrote, and where: without the manifests, which only a check looks at.
    pub(super) fn written(&self, now: Timestamp) -> Result<(World, Written), Failure> {
        let world = place::world(&self.repo, None, now)?;
        let release = Release::load(&world);
        let written = place::with_policy(&world, release, self.config.as_deref())?;
        Ok((world, written))
    }

    fn read(
        &self,
        world: World,
        release: Result<Release, Vec<Problem>>,
        ci_status: Option<String>,
    ) -> Result<Context, Failure> {
        let dir = world.dir.clone();
        let written = place::with_policy(&world, release, self.config.as_deref());
        let context = written.and_then(|written| put_together(world, written, ci_status));
        context.map_err(|failure| failure.in_dir(&dir))
    }
}

fn put_together(
    world: World,
    Written { release, policy, gates }: Written,
    ci_status: Option<String>,
) -> Result<Context, Failure> {
    let attested_gates = attested_gates(&release, gates.as_ref());
    if !attested_gates.is_empty() {
        return Err(Failure::of(FailureKind::Manifest, attested_gates));
    }
    let manifests =
        manifests::load(&world, &policy.manifests).map_err(|problems| Failure::of(FailureKind::Manifest, problems))?;
    let ci_status = reported(ci_status, &world.environment);
    let decision = policy.decision.is_some().then(|| Asked::read(&Flags::default(), &world.environment)).transpose();
    let decision = decision.map_err(|problems| Failure::of(FailureKind::Usage, problems))?;
    Ok(Context { world, release, policy, gates, manifests, ci_status, decision, tags: OnceLock::new() })
}

/// A gate establishes its result itself: nobody can claim it.
fn attested_gates(release: &Release, gates: Option<&Pipeline>) -> Vec<Problem> {
    let gates = gates.into_iter().flat_map(|pipeline| &pipeline.gates);
    let attested = gates.filter(|gate| release.attestations.iter().any(|claim| claim.id == gate.id));
    let problem = |gate: &GateSpec| {
        let message = format!("attestations.{} is a gate of {}", gate.id, policy::FILE);
        Problem::new(release::FILE, message).help("take the attestation out, or give the gate another id")
    };
    attested.map(problem).collect()
}

/// A flag wins over the variable.
fn reported(flag: Option<String>, environment: &Environment) -> Option<CiStatus> {
    let given = flag.map(|value| CiStatus { value, source: "--ci-status" });
    let variable = CI_STATUS.given(environment);
    given.or_else(|| variable.map(|(source, value)| CiStatus { value: value.to_owned(), source }))
}
