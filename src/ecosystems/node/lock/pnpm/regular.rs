//! pnpm-lock.yaml as pnpm itself writes it (versions 6 and 9), in one pass. What is not of that form is left to the full parser,
//! which has to come to the same: the tests hold this reader to it.

use super::{Choice, Dependency, File, Importer, Needed, Package, Resolution, Settings, Version};
use crate::ecosystems::node::lock::Text;
use crate::ecosystems::node::lock::unique::Unique;
use crate::structured::lines::yaml::{Lines, Value, flow};

/// The file, where every line of it is one that pnpm writes.
pub(super) fn read(text: &str) -> Option<File<'_>> {
    let mut lines = Lines::of(text)?;
    let mut file = File::default();
    lines.fields(0, |lines, key, value| {
        match key {
            "lockfileVersion" => file.lockfile_version = Some(Version::Text(plain(value)?)),
            "settings" => file.settings = settings(lines, value)?,
            "importers" => file.importers = Some(map(lines, 0, value, importer)?),
            "specifiers" => file.specifiers = map(lines, 0, value, text_of)?,
            "dependencies" => file.dependencies = map(lines, 0, value, dependency)?,
            "devDependencies" => file.dev_dependencies = map(lines, 0, value, dependency)?,
            "optionalDependencies" => file.optional_dependencies = map(lines, 0, value, dependency)?,
            "packages" => file.packages = map(lines, 0, value, package)?,
            "snapshots" => file.snapshots = map(lines, 0, value, needed)?,
            "catalogs" => {
                file.catalogs = map(lines, 0, value, |lines, depth, value| map(lines, depth, value, choice))?;
            }
            _ => lines.skip(0, value)?,
        }
        Some(())
    })?;
    (lines.is_at_end() && file.lockfile_version.is_some()).then_some(file)
}

/// Reads what stands below a key behind `depth` spaces.
type Read<'t, V> = fn(&mut Lines<'t>, usize, Value<'t>) -> Option<V>;

/// A mapping whose keys are names.
fn map<'t, V>(lines: &mut Lines<'t>, depth: usize, value: Value<'t>, read: Read<'t, V>) -> Option<Unique<'t, V>> {
    if value == Value::Mapping("") {
        return Some(Unique::default());
    }
    let mut entries = Vec::new();
    below(lines, depth, value, |lines, key, value| {
        entries.push((key.into(), read(lines, depth + 2, value)?));
        Some(())
    })?;
    Unique::of(entries)
}

/// The entries of the mapping below a key, which has at least one.
fn below<'t>(
    lines: &mut Lines<'t>,
    depth: usize,
    value: Value<'t>,
    each: impl FnMut(&mut Lines<'t>, &'t str, Value<'t>) -> Option<()>,
) -> Option<()> {
    if value != Value::Below || !lines.is_below(depth) {
        return None;
    }
    lines.each(depth + 2, each)
}

/// The same; no key is there twice.
fn fields_below<'t>(
    lines: &mut Lines<'t>,
    depth: usize,
    value: Value<'t>,
    each: impl FnMut(&mut Lines<'t>, &'t str, Value<'t>) -> Option<()>,
) -> Option<()> {
    match value {
        Value::Mapping("") => Some(()),
        Value::Below if lines.is_below(depth) => lines.fields(depth + 2, each),
        _ => None,
    }
}

fn plain(value: Value<'_>) -> Option<Text<'_>> {
    match value {
        Value::Text(text) => Some(text.into()),
        _ => None,
    }
}

fn text_of<'t>(_: &mut Lines<'t>, _: usize, value: Value<'t>) -> Option<Text<'t>> {
    plain(value)
}

fn settings<'t>(lines: &mut Lines<'t>, value: Value<'t>) -> Option<Settings> {
    let mut settings = Settings::default();
    fields_below(lines, 0, value, |lines, key, value| {
        match (key, value) {
            ("autoInstallPeers", Value::Word("true")) => settings.auto_install_peers = Some(true),
            ("autoInstallPeers", Value::Word("false")) => settings.auto_install_peers = Some(false),
            ("autoInstallPeers", _) => return None,
            _ => lines.skip(2, value)?,
        }
        Some(())
    })?;
    Some(settings)
}

fn importer<'t>(lines: &mut Lines<'t>, depth: usize, value: Value<'t>) -> Option<Importer<'t>> {
    let mut importer = Importer::default();
    fields_below(lines, depth, value, |lines, key, value| {
        let depth = depth + 2;
        match key {
            "specifiers" => importer.specifiers = map(lines, depth, value, text_of)?,
            "dependencies" => importer.dependencies = map(lines, depth, value, dependency)?,
            "devDependencies" => importer.dev_dependencies = map(lines, depth, value, dependency)?,
            "optionalDependencies" => importer.optional_dependencies = map(lines, depth, value, dependency)?,
            "configDependencies" => importer.config_dependencies = map(lines, depth, value, choice)?,
            _ => lines.skip(depth, value)?,
        }
        Some(())
    })?;
    Some(importer)
}

fn dependency<'t>(lines: &mut Lines<'t>, depth: usize, value: Value<'t>) -> Option<Dependency<'t>> {
    match value {
        Value::Text(version) => Some(Dependency::Version(version.into())),
        _ => choice(lines, depth, value).map(Dependency::Choice),
    }
}

