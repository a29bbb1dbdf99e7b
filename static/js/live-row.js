// One stored event as a row. Everything in it is hostile: textContent only.
const TEXT = 300

export const clip = (value, length = TEXT) => {
  const text = value == null ? '' : typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > length ? `${text.slice(0, length)}…` : text
}

/** What filters look into. */
export const textOf = (event) =>
  clip(`${event.event_name}\n${event.distinct_id}\n${event.page_url ?? ''}\n${JSON.stringify(event.properties)}`, 5_000).toLowerCase()

function cell(text, { off = true, mono = false } = {}) {
  const td = document.createElement('td')
  if (off) td.className = 'phone-off'
  const bdi = document.createElement('bdi')
  bdi.className = mono ? 'cell mono' : 'cell'
  bdi.textContent = clip(text)
  td.append(bdi)
  return td
}

/** A row of the live list, its disclosing button, and in `searched` the text that filters look into. */
export function rowOf(event, clock) {
  const tr = document.createElement('tr')
  tr.className = 'live-row'
  const when = new Date(event.timestamp)
  const time = cell(Number.isNaN(+when) ? '' : clock.format(when), { off: false })
  time.classList.add('muted')
  const name = cell('', { off: false })
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'disclose clip'
  button.setAttribute('aria-expanded', 'false')
  button.textContent = clip(event.event_name)
  name.firstChild.append(button)
  const shown = event.properties && Object.keys(event.properties).length ? event.properties : ''
  const properties = event.properties_left_out ? '(large: not shown here)' : shown
  tr.searched = textOf(event)
  tr.append(time, name, cell(event.distinct_id, { mono: true }), cell(event.page_url), cell(properties, { mono: true }))
  return { tr, button }
}
