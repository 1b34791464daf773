//! The formats for machines: what each says of the same run, and what hostile text comes to in each.

use std::fs;

use serde_json::Value;

use crate::common::{Gate, Project, Run};

mod actions;
mod agreement;
mod hostile;
mod junit;
mod places;
mod sarif;

const FORMATS: [&str; 4] = ["sarif", "junit", "gitlab", "github"];

/// One run in every format.
struct Reports {
    run: Run,
    json: Value,
    sarif: Value,
    junit: String,
    gitlab: Value,
    github: String,
}

impl Reports {
    /// Runs the gate once, with every format written to a file.
    fn of(project: &Project, gate: Gate) -> Self {
        let targets: Vec<_> = FORMATS.map(|format| format!("{format}=report.{format}")).into();
        let gate = targets.iter().fold(gate, |gate, target| gate.args(&["--output", target]));
        let (run, json) = gate.json();
        let read = |format: &str| fs::read_to_string(project.path(&format!("report.{format}"))).expect(format);
        let value = |format: &str| serde_json::from_str(&read(format)).expect(format);
        Self { run, json, sarif: value("sarif"), junit: read("junit"), gitlab: value("gitlab"), github: read("github") }
    }

    fn results(&self) -> &[Value] {
        self.json["results"].as_array().expect("results")
    }

    fn sarif_run(&self) -> &Value {
        &self.sarif["runs"][0]
    }

    fn sarif_results(&self) -> &[Value] {
        self.sarif_run()["results"].as_array().expect("results")
    }

    fn issues(&self) -> &[Value] {
        self.gitlab.as_array().expect("a list")
    }

    fn commands(&self) -> Vec<Command> {
        self.github.lines().map(Command::parse).collect()
    }
}

/// A workflow command as the runner of GitHub Actions reads a line.
#[derive(Debug)]
struct Command {
    name: String,
    properties: Vec<(String, String)>,
    message: String,
}

impl Command {
    fn parse(line: &str) -> Self {
        let (head, message) = line.strip_prefix("::").and_then(|rest| rest.split_once("::")).expect(line);
        let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
        let pairs = properties.split(',').filter_map(|pair| pair.split_once('='));
        let plain = |text: &str| text.replace("%3A", ":").replace("%2C", ",");
        let data = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%");
        Self {
            name: name.to_owned(),
            properties: pairs.map(|(key, value)| (key.to_owned(), data(&plain(value)))).collect(),
            message: data(message),
        }
    }

    fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {value}"))
}

/// Everything at once: PASS, FAIL, UNPROVEN, NA, WARN, and FAIL that does not hold.
fn mixed() -> Project {
    let project = Project::drafted();
    project.append("release.yaml", "not_applicable:\n  feature_flags: No flags.\n");
    project.write(
        "pyproject.toml",
        "[project]\nname = \"demo\"\nversion = \"1.2.4\"\ndependencies = [\n  \"flask\",\n  \"requests>=2\",\n]\n",
    );
    project.write(
        "delivery-gate.yaml",
        "gates:\n  - {id: events, type: schema_validation, files: none.json}\n  - {id: lint, type: command, command: no-such-tool, on_fail: warn}\n  - {id: style, type: command, command: no-such-tool, on_fail: report}\n",
    );
    project.commit();
    project
}

fn secret() -> String {
    ["AKIA", "Q7R3T5V7X9Z1B3D5"].concat()
}