fn choice<'t>(lines: &mut Lines<'t>, depth: usize, value: Value<'t>) -> Option<Choice<'t>> {
    let (mut specifier, mut version) = (None, None);
    fields_below(lines, depth, value, |lines, key, value| {
        match key {
            "specifier" => specifier = Some(plain(value)?),
            "version" => version = Some(plain(value)?),
            _ => lines.skip(depth + 2, value)?,
        }
        Some(())
    })?;
    Some(Choice { specifier: specifier?, version: version? })
}

fn package<'t>(lines: &mut Lines<'t>, depth: usize, value: Value<'t>) -> Option<Package<'t>> {
    let mut package = Package::default();
    fields_below(lines, depth, value, |lines, key, value| match key {
        "resolution" => {
            package.resolution = Some(resolution(value)?);
            Some(())
        }
        _ => need(lines, depth + 2, key, value, &mut package.needed),
    })?;
    Some(package)
}

fn needed<'t>(lines: &mut Lines<'t>, depth: usize, value: Value<'t>) -> Option<Needed<'t>> {
    let mut needed = Needed::default();
    fields_below(lines, depth, value, |lines, key, value| need(lines, depth + 2, key, value, &mut needed))?;
    Some(needed)
}

fn need<'t>(lines: &mut Lines<'t>, depth: usize, key: &str, value: Value<'t>, needed: &mut Needed<'t>) -> Option<()> {
    match key {
        "dependencies" => needed.dependencies = map(lines, depth, value, text_of)?,
        "optionalDependencies" => needed.optional_dependencies = map(lines, depth, value, text_of)?,
        _ => lines.skip(depth, value)?,
    }
    Some(())
}

fn resolution(value: Value<'_>) -> Option<Resolution<'_>> {
    let Value::Mapping(inner) = value else { return None };
    let mut resolution = Resolution::default();
    flow(inner, |key, value| {
        let place = match key {
            "integrity" => &mut resolution.integrity,
            "tarball" => &mut resolution.tarball,
            "commit" => &mut resolution.commit,
            "directory" => &mut resolution.directory,
            _ => return Some(()),
        };
        *place = Some(plain(value)?);
        Some(())
    })?;
    Some(resolution)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecosystems::node::lock::yaml_documents;
    use crate::structured::mutated;

    macro_rules! of {
        ($path:literal) => {
            include_str!(concat!("../../../../../tests/fixtures/", $path))
        };
    }

    const WRITTEN: [&str; 6] = [
        of!("node/pnpm-6/pnpm-lock.yaml"),
        of!("node/pnpm-9/pnpm-lock.yaml"),
        of!("ecosystems/node/ws/pnpm8/pnpm-lock.yaml"),
        of!("ecosystems/node/ws/pnpm10/pnpm-lock.yaml"),
        "lockfileVersion: '9.0'\n\nsettings:\n  autoInstallPeers: false\n\ncatalogs:\n  default:\n    a:\n      specifier: ^1.0.0\n      \
         version: 1.2.0\n\noverrides:\n  vite: workspace:*\n\nimporters:\n\n  .:\n    dependencies:\n      '@s/a':\n        specifier: \
         ^1.0.0 || ^2.0.0\n        version: 1.2.0(b@2.0.0)\n    devDependencies:\n      c:\n        specifier: link:../c\n        \
         version: link:../c\n\n  packages/x: {}\n\npackages:\n\n  '@s/a@1.2.0':\n    resolution: {integrity: sha512-AAAA==, tarball: \
         https://h.example/a.tgz}\n    engines: {node: '>=18', npm: '>=9, <10'}\n    cpu: [x64, arm64]\n    hasBin: true\n    deprecated: \
         Please use b instead\n    peerDependencies:\n      b: '*'\n    peerDependenciesMeta:\n      b:\n        optional: true\n\n  \
         b@2.0.0:\n    resolution: {integrity: sha512-BBBB==}\n\nsnapshots:\n\n  '@s/a@1.2.0(b@2.0.0)':\n    dependencies:\n      b: \
         2.0.0\n    optionalDependencies:\n      c: link:../c\n    transitivePeerDependencies:\n      - supports-color\n      - ms\n\n  \
         b@2.0.0: {}\n",
        "lockfileVersion: '6.0'\n\nsettings:\n  autoInstallPeers: true\n\ndependencies:\n  a:\n    specifier: ^1.0.0\n    version: 1.0.0\n\n\
         packages:\n\n  /a@1.0.0:\n    resolution: {integrity: sha512-AAAA==}\n    dependencies:\n      b: 2.0.0\n    dev: false\n",
    ];

    fn is_held(text: &str) -> bool {
        let Some(file) = read(text) else { return true };
        yaml_documents::<File<'_>>(text).is_ok_and(|all| all == [file])
    }

    #[test]
    fn what_pnpm_writes_is_read_here() {
        for text in WRITTEN {
            assert!(read(text).is_some() && is_held(text), "{text}");
        }
    }

    #[test]
    fn it_agrees_with_the_full_parser_wherever_it_reads() {
        mutated::each(&WRITTEN, mutated::FEW, |text| assert!(is_held(text), "{text:?}"));
    }

    #[test]
    #[ignore = "takes minutes: `cargo test --release --lib mutated -- --ignored`"]
    fn mutated_it_agrees_a_million_times() {
        mutated::each(&WRITTEN, mutated::MANY, |text| assert!(is_held(text), "{text:?}"));
    }
}
