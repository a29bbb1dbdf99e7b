// Suggestions for an input with data-pick, as a combobox with a list. Any text may be typed.
import { suggestions } from './suggest.js'

const LIMIT = 50
const PAUSE_MS = 120

const list = document.getElementById('picker')
let input = null
let timer = 0
let asked = 0
const told = new WeakMap() // input → what its last change was, when it was chosen here

function option(each, number) {
  const item = document.createElement('li')
  item.id = `picker-${number}`
  item.role = 'option'
  item.dataset.value = each.name
  const name = document.createElement('bdi')
  name.textContent = item.dataset.value
  const more = document.createElement('span')
  more.className = 'meta'
  more.textContent = each.description || (each.volume ?? 0).toLocaleString('en')
  item.append(name, more)
  if (each.verified) {
    const mark = Object.assign(document.createElement('span'), { className: 'good verified', textContent: '✓' })
    mark.append(Object.assign(document.createElement('span'), { className: 'sr', textContent: ' verified' }))
    name.after(mark)
  }
  return item
}

async function open(field) {
  if (!field.isConnected) return // the form was replaced while the typing paused
  const number = ++asked
  const found = (await suggestions(field)).slice(0, LIMIT)
  if (number !== asked || field !== document.activeElement) return
  const kept = input === field ? marked()?.dataset.value : undefined // an answer that is late takes no mark away
  input = field
  const seen = new Set()
  list.replaceChildren(...found.map(option).filter(({ dataset }) => !seen.has(dataset.value) && seen.add(dataset.value)))
  if (!list.children.length) return close()
  mark([...list.children].find(({ dataset }) => dataset.value === kept))
  const box = field.getBoundingClientRect()
  const below = innerHeight - box.bottom > 240 || box.top < 240
  list.style.left = `${Math.min(box.left, innerWidth - Math.max(box.width, 240) - 8)}px`
  list.style.minWidth = `${Math.max(box.width, 240)}px`
  list.style.top = below ? `${box.bottom + 4}px` : 'auto'
  list.style.bottom = below ? 'auto' : `${innerHeight - box.top + 4}px`
  list.hidden = false
  field.setAttribute('aria-expanded', 'true')
}

function close() {
  asked += 1
  list.hidden = true
  input?.setAttribute('aria-expanded', 'false')
  input?.removeAttribute('aria-activedescendant')
  input = null
}

function choose(item) {
  const field = input
  field.value = item.dataset.value
  close()
  field.dispatchEvent(new Event('change', { bubbles: true }))
  told.set(field, field.value)
}

const marked = () => list.querySelector('[aria-selected=true]')

/** Enter takes what is marked; nothing is, where no item is given. */
function mark(wanted) {
  for (const item of list.children) item.setAttribute('aria-selected', String(item === wanted))
  wanted?.scrollIntoView({ block: 'nearest' })
  if (wanted) input.setAttribute('aria-activedescendant', wanted.id)
  else input?.removeAttribute('aria-activedescendant')
}

function move(step) {
  const items = [...list.children]
  const at = items.indexOf(marked())
  mark(items[(at + step + items.length + (at < 0 && step < 0 ? 1 : 0)) % items.length])
}

const picks = (target) => target.matches?.('input[data-pick]')

// the form that comes back gives the focus to the field that had it: what was just chosen there needs no list again
let held = ''
document.addEventListener('htmx:beforeSwap', () => { held = list.hidden ? document.activeElement?.id : '' })
document.addEventListener('htmx:afterSettle', () => { held = '' })
document.addEventListener('focusin', ({ target }) => { if (picks(target) && target.id !== held) open(target) })
// a click into a field selects what is chosen, as Tab does: who types then looks for another
let entered = false
document.addEventListener('pointerdown', ({ target }) => { entered = picks(target) && target !== document.activeElement })
document.addEventListener('click', ({ target }) => {
  if (!picks(target)) return
  if (entered && target.selectionStart === target.selectionEnd) target.select()
  if (list.hidden) open(target)
})
document.addEventListener('input', ({ target }) => {
  if (!picks(target)) return
  clearTimeout(timer)
  mark() // who types on looks for another
  timer = setTimeout(() => open(target), target.dataset.pick === 'value' ? PAUSE_MS : 0) // names are here already
})
// a browser tells of what was typed when the input is left or replaced: once more, and a form would be asked for again
document.addEventListener('change', (event) => {
  if (event.isTrusted && told.get(event.target) === event.target.value) event.stopPropagation()
  told.delete(event.target)
}, true)
document.addEventListener('focusout', ({ target }) => { if (target === input) close() })
document.addEventListener('keydown', (event) => {
  if (!picks(event.target)) return
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    event.preventDefault()
    if (list.hidden) open(event.target)
    else move(event.key === 'ArrowDown' ? 1 : -1)
  } else if (event.key === 'Escape' && !list.hidden) {
    event.stopPropagation()
    close()
  } else if (event.key === 'Enter' && !list.hidden) {
    const chosen = marked()
    if (!chosen) return close()
    event.preventDefault()
    choose(chosen)
  }
}, true)
list.addEventListener('mousedown', (event) => event.preventDefault()) // the input keeps its focus
list.addEventListener('click', (event) => {
  event.stopPropagation() // a menu that the input stands in stays open
  const item = event.target.closest('[role=option]')
  if (item) choose(item)
})
addEventListener('scroll', (event) => { if (!list.hidden && event.target !== list) close() }, true)
