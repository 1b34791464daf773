//! Which checks a release is asked, in the order of the report.

use super::gate_check::{GateCheck, Gates};
use super::package_check::PackageCheck;
use crate::checks::attested::Claimed;
use crate::checks::context::Context;
use crate::checks::{Check, auto};
use crate::model::names::PER_PACKAGE;

/// Every check there is, asked or not. `gates` is what the policy's gates run with, or why none can; nothing
/// where checks are only listed.
#[must_use]
pub(crate) fn all<'c>(context: &'c Context, gates: Option<Result<&'c Gates<'c>, String>>) -> Vec<Box<dyn Check + 'c>> {
    let mut checks = established(context);
    let of_gates = context.each_gate().map(|spec| GateCheck::new(spec, gates.clone()));
    checks.extend(of_gates.map(|check| Box::new(check) as Box<dyn Check + 'c>));
    checks.extend(Claimed::all(context).map(|check| Box::new(check) as Box<dyn Check + 'c>));
    checks
}

/// The AUTO checks of the program's own; where there are several packages, those that each is asked stand together.
fn established(context: &Context) -> Vec<Box<dyn Check + '_>> {
    let mut checks = Vec::new();
    let mut of_packages: Vec<_> = context.packages.iter().map(|package| (package, auto(package))).collect();
    for check in auto(context) {
        let id = check.identity().id;
        if of_packages.is_empty() || !PER_PACKAGE.contains(&id.as_ref()) {
            checks.push(check);
            continue;
        }
        for (package, own) in &mut of_packages {
            let Some(at) = own.iter().position(|check| check.identity().id == id) else { continue };
            let folder = package.package.as_ref().map_or(".", |package| package.folder.as_str());
            checks.push(Box::new(PackageCheck { check: own.swap_remove(at), package, folder }));
        }
    }
    checks
}
