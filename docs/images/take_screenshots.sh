#!/usr/bin/env bash
# Makes the pictures of the Temporal UI anew: cases on a running local stack, seen by Chromium.
# Start `make up` on an empty ARENDE_DATA_DIR first. CHROMIUM names another browser of its kind.
set -euo pipefail
cd "$(dirname "$0")/../.."

http=http://127.0.0.1:${ARENDE_HTTP_PORT:-8080}
ui=http://127.0.0.1:${ARENDE_UI_PORT:-8233}/namespaces/default/workflows
debugger=9333
arende=.venv/bin/arende
answers='{"items": [{"npl_id": "20001103000015", "dose_now": "1 tablet in the morning",
  "taken_as_prescribed": true, "effect": "good", "side_effects": false, "supply_left_days": 20}],
  "addictive_declared": false, "prescribed_by": "this_unit", "contact_phone": "+46701740605"}'

post() { # token, path, body
  curl --fail --silent --show-error "$http$2" -H "Authorization: Bearer $1" -d "$3" \
    -H "Idempotency-Key: picture-$RANDOM-x-$RANDOM" \
    -H "Content-Type: application/json" -H "Prefer: wait=2"
}

submit() {
  post "$citizen" /v1/cases "{\"service\": \"prescription_renewal\", \"answers\": $answers}" |
    sed -n 's/.*"case_id":"\([^"]*\)".*/\1/p'
}

shoot() { # file, address, text to wait for, height
  .venv/bin/python docs/images/photograph.py "$debugger" "$2" "$3" "$4" "docs/images/$1"
}

citizen=$($arende token citizen 197005109819 | tail -n 1)
physician=$($arende token staff SE5560000000-TEST101 | tail -n 1)

for _ in 1 2 3; do submit >/dev/null; done
waiting=$(submit)
post "$physician" "/v1/cases/$waiting/take" '{}' >/dev/null
post "$physician" "/v1/cases/$waiting/ask-patient" '{"text": "Since when?"}' >/dev/null
$arende case fast-forward "$waiting" --days 4 >/dev/null
late=$(submit)
$arende case fast-forward "$late" --days 4 >/dev/null

profile=$(mktemp -d)
"${CHROMIUM:-chromium}" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
  --disable-background-networking --disable-component-update --disable-sync \
  --remote-debugging-port="$debugger" --user-data-dir="$profile" about:blank 2>/dev/null &
browser=$!
trap 'kill "$browser"; wait "$browser" 2>/dev/null || true; sleep 1; rm -rf "$profile"' EXIT
until curl --silent "http://127.0.0.1:$debugger/json/version" >/dev/null; do :; done

run=$(.venv/bin/temporal workflow describe --workflow-id "case-$waiting" --output json \
  --address "127.0.0.1:${ARENDE_TEMPORAL_PORT:-7233}" | sed -n 's/.*"runId": "\([^"]*\)".*/\1/p' | head -n 1)

shoot temporal-ui-case.png "$ui/case-$waiting" "ops: patient silence 7" 1100
shoot temporal-ui-details.png "$ui/case-$waiting/$run/user-metadata" "Press the" 640
shoot temporal-ui-list.png "$ui?query=CaseState%3D%22queued%22" "case-$late" 760
