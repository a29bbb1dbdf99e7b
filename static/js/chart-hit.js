// What lies under a place in the picture.
import { visible } from './chart-axes.js'

/** The series and point under a place in the picture: {number, at}, or null. */
export function under(chart, result, look, x, y) {
  const shown = visible(result, look)
  for (let pane = 0; pane < result.panes; pane += 1) {
    if (!chart.containPixel({ gridIndex: pane }, [x, y])) continue
    const [point, value] = chart.convertFromPixel({ gridIndex: pane }, [x, y])
    const here = shown.filter((series) => series.pane === pane)
    const found = here.some((series) => series.mark === 'bar') ? inStack(here, point, value) : nearest(here, point, value)
    if (found) return { series: found, point }
  }
  return null
}

function nearest(series, point, value) {
  const away = (each) => (each.values[point] == null ? Infinity : Math.abs(each.values[point] - value))
  return series.reduce((best, each) => (!best || away(each) < away(best) ? each : best), null)
}

function inStack(series, point, value) {
  const stacks = [...new Set(series.map((each) => each.stack))]
  if (stacks.length > 1) return nearest(series, point, value)
  let up = 0, down = 0
  for (const each of series) {
    const size = each.values[point] ?? 0
    const from = size < 0 ? down : up
    if (size < 0) down += size
    else up += size
    if (size && value >= Math.min(from, from + size) && value <= Math.max(from, from + size)) return each
  }
  return null
}
