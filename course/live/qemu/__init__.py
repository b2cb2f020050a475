"""QEMU, as the lab VM and the machines that learners boot both use it.

::

    program   which QEMU is installed
    booting   a kernel without a boot loader
    acceleration   whether KVM works here
    process   one running QEMU: its console, its control protocol, its end
"""
