#!/usr/bin/env bash
# git-cliff 2.14.2: where the release and its release candidate are tags of one commit, as they are when the candidate was
# good, the changelog has a section for the candidate alone, annotated tags or not: the release is nowhere in it, and
# `--latest` prints the candidate's section. commitizen 4.19.3 writes the release's.
# Guessed before: the higher version, v1.1.0, names the section.
#
# Seen:
#   git-cliff:            ## [1.1.0-rc.1] | ## [1.0.0]
#   git-cliff --latest:   ## [1.1.0-rc.1]
#   commitizen:           ## v1.1.0 | ## v1.0.0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check git-cliff==2.14.2 commitizen==4.19.3

export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.org
headings() { sed -n 's/^## \([^ ]*\).*/## \1/p' | paste -sd '|' | sed 's/|/ | /g'; }
expect() { # what, seen, expected
  printf '%-24s %s\n' "$1:" "$2"
  [ "$2" = "$3" ] || { echo "this has changed: it was '$3'" >&2; exit 1; }
}
for kind in lightweight annotated; do
  git init -q "$kind" && cd "$kind"
  tag() { if [ "$kind" = annotated ]; then git tag -a -m "$1" "$1"; else git tag "$1"; fi; }
  git commit -q --allow-empty -m "feat: one" && tag v1.0.0
  git commit -q --allow-empty -m "fix: two" && tag v1.1.0-rc.1 && tag v1.1.0
  expect "git-cliff, $kind" "$(../tools/bin/git-cliff 2>/dev/null | headings)" "## [1.1.0-rc.1] | ## [1.0.0]"
  expect "git-cliff --latest" "$(../tools/bin/git-cliff --latest 2>/dev/null | headings)" "## [1.1.0-rc.1]"
  printf '[tool.commitizen]\nversion = "1.1.0"\ntag_format = "v$version"\nversion_scheme = "semver"\n' >.cz.toml
  expect "commitizen" "$(../tools/bin/cz changelog --dry-run 2>/dev/null | headings)" "## v1.1.0 | ## v1.0.0"
  cd ..
done
