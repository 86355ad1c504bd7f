"""The node's tree: the cached base is never written to, equal large files are stored once."""

from pathlib import Path

from asterism.images import tree


def test_laying_over_does_not_write_through_hard_links(tmp_path: Path) -> None:
    """The tree is hard links to the base; a file that is replaced must leave the base's alone."""
    base, root, folder = (tmp_path / name for name in ("base", "root", "folder"))
    for directory in (base, root, folder / "usr"):
        directory.mkdir(parents=True)
    (base / "file").write_text("base")
    (root / "file").hardlink_to(base / "file")
    (folder / "file").write_text("ours")
    (folder / "usr" / "new").write_text("new")
    tree._lay_over(folder, root)
    assert (root / "file").read_text() == "ours"
    assert (base / "file").read_text() == "base"
    assert (root / "usr" / "new").read_text() == "new"


def test_modes_do_not_depend_on_the_umask_of_the_checkout(tmp_path: Path) -> None:
    """Git keeps the executable bit only, so only that counts."""
    folder, root = tmp_path / "folder", tmp_path / "root"
    folder.mkdir()
    root.mkdir()
    for name, mode in (("script", 0o700), ("data", 0o660)):
        (folder / name).write_text("")
        (folder / name).chmod(mode)
    tree._lay_over(folder, root)
    assert (root / "script").stat().st_mode & 0o777 == 0o755
    assert (root / "data").stat().st_mode & 0o777 == 0o644


def test_equal_large_files_of_layers_and_root_become_one(tmp_path: Path) -> None:
    """The root's own file stays, the layer's becomes a link to it; small or other files do not."""
    layer = tmp_path / tree.CONTAINERD / "layers" / "1" / "fs"
    layer.mkdir(parents=True)
    (tmp_path / "usr" / "bin").mkdir(parents=True)
    program = tmp_path / "usr" / "bin" / "kube"
    for path, content in (
        (program, b"x" * 70_000),
        (layer / "kube", b"x" * 70_000),
        (layer / "other", b"y" * 70_000),
        (layer / "small", b"x"),
    ):
        path.write_bytes(content)
    tree._share_large_files(tmp_path)
    assert (layer / "kube").samefile(program)
    assert not (layer / "other").samefile(program)
    assert program.stat().st_nlink == 2


def test_every_mask_has_a_reason() -> None:
    """A unit is not switched off without saying why."""
    assert all(tree.MASKED.values())
