// Lines, areas and bars over points: trends, funnels, curves, lifecycle, stickiness, rows of a statement.
import { brief, say } from './chart-format.js'
import { ends } from './chart-ends.js'
import { beside, grids, scale } from './chart-scale.js'

const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond', 'roundRect', 'pin', 'arrow', 'circle']
const fade = (colour, alpha) => colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`)

/** Series that are switched on, each with its number, colour and mark's shape. */
export function visible(result, { colours, hidden }) {
  return result.series.map((series, number) => ({
    ...series, number, paint: series.colour ? colours.series[series.colour - 1] : colours.control, symbol: SYMBOLS[number % SYMBOLS.length],
  })).filter(({ number }) => !hidden.has(number))
}

const place = ({ pane }) => ({ xAxisIndex: pane, yAxisIndex: pane })

/** Solid up to the last point that is over, dashed from there: two lines that meet. Stacked, each part by itself. */
function line(series, result, shown) {
  const open = result.incomplete.indexOf(true)
  const several = beside(series, shown).length > 1
  const stacks = series.mark === 'area' && several
  const every = Math.ceil(series.values.length / 12) // a shape at each would hide the line
  const shaped = (value, at) => ({ value, symbol: (several && !stacks && (at + series.number) % every === 0) || series.values.length === 1 ? series.symbol : 'none' })
  const base = { type: 'line', name: series.label, ...place(series), silent: true, showSymbol: true, showAllSymbol: true, symbolSize: 7, color: series.paint, z: 3 }
  const area = series.mark === 'area' ? { areaStyle: { color: fade(series.paint, stacks ? 0.4 : 0.08) } } : {}
  const part = (name, keep, lineStyle) => ({ ...base, ...area, ...(stacks ? { stack: `${series.pane}/${name}` } : {}), lineStyle,
    data: series.values.map((value, at) => (keep(at) ? shaped(value, at) : { value: null })) })
  if (open < 0) return [part('all', () => true, { width: 2 })]
  return [
    part('over', (at) => at < open, { width: 2 }),
    part('open', (at) => at >= open - 1, { width: 2, type: [4, 4] }),
  ]
}

function bar(series, result) {
  const hollow = { color: fade(series.paint, 0.22), borderColor: series.paint, borderType: [3, 3], borderWidth: 1 }
  const data = series.values.map((value, at) => (value && (result.incomplete[at] || series.faded) ? { value, itemStyle: hollow } : value))
  return [{ type: 'bar', name: series.label, stack: `${series.pane}/${series.stack}`, data, color: series.paint, barCategoryGap: '24%',
    barMaxWidth: result.byTime ? 40 : 72, emphasis: { disabled: true }, ...place(series), silent: true, z: 2 }]
}

function before(series) {
  if (!series.compare.length) return []
  return [{ type: 'line', name: `${series.label}, before`, data: series.compare, silent: true, symbol: 'none', z: 4, color: series.paint,
    lineStyle: { width: 1, type: [1, 2] }, ...place(series) }]
}

/** Dated notes as marks across the first pane. */
function notes(result, { colours }) {
  if (!result.notes.length) return []
  return [{ type: 'line', data: [], silent: true, xAxisIndex: 0, yAxisIndex: 0, markLine: { silent: true, symbol: ['none', 'circle'], symbolSize: 6,
    lineStyle: { color: colours.muted, type: 'dashed', width: 1 }, label: { show: false }, data: result.notes.map(([at]) => ({ xAxis: at })) } }]
}

function tooltip(result, shown) {
  return (points) => {
    const at = [points].flat()[0].dataIndex
    const rows = shown.slice(0, 12).map((series) => {
      const past = series.compare.length ? `   before ${say(series.compare[at], result.format)}` : ''
      return `${series.label}   ${series.said?.[at] || say(series.values[at], result.format)}${past}`
    })
    const remarks = result.notes.filter(([point]) => point === at).map(([, text]) => `▸ ${text.slice(0, 80)}`)
    return [`${result.labels[at]}${result.incomplete[at] ? ' · so far' : ''}`, ...rows, ...remarks].join('\n')
  }
}

/** Names of points may be long; what a bar says stands below its name. */
function named(result, { width }) {
  const texts = result.series.find((series) => series.texts.length)?.texts ?? []
  const count = result.labels.length
  return { interval: count <= 12 ? 0 : 'auto', width: Math.max(count > 12 ? 52 : 42, (width - 80) / Math.min(count, 12) - 8), overflow: 'truncate', lineHeight: 16, formatter: (name, at) => (texts[at] ? `${name}\n${texts[at]}` : name) }
}

export function axes(result, look) {
  const { colours, height, font } = look
  const shown = visible(result, look)
  const text = { color: colours.muted, fontSize: 12, fontFamily: font }
  const lines = height / result.panes < 180 ? 3 : 4
  const panes = Array.from({ length: result.panes }, (_, at) => at)
  return {
    grid: grids(result, shown, look),
    axisPointer: { link: [{ xAxisIndex: 'all' }], lineStyle: { color: colours.control, type: 'solid' } },
    tooltip: { trigger: 'axis', axisPointer: { type: result.byTime ? 'line' : 'shadow' }, formatter: tooltip(result, shown) },
    xAxis: panes.map((at) => ({ type: 'category', gridIndex: at, data: result.labels, axisTick: { show: false },
      boundaryGap: shown.some((series) => series.mark === 'bar'), axisLine: { lineStyle: { color: colours.border }, onZero: true },
      axisLabel: { ...text, show: at === result.panes - 1, hideOverlap: true, margin: 10, ...(result.byTime ? {} : named(result, look)) } })),
    yAxis: panes.map((at) => ({ type: 'value', gridIndex: at, ...scale(result, shown, at, lines),
      axisLabel: { ...text, formatter: (value) => brief(value, result.format) }, splitLine: { lineStyle: { color: colours.border } } })),
    series: [...shown.flatMap((series) => [...(series.mark === 'bar' ? bar(series, result) : line(series, result, shown)), ...before(series)]), ...ends(result, shown, look, lines), ...notes(result, look)],
  }
}
