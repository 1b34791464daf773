use crate::common::{Project, result};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const SHA256: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const TITLE: &str = "Dependencies pinned to exact versions — ";

/// The local packages that every project here has.
const LOCAL: [&str; 3] = ["lib", "libs/a", "libs/b"];

/// A project with these files and no other manifest, as far as the dependencies need it.
fn tracked(files: &[(&str, &str)]) -> Project {
    let project = Project::drafted();
    project.remove("pyproject.toml");
    for folder in LOCAL {
        project.write(&format!("{folder}/setup.py"), "setup()\n");
    }
    for (path, text) in files {
        project.write(path, text);
    }
    project.track();
    project
}

/// The same, released.
fn released(files: &[(&str, &str)]) -> Project {
    let project = tracked(files);
    project.commit().tag("v1.2.3");
    project
}

fn row_of(files: &[(&str, &str)]) -> String {
    let run = tracked(files).check_after_ci().run();
    run.row("Dependencies").replace(TITLE, "")
}

/// The reasons that JSON gives, by dependency.
fn reasons(files: &[(&str, &str)]) -> Vec<(String, String)> {
    let (_, report) = tracked(files).check_after_ci().json();
    let unpinned = result(&report, "deps_pinned")["metrics"]["unpinned"].as_array().cloned().unwrap_or_default();
    let text = |fact: &serde_json::Value, key: &str| fact[key].as_str().unwrap_or_default().to_owned();
    unpinned.iter().map(|fact| (text(fact, "name"), text(fact, "reason"))).collect()
}

fn project(rest: &str) -> String {
    format!("[project]\nname = \"demo\"\nversion = \"1.2.3\"\n{rest}")
}

fn pass(count: usize) -> String {
    format!("PASS  All {count} dependencies are pinned.")
}

fn fail(loose: &str, total: usize) -> String {
    format!("FAIL  {} of {total} dependencies are not pinned: {loose}", loose.split(", ").count())
}

/// Each case: what follows `[project]`, and the row.
fn check(cases: &[(String, String)]) {
    for (rest, expected) in cases {
        assert_eq!(&row_of(&[("pyproject.toml", &project(rest))]), expected, "{rest}");
    }
}

#[test]
fn a_url_is_pinned_by_a_commit_or_a_hash() {
    let one = |url: &str| format!("dependencies = [\"a @ {url}\"]\n");
    let cases = [
        (one(&format!("git+https://h/a@{COMMIT}")), pass(1)),
        (one(&format!("https://h/a.zip#sha256={SHA256}")), pass(1)),
        (one("git+https://h/a@v1.0"), fail("a (git+https://h/a@v1.0)", 1)),
        (one("https://h/a==1.0.zip"), fail("a (https://h/a==1.0.zip)", 1)),
        (one("{root:uri}/lib"), pass(1)),
        (one("{root:uri}/../lib"), fail("a", 1)),
        (one("file:///lib"), fail("a (file:///lib)", 1)),
    ];
    check(&cases);
}

#[test]
fn a_second_requirement_may_take_the_pin_away() {
    let cases = [
        ("\"a==1 ; os_name == 'nt'\", \"A==2;os_name==\\\"posix\\\"\"", pass(2)),
        ("\"a==1 ; os_name == 'nt'\", \"a>=1\"", fail("a (==1), a (>=1)", 2)),
        ("\"a==1\", \"a>=0.5\"", fail("a (>=0.5)", 2)),
        ("\"a==1\", \"a==1.0\"", pass(2)),
        ("\"a==1\", \"a==2\"", fail("a (==1), a (==2)", 2)),
        ("\"a==1,>=2\"", fail("a (==1,>=2)", 1)),
        ("\"a==1.*\", \"b~=1.0\", \"c===x\", \"d===\"", fail("a (==1.*), b (~=1.0), d (===)", 4)),
    ];
    check(&cases.map(|(list, expected)| (format!("dependencies = [{list}]\n"), expected)));
    let scopes = "dependencies = [\"a==1\"]\n[project.optional-dependencies]\nx = [\"a>=1\"]\n";
    check(&[(scopes.to_owned(), fail("a (>=1)", 2))]);
}

