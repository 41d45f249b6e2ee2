"""Options: from texts to values and back, for every type that a field may have."""

import sys
from dataclasses import dataclass, field
from typing import Annotated, Literal, Optional

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bench import options, specs
from bench.api import Range
from bench.errors import UsageError
from bench.options import REQUIRED, build, changed, searchable, values_of
from bench.specs import Spec, format_spec, parse_spec, split


@dataclass(frozen=True)
class Filter:
    """One field of each type."""

    order: Annotated[int, Range(1, 8), "steepness"] = 4
    cutoff: Annotated[float, Range(0.1, 100, log=True)] = 5.0
    kind: Annotated[Literal["low", "high"], "which side stays"] = "low"
    steps: Literal[1, 2, 3] = 1
    causal: bool = False
    name: str = "butter"
    bands: tuple[int, ...] = (1, 3)
    gains: Annotated[tuple[float, ...], Range(0, 1)] = ()
    words: tuple[str, ...] = ()
    limit: Optional[int] = None  # noqa: UP045 - both spellings are in use
    ratio: Annotated[float | None, Range(0, 1)] = None
    side: Literal["left", "right"] | None = None


# -------------------------------------------------------------------------------- one value

GOOD = [
    ("order", "8", 8),
    ("order", 3, 3),
    ("order", "0.3e1", 3),
    ("order", "8.0", 8),
    ("order", 8.0, 8),
    ("cutoff", "0.1", 0.1),
    ("cutoff", "1e1", 10.0),
    ("cutoff", 7, 7.0),
    ("kind", "high", "high"),
    ("steps", "2", 2),
    ("steps", 3, 3),
    ("causal", "true", True),
    ("causal", "Yes", True),
    ("causal", "1", True),
    ("causal", "FALSE", False),
    ("causal", "no", False),
    ("causal", "0", False),
    ("causal", True, True),
    ("name", "cheby 1", "cheby 1"),
    ("name", "", ""),
    ("bands", "1,3,5", (1, 3, 5)),
    ("bands", "7", (7,)),
    ("bands", "", ()),
    ("bands", [2, 4], (2, 4)),
    ("gains", "0,0.5,1", (0.0, 0.5, 1.0)),
    ("words", "a,b", ("a", "b")),
    ("limit", "none", None),
    ("limit", "None", None),
    ("limit", None, None),
    ("limit", "12", 12),
    ("limit", "1e6", 10**6),
    ("limit", "1_000_000", 10**6),
    ("limit", "9007199254740993.0", 2**53 + 1),  # which no float is
    ("ratio", "0.25", 0.25),
    ("ratio", "none", None),
    ("side", "left", "left"),
    ("side", "none", None),
]


@pytest.mark.parametrize(("name", "text", "value"), GOOD)
def test_a_text_becomes_a_value_of_the_fields_type(name, text, value):
    found = getattr(build(Filter, {name: text}, "filter"), name)
    assert found == value
    assert type(found) is type(value)


BAD = [
    ("order", "nine", "a whole number from 1 to 8, not 'nine'"),
    ("order", "2.5", "a whole number from 1 to 8, not '2.5'"),
    ("order", "true", "a whole number from 1 to 8, not 'true'"),
    ("order", True, "a whole number from 1 to 8, not 'True'"),
    ("order", "", "a whole number from 1 to 8, not ''"),
    ("order", "0", "a whole number from 1 to 8, not 0"),
    ("order", "9", "a whole number from 1 to 8, not 9"),
    ("order", "1" + "0" * 400, "a whole number from 1 to 8, not 1" + "0" * 400),
    ("cutoff", "0.09", "a number from 0.1 to 100, not 0.09"),
    ("cutoff", "101", "a number from 0.1 to 100, not 101"),
    ("cutoff", "nan", "a number from 0.1 to 100, not 'nan'"),
    ("cutoff", "inf", "a number from 0.1 to 100, not 'inf'"),
    ("cutoff", "1e999", "a number from 0.1 to 100, not '1e999'"),
    ("cutoff", "5Hz", "a number from 0.1 to 100, not '5Hz'"),
    ("kind", "mid", "low, high, not 'mid'"),
    ("kind", "Low", "low, high, not 'Low'"),
    ("steps", "4", "1, 2, 3, not '4'"),
    ("causal", "maybe", "true or false, not 'maybe'"),
    ("bands", "1,x", "whole numbers joined by commas, not '1,x'"),
    ("bands", "1.5", "whole numbers joined by commas, not '1.5'"),
    ("gains", "0,1.5", "numbers joined by commas from 0 to 1, not 0,1.5"),
    ("limit", "some", "a whole number or none, not 'some'"),
    ("limit", "1e-6", "a whole number or none, not '1e-6'"),
    ("limit", "2.99999999999999999999", "a whole number or none, not '2.99999999999999999999'"),
    ("limit", "1e999999999", "a whole number or none, not '1e999999999'"),
    ("limit", "inf", "a whole number or none, not 'inf'"),
    ("limit", "nan", "a whole number or none, not 'nan'"),
    ("ratio", "2", "a number or none from 0 to 1, not 2"),
    ("side", "up", "left or right or none, not 'up'"),
]


