// A chart is the result of a question and nothing else: json_script in, SVG out. Colours come from the tokens.
import { init } from '../vendor/echarts/echarts.js'
import { option } from './chart-option.js'

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

function palette() {
  const names = { text: 'text', muted: 'muted', border: 'border', surface: 'surface', control: 'control' }
  const colours = Object.fromEntries(Object.entries(names).map(([key, name]) => [key, token(name)]))
  return { ...colours, series: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => token(`s${n}`)) }
}

function draw(element) {
  const result = JSON.parse(document.getElementById(`${element.id}-data`).textContent)
  const chart = drawn.get(element) ?? init(element, null, { renderer: 'svg' })
  if (!drawn.has(element)) resizes.observe(element)
  drawn.set(element, chart)
  chart.setOption(option(result, element.clientHeight || 320, palette(), getComputedStyle(document.body).fontFamily), true)
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
