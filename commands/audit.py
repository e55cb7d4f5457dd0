"""`arende audit`: whether the record is whole, and the keeping and review of the access log."""

import typer

from commands.auditing.incident import incident
from commands.auditing.partitions import partitions
from commands.auditing.reviews import reviews
from commands.auditing.verify import verify

app = typer.Typer(
    help="Verify the record, and keep, review and export the access log.", no_args_is_help=True
)
app.command()(verify)
app.command()(partitions)
app.command()(reviews)
app.command()(incident)
