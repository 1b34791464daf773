#!/usr/bin/env bash
# Maven's order of versions goes in a circle: 1 < 1.b.1 < 1-rc < 1. A single letter behind a dot is a qualifier of its own and comes
# behind the release, `rc` with a dash comes before it, and the letter comes before `rc`. Whoever sorts such versions, or asks whether one
# lies in a range, gets an answer that depends on what else is asked.
# Seen with ComparableVersion of Maven 3.8.7 (Debian's libmaven3-core-java 3.8.7-1 with libcommons-lang3-java 3.12.0-2+deb12u1).
# Guessed before: an order of versions is an order; 1.b.1 is a beta and comes before 1, as 1-b1 does.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq libmaven3-core-java=3.8.7-1 libcommons-lang3-java=3.12.0-2+deb12u1 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" tools; done
jars=$(find tools/usr/share -name 'maven-artifact-3*.jar' -o -name 'commons-lang3*.jar' | tr '\n' ':')

seen=$(java -cp "$jars" org.apache.maven.artifact.versioning.ComparableVersion 1 1.b.1 1-rc 1 | grep '^ ' | sed 's/^ *//' | paste -sd ';' -)
printf 'order: %s\n' "$seen"
expected='1 < 1.b.1;1.b.1 < 1-rc;1-rc < 1'
[ "$seen" = "$expected" ] || { echo "this has changed: it was '$expected'" >&2; exit 1; }
