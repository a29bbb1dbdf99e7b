// Ctrl-K: a combobox (WAI-ARIA, list autocomplete) over the places that one address finds. textContent only.
const dialog = document.querySelector('[data-palette]')
const input = dialog.querySelector('input')
const list = dialog.querySelector('ul')
const none = dialog.querySelector('[role=status]')
let hits = [], at = 0, asked = 0, timer = 0, answered = ''

function open() {
  if (dialog.open) return
  input.value = ''
  show([])
  none.textContent = ''
  dialog.showModal()
  input.focus()
  ask()
}

/** The newest question's answer is shown; older ones that come late are not. */
async function ask() {
  clearTimeout(timer)
  const number = ++asked, text = input.value
  try {
    const answer = await fetch(`${dialog.dataset.palette}?q=${encodeURIComponent(text)}`, { headers: { accept: 'application/json' } })
    if (!answer.ok) throw new Error(String(answer.status))
    const found = (await answer.json()).hits
    if (number !== asked) return
    answered = text
    show(found)
    none.textContent = found.length ? '' : 'Nothing of that name. People and events are found by their exact id.'
  } catch {
    if (number !== asked) return
    show([])
    none.textContent = 'The server did not answer. Type on to ask again, or reload if you were signed out.'
  }
}

function show(found) {
  hits = found
  list.replaceChildren(...hits.map(option))
  choose(0)
}

function option(hit, index) {
  const row = document.createElement('li')
  row.id = `palette-${index}`
  row.setAttribute('role', 'option')
  const label = document.createElement('bdi'), kind = document.createElement('span')
  label.className = 'clip'
  label.textContent = hit.label
  kind.className = 'meta'
  kind.textContent = hit.kind
  row.append(label, kind)
  row.addEventListener('click', () => go(index))
  row.addEventListener('pointermove', () => index !== at && choose(index))
  return row
}

function choose(index) {
  at = index
  for (const [number, row] of [...list.children].entries()) row.setAttribute('aria-selected', String(number === at))
  const chosen = list.children[at]
  chosen?.scrollIntoView({ block: 'nearest' })
  if (chosen) input.setAttribute('aria-activedescendant', chosen.id)
  else input.removeAttribute('aria-activedescendant')
}

/** Enter before the answer is there goes where the answer will lead. */
async function go(index) {
  if (answered !== input.value) await ask()
  const hit = hits[index]
  if (hit) location.assign(hit.href)
}

const MOVES = {
  ArrowDown: () => (at + 1) % hits.length,
  ArrowUp: () => (at - 1 + hits.length) % hits.length,
  PageDown: () => Math.min(at + 6, hits.length - 1),
  PageUp: () => Math.max(at - 6, 0),
}

input.addEventListener('keydown', (event) => {
  if (event.isComposing) return
  if (event.key in MOVES && hits.length) choose(MOVES[event.key]())
  else if (event.key === 'Enter') go(at)
  else return
  event.preventDefault()
})
input.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(ask, 80) })
dialog.addEventListener('click', (event) => event.target === dialog && dialog.close())
document.addEventListener('click', (event) => event.target.closest('[data-palette-open]') && open())
document.addEventListener('keydown', (event) => {
  if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
  event.preventDefault()
  if (dialog.open) dialog.close()
  else open()
})
