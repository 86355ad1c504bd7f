"""The whole image made a second time, from empty roots, is the same image."""

from pathlib import Path

import pytest

from asterism.config import paths
from asterism.images import tree
from asterism.images.build import build_image

pytestmark = [pytest.mark.root, pytest.mark.image, pytest.mark.slow]


def test_an_image_made_again_has_the_same_id(tmp_path: Path) -> None:
    """Everything but Go's compiler cache is made anew, in other directories; every byte is equal.

    Takes minutes and the network. The Go cache is shared because Go's own builds are tested
    upstream to be reproducible, and an empty one would cost a quarter of an hour.
    """
    code = tree.own_digest()
    first = build_image(progress=lambda _: None)
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "go").symlink_to(paths.CACHE / "go")
    second = build_image(progress=lambda _: None, images=tmp_path / "images", cache=cache)
    assert tree.own_digest() == code, "the checkout was changed while the image was built"
    assert second.manifest.files == first.manifest.files
    assert second.image_id == first.image_id
