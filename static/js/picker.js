// Suggestions for an input with data-pick: events that came, properties that every event may have. Any text may be typed.
const LIMIT = 50
const PAUSE_MS = 60

const list = document.getElementById('picker')
const builtIn = JSON.parse(document.getElementById('built-in').textContent)
const known = new Map() // address → its answer, on the way or here
let input = null
let timer = 0
let asked = 0

/** Where suggestions come from: names that came in the last days, the most frequent first. '' where nothing is known. */
function address(field) {
  if (!['event', 'property'].includes(field.dataset.pick)) return ''
  const tenant = encodeURIComponent(field.closest('[data-tenant]').dataset.tenant)
  return `/api/v1/analytics/dictionary?tenant_id=${tenant}&kind=${field.dataset.pick}&limit=500`
}

async function suggestions(field) {
  const text = field.value.trim().toLowerCase()
  const where = address(field)
  if (where && !known.has(where)) known.set(where, fetch(where).then((answer) => (answer.ok ? answer.json() : {}), () => ({})))
  const { results: seen = [] } = where ? await known.get(where) : {}
  const all = [...(builtIn[field.dataset.pick] ?? []), ...seen]
  const found = all.filter(({ name }) => name?.toLowerCase().includes(text))
  return found.length === 1 && found[0].name === field.value ? all : found // what is chosen is no reason to hide the rest
}

function option(each, number) {
  const item = document.createElement('li')
  item.id = `picker-${number}`
  item.role = 'option'
  item.dataset.value = each.name
  const name = document.createElement('bdi')
  name.textContent = item.dataset.value
  const more = document.createElement('span')
  more.className = 'meta'
  more.textContent = each.description ?? each.volume.toLocaleString('en')
  item.append(name, more)
  return item
}

async function open(field) {
  if (!field.isConnected) return // the form was replaced while the typing paused
  const number = ++asked
  const found = (await suggestions(field)).slice(0, LIMIT)
  if (number !== asked || field !== document.activeElement) return
  input = field
  const seen = new Set()
  list.replaceChildren(...found.map(option).filter(({ dataset }) => !seen.has(dataset.value) && seen.add(dataset.value)))
  if (!list.children.length) return close()
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
}

function move(step) {
  const items = [...list.children]
  const at = items.findIndex((item) => item.getAttribute('aria-selected') === 'true')
  const next = items[(at + step + items.length + (at < 0 && step < 0 ? 1 : 0)) % items.length]
  items.forEach((item) => item.setAttribute('aria-selected', String(item === next)))
  next.scrollIntoView({ block: 'nearest' })
  input.setAttribute('aria-activedescendant', next.id)
}

const picks = (target) => target.matches?.('input[data-pick]')

document.addEventListener('focusin', ({ target }) => { if (picks(target)) open(target) })
document.addEventListener('click', ({ target }) => { if (picks(target) && list.hidden) open(target) })
document.addEventListener('input', ({ target }) => {
  if (!picks(target)) return
  clearTimeout(timer)
  timer = setTimeout(() => open(target), PAUSE_MS)
})
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
    const chosen = list.querySelector('[aria-selected=true]')
    if (!chosen) return close()
    event.preventDefault()
    choose(chosen)
  }
}, true)
list.addEventListener('pointerdown', (event) => { // before the input loses its focus
  event.preventDefault()
  const item = event.target.closest('[role=option]')
  if (item && event.button === 0) choose(item)
})
addEventListener('scroll', (event) => { if (!list.hidden && event.target !== list) close() }, true)
