rule paper:
    input:
        text=paths.TEXT,
        style=str(paths.STYLE),
        references=str(paths.REFERENCES),
        sections=lambda wildcards: flow.sections(wildcards.report),
        numbers=lambda wildcards: flow.document(REPORTS[wildcards.report], latex=False),
        figures=lambda wildcards: flow.figures(REPORTS[wildcards.report]),
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
        tables=lambda wildcards: flow.tables(ARCHIVED[0]),
        claims=lambda wildcards: flow.table_of_claims(ARCHIVED[0]),
        judged=lambda wildcards: flow.claim_files(ARCHIVED[0]),
        numbers=lambda wildcards: paths.TABLE.format(study=ARCHIVED[0].name, table="numbers"),
        plotdata=lambda wildcards: flow.plotdata_to_draw(ARCHIVED[0]),
        records=lambda wildcards: flow.records(ARCHIVED[0]),
        codings=lambda wildcards: flow.codings_to_tabulate(ARCHIVED[0]),
        manifest=str(paths.MANIFEST),
        config=lambda wildcards: flow.config_files(ARCHIVED[0]),
        assets=flow.site_assets(),
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
        costs=lambda wildcards: flow.digest_of_costs(ARCHIVED[0]),
    shell:
        "brainside site {params.config} 2> {log}"
