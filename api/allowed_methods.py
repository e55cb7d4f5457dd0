"""Which methods a path of the API answers, for the `Allow` of a 405 (RFC 9110 10.2.1)."""

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts


def methods_at(app: FastAPI, path: str) -> tuple[str, ...]:
    """Return the methods of all routes of *path* in alphabetical order; none where no route is.

    Whatever is read by GET is read by HEAD.
    """
    served: set[str] = set()
    for context in iter_route_contexts(app.routes):
        if context.path_regex is not None and context.path_regex.match(path):
            served |= context.methods or set()
    return tuple(sorted(served | {"HEAD"} if "GET" in served else served))
