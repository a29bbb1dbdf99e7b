// A chart is what dashboards/charts made of an answer: json_script in, SVG out. Colours come from the tokens.
import { init } from './echarts.js'
import { csv, png } from './chart-export.js'
import { under } from './chart-hit.js'
import { option } from './chart-option.js'
import { showAll, toggle } from './chart-table.js'

const drawn = new Map() // element → {chart, result}
const switched = new Map() // id → numbers of the series that are off, kept when a poll swaps the page's part
const resizes = new ResizeObserver((entries) => entries.forEach(({ target }) => paint(target)))
const probe = document.createElement('span')
probe.hidden = true

/** A token's colour as it is now: `light-dark()` has to be computed by an element. */
function token(name) {
  if (!probe.isConnected) document.body.append(probe)
  probe.style.color = `var(--${name})`
  return getComputedStyle(probe).color
}

function palette() {
  const names = { text: 'text', muted: 'muted', border: 'border', surface: 'surface', control: 'control' }
  const colours = Object.fromEntries(Object.entries(names).map(([key, name]) => [key, token(name)]))
  return { ...colours, series: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => token(`s${n}`)) }
}

const payload = (id) => JSON.parse(document.getElementById(`${id}-data`).textContent)
const rootOf = (element) => element.closest('[data-chart-root]')
const within = ({ part }) => (part ? `${part}: ` : '') // the one value that is drawn
const opens = (root) => Boolean(root.dataset.people && document.getElementById('panel')) // a wall screen has none

function hiddenOf(root) {
  const id = root.dataset.chartRoot
  const keys = [...root.querySelectorAll('[data-chart-series]')]
  if (!switched.has(id)) switched.set(id, new Set(keys.filter((key) => key.getAttribute('aria-pressed') === 'false').map((key) => Number(key.dataset.chartSeries))))
  for (const key of keys) key.setAttribute('aria-pressed', String(!switched.get(id).has(Number(key.dataset.chartSeries))))
  return switched.get(id)
}

function lookOf(element, size = element) {
  return { width: size.clientWidth || 600, height: size.clientHeight || 320, colours: palette(), font: getComputedStyle(document.body).fontFamily, hidden: hiddenOf(rootOf(element)) }
}

function paint(element) {
  const known = drawn.get(element)
  if (!known || !element.clientWidth) return
  known.chart.resize()
  known.chart.setOption(option(known.result, lookOf(element)), true)
}

function draw(element) {
  const result = payload(element.id)
  if (!drawn.has(element)) {
    drawn.set(element, { chart: init(element, null, { renderer: 'svg' }), result })
    resizes.observe(element)
    clickable(element)
  }
  drawn.get(element).result = result
  paint(element)
}

function clickable(element) {
  const { chart } = drawn.get(element)
  const hit = ({ offsetX, offsetY }) => {
    const { result } = drawn.get(element)
    if (!result.question || result.kind !== 'axes' || !opens(rootOf(element))) return null
    const found = under(chart, result, lookOf(element), offsetX, offsetY)
    if (!found || found.series.values[found.point] == null) return null
    const { series, point } = found
    const at = series.ats ? series.ats[point] : result.points[point] && { ...series.at, ...result.points[point] }
    return at && { at, label: `${within(result)}${series.label}, ${result.labels[point]}` }
  }
  chart.getZr().on('click', (event) => { const found = hit(event); if (found) pick(element, found.at, found.label) })
  chart.getZr().on('mousemove', (event) => { element.classList.toggle('clickable', Boolean(hit(event))) })
  chart.on('click', { seriesType: 'sankey' }, ({ dataType, data }) => {
    const { result } = drawn.get(element)
    const node = dataType === 'node' && result.nodes.find(({ id }) => id === data.name)
    if (node && result.question) pick(element, node.at, within(result) + node.label)
  })
}

/** Tell the page which number was chosen; unless it takes the matter over, show the people behind it. */
function pick(element, at, label) {
  const root = rootOf(element)
  const { question } = payload(root.dataset.chartRoot)
  const detail = { id: root.dataset.chartRoot, question, at, label }
  const goesOn = root.dispatchEvent(new CustomEvent('obc:pick', { bubbles: true, cancelable: true, detail }))
  if (!goesOn || !opens(root)) return
  const address = `${root.dataset.people}?q=${encodeURIComponent(JSON.stringify({ kind: 'actors', of: question, at }))}`
  document.dispatchEvent(new CustomEvent('obc:panel', { detail: { address, label } }))
}

export function drawAll() {
  for (const [element, { chart }] of drawn) if (!element.isConnected) { chart.dispose(); resizes.unobserve(element); drawn.delete(element) }
  for (const element of document.querySelectorAll('[data-chart]')) draw(element)
  showAll()
}

function toggleSeries(key) {
  const root = rootOf(key)
  const hidden = hiddenOf(root)
  const number = Number(key.dataset.chartSeries)
  if (!hidden.delete(number)) hidden.add(number)
  paint(root.querySelector('[data-chart]'))
}

document.addEventListener('click', ({ target }) => {
  const wanted = target.closest('[data-chart-toggle], [data-chart-series], [data-chart-csv], [data-chart-png], [data-at]')
  if (!wanted) return
  const { chartToggle: id, chartSeries, chartCsv, chartPng, at } = wanted.dataset
  if (id) toggle(id)
  if (chartSeries) toggleSeries(wanted)
  if (chartCsv) csv(chartCsv)
  if (chartPng) png(chartPng, payload(chartPng), (box) => lookOf(document.querySelector(`[data-chart-root="${CSS.escape(chartPng)}"] > *`), box))
  if (at && rootOf(wanted)) pick(wanted, JSON.parse(at), wanted.dataset.label ?? `${wanted.closest('tr').cells[0].textContent.trim()}: ${wanted.textContent}`)
})
document.addEventListener('htmx:afterSettle', drawAll)
document.addEventListener('obc:theme', drawAll)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll)
drawAll()
