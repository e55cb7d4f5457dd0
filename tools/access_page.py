"""Writes the table of docs/access.md from the access matrix: `python -m tools.access_page`."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from api.access_matrix import AccessMatrix, MatrixRow, load_matrix

PAGE = Path("docs/access.md")

_BEGINS = "<!-- begin: made by tools/access_page.py -->"
_ENDS = "<!-- end -->"


def render(page: Path, matrix: AccessMatrix) -> str:
    """Return the text of *page* with what lies between the marks made anew from *matrix*."""
    before, _, rest = page.read_text(encoding="utf-8").partition(_BEGINS)
    after = rest.partition(_ENDS)[2]
    return "".join([before, _BEGINS, "\n\n", *_tables(matrix), "\n", _ENDS, after])


def _tables(matrix: AccessMatrix) -> Iterator[str]:
    yield f"{len(matrix.rows)} calls by {len(matrix.callers)} kinds of caller: "
    yield f"{matrix.cells} cells.\n\n"
    yield "| caller | is |\n|---|---|\n"
    yield from (f"| `{code}` | {who} |\n" for code, who in matrix.callers.items())
    yield "\n| call | the case | answers |\n|---|---|---|\n"
    yield from (_line(row) for row in matrix.rows)


def _line(row: MatrixRow) -> str:
    note = f"; {row.note}" if row.note else ""
    return f"| `{row.call}`{note} | {row.state or ''} | {_answers(row.statuses)} |\n"


def _answers(statuses: Mapping[str, int]) -> str:
    by_status: dict[int, list[str]] = {}
    for caller, status in statuses.items():
        by_status.setdefault(status, []).append(caller)
    if len(by_status) == 1:
        return f"**{next(iter(by_status))}** everybody"
    return "<br>".join(
        f"**{status}** {', '.join(callers)}" for status, callers in sorted(by_status.items())
    )


def main() -> None:
    """Write the page."""
    text = render(PAGE, load_matrix())
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
