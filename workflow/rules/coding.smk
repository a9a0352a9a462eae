rule coding:
    input:
        unpack(lambda wildcards: coded_by(coding_of(wildcards))),
    output:
        "results/codings/{study}/{task}/{method}/seed={seed}.{key}.csv",
    log:
        "logs/coding/{study}/{task}/{method}/seed={seed}.{key}.log",
    conda:
        "../../environment.yml"
    params:
        config=config_of,
    shell:
        "brainside coding {params.config} {wildcards.task} {wildcards.method}"
        " --seed {wildcards.seed} --key {wildcards.key} 2> {log}"
