"""Items by what a person types."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.core.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vae_desktop.latent.select import Known

COMPARE: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "<=": operator.le, ">=": operator.ge, "!=": operator.ne, "==": operator.eq, "=": operator.eq,
    "<": operator.lt, ">": operator.gt,
}  # fmt: skip
CONDITION = re.compile(r"(.+?)\s*(<=|>=|!=|==|=|<|>)\s*(.+)")
NUMBERED = re.compile(r"#(\d+)(?:\s*[-–]\s*#?(\d+))?")
JOIN = re.compile(r"\s+and\s+", re.IGNORECASE)
TOLD = 4  # columns that an error names
LONGEST = 32  # letters of what was typed that are said again


def search(known: Known, text: str) -> np.ndarray:
    """Mask (N,) of the items that fit what was typed.

    Conditions joined by ``and`` must all hold. One is a part of an item's or a class's name (a class that is called
    just so stands for itself alone); ``"quoted"``, the same whatever it holds; ``#12`` or ``#10-20``, items by their
    number; or a column, a sign (``< <= > >= = !=``) and a value: ``height > 1.5``, ``class = cat``,
    ``sex = female``. Capitals do not matter. Nothing typed finds nothing.

    Raises
    ------
    UserError
        With one line, when there is no such column, or the value is no number.
    """
    terms = _terms(text)
    if not terms[0]:
        return np.zeros(known.n, bool)
    mask = np.ones(known.n, bool)
    for term in terms:
        mask &= _term(known, term)
    return mask


def found_none(text: str) -> str:
    """What to say when no item fits what was typed."""
    terms = _terms(text)
    if len(terms) > 1:
        return "No item is all of that"
    if NUMBERED.fullmatch(terms[0]):
        return f"No item has the number {_short(terms[0])}"
    if not _quoted(terms[0]) and CONDITION.fullmatch(terms[0]):
        return f"No item has {_short(terms[0])}"
    return "No item is called so"


def _terms(text: str) -> list[str]:
    return [term.strip() for term in JOIN.split(text.strip())]


def _quoted(term: str) -> bool:
    return len(term) > 1 and term[0] == term[-1] == '"'


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _term(known: Known, term: str) -> np.ndarray:
    if _quoted(term):
        return _called(known, term[1:-1])
    if numbered := NUMBERED.fullmatch(term):
        first = int(numbered[1])
        last = first if numbered[2] is None else int(numbered[2])
        mask = np.zeros(known.n, bool)
        mask[first : last + 1] = True
        return mask
    if condition := CONDITION.fullmatch(term):
        return _condition(known, condition[1], condition[2], condition[3].strip('"'))
    return _called(known, term)


def _condition(known: Known, column: str, sign: str, value: str) -> np.ndarray:
    wanted = column.casefold()
    if wanted == "class" and known.labels is not None and sign in ("=", "==", "!="):
        same = [name.casefold() == value.casefold() for name in known.classes]
        if not any(same):
            raise UserError(f"there is no class called {_short(value)}")
        of_class = np.array([*same, False])[known.labels]
        return np.asarray(of_class if sign != "!=" else ~of_class)
    for title, texts in known.texts.items():
        if title.casefold() == wanted and sign in ("=", "==", "!="):
            found = np.char.lower(texts.astype(np.str_))
            return np.asarray(found != value.lower() if sign == "!=" else found == value.lower())
    for title, (places, categories) in known.kinds.items():
        if title.casefold() == wanted:
            return _of_kind(title, places(), categories, sign, value)
    for title, values in known.columns.items():
        if title.casefold() == wanted:
            try:
                number = float(value)
            except ValueError:
                raise UserError(f"{_short(title)} {sign} {_short(value)}: that is no number") from None
            numbers = values()
            with np.errstate(over="ignore"):  # beyond the column's type it is infinite: nothing is larger
                return np.asarray(COMPARE[sign](numbers, number) & ~np.isnan(numbers))
    raise UserError(_no_column(column, [*known.columns, *known.kinds, *known.texts]))


def _of_kind(title: str, places: np.ndarray, categories: tuple[str, ...], sign: str, value: str) -> np.ndarray:
    """Whether a category (index `places`, NaN unknown) is the one that was named; what is unknown never passes."""
    if sign not in ("=", "==", "!="):
        raise UserError(f"{_short(title)} {sign} {_short(value)}: it holds categories; ask for {_short(title)} = …")
    same = [name.casefold() == value.casefold() for name in categories]
    if not any(same):
        more = ", …" if len(categories) > TOLD else ""
        raise UserError(f"{_short(title)} is never {_short(value)}; it is {', '.join(categories[:TOLD])}{more}")
    there = np.flatnonzero(same).astype(places.dtype)
    return np.asarray(np.isin(places, there) if sign != "!=" else ~np.isin(places, there) & ~np.isnan(places))


def _no_column(column: str, titles: Sequence[str]) -> str:
    more = ", …" if len(titles) > TOLD else ""
    there = f"there are {', '.join(map(_short, titles[:TOLD]))}{more}" if titles else "there are no columns"
    return f"there is no column {_short(column)}; {there}"


def _called(known: Known, text: str) -> np.ndarray:
    """By a part of the item's name or of its class's."""
    wanted = text.casefold()
    mask = np.zeros(known.n, bool)
    if known.names:
        mask |= np.fromiter((wanted in name.casefold() for name in known.names), bool, known.n)
    if known.labels is not None:
        classes = [name.casefold() for name in known.classes]
        fits = [name == wanted for name in classes] if wanted in classes else [wanted in name for name in classes]
        mask |= np.array([*fits, False])[known.labels]
    return mask
