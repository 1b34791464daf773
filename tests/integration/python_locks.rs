//! Python's lock files to their bottom, on files that the tools wrote.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use delivery_gate::internal::evidence::advisories::parse;
use serde_json::{Value, json};

use crate::pins::{project_of, row_of};

const ALL: &str = "pinning: {mode: lock, scope: [runtime, optional, dev]}\n";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const SHA256: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// The lock files that tell what each package needs, with their folders.
const GRAPHS: [(&str, &str); 3] = [("uv", "uv.lock"), ("poetry", "poetry.lock"), ("pdm", "pdm.lock")];

fn fixture(tool: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ecosystems/python").join(tool)
}

fn text(tool: &str, file: &str) -> String {
    fs::read_to_string(fixture(tool).join(file)).expect("a fixture")
}

/// The row of a tool's project whose lock file was changed.
fn changed(tool: &str, lock: &str, change: impl Fn(&str) -> String) -> String {
    let manifest = text(tool, "pyproject.toml");
    row_of(&[("pyproject.toml", &manifest), ("delivery-gate.yaml", ALL), (lock, &change(&text(tool, lock)))])
}

fn pass(count: usize) -> String {
    format!("PASS  All {count} dependencies are pinned.")
}

/// A lock file with another text in the places of the entries of one name.
fn with_entry(lock: &str, name: &str, change: impl Fn(&str) -> String) -> String {
    let header = if lock.contains("[[packages]]") { "[[packages]]\n" } else { "[[package]]\n" };
    let is_it = |block: &&str| block.lines().next() == Some(&format!("name = \"{name}\""));
    assert!(lock.split(header).any(|block| is_it(&block)), "{name}");
    let blocks = lock.split(header).map(|block| if is_it(&block) { change(block) } else { block.to_owned() });
    blocks.filter(|block| !block.is_empty()).collect::<Vec<_>>().join(header)
}

fn without(lock: &str, name: &str) -> String {
    with_entry(lock, name, |_| String::new())
}

fn weak(lock: &str, name: &str) -> String {
    with_entry(lock, name, |block| block.replace("sha256", "md5"))
}

#[test]
fn what_the_tools_write_pins() {
    for (tool, lock) in GRAPHS {
        assert_eq!(changed(tool, lock, str::to_owned), pass(4), "{tool}");
    }
    let (manifest, lock) = (text("pylock", "pyproject.toml"), text("pylock", "pylock.prod.toml"));
    let mode = ("delivery-gate.yaml", "pinning: {mode: lock}\n");
    assert_eq!(row_of(&[("pyproject.toml", &manifest), mode, ("pylock.prod.toml", &lock)]), pass(3));
    let (manifest, lock) = (text("pipenv", "Pipfile"), text("pipenv", "Pipfile.lock"));
    assert_eq!(row_of(&[("Pipfile", &manifest), ("delivery-gate.yaml", ALL), ("Pipfile.lock", &lock)]), pass(3));
}

#[test]
fn a_hole_behind_the_first_level_is_named_with_its_way() {
    for (tool, lock) in GRAPHS {
        let fail = |hole: &str| format!("FAIL  1 of 4 dependencies are not pinned: {hole}");
        let row = changed(tool, lock, |text| weak(text, "idna"));
        assert_eq!(row, fail(&format!("idna via httpx: {lock} has no hash for it")), "{tool}");
        let row = changed(tool, lock, |text| without(text, "idna"));
        assert_eq!(row, fail(&format!("idna via httpx: {lock} does not have it")), "{tool}");
        let row = changed(tool, lock, |text| weak(text, "mdurl"));
        assert_eq!(row, fail(&format!("mdurl via rich > markdown-it-py: {lock} has no hash for it")), "{tool}");
        // Nothing leads there.
        let stray = format!("{}\n[[package]]\nname = \"stray\"\nversion = \"1\"\n", text(tool, lock));
        let stray = if tool == "uv" { format!("{stray}source = {{ registry = \"https://h\" }}\n") } else { stray };
        assert_eq!(changed(tool, lock, |_| stray.clone()), pass(4), "{tool}");
    }
    // What an extra adds.
    for (tool, lock) in GRAPHS {
        let row = changed(tool, lock, |text| without(text, "socksio"));
        assert!(row.contains(&format!("socksio via httpx: {lock} does not have it")), "{tool}: {row}");
    }
}