#[test]
fn an_extra_of_extras_asks_for_the_project_itself() {
    let extras = |all: &str| format!("[project.optional-dependencies]\na = [\"x==1\"]\nall = [{all}]\n");
    let cases = [
        (extras("\"Demo[a]\", \"demo[b]>=1\""), pass(3)),
        (extras("\"demo[a] @ https://h/demo.zip\""), fail("demo (https://h/demo.zip)", 2)),
        (extras("\"demo-extra[a]\""), fail("demo-extra", 2)),
    ];
    check(&cases);
    let group = project("[dependency-groups]\ndev = [\"demo[a]\"]\n");
    let policy = "pinning: {scope: [dev]}\n";
    assert_eq!(row_of(&[("pyproject.toml", &group), ("delivery-gate.yaml", policy)]), fail("demo", 1));
    let locks = "pinning: {mode: lock}\n";
    let only_itself = project("[project.optional-dependencies]\nall = [\"demo[a]\"]\n");
    assert_eq!(row_of(&[("pyproject.toml", &only_itself), ("delivery-gate.yaml", locks)]), pass(1));
}

#[test]
fn uv_takes_packages_from_its_sources() {
    let sources = |source: &str| format!("dependencies = [\"a==1\"]\n[tool.uv.sources]\nA = {source}\n");
    let cases = [
        (sources(&format!("{{git = \"https://h/a\", rev = \"{COMMIT}\"}}")), pass(1)),
        (sources("{git = \"https://h/a\", tag = \"v1\"}"), fail("a (==1)", 1)),
        (sources("{git = \"https://h/a\", rev = \"0123abc\"}"), fail("a (==1)", 1)),
        (sources("{url = \"https://h/a.zip\"}"), fail("a (==1)", 1)),
        (sources(&format!("{{url = \"https://h/a.zip#sha256={SHA256}\"}}")), pass(1)),
        (sources("{path = \"libs/a\"}"), pass(1)),
        (sources("{path = \"../a\"}"), fail("a (==1)", 1)),
        (sources("{workspace = true}"), pass(1)),
        (sources("{index = \"inner\"}"), pass(1)),
        (sources("[{index = \"inner\"}, {git = \"https://h/a\", marker = \"os_name == 'nt'\"}]"), fail("a (==1)", 1)),
        ("dependencies = [\"a\"]\n[tool.uv.sources]\na = {workspace = true}\n".to_owned(), pass(1)),
        ("dependencies = [\"a\"]\n[tool.uv.sources]\na = {index = \"inner\"}\n".to_owned(), fail("a", 1)),
        (
            "dependencies = [\"a\"]\n[tool.uv.sources]\na = {path = \"x\", marker = \"os_name == 'nt'\"}\n".to_owned(),
            fail("a", 1),
        ),
        ("dependencies = [\"a==1\"]\n[tool.uv]\noverride-dependencies = [\"a>=2\"]\n".to_owned(), fail("a (==1)", 1)),
    ];
    check(&cases);
}

#[test]
fn the_policy_adds_scopes() {
    let manifest = project(
        "dependencies = [\"a==1\"]\n[project.optional-dependencies]\nx = [\"b==1\"]\n[build-system]\nrequires = [\"c\"]\n\
         [dependency-groups]\ntest = [\"d\", {include-group = \"Lint_all\"}]\nlint-all = [\"e\"]\n\
         [tool.uv]\ndev-dependencies = [\"f\"]\n[tool.pdm.dev-dependencies]\ng = [\"g\"]\n\
         [tool.poetry.group.h.dependencies]\nh = \"^1\"\n",
    );
    let files = [("pyproject.toml", manifest.as_str())];
    assert_eq!(row_of(&files), pass(2));
    let all = ("delivery-gate.yaml", "pinning: {scope: [runtime, optional, build, dev]}\n");
    assert_eq!(row_of(&[files[0], all]), fail("c, d, e, h (^1), f, g", 8));
    let dev = ("delivery-gate.yaml", "pinning: {scope: [dev]}\n");
    assert_eq!(row_of(&[files[0], dev]), fail("d, e, h (^1), f, g", 5));
}

