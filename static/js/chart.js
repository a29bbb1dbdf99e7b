// A chart is the result of a question and nothing else: json_script in, SVG out. Colours come from the tokens.
import { init } from '../vendor/echarts/echarts.js'

const drawn = new Map() // element → ECharts instance
const asTable = new Set() // ids shown as tables, kept when a poll swaps the page's part
const resizes = new ResizeObserver((entries) => entries.forEach(({ target }) => drawn.get(target)?.resize()))
const probe = document.createElement('span')
probe.hidden = true

/** A token's colour as it is now: `light-dark()` has to be computed by an element. */
function token(name) {
  if (!probe.isConnected) document.body.append(probe)
  probe.style.color = `var(--${name})`
  return getComputedStyle(probe).color
}

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const exact = new Intl.NumberFormat('en')
const say = (value) => (value == null ? '–' : exact.format(value))
const fade = (colour, alpha) => colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`)

function palette() {
  const names = { text: 'text', muted: 'muted', border: 'border', surface: 'surface', control: 'control' }
  const colours = Object.fromEntries(Object.entries(names).map(([key, name]) => [key, token(name)]))
  return { ...colours, series: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => token(`s${n}`)) }
}

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
  const data = series.values.map((value, at) => !result.incomplete[at] ? value : {
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

function option(result, height) {
  const colours = palette()
  const text = { color: colours.muted, fontSize: 12, fontFamily: getComputedStyle(document.body).fontFamily }
  const panes = Array.from({ length: result.panes }, (_, at) => at)
  return {
    animation: false,
    aria: { enabled: true, label: { description: result.description } },
    textStyle: { fontFamily: text.fontFamily },
    grid: grids(result, height),
    axisPointer: { link: [{ xAxisIndex: 'all' }], lineStyle: { color: colours.control, type: 'solid' } },
    tooltip: { trigger: 'axis', renderMode: 'richText', confine: true, formatter: tooltip(result), backgroundColor: colours.surface,
      borderColor: colours.control, borderWidth: 1, borderRadius: 6, padding: [8, 12], shadowBlur: 0,
      textStyle: { color: colours.text, fontSize: 12, lineHeight: 18, fontFamily: text.fontFamily } },
    xAxis: panes.map((at) => ({ type: 'category', gridIndex: at, data: result.buckets, axisTick: { show: false },
      boundaryGap: result.series.some((series) => series.mark === 'bar'), axisLine: { lineStyle: { color: colours.border } },
      axisLabel: { ...text, show: at === result.panes - 1, hideOverlap: true, margin: 10 } })),
    yAxis: panes.map((at) => ({ type: 'value', gridIndex: at, min: 0, minInterval: 1, splitNumber: at ? 2 : result.panes > 1 ? 3 : 4,
      axisLabel: { ...text, formatter: (value) => compact.format(value) }, splitLine: { lineStyle: { color: colours.border } } })),
    series: result.series.flatMap((series, index) => [
      ...(series.mark === 'bar' ? bars : lines)(series, index, result, colours), ...before(series, index, colours),
    ]),
  }
}

function draw(element) {
  const result = JSON.parse(document.getElementById(`${element.id}-data`).textContent)
  const chart = drawn.get(element) ?? init(element, null, { renderer: 'svg' })
  if (!drawn.has(element)) resizes.observe(element)
  drawn.set(element, chart)
  chart.setOption(option(result, element.clientHeight || 320), true)
}

function show(id, table) {
  const toggle = document.querySelector(`[data-chart-toggle="${CSS.escape(id)}"]`)
  toggle?.setAttribute('aria-pressed', String(table))
  document.getElementById(`${id}-table`)?.toggleAttribute('hidden', !table)
  document.getElementById(id)?.toggleAttribute('hidden', table)
}

export function drawAll() {
  for (const [element, chart] of drawn) if (!element.isConnected) { chart.dispose(); resizes.unobserve(element); drawn.delete(element) }
  for (const element of document.querySelectorAll('[data-chart]')) draw(element)
  asTable.forEach((id) => show(id, true))
}

document.addEventListener('click', (event) => {
  const id = event.target.closest('[data-chart-toggle]')?.dataset.chartToggle
  if (!id) return
  if (!asTable.delete(id)) asTable.add(id)
  show(id, asTable.has(id))
})
document.addEventListener('htmx:afterSettle', drawAll)
document.addEventListener('obc:theme', drawAll)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll)
drawAll()
