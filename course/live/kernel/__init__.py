"""What a guest boots from: Debian's kernel, those of its modules that are needed, and the archive.

::

    initramfs   the archive that a kernel begins with
    image       a kernel, unpacked ahead of time
    modules     a kernel's modules, each after those that it needs
"""
