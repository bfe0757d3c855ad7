"""A whole Temporal server as it runs in production: frontend, history, matching and worker services with PostgreSQL for
runs and for visibility. `servers.py` builds its programs."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from zarf.dev.postgres import Postgres
from zarf.dev.process import Process, StackError, free_port, wait_until
from zarf.dev.temporal import Json, Temporal, clean_environment

SERVER, SQL_TOOL = "server", "sql"  # the programs in their folder, as Go names them
FOLDER = "TEMPORAL_SERVER"  # the variable that names the folder
NEXT = "TEMPORAL_SERVER_NEXT"  # the variable that names the folder of the server to upgrade to, in tests of upgrades
PLUGIN = "postgres12"
SCHEMAS = {"temporal": "postgresql/v12/temporal", "temporal_visibility": "postgresql/v12/visibility"}
SERVICES = ("frontend", "history", "matching", "worker")
SHARDS = 4


class TemporalServer(Temporal):
    """Used like the dev server. Its data is in a separate PostgreSQL and survives stop() and start(). In between,
    `programs` may be changed to those of a newer version."""

    def __init__(
        self, folder: Path, programs: Path, name: str = "temporal-server", settings: Sequence[str] = ()
    ) -> None:
        super().__init__(folder, name=name, settings=settings)
        self.programs = programs
        self.folder = folder / name
        self.folder.mkdir()
        self.postgres = Postgres(self.folder)
        self.ports = {service: (free_port(), free_port()) for service in SERVICES}
        self.ports["frontend"] = (self.port, self.ports["frontend"][1])

    def launch(self) -> None:
        if not self.postgres.process:
            self.postgres.create()
            self.postgres.start()
        for database, schema in SCHEMAS.items():
            self._update_schema(database, schema)
        # JSON is YAML.
        (self.folder / "dynamic.yaml").write_text(json.dumps(self._dynamic_settings()))
        (self.folder / "server.yaml").write_text(json.dumps(self._settings(), indent=1))
        self.process = Process(
            "the Temporal server",
            [
                self.programs / SERVER,
                "--root",
                self.folder,
                "--config",
                ".",
                "--env",
                "server",
                "--allow-no-auth",
                "start",
            ],
            self.log,
            env=clean_environment(),
        )

    def wait(self) -> None:
        assert self.process
        where = f"Temporal on port {self.port}"
        wait_until(lambda: self._run("operator", "cluster", "health").returncode == 0, where, 120, self.process.fault)
        wait_until(self._namespace_exists, f"the namespace of {where}", 120, self.process.fault)
        # The services learn about a new namespace one after the other.
        wait_until(lambda: self._run("workflow", "list").returncode == 0, f"visibility of {where}", 120)

    def close(self) -> None:
        try:
            super().close()
        finally:
            self.postgres.close()

    def _namespace_exists(self) -> bool:
        if self._run("operator", "namespace", "describe", "default").returncode == 0:
            return True
        self._run("operator", "namespace", "create", "--namespace", "default", "--retention", "24h")
        return False

    def _update_schema(self, database: str, schema: str) -> None:
        """Creates the database, or updates it to the schema of these programs if it is older."""
        access = {"SQL_PLUGIN": PLUGIN, "SQL_HOST": "127.0.0.1", "SQL_PORT": str(self.postgres.port)}
        access |= {"SQL_USER": self.postgres.user, "SQL_PASSWORD": self.postgres.password, "SQL_DATABASE": database}
        steps = (["create-database"], ["setup-schema", "--version", "0.0"], ["update-schema", "--schema-name", schema])
        for step in steps:
            with self.log.open("ab") as log:
                done = subprocess.run(
                    [self.programs / SQL_TOOL, *step],
                    env={**os.environ, **access},
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    check=False,
                )
            if done.returncode != 0:
                raise StackError(f"{step[0]} of {database} failed with code {done.returncode}: see {self.log}")

    def _store(self, database: str) -> Json:
        store = {
            "pluginName": PLUGIN,
            "databaseName": database,
            "connectAddr": self.postgres.address,
            "connectProtocol": "tcp",
            "user": self.postgres.user,
            "password": self.postgres.password,
            "maxConns": 20,
            "maxIdleConns": 20,
            "maxConnLifetime": "1h",
        }
        return {"sql": store}

    def _settings(self) -> Json:
        services: Json = {
            name: {"rpc": {"grpcPort": grpc, "membershipPort": membership, "bindOnLocalHost": True}}
            for name, (grpc, membership) in self.ports.items()
        }
        services["frontend"]["rpc"]["httpPort"] = self.http_port
        cluster = {"enabled": True, "initialFailoverVersion": 1, "rpcName": "frontend", "rpcAddress": self.address}
        return {
            "log": {"stdout": True, "level": "warn"},
            "persistence": {
                "defaultStore": "runs",
                "visibilityStore": "visibility",
                "numHistoryShards": SHARDS,
                "datastores": {"runs": self._store("temporal"), "visibility": self._store("temporal_visibility")},
            },
            "global": {
                "membership": {"maxJoinDuration": "30s", "broadcastAddress": "127.0.0.1"},
                "metrics": {
                    "prometheus": {"timerType": "histogram", "listenAddress": f"127.0.0.1:{self.metrics_port}"}
                },
            },
            "services": services,
            "clusterMetadata": {
                "enableGlobalNamespace": False,
                "failoverVersionIncrement": 10,
                "masterClusterName": "active",
                "currentClusterName": "active",
                "clusterInformation": {"active": cluster},
            },
            "dcRedirectionPolicy": {"policy": "noop"},
            "dynamicConfigClient": {"filepath": str(self.folder / "dynamic.yaml"), "pollInterval": "10s"},
        }

    def _dynamic_settings(self) -> Json:
        """The server's defaults, as in production, except for `settings`."""
        pairs = [setting.split("=", 1) for setting in self.settings]
        return {key: [{"value": json.loads(value)}] for key, value in pairs}


def chosen(folder: Path, ui: bool) -> Temporal:
    """The server whose programs are in the folder $TEMPORAL_SERVER, else the dev server."""
    programs = os.environ.get(FOLDER)
    return TemporalServer(folder, Path(programs)) if programs and not ui else Temporal(folder, ui=ui)
