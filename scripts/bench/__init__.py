"""What `make bench` measures, and on what."""
