//! A folder of advisories, and the folders in it.

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{FILE_LIMIT, Found, Reader, too_many};
use crate::evidence::advisories::osv::{Format, SIZE_LIMIT};
use crate::model::escape::visible_up_to;
use crate::system::files::read_anywhere;

pub(super) fn read(top: &Path, reader: &Reader<'_>) -> Result<Found, String> {
    let files = files(top)?;
    files
        .par_iter()
        .map(|(name, format)| {
            let bytes = read_anywhere(&top.join(name), SIZE_LIMIT)
                .map_err(|error| format!("{}: {error}", visible_up_to(&name.to_string_lossy(), 200)))?;
            reader.file(&name.to_string_lossy(), *format, &bytes)
        })
        .try_reduce(Found::default, |one, other| Ok(one.and(other)))
}

/// The advisories by their paths below the folder.
fn files(top: &Path) -> Result<Vec<(PathBuf, Format)>, String> {
    let (mut found, mut folders, mut names) = (Vec::new(), vec![PathBuf::new()], 0);
    while let Some(folder) = folders.pop() {
        let unreadable = |error| format!("{} could not be listed: {error}", top.join(&folder).display());
        for entry in fs::read_dir(top.join(&folder)).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let path = folder.join(entry.file_name());
            names += 1;
            if names > FILE_LIMIT {
                return Err(too_many());
            }
            let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            let kind = entry.file_type().map_err(unreadable)?;
            if kind.is_dir() {
                folders.extend(Some(path).filter(|_| !hidden));
            } else if kind.is_symlink() && !hidden && top.join(&path).is_dir() {
                return Err(format!(
                    "{} is a link to a folder, which is not followed",
                    visible_up_to(&path.to_string_lossy(), 200)
                ));
            } else if let Some(format) = Format::of_path(&path.to_string_lossy()) {
                found.push((path, format));
            }
        }
    }
    Ok(found)
}
