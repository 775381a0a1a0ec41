"""bin/words: update the Japanese catalogue from the code and the templates, and compile it. Prints
how many messages are not translated.
"""

import os

from launch import environment, foreground, say
from launch.places import PYTHON, ROOT


def main(argv: list[str]) -> int:
    if argv:
        say.line(__doc__)
        return 0 if argv[0] in ("-h", "--help") else say.USAGE
    environment.ensure(environment.DEVELOPMENT)
    return foreground.run(
        [str(PYTHON), "-m", "caretrack.ops.i18n_extract"], dict(os.environ), cwd=ROOT
    )
