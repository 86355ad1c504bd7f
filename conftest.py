"""Settings of all tests."""

from hypothesis import settings

# How long an example takes says more about how busy the computer is than about the code.
settings.register_profile("asterism", deadline=None)
settings.load_profile("asterism")
