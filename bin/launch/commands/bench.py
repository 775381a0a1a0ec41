"""bin/bench NAME [--json] [--quick]: one measurement of bench/, with servers set up as in
production.
"""

import ast
from pathlib import Path

from launch import environment, foreground, postgres, say
from launch.places import PYTHON, ROOT
from launch.prepared import throwaway
from launch.say import USAGE, LauncherError
from launch.servers import manage, manage_all

CALL = (
    "import importlib, sys; sys.exit(importlib.import_module('bench.' + "
    "sys.argv[1]).main(sys.argv[2:]))"
)


def main(argv: list[str]) -> int:
    names = sorted(
        file.stem for file in (ROOT / "bench").glob("*.py") if "\ndef main(" in file.read_text()
    )
    if argv[:1] in ([], ["-h"], ["--help"]):
        say.line(f"{__doc__}\nNames: {', '.join(names) or 'none yet'}")
        return 0 if argv else USAGE
    name, *rest = argv
    if name not in names:
        raise LauncherError(
            f"There is no bench {name}; there are: {', '.join(names) or 'none yet'}.", code=USAGE
        )
    environment.ensure(environment.DEVELOPMENT)
    run = [str(PYTHON), "-c", CALL, name, *rest]
    if not _needs_servers(ROOT / "bench" / f"{name}.py"):
        return foreground.run(run, environment.plain_environ(), cwd=ROOT)
    with throwaway(postgres.LIKE_PRODUCTION, durable=True) as servers:
        environ = servers.environ("trial")
        log = servers.data.logs / "setup.log"
        manage(["migrate", "--noinput"], environ, log)
        manage_all(["load_policy", "load_help"], environ, log)
        return foreground.run(run, environ, cwd=ROOT)


def _needs_servers(file: Path) -> bool:
    """Read from the source, not imported: the bench's imports are in the environment, not here."""
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(
                isinstance(target, ast.Name) and target.id == "NEEDS_SERVERS" for target in targets
            ):
                return bool(node.value.value)
    return True
