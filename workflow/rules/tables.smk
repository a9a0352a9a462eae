rule tabulate:
    input:
        records=records_of,
        config=config_of,
        code=sources("cli.tabulate"),
    output:
        multiext(
            "results/tables/{study}/",
            "rows.csv",
            "summary.csv",
            "comparisons.csv",
            "metrics.json",
        ),
    log:
        "logs/tabulate/{study}.log",
    priority: READS_EVERYTHING
    conda:
        "../../environment.yml"
    params:
        names=names_of,
    shell:
        "brainside tabulate {input.config} 2> {log}"


rule tabulate_codings:
    input:
        codings=codings_at_hand,
        records=records_of,
        config=config_of,
        code=sources("cli.tabulate_codings"),
    output:
        expand("results/tables/{{study}}/{name}.csv", name=coding_tables.NAMES),
    log:
        "logs/tabulate_codings/{study}.log",
    priority: READS_EVERYTHING
    conda:
        "../../environment.yml"
    params:
        names=names_of,
    shell:
        "brainside tabulate_codings {input.config} 2> {log}"


rule claims:
    input:
        records=records_of,
        codings=codings_at_hand,
        config=config_of,
        claims="config/claims.yaml",
        code=sources("cli.claims"),
    output:
        "results/tables/{study}/claims.csv",
    log:
        "logs/claims/{study}.log",
    priority: READS_EVERYTHING
    conda:
        "../../environment.yml"
    params:
        names=names_of,
    shell:
        "brainside claims {input.config} {input.claims} > {log} 2>&1"


rule plotdata:
    input:
        unpack(lambda wildcards: coded_by(plotted(wildcards))),
    output:
        "results/plotdata/{study}/{task}/{method}/seed={seed}.{kind}.{key}.csv",
    log:
        "logs/plotdata/{study}/{task}/{method}/seed={seed}.{kind}.{key}.log",
    conda:
        "../../environment.yml"
    params:
        config=config_of,
    shell:
        "brainside plotdata {params.config} {wildcards.task} {wildcards.method}"
        " --seed {wildcards.seed} --key {wildcards.key} 2> {log}"


rule figure:
    input:
        tables=lambda wildcards: tables(STUDIES[wildcards.study]),
        plotdata=lambda wildcards: plotdata_of(STUDIES[wildcards.study], wildcards.figure),
        published="config/published.yaml",
        config=config_of,
        code=lambda wildcards: sources(f"report.figures.{figure_of(wildcards)['draw']}"),
    output:
        report(
            multiext("results/figures/{study}/{figure}", ".pdf", ".png"),
            caption="../report/figure.rst",
            category="{study}",
        ),
    log:
        "logs/figure/{study}/{figure}.log",
    conda:
        "../../environment.yml"
    params:
        names=names_of,
        caption=lambda wildcards: figure_of(wildcards)["caption"],
    shell:
        "brainside figure {input.config} {wildcards.figure} 2> {log}"


rule numbers:
    input:
        tables=lambda wildcards: tables(STUDIES[wildcards.study]),
        claims=lambda wildcards: claims(STUDIES[wildcards.study]),
        judged="config/claims.yaml",
        datasets="config/datasets.yaml",
        plotdata=lambda wildcards: plotdata_of(STUDIES[wildcards.study]),
        published="config/published.yaml",
        config=config_of,
        code=sources("cli.numbers"),
    output:
        "paper/generated/{study}/numbers.tex",
        "results/tables/{study}/numbers.csv",
    log:
        "logs/numbers/{study}.log",
    conda:
        "../../environment.yml"
    params:
        names=names_of,
        told=told_of,
    shell:
        "brainside numbers {input.config} 2> {log}"
