// A question that is asked by #ask and answered in #result: a long one tells its time, and can be cancelled.
const find = (selector) => document.querySelector(selector)
const PATIENCE_MS = 600 // what is answered sooner needs no clock

let started = 0
let clock = 0
let last = 0 // how long this page's question took last, for one that is not saved

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`

function tick() {
  const passed = performance.now() - started
  if (!find('#waiting') || passed < PATIENCE_MS) return
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
  const button = target.closest('[data-cancel], [data-again]')
  if (!button) return
  if ('again' in button.dataset) window.htmx.trigger('#ask', 'obc:again')
  else cancel()
})