@pytest.mark.parametrize(("name", "text", "reason"), BAD)
def test_what_is_no_value_of_the_field_is_refused_in_one_sentence(name, text, reason):
    with pytest.raises(UsageError) as caught:
        build(Filter, {name: text}, "preprocessor 'filter'")
    assert str(caught.value) == f"preprocessor 'filter': '{name}' takes {reason}."


@given(st.integers(-10, 20))
def test_the_ends_of_a_range_belong_to_it(number):
    if 1 <= number <= 8:
        assert build(Filter, {"order": str(number)}, "filter").order == number
    else:
        with pytest.raises(UsageError):
            build(Filter, {"order": str(number)}, "filter")


def test_an_unknown_option_is_answered_with_the_nearest_and_all():
    with pytest.raises(UsageError) as caught:
        build(Filter, {"cutof": "3"}, "preprocessor 'filter'")
    assert str(caught.value) == (
        "Preprocessor 'filter' has no option 'cutof'; did you mean 'cutoff'? Known: bands, causal, cutoff, "
        "gains, kind, limit, name, order, ratio, side, steps, words."
    )


@dataclass(frozen=True)
class Folds:
    path: Annotated[str, "a file"]
    parts: Annotated[int, Range(2, 5)]
    seed: int = 0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "protocol 'folds' needs the option 'path' (a text)."),
        ({"path": "x"}, "protocol 'folds' needs the option 'parts' (a whole number from 2 to 5)."),
        ({"seed": "x"}, "protocol 'folds' needs the option 'path' (a text)."),
    ],
)
def test_an_option_without_a_default_is_asked_for(values, message):
    with pytest.raises(UsageError) as caught:
        build(Folds, values, "protocol 'folds'")
    assert str(caught.value) == message
    assert options.options_of(Folds)["path"].default is REQUIRED


# -------------------------------------------------------------------------------- the fields of a class


def test_the_fields_of_a_class_are_its_options_in_order():
    found = options.options_of(Filter)
    assert list(found) == [
        "order", "cutoff", "kind", "steps", "causal", "name", "bands", "gains", "words", "limit", "ratio", "side"
    ]  # fmt: skip
    assert (found["order"].kind, found["order"].default) == (int, 4)
    assert (found["order"].range, found["order"].about) == (Range(1, 8), "steepness")
    assert found["kind"].choices == ("low", "high")
    assert found["name"].accepts() == "a text"


def test_a_field_that_is_computed_is_no_option():
    @dataclass(frozen=True)
    class Computed:
        low: float = 1.0
        edges: tuple[float, ...] = field(init=False, default=())

    plugin = build(Computed, {"low": "2"}, "step")
    assert values_of(plugin) == {"low": 2.0}
    assert build(Computed, values_of(plugin), "step") == plugin


def test_a_default_may_come_from_a_factory():
    @dataclass(frozen=True)
    class Made:
        bands: tuple[int, ...] = field(default_factory=lambda: (4, 8))

    assert options.options_of(Made)["bands"].default == (4, 8)
    assert changed(Made()) == {}
    assert changed(Made((1,))) == {"bands": (1,)}


