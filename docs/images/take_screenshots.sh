#!/usr/bin/env bash
# Makes the pictures of the Temporal UI anew: cases on a running local stack, then Chromium.
# Start `make up` first. CHROMIUM names the browser if it is not called chromium.
set -euo pipefail
cd "$(dirname "$0")/../.."

http=http://127.0.0.1:${ARENDE_HTTP_PORT:-8080}
ui=http://127.0.0.1:${ARENDE_UI_PORT:-8233}/namespaces/default/workflows
arende=.venv/bin/arende
citizen=197005109819
physician=SE5560000000-TEST101
answers='{"items": [{"npl_id": "20001103000015", "dose_now": "1 tablet in the morning",
  "taken_as_prescribed": true, "effect": "good", "side_effects": false, "supply_left_days": 20}],
  "addictive_declared": false, "prescribed_by": "this_unit", "contact_phone": "+46701740605"}'

post() { # token path body
  curl --fail --silent --show-error "$http$2" -H "Authorization: Bearer $1" \
    -H "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)" \
    -H "Content-Type: application/json" -H "Prefer: wait=2" -d "$3"
}

submit() {
  post "$from_citizen" /v1/cases "{\"service\": \"prescription_renewal\", \"answers\": $answers}" |
    sed -n 's/.*"case_id":"\([^"]*\)".*/\1/p'
}

shoot() { # file address height
  local profile
  profile=$(mktemp -d)
  "${CHROMIUM:-chromium}" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync \
    --user-data-dir="$profile" --window-size=1600,"$3" --virtual-time-budget=15000 \
    --screenshot="docs/images/$1" "$2"
  rm -rf "$profile"
}

from_citizen=$($arende token citizen "$citizen" | tail -n 1)
from_physician=$($arende token staff "$physician" | tail -n 1)

for _ in 1 2 3; do submit >/dev/null; done
handled=$(submit)
post "$from_physician" "/v1/cases/$handled/take" '{}' >/dev/null
waiting=$(submit)
post "$from_physician" "/v1/cases/$waiting/take" '{}' >/dev/null
post "$from_physician" "/v1/cases/$waiting/ask-patient" '{"text": "Since when?"}' >/dev/null
$arende case fast-forward "$waiting" --days 4 >/dev/null
late=$(submit)
$arende case fast-forward "$late" --days 4 >/dev/null
sleep 2 # the list is fed a moment after the cases

shoot temporal-ui-case.png "$ui/case-$waiting" 1200
shoot temporal-ui-list.png "$ui?query=CaseState%3D%22queued%22" 700
