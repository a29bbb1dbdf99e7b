"""The research platform that the demo's people use: its pages, its words, its faults."""

from __future__ import annotations

from dataclasses import dataclass

ORIGIN = "https://app.openbiocure.example"


@dataclass(frozen=True, slots=True)
class Page:
    """`lcp` in ms, `inp` in ms, `cls`: the medians on a desktop."""

    path: str
    title: str
    name: str
    lcp: int
    inp: int
    cls: float


LANDING = Page("/", "OpenBioCure – open research, together", "landing", 1750, 70, 0.035)
PRICING = Page("/pricing", "Pricing – OpenBioCure", "pricing", 1500, 60, 0.02)
SIGNUP = Page("/signup", "Create your account – OpenBioCure", "signup", 1350, 85, 0.015)
LOGIN = Page("/login", "Sign in – OpenBioCure", "login", 1200, 60, 0.01)
DASHBOARD = Page("/dashboard", "Dashboard – OpenBioCure", "dashboard", 2100, 120, 0.06)
PROJECTS = Page("/projects", "Projects – OpenBioCure", "projects", 1900, 110, 0.04)
PROJECT = Page("/projects/overview", "Project – OpenBioCure", "project", 2000, 120, 0.05)
DATASETS = Page("/datasets", "Datasets – OpenBioCure", "datasets", 2900, 210, 0.12)
LITERATURE = Page("/literature", "Literature search – OpenBioCure", "literature", 2050, 140, 0.07)
NOTEBOOKS = Page("/notebooks", "Notebooks – OpenBioCure", "notebooks", 3400, 260, 0.08)
SETTINGS = Page("/settings", "Settings – OpenBioCure", "settings", 1400, 80, 0.02)
BLOG = tuple(
    Page(f"/blog/{slug}", f"{title} – OpenBioCure Blog", "blog", 2300, 65, 0.09)
    for slug, title in (
        ("reproducible-notebooks", "Reproducible notebooks in five steps"),
        ("finding-datasets", "Finding the dataset you need"),
        ("single-cell-primer", "A primer on single-cell data"),
        ("open-cohorts", "Open cohorts: what we learned"),
    )
)

# referrer, utm parameters, weight
SOURCES: tuple[tuple[str, dict[str, str], int], ...] = (
    ("", {}, 30),
    ("https://www.google.com/", {}, 30),
    ("https://www.google.com/", {"utm_source": "google", "utm_medium": "cpc", "utm_campaign": "literature"}, 11),
    ("https://www.bing.com/", {}, 4),
    ("https://scholar.google.com/", {}, 7),
    ("https://www.linkedin.com/", {"utm_source": "linkedin", "utm_medium": "social", "utm_campaign": "launch"}, 7),
    ("https://github.com/", {}, 5),
    ("", {"utm_source": "newsletter", "utm_medium": "email", "utm_campaign": "monthly"}, 6),
)
SOURCE_WEIGHTS = tuple(weight for *_, weight in SOURCES)

QUERIES = (
    "BRCA1 variant interpretation", "CRISPR off-target", "single cell atlas lung", "gut microbiome depression",
    "TP53 missense", "spatial transcriptomics methods", "mRNA stability", "long covid cohort", "tau aggregation",
    "antibiotic resistance plasmid", "UK cohort proteomics", "AlphaFold complex prediction",
)  # fmt: skip
DATASET_KINDS = ("rna-seq", "proteomics", "imaging", "genotypes", "clinical")
FORMATS = ("csv", "parquet", "h5ad", "pdf")
FORMAT_WEIGHTS = (50, 22, 16, 12)

BAD_RELEASE_DAYS = range(61, 64)  # counted from the first day
RELEASES = ((0, "4.3.0"), (19, "4.4.0"), (41, "4.5.0"), (61, "4.6.0"), (64, "4.6.1"), (80, "4.7.0"))


def release_on(day: int) -> str:
    return next(name for first, name in reversed(RELEASES) if day >= first)


@dataclass(frozen=True, slots=True)
class Fault:
    type: str
    message: str
    file: str
    function: str
    handled: bool = False

    def stack(self, release: str) -> str:
        at = f"{ORIGIN}/assets/{self.file}-{release}.js"
        return f"{self.type}: {self.message}\n    at {self.function} ({at}:2:18311)\n    at render (" + (
            f"{ORIGIN}/assets/vendor-{release}.js:1:40277)"
        )


SPIKE = Fault("TypeError", "dataset.columns.map is not a function", "datasets", "ColumnList")
FAULTS = {
    "literature": Fault("NetworkError", "Failed to fetch /api/literature/search", "literature", "search", True),
    "notebooks": Fault("RangeError", "Maximum call stack size exceeded", "notebooks", "resolveCell"),
    "datasets": Fault("TypeError", "Cannot read properties of undefined (reading 'accession')", "datasets", "preview"),
    "projects": Fault("ChunkLoadError", "Loading chunk 418 failed", "projects", "requireAsync", True),
    "signup": Fault("ValidationError", "institution is not known", "signup", "validate", True),
}
