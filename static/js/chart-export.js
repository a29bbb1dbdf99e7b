// A chart as a file: CSV of its table with exact numbers, PNG as it stands on the screen.
import { init } from './echarts.js'
import { option } from './chart-option.js'

const MARGIN = 16, TITLE = 40, PERIOD = 20, SCALE = 2

function save(blob, name) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

const fileName = (title, ending) => `${title.normalize('NFKD').replace(/[^\w]+/g, '-').slice(0, 60).toLowerCase() || 'chart'}.${ending}`

/** A cell that a spreadsheet would take for a formula gets an apostrophe; dashboards/csv.py does the same. */
export function field(text) {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Numbers stand in `data-value`, exact and without separators; all else is text. */
const valueOf = (cell) => (cell.dataset.value && Number.isFinite(Number(cell.dataset.value)) ? cell.dataset.value : field(cell.textContent.trim()))

export function csv(id) {
  const table = document.querySelector(`#${CSS.escape(id)}-table table`)
  if (!table) return
  const lines = [...table.rows].map((row) => [...row.cells].map(valueOf).join(','))
  const { file } = JSON.parse(document.getElementById(`${id}-data`).textContent)
  save(new Blob(['\ufeff', lines.join('\r\n'), '\r\n'], { type: 'text/csv;charset=utf-8' }), fileName(file.name, 'csv'))
}

/** `lookAt(box)` gives the look for a box of {clientWidth, clientHeight}. */
export function png(id, result, lookAt) {
  const element = document.getElementById(id)
  const onScreen = element && !element.hidden
  const look = lookAt({ clientWidth: element?.clientWidth || 960, clientHeight: element?.clientHeight || 320 })
  const drawn = onScreen ? picture(result, look) : tablePicture(document.querySelector(`#${CSS.escape(id)}-table table`), look)
  if (!drawn) return
  const canvas = document.createElement('canvas')
  canvas.width = drawn.width + 2 * MARGIN * SCALE
  const { name, period } = result.file
  const head = TITLE + (period ? PERIOD : 0)
  canvas.height = drawn.height + (head + MARGIN) * SCALE
  const pen = canvas.getContext('2d')
  pen.fillStyle = look.colours.surface
  pen.fillRect(0, 0, canvas.width, canvas.height)
  pen.fillStyle = look.colours.text
  pen.font = `600 ${16 * SCALE}px ${look.font}`
  pen.fillText(fitted(pen, name, drawn.width), MARGIN * SCALE, 26 * SCALE)
  pen.fillStyle = look.colours.muted
  pen.font = `${12 * SCALE}px ${look.font}`
  pen.fillText(fitted(pen, period, drawn.width), MARGIN * SCALE, 46 * SCALE)
  pen.drawImage(drawn, MARGIN * SCALE, head * SCALE)
  canvas.toBlob((blob) => save(blob, fileName(name, 'png')))
}

/** As much of a text as there is room for; more than 400 characters never are. */
function fitted(pen, text, width) {
  let cut = text.slice(0, 400)
  while (cut && pen.measureText(cut === text ? cut : `${cut}…`).width > width) cut = cut.slice(0, -1)
  return cut === text ? text : `${cut}…`
}

function picture(result, look) {
  const box = document.createElement('div')
  const chart = init(box, null, { renderer: 'canvas', width: look.width, height: look.height, devicePixelRatio: SCALE })
  chart.setOption(option(result, look))
  const drawn = chart.renderToCanvas({ pixelRatio: SCALE })
  chart.dispose()
  return drawn
}

/** The table's cells as they are painted, heat-map and all. */
function tablePicture(table, { colours, font }) {
  if (!table) return null
  const rows = [...table.rows].slice(0, 60)
  const box = table.getBoundingClientRect()
  const canvas = document.createElement('canvas')
  canvas.width = Math.min(box.width, 4000) * SCALE
  canvas.height = rows.reduce((sum, row) => sum + row.getBoundingClientRect().height, 0) * SCALE
  const pen = canvas.getContext('2d')
  pen.scale(SCALE, SCALE)
  pen.textBaseline = 'middle'
  for (const cell of rows.flatMap((row) => [...row.cells])) {
    const { x, y, width, height } = place(cell, box)
    const style = getComputedStyle(cell)
    pen.fillStyle = style.backgroundColor
    pen.fillRect(x, y, width, height)
    pen.fillStyle = style.color || colours.text
    pen.font = `${style.fontWeight} 13px ${font}`
    const right = cell.classList.contains('number')
    pen.textAlign = right ? 'right' : 'left'
    pen.fillText(cell.textContent.trim().slice(0, 80), right ? x + width - 8 : x + 8, y + height / 2, width - 12)
  }
  return canvas
}

/** Where a cell lies in its table; a pinned one would move with the scroll. */
function place(cell, box) {
  const row = cell.parentElement.getBoundingClientRect(), own = cell.getBoundingClientRect()
  const before = [...cell.parentElement.cells].slice(0, cell.cellIndex).reduce((sum, other) => sum + other.offsetWidth, 0)
  return { x: before, y: row.top - box.top, width: own.width, height: row.height }
}
