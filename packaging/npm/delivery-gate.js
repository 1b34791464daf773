#!/usr/bin/env node
"use strict";

// Runs the binary of the platform's own package in place of this process: the same streams, signals and exit code.
// Whatever keeps it from running is exit code 2, never a pass.

const { spawn } = require("node:child_process");
const { constants } = require("node:os");

const COULD_NOT_ASK = 2;

function stop(message) {
  console.error(`error: ${message}`);
  process.exit(COULD_NOT_ASK);
}

function installed(name) {
  const file = process.platform === "win32" ? "delivery-gate.exe" : "delivery-gate";
  try {
    return require.resolve(`${name}/bin/${file}`);
  } catch {
    return undefined;
  }
}

// npm installs the package of this system's C library; a package manager that knows nothing of that installs both.
function binary() {
  const known = Object.keys(require("../package.json").optionalDependencies);
  const platform = `${process.platform}-${process.arch}`;
  const names = known.filter((name) => `${name}-`.startsWith(`@delivery-gate/${platform}-`));
  if (names.length === 0) stop(`there is no delivery-gate for ${platform}; known: ${known.join(", ")}`);
  const found = names.map(installed).filter(Boolean);
  if (found.length === 0) {
    stop(`delivery-gate for ${platform} is not installed; install ${names.join(" or ")}, or do not omit optional dependencies`);
  }
  const glibc = () => process.report.getReport().header.glibcVersionRuntime;
  return found.length === 1 || glibc() ? found[0] : found[1];
}

const child = spawn(binary(), process.argv.slice(2), { stdio: "inherit", windowsHide: true });

const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
const passOn = (signal) => child.kill(signal);
for (const signal of signals) process.on(signal, passOn);

child.on("error", (error) => stop(`delivery-gate could not be started: ${error.message}`));
child.on("exit", (code, signal) => {
  if (code !== null) process.exit(code);
  for (const name of signals) process.removeListener(name, passOn);
  process.exitCode = 128 + constants.signals[signal];
  process.kill(process.pid, signal);
});
