"""Remembers every secret that a test made, so that the last test can look for them where they must not be."""

_secrets = {}


def remember(secret, travels=False):
    """Returns it, for use in an expression. One that is not the gateway's own may travel to the upstream."""
    _secrets[secret] = travels
    return secret


def secrets(that_stay=False):
    """All, or only those that must not leave the gateway."""
    return sorted(secret for secret, travels in _secrets.items() if not (travels and that_stay))
