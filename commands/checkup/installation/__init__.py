"""What `arende doctor` looks at in a running installation: one module for each thing it needs."""
