"""Values that fit a JSON schema, and some that do not, as hypothesis strategies."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import strategies as st

NAMES: Final[dict[str, tuple[str, ...]]] = {
    "device": ("trunk/user", "trunk/user/3", "trunk/network", "trunk/network/31", "group/none", ""),
    "agentDevice": ("trunk/user", ""),
    "trunk": ("user", "network", "none"),
    "span": ("b0/1", "b0/2", "b0/9"),
    "line": ("user/1", "network/2", "none/1"),
    "message": ("m.wav", "new.wav", "none.wav", "../out.wav", ""),
    "file": ("m.wav", "page.tif", "none.tif", "../x", ""),
    "tone": ("CN/busy", "dial", "none"),
    "music": ("", "waiting", "none"),
    "picked": (),
    "session": ("", "one", "two"),
    "to": ("one", "operate", "100", "8002", "trunk/user", ""),
    "orbit": ("", "7"),
    "board": ("", "b0", "none"),
    "called": ("100", "8001", "8002", "8100", "5551000", ""),
    "circuits": ("1", "2-4", "1-4", "5", "17", "1-31"),
}
"""By a field's name: texts that mean something to the rig, and some that do not."""
CALLS: Final = frozenset(
    [
        "callId",
        "other",
        "coached",
        "consulting",
        "heldCall",
        "activeCall",
        "forCall",
        "picked",
        "conference",
        "agents",
    ]
)
USUAL: Final = frozenset(["callId", "called", "message", "circuits", "trunk"])
"""Fields that most requests have, also where they may be left out."""
ANYTHING: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
    ),
    max_leaves=3,
)


def fitting(schema: dict[str, Any], schemas: dict[str, Any], name: str = "") -> st.SearchStrategy:
    """Values that the schema takes. ``name``: of the field, where it tells what is meant."""
    if "$ref" in schema:
        return fitting(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas, name)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "const" in schema:
        return st.just(schema["const"])
    if "anyOf" in schema:
        return st.one_of([fitting(s, schemas, name) for s in schema["anyOf"]])
    return _OF_TYPE[schema.get("type", "null")](schema, schemas, name)


def mostly(known: st.SearchStrategy, others: st.SearchStrategy) -> st.SearchStrategy:
    """One in eight is of the others."""
    return st.integers(0, 7).flatmap(lambda n: others if n == 7 else known)


def _integer(schema: dict[str, Any], schemas: dict[str, Any], name: str) -> st.SearchStrategy:
    low, high = schema.get("minimum"), schema.get("maximum")
    wide = st.integers(low, 2**53 if high is None else high)
    return mostly(st.integers(1, 8), wide) if name in CALLS else wide


def _number(schema: dict[str, Any], schemas: dict[str, Any], name: str) -> st.SearchStrategy:
    low = schema.get("minimum", schema.get("exclusiveMinimum", -1e9))
    out = "exclusiveMinimum" in schema
    return st.floats(low, schema.get("maximum", 1e9), allow_nan=False, exclude_min=out)


def _string(schema: dict[str, Any], schemas: dict[str, Any], name: str) -> st.SearchStrategy:
    if "pattern" in schema:
        longest = schema.get("maxLength", 64)
        made: st.SearchStrategy = st.from_regex(schema["pattern"].replace("$", r"\Z"))
        made = made.filter(lambda text: len(text) <= longest)
        return mostly(st.sampled_from(NAMES[name]), made) if NAMES.get(name) else made
    text = st.text(
        min_size=schema.get("minLength", 0), max_size=min(schema.get("maxLength", 20), 20)
    )
    return mostly(st.sampled_from(NAMES[name]), text) if NAMES.get(name) else text


def _array(schema: dict[str, Any], schemas: dict[str, Any], name: str) -> st.SearchStrategy:
    inner = schema.get("items", True)
    low = schema.get("minItems", 0)
    high = min(schema.get("maxItems", 3), max(3, low))
    single = {"trunks": "trunk", "channels": "channel", "calls": "callId"}.get(name, name)
    element = fitting(inner, schemas, single) if isinstance(inner, dict) else ANYTHING
    return st.lists(element, min_size=low, max_size=high)


def _object(schema: dict[str, Any], schemas: dict[str, Any], name: str) -> st.SearchStrategy:
    fields = schema.get("properties")
    if fields is None:
        extra = schema.get("additionalProperties", True)
        value = fitting(extra, schemas) if isinstance(extra, dict) and extra else ANYTHING
        return st.dictionaries(st.text(max_size=5), value, max_size=2)
    made = {key: fitting(value, schemas, key) for key, value in fields.items()}
    required = set(schema.get("required", ()))
    return st.fixed_dictionaries(
        {key: made[key] for key in required},
        optional={key: value for key, value in made.items() if key not in required},
    )


_OF_TYPE: Final = {
    "integer": _integer,
    "number": _number,
    "string": _string,
    "array": _array,
    "object": _object,
    "boolean": lambda schema, schemas, name: st.booleans(),
    "null": lambda schema, schemas, name: st.none(),
}


def requests(document: dict[str, Any], methods: list[str]) -> st.SearchStrategy:
    """(method, params, whether they fit the schema): three in four do."""
    schemas = document["components"]["schemas"]
    made = []
    for method in document["methods"]:
        if method["name"] not in methods:
            continue
        fields = {p["name"]: fitting(p["schema"], schemas, p["name"]) for p in method["params"]}
        required = {p["name"] for p in method["params"] if p["required"]}
        good = st.fixed_dictionaries(
            {name: fields[name] for name in fields if name in required},
            optional={name: fields[name] for name in fields if name not in required},
        )
        least = st.fixed_dictionaries(
            {name: fields[name] for name in fields if name in required or name in USUAL}
        )
        names = st.sampled_from([*fields, "nonsense"])
        bad = st.tuples(good, names, ANYTHING).map(lambda x: {**x[0], x[1]: x[2]})
        name = method["name"]
        shape = {
            "least": st.tuples(st.just(name), least, st.just(True)),
            "good": st.tuples(st.just(name), good, st.just(True)),
            "bad": st.tuples(st.just(name), bad, st.just(False)),
        }
        made.append(st.sampled_from(("least", "good", "least", "bad")).flatmap(shape.__getitem__))
    return st.one_of(made)