#[test]
fn uv_means_one_entry_of_a_name() {
    // anyio is there twice, for older Pythons and for newer ones.
    let one = |text: &str| {
        text.replacen("name = \"anyio\"\nversion = \"4.12.1\"", "name = \"anyio\"\nversion = \"4.12.0\"", 1)
    };
    let row = changed("uv", "uv.lock", one);
    assert_eq!(row, "FAIL  1 of 4 dependencies are not pinned: anyio 4.12.1 via httpx: uv.lock does not have it");
}

#[test]
fn a_flat_lock_file_is_fixed_entry_by_entry() {
    let (manifest, lock) = (text("pylock", "pyproject.toml"), text("pylock", "pylock.prod.toml"));
    let row = |lock: &str, mode: &str| {
        let policy = format!("pinning: {{mode: {mode}}}\n");
        row_of(&[("pyproject.toml", &manifest), ("delivery-gate.yaml", &policy), ("pylock.prod.toml", lock)])
    };
    let hole = "FAIL  1 of 4 dependencies are not pinned: idna: pylock.prod.toml has no hash for it";
    assert_eq!(row(&weak(&lock, "idna"), "lock"), hole);
    assert_eq!(row(&weak(&lock, "idna"), "either"), hole);
    let (manifest, lock) = (text("pipenv", "Pipfile"), text("pipenv", "Pipfile.lock"));
    let row = |change: &dyn Fn(&mut Value), policy: &str| {
        let mut value: Value = serde_json::from_str(&lock).expect("JSON");
        change(&mut value);
        row_of(&[("Pipfile", &manifest), ("delivery-gate.yaml", policy), ("Pipfile.lock", &value.to_string())])
    };
    let open = |value: &mut Value| value["default"]["idna"]["hashes"] = json!([]);
    assert_eq!(row(&open, ALL), "FAIL  1 of 4 dependencies are not pinned: idna: Pipfile.lock has no hash for it");
    // Whoever does not ask for development packages is not held up by theirs.
    let dev = |value: &mut Value| value["develop"]["extra"] = json!({"version": "==1"});
    assert_eq!(row(&dev, "pinning: {mode: lock}\n"), pass(2));
    assert_eq!(row(&dev, ALL), "FAIL  1 of 4 dependencies are not pinned: extra: Pipfile.lock has no hash for it");
    let commit = |value: &mut Value| value["default"]["idna"] = json!({"git": "https://h/idna", "ref": COMMIT});
    assert_eq!(row(&commit, ALL), pass(3));
    let branch = |value: &mut Value| value["default"]["idna"] = json!({"git": "https://h/idna", "ref": "main"});
    assert!(row(&branch, ALL).starts_with("FAIL  1 of 4"));
    let gone = |value: &mut Value| drop(value["default"].as_object_mut().expect("an object").remove("click"));
    assert_eq!(row(&gone, ALL), "FAIL  1 of 3 dependencies are not pinned: click (>=8)");
    let other = |value: &mut Value| value["_meta"]["hash"]["sha256"] = json!(SHA256);
    assert_eq!(row(&other, ALL), "FAIL  Pipfile.lock is out of date: it was made for another Pipfile (pipenv lock)");
}

#[test]
fn a_damaged_lock_file_is_no_pin() {
    for (tool, lock) in GRAPHS {
        let text = text(tool, lock);
        let cut = &text[..text.len() / 2];
        let row = changed(tool, lock, |_| cut.to_owned());
        assert!(!row.starts_with("PASS"), "{tool}: {row}");
        let twice = text.replacen("name = \"idna\"\n", "name = \"idna\"\nname = \"idna\"\n", 1);
        let row = changed(tool, lock, |_| twice.clone());
        assert!(row.contains(&format!("{lock}: it cannot be read: duplicate key")), "{tool}: {row}");
        let row = changed(tool, lock, |text| {
            text.replacen("files = [", "files = 1 # [", 1).replacen("wheels = [", "wheels = 1 # [", 1)
        });
        assert!(row.starts_with("UNPROVEN"), "{tool}: {row}");
    }
    // What needs itself in a circle is no hole.
    let circle = |text: &str| {
        with_entry(text, "mdurl", |block| block.replace("\nfiles = [", "\ndependencies = [\"rich\"]\nfiles = ["))
    };
    assert_eq!(changed("pdm", "pdm.lock", circle), pass(4));
}

