"""Rules that ask people, and rules that answer in their place."""

from __future__ import annotations

from random import Random

from tests.chaos.planned_run import Effect, Run

OTHER_KINDS = ("manager_approval", "manual_review", "human_verification", "approval_request")
KINDS = ("seek_approval", *OTHER_KINDS)
ANSWERS = ("approved", "rejected")
REQUEST = "request"  # the field of the trigger that names the request to answer


def branches(run: Run, name: str, ask: str) -> tuple[str, str]:
    """An update for each possible answer to a request. Only the update for the given answer has an effect."""
    made = []
    for answer in ANSWERS:
        taken = run.asks[name] == answer
        made.append(
            run.update(f"{name}_{answer}", more=f" {{{{{name}.output}}}}", times=int(taken), expected=f" {answer}")
        )
        run.rule.edge(ask, made[-1], answer)
    return made[0], made[1]


def approval(run: Run, _: Random) -> None:
    ask = run.ask("ask")
    run.rule.chain(run.update("before"), ask)
    run.rule.join(run.notify("done"), *branches(run, "ask", ask))


def people(run: Run, random: Random) -> None:
    """Asks in two ways at once, and continues with the answer of each."""
    before, done = run.update("before"), run.notify("done")
    run.rule.chain(before)
    for kind in random.sample(OTHER_KINDS, 2):
        ask = run.ask(kind, kind, random.choice(ANSWERS))
        run.rule.edge(before, ask)
        run.rule.join(done, *branches(run, kind, ask))


def waiting(run: Run, random: Random) -> None:
    """A rule whose request another run answers."""
    ask = run.ask("ask", random.choice(KINDS), random.choice(ANSWERS))
    run.rule.chain(run.update("before"), ask)
    run.rule.join(run.update("after"), *branches(run, "ask", ask))


def resolving(run: Run, _: Random) -> None:
    """Answers the request of another run, which its trigger names. Nothing else answers that request."""
    assert run.answers
    ((name, answer),) = run.answers.asks.items()
    asked = run.answers.value(name)
    config = {"approval_request_id": f"{{{{{REQUEST}}}}}", "resolution": answer, "reason": run.value("resolve")}
    resolve = run.trade(
        "resolve", "resolve_approval_request", config,
        Effect("resolve", "workflow.approval_requests", "status", asked, answer),
    )  # fmt: skip
    run.rule.chain(run.update("before"), resolve)
    run.rule.edge(resolve, run.update("after", more=" {{resolve.resolution}}", expected=f" {answer}"))
    run.rule.edge(resolve, run.update("late", "priority", times=0), "already_resolved")
