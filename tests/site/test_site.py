"""Renders every page of the documentation site in headless Chromium, narrow and wide, and expects a silent console."""

from __future__ import annotations

import functools
import http.server
import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from zarf.dev import site

CHROMIUM = (
    *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"),
    "--enable-logging=stderr",
)
CONSOLE = re.compile(r"CONSOLE.*")
WIDTHS = (400, 1400)


class Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    assert site.build(out) == 0
    return out


@pytest.fixture(scope="session")
def address(folder: Path) -> Iterator[str]:
    handler = functools.partial(Silent, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


def render(url: str, width: int, work: Path) -> list[str]:
    """The output of the console. The page is drawn into a file, which must exist afterwards."""
    picture = work / "page.png"
    done = subprocess.run(
        [
            *CHROMIUM,
            f"--user-data-dir={work / 'profile'}",
            f"--window-size={width},900",
            f"--screenshot={picture}",
            url,
        ],
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=120,
        check=True,
    )
    assert picture.stat().st_size > 5000
    return CONSOLE.findall(done.stderr)


def names() -> list[str]:
    pages = [name.replace(".md", ".html") for _, _, name in site.PAGES]
    return [*pages, "decisions/index.html", "schemas/update_field.html", "404.html"]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", names())
def test_the_page_renders_with_a_silent_console(
    name: str, width: int, folder: Path, address: str, tmp_path: Path
) -> None:
    assert (folder / name).exists()
    assert render(f"{address}/{name}", width, tmp_path) == []


def test_an_error_on_the_console_is_seen(folder: Path, address: str, tmp_path: Path) -> None:
    page = (folder / "security.html").read_text(encoding="utf-8")
    (folder / "broken.html").write_text(page.replace("</body>", "<script>nothing.here()</script></body>"))
    assert render(f"{address}/broken.html", 1400, tmp_path) != []


def test_every_page_is_in_the_search_index(folder: Path) -> None:
    index = (folder / "search" / "search_index.json").read_text(encoding="utf-8")
    for name in names()[:-1]:
        assert f'"{name.removesuffix("index.html")}' in index, name


def test_nothing_is_loaded_from_elsewhere(folder: Path) -> None:
    for path in folder.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"<(?:script|img|link)[^>]*(?:src|href)=\"https?://(?!127)[^\"]*\"[^>]*>", text) == [], path
