"""The same client three ways: straight to the server, through the gateway's root, through a service's prefix.

What holds for `direct` and not for the others is the gateway's doing.
"""
PLACES = ("direct", "root", "prefix")


def openai_base(place, hub, servers, service):
    """What an OpenAI client is given as base URL for a service of the hub."""
    return {"direct": f"{getattr(servers, service)}/v1", "root": f"{hub.url}/v1", "prefix": f"{hub.url}/{service}/v1"}[place]


def plain_base(place, hub, servers, service):
    """What clients are given that add /v1 or /api themselves."""
    return {"direct": getattr(servers, service), "root": hub.url, "prefix": f"{hub.url}/{service}"}[place]


SENTENCE = " Hello from a tiny real model, light and water scatter each declaration wave\U0001f308: one two three four five six seven eight nine ten."

WEATHER = {"type": "function", "function": {
    "name": "get_weather", "description": "The weather of a city",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}

CITY_SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}, "ok": {"type": "boolean"}},
               "required": ["city", "ok"], "additionalProperties": False}

# A red dot, 1 by 1.
PIXEL = ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==")
