#!/bin/sh
# One of several workers on one server, each in its own sandbox: a call, and exactly one webhook.
# The emulator runs in another terminal: see README.md.
set -eu
uapi=${UAPI_URL:-http://127.0.0.1:4772}
name=worker-$$

ask() { curl --silent --show-error --fail-with-body -H 'Content-Type: application/json' "$@"; echo; }

ask "$uapi/_emulator/sandboxes" -d "{\"name\":\"$name\"}"
trap 'ask -X DELETE "${uapi%/sandboxes/*}/_emulator/sandboxes/$name"' EXIT
uapi=$uapi/sandboxes/$name

ask -H 'Authorization: Bearer emulator-user-token' "$uapi/uapi/extensions/@me/0003*210/phoneCallEvents/2" \
  -d "{\"method\":\"0\",\"url\":\"${RECEIVER_URL:-http://127.0.0.1:4773}/$name\"}" >&2
ask "$uapi/_emulator/calls" -d '{"from":"0003*211","to":"0003*210","ringMs":200}' >&2
ask "$uapi/_emulator/deliveries/verify" -d '{"match":{"moment":"hangup"},"count":1,"timeoutMs":10000}'
ask "$uapi/_emulator/requests/verify" -d '{"match":{"operation":"create"},"count":1}'
