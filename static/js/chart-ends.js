// Names at the ends of lines: up to five in a pane, each with its colour and shape, none over another.
import { ROOM, beside, grids, named, scale } from './chart-scale.js'

const GAP = 15 // pixels between the middles of two names
const SIGNS = { circle: '●', rect: '■', triangle: '▲', diamond: '◆' }

/** The place of a series' end: {at, value}; of stacked areas the middle of its band. */
function end(series, shown) {
  const at = series.values.findLastIndex((value) => value != null)
  if (at < 0 || series.mark !== 'area') return { at, value: series.values[at] }
  const all = beside(series, shown)
  const below = all.slice(0, all.indexOf(series)).reduce((sum, other) => sum + (other.values[at] ?? 0), 0)
  return { at, value: below + series.values[at] / 2 }
}

/** Heights with at least GAP between them, as near to the wanted ones as their order and the pane allow. */
export function apart(wanted, low, high) {
  const order = wanted.map((_, number) => number).sort((a, b) => wanted[a] - wanted[b])
  const found = [...wanted]
  order.forEach((number, rank) => { found[number] = Math.max(found[number], rank ? found[order[rank - 1]] + GAP : low) })
  order.reverse().forEach((number, rank) => { found[number] = Math.min(found[number], rank ? found[order[rank - 1]] - GAP : high) })
  return found
}

/** A series of one point for each name: its shape at the end of the line, its text beside it, moved away from others. */
export function ends(result, shown, look, lines) {
  const places = grids(result, shown, look)
  return [...new Set(shown.map(({ pane }) => pane))].flatMap((pane) => {
    const labelled = shown.filter((series) => series.pane === pane && named(series, shown, look.width) && end(series, shown).at >= 0)
    if (!labelled.length) return []
    const { min, max } = scale(result, shown, pane, lines)
    const { top, height = look.height - top - places[pane].bottom } = places[pane]
    const wanted = labelled.map((series) => top + height * (1 - (end(series, shown).value - min) / (max - min || 1)))
    const found = apart(wanted, top, top + height)
    return labelled.map((series, number) => tag(series, end(series, shown), found[number] - wanted[number], result, look))
  })
}

function tag(series, { at, value }, shift, result, { colours, font }) {
  const text = series.label.length > 40 ? `${series.label.slice(0, 40)}…` : series.label
  const label = { show: true, position: 'right', distance: 8, offset: [0, shift], width: ROOM - 20, overflow: 'truncate', color: colours.text, fontSize: 12, fontFamily: font,
    formatter: `{sign|${SIGNS[series.symbol] ?? '●'}} ${text.replace(/[{}|]/g, ' ')}`, rich: { sign: { color: series.paint, fontSize: 10 } } }
  return { type: 'line', data: result.labels.map((_, point) => (point === at ? { value, label } : null)), xAxisIndex: series.pane, yAxisIndex: series.pane, silent: true,
    symbol: series.symbol, symbolSize: 7, showSymbol: true, showAllSymbol: true, color: series.paint, lineStyle: { width: 0 }, z: 5 }
}
