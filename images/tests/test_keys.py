"""Content keys change exactly with what a result depends on."""

from pathlib import Path

from asterism.images.keys import content_key, files_below, tree_digest


def test_a_key_depends_on_how_parts_are_cut() -> None:
    """The same characters in other parts are another key."""
    assert content_key("ab", "c") != content_key("a", "bc")


def test_a_key_depends_on_order_and_is_stable() -> None:
    """Equal parts give equal keys, in this order only."""
    assert content_key("a", "b") == content_key("a", "b") != content_key("b", "a")


def test_a_tree_digest_sees_names_contents_and_the_executable_bit(tmp_path: Path) -> None:
    """Each of the three alone changes the digest; times do not."""
    file = tmp_path / "file"
    file.write_text("one")
    seen = [tree_digest(tmp_path, files_below(tmp_path))]
    file.write_text("two")
    seen.append(tree_digest(tmp_path, files_below(tmp_path)))
    file.chmod(0o755)
    seen.append(tree_digest(tmp_path, files_below(tmp_path)))
    file.rename(tmp_path / "other")
    seen.append(tree_digest(tmp_path, files_below(tmp_path)))
    assert len(set(seen)) == len(seen)


def test_a_tree_digest_leaves_out_compiled_python(tmp_path: Path) -> None:
    """What the interpreter writes beside our code is no input."""
    (tmp_path / "module.py").write_text("")
    before = tree_digest(tmp_path, files_below(tmp_path))
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "module.pyc").write_text("")
    assert tree_digest(tmp_path, files_below(tmp_path)) == before


def test_a_tree_digest_reads_a_link_not_what_it_leads_to(tmp_path: Path) -> None:
    """Masks of units lead to /dev/null, which is nothing to read."""
    (tmp_path / "mask").symlink_to("/dev/null")
    first = tree_digest(tmp_path, files_below(tmp_path))
    (tmp_path / "mask").unlink()
    (tmp_path / "mask").symlink_to("/dev/zero")
    assert tree_digest(tmp_path, files_below(tmp_path)) != first
