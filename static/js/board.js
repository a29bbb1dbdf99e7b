// Arranging a board. Tiles flow in their order; grips move them and corners resize them, by pointer and by arrow keys.
const grid = document.querySelector('[data-board]')
const status = document.querySelector('[data-board-status]')
const toggle = document.querySelector('[data-arrange-toggle]')
const COLUMNS = 12, NARROWEST = 2, LOWEST = 1, HIGHEST = 8, EDGE = 64
const tiles = () => [...grid.querySelectorAll('[data-tile]')]
const within = (value, low, high) => Math.min(high, Math.max(low, value))
const size = (tile) => ({ w: Number(tile.dataset.w), h: Number(tile.dataset.h) })
const named = (tile) => tile.querySelector('h2')?.textContent ?? 'Note'
let waiting // the save that is due

function resize(tile, w, h) {
  const old = size(tile)
  const now = { w: within(w, NARROWEST, COLUMNS), h: within(h, LOWEST, HIGHEST) }
  if (now.w === old.w && now.h === old.h) return false
  tile.classList.replace(`cols-${old.w}`, `cols-${now.w}`)
  tile.classList.replace(`rows-${old.h}`, `rows-${now.h}`)
  Object.assign(tile.dataset, now)
  return true
}

/** The others move around the tile, so that what has the focus keeps it. */
function step(tile, by) {
  const all = tiles()
  const to = within(all.indexOf(tile) + by, 0, all.length - 1)
  if (all[to] === tile) return false
  if (by < 0) tile.after(all[to])
  else tile.before(all[to])
  return true
}

function say(text, bad = false) {
  status.textContent = text
  status.classList.toggle('bad', bad)
}

function changed(tile, done) {
  const { w, h } = size(tile)
  const place = `${named(tile)}: place ${tiles().indexOf(tile) + 1} of ${tiles().length}, ${w} columns, ${h} ${h === 1 ? 'row' : 'rows'}.`
  say(place)
  clearTimeout(waiting)
  waiting = setTimeout(() => save(place), done ? 0 : 500)
}

async function save(place) {
  waiting = undefined
  const body = JSON.stringify(tiles().map((tile) => ({ id: tile.dataset.tile, ...size(tile) })))
  const headers = { 'X-CSRFToken': document.querySelector('[name=csrfmiddlewaretoken]').value, 'Content-Type': 'application/json' }
  try {
    const answer = await fetch(grid.dataset.arrange, { method: 'POST', body, headers, keepalive: true })
    if (answer.status !== 204) throw new Error(answer.status === 403 ? 'you may not change this board' : 'reload the page')
    if (status.textContent === place) say(`${place} Saved.`)
  } catch (error) {
    say(`Not saved: ${error.message}.`, true)
  }
}

// --- by keyboard --------------------------------------------------------------------------------------
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }

grid?.addEventListener('keydown', (event) => {
  const key = KEYS[event.key]
  const handle = event.target.closest('[data-grip], [data-corner]')
  if (!key || !handle) return
  event.preventDefault()
  const tile = handle.closest('[data-tile]')
  const { w, h } = size(tile)
  const did = handle.matches('[data-grip]') ? step(tile, key[0] + key[1]) : resize(tile, w + key[0], h + key[1])
  if (did) changed(tile)
  handle.scrollIntoView({ block: 'nearest' })
})

// --- by pointer ---------------------------------------------------------------------------------------
grid?.addEventListener('pointerdown', (event) => {
  const handle = event.target.closest('[data-grip], [data-corner]')
  if (!handle || event.button) return
  event.preventDefault()
  handle.focus()
  handle.setPointerCapture(event.pointerId)
  const tile = handle.closest('[data-tile]')
  ;(handle.matches('[data-grip]') ? drag : pull)(handle, tile, event)
})

function follow(handle, move, end) {
  const over = (event) => {
    for (const [name, listener] of Object.entries(listeners)) removeEventListener(name, listener, true)
    end(event.type === 'pointerup')
  }
  const listeners = { pointermove: move, pointerup: over, pointercancel: over, keydown: (event) => event.key === 'Escape' && over(event) }
  for (const [name, listener] of Object.entries(listeners)) addEventListener(name, listener, true)
}

/** The tile follows the pointer; a line shows where it would go. Only letting go moves it: nothing jumps meanwhile. */
function drag(handle, tile, start) {
  let target
  const from = { x: start.pageX, y: start.pageY }
  tile.classList.add('dragged')
  follow(handle, (event) => {
    if (event.clientY < EDGE) scrollBy(0, -12)
    else if (event.clientY > innerHeight - EDGE) scrollBy(0, 12)
    tile.style.transform = `translate(${event.pageX - from.x}px, ${event.pageY - from.y}px)`
    delete target?.dataset.drop
    target = document.elementsFromPoint(event.clientX, event.clientY).map((each) => each.closest('[data-tile]')).find((each) => each && each !== tile)
    if (!target) return
    const box = target.getBoundingClientRect()
    target.dataset.drop = event.clientX < box.left + box.width / 2 ? 'before' : 'after'
  }, (letGo) => {
    tile.classList.remove('dragged')
    tile.style.transform = ''
    const where = target?.dataset.drop
    delete target?.dataset.drop
    if (!where || !letGo) return
    target[where](tile)
    handle.focus()
    changed(tile, true)
  })
}

function pull(handle, tile, start) {
  const before = size(tile)
  const column = (grid.clientWidth + 16) / COLUMNS
  const row = parseFloat(getComputedStyle(grid).gridAutoRows) + 16
  const snap = (event) => resize(tile, before.w + Math.round((event.clientX - start.clientX) / column), before.h + Math.round((event.clientY - start.clientY) / row))
  follow(handle, snap, (letGo) => {
    if (!letGo) resize(tile, before.w, before.h)
    else changed(tile, true)
  })
}

toggle?.addEventListener('click', () => {
  const on = toggle.getAttribute('aria-pressed') !== 'true'
  toggle.setAttribute('aria-pressed', String(on))
  toggle.textContent = on ? 'Done' : 'Arrange'
  grid.toggleAttribute('data-arranging', on)
  say(on ? 'Drag a grip to move, a corner to resize; arrow keys do the same.' : '')
})
addEventListener('pagehide', () => { if (waiting) { clearTimeout(waiting); save('') } })
