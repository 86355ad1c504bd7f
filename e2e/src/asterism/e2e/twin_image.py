"""Node images in which one file of ours is replaced: twins on the node's side.

The image is built by the product's own builder from a copy of the checkout, so it differs from the
genuine one in that file alone, and in its measurement.
"""

import os
import shutil
import sys
from pathlib import Path
from types import ModuleType

from asterism import proc
from asterism.images.source import CHECKOUT

PARTS = ("proto", "internal", "bootstrapper", "images", "requirements", "cni-config")
BUILD_TIMEOUT = 300.0
BUILD = """
import sys
from pathlib import Path
from asterism.images.build import build_image
print(build_image(progress=lambda _: None, images=Path(sys.argv[1])).directory)
"""


def build(twin: ModuleType, folder: Path) -> Path:
    """An image whose file `twin.FILE` has `twin.REPLACEMENT` at its end, in a folder in `folder`.

    What a replacement defines takes the place of what the file defined before.
    """
    checkout = folder / "checkout"
    for part in PARTS:
        shutil.copytree(CHECKOUT / part, checkout / part, ignore=shutil.ignore_patterns("tests"))
    with (checkout / twin.FILE).open("a") as file:
        file.write(f"\n\n{twin.REPLACEMENT}")
    path = os.pathsep.join(str(source) for source in checkout.glob("*/src"))
    built = proc.run(
        [sys.executable, "-c", BUILD, folder / "images"],
        env=os.environ | {"PYTHONPATH": path},
        timeout=BUILD_TIMEOUT,
    )
    return Path(built.text.strip())
