"""The pure core: what a practice's rules mean. No input or output, no clock, no network."""
