// One event through the batch door, as any page would send it, and what the server said.
const button = document.querySelector('[data-test-event]')
const verdict = document.querySelector('[data-test-verdict]')

async function send() {
  // randomUUID is missing on plain-http hosts; getRandomValues is not
  const id = `test-${[...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(16)).join('')}`
  const event = { event_id: id, event_name: 'test_event', timestamp: new Date().toISOString(), user_id: 'test', page_url: location.href, properties: { from: 'install page' } }
  const started = performance.now()
  const answer = await fetch(`/api/v1/analytics/batch?key=${encodeURIComponent(button.dataset.key)}`, {
    method: 'POST', credentials: 'omit', body: JSON.stringify({ sent_at: event.timestamp, events: [event] }),
  })
  const body = await answer.json()
  if (!answer.ok) throw new Error(`${answer.status} ${body.error?.message ?? ''}`)
  const { result, message, reason } = body.results[id]
  return { stored: result === 'ok' || result === 'warning', text: `${result} in ${Math.round(performance.now() - started)} ms${message || reason ? `: ${message ?? reason}` : ''}` }
}

button?.addEventListener('click', async () => {
  button.disabled = true
  try {
    const { stored, text } = await send()
    verdict.className = stored ? 'good' : 'bad'
    verdict.textContent = text
    window.htmx?.ajax('GET', document.getElementById('status').getAttribute('hx-get'), { target: '#status', swap: 'outerHTML' })
  } catch (error) {
    verdict.className = 'bad'
    verdict.textContent = `Not sent: ${error.message}`
  } finally {
    button.disabled = false
  }
})
