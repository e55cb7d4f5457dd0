"""Writes the made-up registers of the shipped region; see `__main__` for how to run it."""
