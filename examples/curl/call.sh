#!/bin/sh
# Registers for calls that reach 0003*210, places a call, waits until its webhook is delivered, and removes its event.
# The emulator and "catch", which prints the webhook, run in other terminals: see README.md.
set -eu
uapi=${UAPI_URL:-http://127.0.0.1:4772}
receiver=${RECEIVER_URL:-http://127.0.0.1:4773}

events="$uapi/uapi/extensions/@me/0003*210/phoneCallEvents/0"
user='Authorization: Bearer emulator-user-token'

ask() { curl --silent --show-error --fail-with-body "$@"; echo; }
post() { ask -H 'Content-Type: application/json' "$@"; }

echo '# The event: GET the url when a call reaches the extension.'
event=$(post -H "$user" "$events" \
  -d "{\"method\":\"0\",\"url\":\"$receiver/ringing\",\"note\":\"Made by the curl example\"}")
echo "$event"
made=$(echo "$event" | sed 's/.*"id":"\([^"]*\)".*/\1/')
trap 'echo "# The event is removed again."; ask -X DELETE -H "$user" "$events/$made"' EXIT

echo '# The call: it rings, is answered and ends at once.'
call=$(post "$uapi/_emulator/calls" -d '{"from":"+40700000001","to":"0003*210","callerName":"Ana"}')
id=$(echo "$call" | sed 's/.*"callId":"\([^"]*\)".*/\1/')
echo "$id"

echo '# The webhook: wait for it, ten seconds at most.'
post "$uapi/_emulator/deliveries/verify" \
  -d "{\"match\":{\"callId\":\"$id\",\"eventId\":\"$made\",\"state\":\"delivered\"},\"timeoutMs\":10000}"
