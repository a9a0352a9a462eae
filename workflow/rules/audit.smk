rule audit:
    input:
        config=str(ARCHIVED.path),
    log:
        "logs/audit.log",
    conda:
        "../../environment.yml"
    threads: lambda wildcards: workflow.cores or 1
    params:
        options=audit_options,
    shell:
        "brainside audit --retrain --cores {threads} {params.options} 2> {log}"
