"""What `arende demo` tells, scene by scene."""
