// The editor of SQL: Ctrl-Enter asks, words of the schema are inserted by a click or completed at the caret.
import './asking.js'

const editor = document.getElementById('sql')
const list = document.getElementById('picker')
const said = document.getElementById('said')
const LIMIT = 12
const KEYWORDS = `SELECT FROM WHERE GROUP BY ORDER LIMIT HAVING DISTINCT WITH AS AND OR NOT IN BETWEEN LIKE ILIKE IS NULL CASE
WHEN THEN ELSE END JOIN LEFT USING ON UNION ALL DESC ASC OVER PARTITION QUALIFY FILTER CAST INTERVAL DATE TIMESTAMP
current_date events`.split(/\s+/).map((name) => ({ name, insert: name, note: '' }))
const canvas = document.createElement('canvas').getContext('2d')
let found = [], at = 0, from = 0

/** What stands beside the editor, read when it is needed: the properties come a moment later. */
function words() {
  const beside = [...document.querySelectorAll('.schema [data-insert]')].map((button) => ({
    name: button.dataset.name ?? button.dataset.insert,
    insert: button.dataset.insert,
    note: button.parentElement.querySelector('.meta')?.textContent ?? '',
  }))
  return [...beside, ...KEYWORDS]
}

/** Names that begin so come first, then those that hold it. */
function matching(text) {
  const wanted = text.toLowerCase()
  const all = words().filter(({ name }) => name.toLowerCase().includes(wanted))
  const starts = (word) => (word.name.toLowerCase().startsWith(wanted) ? 0 : 1)
  return all.sort((a, b) => starts(a) - starts(b)).slice(0, LIMIT)
}

/** `least`: letters that have to stand before the caret. */
function suggest(least) {
  const before = editor.value.slice(0, editor.selectionStart)
  const token = /[A-Za-z_$][\w$]*$/.exec(before)?.[0] ?? ''
  if (token.length < least || editor.selectionStart !== editor.selectionEnd) return close()
  found = matching(token)
  if (!found.length || found.some(({ insert }) => insert.toLowerCase() === token.toLowerCase())) return close()
  from = before.length - token.length
  list.replaceChildren(...found.map(option))
  place(before)
  list.hidden = false
  choose(0)
  said.textContent = `${found.length} suggestions`
}

function option({ name, note }, number) {
  const item = document.createElement('li')
  item.id = `picker-${number}`
  item.role = 'option'
  const label = document.createElement('bdi'), more = document.createElement('span')
  label.textContent = name
  more.className = 'meta'
  more.textContent = note
  item.append(label, more)
  return item
}

/** Below the caret: lines do not wrap, and all letters are as wide as one. */
function place(before) {
  const style = getComputedStyle(editor), box = editor.getBoundingClientRect()
  canvas.font = `${style.fontSize} ${style.fontFamily}`
  const lines = before.split('\n')
  const left = box.left + parseFloat(style.paddingLeft) + canvas.measureText(lines.at(-1).replaceAll('\t', '        ')).width - editor.scrollLeft
  const top = box.top + parseFloat(style.paddingTop) + lines.length * parseFloat(style.lineHeight) - editor.scrollTop
  list.style.left = `${Math.max(8, Math.min(left, innerWidth - 328))}px`
  list.style.top = `${Math.min(Math.max(top, box.top), box.bottom) + 4}px`
}

function close() {
  list.hidden = true
  editor.removeAttribute('aria-activedescendant')
}

function choose(index) {
  at = index
  for (const [number, item] of [...list.children].entries()) item.setAttribute('aria-selected', String(number === at))
  list.children[at].scrollIntoView({ block: 'nearest' })
  editor.setAttribute('aria-activedescendant', list.children[at].id)
}

/** Typed for the person, so that it can be undone; the caret goes to the first place that is left open. */
function insert(text) {
  editor.focus()
  if (!document.execCommand('insertText', false, text)) editor.setRangeText(text, editor.selectionStart, editor.selectionEnd, 'end')
  const gap = /\((?=[),\s])/.exec(text)
  if (gap) editor.selectionStart = editor.selectionEnd = editor.selectionStart - text.length + gap.index + 1
  changed()
}

function complete() {
  const { insert: text } = found[at]
  close()
  editor.setSelectionRange(from, editor.selectionStart)
  insert(text)
  close()
}

function changed() {
  const mark = document.getElementById('changed')
  if (mark) mark.hidden = editor.value === editor.dataset.saved
}

const MOVES = {
  ArrowDown: () => choose((at + 1) % found.length),
  ArrowUp: () => choose((at - 1 + found.length) % found.length),
  Enter: complete,
  Tab: complete,
  Escape: close,
}

editor.addEventListener('keydown', (event) => {
  if (event.isComposing) return
  const control = event.ctrlKey || event.metaKey
  if (control && event.key === 'Enter') { close(); editor.form.requestSubmit() }
  else if (control && event.code === 'Space') suggest(0)
  else if (!list.hidden && event.key in MOVES && !control && !event.shiftKey) MOVES[event.key]()
  else return
  event.preventDefault()
})
editor.addEventListener('input', (event) => {
  changed()
  if (event.isComposing) return
  if (event.inputType === 'insertText' && /[\w$]/.test(event.data ?? '')) suggest(2)
  else close()
})
for (const end of ['blur', 'scroll', 'click']) editor.addEventListener(end, close)
list.addEventListener('pointerdown', (event) => {
  event.preventDefault() // the editor keeps the keyboard
  at = [...list.children].indexOf(event.target.closest('li'))
  if (at >= 0 && event.button === 0) complete()
})
document.addEventListener('click', ({ target }) => {
  const button = target.closest('[data-insert]')
  if (button) insert(button.dataset.insert)
})
// what is saved is what stands in the editor now
document.addEventListener('submit', ({ target }) => {
  if (!target.matches('[data-carries]')) return
  target.elements.sql.value = editor.value
  target.elements.chart.value = editor.form.elements.chart.value
}, true)
