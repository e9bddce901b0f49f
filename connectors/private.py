"""Files and folders of our own are for their owner alone, whatever the umask says and whoever made them before."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def private_folder(path: Path) -> None:
    """Make a folder, and whatever is missing above it, 0700; take others' rights away from one that is there and ours.
    Raises OSError."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):  # mkdir's own `parents` would leave those above to the umask
        folder.mkdir(mode=0o700, exist_ok=True)
    if not path.is_dir():
        path.mkdir()  # says what is there instead
    close_to_others(path)


def close_to_others(path: Path) -> None:
    """Take others' rights away from a file or folder, where it is there, is ours, and the file system has rights."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        about = path.stat()
        if about.st_uid == os.geteuid() and about.st_mode & _OTHERS:
            path.chmod(stat.S_IMODE(about.st_mode) & ~_OTHERS)


def who_else_may_write(path: Path) -> str:
    """Who, beside its owner, could put other text into a file: a name for the sort of people, '' for nobody.

    A group that is the owner's own (Debian, Fedora: each user has one, and files are 0664) is nobody else; a folder of
    which only owners may take files away (as /tmp) does no harm."""
    if os.name != "posix":
        return ""
    try:
        real = path.resolve()
        file, folder = real.stat(), real.parent.stat()
    except OSError:
        return ""
    for about in (file, *([] if folder.st_mode & stat.S_ISVTX else [folder])):
        if about.st_mode & stat.S_IWOTH:
            return "everybody on this computer"
        if about.st_mode & stat.S_IWGRP and not _own_group(about):
            return "its group"
    return ""


def _own_group(about: os.stat_result) -> bool:
    import grp
    import pwd

    try:
        owner, group = pwd.getpwuid(about.st_uid), grp.getgrgid(about.st_gid)
    except KeyError:
        return False
    return group.gr_name == owner.pw_name and set(group.gr_mem) <= {owner.pw_name}
