"""A small disk that can be filled: a tmpfs that only this command and its children see.

It is mounted in a mount namespace of this command, so nothing stays mounted after its end, a kill
-9 included. An ordinary user needs a user namespace, which some systems forbid.
"""

import ctypes
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from launch.places import is_root

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
FILLER = "filler"


class NoNamespace(Exception):
    """This system does not let this user mount anything, not even in a namespace."""


def mount(folders: Sequence[Path], *, megabytes: int) -> None:
    """Mount a tmpfs of so many megabytes over each folder. Call it before any thread or child
    starts.

    Raises NoNamespace if the system does not allow it.
    """
    user, group = os.geteuid(), os.getegid()
    try:
        _call("unshare", CLONE_NEWNS if is_root() else CLONE_NEWNS | CLONE_NEWUSER)
        if user:
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
            Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
        _call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
        for folder in folders:
            folder.mkdir(mode=0o700, exist_ok=True)
            options = f"size={megabytes}m,mode=0700".encode()
            _call("mount", b"tmpfs", os.fsencode(folder), b"tmpfs", 0, options)
    except OSError as error:
        raise NoNamespace(os.strerror(error.errno or 0)) from error


def unmount(folders: Sequence[Path]) -> None:
    """Unmount the disks, so that the folders can be removed."""
    for folder in folders:
        _call(
            "umount2", os.fsencode(folder), 2
        )  # MNT_DETACH: also while somebody still has a file open


def fill(disk: Path) -> None:
    """Fill a disk that `mount` made.

    It fills the free space, and what becomes free meanwhile.
    """
    with (disk / FILLER).open("ab") as filler:
        for _attempt in range(20):
            free = shutil.disk_usage(disk).free
            if not free:
                return
            try:
                os.posix_fallocate(filler.fileno(), os.fstat(filler.fileno()).st_size, free)
            except OSError:  # somebody else wrote at this very moment
                continue


def empty(disk: Path) -> None:
    """Free the space again."""
    (disk / FILLER).unlink(missing_ok=True)


def _call(name: str, *arguments: int | bytes | None) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments):
        raise OSError(ctypes.get_errno(), name)
