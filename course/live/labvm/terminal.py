"""Connect this terminal to the guest's shell."""

from __future__ import annotations

import os
import select
import shutil
import socket
import sys
import termios
import tty

__all__ = ["connect"]

LEAVE = b"\x1d"  # Ctrl-], as in telnet: every other key belongs to the guest


def connect(path: str) -> None:
    """Pass keys to the guest and what it prints to the screen, until Ctrl-] or its end.

    Args:
        path: the socket of the guest's shell.

    Raises:
        OSError: it cannot be opened.
    """
    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)
    with socket.socket(socket.AF_UNIX) as shell:
        shell.connect(path)
        size = shutil.get_terminal_size()
        # The guest cannot know how large this window is.
        shell.sendall(f"stty rows {size.lines} cols {size.columns}\n".encode())
        try:
            tty.setraw(keyboard)
            while True:
                ready, _, _ = select.select([keyboard, shell], [], [])
                if keyboard in ready:
                    keys = os.read(keyboard, 4096)
                    if not keys or LEAVE in keys:
                        return
                    shell.sendall(keys)
                if shell in ready:
                    printed = shell.recv(65536)
                    if not printed:
                        return
                    os.write(sys.stdout.fileno(), printed)
        finally:
            termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
            print()  # noqa: T201 (the prompt that comes next begins on a line of its own)
