"""Makes one bash script of a page's `bash` blocks, so that what the page says is what runs.

Blocks run in order and in one shell, as a reader would paste them. A comment right before a
block changes that: `<!-- ci: background -->` runs it beside the rest until the end, which waits
for its first line with "Ctrl-C"; `<!-- ci: skip, WHY -->` leaves it out. An HTTP error fails.
"""

import re
import shlex
import sys
from pathlib import Path

_BLOCK = re.compile(
    r"^(?:<!-- ci: (?P<how>.*?) -->\s*\n)?```bash\n(?P<commands>.*?)^```\s*$",
    re.MULTILINE | re.DOTALL,
)
_HEAD = r"""
set -euo pipefail
log=$(mktemp)
groups=()
at_end() {
  status=$?
  for group in "${groups[@]}"; do
    kill -TERM -- "-$group" || true
    for _ in $(seq 60); do kill -0 -- "-$group" 2>/dev/null || break; sleep 0.5; done
  done
  [ "$status" -eq 0 ] || cat "$log"
  rm -f "$log"
  exit "$status"
}
trap at_end EXIT
curl() { command curl --fail-with-body "$@"; }
background() {
  setsid bash -euo pipefail -c "$1" >>"$log" 2>&1 &
  groups+=("$!")
  for _ in $(seq 240); do
    if grep -q "Ctrl-C" "$log"; then return; fi
    kill -0 "$!" || return 1
    sleep 0.5
  done
  return 1
}
"""


class UnknownMarkerError(Exception):
    """A comment before a block says something that is not known."""


def script_of(page: str) -> str:
    """Return the script; raises `UnknownMarkerError` for a comment with another word."""
    return _HEAD + "".join(_part(block) for block in _BLOCK.finditer(page))


def _part(block: re.Match[str]) -> str:
    how, commands = block["how"] or "", block["commands"]
    shown = "".join(f"echo {shlex.quote(f'$ {line}')}\n" for line in commands.splitlines())
    if how == "background":
        return f"{shown}background {shlex.quote(commands)}\n"
    if how.startswith("skip, "):
        return f"echo {shlex.quote(f'-- {how}')}\n"
    if how:
        raise UnknownMarkerError(how)
    return f"{shown}{commands}"


if __name__ == "__main__":
    sys.stdout.write(script_of(Path(sys.argv[1]).read_text(encoding="utf-8")))
