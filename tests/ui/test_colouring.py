from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QColor

from vae_desktop.core.errors import UserError
from vae_desktop.core.values import Column, Dataset
from vae_desktop.core.work import Progress
from vae_desktop.ui.colouring import LOT, MOST, SHADES, by_class, by_values, ramp, shown_groups
from vae_desktop.ui.theme import DARK, LIGHT, Theme

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from pytestqt.qtbot import QtBot

    from vae_desktop.latent.space import Space
    from vae_desktop.ui.workspace import Workspace

SOON = 20_000


def test_a_class_is_its_own_group_and_unknown_comes_last() -> None:
    found = by_class(np.array([1, 0, -1, 1]), ("cat", "dog"), 4)
    assert found.groups.tolist() == [1, 0, 2, 1]
    assert len(found.colours(DARK)) == 3
    assert by_class(None, (), 3).groups.tolist() == [0, 0, 0]
    many = by_class(np.arange(-1, 400), [str(i) for i in range(400)], 401)
    assert many.groups.max() == MOST
    assert many.groups[1:127].tolist() == list(range(126))


def test_a_hidden_group_is_that_group_however_many_there_are() -> None:
    assert np.flatnonzero(~shown_groups(frozenset({3, 7}))).tolist() == [3, 7]
    assert np.flatnonzero(~shown_groups(frozenset(range(5, 1000)))).tolist() == list(range(5, MOST + 1))


def test_numbers_are_on_a_ramp_and_each_item_is_told_what_it_has() -> None:
    values = np.random.default_rng(0).permutation(np.linspace(-2, 3, 500))
    values[[4, 9]] = np.nan, np.inf
    found = by_values("z:0", "z₁", values)
    assert found.ramp
    assert found.groups[[4, 9]].tolist() == [SHADES, SHADES]
    assert found.told(4) == ""
    shade = np.argsort(LOT)[found.groups[np.isfinite(values)]]  # from the lowest to the highest
    assert (np.diff(shade[np.argsort(values[np.isfinite(values)])].astype(int)) >= 0).all()
    for item in (0, 100, 499):
        number = float(found.told(item).removeprefix("z₁: about ").replace("−", "-"))
        assert number == pytest.approx(values[item], abs=0.1)


def test_few_numbers_are_kinds_each_told_as_it_is() -> None:
    found = by_values("factor:age", "age", np.array([3, 1, 3, 7]))
    assert found.names == ("1", "3", "7")
    assert [found.told(item) for item in range(4)] == ["age: 3", "age: 1", "age: 3", "age: 7"]


def test_a_rare_number_is_never_told_as_another() -> None:
    values = np.zeros(300_000)
    values[1::2] = 1
    values[100_001] = 0.5  # no sample of some sees it
    found = by_values("factor:x", "x", values)
    assert found.told(100_001) == "x: 0.5"
    values[100_001:100_041:2] = np.arange(20) / 40  # too many for kinds
    assert by_values("factor:x", "x", values).ramp


def test_texts_are_kinds_and_beyond_the_last_colour_they_are_others() -> None:
    found = by_values("factor:owner", "owner", np.array(["b", "", "a", "b"]))
    assert found.names == ("a", "b")
    assert found.groups.tolist() == [1, 2, 0, 1]
    assert [found.told(item) for item in range(4)] == ["owner: b", "", "owner: a", "owner: b"]
    names = np.array([f"{i:03}" for i in range(300)] + [""])
    many = by_values("factor:name", "name", names)
    assert many.told(124) == "name: 124"
    assert many.told(125) == many.told(299) == "name: 175 others"
    assert many.told(300) == ""
    assert len(many.colours(DARK)) == many.groups.max() + 1 == MOST + 1


@pytest.mark.parametrize("values", [np.full(5, np.nan), np.array([]), np.full(9, 2.0), np.array([True, False])])
def test_any_values_have_colours(values: np.ndarray) -> None:
    found = by_values("factor:x", "x", values)
    assert len(found.groups) == len(values)
    assert found.groups.max(initial=0) < len(found.colours(DARK))


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_a_ramp_can_be_read_without_colours(theme: Theme) -> None:
    lightness = [QColor(colour).lightnessF() for colour in ramp(theme, SHADES)]
    grey = [0.299 * QColor(c).redF() + 0.587 * QColor(c).greenF() + 0.114 * QColor(c).blueF() for c in ramp(theme, 60)]
    assert len(lightness) == SHADES
    steps = np.diff(grey)
    assert (steps > 0).all() or (steps < 0).all()


