"""Glossary, keys, log and about: quiet pages beside the window."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QDialog, QTextBrowser, QVBoxLayout, QWidget

import vae_desktop
from vae_desktop.core.resources import resource
from vae_desktop.ui.faults import log_file

KEYS = """
| on the map | does |
|:--|:--|
| move | decode under the pointer; over a dot, show the item |
| click | put the cursor there; on a dot: select the item |
| drag | move the cursor and decode all the way |
| Shift + drag | lasso: select; with Ctrl add, with Alt take away |
| Ctrl + click, Alt + click on a dot | add the item to the selection, take it away |
| wheel, pinch, + and − | zoom |
| middle or right drag, Ctrl + arrow keys | pan |
| A, B, or right click | make the place an anchor of Interpolate |
| arrow keys | nudge the cursor |
| Space | play the interpolation |
| Ctrl + ← and → | step along the interpolation, where there is one |
| F | show the selection |
| Home | show everything |
| Esc | give up a lasso; clear the selection and the cursor |

| in the Selection panel | does |
|:--|:--|
| Enter in the search field | select what was found |
| arrow keys, Home, End, Page Up, Page Down | walk over the selected items |
| Enter | stand on the item |
| Delete | take it out of the selection; forget a name |
| F2 | rename a named selection, or a class in its legend |

| on the 3-D view | does |
|:--|:--|
| drag, arrow keys | turn |
| middle or right drag | move it |
| wheel, pinch, + and − | zoom |
| click, A, B on a dot | go to the item, make it an anchor |
| Home | look as at first |

| everywhere | does |
|:--|:--|
| Ctrl+O, Ctrl+Shift+O | open files, a folder |
| Ctrl+D | the data sheet, and back to the map |
| Ctrl+E | export |
| Ctrl+A, Ctrl+Shift+A, Ctrl+I | select all, nothing, what is not selected |
| Ctrl+Z, Ctrl+Shift+Z | undo, redo |
| F1 | this program's words, explained |
"""


def show_glossary(parent: QWidget) -> None:
    """Open the glossary, at the entry of the control that has the focus if there is one."""
    focus = QApplication.focusWidget()
    name = "" if focus is None else focus.accessibleName()
    page = _page(parent, "Glossary", resource("glossary.md").read_text(encoding="utf-8"))
    if name and not page.find(f"{name} —"):
        page.find(f"{name.removesuffix('s')} —")


def show_keys(parent: QWidget) -> None:
    """Show what mouse and keys do."""
    _page(parent, "Mouse and keyboard", KEYS)


def show_about(parent: QWidget) -> None:
    """Say what this is."""
    text = (
        f"## VAE Desktop {vae_desktop.__version__}\n\nDrop a dataset, train a variational autoencoder, and walk its"
        " latent space on a live map.\n\nMIT licence. Nothing leaves this computer."
    )
    _page(parent, "About", text)


def show_log(parent: QWidget) -> None:
    """Open the folder with the log file."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_file().parent)))


def _page(parent: QWidget, title: str, text: str) -> QTextBrowser:
    dialog = QDialog(parent)
    dialog.setObjectName("helpPage")
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.resize(560, 560)
    browser = QTextBrowser(dialog)
    browser.setOpenExternalLinks(True)
    browser.setMarkdown(text)
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(12, 12, 12, 12)
    layout.addWidget(browser)
    dialog.show()
    return browser
