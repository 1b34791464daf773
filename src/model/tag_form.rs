//! The form of a release's tag: a text with what differs between releases and packages left open.

use std::path::Path;

/// What stands for the version.
pub(crate) const VERSION_PLACEHOLDER: &str = "{version}";

/// What stands for the package's name.
pub(crate) const NAME_PLACEHOLDER: &str = "{name}";

/// What stands for the package's folder, relative to the repository's top level.
pub(crate) const DIR_PLACEHOLDER: &str = "{dir}";

/// The forms of a release's tag where nothing says one.
pub(crate) const USUAL_FORMS: [&str; 2] = ["v{version}", "{version}"];

/// Whether a form makes a tag that of one package among others.
#[must_use]
pub(crate) fn is_of_package(form: &str) -> bool {
    [NAME_PLACEHOLDER, DIR_PLACEHOLDER].iter().any(|placeholder| form.contains(placeholder))
}

/// The form with nothing but the version open in it; `None` where it has a part that nobody knows: a name, or a folder at the
/// top level. Git takes no colon in a tag, and of Maven's `group:artifact` people write the artifact.
#[must_use]
pub(crate) fn filled(form: &str, name: Option<&str>, dir: &Path) -> Option<String> {
    let mut form = form.to_owned();
    if form.contains(DIR_PLACEHOLDER) {
        let folder = dir.to_string_lossy().replace('\\', "/");
        form = (!folder.is_empty()).then(|| form.replace(DIR_PLACEHOLDER, &folder))?;
    }
    if form.contains(NAME_PLACEHOLDER) {
        let name = name.map(|name| name.rsplit(':').next().unwrap_or(name))?;
        form = form.replace(NAME_PLACEHOLDER, name);
    }
    Some(form)
}

/// The tag of a version.
#[must_use]
pub(crate) fn of_version(form: &str, version: &str) -> String {
    form.replace(VERSION_PLACEHOLDER, version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_makes_no_form() {
        let of = |form, name| filled(form, name, Path::new("packages/cli"));
        assert_eq!(of("v{version}", None).as_deref(), Some("v{version}"));
        assert_eq!(of("{name}@{version}", Some("@acme/cli")).as_deref(), Some("@acme/cli@{version}"));
        assert_eq!(of("{name}-{version}", Some("g:a")).as_deref(), Some("a-{version}"));
        assert_eq!(of("{dir}/v{version}", None).as_deref(), Some("packages/cli/v{version}"));
        assert_eq!(of("{name}@{version}", None), None);
        assert_eq!(filled("{dir}/v{version}", Some("a"), Path::new("")), None);
    }
}
