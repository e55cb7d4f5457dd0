"""What maintainers run by hand; nothing of the running system imports it."""
