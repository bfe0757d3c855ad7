"""The JSON Schema of the spec itself, for editors: `--spec-schema` prints it for spec/actions.schema.json. It
checks what is visible in one place; the checker rejects everything that the schema rejects."""

from __future__ import annotations

import json

from codegen import actions, context, field_grammar, field_schema, modifications, naming, relations, schema, settings
from codegen.schema_forms import SIZE, STRINGS, Schema, closed, forbid, like, ref, rule, said, unless, words
from codegen.services import MAX_SERVICES

DURATION = {**like("90s, 1h30m or 7d", f"(?=.*[1-9]){schema.DURATION.strip('^$')}"), "examples": ["90s", "1h30m"]}
BRACES = "([^{}]|\\{[a-z][a-z0-9_]*\\})*"


def duration(description: str) -> Schema:
    return {**DURATION, "description": description}


COLUMNS: Schema = {"type": "array", "items": like("status_id", modifications.COLUMN), "uniqueItems": True}
ACTION: Schema = {
    "summary": words(
        "One sentence, with a period.",
        pattern="^\\s*(\\S[^\\n]{0,118})?\\.\\s*$",
        patternErrorMessage="must be one sentence of at most 120 characters, with a period",
    ),
    "doc": words("A longer description."),
    "group": {"enum": ["core", "extended"], "description": "The table of the registry; `all` has both."},
    "mode": {
        "enum": ["sync", "async", "human"],
        "default": "sync",
        "description": "Completes at once; later, by token; or people answer it.",
    },
    "effects": {"enum": ["pure", "read", "write", "external"], "description": "Its effects."},
    "idempotent": {
        "type": "boolean",
        "description": "Whether it is safe to run twice. Required with external, and with write without transactions.",
    },
    "dispatch": {
        "enum": ["local", "activity", "engine"],
        "description": "Inside the workflow task, as an activity, or by the engine. Default: local where allowed.",
    },
    "context": {
        "anyOf": [
            {"enum": ["named", "all"]},
            STRINGS,
            {
                "type": "object",
                "additionalProperties": closed(
                    {
                        "type": {"enum": list(context.TYPES), "default": "any", "description": "What it must be."},
                        "required": {
                            "type": "boolean",
                            "default": False,
                            "description": "Whether the action needs it. A rule that cannot have it is not good.",
                        },
                        "when": {
                            "type": "object",
                            "minProperties": 1,
                            "maxProperties": 1,
                            "additionalProperties": {"type": ["string", "boolean"]},
                            "description": "{field: value}: it is read if the config field has that value.",
                        },
                        "for": words("It is read if a text holds this late name."),
                        "or": {**STRINGS, "description": "Names that can stand in for it."},
                    }
                ),
            },
        ],
        "default": "named",
        "description": "The context it sees: the names in its config, everything, or these names too.",
    },
    "needs": {**STRINGS, "description": "Services that its handler uses."},
    "outputs": {
        "type": "object",
        "minProperties": 1,
        "propertyNames": like("not_found", naming.OUTPUT.pattern),
        "additionalProperties": words("When."),
        "description": "Ways for a run to continue. The first is the default.",
    },
    "errors": {
        "type": "object",
        "description": "Its failure messages; {names} stand for variable parts.",
        "propertyNames": {"pattern": f"^{BRACES}$", "patternErrorMessage": "braces must enclose names, like {why}"},
        "additionalProperties": closed(
            {
                "doc": words("When it fails so."),
                "retry": {"type": "boolean", "default": False, "description": "Whether the action is retried."},
            },
            ["doc"],
        ),
    },
    "columns": {
        "type": "array",
        "description": "Fields of its config that name columns of a table, and the values of these.",
        "items": closed(
            {
                "table": words("The field with the table."),
                "in": words("The list of objects that have the fields; the config itself without one."),
                "column": words("A string: a column."),
                "columns": words("A list of columns."),
                "keys": words("A map: its keys are columns, its values theirs."),
                "value": words("The field beside 'column' that is written to it, or compared with it."),
                "rows": words("The field of the result that has a row of these columns, or a list of rows."),
                "unless": {
                    "type": "object",
                    "minProperties": 1,
                    "maxProperties": 1,
                    "additionalProperties": {"type": ["string", "boolean"]},
                    "description": "{field: value}: not where the config field has that value.",
                },
            },
            ["table"],
        )
        | {"oneOf": [said("column"), said("columns"), said("keys")]},
    },
    "modifies": {
        "type": "array",
        "description": "Tables and columns that it writes; {name} stands for what that field of the config names.",
        "items": closed(
            {
                "table": like("sales.orders", modifications.TABLE, "Schema and table."),
                "create": {**COLUMNS, "description": "Columns of a new row."},
                "update": {**COLUMNS, "description": "Columns of a row that there is."},
            },
            ["table"],
        )
        | {"anyOf": [said("create"), said("update")]},
    },
    "timeout": duration("How long one attempt may take."),
    "timeout_from": {
        **closed(
            {"field": words("An integer of the config."), "unit": duration("The unit of its value.")},
            ["field", "unit"],
        ),
        "description": "For mode human: the field with the timeout. Without it `timeout` applies.",
    },
    "asks": words("For mode human: the list in the config of those who may answer."),
    "check": {
        "type": "boolean",
        "default": False,
        "description": "Whether the function check_NAME finds more faults of a config.",
    },
    "after_commit": {
        "type": "boolean",
        "default": False,
        "description": "Whether the function after_NAME is called once its transaction is committed.",
    },
    "retry": {
        **closed(
            {
                "attempts": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": 1000,
                    "description": "The maximum number of attempts: default 3; 1 for human actions, and where"
                    " `idempotent` is false.",
                },
                "initial": duration("Wait before the second attempt: default 1s."),
                "maximum": duration("The longest wait: default 1m."),
                "coefficient": {
                    "type": "number",
                    "minimum": 1,
                    "maximum": 100,
                    "description": "The factor between waits: default 2.",
                },
            }
        ),
        "description": "Attempts and waits.",
    },
    "texts": {
        **closed(
            {
                "unreadable": words("Prefix for faults of a wrong type when performing."),
                "invalid": words("Prefix for faults of a wrong type when checking."),
            }
        ),
        "description": "Prefixes for faults of a wrong type.",
    },
    "since": field_grammar.schema_of("since"),
    "deprecated": field_grammar.schema_of("deprecated"),
    "breaking": words("Why it breaks saved rules; a new reason for each change."),
    "config": {**ref("config_fields"), "description": "What a rule configures."},
    "rules": {"type": "array", "items": ref("rule"), "description": "Rules across the fields of `config`."},
    "result": {
        "allOf": [ref("result_fields"), forbid("output")],
        "description": "What the handler returns. `output` is added automatically.",
    },
    "examples": {
        "type": "array",
        "contains": unless(said("fault")),
        "description": "Tests and documentation: at least one valid config, and invalid ones with their `fault`.",
        "items": closed(
            {
                "title": words("What it shows."),
                "config": {"description": "A config."},
                "fault": words("The exact message of the check for an invalid config."),
            },
            ["title", "config"],
        ),
    },
}
LOCAL = {"mode": {"const": "sync"}, "effects": {"enum": ["pure", "read", "write"]}, "idempotent": {"const": True}}
ENGINE = {"mode": {"const": "sync"}, "effects": {"const": "pure"}}
ACTION_RULES = [
    rule(said("effects", "external"), {"required": ["idempotent"]}),
    rule(said("effects", "pure", "read"), {"properties": {"idempotent": {"const": True}}}),
    rule(said("dispatch", "local"), {"properties": LOCAL}),
    rule(said("dispatch", "engine"), {"properties": ENGINE}),
    rule(said("dispatch", "engine"), forbid(*actions.NOT_FOR_ENGINE)),
    rule(unless(said("mode", "human")), forbid("asks", "timeout_from")),
    rule(said("effects", "pure", "read", "external"), forbid("modifies")),
    rule(said("after_commit", True), {"properties": {"effects": {"const": "write"}}, "required": ["needs"]}),
]

