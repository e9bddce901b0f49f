"""What a therapist and a practice manager see: the preview as text and as JSON, and the short lines of a sync.

Every view works from the same value, `scheduler.outcome.Outcome`, reads no clock and prints nothing itself: a
view is text that the command writes out. Nothing of an event is known here but its times and its kind, so no view can
name a client.
"""
