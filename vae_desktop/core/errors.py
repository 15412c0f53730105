"""Faults a person can mend: each message is one line that says what, where and what to do."""


class UserError(Exception):
    """Something in what was asked or given is wrong; shown as it stands, without a traceback."""


class ReaderError(UserError):
    """A dataset that cannot be read."""


class SettingError(UserError):
    """A setting that is unknown or out of range."""


class ModelFileError(UserError):
    """A model file that is not ours, is broken, or is newer than this program."""


class RunError(UserError):
    """A run folder that cannot be made, opened or continued."""


class MismatchError(UserError):
    """A model and a dataset that do not belong together."""
