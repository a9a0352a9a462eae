rule tabulate:
    input:
        records=of_study(products.records),
        config=of_study(products.config_files),
        code=sources("cli.tabulate"),
    output:
        expand(paths.TABLE, table=paths.TABLES, allow_missing=True),
    log:
        "logs/tabulate/{study}.log",
    priority: READS_EVERYTHING
    conda:
        "../../environment.yml"
    params:
        names=names_of,
        config=config_of,
    shell:
        "brainside tabulate {params.config} 2> {log}"


rule tabulate_codings:
    input:
        codings=of_study(products.codings_to_tabulate),
        records=of_study(products.records),
        config=of_study(products.config_files),
        code=sources("cli.tabulate_codings"),
    output:
        expand(paths.TABLE, table=paths.CODING_TABLES, allow_missing=True),
    log:
        "logs/tabulate_codings/{study}.log",
    priority: READS_EVERYTHING
    conda:
        "../../environment.yml"
    params:
        names=names_of,
        config=config_of,
    shell:
        "brainside tabulate_codings {params.config} 2> {log}"


rule claims:
    input:
        records=of_study(products.records),
        codings=of_study(products.codings_to_tabulate),
        config=of_study(products.config_files),
        claims=of_study(products.claim_files),
        code=sources("cli.claims"),
    output:
        report(
            expand(paths.TABLE, table="claims", allow_missing=True),
            caption="../report/claims.rst",
            category="Claims",
            labels={"table": "claims and verdicts", "study": "{study}"},
        ),
        metrics=paths.METRICS,
    log:
        "logs/claims/{study}.log",
    priority: READS_EVERYTHING
    conda:
        "../../environment.yml"
    params:
        names=names_of,
        config=config_of,
    shell:
        "brainside claims {params.config} > {log} 2>&1"


rule plotdata:
    input:
        unpack(inputs_of(paths.PLOTDATA)),
    output:
        paths.PLOTDATA,
    log:
        "logs/plotdata/{study}/{task}/{method}/seed={seed}.{kind}.{key}.log",
    conda:
        "../../environment.yml"
    resources:
        **resources_of(paths.PLOTDATA),
    params:
        config=config_of,
    shell:
        "brainside plotdata {params.config} {wildcards.task} {wildcards.method}"
        f" --seed {{wildcards.seed}} --key {{wildcards.key}}{OUTPUT} 2> {{log}}"


if REPORTING:

    # Each figure by itself, with its caption and heading.
    rule figure:
        input:
            unpack(
                lambda wildcards: products.drawn_from(STUDIES[wildcards.study], [wildcards.figure])
            ),
        output:
            expand(paths.FIGURE, ending="pdf", allow_missing=True),
            report(
                expand(paths.FIGURE, ending="png", allow_missing=True),
                caption="../report/figure.rst",
                category=experiment_of,
                labels={"figure": "{figure}", "study": "{study}"},
            ),
        log:
            "logs/figure/{study}/{figure}.log",
        conda:
            "../../environment.yml"
        params:
            config=config_of,
            caption=lambda wildcards: figure_of(wildcards)["caption"],
        shell:
            "brainside figure {params.config} {wildcards.figure} > {log} 2>&1"

else:

    # An experiment's figures together, as to load what draws takes longer than to draw.
    for each, experiment, names in products.drawings(STUDIES.values()):

        rule:
            name:
                f"figures_{each.name}_{experiment}"
            input:
                unpack(lambda wildcards, each=each, names=names: products.drawn_from(each, names)),
            output:
                [products.figure_files(each, name) for name in names],
            log:
                f"logs/figures/{each.name}/{experiment}.log",
            localrule: True
            conda:
                "../../environment.yml"
            params:
                names=names_of,
                config=str(each.path),
                figures=names,
            shell:
                "brainside figure {params.config} {params.figures} > {log} 2>&1"


rule numbers:
    input:
        tables=of_study(products.tables),
        claims=of_study(products.table_of_claims),
        judged=of_study(products.claim_files),
        datasets=str(paths.DATASETS),
        plotdata=of_study(products.plotdata_to_draw),
        published=str(paths.PUBLISHED),
        former=str(paths.FORMER_VERDICTS),
        config=of_study(products.config_files),
        code=sources("cli.numbers"),
    output:
        expand(paths.GENERATED, name="numbers", allow_missing=True),
        expand(paths.TABLE, table="numbers", allow_missing=True),
    log:
        "logs/numbers/{study}.log",
    conda:
        "../../environment.yml"
    params:
        names=names_of,
        config=config_of,
        costs=of_study(products.digest_of_costs),
    shell:
        "brainside numbers {params.config} 2> {log}"
