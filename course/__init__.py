"""A course on virtual machines and containers that you can measure.

The notebooks import this package. From top to bottom, a lower line never imports a higher one:

==============  =====================================================================
``facts``       the claims of the source texts and the systems they name, as data
``model``       servers, hosts, demands: frozen dataclasses with units in their names
``limits``      what of this machine's cores and memory a process may use
``sizing``      how many, how much: packing, power
``simulation``  what happens over time: exits of a toy machine, starts, migration
``live``        containers, virtual machines and measurements on the machine in front of you
``charts``      Altair charts of the above: data in, chart out
``workspace``   the learner's folder: ``index`` makes its first page, ``measurements`` keeps figures
``exercise``    personal problems and formative feedback
``work``        the learner's work: saved, brought back, handed in
``widgets``     explorers: sliders, model, chart
``cli``         the ``course`` command: ``lab`` and ``server`` serve the notebooks, ``doctor`` and
                ``probes`` look at the machine
==============  =====================================================================

Importing this package does no work: nothing is read, connected or loaded until it is used.
It holds no answers to the exercises.
"""

__all__ = ["__version__"]

__version__ = "0.2.0"
