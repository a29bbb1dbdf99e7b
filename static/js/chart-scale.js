// How high an axis reaches, and where the panes of a chart lie.

/** Lines and areas of the same pane, itself among them. */
export const beside = (series, shown) => shown.filter((other) => other.pane === series.pane && other.mark !== 'bar')

const MOST = 5 // lines of a pane that are named at their ends
export const ROOM = 124 // for those names, right of the lines

export const named = (series, shown, width) => {
  const count = beside(series, shown).length
  return series.mark !== 'bar' && width > 500 && count > 1 && count <= MOST
}

/** The heights that have to fit a pane: stacks above and below zero, and single values. */
function extremes(result, shown, pane) {
  const here = shown.filter((series) => series.pane === pane)
  const stacked = here.filter((series) => series.mark === 'bar' || (series.mark === 'area' && beside(series, shown).length > 1))
  const sums = new Map()
  for (const series of stacked) series.values.forEach((value, at) => {
    const key = `${series.mark}/${series.stack}/${at}/${value < 0}`
    sums.set(key, (sums.get(key) ?? 0) + (value ?? 0))
  })
  const single = here.flatMap((series) => [...(stacked.includes(series) ? [] : series.values), ...series.compare])
  const all = [0, ...sums.values(), ...single.filter((value) => value != null)]
  return [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))]
}

/** Zero and, in at most `lines` round steps, all values: 1, 2, 2.5 or 5 times a power of ten, whole where counts are. */
export function scale(result, shown, pane, lines) {
  const [low, high] = extremes(result, shown, pane)
  const reach = high - low || 1
  const clock = result.format === 'seconds' ? [86_400, 3_600, 60].find((size) => reach > 2 * size) ?? 1 : 1
  const unit = clock * 10 ** Math.floor(Math.log10(reach / clock / lines))
  const counts = result.format === 'count' && reach >= 1
  const fits = (size) => (Math.ceil(high / size) - Math.floor(low / size)) <= lines + (low < 0 ? 1 : 0) && (!counts || size >= 10 || Number.isInteger(size))
  const step = [1, 2, 2.5, 5, 10, 20].map((times) => times * unit).find(fits) ?? 1
  return { min: step * Math.floor(low / step), max: step * Math.max(1, Math.ceil(high / step)), interval: step }
}

export function grids(result, shown, { height, width }) {
  const bottom = result.series.some((series) => series.texts.length) ? 44 : 28, top = 12, gap = 20, left = result.format === 'count' ? 48 : 60
  const right = shown.some((series) => named(series, shown, width)) ? ROOM : 16
  if (result.panes === 1) return [{ top, bottom, left, right }]
  const room = height - top - bottom - gap * (result.panes - 1)
  const weights = Array.from({ length: result.panes }, (_, at) => (at ? 1 : 1.6))
  const sum = weights.reduce((a, b) => a + b)
  let y = top
  return weights.map((weight) => {
    const grid = { top: y, height: (room * weight) / sum, left, right }
    y += grid.height + gap
    return grid
  })
}
