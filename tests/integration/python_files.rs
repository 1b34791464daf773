//! Requirements files by their names, their indexes, and setuptools' own files.

use crate::pins::{project_of, row_of};

const SHA256: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const PROJECT: &str = "[project]\nname = \"demo\"\nversion = \"1.2.3\"\n";
const DEVELOPMENT: (&str, &str) = ("delivery-gate.yaml", "pinning: {scope: [runtime, dev]}\n");
const ADDED: &str = "(`manifests:` in delivery-gate.yaml adds what is released).";

fn pass(count: usize) -> String {
    format!("PASS  All {count} dependencies are pinned.")
}

#[test]
fn files_for_development_count_where_the_scope_asks() {
    let files = [
        ("requirements.txt", "-r requirements/base.txt\n-c requirements/limits.txt\na==1\n"),
        ("requirements/base.txt", "b==1\n"),
        ("requirements/limits.txt", "a<2\n"),
        ("requirements-dev.txt", "-r requirements.txt\nc>=1\n"),
        ("requirements/test.txt", "d\n"),
        ("web/requirements_lint.txt", "e\n"),
    ];
    assert_eq!(row_of(&files), pass(2));
    let expected = "FAIL  2 of 4 dependencies are not pinned: c (>=1), d. Not asked: web/requirements_lint.txt";
    assert_eq!(row_of(&[&files[..], &[DEVELOPMENT]].concat()), format!("{expected} {ADDED}"));
    // What includes a file makes it what it is itself.
    let included = [("requirements.txt", "-r requirements-dev.txt\n"), files[0], files[1], files[2], files[3]];
    let included: Vec<_> = included.into_iter().filter(|(_, text)| !text.contains("-c ")).collect();
    let cyclic = ("requirements-dev.txt", "c>=1\n");
    assert_eq!(
        row_of(&[&included[..], &[cyclic]].concat()),
        "FAIL  1 of 1 dependencies are not pinned: c (>=1). Not asked: requirements/base.txt, requirements/limits.txt (`manifests:` in delivery-gate.yaml adds what is released)."
    );
}

#[test]
fn other_requirements_files_are_named_or_asked() {
    let files = [("requirements.txt", "a==1\n"), ("requirements-prod.txt", "b\n"), ("requirements-docs.txt", "c\n")];
    assert_eq!(row_of(&files), format!("{} Not asked: requirements-prod.txt {ADDED}", pass(1)));
    let named = ("delivery-gate.yaml", "manifests: [requirements-prod.txt, requirements-docs.txt]\n");
    assert_eq!(row_of(&[&files[..], &[named]].concat()), "FAIL  2 of 3 dependencies are not pinned: b, c");
    // Alone, it is what there is.
    let alone = row_of(&[("requirements-dev.txt", "a\n")]);
    assert!(alone.starts_with("UNPROVEN  no manifest beside release.yaml; not asked: requirements-dev.txt"), "{alone}");
}

#[test]
fn an_index_is_told_and_its_users_are_not() {
    let row = |text: &str| row_of(&[("requirements.txt", text)]);
    let told = format!("{} requirements.txt takes packages from https://h/simple; 1 of them have no hash.", pass(1));
    assert_eq!(row("--index-url https://${USER}:${TOKEN}@h/simple\na==1\n"), told);
    assert_eq!(row("--extra-index-url https://jane:secret@h/simple\na==1\n"), told);
    assert_eq!(row(&format!("-i https://h/simple\na==1 --hash=sha256:{SHA256}\n")), pass(1));
    assert_eq!(row("--index-url https://pypi.org/simple\na==1\n"), pass(1));
    let unproven = row("--index-url https://${HOST}/simple\na==1\n");
    assert_eq!(
        unproven,
        "UNPROVEN  requirements.txt:1: --index-url https://${HOST}/simple takes a value from the environment"
    );
}

