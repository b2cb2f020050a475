"""The usual mistakes of lesson 04, each with the sentence that names it.

The sentences say what went wrong and where to look, never what is right. The notes in a notebook
and the marks of a grader use the same ones.
"""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["MISTAKES"]

MISTAKES = MappingProxyType(
    {
        "overwrite_difference": (
            "The line that copies over a file is counted by how much longer the file becomes. "
            "A layer does not know what lies below it: what does it store?"
        ),
        "kilobytes": "These read like kilobytes. The question asks for bytes.",
        "first_source_only": (
            "A COPY with several sources, or with a folder, is counted with one file only."
        ),
        "base_counted": "Line 1 is the base image. It is there already, so leave it out.",
        "metadata_counted": (
            "A line that only writes down a setting, such as ENV, LABEL or CMD, adds no file."
        ),
        "only_the_changed": (
            "This is the line that reads the change, alone. Each line builds upon the one before: "
            "what becomes of those that follow?"
        ),
        "changed_left_out": (
            "This begins after the line that reads the change. That line itself has other files to "
            "copy than last time."
        ),
        "everything": (
            "This builds everything again. What comes before the change is as it was last time."
        ),
        "counts_from_zero": "This counts lines from 0. A build counts its steps from 1.",
        "run_reads_files": (
            "This takes a RUN that names a file for one that copies it. The cache looks at how a "
            "RUN is written, never at what it reads."
        ),
        "prefix_for_folder": (
            "This takes every path that begins with the same letters for a file of the folder."
        ),
        "dot_forgotten": "This forgets that COPY . copies everything in the context.",
        "destination_for_source": (
            "This takes the last word of a COPY for a file that is read. It says where to write."
        ),
        "several_sources": "This looks at the first source only. A COPY may name several.",
        "line_changes_forgotten": (
            "A change can be the number of a line that is written anew, not only a file."
        ),
        "seconds_for_minutes": "These are seconds. The question asks for minutes.",
        "total_for_saving": (
            "This is what the new order takes in a month. How much less is that than before?"
        ),
        "one_edit": (
            "This is saved by one edit of each file. They are edited more than once a month."
        ),
        "whole_image": (
            "This counts every layer of your own. The registry has those that did not change."
        ),
        "only_changed_layer": (
            "This counts the layer of the edited file alone. Which ones were built again after it?"
        ),
        "file_only": (
            "This is the edited file's own size. What is sent is whole layers: which other files "
            "are in them?"
        ),
        "virtual_summed": (
            "This adds up the image once for each container. They all read the same layers: how "
            "often are those on the disk?"
        ),
        "image_forgotten": "This leaves out the image that the containers share.",
        "written_once": "This counts what one container has written. There are three of them.",
        "decoy": "This token still lies in the open. Look for the one that was deleted.",
        "old_token": "This token was replaced by another one before that was deleted.",
    }
)
