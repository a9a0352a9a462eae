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
        "cd paper && SOURCE_DATE_EPOCH=0 FORCE_SOURCE_DATE=1 latexmk -pdf -halt-on-error"
        " -interaction=nonstopmode {wildcards.report}.tex > ../{log} 2>&1"
