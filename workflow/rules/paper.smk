rule paper:
    input:
        text=paths.TEXT,
        style=str(paths.STYLE),
        references=str(paths.REFERENCES),
        sections=lambda wildcards: flow.sections(wildcards.report),
        numbers=lambda wildcards: flow.document(REPORTS[wildcards.report], latex=False),
        figures=lambda wildcards: flow.figures(REPORTS[wildcards.report]),
    output:
        paths.DOCUMENT,
    log:
        "logs/paper/{report}.log",
    conda:
        "../../environment.yml"
    params:
        names=names_of,
    shell:
        "workflow/scripts/latex.sh make {wildcards.report} > {log} 2>&1"
