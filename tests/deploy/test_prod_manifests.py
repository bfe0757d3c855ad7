"""The production overlay: autoscaler, disruption budget, dashboard."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from codegen import settings
from tests.deploy.manifests import K8S, Json, built, container, only
from zarf.dev.process import ROOT

PROD = "prod/workflow-worker"


def test_autoscaler() -> None:
    spec = only(built(PROD), "HorizontalPodAutoscaler", "workflow-worker")["spec"]
    assert spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "workflow-worker"}
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 10)
    assert spec["metrics"] == [
        {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}
    ]
    # Utilization is relative to the CPU request, so the request must exist.
    worker = container(only(built(PROD), "Deployment", "workflow-worker"), "workflow-worker")
    assert worker["resources"]["requests"]["cpu"]


def test_disruption_budget_allows_one_pod() -> None:
    assert only(built(PROD), "PodDisruptionBudget", "workflow-worker")["spec"] == {
        "maxUnavailable": 1,
        "selector": {"matchLabels": {"app": "workflow-worker"}},
    }


def test_a_rollout_keeps_all_workers() -> None:
    strategy = only(built(PROD), "Deployment", "workflow-worker")["spec"]["strategy"]
    assert strategy == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}


# ---- the dashboard ----


def dashboard() -> Any:
    return json.loads((K8S / PROD / "workflow-worker-dashboard.json").read_text())


def expressions() -> list[str]:
    return [target["expr"] for panel in dashboard()["panels"] for target in panel.get("targets", [])]


def test_the_dashboard_is_provisioned() -> None:
    found: Json = only(built(PROD), "ConfigMap", "workflow-worker-dashboard")
    assert found["metadata"]["labels"] == {"grafana_dashboard": "1"}
    assert json.loads(found["data"]["workflow-worker-dashboard.json"]) == dashboard()


def test_panels_do_not_overlap_and_have_unique_ids() -> None:
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells


def test_expressions_select_the_chosen_workers() -> None:
    for expression in expressions():
        assert expression.count('instance=~"$instance"') == len(metrics_of(expression)), expression


def metrics_of(expression: str) -> list[str]:
    return re.findall(r"\b((?:temporal|workflow_worker)_\w+|up)\{", expression)


def test_expressions_are_promql(tmp_path: Path) -> None:
    variables = {"$__rate_interval": "5m", "$__range": "3h", "$instance": ".*"}
    rules = []
    for number, expression in enumerate(expressions()):
        for name, value in variables.items():
            expression = expression.replace(name, value)
        rules.append({"record": f"panel:{number}", "expr": expression})
    file = tmp_path / "rules.yaml"
    file.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    promtool = ROOT / ".tools" / "promtool"
    assert promtool.exists(), "zarf/dev/setup brings it"
    done = subprocess.run([promtool, "check", "rules", file], text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(rules)} rules found" in done.stdout


def test_settings_named_in_panels_exist() -> None:
    known = {setting.name for setting in settings.load(ROOT / "spec" / "settings.yaml").settings}
    texts = " ".join(panel.get("description", "") for panel in dashboard()["panels"])
    for name in set(re.findall(r"ICHOR_\w+", texts)):
        assert name in known
