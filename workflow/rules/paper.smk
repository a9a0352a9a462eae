rule paper:
    input:
        text="paper/{report}.tex",
        style="paper/brainside.sty",
        references="paper/references.bib",
        sections=sections,
        numbers=lambda wildcards: f"paper/generated/{study_of(wildcards).name}/numbers.tex",
        figures=lambda wildcards: figures(study_of(wildcards)),
    output:
        "paper/{report}.pdf",
    log:
        "logs/paper/{report}.log",
    conda:
        "../../environment.yml"
    params:
        names=names_of,
    shell:
        "cd paper && SOURCE_DATE_EPOCH=0 FORCE_SOURCE_DATE=1 latexmk -pdf -halt-on-error"
        " -interaction=nonstopmode {wildcards.report}.tex > ../{log} 2>&1"
