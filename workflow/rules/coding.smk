rule coding:
    input:
        unpack(inputs_of(paths.CODING)),
    output:
        paths.CODING,
    log:
        "logs/coding/{study}/{task}/{method}/seed={seed}.{key}.log",
    conda:
        "../../environment.yml"
    resources:
        **resources_of(paths.CODING),
    params:
        config=config_of,
    shell:
        "brainside coding {params.config} {wildcards.task} {wildcards.method}"
        f" --seed {{wildcards.seed}} --key {{wildcards.key}}{OUTPUT} 2> {{log}}"
