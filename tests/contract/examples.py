#!/usr/bin/env python3
"""Holds every example of the API's description against the schema that it stands beside.

    tests/contract/examples.py OPENAPI.json        with a Python that has jsonschema_rs
"""

import json
import sys

import jsonschema_rs

METHODS = ("get", "post", "put", "patch", "delete", "head", "options")


def bodies(document):
    """Where, schema, and what stands beside it as an example."""
    for path, item in document["paths"].items():
        for method in METHODS:
            operation = item.get(method, {})
            here = f"{method.upper()} {path}"
            contents = [(f"{here} body", operation.get("requestBody", {}))]
            contents += [(f"{here} {status}", answer) for status, answer in operation.get("responses", {}).items()]
            for place, holder in contents:
                yield from media(document, place, holder)
            for parameter in operation.get("parameters", []) + item.get("parameters", []):
                parameter = resolved(document, parameter)
                yield from given(f"{here} ?{parameter['name']}", parameter.get("schema", {}), parameter)
    for name, schema in document["components"]["schemas"].items():
        yield from inside(f"schema {name}", schema)


def resolved(document, thing):
    while "$ref" in thing:
        here = document
        for step in thing["$ref"].removeprefix("#/").split("/"):
            here = here[step.replace("~1", "/").replace("~0", "~")]
        thing = here
    return thing


def media(document, place, holder):
    holder = resolved(document, holder)
    for kind, content in holder.get("content", {}).items():
        yield from given(f"{place} {kind}", content.get("schema", {}), content)
    for name, header in holder.get("headers", {}).items():
        header = resolved(document, header)
        yield from given(f"{place} header {name}", header.get("schema", {}), header)


def given(place, schema, holder):
    if "example" in holder:
        yield place, schema, holder["example"]
    for name, example in holder.get("examples", {}).items():
        if "value" in example:
            yield f"{place} “{name}”", schema, example["value"]


def inside(place, schema):
    """A schema's own examples, and those of its parts."""
    if not isinstance(schema, dict):
        return
    bare = {key: value for key, value in schema.items() if key not in ("example", "examples")}
    for example in schema.get("examples", []) + ([schema["example"]] if "example" in schema else []):
        yield place, bare, example
    for key in ("properties", "patternProperties", "$defs"):
        for name, part in schema.get(key, {}).items():
            yield from inside(f"{place}.{name}", part)
    for key in ("items", "additionalProperties"):
        yield from inside(f"{place}.{key}", schema.get(key))
    for key in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(key, []):
            yield from inside(place, part)


def main():
    document = json.load(open(sys.argv[1]))
    count, faults = 0, []
    for place, schema, example in bodies(document):
        count += 1
        whole = {"components": document["components"], "allOf": [schema]}
        validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        faults += [f"{place}: {error.message} at {'/'.join(map(str, error.instance_path)) or 'the whole'}" for error in validator.iter_errors(example)]
    for fault in faults:
        print(fault)
    print(f"{count} examples, {len(faults)} do not fit their schema")
    return 1 if faults or count < 500 else 0


if __name__ == "__main__":
    sys.exit(main())