#[test]
fn what_stops_the_gate_has_its_place() {
    let cases = [
        ("dependencies = [1]\n", "pyproject.toml:4:17", "must be a string"),
        ("dependencies = {}\n", "pyproject.toml:4:16", "must be an array"),
        ("dynamic = \"version\"\n", "pyproject.toml:4:11", "must be an array"),
        ("optional-dependencies = []\n", "pyproject.toml:4:25", "must be a table"),
        ("[dependency-groups]\na = [{include-group = \"b\"}]\n", "pyproject.toml:5:6", "there is no group `b`"),
        (
            "[dependency-groups]\na = [{include-group = \"b\"}]\nb = [{include-group = \"A\"}]\n",
            "pyproject.toml:5:6",
            "includes itself",
        ),
        ("[dependency-groups]\na = []\nA = []\n", "pyproject.toml:6:1", "another group"),
        ("[dependency-groups]\na = [{other = \"b\"}]\n", "pyproject.toml:5:6", "not an `include-group`"),
        ("[tool.poetry.dependencies]\na = 1\n", "pyproject.toml:5:5", "must be a string or a table"),
        ("[tool.poetry.dependencies]\na = {git = true}\n", "pyproject.toml:5:12", "must be a string"),
        ("[tool.uv]\nsources = 1\n", "pyproject.toml:5:11", "must be a table"),
        (
            "dynamic = [\"dependencies\"]\n[tool.setuptools.dynamic]\ndependencies = {}\n",
            "pyproject.toml:6:16",
            "missing",
        ),
    ];
    for (rest, place, message) in cases {
        let refusal = tracked(&[("pyproject.toml", &project(rest))]).check_after_ci().run().refusal();
        assert!(refusal.contains(place) && refusal.contains(message), "{rest}: {refusal}");
    }
}

#[test]
fn dynamic_dependencies_are_followed_or_unproven() {
    let head = "dynamic = [\"dependencies\", \"optional-dependencies\"]\n[tool.setuptools.dynamic]\n";
    let manifest = project(&format!(
        "{head}dependencies = {{file = \"a.txt\"}}\noptional-dependencies.x = {{file = [\"b.txt\", \"c.txt\"]}}\n"
    ));
    let files = [("pyproject.toml", manifest.as_str()), ("a.txt", "a==1\n"), ("b.txt", "b==1\n"), ("c.txt", "c>=1\n")];
    assert_eq!(row_of(&files), fail("c (>=1)", 3));
    let missing = "UNPROVEN  c.txt was not read: there is no such file";
    assert_eq!(row_of(&files[..3]), missing);
    let computed = project("dynamic = [\"dependencies\"]\n");
    let expected = "UNPROVEN  pyproject.toml says dynamic = [\"dependencies\"]";
    assert_eq!(row_of(&[("pyproject.toml", &computed)]), expected);
    let outside = manifest.replace("a.txt", "../a.txt");
    assert!(
        row_of(&[("pyproject.toml", &outside), files[2], ("c.txt", "")])
            .ends_with("../a.txt is outside the repository")
    );
    let poetry = project("dynamic = [\"dependencies\"]\n[tool.poetry.dependencies]\na = \"1.0\"\n");
    assert_eq!(row_of(&[("pyproject.toml", &poetry)]), pass(1));
}

#[test]
fn an_old_table_that_may_declare_dependencies_is_unproven() {
    let bare = "[build-system]\nrequires = [\"setuptools\"]\n";
    assert_eq!(row_of(&[("pyproject.toml", bare)]), "PASS  No dependencies to pin.");
    let expected = "UNPROVEN  pyproject.toml has no [project] table; [tool.flit] may declare dependencies";
    assert_eq!(row_of(&[("pyproject.toml", "[tool.flit.metadata]\nmodule = \"demo\"\n")]), expected);
}

