include: "workflow/Snakefile"


# What an included file names as the default target does not count.
workflow.default_target = "all"