@pytest.fixture
def rows() -> Dataset:
    rng = np.random.default_rng(0)
    labels = (np.arange(30) % 2).astype(np.int32)
    columns = (Column("a"), Column("b"))
    return Dataset("table", rng.normal(size=(30, 2)).astype(np.float32), labels, ("cat", "dog"), columns)


@pytest.fixture
def opened(workspace: Workspace, open_untrained: Callable[..., Space], rows: Dataset, qtbot: QtBot) -> Workspace:
    with qtbot.waitSignal(workspace.colours.changed, timeout=SOON):
        open_untrained(rows, 2)
    return workspace


def failing(*_: object) -> Generator[Progress, None, np.ndarray]:
    yield Progress(0, 1, "")
    raise UserError("it cannot be told")


def endless(*_: object) -> Generator[Progress, None, np.ndarray]:
    while True:
        yield Progress(0, 1, "")


def test_what_is_chosen_is_worked_out_and_undone(opened: Workspace, qtbot: QtBot, rows: Dataset) -> None:
    colours = opened.colours
    with qtbot.waitSignal(colours.changed, timeout=SOON):
        opened.set_look(colour="column:b")
    assert np.array_equal(colours.current.groups, by_values("column:b", "b", rows.x[:, 1]).groups)
    with qtbot.waitSignal(colours.changed, timeout=SOON):
        opened.undo.undo()
    assert colours.current.groups.tolist() == [0, 1] * 15


def test_one_that_fails_leaves_the_colours_and_says_so(
    opened: Workspace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vae_desktop.ui.colouring.measuring", failing)
    with qtbot.waitSignal(opened.failed, timeout=SOON):
        opened.set_look(colour="error")
    qtbot.waitUntil(lambda: opened.look.colour == "class", timeout=SOON)
    assert opened.colours.current.key == "class"


def test_one_that_is_cancelled_leaves_the_colours_and_says_so(
    opened: Workspace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vae_desktop.ui.colouring.measuring", endless)
    opened.set_look(colour="density")
    (job,) = opened.jobs.running
    job.cancel()
    qtbot.waitUntil(lambda: opened.look.colour == "class", timeout=SOON)
    assert opened.colours.current.key == "class"


def test_what_was_asked_of_other_data_is_dropped(
    opened: Workspace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vae_desktop.ui.colouring.measuring", endless)
    opened.set_look(colour="density")
    (job,) = opened.jobs.running
    with qtbot.waitSignal(job.cancelled, timeout=SOON):
        opened.set_dataset(Dataset("table", np.zeros((30, 1), np.float32), columns=(Column("a"),)))
    assert opened.look.colour == "class"
    assert not opened.undo.canUndo()


def test_as_many_items_of_other_data_have_no_colours_until_they_are_told(
    opened: Workspace, qtbot: QtBot, open_untrained: Callable[..., Space], rows: Dataset
) -> None:
    with qtbot.waitSignal(opened.colours.changed, timeout=SOON):
        open_untrained(replace(rows, labels=1 - rows.labels), 2)
        assert len(opened.colours.current.groups) == 0
    assert opened.colours.current.groups.tolist() == [1, 0] * 15


def test_hidden_classes_say_nothing_of_other_groups(opened: Workspace, qtbot: QtBot) -> None:
    opened.set_look(hidden=frozenset({1}))
    assert opened.colours.hidden == {1}
    with qtbot.waitSignal(opened.colours.changed, timeout=SOON):
        opened.set_look(colour="z:0")
        assert opened.colours.current.key == "class"  # as yet
        assert opened.colours.hidden == frozenset()
    with qtbot.waitSignal(opened.colours.changed, timeout=SOON):
        opened.undo.undo()
        assert opened.look.hidden == {1}
        assert opened.colours.hidden == frozenset()  # a shade of the ramp, as yet
    assert opened.colours.hidden == {1}


def test_errors_are_told_anew_when_the_training_has_ended(
    opened: Workspace, qtbot: QtBot, open_untrained: Callable[..., Space], monkeypatch: pytest.MonkeyPatch
) -> None:
    training = opened.jobs.run("train", endless)
    with qtbot.waitSignal(opened.colours.changed, timeout=SOON):
        opened.set_look(colour="error")
    first, space = opened.colours.current, opened.space
    assert space is not None

    def epoch() -> None:
        posterior = replace(space.posterior, mu=space.posterior.mu + 1)
        opened.set_space(replace(space, posterior=posterior), None)

    epoch()
    assert opened.colours._job is None  # that would cost the training too much
    with qtbot.waitSignal(training.cancelled, timeout=SOON):
        training.cancel()
    with qtbot.waitSignal(opened.colours.changed, timeout=SOON):
        epoch()
    assert opened.colours.current is not first
