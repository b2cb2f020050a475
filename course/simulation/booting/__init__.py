"""How long starts take, drawn from published figures.

- `starts`: `boot`, which draws
- `models`, `beyond`: one model of start-up for each technology; those of clouds and a cluster
- `fitting`: from published figures to a model
- `records`: what a published figure, a model and a sample are
"""

from course.simulation.booting.models import boot_model, boot_models
from course.simulation.booting.records import BootModel, BootSample
from course.simulation.booting.starts import boot

__all__ = [
    "BootModel",
    "BootSample",
    "boot",
    "boot_model",
    "boot_models",
]
