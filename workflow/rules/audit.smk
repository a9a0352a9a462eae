rule audit:
    input:
        config=[products.config_files(each) for each in ARCHIVED],
    log:
        "logs/audit.log",
    conda:
        "../../environment.yml"
    threads: lambda wildcards: workflow.cores or 1
    resources:
        mem_mb=lambda wildcards, threads, attempt: needs.megabytes(audit_cost(threads), attempt),
        runtime=lambda wildcards, threads, attempt: needs.minutes(audit_cost(threads), attempt),
    params:
        options=flow.audit_options(config),
    shell:
        "brainside audit --retrain --cores {threads} {params.options} 2> {log}"
