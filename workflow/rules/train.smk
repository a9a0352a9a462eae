rule dataset:
    output:
        "data/prepared/{dataset}.npz",
    log:
        "logs/dataset/{dataset}.log",
    conda:
        "../../environment.yml"
    shell:
        "brainside dataset {wildcards.dataset} 2> {log}"


rule search:
    input:
        unpack(lambda wildcards: inputs_of(search_of(wildcards))),
    output:
        "results/tuned/{study}/{task}/{method}.{key}.json",
    log:
        "logs/search/{study}/{task}/{method}.{key}.log",
    benchmark:
        "results/costs/{study}/{task}/{method}.tune.{key}.tsv"
    conda:
        "../../environment.yml"
    params:
        config=config_of,
    shell:
        "brainside search {params.config} {wildcards.task} {wildcards.method}"
        " --key {wildcards.key} 2> {log}"


rule sweep:
    input:
        unpack(lambda wildcards: inputs_of(sweep_of(wildcards))),
    output:
        record="results/runs/{study}/{task}/{method}/seed={seed}.{key}.csv",
        mistakes="results/runs/{study}/{task}/{method}/seed={seed}.{key}.mistakes",
        spec="results/runs/{study}/{task}/{method}/seed={seed}.{key}.json",
        checkpoints=directory("results/checkpoints/{study}/{task}/{method}/seed={seed}.{key}"),
    log:
        "logs/sweep/{study}/{task}/{method}/seed={seed}.{key}.log",
    benchmark:
        "results/costs/{study}/{task}/{method}/seed={seed}.{key}.tsv"
    conda:
        "../../environment.yml"
    params:
        config=config_of,
    shell:
        "brainside sweep {params.config} {wildcards.task} {wildcards.method}"
        " --seed {wildcards.seed} --key {wildcards.key} 2> {log}"