#[test]
fn poetry_has_a_notation_of_its_own() {
    let manifest = |rest: &str| format!("[tool.poetry]\nname = \"demo\"\nversion = \"1.2.3\"\n{rest}");
    let dependencies = format!(
        "[tool.poetry.dependencies]\npython = \"^3.9\"\nbare = \"1.2.3\"\nequal = {{version = \"==1.2\", optional = true}}\n\
         rev = {{git = \"https://h/r\", rev = \"{COMMIT}\"}}\npath = {{path = \"lib\"}}\n\
         url = {{url = \"https://h/r.zip#sha256={SHA256}\"}}\n\
         list = [{{version = \"1\", python = \"<3.9\"}}, {{version = \"2\", python = \">=3.9\"}}]\n"
    );
    assert_eq!(row_of(&[("pyproject.toml", &manifest(&dependencies))]), pass(7));
    let loose = [
        ("\"^1\"", "a (^1)"),
        ("\"~1.2\"", "a (~1.2)"),
        ("\"1.*\"", "a (1.*)"),
        ("\">=1,<2\"", "a (>=1,<2)"),
        ("\"1 || 2\"", "a (1 || 2)"),
        ("\"latest\"", "a (latest)"),
        ("{version = \"*\"}", "a (*)"),
        ("{git = \"https://h/r\"}", "a (https://h/r)"),
        ("{git = \"https://h/r\", tag = \"v1\"}", "a (https://h/r)"),
        ("{git = \"https://h/r\", rev = \"main\"}", "a (https://h/r)"),
        ("{url = \"https://h/r.zip\"}", "a (https://h/r.zip)"),
        ("{path = \"../lib\"}", "a"),
        ("{extras = [\"x\"]}", "a"),
    ];
    for (value, expected) in loose {
        let text = manifest(&format!("[tool.poetry.dependencies]\na = {value}\n"));
        assert_eq!(row_of(&[("pyproject.toml", &text)]), fail(expected, 1), "{value}");
    }
    let mixed = manifest("[tool.poetry.dependencies]\na = [{version = \"1\", python = \"<3.9\"}, \"^2\"]\n");
    assert_eq!(row_of(&[("pyproject.toml", &mixed)]), fail("a (1), a (^2)", 2));
    let enriched = project("dependencies = [\"a==1\"]\n[tool.poetry.dependencies]\na = {source = \"inner\"}\n");
    assert_eq!(row_of(&[("pyproject.toml", &enriched)]), pass(1));
}

#[test]
fn poetry_extras_are_optional() {
    let manifest = "[tool.poetry.dependencies]\na = \"^1\"\nb = {version = \"^1\", optional = true}\nc = \"1\"\n\
                    [tool.poetry.extras]\nx = [\"A\"]\n[tool.poetry.dev-dependencies]\nd = \"*\"\n";
    let policy = |scope| ("delivery-gate.yaml", scope);
    let row = |scope| row_of(&[("pyproject.toml", manifest), policy(scope)]);
    assert_eq!(row("pinning: {scope: [runtime]}\n"), pass(1));
    assert_eq!(row("pinning: {scope: [optional]}\n"), fail("a (^1), b (^1)", 2));
    assert_eq!(row("pinning: {scope: [dev]}\n"), fail("d (*)", 1));
}

#[test]
fn requirements_are_read_as_pip_reads_them() {
    let cases = [
        ("a==1 \\\n  --hash=sha256:00 # x\n# b\n--find-links https://h\n-f https://h\n\n".to_owned(), pass(1)),
        ("a==1\u{85}b>=2\n".to_owned(), fail("b (>=2)", 2)),
        ("a>=1 --hash=sha256:00\n".to_owned(), fail("a (>=1)", 1)),
        (format!("git+https://h/a@{COMMIT}#egg=a\n-e git+ssh://git@h/b@{COMMIT}\n"), pass(2)),
        ("git+https://h/a@main#egg=a\n".to_owned(), fail("a (git+https://h/a@main#egg=a)", 1)),
        ("-e git+https://h/a@main#egg=a\n".to_owned(), fail("a (git+https://h/a@main#egg=a)", 1)),
        ("-e git+git@h:a/b.git\n".to_owned(), fail("git+git@h:a/b.git", 1)),
        (format!("https://h/a.zip --hash=sha256:{SHA256}\nhttps://h/b.zip#sha256={SHA256}\n"), pass(2)),
        ("https://h/a.zip\n".to_owned(), fail("a.zip (https://h/a.zip)", 1)),
        (format!("git+https://h/a@main --hash=sha256:{SHA256}\n"), fail("a@main (git+https://h/a@main)", 1)),
        ("-e .\n./libs/a[x]\nlibs/b ; os_name == 'nt'\n".to_owned(), pass(3)),
        ("-e ../a\n".to_owned(), fail("../a", 1)),
        ("a=1\n".to_owned(), fail("a=1", 1)),
        ("a==1 b\n".to_owned(), fail("a==1 b", 1)),
        ("./a.whl\n".to_owned(), fail("./a.whl", 1)),
        ("-e ./libs/c\n".to_owned(), fail("./libs/c", 1)),
    ];
    for (text, expected) in cases {
        assert_eq!(row_of(&[("requirements.txt", &text)]), expected, "{text}");
    }
}

