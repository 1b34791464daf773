use std::fs;

use super::*;

/// What a file pins: `name version:line`, sorted.
fn pinned(name: &str, text: &str) -> Result<Vec<String>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    let locked = read(&World::of_test(folder.path()), &[name])?;
    assert!(table::is_looked_up(name), "{name}");
    let shown = |package: &Package| {
        let line = package.line.map_or("?".to_owned(), |line| line.to_string());
        format!("{} {}:{line}", package.name, package.version)
    };
    let mut shown: Vec<_> = locked.packages.iter().map(shown).chain(locked.warnings).collect();
    shown.sort();
    Ok(shown)
}

fn check(name: &str, text: &str, expected: &[&str]) {
    assert_eq!(
        pinned(name, text).as_deref(),
        Ok(expected.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>()).as_deref(),
        "{name}"
    );
}

#[test]
fn cargo() {
    let text = "version = 4\n\n[[package]]\nname = \"own\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"time\"\n\
        version = \"0.1.42\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"ab\"\n";
    check("Cargo.lock", text, &["time 0.1.42:7"]);
}

#[test]
fn python() {
    let uv = "version = 1\n\n[[package]]\nname = \"own\"\nversion = \"0.1.0\"\nsource = { editable = \".\" }\n\n\
        [[package]]\nname = \"idna\"\nversion = \"3.6\"\nsource = { registry = \"https://example.org/simple\" }\n";
    check("uv.lock", uv, &["idna 3.6:8"]);
    let poetry = "[[package]]\nname = \"idna\"\nversion = \"3.6\"\nfiles = []\n\n[metadata]\nlock-version = \"2.1\"\n";
    check("poetry.lock", poetry, &["idna 3.6:1"]);
    let pdm = "[metadata]\nlock_version = \"4.5.0\"\n\n[[package]]\nname = \"idna\"\nversion = \"3.6\"\n";
    check("pdm.lock", pdm, &["idna 3.6:4"]);
    let pylock = "lock-version = \"1.0\"\n[[packages]]\nname = \"idna\"\nversion = \"3.6\"\n";
    check("pylock.toml", pylock, &["idna 3.6:2"]);
    check("pylock.dev.toml", pylock, &["idna 3.6:2"]);
    let pipfile = "{\n \"_meta\": {},\n \"default\": {\n  \"idna\": {\n   \"version\": \"==3.6\"\n  },\n  \"own\": {\"path\": \".\"}\n },\n \"develop\": {}\n}";
    check("Pipfile.lock", pipfile, &["idna 3.6:4"]);
    let requirements = "# x\nidna[x]==3.6 ; python_version > '3' \\\n  --hash=sha256:ab\n-e .\nflask>=1\ndjango==4.*\n";
    check(
        "requirements-dev.txt",
        requirements,
        &["idna 3.6:2", "requirements-dev.txt:5: 2 lines pin no version, so nothing was looked up for it"],
    );
}

#[test]
fn node() {
    let npm = "{\n \"lockfileVersion\": 3,\n \"packages\": {\n  \"\": {},\n  \"node_modules/@s/a\": {\"version\": \"1.0.0\"},\n\
        \"node_modules/b/node_modules/c\": {\"version\": \"2.0.0\"},\n  \"node_modules/own\": {\"resolved\": \"own\", \"link\": true},\n\
        \"node_modules/d\": {\"name\": \"e\", \"version\": \"3.0.0\"}\n }\n}";
    check("package-lock.json", npm, &["@s/a 1.0.0:5", "c 2.0.0:6", "e 3.0.0:8"]);
    let old = "{\"lockfileVersion\": 1, \"dependencies\": {\n \"a\": {\"version\": \"1.0.0\", \"dependencies\": {\n\
        \"b\": {\"version\": \"2.0.0\"}}},\n \"own\": {\"version\": \"file:own\"},\n \"d\": {\"version\": \"npm:e@3.0.0\"}}}";
    check("package-lock.json", old, &["a 1.0.0:2", "b 2.0.0:3", "e 3.0.0:5"]);
    let pnpm = "lockfileVersion: '9.0'\n\npackages:\n\n  '@s/a@1.0.0':\n    resolution: {integrity: sha512-x}\n\n\
        \x20 b@2.0.0:\n    resolution: {integrity: sha512-x}\n\n  own@file:own:\n    resolution: {directory: own, type: directory}\n";
    check("pnpm-lock.yaml", pnpm, &["@s/a 1.0.0:5", "b 2.0.0:8"]);
    let classic = "# yarn lockfile v1\n\n\n\"@s/a@^1.0.0\", \"@s/a@^1.0.1\":\n  version \"1.0.1\"\n\nb@^2, b@~2.0:\n  version \"2.0.0\"\n\n\
        \"d@npm:e@^3\":\n  version \"3.0.0\"\n";
    check("yarn.lock", classic, &["@s/a 1.0.1:4", "b 2.0.0:7", "e 3.0.0:10"]);
    let berry = "__metadata:\n  version: 8\n\n\"@s/a@npm:^1.0.0, @s/a@npm:^1.0.1\":\n  version: 1.0.1\n  resolution: \"@s/a@npm:1.0.1\"\n\n\
        \"own@workspace:.\":\n  version: 0.0.0-use.local\n  resolution: \"own@workspace:.\"\n";
    check("yarn.lock", berry, &["@s/a 1.0.1:4"]);
    let bun = "{\n  \"lockfileVersion\": 1,\n  \"workspaces\": {},\n  \"packages\": {\n    \"a\": [\"a@1.0.0\", \"\", {}, \"sha512-x\"],\n  },\n}\n";
    check("bun.lock", bun, &["a 1.0.0:5"]);
}

