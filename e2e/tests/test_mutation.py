"""The mutation runner itself: which faults it makes, and which verdicts it believes."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from asterism.e2e.mutation.keys import KeyRing
from asterism.e2e.mutation.mutants import MutatedSource
from asterism.e2e.mutation.verdicts import Outcome, Verdict, Verdicts


def faults(text: str) -> set[tuple[str, str]]:
    """What stands where, and what stands there instead."""
    return {(found.before, found.after) for found in MutatedSource(text).mutants()}


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("a < b", "Lt", "LtE"),
        ("a < b", "Lt", "GtE"),
        ("a == b", "Eq", "NotEq"),
        ("a and b", "a and b", "a or b"),
        ("a and b", "a and b", "b"),
        ("not a", "not a", "a"),
        ("x = b'label'", "b'label'", "b'Xlabel'"),
        ("x = 'ATT-001'", "'ATT-001'", "'XATT-001'"),
        ("x = 4", "4", "5"),
        ("x = True", "True", "False"),
        ("x = (a, b)", "(a, b)", "(a,)"),
        ("x = {1: a, 2: b}", "{1: a, 2: b}", "{2: b}"),
        ("require(x)", "require(x)", "pass"),
        ("any(x)", "any", "all"),
        ("x = [a for a in b if a]", "for a in b if a", "for a in b"),
        ("try:\n f()\nexcept A:\n g()\nexcept B:\n h()", None, None),
    ],
)
def test_each_fault_is_made(text: str, before: str | None, after: str | None) -> None:
    """One of each kind."""
    found = faults(text)
    assert before is None or (before, after) in {(b.strip(), a.strip()) for b, a in found}
    assert found


@pytest.mark.parametrize(
    "text",
    [
        '"""A docstring."""',
        "x = 'words for people'",
        "x: int",
        "Alias: TypeAlias = 'dict[str, int]'",
        "import a",
        "T = TypeVar('T')",
        "def f() -> int:\n return x",
        "@cache(size=5)\ndef f(a: 'str') -> None: ...",
    ],
)
def test_what_nobody_wants_to_be_told_is_left_alone(text: str) -> None:
    """Texts, types, decorators, and what mypy refuses."""
    assert faults(text) == set()


def test_a_fault_is_in_one_place_and_gone_afterwards() -> None:
    """The same tree compiles to each of its mutants."""
    source = MutatedSource("x = 1\ny = 1\n")
    results = []
    for mutant in source.mutants():
        names: dict[str, int] = {}
        exec(source.compiled(mutant.number, "made"), names)  # noqa: S102
        results.append((names["x"], names["y"]))
    assert sorted(results) == [(1, 2), (2, 1)]


def test_faults_know_their_function() -> None:
    """By its qualified name; what is run at loading belongs to none."""
    text = "a = 1\nclass C:\n b = 2\n def f(self):\n  def g():\n   return 3\n"
    owners = {mutant.before: mutant.owner for mutant in MutatedSource(text).mutants()}
    assert owners == {"1": "", "2": "", "3": "C.f"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A source and two files of tests."""
    for name in ("source.py", "test_a.py", "test_b.py"):
        (tmp_path / name).write_text(f"# {name}\n")
    return tmp_path


TESTS = ("test_a.py::one", "test_b.py::two")


def learnt(tree: Path, verdict: Verdict) -> Verdicts:
    """What a later run knows after a first one learnt `verdict`."""
    first = Verdicts(tree / "kept.json", tree)
    first.learn(tree / "source.py", 0, verdict, TESTS)
    first.save()
    return Verdicts(tree / "kept.json", tree)


def test_a_kill_holds_while_the_test_is_as_it_was(tree: Path) -> None:
    """Other tests may change."""
    killed = Verdict(Outcome.KILLED, TESTS[0])
    learnt(tree, killed)
    (tree / "test_b.py").write_text("# changed\n")
    assert Verdicts(tree / "kept.json", tree).known(tree / "source.py", 0, TESTS) == killed
    (tree / "test_a.py").write_text("# changed\n")
    later = Verdicts(tree / "kept.json", tree)
    assert later.known(tree / "source.py", 0, TESTS) is None
    assert later.not_survived(tree / "source.py", 0, TESTS) == list(TESTS)


def test_a_survivor_meets_only_new_tests(tree: Path) -> None:
    """Those that it survived need not be run again; fixtures belong to a test."""
    survived = Verdict(Outcome.SURVIVED)
    assert learnt(tree, survived).known(tree / "source.py", 0, TESTS) == survived
    (tree / "test_b.py").write_text("# changed\n")
    later = Verdicts(tree / "kept.json", tree)
    assert later.known(tree / "source.py", 0, TESTS) is None
    assert later.not_survived(tree / "source.py", 0, TESTS) == [TESTS[1]]
    (tree / "conftest.py").write_text("# new\n")
    fixtures = Verdicts(tree / "kept.json", tree)
    assert fixtures.not_survived(tree / "source.py", 0, TESTS) == list(TESTS)


def test_a_changed_source_has_other_mutants(tree: Path) -> None:
    """Nothing is known of them."""
    known = learnt(tree, Verdict(Outcome.SURVIVED))
    assert known.known(tree / "source.py", 1, TESTS) is None
    (tree / "source.py").write_text("# changed\n")
    assert Verdicts(tree / "kept.json", tree).known(tree / "source.py", 0, TESTS) is None


def test_a_ring_gives_the_same_keys_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the same order after it was rewound."""
    monkeypatch.setattr(rsa, "generate_private_key", rsa.generate_private_key)
    ring = KeyRing()
    ring.install()
    first, second = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    ring.rewind()
    assert rsa.generate_private_key(65537, 2048) is first
    assert rsa.generate_private_key(65537, 2048) is second is not first
    assert ring.given == {2048: 2}
