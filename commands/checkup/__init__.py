"""What `arende doctor` looks at: one module for each part of a region's profile."""