/// What the real tools wrote; the sets were read from the same files by other means.
#[test]
fn real_lock_files() {
    const NODE: [&str; 6] = [
        "@sindresorhus/is 4.6.0",
        "lodash 4.17.19",
        "lodash 4.17.20",
        "minimist 0.0.8",
        "minimist 1.2.5",
        "mkdirp 0.5.1",
    ];
    const FIXED_NODE: [&str; 4] = ["@sindresorhus/is 4.6.0", "lodash 4.18.1", "minimist 1.2.8", "mkdirp 0.5.6"];
    const PYTHON: [&str; 6] =
        ["click 8.5.1", "flask 0.12.2", "itsdangerous 2.2.0", "jinja2 2.11.2", "markupsafe 3.0.4", "werkzeug 3.1.9"];
    const FIXED_PYTHON: [&str; 7] = [
        "blinker 1.9.0",
        "click 8.5.1",
        "flask 3.1.3",
        "itsdangerous 2.2.0",
        "jinja2 3.1.6",
        "markupsafe 3.0.4",
        "werkzeug 3.1.9",
    ];
    let real: [(&str, &[&str]); 21] = [
        ("vulnerable/npm-1/package-lock.json", &NODE),
        ("vulnerable/npm-2/package-lock.json", &NODE),
        ("vulnerable/npm-3/package-lock.json", &NODE),
        ("vulnerable/yarn-1/yarn.lock", &NODE),
        ("vulnerable/yarn-berry/yarn.lock", &NODE),
        ("vulnerable/pnpm/pnpm-lock.yaml", &NODE),
        ("vulnerable/bun/bun.lock", &NODE),
        ("fixed/npm-3/package-lock.json", &FIXED_NODE),
        ("fixed/yarn-berry/yarn.lock", &FIXED_NODE),
        ("fixed/pnpm/pnpm-lock.yaml", &FIXED_NODE),
        ("fixed/bun/bun.lock", &FIXED_NODE),
        ("vulnerable/uv.lock", &PYTHON),
        ("vulnerable/poetry/poetry.lock", &PYTHON),
        ("vulnerable/pdm/pdm.lock", &PYTHON),
        ("vulnerable/pip-lock/pylock.toml", &PYTHON),
        ("vulnerable/pipenv/Pipfile.lock", &PYTHON),
        ("vulnerable/pip-compile/requirements.txt", &PYTHON),
        ("vulnerable/uv-pip-freeze/requirements.txt", &PYTHON),
        ("fixed/poetry/poetry.lock", &FIXED_PYTHON),
        ("fixed/pip-lock/pylock.toml", &FIXED_PYTHON),
        ("fixed/uv-pip-freeze/requirements.txt", &FIXED_PYTHON),
    ];
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/advisories");
    for (path, expected) in real {
        let world = World::of_test(&top);
        let locked = read(&world, &[world.dir.join(path)]).unwrap();
        let lines: Vec<_> = fs::read_to_string(top.join(path)).unwrap().lines().map(str::to_owned).collect();
        let mut found = std::collections::BTreeSet::new();
        for Package { name, version, line, .. } in &locked.packages {
            let near = &lines[line.unwrap_or_else(|| panic!("{path} {name}")) - 1..];
            assert!(near[..near.len().min(3)].iter().any(|line| line.contains(name.as_str())), "{path} {name}");
            found.insert(format!("{name} {version}"));
        }
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{path}");
        assert_eq!(locked.warnings, Vec::<String>::new(), "{path}");
    }
}

