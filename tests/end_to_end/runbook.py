"""Pages of the runbook as what can be run: their shell blocks as they stand, and what they say."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tests.region import ROOT

PAGES = ROOT / "docs" / "operations"
OVER = "When it is over"
_PARTS = re.compile(
    r"^#+ (?P<heading>[^\n]+)$"
    r"|^```bash\n(?P<commands>.*?)^```\n(?:\n```text\n(?P<said>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)
_ENDS_WITH = re.compile(r"# ends with (\d+)$", re.MULTILINE)
_NOT_RUN = re.compile(r"# not run: \S")


@dataclass(frozen=True)
class Step:
    """A shell block, the heading it stands under, and the lines that it must print."""

    heading: str
    commands: str
    said: tuple[str, ...]

    @property
    def is_run(self) -> bool:
        return _NOT_RUN.match(self.commands) is None

    @property
    def exit_codes(self) -> set[int]:
        """How it must end: the code that a comment names, else 0."""
        return {int(code) for code in _ENDS_WITH.findall(self.commands)} or {0}


def steps_of(page: str) -> list[Step]:
    """Return the blocks of `docs/operations/{page}.md`, in order."""
    heading, steps = "", []
    for part in _PARTS.finditer((PAGES / f"{page}.md").read_text(encoding="utf-8")):
        heading = part["heading"] or heading
        if part["commands"]:
            said = tuple((part["said"] or "").splitlines())
            steps.append(Step(heading, part["commands"], said))
    return steps


class Walk:
    """A page that is being followed: its headings in any order, each as often as wanted."""

    def __init__(self, page: str, variables: Mapping[str, str]) -> None:
        run = [step for step in steps_of(page) if step.is_run]
        self._parts = {name: list(steps) for name, steps in groupby(run, lambda step: step.heading)}
        self._variables = variables
        self.left = set(self._parts)

    async def do(self, heading: str) -> str:
        """Run what stands under the one heading that contains *heading*; return what it printed."""
        [name] = [known for known in self._parts if heading in known]
        printed = "".join([await self._run(step) for step in self._parts[name]])
        self.left.discard(name)
        return printed

    async def _run(self, step: Step) -> str:
        process = await asyncio.create_subprocess_exec(
            *("bash", "-uo", "pipefail", "-c", _stopping_early(step)),
            cwd=ROOT,
            env=dict(self._variables),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed = (await process.communicate())[0].decode()
        ended = f"{step.commands}ended with {process.returncode} and said:\n{printed}"
        assert process.returncode in step.exit_codes, ended
        missing = [line for line in step.said if not is_in(line, printed)]
        assert missing == [], ended
        return printed


def _stopping_early(step: Step) -> str:
    """Make one failing command end the block, unless the page says how it ends."""
    return step.commands if step.exit_codes != {0} else f"set -e\n{step.commands}"


def is_in(line: str, printed: str) -> bool:
    """Whether a line of a page, in which … stands for anything, is in what was printed."""
    pattern = ".*".join(re.escape(part) for part in line.split("…"))
    return re.search(pattern, printed) is not None


@asynccontextmanager
async def following(page: str, variables: Mapping[str, str]) -> AsyncIterator[Walk]:
    """Follow a page; at the end every block that can be run must have been."""
    walk = Walk(page, variables)
    yield walk
    assert walk.left == set(), f"{page} was not followed to its end"


def page_names() -> list[str]:
    """Return the pages that are followed: all but the index and the entries of alerts."""
    return sorted(Path(page).stem for page in PAGES.glob("*.md") if page.stem not in _OTHERS)


_OTHERS = {"README", "alerts"}
