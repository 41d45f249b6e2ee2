"""Files from strangers are data, never programs: what a dataset plugin reads them with.

    from bench.readers import FileDataset

    from bench.readers import pickles

    from bench.readers import matlab

    from bench.readers import edf

    from bench.readers import tables

    from bench.readers import archives

`FileDataset` finds the folder on this machine and says what to do where there is none. Every reader raises
`bench.errors.DataError` with one sentence that names the file, and nothing else, whatever the file holds.
"""

from bench.readers.dataset import Download, FileDataset, StandIn

__all__ = ["Download", "FileDataset", "StandIn"]
