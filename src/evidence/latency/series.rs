//! Which of several things in one file was measured.

use crate::model::escape::visible_up_to;

/// How many names a message has.
const SHOWN: usize = 8;

/// The only one, or the one that is asked for by name.
///
/// # Errors
/// There are several and none is named, or none is called so.
pub(crate) fn pick<T>(mut all: Vec<(String, T)>, wanted: Option<&str>) -> Result<(String, T), String> {
    let names = |all: &[(String, T)]| {
        let shown: Vec<_> = all.iter().take(SHOWN).map(|(name, _)| format!("`{}`", visible_up_to(name, 60))).collect();
        let more = all.len().saturating_sub(SHOWN);
        if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
    };
    let Some(wanted) = wanted else {
        return match all.len() {
            0 => Err("it has nothing that was measured".to_owned()),
            1 => Ok(all.remove(0)),
            count => Err(format!("it has {count} things that were measured: name one with `series:`: {}", names(&all))),
        };
    };
    let mut found: Vec<usize> = (0..all.len()).filter(|at| all[*at].0 == wanted).collect();
    match (found.pop(), found.is_empty()) {
        (Some(at), true) => Ok(all.swap_remove(at)),
        (Some(_), false) => Err(format!("several are called `{}`", visible_up_to(wanted, 60))),
        (None, _) => {
            Err(format!("nothing in it is called `{}`; there are: {}", visible_up_to(wanted, 60), names(&all)))
        }
    }
}
