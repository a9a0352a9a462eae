rule audit:
    input:
        config=[products.config_files(each) for each in ARCHIVED],
    log:
        "logs/audit.log",
    conda:
        "../../environment.yml"
    threads: lambda wildcards: workflow.cores or 1
    params:
        options=flow.audit_options(config),
    shell:
        "brainside audit --retrain --cores {threads} {params.options} 2> {log}"
