"""Holds recorded REST traffic against Discord's own OpenAPI description.

A record is what `tenanttui sandbox --record FILE` writes: JSON lines with method, path, body (or null), status, answer."""

import functools
import json
import os
import re
import warnings

warnings.filterwarnings("ignore", category=DeprecationWarning)
import jsonschema  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DESCRIPTION = os.path.join(os.path.dirname(ROOT), "shared", "discord", "openapi.json")


class Contract:
    def __init__(self, path=DESCRIPTION):
        with open(path, encoding="utf-8") as f:
            self.document = json.load(f)
        self.resolver = jsonschema.RefResolver("", self.document)
        self.routes = []
        for template, operations in self.document["paths"].items():
            pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(template).replace("@", "@"))
            literal = len(re.sub(r"\{[^}]*\}", "", template))
            self.routes.append((-literal, re.compile(pattern + "$"), template, operations))
        self.routes.sort(key=lambda route: route[0])
        self.validators = {}

    def operation(self, method, path):
        path = re.sub(r"^/api/v10", "", path.split("?")[0])
        for _, pattern, template, operations in self.routes:
            if pattern.match(path) and method.lower() in operations:
                return template, operations[method.lower()]
        return None, None

    def resolve(self, node):
        while "$ref" in node:
            node = self.resolver.resolve(node["$ref"])[1]
        return node

    def complaints(self, schema, value, where):
        key = json.dumps(schema, sort_keys=True)
        if key not in self.validators:
            self.validators[key] = jsonschema.Draft202012Validator(schema, resolver=self.resolver)
        found = []
        for error in self.validators[key].iter_errors(value):
            deepest = jsonschema.exceptions.best_match([error])
            spot = "/".join(str(p) for p in deepest.absolute_path)
            found.append(f"{where} at {spot or 'top'}: {deepest.message[:300]}")
        return found

    def request(self, entry):
        """What is wrong with a request; an operation that the description does not have is one complaint."""
        template, operation = self.operation(entry["method"], entry["path"])
        name = f"{entry['method']} {entry['path']}"
        if not operation:
            return [f"{name}: no such operation in the description"]
        if entry.get("body") is None:
            body = self.resolve(operation.get("requestBody", {}))
            return [f"{name}: a body is required"] if body.get("required") else []
        content = self.resolve(operation.get("requestBody", {})).get("content", {})
        media = content.get("application/json") or next(iter(content.values()), None)
        if not media:
            return [f"{name}: no body is expected"]
        return self.complaints(media["schema"], entry["body"], f"{name}: request")

    def answer(self, entry):
        """What is wrong with an answer."""
        _, operation = self.operation(entry["method"], entry["path"])
        name = f"{entry['method']} {entry['path']} -> {entry['status']}"
        if not operation:
            return []
        responses = operation["responses"]
        status = str(entry["status"])
        response = responses.get(status) or responses.get(status[0] + "XX") or responses.get("default")
        if response is None:
            return [f"{name}: no such status in the description"]
        content = self.resolve(response).get("content", {})
        media = content.get("application/json")
        if not media:
            return [f"{name}: a body where none is expected"] if entry.get("answer") is not None and not content else []
        if entry.get("answer") is None:
            return [f"{name}: no body"]
        return self.complaints(media["schema"], entry["answer"], f"{name}: answer")


def shape(value):
    """What kinds of things a document is made of, and where: two of one shape are described alike."""
    if isinstance(value, dict):
        return tuple((key, shape(each)) for key, each in sorted(value.items()))
    if isinstance(value, list):
        return tuple(sorted({repr(shape(each)) for each in value}))
    return value if isinstance(value, bool) else type(value).__name__


def complaints_about(path):
    """What does not fit in the record of one sandbox: each answer, and each request that was taken. A shape is looked
    at once; what a test ordered to go wrong is left out."""
    description, seen, found = loaded(), set(), []
    for entry in entries(path):
        if entry.get("fault") not in (None, "latency"):
            continue
        template, _ = description.operation(entry["method"], entry["path"])
        key = repr((entry["method"], template, entry["status"], shape(entry["body"]), shape(entry.get("answer"))))
        if key not in seen:
            seen.add(key)
            found += description.answer(entry) + (description.request(entry) if entry["status"] < 400 else [])
    return found


@functools.cache
def loaded():
    return Contract()


def available():
    return os.path.exists(DESCRIPTION)


def entries(path):
    with open(path, encoding="utf-8") as f:
        for line in f:
            if line.strip():
                yield json.loads(line)
