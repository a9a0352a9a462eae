"""`snakemake --logger brainside`: one line of progress instead of a block of lines for each job.

Snakemake finds it by the package's name, and reads `LogHandler` from it.
"""

from snakemake_logger_plugin_brainside.handler import LogHandler

__all__ = ["LogHandler"]
