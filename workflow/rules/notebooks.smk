rule notebook:
    input:
        notebook=paths.NOTEBOOK_SOURCE,
        records=[products.records(each) for each in ARCHIVED],
        config=[products.config_files(each) for each in ARCHIVED],
        code=sorted(
            {
                *sources("analysis.claims"),
                *sources("methods.contract"),
                *sources("data.torchvision"),
            }
        ),
    output:
        paths.NOTEBOOK,
    log:
        "logs/notebook/{notebook}.log",
    priority: READS_EVERYTHING
    conda:
        "../../environment.yml"
    params:
        names=names_of,
    shell:
        "brainside notebook {input.notebook} {output} 2> {log}"