VARIABLES = {**STRINGS, "maxItems": settings.MOST_ALIASES}
SETTING: Schema = {
    "type": {"enum": list(settings.MEMBERS), "description": "The type of its value."},
    "field": like("spool_folder", settings.FIELD.pattern, "Its member of `struct settings`."),
    "doc": words(
        "What it is for, without a period.",
        pattern="[^.\\s]\\s*$",
        patternErrorMessage="must not be empty, nor end with a period",
    ),
    "required": {"type": "boolean", "description": "The worker does not start without it."},
    "required_with": words("A setting before it; required if that one is set."),
    "default": {"type": "string", "description": 'The value where it is not set, as text: `"5"`.'},
    "values": {**STRINGS, "minItems": 1, "description": "For a choice: the allowed values."},
    "least": {**SIZE, "description": "The smallest value of a count."},
    "most": {**SIZE, "description": "The largest value of a count; the number of names of a list."},
    "secret": {"type": "boolean", "description": "Never shown. Of a text or a relay."},
    "file": {"type": "boolean", "description": "May be read from a file: NAME_FILE says which."},
    "aliases": {**VARIABLES, "description": "Variables that are read too."},
    "file_aliases": {**VARIABLES, "description": "Variables that name a file, read too. With `file: true`."},
}
SETTING_RULES = [
    rule(said("type", "count"), {"required": ["least", "most"]}),
    rule(said("type", "list"), {"properties": {"most": {"minimum": 1, "maximum": settings.MOST_IN_LIST}}}),
    rule(unless(said("type", "count")), forbid("least")),
    rule(unless(said("type", "count", "list")), forbid("most")),
    rule(said("type", "choice"), {"required": ["values"]}),
    rule(unless(said("type", "choice")), forbid("values")),
    rule(said("secret", True), {"properties": {"type": {"enum": ["text", "relay"]}}}),
    rule(
        {"properties": {"file_aliases": {"minItems": 1}}, **said("file_aliases")},
        {"properties": {"file": {"const": True}}, "required": ["file"]},
    ),
    rule({"anyOf": [said("required", True), said("required_with")]}, forbid("default")),
    *(
        rule(said("type", kind), {"properties": {"default": {"pattern": f"^\\s*({form})\\s*$"}}})
        for kind, (_, form) in settings.FORMS.items()
    ),
]

