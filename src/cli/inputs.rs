//! What people wrote for a release, read into the context of its checks.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use jiff::Timestamp;

use super::place::Place;
use crate::config::{Policy, Release, policy, release};
use crate::context::{CiStatus, Context, tracked};
use crate::decision::settings::{Asked, Flags};
use crate::diagnostic::Problem;
use crate::environment::Environment;
use crate::failure::{Failure, FailureKind};
use crate::pipeline::GateSpec;
use crate::project::{Checkout, manifests};

/// Where CI's outcome comes from without a flag.
const CI_STATUS_VARIABLE: &str = "DELIVERY_GATE_CI_STATUS";

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

impl Inputs {
    /// Reads everything; all problems of all files come back together.
    pub(super) fn context(&self, ci_status: Option<String>, now: Timestamp) -> Result<Context, Failure> {
        let place = Place::of(&self.repo)?;
        let release = Release::load(&place.root, &place.dir);
        self.read(place, release, ci_status, now)
    }

    /// The same before release.yaml is written: nothing in it then is not an error.
    pub(super) fn before_release(&self, now: Timestamp) -> Result<Context, Failure> {
        let place = Place::of(&self.repo)?;
        let path = place.dir.join(release::FILE);
        let release =
            if place.root.exists(&path) { Release::load(&place.root, &place.dir) } else { Ok(Release::unwritten()) };
        self.read(place, release, None, now)
    }

    /// What people wrote, and where: without the manifests, which only a check looks at.
    pub(super) fn written(&self) -> Result<(Place, Release, Policy), Failure> {
        let place = Place::of(&self.repo)?;
        let release = Release::load(&place.root, &place.dir);
        let (release, policy) = place.with_policy(release, self.config.as_deref())?;
        Ok((place, release, policy))
    }

    fn read(
        &self,
        place: Place,
        release: Result<Release, Vec<Problem>>,
        ci_status: Option<String>,
        now: Timestamp,
    ) -> Result<Context, Failure> {
        let dir = place.dir.clone();
        let written = place.with_policy(release, self.config.as_deref());
        let context = written.and_then(|written| put_together(place, written, ci_status, now));
        context.map_err(|failure| failure.in_dir(&dir))
    }
}

fn put_together(
    place: Place,
    (release, policy): (Release, Policy),
    ci_status: Option<String>,
    now: Timestamp,
) -> Result<Context, Failure> {
    let environment = Environment::of_process();
    let Place { root, dir, repository } = place;
    let attested_gates = attested_gates(&release, &policy);
    if !attested_gates.is_empty() {
        return Err(Failure::of(FailureKind::Manifest, attested_gates));
    }
    let tracked = |path: &Path| tracked(&repository, path);
    let checkout = Checkout { root: &root, dir: &dir, tracked: &tracked };
    let manifests = manifests::load(&checkout, &policy.manifests)
        .map_err(|problems| Failure::of(FailureKind::Manifest, problems))?;
    let ci_status = reported(ci_status, &environment);
    let decision = policy.decision.is_some().then(|| Asked::read(&Flags::default(), &environment)).transpose();
    let decision = decision.map_err(|problems| Failure::of(FailureKind::Usage, problems))?;
    let tags = OnceLock::new();
    Ok(Context { root, dir, repository, release, policy, manifests, ci_status, environment, decision, now, tags })
}

/// A gate establishes its result itself: nobody can claim it.
fn attested_gates(release: &Release, policy: &Policy) -> Vec<Problem> {
    let attested = policy.each_gate().filter(|gate| release.attestations.iter().any(|claim| claim.id == gate.id));
    let problem = |gate: &GateSpec| {
        let message = format!("attestations.{} is a gate of {}", gate.id, policy::FILE);
        Problem::new(release::FILE, message).help("take the attestation out, or give the gate another id")
    };
    attested.map(problem).collect()
}

/// A flag wins over the variable.
fn reported(flag: Option<String>, environment: &Environment) -> Option<CiStatus> {
    let given = flag.map(|value| CiStatus { value, source: "--ci-status" });
    let variable = environment.get(CI_STATUS_VARIABLE);
    given.or_else(|| Some(CiStatus { value: variable?.to_owned(), source: CI_STATUS_VARIABLE }))
}