#[test]
fn go() {
    let module = "module example.org/m\n\ngo 1.21\n\nrequire example.org/a v1.0.0\n\nrequire (\n\texample.org/b v2.0.0+incompatible // indirect\n\
        \texample.org/c v1.0.0\n\texample.org/d v1.0.0\n)\n\nreplace example.org/c => ./c\nreplace example.org/d v1.0.0 => example.org/e v1.1.0\n";
    check(
        "go.mod",
        module,
        &["example.org/a 1.0.0:5", "example.org/b 2.0.0+incompatible:8", "example.org/e 1.1.0:10", "stdlib 1.21.0:3"],
    );
    check("go.mod", "module m\ngo 1.21\ntoolchain go1.22.3\n", &["stdlib 1.22.3:3"]);
    check("go.mod", "module m\ngo 1.23rc2\ntoolchain default\n", &["stdlib 1.23.0-rc.2:2"]);
    let text = "example.org/a v1.0.0 h1:x=\nexample.org/a v1.0.0/go.mod h1:y=\nexample.org/b v0.1.0/go.mod h1:z=\n";
    check("go.sum", text, &["example.org/a 1.0.0:1"]);
    check("go.work.sum", text, &["example.org/a 1.0.0:1"]);
    assert!(sums_of(text, Some(module)).is_empty());
    assert_eq!(sums_of(text, Some("module m\ngo 1.16\n")).len(), 1);
}

fn sums_of(text: &str, module: Option<&str>) -> Vec<Listed> {
    go::sums(text, module).unwrap().listed
}

#[test]
fn ruby_and_php() {
    let gemfile = "PATH\n  remote: .\n  specs:\n    own (0.1.0)\n\nGEM\n  remote: https://packages.example/\n  specs:\n    nokogiri (1.16.0-x86_64-linux)\n\
        \x20     racc (~> 1.4)\n    racc (1.7.3)\n\nDEPENDENCIES\n  nokogiri\n";
    check("Gemfile.lock", gemfile, &["nokogiri 1.16.0:9", "racc 1.7.3:11"]);
    let composer = "{\n \"packages\": [{\n  \"name\": \"a/b\",\n  \"version\": \"v1.0.0\"\n }, {\"name\": \"o/wn\", \"version\": \"1\", \"dist\": {\"type\": \"path\"}}],\n\
        \"packages-dev\": [{\n  \"name\": \"c/d\",\n  \"version\": \"2.1.0\"\n }]\n}";
    check("composer.lock", composer, &["a/b v1.0.0:3", "c/d 2.1.0:7"]);
}

#[test]
fn elixir_dart_and_swift() {
    let hash = "a".repeat(64);
    let mix = format!(
        "%{{\n  \"a\": {{:hex, :a_x, \"1.0.0\", \"{hash}\", [:mix], [], \"hexpm\"}},\n  \"g\": {{:git, \"https://x.example/g\", \"{hash}\", []}},\n}}\n"
    );
    check("mix.lock", &mix, &["a_x 1.0.0:2"]);
    let dart = "packages:\n  a:\n    dependency: \"direct main\"\n    description:\n      name: a\n      url: x\n    source: hosted\n    version: \"1.0.0\"\n\
        \x20 own:\n    dependency: transitive\n    description:\n      path: own\n      relative: true\n    source: path\n    version: \"0.1.0\"\n";
    check("pubspec.lock", dart, &["a 1.0.0:2"]);
    let old = "{\"object\": {\"pins\": [\n {\"package\": \"A\", \"repositoryURL\": \"https://x.example/a.git\", \"state\": {\"branch\": null,\n\
        \"revision\": \"ab\", \"version\": \"1.0.0\"}}]}, \"version\": 1}";
    check("Package.resolved", old, &["https://x.example/a.git 1.0.0:2"]);
    let new = "{\"pins\": [{\"identity\": \"a\", \"kind\": \"remoteSourceControl\",\n \"location\": \"https://x.example/a\",\n \"state\": {\"revision\": \"ab\", \"version\": \"1.0.0\"}},\n\
        {\"identity\": \"b\", \"kind\": \"remoteSourceControl\", \"location\": \"https://x.example/b\", \"state\": {\"branch\": \"main\", \"revision\": \"ab\"}}], \"version\": 2}";
    check("Package.resolved", new, &["https://x.example/a 1.0.0:2"]);
}