RULE: Schema = {
    "field": words("The condition of `requires` and `excludes`."),
    "requires": {**STRINGS, "minItems": 1, "description": "Fields that must be given where `field` is."},
    "excludes": {**STRINGS, "minItems": 1, "description": "Fields that must not be given where `field` is."},
    "at_least_one_of": {**STRINGS, "minItems": 1, "description": "Fields of which one or more must be given."},
    "compare": like("from <= to", f"\\s*{relations.COMPARISON.pattern}\\s*", "Two numbers, timestamps or durations."),
    "text": words("The message; {i} is the index in the innermost list, {key} the key in the innermost map."),
    "strict": field_grammar.schema_of("strict"),
}
RULE_RULES = [
    {"oneOf": [{"required": [kind]} for kind in relations.KINDS]},
    rule({"anyOf": [said("requires"), said("excludes")]}, {"required": ["field"]}),
    rule({"anyOf": [said("at_least_one_of"), said("compare")]}, forbid("field")),
]

SERVICE: Schema = {
    "header": like("handlers/spool.h", "[A-Za-z0-9_./-]+\\.h", "As in #include."),
    "type": like("struct spool", "(struct )?[a-z_][a-z0-9_]*", "As in C."),
    "doc": words("What it is."),
    "settings": {
        **like("mail", naming.C_NAME.pattern),
        "type": ["string", "object"],
        "propertyNames": like("SPOOL_FOLDER", settings.VARIABLE.pattern),
        "additionalProperties": ref("setting"),
        "description": "Its own settings; or the group of settings in spec/settings.yaml from which it starts.",
    },
    "start": like("spool_start", naming.C_NAME.pattern, "The function that starts it; default NAME_start."),
    "stop": like("spool_stop", naming.C_NAME.pattern, "The function that stops it; default NAME_stop."),
    "health": like(
        "spool_health",
        naming.C_NAME.pattern,
        "The function that checks whether it is available; without one it always is.",
    ),
    "transaction": {
        **closed(
            {
                "header": like("erp/effect_ledger.h", "[A-Za-z0-9_./-]+\\.h", "As in #include."),
                "type": like(
                    "struct database_session", "(struct )?[a-z_][a-z0-9_]*", "The type of a session, as in C."
                ),
                "perform": like("effect_ledger_perform", naming.C_NAME.pattern, "Runs a handler in a transaction."),
            },
            ["header", "type", "perform"],
        ),
        "description": "Actions with effects write get a session of an open transaction instead of the service.",
    },
    "libraries": {
        "type": "array",
        "items": like("hiredis", "[A-Za-z0-9][A-Za-z0-9._+-]*"),
        "description": "Libraries by their names for pkg-config.",
    },
}


def action_name() -> Schema:
    return {
        "pattern": f"^{naming.ACTION.pattern}$",
        "patternErrorMessage": "must be 3 to 48 small letters, digits and _, a letter first",
    }


def whole() -> Schema:
    """The schema."""
    properties: Schema = {
        "spec_version": {"const": 1, "description": "The version of this language."},
        "services": {
            "type": "object",
            "description": "Services for handlers, by `needs`.",
            "maxProperties": MAX_SERVICES,
            "propertyNames": like("spool", naming.C_NAME.pattern),
            "additionalProperties": ref("service"),
        },
        "definitions": {
            "type": "object",
            "description": "Fields and lists of values that are used more than once.",
            "additionalProperties": {
                "type": ["object", "array"],
                "if": {"type": "array"},
                "then": ref("values"),
                "else": ref("definition_field"),
            },
        },
        "removed": {
            "type": "object",
            "description": "Removed actions that saved rules may use.",
            "additionalProperties": words("Why."),
        },
        "unavailable": {
            "type": "object",
            "description": "Action types that saved rules may name and no worker performs.",
            "additionalProperties": words("Why."),
        },
        "actions": {
            "type": "object",
            "description": "The actions by name.",
            "propertyNames": action_name(),
            "additionalProperties": ref("action"),
        },
    }
    definitions = {
        "action": {**closed(ACTION, ["summary", "group", "effects", "examples"]), "allOf": ACTION_RULES},
        "rule": {**closed(RULE), "allOf": RULE_RULES},
        "service": closed(SERVICE, ["header", "type", "doc"]),
        "setting": {**closed(SETTING, ["type", "field", "doc"]), "allOf": SETTING_RULES},
        **field_schema.definitions(),
    }
    title = {"$schema": schema.DIALECT, "title": "Actions of workflow-worker"}
    return {**title, **closed(properties, ["spec_version", "actions"]), "$defs": definitions}


def text() -> str:
    return json.dumps(whole(), indent=1) + "\n"