#[test]
fn what_nobody_can_tell_of_a_requirements_file() {
    let cases = [
        ("-r missing.txt\n", "requirements.txt:1: missing.txt was not read: there is no such file"),
        ("\n--requirement=../x.txt\n", "requirements.txt:2: ../x.txt is outside the repository"),
        ("-r /etc/passwd\n", "requirements.txt:1: /etc/passwd is outside the repository"),
        ("-r https://h/x.txt\n", "requirements.txt:1: https://h/x.txt is not a file of this repository"),
        ("-r requirements.txt\n", "requirements.txt:1: requirements.txt includes itself"),
        ("-r more.txt\n", "more.txt:1: requirements.txt includes itself"),
        ("-c ignored.txt\n", "requirements.txt:1: ignored.txt is not tracked by git"),
        ("-r link.txt\n", "requirements.txt:1: link.txt leads to ignored.txt, which is not tracked by git"),
        ("--req x.txt\n", "requirements.txt:1: --req is not an option that the gate knows"),
        ("a==${VERSION}\n", "requirements.txt:1: a==${VERSION} takes a value from the environment"),
    ];
    for (text, expected) in cases {
        let project = Project::drafted();
        project.remove("pyproject.toml").write("requirements.txt", text).write("more.txt", "-r requirements.txt\n");
        project.write(".gitignore", "ignored.txt\n").write("ignored.txt", "a==1\n");
        #[cfg(unix)]
        std::os::unix::fs::symlink("ignored.txt", project.root().join("link.txt")).expect("a link");
        project.commit().tag("v1.2.3");
        let run = project.check_after_ci().run();
        assert_eq!(run.row("Dependencies"), format!("UNPROVEN  {TITLE}{expected}"), "{text}");
    }
}

#[test]
fn a_file_that_is_included_twice_counts_once() {
    let files = [("requirements.txt", "-r a.txt\n-r b.txt\n"), ("a.txt", "-r b.txt\na==1\n"), ("b.txt", "b==1\n")];
    assert_eq!(row_of(&files), pass(2));
}

#[test]
fn constraints_pin_and_declare_nothing() {
    let cases = [
        ("a\nb>=1\n", "a==1\nb==2\nc\n", pass(2)),
        ("a==1\n", "a>=0\n", pass(1)),
        ("a\n", "a>=0\n", fail("a", 1)),
        ("a\n", "a==1 ; os_name == 'nt'\n", fail("a", 1)),
        ("a>=2\n", "a==1\n", fail("a (>=2)", 1)),
        ("a==2\n", "a==1\n", fail("a (==2)", 1)),
        ("a==1\n", "a @ https://h/a.zip\n", fail("a (==1)", 1)),
    ];
    for (requirements, constraints, expected) in cases {
        let requirements = format!("-c sub/c.txt\n{requirements}");
        let files = [("requirements.txt", requirements.as_str()), ("sub/c.txt", constraints)];
        assert_eq!(row_of(&files), expected, "{requirements}{constraints}");
    }
}

