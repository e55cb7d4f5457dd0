"""What `arende audit` does: verify, keep, draw and export."""