/// The names of the table; a pattern stands for one of its names.
fn a_name_of_each() -> impl Iterator<Item = String> {
    table::names_looked_up().map(|name| name.replace('*', "-x"))
}

#[test]
fn what_has_an_address_for_a_version_or_is_included_is_told() {
    let unread = |path: &str, text: &str| {
        let locked = parse(path, text, None).unwrap();
        assert!(locked.packages.is_empty(), "{locked:?}");
        locked.unread.into_iter().map(|unread| unread.name).collect::<Vec<_>>()
    };
    let npm = "{\"lockfileVersion\": 1, \"dependencies\": {\"x\": {\"version\": \"https://x.example/x-1.0.0.tgz\"},\
        \"own\": {\"version\": \"file:own\"}}}";
    assert_eq!(unread("package-lock.json", npm), ["x"]);
    let pnpm = "lockfileVersion: '9.0'\nimporters:\n  .: {}\npackages:\n  x@https://x.example/x.tgz:\n    resolution: {tarball: https://x.example/x.tgz}\n";
    assert_eq!(unread("pnpm-lock.yaml", pnpm), ["x"]);
    let requirements = "-r base/a.txt\n--requirement=../b.txt # b\n-c limits.txt\n";
    assert_eq!(unread("d/requirements.txt", requirements), ["d/base/a.txt", "b.txt"]);
}

#[test]
fn what_is_no_lock_file_is_told_with_its_name() {
    // Any text is some requirements file.
    let strict = a_name_of_each().filter(|name| !name.ends_with(".txt"));
    for name in strict {
        assert!(pinned(&name, "[[x").expect_err(&name).starts_with(&name), "{name}");
    }
    assert!(pinned("go.mod", "require x\n").is_err());
    assert!(!table::is_looked_up("lock.json"));
}

#[test]
fn every_lock_file_of_the_table_has_its_reader_and_an_ecosystem() {
    for name in a_name_of_each() {
        let unread = parse(&name, "?", None).err().unwrap_or_default();
        assert!(!unread.contains("no lock file that is known"), "{name}: {unread}");
    }
    let of_table = table::ALL.iter().filter_map(|ecosystem| ecosystem.osv);
    let mut of_table: Vec<_> = of_table.map(|name| Ecosystem::of_name(name).expect(name)).collect();
    of_table.sort_unstable();
    // Node and Deno install packages of one registry.
    of_table.dedup();
    assert_eq!(of_table, Ecosystem::ALL);
}

#[test]
fn gradle_and_nuget() {
    let gradle = "# c\norg.a:b:1.0=classpath\norg.c:d:2.0-jre=compileClasspath,runtimeClasspath\nempty=x\n";
    for name in ["gradle.lockfile", "buildscript-gradle.lockfile"] {
        check(name, gradle, &["org.a:b 1.0:2", "org.c:d 2.0-jre:3"]);
    }
    check("gradle/dependency-locks/runtimeClasspath.lockfile", "# c\norg.a:b:1.0\n", &["org.a:b 1.0:2"]);
    assert!(pinned("gradle.lockfile", "org.a:b:1.0=classpath\n").unwrap_err().contains("empty=…"));
    let nuget = "{\n \"version\": 2,\n \"dependencies\": {\n  \"net8.0\": {\n   \"A.B\": {\"type\": \"Direct\", \"resolved\": \"1.0.0\"},\n\
                 \"own\": {\"type\": \"Project\"}\n  },\n  \"net9.0\": {\n   \"A.B\": {\"type\": \"Transitive\", \"resolved\": \"1.0.0\"},\n\
                 \"C\": {\"type\": \"CentralTransitive\", \"resolved\": \"2.0.0\"}\n  }\n }\n}\n";
    for name in ["packages.lock.json", "packages.demo.lock.json"] {
        check(name, nuget, &["A.B 1.0.0:5", "C 2.0.0:10"]);
    }
    assert!(pinned("packages.lock.json", "{}").is_err());
}
