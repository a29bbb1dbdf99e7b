// From the result of a question to an ECharts option. No element and no colour is looked up here.
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const exact = new Intl.NumberFormat('en')
const say = (value) => (value == null ? '–' : exact.format(value))
const fade = (colour, alpha) => colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`)

/** Solid up to the last bucket that is over, dashed from there: two lines that meet. */
function lines(series, index, result, colours) {
  const colour = colours.series[index] ?? colours.control
  const open = result.incomplete.indexOf(true)
  const base = { type: 'line', name: series.label, xAxisIndex: series.pane, yAxisIndex: series.pane, silent: true, symbol: 'none', color: colour, z: 3 }
  const lone = series.values.length === 1 || open === 0
  const whole = open < 0 ? series.values : series.values.map((value, at) => (at < open ? value : null))
  const made = [{ ...base, data: whole, lineStyle: { width: 2 }, symbol: lone ? 'circle' : 'none', showSymbol: lone, ...endLabel(series, result, colours) }]
  if (open >= 0) {
    const rest = series.values.map((value, at) => (at >= open - 1 ? value : null))
    made.push({ ...base, data: rest, lineStyle: { width: 2, type: [4, 4] }, symbol: lone ? 'circle' : 'none', showSymbol: lone })
  }
  if (result.series.length === result.panes) made[0].areaStyle = { color: fade(colour, 0.08) }
  return made
}

function endLabel(series, result, colours) {
  const beside = result.series.filter((other) => other.pane === series.pane && other.mark === 'line')
  if (beside.length < 2 || beside.length > 5) return {}
  return { endLabel: { show: true, formatter: series.label, color: colours.text, fontSize: 12 } }
}

function bars(series, index, result, colours) {
  const colour = colours.series[index] ?? colours.control
  const data = series.values.map((value, at) => !result.incomplete[at] || !value ? value : {
    value, itemStyle: { color: fade(colour, 0.25), borderColor: colour, borderType: [3, 3], borderWidth: 1 },
  })
  return [{ type: 'bar', name: series.label, stack: `pane${series.pane}`, data, color: colour, silent: true, barCategoryGap: '24%',
    barMaxWidth: 40, xAxisIndex: series.pane, yAxisIndex: series.pane }]
}

function before(series, index, colours) {
  if (!series.compare.length) return []
  return [{ type: 'line', name: `${series.label}, period before`, data: series.compare, silent: true, symbol: 'none', z: 4,
    color: colours.series[index] ?? colours.control, lineStyle: { width: 1, type: [1, 2] }, xAxisIndex: series.pane, yAxisIndex: series.pane }]
}

function tooltip(result) {
  return (points) => {
    const at = [points].flat()[0].dataIndex
    const rows = result.series.map((series) => {
      const past = series.compare.length ? `   before ${say(series.compare[at])}` : ''
      return `${series.label}   ${say(series.values[at])}${past}`
    })
    return [`${result.buckets[at]}${result.incomplete[at] ? ' · so far' : ''}`, ...rows].join('\n')
  }
}

/** From 0, in at most `lines` round steps: 1, 2, 2.5 or 5 times a power of ten, and whole below 10. */
function scale(result, pane, lines) {
  const shown = result.series.filter((series) => series.pane === pane)
  const heights = result.buckets.map((_, at) => shown.reduce((sum, series) => (series.mark === 'bar' ? sum + (series.values[at] ?? 0) : sum), 0))
  const top = Math.max(1, ...heights, ...shown.flatMap((series) => [...(series.mark === 'bar' ? [] : series.values), ...series.compare]))
  const unit = 10 ** Math.floor(Math.log10(top / lines))
  const step = [1, 2, 2.5, 5, 10].map((times) => times * unit).find((size) => size * lines >= top && (size >= 10 || Number.isInteger(size) || top < 1)) ?? 1
  return { min: 0, max: step * Math.ceil(top / step), interval: step }
}

function grids(result, height) {
  const bottom = 28, top = 12, gap = 20
  if (result.panes === 1) return [{ top, bottom, left: 48, right: 16 }]
  const room = height - top - bottom - gap * (result.panes - 1)
  const weights = Array.from({ length: result.panes }, (_, at) => (at ? 1 : 1.6))
  const sum = weights.reduce((a, b) => a + b)
  let y = top
  return weights.map((weight) => {
    const grid = { top: y, height: (room * weight) / sum, left: 48, right: 16 }
    y += grid.height + gap
    return grid
  })
}

/** ECharts' option of a result, for a box of that height. */
export function option(result, height, colours, fontFamily) {
  const text = { color: colours.muted, fontSize: 12, fontFamily }
  const panes = Array.from({ length: result.panes }, (_, at) => at)
  return {
    animation: false,
    aria: { enabled: true, label: { description: result.description } },
    textStyle: { fontFamily },
    grid: grids(result, height),
    axisPointer: { link: [{ xAxisIndex: 'all' }], lineStyle: { color: colours.control, type: 'solid' } },
    tooltip: { trigger: 'axis', renderMode: 'richText', confine: true, formatter: tooltip(result), backgroundColor: colours.surface,
      borderColor: colours.control, borderWidth: 1, borderRadius: 6, padding: [8, 12], shadowBlur: 0,
      textStyle: { color: colours.text, fontSize: 12, lineHeight: 18, fontFamily: text.fontFamily } },
    xAxis: panes.map((at) => ({ type: 'category', gridIndex: at, data: result.buckets, axisTick: { show: false },
      boundaryGap: result.series.some((series) => series.mark === 'bar'), axisLine: { lineStyle: { color: colours.border } },
      axisLabel: { ...text, show: at === result.panes - 1, hideOverlap: true, margin: 10 } })),
    yAxis: panes.map((at) => ({ type: 'value', gridIndex: at, ...scale(result, at, height / result.panes < 180 ? 3 : 4),
      axisLabel: { ...text, formatter: (value) => compact.format(value) }, splitLine: { lineStyle: { color: colours.border } } })),
    series: result.series.flatMap((series, index) => [
      ...(series.mark === 'bar' ? bars : lines)(series, index, result, colours), ...before(series, index, colours),
    ]),
  }
}