#[test]
fn a_pipfile_is_read_by_itself() {
    let cases = [
        ("[packages]\na = \"==1.0\"\n[dev-packages]\nb = \"*\"\n", pass(1)),
        ("[packages]\na = \"*\"\n", "FAIL  1 of 1 dependencies are not pinned: a (*)".to_owned()),
        (
            "[packages]\na = {version = \">=1\", index = \"x\"}\n[docs]\nb = \"==1\"\n",
            "FAIL  1 of 2 dependencies are not pinned: a (>=1)".to_owned(),
        ),
        ("[packages]\na = {git = \"https://h/a\", ref = \"0123456789abcdef0123456789abcdef01234567\"}\n", pass(1)),
        (
            "[packages]\na = {git = \"https://h/a\", ref = \"main\"}\n",
            "FAIL  1 of 1 dependencies are not pinned: a (https://h/a)".to_owned(),
        ),
        ("[packages]\na = {path = \".\", editable = true}\n", pass(1)),
        ("[packages]\na = \"latest\"\n", "FAIL  1 of 1 dependencies are not pinned: a (latest)".to_owned()),
        (
            "[[source]]\nurl = \"https://h\"\n[requires]\npython_version = \"3.11\"\n",
            "PASS  No dependencies to pin.".to_owned(),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(row_of(&[("Pipfile", text)]), expected, "{text}");
    }
    for (text, place) in
        [("[packages\n", "Pipfile:1:10"), ("[packages]\na = 1\n", "Pipfile:2:5"), ("packages = 1\n", "Pipfile:1:12")]
    {
        let refusal = project_of(&[("Pipfile", text)]).check_after_ci().run().refusal();
        assert!(refusal.contains(place), "{text}: {refusal}");
    }
    let row = |lock: &str| {
        row_of(&[("Pipfile", "[packages]\na = \"*\"\n"), ("delivery-gate.yaml", ALL), ("Pipfile.lock", lock)])
    };
    let twice = "{\"_meta\": {}, \"default\": {\"a\": {}, \"a\": {}}}";
    for lock in ["{", "[]", "{}", "{\"_meta\": {}, \"default\": []}", twice, &"[".repeat(100_000)] {
        let row = row(lock);
        assert!(row.starts_with("UNPROVEN  a: Pipfile.lock: "), "{lock:.60}: {row}");
    }
}

#[test]
fn two_lock_files_have_a_version_in_common() {
    let manifest = "[project]\nname = \"demo\"\ndependencies = [\"requests>=2\"]\n";
    let uv = |version: &str| {
        format!(
            "version = 1\n[[package]]\nname = \"demo\"\nsource = {{virtual = \".\"}}\n[[package]]\nname = \"requests\"\nversion = \"{version}\"\nsource = {{registry = \"https://h\"}}\nwheels = [{{hash = \"sha256:{SHA256}\"}}]\n"
        )
    };
    let poetry = |version: &str| {
        format!(
            "[[package]]\nname = \"requests\"\nversion = \"{version}\"\nfiles = [{{file = \"x\", hash = \"sha256:{SHA256}\"}}]\n[metadata]\nlock-version = \"2.1\"\n"
        )
    };
    let row = |uv: &str, poetry: &str, mode: &str| {
        let policy = format!("pinning: {{mode: {mode}}}\n");
        row_of(&[
            ("pyproject.toml", manifest),
            ("uv.lock", uv),
            ("poetry.lock", poetry),
            ("delivery-gate.yaml", &policy),
        ])
    };
    for mode in ["lock", "either"] {
        assert_eq!(
            row(&uv("2.30.0"), &poetry("2.31.0"), mode),
            "FAIL  1 of 1 dependencies are not pinned: poetry.lock has requests 2.31.0, uv.lock 2.30.0"
        );
        assert_eq!(row(&uv("2.31"), &poetry("2.31.0"), mode), pass(1));
    }
    // Forks for several Pythons have several versions, of which an export has some.
    let (old, new) = (uv("2.30.0"), uv("2.31.0"));
    let fork = format!("{old}{}", &new[new.rfind("[[package]]").unwrap_or_default()..]);
    assert_eq!(row(&fork, &poetry("2.31.0"), "lock"), pass(1));
    let pylock = |version: &str| {
        format!(
            "lock-version = \"1.0\"\n[[packages]]\nname = \"requests\"\nversion = \"{version}\"\nwheels = [{{hashes = {{sha256 = \"{SHA256}\"}}}}]\n"
        )
    };
    let (old, new) = (pylock("2.30.0"), pylock("2.31.0"));
    let policy = ("delivery-gate.yaml", "pinning: {mode: lock}\n");
    let named =
        [("pyproject.toml", manifest), policy, ("pylock.py39.toml", old.as_str()), ("pylock.py312.toml", new.as_str())];
    assert_eq!(row_of(&named), pass(1));
    let uv_lock = uv("2.31.0");
    let with_uv = [&named[..3], &[("uv.lock", uv_lock.as_str())]].concat();
    assert_eq!(
        row_of(&with_uv),
        "FAIL  1 of 1 dependencies are not pinned: pylock.py39.toml has requests 2.30.0, uv.lock 2.31.0"
    );
}

/// A uv workspace whose lock file has its members in these versions.
fn workspace(member: &str, version: &str, locked: &str) -> String {
    let top = "[project]\nname = \"demo\"\nversion = \"1.2.3\"\n[tool.uv.workspace]\nmembers = [\"m\"]\n";
    let member = format!("[project]\nname = \"m\"\n{member}");
    let lock = format!(
        "version = 1\n\n[[package]]\nname = \"demo\"\nversion = \"{version}\"\nsource = {{ virtual = \".\" }}\n\n\
         [[package]]\nname = \"m\"\n{locked}source = {{ editable = \"m\" }}\n"
    );
    let policy = "pinning: {mode: lock}\n";
    let files =
        [("pyproject.toml", top), ("m/pyproject.toml", &member), ("uv.lock", &lock), ("delivery-gate.yaml", policy)];
    row_of(&files)
}

#[test]
fn a_member_has_the_version_that_uv_locked() {
    let nothing = "PASS  No dependencies to pin.";
    assert_eq!(workspace("version = \"2.0.0-rc.1\"\n", "1.2.3", "version = \"2.0.0rc1\"\n"), nothing);
    assert_eq!(
        workspace("version = \"2.1\"\n", "1.2.3", "version = \"2.0\"\n"),
        "FAIL  uv.lock is out of date: it has m 2.0, m/pyproject.toml 2.1"
    );
    // uv leaves out what is computed.
    assert_eq!(workspace("dynamic = [\"version\"]\n", "1.2.3", ""), nothing);
    assert_eq!(workspace("version = \"2.0\"\n", "1.2.3", ""), nothing);
}

#[test]
fn a_lock_of_another_project_is_found_out() {
    let manifest = "[project]\nname = \"demo\"\nversion = \"1.2.3\"\ndependencies = [\"a>=1\"]\n";
    let row = |name: &str, place: &str| {
        let lock = format!(
            "version = 1\n\n[[package]]\nname = \"a\"\nversion = \"1\"\nsource = {{ registry = \"https://h\" }}\n\
             wheels = [{{ hash = \"sha256:{SHA256}\" }}]\n\n[[package]]\nname = \"{name}\"\nversion = \"1.2.3\"\n\
             source = {{ {place} }}\ndependencies = [{{ name = \"a\" }}]\n"
        );
        let policy = "pinning: {mode: either}\n";
        row_of(&[("pyproject.toml", manifest), ("uv.lock", &lock), ("delivery-gate.yaml", policy), ("m/x", "")])
    };
    assert_eq!(row("demo", "editable = \".\""), pass(1));
    assert_eq!(row("Demo", "virtual = \".\""), pass(1));
    let made = |has: &str| format!("FAIL  uv.lock was made for another project: {has} (`uv lock` writes it anew)");
    assert_eq!(row("other", "editable = \".\""), made("it has other in the place of demo"));
    assert_eq!(row("demo", "editable = \"m\""), made("it does not have demo itself"));
}

#[test]
fn an_export_beside_the_lock_agrees_with_it() {
    let manifest = "[project]\nname = \"demo\"\ndependencies = [\"tiny\", \"six\"]\n[tool.uv.sources]\n\
         tiny = {git = \"https://h/tiny\", branch = \"main\"}\nsix = {url = \"https://h/six.whl\"}\n";
    let lock = format!(
        "version = 1\n[[package]]\nname = \"demo\"\nsource = {{virtual = \".\"}}\n[[package]]\nname = \"tiny\"\nversion = \"0.1\"\nsource = {{git = \"https://h/tiny?branch=main#{COMMIT}\"}}\n\
         [[package]]\nname = \"six\"\nversion = \"1\"\nsource = {{url = \"https://h/six.whl\"}}\nwheels = [{{hash = \"sha256:{SHA256}\"}}]\n"
    );
    let export = format!(
        "tiny @ git+https://h/tiny@{COMMIT}\nsix @ https://h/six.whl \\\n  --hash=sha256:{SHA256}\nidna==3 --hash=sha256:{SHA256}\n"
    );
    let files = |export: &str| {
        row_of(&[
            ("pyproject.toml", manifest),
            ("uv.lock", &lock),
            ("requirements.txt", export),
            ("delivery-gate.yaml", "pinning: {mode: lock}\n"),
        ])
    };
    assert_eq!(files(&export), pass(5));
    let other = export.replace(COMMIT, &COMMIT.replace('0', "f"));
    assert!(files(&other).starts_with("FAIL  1 of 5 dependencies are not pinned: tiny"), "{}", files(&other));
}

#[test]
fn an_index_that_the_manifest_names_is_the_one_of_the_lock() {
    let uv = |lock: &str, sources: &str| {
        let manifest = format!(
            "[project]\nname = \"demo\"\ndependencies = [\"a\"]\n[[tool.uv.index]]\nname = \"inner\"\n\
             url = \"https://jane:secret@h/simple/\"\n[tool.uv.sources]\na = {sources}\n"
        );
        let lock = format!(
            "version = 1\n[[package]]\nname = \"demo\"\nsource = {{virtual = \".\"}}\n[[package]]\nname = \"a\"\nversion = \"1\"\nsource = {{registry = \"{lock}\"}}\n\
             wheels = [{{hash = \"sha256:{SHA256}\"}}]\n"
        );
        row_of(&[("pyproject.toml", &manifest), ("uv.lock", &lock), ("delivery-gate.yaml", "pinning: {mode: lock}\n")])
    };
    assert_eq!(uv("https://h/simple", "{index = \"inner\"}"), pass(1));
    let other = "FAIL  1 of 1 dependencies are not pinned: uv.lock has a from https://x/simple, pyproject.toml from https://h/simple/";
    assert_eq!(uv("https://x/simple", "{index = \"inner\"}"), other);
    assert_eq!(uv("https://x/simple", "[{index = \"inner\", marker = \"os_name == 'nt'\"}]"), pass(1));
    let poetry = |table: &str, source: &str| {
        let manifest = format!("{table}[[tool.poetry.source]]\nname = \"inner\"\nurl = \"https://h/simple\"\n");
        let lock = format!(
            "[[package]]\nname = \"a\"\nversion = \"1\"\nfiles = [{{file = \"x\", hash = \"sha256:{SHA256}\"}}]\n{source}\
             [metadata]\nlock-version = \"2.1\"\n"
        );
        row_of(&[
            ("pyproject.toml", &manifest),
            ("poetry.lock", &lock),
            ("delivery-gate.yaml", "pinning: {mode: lock}\n"),
        ])
    };
    let old = "[tool.poetry.dependencies]\na = {version = \"*\", source = \"Inner\"}\n";
    let new =
        "[project]\nname = \"demo\"\ndependencies = [\"a\"]\n[tool.poetry.dependencies]\na = {source = \"inner\"}\n";
    let inner = "[package.source]\ntype = \"legacy\"\nurl = \"https://h/simple\"\nreference = \"inner\"\n";
    for table in [old, new] {
        assert_eq!(poetry(table, inner), pass(1), "{table}");
        let row = poetry(table, "");
        assert!(row.starts_with("FAIL  1 of 1 dependencies are not pinned: poetry.lock has a from https://"), "{row}");
    }
}

/// Names and versions as they stand in the lines of the file, whatever the gate's reader makes of it.
fn lines_of(lock: &str) -> BTreeSet<(String, String)> {
    let value =
        |line: &str, key: &str| Some(line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"')?.to_owned());
    let lines: Vec<_> = lock.lines().collect();
    lines.windows(2).filter_map(|pair| Some((value(pair[0], "name")?, value(pair[1], "version")?))).collect()
}

#[test]
fn another_reading_finds_the_same_packages() {
    for (tool, lock, count) in [
        ("uv", "uv.lock", 20),
        ("poetry", "poetry.lock", 16),
        ("pdm", "pdm.lock", 16),
        ("pylock", "pylock.prod.toml", 18),
    ] {
        let text = text(tool, lock);
        let read = parse(lock, &text, None).expect(lock).packages;
        let read: BTreeSet<_> = read.into_iter().map(|package| (package.name, package.version)).collect();
        let mut expected = lines_of(&text);
        expected.remove(&("demo".to_owned(), "1.2.3".to_owned()));
        assert_eq!(read, expected, "{tool}");
        assert_eq!(expected.len(), count, "{tool}");
    }
}
