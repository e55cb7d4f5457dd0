"""What the person who starts a process can be told in one line and put right."""


class OperatorError(Exception):
    """A process cannot start or go on; the message says what to change, never a secret."""