fn locks() -> [(&'static str, String); 5] {
    let hash = format!("sha256:{SHA256}");
    let registry = "source = {registry = \"https://h/simple\"}";
    [
        (
            "uv.lock",
            format!(
                "version = 1\n[[package]]\nname = \"demo\"\nsource = {{virtual = \".\"}}\n[[package]]\nname = \"a-b\"\nversion = \"1.5\"\n{registry}\nsdist = {{hash = \"{hash}\"}}\n"
            ),
        ),
        (
            "poetry.lock",
            format!(
                "[[package]]\nname = \"a-b\"\nversion = \"1.5\"\nfiles = [{{file = \"x\", hash = \"{hash}\"}}]\n\
                 [metadata]\nlock-version = \"2.1\"\n"
            ),
        ),
        (
            "pdm.lock",
            format!(
                "[metadata]\nlock_version = \"4.5.0\"\n[[package]]\nname = \"a-b\"\nversion = \"1.5\"\n\
                 files = [{{file = \"x\", hash = \"{hash}\"}}]\n"
            ),
        ),
        (
            "pylock.toml",
            format!(
                "lock-version = \"1.0\"\n[[packages]]\nname = \"a-b\"\nversion = \"1.5\"\n\
                 wheels = [{{name = \"x\", hashes = {{sha256 = \"{SHA256}\"}}}}]\n"
            ),
        ),
        ("requirements.txt", format!("a-b==1.5 --hash={hash}\n")),
    ]
}

const LOCKED: (&str, &str) = ("delivery-gate.yaml", "pinning: {mode: lock}\n");

#[test]
fn a_lock_pins_what_it_has() {
    let manifest = project("dependencies = [\"A_b>=1\"]\n");
    let manifest = ("pyproject.toml", manifest.as_str());
    assert_eq!(reasons(&[manifest, LOCKED]), [("A_b".to_owned(), "no lock file".to_owned())]);
    for (name, lock) in locks() {
        let total = if name == "requirements.txt" { 2 } else { 1 };
        assert_eq!(row_of(&[manifest, LOCKED, (name, &lock)]), pass(total), "{name}");
        let reason = |lock: &str, more: &[(&str, &str)]| {
            let found = reasons(&[&[manifest, LOCKED, (name, lock)], more].concat());
            found.into_iter().next().map(|(_, reason)| reason).unwrap_or_default()
        };
        let contradicting = reason(&lock.replace("1.5", "0.5"), &[]);
        assert_eq!(contradicting, format!("{name} has A_b 0.5, which >=1 does not allow"));
        let ignore = format!("/{name}\n");
        let untracked = reason(&lock, &[(".gitignore", &ignore)]);
        assert_eq!(untracked, format!("{name} is not tracked by git"));
        let other = reason(&lock.replace("a-b", "other"), &[]);
        assert_eq!(other, format!("{name} does not have it"));
        if name != "requirements.txt" {
            let weak = reason(&lock.replace("sha256", "md5"), &[]);
            assert_eq!(weak, format!("{name} has no hashes for a-b"));
            let row = row_of(&[manifest, LOCKED, (name, "[[")]);
            assert!(row.starts_with(&format!("UNPROVEN  A_b: {name}: it cannot be read")), "{row}");
            let newer = lock.replace("version = 1\n", "version = 2\n").replace("version = \"2.1\"", "version = \"9\"");
            let newer = newer.replace("\"4.5.0\"", "\"9\"").replace("lock-version = \"1.0\"", "lock-version = \"9\"");
            let row = row_of(&[manifest, LOCKED, (name, &newer)]);
            assert!(row.starts_with(&format!("UNPROVEN  A_b: {name}: its format ")), "{row}");
        }
    }
}

#[test]
fn one_lock_may_contradict_another() {
    let manifest = project("dependencies = [\"a-b>=1\"]\n");
    let [(uv, good), (poetry, other), ..] = locks();
    let bad = other.replace("1.5", "0.5");
    let found = reasons(&[("pyproject.toml", &manifest), LOCKED, (uv, &good), (poetry, &bad)]);
    assert_eq!(found[0].1, "poetry.lock has a-b 0.5, which >=1 does not allow");
    let either = ("delivery-gate.yaml", "pinning: {mode: either}\n");
    assert_eq!(row_of(&[("pyproject.toml", &manifest), either, (uv, &good)]), pass(1));
    assert_eq!(
        row_of(&[("pyproject.toml", &manifest), either, (uv, &good), (poetry, "[[")]).split(' ').next(),
        Some("UNPROVEN")
    );
}

#[test]
fn hashed_requirements_lock_themselves() {
    let [.., (name, lock)] = locks();
    assert_eq!(row_of(&[(name, &lock), LOCKED]), pass(1));
    let mixed = format!("{lock}c==1\n");
    assert_eq!(reasons(&[(name, &mixed), LOCKED]), [("c".to_owned(), "no lock file".to_owned())]);
}

#[test]
fn a_workspace_is_read_with_its_members() {
    let top = project(
        "dependencies = [\"a==1\"]\n[tool.uv.sources]\nm = {workspace = true}\n\
         [tool.uv.workspace]\nmembers = [\"packages/*\"]\nexclude = [\"packages/out\"]\n",
    );
    let member = "[project]\nname = \"m\"\nversion = \"0.1\"\ndependencies = [\"b>=1\", \"m\"]\n";
    let files = [
        ("pyproject.toml", top.as_str()),
        ("packages/m/pyproject.toml", member),
        ("packages/out/pyproject.toml", "[project]\nname = \"o\"\ndependencies = [\"c\"]\n"),
        ("packages/none/x", ""),
    ];
    let others = "Not asked: packages/out/pyproject.toml (`manifests:` in delivery-gate.yaml adds what is released).";
    assert_eq!(row_of(&files), fail(&format!("b (>=1). {others}"), 3));
    let registry = "source = {registry = \"https://h\"}";
    let lock = format!(
        "version = 1\n[[package]]\nname = \"demo\"\nsource = {{virtual = \".\"}}\n[[package]]\nname = \"m\"\nversion = \"0.1\"\nsource = {{editable = \"packages/m\"}}\n\
         [[package]]\nname = \"a\"\nversion = \"1\"\n{registry}\nwheels = [{{hash = \"sha256:{SHA256}\"}}]\n\
         [[package]]\nname = \"b\"\nversion = \"1\"\n{registry}\nwheels = [{{hash = \"sha256:{SHA256}\"}}]\n"
    );
    let locked = [&files[..], &[LOCKED, ("uv.lock", &lock)]].concat();
    assert_eq!(row_of(&locked), format!("{} {others}", pass(3)));
    let alone = lock.replace("packages/m", "packages/other");
    let locked = [&files[..], &[LOCKED, ("uv.lock", &alone)]].concat();
    assert_eq!(row_of(&locked), fail(&format!("b (>=1). {others}"), 3));
    // The members' versions are their own.
    let run = released(&files).check_after_ci().run();
    assert!(run.row("Version is").starts_with("PASS"), "{run:?}");
}

#[test]
fn versions_that_are_declared() {
    let row = |text: &str| {
        let run = released(&[("pyproject.toml", text)]).check_after_ci().run();
        run.stdout.lines().find(|line| line.contains("Version is") || line.contains("not compared")).map(str::to_owned)
    };
    let failing = "[AUTO]      FAIL  Version is the same everywhere — release.yaml says 1.2.3, pyproject.toml says 9.";
    let dynamic = "  - version not compared: pyproject.toml says dynamic = [\"version\"]";
    let plugin = "  - version not compared: pyproject.toml has [tool.poetry-dynamic-versioning]";
    let cases = [
        ("[project]\nversion = \"9\"\n[tool.poetry]\nversion = \"1.2.3\"\n", Some(failing)),
        ("[tool.poetry]\nversion = \"9\"\n", Some(failing)),
        ("[project]\ndynamic = [\"version\"]\n[tool.poetry]\nversion = \"9\"\n", Some(failing)),
        ("[project]\ndynamic = [\"version\"]\n", Some(dynamic)),
        ("[tool.poetry]\nversion = \"0\"\n[tool.poetry-dynamic-versioning]\nenable = true\n", Some(plugin)),
        ("[tool.x]\n", Some("  - version not compared: no file states one")),
    ];
    for (text, expected) in cases {
        assert_eq!(row(text).as_deref(), expected, "{text}");
    }
}
