//! A GO, stated for other tools about exactly what was judged.

use super::Project;
use crate::checks::context::Context;
use crate::checks::release_point;
use crate::checks::signed::Content;
use crate::engine::error::Error;
use crate::model::{Decision, Report, Row};
use crate::report::svr::{self, About};

impl Project {
    /// Judges the release as [`Project::check`] does. A GO comes with its statement, or why none can be made; nothing else does.
    pub(crate) fn check_and_state(&self) -> Result<(Report, Option<Result<String, String>>), Error> {
        let (report, context) = self.checked()?;
        let is_go = report.decision() == Decision::Go;
        let stated = is_go.then(|| about(&report, &context).map(|about| svr::render(&report, &about)));
        Ok((report, stated))
    }
}

/// The content and the commit, where it is these that were judged.
fn about(report: &Report, context: &Context) -> Result<About, String> {
    // No GO comes without it: what would be bound here is a commit, whatever lay in the working tree.
    let is_clean = |row: &Row| row.status.is_pass() || release_point::holds_for_no_tag_alone(row);
    let is_shown = report.rows.iter().any(|row| row.id == release_point::ID && is_clean(row));
    if context.world.revision().is_none() && !is_shown {
        return Err(format!(
            "`{}` does not show that what was judged is a commit: name it with --rev",
            release_point::ID
        ));
    }
    let commit = context.world.commit().map_err(|unavailable| unavailable.to_string())?.to_owned();
    let content = Content::of(context);
    Ok(About { project: content.project, tree: content.tree?, commit })
}
