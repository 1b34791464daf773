#!/usr/bin/env bash
# OpenSSH 9.2p1: a time without `Z` in allowed_signers is the verifier's local time, and a day that no calendar has rolls over: the
# same file and signature are good on one machine and expired on another, at one moment.
# Guessed before: times are UTC, and `20240231` is refused.
#
# Seen of: valid-before="20240231" at 2024-03-02T01:00:00Z (the 31st of February is the 2nd of March)
#   TZ=UTC:            expired
#   TZ=America/Lima:   good
#   with Z, anywhere:  expired
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
ssh-keygen -q -t ed25519 -N '' -f key
echo x >message
ssh-keygen -q -Y sign -n file -f key message
key=$(cut -d' ' -f1,2 key.pub)
expect() { # name, zone, time of the line, expected
  echo "a valid-before=\"$3\" $key" >signers
  local seen=expired
  TZ=$2 ssh-keygen -Y verify -O verify-time=20240302010000Z -f signers -I a -n file -s message.sig <message >/dev/null 2>&1 && seen=good
  printf '%-9s %s\n' "$1:" "$seen"
  [ "$seen" = "$4" ] || { echo "this has changed: it was '$4'" >&2; exit 1; }
}
expect UTC UTC 20240231 expired
expect Lima America/Lima 20240231 good
expect Z America/Lima 20240231Z expired
