"""The sub-commands of `arende`, one module a subject; cli.py gathers them."""
