"""How Hypothesis searches: anew each time at a desk, the same examples each time where HYPOTHESIS_PROFILE=ci."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("dev")
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))
