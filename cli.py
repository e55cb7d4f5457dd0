"""The `arende` command: gathers the sub-commands from commands/."""

import os
import sys
from typing import Any

import typer
from typing_extensions import override

from commands import (
    audit,
    calendar,
    case,
    codec_server,
    demo,
    deployment,
    doctor,
    keys,
    notices,
    openapi,
    protected,
    reconcile,
    register,
    retention,
    stack,
    token,
)
from runtime.core_dumps import forbid_core_dumps


class Command(typer.Typer):
    """A command that ends at once when it is done.

    Threads of the Temporal client may abort an interpreter that is being torn down (open bug
    sdk-python#300): exit code 134 after all the work was done. So there is no teardown.
    """

    @override
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        forbid_core_dumps()
        try:
            super().__call__(*args, **kwargs)
        except SystemExit as ended:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(ended.code if isinstance(ended.code, int) else int(ended.code is not None))


app = Command(
    name="arende",
    help="Durable case processing for the digital services of a health-care region.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
app.add_typer(stack.app)
app.add_typer(notices.app, name="notices")
app.add_typer(reconcile.app)
app.add_typer(protected.app, name="protected")
app.add_typer(demo.app)
app.add_typer(doctor.app)
app.add_typer(openapi.app)
app.add_typer(case.app, name="case")
app.add_typer(audit.app, name="audit")
app.add_typer(calendar.app, name="calendar")
app.add_typer(register.app, name="import")
app.add_typer(token.app, name="token")
app.add_typer(retention.app, name="retention")
app.add_typer(deployment.app, name="deployment")
app.add_typer(codec_server.app)
app.add_typer(keys.app, name="keys")

if __name__ == "__main__":
    app()
