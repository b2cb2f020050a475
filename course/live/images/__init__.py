"""The course's own images, made of Debian's packages and of Dockerfiles that can be read.

One folder for each: its ``Dockerfile``, the files that it copies, and ``contents.toml``, which
says what is taken from Debian.

- `IMAGES`: the images by their names, with their Dockerfiles
- `provide`: make sure that an engine has them; no registry is needed
- `measure`: their sizes, layers and packages on an engine
"""

from course.live.images.providing import ImageRecord, measure, provide
from course.live.images.recipes import IMAGES, Recipe

__all__ = ["IMAGES", "ImageRecord", "Recipe", "measure", "provide"]
