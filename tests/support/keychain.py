"""Remembers every secret that a test made, so that the last test can look for them where they must not be."""

_secrets = set()


def remember(secret):
    """Returns it, for use in an expression."""
    _secrets.add(secret)
    return secret


def secrets():
    return sorted(_secrets)
