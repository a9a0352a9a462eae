from pathlib import Path

# In a folder inside of this one, as here.
if (
    Path(workflow.basedir).resolve() in Path.cwd().parents
    and not Path("config/workflow.yaml").exists()
):

    workdir: workflow.basedir


include: "workflow/Snakefile"


# What an included file names as the default target does not count.
workflow.default_target = "all"
