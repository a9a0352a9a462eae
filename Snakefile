workdir: workflow.basedir


configfile: "config/workflow.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/coding.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/paper.smk"
include: "workflow/rules/notebooks.smk"
include: "workflow/rules/audit.smk"


# On a cluster these run where Snakemake does: they take seconds, or want the network or LaTeX.
localrules:
    all,
    quick_study,
    paper_codings,
    paper_study,
    dataset,
    tabulate,
    tabulate_codings,
    claims,
    figure,
    numbers,
    paper,
    execute,
    notebook,


rule quick_study:
    input:
        [flow.products(each, LATEX) for each in LIVE],


rule all:
    default_target: True
    input:
        rules.quick_study.input,
        [flow.products(each, LATEX) for each in ARCHIVED],
        flow.notebooks(),
        [str(paths.SITE) for each in ARCHIVED[:1]],


rule paper_codings:
    input:
        [flow.possible_codings(each) for each in ARCHIVED],


rule paper_study:
    input:
        [sweep.path for each in ARCHIVED for sweep in each.sweeps],
