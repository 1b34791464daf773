//! The row of `deps_pinned` for files that a test names, or for a folder of `tests/fixtures/ecosystems`.

use std::fs;
use std::path::Path;

use crate::common::Project;

/// A project of these files and no other manifest.
pub(crate) fn project_of(files: &[(&str, &str)]) -> Project {
    let project = Project::drafted();
    project.remove("pyproject.toml");
    for (path, text) in files {
        project.write(path, text);
    }
    project.track();
    project
}

/// The row without its title.
pub(crate) fn row_of(files: &[(&str, &str)]) -> String {
    row_in(&project_of(files))
}

/// The row of a title, as its status and what it tells.
pub(crate) fn row(files: &[(&str, &str)], title: &str) -> String {
    let run = project_of(files).check_after_ci().run();
    let (head, told) = run.row(title).split_once(" — ").expect("a row");
    format!("{} — {told}", head.split_whitespace().next().expect("a status"))
}

/// The row of `deps_pinned` in a project, without its title.
pub(crate) fn row_in(project: &Project) -> String {
    let run = project.check_after_ci().run();
    run.row("Dependencies").replace("Dependencies pinned to exact versions — ", "")
}

/// The files of a fixture, by their paths in it.
pub(crate) fn fixture(name: &str) -> Vec<(String, String)> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ecosystems").join(name);
    let (mut files, mut waiting) = (Vec::new(), vec![top.clone()]);
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).expect("the fixture") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let shown = path.strip_prefix(&top).expect("inside").display().to_string().replace('\\', "/");
                files.push((shown, fs::read_to_string(&path).expect("a text")));
            }
        }
    }
    files
}

/// The row of a fixture in which texts are replaced: in this file, this by that. An empty text stands for no such file.
pub(crate) fn changed(name: &str, changes: &[(&str, &str, &str)]) -> String {
    let project = project_of(&[]);
    for (path, text) in fixture(name) {
        let of_file: Vec<_> = changes.iter().filter(|(file, ..)| *file == path).collect();
        if of_file.iter().any(|(_, old, _)| old.is_empty()) {
            continue;
        }
        let text = of_file.iter().fold(text, |text, (_, old, new)| {
            assert!(text.contains(old), "{old:?} is not in {text}");
            text.replace(old, new)
        });
        project.write(&path, &text);
    }
    row_in(project.track())
}
