"""A TLS proxy in front of the Temporal dev server: terminates TLS, requires client certificates and an API key, and
forwards each request. The dev server itself supports none of these.

    python3 -m tests.e2e.tls_proxy OPTIONS
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import grpc

from tests.e2e.certificates import Certificate
from zarf.dev.process import ROOT, Process, free_port, wait_until

UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


class TlsProxy:
    """The proxy as a process."""

    def __init__(
        self,
        folder: Path,
        target: str,
        certificate: Certificate,
        client_authority: Path | None = None,
        api_key: str = "",
        host: str = "127.0.0.1",
        fail_once: Sequence[str] = (),
        unknown: Sequence[str] = (),
    ) -> None:
        """fail_once: the first request to each of these methods fails with UNAVAILABLE. unknown: all requests to these
        methods fail with UNIMPLEMENTED, as on an older server."""
        self.address = f"{host}:{free_port()}"
        self.log = folder / "proxy.log"
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "tests.e2e.tls_proxy",
            "--listen",
            self.address,
            "--target",
            target,
        ]
        command += ["--certificate", certificate.certificate, "--key", certificate.key]
        command += ["--client-authority", client_authority] if client_authority else []
        command += ["--api-key", api_key] if api_key else []
        command += ["--fail-once", *fail_once, "--unknown", *unknown]
        self.process = Process("the TLS proxy", command, self.log)
        wait_until(lambda: "listening" in self.log.read_text(), "the TLS proxy", find_fault=self.process.fault)

    def requests(self) -> list[str]:
        """The accepted requests, each as METHOD NAMESPACE-HEADER."""
        lines = self.log.read_text().splitlines()
        return [line.removeprefix("in ") for line in lines if line.startswith("in ")]

    def refused(self) -> int:
        """The number of refused requests."""
        return self.log.read_text().count("refused ")

    def close(self) -> None:
        self.process.kill()


class ForwardingHandler(grpc.GenericRpcHandler):  # type: ignore[misc]
    def __init__(self, channel: Any, api_key: str, fail_once: Sequence[str], unknown: Sequence[str]) -> None:
        self.channel = channel
        self.api_key = api_key
        self.to_fail = set(fail_once)
        self.unknown = set(unknown)

    def service(self, details: Any) -> Any:
        return grpc.unary_unary_rpc_method_handler(self._forward(details.method))

    def _forward(self, method: str) -> Callable[[bytes, Any], Any]:
        call = self.channel.unary_unary(method)

        async def handle(request: bytes, context: Any) -> Any:
            headers = dict(context.invocation_metadata())
            if self.api_key and headers.get("authorization") != f"Bearer {self.api_key}":
                print(f"refused {method}", flush=True)
                await context.abort(grpc.StatusCode.UNAUTHENTICATED, "Request unauthorized.")
            name = method.rpartition("/")[2]
            print(f"in {name} {headers.get('temporal-namespace', '-')}", flush=True)
            if name in self.unknown:
                await context.abort(grpc.StatusCode.UNIMPLEMENTED, f"unknown method {name}")
            if name in self.to_fail:
                self.to_fail.remove(name)
                await context.abort(grpc.StatusCode.UNAVAILABLE, "not now")
            try:
                return await call(request, timeout=context.time_remaining())
            except grpc.aio.AioRpcError as fault:
                context.set_trailing_metadata(fault.trailing_metadata())
                await context.abort(fault.code(), fault.details())

        return handle


async def serve(options: argparse.Namespace) -> None:
    channel = grpc.aio.insecure_channel(options.target, options=UNLIMITED)
    server = grpc.aio.server(options=UNLIMITED)
    server.add_generic_rpc_handlers([ForwardingHandler(channel, options.api_key, options.fail_once, options.unknown)])
    authority = options.client_authority.read_bytes() if options.client_authority else None
    pair = [(options.key.read_bytes(), options.certificate.read_bytes())]
    credentials = grpc.ssl_server_credentials(pair, authority, require_client_auth=authority is not None)
    server.add_secure_port(options.listen, credentials)
    await server.start()
    print("listening", flush=True)
    await server.wait_for_termination()


def main() -> None:
    parser = argparse.ArgumentParser(prog="proxy")
    parser.add_argument("--listen", required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("--certificate", required=True, type=Path)
    parser.add_argument("--key", required=True, type=Path)
    parser.add_argument("--client-authority", type=Path)
    parser.add_argument("--api-key", default="")
    parser.add_argument("--fail-once", nargs="*", default=[])
    parser.add_argument("--unknown", nargs="*", default=[])
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    sys.path[0] = str(ROOT)
    main()
