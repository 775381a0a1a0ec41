"""bin/lock [--upgrade]: write the hash-pinned locks again from requirements/*.in and
package.json.
"""

import os
import subprocess

from launch import environment, say
from launch.places import REQUIREMENTS, ROOT, VENV
from launch.say import LauncherError

ORDER = (
    "installer",
    "base",
    "trial",
    "dev",
    "assets",
)  # later ones must agree with earlier ones


def main(argv: list[str]) -> int:
    if argv not in ([], ["--upgrade"]):
        say.line(__doc__)
        return 0 if argv[:1] in (["-h"], ["--help"]) else say.USAGE
    environment.ensure(environment.DEVELOPMENT)
    options = [
        "--universal",
        "--python-version",
        "3.11",
        "--generate-hashes",
        "--only-binary",
        ":all:",
        "--quiet",
        *argv,
    ]
    for name in ORDER:
        _run(
            str(VENV / "bin" / "uv"),
            "pip",
            "compile",
            *options,
            f"{name}.in",
            "-o",
            f"{name}.txt",
            folder=REQUIREMENTS,
        )
    _run("npm", "install", "--package-lock-only", folder=ROOT)
    return 0


def _run(*argv: str, folder: os.PathLike[str]) -> None:
    """Run uv. uv writes its command into the file; ours is the one to repeat."""
    environ = {**os.environ, "UV_CUSTOM_COMPILE_COMMAND": "bin/lock"}
    try:
        done = subprocess.run(argv, cwd=folder, env=environ, check=False)
    except FileNotFoundError:
        raise LauncherError(
            f"{argv[0]} was not found; locking the front-end files needs Node.js and npm."
        ) from None
    if done.returncode:
        raise LauncherError(f"{argv[0]} could not write the lock.")
