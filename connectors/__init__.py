"""Calendars: each connector turns one kind of calendar into events, and blocks into entries."""
