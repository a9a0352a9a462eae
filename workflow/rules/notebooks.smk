rule execute:
    input:
        records=[flow.records(each) for each in ARCHIVED],
        config=[flow.config_files(each) for each in ARCHIVED],
        code=sorted(
            {
                *sources("analysis.claims"),
                *sources("methods.contract"),
                *sources("data.torchvision"),
            }
        ),
    output:
        temp("logs/notebook/{notebook}.ipynb"),
    log:
        notebook="logs/notebook/{notebook}.ipynb",
    priority: READS_EVERYTHING
    conda:
        "../../environment.yml"
    params:
        names=names_of,
    notebook:
        "../notebooks/{wildcards.notebook}.ipynb"


rule notebook:
    input:
        "logs/notebook/{notebook}.ipynb",
    output:
        paths.NOTEBOOK,
    log:
        "logs/notebook/{notebook}.log",
    conda:
        "../../environment.yml"
    shell:
        "brainside notebook {input} {output} 2> {log}"
