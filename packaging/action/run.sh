#!/usr/bin/env bash
# What action.yml runs; everything comes in as GATE_* variables, see there. Without GITHUB_OUTPUT and RUNNER_TEMP, which the
# runner sets, it works by hand too.
set -euo pipefail

scratch=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/delivery-gate.XXXXXX")
report="$scratch/report.json"

output() { printf '%s=%s\n' "$1" "$2" >>"${GITHUB_OUTPUT:-/dev/null}"; }

# In one line, whatever an input has: the runner obeys a line that begins with `::`.
stop() {
  printf 'error: %s\n' "${*//[[:cntrl:]]/ }" >&2
  output decision ERROR
  output exit-code 2
  exit 2
}

# The triple in the archive's name. Where there is no glibc the static binary runs.
triple() {
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) echo "x86_64-unknown-linux-$(libc)" ;;
    Linux-aarch64 | Linux-arm64) echo "aarch64-unknown-linux-$(libc)" ;;
    Darwin-x86_64) echo x86_64-apple-darwin ;;
    Darwin-arm64) echo aarch64-apple-darwin ;;
    MINGW*-x86_64 | MSYS*-x86_64) echo x86_64-pc-windows-msvc ;;
    *) return 1 ;;
  esac
}

libc() { if getconf GNU_LIBC_VERSION >/dev/null 2>&1; then echo gnu; else echo musl; fi; }

fetch() { curl --fail --silent --show-error --location --proto '=https,file' --retry 3 --output "$2" "$1"; }

digest() { if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1; }

# Downloads a release's archive and unpacks it only when it has the digest that was given or that the release lists.
download() {
  local version=${GATE_VERSION:-${GATE_ACTION_REF:-}} triple name archive url expected actual
  [[ "$version" =~ ^v[0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.-]*$ ]] ||
    stop "'$version' is not a release; set 'version' to one, for example v0.1.0"
  triple=$(triple) || stop "there is no delivery-gate for $(uname -sm)"
  [[ -n "${GATE_BASE_URL:-}${GATE_ACTION_REPOSITORY:-}" ]] || stop "set 'base-url': it is not known where the releases are"
  url=${GATE_BASE_URL:-${GITHUB_SERVER_URL:-https://github.com}/${GATE_ACTION_REPOSITORY:-}/releases/download}/$version
  name=delivery-gate-${version#v}-$triple
  archive=$name.tar.gz
  [[ "$triple" != *windows* ]] || archive=$name.zip
  fetch "$url/$archive" "$scratch/$archive" || stop "$url/$archive could not be downloaded"
  expected=${GATE_SHA256:-}
  if [[ -z "$expected" ]]; then
    fetch "$url/SHA256SUMS" "$scratch/SHA256SUMS" || stop "$url/SHA256SUMS could not be downloaded"
    expected=$(awk -v name="$archive" '$2 == name { print $1 }' "$scratch/SHA256SUMS")
  fi
  actual=$(digest "$scratch/$archive")
  [[ "$actual" == "$expected" ]] || stop "$archive has the SHA-256 digest $actual, not ${expected:-any that SHA256SUMS lists}"
  if [[ "$archive" == *.zip ]]; then
    unzip -q "$scratch/$archive" -d "$scratch"
    binary=$scratch/$name/delivery-gate.exe
  else
    tar -xzf "$scratch/$archive" -C "$scratch"
    binary=$scratch/$name/delivery-gate
  fi
}

command=${GATE_COMMAND:-check}
case "$command" in
  check | decision | run | evaluate | prri | trust | scan) ;;
  *) stop "'command' is '$command'; known: check, decision, run, evaluate, prri, trust, scan" ;;
esac
fail_on=${GATE_FAIL_ON:-no-go}
case "$fail_on" in
  no-go | error) ;;
  *) stop "'fail-on' is '$fail_on'; known: no-go, error" ;;
esac

binary=${GATE_BINARY:-}
if [[ -z "$binary" ]]; then
  download
else
  [[ -x "$binary" && -f "$binary" ]] || stop "'binary' is '$binary', which is no program"
  binary=$(cd "$(dirname "$binary")" && pwd)/$(basename "$binary")
fi

arguments=()
while IFS= read -r line; do
  line=${line%$'\r'}
  [[ -z "$line" ]] || arguments+=("$line")
done <<<"${GATE_ARGS:-}"
[[ -z "${GATE_CI_STATUS:-}" ]] || export DELIVERY_GATE_CI_STATUS=$GATE_CI_STATUS

[[ -z "${GATE_CHECK_RUN_ID:-}" ]] || export DELIVERY_GATE_CHECK_RUN_ID=$GATE_CHECK_RUN_ID
if [[ "$command" == check ]]; then
  # The policy may want the forge asked, too.
  [[ -z "${GATE_TOKEN:-}" ]] || export GITHUB_TOKEN=$GATE_TOKEN
  [[ -z "${GATE_CI_WAIT:-}" ]] || arguments=("--ci-wait=$GATE_CI_WAIT" ${arguments[@]+"${arguments[@]}"})
  [[ -z "${GATE_CI:-}" ]] || arguments=("--ci=$GATE_CI" ${arguments[@]+"${arguments[@]}"})
elif [[ -n "${GATE_CI:-}${GATE_CI_WAIT:-}" ]]; then
  stop "'ci' and 'ci-wait' are for the command check"
fi
unset GATE_TOKEN

before_tag=${GATE_BEFORE_TAG:-false}
case "$before_tag-$command" in
  false-*) ;;
  true-check) [[ " ${arguments[*]-}" == *" --before-tag"* ]] || arguments=(--before-tag ${arguments[@]+"${arguments[@]}"}) ;;
  true-*) stop "'before-tag' is for the command check" ;;
  *) stop "'before-tag' is '$before_tag'; known: true, false" ;;
esac

cd "${GATE_WORKING_DIRECTORY:-.}" || stop "'working-directory' is '$GATE_WORKING_DIRECTORY', which is no folder"
code=0
"$binary" "$command" --output "json=$report" ${arguments[@]+"${arguments[@]}"} || code=$?

# The exit code alone would call `--help` a GO: the report must say so as well.
decision=ERROR
for word in GO NO-GO READY "NOT READY"; do
  if grep -qs "^  \"decision\": \"$word\"" "$report"; then decision=$word; fi
done
if grep -qs '^  "rehearsal": true' "$report"; then
  if grep -qs '^  "decision": null' "$report"; then decision=NONE; fi
  [[ "$before_tag" == true ]] || stop "$decision is of a rehearsal, and no GO: set 'before-tag' where that is what you want"
fi
case "$code-$decision" in
  0-GO | 1-NO-GO | 0-READY | 1-"NOT READY" | 0-NONE) output report "$report" ;;
  *) stop "the gate gave no verdict (exit code $code)" ;;
esac
output decision "$decision"
output exit-code "$code"
[[ "$fail_on" == no-go ]] || code=0
exit "$code"
