#!/usr/bin/env bash
# release-plz 0.3.171: the help of its command `release` tells of the tag first and of the upload to the registry after it. It
# uploads the crate first, waits until the registry lists it, and then makes the tag: what looks at the tag comes too late to
# stop the upload.
# Guessed before, from that help: the tag, then the upload.
#
# Seen, in the order in which registry and forge were asked:
#   PUT /api/v1/crates/new | POST /api/v1/repos/acme/orders/tags
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"; [ -z "${server:-}" ] || kill "$server"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check astral-dev-toolchain-release-plz==0.3.171

# A registry with a sparse index, and a forge, that note what they are asked to write.
cat >server.py <<'PYTHON'
import hashlib, http.server, json, struct

class Both(http.server.BaseHTTPRequestHandler):
    crates = {}

    def answer(self, value, status=200):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        here = f"http://127.0.0.1:{self.server.server_port}"
        if self.path == "/index/config.json":
            self.answer({"dl": here + "/dl", "api": here})
        elif self.path == "/index/or/de/orders" and self.crates:
            self.answer(self.crates["line"])
        elif self.path == "/dl/orders/1.0.0/download" and self.crates:
            self.answer(self.crates["file"])
        else:
            self.answer({}, 404)

    def write(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with open("asked", "a") as asked:
            asked.write(f"{self.command} {self.path}\n")
        if self.command == "PUT":
            told = struct.unpack("<I", body[:4])[0]
            self.crates["file"] = body[8 + told:]
            digest = hashlib.sha256(self.crates["file"]).hexdigest()
            line = {"name": "orders", "vers": "1.0.0", "deps": [], "features": {}, "cksum": digest, "yanked": False}
            self.crates["line"] = json.dumps(line).encode() + b"\n"
        self.answer({"warnings": {}}, 200 if self.command == "PUT" else 201)

    do_PUT = do_POST = write

    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Both)
with open("port", "w") as port:
    port.write(str(server.server_port))
server.serve_forever()
PYTHON
mkfifo port
python3 server.py &
server=$!
port=$(cat port)

export GIT_CONFIG_GLOBAL="$PWD/gitconfig"
git config --file gitconfig user.name A && git config --file gitconfig user.email a@example.org
git init -q --bare -b main remote.git && git clone -q remote.git work 2>/dev/null && cd work && git checkout -q -b main
mkdir src .cargo && echo 'fn main() {}' >src/main.rs && echo /target >.gitignore
printf '[registries.here]\nindex = "sparse+http://127.0.0.1:%s/index/"\n' "$port" >.cargo/config.toml
printf '[package]\nname = "orders"\nversion = "1.0.0"\nedition = "2021"\nlicense = "MIT"\ndescription = "Orders"\npublish = ["here"]\n' >Cargo.toml
printf '[workspace]\ngit_release_enable = false\n' >release-plz.toml
printf '# Changelog\n\n## [1.0.0] - 2026-01-02\n\n- One\n' >CHANGELOG.md
cargo generate-lockfile --quiet --offline
git add -A && git commit -q -m one && git push -q origin main
export CARGO_REGISTRIES_HERE_TOKEN=none
../tools/bin/release-plz release --git-token none --forge gitea --repo-url "http://127.0.0.1:$port/acme/orders" >../log 2>&1 || { cat ../log >&2; exit 1; }

expect() { # what, seen, expected
  printf '%-8s %s\n' "$1:" "$2"
  [ "$2" = "$3" ] || { echo "this has changed: it was '$3'" >&2; exit 1; }
}
help=$(../tools/bin/release-plz release --help | tr '\n' ' ')
expect help "$(grep -qE 'a tag.*then publish' <<<"$help" && echo 'the tag, then the upload')" 'the tag, then the upload'
expect asked "$(paste -sd '|' ../asked | sed 's/|/ | /g')" "PUT /api/v1/crates/new | POST /api/v1/repos/acme/orders/tags"
