"""Two runs compared, and the runs of several versions of an SDK: outcomes, and requests that changed."""
