"""Readers of foreign files: what a dataset plugin reads its files with. No reader executes what a file contains.

    from bench.readers import FileDataset
    from bench.readers import archives, edf, empatica, matlab, pickles, tables

`FileDataset` finds the folder of a data set on this machine and explains how to get a missing one. Every reader returns
data or raises `bench.errors.DataError` with one sentence that names the file.
"""

from bench.readers.dataset import Download, FileDataset, StandIn, listed_downloads

__all__ = ["Download", "FileDataset", "StandIn", "listed_downloads"]
