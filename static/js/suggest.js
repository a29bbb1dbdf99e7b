// What an input with data-pick is offered: names of the dictionary, or values of the property that its filter names.
const MOST = 500
const PREFIX = 'profile:'
const IN_OR_NOT = [{ name: 'true', description: 'in it' }, { name: 'false', description: 'not in it' }]
const builtIn = JSON.parse(document.getElementById('built-in').textContent)
const known = new Map() // address → its answer, on the way or here

/** The results of an address, [] where there is no answer; that is asked for again the next time. */
async function ask(address) {
  if (!known.has(address)) {
    known.set(address, fetch(address, { headers: { Accept: 'application/json' } })
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
      .then(({ results }) => results))
  }
  try {
    return await known.get(address)
  } catch {
    known.delete(address)
    return []
  }
}

function api(field, path, query) {
  const tenant_id = field.closest('[data-tenant]').dataset.tenant
  return ask(`/api/v1/analytics/${path}?${new URLSearchParams({ tenant_id, limit: MOST, ...query })}`)
}

const holds = (text) => ({ name, description }) => name.toLowerCase().includes(text) || (description ?? '').toLowerCase().includes(text)

/** Events that the field's own row has chosen, else those of its form. */
function chosenEvents(field) {
  const near = field.closest('.event-row') ?? field.form ?? document // its row may be gone by now
  return new Set([...near.querySelectorAll('input[data-pick=event]')].map(({ value }) => value).filter(Boolean))
}

const occursOn = (events) => ({ kind, events: on }) => kind === 'property' && on.some((name) => events.has(name))

async function names(field, text) {
  const kinds = field.dataset.pick === 'event' ? ['event'] : ['property', 'profile']
  const seen = await Promise.all(kinds.map((kind) => api(field, 'dictionary', { kind })))
  const offered = seen.flat().map((each) => (each.kind === 'profile' ? { ...each, name: PREFIX + each.name } : each))
  const near = offered.filter(occursOn(chosenEvents(field)))
  const all = [...new Set([...near, ...(builtIn[field.dataset.pick] ?? []), ...offered])]
  const found = all.filter(holds(text))
  return found.length === 1 && found[0].name === field.value ? all : found // what is chosen is no reason to hide the rest
}

/** How a value stands in a field that reads `5` as a number: a text in quotes needs another pair (insights/values.py). */
const quoted = (text) => (/^".*"$|[\x00-\x1f\x7f]/s.test(text) ? JSON.stringify(text) : text)

async function values(field, text) {
  const property = document.getElementById(field.dataset.of)?.value.trim()
  if (!property || property === '$time') return []
  if (/^cohort:/i.test(property)) return IN_OR_NOT
  let seen = await api(field, 'values', { property })
  if (text && seen.length === MOST) seen = await api(field, 'values', { property, prefix: text.slice(0, 255) })
  const others = new Set([...(field.form?.elements ?? [])].filter((each) => each !== field && each.name === field.name).map(({ value }) => value))
  return seen
    .map(({ value, count }) => ({ name: 'typed' in field.dataset ? quoted(value) : value, volume: count }))
    .filter((each) => each.name && !others.has(each.name) && holds(text)(each))
}

/** [{name, volume, description, verified}], the most frequent first, that hold what is typed. */
export function suggestions(field) {
  const text = field.value.trim().toLowerCase()
  return field.dataset.pick === 'value' ? values(field, text) : names(field, text)
}