#[test]
fn setup_cfg_is_read_where_no_project_table_is() {
    let cfg = |rest: &str| format!("[metadata]\nname = demo\nversion = 1.2.3\n{rest}");
    let lists = "[options]\ninstall_requires =\n  a==1\n  # why\n  b>=1 ; os_name == 'nt'\n\n[options.extras_require]\nx = c==1; d\n";
    let whole = "FAIL  2 of 4 dependencies are not pinned: b (>=1), d";
    assert_eq!(row_of(&[("setup.cfg", &cfg(lists))]), whole);
    let bare = ("pyproject.toml", "[build-system]\nrequires = [\"setuptools\"]\n");
    assert_eq!(row_of(&[("setup.cfg", &cfg(lists)), bare]), whole);
    assert_eq!(
        row_of(&[("setup.cfg", &cfg(lists)), ("requirements.txt", "z==1\n")]),
        "FAIL  2 of 5 dependencies are not pinned: b (>=1), d"
    );
    assert_eq!(row_of(&[("setup.cfg", &cfg(lists)), ("pyproject.toml", PROJECT)]), "PASS  No dependencies to pin.");
    let dynamic = format!("{PROJECT}dynamic = [\"dependencies\"]\n");
    assert_eq!(
        row_of(&[("setup.cfg", &cfg(lists)), ("pyproject.toml", &dynamic)]),
        "FAIL  1 of 2 dependencies are not pinned: b (>=1)"
    );
    let files = cfg("[options]\ninstall-requires = file: a.txt, b.txt\n");
    assert_eq!(
        row_of(&[("setup.cfg", &files), ("a.txt", "a==1\n"), ("b.txt", "b\n")]),
        "FAIL  1 of 2 dependencies are not pinned: b"
    );
    assert_eq!(
        row_of(&[("setup.cfg", &files), ("a.txt", "a==1\n")]),
        "UNPROVEN  b.txt was not read: there is no such file"
    );
    assert_eq!(row_of(&[("setup.cfg", "[flake8]\nmax-line-length = 100\n")]), "PASS  No dependencies to pin.");
    let place = project_of(&[("setup.cfg", "[metadata]\nname = a\nname = b\n")]).check_after_ci().run().refusal();
    assert!(place.contains("setup.cfg:3:1") && place.contains("name is there twice"), "{place}");
}

#[test]
fn setup_py_is_never_run() {
    let code =
        "from setuptools import setup\nsetup(name='demo', version='1.2.3',\n      install_requires=['a>=1'],\n)\n";
    let why = "its install_requires is code, which is not run: move it to pyproject.toml or setup.cfg, or commit a lock file with \
               hashes that `pinning` lets count";
    assert_eq!(row_of(&[("setup.py", code)]), format!("UNPROVEN  setup.py: {why}"));
    // Beside others it is not forgotten.
    let row = row_of(&[("setup.py", code), ("requirements.txt", "z==1\n")]);
    assert_eq!(row, format!("UNPROVEN  setup.py: {why}"));
    let bare = ("pyproject.toml", "[tool.ruff]\n");
    assert_eq!(row_of(&[("setup.py", code), bare]), format!("UNPROVEN  setup.py: {why}"));
    assert_eq!(row_of(&[("setup.py", code), ("pyproject.toml", PROJECT)]), "PASS  No dependencies to pin.");
    assert_eq!(
        row_of(&[("setup.py", "from setuptools import setup\nsetup()  # install_requires\n")]),
        "PASS  No dependencies to pin."
    );
    let computed = row_of(&[("setup.py", "setup(**read())\n")]);
    assert!(computed.starts_with("UNPROVEN  setup.py: its arguments are code"), "{computed}");
    // A lock file decides, where lock files count.
    let lock = format!("a==1 --hash=sha256:{SHA256}\n");
    let locked = |lock: &str, mode: &str| {
        row_of(&[("setup.py", code), ("requirements.txt", lock), ("delivery-gate.yaml", mode)])
    };
    assert_eq!(locked(&lock, "pinning: {mode: either}\n"), pass(2));
    assert!(locked(&lock, "pinning: {mode: exact}\n").starts_with("UNPROVEN"));
    let open = locked(&format!("{lock}b==1\n"), "pinning: {mode: either}\n");
    assert_eq!(open, "FAIL  1 of 3 dependencies are not pinned: b: requirements.txt has no hash for it");
}

