#!/bin/sh
# Makes the namespace of our cases, with how long a closed one is kept and its search attributes.
# Safe to repeat: what is there stays. TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE say where.
set -eu

retention=30d

if ! temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$retention"
fi

attribute() { # NAME TYPE: the server learns of a new namespace some seconds late
  tries=0
  until temporal operator search-attribute create \
    --namespace "$TEMPORAL_NAMESPACE" --name "$1" --type "$2"; do
    tries=$((tries + 1))
    [ "$tries" -lt 30 ] || exit 1
    sleep 1
  done
}

attribute CaseState Keyword
attribute CaseService Keyword
attribute CaseUnit Keyword
attribute CaseRole Keyword
attribute CaseDueAt Datetime
attribute CaseOverdue Bool
attribute CaseEscalation Keyword
attribute CaseQuarantined Bool
