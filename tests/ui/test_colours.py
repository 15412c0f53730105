from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from vae_desktop.core.errors import UserError
from vae_desktop.core.values import Column, Dataset
from vae_desktop.core.work import Progress
from vae_desktop.ui.colouring import by_values

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from pytestqt.qtbot import QtBot

    from vae_desktop.latent.space import Space
    from vae_desktop.ui.workspace import Workspace

SOON = 20_000


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


def test_hidden_kinds_say_nothing_of_another_colouring(opened: Workspace, qtbot: QtBot) -> None:
    opened.set_look(hidden_kinds=frozenset({1}))
    assert opened.colours.hidden_kinds == {1}
    with qtbot.waitSignal(opened.colours.changed, timeout=SOON):
        opened.set_look(colour="z:0")
        assert opened.colours.current.key == "class"  # as yet
        assert opened.colours.hidden_kinds == frozenset()
    with qtbot.waitSignal(opened.colours.changed, timeout=SOON):
        opened.undo.undo()
        assert opened.look.hidden_kinds == {1}
        assert opened.colours.hidden_kinds == frozenset()  # a shade of the ramp, as yet
    assert opened.colours.hidden_kinds == {1}


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


def test_a_window_that_closes_asks_for_no_colours_again(
    opened: Workspace, open_untrained: Callable[..., Space], rows: Dataset
) -> None:
    opened.set_look(colour="kl")
    open_untrained(replace(rows, labels=1 - rows.labels), 2)
    opened.set_look(colour="density")
    opened.jobs.shutdown()  # would go on for ever
    assert not opened.jobs.running
