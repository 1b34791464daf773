//! The members of a uv workspace.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use globset::GlobBuilder;

use crate::model::path::within;
use crate::world::{Listed, World};

/// How many folders are looked at to find the members.
const FOLDER_LIMIT: usize = 50_000;

/// The manifests of the members that the patterns name, seen from the folder `top`, in order of their paths.
///
/// # Errors
/// Why the patterns cannot be followed.
pub(super) fn members(world: &World, top: &Path, patterns: &[&str], excluded: &[&str]) -> Result<Vec<PathBuf>, String> {
    let mut walk = Walk { world, looked_at: 0 };
    let out = walk.all(top, excluded)?;
    let found = walk.all(top, patterns)?;
    let manifests =
        found.difference(&out).filter(|folder| folder.as_path() != top).map(|one| one.join("pyproject.toml"));
    Ok(manifests.filter(|path| world.has(path)).collect())
}

struct Walk<'a> {
    world: &'a World,
    looked_at: usize,
}

impl Walk<'_> {
    fn all(&mut self, top: &Path, patterns: &[&str]) -> Result<BTreeSet<PathBuf>, String> {
        let mut found = BTreeSet::new();
        for pattern in patterns {
            found.extend(self.expand(top, pattern).map_err(|why| format!("workspace member {pattern}: {why}"))?);
        }
        Ok(found)
    }

    fn expand(&mut self, top: &Path, pattern: &str) -> Result<Vec<PathBuf>, String> {
        let mut found = vec![top.to_owned()];
        for part in pattern.split('/').filter(|part| !matches!(*part, "" | ".")) {
            let mut next = Vec::new();
            for folder in &found {
                match part {
                    "**" => self.below(folder, &mut next)?,
                    part if part.contains(['*', '?', '[', '{']) => self.matching(folder, part, &mut next)?,
                    part => next.push(within(folder, part).ok_or("it is outside the repository")?),
                }
            }
            found = next;
        }
        Ok(found)
    }

    fn matching(&mut self, folder: &Path, part: &str, next: &mut Vec<PathBuf>) -> Result<(), String> {
        let glob = GlobBuilder::new(part).literal_separator(true).build().map_err(|error| error.to_string())?;
        let matcher = glob.compile_matcher();
        let folders = self.folders(folder, true)?;
        next.extend(folders.into_iter().filter(|path| path.file_name().is_some_and(|name| matcher.is_match(name))));
        Ok(())
    }

    fn below(&mut self, folder: &Path, next: &mut Vec<PathBuf>) -> Result<(), String> {
        let mut open = vec![folder.to_owned()];
        while let Some(folder) = open.pop() {
            open.extend(self.folders(&folder, false)?);
            next.push(folder);
        }
        Ok(())
    }

    /// The folders in a folder. Links are followed one step at a time only, so that none leads in a circle.
    fn folders(&mut self, folder: &Path, links: bool) -> Result<Vec<PathBuf>, String> {
        let listed = self.world.listed(folder).map_err(|error| error.about(&folder.display().to_string()))?;
        self.looked_at += listed.len();
        if self.looked_at > FOLDER_LIMIT {
            return Err("too many folders to look at".to_owned());
        }
        let is_folder = |kind| kind == Listed::Folder || links && kind == Listed::File { is_link: true };
        let folders = listed.into_iter().filter(|(name, kind)| is_folder(*kind) && name != ".git");
        Ok(folders.map(|(name, _)| folder.join(name)).collect())
    }
}
