//! Which checks a release is asked, in the order of the report.

use super::gate_check::{GateCheck, Gates};
use crate::checks::attested::Claimed;
use crate::checks::context::Context;
use crate::checks::{Check, auto};

/// Every check there is, asked or not. `gates` is what the policy's gates run with, or why none can; nothing
/// where checks are only listed.
#[must_use]
pub(crate) fn all<'c>(context: &'c Context, gates: Option<Result<&'c Gates<'c>, String>>) -> Vec<Box<dyn Check + 'c>> {
    let mut checks = auto(context);
    let of_gates = context.each_gate().map(|spec| GateCheck::new(spec, gates.clone()));
    checks.extend(of_gates.map(|check| Box::new(check) as Box<dyn Check + 'c>));
    checks.extend(Claimed::all(context).map(|check| Box::new(check) as Box<dyn Check + 'c>));
    checks
}
