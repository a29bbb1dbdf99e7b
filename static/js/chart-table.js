// Which charts are shown as tables: `table=<id>` in the address, so that what was seen is what is shared or reloaded.
const asTable = new Set(new URLSearchParams(location.search).getAll('table'))

/** An address' query with the tables that are shown here, and no others. */
function told({ search }) {
  const query = new URLSearchParams(search)
  query.delete('table')
  for (const id of asTable) query.append('table', id)
  return `?${query}`
}

/** Where the page has the chart and a switch for it; an id of an address may name anything. */
function show(id, table) {
  const button = document.querySelector(`[data-chart-toggle="${CSS.escape(id)}"]`)
  if (!button) return
  button.setAttribute('aria-pressed', String(table))
  document.getElementById(`${id}-table`)?.toggleAttribute('hidden', !table)
  document.getElementById(id)?.toggleAttribute('hidden', table)
}

const remember = () => history.replaceState(history.state, '', told(location) + location.hash)

export function toggle(id) {
  if (!asTable.delete(id)) asTable.add(id)
  show(id, asTable.has(id))
  remember()
}

/** Again, after a poll has swapped the page's part. */
export const showAll = () => asTable.forEach((id) => show(id, true))

// another range or filter of this page, or another question, shows the same charts
document.addEventListener('htmx:pushedIntoHistory', () => { if (asTable.size) remember() })
document.addEventListener('click', ({ target }) => {
  const link = target.closest('a[href^="?"]')
  if (link && (asTable.size || link.search.includes('table='))) link.setAttribute('href', told(link))
})
document.addEventListener('formdata', ({ target, formData }) => {
  if (target.method === 'get' && !target.getAttribute('action')) asTable.forEach((id) => formData.append('table', id))
})
