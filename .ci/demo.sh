#!/usr/bin/env bash
# Runs `make demo` and reads what it tells: six services placed, a case decided, another escalated,
# nothing left running.
set -euo pipefail
told=$1/demo.log

timeout 300 make demo 2>&1 | tee "$told"

for sentence in \
  "Renew a prescription (Förnya recept)" \
  "Cancel or rebook a visit (Av- eller omboka besök)" \
  "Contraception (Preventivmedel)" \
  "Renew aids (Förnya hjälpmedel)" \
  "Renew special food and accessories (Förnya speciallivsmedel och tillbehör)" \
  "Certificates (Intyg)" \
  "Outcome: approved" \
  "admitted: unit, role and promise are known" \
  "escalated" \
  "told of the delay" \
  "Nobody was left in silence" \
  "Everything has been stopped"; do
  grep -qF -- "$sentence" "$told" || { echo "make demo did not say: $sentence" >&2; exit 1; }
done

for port in "${ARENDE_HTTP_PORT:-8080}" "${ARENDE_TEMPORAL_PORT:-7233}" "${ARENDE_UI_PORT:-8233}"; do
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    echo "make demo left something listening on $port" >&2
    exit 1
  fi
done
