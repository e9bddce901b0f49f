"""The years in which anything is planned. Imports nothing: the command line asks before anything is loaded."""

YEARS = (1970, 2200)
"""The first and the last: near the ends of what a datetime can hold, days and zones overflow."""
