"""Whether the ports a local stack wants are free."""

import errno
import socket
from collections.abc import Mapping

from runtime.errors import OperatorError


class PortTakenError(OperatorError):
    """Another process listens where we must."""


def check_ports(host: str, wanted: Mapping[str, int]) -> None:
    """Check that nobody listens on the ports, given by the variable that moves each.

    Raises:
        PortTakenError: one is taken, or wanted twice.
    """
    taken = [name for name, port in wanted.items() if _is_taken(host, port)]
    if taken:
        named = " and ".join(f"port {wanted[name]} is taken (set {name})" for name in taken)
        raise PortTakenError(f"Cannot start: {named}")
    if len(set(wanted.values())) < len(wanted):
        raise PortTakenError(f"Cannot start: {', '.join(wanted)} must differ")


def _is_taken(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the servers do: a connection that just closed does not hold the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return True
            raise
    return False
