"""JSON Schema 2020-12 of a whole rule. It accepts what `workflow-worker validate` accepts, as far as a schema can
express that, except that case matters in keys. Each action's config is judged by the schema of its type."""

from __future__ import annotations

from codegen import form_hints, schema
from codegen.json_values import Json, Number
from codegen.spec import Action, Spec

Schema = dict[str, Json]

EDGE_TYPES = ("start", "sequence", "always", "true_branch", "false_branch", "on_error")
TEXT: Schema = {"type": ["string", "null"]}
# Schemas that many fields share and that are written only once.
SHARED: dict[str, Schema] = {
    "uuid": {"type": "string", "format": "uuid", "pattern": schema.UUID},
    "id": {"type": "string", "format": "uuid", "pattern": schema.NOT_NIL},
    "template": {"type": "string", "pattern": schema.TEMPLATE},
}


def rule_schema(spec: Spec) -> Schema:
    actions = sorted(spec.actions, key=lambda action: action.name)
    configs: Schema = {f"config_{action.name}": _config(action) for action in actions}
    return {
        "$schema": schema.DIALECT,
        "title": "Rule",
        "description": "A rule: what a run of it starts with, or its graph alone.",
        "type": "object",
        "if": {
            "anyOf": [{"required": ["graph"]}, {"not": {"anyOf": [{"required": ["actions"]}, {"required": ["edges"]}]}}]
        },
        "then": _ref("start"),
        "else": _ref("graph"),
        "$defs": {
            "start": START,
            "event": EVENT,
            "graph": GRAPH,
            "action": _action(actions),
            "edge": EDGE,
            **SHARED,
            "nobody": {"anyOf": [{"enum": [None, ""]}, {"type": "string", "pattern": "^[-0{}]*$"}]},
            **configs,
        },
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _member(place: int, title: str, text: str, widget: str, *parts: Schema) -> Schema:
    made: Schema = {"title": title, "description": text, "x-order": Number(str(place)), "x-widget": widget}
    for part in parts:
        made |= part
    return made


START: Schema = {
    "title": "Start of a rule",
    "description": "What a run starts with: the rule, and the event that starts it.",
    "type": "object",
    "required": ["rule_id", "graph"],
    "properties": {
        "rule_id": _member(0, "Rule", "The id of the rule.", "id", _ref("id")),
        "rule_name": _member(1, "Name", "The name of the rule, for people.", "text"),
        "execution_id": _member(
            2, "Execution", "The id of this start of the rule: its effects occur once.", "id", _ref("id")
        ),
        "trigger_data": _member(3, "Event", "The record, and what has happened to it.", "json", _ref("event")),
        "graph": _member(4, "Graph", "The actions and the edges between them.", "graph", _ref("graph")),
        "on_failure": _member(
            5, "On failure", "Whether a run whose action fails is held until somebody decides.", "select",
            {"enum": ["fail", "hold", None]},
        ),
    },
}  # fmt: skip

EVENT: Schema = {
    "description": "The fields of the record, which templates and conditions read, and what has happened to it.",
    "type": ["object", "null"],
    "properties": {
        "event_type": _member(0, "Event", "on_create, on_update, on_delete, or another name.", "text"),
        "entity_name": _member(1, "Entity", "The kind of record, such as orders.", "text"),
        "entity_id": _member(2, "Record", "The id of the record.", "id"),
        "user_id": _member(3, "User", "Who has changed the record.", "id"),
        "timestamp": _member(4, "Time", "When.", "text"),
        "field_changes": _member(5, "Changes", "Of an update: old_value and new_value of each field.", "json"),
    },
}

GRAPH: Schema = {
    "title": "Graph",
    "description": "The actions of a rule and the edges between them.",
    "type": "object",
    "required": ["actions", "edges"],
    "properties": {
        "actions": _member(
            0,
            "Actions",
            "What the rule can do.",
            "list",
            {"type": "array", "minItems": Number("1"), "items": _ref("action")},
        ),
        "edges": _member(
            1,
            "Edges",
            "What follows what. At least one edge is of type start.",
            "list",
            {
                "type": "array",
                "items": _ref("edge"),
                "contains": {
                    "type": "object",
                    "properties": {"edge_type": {"const": "start"}, "source_action_id": _ref("nobody")},
                    "required": ["edge_type"],
                },
            },
        ),
    },
}

EDGE: Schema = {
    "title": "Edge",
    "description": "A connection of two actions, or of the start with an action.",
    "type": "object",
    "required": ["target_action_id"],
    "properties": {
        "source_action_id": _member(
            0, "From", "The action that it comes from; null for the start.", "action",
            {"anyOf": [_ref("uuid"), {"enum": [None, ""]}]},
        ),
        "target_action_id": _member(1, "To", "The action that it leads to.", "action", _ref("uuid")),
        "edge_type": _member(
            2, "Type", "start without a source, else sequence; an unknown type counts as sequence.", "select",
            TEXT, {"examples": list(EDGE_TYPES)},
        ),
        "source_output": _member(
            3, "Output", "The output of its source for which it is followed; failure: when it fails; null: for any.",
            "output", TEXT,
        ),
        "sort_order": _member(
            4, "Order", "Lower ones start first.", "number",
            {"type": ["integer", "null"], "minimum": Number(str(-(2**63))), "maximum": Number(str(2**63 - 1))},
        ),
    },
}  # fmt: skip


DURATION: Schema = {"type": ["string", "null"], "examples": ["90s", "1h30m"]}
RETRY: Schema = {
    "type": ["object", "null"],
    "additionalProperties": False,
    "properties": {
        "attempts": _member(
            0, "Attempts", "How often it is tried.", "number",
            {"type": ["integer", "null"], "minimum": Number("1"), "maximum": Number("1000")},
        ),
        "first": _member(1, "First pause", "Between the first two attempts; it doubles.", "duration", DURATION),
        "most": _member(2, "Longest pause", "Between two attempts.", "duration", DURATION),
    },
}  # fmt: skip


def _action(actions: list[Action]) -> Schema:
    names: list[Json] = [action.name for action in actions]
    return {
        "title": "Action",
        "description": "A step of the rule. Its type decides what its config is.",
        "type": "object",
        "required": ["id", "action_type"],
        "properties": {
            "id": _member(0, "Id", "A UUID of its own within the rule.", "id", _ref("uuid")),
            "name": _member(1, "Name", "Templates of later actions read its result by this name.", "text", TEXT),
            "description": _member(2, "Description", "For people.", "text"),
            "action_type": _member(3, "Type", "What the action does.", "select", {"enum": names}),
            "is_active": _member(
                4, "Active", "An action that is not active is skipped.", "checkbox", {"type": ["boolean", "null"]}
            ),
            "action_config": _member(5, "Config", "What the action needs to know.", "group"),
            "retry": _member(6, "Attempts", "How it is tried, if not as its type says.", "group", RETRY),
            "timeout": _member(7, "Time", "Of one attempt, if not as its type says.", "duration", DURATION),
        },
        "allOf": [_branch(action) for action in actions],
    }


def _branch(action: Action) -> Schema:
    then: Schema = {"properties": {"action_config": _ref(f"config_{action.name}")}}
    if schema.schema_of(action)["type"] == "object":  # not even null
        then["required"] = ["action_config"]
    return {"if": {"properties": {"action_type": {"const": action.name}}, "required": ["action_type"]}, "then": then}


def _config(action: Action) -> Schema:
    made = form_hints.hinted(schema.schema_of(action), action)
    del made["$schema"]
    shared = _shared(made)
    assert isinstance(shared, dict)
    return shared


def _shared(value: Json) -> Json:
    """The schema with references in place of the schemas in SHARED."""
    if isinstance(value, dict):
        for name, part in SHARED.items():
            if all(value.get(key) == item for key, item in part.items()):
                return {key: item for key, item in value.items() if key not in part} | _ref(name)
        return {key: _shared(item) for key, item in value.items()}
    return [_shared(item) for item in value] if isinstance(value, list) else value