#[test]
fn versions_of_setuptools() {
    let row_of = |files: &[(&str, &str)]| {
        let project = project_of(files);
        project.commit().tag("v1.2.3");
        let run = project.check_after_ci().run();
        let told = run.stdout.lines().find(|line| line.contains("Version is") || line.contains("not compared"));
        told.map(|line| line.replace("[AUTO]      ", "")).unwrap_or_default()
    };
    let row = |file: &str, text: &str| row_of(&[(file, text)]);
    let agrees = |file: &str| format!("PASS  Version is the same everywhere — 1.2.3 in release.yaml and {file}.");
    let differs =
        |file: &str| format!("FAIL  Version is the same everywhere — release.yaml says 1.2.3, {file} says 9.");
    assert_eq!(row("setup.cfg", "[metadata]\nversion = 1.2.3\n"), agrees("setup.cfg"));
    assert_eq!(row("setup.cfg", "[metadata]\nversion = 9\n"), differs("setup.cfg"));
    for (says, file, text) in [
        ("attr: demo.__version__", "src/demo/__init__.py", "__version__ = \"9\"\n"),
        ("attr:demo.about.VERSION", "demo/about.py", "VERSION = '9'\n"),
        ("file: demo/V", "demo/V", "9\n"),
    ] {
        let cfg = format!("[metadata]\nversion = {says}\n");
        assert_eq!(row_of(&[("setup.cfg", &cfg), (file, text)]), differs(file), "{says}");
        assert_eq!(row_of(&[("setup.cfg", &cfg), (file, &text.replace('9', "1.2.3"))]), agrees(file), "{says}");
        let computed = text.replace('9', "?") + "x = f()\n";
        let dynamic = format!("  - version not compared: setup.cfg says version = {says}");
        assert_eq!(row_of(&[("setup.cfg", &cfg), (file, &computed)]), dynamic, "{says}");
        assert_eq!(row("setup.cfg", &cfg), dynamic, "{says}");
    }
    assert_eq!(row("setup.py", "setup(python_version=\"3\", version = \"1.2.3\")\n"), agrees("setup.py"));
    assert_eq!(row("setup.py", "setup(\n    version='9',\n)\n"), differs("setup.py"));
    assert_eq!(row("setup.py", "VERSION = '1.2.3'  # it\nsetup(name='demo', version=VERSION)\n"), agrees("setup.py"));
    assert_eq!(row("setup.py", "V: str = \"9\"\nsetup(\n    version=V,\n)\n"), differs("setup.py"));
    let computed = "  - version not compared: setup.py computes its version";
    for code in [
        "V = '9'\nV += 'x'\nsetup(version=V)\n",
        "V = '9'\nif x:\n    V = y\nsetup(version=V)\n",
        "V = '9'\nsetup(version=V + x)\n",
        "V = '9'\nsetup(version=V.x)\n",
        "from demo import V\nsetup(version=V)\n",
        "setup(version=VERSION)\n",
        "setup(version='1' + x)\n",
        "setup(version=f'{x}')\n",
    ] {
        assert_eq!(row("setup.py", code), computed, "{code}");
    }
}

/// pip reads a requirements file as the line `coding` says, and another encoding may hide a line in a comment, or show one.
#[test]
fn a_requirements_file_of_another_coding_is_unproven() {
    let row = |text: &str| row_of(&[("requirements.txt", text)]);
    for coding in [
        "# coding: utf-8\n",
        "#!x\n# -*- coding: UTF8 -*-\n",
        "# vim: set fileencoding=ascii :\n",
        "# coding=latin-1\n",
        "\n\n# coding: utf-7\n",
    ] {
        assert_eq!(row(&format!("{coding}requests==2.31.0\n")), "PASS  All 1 dependencies are pinned.", "{coding}");
    }
    for (coding, line, rest) in [("utf-7", 1, ""), ("unicode_escape", 1, ""), ("latin-1", 2, "# \u{c5}\n")] {
        let above = if line == 2 { "#!x\n" } else { "" };
        let told = row(&format!("{above}# coding: {coding}\nrequests==2.31.0\n{rest}"));
        let expected = format!(
            "UNPROVEN  requirements.txt:{line}: pip reads it as {coding}, by its line `coding`, and the gate as UTF-8: save it so, and take \
             the line out"
        );
        assert_eq!(told, expected);
    }
}
