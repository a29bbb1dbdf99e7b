// Stored events as they arrive over /ws/live. Everything in them is hostile: textContent only.
import { clip, rowOf, textOf } from './live-row.js'

const settings = JSON.parse(document.getElementById('live-settings').textContent)
const part = Object.fromEntries([...document.querySelectorAll('[data-live]')].map((element) => [element.dataset.live, element]))
const ROWS = 100, SHOWN = 12, // rows in the list, and of one frame: five frames a second come, nobody reads more
   HELD = 500, SAMPLED_MS = 10_000
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, timeZone: settings.timezone })
const say = new Intl.NumberFormat('en')
let paused = false, held = [], total = 0, sampledAt = 0, failures = 0, socket = null, timer = 0
let words = []
let seconds = [] // [second, events] of the last five

function state(tone, text) {
  part.pulse.className = `pulse ${tone}`
  part.state.textContent = text
}

function connect() {
  clearTimeout(timer)
  state('wait', failures ? 'Connecting again…' : 'Connecting…')
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:'
  socket = new WebSocket(`${scheme}//${location.host}/ws/live?tenant_id=${encodeURIComponent(settings.tenant_id)}`)
  socket.onopen = () => { failures = 0; state('on', 'Connected') }
  socket.onmessage = ({ data }) => receive(JSON.parse(data))
  socket.onclose = ({ code, reason }) => retry(code, reason)
}

const REFUSED = { 4401: 'Your session ended: sign in again.', 4403: 'This address may not open the stream.', 4404: 'This tenant is not yours.' }

/** 1 s doubling to 30 s with full jitter, at least 0.5 s; a refusal is final. */
function retry(code, reason) {
  if (REFUSED[code]) return state('off', REFUSED[code])
  const wait = Math.max(500, Math.random() * Math.min(30_000, 1000 * 2 ** failures++))
  state('off', `Not connected${reason ? ` (${clip(reason, 80)})` : ''}. Trying again in ${Math.ceil(wait / 1000)} s`)
  timer = setTimeout(connect, wait)
  return undefined
}

function receive(frame) {
  if (frame.type === 'error') return state('off', clip(frame.message))
  const events = frame.events ?? []
  count(frame.count ?? events.length) // of all that were stored, shown or not
  if (frame.sampled) sampledAt = Date.now()
  if (!events.length) return undefined
  if (paused) held = [...held, ...events].slice(-HELD)
  else add(sample(events))
  return label()
}

function count(number) {
  total += number
  const now = Math.floor(Date.now() / 1000)
  if (seconds.at(-1)?.[0] === now) seconds.at(-1)[1] += number
  else seconds.push([now, number])
}

function tick() {
  part.sampled.hidden = Date.now() - sampledAt > SAMPLED_MS
  const now = Math.floor(Date.now() / 1000)
  seconds = seconds.filter(([second]) => second > now - 6)
  const sum = seconds.reduce((all, [second, number]) => all + (second < now ? number : 0), 0)
  part.rate.textContent = say.format(sum >= 50 ? Math.round(sum / 5) : Math.round(sum * 2) / 10)
  part.total.textContent = `${say.format(total)} since you opened this page`
}

/** At most SHOWN of them, those that the filter lets through first; the page says that it is a sample. */
function sample(events) {
  if (events.length <= SHOWN) return events
  sampledAt = Date.now()
  const wanted = events.filter((event) => matches(textOf(event))).slice(-SHOWN)
  return words.length && wanted.length ? wanted : events.slice(-SHOWN)
}

function add(events) {
  part.empty.hidden = true
  part.rows.prepend(...events.slice(-ROWS).reverse().map(row))
  while (part.rows.children.length > ROWS) part.rows.lastElementChild.remove()
}

function row(event) {
  const { tr, button } = rowOf(event, clock)
  tr.hidden = !matches(tr.searched)
  tr.addEventListener('click', () => disclose(tr, button, event))
  return tr
}

function disclose(tr, button, event) {
  if (getSelection().toString()) return
  const open = button.getAttribute('aria-expanded') === 'true'
  button.setAttribute('aria-expanded', String(!open))
  if (open) return tr.nextElementSibling?.remove()
  const detail = document.createElement('tr')
  detail.className = 'detail'
  const td = document.createElement('td')
  td.colSpan = 5
  const pre = document.createElement('pre')
  pre.textContent = clip(JSON.stringify(event, null, 2), 20_000)
  const link = document.createElement('a')
  link.href = `${settings.detail}?id=${encodeURIComponent(event.event_id)}`
  link.textContent = 'Everything kept of it'
  td.append(pre, link)
  detail.append(td)
  tr.after(detail)
  if (!paused) pause(true) // what is being read must not move away
}

function label() {
  part.pause.lastElementChild.textContent = paused ? `Resume${held.length ? ` (${say.format(held.length)}${held.length === HELD ? '+' : ''} waiting)` : ''}` : 'Pause'
}

function pause(on) {
  paused = on
  part.pause.setAttribute('aria-pressed', String(on))
  if (!on) add(held.splice(0))
  label()
}

const matches = (text) => words.every((word) => text.includes(word))

/** Rows that do not match are hidden, not dropped; the address keeps the words. */
function filter() {
  words = part.filter.value.toLowerCase().split(/\s+/).filter(Boolean)
  for (const tr of part.rows.querySelectorAll('tr.detail')) tr.remove()
  for (const tr of part.rows.children) {
    tr.hidden = !matches(tr.searched)
    tr.querySelector('[aria-expanded]')?.setAttribute('aria-expanded', 'false')
  }
  history.replaceState(null, '', words.length ? `?find=${encodeURIComponent(part.filter.value)}` : location.pathname)
}

part.filter.addEventListener('input', filter)
part.filter.value = new URLSearchParams(location.search).get('find') ?? ''
filter()
part.pause.addEventListener('click', () => pause(!paused))
addEventListener('pagehide', () => { socket.onclose = null; socket.close() })
addEventListener('pageshow', (event) => event.persisted && connect())
addEventListener('online', () => socket.readyState > 1 && connect())
setInterval(tick, 1000)
connect()
