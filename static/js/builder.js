// The builder: its buttons edit the form, the form asks, a long question tells its time and can be cancelled.
import './picker.js'

const find = (selector) => document.querySelector(selector)
const PATIENCE_MS = 600 // what is answered sooner needs no clock

const form = find('#builder')
let started = 0
let clock = 0
let last = 0 // how long this page's question took last, for one that is not saved

/** What a button does is said in the field `do`, for the one request that it causes. */
function edit(what) {
  form.elements.do.value = what
  window.htmx.trigger(form, 'obc:edit')
  form.elements.do.value = ''
}

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`

function tick() {
  const waiting = find('#waiting')
  const passed = performance.now() - started
  if (!waiting || passed < PATIENCE_MS) return
  const before = Number(find('#ask').dataset.last) || last
  show(`Asking for ${seconds(passed)}${before ? `; last time it took ${seconds(before)}` : ''}`, true)
}

function stop() {
  clearInterval(clock)
  find('#waiting')?.setAttribute('hidden', '')
}

/** The connection closes, and with it the server lets the question go. */
function cancel() {
  const passed = performance.now() - started
  window.htmx.trigger('#result', 'htmx:abort')
  find('#result .skeleton')?.remove()
  show(`Cancelled after ${seconds(passed)}. ${find('#result').childElementCount ? 'What stands below was asked before.' : ''}`, false)
  find('#said').textContent = 'Cancelled.'
  find('#waiting [data-again]').focus()
}

/** The line above the answer: a question that is asked can be cancelled, one that was cancelled asked again. */
function show(text, asking) {
  find('#elapsed').textContent = text
  find('#waiting .pulse').hidden = find('#waiting [data-cancel]').hidden = !asking
  find('#waiting [data-again]').hidden = asking
  find('#waiting').hidden = false
}

const asks = (event) => event.target.id === 'ask'

document.addEventListener('htmx:beforeSend', (event) => {
  if (!asks(event)) return
  started = performance.now()
  clearInterval(clock)
  clock = setInterval(tick, 100)
})
document.addEventListener('htmx:afterOnLoad', (event) => { if (asks(event)) { last = performance.now() - started; stop() } })
for (const end of ['htmx:sendError', 'htmx:sendAbort', 'htmx:timeout']) document.addEventListener(end, (event) => { if (asks(event)) stop() })

document.addEventListener('htmx:afterSettle', (event) => {
  if (event.target.id !== 'result') return
  const said = event.target.querySelector('[role=img], caption, [role=alert]')
  find('#said').textContent = said?.getAttribute('aria-label') ?? said?.textContent ?? ''
})

document.addEventListener('click', ({ target }) => {
  const button = target.closest('[data-do], [data-cancel], [data-again]')
  if (!button) return
  if (button.dataset.do) edit(button.dataset.do)
  if ('again' in button.dataset) window.htmx.trigger('#ask', 'obc:again')
  if ('cancel' in button.dataset) cancel()
})

// what a button added is where the typing goes on; where one was taken away, the button that adds is next
document.addEventListener('obc:focus', ({ detail }) => document.getElementById(detail.value)?.focus())
