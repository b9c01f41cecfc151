#!/bin/sh
# Registers for calls that reach 0003*210, places a call, and waits until its webhook is delivered.
# In other shells: uapi-emulator serve, and uapi-emulator catch, which prints the webhook.
set -eu
uapi=${UAPI_URL:-http://127.0.0.1:4772}
receiver=${RECEIVER_URL:-http://127.0.0.1:4773}

post() { curl --silent --show-error --fail-with-body -H 'Content-Type: application/json' "$@"; echo; }

echo '# The event: GET the url when a call reaches the extension.'
event=$(post -H 'Authorization: Bearer emulator-user-token' "$uapi/uapi/extensions/@me/0003*210/phoneCallEvents/0" \
  -d "{\"method\":\"0\",\"url\":\"$receiver/ringing\",\"note\":\"Made by the curl example\"}")
echo "$event"
made=$(echo "$event" | sed 's/.*"id":"\([^"]*\)".*/\1/')

echo '# The call: it rings, is answered and ends at once.'
call=$(post "$uapi/_emulator/calls" -d '{"from":"+40700000001","to":"0003*210","callerName":"Ana"}')
id=$(echo "$call" | sed 's/.*"callId":"\([^"]*\)".*/\1/')
echo "$id"

echo '# The webhook: wait for it, ten seconds at most.'
post "$uapi/_emulator/deliveries/verify" \
  -d "{\"match\":{\"callId\":\"$id\",\"eventId\":\"$made\",\"state\":\"delivered\"},\"timeoutMs\":10000}"
