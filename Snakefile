configfile: "config/workflow.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/coding.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/paper.smk"
include: "workflow/rules/notebooks.smk"
include: "workflow/rules/audit.smk"


rule quick_study:
    input:
        document(LIVE),
        codings_of(LIVE),
        tables(LIVE),
        plotdata_of(LIVE),
        figures(LIVE),


rule all:
    default_target: True
    input:
        rules.quick_study.input,
        document(ARCHIVED),
        tables(ARCHIVED),
        claims(ARCHIVED),
        plotdata_of(ARCHIVED),
        figures(ARCHIVED),
        notebooks(),


rule paper_codings:
    input:
        codings_of(ARCHIVED),


rule paper_study:
    input:
        [sweep.path for sweep in ARCHIVED.sweeps],
