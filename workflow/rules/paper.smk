rule paper:
    input:
        text=paths.TEXT,
        style=str(paths.STYLE),
        references=str(paths.REFERENCES),
        sections=lambda wildcards: products.sections(wildcards.report),
        numbers=lambda wildcards: products.document(REPORTS[wildcards.report], latex=False),
        figures=lambda wildcards: products.figures(REPORTS[wildcards.report]),
    output:
        report(
            paths.DOCUMENT,
            caption="../report/document.rst",
            category="Report",
            labels={"document": "{report}.pdf"},
        ),
    log:
        "logs/paper/{report}.log",
    conda:
        "../../environment.yml"
    params:
        names=names_of,
    shell:
        "workflow/scripts/latex.sh make {wildcards.report} > {log} 2>&1"


rule site:
    input:
        tables=lambda wildcards: products.tables(ARCHIVED[0]),
        claims=lambda wildcards: products.table_of_claims(ARCHIVED[0]),
        judged=lambda wildcards: products.claim_files(ARCHIVED[0]),
        numbers=lambda wildcards: paths.TABLE.format(study=ARCHIVED[0].name, table="numbers"),
        plotdata=lambda wildcards: products.plotdata_to_draw(ARCHIVED[0]),
        records=lambda wildcards: products.records(ARCHIVED[0]),
        codings=lambda wildcards: products.codings_to_tabulate(ARCHIVED[0]),
        manifest=str(paths.MANIFEST),
        config=lambda wildcards: products.config_files(ARCHIVED[0]),
        assets=products.site_assets(),
        code=sources("cli.site"),
    output:
        report(
            str(paths.SITE),
            caption="../report/site.rst",
            category="Report",
            labels={"document": "page to explore"},
        ),
    log:
        "logs/site.log",
    priority: READS_EVERYTHING
    conda:
        "../../environment.yml"
    params:
        names=names_of,
        config=lambda wildcards: str(ARCHIVED[0].path),
        costs=lambda wildcards: products.digest_of_costs(ARCHIVED[0]),
    shell:
        "brainside site {params.config} 2> {log}"