ELSEWHERE = """
from __future__ import annotations
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal
from bench.api import Range
if TYPE_CHECKING:
    from nowhere import Array, Mapping

Kind = Literal["a", "b"]

@dataclass(frozen=True)
class Base:
    table: ClassVar[Mapping[str, Array]] = {}
    kind: Annotated[Kind, "of them"] = "a"
    width: Annotated[int, Range(1, 9)] = 2

    def apply(self, values: Array) -> Array:
        return values
"""
HERE = """
from __future__ import annotations
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar
from elsewhere import Base
if TYPE_CHECKING:
    from nowhere import Signal
Span = float  # a name that the base's module does not have

@dataclass(frozen=True)
class Derived(Base):
    best: ClassVar[Signal | None] = None
    span: Span = 1.5
    width: int = 3

    def apply(self, values: Signal) -> Signal:
        return values
"""


def test_annotations_are_read_where_they_are_written_and_others_may_name_what_is_not_there(tmp_path, monkeypatch):
    (tmp_path / "elsewhere.py").write_text(ELSEWHERE)
    (tmp_path / "here.py").write_text(HERE)
    monkeypatch.syspath_prepend(tmp_path)
    try:
        from here import Derived

        found = options.options_of(Derived)
        assert list(found) == ["kind", "width", "span"]
        assert found["kind"].choices == ("a", "b")
        assert (found["kind"].about, found["span"].kind) == ("of them", float)
        assert (found["width"].kind, found["width"].range, found["width"].default) == (int, Range(1, 9), 3)
    finally:
        for name in ("elsewhere", "here"):
            sys.modules.pop(name, None)


# -------------------------------------------------------------------------------- records and searches


def test_a_record_keeps_all_options_and_gives_the_same_instance_back():
    plugin = Filter(bands=(2,), ratio=0.5, causal=True)
    assert values_of(plugin) == {
        "order": 4, "cutoff": 5.0, "kind": "low", "steps": 1, "causal": True, "name": "butter", "bands": [2],
        "gains": [], "words": [], "limit": None, "ratio": 0.5, "side": None,
    }  # fmt: skip
    assert build(Filter, values_of(plugin), "filter") == plugin


def test_a_label_shows_only_what_differs_from_the_defaults():
    assert changed(Filter()) == {}
    assert changed(Filter(order=4, kind="high", bands=(1,))) == {"kind": "high", "bands": (1,)}
    assert changed(Folds("a.csv", 2)) == {"path": "a.csv", "parts": 2}


def test_a_search_explores_ranges_of_one_number_and_choices_that_nobody_has_fixed():
    assert list(searchable(Filter, {})) == ["order", "cutoff", "kind", "steps"]
    assert list(searchable(Filter, iter(["kind", "order"]))) == ["cutoff", "steps"]


# -------------------------------------------------------------------------------- specs as typed

SPECS = [
    ("loso", Spec("loso")),
    ("loso()", Spec("loso")),
    ("  k-fold_2 ", Spec("k-fold_2")),
    ("late(rule=vote)", Spec("late", (), (("rule", "vote"),))),
    ("late (rule = vote , parts=3)", Spec("late", (), (("rule", "vote"), ("parts", "3")))),
    ("bandpass(5,15)", Spec("bandpass", ("5", "15"))),
    ("bandpass(5, order=2)", Spec("bandpass", ("5",), (("order", "2"),))),
    ("net(stages=(1,3),width=8)", Spec("net", (), (("stages", "1,3"), ("width", "8")))),
    ("net((1,3),8)", Spec("net", ("1,3", "8"))),
    ("net(stages=())", Spec("net", (), (("stages", ""),))),
    ("file(path='a b.csv')", Spec("file", (), (("path", "a b.csv"),))),
    ('file(path="x=1")', Spec("file", (), (("path", "x=1"),))),
    ("file(path=a(1))", Spec("file", (), (("path", "a(1)"),))),
    ("outer(inner=net(a=1,b=2))", Spec("outer", (), (("inner", "net(a=1,b=2)"),))),
]


@pytest.mark.parametrize(("text", "spec"), SPECS, ids=[text for text, _ in SPECS])
def test_a_spec_is_a_name_with_values_in_parentheses(text, spec):
    assert parse_spec(text) == spec


def test_values_after_a_named_one_are_more_of_it():
    spec = parse_spec("attentive(stages=1,3, direction=both)")
    assert spec.named == (("stages", "1,3"), ("direction", "both"))


