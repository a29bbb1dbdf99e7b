"""Settings of a test run: the project's, on the run's own server.

Importing them settles its address, tests/conftest.py starts it.
"""

from tests import own_server

own_server.begin()

from obc_analytics.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a real one takes half a second
MIDDLEWARE = [
    {"obc_analytics.statics.VersionedStatics": "tests.statics.FoundOnce"}.get(name, name)
    for name in MIDDLEWARE  # noqa: F405
]
