"""What `arende retention` does: lists what is due, has it approved, erases and proves it."""