def test_values_without_a_name_fill_the_fields_in_order():
    assert parse_spec("filter(2, 7.5, kind=high)").options(Filter) == {"order": "2", "cutoff": "7.5", "kind": "high"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("late(rule=vote", "Cannot read 'late(rule=vote'; write a name, or a name with options as in late(rule=vote)."),
        ("", "Cannot read ''; write a name, or a name with options as in late(rule=vote)."),
        ("a b", "Cannot read 'a b'; write a name, or a name with options as in late(rule=vote)."),
        ("late() x", "Cannot read 'late() x'; write a name, or a name with options as in late(rule=vote)."),
        ("folds(a,2,0,1)", "folds takes at most 3 options, not 4."),
        ("folds(a,path=b)", "folds is given the option 'path' twice."),
        ("folds(path=a,path=b)", "folds is given the option 'path' twice."),
    ],
)
def test_a_spec_that_cannot_be_read_says_what_is_wrong(text, message):
    with pytest.raises(UsageError) as caught:
        parse_spec(text).options(Folds)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "separator", "parts"),
    [
        ("none,late(rule=vote,parts=3),early", ",", ["none", "late(rule=vote,parts=3)", "early"]),
        ("a | b(5,15)", "|", ["a", "b(5,15)"]),
        ("a(x=(1|2)) | b", "|", ["a(x=(1|2))", "b"]),
        ("a,, b ,", ",", ["a", "b"]),
        ("", ",", []),
    ],
)
def test_lists_are_split_outside_parentheses(text, separator, parts):
    assert split(text, separator) == parts
    assert specs.specs(text, separator) == [parse_spec(part) for part in parts]


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="()'\"\n\r", exclude_categories=["Cc", "Zl", "Zp"]))


@given(
    st.builds(
        Filter,
        order=st.integers(1, 8),
        cutoff=st.floats(0.1, 100),
        kind=st.sampled_from(["low", "high"]),
        steps=st.sampled_from([1, 2, 3]),
        causal=st.booleans(),
        name=TEXT,
        bands=st.lists(st.integers()).map(tuple),
        gains=st.lists(st.floats(0, 1)).map(tuple),
        words=st.lists(st.text("abc -_=/", min_size=1)).map(tuple),
        limit=st.none() | st.integers(),
        ratio=st.none() | st.floats(0, 1),
        side=st.sampled_from([None, "left", "right"]),
    )
)
@example(Filter(name="a,b=c.csv"))
@example(Filter(name="(1,2)"))
@example(Filter(name="results(1).csv"))
@example(Filter(name="'quoted'"))
@example(Filter(name=" around "))
@example(Filter(cutoff=0.1 + 0.2, gains=(1e-17, 1 / 3)))
def test_what_is_written_is_read_back_as_the_same_instance(plugin):
    text = format_spec("filter", changed(plugin))
    spec = parse_spec(text)
    assert spec.name == "filter"
    assert build(Filter, spec.options(Filter), "filter") == plugin
    assert split(f"loso,{text},none", ",") == ["loso", text, "none"]  # also in a list on the command line


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({}, "late"),
        ({"rule": "vote"}, "late(rule=vote)"),
        ({"C": 0.1, "n": 3}, "late(C=0.1, n=3)"),
        ({"C": 1e-05}, "late(C=1e-05)"),
        ({"C": 123456789.125}, "late(C=123456789.125)"),
        ({"stages": (1, 3)}, "late(stages=(1,3))"),
        ({"stages": [1, 3]}, "late(stages=(1,3))"),
        ({"limit": None, "causal": True}, "late(limit=None, causal=true)"),
    ],
)
def test_labels_are_written_as_people_type_them(values, text):
    assert format_spec("late", values) == text


def test_a_field_that_is_declared_again_for_its_default_keeps_text_and_range():
    @dataclass(frozen=True)
    class Base:
        width: Annotated[int, Range(1, 8), "channels"] = 2
        depth: Annotated[int, Range(1, 4), "layers"] = 1
        rate: Annotated[int, Range(1, 4), "Hertz"] = 1
        limit: int | None = None

    @dataclass(frozen=True)
    class Derived(Base):
        width: int = 4
        depth: Annotated[int, Range(1, 2), "blocks"] = 2
        rate: int | None = None
        limit: int = 1

    found = options.options_of(Derived)
    assert found == {
        "width": options.Option("width", int, 4, Range(1, 8), "channels"),
        "depth": options.Option("depth", int, 2, Range(1, 2), "blocks"),
        "rate": options.Option("rate", int | None, None),
        "limit": options.Option("limit", int, 1),
    }
