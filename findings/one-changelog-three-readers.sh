#!/usr/bin/env bash
# Readers of "Keep a Changelog" disagree on what is released. Of one file with the headings
#     ## [1.2.3] - Unreleased
#     ## 1.2.1 (2026-01-01)
#     ## [1.2.0] - 2025-12-01 [YANKED]
# keepachangelog 2.0.0 (Python) makes releases of all, the first dated "unreleased", the last "2025-12-01 [yanked]" without a
# mark of its own; changelog-parser 3.0.1 (Node) dates the first null, and forgets that the last was yanked; keep-a-changelog
# 3.1.0 (Node) refuses the whole file where a version is not followed by " - " and a date, and names the line after it.
# Guessed before: a heading that says "Unreleased" is no release for any of them, and yanked is kept apart.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check keepachangelog==2.0.0
npm install --silent --no-save --prefix . changelog-parser@3.0.1 keep-a-changelog@3.1.0 >/dev/null

printf '# Changelog\n\n## [1.2.3] - Unreleased\n### Added\n- One\n\n## 1.2.1 (2026-01-01)\n### Fixed\n- Two\n\n## [1.2.0] - 2025-12-01 [YANKED]\n### Fixed\n- Three\n' >CHANGELOG.md
expect() { # what, seen, expected
  printf '%-18s %s\n' "$1:" "$2"
  [ "$2" = "$3" ] || { echo "this has changed: it was '$3'" >&2; exit 1; }
}
seen=$(tools/bin/python -c '
import keepachangelog
releases = keepachangelog.to_dict("CHANGELOG.md")
print(", ".join(version + " " + one["metadata"]["release_date"] for version, one in releases.items()))')
expect keepachangelog "$seen" "1.2.3 unreleased, 1.2.1 2026-01-01, 1.2.0 2025-12-01 [yanked]"
seen=$(node -e '
require("changelog-parser")("CHANGELOG.md").then(read =>
  console.log(read.versions.map(one => [one.version, one.date, Object.keys(one).includes("yanked")].join(" ")).join(", ")))')
expect changelog-parser "$seen" "1.2.3  false, 1.2.1 2026-01-01 false, 1.2.0 2025-12-01 false"
printf 'import { parser } from "keep-a-changelog"; import fs from "node:fs";\ntry { console.log(parser(fs.readFileSync("CHANGELOG.md", "utf8")).releases.length); } catch (error) { console.log(error.message); }\n' >read.mjs
expect keep-a-changelog "$(node read.mjs)" "Parse error in the line 8: Syntax error in the release title"
