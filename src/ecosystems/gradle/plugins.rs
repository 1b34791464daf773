//! Plugins that need no version: those of Gradle, and those that are programs of the repository.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::world::World;

/// Plugins that come with Gradle have no dot in their names, but for those that are named in full. Some are named by their class.
pub(super) fn is_of_gradle(id: &str) -> bool {
    const OWN: [&str; 40] = [
        "base",
        "java",
        "java-base",
        "java-library",
        "java-platform",
        "java-gradle-plugin",
        "java-test-fixtures",
        "application",
        "groovy",
        "groovy-base",
        "groovy-gradle-plugin",
        "scala",
        "scala-base",
        "war",
        "ear",
        "antlr",
        "checkstyle",
        "codenarc",
        "pmd",
        "jacoco",
        "jacoco-report-aggregation",
        "jvm-test-suite",
        "test-report-aggregation",
        "jvm-toolchains",
        "idea",
        "eclipse",
        "eclipse-wtp",
        "maven-publish",
        "ivy-publish",
        "signing",
        "distribution",
        "version-catalog",
        "build-init",
        "build-dashboard",
        "project-report",
        "wrapper",
        "visual-studio",
        "cpp-library",
        "cpp-application",
        "kotlin-dsl",
    ];
    let class = id.rsplit('.').next().filter(|_| !id.contains('.') || id.starts_with("org.gradle."));
    let of_class = class.and_then(|class| class.strip_suffix("Plugin")).map(dashed);
    OWN.contains(&id.strip_prefix("org.gradle.").unwrap_or(id)) || of_class.is_some_and(|id| OWN.contains(&id.as_str()))
}

/// `JavaLibrary` as `java-library`.
fn dashed(class: &str) -> String {
    let mut name = String::new();
    for c in class.chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

/// The scripts below `src/main` that are plugins, by their names: that of the file, perhaps behind that of its package; and what
/// says which class a plugin is.
///
/// # Errors
/// Nobody can tell which files the release has.
pub(super) fn of_repository(world: &World) -> Result<HashMap<String, PathBuf>, String> {
    let named = world.paths(&|path| !names(path).is_empty())?.into_iter().flat_map(|path| {
        let names = names(&path.to_string_lossy());
        names.into_iter().map(move |name| (name, path.clone()))
    });
    Ok(named.collect())
}

fn names(path: &str) -> Vec<String> {
    if let Some((_, name)) = path.split_once("META-INF/gradle-plugins/") {
        return name.strip_suffix(".properties").map(str::to_owned).into_iter().collect();
    }
    let Some((_, source)) = path.split_once("/src/main/") else { return Vec::new() };
    let script = source.strip_suffix(".gradle").or_else(|| source.strip_suffix(".gradle.kts"));
    let Some((_, script)) = script.and_then(|script| script.split_once('/')) else { return Vec::new() };
    let file = script.rsplit('/').next().unwrap_or(script);
    vec![file.to_owned(), script.replace('/', ".")]
}

/// Whether a module brings a plugin: its marker, or what is published under the group that the plugin's name begins with.
pub(super) fn is_in(plugin: &str, module: &str) -> bool {
    let Some((group, name)) = module.split_once(':') else { return false };
    let below = plugin.strip_prefix(group).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let is_marker = group == plugin && name.strip_suffix(".gradle.plugin") == Some(plugin);
    let is_of_android = plugin.starts_with("com.android.") && module == "com.android.tools.build:gradle";
    is_marker || (below && group.contains('.')) || is_of_android
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugins_are_called_by_their_files() {
        let cases: [(&str, &[&str]); 5] = [
            ("buildSrc/src/main/kotlin/conv.gradle.kts", &["conv", "conv"]),
            ("logic/src/main/groovy/com/x/conv.gradle", &["conv", "com.x.conv"]),
            ("logic/src/main/resources/META-INF/gradle-plugins/com.x.y.properties", &["com.x.y"]),
            ("buildSrc/build.gradle.kts", &[]),
            ("buildSrc/src/main/kotlin/Conv.kt", &[]),
        ];
        for (path, expected) in cases {
            assert_eq!(names(path), expected, "{path}");
        }
    }

    #[test]
    fn gradles_own_plugins_have_names_and_classes() {
        for id in ["java", "org.gradle.java-library", "JavaLibraryPlugin", "org.gradle.api.plugins.JavaPlugin"] {
            assert!(is_of_gradle(id), "{id}");
        }
        for id in ["com.x.JavaPlugin", "conv", "XPlugin", "org.springframework.boot"] {
            assert!(!is_of_gradle(id), "{id}");
        }
    }
}
