"""Checks the entry of one action and fills in its defaults."""

from __future__ import annotations

import re

from codegen import columns, context, modifications, naming, relations, result_keys
from codegen.definitions import Definitions
from codegen.fields import Fields
from codegen.json_values import Number, json_from_node
from codegen.key_reader import Keys
from codegen.reader import Mapping, Node, Scalar, kind_of
from codegen.report import Report, all_of, did_you_mean
from codegen.services import Services
from codegen.spec import ENGINE_ACTIONS, Action, Example, Failure, Field, Timing

MINUTE = 60_000
# The timeout of an attempt in milliseconds and the number of attempts, by kind of action.
TIMING = {"human": (7 * 24 * 60 * MINUTE, 1), "long": (30 * MINUTE, 3), "default": (5 * MINUTE, 3)}

# Keys that only a worker that performs actions uses.
NOT_FOR_ENGINE = ("context", "needs", "errors", "modifies", "timeout", "retry", "after_commit")


class Actions:
    """Checks actions that share definitions and services."""

    def __init__(self, definitions: Definitions, services: Services, report: Report) -> None:
        self.definitions = definitions
        self.services = services
        self.report = report

    def action(self, name: Scalar, node: Node, file: str) -> Action | None:
        what = f"action '{name.text}'"
        if not isinstance(node, Mapping):
            self.report.error(node.mark, f"{what}: must be a mapping, this is {kind_of(node)}")
            return None
        keys = Keys(node, what, self.report, name.mark)
        fields = Fields(self.definitions, name.text, self.report)
        mode = keys.choice("mode", ("sync", "async", "human")) or "sync"
        effects = keys.choice("effects", ("pure", "read", "write", "external"), required=True) or "pure"
        needs = self.needs(keys)
        idempotent = self.idempotent(keys, effects, needs)
        texts = self.texts(keys)
        config, result = keys.mapping("config"), keys.mapping("result")
        fields_of_config = fields.all(config, "config") if config else ()
        fields_of_result = fields.all(result, "result") if result else ()
        action = Action(
            mark=name.mark,
            name=name.text,
            file=file,
            summary=self.summary(keys),
            doc=keys.string("doc") or "",
            group=keys.choice("group", ("core", "extended"), required=True) or "core",
            mode=mode,
            effects=effects,
            idempotent=idempotent,
            dispatch=self.dispatch(keys, name.text, mode, effects, idempotent),
            needs=needs,
            outputs=self.outputs(keys),
            errors=self.errors(keys),
            modifies=modifications.read(keys, effects, self.report),
            timing=self.timing(keys, mode, effects, idempotent),
            asks=self.asks(keys, mode),
            check=bool(keys.boolean("check")),
            context=context.read(keys, fields, fields_of_config),
            unreadable=texts[0],
            malformed=texts[1],
            config=fields_of_config,
            columns=columns.read(keys, fields, fields_of_config, fields_of_result, self.report),
            relations=relations.read(keys, fields_of_config, "", self.report),
            result=fields_of_result,
            examples=self.examples(keys),
            since=keys.version("since"),
            deprecated=keys.string("deprecated"),
            breaking=keys.string("breaking"),
            after_commit=self.after_commit(keys, effects, needs),
        )
        keys.close()
        self.output_clash(action)
        self.human_fields(action, keys)
        self.secrets(action)
        modifications.check(action, self.report)
        return result_keys.resolve(action, self.report)

    def summary(self, keys: Keys) -> str:
        summary = keys.string("summary", required=True) or ""
        if summary and (not summary.endswith(".") or "\n" in summary or len(summary) > 120):
            found = " ".join(summary[:40].split()) + ("..." if len(summary) > 40 else "")
            said = f"'summary' must be one sentence of at most 120 characters, with a period, not '{found}'"
            keys.error(keys.mark_of("summary"), said)
        return summary

    def idempotent(self, keys: Keys, effects: str, needs: tuple[str, ...]) -> bool:
        said = keys.boolean("idempotent")
        asked = effects == "external" or (effects == "write" and not self.transactions(needs))
        if said is None and asked and not keys.has("idempotent"):
            keys.miss("idempotent", f": effects '{effects}' require it; is it safe to run twice?")
        if said is False and effects in ("pure", "read"):
            keys.error(keys.mark_of("idempotent"), f"with effects '{effects}' an action is idempotent")
        return True if said is None else said

    def dispatch(self, keys: Keys, name: str, mode: str, effects: str, idempotent: bool) -> str:
        local = mode == "sync" and effects != "external" and idempotent
        said = keys.choice("dispatch", ("local", "activity", "engine"))
        if (said == "engine") != (name in ENGINE_ACTIONS):
            self.not_of_engine(keys, name, said)
        elif said == "engine":
            self.of_engine(keys, mode, effects)
        if said == "local" and not local:
            why = (
                f"mode is '{mode}'"
                if mode != "sync"
                else "effects are 'external'"
                if effects == "external"
                else "it is not idempotent"
            )
            keys.error(keys.mark_of("dispatch"), f"'dispatch' cannot be local: {why}")
        return said or ("local" if local else "activity")

    def not_of_engine(self, keys: Keys, name: str, said: str | None) -> None:
        if said == "engine":
            known = all_of(map(repr, ENGINE_ACTIONS))
            keys.error(keys.mark_of("dispatch"), f"'dispatch' cannot be engine: the engine performs only {known}")
        elif said is not None or not keys.has("dispatch"):
            mark = keys.mark_of("dispatch") if keys.has("dispatch") else keys.mark
            keys.error(mark, f"'dispatch' must be engine: the engine performs '{name}' itself")

    def of_engine(self, keys: Keys, mode: str, effects: str) -> None:
        for key, value, allowed in (("mode", mode, "sync"), ("effects", effects, "pure")):
            if value != allowed:
                keys.error(keys.mark_of(key), f"with dispatch 'engine', '{key}' must be {allowed}")
        for key in NOT_FOR_ENGINE:
            if keys.has(key):
                keys.error(keys.mark_of(key), f"'{key}' is not for dispatch 'engine': there is no handler")

    def needs(self, keys: Keys) -> tuple[str, ...]:
        found = keys.strings("needs")
        known = self.services.names
        for need in found:
            if need.text not in known and self.services.complete:
                keys.error(need.mark, f"'needs': there is no service '{need.text}'{did_you_mean(need.text, known)}")
        needs = tuple(sorted({need.text for need in found} & self.services.found.keys()))
        if len(self.transactions(needs)) > 1:
            both = all_of(map(repr, self.transactions(needs)))
            keys.error(keys.mark_of("needs"), f"'needs': {both} have transactions, and an action can have only one")
        return needs

    def transactions(self, needs: tuple[str, ...]) -> list[str]:
        """The needed services that have transactions."""
        return [need for need in needs if self.services.found[need].transaction]

    def after_commit(self, keys: Keys, effects: str, needs: tuple[str, ...]) -> bool:
        said = bool(keys.boolean("after_commit"))
        if said and not (effects == "write" and self.transactions(needs)):
            keys.error(
                keys.mark_of("after_commit"),
                "'after_commit' is for effects 'write' and a service that has transactions",
            )
        return said

    def outputs(self, keys: Keys) -> tuple[tuple[str, str], ...]:
        node = keys.mapping("outputs")
        if node is None:
            return (("success", "Action completed successfully."),)
        found: list[tuple[str, str]] = []
        for name, value in node.entries:
            if not naming.OUTPUT.fullmatch(name.text):
                keys.error(
                    name.mark,
                    f"output '{name.text}' must consist of small letters, digits and _, starting with a letter",
                )
            if isinstance(value, Scalar) and value.kind == "string" and value.text.strip():
                found.append((name.text, value.text.strip()))
            else:
                said = f"output '{name.text}' must be a text that describes it, this is {kind_of(value)}"
                keys.error(value.mark, said)
        if not node.entries and node.whole:
            keys.error(node.mark, "'outputs' is empty; leave it out for the one output 'success'")
        return tuple(found) or (("success", ""),)

    def errors(self, keys: Keys) -> tuple[Failure, ...]:
        found: list[Failure] = []
        for text, value in getattr(keys.mapping("errors"), "entries", ()):
            what = f"{keys.what}: error '{text.text}'"
            if not isinstance(value, Mapping):
                self.report.error(value.mark, f"{what}: must be a mapping with 'doc', this is {kind_of(value)}")
                continue
            if re.search(r"[{}]", re.sub(r"\{[a-z][a-z0-9_]*\}", "", text.text)):
                self.report.error(text.mark, f"{what}: braces must enclose a name, like {{why}}")
            inner = Keys(value, what, self.report, text.mark)
            doc, retried = inner.string("doc", required=True) or "", bool(inner.boolean("retry"))
            found.append(Failure(text.mark, text.text, doc, retried))
            inner.close()
        return tuple(found)

    def timing(self, keys: Keys, mode: str, effects: str, idempotent: bool) -> Timing:
        kind = "human" if mode == "human" else "long" if mode == "async" or effects == "external" else "default"
        timeout, attempts = TIMING[kind]
        if not idempotent:
            attempts = 1
        timeout = keys.duration("timeout") or timeout
        field, unit = self.timeout_from(keys, mode)
        retry = keys.mapping("retry")
        if retry is None:
            return Timing(timeout, attempts, 1000, MINUTE, "2.0", field, unit)
        inner = Keys(retry, f"{keys.what}: 'retry'", self.report)
        coefficient = inner.scalar("coefficient", "number", "a number")
        if coefficient is not None and not 1 <= Number(coefficient.text).decimal <= 100:
            inner.error(coefficient.mark, f"'coefficient' must be from 1 to 100, not {coefficient.text}")
        timing = Timing(
            timeout,
            inner.whole("attempts", 1, 1000) or attempts,
            inner.duration("initial") or 1000,
            inner.duration("maximum") or MINUTE,
            str(float(coefficient.text)) if coefficient else "2.0",
            field,
            unit,
        )
        inner.close()
        if timing.retry_initial_ms > timing.retry_maximum_ms:
            inner.error(inner.mark_of("initial"), "'initial' is longer than 'maximum'")
        return timing

    def timeout_from(self, keys: Keys, mode: str) -> tuple[str | None, int]:
        """The field of the config that holds the timeout, and the unit of its value."""
        node = keys.mapping("timeout_from")
        if node is None:
            return None, 0
        self.only_human(keys, "timeout_from", mode)
        inner = Keys(node, f"{keys.what}: 'timeout_from'", self.report)
        field, unit = inner.string("field", required=True), inner.duration("unit")
        if unit is None and not inner.has("unit"):
            inner.miss("unit")
        inner.close()
        return (field, unit) if field and unit else (None, 0)

    def asks(self, keys: Keys, mode: str) -> str | None:
        field = keys.string("asks")
        if field is not None:
            self.only_human(keys, "asks", mode)
        return field or None

    def only_human(self, keys: Keys, key: str, mode: str) -> None:
        said = keys.node.get("mode")
        faulty = said is not None and not (isinstance(said, Scalar) and said.text == mode)  # reported already
        if mode != "human" and not faulty:
            keys.error(keys.mark_of(key), f"'{key}' is for mode 'human', this is '{mode}'")

    def human_fields(self, action: Action, keys: Keys) -> None:
        """`timeout_from` and `asks` must name fields that the engine can read from plain JSON."""
        fields = {field.name: field for field in action.config}
        wanted = (("timeout_from", action.timing.field, "an integer"), ("asks", action.asks, "a list of texts"))
        for key, name, kind in wanted:
            if name is None:
                continue
            field = fields.get(name)
            if field is None:
                keys.error(keys.mark_of(key), f"'{key}': there is no config field '{name}'{did_you_mean(name, fields)}")
            elif field.type and not (is_texts(field) if key == "asks" else field.type == "integer"):
                keys.error(keys.mark_of(key), f"'{key}': field '{name}' must be {kind}")
            elif field.aliases or field.template:
                keys.error(keys.mark_of(key), f"'{key}': field '{name}' must have no aliases and no templates")

    def texts(self, keys: Keys) -> tuple[str, str]:
        node = keys.mapping("texts")
        default = ("failed to parse config", "invalid configuration format")
        if node is None:
            return default
        inner = Keys(node, f"{keys.what}: 'texts'", self.report)
        texts = (inner.string("unreadable") or default[0], inner.string("invalid") or default[1])
        inner.close()
        return texts

    def examples(self, keys: Keys) -> tuple[Example, ...]:
        node = keys.sequence("examples")
        found: list[Example] = []
        lost = node is None and keys.has("examples")
        for item in node.items if node else ():
            if not isinstance(item, Mapping):
                lost = True
                keys.error(item.mark, f"an example must be a mapping, this is {kind_of(item)}")
                continue
            inner = Keys(item, f"{keys.what}: example", self.report)
            config = inner.take("config", required=True)
            title = inner.string("title", required=True) or ""
            fault = inner.exactly("fault")
            inner.close()
            if config is None:
                lost = True
            else:
                found.append(Example(inner.mark, title, json_from_node(config, self.report), fault))
        if not keys.has("examples"):
            keys.miss("examples", "; at least one must have a valid config")
        elif not lost and not any(example.fault is None for example in found):
            keys.error(keys.mark_of("examples"), "'examples' must include a valid config")
        return tuple(found)

    def secrets(self, action: Action) -> None:
        if action.effects == "pure":
            for field in action.secrets:
                said = "'secret' is not for effects 'pure': nothing is sent"
                self.report.error(field.mark, f"action '{action.name}': field '{field.name}': {said}")

    def output_clash(self, action: Action) -> None:
        for field in action.result:
            if "output" in (field.name, field.c_name):
                self.report.error(
                    field.mark, f"action '{action.name}': result field 'output' is generated from 'outputs'"
                )


def is_texts(field: Field) -> bool:
    return (
        field.type == "list"
        and field.of is not None
        and field.of.type in ("string", "uuid", "")
        and not field.of.template
    )
