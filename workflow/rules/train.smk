rule dataset:
    output:
        paths.DATASET,
    log:
        "logs/dataset/{dataset}.log",
    conda:
        "../../environment.yml"
    shell:
        f"brainside dataset {{wildcards.dataset}}{OUTPUT} 2> {{log}}"


rule search:
    input:
        unpack(inputs_of(paths.SEARCH)),
    output:
        paths.SEARCH,
    log:
        "logs/search/{study}/{task}/{method}.{key}.log",
    benchmark:
        paths.SEARCH_COST
    conda:
        "../../environment.yml"
    resources:
        **resources_of(paths.SEARCH),
    params:
        config=config_of,
    shell:
        "brainside search {params.config} {wildcards.task} {wildcards.method}"
        f" --key {{wildcards.key}}{OUTPUT} 2> {{log}}"


rule sweep:
    input:
        unpack(inputs_of(paths.RECORD)),
    output:
        record=paths.RECORD,
        mistakes=paths.RECORD_MISTAKES,
        spec=paths.RECORD_SPEC,
        checkpoints=directory(paths.RECORD_CHECKPOINTS),
    log:
        "logs/sweep/{study}/{task}/{method}/seed={seed}.{key}.log",
    benchmark:
        paths.RECORD_COST
    group:
        group_of
    conda:
        "../../environment.yml"
    resources:
        **resources_of(paths.RECORD),
    params:
        config=config_of,
    shell:
        "brainside sweep {params.config} {wildcards.task} {wildcards.method}"
        f" --seed {{wildcards.seed}} --key {{wildcards.key}}{OUTPUT} 2> {{log}}"
