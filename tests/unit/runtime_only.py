"""Imports a module and refuses whatever is installed here but not in the image; run as a script.

Arguments: the module to import, then the names of the top-level modules to refuse.
"""

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from typing_extensions import override


class Refuser(MetaPathFinder):
    """Finds nothing, and says no to what the image does not have."""

    def __init__(self, refused: frozenset[str]) -> None:
        self._refused = refused

    @override
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Refuse a module by its top-level name."""
        if fullname.partition(".")[0] in self._refused:
            raise ModuleNotFoundError(f"{fullname} is not in the image", name=fullname)
        return None


if __name__ == "__main__":
    sys.meta_path.insert(0, Refuser(frozenset(sys.argv[2:])))
    importlib.import_module(sys.argv[1])
