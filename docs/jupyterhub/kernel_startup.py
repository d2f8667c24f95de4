"""Runs at the start of every kernel: what a cell has freed goes back to the server after the cell.

The C library keeps freed memory in case it is needed again; here somebody else needs it. After
notebook 02 that is half a gigabyte per learner.
"""


def give_back_memory(result):
    """Ask the C library to return what it keeps; called after every cell."""
    import ctypes

    ctypes.CDLL(None).malloc_trim(0)


get_ipython().events.register("post_run_cell", give_back_memory)  # noqa: F821
del give_back_memory  # the learner's names are the learner's own
