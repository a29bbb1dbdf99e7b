// Numbers as people read them; dashboards/charts/formats.py says the same on the server.
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const parts = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const small = new Intl.NumberFormat('en', { maximumFractionDigits: 4 })
const tenth = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 })
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const UNITS = [['d', 86_400], ['h', 3_600], ['m', 60], ['s', 1]]

function duration(seconds) {
  const size = Math.abs(seconds)
  if (size < 10 && Math.round(size * 10) % 10) return `${seconds.toFixed(1)}s`
  let rest = Math.round(size)
  const found = []
  for (const [letter, unit] of UNITS) {
    const count = Math.floor(rest / unit)
    rest -= count * unit
    if (count || found.length) found.push(`${count}${letter}`)
  }
  return (seconds < 0 ? '-' : '') + (found.slice(0, 2).join(' ') || '0s')
}

const milliseconds = (value, digits) => (Math.abs(value) < 1000 ? `${whole.format(value)} ms` : `${(value / 1000).toFixed(digits)} s`)

/** The exact number, for tooltips. */
export function say(value, format = 'count') {
  if (value == null) return '–'
  if (format === 'share') return `${tenth.format(value * 100)}%`
  if (format === 'percent') return `${tenth.format(value)}%`
  if (format === 'seconds') return duration(value)
  if (format === 'milliseconds') return milliseconds(value, 2)
  if (format.startsWith('currency:')) return `${format.slice(9)} ${parts.format(value)}`
  return Number.isInteger(value) ? whole.format(value) : (Math.abs(value) >= 1 ? parts : small).format(value)
}

/** The short one, for axes. */
export function brief(value, format = 'count') {
  if (format === 'share') return `${small.format(Math.round(value * 1e4) / 100)}%`
  if (format === 'percent') return `${compact.format(value)}%`
  if (format === 'seconds') return duration(value)
  if (format === 'milliseconds') return milliseconds(value, value % 1000 ? 1 : 0)
  return compact.format(value)
}
