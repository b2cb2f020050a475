"""A service whose replicas follow its load.

- `load`, `load_shapes`, `load_csv`: how many requests come; made up, or read from a file
- `autoscaler`, `controller`: Kubernetes' rule and its settings; the rule at work, with its reasons
- `service`: what a load meets with
- `fluid`: `autoscale`, requests as a fluid; `fluid_process`: the same with SimPy, to be read
- `requests`: `autoscale_requests`, one by one; `requests_process`: the same with SimPy, to be read
- `result`, `levels`: what became of the load; numbers that are kept for each step
"""

from course.simulation.scaling.autoscaler import Autoscaler, Limit, desired_replicas
from course.simulation.scaling.controller import Controller, Decision
from course.simulation.scaling.fluid import autoscale
from course.simulation.scaling.load import Load
from course.simulation.scaling.load_csv import LoadFileError, load_from_csv
from course.simulation.scaling.load_shapes import bursty_load, daily_load, spike_load, steady_load
from course.simulation.scaling.requests import autoscale_requests
from course.simulation.scaling.result import Autoscaling

__all__ = [
    "Autoscaler",
    "Autoscaling",
    "Controller",
    "Decision",
    "Limit",
    "Load",
    "LoadFileError",
    "autoscale",
    "autoscale_requests",
    "bursty_load",
    "daily_load",
    "desired_replicas",
    "load_from_csv",
    "spike_load",
    "steady_load",
]
