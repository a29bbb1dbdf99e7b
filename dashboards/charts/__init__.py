"""The chart component: the answer of a question as a picture, a table and a sentence.

In a view, `of()` is a pure function of the question and its answer:

    answer = run(tenant, question)
    chart = charts.of(question, answer, id="insight", title="Signups", view="area")
    charts.views_of(question)      # [("line", "Line"), ("area", "Area"), …]: what `view` may be, the default first

In a template, the card or, for a card of one's own, its inside:

    {% include "partials/chart.html" with chart=chart span="span-12" people=shell.people %}
    {% include "partials/chart_body.html" with chart=chart people=shell.people %}

and `<script type="module" src="{% static 'js/chart.js' %}"></script>` in the page's `scripts` block. Charts that
htmx brings in later are drawn by themselves; several charts on a page need different ids.

Options of `of()`: `format` ("count", "share", "percent", "seconds", "currency:EUR") of a trend's or a statement's
numbers, `notes` (dated remarks, drawn as marks), `low` (200 px instead of 320), `value` (of a lifecycle's or flows'
breakdown: which one is drawn, everybody by default; `picks=True` in the template offers them all).

**A number opens the people behind it.** Marks and the table's numbers carry an `at` (types.At as JSON). A click, or
Enter on a table's number, dispatches the bubbling, cancelable DOM event `obc:pick` on the chart's `[data-chart-root]`,
`detail = {id, question, at, label}`. Unless it is cancelled, and with `people=` (an address), the dialog of the shell
opens with htmx's GET of `people?q={"kind":"actors","of":question,"at":at}`.

For numbers that are no question's answer (a ledger, a dashboard) `over_time()` makes the same chart; their `at` stays
empty, and nothing is clickable. Beside the picture every chart has its table, CSV (cells that a spreadsheet would run
are neutralised) and PNG. Server and client share nothing but `Chart.payload`, which travels by `json_script`.
"""

from dashboards.charts.counted import counted
from dashboards.charts.figures import Figure, change_of
from dashboards.charts.formats import bucket_label, say
from dashboards.charts.model import Cell, Chart, Column, Note, Number, Row, Series, Table
from dashboards.charts.of import of, views_of
from dashboards.charts.over_time import over_time
from dashboards.charts.spark import Sparkline, sparkline

__all__ = [
    "Cell",
    "Chart",
    "Column",
    "Figure",
    "Note",
    "Number",
    "Row",
    "Series",
    "Sparkline",
    "Table",
    "bucket_label",
    "change_of",
    "counted",
    "of",
    "over_time",
    "say",
    "sparkline",
    "views_of",
]
